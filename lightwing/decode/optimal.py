"""`cost-optimal`: the decoder that is asked for an error rate, or for the least loss, instead of a budget.

`decide` makes texts of the candidates, works out what all their readings say (`belief`), and takes the option that is worth most (`outlook`, `values`). What costs
nothing, a deterministic fix or a recombination, is done first. Where the asked rate is out of reach, it tries as `repair-best` would and then withholds the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import (
    Abstain,
    Accept,
    Action,
    CandidateEvidence,
    Escalate,
    Evidence,
    Fix,
    Repair,
    Reread,
    Resample,
    Target,
)
from lightwing.core.errormodel import ErrorModel
from lightwing.core.protocols import CompiledDecoder
from lightwing.decode.belief import FAILED, PASSED, UNREAD, Channel
from lightwing.decode.facts import FactsOf
from lightwing.decode.forest import Forest, Text
from lightwing.decode.outlook import View
from lightwing.decode.recombine import recombination
from lightwing.decode.repair import RepairBest
from lightwing.decode.standing import Standing
from lightwing.decode.strategy import MOST_READINGS, Strategy, goal_of

__all__ = ["CostOptimal"]

Array = np.ndarray[Any, np.dtype[Any]]

_REPEATED = 2
"""A rung that gave an earlier text again so often, asked afresh, has no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOptimal:
    """Delivers where P(wrong) is at most the target's level, at the least expected price; or, given a loss, pays the least expected loss."""

    @property
    def name(self) -> str:
        return "cost-optimal"

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> _CostOptimal:
        """Raises ConfigError where the target asks for neither a rate nor a loss, or (at the first decision) where the error model does not cover a model or judge."""
        goal_of(target, (1.0,), ())
        clauses = tuple(c for c in spec.clauses if c.force != "may")
        return _CostOptimal(clauses, errors, target, Standing.of(spec), RepairBest().compile(spec, errors, target))


@dataclass(frozen=True, slots=True)
class _CostOptimal:
    clauses: tuple[Clause, ...]
    errors: ErrorModel
    target: Target
    standing: Standing
    last_resort: CompiledDecoder
    _strategies: dict[tuple[object, ...], _Worked] = field(default_factory=dict)

    def decide(self, evidence: Evidence) -> Action:
        worked = self._worked(evidence)
        strategy = worked.strategy
        candidates = evidence.candidates
        if not candidates:
            return self._first(evidence, strategy)
        known = _Known.of(evidence, worked)
        view = known.view
        accept = np.where(known.may_go, view.accept, np.inf)
        best = min(range(len(candidates)), key=lambda i: (not candidates[i].complete, view.wrong[i]))
        worth = self._worth(evidence, strategy, known)
        at, option = np.unravel_index(int(worth.argmin()), worth.shape)
        least, abstain = worth[at, option], strategy.outlook.goal.abstain
        if accept.min() <= min(least, abstain):
            return _accept(candidates, view, int(accept.argmin()))
        if any(c.fixable for c in candidates) and (mendable := self.standing.mendable(evidence)) is not None:
            return Fix(candidate=mendable.id, clauses=mendable.fixable)
        if any(c.segments for c in candidates) and (joined := recombination(evidence, self.standing)) is not None:
            return joined
        if evidence.left.empty:
            return self._end(evidence, known, accept, best, "The budget is spent.")
        if not strategy.reachable:
            return self._out_of_reach(evidence, known, best)
        if least >= abstain:
            return self._end(evidence, known, accept, best, "More calls would cost more than they could mend.")
        return self._paid(evidence, view, int(at), int(option), strategy.outlook.rungs)

    def wrong(self, evidence: Evidence, candidate: str) -> float:
        """P(some clause of this candidate is not met) as the error model has it."""
        at = next(i for i, c in enumerate(evidence.candidates) if c.id == candidate)
        return float(_Known.of(evidence, self._worked(evidence)).view.wrong[at])

    def _worked(self, evidence: Evidence) -> _Worked:
        """Worked out once for these rungs and judges. That it is kept changes nothing but the time: the same evidence gives the same action."""
        key = (evidence.rungs, evidence.judges)
        if key not in self._strategies:
            rungs = [(r.model, r.price_per_call) for r in evidence.rungs]
            judges = _readers(self.clauses, evidence.judges)
            strategy = Strategy.of(self.clauses, self.errors, self.target, rungs=rungs, judges=judges)
            channel = strategy.outlook.channel
            facts = FactsOf(self.clauses, channel, judges, MOST_READINGS)
            self._strategies[key] = _Worked(strategy, Forest.of(channel), facts)
        return self._strategies[key]

    def _first(self, evidence: Evidence, strategy: Strategy) -> Action:
        live = [r for r in range(len(evidence.rungs)) if r not in evidence.dead_rungs]
        if not live:
            return Abstain(best=None, reason="No model is left that can answer.")
        if evidence.left.empty:
            return Abstain(best=None, reason="The budget is spent.")
        return Resample(rung=min(live, key=lambda r: float(strategy.values.fresh[r])))

    def _worth(self, evidence: Evidence, strategy: Strategy, known: _Known) -> Array:
        """What each option of each candidate still costs: (candidates, options); infinite where it cannot be had."""
        outlook = strategy.outlook
        worth = strategy.values.of(known.view, known.left)
        for rung in evidence.dead_rungs:
            worth[:, [rung, outlook.rungs + rung]] = np.inf
        worth[:-1, : outlook.rungs] = np.inf  # a fresh answer is the same whichever text it is looked at from
        for i, candidate in enumerate(evidence.candidates):
            if not candidate.complete or candidate.same_as is not None:
                worth[i, outlook.rungs :] = np.inf
        places = {c.id: i for i, c in enumerate(evidence.candidates)}
        repeated = [0] * outlook.rungs
        for candidate in evidence.candidates:
            if candidate.same_as is None or candidate.how not in ("proposed", "repaired"):
                continue
            if candidate.how == "repaired" and candidate.parent in places:
                worth[places[candidate.parent], outlook.rungs + candidate.rung] = np.inf
            repeated[candidate.rung] += candidate.how == "proposed"
        worth[:, [r for r, times in enumerate(repeated) if times >= _REPEATED]] = np.inf
        return worth

    def _paid(self, evidence: Evidence, view: View, at: int, option: int, rungs: int) -> Action:
        candidate = evidence.candidates[at].id
        if option >= 2 * rungs:
            judge = option - 2 * rungs
            return Reread(candidate=candidate, clauses=self._ids(view.asked[at, judge]), judge=judge)
        rung, above = option % rungs, option % rungs > max(c.rung for c in evidence.candidates)
        if option < rungs:
            return Escalate(rung=rung) if above else Resample(rung=rung)
        named = self._ids(view.named[at, rung])
        if above:
            return Escalate(rung=rung, candidate=candidate, clauses=named)
        return Repair(candidate=candidate, clauses=named, rung=rung)

    def _end(self, evidence: Evidence, known: _Known, accept: Array, best: int, reason: str) -> Action:
        """No more is to be tried: what may be delivered is, where that costs less than to abstain."""
        if accept.min() <= known.abstain:
            return _accept(evidence.candidates, known.view, int(accept.argmin()))
        return Abstain(
            best=evidence.candidates[best].id,
            reason=f"{reason} {self._doubt(evidence, known, best)}",
            wrong=float(known.view.wrong[best]),
        )

    def _out_of_reach(self, evidence: Evidence, known: _Known, best: int) -> Action:
        """The rate cannot be promised: the best answer that can be had is given back, and not as met."""
        action = self.last_resort.decide(evidence)
        if not isinstance(action, Accept | Abstain):
            return action
        return Abstain(
            best=evidence.candidates[best].id,
            reason=f"What is asked for is out of reach. {self._doubt(evidence, known, best)}",
            wrong=float(known.view.wrong[best]),
        )

    def _doubt(self, evidence: Evidence, known: _Known, at: int) -> str:
        """Where most of the risk of a candidate lies."""
        if not self.clauses:
            return ""
        worst = int(known.view.broken[at].argmax())
        clause = self.clauses[worst]
        by = "no judge reads it" if not evidence.judges else f"read by {', '.join(evidence.judges)}"
        how = "" if clause.exact else f", {by}"
        return f"P(wrong) is {known.view.wrong[at]:.2g}; most of it lies in {clause.id} ({known.view.broken[at, worst]:.2g}{how})."

    def _ids(self, mask: Array) -> tuple[str, ...]:
        return tuple(c.id for c, asked in zip(self.clauses, mask, strict=True) if asked)


@dataclass(frozen=True, slots=True)
class _Worked:
    """What is kept between decisions."""

    strategy: Strategy
    forest: Forest
    facts: FactsOf


@dataclass(frozen=True, slots=True)
class _Known:
    """What the readings of all candidates say, candidate by candidate. `left` (candidates,): how often each may still be read. `may_go` (candidates,): whole
    answers in which code finds nothing broken."""

    view: View
    left: Array
    may_go: Array
    abstain: float

    @classmethod
    def of(cls, evidence: Evidence, worked: _Worked) -> _Known:
        outlook, facts_of = worked.strategy.outlook, worked.facts
        candidates = evidence.candidates
        places = {c.id: i for i, c in enumerate(candidates)}
        named = iter(evidence.repaired)
        facts = [facts_of(c) for c in candidates]
        texts = [
            _text(c, places, i, next(named, None) if c.how == "repaired" else None, facts_of, f.likelihood)
            for i, (c, f) in enumerate(zip(candidates, facts, strict=True))
        ]
        beliefs = worked.forest.posteriors(texts)[0]
        decided = np.array([f.decided for f in facts])
        if (decided != UNREAD).any():
            beliefs = _as_decided(outlook.channel, beliefs, decided)
        view = outlook.view(beliefs)
        for i, f in enumerate(facts):
            if f.silent is not None:
                view.asked[i, f.silent] = False
                view.open[i, 2 * outlook.rungs :] &= view.asked[i].any(-1)
        may_go = np.array([c.complete for c in candidates]) & ~(decided == FAILED).any(1)
        left = outlook.readings - np.array([f.readings for f in facts])
        return cls(view, left, may_go, outlook.goal.abstain)


def _as_decided(channel: Channel, beliefs: Array, decided: Array) -> Array:
    """What code has decided is so, whatever was believed of the draft that a fix or a recombination was made of."""
    sure = np.stack([decided == PASSED, decided == FAILED], axis=-1)[:, :, None, :, None]
    known = beliefs.sum((-1, -2))[..., None, None] * channel.spots[:, None] * sure
    return np.where((decided == UNREAD)[..., None, None, None], beliefs, known)


def _readers(clauses: Sequence[Clause], judges: Sequence[str]) -> Sequence[str]:
    """Judges are weighed where there is something for them to read."""
    return judges if any(not c.exact for c in clauses) else ()


def _text(
    candidate: CandidateEvidence,
    places: dict[str, int],
    at: int,
    repair: tuple[str, tuple[str, ...], int] | None,
    facts_of: FactsOf,
    likelihood: Array,
) -> Text:
    """Where a candidate comes from. One whose parent is not among those before it counts as fresh; so does one joined of several, for what was read of
    one of them says nothing of the parts of the others."""
    twin = places.get(candidate.same_as or "", at)
    parent = places.get(candidate.parent or "", at)
    if twin < at:
        return Text("copy", candidate.rung, likelihood, parent=twin)
    if parent >= at or candidate.how == "recombined":
        return Text("fresh", candidate.rung, likelihood)
    if candidate.how == "fixed":
        return Text("copy", candidate.rung, likelihood, parent=parent)
    asked = repair[1] if repair is not None and repair[0] == candidate.parent else ()
    return Text("repaired", candidate.rung, likelihood, parent=parent, named=facts_of.named(asked))


def _accept(candidates: Sequence[CandidateEvidence], view: View, at: int) -> Accept:
    return Accept(candidate=candidates[at].id, wrong=float(view.wrong[at]))
