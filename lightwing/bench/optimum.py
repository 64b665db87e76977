"""The best that any strategy can do in the channel of `lab.world`, for at most three clauses: dynamic programming over beliefs.

What it solves. One case; as many fresh answers and repairs as one likes, and at most so many readings of a text (4 unless said otherwise), each at its price;
at the end a delivery, which costs `wrong` where some clause is broken, or an abstention. Clauses are independent and alike in all cases (no persistence), so fresh answers are renewals: while one may have another
fresh answer, going back to a draft that was given up for one never pays. The proof is that of reservation values: the value V0 of a fresh answer makes every
draft a bet whose expected cost less V0 is at least nothing whatever is done with it, so the sum over all drafts is; it needs no bound on their number.

Beliefs. Of a draft one knows, clause by clause, the chance q that it is broken and, given that, which judges are blind to it (its shape). Readings and repairs
act on each clause by itself, so an action is a product of one Markov matrix per clause: reading a clause, rewriting it named or not, leaving it. The grid of
q times shapes is closed under all of them up to interpolation, which is a convex combination of beliefs; a least expected loss is concave in the belief, so
every value found is a lower bound of the true one (Lovejoy, "Computationally feasible bounds for partially observed Markov decision processes", 1991), and
what the strategy of this grid really costs (`bench.optimal_play`) is an upper bound. The number of repairs in a row is without bound.

What it leaves out: deafness, persistence, drift (refused), and going back to a draft after seeing what a repair made of it, which `bench.optimal_play` does not use
either. An exact clause is known as soon as the text is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.decision import Loss
from lightwing.lab.world import Drift, JudgeTruth, RungTruth, World

__all__ = ["Dual", "Grid", "Optimum", "dual", "lapses", "optimum"]

Array = np.ndarray[Any, np.dtype[Any]]
Subset = tuple[int, ...]

READINGS = 4
"""Of one text, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`chances`: points of q, evenly in log odds; `exact`: up to so many readings of a new text are met exactly, on points of their own; `passes`: at
    most so many passes of a judge are told apart before it is taken, in part, to be blind; fewer where its chance to be blind is `certain` sooner."""

    chances: int = 12
    exact: int = 2
    passes: int = 7
    certain: float = 0.99

    @classmethod
    def of(cls, world: World) -> Grid:
        """What a second or two allow: the more clauses and blind judges, the coarser, and the lower the bound."""
        if world.clauses == 1:
            return cls(chances=60, exact=4, passes=12, certain=0.9999)
        if world.clauses == 2:
            return cls(chances=24, exact=2, passes=8, certain=0.99)
        if not any(judge.blind for judge in world.judges):
            return cls(chances=20)
        return cls(chances=6, exact=1, certain=0.9)


@dataclass(frozen=True, slots=True)
class Chain:
    """The beliefs about one clause as nodes, and what is done to it as Markov matrices over them.

    `chances`: the points of q; `broken`: q of each node. `fresh`, `named`: by rung, the row of beliefs a new text starts from; `kept`: by rung, the matrix of an unnamed clause under a
    repair; `read`: by judge, the matrix of a reading, None for an exact clause.
    """

    chances: Array
    broken: Array
    fresh: tuple[Array, ...]
    named: tuple[Array, ...]
    kept: tuple[Array, ...]
    read: tuple[Array, ...] | None


@dataclass(frozen=True, slots=True)
class Optimum:
    """`value`: the least expected loss of a case, a lower bound up to `slack` (what the last sweep changed). `values`: by how many readings of the text are
    left, from none on, then by node of each clause."""

    value: float
    values: Array
    space: Space
    world: World
    loss: Loss
    sweeps: int
    slack: float


def optimum(
    world: World,
    loss: Loss,
    *,
    readings: int = READINGS,
    grid: Grid | None = None,
    sweeps: int = 400,
    tolerance: float = 1e-5,
) -> Optimum:
    """The least expected loss in this world. Raises ValueError where the world is none that this page can solve.

    >>> free = JudgeTruth(false_pass=0.1, false_fail=0.0, price=0.0)
    >>> world = World(clauses=1, rungs=(RungTruth(lapse=0.5, repair_factor=1.0),), judges=(free,))
    >>> sure = optimum(world, Loss(wrong=1e5, abstain=50)).value  # two answers on the mean; of the last, 1 in 10^4 is wrong after four readings that pass
    >>> 2.0 < sure < 2.0 + 1e5 * 1e-4
    True
    """
    space = Space.of(world, grid or Grid.of(world))
    end = np.minimum(loss.wrong * space.wrong(), loss.abstain).astype(np.float32)
    values = np.repeat(end[None], readings + 1, axis=0)
    done, change = 0, np.inf
    while done < sweeps and change > tolerance * loss.abstain:
        before = values.copy()
        for value in space.rewritten(values[-1]):
            np.minimum(values, value, out=values, casting="same_kind")
        for left in range(1, readings + 1):
            for value in space.read(values[left - 1]):
                np.minimum(values[left], value, out=values[left], casting="same_kind")
        change = float(np.max(before - values))
        done += 1
    value = min(loss.abstain, *(float(v) for v in space.renewals(values[-1])))
    return Optimum(value, values, space, world, loss, done, change)


@dataclass(frozen=True, slots=True)
class Space:
    """The joint beliefs: one axis of nodes for each clause."""

    chains: tuple[Chain, ...]
    rungs: tuple[RungTruth, ...]
    judges: tuple[JudgeTruth, ...]
    judged: Subset
    shapes: Shapes

    @classmethod
    def of(cls, world: World, grid: Grid) -> Space:
        _refused(world)
        shapes = Shapes.of(world.judges, world.shared, grid)
        rates = lapses(world)
        chains = tuple(
            _exact_chain(world, rates[:, c]) if c < world.exact else _judged_chain(world, rates[:, c], shapes, grid)
            for c in range(world.clauses)
        )
        return cls(chains, world.rungs, world.judges, tuple(range(world.exact, world.clauses)), shapes)

    def wrong(self) -> Array:
        """P(some clause is broken) at every joint belief."""
        held: Array = np.ones(())
        for chain in self.chains:
            held = np.multiply.outer(held, 1 - chain.broken)
        return 1 - held

    def readings(self) -> list[tuple[int, Subset]]:
        """(judge, clauses): every set, or only all of them for a judge that takes nothing for a clause more (knowing more never hurts)."""
        return [
            (j, some)
            for j, judge in enumerate(self.judges)
            for some in (_subsets(self.judged) if judge.price_per_clause > 0 else [self.judged] if self.judged else [])
        ]

    def repairs(self) -> list[tuple[int, Subset]]:
        return [(j, some) for j in range(len(self.rungs)) for some in _subsets(tuple(range(len(self.chains))))]

    def renewals(self, values: Array) -> list[float]:
        """The value of a fresh answer of each rung."""
        return [
            rung.price + float(_contracted(values, [chain.fresh[j] for chain in self.chains]))
            for j, rung in enumerate(self.rungs)
        ]

    def rewritten(self, values: Array) -> Iterator[Array | float]:
        """The expected loss of every fresh answer and repair, at every belief, where `values` is what follows."""
        yield from self.renewals(values)
        for j, some in self.repairs():
            moved = values
            for c, chain in enumerate(self.chains):
                if c in some:
                    moved = np.tensordot(moved, chain.named[j], axes=([c], [0]))
                    moved = np.expand_dims(moved, c)
            for c, chain in enumerate(self.chains):
                if c not in some:
                    moved = _along(moved, chain.kept[j], c)
            yield self.rungs[j].price + moved

    def read(self, values: Array) -> Iterator[Array]:
        """The expected loss of every reading, at every belief, where `values` is what follows."""
        for j, some in self.readings():
            moved = values
            for c in some:
                matrices = self.chains[c].read
                assert matrices is not None
                moved = _along(moved, matrices[j], c)
            judge = self.judges[j]
            yield judge.price + judge.price_per_clause * len(some) + moved


def lapses(world: World) -> Array:
    """The lapse rates: (rungs, clauses)."""
    return np.stack([np.broadcast_to(np.asarray(r.lapse, float), (world.clauses,)) for r in world.rungs])


@dataclass(frozen=True, slots=True)
class Dual:
    """The best within a bound on the error rate. `loss`: price + abstain·(share abstained) is at least this for every strategy whose wrong deliveries
    are at most `error` of its deliveries. `price_of_error`: what a wrong delivery must be made to cost for it; without bound where nothing can be delivered."""

    loss: float
    price_of_error: float
    optimum: Optimum


def dual(world: World, *, error: float, abstain: float, grid: Grid | None = None, rounds: int = 18) -> Dual:
    """Maximises min(price + abstain·abstained + λ·(wrong - error·delivered)) over λ: concave in log λ's order, by golden section.

    With delivered = 1 - abstained, the inner problem is one of `optimum` with wrong = λ and abstain + λ·error, less λ·error.
    """

    def at(log: float) -> tuple[float, Optimum]:
        worth = float(np.exp(log))
        found = optimum(world, Loss(wrong=worth, abstain=abstain + worth * error), grid=grid)
        return found.value - worth * error, found

    golden = (np.sqrt(5) - 1) / 2
    low, high = np.log(1.0), np.log(1e3 / error)
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = at(left), at(right)
    for _ in range(rounds):
        if at_left[0] > at_right[0]:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = at(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = at(right)
    log, (value, found) = (left, at_left) if at_left[0] > at_right[0] else (right, at_right)
    return Dual(value, float(np.exp(log)), found)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Which judges are blind to a broken clause: a family of laws over the subsets of judges, one for each number of passes (or a failure) by each judge.

    A judge that ever fails the clause is not blind to it; each pass makes blindness likelier. `laws`: (shapes, subsets), a subset as a bit mask. `passed`: by
    judge, the Markov matrix over shapes of a pass (beyond the last told apart, the law is a mixture of that and of certain blindness: a convex
    combination too, so the bound stays a lower one). `failed`: by judge, the shape after a failure. `start`: the shape of a new text.
    """

    laws: Array
    blind: Array
    passed: tuple[Array, ...]
    failed: tuple[Array, ...]
    start: int

    @classmethod
    def of(cls, judges: tuple[JudgeTruth, ...], shared: float, grid: Grid) -> Shapes:
        start = blindness(judges, shared)
        told = [_told_apart(judge, grid) for judge in judges]
        levels = [[0] if not judge.blind else [-1, *range(n), 10**6] for judge, n in zip(judges, told, strict=True)]
        keys = list(itertools.product(*levels))
        at = {key: i for i, key in enumerate(keys)}
        laws = np.array([_law(start, judges, key) for key in keys])
        blind = np.array(
            [[law[[b for b in range(len(law)) if b >> j & 1]].sum() for j in range(len(judges))] for law in laws]
        )
        passed, failed = [], []
        for j, judge in enumerate(judges):
            after_pass, after_failure = np.zeros((len(keys), len(keys))), np.arange(len(keys))
            for i, key in enumerate(keys):
                if not judge.blind or key[j] in (-1, 10**6):
                    after_pass[i, i] = 1
                    after_failure[i] = at[_with(key, j, -1)] if judge.blind else i
                    continue
                after_failure[i] = at[_with(key, j, -1)]
                if key[j] + 1 < told[j]:
                    after_pass[i, at[_with(key, j, key[j] + 1)]] = 1
                    continue
                seen = (1 - blind[i, j]) * judge.false_pass
                share = 1 - seen / (blind[i, j] + seen) / (1 - blind[i, j]) if blind[i, j] < 1 else 0.0
                after_pass[i, i] += 1 - share
                after_pass[i, at[_with(key, j, 10**6)]] += share
            passed.append(after_pass)
            failed.append(after_failure)
        return cls(laws, blind, tuple(passed), tuple(failed), at[(0,) * len(judges)])


def _told_apart(judge: JudgeTruth, grid: Grid) -> int:
    """How many passes (none included) make it blind with a chance of `certain`, where the clause is broken."""
    blind, passes = judge.blind, 0
    while passes < grid.passes and blind < grid.certain:
        blind, passes = blind / (blind + (1 - blind) * judge.false_pass) if blind else 0.0, passes + 1
    return passes


def blindness(judges: tuple[JudgeTruth, ...], shared: float) -> Array:
    """P(exactly these judges are blind to a broken clause), by bit mask: the first judge's number is every other's too with chance `shared`."""
    law = np.zeros(2 ** len(judges))
    if not judges:
        return np.ones(1)
    cuts = sorted({0.0, 1.0, *(judge.blind for judge in judges)})
    for low, high in itertools.pairwise(cuts):
        middle = (low + high) / 2
        for mask in range(len(law)):
            chance = high - low
            for j, judge in enumerate(judges):
                same = float(middle < judge.blind)
                yes = same if j == 0 else shared * same + (1 - shared) * judge.blind
                chance *= yes if mask >> j & 1 else 1 - yes
            law[mask] += chance
    return law


def _law(start: Array, judges: tuple[JudgeTruth, ...], key: Subset) -> Array:
    """The law of blindness after so many passes (-1: a failure) by each judge."""
    law = start.copy()
    for mask in range(len(law)):
        for j, (judge, passes) in enumerate(zip(judges, key, strict=True)):
            if mask >> j & 1:
                law[mask] *= passes >= 0
            elif passes > 0:
                law[mask] *= 0.0 if passes == 10**6 else judge.false_pass**passes
    total = law.sum()
    if total == 0:  # readings that cannot come about: any law will do
        law[0] = total = 1.0
    return np.asarray(law / total)


def _with(key: Subset, j: int, value: int) -> Subset:
    return (*key[:j], value, *key[j + 1 :])


def _chances(world: World, rates: Array, grid: Grid) -> Array:
    """The grid of q: 0, 1, evenly in log odds between, and exactly what a new text starts from and what few readings make of that."""
    points = [0.0, 1.0, *(1 / (1 + np.exp(-np.linspace(-8.5, 3.5, grid.chances))))]
    starts = np.concatenate([rates, rates * [r.repair_factor for r in world.rungs]])
    for start in np.unique(np.clip(starts, 0, 1)):
        points += _reached(float(start), world, grid.exact)
    return np.unique(np.round(points, 12))


def _reached(start: float, world: World, readings: int) -> list[float]:
    """The chances that so many readings, in any order, make of this one."""
    law = blindness(world.judges, world.shared)
    found = []
    for seen in itertools.product(range(readings + 1), repeat=2 * len(world.judges)):
        if sum(seen) > readings:
            continue
        broken, kept = 0.0, 1.0
        for mask, share in enumerate(law):
            for j, judge in enumerate(world.judges):
                passes, failures = seen[2 * j], seen[2 * j + 1]
                share *= (
                    float(not failures)
                    if mask >> j & 1
                    else judge.false_pass**passes * (1 - judge.false_pass) ** failures
                )
            broken += share
        for j, judge in enumerate(world.judges):
            kept *= (1 - judge.false_fail) ** seen[2 * j] * judge.false_fail ** seen[2 * j + 1]
        total = start * broken + (1 - start) * kept
        if total > 0:
            found.append(start * broken / total)
    return found


def place(chances: Array, q: Array) -> tuple[Array, Array, Array]:
    """(index below, index above, weight above) of q in the grid."""
    above = np.clip(np.searchsorted(chances, q), 1, len(chances) - 1)
    below = above - 1
    weight = (q - chances[below]) / (chances[above] - chances[below])
    return below, above, np.clip(weight, 0, 1)


def _exact_chain(world: World, rates: Array) -> Chain:
    def row(chance: float) -> Array:
        return np.array([1 - chance, chance])

    return Chain(
        chances=np.array([0.0, 1.0]),
        broken=np.array([0.0, 1.0]),
        fresh=tuple(row(p) for p in rates),
        named=tuple(row(r.repair_factor * p) for r, p in zip(world.rungs, rates, strict=True)),
        kept=tuple(np.stack([row(r.regression), row(r.stubborn)]) for r in world.rungs),
        read=None,
    )


def _judged_chain(world: World, rates: Array, shapes: Shapes, grid: Grid) -> Chain:
    """Nodes are q times shape, the shape running fastest."""
    chances = _chances(world, rates, grid)
    size = len(shapes.laws)
    nodes = len(chances) * size
    q = np.repeat(chances, size)
    shape = np.tile(np.arange(size), len(chances))

    def put(into: Array, rows: Array, at: Array, weight: Array, law: Array) -> None:
        """Adds to these rows a belief of chance `at` and a law over shapes, (rows, shapes), with this weight."""
        below, above, up = place(chances, at)
        for s in range(size):
            np.add.at(into, (rows, below * size + s), weight * law[:, s] * (1 - up))
            np.add.at(into, (rows, above * size + s), weight * law[:, s] * up)

    def start(chance: float) -> Array:
        row = np.zeros((1, nodes))
        put(row, np.array([0]), np.array([min(1.0, chance)]), np.ones(1), np.eye(size)[[shapes.start]])
        return np.asarray(row[0])

    every = np.arange(nodes)
    kept, read = [], []
    for rung in world.rungs:
        after = (1 - q) * rung.regression + q * rung.stubborn
        old = np.divide(q * rung.stubborn, after, out=np.zeros(nodes), where=after > 0)
        law = old[:, None] * np.eye(size)[shape] + (1 - old)[:, None] * np.eye(size)[shapes.start]
        matrix = np.zeros((nodes, nodes), np.float32)
        put(matrix, every, after, np.ones(nodes), law)
        kept.append(matrix)
    for j, judge in enumerate(world.judges):
        if_broken = shapes.blind[shape, j] + (1 - shapes.blind[shape, j]) * judge.false_pass
        matrix = np.zeros((nodes, nodes), np.float32)
        for bad, good, law in (
            (if_broken, 1 - judge.false_fail, shapes.passed[j][shape]),
            (1 - if_broken, judge.false_fail, np.eye(size)[shapes.failed[j][shape]]),
        ):
            chance = q * bad + (1 - q) * good
            after = np.divide(q * bad, chance, out=np.zeros(nodes), where=chance > 0)
            put(matrix, every, after, chance, law)
        read.append(matrix)
    return Chain(
        chances=chances,
        broken=q,
        fresh=tuple(start(p) for p in rates),
        named=tuple(start(r.repair_factor * p) for r, p in zip(world.rungs, rates, strict=True)),
        kept=tuple(kept),
        read=tuple(read),
    )


def _along(values: Array, matrix: Array, axis: int) -> Array:
    """The matrix applied along one axis, without moving the others."""
    shape = values.shape
    after = int(np.prod(shape[axis + 1 :]))
    if after == 1:
        return np.asarray((values.reshape(-1, shape[axis]) @ matrix.T).reshape(shape))
    return np.asarray(np.matmul(matrix, values.reshape(-1, shape[axis], after)).reshape(shape))


def _contracted(values: Array, rows: list[Array]) -> Array:
    for row in reversed(rows):
        values = values @ row
    return values


def _subsets(of: Subset) -> list[Subset]:
    """All but the empty one."""
    return [some for n in range(1, len(of) + 1) for some in itertools.combinations(of, n)]


def _refused(world: World) -> None:
    if world.clauses > 3:
        raise ValueError(f"at most 3 clauses, got {world.clauses}")
    if world.drift != Drift() or any(r.concentration is not None for r in world.rungs):
        raise ValueError("no persistence and no drift")
    if any(judge.deaf for judge in world.judges):
        raise ValueError("no deafness")
