"""What one opportunity on a list says, as it was said: stored, so that an answer is to what was read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import orjson


@dataclass(frozen=True, slots=True)
class Told:
    """One opportunity in words.

    Attributes:
        title: the job, with its place: "Aluminium housings, Oakville".
        what: what they look for, in the words of the need.
        facts: part, material, size, quantity, certificate, day, buyer: None is not known yet.
        quote: what the firm told us, or staff speaking with it.
        said: by whom and when.
        unknown: what we would ask.
        place: of the project; empty when not known.
        distance_km: from town to town, or None.
        closes: ISO date, or None.
        programme: who pays for shared costs, or where the project is published.
    """

    title: str
    what: str
    facts: dict[str, str | None]
    quote: str
    said: str
    unknown: tuple[str, ...]
    place: str
    distance_km: float | None
    closes: str | None
    programme: str

    def to_json(self) -> str:
        """As it is stored."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Told:
        """As it was stored."""
        raw = orjson.loads(text)
        values = {field.name: raw[field.name] for field in fields(cls) if field.name in raw}
        return cls(**values | {"unknown": tuple(raw["unknown"])})
