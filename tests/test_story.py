"""Traces in words."""

from __future__ import annotations

import pytest

from lightwing.core.case import Case
from lightwing.core.decision import Abstain, Accept, Action, Escalate, Fix, Recombine, Repair, Reread, Resample
from lightwing.core.outcome import PASS, Status, Syndrome, fail
from lightwing.core.trace import Event, Trace
from lightwing.story import deeds


@pytest.mark.parametrize(
    ("action", "made", "words"),
    [
        (Accept(candidate="a1"), (), "delivered a1"),
        (Abstain(best="a2", reason="The budget is spent."), (), "gave up, with a2 as the best (The budget is spent.)"),
        (Abstain(best=None), (), "gave up, with nothing"),
        (Fix(candidate="a1", clauses=("c1",)), ("a2",), "fixed a1 without a call (c1) -> a2: fails c1"),
        (Resample(n=2), ("a1", "a2"), "asked weak -> a1: nothing fails; a2: fails c1"),
        (Resample(rung=1), (), "asked strong -> nothing came of it"),
        (Repair(candidate="a2", clauses=("c1",)), ("a1",), "had weak repair a2 (c1) -> a1: nothing fails"),
        (Escalate(rung=1), ("a1",), "asked strong instead -> a1: nothing fails"),
        (
            Escalate(rung=1, candidate="a2", clauses=("c1",)),
            ("a1",),
            "had strong repair a2 instead (c1) -> a1: nothing fails",
        ),
        (Reread(candidate="a1", clauses=("c1", "c2")), (), "had a judge read 2 clauses of a1"),
        (Recombine(segments={"rest": "a2", "title": "a1"}), ("a1",), "recombined a2, title of a1 -> a1: nothing fails"),
    ],
)
def test_every_action_is_told(action: Action, made: tuple[str, ...], words: str) -> None:
    trace = Trace(
        case=Case.ask("Hi"),
        spec="s",
        decoder="d",
        models=("weak", "strong"),
        status=Status.ABSTAINED,
        delivered=None,
        syndromes={"a1": Syndrome(outcomes={"c1": PASS}), "a2": Syndrome(outcomes={"c1": fail("No.")})},
        events=(Event(action=action, made=made, notes=("a note",)),),
    )
    assert list(deeds(trace)) == [f"1. {words}", "   a note"]
