"""What became of lists, counted from letters and answers."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from service.clock import now, today
from service.list_tables import list_items, lists, promises
from service.reports.lists import wilson


def fill(database, answers):
    moment = now()
    with database.write() as tx:
        for n, (answer, reason, hours) in enumerate(answers):
            tx.execute(insert(lists).values(
                id=f"l{n}", run_id="r", contact_id=f"c{n}", firm_id="f", period="2026-W49", kind="list", language="en",
                subject="", body="{}", state="sent", is_first=False, officer_id="", made_at=moment,
                sent_at=moment - timedelta(hours=50), sent_how="smtp",
            ))  # fmt: skip
            tx.execute(insert(list_items).values(
                id=f"i{n}", list_id=f"l{n}", firm_id="f", contact_id=f"c{n}", project_id="p", role="supplier",
                position=0, news="new", fingerprint="", band="maybe", score="0", model="m", told="{}", answer=answer,
                reason=reason, answered_at=None if answer is None else moment - timedelta(hours=50 - hours), version=1,
            ))  # fmt: skip
        for n, (days_to, kept) in enumerate([(2, True), (-3, True), (-3, False), (2, False)]):
            tx.execute(insert(promises).values(
                id=f"p{n}", firm_id="f", contact_id="c", project_id="p", officer_id="u", word="", made_at=moment,
                call_by=(today() + timedelta(days=days_to)).isoformat(), kept_at=moment if kept else None,
            ))  # fmt: skip


def test_lists_are_counted_with_an_interval_and_promises_by_their_day(pages, database):
    page = pages("officer")
    assert "Lists to firms" not in page.get("/reports").text
    fill(database, [("yes", None, 4), ("no", "not_our_work", 6), ("no", "busy", 8), ("yes", None, 10), (None, None, 0),
                    ("colleague", None, 2)])  # fmt: skip
    text = " ".join(page.get("/reports").text.split())
    for words in ("6 letters left", "with 6 opportunities", "2 of 3 that told us were right", "21 to 94 of 100",
                  "within 6 hours", "1 promised call was made in time", "2 were late"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(("n", "of", "low", "high"), [(0, 5, 0.0, 0.43), (5, 5, 0.57, 1.0), (50, 100, 0.40, 0.60)])
def test_interval_is_wilsons(n, of, low, high):
    found = wilson(n, of)
    assert (round(found[0], 2), round(found[1], 2)) == (low, high)
    assert wilson(0, 0) == (None, None)
