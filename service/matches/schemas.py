"""Questions and answers of rankings on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from matcher import Filters, MatchResult, Opportunity, Role, UnknownPolicy, WhyNot, parse_size
from service.projects.schemas import ProjectFields


class Membership(StrEnum):
    """Members of the chamber, or others."""

    MEMBER = "member"
    OTHER = "other"


def _size(value: str) -> str:
    parse_size(value)  # refuses it in words
    return value


class FilterParams(BaseModel):
    """What firms must meet. A firm that does not state it is neither in nor out: it stands in `ask`."""

    model_config = ConfigDict(extra="forbid")

    region: str | None = Field(default=None, max_length=100, description="Region or municipality.", examples=["Halton"])
    within_km: float | None = Field(
        default=None, ge=0, le=20_000, description="Largest distance, town to town, from the project, else the chamber."
    )
    certification: str | None = Field(default=None, min_length=1, max_length=100, examples=["ISO 9001"])
    naics: str | None = Field(default=None, pattern=r"^\d{2,6}$", description="Industry code or its beginning.")
    size: Annotated[str | None, AfterValidator(lambda v: v if v is None else _size(v))] = Field(
        default=None, description="Headcount: 10-50, 10- or -50."
    )
    membership: Membership | None = None
    unknown: UnknownPolicy = Field(
        default=UnknownPolicy.INCLUDE, description="Show firms that do not state what is asked, or only count them."
    )
    associations: bool = Field(default=False, description="Rank associations too.")

    def filters(self) -> Filters:
        """As the library takes them."""
        return Filters(
            region=self.region,
            within_km=self.within_km,
            certification=self.certification,
            naics=self.naics,
            size=None if self.size is None else parse_size(self.size),
            member=None if self.membership is None else self.membership is Membership.MEMBER,
            unknown=self.unknown,
            associations=self.associations,
        )


class MatchParams(FilterParams):
    """What to rank."""

    role: Role | None = Field(default=None, description="One role; both when left out.")
    limit: int = Field(default=10, ge=1, le=200, description="Most firms in each list.")
    explain: bool = Field(default=True, description="Add what the profile says of each need, with quotes.")

    @property
    def roles(self) -> tuple[Role, ...]:
        """The rankings to make."""
        return (self.role,) if self.role else tuple(Role)


class WhyNotParams(FilterParams):
    """Which ranking is meant."""

    role: Role = Role.SUPPLIER


class FreeMatch(MatchParams):
    """A question that is not stored: words, or a project made on the spot."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"text": "CNC machining of aluminium housings", "region": "Halton", "limit": 3}}
    )

    text: Annotated[str, StringConstraints(strip_whitespace=True)] | None = Field(
        default=None, min_length=1, max_length=100_000
    )
    project: ProjectFields | None = None

    @model_validator(mode="after")
    def _one_question(self) -> FreeMatch:
        if (self.text is None) == (self.project is None):
            raise ValueError("expected either text or project, and only one of them")
        return self


class OpportunityList(BaseModel):
    """Open projects for one firm, best first."""

    firm_id: str
    n_open: int
    items: list[Opportunity]
    nothing: str | None = Field(description="Why there is none, when there is none.")


MATCH_RESULT: dict[int | str, dict[str, Any]] = {200: {"model": MatchResult}}
WHY_NOT: dict[int | str, dict[str, Any]] = {200: {"model": WhyNot}}
