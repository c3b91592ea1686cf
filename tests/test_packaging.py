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


def test_pages_with_their_words_and_built_files_go_into_the_wheel():
    """What setuptools takes is what the patterns match; `make setup` builds what they match in web/dist."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["service"]
    taken = {path for pattern in patterns for path in (ROOT / "service").glob(pattern)}
    for folder, suffixes in (("templates", {".html"}), ("locales", {".po"}), ("web/dist", {".js", ".css", ".json"})):
        there = {path for path in (ROOT / "service" / folder).rglob("*") if path.is_file()}
        assert suffixes <= {path.suffix for path in there}, f"nothing in service/{folder}: run `make setup`"
        assert there <= taken, there - taken


def test_lockfile_of_the_web_files_names_no_host():
    """The registry is for each machine to say."""
    assert '"resolved"' not in (ROOT / "service/web/package-lock.json").read_text()


def fold(name):
    return name.lower().replace("_", "-").replace(".", "-")
