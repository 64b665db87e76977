"""Rates, budgets, concurrency, the queue: what passes and what waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.errors import ConfigError, LimitReached, StoreError
from lightwing.serve.keys import Allowance, Key, new_key
from lightwing.serve.limits import Bucket, Gate, Limits, Spent

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC).timestamp()


class Clock:
    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Ledger:
    """A store of usage: (when, tokens, price) of one key. Counts its reads."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, int, float | None]] = []
        self.reads = 0
        self.away = False

    def __call__(self, key: str, *, since: int, until: int | None = None) -> Spent:
        self.reads += 1
        if self.away:
            raise StoreError("The store is away.")
        rows = [r for r in self.rows if since <= r[0] // 86_400 < (until or 1e9)]
        known = [price for _, _, price in rows if price is not None]
        return Spent(
            tokens=sum(tokens for _, tokens, _ in rows),
            price=sum(known),
            dearest=max(known, default=0.0),
            unpriced=len(rows) - len(known),
        )


def a_key(**limits: float) -> Key:
    return new_key("Ada", allowance=Allowance(**limits))[0]  # type: ignore[arg-type]


async def ask(limits: Limits, key: Key, *, priced: bool = True) -> str:
    """The name of the limit that refuses, or nothing."""
    try:
        async with limits.admit(key, priced=priced):
            return ""
    except LimitReached as reached:
        told = reached
    assert told.wait > 0
    assert key.id in str(told)
    return told.limit


@given(
    st.integers(1, 600),
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60),
)
def test_the_bucket_is_its_ten_line_twin(rate: int, gaps: list[float]) -> None:
    """The twin keeps every admission and asks whether the level of a leaky bucket, drained at the rate, still has room."""
    clock = Clock()
    bucket = Bucket(rate, clock=clock)
    most, level, at = max(1.0, rate / 6), 0.0, 0.0
    for gap in gaps:
        clock.now += gap
        level, at = max(0.0, level - (clock.now - at) * rate / 60), clock.now
        fits = level + 1 <= most + 1e-9
        wait = bucket.take()
        if abs(level + 1 - most) > 1e-6:
            assert (wait == 0) == fits
        level += wait == 0
        if wait:
            clock.now += wait + 1e-6
            assert bucket.take() == 0, "after the wait that was told, one passes"
            level, at = max(0.0, level - (clock.now - at) * rate / 60) + 1, clock.now


@given(st.integers(1, 120), st.lists(st.floats(0, 5, allow_nan=False), min_size=20, max_size=200))
def test_in_any_minute_no_more_than_the_rate_and_its_burst(rate: int, gaps: list[float]) -> None:
    clock = Clock()
    bucket = Bucket(rate, clock=clock)
    passed: deque[float] = deque()
    for gap in gaps:
        clock.now += gap
        if not bucket.take():
            passed.append(clock.now)
        while passed and passed[0] <= clock.now - 60:
            passed.popleft()
        assert len(passed) <= rate + max(1, rate / 6) + 1e-6


def test_a_rate_is_refused_with_the_seconds_to_wait_and_then_passes() -> None:
    clock, key = Clock(), a_key(requests_per_minute=6)

    async def run() -> None:
        limits = Limits(None, clock=clock)
        assert [await ask(limits, key) for _ in range(2)] == ["", "requests_per_minute"]
        with pytest.raises(LimitReached) as caught:
            async with limits.admit(key):
                pass
        assert caught.value.wait == pytest.approx(10)
        clock.now += 10
        assert await ask(limits, key) == ""

    asyncio.run(run())


def test_processes_share_a_rate() -> None:
    key = a_key(requests_per_minute=120)

    async def passed(processes: int) -> int:
        limits = Limits(None, processes=processes, clock=Clock())
        return sum([not await ask(limits, key) for _ in range(40)])

    assert asyncio.run(passed(1)) == 20
    assert asyncio.run(passed(4)) == 5


def test_keys_do_not_share_limits() -> None:
    async def run() -> None:
        limits = Limits(None, clock=Clock())
        assert [await ask(limits, a_key(requests_per_minute=1)) for _ in range(3)] == [""] * 3

    asyncio.run(run())


def test_a_changed_limit_holds_at_once() -> None:
    from dataclasses import replace

    key = a_key(requests_per_minute=1)

    async def run() -> None:
        limits = Limits(None, clock=Clock())
        assert [await ask(limits, key) for _ in range(2)] == ["", "requests_per_minute"]
        assert await ask(limits, replace(key, allowance=Allowance(requests_per_minute=600))) == ""

    asyncio.run(run())


def test_concurrency_of_a_key() -> None:
    key = a_key(concurrency=2)

    async def run() -> None:
        limits = Limits(None)
        async with limits.admit(key), limits.admit(key):
            assert await ask(limits, key) == "concurrency"
        assert await ask(limits, key) == ""
        with contextlib.suppress(ZeroDivisionError):
            async with limits.admit(key):
                raise ZeroDivisionError
        async with limits.admit(key), limits.admit(key):
            assert await ask(limits, key) == "concurrency"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("limits", "rows", "refused"),
    [
        ({"tokens_per_day": 100}, [(NOON, 99, 0.0)], ""),
        ({"tokens_per_day": 100}, [(NOON, 60, 0.0), (NOON, 40, 0.0)], "tokens_per_day"),
        ({"tokens_per_day": 100}, [(NOON - 86_400, 100, 0.0)], ""),
        ({"price_per_day": 1.0}, [(NOON, 1, 0.5), (NOON, 1, 0.5)], "price_per_day"),
        ({"price_per_day": 1.0, "price_per_month": 3.0}, [(NOON - 86_400, 1, 2.5), (NOON, 1, 0.5)], "price_per_month"),
        ({"price_per_month": 3.0}, [(NOON - 86_400 * 31, 1, 9.0), (NOON, 1, 0.5)], ""),
        # An unknown price counts as the dearest known one.
        ({"price_per_day": 1.0}, [(NOON, 1, 0.5), (NOON, 1, None)], "price_per_day"),
        ({"price_per_day": 1.0}, [(NOON, 1, 0.4), (NOON, 1, None)], ""),
    ],
)
def test_budgets_by_what_is_stored(
    limits: dict[str, float], rows: list[tuple[float, int, float | None]], refused: str
) -> None:
    ledger = Ledger()
    ledger.rows += rows

    async def run() -> str:
        return await ask(Limits(ledger, now=Clock(NOON)), a_key(**limits))

    assert asyncio.run(run()) == refused


def test_the_wait_ends_with_the_day_or_the_month() -> None:
    ledger = Ledger()
    ledger.rows.append((NOON, 10, 10.0))

    async def wait(**limits: float) -> float:
        with pytest.raises(LimitReached) as caught:
            async with Limits(ledger, now=Clock(NOON)).admit(a_key(**limits)):
                pass
        return caught.value.wait

    assert asyncio.run(wait(tokens_per_day=1)) == 12 * 3600
    assert asyncio.run(wait(price_per_month=1.0)) == 36 * 3600  # to the end of 31 March


def test_the_last_month_of_a_year_ends_too() -> None:
    ledger, now = Ledger(), Clock(datetime(2026, 12, 31, 23, tzinfo=UTC).timestamp())
    ledger.rows.append((now(), 10, 10.0))

    async def run() -> float:
        with pytest.raises(LimitReached) as caught:
            async with Limits(ledger, now=now).admit(a_key(price_per_month=1.0)):
                pass
        return caught.value.wait

    assert asyncio.run(run()) == 3600


def test_a_budget_is_refused_only_on_what_is_stored_and_read_once_in_seconds() -> None:
    ledger, clock, key = Ledger(), Clock(), a_key(tokens_per_day=100)

    async def run() -> None:
        limits = Limits(ledger, clock=clock, now=Clock(NOON))
        for _ in range(10):
            async with limits.admit(key) as ticket:
                ledger.rows.append((NOON, 9, 0.0))
                ticket.spent(tokens=9, price=0.0)
        assert ledger.reads == 1, "what is spent here is known without reading"
        async with limits.admit(key) as ticket:
            ledger.rows.append((NOON, 10, 0.0))
            ticket.spent(tokens=10, price=0.0)
        assert ledger.reads == 1
        assert [await ask(limits, key) for _ in range(20)] == ["tokens_per_day"] * 20
        assert ledger.reads == 2, "read again before the first refusal, and not for each"

    asyncio.run(run())


def test_a_month_reads_its_earlier_days_seldom() -> None:
    ledger, clock, key = Ledger(), Clock(), a_key(price_per_month=100.0)

    async def run() -> None:
        limits = Limits(ledger, clock=clock, now=Clock(NOON))
        for _ in range(20):
            assert await ask(limits, key) == ""
            clock.now += 10
        assert ledger.reads == 20 + 1
        ledger.rows.append((NOON - 86_400, 1, 100.0))  # a trace that arrives late
        clock.now += 300
        assert await ask(limits, key) == "price_per_month"

    asyncio.run(run())


def test_what_is_spent_here_but_not_stored_refuses_nobody() -> None:
    ledger, key = Ledger(), a_key(tokens_per_day=100)

    async def run() -> None:
        limits = Limits(ledger, clock=Clock(), now=Clock(NOON))
        async with limits.admit(key) as ticket:
            ticket.spent(tokens=1000, price=None)
        assert await ask(limits, key) == ""
        assert ledger.reads == 2

    asyncio.run(run())


def test_what_other_processes_spend_is_seen_within_seconds() -> None:
    ledger, clock, key = Ledger(), Clock(), a_key(tokens_per_day=100)

    async def run() -> None:
        limits = Limits(ledger, clock=clock, now=Clock(NOON))
        assert await ask(limits, key) == ""
        ledger.rows.append((NOON, 100, 0.0))
        clock.now += 4.1
        assert await ask(limits, key) == "tokens_per_day"

    asyncio.run(run())


def test_near_the_end_of_a_budget_it_is_read_again_at_once() -> None:
    """Nine tenths are used; what another process spends is seen a tenth of a second later, and not four seconds later."""
    ledger, clock, key = Ledger(), Clock(), a_key(tokens_per_day=100)

    async def run() -> None:
        limits = Limits(ledger, clock=clock, now=Clock(NOON))
        ledger.rows.append((NOON, 90, 0.0))
        assert await ask(limits, key) == ""
        ledger.rows.append((NOON, 10, 0.0))
        clock.now += 0.05
        assert await ask(limits, key) == ""
        clock.now += 0.06
        assert await ask(limits, key) == "tokens_per_day"

    asyncio.run(run())


def test_a_new_day_begins_with_nothing_used() -> None:
    ledger, now, key = Ledger(), Clock(NOON), a_key(tokens_per_day=100)
    ledger.rows.append((NOON, 100, 0.0))

    async def run() -> None:
        limits = Limits(ledger, clock=Clock(), now=now)
        assert await ask(limits, key) == "tokens_per_day"
        now.now += 86_400
        assert await ask(limits, key) == ""

    asyncio.run(run())


def test_a_store_that_is_away_lets_known_keys_go_on_and_no_others() -> None:
    ledger, clock, key = Ledger(), Clock(), a_key(tokens_per_day=100)

    async def run() -> None:
        limits = Limits(ledger, clock=clock, now=Clock(NOON))
        assert await ask(limits, key) == ""
        ledger.away = True
        clock.now += 30
        assert await ask(limits, key) == ""
        with pytest.raises(StoreError):
            await ask(limits, a_key(tokens_per_day=1))
        assert await ask(limits, a_key(requests_per_minute=1)) == "", "a key without a budget needs no store"

    asyncio.run(run())


def test_a_budget_that_cannot_be_counted_is_refused() -> None:
    async def run() -> None:
        with pytest.raises(ConfigError, match="no store"):
            await ask(Limits(None), a_key(tokens_per_day=1))
        with pytest.raises(ConfigError, match="price"):
            await ask(Limits(Ledger()), a_key(price_per_day=1.0), priced=False)
        assert await ask(Limits(Ledger()), a_key(tokens_per_day=1), priced=False) == ""

    asyncio.run(run())


def test_a_refused_request_gives_its_place_back() -> None:
    key = a_key(concurrency=1, requests_per_minute=1)

    async def run() -> None:
        limits = Limits(None, clock=Clock())
        said = [await ask(limits, key) for _ in range(3)]
        assert said == ["", "requests_per_minute", "requests_per_minute"]

    asyncio.run(run())


def test_the_gate_lets_so_many_through_in_their_order() -> None:
    async def run() -> None:
        gate = Gate(slots=2, queue=50)
        order: list[int] = []
        most = 0

        async def one(i: int) -> None:
            nonlocal most
            async with gate.place():
                order.append(i)
                most = max(most, gate.running)
                await asyncio.sleep(0.001)

        await asyncio.gather(*(one(i) for i in range(20)))
        assert order == list(range(20))
        assert most == 2
        assert (gate.running, gate.waiting) == (0, 0)

    asyncio.run(run())


def test_a_full_queue_says_how_long() -> None:
    async def run() -> None:
        gate = Gate(slots=1, queue=1)
        async with gate.place():
            second = asyncio.ensure_future(gate.place().__aenter__())
            await asyncio.sleep(0)
            assert gate.waiting == 1
            with pytest.raises(LimitReached) as caught:
                async with gate.place():
                    pass
            assert (caught.value.limit, 1 <= caught.value.wait <= 60) == ("queue", True)
        await second
        assert gate.running == 1

    asyncio.run(run())


def test_a_place_that_does_not_come_in_time() -> None:
    async def run() -> None:
        gate = Gate(slots=1, queue=5, wait=0.01)
        async with gate.place():
            with pytest.raises(LimitReached) as caught:
                async with gate.place():
                    pass
            assert caught.value.limit == "queue_wait"
            assert gate.waiting == 0
        assert gate.running == 0

    asyncio.run(run())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=25), st.integers(1, 3))
def test_no_place_is_lost_whoever_leaves_when(steps: list[tuple[int, int]], slots: int) -> None:
    """Requests that begin after so many turns of the loop and are cancelled after so many: in the end all places are free and as many can be held at once."""

    async def run() -> None:
        gate = Gate(slots=slots, queue=4)

        async def one(turns: int) -> None:
            with contextlib.suppress(LimitReached):
                async with gate.place():
                    assert gate.running <= slots
                    for _ in range(turns):
                        await asyncio.sleep(0)

        tasks: list[asyncio.Task[None]] = []
        for turns, cancel in steps:
            tasks.append(asyncio.ensure_future(one(turns)))
            await asyncio.sleep(0)
            if cancel < len(tasks):
                tasks[cancel].cancel()
                if turns % 2:
                    await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (gate.running, gate.waiting) == (0, 0)

    asyncio.run(run())


@pytest.mark.parametrize(("slots", "queue", "wait"), [(0, 1, 1.0), (1, -1, 1.0), (1, 1, 0.0)])
def test_a_gate_that_is_none_is_refused(slots: int, queue: int, wait: float) -> None:
    with pytest.raises(ConfigError):
        Gate(slots=slots, queue=queue, wait=wait)
