"""Connections to SQLite and to PostgreSQL, and what their errors mean to a person."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from lightwing.core.errors import StoreError
from lightwing.store.place import Place

__all__ = ["Database"]

T = TypeVar("T")

_CACHE_KILOBYTES: Final = 8_000
_WRITES: Final = "lightwing_writes"
_POOL: Final = {"pool_size": 8, "max_overflow": 24, "pool_use_lifo": True}
"""The connection that was used last is the next one to be used: its pages are in memory, and others can be let go."""
_AGAIN: Final = ("40P01", "40001")
"""SQLSTATE of a deadlock and of a serialization failure: the whole transaction is to be done once more."""


class Database:
    """The connections of one store, for any number of threads: readers side by side; in SQLite one writer of this process at a time, for the file has
    but one lock. Every error of a driver leaves as a `StoreError` that names the place, without its password."""

    def __init__(self, place: Place, *, wait_seconds: float) -> None:
        self.place = place
        self._wait = wait_seconds
        self._closed = False
        # In memory there is one connection for all threads; in a file only writers exclude each other.
        self._turn: AbstractContextManager[object] = threading.RLock() if place.kind == "sqlite" else nullcontext()
        self._engine = self._make()

    @property
    def dialect(self) -> sa.Dialect:
        return self._engine.dialect

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        self._refuse_closed()
        with self._turn if self.place.memory else nullcontext(), self.mapped(), self._engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Does `work` in a transaction: all of it is kept, or nothing. Once more after a deadlock, or after a connection that broke: a trace that arrived
        all the same stands once."""
        self._refuse_closed()
        with self.mapped():
            try:
                return self._write(work)
            except DBAPIError as error:
                if not error.connection_invalidated and getattr(error.orig, "sqlstate", None) not in _AGAIN:
                    raise
                return self._write(work)

    def _write(self, work: Callable[[sa.Connection], T]) -> T:
        with self._turn, self._engine.connect() as connection, connection.execution_options(**{_WRITES: True}).begin():
            return work(connection)

    @contextmanager
    def mapped(self) -> Iterator[None]:
        """Turns a driver's error into a `StoreError`."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._trouble(error) from error

    def write_ahead(self) -> None:
        """Switches a new SQLite file to write-ahead mode. SQLite does not wait for a lock there, whatever the time-out, so two first writers would collide."""
        until = time.monotonic() + self._wait
        with self.mapped():
            connection = self._engine.raw_connection()
            try:
                while True:
                    try:
                        connection.cursor().execute("PRAGMA journal_mode = WAL")
                        return
                    except sqlite3.OperationalError as error:
                        if "locked" not in str(error) or time.monotonic() > until:
                            raise
                        time.sleep(0.02)
            finally:
                connection.close()

    def close(self) -> None:
        """Lets go of every connection. Closing twice is harmless."""
        self._closed = True
        with self.mapped():
            self._engine.dispose()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.", where=self.place.shown, hint="Open it again.")

    def _make(self) -> sa.Engine:
        if self.place.kind == "postgresql":
            engine = sa.create_engine(
                self.place.url,
                # A server that was started again in between is met with a new connection, not with an error.
                pool_pre_ping=True,
                connect_args={}
                if "connect_timeout" in self.place.url.query
                else {"connect_timeout": max(1, round(self._wait))},
                **_POOL,
            )
            sa.event.listen(engine, "connect", self._prepare_postgresql)
            return engine
        kept: dict[str, Any] = {"poolclass": StaticPool} if self.place.memory else _POOL
        engine = sa.create_engine(
            self.place.url, connect_args={"timeout": self._wait, "check_same_thread": False}, **kept
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _prepare_postgresql(self, connection: Any, record: object) -> None:
        """Waits for another's lock as long as SQLite does."""
        connection.execute(f"SET lock_timeout = {round(1000 * self._wait)}")
        connection.commit()

    def _trouble(self, error: Exception) -> StoreError:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        text = self.place.without_password(str(cause).strip().partition("\n")[0].rstrip("."))
        hint = _hint_sqlite(text) if self.place.kind == "sqlite" else self._hint_postgresql(cause, text)
        return StoreError(f"The store cannot be used: {text}.", where=self.place.shown, hint=hint)

    def _hint_postgresql(self, cause: BaseException, text: str) -> str:
        state = getattr(cause, "sqlstate", None) or ""
        if state in _HINTS or state[:2] in _HINTS:
            return _HINTS.get(state) or _HINTS[state[:2]]
        if "password" in text or "authentication" in text or "role" in text:
            return (
                "Check the user and the password of the URL; a password may also stand in PGPASSWORD or in ~/.pgpass."
            )
        if "database" in text and "does not exist" in text:
            return f"Make it: createdb {self.place.url.database}"
        return "Check that the server is up and can be reached; what was added before is kept."


_HINTS: Final = {
    "53100": "Make room and go on with the same database: what was added before is kept.",
    "53300": "The server has no connection left: raise max_connections, or open fewer stores.",
    "53": "The server is short of something; what was added before is kept.",
    "55P03": "Another process is writing; wait until it ends, or use another database.",
    "40": "Others write the same rows; do it again.",
    "42501": "Let the user of the URL make tables: make it the owner of the database, or GRANT CREATE, USAGE ON SCHEMA.",
    "25006": "The server takes no writes: is it a standby? Give the URL of the primary.",
    "57": "The server went away; what was added before is kept. Do it again when it is up.",
    "08": "The server went away; what was added before is kept. Do it again when it is up.",
}
"""What to do, by SQLSTATE or by its class (the first two signs)."""


def _hint_sqlite(text: str) -> str:
    if "full" in text:
        return "Make room and go on with the same file: what was added before is kept."
    if "locked" in text:
        return "Another process is writing; wait until it ends, or use another file."
    if "not a database" in text or "malformed" in text:
        return "Give a store that Lightwing wrote, or a new path."
    return "Check the path and its permissions."


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver would begin transactions of its own, and too late to take the writer's lock at once.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
