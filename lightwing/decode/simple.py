"""Decoders with a fixed budget: one call, and the best of n. They are what everybody has, and the measure for the others."""

from __future__ import annotations

from dataclasses import dataclass

from lightwing.core.clause import Spec
from lightwing.core.decision import Abstain, Accept, Action, Evidence, Fix, Reread, Resample, Target
from lightwing.core.errormodel import ErrorModel
from lightwing.decode.recombine import recombination
from lightwing.decode.standing import Standing

__all__ = ["BestOf", "conclude", "settled"]


def settled(standing: Standing, evidence: Evidence, *, recombine: bool = False) -> Action | None:
    """What every decoder of this room does first: deliver, mend without a call, stop when the budget is spent, have a clean candidate read by a judge.

    With `recombine`, mending takes good segments from other candidates too. None where a decision is left to be made: nothing clean exists, and calls may be made.
    """
    if found := standing.deliverable(evidence):
        return Accept(candidate=found.id)
    if mendable := standing.mendable(evidence):
        return Fix(candidate=mendable.id, clauses=mendable.fixable)
    if recombine and (joined := recombination(evidence, standing)):
        return joined
    if evidence.left.empty:
        return conclude(standing, evidence, reason="The budget is spent.")
    if reading := standing.to_read(evidence):
        candidate, clauses, judge = reading
        return Reread(candidate=candidate.id, clauses=clauses, judge=judge)
    best = standing.best(evidence)
    if best is not None and standing.clean(
        best
    ):  # the judge could not be understood: no other answer would change that
        return conclude(standing, evidence, reason="")
    return None


def conclude(standing: Standing, evidence: Evidence, *, reason: str) -> Action:
    """No more is to be tried: deliver what is clean, else give the best back as not met."""
    best = standing.best(evidence)
    if best is not None and standing.clean(best):
        return Accept(candidate=best.id)
    return Abstain(best=None if best is None else best.id, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf:
    """`n` fresh answers of the first live rung in one go, then the best of them. `n=1` is the decoder `first`."""

    n: int = 1

    @property
    def name(self) -> str:
        return "first" if self.n == 1 else f"best-of-{self.n}"

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> _BestOf:
        return _BestOf(Standing.of(spec), self.n)


@dataclass(frozen=True, slots=True)
class _BestOf:
    standing: Standing
    n: int

    def decide(self, evidence: Evidence) -> Action:
        if (action := settled(self.standing, evidence)) is not None:
            return action
        if not evidence.candidates:
            live = [r for r in range(len(evidence.rungs)) if r not in evidence.dead_rungs]
            if not live:
                return Abstain(best=None, reason="No model could answer.")
            calls = evidence.left.calls
            return Resample(n=self.n if calls is None else min(self.n, calls), rung=live[0])
        return conclude(self.standing, evidence, reason=f"None of {self.n} answers meets every clause.")
