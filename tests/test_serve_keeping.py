"""What was delivered is kept: in the store, or in a file beside it, whatever becomes of either."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from lightwing.core.case import Answer, Candidate, Case
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status, Syndrome
from lightwing.core.trace import Trace
from lightwing.serve.keeping import Keeper
from lightwing.serve.spill import Spill
from lightwing.store import TraceStore, encode_trace, identified


def trace(name: str) -> Trace:
    made = Candidate(answer=Answer(text=name), id="a1")
    return identified(
        Trace(
            case=Case.ask(name),
            spec="s",
            decoder="first",
            models=("m",),
            status=Status.VERIFIED,
            delivered="a1",
            candidates=(made,),
            syndromes={"a1": Syndrome()},
        )
    )


class Flaky:
    """A store that can be taken away, and that refuses traces of some names for good."""

    def __init__(self, never: Sequence[str] = ()) -> None:
        self.kept: dict[str, str] = {}
        self.away, self.never = threading.Event(), set(never)

    def add_owned(self, pairs: Iterable[tuple[Trace, str]]) -> Sequence[str]:
        pairs = list(pairs)
        if self.away.is_set():
            raise StoreError("It is away.")
        if any(t.answer in self.never for t, _ in pairs):
            raise StoreError("That one cannot be kept.")
        self.kept |= {t.id: t.answer for t, _ in pairs}
        return [t.id for t, _ in pairs]


def keeping(store: Flaky, base: Path | None) -> Keeper:
    keeper = Keeper(store=store, spill=None if base is None else Spill(base), again=0.05)
    keeper.open()
    return keeper


def add(keeper: Keeper, *names: str) -> None:
    async def all() -> None:
        await asyncio.gather(*(keeper.keep(trace(name)) for name in names))

    asyncio.run(all())


def eventually(true: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_store_that_goes_away_and_comes_back_misses_nothing(tmp_path: Path) -> None:
    store, base = Flaky(), tmp_path / "t.sqlite"
    keeper = keeping(store, base)
    add(keeper, "before")
    store.away.set()
    started = time.monotonic()
    add(keeper, *(f"during {i}" for i in range(300)))
    assert time.monotonic() - started < 5
    assert (keeper.behind, bool(keeper.away), keeper.trouble) == (300, True, "")
    time.sleep(0.3)
    assert len(list(tmp_path.glob("t.sqlite.spill.*.jsonl"))) <= 2
    store.away.clear()
    eventually(lambda: not keeper.behind)
    add(keeper, "after")
    keeper.close()
    assert set(store.kept.values()) == {"before", "after", *(f"during {i}" for i in range(300))}
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_beside_it_nothing_is_called_kept(tmp_path: Path) -> None:
    store = Flaky()
    store.away.set()
    for base in (None, tmp_path / "no folder" / "t.sqlite"):
        keeper = keeping(store, base)
        with pytest.raises(StoreError):
            add(keeper, "x")
        assert keeper.trouble
        store.away.clear()
        eventually(lambda: _works(keeper))  # noqa: B023
        keeper.close()
        assert not keeper.trouble
        store.away.set()


def _works(keeper: Keeper) -> bool:
    try:
        add(keeper, "y")
    except StoreError:
        return False
    return True


def test_one_trace_that_no_store_takes_does_not_hold_up_the_others(tmp_path: Path) -> None:
    store, base = Flaky(never=["poison"]), tmp_path / "t.sqlite"
    keeper = keeping(store, base)
    add(keeper, "a", "poison", "b", "c", "d")
    eventually(lambda: not keeper.behind)
    add(keeper, "later")
    keeper.close()
    assert set(store.kept.values()) == {"a", "b", "c", "d", "later"}
    assert b"poison" in (tmp_path / "t.sqlite.refused.jsonl").read_bytes()


def test_a_store_that_comes_back_in_the_middle_refuses_nothing_for_good(tmp_path: Path) -> None:
    spill, taken, calls = Spill(tmp_path / "t"), list[str](), 0
    spill.add([trace(f"{i}") for i in range(6)])
    spill.finish()

    def add_one(traces: Sequence[Trace]) -> None:
        nonlocal calls
        calls += 1
        if calls in (1, 2, 4, 8):  # all together, then single ones, and one when it is tried again
            raise StoreError("It is away.")
        taken.extend(t.answer for t in traces)

    for _ in range(5):
        try:
            spill.empty(add_one)
        except StoreError:
            continue
    assert set(taken) == {f"{i}" for i in range(6)}
    assert list(tmp_path.iterdir()) == []


def test_processes_do_not_share_a_file_and_one_takes_up_what_a_dead_one_left(tmp_path: Path) -> None:
    base = tmp_path / "t.sqlite"
    living, store = Spill(base), Flaky()
    living.add([trace("of the living")])
    dead = (
        "import sys, os, signal; from pathlib import Path; from lightwing.serve.spill import Spill\n"
        "from lightwing.store import decode_trace\n"
        "spill = Spill(Path(sys.argv[1])); spill.add([decode_trace(l) for l in sys.stdin.buffer])\n"
        'os.write(spill._file, b\'{"schema": 1, "torn\'); os.kill(os.getpid(), signal.SIGKILL)'
    )
    left = encode_trace(trace("of the dead"))
    subprocess.run([sys.executable, "-c", dead, str(base)], input=left, timeout=60, check=False)
    assert len(list(tmp_path.glob("*.spill.*"))) == 2
    keeper = keeping(store, base)
    assert keeper.behind == 1
    eventually(lambda: not keeper.behind)
    keeper.close()
    assert set(store.kept.values()) == {"of the dead"}
    living.finish()
    assert Spill(base).left() == 1


def test_files_of_other_stores_and_broken_lines_are_left_or_put_aside(tmp_path: Path) -> None:
    store, base = Flaky(), tmp_path / "t"
    (tmp_path / "t2.spill.1-a.jsonl").write_bytes(b"x\n")
    (tmp_path / "t.spill.1-a.jsonl").write_bytes(b"no trace\n" + encode_trace(trace("x")) + b"\n")
    assert Spill(base).empty(lambda traces: store.add_owned((t, "") for t in traces)) == 1
    assert (tmp_path / "t.refused.jsonl").read_bytes() == b"no trace\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.refused.jsonl", "t2.spill.1-a.jsonl"]


def test_what_is_spilled_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "t")
    spill.add([trace("secret")])
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    spill.finish()


def test_a_real_store_that_is_locked_delays_the_first_answer_only(tmp_path: Path) -> None:
    import sqlite3

    base = tmp_path / "t.sqlite"
    with TraceStore(base, wait_seconds=0.3) as store:
        keeper = Keeper(store=store, spill=Spill(base), again=0.1)
        keeper.open()
        add(keeper, "first")
        other = sqlite3.connect(base, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        add(keeper, "locked out")
        started = time.monotonic()
        add(keeper, *(f"{i}" for i in range(20)))
        assert time.monotonic() - started < 2
        assert keeper.behind == 21
        other.execute("ROLLBACK")
        other.close()
        eventually(lambda: not keeper.behind)
        keeper.close()
        assert store.count() == 22
    assert not list(tmp_path.glob("*.spill.*"))
    assert os.path.exists(base)


def test_closing_writes_what_is_queued(tmp_path: Path) -> None:
    store = Flaky()
    keeper = keeping(store, tmp_path / "t")

    async def some() -> None:
        tasks = [asyncio.ensure_future(keeper.keep(trace(f"{i}"))) for i in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(keeper.close)
        await asyncio.gather(*tasks)
        with pytest.raises(StoreError, match="ended"):
            await keeper.keep(trace("too late"))

    asyncio.run(some())
    assert len(store.kept) == 50
