"""Traces in a JSON-lines file: appended by one writer, resumed after a kill, read with a torn end."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from lightwing.core.case import Case
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status
from lightwing.core.trace import Trace
from lightwing.store.codec import case_key, decode_trace, encode_trace, identified, task_of
from lightwing.store.lock import WriterLock, refuse_second_writer

__all__ = ["JsonlTraces", "read_traces"]

_BATCH, _BATCH_SECONDS = 64, 2.0


def read_traces(path: Path | str) -> Iterator[Trace]:
    """The traces of a file, in order. A last line that a kill tore is passed over; any other broken line is an error.

    Raises:
        StoreError: the file cannot be read, or a line is no trace; the line is named.
    """
    for _, trace in _located(Path(path)):
        yield trace


class JsonlTraces:
    """Appends traces to a file, one line each; also reads what is there.

    Each trace is handed to the operating system before `add` returns, so a killed process loses nothing that was added. The disk is synced every
    64 traces, after 2 seconds, and on closing. On opening, a last line that a kill tore is cut off; `torn` tells how many bytes it had.
    A file that was made here and got no trace is removed.

    Raises:
        StoreError: another process writes the file; it is not a trace file; it cannot be written (a full disk: what was added before is kept).

    >>> import tempfile
    >>> trace = Trace(case=Case.ask("Hi", id="c1"), spec="s", decoder="first", models=("m",), status=Status.ABSTAINED, delivered=None)
    >>> with tempfile.TemporaryDirectory() as folder, JsonlTraces(f"{folder}/traces.jsonl") as traces:
    ...     traces.add(trace)
    ...     [t.case.id for t in traces.traces()], traces.find(trace.case) is not None
    (['c1'], True)
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.torn = 0
        self._end = 0
        self._unsynced = 0
        self._synced_at = time.monotonic()
        self._places: dict[tuple[str, str], int] = {}
        self._newest: dict[str, int] = {}
        if self.path.exists() and not (self.path.is_file() or self.path.is_dir()):
            raise StoreError(
                "This is no file that can be appended to.", where=str(self.path), hint="Give another path."
            )
        self._lock = WriterLock(self.path)
        self._made = not self.path.exists()
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            self._lock.release()
            raise _trouble(error, self.path) from None
        try:
            refuse_second_writer(self._file, self.path)
            self._cut_torn_end()
            for place, trace in _located(self.path):
                self._note(trace, place)
        except BaseException:
            self._shut()
            raise

    def __enter__(self) -> JsonlTraces:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, trace: Trace) -> None:
        """Appends a trace; it survives a kill as soon as this returns."""
        trace = identified(trace)
        self._write(encode_trace(trace) + b"\n")
        self._note(trace, self._end)
        self._end = os.fstat(self._file).st_size
        self._unsynced += 1
        if self._unsynced >= _BATCH or time.monotonic() - self._synced_at > _BATCH_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Asks for everything added to be on the disk."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._stopped(error) from None
        self._unsynced = 0
        self._synced_at = time.monotonic()

    def traces(
        self, *, spec: str | None = None, status: Status | None = None, task: str | None = None, since: float = 0.0
    ) -> Iterator[Trace]:
        """Traces in the order of adding: of this spec, status and task, started at or after `since` (seconds since the epoch)."""
        for trace in read_traces(self.path):
            wanted = spec in (None, trace.spec) and status in (None, trace.status) and trace.started >= since
            if wanted and task in (None, task_of(trace)):
                yield trace

    def find(self, case: Case, *, task: str | None = None) -> Trace | None:
        """The last trace of this case (of this task) that did not end in an error; None where there is none, so that the case is to be run."""
        key = case_key(case)
        place = self._newest.get(key) if task is None else self._places.get((task, key))
        if place is None:
            return None
        with self.path.open("rb") as file:
            file.seek(place)
            return decode_trace(file.readline(), where=str(self.path))

    def cases_done(self, task: str | None = None) -> set[str]:
        """Keys (`case_key`) of the cases that `find` finds."""
        return set(self._newest) if task is None else {key for of, key in self._places if of == task}

    def tasks(self) -> set[str]:
        """The tasks of which a case is done."""
        return {task for task, _ in self._places}

    def close(self) -> None:
        """Syncs and lets go of the file. Closing twice is harmless."""
        if self._file < 0:
            return
        try:
            self.sync()
        finally:
            self._shut()

    def _shut(self) -> None:
        if self._made and not os.fstat(self._file).st_size:  # a run that was refused leaves no empty file behind
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1
        self._lock.release()

    def _note(self, trace: Trace, place: int) -> None:
        if trace.error:
            return
        key = case_key(trace.case)
        self._places[task_of(trace), key] = place
        self._newest[key] = place

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise self._stopped(error) from None

    def _cut_torn_end(self) -> None:
        size = os.fstat(self._file).st_size
        with self.path.open("rb") as file:
            start = file.read(len(_START))
            if start and not (start.startswith(_START) or _START.startswith(start)):
                raise StoreError(
                    "The file exists and is no trace file; nothing was written.",
                    where=str(self.path),
                    hint="Choose another path.",
                )
            whole = _end_of_last_line(self.path, size)
            file.seek(whole)
            tail = file.read()
        if _is_json(tail):  # nothing was torn: an editor left the line's end out
            decode_trace(tail, where=str(self.path))
            self._end = size
            self._write(b"\n")
            whole = size = size + 1
        self.torn = size - whole
        if self.torn:
            os.ftruncate(self._file, whole)
        self._end = whole

    def _stopped(self, error: OSError) -> StoreError:
        return StoreError(
            f"Writing failed: {error.strerror or error}. {len(self._newest)} cases are kept in the file.",
            where=str(self.path),
            hint="Make room and start again with the same file: it goes on where it stopped.",
        )


_START = b'{"schema":'


def _located(path: Path) -> Iterator[tuple[int, Trace]]:
    place = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                if line.strip():
                    yield place, decode_trace(line, where=f"{path}, line {number}")
                place += len(line)
    except OSError as error:
        raise _trouble(error, path) from None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _end_of_last_line(path: Path, size: int, *, block: int = 1 << 16) -> int:
    """The place after the last line's end; 0 where no line has one."""
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - block)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _trouble(error: OSError, path: Path) -> StoreError:
    return StoreError(
        f"The file cannot be used: {error.strerror or error}.",
        where=str(path),
        hint="Check the path and its permissions.",
    )
