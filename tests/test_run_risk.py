"""What a run that was asked for an error rate states of its risk, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from lightwing.core.case import Answer, Case, Cost, Price
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.decision import Abstain, Accept, Action, Evidence, Loss, Reread, Resample, Target
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError, StaleErrorModel
from lightwing.core.outcome import PASS, Reading, Readings, Status, Verdict, fail
from lightwing.core.risk import Binding, Certificate
from lightwing.core.trace import Trace
from lightwing.models.scripted import ScriptedModel
from lightwing.run import Runner
from lightwing.spec import bind
from lightwing.story import deeds, percent, risk_line

EXACT = Clause(id="c1", text="Use at most 5 words.", check=CheckCall(name="count", args={"of": "words", "max": 5}))
KIND = Clause(id="c2", text="Be kind.")
ERRORS = ErrorModel(
    rungs={"m": {ANY: ClauseErrors(lapse=0.2)}},
    judges={"j": {ANY: JudgeErrors(false_pass=0.1, false_fail=0.1)}},
    basis="planted",
)

FIVE_PERCENT = Target(error=0.05)


@dataclass
class Judge:
    """Says these verdicts, one after another."""

    says: list[Verdict]
    name: str = "j"
    price: Price | None = None

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        outcome = PASS if self.says.pop(0) is Verdict.PASS else fail("It is rude.")
        readings = tuple(Reading(clause=c.id, judge=self.name, outcome=outcome) for c in clauses)
        return Readings(judge=self.name, readings=readings, cost=Cost(calls=1))


@dataclass(frozen=True)
class Reckoning:
    """Asks once, has it read so many times, and ends with `end`."""

    end: Action
    readings: int = 0
    name: str = "reckoning"
    targets: list[Target] = field(default_factory=list)

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> Reckoning:
        self.targets.append(target)
        return self

    def decide(self, evidence: Evidence) -> Action:
        if not evidence.candidates:
            return Resample()
        if len(evidence.candidates[0].readings) < self.readings:
            return Reread(candidate="a1", clauses=("c2",))
        return self.end


def run(
    end: Action,
    *clauses: Clause,
    target: Target = FIVE_PERCENT,
    says: Sequence[Verdict] = (),
    certificate: Callable[[Binding], Certificate] | None = None,
    errors: ErrorModel = ERRORS,
) -> Trace:
    model = ScriptedModel([Answer(text="Good day")], name="m")
    bound = bind(Spec(clauses=clauses))
    decoder = Reckoning(end, readings=len(says))
    parts = {"bound": bound, "models": [model], "decoder": decoder, "judges": [Judge(list(says))], "errors": errors}
    if certificate is not None:
        parts["certificate"] = certificate(Runner(**parts).binding)  # type: ignore[arg-type]
    return asyncio.run(Runner(**parts, target=target).run(Case.ask("Hi", id="one")))  # type: ignore[arg-type]


def test_without_a_target_a_trace_states_no_risk() -> None:
    trace = run(Accept(candidate="a1"), EXACT, target=Target())
    assert trace.risk is None
    assert not trace.withheld
    assert risk_line(trace) == ""


def test_a_delivery_states_how_probably_it_is_wrong_and_what_that_rests_on() -> None:
    trace = run(Accept(candidate="a1", wrong=0.023), EXACT, KIND, says=[Verdict.PASS])
    risk = trace.risk
    assert risk is not None
    assert (trace.status, risk.wrong, risk.target, risk.level) == (Status.VERIFIED, 0.023, 0.05, 0.05)
    assert (risk.standing, risk.basis, risk.certificate) == ("estimated", "planted", "")
    assert risk.bound == Binding(spec=trace.spec, models=("m",), judges=("j",), decoder="reckoning", errors=ERRORS.id)
    assert risk_line(trace) == (
        "P(wrong) 2.3 %, asked for: at most 5 %; estimated from rates measured on planted violations"
        f" (error model {ERRORS.id[:12]})"
    )
    assert "delivered a1 with P(wrong) 2.3 %" in list(deeds(trace))[-1]


def test_rates_that_nobody_measured_are_said_to_be_a_guess() -> None:
    assumed = ErrorModel(rungs=ERRORS.rungs, judges=ERRORS.judges)
    line = risk_line(run(Accept(candidate="a1", wrong=0.01), EXACT, KIND, says=[Verdict.PASS], errors=assumed))
    assert "a guess from assumed rates: nothing was measured" in line
    assert "estimated" not in line


def test_what_code_decides_wholly_is_certified_and_a_spec_without_clauses_is_not() -> None:
    by_code = run(Accept(candidate="a1", wrong=0.0), EXACT).risk
    assert by_code is not None
    assert (by_code.standing, by_code.basis) == ("certified", "exact")
    nothing = run(Accept(candidate="a1", wrong=0.0)).risk
    assert nothing is not None
    assert nothing.standing == "estimated"
    unread = run(Accept(candidate="a1", wrong=0.04), EXACT, KIND)
    assert unread.risk is not None
    assert (unread.status, unread.risk.standing) == (Status.CHECKED, "estimated")


def test_what_is_not_safe_enough_is_withheld_with_the_best_attached() -> None:
    trace = run(Abstain(best="a1", reason="not safe enough", wrong=0.4), EXACT, KIND, says=[Verdict.PASS])
    assert trace.withheld
    assert trace.risk is not None
    assert (trace.risk.wrong, trace.risk.standing, trace.delivered) == (0.4, "estimated", "a1")
    assert risk_line(trace).startswith("withheld: the best answer has P(wrong) 40 %, asked for: at most 5 %; estimated")


@pytest.mark.parametrize("wrong", [None, 0.051, float("nan"), -0.1])
def test_a_decoder_that_does_not_hold_to_the_target_is_refused(wrong: float | None) -> None:
    with pytest.raises(ConfigError, match="The decoder delivers with"):
        run(Accept(candidate="a1", wrong=wrong), EXACT)


def test_a_level_that_was_calibrated_stands_in_the_place_of_the_target() -> None:
    trace = run(Accept(candidate="a1", wrong=0.08), EXACT, target=Target(error=0.05, level=0.09))
    assert trace.risk is not None
    assert trace.risk.level == 0.09


def test_least_loss_asks_for_no_rate_and_still_states_the_risk() -> None:
    trace = run(Accept(candidate="a1", wrong=0.3), EXACT, KIND, target=Target(loss=Loss(wrong=9, abstain=1)))
    assert trace.risk is not None
    assert (trace.risk.wrong, trace.risk.target, trace.risk.level) == (0.3, None, None)


def _of(target: float = 0.05, confidence: float = 0.95) -> Callable[[Binding], Certificate]:
    return lambda bound: Certificate(
        target=target, confidence=confidence, level=0.09, labelled=200, wrong=3, bound=bound
    )


def test_a_certificate_gives_the_level_and_the_word_certified() -> None:
    trace = run(Accept(candidate="a1", wrong=0.08), EXACT, KIND, says=[Verdict.PASS], certificate=_of())
    assert trace.risk is not None
    assert (trace.risk.level, trace.risk.standing) == (0.09, "certified")
    assert risk_line(trace).startswith("certified: with confidence 95 % at most 5 % of what is delivered is wrong")
    withheld = run(Abstain(best="a1", wrong=0.2), EXACT, KIND, says=[Verdict.PASS], certificate=_of())
    assert withheld.risk is not None
    assert withheld.risk.standing == "estimated"


@pytest.mark.parametrize("made", [_of(target=0.1), _of(confidence=0.9)])
def test_a_certificate_for_less_than_is_asked_is_refused(made: Callable[[Binding], Certificate]) -> None:
    with pytest.raises(StaleErrorModel, match="The certificate is for an error rate of"):
        run(Accept(candidate="a1", wrong=0.01), EXACT, certificate=made)


def test_a_certificate_of_another_error_model_is_refused() -> None:
    other = Binding(spec="s", models=("m",), judges=("j",), decoder="reckoning", errors="other")
    with pytest.raises(StaleErrorModel, match="The certificate is bound to"):
        run(Accept(candidate="a1", wrong=0.01), EXACT, certificate=lambda _: _of()(other))


def test_a_reading_that_was_outweighed_does_not_stand_as_a_failure() -> None:
    says = [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    trace = run(Accept(candidate="a1", wrong=0.03), EXACT, KIND, says=says)
    assert trace.status is Status.VERIFIED
    assert "2 of 3 readings say that it is met" in trace.syndrome.outcomes["c2"].reason
    never = run(Accept(candidate="a1", wrong=0.03), EXACT, KIND, says=[Verdict.FAIL])
    assert never.status is Status.CHECKED, "no reading passed it, so it cannot count as PASS"
    exact_fails = run(
        Accept(candidate="a1", wrong=0.0),
        Clause(id="c1", text="Use at most 1 word.", check=CheckCall(name="count", args={"of": "words", "max": 1})),
    )
    assert exact_fails.status is Status.NOT_MET, "no decoder can accept what code knows to be broken"
    assert exact_fails.withheld
    assert exact_fails.risk is not None
    assert exact_fails.risk.standing == "estimated"


@pytest.mark.parametrize(("share", "said"), [(0.5, "50 %"), (0.999, "99.9 %"), (1.0, "100 %"), (0.0004, "under 0.1 %")])
def test_shares_for_people(share: float, said: str) -> None:
    assert percent(share) == said
