"""From a spreadsheet to our list: upload, columns, check first, add, and take back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from matcher import DirectoryMapping
from service.accounts.staff import names_of
from service.context import Services
from service.deps import ServicesDep
from service.errors import Invalid, NotFound
from service.imports import actions, drafts, exports, undo, views
from service.imports.drafts import Draft
from service.imports.words import change_words, field_words, member_choices, member_hints, refusal_words
from service.jobs import Job, State
from service.pages import Form, FormDep, PageOfficer, PageUser, flash, go, page_router, render
from service.words import _, ngettext

router = page_router("/imports")
ACCEPT = ".xlsx,.xls,.xlsm,.csv,.tsv,.txt,.jsonl,.json"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("")
def list_imports(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """Lists that were brought in, newest first."""
    rows = views.past_imports(services.database)
    names = names_of(services.database, {row.job.created_by for row in rows})
    return render(request, "imports/list.html", rows=rows, names=names, state=State)


@router.get("/new")
def new_import(request: Request, _caller: PageOfficer) -> Response:
    """Choose a file."""
    return render(request, "imports/new.html", form=Form(), accept=ACCEPT)


@router.post("/new")
def upload(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Take a file in; nothing is added yet."""
    given = form.file("file")
    if given is None:
        form.wrong("file", _("Choose a file first."))
    else:
        with form.catching():
            draft_id = drafts.start(services.database, caller, *given)
    if not form.is_good or given is None:
        return render(request, "imports/new.html", 422, form=form, accept=ACCEPT)
    return go(f"/imports/{draft_id}/columns")


@router.get("/list.xlsx")
def download_all(services: ServicesDep, _caller: PageUser) -> Response:
    """All firms as a workbook."""
    return _workbook(exports.workbook_of(services.database), "firms.xlsx")


@router.get("/{import_id}/list.xlsx")
def download(services: ServicesDep, _caller: PageUser, import_id: str) -> Response:
    """One list again, with everything that was added."""
    job = _import(services, import_id)
    stem = job.payload["source"].rsplit(".", 1)[0]
    return _workbook(exports.workbook_of(services.database, job), f"{stem} +.xlsx")


@router.get("/{draft_id}/columns")
def columns(request: Request, services: ServicesDep, _caller: PageOfficer, draft_id: str) -> Response:
    """Which column holds what, with samples."""
    draft = drafts.get(services.database, draft_id)
    if draft.import_id is not None:
        return go(f"/imports/{draft.import_id}")
    form = Form(source=draft.source, members=draft.members, people="yes" if draft.people else "")
    return _columns_page(request, services, draft, form)


@router.post("/{draft_id}/columns")
def choose_columns(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, draft_id: str
) -> Response:
    """Take the columns over and have the list checked."""
    draft = drafts.get(services.database, draft_id)
    if draft.import_id is not None:
        return go(f"/imports/{draft.import_id}")
    source = form.value("source") or draft.filename
    members = form.choice("members", member_choices())
    with form.catching():
        # The list that this one follows may have other columns: they are proposed anew for it.
        mapping = _mapping(services, draft, form) if draft.is_table else None
        if form.is_good:
            drafts.check(
                services.database, caller, draft, mapping=mapping, source=source, members=members,
                people=form.has("people"),
            )  # fmt: skip
    if not form.is_good:
        return _columns_page(request, services, draft, form, status=422)
    return go(f"/imports/{draft_id}/check")


def _columns_page(request: Request, services: Services, draft: Draft, form: Form, status: int = 200) -> Response:
    previews: Any = ()
    mapping: DirectoryMapping | None = None
    if draft.is_table:
        mapping, previews = drafts.columns(services.database, draft)
    rows = [
        (f"column-{i}", column, form.value(f"column-{i}") or column.holds) for i, column in enumerate(previews)
    ]  # fmt: skip
    earlier = [name for name in drafts.earlier_sources(services.database, draft) if name != draft.filename]
    return render(
        request, "imports/columns.html", status, form=form, draft=draft, rows=rows,
        sheets=mapping.sheets if mapping else (), fields=field_words(), members=member_choices(), earlier=earlier,
        member_hints=member_hints(),
    )  # fmt: skip


def _mapping(services: Services, draft: Draft, form: Form) -> str:
    """The mapping as somebody chose it.

    Raises:
        Invalid: no column or more than one holds the names.
    """
    proposed, previews = drafts.columns(services.database, draft)
    known = field_words()
    chosen = {}
    for i, column in enumerate(previews):
        given = form.value(f"column-{i}") or column.holds
        if given not in known:
            form.wrong(f"column-{i}", _("Choose one of these."))
        chosen[column.name] = given
    if "name" not in chosen.values():
        raise Invalid("columns", _("Say which column holds the names of the firms."))
    return DirectoryMapping(proposed.header_row, proposed.sheets, chosen).to_json()


@router.get("/{draft_id}/check")
def check(request: Request, services: ServicesDep, _caller: PageOfficer, draft_id: str) -> Response:
    """What would be added and changed; a page that waits while the worker reads."""
    draft = drafts.get(services.database, draft_id)
    if draft.import_id is not None:
        return go(f"/imports/{draft.import_id}")
    if draft.check_id is None:
        return go(f"/imports/{draft_id}/columns")
    job = _import(services, draft.check_id)
    if job.state in (State.QUEUED, State.RUNNING):
        return _waiting(request, job, _("We read your list"))
    if job.state is State.FAILED:
        return render(request, "imports/failed.html", job=job, draft=draft)
    return render(
        request, "imports/check.html", draft=draft, found=views.checked(job), change_words=change_words,
        refusal_words=refusal_words,
    )  # fmt: skip


@router.post("/{draft_id}/add")
def add(services: ServicesDep, caller: PageOfficer, form: FormDep, draft_id: str) -> Response:
    """Add a list that was checked to ours."""
    draft = drafts.get(services.database, draft_id)
    if draft.check_id is None and draft.import_id is None:
        return go(f"/imports/{draft_id}/columns")
    gone = {key: "left" for key in form.values("left")}
    return go(f"/imports/{drafts.add(services.database, caller, draft, gone)}")


@router.post("/{draft_id}/drop")
def drop(request: Request, services: ServicesDep, caller: PageOfficer, draft_id: str) -> Response:
    """Throw a list away that was not added."""
    drafts.drop(services.database, caller, drafts.get(services.database, draft_id))
    flash(request, _("The list was thrown away. Nothing was added."))
    return go("/imports/new")


@router.get("/{import_id}")
def read_import(request: Request, services: ServicesDep, _caller: PageUser, import_id: str) -> Response:
    """How far an import is, and what came of it."""
    job = _import(services, import_id)
    if job.state in (State.QUEUED, State.RUNNING):
        return _waiting(request, job, _("Your list is being added"))
    if job.state is State.FAILED:
        return render(request, "imports/failed.html", job=job, draft=None)
    result = views.result_of(services.database, job)
    return render(request, "imports/result.html", found=result, job=job, refusal_words=refusal_words)


@router.post("/{import_id}/undo")
def take_back(request: Request, services: ServicesDep, caller: PageOfficer, import_id: str) -> Response:
    """Take a whole import back."""
    done = undo.undo(services, caller, import_id)
    gone = ngettext("%(num)s firm is gone again", "%(num)s firms are gone again", done.removed)
    back = ngettext("%(num)s is what it was before", "%(num)s are what they were before", done.put_back)
    said = _("The list was taken back: %(gone)s, %(back)s.", gone=gone, back=back)
    flash(request, said)
    if done.kept:
        words = ngettext(
            "%(num)s firm stays as it is, since somebody has worked with it meanwhile.",
            "%(num)s firms stay as they are, since somebody has worked with them meanwhile.", len(done.kept),
        )  # fmt: skip
        flash(request, words, "warn")
    return go(f"/imports/{quote(import_id, safe='')}")


def _import(services: Services, import_id: str) -> Job:
    try:
        job = actions.get_import(services, import_id)
    except NotFound as error:
        raise NotFound(_("There is no such list here.")) from error
    if job.payload["kind"] != "firms":
        raise NotFound(_("There is no such list here."))
    return job


def _waiting(request: Request, job: Job, title: str) -> Response:
    return render(request, "imports/waiting.html", job=job, title=title, is_running=job.state is State.RUNNING)


def _workbook(data: bytes, filename: str) -> Response:
    disposition = f"attachment; filename=\"firms.xlsx\"; filename*=UTF-8''{quote(filename, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(data, media_type=EXCEL, headers=headers)
