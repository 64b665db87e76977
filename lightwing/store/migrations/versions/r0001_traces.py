"""Traces, with what each model's candidates cost.

These are the tables of version 0.1.0, made there without Alembic: where they stand already, this step finds nothing to do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_strict=True,
        if_not_exists=True,
    )
    op.create_table(
        "traces",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("case_key", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("decoder", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started", _REAL, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("judge_calls", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("seconds", _REAL, nullable=False),
        sa.Column("price", _REAL),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        sqlite_strict=True,
        if_not_exists=True,
    )
    op.create_table(
        "usage",
        sa.Column("trace", sa.Text, sa.ForeignKey("traces.id"), primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("seconds", _REAL, nullable=False),
        sa.Column("price", _REAL),
        sqlite_strict=True,
        if_not_exists=True,
    )
    for name, columns in {
        "traces_by_case": ["case_key", "task"],
        "traces_by_task": ["task"],
        "traces_by_spec": ["spec", "status"],
        "traces_by_start": ["started"],
    }.items():
        op.create_index(name, "traces", columns, if_not_exists=True)
