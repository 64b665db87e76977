"""What the tests of the store share: traces to add, and a PostgreSQL server of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from lightwing.core.case import Answer, Candidate, Case, Cost, Origin
from lightwing.core.outcome import PASS, Outcome, Status, Syndrome
from lightwing.core.trace import Trace

PASSWORD = "s3cret-of-the-tests"


def trace(
    number: int,
    *,
    error: str = "",
    status: Status = Status.CHECKED,
    spec: str = "s",
    models: tuple[tuple[str, float | None], ...] = (("m", 0.5),),
    outcomes: tuple[tuple[str, Outcome], ...] = (("k1", PASS),),
    text: str = "\ud800 odd",
    delivered: str | None = "a0",
    started: float | None = None,
) -> Trace:
    """A small trace: one candidate of each model; its outcomes are those of every candidate."""
    candidates = tuple(
        Candidate(
            answer=Answer(text=text),
            id=f"a{i}",
            origin=Origin(model=model),
            cost=Cost(calls=1, input_tokens=10, output_tokens=5, seconds=1.0, price=price),
        )
        for i, (model, price) in enumerate(models)
    )
    return Trace(
        case=Case.ask("Question", id=f"c{number}"),
        spec=spec,
        decoder="first",
        models=("m",),
        status=status,
        delivered=delivered,
        candidates=candidates,
        syndromes={c.id: Syndrome(outcomes=dict(outcomes)) for c in candidates},
        cost=sum((c.cost for c in candidates), Cost()),
        judge_cost=Cost(calls=2, input_tokens=1, price=0.25),
        started=float(number) if started is None else started,
        error=error,
    )


def server_program(name: str) -> Path | None:
    """A program of the newest PostgreSQL server on this machine; Debian keeps them off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda f: int(f.parent.name), reverse=True)
    on_path = shutil.which(name)
    return next((f / name for f in folders if (f / name).exists()), Path(on_path) if on_path else None)


class PostgresServer:
    """A server in a folder of its own, on a socket there; it does not run as root, which PostgreSQL refuses. Writes are not synced: it is thrown away."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lw-pg-", dir="/tmp"))  # a socket's path has to be short
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._data = self.folder / "data"
        made = self._program("initdb", "-D", self._data, "-U", "tests", "-A", "scram-sha-256", f"--pwfile={password}", "-N", "-E", "UTF8", "--locale=C")  # fmt: skip
        self._done(made)
        self._number = 0
        self._server: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = {
            "listen_addresses": "",
            "fsync": "off",
            "unix_socket_directories": self.folder,
            "max_connections": 60,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._server = self._program("postgres", "-D", self._data, *options)
        until = time.monotonic() + 60
        while self._server.poll() is None and time.monotonic() < until:
            if "ready" in self._status():
                return
            time.sleep(0.05)
        raise RuntimeError(f"the PostgreSQL server did not start: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Ends it at once, as a crash would."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(3)
            self._server.wait(timeout=60)

    def remove(self) -> None:
        """Ends it and removes its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, *, user: str = "tests", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@/{database}?host={self.folder}"

    def schema(self) -> str:
        """The URL of a new, empty schema: to a store the same as a database, and made and removed much faster."""
        self._number += 1
        self.execute(f"CREATE SCHEMA s{self._number}")
        return f"{self.url('postgres')}&options=-csearch_path%3Ds{self._number}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._number += 1
        name = f"t{self._number}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def execute(self, *statements: str, url: str = "") -> None:
        import psycopg

        with psycopg.connect((url or self.url("postgres")), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _status(self) -> str:
        pid = self._data / "postmaster.pid"
        return pid.read_text() if pid.exists() else ""

    def _program(self, name: str, *words: object) -> subprocess.Popen[str]:
        program = server_program(name)
        assert program is not None
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [str(program), *map(str, words)],
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                text=True,
            )

    def _done(self, process: subprocess.Popen[str]) -> None:
        if process.wait(timeout=120) != 0:
            raise RuntimeError(f"initdb failed: {(self.folder / 'log').read_text()}")


def texts(traces: Iterable[Trace]) -> list[str]:
    return [t.case.id for t in traces]
