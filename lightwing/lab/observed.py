"""What was seen of models and judges, as arrays: the texts, which clauses they break as far as that is known, and what judges said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lightwing.lab.world import World

__all__ = ["BROKEN", "KEPT", "OPEN", "SKIPPED", "Observed", "from_world"]

Array = np.ndarray[Any, np.dtype[Any]]

KEPT, BROKEN, OPEN, SKIPPED = 0, 1, -1, -2
"""What is known of a clause in a text. OPEN: nobody knows. SKIPPED: the clause does not apply there."""

_READINGS = 2
_MOST_READINGS = 6
"""A judge that contradicts what is known is asked again up to this many times: only that tells a blind spot from a slip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """T texts by C clauses by J judges.

    `case` (T): the case of each text; `model` (T): an index into `models`, -1 where the text is no model's answer but was made to break a clause (planted);
    `parent` (T): the text that it repairs, else -1; `named` (T, C): which clauses the repair named. `truth` (T, C): KEPT, BROKEN, OPEN or SKIPPED; `labelled` says that
    people (or the simulation) gave the truth of judged clauses. `passes`, `fails` (T, C, J): readings. `exact` (C): decided by code. `kinds` (C): as `core.errormodel.kind_of`. `prices`, `tokens`: mean of a call, as in the error model.
    """

    clauses: tuple[str, ...]
    kinds: tuple[str, ...]
    exact: Array
    models: tuple[str, ...]
    judges: tuple[str, ...]
    case: Array
    model: Array
    parent: Array
    named: Array
    truth: Array
    passes: Array
    fails: Array
    labelled: bool = False
    spec: str = ""
    traces: int = 0
    prices: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Observed) -> Observed:
        """Both together; they must speak of the same clauses, models and judges. Their cases are different ones."""
        for name in ("clauses", "kinds", "models", "judges", "spec"):
            if getattr(self, name) != getattr(other, name):
                raise ValueError(f"{name} differ: {getattr(self, name)} and {getattr(other, name)}")
        shift = int(self.case.max(initial=-1)) + 1
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("model", "named", "truth", "passes", "fails")
        }
        return replace(
            self,
            **joined,
            case=np.concatenate([self.case, other.case + shift]),
            parent=np.concatenate([self.parent, np.where(other.parent < 0, -1, other.parent + len(self.case))]),
            labelled=self.labelled or other.labelled,
            traces=self.traces + other.traces,
            prices={**other.prices, **self.prices},
            tokens={**other.tokens, **self.tokens},
        )


def from_world(
    world: World, *, traces: int = 500, labels: int | None = None, planted: int = 0, seed: int = 0, answers: int = 2
) -> Observed:
    """What a calibration sees of a simulated world: never its parameters.

    In each trace every rung gives `answers` fresh answers and one repair of its first answer, which names about half of what is wrong with it. Every judge reads every
    text twice, and again, six times in all, where it contradicts what is known. `labels`: in how many traces people say what is true of the judged
    clauses (default: all); a repair names what is known to be wrong, else what the first judge failed. `planted`: so many texts besides, each with one
    judged clause broken on purpose and nothing known of the others; the judges read them too. Rungs are called rung0, rung1 …, judges judge0 …, clauses c1 ….
    """
    labels = traces if labels is None else labels
    worlds = world.open(traces + planted, seed)
    rng = np.random.default_rng([seed, 0x6C])
    every, known = np.arange(traces), np.arange(traces) < labels
    table = _Table(world)
    for r in range(len(world.rungs)):
        first = None
        for _ in range(answers):
            text = worlds.fresh(every, r)
            at = table.add(every, r, text[0], _truth(world, text[0], known))
            table.read(worlds, every, text, at)
            first = first or (text, at)
        if first is None:
            continue
        text, at = first
        wrong = table.seems_wrong(at)
        named = wrong & (rng.random(wrong.shape) < 0.5)
        named[np.arange(traces), _one_of(wrong, rng)] |= wrong.any(1)
        which = np.flatnonzero(named.any(1))
        draft = text[0][which], text[1][which]
        after = worlds.repaired(which, draft, named[which], r)
        truth = _truth(world, after[0], known[which])
        mended = table.add(which, r, after[0], truth, parent=at[which], named=named[which])
        table.read(worlds, which, after, mended)
    if planted and world.exact < world.clauses:
        which = np.arange(traces, traces + planted)
        broken = worlds.fresh(which)[0]
        target = world.exact + np.arange(planted) % (world.clauses - world.exact)
        broken[np.arange(planted), target] = True
        truth = np.full(broken.shape, OPEN)
        truth[np.arange(planted), target] = BROKEN
        text = broken, worlds._stuck(which, broken)
        table.read(worlds, which, text, table.add(which, -1, broken, truth))
    return table.observed(traces=traces, labelled=labels > 0)


def _truth(world: World, broken: Array, known: Array) -> Array:
    truth = np.where(broken, BROKEN, KEPT)
    truth[~known, world.exact :] = OPEN
    return truth


def _one_of(wrong: Array, rng: np.random.Generator) -> Array:
    """The index of one true entry of each row, by chance."""
    return np.asarray((wrong * rng.random(wrong.shape)).argmax(1))


class _Table:
    """Texts in the order in which they came about."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: dict[str, list[Array]] = {n: [] for n in ("case", "model", "parent", "named", "truth")}
        self._readings: list[Array] = []
        self._size = 0

    def add(
        self,
        case: Array,
        model: int,
        broken: Array,
        truth: Array,
        parent: Array | None = None,
        named: Array | None = None,
    ) -> Array:
        """Takes texts in and gives their places in the table."""
        n = len(case)
        self._rows["case"].append(case)
        self._rows["model"].append(np.full(n, model))
        self._rows["parent"].append(np.full(n, -1) if parent is None else parent)
        self._rows["named"].append(np.zeros(broken.shape, bool) if named is None else named)
        self._rows["truth"].append(truth)
        self._readings.append(np.zeros((2, *broken.shape, len(self._world.judges)), int))
        self._size += n
        return np.arange(self._size - n, self._size)

    def read(self, worlds: Any, which: Array, text: tuple[Array, Array], at: Array) -> None:
        """Has every judge read the texts just added."""
        counts, truth, exact = self._readings[-1], self._rows["truth"][-1], self._world.exact
        assert len(at) == counts.shape[1]
        for j in range(len(self._world.judges)):
            again = np.arange(len(which))
            for turn in range(_MOST_READINGS):
                passed = worlds.read(which[again], (text[0][again], text[1][again]), j)
                counts[0][again, exact:, j] += passed
                counts[1][again, exact:, j] += ~passed
                if turn + 1 >= _READINGS:
                    known = truth[:, exact:]
                    odd = ((known == BROKEN) & (counts[1][:, exact:, j] == 0)) | (
                        (known == KEPT) & (counts[0][:, exact:, j] == 0)
                    )
                    again = np.flatnonzero(odd.any(1))
                if not len(again):
                    break

    def seems_wrong(self, at: Array) -> Array:
        """Known to be broken, or open and failed by the first judge more often than passed."""
        truth = np.concatenate(self._rows["truth"])[at]
        counts = np.concatenate(self._readings, axis=1)[:, at]
        failed = counts[1, ..., 0] > counts[0, ..., 0] if counts.shape[-1] else np.zeros(truth.shape, bool)
        return np.asarray((truth == BROKEN) | ((truth == OPEN) & failed))

    def observed(self, *, traces: int, labelled: bool) -> Observed:
        world = self._world
        rows: dict[str, Any] = {name: np.concatenate(parts) for name, parts in self._rows.items()}
        counts = np.concatenate(self._readings, axis=1)
        exact = np.arange(world.clauses) < world.exact
        return Observed(
            clauses=tuple(f"c{c + 1}" for c in range(world.clauses)),
            kinds=tuple("exact" if e else "judged" for e in exact),
            exact=exact,
            models=tuple(f"rung{r}" for r in range(len(world.rungs))),
            judges=tuple(f"judge{j}" for j in range(len(world.judges))),
            passes=counts[0],
            fails=counts[1],
            labelled=labelled,
            traces=traces,
            prices={f"rung{r}": rung.price for r, rung in enumerate(world.rungs)}
            | {f"judge{j}": judge.price for j, judge in enumerate(world.judges)},
            **rows,
        )
