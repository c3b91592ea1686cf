"""Pages of the set-up and of the chamber's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from fastapi import Request
from fastapi.responses import Response

from service.accounts import sessions
from service.deps import ServicesDep
from service.errors import NotFound, Stale
from service.jobs import State
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageAdmin,
    PageUser,
    VisitDep,
    flash,
    go,
    page_router,
    render,
    stale_page,
)
from service.pages.rendering import set_language, set_session
from service.security import Caller, Scope
from service.setup import actions, code, sample
from service.setup.actions import ChamberDraft
from service.words import _, ngettext, use_language

router = page_router()
FIRST = {"place": "Milton", "region": "Halton", "start": "sample"}


def labels() -> dict[str, str]:
    """Names of the chamber's fields."""
    return {
        "name": _("Name of the chamber"),
        "postal_address": _("Postal address"),
        "place": _("Town"),
        "region": _("Region"),
        "language": _("Language of letters and e-mails"),
        "signer_name": _("Name"),
        "signer_title": _("Title"),
        "signer_telephone": _("Telephone"),
        "signer_email": _("E-mail address"),
    }


def draft_of(form: Form) -> ChamberDraft:
    """What a form says of the chamber."""
    return ChamberDraft(**{name: form.value(name).strip() for name in labels()})


@router.get("/setup")
def setup_page(request: Request, services: ServicesDep, visit: VisitDep) -> Response:
    """The set-up of a fresh installation."""
    _only_fresh(visit.is_set_up)
    given = request.query_params.get("code", "")
    form = Form(code=given, language=visit.language, **FIRST)
    return _setup_page(request, services, form, has_code=bool(given) and _code_is_right(request, services, form))


@router.post("/setup")
def set_up(request: Request, services: ServicesDep, visit: VisitDep, form: FormDep) -> Response:
    """Store the chamber and its first admin, who is signed in, and load the sample data if asked."""
    _only_fresh(visit.is_set_up)
    if not _code_is_right(request, services, form):
        return _setup_page(request, services, form, has_code=False, status=403)
    draft = draft_of(form)
    for name, message in draft.faults().items():
        form.wrong(name, message)
    if form.value("password") != form.value("again"):
        form.wrong("again", _("The two passwords are not the same."))
    with form.catching(name="admin_name"):
        admin = actions.first_admin(
            email=form.value("email"), name=form.value("admin_name"), password=form.value("password"),
            language=draft.language,
        )  # fmt: skip
    if not form.is_good:
        return _setup_page(request, services, form, has_code=True, status=422)
    actions.set_up(services.database, draft, admin)
    code.remove_code(services.settings)
    use_language(admin.language)
    _start(services, admin.caller, with_sample=form.value("start") == "sample")
    response = go("/setup/progress" if form.value("start") == "sample" else "/today")
    set_session(request, response, sessions.begin(services.database, admin))
    set_language(request, response, admin.language)
    return response


def _start(services: ServicesDep, caller: Caller, *, with_sample: bool) -> None:
    """Load the sample data, or take away what a demonstration has loaded."""
    found = sample.state(services.database)
    if with_sample and not (found.is_there or found.is_loading):
        sample.load(services.database, caller)
    if not with_sample and found.is_there:
        sample.remove(services, caller)


@router.get("/setup/progress")
def progress(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """How far the sample data is; ends at Today."""
    found = sample.state(services.database)
    failed = [job for job in found.jobs if job.state is State.FAILED]
    if found.is_loading or failed:
        waits = all(job.state is State.QUEUED for job in found.jobs)
        return render(
            request,
            "setup/progress.html",
            jobs=found.jobs,
            failed=failed,
            waits=waits,
            state=State,
            names=_names(found),
        )
    if found.jobs:
        firms = ngettext("%(num)s firm", "%(num)s firms", len(found.firms))
        projects = ngettext("%(num)s project", "%(num)s projects", len(found.projects))
        flash(request, _("The sample data is here: %(firms)s, %(projects)s.", firms=firms, projects=projects))
    return go("/today")


def _names(found: sample.SampleState) -> dict[str, str]:
    """What each import of the sample data brings, by its id."""
    known = {
        "firms.jsonl": _("Firms of Ontario"),
        "firms_halton_2017.jsonl": _("Firms of Halton, as of 2017"),
        "projects.jsonl": _("Projects that were announced"),
        "examples.jsonl": _("Example projects that look for firms"),
    }
    files = {job.id: str(job.payload["source"]).removeprefix(sample.SOURCE) for job in found.jobs}
    return {job_id: known.get(name, name) for job_id, name in files.items()}


@router.get("/settings")
def settings_page(visit: VisitDep, caller: PageUser) -> Response:
    """The first of the settings that the visitor may change."""
    return go("/settings/chamber" if caller.scope.includes(Scope.ADMIN) else "/settings/account")


@router.get("/settings/chamber")
def chamber_page(request: Request, visit: VisitDep, _caller: PageAdmin) -> Response:
    """What is said of the chamber."""
    found = visit.chamber
    values: Mapping[str, object] = asdict(found) if found else {**FIRST, "language": visit.language, "version": ""}
    return render(request, "setup/chamber.html", form=Form(**values), labels=labels())


@router.post("/settings/chamber")
def change_chamber(request: Request, services: ServicesDep, caller: PageAdmin, form: FormDep) -> Response:
    """Change what is said of the chamber."""
    draft = draft_of(form)
    for name, message in draft.faults().items():
        form.wrong(name, message)
    if not form.is_good:
        return render(request, "setup/chamber.html", 422, form=form, labels=labels())
    try:
        actions.change_chamber(services.database, caller, draft, expected=form.version())
    except Stale:
        stored = actions.get_chamber(services.database)
        assert stored is not None
        return stale_page(
            request, form, version=stored.version, action="/settings/chamber", back="/settings/chamber",
            differences=[
                Difference(label, getattr(draft, name), getattr(stored, name)) for name, label in labels().items()
            ],
        )  # fmt: skip
    flash(request, _("Saved."))
    return go("/settings/chamber")


@router.get("/settings/sample")
def sample_page(request: Request, services: ServicesDep, _caller: PageAdmin) -> Response:
    """What is left of the sample data."""
    return render(request, "setup/sample.html", sample=sample.state(services.database))


@router.post("/settings/sample/load")
def load_sample(services: ServicesDep, caller: PageAdmin) -> Response:
    """Load the sample data."""
    _start(services, caller, with_sample=True)
    return go("/setup/progress")


@router.post("/settings/sample/remove")
def remove_sample(request: Request, services: ServicesDep, caller: PageAdmin) -> Response:
    """Take the sample data away."""
    gone = sample.remove(services, caller)
    firms = ngettext("%(num)s firm", "%(num)s firms", len(gone.firms))
    projects = ngettext("%(num)s project", "%(num)s projects", len(gone.projects))
    flash(request, _("The sample data is gone: %(firms)s, %(projects)s.", firms=firms, projects=projects))
    return go("/settings/sample")


def _setup_page(request: Request, services: ServicesDep, form: Form, *, has_code: bool, status: int = 200) -> Response:
    found = sample.state(services.database)
    return render(
        request, "setup/setup.html", status, form=form, has_code=has_code, labels=labels(),
        has_sample=found.is_there or found.is_loading,
    )  # fmt: skip


def _code_is_right(request: Request, services: ServicesDep, form: Form) -> bool:
    """Whether the visitor has the code; guesses are counted."""
    address = request.client.host if request.client else "unknown"
    if code.is_right(services.settings, form.value("code")):
        return True
    services.limiter.sign_in("setup-code", address)
    form.wrong("code", _("This is not the set-up code. It is printed where the service was started."))
    return False


def _only_fresh(is_set_up: bool) -> None:
    if is_set_up:
        raise NotFound(_("The set-up is done already."))
