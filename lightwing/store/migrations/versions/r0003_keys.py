"""API keys of a gateway; an index by which what a key used is summed without reading its traces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created", _REAL, nullable=False),
        sa.Column("revoked", _REAL),
        sa.Column("allowance", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("traces_by_spending", "traces", ["owner", "day", "tokens", "price"])
