"""The tables of the store as they are now; `migrations` makes them, step by step, and a test holds the two together."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

__all__ = ["SCHEMA", "bodies", "keys", "labels", "meta", "metadata", "outcomes", "traces", "usage"]

SCHEMA: Final = 4
"""Version of the tables. A store of a newer one is refused; an older one is migrated when it is opened."""

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Real: Final[sa.types.TypeEngine[float]] = sa.Double().with_variant(sa.REAL(), "sqlite")
"""Strict tables of SQLite know INTEGER, REAL and TEXT only."""

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sqlite_strict=True,
)

traces = sa.Table(
    "traces",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("case_key", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("decoder", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", _Real, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("judge_calls", sa.Integer, nullable=False),
    sa.Column("tokens", sa.Integer, nullable=False),
    sa.Column("seconds", _Real, nullable=False),
    sa.Column("price", _Real),
    sa.Column("owner", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("day", sa.Integer, nullable=False, server_default="0"),
    sa.Column("models", sa.Text, nullable=False, server_default="[]"),
    sa.Column("wrong", _Real),
    sa.Column("redacted", sa.Integer, nullable=False, server_default="0"),
    sa.Index("traces_by_case", "case_key", "task"),
    sa.Index("traces_by_task", "task"),
    sa.Index("traces_by_spec", "spec", "status"),
    sa.Index("traces_by_start", "started"),
    sa.Index("traces_by_owner", "owner", "number"),
    sa.Index("traces_by_day", "day"),
    sa.Index("traces_by_spending", "owner", "day", "tokens", "price"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)
"""One row for each trace. `day` is the UTC day of `started`, counted from 1970-01-01; `models` is a JSON list; `wrong` is P(wrong), where it was reckoned."""


def _of_trace(*, key: bool) -> sa.Column[int]:
    of = sa.ForeignKey("traces.number", ondelete="CASCADE")
    return sa.Column("trace", _Number, of, primary_key=key, nullable=False)


bodies = sa.Table(
    "bodies",
    metadata,
    _of_trace(key=True),
    sa.Column("body", sa.Text, nullable=False),
    sqlite_strict=True,
)
"""The whole of each trace as JSON."""

usage = sa.Table(
    "usage",
    metadata,
    _of_trace(key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("input_tokens", sa.Integer, nullable=False),
    sa.Column("output_tokens", sa.Integer, nullable=False),
    sa.Column("seconds", _Real, nullable=False),
    sa.Column("price", _Real),
    sa.Index("usage_by_model", "model", "trace"),
    sqlite_strict=True,
)
"""What the candidates of each model cost."""

outcomes = sa.Table(
    "outcomes",
    metadata,
    _of_trace(key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("clause", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""How each clause was read on the first candidate (`stage` first) and on the delivered one (delivered), and which model wrote that candidate."""

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    _of_trace(key=False),
    sa.Column("candidate", sa.Text, nullable=False),
    sa.Column("clause", sa.Text, nullable=False),
    sa.Column("met", sa.Integer),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", _Real, nullable=False),
    sa.Index("labels_by_trace", "trace", "candidate", "clause"),
    sqlite_autoincrement=True,
    sqlite_strict=True,
)
"""What people said; the row of the highest number counts, and `met` NULL takes a label back."""

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("created", _Real, nullable=False),
    sa.Column("revoked", _Real),
    sa.Column("allowance", sa.Text, nullable=False),
    sqlite_strict=True,
)
"""API keys of a gateway: the SHA-256 of each secret, times in seconds since the epoch, and a JSON object of limits."""
