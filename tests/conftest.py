"""Fixtures of several test files."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_tools import Ran
from hypothesis import settings
from store_tools import PostgresServer, server_program

from lightwing.cli.main import main

# A first example pays for what is loaded on first use, and machines are shared: time is bounded elsewhere.
settings.register_profile("lightwing", deadline=None)
settings.load_profile("lightwing")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ran]:
    """Runs the command line in this process, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str | Path, stdin: str | bytes = b"") -> Ran:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        try:
            code = main([str(a) for a in argv])
        except SystemExit as left:
            code = int(left.code or 0)
        read = capsys.readouterr()
        return Ran(code, read.out, read.err)

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own, started when the first test asks for it."""
    pytest.importorskip(
        "psycopg", reason="PostgreSQL is tested where psycopg is installed: pip install 'lightwing[postgres]'"
    )
    if server_program("postgres") is None or server_program("initdb") is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store is to be made: a file, or a schema of the server's database."""
    if request.param == "sqlite":
        return str(tmp_path / "t.sqlite")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.schema()
