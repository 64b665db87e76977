"""Instruction documents as files and texts: what can be compiled, and named errors for what cannot."""

from __future__ import annotations

from pathlib import Path

from lightwing.core.errors import DocumentError

__all__ = ["LIMIT", "read_document", "refuse_unusable"]

LIMIT = 5_000_000
"""Bytes (of a file) or characters (of a text) that are compiled at most."""

_SPLIT = "Split it, or leave out what instructs nobody (data, logs, books)."


def read_document(path: Path) -> str:
    """The text of a document in UTF-8 (a byte-order mark is dropped). A file over the limit is refused by its size, unread.

    Raises:
        DocumentError: no such file, too large, not UTF-8 text, or empty.
    """
    where = str(path)
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise DocumentError(
                f"The document has {size:,} bytes; at most {LIMIT:,} are read.", where=where, hint=_SPLIT
            )
        raw = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"The document cannot be read: {error.strerror}.", where=where, hint="Check the path."
        ) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"The document is not UTF-8 text (byte {error.start}).",
            where=where,
            hint="Give plain text or Markdown, saved as UTF-8.",
        ) from None
    refuse_unusable(text, where=where)
    return text


def refuse_unusable(text: str, *, where: str = "") -> None:
    """Raises DocumentError for a text that is empty, holds NUL characters, or is too long.

    >>> refuse_unusable("   ")
    Traceback (most recent call last):
    lightwing.core.errors.DocumentError: The document is empty. Give a text with at least one instruction.
    """
    if len(text) > LIMIT:
        raise DocumentError(
            f"The document has {len(text):,} characters; at most {LIMIT:,} are read.", where=where, hint=_SPLIT
        )
    if "\x00" in text:
        raise DocumentError(
            "The document is binary: it holds NUL characters.",
            where=where,
            hint="Give plain text or Markdown, saved as UTF-8.",
        )
    if not text.strip():
        raise DocumentError("The document is empty.", where=where, hint="Give a text with at least one instruction.")
