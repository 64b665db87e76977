"""Simulated deliveries of which some are read again: what a drift watch is told in a world whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.decode.belief import FAILED
from lightwing.decode.moves import ACCEPT, READ, Moves
from lightwing.decode.strategy import BatchOptimal

__all__ = ["Watched", "WatchedCases"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class WatchedCases:
    """`again` (cases,): to be read again once accepted, `done` where that is over. P(wrong) `before` and `after` the readings. `doubted` (cases, clauses): what the
    next reading is asked. `belief`: what the readings after delivery say; the decision does not know it."""

    own: Any
    again: Array
    done: Array
    before: Array
    after: Array
    doubted: Array
    turns: Array
    belief: Array


class Watched:
    """`BatchOptimal`, and of what it accepts this share read again as `run.watch` does: all judged clauses once; what fails up to `most` times in all."""

    texts = 1

    def __init__(self, inner: BatchOptimal, *, share: float, most: int, seed: int) -> None:
        self._inner, self._share, self._most = inner, share, most
        self._rng = np.random.default_rng([seed, 77])
        self.last: WatchedCases | None = None

    def start(self, cases: int) -> WatchedCases:
        own = self._inner.start(cases)
        clauses = own.belief.shape[1]
        self.last = WatchedCases(
            own=own,
            again=self._rng.random(cases) < self._share,
            done=np.zeros(cases, bool),
            before=np.zeros(cases),
            after=np.zeros(cases),
            doubted=np.zeros((cases, clauses), bool),
            turns=np.zeros(cases, np.int64),
            belief=np.array(own.belief),
        )
        return self.last

    def act(self, state: WatchedCases, which: Array) -> Moves:
        moves = self._inner.act(state.own, which)
        outlook = self._inner.strategy.outlook
        at = np.flatnonzero((moves.kind == ACCEPT) & state.again[which] & ~state.done[which])
        cases = which[at]
        new = cases[state.turns[cases] == 0]
        state.belief[new] = state.own.belief[new]
        state.before[new] = _wrong(outlook.channel.broken(state.belief[new]))
        state.doubted[new] = ~outlook.exact
        moves.kind[at], moves.judge[at] = READ, state.turns[cases] % outlook.judges
        moves.clauses[at] = state.doubted[cases]
        return moves

    def see(self, state: WatchedCases, which: Array, moves: Moves, verdicts: Array) -> None:
        later = state.turns[which] > 0
        begun = (moves.kind == READ) & state.again[which] & ~state.done[which] & state.doubted[which].any(1)
        after = later | begun
        own = ~after
        if own.any():
            part = Moves(**{name: getattr(moves, name)[own] for name in Moves.__slots__})
            self._inner.see(state.own, which[own], part, verdicts[own])
        at = np.flatnonzero(after)
        if not len(at):
            return
        channel = self._inner.strategy.outlook.channel
        cases = which[at]
        state.belief[cases] = channel.read(state.belief[cases], moves.judge[at], verdicts[at])
        state.doubted[cases] = verdicts[at] == FAILED
        state.turns[cases] += 1
        state.done[cases] = ~state.doubted[cases].any(1) | (state.turns[cases] >= self._most)
        state.after[cases] = _wrong(channel.broken(state.belief[cases]))


def _wrong(broken: Array) -> Array:
    return np.asarray(1 - np.prod(1 - broken, axis=1))
