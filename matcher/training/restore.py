"""A shipped int8 encoder → weights that can be trained on.

Rounding cost the weights little, so that a new run may go on from the model that ships, where the run that made it
needed an accelerator.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import EncoderError
from matcher.training.encoder import load_model, mix_weights

# Between a product of integers and the bias that is added to it: the cast and the scale.
_BETWEEN = {"Cast", "Mul"}


def restore_model(encoder: Path, model: str | Path, out: Path) -> Path:
    """Write a sentence-transformers model with the weights of an exported encoder.

    Args:
        encoder: folder with ``encoder.onnx``, exported by this library from a model of the same shape.
        model: folder of that model, for its shape and its tokenizer.
        out: folder to write.

    Raises:
        EncoderError: the graph cannot be read, or does not hold every weight of the model.
    """
    import torch

    found = _weights(encoder / "encoder.onnx")
    restored = load_model(model, device="cpu")
    state = restored[0].auto_model.state_dict()
    unused = {name for name in state if name.startswith("pooler.") or name.endswith("position_ids")}
    lacking = sorted(set(state) - set(found) - unused)
    wrong = [name for name in state if name in found and tuple(state[name].shape) != found[name].shape]
    if lacking or wrong:
        raise EncoderError(
            f"encoder {str(encoder)!r} does not fit model {str(model)!r}: lacks {lacking[:3]}, of other shape "
            f"{wrong[:3]}; expected one that was exported from a model of this shape"
        )
    for name in state:
        if name in found:
            state[name] = torch.from_numpy(found[name].copy())
    restored[0].auto_model.load_state_dict(state)
    restored.save(str(out))
    return out


def average_models(tuned: str | Path, base: str | Path, share: float, out: Path) -> Path:
    """Write a model whose weights are ``share`` of one model's and the rest another's (WiSE-FT, Wortsman 2022).

    What was learned stays mostly, and so does what the base knew of texts that no pair was like.

    Raises:
        EncoderError: a model cannot be loaded.
        ValueError: the share is not within 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}, expected 0 to 1")
    mixed = load_model(tuned, device="cpu")
    mix_weights(mixed, load_model(base, device="cpu"), share)
    mixed.save(str(out))
    return out


def _weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Weights of the transformer by their names in it, products turned back to (out, in)."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
    except Exception as error:  # protobuf and the file system have errors of their own
        raise EncoderError(
            f"{str(path)!r} cannot be read ({type(error).__name__}: {error}): expected an exported encoder"
        ) from error
    held = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    found = {_plain(name): value.astype(np.float32) for name, value in held.items() if _is_weight(name)}
    for name in held:
        if not name.endswith("_quantized"):
            continue
        stem = name.removesuffix("_quantized")
        scale, zero = held[f"{stem}_scale"], held[f"{stem}_zero_point"]
        value = (held[name].astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)
        if _is_weight(stem):
            found[_plain(stem)] = value
            continue
        bias = _bias_after(name, users, held)
        if bias is not None:
            found[_plain(bias).removesuffix(".bias") + ".weight"] = np.ascontiguousarray(value.T)
    return found


def _is_weight(name: str) -> bool:
    return ".model." in name and name.endswith((".weight", ".bias"))


def _plain(name: str) -> str:
    return name.split(".model.", 1)[1]


def _bias_after(name: str, users: dict[str, list[Any]], held: dict[str, Any]) -> str | None:
    """The bias that is added to the product with a weight, or None."""
    nodes = list(users.get(name, ()))
    while nodes:
        node = nodes.pop()
        if node.op_type == "Add":
            return next((i for i in node.input if i in held and i.endswith(".bias")), None)
        if node.op_type == "MatMulInteger" or node.op_type in _BETWEEN:
            nodes += [user for output in node.output for user in users.get(output, ())]
    return None
