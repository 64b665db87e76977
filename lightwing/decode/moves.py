"""Decisions for many cases at once: what `lab/simulate.py` asks of a strategy, in arrays and without texts.

A strategy keeps what it knows of each case in a state of its own making. Round after round it is given the indices of the cases still open, says one move
for each, and is told what came of it. A case has `texts` places for texts; a move that makes a text says into which, and the one that was there is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

__all__ = ["ABSTAIN", "ACCEPT", "FRESH", "READ", "REPAIR", "BatchStrategy", "Moves"]

Array = np.ndarray[Any, np.dtype[Any]]

ACCEPT, ABSTAIN, FRESH, REPAIR, READ = range(5)
"""Kinds of move: deliver a text; deliver none; a new answer; a rewrite of a text that names clauses; one reading of a text."""


@dataclass(slots=True, kw_only=True)
class Moves:
    """One move for each of n cases.

    `kind` (n,). `text` (n,): the place of the text that is accepted, repaired or read. `into` (n,): the place of the text that is made. `clauses` (n, clauses)
    of bool: named in the repair, or asked of the judge (what code decides is never asked). `rung`, `judge` (n,). What a kind does not need is not looked at.
    """

    kind: Array
    text: Array
    into: Array
    clauses: Array
    rung: Array
    judge: Array

    @classmethod
    def blank(cls, n: int, clauses: int) -> Moves:
        """Moves to be filled in: all abstain."""
        zero = np.zeros(n, np.int64)
        return cls(
            kind=zero + ABSTAIN,
            text=zero.copy(),
            into=zero.copy(),
            clauses=np.zeros((n, clauses), bool),
            rung=zero.copy(),
            judge=zero.copy(),
        )


State = TypeVar("State")


class BatchStrategy(Protocol[State]):
    """Decides for many cases. `texts`: how many texts of a case it may go back to."""

    @property
    def texts(self) -> int: ...

    def start(self, cases: int) -> State:
        """The state of so many new cases, of which no text exists."""
        ...

    def act(self, state: State, which: Array) -> Moves:
        """A move for each of these cases."""
        ...

    def see(self, state: State, which: Array, moves: Moves, verdicts: Array) -> None:
        """What came of the moves that were no ends: `which` and `moves` are cut down to these. `verdicts` (n, clauses) as in `belief`: of a new text, what code
        decides; of a reading, what was asked; UNREAD elsewhere."""
        ...
