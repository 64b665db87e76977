"""How far `cost-optimal` is from the best that any strategy can do: random small worlds, and three clauses at a target.

Both sides may read a text four times. In the random worlds both know the world: what is measured is the decision, not the estimate. The best is the lower bound of `bench.optimum`, so a
regret stated here is never too small but for the noise of the simulation. At a target the decoder has what 500 traces tell it, and a level certified on labels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.guarantee import Fitted, measured
from lightwing.bench.optimal_play import OptimalPlay, instance, lost, truth
from lightwing.bench.optimum import READINGS, Dual, dual, optimum
from lightwing.core.decision import Loss, Target
from lightwing.core.statistics import mean_interval
from lightwing.core.streams import stream_seed
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.risk import Labelled, certified
from lightwing.lab.simulate import Counts, simulate
from lightwing.lab.world import JudgeTruth, World

__all__ = ["SPOTS", "TARGETS", "Regret", "Within", "best_coverage", "best_within", "regret", "run"]

Array = np.ndarray[Any, np.dtype[Any]]

CONFIDENCE = 0.95
_PATIENCE = 25.0
"""What an abstention costs at a target, in calls of the only rung: as `cost-optimal` reckons."""

_LABELS = 1000
_LEVELS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Levels tried, in targets, from strict to lenient."""

TARGETS = (0.01, 0.02, 0.05)

SPOTS = tuple((blind, target) for blind in (0.02, 0.05, 0.25) for target in (0.01, 0.05, 0.15))
"""Shares of violations that the judge never sees, and targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """One world: the least loss (a lower bound), what the decoder loses, and the half width of its 95 % interval."""

    world: World
    least: float
    loss: float
    half: float

    @property
    def value(self) -> float:
        return self.loss / self.least - 1

    @property
    def idle(self) -> bool:
        """Whether nothing is better than to abstain at once."""
        return bool(self.least >= _ABSTAIN)


_ABSTAIN = instance(0)[1].abstain


def regret(number: int, *, cases: int, seed: int = 0) -> Regret:
    """Of the random world of this number."""
    world, loss = instance(number, seed=seed)
    clauses, errors = truth(world)
    rungs = [(f"rung{j}", rung.price) for j, rung in enumerate(world.rungs)]
    judges = list(errors.judges)
    strategy = Strategy.of(clauses, errors, Target(loss=loss), rungs=rungs, judges=judges, readings=READINGS)
    own = stream_seed(seed, "distance", number) % 2**31
    got = lost(world, loss, BatchOptimal(strategy), cases=cases, seed=own)
    return Regret(world=world, least=optimum(world, loss).value, loss=got.loss, half=got.half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The best within a target. `dual` bounds price + 25·abstained from below; `coverage` and `price` are those of the mixture of the two strategies beside
    it whose wrong deliveries are the target, as played; of the stricter where both keep it."""

    dual: Dual
    coverage: float
    price: float


def best_within(world: World, *, error: float, cases: int = 10_000, seed: int = 0) -> Within:
    """The optimum at a target, for at most three clauses."""
    found = dual(world, error=error, abstain=_PATIENCE)
    sides = []
    for factor in (0.95, 1.05):
        worth = factor * found.price_of_error
        played = OptimalPlay(optimum(world, Loss(wrong=worth, abstain=_PATIENCE + worth * error)))
        got = lost(world, Loss(wrong=1.0, abstain=0.0), played, cases=cases, seed=seed)
        price, covered = float(got.counts.price.mean()), float(got.counts.delivered.mean())
        sides.append((got.loss - price - error * covered, price, covered))
    (above, dear_less, more), (below, dear, less) = sides
    share = -below / (above - below) if above > 0 > below else 0.0
    return Within(dual=found, coverage=share * more + (1 - share) * less, price=share * dear_less + (1 - share) * dear)


def best_coverage(world: World, *, error: float) -> float:
    """The share delivered at the least price + 25·abstained within a target: one less how that rises with what an abstention costs."""
    step = _PATIENCE / 10
    low, high = (dual(world, error=error, abstain=each).loss for each in (_PATIENCE, _PATIENCE + step))
    return 1 - min(1.0, max(0.0, (high - low) / step))


def run(
    *,
    instances: int = 200,
    cases: int = 10_000,
    targets: Sequence[float] = TARGETS,
    spots: Sequence[tuple[float, float]] = SPOTS,
    traces: int = 500,
    seed: int = 0,
    command: str = "lightwing bench decoders",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`instances` random worlds (or none), `cases` cases of each; then three clauses at each target, and with blind spots at each (share, target) of `spots`. `told` hears of progress."""
    started = time.perf_counter()
    found = []
    for number in range(instances):
        found.append(regret(number, cases=cases, seed=seed))
        if (number + 1) % 20 == 0:
            told(f"distance: world {number + 1} of {instances}, {time.perf_counter() - started:.0f} s")
    rows, goals, notes = [], [], []
    if found:
        rows, goals = list(_rows(found)), _regret_goals(found)
        notes.append(
            f"Simulation alone leaves each regret uncertain by {100 * np.mean([e.half / e.least for e in found]):.1f} % (mean half width of 95 %)."
        )
    for target in targets:
        row, goal = _at_target(target, cases=cases, traces=traces, seed=seed)
        rows.append(row)
        goals += goal
        told(f"distance: target {100 * target:g} %, {time.perf_counter() - started:.0f} s")
    for blind, target in spots:
        row, goal = _with_spots(blind, target, cases=cases, traces=traces, seed=seed)
        rows.append(row)
        goals += goal
        told(f"distance: blind {blind}, target {100 * target:g} %, {time.perf_counter() - started:.0f} s")
    return BenchResult(
        bench="distance",
        command=command,
        seconds=time.perf_counter() - started,
        cells=rows,
        goals=goals,
        seeds=[seed],
        notes=[
            f"Loss: price + 100·wrong + 5·abstained, in calls of the first rung; {cases:,} cases of each world; both sides know the world and read a text at most {READINGS} times. Regret is against a lower "
            "bound of the least loss; where nothing beats abstaining at once (idle), it is 0 for whoever abstains.",
            *notes,
            f"At a target: three clauses, lapse 0.2, a judge that passes 10 % and fails 5 %; an error model of {traces} traces; levels of {_LEVELS} targets, each tested on "
            f"{_LABELS} labelled deliveries (confidence {CONFIDENCE:.0%}), the most lenient that passes. An abstention costs {_PATIENCE:g} calls.",
        ],
    )


def _regret_goals(found: Sequence[Regret]) -> list[Goal]:
    values = np.array([each.value for each in found])
    interval = mean_interval(float(values.sum()), float((values**2).sum()), len(values)) or (None, None)
    low, high = _quantile_interval(values, 0.95)
    return [
        Goal(
            name="mean regret",
            op="<=",
            goal=0.03,
            value=float(values.mean()),
            low=interval[0],
            high=interval[1],
            n=len(values),
        ),
        Goal(
            name="regret, 95th percentile",
            op="<=",
            goal=0.10,
            value=float(np.quantile(values, 0.95)),
            low=low,
            high=high,
            n=len(values),
        ),
    ]


def _rows(found: Sequence[Regret]) -> Iterator[dict[str, Any]]:
    """By number of clauses, rungs and blind spots; then all."""

    def row(name: str, some: Sequence[Regret]) -> dict[str, Any]:
        values = np.array([each.value for each in some])
        busy = np.array([each.value for each in some if not each.idle])
        return {
            "worlds": name,
            "n": len(some),
            "idle": sum(each.idle for each in some),
            "least loss": round(float(np.mean([each.least for each in some])), 4),
            "loss": round(float(np.mean([each.loss for each in some])), 4),
            "mean regret": round(float(values.mean()), 4),
            "95th percentile": round(float(np.quantile(values, 0.95)), 4),
            "most": round(float(values.max()), 4),
            "mean, not idle": round(float(busy.mean()), 4) if len(busy) else None,
            "95th, not idle": round(float(np.quantile(busy, 0.95)), 4) if len(busy) else None,
        }

    groups: dict[str, list[Regret]] = {}
    for each in found:
        world = each.world
        blind = "blind spots" if world.judges[0].blind else "no blind spots"
        name = f"{world.clauses} clauses, {len(world.rungs)} rungs, {blind}"
        groups.setdefault(name, []).append(each)
    for name in sorted(groups):
        yield row(name, groups[name])
    yield row("all", found)


def _quantile_interval(values: Array, q: float) -> tuple[float, float]:
    """95 % interval of a quantile by order statistics (normal approximation of the binomial rank)."""
    n = len(values)
    half = 1.96 * np.sqrt(n * q * (1 - q))
    ranked = np.sort(values)
    low, high = int(np.floor(n * q - half)), int(np.ceil(n * q + half))
    return float(ranked[max(0, low)]), float(ranked[min(n - 1, high)])


def _at_target(target: float, *, cases: int, traces: int, seed: int) -> tuple[dict[str, Any], list[Goal]]:
    world = World(clauses=3, judges=(JudgeTruth(false_pass=0.1, false_fail=0.05),))
    best = best_within(world, error=target, cases=cases, seed=seed)
    own = stream_seed(seed, "distance at a target", str(target)) % 2**31
    fitted = measured(world, traces, own, readings=READINGS)
    level = _level(world, fitted, target, own)
    counts = simulate(world, fitted(level), cases=cases, seed=own + 1)
    price, covered = float(counts.price.mean()), float(counts.delivered.mean())
    name = f"three clauses, target {100 * target:g} %"
    row = {
        "cell": name,
        "level": level,
        "wrong": counts.error.value,
        "least": round(best.dual.loss, 4),
        "optimum's price": round(best.price, 4),
        "optimum's coverage": round(best.coverage, 4),
        "price": round(price, 4),
        "coverage": round(covered, 4),
    }
    half = 1.96 * float(counts.price.std()) / np.sqrt(cases) / best.price
    ratio = price / best.price
    goals = [
        Goal(
            name=f"{name}: price over the optimum's",
            op="<=",
            goal=1.1,
            value=ratio,
            low=ratio - half,
            high=ratio + half,
            n=cases,
        ),
        Goal.share(f"{name}: wrong", counts.error.hits, counts.error.n, "<=", target),
        Goal.share(f"{name}: delivered", counts.coverage.hits, counts.coverage.n, ">=", 0.95),
    ]
    return row, goals


def _with_spots(
    blind: float, target: float, *, cases: int, traces: int, seed: int
) -> tuple[dict[str, Any], list[Goal]]:
    """Coverage beside the optimum's, where that delivers half of the cases or more."""
    world = World(clauses=3, judges=(JudgeTruth(false_pass=0.1, false_fail=0.05, blind=blind),))
    possible = best_coverage(world, error=target)
    own = stream_seed(seed, "distance with spots", str(blind), str(target)) % 2**31
    fitted = measured(world, traces, own, readings=READINGS)
    level = _level(world, fitted, target, own)
    counts = simulate(world, fitted(level), cases=cases, seed=own + 1)
    covered = counts.coverage
    name = f"three clauses, blind {blind}, target {100 * target:g} %"
    row = {
        "blind spots": name,
        "level": level,
        "wrong": counts.error.value,
        "coverage": round(covered.value or 0.0, 4),
        "optimum's coverage": round(possible, 4),
        "price": round(float(counts.price.mean()), 4),
    }
    goals = []
    if covered.hits:
        goals.append(Goal.share(f"{name}: wrong", counts.error.hits, counts.error.n, "<=", target))
    if possible >= 0.5:
        ours = (covered.value or 0.0) / possible
        goals.append(Goal(name=f"{name}: coverage over the optimum's", op=">=", goal=0.95, value=ours, n=cases))
    return row, goals


def _level(world: World, fitted: Fitted, target: float, seed: int) -> float:
    """The most lenient level that labelled deliveries certify; the target itself where none does."""
    tested: list[Labelled] = []
    for number, factor in enumerate(_LEVELS):
        level = factor * target
        counts: Counts = simulate(world, fitted(level), cases=int(1.2 * _LABELS), seed=seed + 10 + number)
        labels = counts.wrong[counts.delivered][:_LABELS]
        if len(labels) < _LABELS // 2:
            continue
        tested.append(Labelled(level=level, delivered=len(labels), wrong=int(labels.sum())))
        if certified(tested[-1:], target=target, confidence=CONFIDENCE) is None:
            break
    passed = certified(tested, target=target, confidence=CONFIDENCE) if tested else None
    return target if passed is None else passed.level
