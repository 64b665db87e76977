"""How many of a unit an answer has."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from lightwing.checks.base import BoundedCheck, Leaning, within
from lightwing.checks.counting import UNITS, Unit
from lightwing.checks.counting_text import words_between
from lightwing.core.outcome import SKIP, Outcome, unknown

__all__ = ["Count"]

_BY_LINES = ("words", "capital_words")
"""Units whose number is the sum over the lines."""
_PROBE_LIMIT = 20_000
"""Longest probe in units; a clause that asks for more is proved at its other bound alone."""


@dataclass(frozen=True, kw_only=True)
class Count(BoundedCheck):
    """How many of a unit there are: `min` and `max` inclusive, or `about` n (within 10 %); with `if_any` only where there is any."""

    of: str
    marker: Annotated[str, Meta(min_length=1)] | None = None
    level: Annotated[int, Meta(ge=1, le=6)] | None = None
    if_any: bool = False

    def check_arguments(self) -> None:
        super().check_arguments()
        if self.of not in UNITS:
            raise self.refuse("of", f"one of {', '.join(UNITS)}; got {self.of!r}")
        if self.marker is not None and not self.unit.takes_marker:
            raise self.refuse("marker", f"absent when counting {self.of}")
        if self.marker is not None and not self.marker.strip():
            raise self.refuse("marker", "a word or sign")
        if self.level is not None and self.of != "headings":
            raise self.refuse("level", f"absent when counting {self.of}")

    @property
    def unit(self) -> Unit:
        return UNITS[self.of]

    def number(self, text: str) -> int:
        """How many there are in a complete text."""
        return self.unit.count(text, self)

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        low, high = self.bounds
        n = self.number(text) if complete else self.unit.at_least(text, self)
        if self.if_any and n == 0:
            return SKIP if complete else unknown()
        return within(n, low, high, complete=complete, noun=self.unit.noun(self, 1), plural=self.unit.noun(self, 2))

    def holds(self, text: str) -> bool:
        low, high = self.bounds
        about = words_between(text) if self.of == "words" and not self.if_any else None
        if about is not None:
            least, most = about
            if most < low or (high is not None and least > high):
                return False
            if least >= low and (high is None or most <= high):
                return True
        n = self.number(text)
        return low <= n and (high is None or n <= high) and not (self.if_any and n == 0)

    @property
    def leaning(self) -> Leaning | None:
        return self.bounds_lean if self.of in _BY_LINES and not self.if_any else None

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield from self._written(rng, tuple(n for n in self.good_numbers() if n or not self.if_any))

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield from self._written(rng, tuple(n for n in self.bad_numbers() if n or not self.if_any))

    def _written(self, rng: random.Random, numbers: tuple[int, ...]) -> Iterator[str]:
        for n in numbers:
            text = self.unit.write(rng, n, self) if n <= _PROBE_LIMIT else None
            if text is not None:
                yield text
