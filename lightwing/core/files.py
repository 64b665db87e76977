"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lightwing.core.errors import InputError

__all__ = ["refuse_no_folder", "write_whole"]


def write_whole(path: Path, text: str, *, what: str, error: type[InputError]) -> None:
    """Writes the text as UTF-8 beside the path and puts it in its place: what stood there before stays until the new text is complete.

    Raises `error`, whose message calls the file `what`, where it cannot be written.
    """
    part = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as trouble:
        with contextlib.suppress(OSError):  # where nothing can be written, nothing can be removed
            part.unlink(missing_ok=True)
        raise error(
            f"The {what} cannot be written: {trouble.strerror}.",
            where=str(path),
            hint="Make room, or choose another path.",
        ) from None


def refuse_no_folder(path: Path, *, what: str, error: type[InputError]) -> None:
    """Raises `error` where the file could not be made for want of its folder: told before the work is done, not after."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        trouble = "this is a folder" if path.is_dir() else "its folder is not there"
        raise error(f"The {what} cannot be written: {trouble}.", where=str(path), hint="Choose another path.")
