"""Versioned folders with a manifest: what is built once and read by many.

A folder is written beside its place, flushed to disk, and moved in whole, so that a reader sees either the last
good one or the new one. ``manifest.json`` is written last and holds schema, facts and the checksum of each file.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from pathlib import Path
from typing import Any

from matcher.errors import ArtifactMismatch, ArtifactMissing

MANIFEST = "manifest.json"


def cpu_kind() -> str:
    """Processor architecture; int8 sums may differ in the last digits from one kind to another."""
    return platform.machine()


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_manifest(folder: Path, *, kind: str, schema: int, facts: dict[str, Any]) -> None:
    """Flush every file of a folder and write its manifest, last."""
    files = {}
    for path in sorted(folder.iterdir()):
        if path.name == MANIFEST:
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
        files[path.name] = {"bytes": path.stat().st_size, "sha256": checksum(path)}
    manifest = {"kind": kind, "schema": schema, "cpu": cpu_kind(), **facts, "files": files}
    with (folder / MANIFEST).open("w", encoding="utf-8") as out:
        json.dump(manifest, out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(folder)


def read_manifest(folder: Path, *, kind: str, schema: int, verify: bool = False) -> dict[str, Any]:
    """Read and check a manifest.

    Args:
        folder: the artifact.
        kind: what it must be ("index", "encoder").
        schema: version of the layout that the caller reads.
        verify: also compare each file's checksum, which reads it whole.

    Raises:
        ArtifactMissing: folder, manifest or a named file is not there.
        ArtifactMismatch: another kind or schema, or a file of another length or checksum.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactMissing(f"{kind} {str(folder)!r} has no {MANIFEST}: expected a built {kind}; build it") from error
    except ValueError as error:
        raise ArtifactMismatch(f"{str(path)!r} is not JSON ({error}): build the {kind} again") from error
    if (manifest.get("kind"), manifest.get("schema")) != (kind, schema):
        raise ArtifactMismatch(
            f"{str(folder)!r} is {manifest.get('kind')!r} of schema {manifest.get('schema')!r}, "
            f"expected {kind!r} of schema {schema}: build it again with this version"
        )
    for name, facts in manifest["files"].items():
        file = folder / name
        if not file.exists():
            raise ArtifactMissing(f"{kind} {str(folder)!r} lacks {name!r}: build it again")
        if file.stat().st_size != facts["bytes"]:
            raise ArtifactMismatch(
                f"{str(file)!r} has {file.stat().st_size} bytes, expected {facts['bytes']}: build the {kind} again"
            )
        if verify and checksum(file) != facts["sha256"]:
            raise ArtifactMismatch(f"{str(file)!r} has another checksum than its manifest: build the {kind} again")
    return manifest


def publish_folder(built: Path, target: Path) -> None:
    """Move a finished folder to its place, replacing what stands there.

    The old one is set aside before and removed after, so a crash leaves at least one of them whole.
    """
    aside = target.with_name(target.name + ".old")
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        os.rename(target, aside)
    try:
        os.rename(built, target)
    except OSError:
        shutil.move(str(built), str(target))  # another file system: copied, then removed
    sync_folder(target.parent)
    shutil.rmtree(aside, ignore_errors=True)
