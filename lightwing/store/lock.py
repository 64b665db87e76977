"""One writer per file, held by a lock of the operating system: it falls when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from lightwing.core.errors import StoreError

__all__ = ["WriterLock", "refuse_second_writer"]


def refuse_second_writer(file: int, path: Path) -> None:
    """Locks the open file itself: under another name (a hard link) it has another lock file, and is the same file.

    Raises:
        StoreError: another writer has it open.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            "Another writer has this file open, under another name.",
            where=str(path),
            hint="Wait until it ends, or write to another file.",
        ) from None


class WriterLock:
    """Holds `PATH.lock` (flock) and keeps the writer's process id in it.

    Raises:
        StoreError: another writer holds it; its process id is told.
    """

    def __init__(self, path: Path) -> None:
        real = path.resolve()  # a link to a file is the file
        self._path = real.with_name(real.name + ".lock")
        try:
            self._file = self._acquire(path)
            os.truncate(self._file, 0)
            os.write(self._file, str(os.getpid()).encode())
        except OSError as error:
            raise StoreError(
                f"The lock file cannot be made: {error.strerror or error}.",
                where=str(self._path),
                hint="Choose a folder that can be written to and has room.",
            ) from None

    def _acquire(self, path: Path) -> int:
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
                os.close(file)
                raise StoreError(
                    f"Another writer has this file open (process {holder}).",
                    where=str(path),
                    hint="Wait until it ends, or write to another file.",
                ) from None
            if self._current(file):
                return file
            os.close(file)

    def _current(self, file: int) -> bool:
        """Whether the locked file is still the one of that name: the writer before may have removed it in between."""
        try:
            return os.path.samestat(os.fstat(file), os.stat(self._path))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Removes the lock file, then lets go of it."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)
