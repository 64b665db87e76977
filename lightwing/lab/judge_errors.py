"""How judges err, and which open clauses are broken: one sampler for both, because the one is only known through the other.

The law is that of `lab/world.py`. For a text and clause: broken with the model's lapse rate (known, where truth is known); a judge blind to a broken
clause passes it in every reading, else each reading passes with its false pass; likewise deaf and false fail where it is kept. Open truths and stuck judges are
drawn given the rates, the rates given these (`lab/hierarchy.py`). Judges are taken to err independently here; what they share is counted
afterwards, on texts whose truth is known (`shared_blindness`). Texts that repair another are left out: a judge may be stuck on both for one reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.lab.hierarchy import Hierarchy
from lightwing.lab.observed import BROKEN, OPEN, Observed

__all__ = ["JUDGE_RATES", "Draws", "sample", "shared_blindness"]

Array = np.ndarray[Any, np.dtype[Any]]

JUDGE_RATES = ("false_pass", "false_fail", "blind", "deaf")
_PRIOR = {"false_pass": (1.0, 4.0), "false_fail": (1.0, 9.0), "blind": (0.5, 9.0), "deaf": (0.5, 99.0)}
"""Of the mean over all clauses. With nothing seen a judge passes a fifth of the violations and is blind to a twentieth: thin data stay far from a promise.
Deafness is taken to be rare until it is seen: what a judge always fails, and nobody has labelled, counts as broken."""
_LAPSE_PRIOR = 1.0, 3.0
_BURN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Draws of the rates: `lapse` (draws, models, clauses); `judges` by rate (draws, judges, clauses); the same by kind (…, kinds) and for any clause (…).

    `tallies` (draws, 2, rates, judges): hits and trials of the judges' rates on judged clauses whose truth is known. `broken` (T, C): the chance that a clause is
    broken, given all; not a number where nobody read it. `kinds`: names of the kinds, in order.
    """

    kinds: tuple[str, ...]
    lapse: Array
    lapse_kind: Array
    lapse_any: Array
    judges: dict[str, Array]
    judges_kind: dict[str, Array]
    judges_any: dict[str, Array]
    tallies: Array
    broken: Array


def sample(seen: Observed, *, sweeps: int, seed: int, design: Array | None = None) -> Draws:
    """`design` (models, clauses): by how much the variance of a lapse count exceeds that of independent answers, because answers to one case resemble each other."""
    rng = np.random.default_rng([seed, 0x1A])
    models, judges, clauses = len(seen.models), len(seen.judges), len(seen.clauses)
    kinds = tuple(dict.fromkeys(seen.kinds))
    priors = [_LAPSE_PRIOR] * models + [_PRIOR[name] for name in JUDGE_RATES for _ in range(judges)]
    hierarchy = Hierarchy([kinds.index(k) for k in seen.kinds], priors, rng)
    rows = _Rows(seen)
    design = np.ones((models, clauses)) if design is None else design
    state = np.array([np.full(clauses, a / (a + b)) for a, b in priors]).reshape(len(priors), clauses)
    kept: list[tuple[Array, ...]] = []
    chance = np.zeros(len(rows.weight))
    burn = int(_BURN * sweeps)
    for sweep in range(sweeps):
        rates = state[models:].reshape(4, judges, clauses)
        share, counts = rows.draw(rng, state[:models], rates)
        hits = np.concatenate([counts[0][0] / design, *counts[1]])
        trials = np.concatenate([counts[0][1] / design, *counts[2]])
        if sweep == 0:
            hierarchy.settle(hits, trials)
        state, means, top = hierarchy.step(hits, trials)
        if sweep >= burn:
            kept.append((state, means, top, counts[3]))
            chance += share
    leaf, mean, top, tallies = (np.array([k[i] for k in kept]) for i in range(4))
    return Draws(
        kinds=kinds,
        lapse=leaf[:, :models],
        lapse_kind=mean[:, :models],
        lapse_any=top[:, :models],
        judges={n: leaf[:, models + i * judges : models + (i + 1) * judges] for i, n in enumerate(JUDGE_RATES)},
        judges_kind={n: mean[:, models + i * judges : models + (i + 1) * judges] for i, n in enumerate(JUDGE_RATES)},
        judges_any={n: top[:, models + i * judges : models + (i + 1) * judges] for i, n in enumerate(JUDGE_RATES)},
        tallies=tallies,
        broken=rows.spread(chance / max(1, len(kept))),
    )


class _Rows:
    """Texts and clauses with the same clause, model, truth and readings stand together in one row, with their number as its weight."""

    def __init__(self, seen: Observed) -> None:
        read = (seen.passes + seen.fails).sum(-1) > 0
        # Of a planted text only the clauses whose truth is known say something: how often its others are broken, nobody knows.
        answer = (seen.model >= 0)[:, None]
        used = (seen.parent < 0)[:, None] & ((seen.truth >= 0) | ((seen.truth == OPEN) & read & answer))
        text, clause = np.nonzero(used)
        judges = len(seen.judges)
        table = np.concatenate(
            [
                clause[:, None],
                seen.model[text][:, None],
                seen.truth[used][:, None],
                seen.passes[used],
                seen.fails[used],
            ],
            axis=1,
        )
        rows, self._back, self.weight = np.unique(table, axis=0, return_inverse=True, return_counts=True)
        self._back = self._back.reshape(-1)
        self._where = used
        self.clause, self.model, self.truth = rows[:, 0], rows[:, 1], rows[:, 2]
        self._passes, self._fails = rows[:, 3 : 3 + judges].T, rows[:, 3 + judges :].T
        self._models, self._clauses = len(seen.models), len(seen.clauses)
        self._counted = (self.truth >= 0) & (~seen.exact[self.clause] | seen.exact.all())

    def draw(self, rng: np.random.Generator, lapse: Array, rates: Array) -> tuple[Array, Any]:
        """(share of each row that is broken, counts): counts are (hits, trials) of lapses, hits and trials of the judges' four rates, and the tallies of `Draws`."""
        false_pass, false_fail, blind, deaf = rates[:, :, self.clause]
        passes, fails = self._passes, self._fails
        slip = false_pass**passes * (1 - false_pass) ** fails
        alarm = false_fail**fails * (1 - false_fail) ** passes
        as_broken = np.where(fails == 0, blind, 0.0) + (1 - blind) * slip
        as_kept = np.where(passes == 0, deaf, 0.0) + (1 - deaf) * alarm
        known = self.truth >= 0
        prior = np.where(self.model >= 0, lapse[self.model, self.clause] if len(lapse) else 0.5, 0.5)
        up, down = prior * as_broken.prod(0), (1 - prior) * as_kept.prod(0)
        share = np.where(known, self.truth == BROKEN, up / np.maximum(up + down, 1e-300))
        broken = np.where(known, self.weight * share, rng.binomial(self.weight, share)).astype(int)
        kept = self.weight - broken
        stuck = [
            rng.binomial(n, np.where((other == 0) & (passes + fails > 0), spot / np.maximum(law, 1e-300), 0.0))
            for n, other, spot, law in ((broken, fails, blind, as_broken), (kept, passes, deaf, as_kept))
        ]
        read = passes + fails > 0
        lapses = self._by_model(broken), self._by_model(self.weight)
        free = broken * read - stuck[0], kept * read - stuck[1]
        hits = (free[0] * passes, free[1] * fails, stuck[0], stuck[1])
        trials = (free[0] * (passes + fails), free[1] * (passes + fails), broken * read, kept * read)
        tallies = np.array([[row[:, self._counted].sum(1) for row in side] for side in (hits, trials)])
        return share, (lapses, [self._by_clause(h) for h in hits], [self._by_clause(t) for t in trials], tallies)

    def spread(self, share: Array) -> Array:
        """A value of each row back to its texts and clauses; not a number where there is none."""
        wide = np.full(self._where.shape, np.nan)
        wide[self._where] = share[self._back]
        return wide

    def _by_clause(self, counts: Array) -> Array:
        return np.array([np.bincount(self.clause, row, self._clauses) for row in counts]).reshape(-1, self._clauses)

    def _by_model(self, counts: Array) -> Array:
        mine = self.model >= 0
        at = self.model[mine] * self._clauses + self.clause[mine]
        return np.bincount(at, counts[mine], self._models * self._clauses).reshape(self._models, self._clauses)


def shared_blindness(seen: Observed, one: int, other: int, draws: Draws) -> tuple[float, float]:
    """(blind spots of the rarer-blind judge that were seen, how many of them the other shares), both expected counts, on clauses known to be broken.

    The four joint states of two judges are fitted by EM over all clauses, each judge's false pass being its mean.
    """
    known = (seen.parent < 0)[:, None] & (seen.truth == BROKEN)
    likely = []
    for j in (one, other):
        slip = draws.judges["false_pass"][:, j].mean(0)
        passes, fails = seen.passes[..., j], seen.fails[..., j]
        sees = slip**passes * (1 - slip) ** fails
        likely.append(np.stack([sees[known], (fails == 0)[known].astype(float)]))
    both_read = ((seen.passes + seen.fails)[..., [one, other]].min(-1) > 0)[known]
    first, second = (each[:, both_read] for each in likely)
    cells = np.array([[0.9, 0.05], [0.05, 0.0025]])
    weight = np.zeros((2, 2))
    for _ in range(200):
        joint = cells[:, :, None] * first[:, None] * second[None]
        weight = (joint / np.maximum(joint.sum((0, 1)), 1e-300)).sum(-1)
        cells = (weight + 0.01) / (weight + 0.01).sum()
    rarer = min(float(weight[1].sum()), float(weight[:, 1].sum()))
    return rarer, float(min(weight[1, 1], rarer))
