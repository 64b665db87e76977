"""The journal of a calibration or another measurement: one line of JSON for every call that was paid for, so that a killed one goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from lightwing.core.errors import StoreError
from lightwing.core.ids import short_id

__all__ = ["Journal", "lock_file"]

_SCHEMA = 1


class Journal:
    """Records in the order in which they were added, on disk before `add` returns. One writer at a time: a second one is refused by name.

    `task` is the strong id of all that can change a record; a journal of another task is refused. A last line that a kill tore is cut off. Without a path it is kept in memory.
    """

    def __init__(self, path: Path | None, *, task: str) -> None:
        self.records: list[Mapping[str, Any]] = []
        self._path = path
        self._file: BinaryIO | None = None
        if path is None:
            return
        try:
            self._file = path.open("a+b")
            lock_file(self._file, path)
            self._read(task)
        except OSError as error:
            self.close()
            raise self._trouble(error) from None
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, record: Mapping[str, Any]) -> None:
        """Raises StoreError where the line cannot be written."""
        self._write(record)
        self.records.append(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        line = json.dumps(record, ensure_ascii=True, allow_nan=False).encode() + b"\n"
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise self._trouble(error) from None

    def _read(self, task: str) -> None:
        assert self._file is not None
        self._file.seek(0)
        raw = self._file.read()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            self._file.truncate(len(whole))
        self._file.seek(0, os.SEEK_END)
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise StoreError(
                    "This line is no record of a measurement.",
                    where=f"{self._path}, line {number}",
                    hint="Is this a journal? Take the line out, or give another path.",
                )
            self.records.append(record)
        if not self.records:
            self.add({"schema": _SCHEMA, "task": task})
        head = self.records.pop(0) if self.records[0].get("schema") else {}
        if head.get("schema") != _SCHEMA or head.get("task") != task:
            raise StoreError(
                f"The journal belongs to another measurement ({short_id(str(head.get('task', 'unknown')))}, not {short_id(task)}): of another spec, model, judge, seed or other cases.",
                where=str(self._path),
                hint="Give another path with --journal, or remove the file.",
            )

    def _trouble(self, error: OSError) -> StoreError:
        return StoreError(
            f"The journal cannot be used: {error.strerror or error}.",
            where=str(self._path),
            hint="What was written before is safe; make room, or check the path, and give the same command again.",
        )


def lock_file(file: BinaryIO, path: Path) -> None:
    """Where the system has file locks, two processes never write into one journal."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StoreError(
            "Another process is writing this journal.", where=str(path), hint="Wait for it, or give another path."
        ) from None
