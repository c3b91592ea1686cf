import re
import shlex
from pathlib import Path

import pytest
import typer.main

from matcher.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands
FENCED = re.findall(r"^```[^\n]*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHOWN = [
    line.removeprefix("$ ")
    for block in FENCED
    for line in block.replace("\\\n", " ").splitlines()
    if re.match(r"(\$ )?(\.venv/bin/)?matcher ", line)
]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_stands_in_the_readme_and_has_help(name):
    assert re.search(rf"\bmatcher {re.escape(name)}\b", README), f"README.md does not show `matcher {name}`"
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_and_argument_has_help(name):
    for parameter in COMMANDS[name].params:
        if parameter.name != "help":
            assert parameter.help, f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("line", SHOWN)
def test_commands_that_the_readme_shows_are_read_by_the_command_line(line):
    words = shlex.split(line, comments=True)
    for end in ("|", ">", "&&", ";"):
        words = words[: words.index(end)] if end in words else words
    _, name, *arguments = words
    if name == "--help":
        return
    assert name in COMMANDS, f"{line!r}: there is no command {name!r}"
    COMMANDS[name].make_context(name, arguments)  # raises what a user would see


def test_the_readme_shows_commands():
    assert len(SHOWN) >= 5
