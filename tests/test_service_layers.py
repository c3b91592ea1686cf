import ast
import subprocess
import sys
from pathlib import Path

import pytest

import matcher

ROOT = Path(__file__).parent.parent
SLICES = ("accounts", "firms", "projects", "matches", "opinions", "imports", "setup", "today", "reports", "outsiders", "calls", "introductions", "triage")
# What a part of a slice may use of its own slice; `run` is the worker's part of imports.
MAY_USE = {
    "api": {"actions", "schemas"},
    "pages": {"actions", "schemas", "staff", "sessions", "sample", "code", "words", "notes", "merging", "drafts", "help", "views", "days", "looking", "params", "picking", "exports", "undo", "learning", "splitting", "rules", "document", "documents", "period", "unmet"},
    "staff": {"repository"},
    "sessions": {"repository"},
    "actions": {"repository", "schemas", "belongings", "steps", "days", "tasks", "words", "picking", "period", "documents"},
    "run": {"repository", "differences", "endings", "people"},
    "schemas": set(),
    "repository": {"repository"},
}
SQL = {"repository", "actions", "run", "staff", "sessions", "sample", "belongings", "merging", "steps", "endings", "people", "drafts", "undo"}  # actions hand a transaction on, and write no SQL themselves


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, tuple(alias.name for alias in node.names)


@pytest.mark.parametrize("path", sorted((ROOT / "service").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_service_uses_the_public_face_of_matcher_only(path):
    for module, names in imports(path):
        assert not module.startswith("matcher."), f"{path} imports {module}: only matcher.__all__ is for the service"
        if module == "matcher":
            assert set(names) <= set(matcher.__all__)


@pytest.mark.parametrize("slice_name", SLICES)
def test_slices_import_one_way(slice_name):
    for path in (ROOT / "service" / slice_name).glob("*.py"):
        # A slice of many tables has several repositories, such as notes_repository.
        part = "repository" if path.stem.endswith("_repository") else path.stem
        for module, names in imports(path):
            own = f"service.{slice_name}"
            used = {module.removeprefix(own + ".")} if module.startswith(own + ".") else set()
            used |= set(names) & set(MAY_USE) if module == own else set()
            used = {"repository" if name.endswith("_repository") else name for name in used}
            if part in MAY_USE:
                assert used <= MAY_USE[part], f"{path.name} of {slice_name} uses {used}"
            if module.startswith("service.") and module.split(".")[1] in SLICES and not module.startswith(own):
                assert not {"api", "pages"} & set(module.split(".")[2:]), f"{path} imports another slice's routes"
            if module.split(".")[0] == "sqlalchemy":
                assert part in SQL, f"{path} may not know SQL"


def test_serving_needs_no_training_library():
    heavy = "torch sentence_transformers sklearn pandas transformers pypdf docx bs4 openpyxl"
    code = f"import sys, service.app; print([n for n in {heavy.split()!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_of_the_service_is_in_the_readme():
    from service.cli import app, keys, users

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for group, prefix in ((app, "matcher-service "), (keys, "matcher-service keys "), (users, "matcher-service users ")):
        for command in group.registered_commands:
            name = command.name or command.callback.__name__
            assert command.callback.__doc__ and f"{prefix}{name}" in readme, name
