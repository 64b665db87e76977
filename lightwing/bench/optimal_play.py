"""The strategy of `bench.optimum` played in `lab.world`, random worlds to play in, and what a strategy loses against the optimum.

The value of the grid is a lower bound of the least loss; what this strategy loses on average is an upper bound. Where both meet, both are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.bench.optimum import Optimum, Subset, blindness, lapses, place
from lightwing.core.clause import CheckCall, Clause
from lightwing.core.decision import Loss
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.streams import stream_seed
from lightwing.decode.belief import FAILED, PASSED, Channel
from lightwing.decode.moves import ABSTAIN, ACCEPT, FRESH, READ, REPAIR, BatchStrategy, Moves
from lightwing.lab.simulate import Counts, simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World

__all__ = ["Lost", "OptimalPlay", "Watched", "instance", "lost", "truth"]

Array = np.ndarray[Any, np.dtype[Any]]
Rows = list[tuple[Array, Array]]
"""For each clause, a mixture of nodes: (indices, weights), both (cases, entries)."""

_AT_ONCE = 1500
"""Cases reckoned at a time: a look ahead over three clauses mixes up to 512 joint beliefs for each."""


@dataclass(frozen=True, slots=True)
class Played:
    """`belief` (cases, clauses, 1 + subsets of judges): kept, then broken by who is blind to it; nan where there is no text yet. `left` (cases,): readings of the text."""

    belief: Array
    left: Array


class OptimalPlay:
    """Looks one move ahead from exact beliefs, with the grid's values after that; `texts` is 1, for a draft that was left is never needed again."""

    texts = 1

    def __init__(self, optimum: Optimum) -> None:
        self._optimum, self._space = optimum, optimum.space
        self._rungs, self._judges = optimum.world.rungs, optimum.world.judges
        start = blindness(self._judges, optimum.world.shared)
        rates = lapses(optimum.world)
        self._fresh = np.concatenate([1 - rates[..., None], rates[..., None] * start], axis=-1)
        named = np.array([[r.repair_factor] for r in self._rungs]) * rates
        self._named = np.concatenate([1 - named[..., None], named[..., None] * start], axis=-1)
        self._start = start
        self._renewal = optimum.space.renewals(optimum.values[-1])
        masks = np.arange(len(start))
        blind = [(masks >> j & 1).astype(bool) for j in range(len(self._judges))]
        self._passes = [
            np.concatenate([[1 - judge.false_fail], np.where(blind[j], 1.0, judge.false_pass)])
            for j, judge in enumerate(self._judges)
        ]

    def start(self, cases: int) -> Played:
        return Played(np.full((cases, *self._fresh.shape[1:]), np.nan), np.zeros(cases, np.int64))

    def act(self, state: Played, which: Array) -> Moves:
        moves = Moves.blank(len(which), state.belief.shape[1])
        new = np.isnan(state.belief[which, 0, 0])
        worth = min(self._renewal) < self._optimum.loss.abstain
        moves.kind[new], moves.rung[new] = FRESH if worth else ABSTAIN, int(np.argmin(self._renewal))
        old = np.flatnonzero(~new)
        for first in range(0, len(old), _AT_ONCE):
            at = old[first : first + _AT_ONCE]
            self._choose(moves, at, state.belief[which[at]], state.left[which[at]])
        return moves

    def see(self, played: Played, which: Array, moves: Moves, verdicts: Array) -> None:
        state = played.belief
        for j in range(len(self._rungs)):
            fresh = which[(moves.kind == FRESH) & (moves.rung == j)]
            state[fresh] = self._fresh[j]
            at = (moves.kind == REPAIR) & (moves.rung == j)
            state[which[at]] = self._rewritten(state[which[at]], moves.clauses[at], j)
        made = (moves.kind == FRESH) | (moves.kind == REPAIR)
        played.left[which[made]] = len(self._optimum.values) - 1
        played.left[which[moves.kind == READ]] -= 1
        for j in range(len(self._judges)):
            at = (moves.kind == READ) & (moves.judge == j)
            state[which[at]] = self._read(state[which[at]], verdicts[at], j)
        exact = [c for c in range(state.shape[1]) if c not in self._space.judged]
        for c in exact:
            broken = verdicts[made, c] == FAILED
            state[which[made], c] = 0.0
            state[which[made], c, 0], state[which[made], c, 1] = ~broken, broken

    def _rewritten(self, belief: Array, named: Array, rung: int) -> Array:
        how = self._rungs[rung]
        kept, broken = belief[..., :1], belief[..., 1:]
        total = broken.sum(-1, keepdims=True)
        stays = how.stubborn * broken + how.regression * kept * self._start
        unnamed = np.concatenate([kept * (1 - how.regression) + (1 - how.stubborn) * total, stays], axis=-1)
        return np.where(named[..., None], self._named[rung], unnamed)

    def _read(self, belief: Array, verdicts: Array, judge: int) -> Array:
        passes = self._passes[judge]
        verdicts = verdicts[..., None]
        after = belief * np.where(verdicts == PASSED, passes, np.where(verdicts == FAILED, 1 - passes, 1.0))
        return np.asarray(after / after.sum(-1, keepdims=True))

    def _choose(self, moves: Moves, at: Array, belief: Array, left: Array) -> None:
        """Writes the best move of each of these cases, of whose texts so many readings are left."""
        loss, space = self._optimum.loss, self._space
        q = 1 - belief[..., 0]
        best = np.minimum(loss.wrong * (1 - np.prod(1 - q, axis=1)), loss.abstain)
        moves.kind[at] = np.where(best < loss.abstain, ACCEPT, ABSTAIN)

        def offer(value: Array | float, kind: int, j: int, clauses: Subset) -> None:
            nonlocal best
            better = value < best - 1e-9
            best = np.where(better, value, best)
            row = np.isin(np.arange(belief.shape[1]), clauses)
            moves.kind[at[better]] = kind
            moves.rung[at[better]] = moves.judge[at[better]] = j
            moves.clauses[at[better]] = row

        for j, value in enumerate(self._renewal):
            offer(value, FRESH, j, ())
        still = self._rows(belief)
        after_reading = [self._readings(belief, j) for j in range(len(self._judges))]
        for j, some in space.readings():
            judge = self._judges[j]
            rows = [after_reading[j][c] if c in some else still[c] for c in range(len(still))]
            worth = judge.price + judge.price_per_clause * len(some) + self._mean(rows, np.maximum(left - 1, 0))
            offer(np.where(left > 0, worth, np.inf), READ, j, some)
        every, new = np.ones(belief.shape[:2], bool), np.full(len(belief), len(self._optimum.values) - 1)
        for j, rung in enumerate(self._rungs):
            named, kept = (self._rows(self._rewritten(belief, flag, j)) for flag in (every, ~every))
            for some in (s for i, s in space.repairs() if i == j):
                rows = [named[c] if c in some else kept[c] for c in range(len(still))]
                offer(rung.price + self._mean(rows, new), REPAIR, j, some)

    def _readings(self, belief: Array, judge: int) -> Rows:
        chance = belief @ self._passes[judge]
        rows: list[Rows] = []
        for verdict, share in ((PASSED, chance), (FAILED, 1 - chance)):
            passes = self._passes[judge] if verdict == PASSED else 1 - self._passes[judge]
            after = belief * passes
            total = after.sum(-1, keepdims=True)
            after = np.divide(after, total, out=np.broadcast_to(self._fresh[0], after.shape).copy(), where=total > 0)
            rows.append([(i, w * share[:, c, None]) for c, (i, w) in enumerate(self._rows(after))])
        return [
            (np.concatenate([a[0], b[0]], axis=1), np.concatenate([a[1], b[1]], axis=1))
            for a, b in zip(*rows, strict=True)
        ]

    def _rows(self, belief: Array) -> Rows:
        """Each clause's belief as a mixture of nodes. Those of an exact clause are kept and broken."""
        rows: Rows = []
        shapes, size = self._space.shapes, len(self._space.shapes.laws)
        for c in range(belief.shape[1]):
            q = 1 - belief[:, c, 0]
            if c not in self._space.judged:
                rows.append((np.tile([0, 1], (len(q), 1)), np.stack([1 - q, q], axis=1)))
                continue
            below, above, up = place(self._space.chains[c].chances, q)
            law = np.divide(
                belief[:, c, 1:], q[:, None], out=np.tile(self._start, (len(q), 1)), where=q[:, None] > 1e-300
            )
            index, weight = _mixed(shapes.laws, law)
            index = np.concatenate([below[:, None] * size + index, above[:, None] * size + index], axis=1)
            rows.append((index, np.concatenate([(1 - up)[:, None] * weight, up[:, None] * weight], axis=1)))
        return rows

    def _mean(self, rows: Rows, left: Array) -> Array:
        values = self._optimum.values
        index, weight = left[:, None], np.ones((len(left), 1))
        for (i, w), nodes in zip(rows, values.shape[1:], strict=True):
            index = (index[:, :, None] * nodes + i[:, None, :]).reshape(len(i), -1)
            weight = (weight[:, :, None] * w[:, None, :]).reshape(len(i), -1)
        return np.asarray((values.ravel()[index] * weight).sum(1))


def _mixed(laws: Array, law: Array) -> tuple[Array, Array]:
    """A law over subsets of judges as a mixture of the family: of its two neighbours for one judge, the nearest one for two (the strategy may round, the bound not)."""
    if len(laws) == 1:
        return np.zeros((len(law), 1), np.int64), np.ones((len(law), 1))
    if laws.shape[1] == 2:
        order = np.argsort(laws[:, 1])
        below, above, up = place(laws[order, 1], law[:, 1])
        return np.stack([order[below], order[above]], axis=1), np.stack([1 - up, up], axis=1)
    nearest = np.abs(law[:, None] - laws).sum(-1).argmin(1)
    return nearest[:, None], np.ones((len(law), 1))


def truth(world: World) -> tuple[tuple[Clause, ...], ErrorModel]:
    """The clauses of a world and the error model that is exactly it: for the cells in which both sides know the world, and for those alone."""
    exact = CheckCall(name="keywords", args={"words": ["a"]})
    clauses = tuple(
        Clause(id=f"c{c + 1}", text=f"Clause {c + 1}.", check=exact if c < world.exact else None)
        for c in range(world.clauses)
    )
    rates = lapses(world)
    rungs = {
        f"rung{j}": {
            clause.id: ClauseErrors(
                lapse=float(rates[j, c]),
                concentration=r.concentration,
                repair_factor=r.repair_factor,
                regression=r.regression,
                stubborn=r.stubborn,
            )
            for c, clause in enumerate(clauses)
        }
        for j, r in enumerate(world.rungs)
    }
    judges = {
        f"judge{j}": {ANY: JudgeErrors(false_pass=t.false_pass, false_fail=t.false_fail, blind=t.blind, deaf=t.deaf)}
        for j, t in enumerate(world.judges)
    }
    shared = {}
    for a in range(len(world.judges)):
        for b in range(a + 1, len(world.judges)):
            most = max(world.judges[a].blind, world.judges[b].blind)
            both = world.shared if a == 0 else world.shared**2
            shared[f"judge{a}|judge{b}"] = both + (1 - both) * most
    prices = {f"rung{j}": r.price for j, r in enumerate(world.rungs)}
    prices |= {f"judge{j}": t.price for j, t in enumerate(world.judges)}
    return clauses, ErrorModel(rungs=rungs, judges=judges, shared=shared, prices=prices, basis="labels")


def instance(number: int, *, seed: int = 0) -> tuple[World, Loss]:
    """A random world with one judge, and the loss: 100 for a wrong delivery, 5 for an abstention, in prices of a call of the first rung.

    Drawn evenly, from ranges in which something can go wrong and something can be done: 1 to 3 clauses, each with a lapse rate of its own, 0.05 to 0.4; a named
    clause fails after a repair with 0.1 to 0.9 of that; regression 0 to 0.15; stubbornness 0.6 to 1; false pass 0.02 to 0.3; false fail 0.01 to 0.15; in half
    of the worlds a blind share of 0.01 to 0.1; a reading costs 0.05 to 0.5; in half of the worlds a rung above with 0.15 to 0.5 of the lapses, for 3 to 10.
    """
    rng = np.random.default_rng(stream_seed(seed, "instance", number))
    clauses = 1 + number % 3

    def rung(share: float, price: float) -> RungTruth:
        return RungTruth(
            lapse=tuple(float(p) for p in share * lapse),
            repair_factor=float(rng.uniform(0.1, 0.9)),
            regression=float(rng.uniform(0, 0.15)),
            stubborn=float(rng.uniform(0.6, 1.0)),
            price=price,
        )

    lapse = rng.uniform(0.05, 0.4, clauses)
    rungs = [rung(1.0, 1.0)]
    if number // 3 % 2:
        rungs.append(rung(float(rng.uniform(0.15, 0.5)), float(rng.uniform(3, 10))))
    judge = JudgeTruth(
        false_pass=float(rng.uniform(0.02, 0.3)),
        false_fail=float(rng.uniform(0.01, 0.15)),
        blind=float(rng.uniform(0.01, 0.1)) if number // 6 % 2 else 0.0,
        price=float(rng.uniform(0.05, 0.5)),
    )
    return World(clauses=clauses, rungs=tuple(rungs), judges=(judge,)), Loss(wrong=100.0, abstain=5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What a strategy loses per case, and the half width of its 95 % interval."""

    loss: float
    half: float
    counts: Counts


def lost(world: World, loss: Loss, strategy: BatchStrategy[Any], *, cases: int, seed: int) -> Lost:
    """The expected loss of a strategy by simulation. A wrong delivery is weighed by its exact chance, given all that the strategy was shown of the text, instead of
    by its truth: the same mean, a tenth of the variance. Where a draft is delivered that was rewritten too, its truth counts: what was seen of the
    rewrite may have decided, and says something of the draft."""
    watched = Watched(strategy, world)
    counts = simulate(world, watched, cases=cases, seed=seed, chunk=cases)
    wrong = np.where(np.isnan(watched.chance), counts.wrong, watched.chance) * counts.delivered
    each = counts.price + loss.wrong * wrong + loss.abstain * ~counts.delivered
    return Lost(loss=float(each.mean()), half=float(1.96 * each.std() / np.sqrt(cases)), counts=counts)


class Watched:
    """A strategy, and beside it exact beliefs about all texts that it keeps. `chance`: of each case P(wrong) of what was delivered, nan where it is not known."""

    def __init__(self, strategy: BatchStrategy[Any], world: World) -> None:
        self.texts = strategy.texts
        clauses, errors = truth(world)
        models, judges = (list(errors.rungs), list(errors.judges))
        self._strategy, self._channel = strategy, Channel.of(clauses, errors, models, judges)
        self._beliefs: Array = np.empty(0)
        self._rewritten: Array = np.empty(0)
        self.chance: Array = np.empty(0)

    def start(self, cases: int) -> Any:
        channel = self._channel
        self._beliefs = np.zeros((cases, self.texts, *channel.fresh(channel.start(1), 0).shape[1:]))
        self._rewritten = np.zeros((cases, self.texts), bool)
        self.chance = np.full(cases, np.nan)
        return self._strategy.start(cases)

    def act(self, state: Any, which: Array) -> Moves:
        moves = self._strategy.act(state, which)
        at = moves.kind == ACCEPT
        cases, text = which[at], moves.text[at]
        wrong = 1 - np.prod(1 - self._channel.broken(self._beliefs[cases, text]), axis=1)
        self.chance[cases] = np.where(self._rewritten[cases, text], np.nan, wrong)
        return moves

    def see(self, state: Any, which: Array, moves: Moves, verdicts: Array) -> None:
        channel, beliefs = self._channel, self._beliefs
        at = np.flatnonzero(moves.kind == FRESH)
        new = channel.fresh(channel.start(len(at)), moves.rung[at])
        beliefs[which[at], moves.into[at]] = channel.seen(new, verdicts[at])
        self._rewritten[which[at], moves.into[at]] = False
        at = np.flatnonzero(moves.kind == REPAIR)
        draft = beliefs[which[at], moves.text[at]]
        self._rewritten[which[at], moves.text[at]] = True
        beliefs[which[at], moves.into[at]] = channel.seen(
            channel.repaired(draft, moves.clauses[at], moves.rung[at]), verdicts[at]
        )
        self._rewritten[which[at], moves.into[at]] = False
        at = np.flatnonzero(moves.kind == READ)
        text = moves.text[at]
        beliefs[which[at], text] = channel.read(beliefs[which[at], text], moves.judge[at], verdicts[at])
        self._strategy.see(state, which, moves, verdicts)
