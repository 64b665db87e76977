"""The strategy behind `cost-optimal`: what is to be paid for, what the options are worth, and its decisions for very many cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.clause import Clause
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError
from lightwing.decode.belief import Channel
from lightwing.decode.moves import ABSTAIN, ACCEPT, FRESH, READ, REPAIR, Moves
from lightwing.decode.outlook import Goal, Outlook
from lightwing.decode.values import Values, fit

__all__ = ["BatchOptimal", "Strategy", "goal_of"]

Array = np.ndarray[Any, np.dtype[Any]]

MOST_READINGS = 8
"""So often a judge reads a text at most: a guard against going round in circles where a fit is off, far above what pays."""

_PATIENCE = 25
"""Where a rate is asked for and no price of abstaining is named, an answer may still cost so many times a call of every rung; above it, none is given."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """What was worked out for one spec, error model, target, cascade and set of judges."""

    outlook: Outlook
    values: Values

    @classmethod
    def of(
        cls,
        clauses: Sequence[Clause],
        errors: ErrorModel,
        target: Target,
        *,
        rungs: Sequence[tuple[str, float | None]],
        judges: Sequence[str],
        readings: int | None = None,
    ) -> Strategy:
        """`rungs`: each model and its price of a call where the error model has none. `readings`: so often a text is read at most, by all judges together
        (`MOST_READINGS` for each judge). Takes a second or two.

        Raises:
            ConfigError: the target names neither a rate nor a loss; or as `Channel.of`.
        """
        models = [model for model, _ in rungs]
        channel = Channel.of(clauses, errors, models, judges)
        fallback = dict(rungs)
        prices = _prices([errors.prices.get(name, fallback.get(name)) for name in (*models, *judges)])
        goal = goal_of(target, prices[: len(models)], prices[len(models) :])
        most = MOST_READINGS * len(judges) if readings is None else readings
        outlook = Outlook(channel, np.array([c.exact for c in clauses], bool), goal, most)
        return cls(outlook, fit(outlook))

    @property
    def reachable(self) -> bool:
        """Whether an answer can be expected at a price below that of abstaining."""
        return bool(self.values.fresh.min() < self.outlook.goal.abstain)


def goal_of(target: Target, rungs: tuple[float, ...], judges: tuple[float, ...]) -> Goal:
    level = target.threshold
    if level is not None and not 0 < level < 1:
        raise ConfigError(f"The error rate asked for is {level}.", hint="Give a number above 0 and below 1, as 0.02.")
    if target.loss is not None:
        if not (0 <= target.loss.wrong < np.inf and 0 <= target.loss.abstain < np.inf):
            raise ConfigError("A loss must be a finite number of at least 0.", where=str(target.loss))
        wrong, abstain = target.loss.wrong, target.loss.abstain
        return Goal(rungs=rungs, judges=judges, wrong=wrong, abstain=abstain, level=1.0 if level is None else level)
    if level is None:
        raise ConfigError(
            "cost-optimal was given nothing to aim at.",
            hint="Ask for an error rate (--target-error 0.02), or give a loss (Target.loss).",
        )
    return Goal(rungs=rungs, judges=judges, wrong=0.0, abstain=_PATIENCE * sum(rungs), level=level)


def _prices(known: Sequence[float | None]) -> tuple[float, ...]:
    """Prices as they are weighed: where one is unknown, each call counts 1; a free call counts a hundredth of the dearest, lest it be made for ever."""
    if strange := [p for p in known if p is not None and not 0 <= p < np.inf]:
        raise ConfigError(
            f"The price of a call is given as {strange[0]}.", hint="Give a number of at least 0, or none."
        )
    if any(p is None for p in known) or not any(known):
        return (1.0,) * len(known)
    dearest = max(p for p in known if p is not None)
    return tuple(max(p or 0.0, dearest / 100) for p in known)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What `BatchOptimal` knows of its cases: a belief in the one text it keeps of each, once there is one, and how often it may still be read."""

    belief: Array
    begun: Array
    left: Array


class BatchOptimal:
    """A strategy for many cases at once (`moves.BatchStrategy`). It keeps one text of each case and never goes back to an older one."""

    texts = 1

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy

    def start(self, cases: int) -> Beliefs:
        channel = self.strategy.outlook.channel
        new = channel.fresh(channel.start(cases), 0)
        return Beliefs(np.array(new), np.zeros(cases, bool), np.full(cases, self.strategy.outlook.readings))

    def act(self, state: Beliefs, which: Array) -> Moves:
        outlook, values = self.strategy.outlook, self.strategy.values
        moves = Moves.blank(len(which), outlook.channel.clauses)
        if not self.strategy.reachable:
            return moves
        begun = state.begun[which]
        moves.kind[~begun], moves.rung[~begun] = FRESH, int(values.fresh.argmin())
        rows = np.flatnonzero(begun)
        view = outlook.view(state.belief[which[rows]])
        worth = values.of(view, state.left[which[rows]])
        option, least = worth.argmin(1), worth.min(1)
        end = np.minimum(view.accept, outlook.goal.abstain)
        rungs = outlook.rungs
        kind = np.select([option < rungs, option < 2 * rungs], [FRESH, REPAIR], READ)
        moves.kind[rows] = np.where(end > least, kind, np.where(view.accept <= end, ACCEPT, ABSTAIN))
        moves.rung[rows] = option % rungs
        moves.judge[rows] = np.maximum(option - 2 * rungs, 0)
        all_clauses = np.concatenate([np.zeros_like(view.named), view.named, view.asked], axis=1)
        moves.clauses[rows] = all_clauses[np.arange(len(rows)), option]
        return moves

    def see(self, state: Beliefs, which: Array, moves: Moves, verdicts: Array) -> None:
        channel, exact = self.strategy.outlook.channel, self.strategy.outlook.exact
        state.begun[which] = True
        for kind in (FRESH, REPAIR, READ):
            at = np.flatnonzero(moves.kind == kind)
            if not len(at):
                continue
            cases = which[at]
            old, said = state.belief[cases], verdicts[at]
            if kind == READ:
                state.left[cases] -= 1
                state.belief[cases] = channel.read(old, moves.judge[at], said)
                continue
            state.left[cases] = self.strategy.outlook.readings
            rung = moves.rung[at]
            fresh = kind == FRESH
            new = (
                channel.fresh(channel.hardness(old), rung) if fresh else channel.repaired(old, moves.clauses[at], rung)
            )
            state.belief[cases] = channel.seen(new, said) if exact.any() else new
