"""What a decoder may ask for: an action that names something which is not there is refused, in words, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from lightwing.core.decision import (
    REST,
    Abstain,
    Accept,
    Action,
    CandidateEvidence,
    Escalate,
    Evidence,
    Fix,
    Recombine,
    Repair,
    Reread,
    Resample,
)
from lightwing.core.errors import ConfigError

__all__ = ["refuse_impossible"]


def refuse_impossible(action: Action, evidence: Evidence, *, decoder: str) -> None:
    """Raises ConfigError where the action names a candidate, clause, segment, rung or judge that the evidence does not hold.

    >>> refuse_impossible(Accept(candidate="a9"), Evidence(), decoder="mine")
    Traceback (most recent call last):
    lightwing.core.errors.ConfigError: mine: The decoder named the candidate 'a9', and there is none. Its `decide` may ask only for what the evidence holds.
    """
    wrong = _impossible(action, evidence)
    if wrong:
        raise ConfigError(
            f"The decoder {wrong}.", where=decoder, hint="Its `decide` may ask only for what the evidence holds."
        )


def _impossible(action: Action, evidence: Evidence) -> str:
    match action:
        case Accept(candidate=id):
            return _candidate(id, evidence)
        case Abstain(best=best):
            return "" if best is None else _candidate(best, evidence)
        case Fix(candidate=id):
            fixable = any(c.id == id and c.fixable for c in evidence.candidates)
            return "" if fixable else f"asked for a fix of {id!r}, which has none"
        case Resample(n=n, rung=rung):
            return f"asked for {n} answers" if n < 1 else _rung(rung, evidence)
        case Repair(candidate=id, clauses=clauses, rung=rung):
            return _rung(rung, evidence) or _clauses(id, clauses, evidence)
        case Escalate(rung=rung, candidate=draft, clauses=clauses):
            return _rung(rung, evidence) or ("" if draft is None else _clauses(draft, clauses, evidence))
        case Reread(candidate=id, clauses=clauses, judge=judge):
            if not 0 <= judge < len(evidence.judges):
                return f"named judge {judge} of {len(evidence.judges)}"
            return _clauses(id, clauses, evidence)
        case Recombine(segments=segments):
            return _segments(segments, evidence)
    return f"gave {action!r}, which is none of {', '.join(a.__name__ for a in get_args(Action))}"


def _candidate(id: str, evidence: Evidence) -> str:
    return "" if any(c.id == id for c in evidence.candidates) else f"named the candidate {id!r}, and there is none"


def _clauses(id: str, clauses: tuple[str, ...], evidence: Evidence) -> str:
    for candidate in evidence.candidates:
        if candidate.id == id:
            strange = [c for c in clauses if c not in candidate.outcomes]
            return f"named the clause {strange[0]!r}, and there is none" if strange else ""
    return f"named the candidate {id!r}, and there is none"


def _segments(segments: Mapping[str, str], evidence: Evidence) -> str:
    if REST not in segments or len(segments) < 2:
        return f"named no segment beside {REST!r}" if REST in segments else f"named no candidate for {REST!r}"
    if strange := next(filter(None, (_candidate(id, evidence) for id in segments.values())), ""):
        return strange
    for name in set(segments) - {REST}:
        for id in (segments[REST], segments[name]):
            if not any(c.id == id and _has(c, name) for c in evidence.candidates):
                return f"named the segment {name!r} of {id!r}, and there is none"
    return ""


def _has(candidate: CandidateEvidence, segment: str) -> bool:
    return any(segment in read for read in candidate.segments.values())


def _rung(rung: int, evidence: Evidence) -> str:
    return "" if 0 <= rung < len(evidence.rungs) else f"named rung {rung} of {len(evidence.rungs)} (counted from 0)"
