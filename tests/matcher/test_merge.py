import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.records import firm_from_row, project_from_row
from matcher.sources.merge import merge_firm, merge_project
from matcher.types import Firm, FirmKind, Need, NeedRole, Project, Release, Stage, Statement, StatementKind

texts = st.none() | st.sampled_from("abc")
statements = st.builds(
    Statement,
    id=st.sampled_from("stuvw"),
    kind=st.sampled_from([StatementKind.CAPABILITY, StatementKind.PRODUCT]),
    text=st.sampled_from(["one", "two"]),
    source=texts,
    date=st.none() | st.sampled_from(["2020", "2021"]),
    confirmed=st.booleans(),
)
firms = st.builds(
    Firm,
    id=st.just("f"),
    name=st.sampled_from("AB"),
    kind=st.sampled_from([FirmKind.FIRM, FirmKind.RESEARCH]),
    city=texts,
    employees=st.none() | st.integers(0, 2),
    member=st.none() | st.booleans(),
    statements=st.lists(statements, unique_by=lambda s: s.id, max_size=4).map(tuple),
)
needs = st.builds(
    Need,
    id=st.sampled_from("stuvw"),
    text=st.sampled_from(["casting", "welding", "testing"]),
    role=st.sampled_from(list(NeedRole)),
    material=texts,
    confirmed=st.booleans(),
    weight=st.sampled_from([1.0, 2.0]),
)
words = st.lists(st.sampled_from("abcd"), unique=True, max_size=3).map(tuple)
projects = st.builds(
    Project,
    id=st.just("p"),
    title=st.sampled_from("AB"),
    stage=st.sampled_from([Stage.UNKNOWN, Stage.CALL]),
    release=st.sampled_from(list(Release)),
    lead=texts,
    closes=st.none() | st.sampled_from(["2026-01-01", "2027-01-01"]),
    technologies=words,
    partners=words,
    needs=st.lists(needs, unique_by=lambda n: n.id, max_size=4).map(tuple),
    rejected_needs=st.lists(st.sampled_from(["casting", "welding"]), unique=True).map(tuple),
)


def items(record):
    return {item.id: item for item in (record.statements if isinstance(record, Firm) else record.needs)}


def merge(base, stored, incoming):
    return (merge_firm if isinstance(stored, Firm) else merge_project)(base, stored, incoming)


three = st.tuples(st.none() | firms, firms, firms) | st.tuples(st.none() | projects, projects, projects)


@settings(deadline=None)
@given(three)
def test_the_same_file_again_changes_nothing_also_when_a_crash_lost_the_new_base(versions):
    base, stored, incoming = versions
    merged = merge(base, stored, incoming)
    assert merge(incoming, merged, incoming) == merged
    assert merge(base, merged, incoming) == merged


@settings(deadline=None)
@given(firms | projects)
def test_a_file_that_says_what_is_stored_changes_nothing(record):
    assert merge(None, record, record) == record == merge(record, record, record)


@settings(deadline=None)
@given(three)
def test_nothing_confirmed_is_ever_lost_or_changed(versions):
    base, stored, incoming = versions
    merged = items(merge(base, stored, incoming))
    for key, item in items(stored).items():
        if item.confirmed:
            assert merged[key] == item


@settings(deadline=None)
@given(three)
def test_what_was_retracted_stays_retracted(versions):
    base, stored, incoming = versions
    merged = items(merge(base, stored, incoming))
    for key in items(base) if base else ():
        if key not in items(stored):
            assert key not in merged


@settings(deadline=None)
@given(three)
def test_statements_that_the_source_never_brought_are_untouched(versions):
    base, stored, incoming = versions
    merged = items(merge(base, stored, incoming))
    for key, item in items(stored).items():
        if key not in items(incoming) and (base is None or key not in items(base)):
            assert merged[key] == item


@settings(deadline=None)
@given(three)
def test_the_stored_order_stays_and_new_ones_follow_in_the_order_of_the_file(versions):
    base, stored, incoming = versions
    merged = list(items(merge(base, stored, incoming)))
    held = [key for key in items(stored) if key in merged]
    assert merged == held + [key for key in items(incoming) if key in merged and key not in held]


@settings(deadline=None)
@given(three)
def test_plain_fields_follow_the_file_only_where_the_file_changed(versions):
    base, stored, incoming = versions
    merged = merge(base, stored, incoming)
    name = "city" if isinstance(stored, Firm) else "lead"
    now, held = getattr(incoming, name), getattr(stored, name)
    before = getattr(base, name) if base else None
    if base is None:
        expected = held if now is None else now
    elif now == before or (now is None and held != before):
        expected = held
    else:
        expected = now
    assert getattr(merged, name) == expected


@settings(deadline=None)
@given(st.none() | projects, projects, projects)
def test_rejected_needs_are_a_union_and_do_not_come_back(base, stored, incoming):
    merged = merge_project(base, stored, incoming)
    assert set(merged.rejected_needs) == set(stored.rejected_needs) | set(incoming.rejected_needs)
    for need in merged.needs:
        assert need.text not in stored.rejected_needs or need.id in items(stored)


def firm(**changes):
    return firm_from_row(
        {"id": "f", "name": "Acme", "city": "Milton", "capabilities": ["casting", "milling"]} | changes
    )


def test_a_year_in_the_life_of_a_firm():
    base = firm(employees=20)
    casting, milling = base.statements
    # Staff corrected the town, confirmed casting, retracted milling, and added turning.
    turning = Statement("t", StatementKind.CAPABILITY, "turning", source="call", date="2026-02")
    sure = dataclasses.replace(casting, confirmed=True, date="2026-02")
    stored = dataclasses.replace(base, city="Oakville", statements=(sure, turning))
    # The next file has a new headcount, no casting, milling still, and welding.
    incoming = firm(employees=25, capabilities=["milling", "welding"])
    merged = merge_firm(base, stored, incoming)
    assert (merged.city, merged.employees) == ("Oakville", 25)
    assert [s.text for s in merged.statements] == ["casting", "turning", "welding"]
    assert merged.statements[0] == sure and milling not in merged.statements
    # The year after, the file drops welding and moves the firm.
    later = merge_firm(incoming, merged, firm(city="Guelph", employees=25, capabilities=["milling"]))
    assert later.city == "Guelph" and [s.text for s in later.statements] == ["casting", "turning"]


def test_an_empty_value_overwrites_only_what_the_same_source_said():
    assert merge_firm(None, firm(employees=20), firm(city=None)).city == "Milton"
    assert merge_firm(firm(), firm(), firm(city=None)).city is None
    assert merge_firm(firm(), firm(city="Oakville"), firm(city=None)).city == "Oakville"
    research = firm(kind="research")
    assert merge_firm(None, research, firm()).kind is FirmKind.RESEARCH


def test_a_statement_that_another_source_has_since_made_its_own_stays():
    base = firm(sources=["a.csv"])
    stored = merge_firm(None, base, firm(sources=["b.csv"]))
    assert {s.source for s in stored.statements} == {"b.csv"}
    assert merge_firm(base, stored, firm(sources=["a.csv"], capabilities=[])).statements == stored.statements


def test_lists_of_a_project_are_merged_one_by_one():
    def project(partners, needs=()):
        return project_from_row({"id": "p", "title": "P", "partners": partners, "needs": list(needs)})

    base, incoming = project(["a", "b"], ["casting"]), project(["b", "c"], ["casting", "welding"])
    stored = dataclasses.replace(project(["b", "staff"]), rejected_needs=("Welding",))
    merged = merge_project(base, stored, incoming)
    assert merged.partners == ("b", "staff", "c")
    assert merged.needs == ()  # staff removed casting and rejected welding


def test_records_of_different_ids_are_refused():
    with pytest.raises(ValueError, match=r"one record in three versions, got the ids \['f', 'g'\]"):
        merge_firm(None, firm(), firm(id="g"))
