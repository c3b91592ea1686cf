import dataclasses
import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from matcher.records import firm_from_row, project_from_row
from matcher.sources.duplicates import SHARED_HOST, host_of, normal_name, possible_duplicates, same_firm
from matcher.sources.jsonl import read_firms
from matcher.sources.report import Outcome, ReadResult, accept, build_report, plan_changes, plan_import, report_import
from matcher.types import Duplicate, Refusal, Statement, StatementKind

DATA = Path(__file__).parent.parent.parent / "data" / "directory"


def firm(key, **row):
    return firm_from_row({"id": key, "name": f"Firm {key}"} | row)


def read(*firms, **rest):
    return ReadResult(tuple(enumerate(firms, 1)), **rest)


rows = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["Milton", "Guelph", None])), max_size=6)


@settings(deadline=None)
@given(rows, rows, rows, st.integers(0, 3))
def test_every_row_read_is_in_exactly_one_of_new_updated_unchanged_and_refused(stored, last, now, n_bad):
    existing = {key: firm(key, city=city) for key, city in stored}
    bases = {key: firm(key, city=city) for key, city in last}
    bad = tuple(Refusal(100 + i, "row", "", "is not JSON") for i in range(n_bad))
    plan = plan_import("f", read(*(firm(key, city=city) for key, city in now), refused=bad), existing, bases)
    report = plan.report
    ids = [*report.new, *report.updated, *report.unchanged]
    assert len(ids) == len(set(ids)) and len(ids) + len(report.refused) == report.n_read == len(now) + n_bad
    assert sorted(ids) == sorted({key for key, _ in now})
    assert {f.id for f in plan.records_to_store} == {*report.new, *report.updated}
    assert {f.id for f in plan.bases_to_store} == set(ids)
    assert set(report.disappeared) == set(bases) - set(ids)
    after = existing | {f.id: f for f in plan.records_to_store}
    again = plan_import("f", read(*plan.bases_to_store), after, {f.id: f for f in plan.bases_to_store})
    assert again.report.unchanged == tuple(f.id for f in plan.bases_to_store) and not again.records_to_store


def test_updated_is_a_change_of_what_is_stored_and_not_of_the_file_alone():
    base = firm("a", city="Milton")
    stored = dataclasses.replace(base, city="Guelph")
    report, store = build_report("f", read(firm("a", city="Guelph")), {"a": stored}, {"a": base})
    assert report.unchanged == ("a",) and store == []
    report, store = build_report("f", read(firm("a", city="Oakville")), {"a": stored}, {"a": base})
    assert report.updated == ("a",) and store[0].city == "Oakville"


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 3))
def test_an_import_in_chunks_that_stops_and_goes_on_reports_as_one_without_a_stop(size, n_before_stop):
    existing = {key: firm(key, city="Milton") for key in "abcd"}
    bases = dict(existing)
    now = [firm("a", city="Guelph"), firm("b", city="Milton"), firm("e"), firm("a"), firm("c", city="Milton")]
    whole = plan_import("f", read(*now), existing, bases)
    accepted = accept(read(*now))
    records = [record for _, record in accepted.records]
    store, stored_bases, outcomes = dict(existing), dict(bases), {}

    def commit(chunk):
        for change in plan_changes(chunk, store, stored_bases):
            store[change.record.id], stored_bases[change.base.id] = change.record, change.base
            outcomes[change.base.id] = change.outcome

    chunks = [records[i : i + size] for i in range(0, len(records), size)]
    for chunk in chunks[:n_before_stop]:
        commit(chunk)
    if len(outcomes) < len(records):
        with pytest.raises(ValueError, match="have no outcome yet"):
            report_import("f", accepted, outcomes)
    rest = [record for record in records if record.id not in outcomes]  # another process takes it up
    for start in range(0, len(rest), size):
        commit(rest[start : start + size])
    changed = [store[key] for key, outcome in outcomes.items() if outcome is not Outcome.UNCHANGED]
    duplicates = possible_duplicates(changed, list(existing.values()))
    assert report_import("f", accepted, outcomes, duplicates=duplicates, last_ids=bases) == whole.report
    assert whole.report.disappeared == ("d",) and whole.report.refused[0].line == 4


def test_a_record_that_could_not_be_read_back_is_refused_and_blanks_go_before_offsets_are_taken():
    text = Statement("s", StatementKind.SUMMARY, "  We weld. ")
    good = dataclasses.replace(firm("a"), statements=(text,))
    bad = dataclasses.replace(firm("b"), name="x" * 501)
    plan = plan_import("f", read(good, bad), {})
    assert plan.records_to_store[0].statements[0].text == "We weld."
    assert [(r.line, r.field) for r in plan.report.refused] == [(2, "name")]


def test_a_refused_row_has_not_disappeared(tmp_path):
    path = tmp_path / "firms.jsonl"
    path.write_text('{"id": "a", "name": "A", "employees": "many"}\n{"id": "b", "name": "B"}\n')
    bases = {key: firm(key) for key in "abc"}
    assert plan_import("f", read_firms(path), {}, bases).report.disappeared == ("c",)


def test_projects_are_planned_alike_and_never_compared_for_duplicates():
    project = project_from_row({"id": "p", "title": "P"})
    plan = plan_import("p", read(project), {})
    assert plan.report.new == ("p",) and plan.report.duplicates == ()


def plainly(firms):
    """The rule said plainly: every pair of firms, one by one."""
    hosts = [host_of(f.website) for f in firms]
    found = []
    for (i, one), (j, other) in combinations(enumerate(firms), 2):
        first, second = sorted((one.id, other.id))
        if hosts[i] and hosts[i] == hosts[j] and hosts.count(hosts[i]) <= SHARED_HOST:
            found.append(Duplicate(first, second, "same website"))
        elif same_firm(one, other):
            found.append(Duplicate(first, second, "close name and place"))
    return sorted(found, key=lambda d: (d.firm_id, d.other_id))


def shipped():
    names = ("firms.jsonl", "firms_halton_2017.jsonl")
    return [
        firm_from_row(json.loads(line))
        for name in names
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    ]


def test_nothing_is_missed_that_comparing_every_pair_of_the_shipped_firms_finds():
    firms = list({f.id: f for f in shipped()}.values())
    found = possible_duplicates(firms)
    assert found == plainly(firms) and found
    # The blocks by first word and town lose no pair that the bare rule on names and towns finds either.
    by_id = {f.id: f for f in firms}
    pairs = {(d.firm_id, d.other_id) for d in found}
    for one, other in combinations(sorted(by_id), 2):
        a, b = by_id[one], by_id[other]
        names = normal_name(a.name), normal_name(b.name)
        same_town = not a.city or not b.city or a.city.casefold() == b.city.casefold()
        if same_town and names[0].split()[0] == names[1].split()[0] and fuzz.token_sort_ratio(*names) >= 92:
            assert (one, other) in pairs


names = st.sampled_from(
    [
        "Canadian Precision Tool Ltd.",
        "Canadian Precision Tools",
        "Canadian Tool Precision",
        "Precision Canadian Tool",
        "Canadian Precision Toolings",
        "Canadian Steel",
        "Acme",
        "Acmes",
        "1234567 Ontario Inc.",
        "1234568 Ontario Inc.",
    ]  # fmt: skip
)
towns = st.sampled_from([None, "Milton", "Georgetown", "Halton Hills", "Guelph"])
some_firms = st.lists(st.tuples(names, towns, st.sampled_from([None, "a.ca", "www.b.ca"])), max_size=12)


@settings(deadline=None)
@given(some_firms, st.integers(0, 12))
def test_blocks_find_what_the_plain_rule_finds_of_new_rows(drawn, n_old):
    firms = [firm(f"f{i}", name=n, city=c, website=w) for i, (n, c, w) in enumerate(drawn)]
    old, new = firms[:n_old], firms[n_old:]
    ids = {f.id for f in new}
    expected = [d for d in plainly(firms) if d.firm_id in ids or d.other_id in ids]
    assert possible_duplicates(new, old) == expected


@pytest.mark.parametrize("new", ["town", "nowhere"])
def test_a_firm_without_a_town_is_compared_with_all_whichever_came_first(new):
    pair = {
        "town": firm("town", name="Canadian Precision Tool", city="Milton"),
        "nowhere": firm("nowhere", name="Canadian Precision Toolings"),  # 4 letters more: 92 % of 50
    }
    added = pair.pop(new)
    assert possible_duplicates([added], list(pair.values())) == [Duplicate("nowhere", "town", "close name and place")]


def test_a_portal_that_many_firms_share_is_no_reason_and_five_still_are():
    def shared(n):
        return possible_duplicates([firm(f"f{i}", name=f"{i} Ltd.", website="portal.example/x") for i in range(n)])

    assert len(shared(5)) == 10 and shared(6) == []
