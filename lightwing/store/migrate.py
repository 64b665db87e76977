"""Brings a store to the tables of this version, once, however many open it at the same time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from lightwing.core.errors import StoreError
from lightwing.store.tables import SCHEMA, meta

__all__ = ["migrate", "schema_of"]

_TURN: Final = 0x6C69676874  # "light": every process that migrates a PostgreSQL store takes this number
_ALEMBIC: Final = threading.Lock()
"""Alembic keeps the migration that is under way in one place for the whole process."""


def schema_of(connection: sa.Connection, *, where: str) -> int:
    """The version of the tables; 0 where there are none.

    Raises:
        StoreError: the database is of something else, or of a newer version.
    """
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return 0
    if not {"meta", "traces"} <= set(tables):
        if connection.dialect.name == "sqlite":
            raise StoreError("The file is a database of something else.", where=where, hint="Choose another path.")
        raise StoreError(
            "The database holds tables of something else.",
            where=where,
            hint="Give the store a database of its own (createdb NAME) or a schema of its own (…?options=-csearch_path%3DNAME).",
        )
    found = connection.execute(sa.select(meta.c.value).where(meta.c.key == "schema")).scalar()
    schema = int(found) if found is not None and found.isdigit() else 0
    if schema > SCHEMA:
        raise StoreError(
            f"The store is of schema {schema}; this version reads up to {SCHEMA}.",
            where=where,
            hint="Install a newer lightwing.",
        )
    return schema


def migrate(connection: sa.Connection, *, where: str) -> None:
    """Takes the turn to migrate, looks again whether it is still needed, and does it, in the transaction that the connection is in."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    if schema_of(connection, where=where) == SCHEMA:
        return
    try:
        with _ALEMBIC:
            _run(connection)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"The store cannot be brought to schema {SCHEMA}: a trace in it is broken ({error}).",
            where=where,
            hint="It is as it was; the version of Lightwing that wrote it still reads it.",
        ) from error
    connection.execute(meta.delete().where(meta.c.key == "schema"))
    connection.execute(meta.insert().values(key="schema", value=str(SCHEMA)))


def _run(connection: sa.Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(__file__).with_name("migrations")))

    def steps(at: Any, context: Any) -> Any:
        return script._upgrade_revs("head", at)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
