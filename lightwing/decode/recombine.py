"""Recombination: the good parts of several candidates in one, without a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lightwing.core.decision import REST, CandidateEvidence, Evidence, Recombine
from lightwing.core.outcome import Verdict
from lightwing.decode.standing import Standing

__all__ = ["recombination"]


def recombination(evidence: Evidence, standing: Standing) -> Recombine | None:
    """The candidate that other ones can mend part by part to better than the best there is; None where there is none.

    Taken over are only parts with which a clause is not met, from candidates where all is met that is read on this part: of the same draft's
    rewrites first, then the latest. A candidate in which a judge found something wrong is not mended: its readings would be lost with it. After a
    recombination that did not become the best, there is no other until a model has written something new.
    """
    news = [i for i, c in enumerate(evidence.candidates) if c.how in ("proposed", "repaired")]
    made = [i for i, c in enumerate(evidence.candidates) if c.how == "recombined"]
    best = standing.best(evidence)
    if best is None or len(news) < 2 or (made and made[-1] > news[-1]):
        return None
    whole = [c for c in evidence.candidates if c.complete]
    plans = [(plan, base) for base in whole if (plan := _plan(base, whole, standing))]
    if not plans:
        return None
    left = [(standing.weight(_after(base, plan)), len(set(plan.values())), i) for i, (plan, base) in enumerate(plans)]
    weight, _, at = min(left)
    if best.complete and weight >= standing.weight(best.outcomes):
        return None
    plan, base = plans[at]
    return Recombine(segments={REST: base.id, **plan})


def _plan(base: CandidateEvidence, whole: Sequence[CandidateEvidence], standing: Standing) -> dict[str, str]:
    """Segments of `base` with which something is wrong, and the candidates that have them right."""
    wrong = standing.wrong(base.outcomes)
    if any(clause not in standing.exact for clause in wrong):
        return {}
    bad = {
        name
        for clause in wrong
        for name, verdict in base.segments.get(clause, {}).items()
        if verdict is Verdict.FAIL
    }  # fmt: skip
    root = _root(base, whole)
    plan = {}
    for name in sorted(bad):
        readers = [clause for clause, read in base.segments.items() if name in read]
        good = [
            (_root(c, whole) == root, i, c.id)
            for i, c in enumerate(whole)
            if c.id != base.id and all(_ok(c.segments.get(clause, {}).get(name)) for clause in readers)
        ]
        if good:
            plan[name] = max(good)[2]
    return plan


def _after(base: CandidateEvidence, plan: Mapping[str, str]) -> dict[str, Verdict]:
    """The verdicts to expect: a clause holds of which every segment does or is replaced."""
    after = dict(base.outcomes)
    for clause, read in base.segments.items():
        if all(name in plan or _ok(verdict) for name, verdict in read.items()):
            after[clause] = Verdict.PASS
    return after


def _root(candidate: CandidateEvidence, whole: Sequence[CandidateEvidence]) -> str:
    """The fresh answer that a candidate goes back to."""
    by_id = {c.id: c for c in whole}
    while candidate.parent in by_id:
        candidate = by_id.pop(candidate.parent)  # each is passed once: evidence of others may name parents in a circle
    return candidate.id


def _ok(verdict: Verdict | None) -> bool:
    return verdict is Verdict.PASS or verdict is Verdict.SKIP
