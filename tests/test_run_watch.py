"""Deliveries that are read again: what is read, what it costs, what a warning changes, and that nothing of a decision hangs on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from lab_toys import JUDGED, SPEC, ToyJudge, ToyModel, broken

from lightwing.core.case import Case, Price
from lightwing.core.decision import Accept, Budget, Reread, Target
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.outcome import Status
from lightwing.core.risk import Certificate
from lightwing.core.trace import Trace
from lightwing.decode import decoder
from lightwing.lab.drift import Drift
from lightwing.run import Runner, run_batch
from lightwing.run.watch import MOST_READINGS, SHARE
from lightwing.spec import bind

BOUND = bind(SPEC)
ERRORS = ErrorModel(
    rungs={"toy": {ANY: ClauseErrors(lapse=0.2, repair_factor=0.3, regression=0.05, stubborn=0.9)}},
    judges={"toyjudge": {ANY: JudgeErrors(false_pass=0.1, false_fail=0.05)}},
    prices={"toy": 1.0, "toyjudge": 0.2},
    basis="labels",
)
DELIVERED = (Status.VERIFIED, Status.CHECKED)


@dataclass
class Listening:
    """A watch that keeps what it is told, and warns where it is told to."""

    warns_at: int | None = None
    told: list[tuple[float, float]] = field(default_factory=list)
    seen: int = 0

    @property
    def warns(self) -> bool:
        return self.warns_at is not None and self.seen >= self.warns_at

    def take(self, observed: float, *, expected: float | None = None) -> None:
        assert expected is not None
        self.seen += 1
        self.told.append((expected, observed))

    def stricter(self, level: float) -> float:
        return level / 2

    def renew(self) -> None:
        self.seen, self.warns_at = 0, None


def _runner(watch: Any, *, judge: ToyJudge | None = None, lapse: float = 0.2, **more: Any) -> Runner:
    return Runner(
        bound=BOUND,
        models=[ToyModel(lapse=lapse, price=Price(per_call=1.0))],
        decoder=decoder("cost-optimal"),
        judges=[judge or ToyJudge()],
        errors=ERRORS,
        target=more.pop("target", Target(error=0.1)),
        budget=more.pop("budget", Budget(calls=40)),
        drift=watch,
        **more,
    )


def _traces(runner: Runner, cases: Sequence[Case]) -> list[Trace]:
    async def all_() -> list[Trace]:
        return [await runner.run(case) for case in cases]

    return asyncio.run(all_())


CASES = [Case.ask(f"Request {i}.", id=str(i)) for i in range(40)]


def test_one_delivery_in_five_is_read_again_and_nothing_else_changes() -> None:
    watch = Listening()
    with_watch, without = _traces(_runner(watch), CASES), _traces(_runner(None), CASES)
    again = [t for t in with_watch if "read_again" in t.metadata]
    assert 0.5 * SHARE < len(again) / len(CASES) < 2 * SHARE
    assert len(watch.told) == len(again)
    for plain in without:
        assert plain.metadata == {}
    for trace in again:
        at = next(i for i, e in enumerate(trace.events) if isinstance(e.action, Accept))
        late = trace.events[at + 1 :]
        assert 1 <= len(late) <= MOST_READINGS
        assert all(isinstance(e.action, Reread) and e.action.candidate == trace.delivered for e in late)
        assert late[0].notes[0] == "read again after delivery"
        assert set(late[0].action.clauses) == set(JUDGED)  # type: ignore[union-attr]
        assert trace.status in DELIVERED, "what is read after it changes nothing of a delivery"
        costs = [e.cost for e in trace.events if isinstance(e.action, Reread)]
        assert trace.judge_cost.calls == sum(c.calls for c in costs)
        assert trace.judge_cost.price == pytest.approx(sum(c.price or 0.0 for c in costs))
        before, after = trace.metadata["read_again"]
        assert trace.risk is not None
        assert before == trace.risk.wrong
        assert (before, after) in watch.told
        kept = trace.syndrome.readings
        assert len({(r.clause, r.repeat) for r in kept}) == len(kept), "late readings are numbered after the others"


def test_what_fails_is_read_again_until_the_doubt_is_gone() -> None:
    """A delivered answer that is truly broken: late readings bring its P(wrong) near 1; a right one comes out below what was said."""
    watch = Listening()
    traces = _traces(
        _runner(watch, target=Target(error=0.6), lapse=0.3), [Case.ask(f"Q {i}", id=str(i)) for i in range(150)]
    )
    after = {True: [], False: []}  # type: dict[bool, list[float]]
    for trace in traces:
        if "read_again" in trace.metadata:
            after[bool(broken(trace.answer) & set(JUDGED))].append(trace.metadata["read_again"][1])
    assert len(after[True]) >= 3
    assert sorted(after[True])[len(after[True]) // 2] > 0.9
    assert sum(after[False]) / len(after[False]) < 0.2


def test_a_warning_makes_the_level_stricter_and_takes_the_word_certified() -> None:
    said: list[str] = []
    runner = _runner(Listening(warns_at=3))
    made = Certificate(target=0.1, confidence=0.95, level=0.12, labelled=60, wrong=1, bound=runner.binding)
    runner = _runner(Listening(warns_at=3), certificate=made)
    runner.guard.told = said.append
    traces = _traces(runner, CASES)
    again = [i for i, t in enumerate(traces) if "read_again" in t.metadata]
    at = again[2]
    delivered = [(i, t) for i, t in enumerate(traces) if t.status in DELIVERED]
    for i, trace in delivered:
        assert trace.risk is not None
        assert (trace.risk.level, trace.risk.standing) == ((0.12, "certified") if i <= at else (0.06, "estimated"))
        assert trace.risk.certificate == (made.id if i <= at else "")
        assert trace.metadata.get("drift") == (None if i <= at else {"level": 0.06})
        assert trace.risk.wrong is not None
        assert trace.risk.wrong <= trace.risk.level + 1e-9  # type: ignore[operator]
    assert len(said) == 1, "said once"
    assert "delivered where P(wrong) is at most 0.06 (before: 0.12), and nothing is certified any more" in said[0]
    assert said[0] in traces[at].events[-1].notes


def test_a_batch_that_goes_on_knows_what_was_read_before() -> None:
    kept: dict[str, Trace] = {}

    class Sink:
        def add(self, trace: Trace) -> None:
            kept[trace.case.id] = trace

    watch = Listening()
    first = asyncio.run(run_batch(_runner(watch), CASES[:30], sink=Sink()))
    assert (first.read_again, first.drift_warnings, first.level) == (len(watch.told), 0, 0.1)
    later = Listening(warns_at=len(watch.told))
    second = asyncio.run(run_batch(_runner(later), CASES[:31], sink=Sink(), done=lambda case: kept.get(case.id)))
    assert (second.resumed, second.drift_warnings, second.level) == (30, 1, 0.05)
    assert later.told[: len(watch.told)] == [
        tuple(kept[c.id].metadata["read_again"]) for c in CASES[:30] if "read_again" in kept[c.id].metadata
    ]


def test_no_watch_where_there_is_nothing_to_read_or_nothing_left_to_pay() -> None:
    watch = Listening()
    tight = _traces(_runner(watch, budget=Budget(calls=2)), CASES)
    assert all(t.cost.calls + t.judge_cost.calls <= 2 for t in tight), "the budget is hard"
    fixed = Runner(bound=BOUND, models=[ToyModel()], decoder=decoder("repair-best"), judges=[ToyJudge()], drift=watch)
    before = len(watch.told)
    assert all("read_again" not in t.metadata for t in _traces(fixed, CASES[:20]))
    assert len(watch.told) == before


def test_judges_that_became_worse_are_noticed_and_those_that_did_not_are_not() -> None:
    """The real watch. A judge that now passes six violations in ten: warned within 1,500 deliveries; as measured: not in 250."""
    cases = [Case.ask(f"Request {i}.", id=str(i)) for i in range(1500)]
    runner = _runner(Drift(target=0.1), judge=ToyJudge(false_pass=0.6), lapse=0.4)
    for case in cases:
        asyncio.run(runner.run(case))
        if runner.guard.warnings:
            break
    assert runner.guard.warnings == 1
    assert runner.guard.held.target.level is not None
    assert runner.guard.held.target.level <= 0.05
    calm = _runner(Drift(target=0.1))
    _traces(calm, cases[:250])
    assert calm.guard.again > 25
    assert calm.guard.warnings == 0
