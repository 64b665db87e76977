"""What a PostgreSQL server can do to a store, said in one line without the password."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from store_tools import PASSWORD, PostgresServer, trace

from lightwing.core.errors import MissingExtra, StoreError
from lightwing.store import TraceStore


def refused(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        TraceStore(url)
    said = str(caught.value)
    assert PASSWORD not in said
    assert "\n" not in said
    return said


def test_the_password_is_shown_nowhere(postgres: PostgresServer) -> None:
    url = postgres.schema()
    with TraceStore(url) as store:
        assert PASSWORD not in store.path + repr(store._db.place) + repr(store._db._engine)
        assert "***" in store.path
    in_options = url.replace(f":{PASSWORD}", "") + f"&password={PASSWORD}"
    with TraceStore(in_options) as store:
        assert PASSWORD not in store.path


def test_a_wrong_password_or_user(postgres: PostgresServer) -> None:
    url = postgres.schema()
    said = refused(url.replace(PASSWORD, "wrong-one"))
    assert "password authentication failed" in said
    assert "PGPASSWORD" in said
    assert "wrong-one" not in said
    assert "user and the password" in refused(postgres.url("postgres", user="nobody"))


def test_a_database_that_is_not_there(postgres: PostgresServer) -> None:
    assert "createdb nowhere" in refused(postgres.url("nowhere"))


def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("psycopg")
    said = refused(f"postgresql://me:{PASSWORD}@127.0.0.1:1/db")
    assert "Check that the server is up" in said
    assert "me:***@127.0.0.1:1/db" in said


def test_a_user_who_may_not_make_tables(postgres: PostgresServer) -> None:
    url = postgres.database()
    postgres.execute("DROP ROLE IF EXISTS guest", f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    guest = url.replace("//tests:", "//guest:")
    assert "owner of the database" in refused(guest)
    TraceStore(url).close()
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", url=url)
    with TraceStore(guest) as store:  # a current store is opened without a write
        assert store.count() == 0
        with pytest.raises(StoreError, match="permission denied"):
            store.add(trace(1))


def test_a_schema_of_its_own_beside_other_tables(postgres: PostgresServer) -> None:
    url = postgres.database()
    postgres.execute("CREATE TABLE cats (name TEXT)", "CREATE SCHEMA wings", url=url)
    assert "of something else" in refused(url)
    with TraceStore(f"{url}&options=-csearch_path%3Dwings") as store:
        store.add(trace(1))
        assert store.count() == 1


def test_a_writer_that_holds_the_store_is_an_error_after_the_wait(postgres: PostgresServer) -> None:
    import psycopg

    url = postgres.schema()
    with TraceStore(url, wait_seconds=1.0) as store, psycopg.connect(url) as other:
        other.execute("LOCK TABLE traces IN EXCLUSIVE MODE")
        with pytest.raises(StoreError, match="Another process is writing"):
            store.add(trace(1))
        assert store.count() == 0
        other.rollback()
        store.add(trace(1))
        assert store.count() == 1


@pytest.fixture
def own_server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which the test may end; it is there again afterwards."""
    yield postgres
    postgres.stop()
    postgres.start()


def test_a_server_that_goes_away_and_comes_back(own_server: PostgresServer) -> None:
    with TraceStore(own_server.schema()) as store:
        store.add(trace(1))
        own_server.stop()
        with pytest.raises(StoreError, match="what was added before is kept") as caught:
            store.add(trace(2))
        assert PASSWORD not in str(caught.value)
        own_server.start()
        store.add(trace(2))
        assert store.count() == 2


def test_without_the_driver_the_command_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lightwing.store.place.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"lightwing\[postgres\]"):
        TraceStore("postgresql://host/db")


def test_who_loses_a_deadlock_does_it_once_more(postgres: PostgresServer) -> None:
    both, tries = threading.Barrier(2, timeout=30), []
    with TraceStore(postgres.schema()) as store:
        store.write(lambda c: c.exec_driver_sql("INSERT INTO meta VALUES ('one', '0'), ('two', '0')"))

        def work(connection: sa.Connection, first: str, second: str) -> None:
            tries.append(first)
            change = "UPDATE meta SET value = value || '+' WHERE key = %s"
            connection.exec_driver_sql(change, (first,))
            if tries.count(first) == 1:
                both.wait()
            connection.exec_driver_sql(change, (second,))

        orders = (("one", "two"), ("two", "one"))
        threads = [threading.Thread(target=lambda o=o: store.write(lambda c: work(c, *o))) for o in orders]  # type: ignore[misc]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(tries) == 3
        with store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT value FROM meta WHERE key IN ('one', 'two')").scalars().all()
        assert rows == ["0++", "0++"]
