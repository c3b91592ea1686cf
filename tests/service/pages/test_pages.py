"""The machinery of every page: who may look, who may send, and how refusals look."""

import re

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from service.own_page import visit_pages
from service.pages.protect import protect
from service.pages.visit import local_path
from service.tables import audit

PAGES = ("/today", "/settings/chamber", "/settings/staff", "/settings/account", "/settings/keys", "/settings/sample")


def test_without_any_user_every_page_leads_to_the_set_up(visitor):
    for address in (*PAGES, "/sign-in", "/setup/progress"):
        answer = visitor.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/setup"), address
    assert visitor.get("/").headers["location"] == "/today"


def test_who_is_not_signed_in_is_led_to_it_and_back(pages, visitor):
    for address in PAGES:
        answer = visitor.get(address)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=" + address.replace("/", "%2F")


def test_every_page_is_there_for_an_admin(pages):
    admin = pages("admin")
    for address in PAGES:
        answer = admin.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("role", ["viewer", "officer"])
def test_pages_of_admins_are_refused_to_others(pages, role):
    browser = pages(role)
    for address in ("/settings/chamber", "/settings/staff", "/settings/keys", "/settings/sample"):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "Only an admin of your chamber may do this." in answer.text
        assert answer.headers["x-request-id"] in answer.text
    assert browser.get("/settings").headers["location"] == "/settings/account"
    assert browser.post_form("/settings/staff", name="N", email="n@e.example", role="admin").status_code == 403


def all_routes(routes):
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from all_routes(inner.routes) if inner is not None else [route]


def routes_of_pages(app):
    routes = [route for route in all_routes(app.routes) if isinstance(route, APIRoute)]
    return [route for route in routes if not route.path.startswith("/v1")]


def is_of_firms(route):
    """Pages of firms, by a link in a letter or by its visit: tests/service/own_page has their protection."""
    return route.path.startswith(("/letters/", "/own"))


def dependencies(dependant):
    yield dependant.call
    for other in dependant.dependencies:
        yield from dependencies(other)


def test_every_route_that_writes_is_protected(app):
    writing = [route for route in routes_of_pages(app) if route.methods - {"GET", "HEAD"}]
    assert len(writing) > 10
    for route in writing:
        by_its_link = route.path.startswith("/letters/")
        guards = {visit_pages.protect} if is_of_firms(route) else {protect}
        assert by_its_link or guards <= set(dependencies(route.dependant)), route.path
    for route in routes_of_pages(app):
        if route.path not in ("/healthz", "/readyz", "/metrics"):
            assert not route.include_in_schema, f"{route.path} is made without page_router"


def test_every_writing_route_refuses_a_request_without_a_token(app, pages):
    browser = pages("admin")
    for route in routes_of_pages(app):
        if "POST" in route.methods and not is_of_firms(route):
            answer = browser.post(re.sub(r"\{[^}]+\}", "x", route.path), data={"csrf": "wrong", "note": "typed words"})
            assert answer.status_code == 403, route.path
            assert "This page was open too long. Go back, reload, and send it again." in answer.text
            assert "typed words" in answer.text


def test_a_token_of_another_session_or_in_another_site_is_refused(pages, database):
    one, other = pages("admin"), pages("admin")
    fields = {"name": "Nora", "email": "nora@chamber.example", "role": "viewer"}
    assert one.post("/settings/staff", data={"csrf": other.csrf(), **fields}).status_code == 403
    token = one.csrf()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = one.post("/settings/staff", data={"csrf": token, **fields}, headers=headers)
        assert answer.status_code == 403, headers
    with database.read() as tx:
        added = tx.execute(select(audit.c.id).where(audit.c.action == "user.add")).all()
    assert len(added) == 3  # those of the fixture
    good = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert one.post("/settings/staff", data={"csrf": token, **fields}, headers=good).status_code == 200


def test_token_may_come_in_a_header(pages):
    officer = pages("officer")
    answer = officer.post("/language", data={"language": "fr"}, headers={"X-CSRF-Token": officer.csrf()})
    assert answer.status_code == 303


def test_passwords_are_not_shown_again_when_a_form_is_refused(pages):
    answer = pages("officer").post("/settings/account/password", data={"old": "my-secret-1", "new": "my-secret-2"})
    assert answer.status_code == 403 and "my-secret" not in answer.text


def test_session_cookie_is_kept_from_scripts_and_other_sites(visitor, staff, settings):
    answer = visitor.post_form("/sign-in", email="officer@chamber.example", password="blue kettle under the stairs")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie


def test_cookies_are_for_tls_only_where_there_is_tls(app, staff):
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="https://testserver") as browser:
        cookies = browser.get("/sign-in").headers.get_list("set-cookie")
    assert cookies and all("Secure" in cookie for cookie in cookies)


def test_pages_have_the_headers_that_protect_them_and_the_api_is_as_it_was(pages, client):
    answer = pages("officer").get("/today")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    problem = client.get("/v1/firms/none")
    assert problem.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" not in problem.headers


def test_static_files_are_kept_for_good(visitor):
    from service.pages.assets import asset

    answer = visitor.get(asset("style.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/static/none.css").headers["cache-control"] == "no-store"


def test_missing_page_is_a_page_and_a_missing_record_of_the_api_a_problem(pages, visitor, client):
    for browser in (pages("officer"), visitor):
        answer = browser.get("/no-such-page")
        assert answer.status_code == 404 and "There is nothing here" in answer.text
        assert answer.headers["x-request-id"] in answer.text
    assert client.get("/v1/none").headers["content-type"] == "application/problem+json"
    assert visitor.post("/today").status_code == 405


def test_error_of_ours_is_a_page_that_says_nothing_of_its_cause(app, pages):
    @app.get("/broken")
    def broken():
        raise RuntimeError("the cause, with a name in it")

    answer = pages("officer").get("/broken")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text and "the cause" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_keys_of_the_api_open_no_page_and_sessions_no_api(pages, client, visitor, keys):
    assert visitor.get("/today", headers={"Authorization": f"Bearer {keys.admin}"}).status_code == 303
    assert pages("admin").get("/v1/firms").status_code == 401


@pytest.mark.parametrize(
    "given", ["https://evil.example/", "//evil.example", "/\\evil.example", "", None, "today", "/a\nb", "javascript:1"]
)
def test_nobody_is_sent_to_another_site(given):
    assert local_path(given) == "/today"


def test_local_addresses_keep_their_query():
    assert local_path("/firms?q=a&page=2") == "/firms?q=a&page=2"


def test_language_is_of_the_browser_until_somebody_chooses(visitor, pages, database, staff):
    french = {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}
    assert '<html lang="fr">' in visitor.get("/sign-in", headers=french).text
    assert '<html lang="en">' in visitor.get("/sign-in", headers={"Accept-Language": "de,en;q=0.5"}).text
    officer = pages("officer")
    answer = officer.post_form("/language", language="fr", next="/settings/account")
    assert answer.headers["location"] == "/settings/account"
    assert "Mon compte" in officer.get("/settings/account").text
    assert "Mon compte" in pages("officer").get("/settings/account").text  # another browser of the same person
    assert officer.post_form("/language", language="xx").status_code == 303
    assert "Mon compte" in officer.get("/settings/account").text


def test_words_are_said_once(pages):
    admin = pages("admin")
    fields = dict(
        name="Milton Chamber", postal_address="2 Main Street", place="Milton", region="Halton", language="en",
        signer_name="Ada", version="1",
    )  # fmt: skip
    assert admin.post_form("/settings/chamber", **fields).status_code == 303
    assert "Saved." in admin.get("/settings/chamber").text
    assert "Saved." not in admin.get("/settings/chamber").text


def test_stale_edit_shows_both_and_overwrites_nothing(pages):
    one, other = pages("admin"), pages("admin")
    fields = dict(
        name="Milton Chamber", postal_address="2 Main Street", place="Milton", region="Halton", language="en",
        signer_name="Ada", version="1",
    )  # fmt: skip
    assert one.post_form("/settings/chamber", **fields).status_code == 303
    answer = other.post_form("/settings/chamber", **{**fields, "name": "Another name"})
    assert answer.status_code == 412
    assert "Another name" in answer.text and "Milton Chamber" in answer.text and 'value="2"' in answer.text
    assert "Milton Chamber" in one.get("/settings/chamber").text
    answer = other.post_form("/settings/chamber", **{**fields, "name": "Another name", "version": "2"})
    assert answer.status_code == 303
    assert 'value="Another name"' in one.get("/settings/chamber").text
