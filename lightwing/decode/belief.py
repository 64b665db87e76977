"""What is known of texts whose clauses cannot be seen: exact inference in the channel that `lab/world.py` defines, for many cases at once.

A text's clause has a hidden state: broken or kept, and which judges are stuck on it (blind to it where it is broken, deaf where it is kept). A case has a hidden
hardness for each clause, which every rung takes at the same quantile; here it lies on a grid of slices (one where nothing persists). A belief is
the joint probability of both, for one text of each case: an array (cases, clauses, nodes, 2, patterns) whose last three axes sum to 1. The axis of 2 is
kept, broken; a pattern is a set of stuck judges. Clauses are independent of each other, and texts are independent given the hardness unless one is a
rewrite of the other. So a fresh text needs of all earlier ones only what they say about the hardness (`hardness`), and all texts of one case are solved
exactly as a forest (`decode/forest.py`).

Every method takes and gives arrays and changes none. A rung or a judge is an index, or an array with one for each case.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.beta import beta_slices
from lightwing.core.clause import Clause
from lightwing.core.errormodel import ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError

__all__ = ["FAILED", "PASSED", "UNREAD", "Channel"]

Array = np.ndarray[Any, np.dtype[Any]]
Which = int | Array

UNREAD, FAILED, PASSED = -1, 0, 1
"""Verdicts in arrays."""

MOST_JUDGES = 3
"""Patterns of stuck judges double with each judge."""

_NODES = 16
"""Slices of hardness, the thinner the nearer to both ends: with them the spread of any Beta law is met within 7 %."""
_TINY = 1e-9
"""No rate is taken for 0 or 1: what a model calls impossible may still be seen."""


@dataclass(frozen=True, slots=True)
class Channel:
    """An error model as tables, for these clauses, rungs and judges, in order.

    `slices` (nodes): mass of each slice of hardness. `theta` (rungs, clauses, nodes): lapse rate. `factor`, `regression`, `stubborn` (rungs, clauses).
    `spots` (clauses, 2, patterns): chance of each pattern of stuck judges. `passes` (judges, clauses, 2, patterns): chance that a reading passes.
    """

    slices: Array
    theta: Array
    factor: Array
    regression: Array
    stubborn: Array
    spots: Array
    passes: Array

    @classmethod
    def of(cls, clauses: Sequence[Clause], errors: ErrorModel, models: Sequence[str], judges: Sequence[str]) -> Channel:
        """Raises ConfigError where the error model says nothing of a model or judge, says what is no rate, or where there are more than 3 judges."""
        if len(judges) > MOST_JUDGES:
            raise ConfigError(
                f"There are {len(judges)} judges; the decoder weighs at most {MOST_JUDGES}.", hint="Name fewer judges."
            )
        rungs = [[_known(errors.clause(m, c), m, c) for c in clauses] for m in models]
        readers = [[_perfect if c.exact else _known(errors.judge(j, c), j, c) for c in clauses] for j in judges]
        persistent = any(e.concentration is not None for row in rungs for e in row)
        edges = slice_edges() if persistent else np.array([0.0, 1.0])
        slices = np.diff(edges)
        theta = np.empty((len(models), len(clauses), len(slices)))
        for r, row in enumerate(rungs):
            for c, e in enumerate(row):
                theta[r, c] = e.lapse if e.concentration is None else beta_slices(edges, e.lapse, e.concentration)

        def table(name: str, rows: Sequence[Sequence[ClauseErrors | JudgeErrors]]) -> Array:
            wide = np.array([[getattr(e, name) for e in row] for row in rows], float)
            return wide.reshape(len(rows), len(clauses))

        sticky = [j for j, row in enumerate(readers) if any(e.blind or e.deaf for e in row)]
        share = np.array([[errors.common(judges[a], judges[b]) for b in sticky] for a in sticky]).reshape(
            len(sticky), len(sticky)
        )
        stuck = np.stack([table("deaf", readers), table("blind", readers)], axis=-1)[sticky]
        patterns = np.array(list(itertools.product((False, True), repeat=len(sticky))), bool)
        spots = np.empty((len(clauses), 2, len(patterns)))
        for c, broken in itertools.product(range(len(clauses)), range(2)):
            spots[c, broken] = _joint(stuck[:, c, broken], share, patterns)
        passes = np.empty((len(judges), len(clauses), 2, len(patterns)))
        passes[:, :, 0] = 1 - table("false_fail", readers)[..., None]
        passes[:, :, 1] = table("false_pass", readers)[..., None]
        for at, j in enumerate(sticky):
            passes[j][:, 0, patterns[:, at]] = 0.0
            passes[j][:, 1, patterns[:, at]] = 1.0
        return cls(
            slices=slices,
            theta=_inside(theta),
            factor=table("repair_factor", rungs),
            regression=_inside(table("regression", rungs)),
            stubborn=_inside(table("stubborn", rungs)),
            spots=spots,
            passes=_inside(passes),
        )

    @property
    def clauses(self) -> int:
        return int(self.theta.shape[1])

    def start(self, cases: int) -> Array:
        """Hardness of cases of which nothing is known: (cases, clauses, nodes)."""
        return np.broadcast_to(self.slices, (cases, self.clauses, len(self.slices)))

    def fresh(self, hardness: Array, rung: Which) -> Array:
        """Belief in a new answer of this rung."""
        broken = hardness * self.theta[rung]
        both = np.stack([hardness - broken, broken], axis=-1)
        return np.asarray(both[..., None] * self.spots[:, None])

    def hardness(self, belief: Array) -> Array:
        """What a belief says about the case, whatever becomes of the text."""
        return np.asarray(belief.sum((-1, -2)))

    def repaired(self, belief: Array, named: Array, rung: Which) -> Array:
        """Belief in the text that a repair makes of it, which names these clauses: (cases, clauses) of bool."""
        weight = belief.sum(-1)
        total = weight.sum(-1)
        kept, broken = weight[..., 0], weight[..., 1]
        again = np.minimum(self.factor[rung][..., None] * self.theta[rung], 1 - _TINY) * total
        breaks, stays = self.regression[rung][..., None], self.stubborn[rung][..., None]
        name = named[..., None]
        # Mass that is redrawn, stuck judges and all; what stays as it was keeps its patterns.
        new = np.stack(
            [np.where(name, total - again, (1 - stays) * broken), np.where(name, again, breaks * kept)], axis=-1
        )
        same = np.stack([np.where(name, 0.0, 1 - breaks), np.where(name, 0.0, stays)], axis=-1)
        return np.asarray(new[..., None] * self.spots[:, None] + same[..., None] * belief)

    def passing(self, belief: Array, judge: Which) -> Array:
        """Chance that this judge's next reading passes each clause: (cases, clauses)."""
        return np.asarray((belief.sum(-3) * self.passes[judge]).sum((-1, -2)))

    def read(self, belief: Array, judge: Which, verdicts: Array) -> Array:
        """Belief after one reading; `verdicts` (cases, clauses): PASSED, FAILED or UNREAD."""
        passes, verdicts = self.passes[judge], verdicts[..., None, None]
        likelihood = np.where(verdicts == PASSED, passes, np.where(verdicts == FAILED, 1 - passes, 1.0))
        return _normal(belief * likelihood[..., None, :, :])

    def seen(self, belief: Array, verdicts: Array) -> Array:
        """Belief where code has decided: the same verdicts, and true."""
        matches = np.stack([verdicts != FAILED, verdicts != PASSED], axis=-1)
        return _normal(belief * matches[..., None, :, None])

    def broken(self, belief: Array) -> Array:
        """P(broken): (cases, clauses)."""
        return np.asarray(belief[..., 1, :].sum((-1, -2)))

    def lapse(self, hardness: Array, rung: Which) -> Array:
        """Mean lapse rate of a fresh answer: (cases, clauses)."""
        return np.asarray((hardness * self.theta[rung]).sum(-1))

    def nothing(self) -> Array:
        """The likelihood of a text of which nothing was read: (clauses, 2, patterns)."""
        return np.ones_like(self.spots)


def slice_edges() -> Array:
    """Quantiles between which the slices lie."""
    edges = 1 / (1 + np.exp(-np.linspace(-6, 6, _NODES + 1)))
    edges[0], edges[-1] = 0.0, 1.0
    return np.asarray(edges)


_perfect = JudgeErrors(false_pass=0.0, false_fail=0.0)
"""Stands where no judge is asked: clauses that code decides."""


def _known(row: Any, name: str, clause: Clause) -> Any:
    """The row, if it is there and says rates."""
    if row is None:
        raise ConfigError(
            f"The error model says nothing of {name} at clause {clause.id}.",
            hint="Measure it with lightwing calibrate, or give it a row for any clause ('*').",
        )
    for field in type(row).__dataclass_fields__:
        value = getattr(row, field)
        if field in ("n", "broken", "kept") or (field == "concentration" and value is None):
            continue
        limit = np.inf if field in ("concentration", "repair_factor") else 1.0
        if not (0 <= value <= limit and np.isfinite(value)) or (field == "concentration" and not value):
            raise ConfigError(f"The error model gives {name} at clause {clause.id} a {field} of {value}.")
    return row


def _joint(stuck: Array, share: Array, patterns: Array) -> Array:
    """Chance of each pattern, given how often each judge is stuck and which share of the rarer one's spots two have in common.

    Two judges are exact. Of three, the law nearest to independence that keeps the pairs' (iterative proportional fitting, Deming and Stephan 1940).
    """
    chance = np.prod(np.where(patterns, stuck, 1 - stuck), axis=1)
    pairs = list(itertools.combinations(range(len(stuck)), 2))
    for _ in range(1 if len(pairs) < 2 else 100):
        for a, b in pairs:
            low, high = sorted((stuck[a], stuck[b]))
            both = min(low, max(share[a, b] * low, low + high - 1))
            wanted = {(1, 1): both, (1, 0): stuck[a] - both, (0, 1): stuck[b] - both, (0, 0): 1 - low - high + both}
            for (first, second), mass in wanted.items():
                cells = (patterns[:, a] == bool(first)) & (patterns[:, b] == bool(second))
                now = chance[cells].sum()
                chance[cells] = chance[cells] * (mass / now) if now > 0 else mass / cells.sum()
    return np.asarray(np.maximum(chance, 0.0) / np.maximum(chance, 0.0).sum())


def _inside(rates: Array) -> Array:
    return np.clip(rates, _TINY, 1 - _TINY)


def _normal(belief: Array) -> Array:
    return np.asarray(belief / belief.sum((-1, -2, -3), keepdims=True))
