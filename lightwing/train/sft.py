"""Supervised fine-tuning, from nothing or from a checkpoint: a small decoder-only model learns to continue what it was asked with the answer.

One episode per row, so that no episode sees another; rows of like length go together, and a batch holds so many tokens, not so many rows. The loss is on
the answer alone. Matrices are trained with Muon, the rest with AdamW; the rate warms up and falls linearly to a tenth. A checkpoint holds all that is
needed to go on as if nothing had happened: weights, optimizers, random states, the place in the corpus.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.core.errors import ConfigError
from lightwing.train.checkpoint import Place, restore, save
from lightwing.train.corpus import Corpus, Ids
from lightwing.train.losses import plot
from lightwing.train.model import Optimizers, Shape, load_weights, new_model, package

__all__ = ["Corpus", "Done", "Shape", "Training", "sft"]

Progress = Callable[[float, Mapping[str, float]], None]
"""Told how far a run is (0 to 1), and its last figures."""

_IGNORED = -100
_LOGGED, _HELD = 20, 400
"""Every so many steps the loss is written down, or that on held rows too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How it is trained.

    `tokens` is the length of the whole run, `minutes` ends it earlier (0: not), and the rate falls by whichever is nearer. `batch` is in tokens, `rate`
    Muon's and `adam_rate` AdamW's, `warm_up` in steps, `every` the seconds between checkpoints, `threads` of the processor (0: torch's own choice).
    """

    tokens: int = 30_000_000
    minutes: float = 0.0
    batch: int = 2048
    rate: float = 0.02
    adam_rate: float = 0.003
    warm_up: int = 50
    decay: float = 0.01
    seed: int = 0
    every: float = 300.0
    threads: int = 0

    def share(self, place: Place) -> float:
        """How far a run is, 0 to 1."""
        done = place.tokens / self.tokens
        if self.minutes:
            done = max(done, place.seconds / (60 * self.minutes))
        return min(1.0, done)

    def factor(self, step: int, done: float) -> float:
        """What the rates are multiplied with at this step."""
        return min(1.0, (step + 1) / self.warm_up) * (1.0 - 0.9 * done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Where a run left its files, and how far it came (1: to its end; less: it was stopped)."""

    folder: Path
    share: float
    tokens: int


def sft(
    corpus: Corpus,
    out: Path,
    *,
    shape: Shape,
    training: Training,
    vocabulary: int,
    held: Corpus | None = None,
    start: Path | None = None,
    weighed: Mapping[int, float] | None = None,
    resume: bool = False,
    show: Progress | None = None,
) -> Done:
    """Trains a model on a corpus and leaves it in `out` (config.json and model.safetensors, as transformers has them).

    `start` is the folder of a model of the same shape that training goes on from; `weighed` are tokens whose loss counts so many times. A checkpoint is written every `training.every` seconds, at the end and on
    Ctrl-C; with `resume` a run goes on from the one it finds. Losses go to `losses.jsonl` and, at the end, to `losses.png`. Under torchrun each process
    takes its share of the batches, and gradients are averaged. On a GPU it computes in bfloat16.

    Raises:
        MissingExtra: torch or transformers is not installed.
        ConfigError: there is a checkpoint of another shape or seed, or one and `resume` was not said; `start` holds no model of this shape.
    """
    torch = package("torch")
    saved = out / "checkpoint.pt"
    if saved.exists() and not resume:
        raise ConfigError(
            "There is a checkpoint here.",
            where=str(saved),
            hint="Go on from it with --resume, or choose another folder.",
        )
    rank, world = _join(torch)
    device = _device(torch)
    if training.threads:
        torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    model = new_model(shape, vocabulary)
    if start is not None:
        load_weights(model, start)
    model.to(device)
    if world > 1:
        for parameter in model.parameters():
            torch.distributed.broadcast(parameter.data, 0)
    optimizers = Optimizers(model, rate=training.rate, adam_rate=training.adam_rate, decay=training.decay)
    place = Place()
    if saved.exists():
        place = restore(saved, model=model, optimizers=optimizers, shape=shape, seed=training.seed)
    if rank == 0:
        out.mkdir(parents=True, exist_ok=True)

    def keep() -> None:
        if rank == 0:
            save(saved, model=model, optimizers=optimizers, place=place, shape=shape, seed=training.seed)

    weights = torch.ones(vocabulary, device=device)
    for token, factor in (weighed or {}).items():
        weights[token] = factor
    batches = corpus.batches(training.batch, training.seed, share=(rank, world))
    for _ in range(place.step):
        next(batches)
    log = _Log(out / "losses.jsonl" if rank == 0 else None, place, show)
    begun, last = time.monotonic() - place.seconds, time.monotonic()
    with _Stop() as stop, log:
        while (done := training.share(place)) < 1 and not stop.agreed:
            ids, labels, count = _tensors(torch, corpus, next(batches), device)
            with torch.autocast(device.partition(":")[0], dtype=torch.bfloat16, enabled=device != "cpu"):
                loss = _loss(torch, model, ids, labels, weights)
            loss.backward()
            _average(torch, model, world)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizers.step(training.factor(place.step, done))
            place.step += 1
            told = (count, time.monotonic() - begun, stop.asked)
            read, place.seconds, stop.agreed = _agreed(torch, world, device, *told)
            place.tokens += read
            log.take(loss.item())
            if log.due(_LOGGED):
                measured = held is not None and log.due(_HELD)
                log.write(
                    training.share(place),
                    _held_loss(torch, model, held, training.batch, device, weights) if measured else None,
                )
            if time.monotonic() - last > training.every:
                keep()
                last = time.monotonic()
    keep()
    if rank == 0:
        model.save_pretrained(out)
        plot(out / "losses.jsonl", out / "losses.png")
    if world > 1:
        torch.distributed.barrier()  # none leaves while another still writes or talks to it
        torch.distributed.destroy_process_group()
    return Done(folder=out, share=training.share(place), tokens=place.tokens)


class _Log(contextlib.AbstractContextManager["_Log"]):
    """Losses, written down as they come by the first process, and told."""

    def __init__(self, path: Path | None, place: Place, show: Progress | None) -> None:
        self._out = path.open("a", encoding="utf-8") if path is not None else None
        self._place = place
        self._show = show
        self._recent: list[float] = []

    def __exit__(self, *_: object) -> None:
        if self._out is not None:
            self._out.close()

    def take(self, loss: float) -> None:
        self._recent.append(loss)

    def due(self, every: int) -> bool:
        return self._out is not None and self._place.step % every == 0

    def write(self, share: float, held: float | None) -> None:
        assert self._out is not None
        place = self._place
        entry: dict[str, float] = {"step": place.step, "tokens": place.tokens, "seconds": round(place.seconds, 1)}
        entry["loss"] = round(sum(self._recent) / len(self._recent), 4)
        if held is not None:
            entry["held"] = round(held, 4)
        self._out.write(json.dumps(entry) + "\n")
        self._out.flush()
        self._recent.clear()
        if self._show is not None:
            self._show(share, entry)


def _held_loss(torch: Any, model: Any, held: Corpus | None, batch: int, device: str, weights: Any) -> float:
    """Mean loss on rows that are not trained on, the first few batches of them."""
    assert held is not None
    model.eval()
    losses = []
    batches = held.batches(batch, 0)
    with torch.no_grad():
        for _ in range(8):
            ids, labels, _ = _tensors(torch, held, next(batches), device)
            losses.append(float(_loss(torch, model, ids, labels, weights)))
    model.train()
    return sum(losses) / len(losses)


def _loss(torch: Any, model: Any, ids: Any, labels: Any, weights: Any) -> Any:
    """Mean loss of the answers' tokens, weighed by token. What was asked needs no logits, and the filling, which is on the right, no mask: nothing before it sees it."""
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    chosen = wanted != _IGNORED
    return torch.nn.functional.cross_entropy(model.lm_head(hidden[chosen]).float(), wanted[chosen], weights)


def _tensors(torch: Any, corpus: Corpus, rows: Sequence[int], device: str) -> tuple[Any, Any, int]:
    """Ids and labels of some rows, each (rows, longest row), and how many tokens these have: what was asked, and the filling, has no label."""
    parts = [corpus.row(index) for index in rows]
    shape = len(parts), max(len(ids) for ids, _ in parts)
    ids, labels = np.zeros(shape, np.int64), np.full(shape, _IGNORED, np.int64)
    for at, (row, split) in enumerate(parts):
        ids[at, : len(row)] = row
        labels[at, split : len(row)] = row[split:]

    def moved(array: Ids) -> Any:
        return torch.from_numpy(array).to(device)

    return moved(ids), moved(labels), sum(len(row) for row, _ in parts)


def _join(torch: Any) -> tuple[int, int]:
    """This process's number and how many there are: under torchrun they find each other, else it is alone."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        return 0, 1
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return torch.distributed.get_rank(), world


def _device(torch: Any) -> str:
    return f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_available() else "cpu"


def _average(torch: Any, model: Any, world: int) -> None:
    """Each process's gradients become the mean of all."""
    if world > 1:
        for parameter in model.parameters():
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= world


def _agreed(torch: Any, world: int, device: str, tokens: int, seconds: float, asked: bool) -> tuple[int, float, bool]:
    """Tokens of all processes, their mean time, and whether any was asked to stop: the same for each, so that all end at the same step."""
    if world == 1:
        return tokens, seconds, asked
    told = torch.tensor([float(tokens), seconds, float(asked)], dtype=torch.float64, device=device)
    torch.distributed.all_reduce(told)
    return int(told[0]), float(told[1]) / world, bool(told[2] > 0)


class _Stop(contextlib.AbstractContextManager["_Stop"]):
    """Ctrl-C asks the run to end after this step, with a checkpoint; a second one ends it at once."""

    def __init__(self) -> None:
        self.asked = False
        self.agreed = False
        self._before: Any = None

    def __enter__(self) -> _Stop:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
