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
    """What is to be known of n texts for a decision. `accept` (n,): what delivering costs, infinite where it may not be; `wrong` (n,); `features` (n, features);
    `open` (n, options): whether an option is there; `named` (n, rungs, clauses), `asked` (n, judges, clauses); `readings` (n,): how many more, all passing,
    lead to where it may be delivered, at least (`_PASSES` + 1: more than were looked at)."""

    accept: Array
    wrong: Array
    features: Array
    open: Array
    named: Array
    asked: Array
    readings: Array


@dataclass(frozen=True)
class Outlook:
    """Options are numbered: fresh by rung, then repair by rung, then read by judge."""

    channel: Channel
    exact: Array
    goal: Goal

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
        """Chance that a clause named in a repair is broken: (rungs, clauses, nodes)."""
        return np.asarray(np.minimum(self.channel.factor[..., None] * self.channel.theta, 1.0))

    @cached_property
    def _looks(self) -> Array:
        """Chance that a reading passes, 1 where code decides: (judges, clauses, 2, patterns)."""
        return np.where(self.exact[:, None, None], 1.0, self.channel.passes)

    def view(self, belief: Array) -> View:
        """What is to be known of these texts."""
        channel, goal = self.channel, self.goal
        states, hardness = belief.sum(-3), channel.hardness(belief)
        broken = states[..., 1, :].sum(-1)
        wrong = _any(broken)
        columns = [
            _logit(wrong),
            broken.sum(1),
            broken.max(1, initial=0.0),
            (broken * (1 - broken)).sum(1),
            (broken > 0.5).sum(1),
            _logit(_any(np.where(broken > 0.5, 0.0, broken))),
            wrong <= goal.level,
        ]
        named = np.empty((len(belief), self.rungs, channel.clauses), bool)
        for rung in range(self.rungs):
            by_name = (hardness * self._again[rung]).sum(-1)
            left_alone = channel.stubborn[rung] * broken + channel.regression[rung] * (1 - broken)
            named[:, rung] = np.where(self.exact, broken > 0.5, by_name < left_alone)
            after = np.where(named[:, rung], by_name, left_alone)
            columns += [_logit(_any(after)), (named[:, rung] & (broken > 0.5)).sum(1)]
            if len(channel.slices) > 1:
                lapse = channel.lapse(hardness, rung)
                columns += [_logit(_any(lapse)), lapse.max(1, initial=0.0), _logit(_any(lapse * by_name))]
        asked = np.empty((len(belief), self.judges, channel.clauses), bool)
        readings = np.where(wrong <= goal.level, 0, _PASSES + 1)
        looks = [states * self._looks[j] for j in range(self.judges)]
        for judge, first in enumerate(looks):
            failing = (states - first)[..., 1, :].sum(-1) / np.maximum((states - first).sum((-1, -2)), 1e-12)
            asked[:, judge] = ~self.exact & (failing > goal.stake / (4 * max(1, channel.clauses)))
            look = first
            for passes in range(1, _PASSES + 1):
                share, chance = self._if_passed(look, columns)
                reached = (share <= goal.level) & (readings > passes)
                readings[reached] = passes
                columns.append(np.log(chance))
                look = look * self._looks[judge] if passes < _PASSES else look
        for one, other in itertools.combinations(range(self.judges), 2):
            look = looks[one]
            for judge, passes in ((other, 2), (one, 3), (other, 4)):
                look = look * self._looks[judge]
                share, chance = self._if_passed(look, columns)
                readings = np.where(share <= goal.level, np.minimum(readings, passes), readings)
                columns.append(np.log(chance))
        open_ = np.ones((len(belief), self.options), bool)
        open_[:, self.rungs : 2 * self.rungs] = named.any(-1)
        open_[:, 2 * self.rungs :] = asked.any(-1)
        accept = np.where(wrong <= goal.level, goal.wrong * wrong, np.inf)
        return View(accept, wrong, np.stack(columns, 1).astype(float), open_, named, asked, readings)

    def _if_passed(self, look: Array, columns: list[Array]) -> tuple[Array, Array]:
        """P(wrong) after readings that pass everything, and the chance of such readings; the former joins the columns."""
        total = look.sum((-1, -2))
        share = _any(look[..., 1, :].sum(-1) / total)
        columns += [_logit(share), share <= self.goal.level]
        return share, np.maximum(total.prod(1), 1e-9)

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
