"""Projects on the wire."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from matcher import NeedRole, Origin, Project, Release, Stage, to_dict
from service.bodies import RecordBody
from service.paging import Page
from service.records import Stored

# Every text has a limit; with one, a half of a surrogate pair, which UTF-8 cannot say, is refused with its field.
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200_000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Date = Annotated[
    str,
    Field(
        pattern=r"^[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?$", description="A day, month or year.", examples=["2027-03-31"]
    ),
]
# Ids stand in addresses: no slash, no control character, and no dot in front, which ".." would have.
ID = r"^[^\s:/.\p{C}][^\s:/\p{C}]{0,199}$"
MOST_NEEDS = 200
_AN_ID: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(pattern=ID)])


class NeedFields(BaseModel):
    """What a need may hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "text": "CNC machining of aluminium housings",
                "role": "supplier",
                "material": "6061-T6",
                "tolerance": "0.02 mm",
                "quantity": "200 a year",
                "certificate": "ISO 9001",
            }
        },
    )

    role: NeedRole = NeedRole.EITHER
    part: Short | None = None
    material: Short | None = None
    size: Short | None = None
    tolerance: Short | None = None
    quantity: Short | None = None
    certificate: Short | None = None
    by: Short | None = Field(default=None, description="By when.")
    buyer: Short | None = Field(default=None, description="Who buys.")
    weight: float = Field(default=1, gt=0, le=1000, description="How much it counts among the needs of its role.")


class StatedNeed(NeedFields):
    """A need that a person or document states; without an id it gets one."""

    id: str | None = Field(default=None, pattern=ID)
    text: Words
    cause: Short | None = Field(default=None, description="The heading or sentence that states it.")


class NeedIn(StatedNeed):
    """A need as part of a project: stated, or a guess that staff confirmed."""

    # A cause is as long as the sentence it quotes, which is ours and not checked when it is guessed.
    cause: Annotated[str, Field(max_length=200_000)] | None = None
    origin: Origin = Origin.STATED
    confirmed: bool = False


class NeedPatch(NeedFields):
    """A correction of one need; what is left out stays."""

    text: Words | None = None


def _short_form(need: Any) -> Any:  # noqa: ANN401 - unchecked JSON
    return {"text": need} if isinstance(need, str) else need


class ProjectFields(RecordBody):
    """What a project may hold; leave out what is not known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "title": "Battery enclosures of recycled aluminium",
                "description": "We develop cast and machined enclosures for heavy-duty battery packs.",
                "technologies": ["high-pressure die casting", "CNC machining"],
                "city": "Milton",
                "province": "ON",
                "stage": "seeking",
                "closes": "2099-03-31",
                "needs": [
                    {"text": "CNC machining of aluminium housings", "role": "supplier", "quantity": "200 a year"}
                ],
            }
        },
    )

    title: Title | None = None
    description: Annotated[str, Field(max_length=200_000)] | None = None
    technologies: list[Short] = Field(default_factory=list, max_length=500)
    lead: Short | None = Field(default=None, description="Id or name of the firm that leads.")
    partners: list[Short] = Field(default_factory=list, max_length=500, description="Ids or names of participants.")
    city: Short | None = None
    province: Short | None = None
    stage: Stage = Stage.UNKNOWN
    release: Release = Field(default=Release.ONLY_US, description="How much outsiders may see.")
    announced: Date | None = None
    closes: Date | None = Field(default=None, description="Last day of a call; a month or year lasts to its end.")
    checked: Date | None = Field(default=None, description="When staff last looked; today when a new one says nothing.")
    cluster: Short | None = None
    total_cad: float | None = Field(default=None, ge=0, le=1e12, description="Whole budget, Canadian dollars.")
    cluster_cad: float | None = Field(default=None, ge=0, le=1e12, description="The cluster's part of it.")
    needs: list[Annotated[NeedIn, BeforeValidator(_short_form)]] = Field(default_factory=list, max_length=MOST_NEEDS)
    rejected_needs: list[Words] = Field(default_factory=list, max_length=2000, description="Guesses not to make again.")
    sources: list[Short] = Field(default_factory=list, max_length=500)


class ProjectIn(ProjectFields):
    """A new project; without an id, one is made from its title."""

    id: str | None = Field(default=None, pattern=ID)
    title: Title


class ProjectPatch(ProjectFields):
    """Some fields of a project; those that are left out stay as they are, ``null`` takes one away."""


def is_id(text: str) -> bool:
    """Whether a text can be a project's id: the same rule for the address as for the body."""
    try:
        _AN_ID.validate_python(text)
    except ValidationError:
        return False
    return True


def project_row(stored: Stored[Project]) -> dict[str, Any]:
    """A project with its version, as JSON: the project's own fields at the top."""
    return {
        **to_dict(stored.record),
        "version": stored.version,
        "created_at": stored.created_at.isoformat(),
        "updated_at": stored.updated_at.isoformat(),
    }


def page_json(page: Page[Stored[Project]]) -> bytes:
    """A page of projects."""
    return orjson.dumps({"items": [project_row(stored) for stored in page.items], "next": page.next})
