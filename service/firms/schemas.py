"""Firms on the wire."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from matcher import Firm, FirmKind, StatementKind, to_dict
from service.bodies import RecordBody
from service.paging import Page
from service.records import Stored

Date = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", examples=["2026-11"])]
Words = Annotated[str, Field(min_length=1, max_length=200_000)]
Long = Annotated[str, Field(max_length=200_000)]
# A limit also makes the reader look at the text: one that is not Unicode is refused with its field.
Short = Annotated[str, Field(max_length=500)]


class StatementIn(BaseModel):
    """One thing a profile says."""

    model_config = ConfigDict(extra="forbid")

    id: Short | None = None
    kind: StatementKind = StatementKind.CAPABILITY
    text: Words
    source: Long | None = None
    date: Date | None = None
    confirmed: bool = False
    edition: Short | None = None


class FirmFields(RecordBody):
    """What a firm may hold; leave out what is not known. ``null`` means *not stated*, never "no"."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "milton-precision",
                "name": "Milton Precision Ltd.",
                "city": "Milton",
                "province": "ON",
                "employees": 25,
                "member": True,
                "statements": [
                    {"kind": "capability", "text": "3- and 5-axis CNC machining of aluminium and titanium"},
                    {"kind": "certificate", "text": "ISO 9001"},
                ],
            }
        },
    )

    kind: FirmKind = FirmKind.FIRM
    city: Short | None = None
    province: Short | None = None
    country: Short | None = None
    postal_code: Short | None = None
    website: Short | None = None
    employees: int | None = Field(default=None, ge=0)
    member: bool | None = None
    group: Short | None = Field(default=None, description="Name of the group of companies it belongs to.")
    lang: str | None = Field(default=None, pattern="^(en|fr)$")
    statements: list[StatementIn] = Field(default_factory=list)
    # The short form of hand-written files: each becomes statements.
    profile: Long | None = Field(default=None, description="Short form: becomes a summary statement.")
    capabilities: list[Long] = Field(default_factory=list)
    products: list[Long] = Field(default_factory=list)
    services: list[Long] = Field(default_factory=list)
    equipment: list[Long] = Field(default_factory=list)
    materials: list[Long] = Field(default_factory=list)
    certifications: list[Long] = Field(default_factory=list)
    naics: list[Long] = Field(default_factory=list)
    role: list[Long] = Field(default_factory=list)
    notes: list[Long] = Field(default_factory=list)
    sources: list[Long] = Field(default_factory=list)
    as_of: Date | None = None


class FirmIn(FirmFields):
    """A new firm; without an id, one is made from its name."""

    id: str | None = Field(default=None, pattern=r"^[^\s:/\x00-\x1f\x7f]{1,200}$")
    name: str = Field(min_length=1, max_length=500)


class FirmPatch(FirmFields):
    """Some fields of a firm; those that are left out stay as they are, ``null`` takes one away."""

    model_config = ConfigDict(json_schema_extra={"example": {"employees": 30, "capabilities": ["leak testing"]}})

    name: str | None = Field(default=None, min_length=1, max_length=500)


class StatementPatch(BaseModel):
    """A correction of one statement."""

    model_config = ConfigDict(extra="forbid")

    kind: StatementKind | None = None
    text: Words | None = None
    source: Short | None = None
    date: Date | None = None


class Confirmation(BaseModel):
    """How a statement was confirmed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"how": "by phone", "date": "2026-11-24"}})

    how: str | None = Field(default=None, max_length=200)
    date: Date | None = Field(default=None, description="When the firm said so; today when left out.")


def firm_row(stored: Stored[Firm]) -> dict[str, Any]:
    """A firm with its version, as JSON: the firm's own fields at the top."""
    return {
        **to_dict(stored.record),
        "version": stored.version,
        "created_at": stored.created_at.isoformat(),
        "updated_at": stored.updated_at.isoformat(),
    }


def page_json(page: Page[Stored[Firm]]) -> bytes:
    """A page of firms."""
    return orjson.dumps({"items": [firm_row(stored) for stored in page.items], "next": page.next})
