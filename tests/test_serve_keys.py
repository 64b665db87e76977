"""API keys: what is shown, what is kept, whom they let in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.errors import ConfigError, KeyRefused, StoreError
from lightwing.serve.fresh import Fresh
from lightwing.serve.keys import Allowance, Key, Keys, MemoryKeys, bearer, new_key


def kept(*keys: Key) -> MemoryKeys:
    store = MemoryKeys()
    for key in keys:
        store.add(key)
    return store


def refused(store: MemoryKeys, presented: str | None) -> KeyRefused:
    with pytest.raises(KeyRefused) as caught:
        asyncio.run(Keys(store).of(presented))
    return caught.value


def test_a_key_opens_and_only_its_digest_is_kept() -> None:
    key, text = new_key("Ada", now=5.0)
    head, id, secret = text.split("_", 2)
    assert (head, id, key.created) == ("lw", key.id, 5.0)
    assert len(secret) == 43  # 32 bytes
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(key)
    assert key.digest not in repr(key)
    assert asyncio.run(Keys(kept(key)).of(text)) == key


def test_no_two_keys_are_the_same() -> None:
    made = [new_key("n") for _ in range(100)]
    assert len({key.id for key, _ in made}) == len({text for _, text in made}) == 100


def test_wrong_keys_are_refused_in_the_same_words_and_never_repeated() -> None:
    key, text = new_key("Ada")
    other, theirs = new_key("Bob")
    store = kept(key)
    crossed = f"lw_{key.id}_{theirs.split('_', 2)[2]}"
    presented = [
        theirs,
        crossed,
        text + "x",
        text[:-1],
        "sk-abc",
        "lw__",
        "é" * 60,
        "lw_" + "0" * 12 + "_" + "\udc80" * 43,
    ]
    said = {str(refused(store, p)) for p in presented}
    assert len(said) == 1
    for p in presented:
        assert p not in said.copy().pop()
    assert other.id not in said.pop()


@pytest.mark.parametrize("presented", [None, ""])
def test_no_key_is_told_apart_from_a_wrong_one(presented: str | None) -> None:
    assert refused(MemoryKeys(), presented).what == "No API key was given."


def test_a_revoked_key_is_refused_and_revoking_twice_keeps_the_first_time() -> None:
    key, text = new_key("Ada")
    store = kept(key)
    ended = store.revoke(key.id, 7.0)
    assert ended is not None
    assert ended.revoked == 7.0
    again = store.revoke(key.id, 9.0)
    assert again is not None
    assert again.revoked == 7.0
    assert store.revoke("nobody", 9.0) is None
    assert "revoked" in refused(store, text).what


def test_every_way_in_compares_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known id, unknown id, no key at all: one comparison of two digests each, of the same length."""
    key, text = new_key("Ada")
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def counting(a: str, b: str) -> bool:
        compared.append((len(a), len(b)))
        return real(a, b)

    monkeypatch.setattr("lightwing.serve.keys.hmac.compare_digest", counting)
    keys = Keys(kept(key))

    async def all_of_them() -> None:
        await keys.of(text)
        for wrong in (text[:-1] + ("A" if text[-1] != "A" else "B"), new_key("x")[1], "nothing of ours"):
            with pytest.raises(KeyRefused):
                await keys.of(wrong)

    asyncio.run(all_of_them())
    assert compared == [(64, 64)] * 4


@given(st.text(max_size=80) | st.from_regex(r"lw_[0-9a-f]{0,13}_.{0,50}", fullmatch=True))
def test_no_text_but_the_key_opens(text: str) -> None:
    assert isinstance(refused(kept(new_key("Ada")[0]), text), KeyRefused)


def test_a_key_may_only_what_it_may() -> None:
    key, _ = new_key("Ada", allowance=Allowance(assistants=("support",)))
    key.require("support")
    with pytest.raises(KeyRefused) as caught:
        key.require("other")
    assert caught.value.known
    assert new_key("Bob")[0].may("anything")
    assert not replace(key, allowance=Allowance(assistants=())).may("support")


@pytest.mark.parametrize(
    "limits",
    [
        {"requests_per_minute": 0},
        {"price_per_day": -1.0},
        {"price_per_month": float("nan")},
        {"concurrency": -3},
        {"tokens_per_day": float("inf")},
    ],
)
def test_limits_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(limits))):
        Allowance(**limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "\x1b[31m"])
def test_names_that_cannot_be_shown_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        new_key(name)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer a b", "a b"), ("BEARER\tx", None), ("Bearer", None), ("Bearer  ", None), ("", None), ("lw_1_2", None)],
)
def test_bearer(header: str, token: str | None) -> None:
    assert bearer(header) == token


def test_an_unknown_key_costs_no_query_and_a_revoked_one_ends_soon() -> None:
    key, text = new_key("Ada")
    reads = []

    class Counting(MemoryKeys):
        def all(self) -> Sequence[Key]:
            reads.append(1)
            return super().all()

    store = Counting()
    store.add(key)
    patient, keys = Keys(store, seconds=60), Keys(store, seconds=0.01)

    async def run() -> None:
        await patient.of(text)
        for _ in range(50):
            with pytest.raises(KeyRefused):
                await patient.of(new_key("x")[1])
        assert len(reads) == 1
        await keys.of(text)
        store.revoke(key.id, 1.0)
        await asyncio.sleep(0.03)
        with pytest.raises(KeyRefused, match="revoked"):
            await keys.of(text)

    asyncio.run(run())


def test_whether_there_is_a_good_key() -> None:
    key, _ = new_key("Ada")
    store = kept(key)
    assert asyncio.run(Keys(store).any())
    store.revoke(key.id, 1.0)
    assert not asyncio.run(Keys(store).any())
    assert not asyncio.run(Keys(MemoryKeys()).any())


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_value_serves_while_the_store_is_away_and_not_for_ever() -> None:
    clock, values = Clock(), iter([1])

    def read() -> int:
        try:
            return next(values)
        except StopIteration:
            raise StoreError("The store is away.") from None

    async def run() -> None:
        fresh = Fresh(read, seconds=2, grace=60, patience=0.5, clock=clock)
        assert await fresh.get() == 1
        for age in (1, 3, 5, 59):
            clock.now = 100.0 + age
            assert await fresh.get() == 1
            await asyncio.sleep(0.01)
        clock.now = 161.0
        with pytest.raises(StoreError):
            await fresh.get()
        with pytest.raises(StoreError):
            await fresh.again()

    asyncio.run(run())


def test_a_slow_store_is_not_waited_for_while_a_value_serves() -> None:
    import threading

    clock, gate, values = Clock(), threading.Event(), iter([1, 2, 3])
    gate.set()

    def read() -> int:
        gate.wait(5)
        return next(values)

    async def run() -> None:
        fresh = Fresh(read, seconds=2, patience=0.02, clock=clock)
        assert await fresh.get() == 1
        gate.clear()
        clock.now += 10
        assert await fresh.get() == 1
        gate.set()
        assert await fresh.again() == 3, "after the slow read, which was not lost"
        assert fresh.number == fresh.begun == 3

    asyncio.run(run())


def test_many_readers_read_once_and_one_that_leaves_ends_nothing() -> None:
    reads = []

    def read() -> int:
        reads.append(1)
        return len(reads)

    async def run() -> None:
        fresh = Fresh(read)
        leaving = asyncio.ensure_future(fresh.get())
        waiting = [asyncio.ensure_future(fresh.get()) for _ in range(20)]
        await asyncio.sleep(0)
        leaving.cancel()
        assert await asyncio.gather(*waiting) == [1] * 20

    asyncio.run(run())


def test_a_bug_in_reading_is_not_taken_for_a_store_that_is_away() -> None:
    clock, first = Clock(), [True]

    def read() -> int:
        if first.pop():
            first.append(False)
            return 1
        raise ZeroDivisionError

    async def run() -> None:
        fresh = Fresh(read, clock=clock)
        await fresh.get()
        clock.now += 10
        with pytest.raises(ZeroDivisionError):
            await fresh.get()

    asyncio.run(run())
