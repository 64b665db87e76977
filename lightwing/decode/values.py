"""What options are worth: the price still to be paid, fitted to the error model before any case is seen.

Fitted value iteration (Ernst, Geurts and Wehenkel 2005). Texts are drawn as the error model expects them, on the way of the strategy as it stands; each
option is tried on each; and its worth, price and what follows under the best option after it, is fitted by least squares to the view of the text, over
and over until it holds still. The fit is linear in the features and in random hinges of them. Strategies of all rounds are then run on the error model, and the cheapest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.decode.outlook import Outlook, View

__all__ = ["Values", "fit"]

Array = np.ndarray[Any, np.dtype[Any]]

_HINGES = 96
_ROUNDS = 3
_RIDGE = 1e-3
_MOST_MOVES = 60

_TOLD_APART = 4
"""So many readings of a text that are still left are told apart in what a reading is worth; more count as no limit."""


@dataclass(frozen=True, slots=True)
class Values:
    """Worth of each option by the view of a text. `worth` (basis, columns): fresh by rung, repair by rung, then by readings left (1, 2 …) read by judge.
    `fresh` (rungs,): of a fresh answer where nothing is known of the case."""

    mean: Array
    scale: Array
    turn: Array
    shift: Array
    worth: Array
    fresh: Array

    def of(self, view: View, left: Array) -> Array:
        """(n, options); infinite where an option is not there. `left` (n,): how often each text may still be read."""
        worth, others = self._basis(view.features) @ self.worth, 2 * len(self.fresh)
        judges = view.open.shape[1] - others
        if judges:
            levels = (worth.shape[1] - others) // judges
            level = np.clip(left, 1, levels) - 1
            read = worth[:, others:].reshape(len(worth), levels, judges)[np.arange(len(worth)), level]
            worth = np.concatenate([worth[:, :others], np.where(left[:, None] > 0, read, np.inf)], axis=1)
        return np.where(view.open, worth, np.inf)

    def _basis(self, features: Array) -> Array:
        z = np.clip((features - self.mean) / self.scale, -4, 4)
        hinges = np.maximum(z @ self.turn + self.shift, 0)
        return np.concatenate([np.ones((len(z), 1)), z, hinges], axis=1)


def fit(outlook: Outlook, *, seed: int = 0, texts: int = 4000) -> Values:
    """The values of a strategy for this outlook, from so many texts or, where a belief is large, fewer. Deterministic for a seed."""
    channel = outlook.channel
    texts = min(texts, max(1500, 2_000_000 // max(1, channel.start(1).size * 2 * channel.spots.shape[-1])))
    rng = np.random.default_rng(seed)
    best, least = None, np.inf
    sample = _walk(outlook, None, texts // 2, 1.0, rng)[0]
    values = _blank(outlook, outlook.view(sample), rng)
    for _ in range(_ROUNDS):
        values = _iterate(outlook, values, sample, rng)
        _, paid = _walk(outlook, values, texts, 0.0, np.random.default_rng(seed + 1))
        if paid < least:
            best, least = values, paid
        more, _ = _walk(outlook, values, texts // 2, 0.15, rng)
        sample = np.concatenate([sample[: texts // 2], more])
    assert best is not None, "a strategy costs something finite"
    return best


def _blank(outlook: Outlook, view: View, rng: np.random.Generator) -> Values:
    """Scales by these texts, and no worth yet."""
    width = view.features.shape[1]
    scale = view.features.std(0)
    turn = rng.standard_normal((width, _HINGES)) / np.sqrt(width) * 1.5
    shift = rng.standard_normal(_HINGES)
    worth = np.zeros((1 + width + _HINGES, 2 * outlook.rungs + _levels(outlook) * outlook.judges))
    return Values(
        view.features.mean(0), np.where(scale > 1e-9, scale, 1.0), turn, shift, worth, np.zeros(outlook.rungs)
    )


def _levels(outlook: Outlook) -> int:
    """How many numbers of readings left have a worth of their own."""
    return max(1, min(outlook.readings, _TOLD_APART))


def _iterate(outlook: Outlook, values: Values, sample: Array, rng: np.random.Generator) -> Values:
    """Worths that agree with each other on this sample."""
    goal, others, levels = outlook.goal, 2 * outlook.rungs, _levels(outlook)
    view = outlook.view(sample)
    basis = values._basis(view.features)
    # With how many readings left one goes on after a reading: one less, or as many where more are left than are told apart.
    after_reading = [*range(levels - 1), levels if outlook.readings > _TOLD_APART else levels - 1]
    solvers, ends = [], []

    def looked_at(belief: Array) -> tuple[Array, Array, Array]:
        after = outlook.view(belief)
        return values._basis(after.features), after.open, np.minimum(after.accept, goal.abstain)

    for option in range(outlook.options):
        there = np.flatnonzero(view.open[:, option])
        x = basis[there]
        if option < outlook.rungs and len(outlook.channel.slices) == 1:
            x = x * (np.arange(x.shape[1]) == 0)  # a fresh answer is worth the same wherever nothing persists
        solvers.append(np.linalg.solve(x.T @ x + _RIDGE * max(1, len(x)) * np.eye(x.shape[1]), x.T))
        rows = _at(view, there)
        ends.append([(c, looked_at(b)) for c, b in outlook.outcomes(sample[there], rows, option, rng)])
    starts = [
        looked_at(outlook.looked(outlook.channel.fresh(outlook.channel.start(len(sample) // 4), rung), rng))
        for rung in range(outlook.rungs)
    ]

    def worth_of(state: tuple[Array, Array, Array]) -> Array:
        """What follows under the best option, by readings left (n, 0 to levels), within what is possible: more noise than that is none of the fit's business."""
        x, there, end = state
        every = x @ worth
        least = np.where(there[:, :others], every[:, :others], np.inf).min(1)
        read = np.where(there[:, None, others:], every[:, others:].reshape(len(x), levels, outlook.judges), np.inf)
        read = np.concatenate([np.full((len(x), 1), np.inf), read.min(2, initial=np.inf)], axis=1)
        return np.asarray(np.clip(np.minimum(least[:, None], read), 0.0, end[:, None]))

    worth = values.worth.copy()
    worth[0] = np.where(worth[0] == 0, goal.abstain, worth[0])
    for _ in range(200):
        new = np.empty_like(worth)
        for option, (price, some) in enumerate(zip(outlook.prices, ends, strict=True)):
            expected = price + sum(c[:, None] * worth_of(s) for c, s in some)
            if option < others:
                new[:, option] = solvers[option] @ expected[:, -1]
            else:
                new[:, option :: outlook.judges] = solvers[option] @ expected[:, after_reading]
        change = np.abs(basis @ (new - worth)).mean()
        worth = new
        if change < 1e-3 * min(outlook.prices):
            break
    fresh = np.array([p + worth_of(s)[:, -1].mean() for p, s in zip(goal.rungs, starts, strict=True)])
    return Values(values.mean, values.scale, values.turn, values.shift, worth, fresh)


def _at(view: View, rows: Array) -> View:
    return View(*(getattr(view, name)[rows] for name in View.__slots__))


def _walk(
    outlook: Outlook, values: Values | None, texts: int, stray: float, rng: np.random.Generator
) -> tuple[Array, float]:
    """Beliefs met on the way of a strategy which takes any option instead with chance `stray`, and what it pays on the mean, ends included."""
    goal, channel = outlook.goal, outlook.channel
    cases = max(50, texts // 4)
    met: list[Array] = []
    paid = np.zeros(cases)
    first = np.zeros(cases, int) if values is None else np.full(cases, int(values.fresh.argmin()))
    first = np.where(rng.random(cases) < stray, rng.integers(0, outlook.rungs, cases), first)
    if values is not None and values.fresh.min() >= goal.abstain and not stray:
        return np.empty(0), goal.abstain
    paid += outlook.prices[first]
    belief = outlook.looked(channel.fresh(channel.start(cases), first), rng)
    live, left = np.arange(cases), np.full(cases, outlook.readings)
    for move in range(_MOST_MOVES if values is not None else 12):
        view = outlook.view(belief)
        view.open[:, 2 * outlook.rungs :] &= left[:, None] > 0
        met.append(belief)
        worth = np.zeros_like(view.open, float) if values is None else values.of(view, left)
        strays = rng.random(len(live)) < stray
        any_of = np.where(view.open, rng.random(view.open.shape), np.inf)
        worth = np.where(strays[:, None], any_of - 10 * goal.abstain, worth)
        end = np.minimum(view.accept, goal.abstain)
        option = worth.argmin(1)
        stops = (end <= worth.min(1)) | (move == _MOST_MOVES - 1)
        paid[live[stops]] += end[stops]
        live, left, belief = live[~stops], left[~stops], belief[~stops]
        view, option = _at(view, ~stops), option[~stops]
        if not len(live):
            break
        paid[live] += outlook.prices[option]
        left = np.where(option < 2 * outlook.rungs, outlook.readings, left - 1)
        new = np.empty_like(belief)
        for o in np.unique(option):
            rows = np.flatnonzero(option == o)
            new[rows] = outlook.done(belief[rows], _at(view, rows), int(o), rng)
        belief = new
    kept = np.concatenate(met)
    if stray and len(kept) > texts:
        kept = kept[rng.choice(len(kept), texts, replace=False)]
    return kept, float(paid.mean())
