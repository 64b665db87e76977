"""Runs a strategy in a world whose truth is known: what it delivers, how much of it is wrong, and what it costs, case by case.

>>> from lightwing.lab.world import World
>>> counts = simulate(World(clauses=1, exact=1), FirstAnswer(), cases=1000, seed=1)
>>> counts.coverage.value, 0.15 < counts.error.value < 0.25
(1.0, True)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lightwing.core.statistics import Rate
from lightwing.decode.belief import FAILED, PASSED, UNREAD
from lightwing.decode.moves import ABSTAIN, ACCEPT, FRESH, READ, REPAIR, BatchStrategy, Moves
from lightwing.lab.world import World, Worlds

__all__ = ["Counts", "FirstAnswer", "play", "simulate"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of each case: arrays (cases,). `wrong`: delivered with a clause broken. `calls` (cases, rungs) and `readings` (cases, judges) count calls,
    `clause_readings` what they read. `price` by the world's prices. `moves`: all of them, the last included. `cut`: ended by the limit on moves."""

    delivered: Array
    wrong: Array
    calls: Array
    readings: Array
    clause_readings: Array
    price: Array
    moves: Array
    cut: Array

    @property
    def coverage(self) -> Rate:
        """Delivered of all."""
        return Rate(hits=int(self.delivered.sum()), n=len(self.delivered))

    @property
    def error(self) -> Rate:
        """Wrong of delivered."""
        return Rate(hits=int(self.wrong.sum()), n=int(self.delivered.sum()))

    def loss(self, *, wrong: float, abstain: float) -> Array:
        """Price and what wrong deliveries and abstentions cost, case by case."""
        return np.asarray(self.price + wrong * self.wrong + abstain * ~self.delivered)

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)})


def simulate(
    world: World, strategy: BatchStrategy[Any], *, cases: int, seed: int, most: int = 200, chunk: int = 20_000
) -> Counts:
    """So many cases from request to end. After `most` moves a case is abstained from and marked `cut`. `chunk` cases at a time bound the memory; with
    a drift over cases, take them all in one. Equal seeds give equal worlds only to strategies that make equal moves."""
    done = None
    for first in range(0, cases, chunk):
        part = min(chunk, cases - first)
        counts = play(world.open(part, seed + 1_000_003 * (first // chunk)), strategy, np.arange(part), most=most)
        done = counts if done is None else done + counts
    assert done is not None, "there is at least one case"
    return done


def play(worlds: Worlds, strategy: BatchStrategy[Any], these: Array, *, most: int = 200) -> Counts:
    """Some cases of a world that is open already, by their indices: a strategy may be another for later ones."""
    world, cases = worlds.world, len(these)
    exact = world.exact
    broken = np.zeros((cases, strategy.texts, world.clauses), bool)
    stuck = np.zeros((cases, strategy.texts, world.clauses, len(world.judges)), bool)
    counts = Counts(
        delivered=np.zeros(cases, bool),
        wrong=np.zeros(cases, bool),
        calls=np.zeros((cases, len(world.rungs)), np.int64),
        readings=np.zeros((cases, len(world.judges)), np.int64),
        clause_readings=np.zeros(cases, np.int64),
        price=np.zeros(cases),
        moves=np.zeros(cases, np.int64),
        cut=np.zeros(cases, bool),
    )
    rung_price = np.array([r.price for r in world.rungs])
    call_price = np.array([j.price for j in world.judges])
    clause_price = np.array([j.price_per_clause for j in world.judges])
    state, which = strategy.start(cases), np.arange(cases)
    for _ in range(most):
        moves = strategy.act(state, which)
        counts.moves[which] += 1
        accepted = moves.kind == ACCEPT
        end = which[accepted]
        counts.delivered[end] = True
        counts.wrong[end] = broken[end, moves.text[accepted]].any(1)
        goes_on = (moves.kind != ACCEPT) & (moves.kind != ABSTAIN)
        which, moves = which[goes_on], _cut(moves, goes_on)
        if not len(which):
            break
        verdicts = np.full((len(which), world.clauses), UNREAD, np.int8)
        for rung in range(len(world.rungs)):
            for kind in (FRESH, REPAIR):
                at = np.flatnonzero((moves.kind == kind) & (moves.rung == rung))
                if not len(at):
                    continue
                cases_, source, into = which[at], moves.text[at], moves.into[at]
                if kind == FRESH:
                    text = worlds.fresh(these[cases_], rung)
                else:
                    draft = broken[cases_, source], stuck[cases_, source]
                    text = worlds.repaired(these[cases_], draft, moves.clauses[at], rung)
                broken[cases_, into], stuck[cases_, into] = text
                verdicts[at, :exact] = np.where(text[0][:, :exact], FAILED, PASSED)
                counts.calls[cases_, rung] += 1
                counts.price[cases_] += rung_price[rung]
        for judge in range(len(world.judges)):
            at = np.flatnonzero((moves.kind == READ) & (moves.judge == judge))
            if not len(at):
                continue
            cases_, source = which[at], moves.text[at]
            passes = worlds.read(these[cases_], (broken[cases_, source], stuck[cases_, source]), judge)
            asked = moves.clauses[at, exact:]
            verdicts[at, exact:] = np.where(asked, np.where(passes, PASSED, FAILED), UNREAD)
            counts.readings[cases_, judge] += 1
            counts.clause_readings[cases_] += asked.sum(1)
            counts.price[cases_] += call_price[judge] + clause_price[judge] * asked.sum(1)
        strategy.see(state, which, moves, verdicts)
    else:
        counts.cut[which] = True
    return counts


def _cut(moves: Moves, keep: Array) -> Moves:
    return Moves(**{f.name: getattr(moves, f.name)[keep] for f in fields(moves)})


class FirstAnswer:
    """The simplest strategy: the first answer is delivered as it is."""

    texts = 1

    def start(self, cases: int) -> Array:
        """Whether there is an answer."""
        return np.zeros(cases, bool)

    def act(self, state: Array, which: Array) -> Moves:
        moves = Moves.blank(len(which), 0)
        moves.kind = np.where(state[which], ACCEPT, FRESH)
        return moves

    def see(self, state: Array, which: Array, moves: Moves, verdicts: Array) -> None:
        state[which] = True
