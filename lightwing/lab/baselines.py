"""What everybody has: decoders of a fixed budget, for many cases at once, beside which `cost-optimal` is measured.

They take verdicts at their word: each text is read so often, a clause passes with so many passes of these, a text whose clauses all pass is delivered, and when
the calls are used up nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lightwing.decode.belief import FAILED
from lightwing.decode.moves import ACCEPT, FRESH, READ, REPAIR, Moves
from lightwing.lab.world import World

__all__ = ["Budgeted", "Progress", "baselines", "fixed_budgets"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class Progress:
    """Of each case: texts made, and how many came to hand; by place, what code calls broken; the place of the text at hand; readings of it, and by clause how many failed; how many clauses are wrong in the best
    text so far, which they are, and where it is; whether the text at hand is settled."""

    made: Array
    looked: Array
    broken: Array
    place: Array
    reads: Array
    fails: Array
    best_wrong: Array
    best_named: Array
    best_place: Array
    clean: Array
    settled: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """`calls`: how many answers each rung may give, in order. `then`: what follows an answer that is not clean: a fresh one, or a repair of the best so far, naming all
    that is wrong with it. `readings` of each text, by the judges in turn, of which a clause must pass `passes`; a text that can no longer pass is not read on.
    `at_once`: all answers are asked for before any is read.

    >>> from lightwing.lab.simulate import simulate
    >>> world = World(clauses=2, exact=2, judges=())
    >>> simulate(world, Budgeted(world=world, calls=(8,)), cases=500, seed=1).error.value
    0.0
    """

    world: World
    calls: tuple[int, ...] = (1,)
    then: Literal["fresh", "repair"] = "fresh"
    readings: int = 1
    passes: int = 1
    at_once: bool = False

    @property
    def texts(self) -> int:
        return sum(self.calls) if self.at_once else 2

    def start(self, cases: int) -> Progress:
        zero = np.zeros(cases, np.int64)
        clauses = self.world.clauses
        return Progress(
            made=zero.copy(),
            looked=zero.copy(),
            broken=np.zeros((cases, self.texts, clauses), bool),
            place=zero.copy(),
            reads=zero.copy(),
            fails=np.zeros((cases, clauses), np.int64),
            best_wrong=zero + clauses + 1,
            best_named=np.zeros((cases, clauses), bool),
            best_place=zero.copy(),
            clean=np.zeros(cases, bool),
            settled=np.ones(cases, bool),
        )

    def act(self, state: Progress, which: Array) -> Moves:
        moves = Moves.blank(len(which), self.world.clauses)
        made, settled, place = state.made[which], state.settled[which], state.place[which]
        most = sum(self.calls)
        asking = (made < most) & (self.at_once | (settled & ~state.clean[which]))
        rung = np.searchsorted(np.cumsum(self.calls), made, side="right")
        again = made > 0 if self.then == "repair" else np.zeros(len(which), bool)
        moves.kind[asking] = np.where(again, REPAIR, FRESH)[asking]
        moves.rung[asking] = rung[asking]
        moves.text[:] = np.where(asking, state.best_place[which], place)
        moves.into[:] = made if self.at_once else np.where(made > 0, 1 - state.best_place[which], 0)
        moves.clauses[asking] = state.best_named[which][asking]
        reading = ~asking & ~settled
        moves.kind[reading] = READ
        moves.judge[reading] = state.reads[which][reading] % max(1, len(self.world.judges))
        moves.clauses[reading, self.world.exact :] = True
        moves.kind[~asking & settled & state.clean[which]] = ACCEPT
        return moves

    def see(self, state: Progress, which: Array, moves: Moves, verdicts: Array) -> None:
        made = moves.kind != READ
        new, read = which[made], which[~made]
        state.made[new] += 1
        state.broken[new, moves.into[made]] = verdicts[made] == FAILED
        state.reads[read] += 1
        state.fails[read] += verdicts[~made] == FAILED
        if not self.at_once:
            self._begin(state, new, moves.into[made])
        self._settle(state, which)
        most = sum(self.calls)
        while self.at_once:  # the next of all answers comes to hand as long as code alone settles them
            next_ = which[
                (state.made[which] == most) & state.settled[which] & ~state.clean[which] & (state.looked[which] < most)
            ]
            if not len(next_):
                break
            self._begin(state, next_, state.looked[next_])
            self._settle(state, next_)

    def _begin(self, state: Progress, cases: Array, place: Array) -> None:
        """A text comes to hand: what code decides is final."""
        state.looked[cases] += 1
        state.place[cases], state.reads[cases], state.settled[cases] = place, 0, False
        state.fails[cases] = np.where(state.broken[cases, place], self.readings + 1, 0)

    def _settle(self, state: Progress, cases: Array) -> None:
        """Texts at hand of which enough was read, or which can no longer pass."""
        cases = cases[~state.settled[cases]]
        wrong = state.fails[cases] > self.readings - self.passes
        judged = self.world.exact < self.world.clauses
        done = wrong.any(1) | (state.reads[cases] >= self.readings) if judged else np.ones(len(cases), bool)
        cases, wrong = cases[done], wrong[done]
        state.settled[cases], state.clean[cases] = True, ~wrong.any(1)
        better = wrong.sum(1) < state.best_wrong[cases]
        at = cases[better]
        state.best_wrong[at], state.best_named[at] = wrong[better].sum(1), wrong[better]
        state.best_place[at] = state.place[at]


def baselines(world: World, *, calls: int = 8) -> dict[str, Budgeted]:
    """The decoders of `lightwing.decode` with a fixed budget, and a cascade that repairs on each rung in turn."""
    rest = (0,) * (len(world.rungs) - 1)
    found = {
        "first": Budgeted(world=world, calls=(1, *rest)),
        "best-of-4": Budgeted(world=world, calls=(4, *rest), at_once=True),
        "best-of-8": Budgeted(world=world, calls=(8, *rest), at_once=True),
        f"sequential best-of-{calls}": Budgeted(world=world, calls=(calls, *rest)),
        "repair-best": Budgeted(world=world, calls=(calls, *rest), then="repair"),
    }
    for low in (2, 4) if rest else ():
        found[f"repair-then-escalate {low}"] = Budgeted(world=world, calls=(low, calls - low), then="repair")
    return found


def fixed_budgets(world: World, *, most: int = 12) -> Iterator[tuple[str, Budgeted]]:
    """Every fixed budget that is tried against a target: so many answers, fresh or repaired, each read so often, accepted at a majority or at all passes."""
    rest = (0,) * (len(world.rungs) - 1)
    votes = [(1, 1), (2, 2), (3, 2), (3, 3), (4, 4), (5, 3)]
    for then in ("fresh", "repair"):
        for calls in (4, most):
            for readings, passes in votes:
                name = f"{then} up to {calls}, {passes} of {readings} readings"
                yield (
                    name,
                    Budgeted(
                        world=world,
                        calls=(calls, *rest),
                        then="repair" if then == "repair" else "fresh",
                        readings=readings,
                        passes=passes,
                    ),
                )
