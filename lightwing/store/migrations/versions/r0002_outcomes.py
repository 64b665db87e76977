"""Owners, outcomes by clause, labels; what lists of traces show stands in columns of its own.

Outcomes and the new columns of the traces that are there already are read out of their bodies.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
_PAGE = 500
_LAST_DAY = 2_932_896  # 9999-12-31


def upgrade() -> None:
    op.add_column("traces", sa.Column("owner", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("traces", sa.Column("day", sa.Integer, nullable=False, server_default="0"))
    op.add_column("traces", sa.Column("models", sa.Text, nullable=False, server_default="[]"))
    op.add_column("traces", sa.Column("wrong", _REAL))
    op.add_column("traces", sa.Column("redacted", sa.Integer, nullable=False, server_default="0"))
    op.create_index("traces_by_owner", "traces", ["owner", "number"])
    _usage_by_number()
    outcomes = op.create_table(
        "outcomes",
        _of_trace(key=True),
        sa.Column("stage", sa.Text, primary_key=True),
        sa.Column("clause", sa.Text, primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "labels",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        _of_trace(key=False),
        sa.Column("candidate", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("met", sa.Integer),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", _REAL, nullable=False),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("labels_by_trace", "labels", ["trace", "candidate", "clause"])
    _fill(outcomes)
    op.create_index("traces_by_day", "traces", ["day"])


def _of_trace(*, key: bool) -> sa.Column[int]:
    of = sa.ForeignKey("traces.number", ondelete="CASCADE")
    return sa.Column("trace", _NUMBER, of, primary_key=key, nullable=False)


def _usage_by_number() -> None:
    """Usage refers to a trace by its number, which is shorter than its id."""
    op.rename_table("usage", "usage_before")
    columns = ("model", "calls", "input_tokens", "output_tokens", "seconds", "price")
    op.create_table(
        "usage",
        _of_trace(key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("seconds", _REAL, nullable=False),
        sa.Column("price", _REAL),
        sqlite_strict=True,
    )
    listed = ", ".join(columns)
    op.execute(
        f"INSERT INTO usage (trace, {listed}) SELECT t.number, {', '.join(f'u.{c}' for c in columns)} "
        "FROM usage_before u JOIN traces t ON t.id = u.trace"
    )
    op.drop_table("usage_before")
    op.create_index("usage_by_model", "usage", ["model", "trace"])


def _fill(outcomes: sa.Table) -> None:
    names = ("number", "body", "started", "day", "models", "wrong")
    traces = sa.table("traces", *(sa.column(name) for name in names))
    page = (
        sa.select(traces.c.number, traces.c.body, traces.c.started)
        .where(traces.c.number > sa.bindparam("last"))
        .order_by(traces.c.number)
        .limit(_PAGE)
    )
    change = (
        traces.update()
        .where(traces.c.number == sa.bindparam("of"))
        .values(day=sa.bindparam("a_day"), models=sa.bindparam("some_models"), wrong=sa.bindparam("a_risk"))
    )
    connection, last = op.get_bind(), 0
    while rows := connection.execute(page, {"last": last}).all():
        last = rows[-1].number
        changes: list[dict[str, Any]] = []
        read: list[dict[str, Any]] = []
        for row in rows:
            trace = json.loads(row.body)
            changes.append(
                {
                    "of": row.number,
                    "a_day": min(max(0, int(row.started // 86400)), _LAST_DAY) if math.isfinite(row.started) else 0,
                    "some_models": json.dumps(_models(trace)),
                    "a_risk": (trace.get("risk") or {}).get("wrong"),
                }
            )
            read += _outcomes(row.number, trace)
        connection.execute(change, changes)
        if read:
            connection.execute(outcomes.insert(), read)


def _models(trace: dict[str, Any]) -> list[str]:
    """The models that wrote something, in order; those that were to write where none did."""
    asked = [c["origin"]["model"] for c in trace["candidates"] if c["cost"]["calls"] and c["origin"]["model"]]
    return list(dict.fromkeys(asked or trace["models"]))


def _outcomes(number: int, trace: dict[str, Any]) -> Iterator[dict[str, Any]]:
    models = {c["id"]: c["origin"]["model"] for c in trace["candidates"]}
    first = next(iter(models), None)
    for stage, candidate in (("first", first), ("delivered", trace["delivered"])):
        for clause, outcome in trace["syndromes"].get(candidate, {"outcomes": {}})["outcomes"].items():
            yield {
                "trace": number,
                "stage": stage,
                "clause": _plain(clause),
                "verdict": outcome["verdict"],
                "model": _plain(models.get(candidate, "")),
            }


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
