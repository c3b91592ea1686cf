"""What bodies of records share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

STAMPS = frozenset({"version", "created_at", "updated_at"})


class RecordBody(BaseModel):
    """A record as it is sent: unknown fields are refused; what only we set is left out, so that it can be sent back."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_stamps(cls, values: Any) -> Any:  # noqa: ANN401 - a body that is not checked yet
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if name not in STAMPS}
