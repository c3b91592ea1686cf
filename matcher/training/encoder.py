"""Fine-tune a sentence encoder on pairs of capability text: contrastive, large batches, checkpoints.

Loss: InfoNCE in both directions over the batch (van den Oord 2018), with two kinds of pairs taken out of the
negatives: those of one group, and those that the encoder we start from already finds nearly as alike as the true
pair ("guided" negatives, as in GISTEmbed, Solatorio 2024). General quality is kept by a distillation term on the
similarities within the batch and by averaging the weights with those we start from (WiSE-FT, Wortsman 2022).
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matcher.errors import EncoderError
from matcher.training.pairs import Pair

log = logging.getLogger(__name__)
_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a training run gives.

    Attributes:
        epochs: passes over all pairs.
        batch: pairs in a batch; every batch is of one kind, so that its negatives are hard.
        learning_rate: highest, reached after ``warmup`` of the steps, then falling to nothing in a straight line.
        warmup: share of the steps.
        temperature: cosines are divided by it.
        max_tokens: longest text that is read while training.
        margin: a negative more alike than this share of the true pair, by the base encoder, is none; 0 keeps all.
        floor: base cosine under which a negative always counts: the base knows nothing of other languages.
        distil: weight of the distillation term.
        average: share of the tuned weights in the result; the rest is the weights we start from.
        seed: of the order and of nothing else.
    """

    epochs: float = 1.0
    batch: int = 64
    learning_rate: float = 5e-5
    warmup: float = 0.05
    temperature: float = 0.05
    max_tokens: int = 96
    margin: float = 0.95
    floor: float = 0.5
    distil: float = 0.0
    average: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step reports: its number, how many there are, its loss, pairs a second so far."""

    number: int
    total: int
    loss: float
    pairs_per_second: float


def batches(pairs: Sequence[Pair], recipe: Recipe) -> list[list[int]]:
    """Positions of the pairs of every step, the same for the same seed; each batch holds one kind.

    A batch at the end of a kind is left out where it is smaller than half a batch: too few negatives teach nothing.
    """
    rng = np.random.default_rng(recipe.seed)
    by_kind: dict[str, list[int]] = {}
    for i, pair in enumerate(pairs):
        by_kind.setdefault(pair.kind, []).append(i)
    found: list[list[int]] = []
    whole, part = divmod(recipe.epochs, 1.0)
    for share in [1.0] * int(whole) + ([part] if part else []):
        epoch = []
        for kind in sorted(by_kind):
            order = rng.permutation(by_kind[kind])[: max(1, round(share * len(by_kind[kind])))].tolist()
            cut = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
            epoch += [group for group in cut if len(group) >= max(2, recipe.batch // 2) or len(cut) == 1]
        found += [epoch[i] for i in rng.permutation(len(epoch)).tolist()]
    return [group for group in found if len(group) >= 2]


def load_model(model: str | Path, device: str | None = None) -> Any:  # noqa: ANN401 - torch has no types here
    """A sentence-transformers model from a folder; nothing is downloaded.

    Raises:
        EncoderError: it cannot be loaded.
    """
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    try:
        # Weights may be stored in half precision; learning needs the whole.
        return SentenceTransformer(str(model), device=device or best_device()).float()
    except Exception as error:  # the libraries below raise OSError, ValueError, KeyError and their own
        raise EncoderError(
            f"model {str(model)!r} cannot be loaded ({type(error).__name__}: {error}): expected a folder in "
            "sentence-transformers form (nothing is downloaded)"
        ) from error


def best_device() -> str:
    """``cuda`` where there is one, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class Trainer:
    """One run: :meth:`run` yields after every step, so that the caller may evaluate, report or stop."""

    def __init__(
        self, model: str | Path, pairs: Sequence[Pair], recipe: Recipe, *, checkpoints: Path | None = None
    ) -> None:
        """Load the model twice (the copy stays as it is and guides) and take up a checkpoint, if there is one.

        Args:
            model: folder to start from.
            pairs: what to learn from.
            recipe: how.
            checkpoints: folder for the state of the run; a run of the same recipe and pairs goes on from it.

        Raises:
            EncoderError: the model cannot be loaded, or a checkpoint is of another run.
        """
        import torch

        torch.manual_seed(recipe.seed)
        self.recipe, self._pairs, self._checkpoints = recipe, pairs, checkpoints
        self.model, self._base = load_model(model), load_model(model)
        for parameter in self._base.parameters():
            parameter.requires_grad_(False)
        self._base.eval()
        self.device = str(self.model.device)
        self._steps = batches(pairs, recipe)
        self._texts = {text: i for i, text in enumerate(dict.fromkeys(t for p in pairs for t in (p.query, p.passage)))}
        self._tokens = self._tokenized(list(self._texts))
        # What the base encoder thinks of each text is computed once, when the text first comes up.
        self._base_vectors = torch.zeros((len(self._texts), self.dim), dtype=torch.float16, device=self.device)
        self._base_known = np.zeros(len(self._texts), dtype=bool)
        self._optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.learning_rate, weight_decay=0.01)
        self._done = 0
        self._resume()

    @property
    def n_steps(self) -> int:
        """Steps of the whole run."""
        return len(self._steps)

    # -- the state of a run on disk

    def _mark(self) -> dict[str, Any]:  # noqa: ANN401 - torch has no types here
        return {"recipe": asdict(self.recipe), "n_pairs": len(self._pairs), "n_steps": self.n_steps}

    def _resume(self) -> None:
        import torch

        path = self._checkpoints / "state.pt" if self._checkpoints else None
        if path is None or not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        mark = json.loads(state["mark"])
        if mark != json.loads(json.dumps(self._mark())):
            raise EncoderError(f"checkpoint {str(path)!r} is of another run ({mark}): delete it or give another folder")
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._done = int(state["step"])
        log.info("going on at step %d of %d", self._done, self.n_steps)

    def save(self) -> None:
        """Write the state of the run; a crash while it is written leaves the one before."""
        import torch

        if self._checkpoints is None:
            return
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        partial = self._checkpoints / "state.pt.part"
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self._done,
            "mark": json.dumps(self._mark()),
        }
        torch.save(state, partial)
        partial.replace(self._checkpoints / "state.pt")

    # -- steps

    def run(self, *, save_every: int = 200) -> Iterator[Step]:
        """Train; yields after each step."""
        started, seen, first = time.monotonic(), 0, self._done
        for number in range(first, self.n_steps):
            loss = self._step([self._pairs[i] for i in self._steps[number]], number)
            self._done, seen = number + 1, seen + len(self._steps[number])
            if self._done % save_every == 0 or self._done == self.n_steps:
                self.save()
            yield Step(self._done, self.n_steps, loss, seen / max(1e-9, time.monotonic() - started))

    def _rate(self, number: int) -> float:
        warm = max(1, round(self.recipe.warmup * self.n_steps))
        if number < warm:
            return self.recipe.learning_rate * (number + 1) / warm
        return self.recipe.learning_rate * (self.n_steps - number) / max(1, self.n_steps - warm)

    def _step(self, group: Sequence[Pair], number: int) -> float:
        import torch

        self.model.train()
        for setting in self._optimizer.param_groups:
            setting["lr"] = self._rate(number)
        asked_rows = [self._texts[pair.query] for pair in group]
        given_rows = [self._texts[pair.passage] for pair in group]
        base = self._base_likeness(asked_rows, given_rows)
        with self._precision():
            asked, given = self._vectors(self.model, asked_rows), self._vectors(self.model, given_rows)
        likeness = asked.float() @ given.float().T
        loss = info_nce(likeness, base, [pair.group for pair in group], self.recipe)
        if self.recipe.distil and base is not None:
            loss = loss + self.recipe.distil * torch.nn.functional.mse_loss(likeness, base)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        return float(loss.detach())

    def _precision(self) -> Any:  # noqa: ANN401 - torch has no types here
        import torch

        kind = self.device.split(":")[0]
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda")

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.model.get_embedding_dimension())

    def _tokenized(self, texts: Sequence[str]) -> list[list[int]]:
        tokenizer = self.model.tokenizer.backend_tokenizer
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.recipe.max_tokens)
        found: list[list[int]] = []
        for start in range(0, len(texts), 4096):
            found += [encoding.ids for encoding in tokenizer.encode_batch(texts[start : start + 4096])]
        return found

    def _base_likeness(self, asked: Sequence[int], given: Sequence[int]) -> Any:  # noqa: ANN401 - torch has no types here
        """The base encoder's cosines (n, n), or None where nothing asks for them."""
        import torch

        if not self.recipe.margin and not self.recipe.distil:
            return None
        rows = np.unique(np.asarray([*asked, *given]))
        missing = rows[~self._base_known[rows]].tolist()
        if missing:
            with torch.no_grad(), self._precision():
                self._base_vectors[missing] = self._vectors(self._base, missing).to(torch.float16)
            self._base_known[missing] = True
        return self._base_vectors[list(asked)].float() @ self._base_vectors[list(given)].float().T

    def _vectors(self, model: Any, rows: Sequence[int]) -> Any:  # noqa: ANN401 - torch has no types here
        import torch

        if not self.device.startswith("cpu"):
            return self._forward(model, rows)
        # A processor pays for padding: texts of like length go through together, and are put back in order.
        order = sorted(range(len(rows)), key=lambda i: (len(self._tokens[rows[i]]), i))
        parts = [order[i : i + _TOGETHER] for i in range(0, len(order), _TOGETHER)]
        vectors = torch.cat([self._forward(model, [rows[i] for i in part]) for part in parts])
        return vectors[torch.from_numpy(np.argsort(np.asarray(order)))]

    def _forward(self, model: Any, rows: Sequence[int]) -> Any:  # noqa: ANN401 - torch has no types here
        import torch

        longest = max(len(self._tokens[row]) for row in rows)
        ids, mask = np.zeros((2, len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(self._tokens[row])] = self._tokens[row]
            mask[i, : len(self._tokens[row])] = 1
        fed = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        fed = {name: part.to(self.device, non_blocking=True) for name, part in fed.items()}
        hidden = model[0].auto_model(**fed).last_hidden_state
        there = fed["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * there).sum(1) / there.sum(1).clamp(min=1e-9), dim=-1)

    def averaged(self, share: float | None = None) -> Any:  # noqa: ANN401 - torch has no types here
        """A copy of the model whose weights are ``share`` tuned and the rest base; None takes the recipe's."""
        import copy

        share = self.recipe.average if share is None else share
        mixed = copy.deepcopy(self.model)
        mix_weights(mixed, self._base, share)
        return mixed.eval()


def mix_weights(model: Any, other: Any, share: float) -> None:  # noqa: ANN401 - torch has no types here
    """Make a model's weights ``share`` its own and the rest another's of the same shape."""
    state, rest = model.state_dict(), other.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = share * value + (1 - share) * rest[name].to(value.dtype)
    model.load_state_dict(state)


def info_nce(likeness: Any, base: Any, groups: Sequence[str], recipe: Recipe) -> Any:  # noqa: ANN401 - torch has no types here
    """Mean of both directions' cross entropy, false negatives taken out.

    Args:
        likeness: (n, n), cosine of query i and passage j.
        base: (n, n), the same by the encoder we started from, or None.
        groups: of each pair.
        recipe: temperature, margin and floor.
    """
    import torch

    n = len(groups)
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    marks = torch.tensor([number[group] for group in groups], device=likeness.device)
    other = ~torch.eye(n, dtype=torch.bool, device=likeness.device)
    gone = (marks[:, None] == marks[None, :]) & other
    logits = likeness / recipe.temperature
    targets = torch.arange(n, device=likeness.device)
    losses = []
    for one, guide in ((logits, base), (logits.T, None if base is None else base.T)):
        dropped = gone
        if recipe.margin and guide is not None:
            edge = (recipe.margin * guide.diagonal()).clamp(min=recipe.floor)[:, None]
            dropped = gone | ((guide > edge) & other)
        losses.append(torch.nn.functional.cross_entropy(one.masked_fill(dropped, -math.inf), targets))
    return (losses[0] + losses[1]) / 2


def train(
    model: str | Path,
    pairs: Sequence[Pair],
    recipe: Recipe,
    out: Path,
    *,
    checkpoints: Path | None = None,
    progress: Callable[[Step], None] | None = None,
) -> Path:
    """Run a recipe to its end and save the model in sentence-transformers form.

    Raises:
        ValueError: too few pairs.
        EncoderError: the model cannot be loaded, or a checkpoint is of another run.
    """
    if len(pairs) < 2:
        raise ValueError(f"{len(pairs)} pairs to learn from, expected at least 2")
    trainer = Trainer(model, pairs, recipe, checkpoints=checkpoints)
    for step in trainer.run():
        if progress:
            progress(step)
    trainer.averaged().save(str(out))
    return out
