"""What is known of all texts of one case together: a forest, each tree a fresh answer and what was rewritten of it, solved exactly by messages.

The law is that of `belief`. Texts are independent given the case's hardness unless one is a rewrite of the other. So messages go up the branches (what was read
of a rewrite says something of its draft), meet at the hardness, and go down again. Texts of one depth are reckoned together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lightwing.decode.belief import Channel

__all__ = ["Forest", "Text"]

Array = np.ndarray[Any, np.dtype[Any]]

_LEAST = 1e-30
"""No likelihood is taken for 0, lest readings that contradict each other leave no state; far below what readings may truly bring it to beside the likeliest state."""

_KEPT = 256
"""Repairs are told apart by rung and by what they name; the tables of so many are kept."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a case: where it comes from, and what its readings say. `likelihood`: (clauses, 2, patterns). A `copy` leaves unseen clauses as they were."""

    how: Literal["fresh", "repaired", "copy"]
    rung: int
    likelihood: Array
    parent: int | None = None
    named: Array | None = None


@dataclass(frozen=True, slots=True)
class Forest:
    """A channel as tables over the states of a clause (broken or kept, times patterns), which stand first: so they are reckoned with at once for all clauses.
    `fresh` (states, rungs, clauses, nodes): chance of each state in a new answer. `moved` (rungs, named or not, states, states after, clauses, nodes):
    chance of each state after a repair, given that before."""

    channel: Channel
    fresh: Array
    moved: Array
    _kept: dict[tuple[object, ...], Array] = field(default_factory=dict)

    @classmethod
    def of(cls, channel: Channel) -> Forest:
        clauses, nodes, patterns = channel.clauses, len(channel.slices), channel.spots.shape[-1]
        rungs, states = len(channel.theta), 2 * patterns
        ones = np.ones((clauses, nodes))
        fresh = np.array([channel.fresh(ones, r) for r in range(rungs)]).reshape(rungs, clauses, nodes, states)
        unit = np.eye(states).reshape(states, 1, 1, 2, patterns)
        sure = np.broadcast_to(unit, (states, clauses, nodes, 2, patterns))
        names = [np.full(clauses, flag) for flag in (False, True)]
        moved = np.array([[channel.repaired(sure, named, r) for named in names] for r in range(rungs)])
        moved = moved.reshape(rungs, 2, states, clauses, nodes, states).transpose(0, 1, 2, 5, 3, 4)
        return cls(channel, np.ascontiguousarray(fresh.transpose(3, 0, 1, 2)), np.ascontiguousarray(moved))

    def posteriors(self, texts: Sequence[Text]) -> tuple[Array, Array]:
        """(beliefs, hardness) of one case: a belief in each of its texts (texts, clauses, nodes, 2, patterns), given all that was read on all of them,
        and the hardness (1, clauses, nodes). A text's parent stands before it."""
        clauses, nodes, patterns = self.channel.clauses, len(self.channel.slices), self.channel.spots.shape[-1]
        parent = np.array([-1 if t.parent is None else t.parent for t in texts])
        depth = _depths(texts)
        levels = [np.flatnonzero(depth == d) for d in range(1, depth.max(initial=0) + 1)]
        roots = np.flatnonzero(depth == 0)
        read = np.array([t.likelihood for t in texts]).reshape(len(texts), clauses, 2 * patterns)
        up = np.repeat(_possible(read).transpose(2, 0, 1)[..., None], nodes, axis=-1)
        to_parent = np.empty_like(up)
        moves = [self._moves([texts[i] for i in at.tolist()]) for at in levels]
        for at, move in zip(levels[::-1], moves[::-1], strict=True):
            to_parent[:, at] = np.einsum("tijcn,jtcn->itcn", move, up[:, at])
            for i in at.tolist():
                up[:, parent[i]] *= to_parent[:, i]
            above = parent[at]
            message = up[:, above]
            up[:, above] = message / message.max(0).max(-1)[..., None]
        new = self.fresh[:, [texts[i].rung for i in roots.tolist()]]
        hardness = np.ones((clauses, 1))
        if nodes > 1:
            said = np.log((new * up[:, roots]).sum(0))
            hardness = _shares(said.sum(0), self.channel.slices)
            new = new * _shares(said.sum(0) - said, self.channel.slices)
        beliefs = np.empty_like(up)
        beliefs[:, roots] = _normal(new * up[:, roots])
        for at, move in zip(levels, moves, strict=True):
            draft = beliefs[:, parent[at]] / np.maximum(to_parent[:, at], 1e-300)
            beliefs[:, at] = _normal(np.einsum("tijcn,itcn->jtcn", move, draft) * up[:, at])
        last = np.ascontiguousarray(beliefs.transpose(1, 2, 3, 0))
        return last.reshape(len(texts), clauses, nodes, 2, patterns), hardness[None]

    def _moves(self, texts: Sequence[Text]) -> Array:
        """For each of these rewrites the chances of its states, given its draft's: (texts, states, states after, clauses, nodes)."""
        return np.array([self._move(text) for text in texts])

    def _move(self, text: Text) -> Array:
        key = text.rung, text.how, None if text.named is None else text.named.tobytes()
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            if text.how == "copy":
                same = np.eye(len(self.fresh))[..., None, None]
                self._kept[key] = np.broadcast_to(same, self.moved.shape[2:])
            else:
                assert text.named is not None, "a repair names clauses"
                named = text.named[:, None]
                self._kept[key] = np.where(named, self.moved[text.rung, 1], self.moved[text.rung, 0])
        return self._kept[key]


def _depths(texts: Sequence[Text]) -> Array:
    """How many rewrites lie between each text and a fresh one."""
    depth: list[int] = []
    for text in texts:
        depth.append(0 if text.parent is None else depth[text.parent] + 1)
    return np.array(depth, int)


def _shares(logs: Array, slices: Array) -> Array:
    """Laws over the slices, out of the logarithms of their likelihoods."""
    likely = slices * np.exp(logs - logs.max(-1, keepdims=True))
    return np.asarray(likely / likely.sum(-1, keepdims=True))


def _possible(likelihood: Array) -> Array:
    """Likelihoods beside that of the likeliest state, no state impossible."""
    return np.asarray(np.maximum(likelihood / likelihood.max(-1, keepdims=True), _LEAST))


def _normal(belief: Array) -> Array:
    return np.asarray(belief / belief.sum(0).sum(-1)[..., None])
