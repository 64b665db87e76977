"""cost-optimal on evidence of one case, and end to end: a model that errs and a judge that lies, through the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Price, Sampling
from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Abstain, Accept, Budget, CandidateEvidence, Evidence, Repair, Reread, Rung, Target
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.forms import parse_repair
from lightwing.core.outcome import PASS, Outcome, Reading, Readings, Status, Verdict, fail
from lightwing.decode import decoder
from lightwing.run import Runner
from lightwing.spec import bind

CLAUSES = tuple(Clause(id=f"c{i}", text=f"Keep promise {i}.") for i in range(3))
LAPSE = ClauseErrors(lapse=0.2, repair_factor=0.3, regression=0.05, stubborn=0.9)
LIES = JudgeErrors(false_pass=0.1, false_fail=0.05)
ERRORS = ErrorModel(rungs={"m": {ANY: LAPSE}}, judges={"j": {ANY: LIES}}, prices={"m": 1.0, "j": 0.2})
AT_FIVE = decoder("cost-optimal").compile(Spec(clauses=CLAUSES), ERRORS, Target(error=0.05))


def read(*passes: str) -> CandidateEvidence:
    """A candidate and its readings, each a row of + and - by clause, ? where the judge could not be understood."""
    said = {"+": Verdict.PASS, "-": Verdict.FAIL, "?": Verdict.UNKNOWN}
    readings = tuple(
        Reading(clause=f"c{i}", judge="j", outcome=Outcome(verdict=said[sign]))
        for row in passes
        for i, sign in enumerate(row)
    )
    last = {r.clause: r.outcome.verdict for r in readings}
    return CandidateEvidence(
        id="a1", outcomes={c.id: last.get(c.id, Verdict.UNKNOWN) for c in CLAUSES}, readings=readings
    )


def decide(*candidates: CandidateEvidence, calls: int = 30) -> object:
    evidence = Evidence(candidates=candidates, rungs=(Rung(model="m"),), judges=("j",), left=Budget(calls=calls))
    return AT_FIVE.decide(evidence)


def test_it_reads_until_it_is_sure_enough_and_says_how_sure() -> None:
    assert isinstance(decide(read()), Reread)
    assert isinstance(decide(read("+++")), Reread)
    action = decide(read("+++", "+++"))
    assert isinstance(action, Accept)
    odds = 0.25 * (0.1 / 0.95) ** 2
    assert action.wrong is not None
    assert abs(action.wrong - (1 - (1 / (1 + odds)) ** 3)) < 1e-6


def test_a_failed_reading_is_weighed_against_the_others_not_counted_last() -> None:
    assert isinstance(decide(read("+++", "+++", "+++", "-++")), Accept | Reread)
    action = decide(read("-++", "-++"))
    assert isinstance(action, Repair)
    assert "c0" in action.clauses


def test_a_judge_that_cannot_be_understood_is_not_asked_for_ever() -> None:
    assert not isinstance(decide(read("???", "???")), Reread | Accept)


def test_a_spent_budget_ends_it_with_the_chance_stated() -> None:
    action = decide(read("+++"), calls=0)
    assert isinstance(action, Abstain)
    assert action.best == "a1"
    assert action.wrong is not None
    assert action.wrong > 0.05


def test_twins_and_the_order_of_candidates_do_not_matter() -> None:
    one, two = read("+-+", "+-+"), replace(read("+++"), id="a2")
    assert decide(one, two) == decide(two, one)


def test_what_is_kept_of_a_candidate_is_not_taken_for_another_with_its_name() -> None:
    """The same decision whether a candidate was met before or is an equal one that was not; another one where more was read of it."""
    passed, doubted = read("+++", "+++"), read("-++", "-++")
    for _ in range(2):
        assert isinstance(decide(passed), Accept)
        assert isinstance(decide(doubted), Repair)
    assert decide(replace(passed)) == decide(passed)
    assert decide(replace(doubted)) == decide(doubted)


@dataclass
class Promiser:
    """Writes one word for each clause, kept or broken, as the error model says."""

    rng: np.random.Generator
    name: str = "m"
    price: Price | None = None

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        repair = parse_repair(case)
        draft = None if repair is None else repair.draft.split()[: len(CLAUSES)]
        named = set() if repair is None else {rule.rule for rule in repair.named}
        words = []
        for i, clause in enumerate(CLAUSES):
            if draft is None:
                chance = LAPSE.lapse
            elif clause.text in named:
                chance = LAPSE.lapse * LAPSE.repair_factor
            else:
                chance = LAPSE.stubborn if draft[i] == "broken" else LAPSE.regression
            words.append("broken" if self.rng.random() < chance else "kept")
        text = " ".join([*words, str(self.rng.integers(10**9))])
        return [Candidate(answer=Answer(text=text), origin=Origin(model=self.name), cost=Cost(calls=1))]

    def stream(self, case: Case, *, n: int, sampling: Sampling) -> Delta:
        raise AssertionError("nobody asked for pieces")


@dataclass
class Liar:
    """Reads the words, and lies as the error model says, or `worse` times as often."""

    rng: np.random.Generator
    worse: float = 1.0
    name: str = "j"
    price: Price | None = None
    asked: list[int] = field(default_factory=list)

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        self.asked.append(len(clauses))
        words = answer.text.split()
        said = []
        for clause in clauses:
            broken = words[int(clause.id[1:])] == "broken"
            passes = self.rng.random() < (self.worse * LIES.false_pass if broken else 1 - LIES.false_fail)
            said.append(Reading(clause=clause.id, judge="j", outcome=PASS if passes else fail("It is not kept.")))
        return Readings(judge="j", readings=tuple(said), cost=Cost(calls=1))


def delivered(worse: float, cases: int) -> tuple[int, int, float]:
    """(delivered, wrong of these, the sum of P(wrong) that was stated)."""
    rng = np.random.default_rng(3)
    runner = Runner(
        bound=bind(Spec(clauses=CLAUSES)),
        models=[Promiser(rng)],
        judges=[Liar(rng, worse)],
        decoder=decoder("cost-optimal"),
        errors=ERRORS,
        target=Target(error=0.05),
        budget=Budget(calls=60),
    )
    count, wrong, stated = 0, 0, 0.0
    for i in range(cases):
        trace = asyncio.run(runner.run(Case.ask("Promise.", id=str(i))))
        if trace.status is Status.VERIFIED:
            assert trace.risk is not None
            assert trace.risk.wrong is not None
            assert trace.risk.wrong <= 0.05
            count, wrong, stated = (
                count + 1,
                wrong + ("broken" in trace.candidate(trace.delivered or "").answer.text),
                stated + trace.risk.wrong,
            )
    return count, wrong, stated


def test_end_to_end_what_is_delivered_is_as_often_wrong_as_was_stated() -> None:
    """At 5 standard errors, Poisson (false alarm below 1e-4); a judge that lies four times as often is found out."""
    count, wrong, stated = delivered(1.0, 200)
    assert count > 190
    assert abs(wrong - stated) <= 5 * np.sqrt(stated)
    _, deceived, claimed = delivered(4.0, 100)
    assert deceived > claimed + 5 * np.sqrt(claimed)
