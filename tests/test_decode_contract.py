"""Every registered decoder through the same evidence: it never accepts what is not clean, never spends an empty budget, and is pure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.decision import (
    Abstain,
    Accept,
    Action,
    Budget,
    CandidateEvidence,
    Escalate,
    Evidence,
    Fix,
    Repair,
    Reread,
    Resample,
    Rung,
    Target,
)
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Outcome, Reading, Verdict
from lightwing.core.protocols import CompiledDecoder
from lightwing.decode import decoder, decoders

SPEC = Spec(
    clauses=(
        Clause(id="e1", text="", check=CheckCall(name="keywords", args={"words": ["a"]})),
        Clause(id="e2", text="", check=CheckCall(name="keywords", args={"words": ["b"]}), weight=3.0),
        Clause(id="j1", text=""),
        Clause(id="m1", text="", force="may"),
    )
)
NAMES = [*decoders(), "best-of-7"]
RUNGS = (Rung(model="weak"), Rung(model="strong"))
FINE = {"e1": Verdict.PASS, "e2": Verdict.SKIP, "j1": Verdict.UNKNOWN, "m1": Verdict.FAIL}


ERRORS = ErrorModel(
    rungs={
        r.model: {ANY: ClauseErrors(lapse=0.1, repair_factor=0.5), "kind:judged": ClauseErrors(lapse=0.01)}
        for r in RUNGS
    },
    judges={"j": {ANY: JudgeErrors(false_pass=0.1, false_fail=0.05)}},
)
"""For the decoder that reckons; the others look at none."""
KEPT: dict[tuple[str, str], CompiledDecoder] = {}


def compiled(name: str, spec: Spec = SPEC) -> CompiledDecoder:
    if (name, spec.id) not in KEPT:
        target = Target(error=0.05 if name == "cost-optimal" else None)
        KEPT[name, spec.id] = decoder(name).compile(spec, ERRORS, target)
    return KEPT[name, spec.id]


def plain(action: Action) -> Action:
    """The action without what a decoder reckoned of P(wrong) and said in words about it."""
    match action:
        case Accept():
            return replace(action, wrong=None)
        case Abstain():
            return replace(action, wrong=None, reason=action.reason.split(".")[0] + ".")
    return action


def candidate(id: str = "a1", **rest: object) -> CandidateEvidence:
    return replace(CandidateEvidence(id=id, outcomes=FINE), **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_empty_evidence_asks_the_first_rung(name: str) -> None:
    action = compiled(name).decide(Evidence(rungs=RUNGS))
    assert isinstance(action, Resample)
    assert action.rung == 0


@pytest.mark.parametrize("name", NAMES)
def test_budget_zero_gives_up_with_the_best(name: str) -> None:
    poor = candidate("a1", outcomes={**FINE, "e1": Verdict.FAIL, "e2": Verdict.FAIL})
    better = candidate("a2", outcomes={**FINE, "e1": Verdict.FAIL})
    evidence = Evidence(candidates=(poor, better, replace(poor, id="a3")), rungs=RUNGS, left=Budget(calls=0))
    assert plain(compiled(name).decide(evidence)) == Abstain(best="a2", reason="The budget is spent.")
    assert compiled(name).decide(Evidence(rungs=RUNGS, left=Budget(calls=0))) == Abstain(
        best=None, reason="The budget is spent."
    )


@pytest.mark.parametrize("name", NAMES)
def test_accepts_a_clean_candidate_and_permissions_cannot_fail(name: str) -> None:
    assert plain(compiled(name).decide(Evidence(candidates=(candidate(),), rungs=RUNGS))) == Accept(candidate="a1")


@pytest.mark.parametrize("name", NAMES)
def test_unknown_of_an_exact_clause_is_no_pass(name: str) -> None:
    evidence = Evidence(candidates=(candidate(outcomes={**FINE, "e1": Verdict.UNKNOWN}),), rungs=RUNGS)
    assert not isinstance(compiled(name).decide(evidence), Accept)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "cost-optimal"])
def test_a_judge_reads_before_acceptance_and_is_not_asked_for_ever(name: str) -> None:
    once = Reading(clause="j1", judge="j", outcome=Outcome(verdict=Verdict.UNKNOWN))
    unread = Evidence(candidates=(candidate(),), rungs=RUNGS, judges=("j",))
    assert compiled(name).decide(unread) == Reread(candidate="a1", clauses=("j1",))
    twice = replace(unread, candidates=(candidate(readings=(once, once)),))
    assert compiled(name).decide(twice) == Accept(candidate="a1")


@pytest.mark.parametrize("name", NAMES)
def test_fixes_before_it_pays(name: str) -> None:
    bad = {**FINE, "e1": Verdict.FAIL}
    mendable = candidate(outcomes=bad, fixable=("e1",), fixed=FINE)
    assert compiled(name).decide(Evidence(candidates=(mendable,), rungs=RUNGS)) == Fix(candidate="a1", clauses=("e1",))
    no_gain = candidate(outcomes=bad, fixable=("e1",), fixed={**FINE, "e2": Verdict.FAIL})
    assert not isinstance(compiled(name).decide(Evidence(candidates=(no_gain,), rungs=RUNGS)), Fix)


@pytest.mark.parametrize("name", NAMES)
def test_no_rung_left_gives_up(name: str) -> None:
    action = compiled(name).decide(Evidence(rungs=RUNGS, dead_rungs=(0, 1)))
    assert isinstance(action, Abstain)
    assert action.best is None


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_without_checks_is_delivered(name: str) -> None:
    action = compiled(name, Spec(clauses=())).decide(Evidence(candidates=(CandidateEvidence(id="a1"),), rungs=RUNGS))
    assert plain(action) == Accept(candidate="a1")


def test_repair_names_only_what_is_wrong_in_the_best() -> None:
    bad = candidate(outcomes={**FINE, "e2": Verdict.FAIL})
    assert compiled("repair-best").decide(Evidence(candidates=(bad,), rungs=RUNGS)) == Repair(
        candidate="a1", clauses=("e2",)
    )


def test_repair_escalates_a_stuck_clause_and_a_cascade_goes_up_after_one_answer() -> None:
    bad = {**FINE, "e2": Verdict.FAIL}
    drafts = (
        candidate("a1", outcomes=bad),
        *(candidate(f"a{i}", outcomes=bad, how="repaired", parent="a1") for i in (2, 3)),
    )
    repaired = (("a1", ("e2",), 0), ("a1", ("e2",), 0))
    evidence = Evidence(candidates=drafts, repaired=repaired, rungs=RUNGS)
    assert compiled("repair-best").decide(evidence) == Escalate(rung=1, candidate="a1", clauses=("e2",))
    assert compiled("cascade").decide(Evidence(candidates=drafts[:1], rungs=RUNGS)) == Escalate(rung=1)


def test_unknown_names_are_refused_with_a_near_match() -> None:
    with pytest.raises(ConfigError, match="repair-best"):
        decoder("repair-bets")


verdicts = st.sampled_from(list(Verdict))


@st.composite
def any_evidence(draw: st.DrawFn) -> Evidence:
    made = []
    for i in range(draw(st.integers(0, 5))):
        outcomes = {c.id: draw(verdicts) for c in SPEC.clauses}
        made.append(
            CandidateEvidence(
                id=f"a{i + 1}",
                how=draw(st.sampled_from(["proposed", "repaired", "fixed"])),
                parent=draw(st.none() | st.just(f"a{max(i, 1)}")),
                rung=draw(st.integers(0, 1)),
                outcomes=outcomes,
                same_as=draw(st.none() | st.just("a1")),
                complete=draw(st.booleans()),
            )
        )
    return Evidence(
        candidates=tuple(made),
        rungs=RUNGS,
        judges=draw(st.sampled_from([(), ("j",)])),
        left=Budget(calls=draw(st.integers(0, 9))),
        dead_rungs=draw(st.sampled_from([(), (0,), (0, 1)])),
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(evidence=any_evidence())
def test_any_evidence(name: str, evidence: Evidence) -> None:
    maker = compiled(name)
    action = maker.decide(evidence)
    assert action == maker.decide(evidence)
    known = {c.id: c for c in evidence.candidates}
    if isinstance(action, Accept):
        accepted = known[action.candidate]
        assert accepted.complete
        assert Verdict.FAIL not in [accepted.outcomes[c] for c in ("e1", "e2", "j1")]
        assert Verdict.UNKNOWN not in [accepted.outcomes[c] for c in ("e1", "e2")]
    if evidence.left.calls == 0:
        assert isinstance(action, Accept | Abstain | Fix)
    if isinstance(action, Resample | Repair | Escalate):
        assert action.rung not in evidence.dead_rungs
