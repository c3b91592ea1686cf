"""A project, firms that fit it or do not, and one telephone number: what call lists are tested with."""

from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.firms import actions as firms_actions
from service.projects import actions as projects_actions
from service.security import COMMAND_LINE

FIRMS = [
    {"id": "weld", "name": "Weld Co", "city": "Milton", "province": "ON", "employees": 25, "member": True},
    {"id": "tray", "name": "Tray Works", "city": "Oakville", "province": "ON"},
    {"id": "bakery", "name": "Corner Bakery", "city": "Milton", "province": "ON"},
    {"id": "lead", "name": "Lead Motors", "city": "Milton", "province": "ON"},
]  # fmt: skip
WORDS = {
    "weld": "Laser welding of battery trays. Anodising and dyeing of aluminium housings.",
    "tray": "Laser welding of battery trays for vehicles. Anodising and dyeing.",
    "bakery": "Bread, cakes and coffee.",
    "lead": "Laser welding of battery trays in house.",
}
PROJECT = {
    "id": "trays", "title": "Battery trays", "description": "Trays are laser welded.", "lead": "lead", "city": "Milton",
    "province": "ON", "stage": "call", "closes": "2999-01-01",
    "needs": [{"text": "laser welding of battery trays", "role": "supplier"},
              {"text": "anodising and dyeing", "role": "supplier", "material": "aluminium 6082"},
              {"text": "leak testing with helium", "role": "supplier"}],
}  # fmt: skip


def load(services):
    """Firms whose statements are new and confirmed, one project, one telephone number."""
    for row in FIRMS:
        said = [
            {"kind": "capability", "text": text.strip(), "source": "by phone", "date": "2026-11", "confirmed": True}
            for text in WORDS[row["id"]].split(".")
            if text.strip()
        ]
        firms_actions.create_firm(services, COMMAND_LINE, {**row, "statements": said})
    projects_actions.create_project(services, COMMAND_LINE, PROJECT)
    draft = ContactDraft(name="Wanda Weld", role="sales", telephone="905 555 0134")
    contacts.add(services.database, COMMAND_LINE, Owner(firm_id="weld"), draft)
