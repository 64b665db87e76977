"""Reading: the model writes what it looks for and what it found, and then its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.episodes import reading_of
from lightwing.models.embedded.engine import Engine

__all__ = ["Read", "readings"]

_ROOM = 24
"""Tokens that a reading needs at the least: its rule, something found, a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One reading: the notes in words, the share of probability that a pass has over a fail after them, and how many tokens were read and written."""

    told: str
    share: float
    tokens_read: int
    tokens: int

    @property
    def passed(self) -> bool:
        return self.share >= 0.5


def readings(
    engine: Engine, asked: Sequence[str], *, temperature: float = 0.0, seed: int | None = None
) -> list[Read | None]:
    """Reads each of these (`read_asked` makes them); None for one that is too long, or that came to no verdict.

    Greedy without a temperature. With one, readings of the same text differ from seed to seed, and the same seed gives the same again.
    """
    lengths = [engine.length(text) for text in asked]
    fitting = [i for i, length in enumerate(lengths) if length + _ROOM <= engine.context]
    if not fitting:
        return [None] * len(asked)
    written = engine.write([asked[i] for i in fitting], temperature=temperature, seed=seed)
    parts = [reading_of(one.text) for one in written]
    shares = engine.likelier(
        [asked[i] + part.notes for i, part in zip(fitting, parts, strict=True)], "<|pass|>", "<|fail|>"
    )
    found: list[Read | None] = [None] * len(asked)
    for i, one, part, share in zip(fitting, written, parts, shares, strict=True):
        if part.passed is not None and share is not None:
            found[i] = Read(told=part.told, share=share, tokens_read=lengths[i], tokens=one.tokens)
    return found
