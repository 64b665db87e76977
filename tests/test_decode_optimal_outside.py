"""`cost-optimal` from outside: evidence as it may be, not as it should be, and whether what is accepted is wrong as often as is said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.decision import (
    Abstain,
    Accept,
    Budget,
    CandidateEvidence,
    Escalate,
    Evidence,
    Loss,
    Recombine,
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
from lightwing.decode.optimal import CostOptimal
from lightwing.lab.world import JudgeTruth, RungTruth, World

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
EXACT = Clause(id="e", text="", check=CheckCall(name="keywords", args={"words": ["a"]}))
JUDGED = Clause(id="j", text="")
RUNGS = (Rung(model="m", price_per_call=1.0),)
JUDGE = JudgeErrors(false_pass=0.1, false_fail=0.05)


def errors(lapse: float = 0.2, judge: JudgeErrors = JUDGE, prices: Mapping[str, float] | None = None) -> ErrorModel:
    return ErrorModel(
        rungs={"m": {ANY: ClauseErrors(lapse=lapse, repair_factor=0.3, regression=0.05, stubborn=0.9)}},
        judges={"a": {ANY: judge}, "b": {ANY: judge}},
        prices={"a": 0.2, "b": 0.2} if prices is None else prices,
    )


KEPT: dict[tuple[object, ...], CompiledDecoder] = {}
"""Each takes a second or two to work out."""


def decider(*clauses: Clause, model: ErrorModel | None = None, target: Target | None = None) -> CompiledDecoder:
    spec, model, target = Spec(clauses=clauses), model or errors(), target or Target(error=0.05)
    key = (spec.id, model.id, target)
    if key not in KEPT:
        KEPT[key] = CostOptimal().compile(spec, model, target)
    return KEPT[key]


def said(*verdicts: Verdict, judge: str = "a", clause: str = "j") -> tuple[Reading, ...]:
    return tuple(Reading(clause=clause, judge=judge, outcome=Outcome(verdict=v), repeat=i) for i, v in enumerate(verdicts))  # fmt: skip


def one(readings: tuple[Reading, ...] = (), **outcomes: Verdict) -> CandidateEvidence:
    return CandidateEvidence(id="a1", model="m", outcomes=outcomes, readings=readings)


def evidence(*candidates: CandidateEvidence, judges: tuple[str, ...] = ("a",), **more: object) -> Evidence:
    return Evidence(candidates=candidates, rungs=RUNGS, judges=judges, left=Budget(calls=None), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0.05, 0.999])
@pytest.mark.parametrize("bad", [{"e": UNKNOWN}, {"e": FAIL}, {}], ids=["unknown", "fail", "missing"])
def test_an_exact_clause_that_is_not_known_to_hold_is_never_accepted(level: float, bad: dict[str, Verdict]) -> None:
    for target in (Target(error=level), Target(loss=Loss(wrong=1e-9, abstain=1e9))):
        action = decider(EXACT, JUDGED, target=target).decide(evidence(one(said(PASS, PASS, PASS), j=PASS, **bad)))
        assert not isinstance(action, Accept)


def test_a_judge_that_is_not_in_the_run_and_one_that_says_nothing_count_for_nothing() -> None:
    decide = decider(JUDGED).decide
    assert not isinstance(decide(evidence(one(said(PASS, PASS, PASS, judge="stranger"), j=PASS))), Accept)
    assert not isinstance(decide(evidence(one(said(UNKNOWN, UNKNOWN), j=UNKNOWN))), Accept)


def test_a_judge_that_changes_its_mind_is_weighed_whatever_it_said_last() -> None:
    decide = decider(JUDGED).decide
    first = decide(evidence(one(said(FAIL, PASS), j=PASS)))
    last = decide(evidence(one(said(PASS, FAIL), j=FAIL)))
    assert not isinstance(first, Accept)
    assert not isinstance(last, Accept)


def test_a_blind_judge_asked_for_ever_is_no_second_judge() -> None:
    blind = errors(judge=JudgeErrors(false_pass=0.1, false_fail=0.05, blind=0.5))
    action = decider(JUDGED, model=blind).decide(evidence(one(said(*[PASS] * 30), j=PASS)))
    assert not isinstance(action, Accept)


@pytest.mark.parametrize("judge", [(1.0, 0.0), (1.0, 1.0)])
def test_a_judge_that_knows_nothing_moves_nothing(judge: tuple[float, float]) -> None:
    """Passes all, or says the opposite of the truth: neither makes an unread text acceptable."""
    lying = errors(judge=JudgeErrors(false_pass=judge[0], false_fail=judge[1]))
    action = decider(JUDGED, model=lying).decide(evidence(one(said(PASS, PASS, PASS, PASS), j=PASS)))
    assert not isinstance(action, Accept)


def test_a_perfect_judge_that_contradicts_itself_gives_no_certainty() -> None:
    perfect = errors(judge=JudgeErrors(false_pass=0.0, false_fail=0.0))
    decide = decider(JUDGED, model=perfect).decide
    assert isinstance(decide(evidence(one(said(PASS), j=PASS))), Accept)
    assert not isinstance(decide(evidence(one(said(PASS, FAIL), j=FAIL))), Accept)


def test_a_model_that_always_lapses_is_not_believed_on_one_reading() -> None:
    assert not isinstance(decider(JUDGED, model=errors(lapse=1.0)).decide(evidence(one(said(PASS), j=PASS))), Accept)


def test_without_a_judge_the_prior_decides() -> None:
    assert not isinstance(decider(JUDGED).decide(evidence(one(j=UNKNOWN), judges=())), Accept)
    rare = decider(JUDGED, model=errors(lapse=0.01)).decide(evidence(one(j=UNKNOWN), judges=()))
    assert isinstance(rare, Accept)
    assert rare.wrong == pytest.approx(0.01, abs=1e-6)


def test_permissions_and_specs_of_nothing_are_met_by_any_whole_answer() -> None:
    may = Clause(id="p", text="", force="may")
    for clauses in ((), (may,)):
        decide = decider(*clauses).decide
        assert isinstance(decide(evidence(one(p=FAIL))), Accept)
        assert not isinstance(decide(evidence(replace(one(p=FAIL), complete=False))), Accept)


def test_clauses_said_twice_and_heavy_ones_are_no_surer() -> None:
    twice = Clause(id="j", text="")
    read = evidence(one(said(PASS), j=PASS))
    target = Target(error=0.2)
    single, double = decider(JUDGED, target=target), decider(JUDGED, twice, target=target)
    heavy = decider(replace(JUDGED, weight=1e300), target=target)
    known = single.decide(read)
    assert isinstance(known, Accept)
    assert heavy.decide(read) == known
    again = double.decide(read)
    assert not isinstance(again, Accept) or (again.wrong or 0) >= (known.wrong or 0)


@pytest.mark.parametrize("calls", [0, 1])
def test_a_budget_of_next_to_nothing_lowers_no_bar(calls: int) -> None:
    decide = decider(JUDGED).decide
    left = Budget(calls=calls)
    for candidate in (one(j=UNKNOWN), one(said(FAIL), j=FAIL), one(said(PASS, FAIL), j=FAIL)):
        action = decide(replace(evidence(candidate), left=left))
        assert not isinstance(action, Accept)
        assert calls or isinstance(action, Abstain)


def test_where_all_rungs_are_dead_only_readings_are_left() -> None:
    decide = decider(JUDGED).decide
    assert isinstance(decide(evidence(dead_rungs=(0,))), Abstain)
    action = decide(evidence(one(j=UNKNOWN), dead_rungs=(0,)))
    assert isinstance(action, Reread | Abstain)


@pytest.mark.parametrize("price", [None, 0.0])
def test_unknown_and_free_calls_come_to_an_end(price: float | None) -> None:
    model = errors(prices={} if price is None else {"m": price, "a": price, "b": price})
    decide = decider(JUDGED, model=model).decide
    free = replace(evidence(judges=("a", "b")), rungs=(Rung(model="m", price_per_call=price),))
    assert isinstance(decide(free), Resample | Abstain)
    read = replace(free, candidates=(one((*said(FAIL, judge="a"), *said(FAIL, judge="b")), j=FAIL),))
    assert not isinstance(decide(read), Accept)


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.5, math.inf])
def test_rates_that_are_none_are_refused(bad: float) -> None:
    for model in (errors(lapse=bad), errors(judge=JudgeErrors(false_pass=bad, false_fail=0.0))):
        made = CostOptimal().compile(Spec(clauses=(JUDGED,)), model, Target(error=0.05))
        with pytest.raises(ConfigError):
            made.decide(evidence(one(said(PASS), j=PASS)))
    with pytest.raises(ConfigError):
        decider(JUDGED, target=Target(error=bad)).decide(evidence())


@pytest.mark.parametrize("bad", [math.nan, -1.0, math.inf])
def test_prices_that_are_none_are_refused(bad: float) -> None:
    made = CostOptimal().compile(Spec(clauses=(JUDGED,)), errors(prices={"m": bad, "a": 0.2}), Target(error=0.05))
    with pytest.raises(ConfigError):
        made.decide(evidence(one(said(PASS), j=PASS)))


def test_what_is_joined_of_two_texts_does_not_inherit_what_was_read_of_one() -> None:
    """The base was read and is surely fine; the part put into it comes from a text that nobody read."""
    base = replace(one(said(PASS, PASS, PASS), j=PASS, e=FAIL), segments={"e": {"title": FAIL}})
    other = CandidateEvidence(id="a2", model="m", outcomes={"e": PASS, "j": UNKNOWN}, segments={"e": {"title": PASS}})
    joined = CandidateEvidence(id="a3", how="recombined", parent="a1", model="m", outcomes={"e": PASS, "j": UNKNOWN})
    action = decider(EXACT, JUDGED, target=Target(error=0.1)).decide(evidence(base, other, joined))
    assert action != Accept(candidate="a3", wrong=getattr(action, "wrong", None))


class _Case:
    """One case of a World played through `decide`: the run loop without texts."""

    def __init__(self, worlds, at: int, clauses: tuple[Clause, ...], judges: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
        self.worlds, self.at, self.clauses, self.judges = worlds, np.array([at]), clauses, judges
        self.texts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.candidates: list[CandidateEvidence] = []
        self.repaired: list[tuple[str, tuple[str, ...], int]] = []

    def evidence(self) -> Evidence:
        return Evidence(candidates=tuple(self.candidates), repaired=tuple(self.repaired), rungs=RUNGS, judges=self.judges, left=Budget(calls=None))  # fmt: skip

    def add(self, text, **more: object) -> None:  # type: ignore[no-untyped-def]
        id = f"a{len(self.candidates) + 1}"
        self.texts[id] = text
        outcomes = {c.id: (FAIL if broken else PASS) if c.exact else UNKNOWN for c, broken in zip(self.clauses, text[0][0], strict=True)}  # fmt: skip
        self.candidates.append(CandidateEvidence(id=id, model="m", outcomes=outcomes, **more))  # type: ignore[arg-type]

    def play(self, decide) -> Accept | Abstain:  # type: ignore[no-untyped-def]
        for _ in range(200):
            action = decide(self.evidence())
            match action:
                case Accept() | Abstain():
                    return action
                case Resample() | Escalate(candidate=None):
                    self.add(self.worlds.fresh(self.at))
                case Repair(candidate=id, clauses=named) | Escalate(candidate=str(id), clauses=named):
                    mask = np.array([[c.id in named for c in self.clauses]])
                    self.repaired.append((id, named, 0))
                    self.add(self.worlds.repaired(self.at, self.texts[id], mask), how="repaired", parent=id)
                case Reread(candidate=id, clauses=asked, judge=judge):
                    self.read(id, asked, judge)
                case Recombine():
                    raise AssertionError("there are no segments")
        raise AssertionError("no end")

    def read(self, id: str, asked: tuple[str, ...], judge: int) -> None:
        passes = self.worlds.read(self.at, self.texts[id], judge)[0]
        judged = [c.id for c in self.clauses if not c.exact]
        verdict = {c: PASS if ok else FAIL for c, ok in zip(judged, passes, strict=True) if c in asked}
        i = next(i for i, c in enumerate(self.candidates) if c.id == id)
        old = self.candidates[i]
        new = tuple(Reading(clause=c, judge=self.judges[judge], outcome=Outcome(verdict=v)) for c, v in verdict.items())
        self.candidates[i] = replace(old, outcomes={**old.outcomes, **verdict}, readings=(*old.readings, *new))


@pytest.mark.parametrize(("blind", "judges", "concentration"), [(0.05, ("a", "b"), None), (0.0, ("a",), 1.0)])
def test_what_is_accepted_is_wrong_as_often_as_is_said(
    blind: float, judges: tuple[str, ...], concentration: float | None
) -> None:
    """The channel's own rates, played case by case: wrong deliveries against the sum of what was said of each. Their variance is the sum of p(1-p); four standard
    deviations above (false alarm below 1 in 10,000). A reading taken for independent where the judge is blind, or a repair for a fresh answer, lies far above."""
    clauses = (EXACT, Clause(id="j1", text=""), Clause(id="j2", text=""))
    world = World(
        clauses=3, exact=1,
        rungs=(RungTruth(lapse=0.2, concentration=concentration),),
        judges=tuple(JudgeTruth(blind=blind) for _ in judges),
    )  # fmt: skip
    law = ClauseErrors(lapse=0.2, repair_factor=0.3, regression=0.05, stubborn=0.9, concentration=concentration)
    model = ErrorModel(
        rungs={"m": {ANY: law}},
        judges={j: {ANY: JudgeErrors(false_pass=0.1, false_fail=0.05, blind=blind)} for j in judges},
        shared={"a|b": 0.0},
        prices=dict.fromkeys(judges, 0.2),
    )
    decide = decider(*clauses, model=model, target=Target(error=0.05)).decide
    cases = 400
    worlds = world.open(cases, seed=7)
    stated, wrong = [], 0
    for at in range(cases):
        case = _Case(worlds, at, clauses, judges)
        action = case.play(decide)
        if isinstance(action, Accept):
            assert action.wrong is not None
            assert action.wrong <= 0.05
            stated.append(action.wrong)
            wrong += bool(case.texts[action.candidate][0].any())
    p = np.array(stated)
    assert len(p) > 0.8 * cases
    assert wrong <= p.sum() + 4 * math.sqrt((p * (1 - p)).sum())
    assert wrong >= p.sum() - 4 * math.sqrt((p * (1 - p)).sum())
