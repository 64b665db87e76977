"""Keys and spending in the trace store, in SQLite and in PostgreSQL; held against their twins in memory."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_tools import trace

from lightwing.core.case import Cost
from lightwing.core.errors import KeyRefused, LimitReached, StoreError
from lightwing.core.trace import Trace
from lightwing.serve.keys import Allowance, Keys, KeyStore, MemoryKeys, new_key
from lightwing.serve.limits import Limits, Spent
from lightwing.serve.stored import StoredKeys, StoredUsage
from lightwing.store import TraceStore
from lightwing.store.tables import keys as table

DAY = 86_400
EVERYTHING = Allowance(
    requests_per_minute=60,
    tokens_per_day=10**12,
    price_per_day=0.1,
    price_per_month=2.5,
    concurrency=4,
    assistants=("support", "日本語"),
)


def test_what_is_kept_is_what_was_given_and_as_in_memory(place: str) -> None:
    made = [
        new_key(name, allowance=allowance, now=float(n))
        for n, (name, allowance) in enumerate(
            [("Ada", EVERYTHING), ("Bob", Allowance()), ("C", Allowance(assistants=()))]
        )
    ]
    memory = MemoryKeys()
    with TraceStore(place) as store:
        stored: KeyStore = StoredKeys(store)
        for key, _ in made:
            memory.add(key)
            stored.add(key)
        for at in (7.0, 8.0):
            assert stored.revoke(made[1][0].id, at) == memory.revoke(made[1][0].id, at)
        assert stored.revoke("nobody", 1.0) is None
        assert list(stored.all()) == list(memory.all())
    with TraceStore(place) as store:
        assert list(StoredKeys(store).all()) == list(memory.all())
        assert asyncio.run(Keys(StoredKeys(store)).of(made[0][1])).allowance == EVERYTHING
        with pytest.raises(KeyRefused, match="revoked"):
            asyncio.run(Keys(StoredKeys(store)).of(made[1][1]))


def test_no_secret_is_in_the_store(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    key, text = new_key("Ada")
    with TraceStore(path) as store:
        StoredKeys(store).add(key)
    kept = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    assert key.digest.encode() in kept
    assert text.split("_", 2)[2].encode() not in kept


@pytest.mark.parametrize(
    "limits", ["{", "[]", '{"tokens_per_day": "many"}', '{"tokens_per_day": 0}', '{"of_tomorrow": 1}']
)
def test_a_key_whose_limits_cannot_be_read_opens_nothing(limits: str) -> None:
    key, text = new_key("Ada")
    with TraceStore(":memory:") as store:
        StoredKeys(store).add(key)
        store.write(lambda connection: connection.execute(table.update().values(allowance=limits)))
        with pytest.raises(StoreError, match=f"limits of key {key.id}"):
            asyncio.run(Keys(StoredKeys(store)).of(text))
        ended = StoredKeys(store).revoke(key.id, 5.0)
        assert ended is not None
        with pytest.raises(KeyRefused, match="revoked"):
            asyncio.run(Keys(StoredKeys(store)).of(text))


def test_a_second_key_of_one_id_is_refused(place: str) -> None:
    key, _ = new_key("Ada")
    with TraceStore(place) as store:
        StoredKeys(store).add(key)
        with pytest.raises(StoreError):
            StoredKeys(store).add(replace(key, name="Eve"))
        assert [k.name for k in StoredKeys(store).all()] == ["Ada"]


def spent(number: int, *, day: int, tokens: int, price: float | None) -> Trace:
    return replace(
        trace(number, started=day * DAY + 5.0),
        cost=Cost(calls=1, input_tokens=tokens, price=price),
        judge_cost=Cost(),
    )


def test_spending_is_that_of_the_key_and_of_the_days(place: str) -> None:
    with TraceStore(place) as store:
        used = StoredUsage(store)
        assert used("a", since=0) == Spent()
        store.add_many(
            [
                spent(1, day=100, tokens=10, price=0.5),
                spent(2, day=101, tokens=20, price=0.25),
                spent(3, day=101, tokens=30, price=None),
                spent(4, day=102, tokens=40, price=2.0),
            ],
            owner="a",
        )
        store.add_many([spent(5, day=101, tokens=1000, price=100.0)], owner="b")
        store.add(spent(6, day=101, tokens=1000, price=100.0))
        assert used("a", since=101) == Spent(tokens=90, price=2.25, dearest=2.0, unpriced=1)
        assert used("a", since=101, until=102) == Spent(tokens=50, price=0.25, dearest=0.25, unpriced=1)
        assert used("a", since=103) == Spent()
        assert used("b", since=0).tokens == 1000
        assert used("nobody", since=0) == Spent()


def test_what_a_key_spent_is_summed_out_of_the_index(tmp_path: Path) -> None:
    with TraceStore(tmp_path / "t.sqlite") as store, store.reading() as connection:
        plan = connection.execute(
            sa.text(
                "EXPLAIN QUERY PLAN SELECT sum(tokens), sum(price), max(price) FROM traces WHERE owner = 'a' AND day >= 5"
            )
        ).all()
        assert "COVERING INDEX traces_by_spending" in str(plan)


def test_two_processes_that_share_a_store_keep_one_budget(place: str) -> None:
    """Each with its own Limits; all requests are stored before the next begins. Together they pass the limit by at most one request each."""
    key, _ = new_key("Ada", allowance=Allowance(tokens_per_day=100))
    number = iter(range(10_000))

    async def requests(limits: Limits, store: TraceStore, count: int) -> int:
        passed = 0
        for _ in range(count):
            try:
                async with limits.admit(key) as ticket:
                    await asyncio.to_thread(
                        store.add, spent(next(number), day=20_000, tokens=7, price=None), owner=key.id
                    )
                    ticket.spent(tokens=7, price=None)
                    passed += 1
            except LimitReached:
                break
            await asyncio.sleep(0.02)
        return passed

    async def run() -> list[int]:
        with TraceStore(place) as one, TraceStore(place) as two:
            now = lambda: 20_000 * DAY + 10.0  # noqa: E731
            pair = [Limits(StoredUsage(s), seconds=0.005, now=now) for s in (one, two)]
            return list(await asyncio.gather(*(requests(p, s, 30) for p, s in zip(pair, (one, two), strict=True))))

    passed = sum(asyncio.run(run()))
    assert 15 <= passed <= 17


def test_many_threads_make_and_end_keys(place: str) -> None:
    with TraceStore(place) as store:
        keys = StoredKeys(store)

        def work() -> None:
            for _ in range(5):
                key, _ = new_key("n")
                keys.add(key)
                keys.revoke(key.id, 1.0)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [k.revoked for k in keys.all()] == [1.0] * 20
