"""Thresholds: wrong / delivered against the lapse rate (or a judge's false pass) for several levels of redundancy, and where the curves cross."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lightwing.core.errors import ConfigError
from lightwing.core.statistics import Rate
from lightwing.lab.baselines import Budgeted
from lightwing.lab.simulate import simulate
from lightwing.lab.world import World

__all__ = ["Axis", "Curve", "crossing", "curves"]

Axis = Literal["lapse", "false_pass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One level of redundancy: so many of `what` (readings of each answer, answers, or texts with repairs). `wrong`: of delivered, `delivered`: of all, at each of the `points`."""

    level: int
    what: str = "readings"
    points: tuple[float, ...]
    wrong: tuple[Rate, ...]
    delivered: tuple[Rate, ...]

    @property
    def name(self) -> str:
        return f"{self.level} {self.what if self.level > 1 else self.what.removesuffix('s')}"


def curves(
    world: World,
    *,
    axis: Axis,
    points: Sequence[float],
    levels: Sequence[int] = (1, 3, 5),
    answers: int = 8,
    cases: int = 4000,
    seed: int = 0,
) -> tuple[Curve, ...]:
    """Simulates every level at every point: up to `answers` answers are asked for in turn, each clause read by so many readings, accepted at a majority. Odd levels, three or more of
    them: fewer show no threshold."""
    if len(set(levels)) < 3 or any(level < 1 or level % 2 == 0 for level in levels):
        raise ConfigError(
            f"The levels are {', '.join(map(str, levels))}.", hint="Give three or more odd numbers with --level."
        )
    if any(not 0 < p < 1 for p in points) or list(points) != sorted(set(points)):
        raise ConfigError("The points must rise and lie between 0 and 1.")
    made = []
    for level in sorted(set(levels)):
        wrong, delivered = [], []
        for i, point in enumerate(points):
            if axis == "lapse":
                here = replace(world, rungs=tuple(replace(r, lapse=point) for r in world.rungs))
            else:
                here = replace(world, judges=tuple(replace(j, false_pass=point) for j in world.judges))
            budget = (answers, *(0 for _ in world.rungs[1:]))
            strategy = Budgeted(world=here, calls=budget, then="fresh", readings=level, passes=level // 2 + 1)
            counts = simulate(here, strategy, cases=cases, seed=seed + 7919 * i + level)
            wrong.append(counts.error)
            delivered.append(counts.coverage)
        made.append(Curve(level=level, points=tuple(points), wrong=tuple(wrong), delivered=tuple(delivered)))
    return tuple(made)


def crossing(found: Sequence[Curve]) -> tuple[float, float] | None:
    """Between which two points all curves change their order: below, more redundancy is better, above it is worse, both beyond the 95 % intervals of neighbouring
    levels. None where there is no such place: then nobody may speak of a threshold."""
    signs = [_order(found, i) for i in range(len(found[0].points))]
    below = [i for i, s in enumerate(signs) if s < 0]
    above = [i for i, s in enumerate(signs) if s > 0]
    if not below or not above or max(below) > min(above):
        return None
    return found[0].points[max(below)], found[0].points[min(above)]


def _order(found: Sequence[Curve], at: int) -> int:
    """-1 where every level is surely better than the one below it, 1 where every level is surely worse, else 0."""
    intervals = [c.wrong[at].interval for c in found]
    pairs = list(itertools.pairwise(intervals))
    if all(high < low for (low, _), (_, high) in pairs):
        return -1
    return 1 if all(high < low for (_, high), (low, _) in pairs) else 0
