"""The form of one contact; whom a firm or project has stands on its own page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.responses import Response

from service.addresses import firm_address, project_address
from service.contacts import actions
from service.contacts.actions import ContactDraft, Owner
from service.contacts.repository import Contact
from service.context import Services
from service.deps import ServicesDep
from service.errors import NotFound, Stale
from service.firms import actions as firms
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    flash,
    go,
    page_router,
    render,
    stale_page,
)
from service.projects import actions as projects
from service.words import LANGUAGES, _

router = page_router("/contacts")
FIELDS = ("name", "role", "telephone", "email", "language", "source")


@router.get("/new")
def new_contact(
    request: Request, services: ServicesDep, _caller: PageOfficer, firm: str = "", project: str = "",
) -> Response:  # fmt: skip
    """The form of a new contact of a firm or project."""
    return _page(request, services, _owner(firm, project), Form())


@router.post("/new")
def add_contact(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep,
    firm: Annotated[str, Query()] = "", project: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """Store a new contact."""
    owner = _owner(firm, project)
    with form.catching():
        actions.add(services.database, caller, owner, _draft(form))
    if not form.is_good:
        return _page(request, services, owner, form, status=422)
    flash(request, _("The contact is added."))
    return go(_address(owner))


@router.get("/{contact_id}")
def contact_page(request: Request, services: ServicesDep, _caller: PageOfficer, contact_id: str) -> Response:
    """One contact, to be changed or deleted."""
    contact = actions.get(services.database, contact_id)
    form = Form(**{name: getattr(contact, name) for name in FIELDS}, version=contact.version)
    return _page(request, services, actions.owner_of(contact), form, contact=contact)


@router.post("/{contact_id}")
def change_contact(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, contact_id: str
) -> Response:
    """Change a contact."""
    contact = actions.get(services.database, contact_id)
    owner = actions.owner_of(contact)
    try:
        with form.catching():
            actions.change(services.database, caller, contact_id, _draft(form), expected=form.version())
    except Stale:
        return stale_page(
            request, form, version=contact.version, action=f"/contacts/{contact_id}", back=_address(owner),
            differences=[
                Difference(words, form.value(name), getattr(contact, name)) for name, words in _labels().items()
            ],
        )  # fmt: skip
    if not form.is_good:
        return _page(request, services, owner, form, contact=contact, status=422)
    flash(request, _("Saved."))
    return go(_address(owner))


@router.post("/{contact_id}/delete")
def delete_contact(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, contact_id: str
) -> Response:
    """Delete a contact for good."""
    owner = actions.owner_of(actions.get(services.database, contact_id))
    try:
        actions.delete(services.database, caller, contact_id, expected=form.version())
    except Stale:
        flash(request, _("Somebody has changed this contact meanwhile: look again before you delete it."), "warn")
        return go(f"/contacts/{contact_id}")
    flash(request, _("The contact is deleted."))
    return go(_address(owner))


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "role": _("What they do there"),
        "telephone": _("Telephone"),
        "email": _("E-mail address"),
        "language": _("Language"),
        "source": _("How do we know them?"),
    }


def _owner(firm: str, project: str) -> Owner:
    if bool(firm) == bool(project):
        raise NotFound(_("There is nothing here"))
    return Owner(firm_id=firm) if firm else Owner(project_id=project)


def _draft(form: Form) -> ContactDraft:
    return ContactDraft(**{name: form.value(name) for name in FIELDS})


def _address(owner: Owner) -> str:
    return firm_address(owner.id) if owner.firm_id is not None else project_address(owner.id)


def _page(
    request: Request, services: Services, owner: Owner, form: Form, *, contact: Contact | None = None, status: int = 200
) -> Response:
    if owner.firm_id is not None:
        name = firms.get_firm(services, owner.firm_id).record.name
    else:
        name = projects.get_project(services, owner.id).record.title
    action = f"/contacts/{contact.id}" if contact else f"/contacts/new?{owner.kind}={quote(owner.id, safe='')}"
    return render(
        request, "contacts/form.html", status, form=form, contact=contact, owner_name=name, back=_address(owner),
        action=action, choices={"": _("Not known"), **LANGUAGES},
    )  # fmt: skip
