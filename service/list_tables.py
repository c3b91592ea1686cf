"""Tables of opportunity lists: why we may write to whom, lists and answers, letters that wait, and feeds."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from service.tables import UtcDateTime, metadata

# Why we may write to an address. Rows are never changed but to be withdrawn, and outlive their contact: they are the
# proof. When somebody is deleted for good, ``email`` becomes ``sha256:…`` of it, so that an address can still be asked
# about. ``basis``: express, member, purchase, inquiry, published. Days are ISO dates; no ``expires`` is *until it is
# withdrawn*.
consents = Table(
    "consents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, index=True),
    Column("contact_id", String(36), index=True),
    Column("firm_id", String(200), index=True),
    Column("basis", String(20), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("source", Text, nullable=False),
    Column("obtained", String(10), nullable=False),
    Column("expires", String(10), index=True),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_how", Text, nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)

# Addresses that nothing is sent to any more, whatever else is known. ``reason``: withdrawn, bounced, complained.
stops = Table(
    "stops",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, index=True),
    Column("reason", String(20), nullable=False),
    Column("details", Text, nullable=False),
    Column("stopped_at", UtcDateTime, nullable=False),
    Column("stopped_by", String(100), nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", String(100)),
)

# What somebody at a firm asked us for by themselves: the answer may be sent, and nothing else with it.
# ``kind``: sign_in, export, withdrawal_receipt, confirm_consent, new_link.
requests = Table(
    "requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(30), nullable=False),
    Column("email", String(254), nullable=False, index=True),
    Column("contact_id", String(36), index=True),
    Column("details", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

# How a contact wants its lists. ``rhythm``: weekly, daily, monthly, quarterly, at_closing, paused; ``quiet_days``:
# numbers of weekdays (Monday 0) without mail, comma-separated. A contact without a row has the defaults.
wishes = Table(
    "wishes",
    metadata,
    Column("contact_id", String(36), primary_key=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("rhythm", String(20), nullable=False),
    Column("paused_until", String(10)),
    Column("quiet_days", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# One row. Nothing leaves before ``is_on``. ``link_key`` signs the links in letters; it is part of a backup, since
# links in letters that were sent must go on working.
mail_settings = Table(
    "mail_settings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("is_on", Boolean, nullable=False),
    Column("daily_cap", Integer, nullable=False),
    Column("most_items", Integer, nullable=False),
    Column("releases_itself", Boolean, nullable=False),
    Column("link_key", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# One making of lists for everybody who is due. ``state``: preparing, ready, releasing, released, stopped, empty.
# ``counts`` is JSON of how many lists there are by kind, and of contacts without one by reason.
list_runs = Table(
    "list_runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("period", String(10), nullable=False),
    Column("job_id", String(36)),
    Column("counts", Text, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("released_by", String(100)),
    Column("released_at", UtcDateTime),
    Column("stopped_by", String(100)),
    Column("stopped_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

# One contact's list of one period (an ISO week such as 2026-W49, a day for lists sent at once). ``kind``:
# opportunities, question, nothing_fitted. ``state``: ready, left_out, released, sent, stopped, failed.
# ``body`` is JSON of what it says, as it was made.
lists = Table(
    "lists",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("run_id", String(36), nullable=False, index=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("period", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("language", String(5), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("left_out_because", String(40)),
    Column("is_first", Boolean, nullable=False),
    Column("officer_id", String(36), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("sent_how", String(20)),
    Column("answered_at", UtcDateTime),
    UniqueConstraint("contact_id", "period"),
)

# One opportunity on a list. ``news``: new, changed, closing; ``fingerprint`` is of what would be news if it changed.
# ``answer``: yes, no, colleague, or empty; ``reason`` of a no; ``until`` an ISO date ("too busy until").
list_items = Table(
    "list_items",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("list_id", String(36), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("project_id", String(200), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("position", Integer, nullable=False),
    Column("news", String(20), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("band", String(20), nullable=False),
    Column("score", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("answer", String(20)),
    Column("reason", String(40)),
    Column("until", String(10)),
    Column("answered_at", UtcDateTime),
    Column("answered_by", String(100)),
    Column("version", Integer, nullable=False),
)

# "(Officer) calls by Friday": every yes has one until it was kept, and what became of it in words for the firm.
promises = Table(
    "promises",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("item_id", String(36), index=True),
    Column("introduction_id", String(36), index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("project_id", String(200), nullable=False, index=True),
    Column("officer_id", String(36), nullable=False, index=True),
    Column("call_by", String(10), nullable=False, index=True),
    Column("kept_at", UtcDateTime),
    Column("kept_by", String(100)),
    Column("word", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)

# Letters that wait, and those that left. ``purpose``: opportunities, requested, introduction, follow_up. ``state``:
# held, queued, claimed, sent, failed, refused, stopped. ``key`` is what makes it one letter however often it is put in.
outbox = Table(
    "outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(30), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("contact_id", String(36), index=True),
    Column("email", String(254), nullable=False, index=True),
    Column("list_id", String(36), index=True),
    Column("request_id", String(36), index=True),
    Column("introduction_id", String(36), index=True),
    Column("language", String(5), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("reply_to", String(254), nullable=False),
    Column("sender_name", String(200), nullable=False),
    Column("unsubscribe", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("worker", String(100)),
    Column("lease_until", UtcDateTime),
    Column("message_id", String(200), nullable=False),
    Column("consent_id", String(36)),
    Column("error", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("sent_how", String(20)),
)
Index("outbox_due", outbox.c.state, outbox.c.next_at)

# What a link in a letter stands for; the link itself holds only this id, its one purpose and a number, signed.
link_refs = Table(
    "link_refs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("contact_id", String(36), index=True),
    Column("firm_id", String(200), index=True),
    Column("email", String(254), nullable=False),
    Column("list_id", String(36), index=True),
    Column("request_id", String(36), index=True),
    Column("introduction_id", String(36), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)

# A firm at its own page, by a mailed link: the id is the hash of what the cookie holds. ``is_asked``: by a link that
# was just asked for, so that whoever holds it reads that mailbox; links in lists may have been passed on.
firm_visits = Table(
    "firm_visits",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("is_asked", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# What a firm asked of us on its own page: deletion, or a paragraph that is still to be read.
firm_requests = Table(
    "firm_requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("firm_id", String(200), nullable=False, index=True),
    Column("contact_id", String(36), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("done_by", String(100)),
)

# Private addresses of calendars, feeds and files. Exactly one of ``firm_id`` and ``user_id`` is set.
feeds = Table(
    "feeds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("firm_id", String(200), index=True),
    Column("contact_id", String(36), index=True),
    Column("user_id", String(36), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)
