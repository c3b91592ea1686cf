"""Staff: signing in, passwords, roles, and what is refused."""

import re
from datetime import timedelta

import pytest
import service_command
from sqlalchemy import select, update

from service.accounts import sessions, staff
from service.clock import now
from service.errors import Conflict, Invalid, NotFound
from service.passwords import same_password
from service.ratelimit import RateLimiter
from service.security import COMMAND_LINE, Role
from service.tables import audit, users
from service.tables import sessions as session_rows

PASSWORD = "blue kettle under the stairs"
EMAIL = "officer@chamber.example"


def audited(database, action):
    with database.read() as tx:
        return tx.execute(select(audit).where(audit.c.action == action)).mappings().all()


def sign_in(browser, email=EMAIL, password=PASSWORD):
    return browser.post_form("/sign-in", email=email, password=password, next="/settings/account")


def test_right_password_signs_in_and_wrong_ones_say_one_thing(visitor, staff, database):
    unknown = sign_in(visitor, "nobody@chamber.example")
    wrong = sign_in(visitor, password="blue kettle under the stair")
    for answer in (unknown, wrong):
        assert answer.status_code == 401
        assert "E-mail address or password is not right." in answer.text
        assert PASSWORD[:-1] not in answer.text
    assert 'value="nobody@chamber.example"' in unknown.text
    assert "www-authenticate" not in unknown.headers  # a browser would open a window of its own
    answer = sign_in(visitor, " Officer@Chamber.EXAMPLE ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/account")
    assert EMAIL in visitor.get("/settings/account").text
    assert visitor.get("/sign-in").headers["location"] == "/today"
    assert len(audited(database, "user.sign-in")) == 1


def test_odd_sign_ins_are_refused_and_nothing_breaks(visitor, staff):
    for email in ("", "a\0b@c.example", "x" * 10_000, "' OR 1=1 --"):
        assert sign_in(visitor, email).status_code == 401
    assert visitor.post_form("/sign-in").status_code == 401


def test_sign_in_needs_the_token_of_its_page(visitor, staff):
    assert visitor.post("/sign-in", data={"email": EMAIL, "password": PASSWORD}).status_code == 403
    visitor.get("/sign-in")
    assert visitor.post("/sign-in", data={"csrf": "0" * 64, "email": EMAIL, "password": PASSWORD}).status_code == 403
    token = visitor.csrf("/sign-in")
    visitor.cookies.clear()
    visitor.cookies.set("visitor", "another")
    assert visitor.post("/sign-in", data={"csrf": token, "email": EMAIL, "password": PASSWORD}).status_code == 403


def test_signing_out_ends_the_session_for_good(visitor, staff):
    sign_in(visitor)
    token = visitor.cookies["session"]
    assert visitor.post_form("/sign-out").headers["location"] == "/sign-in"
    assert "session" not in visitor.cookies
    visitor.cookies.set("session", token)
    assert visitor.get("/today").status_code == 303


def test_only_a_hash_of_password_and_cookie_is_stored(visitor, staff, database):
    sign_in(visitor)
    with database.read() as tx:
        stored = str([tx.execute(select(table)).all() for table in (users, session_rows, audit)])
    assert PASSWORD not in stored and visitor.cookies["session"] not in stored and "$argon2id$" in stored


@pytest.mark.parametrize("column, age", [("last_seen_at", timedelta(hours=12)), ("expires_at", timedelta(0))])
def test_session_ends_after_a_while(pages, database, column, age):
    officer = pages("officer")
    assert officer.get("/today").status_code == 200
    with database.write() as tx:
        tx.execute(update(session_rows).values({column: now() - age}))
    assert officer.get("/today").headers["location"].startswith("/sign-in")


def test_session_in_use_is_kept_and_its_longest_is_two_weeks(pages, database):
    officer = pages("officer")
    with database.write() as tx:
        tx.execute(update(session_rows).values(last_seen_at=now() - timedelta(hours=11)))
    assert officer.get("/today").status_code == 200
    with database.read() as tx:
        row = tx.execute(select(session_rows)).mappings().one()
    assert now() - row["last_seen_at"] < timedelta(minutes=1)
    assert row["expires_at"] - row["created_at"] == timedelta(days=14)


def test_sessions_that_are_over_are_cleared_away(pages, database):
    pages("officer")
    with database.write() as tx:
        tx.execute(update(session_rows).values(expires_at=now() - timedelta(seconds=1)))
    pages("viewer")
    with database.read() as tx:
        assert len(tx.execute(select(session_rows)).all()) == 1


def limited(**rates):
    usual = {"per_key": "9/minute", "per_failure": "9/minute", "per_account": "9/minute", "per_address": "9/minute"}
    return RateLimiter(**usual | rates)


def attempts(database, limiter, emails, password, address="1.2.3.4"):
    found = []
    for email in emails:
        try:
            sessions.sign_in(database, limiter, email=email, password=password, address=address)
            found.append("in")
        except Exception as error:
            found.append(type(error).__name__)
    return found


def test_guessing_is_slowed_by_account_from_anywhere_and_by_address_for_any_account(database, staff):
    limiter = limited(per_account="3/minute")
    assert attempts(database, limiter, [EMAIL] * 4, "wrong") == ["NotSignedIn"] * 3 + ["TooMany"]
    assert attempts(database, limiter, [EMAIL], PASSWORD, "5.6.7.8") == ["TooMany"]
    limiter = limited(per_address="3/minute")
    others = [f"{n}@chamber.example" for n in range(4)]
    assert attempts(database, limiter, others, "wrong") == ["NotSignedIn"] * 3 + ["TooMany"]
    assert attempts(database, limiter, [EMAIL], PASSWORD, "5.6.7.8") == ["in"]


def test_right_password_forgets_the_slips_before_it(database, staff):
    limiter = limited(per_account="3/minute")
    assert attempts(database, limiter, [EMAIL] * 2, "wrong") == ["NotSignedIn"] * 2
    assert attempts(database, limiter, [EMAIL], PASSWORD) == ["in"]
    assert attempts(database, limiter, [EMAIL] * 3, "wrong") == ["NotSignedIn"] * 3


def test_unknown_account_costs_as_much_work_as_a_wrong_password(monkeypatch):
    """Each of the two verifies one hash with the same settings: no clock is needed to see it."""
    import service.passwords as passwords

    verified = []

    class Counting:
        def verify(self, stored, password):
            verified.append(stored.split("$")[3])
            return passwords.PasswordHasher().verify(stored, password)

        def hash(self, password):
            return passwords.PasswordHasher().hash(password)

    stored = passwords.PasswordHasher().hash(PASSWORD)
    monkeypatch.setattr(passwords, "_hasher", Counting())
    passwords._hash_of_nobody.cache_clear()
    assert not same_password("wrong", stored)
    assert not same_password("wrong", None)
    assert len(verified) == 2 and len(set(verified)) == 1


def test_passwords_are_hashed_as_owasp_advises(settings, database):
    """By a process of its own: the tests' own hashes are cheap."""
    service_command.run_apart(settings, "users", "add", "sam@chamber.example")
    with database.read() as tx:
        stored = tx.execute(select(users.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def change(browser, old=PASSWORD, new="seven green umbrellas", again=None):
    return browser.post_form("/settings/account/password", old=old, new=new, again=new if again is None else again)


def test_own_password_is_changed_and_other_browsers_are_signed_out(pages, visitor, database):
    here, elsewhere = pages("viewer"), pages("viewer")
    assert change(here).status_code == 303
    assert "Your password is changed." in here.get("/settings/account").text
    assert elsewhere.get("/today").status_code == 303
    assert sign_in(visitor, "viewer@chamber.example").status_code == 401
    assert sign_in(visitor, "viewer@chamber.example", "seven green umbrellas").status_code == 303
    assert len(audited(database, "user.password")) == 1


def test_new_password_is_refused_with_the_reason_beside_it(pages):
    officer = pages("officer")
    for given, words in (
        ({"old": "wrong"}, "This is not your present password."),
        ({"new": "123456789"}, "The password has 9 characters; take at least 10."),
        ({"new": "x" * 201}, "The password is too long"),
        ({"new": "aaaaaaaaaaaa"}, "This password is easy to guess"),
        ({"new": "officer@chamber.example"}, "This password is easy to guess"),
        ({"new": PASSWORD}, "The new password is the old one"),
        ({"again": "another"}, "The two new passwords are not the same."),
    ):
        answer = change(officer, **given)
        assert answer.status_code == 422 and words in answer.text and 'aria-invalid="true"' in answer.text, given
    assert officer.get("/today").status_code == 200


def shown_password(answer):
    return re.search(r'class="secret code">([a-z0-9-]+)<', answer.text).group(1)


def test_admin_adds_somebody_who_must_choose_a_password(pages, visitor, database):
    admin = pages("admin")
    answer = admin.post_form("/settings/staff", name="Nora New", email="Nora@chamber.example", role="officer")
    password = shown_password(answer)
    assert sign_in(visitor, "nora@chamber.example", password).status_code == 303
    for address in ("/today", "/settings/staff", "/"):
        answer = visitor.get(visitor.get("/").headers["location"] if address == "/" else address)
        assert answer.headers["location"] == "/settings/account", address
    assert "a password for one use" in visitor.get("/settings/account").text
    assert change(visitor, old=password).headers["location"] == "/today"
    assert visitor.get("/today").status_code == 200
    assert [row["details"] for row in audited(database, "user.add")][-1] == '{"role":"officer"}'
    assert "nora" not in str([dict(row) for row in audited(database, "user.add")]).lower()


def test_adding_somebody_is_refused_and_what_was_typed_stays(pages):
    admin = pages("admin")
    for fields, words in (
        ({"email": "officer@CHAMBER.example"}, "Somebody has the address"),
        ({"email": "no address"}, "This is no e-mail address"),
        ({"email": ""}, "This is no e-mail address"),
        ({"name": "  "}, "Write the person&#39;s name"),
        ({"role": "king"}, "Choose one of these."),
    ):
        sent = {"name": "Nora New", "email": "nora@chamber.example", "role": "viewer"} | fields
        answer = admin.post_form("/settings/staff", **sent)
        assert answer.status_code == 422 and words in answer.text, fields
        assert f'value="{sent["name"]}"' in answer.text and f'value="{sent["email"]}"' in answer.text


def test_role_changes_from_the_next_click_on(pages, staff):
    admin, viewer = pages("admin"), pages("viewer")
    assert viewer.get("/settings/staff").status_code == 403
    assert admin.post_form(f"/settings/staff/{staff.viewer.id}/role", role="admin").status_code == 303
    assert viewer.get("/settings/staff").status_code == 200
    assert admin.post_form(f"/settings/staff/{staff.viewer.id}/role", role="king").status_code == 409
    assert admin.post_form("/settings/staff/none/role", role="viewer").status_code == 404


def test_access_is_taken_away_at_once_and_given_back_by_a_new_password(pages, visitor, staff):
    admin, officer = pages("admin"), pages("officer")
    assert admin.post_form(f"/settings/staff/{staff.officer.id}/disable").status_code == 303
    assert "Officer Person can no longer sign in." in admin.get("/settings/staff").text
    assert officer.get("/today").status_code == 303
    assert sign_in(visitor).status_code == 401
    password = shown_password(admin.post_form(f"/settings/staff/{staff.officer.id}/reset"))
    assert sign_in(visitor).status_code == 401
    assert sign_in(visitor, password=password).status_code == 303
    assert admin.post_form("/settings/staff/none/reset").status_code == 404
    assert admin.post_form("/settings/staff/none/disable").status_code == 404


def test_last_admin_stays(pages, staff, database):
    admin = pages("admin")
    answer = admin.post_form(f"/settings/staff/{staff.admin.id}/role", role="viewer")
    assert answer.status_code == 409 and "is the last admin" in answer.text
    admin.post_form(f"/settings/staff/{staff.admin.id}/disable")
    assert "is the last admin" in admin.get("/settings/staff").text
    from service.accounts.staff import disable_user, set_role

    set_role(database, COMMAND_LINE, staff.officer.id, Role.ADMIN)
    disable_user(database, COMMAND_LINE, staff.admin.id)
    with pytest.raises(Conflict, match="last admin"):
        set_role(database, COMMAND_LINE, staff.officer.id, Role.OFFICER)


def test_keys_are_made_shown_once_and_revoked(pages):
    admin = pages("admin")
    answer = admin.post_form("/settings/keys", name="member database", scope="write")
    key = re.search(r"smk_\w{10}_[\w-]{43}", answer.text).group(0)
    headers = {"Authorization": f"Bearer {key}"}
    assert admin.get("/v1/firms", headers=headers).status_code in (200, 503)
    assert key not in admin.get("/settings/keys").text
    assert admin.post_form(f"/settings/keys/{key.split('_')[1]}/revoke").status_code == 303
    assert admin.get("/v1/firms", headers=headers).status_code == 401
    assert admin.post_form("/settings/keys/none/revoke").status_code == 404
    answer = admin.post_form("/settings/keys", name=" ", scope="king")
    assert answer.status_code == 422 and "Say what the key is for." in answer.text


def test_wrong_input_of_the_command_line_is_named(database):
    with pytest.raises(Invalid, match="no e-mail address"):
        staff.add_user(database, COMMAND_LINE, email="x", name="X", role=Role.VIEWER)
    with pytest.raises(NotFound, match="users list"):
        staff.find_by_email(database, "none@chamber.example")


def run(settings, *arguments, code=0):
    return service_command.run(settings, "users", *arguments, code=code)


def test_command_line_adds_lists_resets_and_disables(settings, database, visitor):
    first = run(settings, "add", "Sam@chamber.example", "--role", "admin").stdout.strip()
    assert sign_in(visitor, "sam@chamber.example", first).status_code == 303
    second = run(settings, "reset", "sam@chamber.example").stdout.strip()
    assert visitor.get("/today").status_code == 303
    listed = run(settings, "list").stdout
    assert "sam@chamber.example" in listed and first not in listed and second not in listed
    assert "last admin" in run(settings, "disable", "sam@chamber.example", code=1).stderr
    run(settings, "add", "kim@chamber.example", "--role", "admin", "--name", "Kim")
    run(settings, "disable", "sam@chamber.example")
    assert sign_in(visitor, "sam@chamber.example", second).status_code == 401
    assert "nobody has the address" in run(settings, "reset", "x@chamber.example", code=1).stderr
