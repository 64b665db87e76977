"""A store of an older version is brought to this one without loss; the steps end in the tables that the code works with."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_tools import trace

from lightwing.core.errors import StoreError
from lightwing.core.outcome import PASS, Status, fail
from lightwing.core.risk import Binding, Risk
from lightwing.core.trace import Trace
from lightwing.store import Filter, TraceStore, case_key, encode_trace, task_of
from lightwing.store.codec import identified
from lightwing.store.tables import metadata

FIRST_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS traces (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        task TEXT NOT NULL,
        case_key TEXT NOT NULL,
        case_id TEXT NOT NULL,
        spec TEXT NOT NULL,
        decoder TEXT NOT NULL,
        status TEXT NOT NULL,
        started REAL NOT NULL,
        error TEXT NOT NULL,
        calls INTEGER NOT NULL,
        judge_calls INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        seconds REAL NOT NULL,
        price REAL,
        body TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS usage (
        trace TEXT NOT NULL REFERENCES traces (id),
        model TEXT NOT NULL,
        calls INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        seconds REAL NOT NULL,
        price REAL,
        PRIMARY KEY (trace, model)
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS traces_by_case ON traces (case_key, task)",
    "CREATE INDEX IF NOT EXISTS traces_by_task ON traces (task)",
    "CREATE INDEX IF NOT EXISTS traces_by_spec ON traces (spec, status)",
    "CREATE INDEX IF NOT EXISTS traces_by_start ON traces (started)",
)

"""The tables of version 0.1.0, as that version made them in SQLite."""


def first_store(path: Path, traces: list[Trace]) -> None:
    """A file as version 0.1.0 wrote it."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    for statement in FIRST_TABLES:
        db.execute(statement)
    db.execute("INSERT INTO meta (key, value) VALUES ('schema', '1')")
    for each in map(identified, traces):
        price = None if each.cost.price is None else each.cost.price + 0.25
        row = (
            each.id,
            task_of(each),
            case_key(each.case),
            each.case.id,
            each.spec,
            each.decoder,
            each.status.value,
            each.started,
            each.error,
        )
        sums = (
            each.cost.calls,
            each.judge_cost.calls,
            each.cost.tokens + each.judge_cost.tokens,
            each.cost.seconds,
            price,
        )
        db.execute(
            """INSERT INTO traces (id, task, case_key, case_id, spec, decoder, status, started, error, calls, judge_calls, tokens, seconds, price, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (*row, *sums, encode_trace(each).decode()),
        )
        for c in each.candidates:
            db.execute(
                "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    each.id,
                    c.origin.model,
                    c.cost.calls,
                    c.cost.input_tokens,
                    c.cost.output_tokens,
                    c.cost.seconds,
                    c.cost.price,
                ),
            )
    db.commit()
    db.close()


def old_traces() -> list[Trace]:
    risk = Risk(wrong=0.125, target=0.2, confidence=0.95, level=0.1, standing="estimated", basis="assumed", bound=Binding(spec="s", models=("m",)))  # fmt: skip
    made = [
        trace(
            n,
            models=(("m", 0.5), ("big", None if n % 7 == 0 else 1.0)),
            started=n * 10_000.0,
            status=list(Status)[n % 4],
        )
        for n in range(1200)
    ]
    made[3] = replace(made[3], risk=risk)
    made[4] = replace(trace(4, outcomes=(("k1", PASS), ("k\ud800\0", fail("no")))), delivered=None)
    made[5] = replace(trace(5, error="ModelTimeout"), candidates=(), syndromes={}, delivered=None)
    return made


def test_a_store_of_the_first_version_is_as_one_that_was_written_today(tmp_path: Path) -> None:
    first_store(tmp_path / "old.sqlite", old_traces())
    with TraceStore(tmp_path / "old.sqlite") as old, TraceStore(tmp_path / "new.sqlite") as new:
        new.add_many(old_traces())
        assert list(old.traces()) == list(new.traces())
        assert old.rows(limit=2000) == new.rows(limit=2000)
        assert old.rows(Filter(model="big"), limit=2000) == new.rows(Filter(model="big"), limit=2000)
        assert (old.stats(), old.usage(), old.days()) == (new.stats(), new.usage(), new.days())
        assert (old.model_days(), old.clause_counts()) == (new.model_days(), new.clause_counts())
        assert old.find(trace(7).case) == new.find(trace(7).case)
        assert old.rows(limit=2000).rows[-4].wrong == 0.125
        id = old.add(trace(9999))
        assert old.label(id, "k1", True).met
    with TraceStore(tmp_path / "old.sqlite") as old:  # and a second opening changes nothing
        assert old.count() == 1201


def test_many_open_a_store_of_the_first_version_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    first_store(path, old_traces())
    program = "import sys; from lightwing.store import TraceStore\nwith TraceStore(sys.argv[1]) as s: print(s.count(), len(s.clause_counts(by_day=False)))"
    openers = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert {opener.communicate(timeout=120)[0].strip() for opener in openers} == {"1200 3"}


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.sqlite"
    first_store(path, old_traces()[:3])
    db = sqlite3.connect(path)
    db.execute("UPDATE traces SET body = '{' WHERE number = 2")
    db.commit()
    with pytest.raises(StoreError, match="It is as it was"):
        TraceStore(path)
    assert db.execute("SELECT COUNT(*) FROM usage").fetchone() == (6,)
    assert db.execute("SELECT value FROM meta").fetchone() == ("1",)
    assert not db.execute("SELECT name FROM sqlite_master WHERE name = 'labels'").fetchall()
    db.close()


def test_the_steps_end_in_the_tables_of_the_code(place: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with TraceStore(place) as store, store._db.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert [d for d in compare_metadata(context, metadata) if "alembic_version" not in repr(d)] == []
        if store._db.dialect.name == "sqlite":
            made = dict(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all())
            for table in metadata.tables:
                assert "STRICT" in made[table]
                assert ("AUTOINCREMENT" in made[table]) == (table in ("traces", "labels"))
            assert "WITHOUT ROWID" in made["outcomes"]


def test_a_trace_that_goes_takes_what_belongs_to_it(place: str) -> None:
    with TraceStore(place) as store:
        id = store.add(trace(1))
        store.label(id, "k1", True)
        assert store.prune(before=100.0, keep_labelled=False) == 1
        with store._db.reading() as connection:
            for table in ("traces", "bodies", "usage", "outcomes", "labels"):
                count = sa.select(sa.func.count()).select_from(metadata.tables[table])
                assert (table, connection.execute(count).scalar()) == (table, 0)
        store.add(trace(2))
        assert store.rows().rows[0].number == 2  # a number is never given twice
