import copy
import itertools
import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import RowError
from matcher.records import (
    DATE,
    FIRM_FIELDS,
    LONGEST_NAME,
    LONGEST_TEXT,
    NEED_FIELDS,
    PROJECT_FIELDS,
    STATEMENT_FIELDS,
    firm_from_row,
    project_from_row,
    to_dict,
)
from matcher.schema import SCHEMAS

DATA = Path(__file__).parent.parent.parent / "data"
TODAY = date(2026, 5, 1)
VALIDATORS = {name: jsonschema.Draft202012Validator(make()) for name, make in SCHEMAS.items()}
READERS = {"firm": firm_from_row, "project": lambda row: project_from_row(row, today=TODAY)}
FIELDS = {"firm": FIRM_FIELDS, "project": PROJECT_FIELDS}
FIRM = {"id": "a", "name": "A", "statements": [{"kind": "product", "text": "pumps", "date": "2020-02"}]}
PROJECT = {"id": "p", "title": "P", "needs": [{"text": "casting", "role": "supplier"}, "welding"]}
VALUES = [
    None, "", " ", "x", " x ", "two words", "a:b", "x" * 201, "x" * (LONGEST_NAME + 1), "x" * 1001,
    " " * (LONGEST_TEXT + 1), 0, 1, 1.5, 2.0, -1, 5_000_001, 10**13, 1e13, 1001, True, False,
    [], {}, ["a"], ["", " "], [1], [None], [["a"]], ["x" * (LONGEST_TEXT + 1)], ["332710 - Machine shops"], ["3"],
    ["12"], [" 332 x"], ["3327101"], "2020", "2020-12", "2020-13", "2020-02-29", "2021-02-29", "2020-00-01", "0999",
    " 2020-01-31 ", "20201-01", "+45d", "-1d", "+12345d", "+d", "firm", "FIRM", "research", "call", "seeking",
    "partner", "either", "inferred", "only_us", "capability", [{}], [{"text": "t"}], [{"text": " "}], ["t"],
    [{"text": 5}],
    [{"text": "t", "colour": "red"}], [{"text": "t", "kind": "naics"}], [{"text": "t", "role": "partner"}],
    [{"text": "t", "weight": 0}], [{"text": "t", "weight": 0.5}], [{"text": "t", "confirmed": "yes"}],
    [{"text": "t", "date": "2020-02-30"}], [{"text": "t", "by": "+5d"}], [{"text": "t", "id": "a b"}],
]  # fmt: skip


def accepts(kind, row):
    try:
        READERS[kind](row)
    except RowError:
        return False
    return True


def check(kind, row):
    assert VALIDATORS[kind].is_valid(row) == accepts(kind, row), row


@pytest.mark.parametrize("kind", SCHEMAS)
def test_committed_schema_is_the_generated_one(kind):
    committed = json.loads((DATA / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    assert committed == SCHEMAS[kind](), f"write it anew: matcher schema {kind} > data/schemas/{kind}.schema.json"
    jsonschema.Draft202012Validator.check_schema(committed)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("firm", "directory/firms.jsonl"), ("firm", "directory/firms_halton_2017.jsonl")]
    + [("project", f"projects/{name}.jsonl") for name in ("projects", "examples")],
)
def test_all_shipped_rows_are_valid_as_they_are_and_as_they_are_stored(kind, name):
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    assert rows
    for row in rows:
        VALIDATORS[kind].validate(row)
        VALIDATORS[kind].validate(to_dict(READERS[kind](row)))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_reader_and_schema_agree_on_every_value_in_every_field(kind):
    base = {"firm": FIRM, "project": PROJECT}[kind]
    check(kind, base)
    for field, value in itertools.product([*sorted(FIELDS[kind]), "colour"], VALUES):
        check(kind, base | {field: value})
    for field in ("id", "name", "title"):
        check(kind, {key: value for key, value in base.items() if key != field})


@pytest.mark.parametrize(
    ("kind", "listed", "fields"), [("firm", "statements", STATEMENT_FIELDS), ("project", "needs", NEED_FIELDS)]
)
def test_reader_and_schema_agree_inside_statements_and_needs(kind, listed, fields):
    base = {"firm": FIRM, "project": PROJECT}[kind]
    for field, value in itertools.product([*sorted(fields), "colour"], VALUES):
        row = copy.deepcopy(base)
        row[listed][0][field] = value
        check(kind, row)


SHORT_VALUES = [value for value in VALUES if len(str(value)) < 100]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5000)
    | st.floats(0, 5)
    | st.text(max_size=5)
    | st.sampled_from(SHORT_VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(SCHEMAS)), st.data())
def test_reader_and_schema_agree_on_invented_rows(kind, data):
    names = st.sampled_from(sorted(FIELDS[kind]))
    row = {"id": "a", "name" if kind == "firm" else "title": "A"}
    row |= data.draw(st.dictionaries(names, json_values, max_size=4))
    check(kind, row)


def test_dates_are_those_of_the_calendar():
    validator = jsonschema.Draft202012Validator({"pattern": f"^(?:{DATE})$"})
    for year, month, day in itertools.product(
        (1000, 1899, 1900, 1904, 2000, 2023, 2024, 2100, 2999), range(14), range(33)
    ):
        try:
            exists = bool(date(year, month, day))
        except ValueError:
            exists = False
        text = f"{year:04}-{month:02}-{day:02}"
        assert validator.is_valid(text) == exists, text


@pytest.mark.parametrize("listed", ["statements", "needs"])
def test_ids_that_meet_are_refused_by_the_reader_alone(listed):
    kind = "firm" if listed == "statements" else "project"
    row = {"id": "a", "name" if kind == "firm" else "title": "A"}
    row[listed] = [{"id": "s", "text": "one"}, {"id": "s", "text": "two"}]
    assert VALIDATORS[kind].is_valid(row)
    with pytest.raises(RowError, match="the same id|this id"):
        READERS[kind](row)
