"""`repair-best` and `cascade`: sequential decoders.

With exact checks and a model that listens, repairing the best candidate so far, naming only what failed and why, is close to optimal; and a cascade
that tries the cheap rung first pays the dear one only where it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightwing.core.clause import Spec
from lightwing.core.decision import (
    Action,
    CandidateEvidence,
    Escalate,
    Evidence,
    Repair,
    Resample,
    Target,
)
from lightwing.core.errormodel import ErrorModel
from lightwing.decode.simple import conclude, settled
from lightwing.decode.standing import Standing

__all__ = ["Cascade", "RepairBest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairBest:
    """Keep the best candidate ever, fix what can be fixed without a call, then repair it: one re-ask at a time, naming only what failed.

    A clause that still fails after `patience` repairs of one rung which named it is stuck: the next rung is shown the draft instead. A model that returns
    the same text again is asked afresh; if that too gives nothing new, the rung is exhausted; so it is after `patience` answers that are no full ones.
    `recombine`: where a rewrite mended one part of the answer and spoilt another, the good parts of both are joined before a call is made.
    """

    patience: int = 2
    recombine: bool = True

    @property
    def name(self) -> str:
        return "repair-best"

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> _RepairBest:
        return _RepairBest(Standing.of(spec), self.patience, self.recombine)


@dataclass(frozen=True, slots=True)
class _RepairBest:
    standing: Standing
    patience: int
    recombine: bool

    def decide(self, evidence: Evidence) -> Action:
        standing = self.standing
        if (action := settled(standing, evidence, recombine=self.recombine)) is not None:
            return action
        rung = _current_rung(evidence)
        best = standing.best(evidence)
        if rung is None:
            return conclude(standing, evidence, reason="No model is left that can answer.")
        if best is None or not best.complete:
            above = _next_rung(evidence, rung)
            given_up = above is not None and _broken(evidence, rung) >= self.patience
            return Resample(rung=above if above is not None and given_up else rung)
        wrong = standing.wrong(best.outcomes)
        if rung > _last_rung(evidence):  # the rung below died: go on from its draft
            return Escalate(rung=rung, candidate=best.id, clauses=wrong)
        stale = _stale(evidence, rung)
        if stale >= 2 or self._stuck(evidence, rung, best):
            above = _next_rung(evidence, rung)
            if above is not None:
                return Escalate(rung=above, candidate=best.id, clauses=wrong)
            if stale >= 2:
                return conclude(standing, evidence, reason="The model keeps giving the same answer.")
        if stale == 1:
            return Resample(rung=rung)
        return Repair(candidate=best.id, clauses=wrong, rung=rung)

    def _stuck(self, evidence: Evidence, rung: int, best: CandidateEvidence) -> bool:
        """A clause wrong in the best candidate that repairs on this rung named `patience` times in vain."""
        wrong = set(self.standing.wrong(best.outcomes))
        results = [c for c in evidence.candidates if c.how == "repaired"]
        vain: dict[str, int] = {}
        for (_, named, at), result in zip(evidence.repaired, results, strict=False):
            if at != rung:
                continue
            still = set(self.standing.wrong(result.outcomes))
            for clause in named:
                if clause in still and clause in wrong:
                    vain[clause] = vain.get(clause, 0) + 1
        return any(count >= self.patience for count in vain.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A fresh answer of each rung in turn, cheapest first, until one is clean; fixes first, no repairs. Doomed candidates may be cut off below the top."""

    samples_per_rung: int = 1

    @property
    def name(self) -> str:
        return "cascade"

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> _Cascade:
        return _Cascade(Standing.of(spec), self.samples_per_rung)


@dataclass(frozen=True, slots=True)
class _Cascade:
    standing: Standing
    samples: int

    def decide(self, evidence: Evidence) -> Action:
        standing = self.standing
        if (action := settled(standing, evidence)) is not None:
            return action
        rung = _current_rung(evidence)
        if rung is None:
            return conclude(standing, evidence, reason="No model is left that can answer.")
        sampled = sum(1 for c in evidence.candidates if c.rung == rung and c.how == "proposed")
        if sampled < self.samples:
            top = _next_rung(evidence, rung) is None
            return Resample(rung=rung, cut=not top)
        above = _next_rung(evidence, rung)
        if above is None:
            return conclude(standing, evidence, reason="No rung of the cascade met every clause.")
        return Escalate(rung=above, cut=_next_rung(evidence, above) is not None)


def _last_rung(evidence: Evidence) -> int:
    """The highest rung that has given a candidate; -1 before the first."""
    return max((c.rung for c in evidence.candidates), default=-1)


def _current_rung(evidence: Evidence) -> int | None:
    """The rung to go on with: the highest used, or the first live one above it when it is dead; None when none is left."""
    for rung in range(max(_last_rung(evidence), 0), len(evidence.rungs)):
        if rung not in evidence.dead_rungs:
            return rung
    return None


def _next_rung(evidence: Evidence, rung: int) -> int | None:
    for above in range(rung + 1, len(evidence.rungs)):
        if above not in evidence.dead_rungs:
            return above
    return None


def _broken(evidence: Evidence, rung: int) -> int:
    """How many answers of this rung were no full ones: empty, filtered, cut off by a length limit."""
    return sum(1 for c in evidence.candidates if c.rung == rung and c.how == "proposed" and not c.complete)


def _stale(evidence: Evidence, rung: int) -> int:
    """How many of this rung's latest answers in a row were repetitions of earlier ones."""
    count = 0
    for candidate in reversed(evidence.candidates):
        if candidate.rung != rung or candidate.how in ("fixed", "recombined"):
            continue
        if candidate.same_as is None:
            break
        count += 1
    return count
