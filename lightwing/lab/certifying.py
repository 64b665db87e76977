"""From deliveries and labels to a certificate: what needs a person's word, the sheet that asks for it, and the walk over the levels.

A delivery is right where every clause of it holds. What code decides needs nobody's word; where a clause is left to judges a person says whether the answer
is right. One answer that several levels deliver is labelled once. A level is tested only when each of its deliveries has a label, so that nobody can stop
labelling where the figures look well; and a level that failed is not tried again with a few labels more, for that would be a second throw of the dice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lightwing.core.case import Case
from lightwing.core.clause import Clause
from lightwing.core.errors import CaseError
from lightwing.core.files import write_whole
from lightwing.core.ids import strong_id
from lightwing.core.outcome import Status, Verdict
from lightwing.core.risk import Binding, Certificate
from lightwing.core.trace import Trace
from lightwing.lab.risk import Labelled, certify, least_labels, most_wrong
from lightwing.lab.sheet import binding_clauses
from lightwing.spec.bind import BoundSpec

__all__ = [
    "Delivery",
    "LevelTest",
    "Walk",
    "delivery_of",
    "is_of",
    "levels_to_try",
    "read_labels",
    "sheet_rows",
    "walk",
    "write_sheet",
]

State = Literal["passes", "fails", "not labelled", "too few", "not reached"]

_DELIVERED = (Status.VERIFIED, Status.CHECKED)
_ID_LENGTH = 16
_EXAMPLE = 'Write {"delivery": "…", "right": true}, false or null.'


def levels_to_try(target: float) -> tuple[float, ...]:
    """Half the target, the target itself, twice the target: from strict to lenient, fixed before a label is seen.

    >>> levels_to_try(0.05)
    (0.025, 0.05, 0.1)
    """
    return tuple(min(target * factor, 0.9) for factor in (0.5, 1.0, 2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An answer that was delivered. `id` names request and answer; `right` is what code knows of it, None where `ask` (clauses) are for a person."""

    id: str
    case: Case
    answer: Mapping[str, Any]
    right: bool | None
    ask: tuple[Clause, ...] = ()


def delivery_of(trace: Trace, bound: BoundSpec) -> Delivery | None:
    """What a trace delivered; None where it delivered nothing."""
    if trace.status not in _DELIVERED or trace.delivered is None:
        return None
    answer = trace.candidate(trace.delivered).answer
    outcomes = bound.read(trace.case, answer).outcomes
    verdicts = {c.id: outcomes[c.id].verdict for c in binding_clauses(bound.spec)}
    ask = tuple(c for c in binding_clauses(bound.spec) if verdicts[c.id] is Verdict.UNKNOWN)
    broken = Verdict.FAIL in verdicts.values()
    shown: dict[str, Any] = {"answer": answer.text}
    if answer.tool_calls:
        shown["tool_calls"] = [[c.name, c.arguments] for c in answer.tool_calls]
    return Delivery(
        id=strong_id([trace.case.strong_id, shown])[:_ID_LENGTH],
        case=trace.case,
        answer=shown,
        right=False if broken else None if ask else True,
        ask=() if broken else ask,
    )


def is_of(trace: Trace, *, spec: str, bound: Binding, level: float) -> bool:
    """Whether a stored trace was made by what is to be certified, at this level."""
    risk = trace.risk
    return trace.spec == spec and risk is not None and risk.bound == bound and risk.level == level and not trace.error


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTest:
    """One level: `delivered` deliveries, of which `open` lack a label; `wrong` of the others are; at most `allowed` may be."""

    level: float
    state: State
    delivered: int
    open: int
    wrong: int
    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All levels, from strict to lenient, and the certificate that they carry."""

    needed: int
    levels: tuple[LevelTest, ...] = ()
    certificate: Certificate | None = None
    open: tuple[Delivery, ...] = field(default=(), repr=False)

    def ended_by(self, state: State) -> LevelTest | None:
        """The level that ended the walk in this way."""
        return next((each for each in self.levels if each.state == state), None)


def walk(
    deliveries: Mapping[float, Sequence[Delivery]],
    labels: Mapping[str, bool],
    *,
    target: float,
    confidence: float,
    bound: Binding,
) -> Walk:
    """Tests the levels in order. `labels`: delivery to whether it is right; what code knows wins over a label. `open` holds what is still to be labelled, once each.

    Raises:
        ConfigError: the target or the confidence is none.
    """
    needed = least_labels(target, confidence)
    tests: list[LevelTest] = []
    labelled: list[Labelled] = []
    unlabelled: dict[str, Delivery] = {}
    ended = False
    for level in sorted(deliveries):
        found = deliveries[level]
        right = [d.right if d.right is not None else labels.get(d.id) for d in found]
        missing, wrong = right.count(None), right.count(False)
        allowed = most_wrong(len(found), target, confidence)
        state: State
        if len(found) < needed:
            state = "too few"
        elif ended:
            state = "not reached"
        elif missing:
            state, ended = "not labelled", True
        elif wrong > allowed:
            state, ended = "fails", True
        else:
            state = "passes"
        if state in ("passes", "fails"):
            labelled.append(Labelled(level=level, delivered=len(found), wrong=wrong))
        if state in ("not labelled", "not reached") and not any(t.state == "fails" for t in tests):
            unlabelled |= {d.id: d for d, r in zip(found, right, strict=True) if r is None}
        tests.append(
            LevelTest(level=level, state=state, delivered=len(found), open=missing, wrong=wrong, allowed=allowed)
        )
    made = certify(labelled, target=target, confidence=confidence, bound=bound) if labelled else None
    return Walk(needed=needed, levels=tuple(tests), certificate=made, open=tuple(unlabelled.values()))


def sheet_rows(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """What a person is asked: request, answer, and the rules that code cannot decide. `right` is to be filled in."""
    return [
        {
            "delivery": d.id,
            "right": None,
            "request": _request(d.case),
            **d.answer,
            "rules": [_rule(clause) for clause in d.ask],
        }
        for d in deliveries
    ]


def _request(case: Case) -> Any:
    if len(case.messages) == 1:
        return case.messages[0].content
    return [{"role": m.role, "content": m.content} for m in case.messages]


def _rule(clause: Clause) -> str:
    conditions = [] if clause.trigger is None else [f"when: {clause.trigger.when}"]
    conditions += [f"not: {each.when}" for each in clause.exceptions]
    return f"{clause.text} ({'; '.join(conditions)})" if conditions else clause.text


def write_sheet(path: Path, deliveries: Iterable[Delivery]) -> int:
    """Adds what the sheet lacks; lines that stand in it stay as they are, labels and all. Gives the number of lines added.

    Raises:
        CaseError: what stands there is no sheet, or it cannot be written.
    """
    before = ""
    if path.exists():
        read_labels(path)
        before = path.read_text(encoding="utf-8-sig")
    known = {json.loads(line)["delivery"] for line in before.split("\n") if line.strip()}
    rows = [row for row in sheet_rows(deliveries) if row["delivery"] not in known]
    if rows:
        head = before if not before or before.endswith("\n") else before + "\n"
        # ASCII, so that no character of an answer ends a line.
        text = "".join(json.dumps(row) + "\n" for row in rows)
        write_whole(path, head + text, what="sheet", error=CaseError)
    return len(rows)


def read_labels(path: Path) -> dict[str, bool]:
    """Labels by delivery; lines whose `right` is null are passed over.

    Raises:
        CaseError: the file cannot be read, or a line is no label, or contradicts an earlier one; the line is named.
    """
    found: dict[str, bool] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CaseError(f"The labels cannot be read: {why}.", where=str(path), hint="Check the path.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict) or not isinstance(row.get("delivery"), str):
            raise CaseError("This line is no label.", where=where, hint=_EXAMPLE)
        right = row.get("right")
        if right is None:
            continue
        if not isinstance(right, bool):
            raise CaseError(f'"right" is {right!r}; true, false or null is needed.', where=where, hint=_EXAMPLE)
        if found.setdefault(row["delivery"], right) is not right:
            raise CaseError(
                "An earlier line says the opposite of this delivery.", where=where, hint="Keep one of them."
            )
    return found
