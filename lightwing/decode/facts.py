"""What was read on one candidate, by itself, as arrays: worked out once for each candidate, for most of them do not change between two decisions of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.clause import Clause
from lightwing.core.decision import CandidateEvidence
from lightwing.core.outcome import Verdict
from lightwing.decode.belief import FAILED, PASSED, UNREAD, Channel

__all__ = ["Facts", "FactsOf"]

Array = np.ndarray[Any, np.dtype[Any]]

_SILENT = 2
"""A judge that could not be understood so often about a clause of a text is not asked about it again."""

_KEPT = 4096
"""So many candidates' facts are kept, for cases that run side by side."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`decided` (clauses,): what code says. `likelihood` (clauses, 2, patterns): of what was read, for each state the text may be in. `readings`: how often the
    text was read. `silent` (judges, clauses): what a judge is not to be asked again; None where it is nothing."""

    decided: Array
    likelihood: Array
    readings: int
    silent: Array | None


class FactsOf:
    """The facts of candidates, kept by the candidate itself: an object that is no other object can change."""

    def __init__(self, clauses: Sequence[Clause], channel: Channel, judges: Sequence[str], most: int) -> None:
        self._clauses = [(c.id, c.exact) for c in clauses]
        self._rows = {c.id: row for row, c in enumerate(clauses)}
        self._judges = {judge: at for at, judge in enumerate(judges)}
        self._channel, self._most = channel, most
        self._kept: dict[int, tuple[CandidateEvidence, Facts]] = {}
        self._named: dict[tuple[str, ...], Array] = {}

    def __call__(self, candidate: CandidateEvidence) -> Facts:
        kept = self._kept.get(id(candidate))  # what is kept holds its candidate, so no other can have its identity
        if kept is not None:
            return kept[1]
        facts = self._read(candidate)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[id(candidate)] = candidate, facts
        return facts

    def named(self, ids: tuple[str, ...]) -> Array:
        """Which clauses these are: (clauses,)."""
        if ids not in self._named:
            if len(self._named) >= _KEPT:
                self._named.clear()
            self._named[ids] = np.array([id in ids for id, _ in self._clauses], bool)
        return self._named[ids]

    def _read(self, candidate: CandidateEvidence) -> Facts:
        channel, rows, judges = self._channel, self._rows, self._judges
        asked = {r.clause for r in candidate.readings}
        decided = np.array([_decided(id, exact, candidate, asked) for id, exact in self._clauses], np.int8)
        # By what was understood: failed, passed, not at all; then by judge and clause.
        counts = np.zeros((3, len(judges), len(self._clauses)), np.int64)
        free = (decided == UNREAD).tolist()
        for reading in candidate.readings:
            row, judge, verdict = rows.get(reading.clause), judges.get(reading.judge), reading.outcome.verdict
            if row is None or judge is None:
                continue
            passed = int(verdict is not Verdict.FAIL)
            if verdict is Verdict.UNKNOWN:
                passed = 2
            elif not free[row] or (passed and candidate.outcomes.get(reading.clause) is Verdict.UNKNOWN):
                continue  # decided; or the judge decided a condition, not the check: see Session.take_readings
            counts[passed, judge, row] += 1
        likelihood = channel.nothing()
        if counts[:2].any():
            passes = channel.passes
            said = passes ** counts[1, :, :, None, None] * (1 - passes) ** counts[0, :, :, None, None]
            likelihood = said.prod(0)
        if candidate.how not in (
            "fixed",
            "recombined",
        ):  # what a fix turned says nothing of the model that wrote the text
            likelihood[decided == PASSED, 1] = 0.0
            likelihood[decided == FAILED, 0] = 0.0
        total = counts.sum(0)
        silent = (total >= self._most) | (counts[2] >= _SILENT)
        return Facts(decided, likelihood, int(total.max(1, initial=0).sum()), silent if silent.any() else None)


def _decided(clause: str, exact: bool, candidate: CandidateEvidence, read: set[str]) -> int:
    """What code says: of an exact clause always something, for UNKNOWN never counts as PASS; of a judged one where nobody had to read it."""
    verdict = candidate.outcomes.get(clause, Verdict.UNKNOWN)
    if exact:
        return PASSED if verdict in (Verdict.PASS, Verdict.SKIP) else FAILED
    if verdict is Verdict.UNKNOWN or clause in read:
        return UNREAD
    return FAILED if verdict is Verdict.FAIL else PASSED
