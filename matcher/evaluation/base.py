"""The encoder of the baselines: base MiniLM, whatever encoder is shipped.

Baselines are a fixed yardstick. When an encoder of our own training is served from ``models/encoder``, they must not
move with it, so they are measured with all-MiniLM-L6-v2 as it comes, exported in the same int8 form.
"""

from __future__ import annotations

import logging
from pathlib import Path

from matcher.artifacts import read_manifest
from matcher.encoding import SCHEMA, CachedEncoder
from matcher.errors import ArtifactError
from matcher.library import default_encoder_folder, open_encoder
from matcher.training.export import DEFAULT_NAME, default_model, export_encoder

log = logging.getLogger(__name__)


def open_base_encoder(shipped: Path | None = None, *, cache: Path | None = None) -> CachedEncoder:
    """Open base MiniLM: the shipped encoder if it is that, else ``base-encoder`` beside it, exported when missing.

    Args:
        shipped: folder of the encoder that is served; None is the default place.
        cache: file of stored vectors, shared with the shipped encoder (keys hold the encoder's id).

    Raises:
        EncoderError: it has to be exported and the weights' package is not installed.
        ArtifactError: a folder is damaged.
    """
    shipped = shipped or default_encoder_folder()
    if is_base(shipped):
        return open_encoder(shipped, cache=cache)
    folder = shipped.with_name("base-encoder")
    if not is_base(folder):
        log.warning("exporting base MiniLM to %s, once, for the baselines", folder)
        export_encoder(default_model(), folder, name=DEFAULT_NAME)
    return open_encoder(folder, cache=cache)


def is_base(folder: Path) -> bool:
    """Whether a folder holds an export of base MiniLM with the settings that the baselines are defined with."""
    try:
        manifest = read_manifest(folder, kind="encoder", schema=SCHEMA)
    except ArtifactError:
        return False
    wanted = {"name": DEFAULT_NAME, "precision": "int8", "max_tokens": 256}
    return all(manifest.get(key) == value for key, value in wanted.items())
