"""Traces on their way to the store: written before the answer goes out, many in one transaction, kept in a file beside where the store cannot take them.

An answer is delivered only after `keep` has returned, so what was delivered is in the store, or in the spill file, whatever happens to the process after.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lightwing.core.errors import StoreError
from lightwing.core.trace import Trace
from lightwing.store import JsonlTraces, read_traces

__all__ = ["Keeper", "Sink"]

_LOG = logging.getLogger("lightwing.serve")

_AGAIN = 2.0
"""Seconds between two tries of a store that could not be used."""


class Sink(Protocol):
    """What traces are written to: a store that several threads may use."""

    def add_owned(self, pairs: Iterable[tuple[Trace, str]]) -> Sequence[str]: ...


@dataclass(slots=True)
class _Waiting:
    trace: Trace
    kept: asyncio.Future[None]


@dataclass(slots=True)
class Keeper:
    """Writes traces from a thread of its own. `store` None keeps nothing. `spill` is the file that takes what the store cannot; it is emptied into the store when that can be used again.

    Raises (from `keep`):
        StoreError: neither the store nor the spill file could take the trace.
    """

    store: Sink | None
    spill: Path | None = None
    seconds: float = 5.0
    _queue: list[_Waiting] = field(default_factory=list)
    _spilled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _closed: bool = False
    _broken_until: float = 0.0
    trouble: str = ""

    def open(self) -> None:
        """Takes up what an earlier process left in the spill file."""
        if self.store is None:
            return
        if self.spill is not None and self.spill.exists():
            with contextlib.suppress(StoreError):
                self._drain()
        self._thread = threading.Thread(target=self._work, name="lightwing-keeper", daemon=True)
        self._thread.start()

    async def keep(self, trace: Trace) -> None:
        """Returns when the trace is safe."""
        if self.store is None:
            return
        loop = asyncio.get_running_loop()
        waiting = _Waiting(trace, loop.create_future())
        with self._lock:
            self._queue.append(waiting)
        self._wake.set()
        await waiting.kept

    def close(self) -> None:
        """Writes what is still queued and ends the thread."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    @property
    def behind(self) -> int:
        """Traces that wait to be written, or stand in the spill file."""
        return len(self._queue) + self._spilled

    def _work(self) -> None:
        while True:
            self._wake.wait(timeout=_AGAIN)
            self._wake.clear()
            with self._lock:
                batch, self._queue = self._queue, []
            if batch:
                self._write(batch)
            elif self._spilled and time.monotonic() >= self._broken_until:
                with contextlib.suppress(StoreError):
                    self._drain()
            if self._closed and not self._queue:
                return

    def _write(self, batch: Sequence[_Waiting]) -> None:
        assert self.store is not None
        traces = [w.trace for w in batch]
        try:
            if time.monotonic() < self._broken_until:
                raise StoreError(self.trouble)
            self.store.add_owned(_owned(traces))
            self.trouble = ""
        except StoreError as error:
            failure = self._spill(traces, error)
        else:
            failure = None
        for waiting in batch:
            waiting.kept.get_loop().call_soon_threadsafe(_settle, waiting.kept, failure)

    def _spill(self, traces: Sequence[Trace], error: StoreError) -> StoreError | None:
        """Keeps them beside the store; gives the error where that fails too."""
        if time.monotonic() >= self._broken_until:
            _LOG.error("the store cannot be used: %s", error)
            self._broken_until = time.monotonic() + _AGAIN
        self.trouble = str(error)
        if self.spill is None:
            return error
        try:
            with JsonlTraces(self.spill) as file:
                for trace in traces:
                    file.add(trace)
        except StoreError as second:
            return second
        self._spilled += len(traces)
        return None

    def _drain(self) -> None:
        """Moves the spill file into the store, all of it or nothing: a trace that is there already stands once."""
        assert self.store is not None
        assert self.spill is not None
        if not self.spill.exists():
            self._spilled = 0
            return
        try:
            traces = list(read_traces(self.spill))
            self._spilled = len(traces)
            for at in range(0, len(traces), 256):
                self.store.add_owned(_owned(traces[at : at + 256]))
        except StoreError as error:
            self.trouble, self._broken_until = str(error), time.monotonic() + _AGAIN
            raise
        self.spill.unlink(missing_ok=True)
        self._spilled, self.trouble = 0, ""
        _LOG.info("%d traces were moved from %s to the store", len(traces), self.spill)


def _owned(traces: Sequence[Trace]) -> Iterable[tuple[Trace, str]]:
    """Each trace with the id of the key that asked."""
    return [(trace, str(trace.metadata.get("owner", ""))) for trace in traces]


def _settle(kept: asyncio.Future[None], failure: StoreError | None) -> None:
    if kept.done():
        return
    if failure is None:
        kept.set_result(None)
    else:
        kept.set_exception(failure)
