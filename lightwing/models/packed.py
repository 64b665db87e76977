"""Bodies that come packed (gzip, deflate): unpacked piece by piece, never more at a time than is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

__all__ = ["CODINGS", "Unpacked"]

CODINGS = "gzip, deflate"
"""What is asked for in accept-encoding."""

_AT_A_TIME = 65_536


class Unpacked:
    """Takes the pieces of a packed body and gives its bytes, at most 64 KiB at a time, so that who counts them can stop a bomb.

    >>> import gzip
    >>> b"".join(Unpacked("gzip").feed(gzip.compress(b"one") + gzip.compress(b"two")))
    b'onetwo'

    Raises:
        ValueError: the coding is not known, or the bytes are not of it.
    """

    def __init__(self, coding: str) -> None:
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise ValueError(f"unknown coding {coding!r}")
        self._bits = 0 if coding == "deflate" else zlib.MAX_WBITS | 16
        self._head = b""
        self._open: zlib._Decompress | None = None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if self._open is None:
            self._head += piece
            if len(self._head) < 2:
                return
            piece = self._head
            self._bits = self._bits or _deflate_bits(piece)
            self._open = zlib.decompressobj(self._bits)
        while piece:
            if self._open.eof:
                self._open = zlib.decompressobj(self._bits)
            try:
                data = self._open.decompress(piece, _AT_A_TIME)
            except zlib.error as error:
                raise ValueError(str(error)) from None
            piece = self._open.unused_data if self._open.eof else self._open.unconsumed_tail
            if data:
                yield data

    def end(self) -> None:
        """Raises ValueError where the body ended before what is packed in it did."""
        if self._head and (self._open is None or not self._open.eof):
            raise ValueError("the packed body is not whole")


def _deflate_bits(head: bytes) -> int:
    """How zlib is to read a body called deflate: with the header of RFC 1950, or without one, which some servers mean by it."""
    return zlib.MAX_WBITS if head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0 else -zlib.MAX_WBITS
