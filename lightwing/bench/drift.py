"""`lightwing bench decoders --part drift`: does the drift watch warn where the promise is broken, how soon, and how often where it is kept?

A run is what a user has: an error model measured from 500 labelled traces, then so many requests in their order, of which one delivery in five is read again. Where the watch warns, all
that follows is decided at the stricter level. Changes come from the first request on unless a world drifts over them; a watch that begins when the change does is as late as any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.guarantee import clauses_of
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.statistics import Rate
from lightwing.core.streams import stream_seed
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.drift import Drift
from lightwing.lab.measure import measure
from lightwing.lab.observed import from_world
from lightwing.lab.simulate import play
from lightwing.lab.watched import Watched
from lightwing.lab.world import Drift as Change
from lightwing.lab.world import JudgeTruth, RungTruth, World, Worlds
from lightwing.run.watch import MOST_READINGS, SHARE

__all__ = ["CELLS", "Cell", "run"]

_TRACES = 500
_FITS = 3
"""Error models for each world; runs take them in turn."""
_BLOCK = 250
"""So many requests are decided by one strategy at least; a warning counts from the next block on."""
_RATE = 0.01
_BAND = 1.5

_RUNG = RungTruth(lapse=0.2, concentration=5.0)
_JUDGE = JudgeTruth(false_pass=0.1, false_fail=0.05)
_MEASURED = World(rungs=(_RUNG,), judges=(_JUDGE,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`world` is delivered in; the error model is measured in `before` (None: in the same). `seen`: whether readings by the same judge can show the change.
    `times` as many runs as elsewhere."""

    name: str
    world: World
    before: World | None = None
    seen: bool = True
    times: int = 1


def _changed(**change: float) -> World:
    return replace(_MEASURED, drift=Change(**change))


CELLS = (
    Cell(name="nothing drifts", world=_MEASURED, times=4),
    Cell(name="correlated 0.5", world=_changed(correlated=0.5)),
    Cell(name="lapses rising by half", world=_changed(lapse_slope=0.5), before=_MEASURED),
    Cell(name="lapses rising threefold", world=_changed(lapse_slope=2.0), before=_MEASURED),
    Cell(name="worse on long answers", world=_changed(length_effect=0.3)),
    Cell(name="all answers long now", world=_changed(length_effect=1.0), before=_MEASURED),
    Cell(name="lapse 0.5 now", world=replace(_MEASURED, rungs=(replace(_RUNG, lapse=0.5),)), before=_MEASURED),
    Cell(
        name="judge passes 30 % now",
        world=replace(_MEASURED, judges=(replace(_JUDGE, false_pass=0.3),)),
        before=_MEASURED,
    ),
    Cell(
        name="judge blind to 10 % now",
        world=replace(_MEASURED, judges=(replace(_JUDGE, blind=0.1),)),
        before=_MEASURED,
        seen=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """One run. `after`: deliveries until the watch warned first, None where it did not. (wrong, delivered) until then and from then on."""

    after: int | None
    until: tuple[int, int]
    since: tuple[int, int]
    readings: float
    again: float
    price: float


def run(
    *,
    cells: Sequence[Cell] = CELLS,
    runs: int = 8,
    requests: int = 3000,
    target: float = 0.05,
    seed: int = 0,
    command: str = "lightwing bench decoders --part drift",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`runs` runs of every cell. `told` hears of progress."""
    started = time.perf_counter()
    rows: list[dict[str, Any]] = []
    goals: list[Goal] = []
    for cell in cells:
        fits = [_Fit(cell, target, stream_seed(seed, "fit", cell.name, i) % 2**31) for i in range(min(_FITS, runs))]
        done = [_run(cell, fits[i % len(fits)], target, requests, seed=i) for i in range(runs * cell.times)]
        rows.append(_row(cell, done))
        goals += _goals(cell, done, target)
        told(f"{cell.name}: {time.perf_counter() - started:.0f} s")
    return BenchResult(
        bench="drift",
        command=command,
        seconds=time.perf_counter() - started,
        cells=rows,
        goals=goals,
        seeds=[seed],
        notes=[
            f"{runs} runs of {requests} requests (four times as many where nothing drifts), target {100 * target:g} %, eight clauses, {_FITS} error models of {_TRACES} labelled traces for each world.",
            f"{100 * SHARE:g} % of the deliveries are read again; the watch's rate of false alarms is {100 * _RATE:g} % for each run however long.",
            "after: median deliveries until the first warning. wrong before, wrong since: of what was delivered until the first warning, and after it.",
            f"A world may be above the target by {_BAND} times, or the watch must warn in at least nine runs of ten; what the same judge cannot see is shown without a goal.",
        ],
    )


class _Fit:
    """An error model and its strategies, one for each level that runs come to."""

    def __init__(self, cell: Cell, target: float, seed: int) -> None:
        world = cell.before or replace(cell.world, drift=replace(cell.world.drift, lapse_slope=0.0))
        self._errors: ErrorModel = measure(from_world(world, traces=_TRACES, seed=seed), seed=seed).errors
        self._world, self._target = cell.world, target
        self._known: dict[float, Strategy] = {}

    def at(self, level: float) -> Strategy:
        level = float(f"{level:.2g}")
        if level not in self._known:
            rungs = [(f"rung{i}", rung.price) for i, rung in enumerate(self._world.rungs)]
            judges = [f"judge{j}" for j in range(len(self._world.judges))]
            target = Target(error=self._target, level=level)
            self._known[level] = Strategy.of(clauses_of(self._world), self._errors, target, rungs=rungs, judges=judges)
        return self._known[level]


def _run(cell: Cell, fit: _Fit, target: float, requests: int, *, seed: int) -> _Ran:
    own = stream_seed(seed, "drift", cell.name) % 2**31
    worlds: Worlds = cell.world.open(requests, own)
    watch, level, after = Drift(target=target, rate=_RATE), target, None
    until, since = [0, 0], [0, 0]
    readings = again = 0
    price = 0.0
    for first in range(0, requests, _BLOCK):
        these = np.arange(first, min(first + _BLOCK, requests))
        strategy = Watched(BatchOptimal(fit.at(level)), share=SHARE, most=MOST_READINGS, seed=own + first)
        counts = play(worlds, strategy, these)
        seen = strategy.last
        assert seen is not None, "the strategy has started"
        part = until if after is None else since
        part[0] += int(counts.wrong.sum())
        part[1] += int(counts.delivered.sum())
        readings += int(counts.readings.sum())
        again += int(seen.turns.sum())
        price += float(counts.price.sum())
        for case in np.flatnonzero(seen.done & counts.delivered):
            watch.take(float(seen.after[case]), expected=float(seen.before[case]))
            if watch.warns:
                after = until[1] if after is None else after
                level = watch.stricter(level)
                watch.renew()
    return _Ran(
        after=after,
        until=(until[0], until[1]),
        since=(since[0], since[1]),
        readings=readings / requests,
        again=again / requests,
        price=price / requests,
    )


def _total(parts: Sequence[tuple[int, int]]) -> Rate:
    return Rate(hits=sum(p[0] for p in parts), n=sum(p[1] for p in parts))


def _row(cell: Cell, done: Sequence[_Ran]) -> dict[str, Any]:
    warned = [r.after for r in done if r.after is not None]
    until, since = _total([r.until for r in done]), _total([r.since for r in done if r.after is not None])
    interval = since.interval if since.n else (None, None)

    def shown(value: float | None) -> float | None:
        return None if value is None else round(float(value), 4)

    return {
        "cell": cell.name,
        "runs": len(done),
        "warned": len(warned),
        "after": int(np.median(warned)) if warned else None,
        "wrong before": shown(until.value),
        "wrong since": shown(since.value) if since.n else None,
        "low": shown(interval[0]),
        "high": shown(interval[1]),
        "delivered since": since.n,
        "readings": shown(float(np.mean([r.readings for r in done]))),
        "again": shown(float(np.mean([r.again for r in done]))),
        "price": shown(float(np.mean([r.price for r in done]))),
    }


def _goals(cell: Cell, done: Sequence[_Ran], target: float) -> list[Goal]:
    warned = sum(r.after is not None for r in done)
    if cell.before is None and not cell.world.drift.correlated and not cell.world.drift.length_effect:
        return [Goal.share(f"{cell.name}: warned", warned, len(done), "<=", _RATE, compares="low")]
    until = _total([r.until for r in done])
    if not cell.seen or (until.value or 0.0) <= _BAND * target:
        return []
    return [Goal.share(f"{cell.name}: warned", warned, len(done), ">=", 0.9)]
