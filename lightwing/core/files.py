"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lightwing.core.errors import InputError

__all__ = ["write_whole"]


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
