import json
import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
from command_line import COMMAND, ROOT, run, run_json

from matcher.commands.show import FEATURE_WORDS, FILTER_WORDS
from matcher.scoring import FEATURES
from matcher.types import MatchResult

INVERTER, QUANTUM = "ngen-lightweight-ev-inverter-components", "ngen-quantum-simulation-materials-discovery"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var") / "library"
    if (known := ROOT / "var" / "vectors.sqlite3").exists():  # vectors that an earlier run made need not be made again
        with closing(sqlite3.connect(known)) as old, closing(sqlite3.connect(folder.parent / known.name)) as new:
            old.backup(new)
    run("import", ROOT / "data/directory/firms.jsonl", "--library", folder)
    for name in ("projects", "examples"):
        run("import", "--kind", "projects", ROOT / f"data/projects/{name}.jsonl", "--library", folder)
    assert "indexed 340 firms" in run("index", "--library", folder).stdout
    return folder


@pytest.mark.model
def test_match_ranks_and_leaves_out_who_is_already_in(library):
    result = run_json("match", INVERTER, "--region", "Halton", "--library", library)
    assert result["partner"] and result["supplier"] and "linamar" in result["already_in"]
    assert all(m["firm_id"] != "linamar" for m in result["supplier"])
    assert result["nobody"] == {} and result["supplier"][0]["band"] == "maybe"
    assert set(result) == set(MatchResult.__dataclass_fields__)


@pytest.mark.model
def test_tables_fit_80_columns_with_whole_headings(library):
    done = run("match", INVERTER, "--limit", 5, "--library", library)
    lines = done.stdout.splitlines()
    headings = [line for line in lines if line.lstrip().startswith("#")]
    assert len(headings) == 2
    for heading in headings:
        assert re.split(r"\s{2,}", heading.strip()) == ["#", "firm (id)", "town", "distance", "call?", "score"]
    table = lines[lines.index(headings[0]) :]
    assert all(len(line) <= 80 for line in table[: table.index("As supplier")])
    assert "…" not in headings[0] and "distances are town to town, from Milton" in done.stdout


@pytest.mark.model
def test_explain_shows_found_guessed_and_not_known_with_quotes_and_questions(library):
    asked = ("match", INVERTER, "--region", "Halton", "--role", "supplier", "--limit", 1, "--library", library)
    done = run(*asked, "--explain")
    first = run_json(*asked)["supplier"][0]
    unknown = next(line for line in done.stdout.splitlines() if line.strip().startswith("not known: "))
    for need in first["needs"]:
        if need["state"] == "not_known":
            assert need["text"] in unknown
        else:
            assert f"{need['state']}: {need['text']} (we guess that this is needed)" in done.stdout
    questions = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("ask: ")][:3]
    assert len(set(questions)) == 3 and {q.removeprefix("ask: ") for q in questions} <= {
        n["ask"] for n in first["needs"]
    }
    quote = next(need for need in first["needs"] if need["evidence"])["evidence"][0]
    assert f'"{quote["quote"]}"' in done.stdout
    assert f"undated, not confirmed; without it the score would be {quote['without_it']:+.2f}" in done.stdout
    assert f"together {first['score']:+.2f}" in done.stdout
    assert f"where every firm starts {first['contributions'][0]['logit']:+.2f}, words shared with" in done.stdout


def test_every_feature_and_filter_has_words():
    assert set(FEATURE_WORDS) == set(FEATURES)
    assert {"region", "within_km", "certification", "naics", "size", "membership"} < set(FILTER_WORDS)


@pytest.mark.model
def test_every_filter_is_counted(library):
    options = ["--within-km", 100, "--certification", "ISO 9001", "--naics", "33", "--size", "10-500"]
    options += ["--membership", "member", "--unknown", "include", "--role", "supplier"]
    result = run_json("match", INVERTER, *options, "--library", library)
    names = [removed["filter"] for removed in result["removed"]]
    assert names[2:] == ["within_km", "certification", "naics", "size", "membership"]
    assert result["partner"] == [] and result["n_eligible"] == 0 and result["ask"]["supplier"]
    assert all("membership" in m["not_stated"] for m in result["ask"]["supplier"])
    left_out = json.loads(
        run("match", INVERTER, *options, "--unknown", "exclude", "--json", "--library", library).stdout
    )
    assert left_out["ask"] == {"partner": [], "supplier": []}
    assert left_out["nobody"]["supplier"] == "Nobody: no firm passes the filters."


@pytest.mark.model
def test_nobody_local_is_said(library):
    result = run_json("match", QUANTUM, "--region", "Halton", "--library", library)
    assert set(result["nobody"]) == {"partner", "supplier"}
    done = run("match", QUANTUM, "--region", "Halton", "--limit", 1, "--library", library)
    for role, sentence in result["nobody"].items():
        assert f"{role}: {sentence}" in done.stdout and sentence.startswith("Nobody in Halton")


@pytest.mark.model
def test_why_not_and_opportunities(library):
    assert "already in this project" in run("why-not", INVERTER, "linamar", "--library", library).stdout
    filtered = ("--region", "Peel", "--role", "partner", "--library", library)
    assert "does not meet the filter region" in run("why-not", INVERTER, "dana-canada", *filtered).stdout
    by_name = run("why-not", INVERTER, "dana canada corporation", "--region", "Halton", "--library", library).stdout
    assert by_name.startswith("dana-canada as supplier: number 2 of 44.") and "undated, not confirmed" in by_name
    found = run_json("opportunities", "dana-canada", "--library", library)
    assert found and all(o["project_id"].startswith("example-") for o in found)
    assert found[0]["title"].split(" ")[1] in run("opportunities", "dana-canada", "--library", library).stdout
    nothing = run("opportunities", "3m-canada-does-not-exist", "--library", library, code=1)
    assert "is not in the index" in nothing.stderr


@pytest.mark.model
def test_wrong_input_gets_a_plain_message_and_the_right_exit_code(library, tmp_path):
    at = ("--library", library)
    assert "is not in" in run("match", "nosuch", *at, code=1).stderr
    near = run("match", "lightweight-ev", *at, code=1).stderr
    assert f"near it: {INVERTER}" in near
    assert "near it: dana-canada" in run("why-not", INVERTER, "dana-canda", *at, code=1).stderr
    assert "there is no file 'nosuch.pdf'" in run("match", "nosuch.pdf", *at, code=1).stderr
    assert "run `matcher index`" in run("match", "--text", "x", "--library", tmp_path, code=1).stderr
    (tmp_path / "bad.jsonl").write_text('{"id": "p"}\n')
    assert "line 1: title: expected a text" in run("match", tmp_path / "bad.jsonl", *at, code=1).stderr
    assert "expected a collection in BEIR or native form" in run("evaluate", tmp_path, code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["match"], "only one of them"),
        (["match", "a", "--text", "b"], "only one of them"),
        (["match", "--text", " "], "the text is empty"),
        (["match", "--text", "x", "--size", "many"], "size is 'many', expected least-most"),
        (["match", "--text", "x", "--size", "50-10"], "expected the smaller number first"),
        (["match", "--text", "x", "--region", "Haltn"], "did you mean 'Halton'"),
        (["match", "--text", "x", "--within-km", "-1"], "expected a distance of at least 0 km"),
        (["match", "--text", "x", "--naics", "steel"], "expected 2 to 6 digits"),
        (["match", "--text", "x", "--membership", "maybe"], "'maybe' is not one of"),
        (["match", "--text", "x", "--limit", "0"], "--limit"),
        (["match", "--text", "x", "--colour"], "No such option"),
        (["why-not", "p"], "Missing argument"),
        (["schema"], "give one of firm, project"),
        (["schema", "chamber"], "is not one of"),
        (["evaluate", "data", "--json", "/no/such/folder/x.json"], "there is no folder"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_usage_exits_with_2_before_anything_is_opened(arguments, message, tmp_path):
    done = run(*arguments, code=2)
    assert message in done.stderr and done.stdout == ""


@pytest.mark.model
def test_projects_come_from_files_and_from_stdin(library, tmp_path):
    row = {"id": "p1", "title": "Brake discs", "needs": ["grey iron casting"]}
    path = tmp_path / "two.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row | {"id": "p2"}))
    done = run("match", path, "--json", "--library", library)
    result = json.loads(done.stdout)
    assert result["project_id"] == "p1" and "holds 2 projects; this is the first" in done.stderr
    assert result["supplier"][0]["needs"][0]["origin"] == "stated"
    piped = run_json("match", "-", "--library", library, stdin="CNC machining\nof housings")
    assert piped["project_id"] == "text" and piped["supplier"]


@pytest.mark.model
def test_a_brief_is_read_and_matched_by_its_needs(library, tmp_path):
    path = tmp_path / "brief.md"
    path.write_text(
        "# Cold plates for vans\n\nWe build vans in Milton.\n\n## We are looking for\n\n"
        "- brazed aluminium cold plates, 300 pieces\n- helium leak testing of trays\n"
    )
    result = run_json("match", path, "--library", library)
    texts = [need["text"] for need in result["supplier"][0]["needs"]]
    assert any("cold plates" in text for text in texts) and any("leak testing" in text for text in texts)
    assert all(need["origin"] == "stated" for need in result["supplier"][0]["needs"])


def test_schema_prints_and_writes_what_is_committed(tmp_path):
    printed = json.loads(run("schema", "firm").stdout)
    run("schema", "--write", tmp_path / "new")
    for kind in ("firm", "project"):
        committed = (ROOT / f"data/schemas/{kind}.schema.json").read_text(encoding="utf-8")
        assert (tmp_path / f"new/{kind}.schema.json").read_text(encoding="utf-8") == committed
    assert printed == json.loads((ROOT / "data/schemas/firm.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("arguments", [["schema", "firm"], ["--help"]])
def test_a_closed_pipe_ends_in_silence(arguments):
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.close()  # what `| head` does once it has its lines
        process.wait()
        assert process.stderr.read() == b""


@pytest.mark.model
def test_a_closed_pipe_ends_a_table_in_silence_too(library):
    arguments = ["match", INVERTER, "--limit", "50", "--explain", "--library", str(library)]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 0 and process.stderr.read() == b""


def test_ctrl_c_says_stopped_and_exits_with_130(tmp_path):
    os.mkfifo(tmp_path / "slow.jsonl")  # a file whose writer never comes: the import waits for it
    command = [*COMMAND, "import", str(tmp_path / "slow.jsonl"), "--library", str(tmp_path / "library")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        writer = os.open(tmp_path / "slow.jsonl", os.O_WRONLY)  # returns once the command has opened the file
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        os.close(writer)
    assert process.returncode == 130
    assert errors.startswith("stopped: ") and "Traceback" not in errors
