from datetime import date

import pytest

from service.errors import Invalid
from service.introductions import days
from service.words import use_language


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 11, 23), 5, date(2026, 11, 30)),  # Monday to Monday: one weekend
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # Friday to Monday
        (date(2026, 12, 23), 2, date(2026, 12, 29)),  # Christmas, Boxing Day and its weekend are no days
        (date(2027, 2, 12), 1, date(2027, 2, 16)),  # Family Day, an Ontario holiday
        (date(2026, 7, 31), 1, date(2026, 8, 4)),  # the civic holiday, on which chambers are closed
        (date(2026, 6, 29), 2, date(2026, 7, 2)),  # Canada Day
    ],
)
def test_answers_are_waited_for_on_working_days(start, n, expected):
    assert days.after(start, n) == expected


def test_day_that_is_no_working_day_becomes_the_next_one():
    assert days.working_day(date(2026, 11, 28)) == date(2026, 11, 30)
    assert days.working_day(date(2026, 11, 30)) == date(2026, 11, 30)
    assert days.read_day("2027-02-15", date(2026, 12, 1), where="day") == date(2027, 2, 16)


@pytest.mark.parametrize("given", ["", "tomorrow", "2026-13-01", "2026-11-29", "2028-01-10"])
def test_day_that_makes_no_sense_is_refused_beside_its_field(given):
    with pytest.raises(Invalid) as refused:
        days.read_day(given, date(2026, 11, 30), where="call_back_on")
    assert refused.value.where == "call_back_on"


def test_reason_of_a_closed_day_is_said_in_the_readers_language():
    assert days.closed_because(date(2026, 11, 28)) == "the weekend"
    assert days.closed_because(date(2026, 12, 1)) == ""
    assert days.closed_because(date(2026, 12, 25)) == "Christmas Day"
    use_language("fr")
    assert days.closed_because(date(2026, 12, 25)) == "Jour de Noël"
    use_language("en")
