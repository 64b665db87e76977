"""Several processes of a gateway that share one listening socket: started, started again where one dies, and stopped together."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lightwing.cli.terminal import say

__all__ = ["SECRET", "several", "with_parent"]

SECRET = "LIGHTWING_PAGES_SECRET"
"""The variable by which the processes share what signs the pages' sessions."""
_PARENT = "LIGHTWING_PARENT"

_EARLY = 30.0
"""Seconds within which a process that ends with a message of its own (a setting that cannot be used) ends them all: starting it again would not help."""
_MOST_DEATHS = 10
"""Deaths within a minute for each process after which no more are started."""


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)


def several(sock: socket.socket, arguments: Sequence[str], *, processes: int) -> int:
    """Runs `processes` of `lightwing ARGUMENTS` on the socket until told to stop (SIGTERM, SIGINT); gives the exit code."""
    sock.set_inheritable(True)
    command = [sys.executable, "-m", "lightwing", *arguments, "--fd", str(sock.fileno())]
    shared: Mapping[str, str] = {"PYTHONUNBUFFERED": "1", SECRET: secrets.token_hex(32), _PARENT: str(os.getpid())}

    def start() -> _Child:
        # A group of its own: Ctrl-C reaches the parent alone, which passes it on once.
        return _Child(
            subprocess.Popen(command, pass_fds=[sock.fileno()], env={**os.environ, **shared}, start_new_session=True)
        )

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: stopping.set())
    children, deaths = [start() for _ in range(processes)], list[float]()
    host, port = sock.getsockname()[:2]
    say(f"{processes} processes of Lightwing answer at http://{host}:{port}/v1")
    while not stopping.wait(0.2):
        for i, child in enumerate(children):
            code = child.process.poll()
            if code is None:
                continue
            now = time.monotonic()
            deaths = [at for at in deaths if at > now - 60] + [now]
            if code > 0 and now - child.started < _EARLY:
                say("lightwing: a process ended as it started; its message stands above.")
                _stop(children)
                return code
            if len(deaths) > _MOST_DEATHS * processes:
                say(f"lightwing: {len(deaths)} processes ended within a minute; no more are started.")
                _stop(children)
                return 1
            say(f"a process ended ({code}) and is started again")
            children[i] = start()
    return _stop(children)


def _stop(children: Sequence[_Child]) -> int:
    """Tells all to stop, and waits until they have; 1 where one failed at it."""
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(signal.SIGTERM)
    # One that was told before it could listen for it ends by the signal itself, with nothing under way.
    return int(any(child.process.wait() not in (0, -signal.SIGTERM) for child in children))


def with_parent(*, seconds: float = 1.0) -> None:
    """Tells this process to stop when the one that started it is gone, however it ended: it must not go on holding the port."""

    def watch() -> None:
        while str(os.getppid()) == os.environ.get(_PARENT):
            time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lightwing-parent", daemon=True).start()
