"""Entries → a calendar, a feed, a table, JSON."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import feedgenerator
import orjson
from icalendar import Calendar, Event

from service.clock import now
from service.feeds.actions import Contents

# Programs that open tables run what begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_calendar(contents: Contents) -> bytes:
    """Closing days as events of a day (RFC 5545)."""
    calendar = Calendar()
    calendar.add("prodid", "-//supplier-matcher//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", contents.title)
    for one in contents.entries:
        if one.closes is None:
            continue
        event = Event()
        event.add("uid", f"{one.id}@supplier-matcher")
        event.add("dtstamp", now())
        event.add("dtstart", one.closes)
        event.add("dtend", one.closes + timedelta(days=1))
        event.add("summary", one.title)
        event.add("description", one.text)
        if one.url:
            event.add("url", one.url)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def as_atom(contents: Contents, address: str) -> bytes:
    """An Atom feed (RFC 4287)."""
    feed = feedgenerator.Atom1Feed(title=contents.title, link=address, description="", feed_url=address)
    for one in contents.entries:
        feed.add_item(
            title=one.title, link=one.url or address, description=one.text, unique_id=f"urn:opportunity:{one.id}",
            updateddate=_moment(one.updated),
        )  # fmt: skip
    out = io.BytesIO()
    feed.write(out, "utf-8")
    return out.getvalue()


def as_csv(contents: Contents) -> bytes:
    """A table that Excel opens as it is meant."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "title", "text", "closes", "url"])
    for one in contents.entries:
        closes = one.closes.isoformat() if one.closes else ""
        table.writerow([_safe(cell) for cell in (one.id, one.title, one.text, closes, one.url)])
    return out.getvalue().encode("utf-8-sig")


def as_json(contents: Contents) -> bytes:
    """The same for programs."""
    return orjson.dumps({"title": contents.title, "entries": contents.entries}, option=orjson.OPT_INDENT_2)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
