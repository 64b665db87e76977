"""The bench of one decision: what it times, and on what evidence."""

from __future__ import annotations

from lightwing.bench.decision import evidence_of, run
from lightwing.core.decision import Reread, Target
from lightwing.decode import decoder


def test_it_times_decisions_with_and_without_persistence_and_holds_one_judge_against_the_goal() -> None:
    result = run(clauses=2, candidates=3, decisions=3)
    assert [row["a decision"] for row in result.cells] == [
        "1 judge",
        "1 judge, persistent",
        "2 judges",
        "2 judges, persistent",
    ]
    assert all(row["median ms"] > 0 for row in result.cells)
    assert [goal.name for goal in result.goals] == ["1 judge: median ms", "1 judge, persistent: median ms"]
    assert all(goal.value == row["median ms"] for goal, row in zip(result.goals, result.cells, strict=False))


def test_the_evidence_is_a_case_in_the_middle_of_its_way() -> None:
    spec, errors, evidence = evidence_of(20, 16, 1, False, 0)
    assert [c.parent for c in evidence.candidates[:4]] == [None, "a0", "a1", None]
    assert all(len(c.readings) == 40 for c in evidence.candidates)
    assert len(evidence.repaired) == 10
    action = decoder("cost-optimal").compile(spec, errors, Target(error=0.1)).decide(evidence)
    assert isinstance(action, Reread)
