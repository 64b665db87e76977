"""Kinds of characters, looked up for a whole text at once."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["CharacterKinds", "Codes", "Kinds", "codes_of", "runs"]

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]


def codes_of(text: str) -> Codes:
    """The code points of a text.

    >>> codes_of("né").tolist()
    [110, 233]
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


class CharacterKinds:
    """The kind of each character, from 1 to 255, by a function that is asked once per character.

    >>> CharacterKinds(lambda c: 2 if c.isdigit() else 1).of(codes_of("a1b")).tolist()
    [1, 2, 1]
    """

    def __init__(self, kind: Callable[[str], int]) -> None:
        self._kind = kind
        self._known: Kinds = np.zeros(sys.maxunicode + 1, dtype=np.uint8)

    def of(self, codes: Codes) -> Kinds:
        """The kinds of these code points."""
        kinds = self._known.take(codes)
        if not kinds.all():
            for code in set(codes[kinds == 0].tolist()):
                self._known[code] = self._kind(chr(code))
            kinds = self._known.take(codes)
        return kinds


def runs(inside: NDArray[np.bool_]) -> int:
    """How many runs of true values there are.

    >>> runs(np.array([True, True, False, True]))
    2
    """
    return int(np.count_nonzero(inside[1:] > inside[:-1])) + bool(inside.size and inside[0])
