import ast
import subprocess
import sys
from pathlib import Path

import pytest

import matcher

ROOT = Path(__file__).parent.parent
SLICES = tuple(
    sorted(path.parent.name for path in (ROOT / "service").glob("*/__init__.py") if path.parent.name != "pages")
)
# Routes of a slice are used by nobody but the application; what holds SQL uses nothing of its slice but SQL.
EDGE, STORE = "edge", "store"
# Parts that hand a transaction on to a repository; they write no SQL themselves.
TRANSACTIONS = {
    "actions", "run", "staff", "sessions", "sample", "belongings", "merging", "steps", "endings", "people", "drafts",
    "undo", "letters", "links", "ledger", "outbox", "runs", "sending", "writing", "notices",
}  # fmt: skip


def role_of(part):
    """A slice of many pages or tables has several files of a kind, such as ``need_pages`` or ``notes_repository``."""
    if part in ("api", "pages") or part.endswith("_pages"):
        return EDGE
    return STORE if part == "repository" or part.endswith("_repository") else part


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
    parts = {path.stem for path in (ROOT / "service" / slice_name).glob("*.py")}
    for path in (ROOT / "service" / slice_name).glob("*.py"):
        role = role_of(path.stem)
        for module, names in imports(path):
            own = f"service.{slice_name}"
            used = {module.removeprefix(own + ".")} if module.startswith(own + ".") else set()
            used |= set(names) & parts if module == own else set()
            roles = {role_of(part) for part in used}
            if role != EDGE:
                assert EDGE not in roles, f"{path} imports its slice's routes"
            if role == STORE:
                assert roles <= {STORE}, f"{path} uses {used}: what holds SQL uses nothing above it"
            if path.stem == "schemas":
                assert not roles, f"{path} uses {used}"
            if module.startswith("service.") and module.split(".")[1] in SLICES and not module.startswith(own):
                others = {role_of(part) for part in (*module.split(".")[2:], *names)}
                assert EDGE not in others, f"{path} imports another slice's routes"
            if module.split(".")[0] == "sqlalchemy":
                assert role == STORE or path.stem in TRANSACTIONS, f"{path} may not know SQL"


def test_serving_needs_no_training_library():
    heavy = "torch sentence_transformers sklearn pandas transformers pypdf docx bs4 openpyxl"
    code = f"import sys, service.app; print([n for n in {heavy.split()!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_of_the_service_is_in_the_readme():
    from service.cli import app, consent, keys, users

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for group, prefix in (
        (app, "matcher-service "),
        (keys, "matcher-service keys "),
        (users, "matcher-service users "),
        (consent, "matcher-service consent "),
    ):
        for command in group.registered_commands:
            name = command.name or command.callback.__name__
            assert command.callback.__doc__ and f"{prefix}{name}" in readme, name
