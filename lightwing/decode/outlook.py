"""What can be done with a text, and how it looks: the options open to it, and numbers that tell what they are worth.

An option is a fresh answer of a rung, a repair of the text by a rung, or a reading by a judge. Which clauses a repair names and a reading asks
follows from the belief: named is what breaks less often named than not; asked is what a failed reading would make count.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lightwing.decode.belief import FAILED, PASSED, UNREAD, Channel

__all__ = ["Goal", "Outlook", "View"]

Array = np.ndarray[Any, np.dtype[Any]]

_PASSES = 3
"""So many readings in a row that pass everything are looked at ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be paid least for: calls at their prices; `wrong` for a wrong delivery, `abstain` for none; nothing above P(wrong) = `level` is delivered."""

    rungs: tuple[float, ...]
    judges: tuple[float, ...]
    wrong: float
    abstain: float
    level: float

    @property
    def stake(self) -> float:
        """A P(wrong) that begins to count: the level, or where a wrong delivery costs as much as the cheapest call."""
        cheapest = min((*self.rungs, *self.judges))
        return min(self.level, 0.5, cheapest / self.wrong if self.wrong else 1.0)


@dataclass(frozen=True, slots=True)
class View:
    """What is to be known of n texts for a decision. `accept` (n,): what delivering costs, infinite where it may not be; `wrong` (n,); `broken` (n, clauses); `features` (n, features);
    `open` (n, options): whether an option is there; `named` (n, rungs, clauses), `asked` (n, judges, clauses)."""

    accept: Array
    wrong: Array
    broken: Array
    features: Array
    open: Array
    named: Array
    asked: Array


@dataclass(frozen=True)
class Outlook:
    """Options are numbered: fresh by rung, then repair by rung, then read by judge. `readings`: so often a text is read at most, by all judges together."""

    channel: Channel
    exact: Array
    goal: Goal
    readings: int

    @property
    def rungs(self) -> int:
        return len(self.goal.rungs)

    @property
    def judges(self) -> int:
        return len(self.goal.judges)

    @property
    def options(self) -> int:
        return 2 * self.rungs + self.judges

    @cached_property
    def prices(self) -> Array:
        """Of each option."""
        return np.array([*self.goal.rungs, *self.goal.rungs, *self.goal.judges])

    @cached_property
    def _again(self) -> Array:
        """Chance that a clause named in a repair is broken, for each hardness: (clauses, nodes, rungs)."""
        rate = np.minimum(self.channel.factor[..., None] * self.channel.theta, 1.0)
        return np.ascontiguousarray(rate.transpose(1, 2, 0))

    @cached_property
    def _lapse(self) -> Array:
        """Chance that a fresh answer breaks a clause, for each hardness: (clauses, nodes, rungs)."""
        return np.ascontiguousarray(self.channel.theta.transpose(1, 2, 0))

    @cached_property
    def _looks(self) -> Array:
        """For each row of readings looked at ahead, the chance that all of them pass, in each state: (clauses, 2 patterns, rows). Of one judge up to `_PASSES`; then of two in turn."""
        # Where code decides, nothing is looked at.
        passes = np.where(self.exact[:, None, None], 1.0, self.channel.passes)
        rows = [passes[j] ** n for j in range(self.judges) for n in range(1, _PASSES + 1)]
        for one, other in itertools.combinations(range(self.judges), 2):
            rows += [passes[one] * passes[other], passes[one] ** 2 * passes[other], (passes[one] * passes[other]) ** 2]
        wide = np.array(rows).reshape(len(rows), len(self.exact), 2 * self.channel.spots.shape[-1])
        return np.ascontiguousarray(wide.transpose(1, 2, 0))

    def view(self, belief: Array) -> View:
        """What is to be known of these texts."""
        channel, goal, many = self.channel, self.goal, len(belief)
        clauses, nodes = belief.shape[1:3]
        half = channel.spots.shape[-1]
        flat = belief.reshape(many, clauses, nodes, 2 * half)
        # By products with ones, several times as fast as sums over short axes.
        states = (flat[:, :, 0] if nodes == 1 else (np.ones(nodes) @ flat)).swapaxes(0, 1)
        broken = states[..., half:].sum(-1).T
        left_alone = channel.stubborn[:, None] * broken + channel.regression[:, None] * (1 - broken)
        if nodes == 1:
            again = np.broadcast_to(self._again[:, 0].T[:, None], left_alone.shape)
        else:
            hardness = (flat @ np.ones(2 * half)).swapaxes(0, 1)
            again, lapse = ((hardness @ rate).transpose(2, 1, 0) for rate in (self._again, self._lapse))
        named = np.where(self.exact, broken > 0.5, again < left_alone)
        likely = broken > 0.5
        chances = [broken[None], np.where(likely, 0.0, broken)[None], np.where(named, again, left_alone)]
        if nodes > 1:
            chances += [lapse, lapse * again]
        passing, bad = states @ self._looks, states[..., half:] @ self._looks[:, half:]
        chances.append((bad / passing).transpose(2, 1, 0))
        any_ = _any(np.concatenate(chances))
        logits = _logit(any_)
        wrong, shares = any_[0], any_[len(any_) - passing.shape[-1] :]
        chance = np.log(np.maximum(passing.prod(0), 1e-9)).T
        asked = np.empty((many, self.judges, clauses), bool)
        for judge in range(self.judges):
            first = _PASSES * judge
            failing = broken.T - bad[..., first]
            failing = failing / np.maximum(1 - passing[..., first], 1e-12)
            asked[:, judge] = (~self.exact[:, None] & (failing > goal.stake / (4 * max(1, clauses)))).T
        columns = [
            logits[:2],
            broken.sum(1)[None],
            broken.max(1, initial=0.0)[None],
            (broken * (1 - broken)).sum(1)[None],
            likely.sum(1)[None],
            (wrong <= goal.level)[None],
            logits[2:],
            (named & likely).sum(-1),
            shares <= goal.level,
            chance,
        ]
        if nodes > 1:
            columns.append(lapse.max(-1, initial=0.0))
        open_ = np.ones((many, self.options), bool)
        open_[:, self.rungs : 2 * self.rungs] = named.any(-1).T
        open_[:, 2 * self.rungs :] = asked.any(-1)
        accept = np.where(wrong <= goal.level, goal.wrong * wrong, np.inf)
        return View(accept, wrong, broken, np.concatenate(columns).T, open_, named.swapaxes(0, 1), asked)

    def done(self, belief: Array, view: View, option: int, rng: np.random.Generator) -> Array:
        """Belief after this option, with what is seen drawn as the belief itself expects it."""
        made, verdicts = self._begun(belief, view, option, lambda chance: rng.random(chance.shape) < chance)
        return self._seen(made, option, verdicts)

    def outcomes(self, belief: Array, view: View, option: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
        """(chance, belief after) of the two ways this option can end: nothing is found broken; something is, drawn as expected."""
        chance = np.ones(0)

        def split(passing: Array) -> Array:
            nonlocal chance
            chance = passing
            return np.ones(passing.shape, bool)

        made, verdicts = self._begun(belief, view, option, split)
        clean = (chance.prod(1), self._seen(made, option, verdicts))
        if option < 2 * self.rungs and not self.exact.any():
            return [clean]
        verdicts = np.where((verdicts == PASSED) & ~_not_all(chance, rng), FAILED, verdicts)
        return [clean, (1 - clean[0], self._seen(made, option, verdicts))]

    def looked(self, belief: Array, rng: np.random.Generator) -> Array:
        """Belief in new texts once code has decided what it decides, drawn as expected."""
        drawn = rng.random(belief.shape[:2]) < self.channel.broken(belief)
        return self._seen(belief, 0, np.where(self.exact, np.where(drawn, FAILED, PASSED), UNREAD))

    def _begun(self, belief: Array, view: View, option: int, draw: Callable[[Array], Array]) -> tuple[Array, Array]:
        """The belief to be updated, and verdicts as `draw` gives them from the chance that each clause is found to hold (1 where nothing is looked at)."""
        channel = self.channel
        if option >= 2 * self.rungs:
            judge = option - 2 * self.rungs
            looked, passing = view.asked[:, judge], channel.passing(belief, judge)
        else:
            rung = option % self.rungs
            if option < self.rungs:
                belief = channel.fresh(channel.hardness(belief), rung)
            else:
                belief = channel.repaired(belief, view.named[:, rung], rung)
            looked, passing = np.broadcast_to(self.exact, belief.shape[:2]), 1 - channel.broken(belief)
        passed = draw(np.where(looked, passing, 1.0))
        return belief, np.where(looked, np.where(passed, PASSED, FAILED), UNREAD)

    def _seen(self, belief: Array, option: int, verdicts: Array) -> Array:
        if option >= 2 * self.rungs:
            return self.channel.read(belief, option - 2 * self.rungs, verdicts)
        return self.channel.seen(belief, verdicts) if self.exact.any() else belief


def _not_all(chance: Array, rng: np.random.Generator) -> Array:
    """What passes, drawn so that not everything does: one by one, each given that a failure is still to come or has come."""
    passed = np.ones(chance.shape, bool)
    failed = np.zeros(len(chance), bool)
    rest = np.cumprod(chance[:, ::-1], axis=1)[:, ::-1]
    for c in range(chance.shape[1]):
        fails = (1 - chance[:, c]) / np.where(failed, 1.0, np.maximum(1 - rest[:, c], 1e-300))
        passed[:, c] = rng.random(len(chance)) >= fails
        failed |= ~passed[:, c]
    return passed


def _any(chances: Array) -> Array:
    """Chance that one at least of independent things is so."""
    return np.asarray(-np.expm1(np.log1p(-np.minimum(chances, 1 - 1e-12)).sum(-1)) + 0.0)  # no negative zero


def _logit(chance: Array) -> Array:
    held = np.clip(chance, 1e-6, 1 - 1e-4)
    return np.asarray(np.log(held / (1 - held)))
