import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_package_is_named_for_the_wheel():
    named = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("matcher", "service")
        for path in (ROOT / top).rglob("*.py")
    }
    assert named - {"matcher.shipped.data", "matcher.shipped.models"} == there


def test_every_third_party_import_is_pinned_for_the_set_up():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {fold(line.split("==")[0]) for line in (ROOT / ".ci/constraints.txt").read_text().split()}
    names = {fold(name.split(">=")[0].split("[")[0]) for name in wanted}
    assert names <= pinned, names - pinned


def fold(name):
    return name.lower().replace("_", "-").replace(".", "-")
