"""Files beside a store that take its traces while it is away: one for each process and outage, emptied into the store by whoever finds one that nobody writes."""

from __future__ import annotations

import fcntl
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lightwing.core.errors import StoreError
from lightwing.core.trace import Trace
from lightwing.store import decode_trace, encode_trace

__all__ = ["Spill"]

_LOG = logging.getLogger("lightwing.serve")

_AT_ONCE = 256
_AGAIN = 3
"""Times that a trace must fail, with another one taken after each, before it is put aside."""
_PROBES = 4
"""Single traces that are tried after many together failed, before the store counts as away."""

Add = Callable[[Sequence[Trace]], object]


@dataclass(slots=True)
class Spill:
    """The files `BASE.spill.*.jsonl`. A file that is being written is locked; the lock falls when its process ends, however it ends. For two threads: one that
    adds, one that empties, with a lock of the caller's around `add` and `finish`."""

    base: Path
    _file: int = -1
    _path: Path | None = None
    _end: int = field(default=0)

    def add(self, traces: Sequence[Trace]) -> None:
        """Appends traces; they survive a kill as soon as this returns.

        Raises:
            StoreError: the file cannot be written; none of them is in it then.
        """
        data = b"".join(encode_trace(trace) + b"\n" for trace in traces)
        try:
            if self._file < 0:
                self._open()
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
            self._end += len(data)
        except OSError as error:
            if self._file >= 0:
                os.ftruncate(self._file, self._end)
            raise StoreError(
                f"The file for traces that the store cannot take cannot be written: {error.strerror or error}.",
                where=str(self._path or self.base),
                hint="Make room, or mend the store.",
            ) from None

    def finish(self) -> None:
        """Lets go of the file, so that it may be emptied; the next trace begins another."""
        if self._file >= 0:
            os.close(self._file)
            self._file, self._path, self._end = -1, None, 0

    def left(self) -> int:
        """Traces in files that nobody writes."""
        total = 0
        for path in self._files():
            with _held(path) as file:
                total += 0 if file is None else sum(1 for _ in _lines(file))
        return total

    def empty(self, add: Add) -> int:
        """Moves what stands in files that nobody writes to the store, and gives how many traces that were. A trace that the store refuses while it takes others
        is put aside into `BASE.refused.jsonl`.

        Raises:
            StoreError: the store cannot be used; what was not moved stays.
        """
        moved = 0
        for path in self._files():
            with _held(path) as file:
                if file is None:
                    continue
                for lines in _sliced(_lines(file)):
                    moved += self._move(lines, add)
                path.unlink(missing_ok=True)
        return moved

    def _move(self, lines: Sequence[bytes], add: Add) -> int:
        traces, refused = [], []
        for line in lines:
            try:
                traces.append((line, decode_trace(line, where=str(self.base))))
            except StoreError:
                refused.append(line)
        try:
            add([trace for _, trace in traces])
        except StoreError as first:
            refused += _refused(traces, add, first)
        if refused:
            aside = self.base.with_name(f"{self.base.name}.refused.jsonl")
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                file.write(b"".join(refused))
            _LOG.error("%d traces were refused by the store and put aside: %s", len(refused), aside)
        return len(lines) - len(refused)

    def _open(self) -> None:
        while True:
            path = self.base.with_name(f"{self.base.name}.spill.{os.getpid()}-{uuid.uuid4().hex[:12]}.jsonl")
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:  # nobody took it for one left over before it was locked
                self._file, self._path, self._end = file, path, 0
                return
            os.close(file)

    def _files(self) -> Sequence[Path]:
        return sorted(p for p in self.base.parent.glob("*.jsonl") if p.name.startswith(f"{self.base.name}.spill."))


def _refused(traces: Sequence[tuple[bytes, Trace]], add: Add, first: StoreError) -> list[bytes]:
    """The lines that the store refuses while it takes others; raises `first`, or what it says now, where it takes none."""
    taken: Trace | None = None
    failed = []
    for tried, (line, trace) in enumerate(traces, 1):
        try:
            add([trace])
            taken = trace
        except StoreError:
            failed.append((line, trace))
        if taken is None and (tried >= _PROBES or tried == len(traces)):
            raise first from None
    assert taken is not None
    refused = []
    for line, trace in failed:
        for _ in range(_AGAIN):
            try:
                add([trace])
                break
            except StoreError:
                add([taken])  # a store that has gone away again says nothing of this trace
        else:
            refused.append(line)
    return refused


@contextmanager
def _held(path: Path) -> Iterator[int | None]:
    """The open file, for this process alone; None where another writes or empties it, or it is gone."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise StoreError(
            f"It cannot be read: {error.strerror or error}.", where=str(path), hint="Check its permissions."
        ) from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield file if held else None
    finally:
        os.close(file)


def _lines(file: int) -> Iterator[bytes]:
    """Whole lines; a last one that a kill tore was delivered to nobody."""
    with os.fdopen(os.dup(file), "rb") as lines:
        lines.seek(0)
        for line in lines:
            if line.endswith(b"\n"):
                yield line


def _sliced(lines: Iterator[bytes]) -> Iterator[Sequence[bytes]]:
    part: list[bytes] = []
    for line in lines:
        part.append(line)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
