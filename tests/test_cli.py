import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.model


def run(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "matcher.cli", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var") / "library"
    run("import", ROOT / "data/directory/firms.jsonl", "--library", folder)
    for name in ("projects", "examples"):
        run("import", "--kind", "projects", ROOT / f"data/projects/{name}.jsonl", "--library", folder)
    assert "indexed 340 firms" in run("index", "--library", folder).stdout
    return folder


def test_match_why_not_and_opportunities(library):
    project = "ngen-lightweight-ev-inverter-components"
    result = json.loads(run("match", project, "--region", "Halton", "--json", "--library", library).stdout)
    assert result["partner"] and result["supplier"] and "linamar" in result["already_in"]
    assert all(m["firm_id"] != "linamar" for m in result["supplier"])
    assert "already in this project" in run("why-not", project, "linamar", "--library", library).stdout.replace(
        "\n", " "
    )
    found = json.loads(run("opportunities", "dana-canada", "--json", "--library", library).stdout)
    assert all(o["project_id"].startswith("example-") for o in found)


def test_a_second_import_changes_nothing_and_a_new_firm_is_found_by_words_at_once(library, tmp_path):
    again = json.loads(run("import", ROOT / "data/directory/firms.jsonl", "--json", "--library", library).stdout)
    assert again["new"] == again["updated"] == [] and len(again["unchanged"]) == 340
    row = {"id": "zz", "name": "Zz", "city": "Milton", "profile": "Zirconia crucible casting for xenotime furnaces."}
    (tmp_path / "more.jsonl").write_text(json.dumps(row))
    run("import", tmp_path / "more.jsonl", "--library", library)
    done = run("match", "--text", "xenotime crucible", "--json", "--library", library)
    assert json.loads(done.stdout)["supplier"][0]["firm_id"] == "zz"
    assert json.loads(done.stdout)["warnings"] == ["1 firms are found by words only until their text is embedded"]


def test_wrong_input_gets_a_plain_message(library, tmp_path):
    assert "is not in" in run("match", "nosuch", "--library", library, code=1).stderr
    assert "only one of them" in run("match", "--library", library, code=2).stderr
    message = run("match", "--text", "x", "--region", "Haltn", "--library", library, code=1).stderr
    assert "did you mean 'Halton'" in message.replace("\n", " ")
    assert "run `matcher index`" in run("match", "--text", "x", "--library", tmp_path, code=1).stderr.replace("\n", " ")


def test_nobody_local_is_said(library):
    project = "ngen-quantum-simulation-materials-discovery"
    result = json.loads(run("match", project, "--region", "Halton", "--json", "--library", library).stdout)
    assert set(result["nobody"]) == {"partner", "supplier"}
    assert "Nobody in Halton" in result["nobody"]["supplier"]
    ev = json.loads(
        run(
            "match", "ngen-lightweight-ev-inverter-components", "--region", "Halton", "--json", "--library", library
        ).stdout
    )
    assert ev["nobody"] == {} and ev["supplier"][0]["band"] == "maybe"
