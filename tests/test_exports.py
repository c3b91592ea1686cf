import ast
import subprocess
import sys
import types
from pathlib import Path

import pytest

import matcher

ROOT = Path(__file__).parent.parent


def test_all_is_sorted_whole_and_holds_no_name_twice():
    assert list(matcher.__all__) == sorted(matcher.__all__), "sort matcher.__all__"
    assert len(set(matcher.__all__)) == len(matcher.__all__)


def test_every_exported_name_is_there():
    assert [name for name in matcher.__all__ if not hasattr(matcher, name)] == []
    assert set(matcher.__all__) <= set(dir(matcher))
    with pytest.raises(AttributeError, match="'matcher' has no attribute 'Macher'"):
        matcher.Macher  # noqa: B018


def test_nothing_public_stands_beside_what_is_exported():
    for name in matcher.__all__:
        getattr(matcher, name)  # a name is among the variables of the module once it was used
    found = {
        name
        for name, value in vars(matcher).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert found == set(matcher.__all__)


def test_names_come_from_the_modules_that_the_type_checker_is_shown():
    block = next(node for node in ast.parse(Path(matcher.__file__).read_text()).body if isinstance(node, ast.If))
    shown = {alias.name: node.module for node in block.body for alias in node.names}
    assert shown == matcher._HOMES and set(shown) == set(matcher.__all__)


def test_everything_exported_has_a_docstring():
    own = [getattr(matcher, name) for name in matcher.__all__]
    assert [thing.__name__ for thing in own if callable(thing) and not (thing.__doc__ or "").strip()] == []


def test_a_command_starts_without_the_libraries_that_it_does_not_use():
    heavy = "faiss bm25s scipy sklearn pandas onnxruntime torch pypdf docx bs4 openpyxl"
    code = f"import sys, matcher.cli; print([n for n in {heavy.split()!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
