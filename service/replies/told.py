"""What a firm was told by lists, and what it answered, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.context import Services
from service.opportunities import repository
from service.opportunities.repository import Item
from service.opportunities.told import Told

MOST = 20


@dataclass(frozen=True, slots=True)
class ToldTo:
    """One line of a list that left."""

    item: Item
    told: Told
    sent_at: datetime


def told_to(services: Services, firm_id: str) -> list[ToldTo]:
    """Lines that a firm was told, the newest first."""
    with services.database.read() as tx:
        found = repository.items_of_firm(tx, firm_id, limit=MOST)
    return [ToldTo(item, Told.from_json(item.told), sent) for item, sent in found]
