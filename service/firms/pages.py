"""The list of firms, sorting many at once, and adding or changing one."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import Response

from matcher import Firm
from service.addresses import firm_address
from service.context import Services
from service.deps import ServicesDep
from service.errors import IndexNotReady, Stale
from service.firms import actions, merging, notes
from service.firms.words import double_words, firm_kind_words, fit_words
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    PageUser,
    flash,
    go,
    local_path,
    page_router,
    render,
    stale_page,
)
from service.words import _, ngettext

router = page_router("/firms")
ROWS = 50
FIELDS = ("name", "kind", "city", "province", "postal_code", "website", "employees", "member", "group", "lang")
_MOST_EMPLOYEES = 5_000_000


def labels() -> dict[str, str]:
    """Names of the fields of a firm."""
    return {
        "name": _("Name"),
        "kind": _("What it is"),
        "city": _("Town"),
        "province": _("Province"),
        "postal_code": _("Postal code"),
        "website": _("Website"),
        "employees": _("People who work there"),
        "member": _("Member of the chamber"),
        "group": _("Belongs to this group of companies"),
        "lang": _("Language of its texts"),
    }


def member_words() -> dict[str, str]:
    """Whether a firm is a member."""
    return {"": _("Not known"), "yes": _("Yes"), "no": _("No")}


@router.get("")
def list_firms(
    request: Request, services: ServicesDep, _caller: PageUser, q: str = "", town: str = "", member: str = "",
    fit: str = "", known: str = "", put_away: Annotated[str, Query(alias="away")] = "", after: str = "",
) -> Response:  # fmt: skip
    """Firms by name, narrowed by what is asked."""
    asked = {"q": q[:200].strip(), "town": town[:100].strip(), "member": member, "fit": fit, "known": known}
    asked["away"] = "yes" if put_away else ""
    query, not_ready = _query(services, asked)
    listing = notes.list_firms(services.database, query, cursor=after or None, limit=ROWS)
    enough = None if not_ready else notes.enough_is_known(services)
    narrowed = {name: value for name, value in asked.items() if value}
    address = "/firms?" + urlencode(narrowed) if narrowed else "/firms"
    more = listing.page.next
    fit_choices = {"": _("All"), **fit_words(), notes.NOT_SORTED: _("Not sorted yet")}
    return render(
        request, "firms/list.html", form=Form(**asked), listing=listing, narrowed=narrowed,
        known={row.firm.id: enough(row.firm.id) for row in listing.page.items} if enough else {},
        towns=notes.towns(services.database), fits=fit_words(), fit_choices=fit_choices,
        sums=_sums(services), back=address,
        next=f"/firms?{urlencode({**narrowed, 'after': more})}" if more else "", first=address if after else "",
    )  # fmt: skip


def _query(services: Services, asked: dict[str, str]) -> tuple[notes.FirmQuery, bool]:
    """What is asked of the list, and whether what we know of firms cannot be told yet."""
    keep, not_ready = None, False
    try:
        enough = notes.enough_is_known(services)
    except IndexNotReady:
        not_ready = True
    else:
        keep = {"yes": enough, "no": lambda key: not enough(key)}.get(asked["known"])
    fit = asked["fit"] if asked["fit"] in (*notes.FITS, notes.NOT_SORTED) else None
    query = notes.FirmQuery(
        q=asked["q"], city=asked["town"], member={"yes": True, "no": False}.get(asked["member"]), fit=fit,
        archived=bool(asked["away"]), keep=keep,
    )  # fmt: skip
    return query, not_ready


def _sums(services: Services) -> dict[str, int]:
    """Firms that could fit, and of how many of these we know enough; nothing before firms are sorted or read."""
    try:
        enough = notes.enough_is_known(services)
    except IndexNotReady:
        return {}
    could = notes.FirmQuery(fit="could")
    n_could = notes.count_firms(services.database, could)
    if not n_could:
        return {}
    known = notes.FirmQuery(fit="could", keep=enough)
    return {"could": n_could, "known": notes.count_firms(services.database, known)}


@router.post("")
def sort_firms(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Sort the firms that are ticked."""
    ids, back = form.values("firm"), local_path(form.value("back"), "/firms")
    if not ids:
        flash(request, _("Tick the firms first, then say whether they could fit."), "warn")
        return go(back)
    fit = form.value("fit")
    n = notes.set_fit(services.database, caller, ids, None if fit == notes.NOT_SORTED else fit)
    flash(request, ngettext("%(num)s firm is sorted.", "%(num)s firms are sorted.", n))
    return go(back)


@router.get("/new")
def new_firm(request: Request, _caller: PageOfficer) -> Response:
    """The form of a new firm."""
    return _form_page(request, Form(kind="firm"), firm=None)


@router.post("/new")
def add_firm(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Store a new firm, unless it looks like one that is there."""
    row = _row(form)
    if not form.is_good:
        return _form_page(request, form, firm=None, status=422)
    with form.catching():
        doubles = merging.doubles_of_new(services, row)
        if doubles and not form.has("anyway"):
            return _form_page(request, form, firm=None, doubles=doubles, status=409)
        made = actions.create_firm(services, caller, {**row, "id": actions.free_id(services.database, row["name"])})
    if not form.is_good:
        return _form_page(request, form, firm=None, status=422)
    flash(request, _("%(name)s is on our list. Now say what it does.", name=row["name"]))
    return go(firm_address(made.record_id))


@router.get("/{firm_id}/edit")
def edit_firm(request: Request, services: ServicesDep, _caller: PageOfficer, firm_id: str) -> Response:
    """The facts of a firm, to be changed."""
    stored = actions.get_firm(services, firm_id)
    return _form_page(request, Form(**shown_fields(stored.record), version=stored.version), firm=stored.record)


@router.post("/{firm_id}/edit")
def change_firm(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, firm_id: str) -> Response:
    """Change the facts of a firm."""
    row = _row(form)
    stored = actions.get_firm(services, firm_id)
    if form.is_good:
        try:
            with form.catching():
                actions.patch_firm(services, caller, firm_id, row, expected=form.version())
        except Stale:
            now_there = shown_fields(stored.record)
            back = firm_address(firm_id)
            return stale_page(
                request, form, version=stored.version, action=f"{back}/edit", back=back,
                differences=[Difference(label, form.value(name), now_there[name]) for name, label in labels().items()],
            )  # fmt: skip
    if not form.is_good:
        return _form_page(request, form, firm=stored.record, status=422)
    flash(request, _("Saved."))
    return go(firm_address(firm_id))


def shown_fields(firm: Firm) -> dict[str, str]:
    """A firm's facts as the form has them."""
    found = {name: getattr(firm, name) for name in FIELDS}
    found["member"] = {True: "yes", False: "no", None: ""}[firm.member]
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _row(form: Form) -> dict[str, Any]:
    """A firm's facts from the form; what is left empty is not known."""
    row: dict[str, Any] = {
        "name": form.text("name", required=_("Write the firm’s name."), most=500),
        "kind": form.choice("kind", firm_kind_words()),
        "employees": form.number("employees", most=_MOST_EMPLOYEES),
        "member": {"yes": True, "no": False}.get(form.choice("member", member_words())),
    }
    for name in ("city", "province", "postal_code", "website", "group"):
        row[name] = form.text(name, most=500) or None
    row["lang"] = form.choice("lang", ["", "en", "fr"]) or None
    website = row["website"]
    if website and ("." not in website or " " in website):
        form.wrong("website", _("This is no address of a website: expected one such as www.example.ca."))
    return row


def _form_page(
    request: Request, form: Form, *, firm: Firm | None, doubles: list[merging.Double] | None = None, status: int = 200
) -> Response:
    near = [(double, double_words(double.reason)) for double in doubles or ()]
    languages = {"": _("Not known"), "en": "English", "fr": "Français"}
    return render(
        request, "firms/form.html", status, form=form, firm=firm, doubles=near, labels=labels(),
        kinds=firm_kind_words(), members=member_words(), text_languages=languages,
    )  # fmt: skip
