"""The loop, with scripted models and real checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Price, Sampling, ToolCall
from lightwing.core.clause import CheckCall, Clause, Spec, Trigger
from lightwing.core.decision import (
    Abstain,
    Accept,
    Action,
    Budget,
    Escalate,
    Evidence,
    Fix,
    Recombine,
    Repair,
    Reread,
    Resample,
)
from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRateLimit,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.core.forms import parse_repair
from lightwing.core.outcome import PASS, SKIP, Outcome, Reading, Readings, Status, Verdict, fail, unknown
from lightwing.decode import decoder
from lightwing.run import Runner, run_batch
from lightwing.spec.bind import bind

Reply = str | ModelError | Answer


@dataclass
class Talker:
    """A model of a function; remembers what it was asked."""

    reply: Callable[[Case, int], Reply]
    name: str = "talker"
    price: Price | None = field(default_factory=Price)
    asked: list[Case] = field(default_factory=list)
    samplings: list[Sampling] = field(default_factory=list)
    sent: int = 0

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        self.asked.append(case)
        self.samplings.append(sampling)
        made = []
        for _ in range(n):
            reply = self.reply(case, len(self.asked) - 1)
            if isinstance(reply, ModelError):
                raise reply
            answer = Answer(text=reply) if isinstance(reply, str) else reply
            cost = Cost(
                calls=1,
                input_tokens=10,
                output_tokens=10,
                price=None if self.price is None else self.price.of(input_tokens=10, output_tokens=10),
            )
            made.append(Candidate(answer=answer, origin=Origin(model=self.name), cost=cost))
        return made

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        made = (await self.generate(case, n=n, sampling=sampling))[0]
        for word in made.answer.text.split(" "):
            self.sent += 1
            yield Delta(text=word + " ")
        yield Delta(finish="stop", cost=made.cost)


def clause(id: str, name: str, **args: object) -> Clause:
    return Clause(id=id, text=f"rule {id}", check=CheckCall(name=name, args=args))


SPEC = Spec(
    instruction="Mention amber. At most five words.",
    clauses=(clause("c1", "keywords", words=["amber"]), clause("c2", "count", of="words", max=5)),
)
JUDGED = Spec(clauses=(*SPEC.clauses, Clause(id="c3", text="Be kind.")))


def runner(*models: Talker, spec: Spec = SPEC, name: str = "repair-best", **rest: object) -> Runner:
    return Runner(bound=bind(spec), models=models, decoder=decoder(name), **rest)  # type: ignore[arg-type]


def run(r: Runner, prompt: str = "Say something.") -> object:
    return asyncio.run(r.run(Case.ask(prompt, id="one")))


def test_accepts_a_clean_answer_after_one_call() -> None:
    trace = asyncio.run(runner(Talker(lambda c, i: "amber stone")).run(Case.ask("x")))
    assert (trace.status, trace.answer, trace.cost.calls) == (Status.VERIFIED, "amber stone", 1)
    assert trace.candidates[0].origin.how == "proposed"


def test_the_model_is_shown_the_document_and_a_repair_names_only_what_failed() -> None:
    talker = Talker(lambda c, i: "a stone" if i == 0 else "an amber stone")
    trace = asyncio.run(runner(talker).run(Case.ask("Say.")))
    assert talker.asked[0].messages[0].role == "system"
    assert talker.asked[0].messages[0].content == SPEC.instruction
    request = parse_repair(talker.asked[1])
    assert request is not None
    assert request.draft == "a stone"
    assert [n.rule for n in request.named] == ["rule c1"]
    assert "amber" in request.named[0].reason
    assert trace.status is Status.VERIFIED
    assert trace.candidates[1].origin.parent == "a1"


def test_a_user_who_quotes_the_document_does_not_take_its_place() -> None:
    talker = Talker(lambda c, i: "amber")
    asyncio.run(runner(talker).run(Case.ask(f"What does this mean: {SPEC.instruction}")))
    assert talker.asked[0].messages[0].role == "system"
    asyncio.run(runner(talker).run(Case.ask(SPEC.instruction)))
    assert [m.role for m in talker.asked[1].messages] == ["user"]


def test_keeps_the_best_and_never_the_last() -> None:
    worse = "no stone at all in these many words"
    trace = asyncio.run(
        runner(Talker(lambda c, i: "one stone" if i == 0 else worse + "!" * i), budget=Budget(calls=4)).run(
            Case.ask("x")
        )
    )
    assert trace.status is Status.NOT_MET
    assert trace.answer == "one stone"
    assert trace.cost.calls == 4


def test_a_stuck_clause_escalates_with_the_draft() -> None:
    weak = Talker(lambda c, i: f"stone {i}", name="weak")
    strong = Talker(lambda c, i: "amber", name="strong")
    trace = asyncio.run(runner(weak, strong).run(Case.ask("x")))
    assert len(weak.asked) == 3
    assert parse_repair(strong.asked[0]) is not None
    assert trace.status is Status.VERIFIED
    assert trace.candidate(trace.delivered or "").origin.rung == 1


def test_a_model_that_repeats_itself_is_not_asked_until_the_budget_is_gone() -> None:
    talker = Talker(lambda c, i: "stone")
    trace = asyncio.run(runner(talker, budget=Budget(calls=50)).run(Case.ask("x")))
    assert trace.status is Status.NOT_MET
    assert len(talker.asked) <= 4


def test_a_dead_rung_is_passed_over_and_noted() -> None:
    dead = Talker(lambda c, i: ModelAuth("No key.", where="weak"), name="weak")
    trace = asyncio.run(runner(dead, Talker(lambda c, i: "amber", name="strong")).run(Case.ask("x")))
    assert trace.status is Status.VERIFIED
    assert any("ModelAuth" in note for event in trace.events for note in event.notes)


def test_every_model_dead_gives_a_trace_with_the_error() -> None:
    trace = asyncio.run(runner(Talker(lambda c, i: ModelUnavailable("Down.", where="weak"))).run(Case.ask("x")))
    assert trace.status is Status.ABSTAINED
    assert trace.delivered is None
    assert "Down." in trace.error
    assert trace.cost.calls == 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text=""),
        Answer(text="amber", finish="length"),
        Answer(text="", finish="content_filter"),
        Answer(tool_calls=(ToolCall(id="1", name="refund", arguments='{"order": 7'),), finish="tool_calls"),
        Answer(text="amber", tool_calls=(ToolCall(id="1", name="refund", arguments="[7]"),), finish="tool_calls"),
    ],
)
def test_no_full_answer_is_never_delivered_as_met(answer: Answer) -> None:
    spec = Spec(clauses=(clause("c1", "count", of="words", max=5),))
    trace = asyncio.run(runner(Talker(lambda c, i: answer), spec=spec, budget=Budget(calls=3)).run(Case.ask("x")))
    assert trace.status is Status.NOT_MET


def test_cascade_cuts_off_a_doomed_candidate_below_the_top() -> None:
    weak = Talker(lambda c, i: "word " * 2000, name="weak")
    strong = Talker(lambda c, i: "amber", name="strong")
    trace = asyncio.run(runner(weak, strong, name="cascade").run(Case.ask("x")))
    assert trace.candidates[0].answer.finish == "cut"
    assert weak.sent < 100
    assert trace.status is Status.VERIFIED
    assert trace.candidates[0].cost.output_tokens > 0


def test_best_of_takes_n_answers_in_one_go() -> None:
    talker = Talker(lambda c, i: "stone")
    trace = asyncio.run(runner(talker, name="best-of-4", budget=Budget(calls=3)).run(Case.ask("x")))
    assert (len(talker.asked), trace.cost.calls, trace.status) == (1, 3, Status.NOT_MET)


@dataclass
class Reader:
    """A judge of a function from the answer's text."""

    say: Callable[[str, int], Outcome | ModelError]
    name: str = "reader"
    price: Price | None = None
    calls: int = 0
    seconds: float = 0.0

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        self.calls += 1
        await asyncio.sleep(self.seconds)
        said = self.say(answer.text, self.calls)
        if isinstance(said, ModelError):
            raise said
        readings = tuple(Reading(clause=c.id, judge=self.name, outcome=said) for c in clauses)
        return Readings(judge=self.name, readings=readings, cost=Cost(calls=1))


def test_without_a_judge_the_best_status_is_checked() -> None:
    trace = asyncio.run(runner(Talker(lambda c, i: "amber"), spec=JUDGED).run(Case.ask("x")))
    assert trace.status is Status.CHECKED
    assert trace.syndrome.unknown == ("c3",)


def test_a_judge_makes_it_verified_and_its_calls_are_counted() -> None:
    judge = Reader(lambda text, n: PASS)
    trace = asyncio.run(runner(Talker(lambda c, i: "amber"), spec=JUDGED, judges=(judge,)).run(Case.ask("x")))
    assert (trace.status, trace.judge_cost.calls, judge.calls) == (Status.VERIFIED, 1, 1)


def test_a_judged_failure_is_repaired_with_the_judges_reason() -> None:
    judge = Reader(lambda text, n: PASS if "kind" in text else fail("It is rude."))
    talker = Talker(lambda c, i: "amber" if i == 0 else "kind amber")
    trace = asyncio.run(runner(talker, spec=JUDGED, judges=(judge,)).run(Case.ask("x")))
    request = parse_repair(talker.asked[1])
    assert request is not None
    assert [n.reason for n in request.named] == ["It is rude."]
    assert trace.status is Status.VERIFIED


@pytest.mark.parametrize("said", [unknown("unparseable"), ModelUnavailable("Down.")])
def test_a_judge_that_cannot_be_understood_is_asked_twice_and_never_counts_as_pass(said: Outcome | ModelError) -> None:
    judge = Reader(lambda text, n: said)
    trace = asyncio.run(runner(Talker(lambda c, i: "amber"), spec=JUDGED, judges=(judge,)).run(Case.ask("x")))
    assert judge.calls == 2
    assert trace.status is Status.CHECKED
    assert trace.syndrome.unknown == ("c3",)


def test_the_next_judge_reads_where_the_first_gave_nothing() -> None:
    silent, plain = Reader(lambda text, n: unknown("unparseable")), Reader(lambda text, n: PASS)
    trace = asyncio.run(runner(Talker(lambda c, i: "amber"), spec=JUDGED, judges=(silent, plain)).run(Case.ask("x")))
    assert (silent.calls, plain.calls, trace.status) == (1, 1, Status.VERIFIED)


def test_a_judge_decides_the_condition_and_not_what_code_has_found() -> None:
    when = Trigger(when="the user asks for a stone")
    spec = Spec(clauses=(replace(clause("c1", "keywords", words=["amber"]), trigger=when),))
    for said, status in ((PASS, Status.CHECKED), (SKIP, Status.VERIFIED), (fail("It applies."), Status.NOT_MET)):
        judge = Reader(lambda text, n, said=said: said)  # type: ignore[misc]
        trace = asyncio.run(runner(Talker(lambda c, i: f"stone {i}"), spec=spec, judges=(judge,)).run(Case.ask("x")))
        assert trace.status is status
    met = asyncio.run(runner(Talker(lambda c, i: "amber"), spec=spec, judges=(judge,)).run(Case.ask("x")))
    assert (met.status, met.judge_cost.calls) == (Status.VERIFIED, 0)


def test_the_time_budget_ends_a_hanging_judge_and_a_failed_reading_of_unknown_price_stays_unknown() -> None:
    judge = Reader(lambda text, n: PASS, seconds=30.0)
    trace = asyncio.run(
        runner(Talker(lambda c, i: "amber"), spec=JUDGED, judges=(judge,), budget=Budget(seconds=0.1)).run(
            Case.ask("x")
        )
    )
    assert trace.status is Status.CHECKED
    assert trace.judge_cost.price is None
    assert any("ran out during a reading" in note for event in trace.events for note in event.notes)


def test_a_money_limit_needs_a_known_price() -> None:
    with pytest.raises(ConfigError, match="price of talker is unknown"):
        runner(Talker(lambda c, i: "amber", price=None), budget=Budget(price=1.0))


def test_a_money_limit_needs_a_limit_on_what_is_written_where_that_costs() -> None:
    talker = Talker(lambda c, i: "amber", price=Price(output_per_million=1.0))
    with pytest.raises(ConfigError, match="--max-tokens"):
        runner(talker, budget=Budget(price=1.0))
    runner(talker, budget=Budget(price=1.0, tokens=100))
    runner(Talker(lambda c, i: "amber", price=Price(per_call=1.0)), budget=Budget(price=1.0))


def test_a_call_that_could_break_the_money_limit_is_not_made() -> None:
    talker = Talker(lambda c, i: "amber", price=Price(output_per_million=1e6))
    trace = asyncio.run(runner(talker, budget=Budget(price=50.0), sampling=Sampling(max_tokens=100)).run(Case.ask("x")))
    assert talker.asked == []
    assert trace.status is Status.ABSTAINED
    assert "could cost more than is left" in trace.error


def test_an_unknown_price_stays_unknown_in_the_trace() -> None:
    trace = asyncio.run(runner(Talker(lambda c, i: "amber", price=None)).run(Case.ask("x")))
    assert trace.cost.price is None


def test_the_time_budget_ends_a_hanging_call() -> None:
    class Hanging(Talker):
        async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
            await asyncio.sleep(60)
            return []

    trace = asyncio.run(runner(Hanging(lambda c, i: ""), budget=Budget(seconds=0.05)).run(Case.ask("x")))
    assert trace.status is Status.ABSTAINED
    assert "ran out" in trace.error


def test_seeds_are_stable_and_differ_from_call_to_call() -> None:
    first, second = Talker(lambda c, i: f"stone {i}"), Talker(lambda c, i: f"stone {i}")
    for talker in (first, second):
        asyncio.run(runner(talker, budget=Budget(calls=3)).run(Case.ask("x", id="a")))
    seeds = [s.seed for s in first.samplings]
    assert len(set(seeds)) == 3
    assert seeds == [s.seed for s in second.samplings]


def test_batch_counts_resumes_and_stops_at_a_broken_line() -> None:
    from lightwing.core.errors import CaseError

    class Kept(list):  # type: ignore[type-arg]
        def add(self, trace: object) -> None:
            self.append(trace)

    cases = [Case.ask("x", id=str(i)) for i in range(5)]
    sink = Kept()
    r = runner(Talker(lambda c, i: "amber"))
    asyncio.run(run_batch(r, cases[:2], sink=sink))
    before = {t.case.id: t for t in sink}
    summary = asyncio.run(run_batch(r, cases, sink=sink, done=lambda c: before.get(c.id)))
    assert (summary.resumed, summary.stats.cases, len(sink)) == (2, 5, 5)
    assert summary.clauses["c1"].delivered[Verdict.PASS] == 5
    broken = [cases[0], CaseError("No case.", where="line 2"), cases[1]]
    with pytest.raises(CaseError, match="line 2"):
        asyncio.run(run_batch(r, broken, sink=Kept(), concurrency=1))
    kept = Kept()
    summary = asyncio.run(run_batch(r, broken, sink=kept, keep_going=True))
    assert len(kept) == 2
    assert summary.errors == ["line 2: No case."]


def test_cancelling_leaves_nothing_half_written() -> None:
    async def go() -> list[object]:
        class Slow(Talker):
            async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
                await asyncio.sleep(30)
                return []

        kept: list[object] = []

        class Kept:
            def add(self, trace: object) -> None:
                kept.append(trace)

        task = asyncio.create_task(run_batch(runner(Slow(lambda c, i: "")), [Case.ask("x")], sink=Kept()))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return kept

    assert asyncio.run(go()) == []


@dataclass
class Asks:
    """A decoder of a user's: a function of the evidence."""

    decide: Callable[[Evidence], Action]
    name: str = "asks"

    def compile(self, *_: object) -> Asks:
        return self


def asks(decide: Callable[[Evidence], Action], *judges: Reader, reply: Reply = "bad", **rest: object) -> Runner:
    return Runner(
        bound=bind(SPEC), models=[Talker(lambda c, i: reply)], decoder=Asks(decide), judges=judges, **rest  # type: ignore[arg-type]
    )  # fmt: skip


def first(then: Action) -> Callable[[Evidence], Action]:
    return lambda evidence: then if evidence.candidates else Resample()


@pytest.mark.parametrize("reply", ["bad", "", Answer(text="amber", finish="length")])
def test_a_decoder_cannot_accept_what_is_known_to_be_wrong(reply: Reply) -> None:
    trace = run(asks(first(Accept(candidate="a1")), reply=reply))
    assert trace.status is Status.NOT_MET
    assert trace.delivered == "a1"


def test_no_reading_overrules_what_code_decides() -> None:
    def decide(evidence: Evidence) -> Action:
        if not evidence.candidates:
            return Resample()
        return Accept(candidate="a1") if evidence.candidates[0].readings else Reread(candidate="a1", clauses=("c1",))

    trace = run(asks(decide, Reader(lambda text, calls: SKIP)))
    assert trace.status is Status.NOT_MET
    assert trace.syndrome.failed == ("c1",)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Accept(candidate="a9"), "'a9'"),
        (Abstain(best="a9"), "'a9'"),
        (Fix(candidate="a1", clauses=("c9",)), "which has none"),
        (Resample(rung=7), "rung 7"),
        (Resample(rung=-1), "rung -1"),
        (Resample(n=0), "0 answers"),
        (Repair(candidate="a1", clauses=("c9",)), "'c9'"),
        (Escalate(rung=0, candidate="a9"), "'a9'"),
        (Reread(candidate="a1", clauses=("c1",)), "judge 0 of 0"),
        (Recombine(), "no candidate for 'rest'"),
        (Recombine(segments={"rest": "a1"}), "no segment beside"),
        (Recombine(segments={"rest": "a9", "title": "a1"}), "'a9'"),
        (Recombine(segments={"rest": "a1", "title": "a9"}), "'a9'"),
        (Recombine(segments={"rest": "a1", "title": "a1"}), "the segment 'title' of 'a1'"),
        (None, "none of Accept"),
    ],
)
def test_a_decoder_that_asks_for_what_is_not_there_is_told_so(action: Action, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        run(asks(first(action)))


def test_a_decoder_without_an_end_is_ended() -> None:
    trace = run(asks(lambda evidence: Resample()))
    assert trace.status is Status.ABSTAINED
    assert trace.cost.calls == 8
    assert isinstance(trace.events[-1].action, Abstain)
    assert "no end" in trace.events[-1].action.reason


def test_answers_asked_for_at_once_stay_within_every_limit() -> None:
    assert run(asks(first(Abstain(best="a1")), budget=Budget(calls=3))).cost.calls == 1
    many = asks(lambda e: Abstain(best="a1") if e.candidates else Resample(n=100), budget=Budget(calls=3))
    assert run(many).cost.calls == 3
    dear = Talker(lambda c, i: "bad", price=Price(output_per_million=1e6))
    limits: dict[str, object] = {"budget": Budget(price=25.0), "sampling": Sampling(max_tokens=10)}
    assert run(runner(dear, name="best-of-4", **limits)).cost.price == 20.0
    short = Talker(lambda c, i: "bad")
    run(runner(short, name="best-of-4", budget=Budget(tokens=100)))
    assert short.samplings[0].max_tokens == 25


@pytest.mark.parametrize("reply", ["", Answer(text="I cannot", finish="content_filter")])
def test_a_model_without_full_answers_hands_over_to_the_next(reply: Reply) -> None:
    low, high = Talker(lambda c, i: reply), Talker(lambda c, i: "amber", name="high")
    assert run(runner(low, high)).status is Status.VERIFIED
    assert (len(low.asked), len(high.asked)) == (2, 1)


@pytest.mark.parametrize(
    ("error", "price", "cost"),
    [
        (ModelTimeout("late"), Price(per_call=1.0), None),
        (ModelProtocol("cut"), Price(output_per_million=1.0), None),
        (ModelProtocol("cut"), Price(), 0.0),
        (ModelUnavailable("down"), Price(per_call=1.0), 0.0),
    ],
)
def test_what_a_call_without_an_answer_cost_is_known_only_where_nothing_was_written(
    error: ModelError, price: Price, cost: float | None
) -> None:
    assert run(runner(Talker(lambda c, i: error, price=price))).cost.price == cost


def test_tool_calls_that_nobody_can_carry_out_are_told_even_without_a_clause() -> None:
    broken = ToolCall(id="1", name="refund", arguments="order 7")
    bad = Talker(lambda c, i: Answer(tool_calls=(broken,), finish="tool_calls"))
    trace = run(runner(bad, spec=Spec(clauses=()), budget=Budget(calls=2)))
    assert trace.status is Status.NOT_MET
    assert any("call of refund are no JSON object" in note for event in trace.events for note in event.notes)
    empty = Talker(lambda c, i: Answer(tool_calls=(replace(broken, arguments=""),), finish="tool_calls"))
    assert run(runner(empty, spec=Spec(clauses=()))).status is Status.VERIFIED


def test_a_quota_that_is_used_up_is_not_asked_for_again() -> None:
    for lasting, calls in ((True, 1), (False, 2)):
        talker = Talker(lambda c, i, lasting=lasting: ModelRateLimit("429", lasting=lasting))
        trace = run(runner(talker))
        assert (trace.status, trace.cost.calls, len(talker.asked)) == (Status.ABSTAINED, calls, calls)


def test_a_call_that_was_not_sent_is_no_call() -> None:
    for sent, calls in ((False, 0), (True, 1)):
        talker = Talker(lambda c, i, sent=sent: ModelAuth("No key.", sent=sent), price=Price(per_call=1.0))
        cost = run(runner(talker)).cost
        assert (cost.calls, cost.price) == (calls, 0.0)


def test_permissions_are_neither_fixed_nor_cut_off_for() -> None:
    may = Clause(id="c1", text="You may write in lower case.", force="may", check=CheckCall(name="letter_case", args={"case": "lower"}))  # fmt: skip
    must = clause("c2", "punctuation", forbid=",")
    trace = run(runner(Talker(lambda c, i: "Amber, Please"), spec=Spec(clauses=(may, must))))
    assert trace.answer == "Amber Please"
    low = Talker(lambda c, i: "Amber " * 40)
    assert run(runner(low, Talker(lambda c, i: "x"), spec=Spec(clauses=(may,)), name="cascade")).delivered == "a1"
    assert low.sent == 41


def test_a_repair_shows_the_tool_calls_of_the_draft() -> None:
    call = ToolCall(id="1", name="cancel", arguments='{"id": 7}')
    talker = Talker(lambda c, i: Answer(text="Well.", tool_calls=(call,), finish="tool_calls") if i == 0 else "amber")
    run(runner(talker))
    assert talker.asked[1].messages[-2].content == 'Well.\n(called the tool cancel with {"id": 7})'


def test_a_turn_that_only_calls_tools_is_not_held_to_rules_on_texts() -> None:
    call = ToolCall(id="1", name="cancel", arguments='{"id": 7}')
    only = Talker(lambda c, i: Answer(tool_calls=(call,), finish="tool_calls"))
    trace = run(runner(only))
    assert (trace.status, trace.cost.calls, trace.tool_calls) == (Status.VERIFIED, 1, (call,))
    forbidden = Spec(clauses=(clause("c1", "tool_forbidden", tool="cancel"),))
    assert run(runner(only, spec=forbidden)).status is Status.NOT_MET


def test_a_reading_that_could_break_the_money_limit_is_not_made() -> None:
    judge = Reader(lambda text, calls: PASS, price=Price(output_per_million=1e6))
    made = runner(Talker(lambda c, i: "amber"), spec=JUDGED, judges=[judge], budget=Budget(price=600.0), sampling=Sampling(max_tokens=9))  # fmt: skip
    trace = run(made)
    assert (trace.status, judge.calls, trace.judge_cost.price) == (Status.CHECKED, 0, 0.0)
    assert "could cost more" in trace.events[1].notes[0]
