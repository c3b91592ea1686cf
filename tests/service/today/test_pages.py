"""Today: what waits stands there with the oldest promise first, and nothing that is not one's own."""

from datetime import timedelta

import pytest
from call_list_data import load

from service.introductions import actions as introductions
from service.introductions import days, repository
from service.introductions.actions import Between, Said
from service.today import actions


@pytest.fixture
def services(app, pages):
    pages("officer").get("/today")
    services = app.state.services
    services.follower.catch_up()
    load(services)
    return services


def set_day(services, one, day):
    with services.database.write() as tx:
        stored = repository.find(tx, one.id)
        repository.change(tx, stored, {"answer_by": day.isoformat()}, stored.updated_at)


def test_empty_service_says_so_and_what_comes_first(pages):
    page = pages("officer").get("/today").text
    assert "Nothing waits for you" in page and 'href="/imports/new"' in page
    assert 'action="/projects/read"' in page and 'href="/projects/new"' in page and 'href="/projects/read"' in page


def test_oldest_promise_stands_first_with_one_button_each(services, pages, staff):
    caller, today = staff.officer.caller, days.today_of(services)
    weld = introductions.propose(services, caller, Between("trays", "weld", "supplier"))
    tray = introductions.propose(services, caller, Between("trays", "tray", "supplier"))
    introductions.firm_answers(services, caller, tray.id, Said(True, "phone"), expected=None)
    set_day(services, weld, today - timedelta(days=1))
    set_day(services, tray, today - timedelta(days=3))
    page = pages("officer").get("/today").text
    assert "2 things wait for you" in page and page.count("Late: was promised for") == 2
    assert page.index("Tray Works said yes") < page.index("has not answered about")
    assert page.count('<article class="card todo">') == page.count(f'href="/introductions/{weld.id}"') + page.count(
        f'href="/introductions/{tray.id}"'
    ) == 2  # fmt: skip


def test_tasks_of_a_colleague_and_of_viewers_do_not_show(services, pages, staff):
    one = introductions.propose(services, staff.admin.caller, Between("trays", "weld", "supplier"))
    set_day(services, one, days.today_of(services) - timedelta(days=1))
    assert "has not answered about" in pages("admin").get("/today").text
    assert "Nothing waits for you" in pages("officer").get("/today").text
    viewer = pages("viewer").get("/today").text
    assert "Nothing waits for you" in viewer and 'action="/projects/read"' not in viewer


def test_five_at_most_and_the_rest_is_counted(services, staff):
    caller, today = staff.officer.caller, days.today_of(services)
    from service.projects import actions as projects

    for n in range(7):
        row = {"id": f"p{n}", "title": f"Project {n}", "stage": "call", "checked": "2001-01-01"}
        projects.create_project(services, caller, row)
        one = introductions.propose(services, caller, Between(f"p{n}", "weld", "supplier"))
        introductions.firm_answers(services, caller, one.id, Said(True, "mail"), expected=None)
        set_day(services, one, today - timedelta(days=n))
    found = actions.today_for(services, caller, may_write=True)
    # Seven introductions, and one line for the projects that nobody has looked at since 2001.
    assert (len(found.tasks), found.n_more, found.n_late) == (5, 3, 6)
    assert [task.due for task in found.tasks] == [today - timedelta(days=n) for n in (6, 5, 4, 3, 2)]


def test_counts_of_everything_stand_below(services, pages):
    page = pages("officer").get("/today").text
    with services.database.read() as tx:
        from service.firms import repository as firms

        n_firms = firms.count(tx)
    assert f"{n_firms} firms" in page and "1 open project" in page


def test_today_speaks_french(services, pages):
    officer = pages("officer")
    officer.post_form("/language", language="fr", next="/today")
    assert "Rien ne vous attend" in officer.get("/today").text
