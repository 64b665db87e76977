"""Traces on their way to the store: written before the answer goes out, many in one transaction, kept in a file beside where the store cannot take them.

An answer is delivered only after `keep` has returned, so what was delivered is in the store, or in a spill file, whatever happens to the process after.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lightwing.core.errors import StoreError
from lightwing.core.trace import Trace
from lightwing.serve.spill import Spill
from lightwing.store import identified

__all__ = ["Keeper", "Sink"]

_LOG = logging.getLogger("lightwing.serve")

_MOST = 500


class Sink(Protocol):
    """What traces are written to: a store that several threads may use."""

    def add_owned(self, pairs: Iterable[tuple[Trace, str]]) -> Sequence[str]: ...


@dataclass(slots=True)
class _Waiting:
    trace: Trace
    kept: asyncio.Future[None]


@dataclass(slots=True)
class Keeper:
    """Writes traces from a thread of its own. `store` None keeps nothing. `spill` takes what the store cannot; it is emptied into the store when that can be used
    again, by a second thread, so that no answer waits for a store that is away. `again`: seconds between two tries of such a store. `redact` strikes out of a trace
    what is not to be written, here rather than in the store, so that no spill file holds it either."""

    store: Sink | None
    spill: Spill | None = None
    redact: Callable[[Trace], Trace] | None = None
    again: float = 2.0
    away: str = ""
    """Why the store cannot be used at the moment."""
    trouble: str = ""
    """Why traces cannot be kept at all at the moment."""
    _queue: list[_Waiting] = field(default_factory=list)
    _spilled: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def open(self) -> None:
        """Begins to write, and takes up what processes that ended have left in spill files."""
        if self.store is None:
            return
        if self.spill is not None:
            with contextlib.suppress(StoreError):
                self._spilled = self.spill.left()
        work = [("keeper", self._work), *([("recovery", self._recover)] if self.spill is not None else [])]
        self._threads = [threading.Thread(target=do, name=f"lightwing-{name}", daemon=True) for name, do in work]
        for thread in self._threads:
            thread.start()

    async def keep(self, trace: Trace) -> None:
        """Returns when the trace is safe.

        Raises:
            StoreError: neither the store nor a spill file could take it.
        """
        if self.store is None:
            return
        if self._ended.is_set():
            raise StoreError("The gateway has ended.", hint="Start it again.")
        if self.redact is not None:
            trace = self.redact(identified(trace))
        waiting = _Waiting(trace, asyncio.get_running_loop().create_future())
        with self._lock:
            self._queue.append(waiting)
        self._wake.set()
        await waiting.kept

    def close(self) -> None:
        """Writes what is still queued and ends the threads."""
        self._ended.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=30)
        if self.spill is not None:
            self.spill.finish()

    @property
    def behind(self) -> int:
        """Traces that wait to be written, or stand in spill files."""
        return len(self._queue) + self._spilled

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                batch, self._queue = self._queue, []
            for at in range(0, len(batch), _MOST):
                part = batch[at : at + _MOST]
                self._settle(part, self._write([w.trace for w in part]))
            if self._ended.is_set() and not self._queue:
                return

    def _write(self, traces: Sequence[Trace]) -> StoreError | None:
        """Gives the error where they could not be kept."""
        assert self.store is not None
        if self.away and self.spill is not None:
            return self._spill(traces)
        try:
            self.store.add_owned(_owned(traces))
        except StoreError as error:
            _LOG.error("the store cannot be used: %s", error)
            self.away = str(error)
            if self.spill is None:
                self.trouble = self.away
                return error
            return self._spill(traces)
        except Exception as error:  # a fault of ours or of a driver: its callers must not wait for ever
            _LOG.exception("writing traces failed")
            return StoreError(f"Writing failed ({type(error).__name__}).", hint="See the log.")
        self.away = self.trouble = ""
        return None

    def _spill(self, traces: Sequence[Trace]) -> StoreError | None:
        assert self.spill is not None
        try:
            with self._lock:
                self.spill.add(traces)
                self._spilled += len(traces)
        except StoreError as error:
            self.trouble = str(error)
            return error
        self.trouble = ""
        return None

    def _recover(self) -> None:
        """Tries the store again while it is away, and empties what was spilled meanwhile or left by others."""
        last = False
        while not last:
            if self.away or self._spilled:
                self._drain()
            last = self._ended.wait(self.again)

    def _drain(self) -> None:
        assert self.store is not None
        assert self.spill is not None
        store = self.store

        def take(traces: Sequence[Trace]) -> object:
            return store.add_owned(_owned(traces))

        try:
            moved = self.spill.empty(take)  # the file being written is let go of only then: not one more for each try
            with self._lock:
                self.spill.finish()
                before = self._spilled
            moved += self.spill.empty(take)
        except StoreError as error:
            self.away = str(error)
            return
        except Exception:
            _LOG.exception("moving spilled traces to the store failed")
            return
        self.away = self.trouble = ""
        with self._lock:
            self._spilled -= before
        if moved:
            _LOG.info("%d traces were moved from spill files to the store", moved)

    @staticmethod
    def _settle(batch: Sequence[_Waiting], failure: StoreError | None) -> None:
        for waiting in batch:
            with contextlib.suppress(RuntimeError):  # its event loop has ended, and nobody waits
                waiting.kept.get_loop().call_soon_threadsafe(_settle, waiting.kept, failure)


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
