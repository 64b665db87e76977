"""`lightwing bench decoders`: fixed budgets and `cost-optimal` on the same simulated cases, eight clauses, what each delivers, right and wrong, and at which price.

`cost-optimal` knows of a world what `lab.measure` makes of at most 500 traces of it, and nothing else. Verdicts lie to all decoders alike. Every rate has its 95 % interval:
a target is held against its upper end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.guarantee import clauses_of
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.statistics import mean_interval
from lightwing.core.streams import stream_seed
from lightwing.decode.moves import BatchStrategy
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.baselines import baselines, fixed_budgets
from lightwing.lab.measure import measure
from lightwing.lab.observed import from_world
from lightwing.lab.simulate import Counts, simulate
from lightwing.lab.world import Drift, JudgeTruth, RungTruth, World

__all__ = ["CELLS", "Cell", "run"]

CLEAN = "clean"
NOISY = "judge 10 % false pass"
ESCALATING = "dear rung"
BLIND = "blind spots"
MISSPECIFIED = "misspecified"

_TRACES = 500
_COVERAGE = 0.95
_BAND = 1.5
"""A target may be missed by so much, times itself, where the world is not what the error model can say."""

_LOW = RungTruth(lapse=0.2)
_STUBBORN = RungTruth(lapse=0.2, repair_factor=0.8, regression=0.15)
_PERSISTENT = RungTruth(lapse=0.2, concentration=1.0)
_JUDGE = JudgeTruth(false_pass=0.1, false_fail=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One world, the targets asked for in it, and the group whose goal it belongs to."""

    name: str
    group: str
    world: World
    targets: tuple[float, ...] = (0.01,)


def _exact(*rungs: RungTruth) -> World:
    return World(exact=8, rungs=rungs, judges=())


def _above(rung: RungTruth) -> RungTruth:
    """The rung above: ten times the price, a quarter of the lapses."""
    lapse = rung.lapse
    assert isinstance(lapse, float)
    return replace(rung, lapse=lapse / 4, price=10.0)


def _cells() -> Iterator[Cell]:
    for lapse in (0.1, 0.2):
        yield Cell(name=f"independent, lapse {lapse}", group=CLEAN, world=_exact(RungTruth(lapse=lapse)))
    yield Cell(name="persistent", group="", world=_exact(_PERSISTENT))
    yield Cell(name="stubborn", group="", world=_exact(_STUBBORN))
    for name, rung in (("", _LOW), ("persistent, ", _PERSISTENT), ("stubborn, ", _STUBBORN)):
        group = ESCALATING if name else ""
        yield Cell(name=f"{name}dear rung", group=group, world=_exact(rung, _above(rung)))
    yield Cell(name="judge 0.1 / 0.05", group=NOISY, world=World(judges=(_JUDGE,)), targets=(0.01, 0.02, 0.05))
    for false_pass in (0.02, 0.1, 0.2):
        for blind in (0.0, 0.25, 0.5):
            if (false_pass, blind) == (0.1, 0.0):
                continue
            judge = JudgeTruth(false_pass=false_pass, false_fail=0.05, blind=blind)
            name = f"judge {false_pass} / 0.05, blind {blind}"
            yield Cell(name=name, group=BLIND, world=World(judges=(judge,)), targets=(0.05,))
    for many in (1, 2):
        for blind in (0.0, 0.02, 0.05, 0.25):
            world = World(judges=(replace(_JUDGE, blind=blind),) * many)
            name = f"blind {blind}, {many} judge{'s' * (many - 1)}"
            yield Cell(name=name, group=BLIND, world=world, targets=(0.01, 0.05, 0.15))
    for name, drift in (
        ("correlated 0.5", Drift(correlated=0.5)),
        ("lapse rising by half", Drift(lapse_slope=0.5)),
        ("worse on long answers", Drift(length_effect=0.3)),
    ):
        world = World(rungs=(replace(_PERSISTENT, concentration=5.0),), judges=(_JUDGE,), drift=drift)
        yield Cell(name=name, group=MISSPECIFIED, world=world, targets=(0.05,))
    mixed = replace(_STUBBORN, concentration=2.0)
    judges = (replace(_JUDGE, blind=0.02), replace(_JUDGE, blind=0.02, price=0.5))
    world = World(exact=4, rungs=(mixed, _above(mixed)), judges=judges, shared=0.3)
    yield Cell(name="mixture", group=BLIND, world=world, targets=(0.05,))


CELLS = tuple(_cells())


def run(
    *,
    cells: Sequence[Cell] = CELLS,
    cases: int = 20_000,
    seeds: Sequence[int] = (1, 2),
    traces: int = _TRACES,
    command: str = "lightwing bench decoders",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`cases` cases of every cell for each seed; the error model of a seed rests on `traces` traces of its own. `told` hears of progress.

    Raises:
        ValueError: more than 500 traces.
    """
    if traces > _TRACES:
        raise ValueError(f"an error model of this bench rests on at most {_TRACES} traces, got {traces}")
    started = time.perf_counter()
    rows: list[dict[str, Any]] = []
    goals: list[Goal] = []
    for cell in cells:
        fixed = {
            name: _played(cell, dict.fromkeys(seeds, strategy), cases)
            for name, strategy in baselines(cell.world).items()
        }
        rows += [_row(cell, None, name, counts) for name, counts in fixed.items()]
        models = {seed: _errors(cell.world, traces, seed) for seed in seeds}
        for target in cell.targets:
            strategies = {seed: _strategy(cell.world, errors, target) for seed, errors in models.items()}
            ours = _played(cell, strategies, cases)
            rows.append(_row(cell, target, "cost-optimal", ours))
            goals += _goals(cell, target, ours, fixed)
            if cell.group == NOISY:
                tuned = _tuned(cell, target, seeds, cases)
                if tuned is not None:
                    rows.append(_row(cell, target, *tuned))
                    goals.append(_over_tuned(cell, target, ours, tuned[1]))
        told(f"{cell.name}: {time.perf_counter() - started:.0f} s")
    return BenchResult(
        bench="decoders",
        command=command,
        seconds=time.perf_counter() - started,
        cells=rows,
        goals=goals,
        seeds=list(seeds),
        notes=[
            "wrong: of what was delivered, with its 95 % interval; right, abstained: of all. calls, readings (calls of a judge), clauses read, price: means per case.",
            f"Unless a cell says otherwise: eight clauses, {_LOW}; {_JUDGE}. Persistent: {_PERSISTENT.concentration}; stubborn: {_STUBBORN}.",
            f"Error models: {traces} traces for each seed, truth of judged clauses labelled in all of them; never the world's parameters.",
            f"A target is held against the upper end of wrong's interval; in misspecified cells it may be missed by {_BAND} times.",
            "Fixed budgets are tried in 24 forms: up to 4 or 12 answers, fresh or repaired, each read 1 to 5 times, accepted at a majority or at all passes.",
        ],
    )


def _played(cell: Cell, strategies: Mapping[int, BatchStrategy[Any]], cases: int) -> Counts:
    """The strategy of each seed on this seed's cases; all cases at once where the world drifts over them."""
    chunk = cases if cell.world.drift.lapse_slope else 10_000
    total = None
    for seed, strategy in strategies.items():
        own = stream_seed(seed, "cases", cell.name) % 2**31
        counts = simulate(cell.world, strategy, cases=cases, seed=own, chunk=chunk)
        total = counts if total is None else total + counts
    assert total is not None, "there is at least one seed"
    return total


def _errors(world: World, traces: int, seed: int) -> ErrorModel:
    """Measured before lapses rise, where they do."""
    before = replace(world, drift=replace(world.drift, lapse_slope=0.0))
    own = stream_seed(seed, "traces") % 2**31
    return measure(from_world(before, traces=traces, seed=own), seed=own).errors


def _strategy(world: World, errors: ErrorModel, target: float) -> BatchOptimal:
    rungs = [(f"rung{i}", rung.price) for i, rung in enumerate(world.rungs)]
    judges = [f"judge{j}" for j in range(len(world.judges))]
    return BatchOptimal(Strategy.of(clauses_of(world), errors, Target(error=target), rungs=rungs, judges=judges))


def _goals(cell: Cell, target: float, ours: Counts, fixed: Mapping[str, Counts]) -> Iterator[Goal]:
    if cell.group == CLEAN:
        other = fixed["repair-best"]
        yield _ratio(f"{cell.name}: price over repair-best's", ours.price, other.price, 1.03)
        right = float(_right(ours).mean() - _right(other).mean())
        yield Goal(name=f"{cell.name}: right, less repair-best's", op=">=", goal=0.0, value=right, n=len(ours.price))
    if cell.group == ESCALATING:
        least = min((c for n, c in fixed.items() if n.startswith("repair-then-escalate")), key=_price_of_right)
        yield _per_right(f"{cell.name}: price of a right delivery over repair-then-escalate's", ours, least, 0.7)
    asked = _asked(cell, target)
    if cell.group in (NOISY, BLIND, MISSPECIFIED):
        most = target * (_BAND if cell.group == MISSPECIFIED else 1.0)
        hits, n = ours.error.hits, ours.error.n
        if n:
            yield Goal.share(f"{asked}: wrong", hits, n, "<=", most, compares="high")
    if cell.group == NOISY:
        hits, n = ours.coverage.hits, ours.coverage.n
        yield Goal.share(f"{asked}: delivered", hits, n, ">=", _COVERAGE)


def _tuned(cell: Cell, target: float, seeds: Sequence[int], cases: int) -> tuple[str, Counts] | None:
    """The fixed budget that keeps the target at the least price of a right delivery; None where none keeps it."""
    tried = [
        (name, _played(cell, dict.fromkeys(seeds, strategy), cases)) for name, strategy in fixed_budgets(cell.world)
    ]
    held = [(name, c) for name, c in tried if c.error.n and (c.error.value or 0.0) <= target]
    return min(held, key=lambda pair: _price_of_right(pair[1])) if held else None


def _over_tuned(cell: Cell, target: float, ours: Counts, cheapest: Counts) -> Goal:
    name = f"{_asked(cell, target)}: price of a right delivery over the cheapest fixed budget's that keeps it"
    return _per_right(name, ours, cheapest, 1.0)


def _asked(cell: Cell, target: float) -> str:
    return f"{cell.name}, target {100 * target:g} %"


def _right(counts: Counts) -> Any:
    return counts.delivered & ~counts.wrong


def _price_of_right(counts: Counts) -> float:
    right = int(_right(counts).sum())
    return float(counts.price.sum() / right) if right else float("inf")


def _ratio(name: str, ours: Any, theirs: Any, most: float) -> Goal:
    """A ratio of means of independent cases, with its interval by the delta method."""
    a, b = float(ours.mean()), float(theirs.mean())
    half = 1.96 * a / b * float(np.sqrt(ours.var() / a**2 / len(ours) + theirs.var() / b**2 / len(theirs)))
    return Goal(name=name, op="<=", goal=most, value=a / b, low=a / b - half, high=a / b + half, n=len(ours))


def _per_right(name: str, ours: Counts, theirs: Counts, most: float) -> Goal:
    """A ratio of prices of a right delivery with its interval by the delta method; price and delivery of one case hang together, the cases of two decoders do not. No interval
    where one of them delivers nothing right."""
    spread = 0.0
    for counts in (ours, theirs):
        right = _right(counts).mean()
        if not right:
            return Goal(name=name, op="<=", goal=most, value=None, n=len(ours.price))
        spread += float((counts.price / counts.price.mean() - _right(counts) / right).var()) / len(counts.price)
    value = _price_of_right(ours) / _price_of_right(theirs)
    half = 1.96 * value * spread**0.5
    return Goal(name=name, op="<=", goal=most, value=value, low=value - half, high=value + half, n=len(ours.price))


def _row(cell: Cell, target: float | None, decoder: str, counts: Counts) -> dict[str, Any]:
    error = counts.error
    low, high = error.interval if error.n else (None, None)
    price = mean_interval(float(counts.price.sum()), float((counts.price**2).sum()), len(counts.price))

    def shown(value: float | None) -> float | None:
        return None if value is None else round(float(value), 4)

    return {
        "cell": cell.name,
        "target": target,
        "decoder": decoder,
        "right": shown(_right(counts).mean()),
        "wrong": shown(error.value),
        "low": shown(low),
        "high": shown(high),
        "abstained": shown(1 - counts.delivered.mean()),
        "calls": shown(counts.calls.sum(1).mean()),
        "readings": shown(counts.readings.sum(1).mean()),
        "clauses read": shown(counts.clause_readings.mean()),
        "price": shown(counts.price.mean()),
        "price ±": None if price is None else shown((price[1] - price[0]) / 2),
    }
