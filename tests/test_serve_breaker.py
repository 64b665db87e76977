"""The breaker: when it opens, whom it lets through, when it closes; and the model behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lightwing import ask
from lightwing.core.case import Answer, Case, Delta, Message, Sampling
from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    NotRecorded,
)
from lightwing.core.protocols import Doubtful, Model
from lightwing.models import ScriptedModel
from lightwing.models.scripted import Reply
from lightwing.serve.breaker import Breaker, Guarded, State, Tripping

CASE, SAMPLING = Case(messages=(Message(role="user", content="Hi"),)), Sampling()
ENDPOINT = (ModelUnavailable("x"), ModelTimeout("x"), ModelRateLimit("x"))
ANSWERED = (ModelRefused("x"), ModelAuth("x"))
NEITHER = (ModelProtocol("x"), NotRecorded("x"), ModelAuth("x", sent=False))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(breaker: Breaker, *outcomes: ModelError | None) -> None:
    for outcome in outcomes:
        with contextlib.suppress(ModelError), breaker.guard():
            if outcome is not None:
                raise outcome


def blocked(breaker: Breaker) -> bool:
    entered = False
    try:
        with breaker.guard():
            entered = True
            raise NotRecorded("says nothing")
    except ModelUnavailable:
        assert not entered
        return True
    except NotRecorded:
        return False


@pytest.mark.parametrize("error", ENDPOINT)
def test_so_many_failures_in_a_row_open_it(error: ModelError) -> None:
    breaker = Breaker("m", Tripping(failures=3), clock=Clock())
    run(breaker, error, error, None, error, error)
    assert breaker.state is State.CLOSED
    run(breaker, error)
    assert breaker.state is State.OPEN
    assert blocked(breaker)


@pytest.mark.parametrize("error", [*ANSWERED, *NEITHER, ValueError("a bug")])
def test_what_does_not_speak_of_the_endpoint_never_opens_it(error: Exception) -> None:
    breaker = Breaker("m", Tripping(failures=1, least=1, share=0.01), clock=Clock())
    for _ in range(50):
        with pytest.raises(type(error)), breaker.guard():
            raise error
    assert breaker.state is State.CLOSED


@pytest.mark.parametrize("error", ANSWERED)
def test_a_refusal_ends_a_row_of_failures_and_other_errors_do_not(error: ModelError) -> None:
    breaker = Breaker("m", Tripping(failures=2), clock=Clock())
    run(breaker, ENDPOINT[0], error, ENDPOINT[0])
    assert breaker.state is State.CLOSED
    run(breaker, NEITHER[0], ENDPOINT[0])
    assert breaker.state is State.OPEN


def test_a_share_of_failures_opens_it_and_old_ones_are_forgotten() -> None:
    clock = Clock()
    breaker = Breaker("m", Tripping(failures=100, share=0.5, least=10, window=60), clock=clock)
    run(breaker, *[ENDPOINT[0], None] * 4)
    assert breaker.state is State.CLOSED, "fewer than the least"
    clock.now += 70
    run(breaker, *[None, ENDPOINT[0]] * 4)
    assert breaker.state is State.CLOSED, "the first eight are forgotten"
    run(breaker, None, ENDPOINT[0])
    assert breaker.state is State.OPEN


def test_one_probe_at_a_time_closes_it_or_doubles_the_rest() -> None:
    clock = Clock()
    breaker = Breaker("m", Tripping(failures=1, rest=10, most_rest=30), clock=clock)
    run(breaker, ENDPOINT[0])
    clock.now = 9.9
    assert blocked(breaker)
    clock.now = 10.0
    assert breaker.state is State.HALF_OPEN
    with contextlib.suppress(ModelTimeout), breaker.guard():
        assert blocked(breaker), "a probe is under way"
        raise ModelTimeout("x")
    assert breaker.state is State.OPEN
    clock.now = 29.9
    assert blocked(breaker)
    clock.now = 30.0
    run(breaker, ENDPOINT[0])
    clock.now = 59.9
    assert blocked(breaker)
    clock.now = 60.0
    with breaker.guard():
        assert blocked(breaker)
    assert breaker.state is State.CLOSED
    run(breaker, ENDPOINT[0])
    clock.now += 10.0
    assert breaker.state is State.HALF_OPEN, "closed, it begins with the first rest again"


@pytest.mark.parametrize("error", NEITHER)
def test_a_probe_that_says_nothing_leaves_the_next_to_find_out(error: ModelError) -> None:
    clock = Clock()
    breaker = Breaker("m", Tripping(failures=1, rest=10), clock=clock)
    run(breaker, ENDPOINT[0])
    clock.now = 10
    run(breaker, error)
    assert breaker.state is State.HALF_OPEN
    run(breaker, None)
    assert breaker.state is State.CLOSED


def test_calls_from_before_it_opened_do_not_count_after_it_closed() -> None:
    clock = Clock()
    breaker = Breaker("m", Tripping(failures=1, rest=10), clock=clock)
    with contextlib.suppress(ModelTimeout), breaker.guard():
        run(breaker, ENDPOINT[0])
        clock.now = 10
        run(breaker, None)
        assert breaker.state is State.CLOSED
        raise ModelTimeout("of long ago")
    assert breaker.state is State.CLOSED


class Twin(RuleBasedStateMachine):
    """The breaker beside ten lines that keep the whole history (rows only; no share)."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker("m", Tripping(failures=3, rest=10, most_rest=40, least=10_000), clock=self.clock)
        self.row, self.opened, self.rest = 0, -1.0, 10.0

    def shut(self) -> bool:
        return self.opened >= 0 and self.clock.now < self.opened + self.rest

    @rule(seconds=st.sampled_from([1.0, 5.0, 10.0, 40.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(good=st.booleans())
    @precondition(lambda self: not self.shut())
    def call(self, good: bool) -> None:
        run(self.breaker, None if good else ENDPOINT[0])
        if self.opened >= 0:  # it was a probe
            self.rest = 10.0 if good else min(40.0, 2 * self.rest)
            self.opened = -1.0 if good else self.clock.now
            self.row = 0
        else:
            self.row = 0 if good else self.row + 1
            if self.row == 3:
                self.opened, self.rest = self.clock.now, 10.0

    @invariant()
    def same(self) -> None:
        expected = State.CLOSED if self.opened < 0 else State.OPEN if self.shut() else State.HALF_OPEN
        assert self.breaker.state is expected
        if expected is State.OPEN:
            assert blocked(self.breaker)


TestTwin = Twin.TestCase


@given(st.lists(st.tuples(st.floats(0, 20, allow_nan=False), st.booleans()), max_size=80))
def test_the_window_is_its_twin_within_one_slice(calls: list[tuple[float, bool]]) -> None:
    """Slices forget a call after one window to one window and a tenth."""
    clock = Clock()
    breaker = Breaker("m", Tripping(window=60), clock=clock)
    times: list[float] = []
    for gap, good in calls:
        clock.now += gap
        times.append(clock.now)
        counted, failures = breaker._window(good)
        least = sum(t > clock.now - 60 for t in times)
        most = sum(t >= clock.now - 66.001 for t in times)
        assert least <= counted <= most
        assert failures <= counted


@pytest.mark.parametrize("bad", [{"failures": 0}, {"share": 0.0}, {"share": 1.5}, {"rest": 0.0}, {"window": -1.0}])
def test_a_rule_that_cannot_be_kept_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Tripping(**bad)  # type: ignore[arg-type]


def test_a_guarded_model_is_asked_until_the_breaker_opens_and_then_not_at_all() -> None:
    inner = ScriptedModel([ModelUnavailable("down")] * 5 + ["never reached"], name="small")
    model = Guarded(inner, Breaker("small", Tripping(failures=5)))

    async def talk() -> None:
        for _ in range(5):
            with pytest.raises(ModelUnavailable, match="down"):
                await model.generate(CASE, n=1, sampling=SAMPLING)
        for _ in range(3):
            with pytest.raises(ModelUnavailable, match="left alone"):
                await model.generate(CASE, n=1, sampling=SAMPLING)
            with pytest.raises(ModelUnavailable, match="left alone"):
                async for _ in model.stream(CASE, n=1, sampling=SAMPLING):
                    pass

    asyncio.run(talk())
    assert len(inner.asked) == 5
    assert (model.name, model.price) == (inner.name, inner.price)


def test_a_stream_that_breaks_counts_and_one_that_is_left_is_a_sign_of_life() -> None:
    clock = Clock()
    broken = Reply(answer=Answer(text="a"), error=ModelUnavailable("cut"))
    model = Guarded(ScriptedModel([broken, "whole"]), Breaker("m", Tripping(failures=1, rest=10), clock=clock))

    async def talk() -> None:
        with pytest.raises(ModelUnavailable):
            [d async for d in model.stream(CASE, n=1, sampling=SAMPLING)]
        assert model.breaker.state is State.OPEN
        clock.now = 10
        deltas = model.stream(CASE, n=1, sampling=SAMPLING)
        async with contextlib.aclosing(deltas):  # type: ignore[type-var]
            async for _ in deltas:
                break
        assert model.breaker.state is State.CLOSED

    asyncio.run(talk())


def test_a_probe_that_is_cancelled_frees_its_place() -> None:
    clock = Clock()
    model = Guarded(
        ScriptedModel([ModelUnavailable("down"), Reply(delay=60), "back"]),
        Breaker("m", Tripping(failures=1), clock=clock),
    )

    async def talk() -> None:
        with pytest.raises(ModelUnavailable):
            await model.generate(CASE, n=1, sampling=SAMPLING)
        clock.now = 10
        probe = asyncio.ensure_future(model.generate(CASE, n=1, sampling=SAMPLING))
        await asyncio.sleep(0)
        probe.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await probe
        made = await model.generate(CASE, n=1, sampling=SAMPLING)
        assert made[0].answer.text == "back"

    asyncio.run(talk())


class Relay(ScriptedModel):
    """A scripted model that can relay and doubts."""

    relayed = 0

    @contextlib.asynccontextmanager
    async def relay(self, body: object) -> AsyncIterator[str]:
        self.relayed += 1
        if body == "down":
            raise ModelUnavailable("down")
        yield f"answer to {body}"

    def doubts(self, case: Case) -> Sequence[str]:
        return ("small",)


def test_what_the_model_can_besides_the_guarded_one_can_too() -> None:
    plain, more = Guarded(ScriptedModel([])), Guarded(Relay([]), Breaker("m", Tripping(failures=1)))
    assert isinstance(plain, Model)
    assert isinstance(more, Doubtful)
    assert more.doubts(CASE) == ("small",)
    assert not isinstance(plain, Doubtful)
    assert not hasattr(plain, "relay")

    async def talk() -> None:
        async with plain.held(), more.relay("Hi") as relayed:
            assert relayed == "answer to Hi"
        with pytest.raises(ModelUnavailable):
            async with more.relay("down"):
                pass
        with pytest.raises(ModelUnavailable, match="left alone"):
            async with more.relay("Hi"):
                pass

    asyncio.run(talk())
    assert more._model.relayed == 2  # type: ignore[attr-defined]


def test_a_run_goes_on_to_the_next_rung_at_once() -> None:
    first = ScriptedModel([ModelUnavailable("down")] * 20, name="first")
    rung = Guarded(first, Breaker("first", Tripping(failures=1)))
    second = ScriptedModel(["tea"], name="second", cycle=True)
    for _ in range(3):
        assert ask(None, "Answer in lowercase letters only.", model=rung, escalate=[second]).answer == "tea"
    assert len(first.asked) == 1


def test_deltas_come_through_as_they_are() -> None:
    deltas = [Delta(text="a"), Delta(finish="stop")]

    class Streams(ScriptedModel):
        async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
            for delta in deltas:
                yield delta

    async def talk() -> None:
        assert [d async for d in Guarded(Streams([])).stream(CASE, n=1, sampling=SAMPLING)] == deltas

    asyncio.run(talk())
