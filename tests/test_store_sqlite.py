"""What the store owes to a file of its own: it is not touched where it is something else, and a full disk or a kill loses nothing that was added."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from store_tools import texts, trace

from lightwing.core.errors import ConfigError, StoreError
from lightwing.store import Filter, TraceStore, queries
from lightwing.store.tables import metadata


def test_a_url_and_a_path_are_one_file(tmp_path: Path) -> None:
    with TraceStore(f"sqlite:///{tmp_path}/t.sqlite") as store:
        store.add(trace(1))
        assert store.path == f"{tmp_path}/t.sqlite"
    with TraceStore(tmp_path / "t.sqlite") as store:
        assert store.count() == 1


@pytest.mark.parametrize(
    "url", ["mysql://me:hidden@host/db", "postgresql+asyncpg://me:hidden@host/db", "postgresql://me:hidden@host:port/db", "sqlite://host/x", "://hidden"]
)  # fmt: skip
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TraceStore(url)
    assert "hidden" not in str(caught.value)


def test_a_writer_that_holds_the_store_is_an_error_after_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    with TraceStore(path, wait_seconds=0.05) as store:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another process is writing"):
            store.add(trace(1))
        assert store.count() == 0
        other.rollback()
        other.close()
        store.add(trace(1))
        assert store.count() == 1


def test_what_is_no_store_is_not_touched(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("notes " * 1000)
    with pytest.raises(StoreError, match="not a database"):
        TraceStore(text)
    assert text.read_text() == "notes " * 1000
    foreign = tmp_path / "foreign.sqlite"
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE cats (name TEXT)")
    db.commit()
    db.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreError, match="something else"):
        TraceStore(foreign)
    assert foreign.read_bytes() == before
    with pytest.raises(StoreError, match="unable to open"):
        TraceStore(tmp_path / "none" / "t.sqlite")
    with pytest.raises(StoreError, match="There is no store"):
        TraceStore(tmp_path / "typo.sqlite", create=False)
    assert not (tmp_path / "typo.sqlite").exists()


def test_a_store_that_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    """A current store is opened without a write; that is what a reader on a read-only disk needs."""
    path = tmp_path / "t.sqlite"
    with TraceStore(path) as store:
        store.add(trace(1))
        store._db._engine.dispose()
        sa.event.listen(store._db._engine, "connect", lambda c, _: c.execute("PRAGMA query_only = ON"))
        assert texts(store.traces()) == ["c1"]
        with pytest.raises(StoreError, match="readonly"):
            store.add(trace(2))


def test_a_full_disk_keeps_what_was_added(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    with TraceStore(path) as store:
        store.add(trace(0))
        pages = path.stat().st_size // 4096 + 30
        limit = [f"PRAGMA max_page_count = {pages}"]

        def limited(connection: Any, record: object) -> None:
            connection.execute(limit[0])

        store._db._engine.dispose()
        sa.event.listen(store._db._engine, "connect", limited)
        added = 1

        def fill() -> None:
            nonlocal added
            for number in range(1, 1000):
                store.add(trace(number))
                added += 1

        with pytest.raises(StoreError, match="Make room"):
            fill()
        assert store.count() == added
        assert added > 1
        limit[0] = "PRAGMA max_page_count = 100000"
        store._db._engine.dispose()
        store.add(trace(1000))
    with TraceStore(path) as store:
        assert store.count() == added + 1


def test_a_kill_leaves_whole_traces_only(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    program = textwrap.dedent("""
        import os, signal, sys
        from lightwing.core.case import Case
        from lightwing.core.outcome import Status
        from lightwing.core.trace import Trace
        from lightwing.store import TraceStore
        store = TraceStore(sys.argv[1])
        for n in range(20):
            store.add(Trace(case=Case.ask("x" * 5000, id=f"c{n}"), spec="s", decoder="first", models=("m",),
                            status=Status.CHECKED, delivered=None))
        def half(connection):
            connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('half', 'done')")
            os.kill(os.getpid(), signal.SIGKILL)
        store._db.write(half)
    """)
    assert subprocess.run([sys.executable, "-c", program, str(path)], timeout=60).returncode == -9
    with TraceStore(path) as store:
        assert texts(store.traces()) == [f"c{n}" for n in range(20)]
    db = sqlite3.connect(path)
    assert db.execute("SELECT COUNT(*) FROM meta WHERE key = 'half'").fetchone()[0] == 0
    db.close()


def test_the_library_of_the_store_is_loaded_when_it_is_needed() -> None:
    program = "import sys, lightwing, lightwing.store, lightwing.cli.main; print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=dict(os.environ)
    )
    assert ran.stdout.split() == ["False", "False"]


def test_counts_go_through_what_they_are_asked_for_only(tmp_path: Path) -> None:
    """SQLite keeps no statistics here: the form of the statement decides which table it goes through."""
    wanted = Filter(since=1e6)
    with TraceStore(tmp_path / "t.sqlite") as store, store.reading() as connection:
        for chosen in (
            queries.clause_counts(wanted, by_day=True),
            queries.model_days(wanted),
            queries.day_counts(wanted),
        ):
            text = str(chosen.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
            assert any(step.startswith("SEARCH traces USING") for step in plan), plan
            assert not any(step.startswith(f"SCAN {table}") for step in plan for table in metadata.tables), plan
