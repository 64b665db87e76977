"""How candidates stand: which may be delivered, which is best, what is still wrong with it. Shared by the decoders of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lightwing.core.clause import Spec
from lightwing.core.decision import CandidateEvidence, Evidence
from lightwing.core.outcome import Verdict

__all__ = ["Standing"]

_MOST_READINGS = 2
"""A judge that could not be understood is asked once more, not for ever; where there are more judges, each is asked once, in turn."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Reads evidence for one spec. Clauses of force "may" are permissions: they cannot fail."""

    weights: Mapping[str, float]
    exact: frozenset[str]

    @classmethod
    def of(cls, spec: Spec) -> Standing:
        binding = [c for c in spec.clauses if c.force != "may"]
        return cls({c.id: c.weight for c in binding}, frozenset(c.id for c in binding if c.exact))

    def wrong(self, outcomes: Mapping[str, Verdict]) -> tuple[str, ...]:
        """Clauses to be named in a repair: FAIL, and exact clauses that could not be read (UNKNOWN never counts as PASS)."""
        return tuple(
            id
            for id, verdict in outcomes.items()
            if id in self.weights and (verdict is Verdict.FAIL or (verdict is Verdict.UNKNOWN and id in self.exact))
        )

    def unread(self, outcomes: Mapping[str, Verdict]) -> tuple[str, ...]:
        """Judged clauses without a verdict."""
        return tuple(
            id for id, verdict in outcomes.items()
            if id in self.weights and id not in self.exact and verdict is Verdict.UNKNOWN
        )  # fmt: skip

    def clean(self, candidate: CandidateEvidence) -> bool:
        """Nothing wrong is known of it; judged clauses may still be unread."""
        return candidate.complete and not self.wrong(candidate.outcomes)

    def best(self, evidence: Evidence) -> CandidateEvidence | None:
        """The best complete candidate ever seen (least weight wrong, fewest unread, first among equals); a cut one only where there is no other."""
        if not evidence.candidates:
            return None
        return min(
            evidence.candidates,
            key=lambda c: (not c.complete, self.weight(c.outcomes), len(self.unread(c.outcomes))),
        )

    def deliverable(self, evidence: Evidence) -> CandidateEvidence | None:
        """The first candidate that may be delivered now: clean, and read by a judge where there is one."""
        for candidate in evidence.candidates:
            if self.clean(candidate) and not (evidence.judges and self.unread(candidate.outcomes)):
                return candidate
        return None

    def to_read(self, evidence: Evidence) -> tuple[CandidateEvidence, tuple[str, ...], int] | None:
        """A clean candidate, those of its judged clauses that should be read now, and the judge to read them: the next one after each that gave nothing."""
        if not evidence.judges:
            return None
        most = max(_MOST_READINGS, len(evidence.judges))
        for candidate in evidence.candidates:
            if not self.clean(candidate):
                continue
            tried: dict[str, int] = {}
            for reading in candidate.readings:
                tried[reading.clause] = tried.get(reading.clause, 0) + 1
            clauses = tuple(id for id in self.unread(candidate.outcomes) if tried.get(id, 0) < most)
            if clauses:
                return candidate, clauses, min(tried.get(id, 0) for id in clauses) % len(evidence.judges)
        return None

    def mendable(self, evidence: Evidence) -> CandidateEvidence | None:
        """A candidate which its deterministic fixes make better, the most improved first; one that was fixed already is not fixed again."""
        parents = {c.parent for c in evidence.candidates if c.how == "fixed"}
        gains = [
            (self.weight(c.fixed), i, c)
            for i, c in enumerate(evidence.candidates)
            if c.fixable and c.complete and c.id not in parents and self.weight(c.fixed) < self.weight(c.outcomes)
        ]
        best = self.best(evidence)
        if not gains or best is None:
            return None
        weight, _, candidate = min(gains, key=lambda gain: gain[:2])
        return candidate if weight < self.weight(best.outcomes) or not best.complete else None

    def weight(self, outcomes: Mapping[str, Verdict]) -> float:
        """Of the clauses that are wrong, together."""
        return sum(self.weights[id] for id in self.wrong(outcomes))
