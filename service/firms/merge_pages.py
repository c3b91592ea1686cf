"""Two firms that may be one: look at both, merge them, take it back, or say that they are not the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from matcher import Firm
from service.addresses import firm_address
from service.contacts import actions as contacts
from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict, NotFound, Stale
from service.firms import actions, merging, notes
from service.firms.pages import FIELDS, labels, member_words, shown_fields
from service.firms.words import belonging_words, firm_kind_words
from service.pages import Form, FormDep, PageOfficer, flash, go, page_router, render
from service.words import _

router = page_router("/firms")
MOST_FOUND = 20


@router.get("/{firm_id}/merge")
def merge_page(
    request: Request, services: ServicesDep, _caller: PageOfficer, firm_id: str,
    other_id: Annotated[str, Query(alias="with")] = "", q: str = "",
) -> Response:  # fmt: skip
    """Look for the other firm, then look at both."""
    if other_id:
        return _both(request, services, firm_id, other_id, Form(keep="this"))
    stored = actions.get_firm(services, firm_id)
    found: list[Firm] = []
    if q.strip():
        listing = notes.list_firms(services.database, notes.FirmQuery(q=q[:200]), cursor=None, limit=MOST_FOUND)
        found = [row.firm for row in listing.page.items if row.firm.id != firm_id]
    return render(
        request, "firms/merge_with.html", firm=stored.record, address=firm_address(firm_id), found=found, form=Form(q=q)
    )


def _both(request: Request, services: Services, firm_id: str, other_id: str, form: Form, status: int = 200) -> Response:
    this, other = actions.get_firm(services, firm_id), actions.get_firm(services, other_id)
    if this.id == other.id:
        raise Conflict(_("This is the same firm: choose another one to merge it with."))
    facts = [(label, _shown(name, this.record), _shown(name, other.record)) for name, label in labels().items()]
    sides = [
        (
            one,
            contacts.of_firm(services.database, one.id),
            belonging_words(notes.belongings_of(services.database, one.id)),
        )
        for one in (this, other)
    ]
    return render(
        request, "firms/merge.html", status, this=this, other=other, form=form, address=firm_address(firm_id),
        facts=[row for row in facts if row[1] or row[2]], sides=sides,
    )  # fmt: skip


def _shown(name: str, firm: Firm) -> str:
    assert name in FIELDS
    value = shown_fields(firm)[name]
    return {"kind": firm_kind_words(), "member": {**member_words(), "": ""}}.get(name, {}).get(value, value)


@router.post("/{firm_id}/merge")
def merge(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Make one firm of two."""
    other_id = form.value("other")
    this, other = (firm_id, form.version()), (other_id, _number(form.value("other_version")))
    kept, gone = (other, this) if form.value("keep") == "other" else (this, other)
    try:
        stored = merging.merge(
            services, caller, kept[0], gone[0], expected=kept[1], expected_gone=gone[1]
        )  # fmt: skip
    except Stale:
        form.wrong("", _("Somebody has changed one of them meanwhile. Look at both as they are now."))
        return _both(request, services, firm_id, other_id, form, 412)
    flash(request, _("They are one firm now. You can take them apart again below, under “Tidy up”."))
    return go(firm_address(stored.id))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@router.post("/{firm_id}/not-the-same")
def not_the_same(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Note that two firms are not the same."""
    merging.say_not_double(services, caller, firm_id, form.value("other"))
    flash(request, _("Noted: you will not be asked again."))
    return go(firm_address(firm_id))


@router.post("/{firm_id}/merges/{merge_id}/undo")
def undo(request: Request, services: ServicesDep, caller: PageOfficer, firm_id: str, merge_id: str) -> Response:
    """Take a merge back."""
    try:
        _kept, again = merging.undo(services, caller, merge_id)
    except (Conflict, NotFound) as error:
        flash(request, str(error), "warn")
        return go(firm_address(firm_id))
    flash(request, _("%(name)s is a firm of its own again.", name=again.record.name))
    return go(firm_address(firm_id))
