"""Pages of signing in and out, one's own account, staff and API keys."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.accounts import actions, sessions, staff
from service.deps import ServicesDep
from service.errors import Conflict, NotSignedIn, TooMany
from service.pages import (
    Form,
    FormDep,
    PageAdmin,
    PageUser,
    VisitDep,
    flash,
    go,
    local_path,
    page_router,
    render,
)
from service.pages.rendering import set_language, set_session
from service.pages.visit import SESSION_COOKIE
from service.security import Role, Scope
from service.words import _

router = page_router()


def role_words() -> dict[str, str]:
    """Roles with what they may do."""
    return {
        Role.OFFICER.value: _("Officer: reads and changes firms and projects"),
        Role.VIEWER.value: _("Viewer: reads only"),
        Role.ADMIN.value: _("Admin: everything, also staff and settings"),
    }


def scope_words() -> dict[str, str]:
    """What a key may do."""
    return {
        Scope.READ.value: _("Read only"),
        Scope.WRITE.value: _("Read and change"),
        Scope.ADMIN.value: _("Everything"),
    }


@router.get("/sign-in")
def sign_in_page(request: Request, visit: VisitDep, next: str = "") -> Response:
    """The form to sign in; who is in already goes on."""
    if not visit.is_set_up:
        return go("/setup")
    if visit.user is not None:
        return go(local_path(next))
    return render(request, "accounts/sign_in.html", form=Form(), next=local_path(next))


@router.post("/sign-in")
def sign_in(request: Request, services: ServicesDep, form: FormDep) -> Response:
    """Sign in, and go where the visitor wanted to go."""
    where = local_path(form.value("next"))
    address = request.client.host if request.client else "unknown"
    try:
        user, token = sessions.sign_in(
            services.database, services.limiter,
            email=form.value("email"), password=form.value("password"), address=address,
        )  # fmt: skip
    except (NotSignedIn, TooMany) as error:
        form.wrong("", str(error))
        return render(request, "accounts/sign_in.html", error.status, form=form, next=where)
    response = go(where)
    set_session(request, response, token)
    set_language(request, response, user.language)
    return response


@router.post("/sign-out")
def sign_out(services: ServicesDep, visit: VisitDep) -> Response:
    """Sign this browser out."""
    if visit.session is not None and visit.user is not None:
        sessions.end(services.database, visit.session, visit.user)
    response = go("/sign-in")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/settings/account")
def account(request: Request, visit: VisitDep, _caller: PageUser) -> Response:
    """One's own password and language."""
    assert visit.user is not None
    return render(request, "accounts/account.html", form=Form(language=visit.user.language))


@router.post("/settings/account/password")
def change_password(
    request: Request, services: ServicesDep, visit: VisitDep, form: FormDep, _caller: PageUser
) -> Response:
    """Change one's own password."""
    assert visit.user is not None and visit.session is not None
    with form.catching():
        staff.change_password(
            services.database, visit.user, visit.session.id,
            old=form.value("old"), new=form.value("new"), again=form.value("again"),
        )  # fmt: skip
    if not form.is_good:
        return render(request, "accounts/account.html", 422, form=form)
    flash(request, _("Your password is changed. Other browsers are signed out."))
    return go("/today" if visit.user.must_change else "/settings/account")


@router.get("/settings/staff")
def list_staff(request: Request, services: ServicesDep, _caller: PageAdmin) -> Response:
    """Everybody who may sign in."""
    return _staff_page(request, services, Form(role=Role.OFFICER.value))


@router.post("/settings/staff")
def add_user(request: Request, services: ServicesDep, visit: VisitDep, caller: PageAdmin, form: FormDep) -> Response:
    """Add somebody; the answer shows their first password, once."""
    role = form.choice("role", role_words())
    language = visit.chamber.language if visit.chamber else visit.language
    if form.is_good:
        with form.catching():
            user, password = staff.add_user(
                services.database, caller, email=form.value("email"), name=form.value("name"), role=Role(role),
                language=language,
            )  # fmt: skip
    if not form.is_good:
        return _staff_page(request, services, form, status=422)
    return render(request, "accounts/password.html", user=user, password=password)


@router.post("/settings/staff/{user_id}/role")
def set_role(request: Request, services: ServicesDep, caller: PageAdmin, form: FormDep, user_id: str) -> Response:
    """Change what somebody may do."""
    role = form.choice("role", role_words())
    if form.is_good:
        with form.catching():
            user = staff.set_role(services.database, caller, user_id, Role(role))
    if not form.is_good:
        return _staff_page(request, services, Form(role=Role.OFFICER.value), status=409, refused=form)
    flash(request, _("%(name)s is changed.", name=user.name))
    return go("/settings/staff")


@router.post("/settings/staff/{user_id}/disable")
def disable(request: Request, services: ServicesDep, caller: PageAdmin, user_id: str) -> Response:
    """Take somebody's access away."""
    try:
        user = staff.disable_user(services.database, caller, user_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, _("%(name)s can no longer sign in.", name=user.name))
    return go("/settings/staff")


@router.post("/settings/staff/{user_id}/reset")
def reset(request: Request, services: ServicesDep, caller: PageAdmin, user_id: str) -> Response:
    """Give somebody a new password; the answer shows it, once."""
    user, password = staff.reset_password(services.database, caller, user_id)
    return render(request, "accounts/password.html", user=user, password=password)


@router.get("/settings/keys")
def list_keys(request: Request, services: ServicesDep, _caller: PageAdmin) -> Response:
    """Keys of programs."""
    return _keys_page(request, services, Form(scope=Scope.READ.value))


@router.post("/settings/keys")
def make_key(request: Request, services: ServicesDep, caller: PageAdmin, form: FormDep) -> Response:
    """Make a key; the answer shows it, once."""
    name = form.text("name", required=_("Say what the key is for."), most=100)
    scope = form.choice("scope", scope_words())
    if not form.is_good:
        return _keys_page(request, services, form, status=422)
    stored, key = actions.create_key(services.database, caller, name, Scope(scope))
    return render(request, "accounts/key.html", stored=stored, key=key)


@router.post("/settings/keys/{key_id}/revoke")
def revoke_key(request: Request, services: ServicesDep, caller: PageAdmin, key_id: str) -> Response:
    """Take a key out of force."""
    actions.revoke_key(services.database, caller, key_id)
    flash(request, _("The key no longer works."))
    return go("/settings/keys")


def _staff_page(
    request: Request, services: ServicesDep, form: Form, *, status: int = 200, refused: Form | None = None
) -> Response:
    users = staff.list_users(services.database)
    return render(
        request, "accounts/staff.html", status, users=users, form=form, refused=refused or Form(), roles=role_words(),
        short_roles={"viewer": _("Viewer"), "officer": _("Officer"), "admin": _("Admin")},
    )  # fmt: skip


def _keys_page(request: Request, services: ServicesDep, form: Form, *, status: int = 200) -> Response:
    keys = actions.list_keys(services.database)
    return render(request, "accounts/keys.html", status, keys=keys, form=form, scopes=scope_words())
