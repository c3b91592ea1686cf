"""Open-data profiles as training text: masked, without the firms and codes of a test.

Names and places say who a firm is, not what it does: they are taken out, so that nothing is learned by heart.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.errors import RowError, SourceError
from matcher.sources.open_data import offering_text, profile_to_row, repair_text

_MASK = re.compile(r"\[(?:phone|email)\]")
_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\d?\.)?([^/?#\s]+)", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:inc|ltd|ltée|ltee|limited|limitée|corp|corporation|co|company|llc|lp|enr|cie)\b\.?", re.I)
# A name of one short or common word ("Metal", "Group") masks more than the firm.
_LEAST_NAME = 5


@dataclass(frozen=True, slots=True)
class TrainingFirm:
    """One profile, masked.

    Attributes:
        id: of the profile.
        lang: ``en``, ``fr`` or None.
        province: two-letter code, or None.
        makes: whether it declares itself a manufacturer.
        summary: its own words on itself, may be empty.
        offerings: (name, description) of each, the description may be empty.
        primary: its first industry code, or None.
        codes: all its industry codes.
        labels: what it calls each of them, parallel to ``codes``; a tenth are of other editions than the table.
    """

    id: str
    lang: str | None
    province: str | None
    makes: bool
    summary: str
    offerings: tuple[tuple[str, str], ...]
    primary: str | None
    codes: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """Offerings as a profile shows them: "name: description", or the one that there is."""
        return [f"{name}: {text}" if name and text and name != text else name or text for name, text in self.offerings]


def read_ids(path: Path) -> frozenset[str]:
    """Ids or codes, one a line.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        return frozenset(path.read_text(encoding="utf-8").split())
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error}): expected ids, one a line") from error


def _raw_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
        with opened as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield {**json.loads(line), "_line": number}
                except ValueError as error:
                    raise SourceError(f"{str(path)!r} line {number} is not JSON ({error})") from error
    except OSError as error:
        raise SourceError(f"profiles {str(path)!r} cannot be read ({error}): expected a .jsonl or .jsonl.gz") from error


def twins(rows: Iterable[dict[str, Any]], ids: frozenset[str]) -> frozenset[str]:
    """Some firms and every firm of the same website or name."""
    rows = list(rows)
    marks = {mark for row in rows if row.get("id") in ids for mark in _marks(row)}
    return ids | {str(row["id"]) for row in rows if marks & _marks(row)}


def _marks(row: dict[str, Any]) -> set[str]:
    names = {_NOT_WORD.sub("", str(row.get(key) or "").casefold()) for key in ("legal_name", "operating_name")}
    site = _ADDRESS.match(str(row.get("website") or "").strip().casefold())
    return {f"n:{name}" for name in names if name} | ({f"w:{site.group(1)}"} if site else set())


def read_profiles(path: Path, *, without: frozenset[str] = frozenset()) -> list[TrainingFirm]:
    """Profiles as training text, by id.

    Args:
        path: profiles in the form of the open directory, gzipped or not.
        without: ids of test firms; they and their twins (same website or name) are left out.

    Raises:
        SourceError: the file cannot be read.
    """
    rows = list(_raw_rows(path))
    left_out = twins(rows, without) if without else frozenset()
    found = {}
    for row in rows:
        if row.get("id") in left_out:
            continue
        try:
            firm = _firm(row)
        except RowError:  # a profile without a name: nothing could be masked
            continue
        found[firm.id] = firm
    return [found[key] for key in sorted(found)]


def _firm(raw: dict[str, Any]) -> TrainingFirm:
    row, _ = profile_to_row(raw, line=int(raw["_line"]))
    hide = _hider([row["name"], str(raw.get("legal_name") or ""), str(raw.get("alternate_name") or "")], row["city"])
    kinds = {"product", "service"}
    of_kind = [s for s in row["statements"] if s["kind"] in kinds]
    # Names and descriptions apart, as the row had them before it joined them.
    parts = {text: (name, desc) for name, desc, text in _raw_offerings(raw)}
    offerings = [tuple(hide(part) for part in parts.get(s["text"], (s["text"], ""))) for s in of_kind]
    industries = [str(s["text"]).partition(" ") for s in row["statements"] if s["kind"] == "naics"]
    codes = [code for code, _, _ in industries]
    summary = next((s["text"] for s in row["statements"] if s["kind"] == "summary"), "")
    return TrainingFirm(
        id=row["id"],
        lang=row["lang"],
        province=row["province"],
        makes=str(raw.get("activity") or "").startswith("Manufacturer"),
        summary=hide(summary),
        offerings=tuple((name, desc) for name, desc in offerings if name or desc),
        primary=codes[0] if codes and raw.get("naics_primary") else None,
        codes=tuple(codes),
        labels=tuple(label for _, _, label in industries),
    )


def _raw_offerings(raw: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for offering in raw.get("offerings") or []:
        name, desc = (repair_text(str(offering.get(key) or ""))[0].strip() for key in ("name", "desc"))
        yield name, desc, offering_text(name, desc)


def _hider(names: list[str], city: str | None) -> Callable[[str], str]:
    """A function that takes names of the firm and its town out of a text."""
    hidden = {form for name in names for form in (name.strip(), _COMPANY.sub("", name).strip(" ,.&-"))}
    if city:
        hidden.add(city)
    long = sorted((form for form in hidden if len(form) >= _LEAST_NAME), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in long), re.I) if long else None

    def hide(text: str) -> str:
        text = _MASK.sub(" ", text)
        if pattern:
            text = pattern.sub(" ", text)
        return _SPACE.sub(" ", text).strip(" ,;:-")

    return hide
