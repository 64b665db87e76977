"""Texts one by one, as a run or a calibration meets them, and the arrays that measuring needs made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Escalate, Repair
from lightwing.core.errormodel import kind_of
from lightwing.core.outcome import Syndrome, Verdict
from lightwing.core.trace import Trace
from lightwing.lab.observed import BROKEN, KEPT, OPEN, SKIPPED, Observed
from lightwing.spec.bind import BoundSpec

__all__ = ["Labels", "Seen", "binding_clauses", "observed", "seen_of"]

Labels = Mapping[tuple[str, str], bool]
"""What people said: (text, clause) to whether the clause is met."""

_TRUTH = {Verdict.PASS: KEPT, Verdict.FAIL: BROKEN, Verdict.SKIP: SKIPPED, Verdict.UNKNOWN: OPEN}
_WHOLE = ("stop", "tool_calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One text. `model` None: it was made to break the clauses in `planted`. `outcomes`: what code says of it, judged clauses UNKNOWN. `readings`: (judge, clause,
    passed), as often as it was read. `parent` and `named`: the text that it repairs, and which clauses that repair named."""

    id: str
    case: str
    model: str | None
    outcomes: Mapping[str, Verdict]
    readings: tuple[tuple[str, str, bool], ...] = ()
    parent: str | None = None
    named: tuple[str, ...] = ()
    planted: tuple[str, ...] = ()


def binding_clauses(spec: Spec) -> tuple[Clause, ...]:
    """The clauses that can fail: all but permissions."""
    return tuple(c for c in spec.clauses if c.force != "may")


def observed(
    spec: Spec,
    texts: Iterable[Seen],
    *,
    models: Sequence[str],
    judges: Sequence[str],
    labels: Labels | None = None,
    prices: Mapping[str, float] | None = None,
    tokens: Mapping[str, float] | None = None,
    traces: int = 0,
) -> Observed:
    """The arrays of `lab.observed`. A label wins over all else on a judged clause; a text by a model that is not in `models` is left out."""
    labels = labels or {}
    clauses = binding_clauses(spec)
    rows = [t for t in texts if t.model is None or t.model in models]
    place = {t.id: i for i, t in enumerate(rows)}
    cases = {case: i for i, case in enumerate(dict.fromkeys(t.case for t in rows))}
    column = {c.id: i for i, c in enumerate(clauses)}
    shape = len(rows), len(clauses)
    truth, named = np.full(shape, OPEN), np.zeros(shape, bool)
    counts = np.zeros((2, *shape, len(judges)), int)
    for i, text in enumerate(rows):
        for clause in clauses:
            at = i, column[clause.id]
            truth[at] = _TRUTH[text.outcomes.get(clause.id, Verdict.UNKNOWN)]
            if clause.id in text.planted and truth[at] == OPEN:
                truth[at] = BROKEN
            if not clause.exact and (text.id, clause.id) in labels:
                truth[at] = KEPT if labels[text.id, clause.id] else BROKEN
        for judge, id, passed in text.readings:
            if judge in judges and id in column:
                counts[int(not passed), i, column[id], judges.index(judge)] += 1
        named[i, [column[c] for c in text.named if c in column]] = True
    given = {(t, c) for t, c in labels if t in place}
    return Observed(
        clauses=tuple(c.id for c in clauses),
        kinds=tuple(kind_of(c) for c in clauses),
        exact=np.array([c.exact for c in clauses], bool),
        models=tuple(models),
        judges=tuple(judges),
        case=np.array([cases[t.case] for t in rows], int),
        model=np.array([-1 if t.model is None else models.index(t.model) for t in rows], int),
        parent=np.array([place.get(t.parent, -1) if t.parent else -1 for t in rows], int),
        named=named,
        truth=truth,
        passes=counts[0],
        fails=counts[1],
        labelled=bool(given),
        spec=spec.id,
        traces=traces,
        prices=dict(prices or {}),
        tokens=dict(tokens or {}),
    )


def seen_of(trace: Trace, bound: BoundSpec) -> Iterator[Seen]:
    """The texts of a trace, called TRACE/CANDIDATE. Left out: what is no whole answer, fixes made by code, and rewrites of a text that is left out."""
    named = _named(trace)
    kept: set[str] = set()
    for candidate in trace.candidates:
        answer, origin = candidate.answer, candidate.origin
        whole = (
            answer.finish in _WHOLE and answer.broken_call is None and bool(answer.text.strip() or answer.tool_calls)
        )
        if not whole or origin.how not in ("proposed", "repaired"):
            continue
        if origin.how == "repaired" and (origin.parent not in kept or candidate.id not in named):
            continue
        kept.add(candidate.id)
        yield Seen(
            id=f"{trace.id}/{candidate.id}",
            case=trace.case.id or trace.case.strong_id,
            model=origin.model or None,
            outcomes={id: o.verdict for id, o in bound.read(trace.case, answer).outcomes.items()},
            readings=tuple(_readings(trace.syndromes.get(candidate.id, Syndrome()))),
            parent=f"{trace.id}/{origin.parent}" if origin.how == "repaired" else None,
            named=named.get(candidate.id, ()),
        )


def _named(trace: Trace) -> dict[str, tuple[str, ...]]:
    """Which clauses the repair named that made a candidate."""
    found: dict[str, tuple[str, ...]] = {}
    for event in trace.events:
        if isinstance(event.action, Repair) or (isinstance(event.action, Escalate) and event.action.candidate):
            found.update(dict.fromkeys(event.made, event.action.clauses))
    return found


def _readings(syndrome: Any) -> Iterator[tuple[str, str, bool]]:
    for reading in syndrome.readings:
        if reading.outcome.verdict is not Verdict.UNKNOWN:
            yield reading.judge, reading.clause, reading.outcome.verdict is not Verdict.FAIL
