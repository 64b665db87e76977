"""Bodies stand in a table of their own, so that lists and counts pass over the pages that they fill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("trace", _NUMBER, sa.ForeignKey("traces.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO bodies (trace, body) SELECT number, body FROM traces")
    op.drop_column("traces", "body")
