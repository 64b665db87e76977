"""Traces out of a store: what comes out is what went in, a file is whole or not there, and memory does not grow with their number."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from store_tools import trace

from lightwing.core.errors import MissingExtra, StoreError
from lightwing.core.outcome import PASS, Status, fail, unknown
from lightwing.core.trace import Trace
from lightwing.store import Filter, Redaction, TraceStore, read_traces
from lightwing.store.export import export_jsonl, export_parquet


def some() -> list[Trace]:
    read = (("k1", PASS), ("k2", fail("no")), ("k3", unknown()))
    return [trace(n, outcomes=read, spec=f"s{n % 2}", models=(("m", None if n == 3 else 0.5),)) for n in range(600)]


def test_jsonl_is_read_again_as_it_was(place: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with TraceStore(place) as store:
        store.add_many(some())
        assert export_jsonl(store, out) == 600
        assert list(read_traces(out)) == list(store.traces())
        assert export_jsonl(store, out, Filter(spec="s1", since=10.0)) == 295
        assert {t.spec for t in read_traces(out)} == {"s1"}
    with TraceStore(tmp_path / "again.sqlite") as again:
        again.add_many(read_traces(out))
        assert again.count() == 295


def test_parquet_holds_what_a_list_shows_and_the_whole_trace(place: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out.parquet"
    with TraceStore(place) as store:
        store.add_many(some(), owner="k\0")
        store.add(replace(trace(9999, started=1e30), delivered=None, status=Status.ABSTAINED))
        assert export_parquet(store, out) == 601
        found: list[dict[str, Any]] = parquet.read_table(out).to_pylist()
        rows = {row.id: row for row in store.rows(limit=1000).rows}
        assert len(found) == len(rows)
        for one in found:
            row = rows[one["id"]]
            assert (one["spec"], one["case"], one["status"], one["tokens"], one["price"]) == (row.spec, row.case, row.status.value, row.tokens, row.price)  # fmt: skip
            assert (tuple(one["models"]), one["owner"]) == (row.models, row.owner)
            assert one["calls"] + one["judge_calls"] == row.calls
            assert json.loads(one["trace"])["id"] == row.id
    first, last = found[1], found[-1]
    assert first["started"] == datetime.fromtimestamp(1, UTC)
    assert first["answer"] == "\\ud800 odd"
    assert first["outcomes"][1] == {"clause": "k2", "first": "fail", "delivered": "fail"}
    assert (last["started"], last["answer"], last["outcomes"]) == (None, None, [{"clause": "k1", "first": "pass", "delivered": None}])  # fmt: skip
    assert found[3]["price"] is None


def test_what_was_redacted_stays_so(tmp_path: Path) -> None:
    with TraceStore(":memory:", redaction=Redaction(fields=("case.messages",))) as store:
        store.add(trace(1))
        out = io.BytesIO()
        assert export_jsonl(store, out) == 1
    assert b"Question" not in out.getvalue()
    assert json.loads(out.getvalue())["metadata"]["redacted"] == ["case.messages"]


@pytest.mark.parametrize("write", [export_jsonl, export_parquet])
def test_a_file_is_whole_or_not_there(tmp_path: Path, write: Any) -> None:
    if write is export_parquet:
        pytest.importorskip("pyarrow")
    with TraceStore(tmp_path / "t.sqlite") as store:
        store.add_many(some())
        with pytest.raises(StoreError, match="cannot be written"):
            write(store, tmp_path / "none" / "out")
        out = tmp_path / "out"
        out.write_text("what was there")
        store._db.write(lambda c: c.exec_driver_sql("UPDATE bodies SET body = '{' WHERE trace = 500"))
        if write is export_parquet:
            with pytest.raises(StoreError, match="no trace"):
                write(store, out)
            assert out.read_text() == "what was there"
    assert [f.name for f in tmp_path.iterdir() if f.name.endswith(".part")] == []


def test_without_pyarrow_the_command_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with TraceStore(":memory:") as store, pytest.raises(MissingExtra, match=r"lightwing\[parquet\]"):
        export_parquet(store, tmp_path / "x.parquet")


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_memory_does_not_grow_with_the_number_of_traces(tmp_path: Path, form: str) -> None:
    """The peak of a process that exports eight times as many traces of 4 kB is at most 8 MB higher; all of them are 16 MB."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from lightwing.store import TraceStore
        from lightwing.store.export import export_jsonl, export_parquet
        with TraceStore(sys.argv[1]) as store:
            count = {"jsonl": export_jsonl, "parquet": export_parquet}[sys.argv[2]](store, Path(sys.argv[1] + ".out"))
        print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """)
    peaks = []
    for count in (500, 4000):
        path = tmp_path / f"{count}.sqlite"
        with TraceStore(path) as store:
            store.add_many(trace(n, text=f"{n} " + "x" * 3600) for n in range(count))
        ran = subprocess.run(
            [sys.executable, "-c", program, str(path), form], capture_output=True, text=True, timeout=120
        )
        exported, kilobytes = map(int, ran.stdout.split())
        assert exported == count
        peaks.append(kilobytes / 1024)
    assert peaks[1] - peaks[0] < 8, peaks
