"""Does the guarantee hold? Many times over: measure an error model, certify a level on labelled deliveries, deliver by it, and look at the truth.

A trial is what a user does once: a fitted error model, then levels from strict to lenient, each with fresh labelled deliveries, until one fails. Its true
risk is that of its level, from 100,000 cases more. A certificate with confidence 95 % may be wrong in at most 5 of 100 trials. Trials that share a fit share
its strategy, not their labels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.clause import CheckCall, Clause
from lightwing.core.decision import Target
from lightwing.core.statistics import wilson
from lightwing.core.streams import stream_seed
from lightwing.decode.moves import BatchStrategy
from lightwing.lab.risk import Labelled, certified, labels_for, least_labels, most_wrong
from lightwing.lab.simulate import Counts, simulate
from lightwing.lab.world import Drift, JudgeTruth, RungTruth, World

__all__ = ["CELLS", "LEVELS", "Cell", "run"]

Array = np.ndarray[Any, np.dtype[Any]]
Fitted = Callable[[float], BatchStrategy[Any]]
"""The strategy of a fitted error model at a level."""

CONFIDENCE = 0.95
LEVELS: Mapping[float, tuple[float, ...]] = {
    0.02: (0.01, 0.02, 0.03, 0.05),
    0.03: (0.02, 0.03, 0.05),
    0.05: (0.03, 0.05, 0.1),
    0.10: (0.05, 0.1, 0.2),
}
"""For each target the levels tried, from strict to lenient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A world that nobody but the lab knows."""

    name: str
    world: World


_JUDGE = JudgeTruth(false_pass=0.1, false_fail=0.05)
_SPOTTED = JudgeTruth(false_pass=0.1, false_fail=0.05, blind=0.05)

CELLS = (
    Cell(name="judge passes 10 %, fails 5 %", world=World(judges=(_JUDGE,))),
    Cell(name="persistent lapses", world=World(rungs=(RungTruth(concentration=2.0),), judges=(_JUDGE,))),
    Cell(name="two judges, blind to 5 %", world=World(judges=(_SPOTTED, _SPOTTED))),
    Cell(
        name="error model wrong: clauses err together, judges worse on long answers",
        world=World(
            rungs=(RungTruth(concentration=4.0),),
            judges=(_JUDGE,),
            drift=Drift(correlated=0.5, length_effect=0.3),
        ),
    ),
)


@dataclass(slots=True)
class _Deliveries:
    """What the strategies of one fit deliver: `labels` to calibrate on, `truth` to know what a level is worth. Each is simulated when it is first asked for."""

    world: World
    strategy: Fitted
    fit: int
    seed: int
    cases: int
    _labels: dict[float, Array] = field(default_factory=dict)
    _truth: dict[float, Counts] = field(default_factory=dict)
    _strategies: dict[float, BatchStrategy[Any]] = field(default_factory=dict)

    def labels(self, level: float, wanted: int) -> Array:
        """Whether each delivery is wrong: `wanted` of them, or as many as twice the cases give."""
        found = self._labels.get(level, np.zeros(0, bool))
        if len(found) < wanted and level not in self._labels:
            counts = simulate(
                self.world, self._at(level), cases=int(1.1 * wanted) + 20, seed=self._seed("labels", level)
            )
            found = counts.wrong[counts.delivered]
            if len(found) < wanted:
                covered = max(0.02, len(found) / len(counts.delivered))
                more = min(2 * self.cases, int(1.1 * wanted / covered))
                counts = simulate(self.world, self._at(level), cases=more, seed=self._seed("more labels", level))
                found = np.concatenate([found, counts.wrong[counts.delivered]])
            self._labels[level] = found
        return found[:wanted]

    def truth(self, level: float) -> Counts:
        if level not in self._truth:
            self._truth[level] = simulate(
                self.world, self._at(level), cases=self.cases, seed=self._seed("truth", level)
            )
        return self._truth[level]

    def _at(self, level: float) -> BatchStrategy[Any]:
        """The strategy at a level, worked out once."""
        if level not in self._strategies:
            self._strategies[level] = self.strategy(level)
        return self._strategies[level]

    def _seed(self, *names: str | float) -> int:
        return stream_seed(self.seed, "guarantee", self.fit, *map(str, names)) % 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    level: float | None
    labels: int
    risk: float
    coverage: float
    price: float


def run(
    *,
    cells: Sequence[Cell] = CELLS,
    targets: Sequence[float] = tuple(LEVELS),
    fits: int = 20,
    trials: int = 25,
    cases: int = 100_000,
    traces: int = 500,
    seed: int = 0,
    fitted: Callable[[World, int, int], Fitted] | None = None,
    command: str = "lightwing bench decoders",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`fits` x `trials` trials for each cell and target. `fitted` gives the strategy at any level out of a world, a number of traces and a seed (the error model estimated from the
    traces, all of them labelled, and `cost-optimal`, unless said otherwise); `told` hears of progress."""
    started = time.perf_counter()
    fitted = fitted or measured
    rows: list[dict[str, Any]] = []
    goals = []
    for cell in cells:
        done: dict[float, list[_Trial]] = {target: [] for target in targets}
        for fit in range(fits):
            own = stream_seed(seed, "fit", cell.name, fit) % 2**31
            deliveries = _Deliveries(cell.world, fitted(cell.world, traces, own), fit, own, cases)
            most: dict[float, int] = {}
            for target in targets:
                for level in LEVELS[target]:
                    most[level] = max(most.get(level, 0), trials * labels_needed(target))
            for target in targets:
                done[target] += [_trial(deliveries, target, number, most) for number in range(trials)]
            told(f"{cell.name}: fit {fit + 1} of {fits}, {time.perf_counter() - started:.0f} s")
        for target in targets:
            rows.append(_row(cell, target, done[target]))
            above = sum(t.risk > target for t in done[target])
            goals.append(
                Goal.share(
                    f"{cell.name}, target {100 * target:g} %: trials above target",
                    above,
                    len(done[target]),
                    "<=",
                    0.07,
                )
            )
    return BenchResult(
        bench="guarantee",
        command=command,
        seconds=time.perf_counter() - started,
        cells=rows,
        goals=goals,
        seeds=[seed],
        notes=[
            f"{fits} error models, each estimated from {traces} labelled traces; {trials} trials with each; true risk of a level from {cases:,} cases.",
            "Labels at a level: "
            + ", ".join(
                f"{labels_needed(t)} (at least {least_labels(t, CONFIDENCE)}) at {100 * t:g} %" for t in targets
            )
            + f"; as many as certify with a chance of 90 % where a quarter of the target is wrong. Confidence {CONFIDENCE:.0%}.",
            "A trial in which no level passes delivers nothing: its coverage is 0, and it is not above the target.",
        ],
    )


def labels_needed(target: float) -> int:
    """Labelled deliveries at each level."""
    return labels_for(target, CONFIDENCE, risk=target / 4)


def measured(world: World, traces: int, seed: int, *, readings: int | None = None) -> Fitted:
    """`cost-optimal` on an error model estimated from labelled traces of this world. `readings`: as in `Strategy.of`."""
    from lightwing.decode.strategy import BatchOptimal, Strategy
    from lightwing.lab.measure import measure
    from lightwing.lab.observed import from_world

    seen = from_world(world, traces=traces, seed=seed)
    errors = measure(seen, seed=seed).errors
    clauses = clauses_of(world)
    rungs = [(name, rung.price) for name, rung in zip(seen.models, world.rungs, strict=True)]

    def strategy(level: float) -> BatchStrategy[Any]:
        target = Target(error=level, level=level)
        return BatchOptimal(Strategy.of(clauses, errors, target, rungs=rungs, judges=seen.judges, readings=readings))

    return strategy


def clauses_of(world: World) -> tuple[Clause, ...]:
    """Clauses c1, c2, … of a world: the first ones with a check, the others judged."""
    check = CheckCall(name="count", args={"of": "words", "max": 50})
    return tuple(
        Clause(id=f"c{i + 1}", text=f"Rule {i + 1}.", check=check if i < world.exact else None)
        for i in range(world.clauses)
    )


def _trial(deliveries: _Deliveries, target: float, number: int, most: Mapping[float, int]) -> _Trial:
    """Levels from strict to lenient, each on labels of its own, until one fails."""
    needed, least = labels_needed(target), least_labels(target, CONFIDENCE)
    tested: list[Labelled] = []
    for level in LEVELS[target]:
        labels = deliveries.labels(level, most[level])[number * needed : (number + 1) * needed]
        if len(labels) < least:
            continue
        tested.append(Labelled(level=level, delivered=len(labels), wrong=int(labels.sum())))
        if tested[-1].wrong > most_wrong(len(labels), target, CONFIDENCE):
            break
    used = sum(each.delivered for each in tested)
    passed = certified(tested, target=target, confidence=CONFIDENCE) if tested else None
    if passed is None:
        return _Trial(level=None, labels=used, risk=0.0, coverage=0.0, price=0.0)
    truth = deliveries.truth(passed.level)
    return _Trial(
        level=passed.level,
        labels=used,
        risk=truth.error.value or 0.0,
        coverage=truth.coverage.value or 0.0,
        price=float(truth.price.mean()),
    )


def _row(cell: Cell, target: float, trials: Sequence[_Trial]) -> dict[str, Any]:
    passed = [t for t in trials if t.level is not None]
    above = sum(t.risk > target for t in trials)
    low, high = wilson(above, len(trials))

    def mean(values: Sequence[float], digits: int = 4) -> float | None:
        return round(float(np.mean(values)), digits) if values else None

    return {
        "cell": cell.name,
        "target": target,
        "trials": len(trials),
        "labels per trial": mean([t.labels for t in trials], 0),
        "certified": mean([t.level is not None for t in trials]),
        "level": mean([t.level for t in passed if t.level is not None]),
        "true risk": mean([t.risk for t in passed]),
        "above target": above,
        "share": round(above / len(trials), 4),
        "interval": f"{low:.4f} to {high:.4f}",
        "coverage": mean([t.coverage for t in trials]),
        "coverage where certified": mean([t.coverage for t in passed]),
        "price": mean([t.price for t in passed], 3),
    }
