"""How a model's lapses persist within a case, and what its repairs do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.beta import beta_slices
from lightwing.lab.hierarchy import Hierarchy, log_beta_binomial
from lightwing.lab.observed import BROKEN, KEPT, Observed

__all__ = ["Repairs", "Spread", "repairs", "spread"]

Array = np.ndarray[Any, np.dtype[Any]]

_CONCENTRATIONS = np.array([0.1, 0.18, 0.32, 0.56, 1.0, 1.8, 3.2, 5.6, 10.0, 18.0, 32.0, 56.0, 1e6])
"""1e6 stands for a rate that is the same in every case."""
_FACTORS = np.concatenate([[0.0], np.geomspace(0.02, 3.0, 48)])
_EDGES = (1 - np.cos(np.linspace(0, np.pi, 17))) / 2
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """By model and clause. `within`: correlation of two fresh answers to one case, 1 / (concentration + 1); 0 where it is likelier that nothing persists. `design`: variance of a count of lapses over that of independent
    answers."""

    within: Array
    design: Array

    @property
    def concentration(self) -> Array:
        """Infinite where nothing persists."""
        with np.errstate(divide="ignore"):
            return np.where(self.within < 0.01, np.inf, 1 / self.within - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """By model and clause, as in `core.errormodel.ClauseErrors`."""

    factor: Array
    regression: Array
    stubborn: Array


def spread(seen: Observed, truth: Array) -> Spread:
    """From cases with two fresh answers or more: a beta-binomial law for each clause. The prior over concentrations is learned from all clauses of the model."""
    shape = len(seen.models), len(seen.clauses)
    within, design = np.zeros(shape), np.ones(shape)
    for r in range(shape[0]):
        known = ((seen.model == r) & (seen.parent < 0))[:, None] & (truth >= 0)
        cases = int(seen.case.max(initial=-1)) + 1
        trials, hits = (
            np.stack([np.bincount(seen.case, each[:, c], cases) for c in range(shape[1])], axis=1)
            for each in (known, known & (truth == BROKEN))
        )
        law = np.array([_scatter(hits[:, c], trials[:, c]) for c in range(shape[1])])
        weights = _mixed(law)
        within[r] = np.where(weights[:, -1] >= 0.5, 0.0, weights @ (1 / (_CONCENTRATIONS + 1)))
        total = np.maximum(trials.sum(0), 1)
        design[r] = 1 + (trials * (trials - 1)).sum(0) / total * within[r]
    return Spread(within=within, design=design)


def _scatter(hits: Array, trials: Array) -> Array:
    """Log-likelihood of each concentration, the mean rate being averaged over where it may lie."""
    pairs, weight = np.unique(np.stack([hits, trials])[:, trials > 0], axis=1, return_counts=True)
    if not weight.size or pairs[1].max() < 2:
        return np.zeros(len(_CONCENTRATIONS))
    n = float(pairs[1] @ weight)
    rate = (float(pairs[0] @ weight) + 0.5) / (n + 1)
    span = 5 * np.sqrt(3 * rate * (1 - rate) / n)
    rates = np.clip(np.linspace(rate - span, rate + span, 31), 1e-4, 1 - 1e-4)
    a, b = rates[:, None] * _CONCENTRATIONS, (1 - rates[:, None]) * _CONCENTRATIONS
    law = log_beta_binomial(pairs[0], pairs[1], a[..., None], b[..., None]) @ weight
    top = law.max()
    return np.asarray(np.log(np.exp(law - top).mean(0) + 1e-300) + top)


def _mixed(law: Array, strength: float = 2.0) -> Array:
    """Posterior weights (clauses, grid) of a value on a grid, under a prior over the grid that is learned from all clauses (EM; `strength` pseudo-clauses)."""
    size = law.shape[1]
    start = np.full(size, 0.5 / (size - 1))
    start[-1] = 0.5
    likelihood = np.exp(law - law.max(1, keepdims=True))
    prior = start
    weights = likelihood
    for _ in range(100):
        weights = likelihood * prior
        weights = weights / weights.sum(1, keepdims=True)
        prior = (weights.sum(0) + strength * start) / (len(law) + strength)
    return np.asarray(weights)


def repairs(seen: Observed, truth: Array, *, lapse: Array, concentration: Array, care: float, seed: int) -> Repairs:
    """From texts that repair another: what became of named clauses, of others that held, and of others that were broken.

    A named clause stays broken with factor x the case's rate; that rate is known only through the case's fresh answers, so its mean given these stands for it.
    What a repair leaves or breaks is stated with care: a model's factor and regression, all clauses together, at this credible bound, and that of each
    clause raised by as much; a factor not above 1 for care alone.
    """
    shape = len(seen.models), len(seen.clauses)
    factor = np.ones(shape)
    counts = np.zeros((2, 2, *shape))
    rate = _case_rates(seen, truth, lapse, concentration)
    child = np.flatnonzero(seen.parent >= 0)
    before, after = truth[seen.parent[child]], truth[child]
    for r in range(shape[0]):
        mine = (seen.model[child] == r)[:, None]
        named = seen.named[child] & mine & (after >= 0)
        law = np.array(
            [_fits(rate[r, seen.case[child[named[:, c]]], c], after[named[:, c], c] == BROKEN) for c in range(shape[1])]
        ).reshape(shape[1], len(_FACTORS))
        factor[r] = _pooled(law) @ _FACTORS
        factor[r] += np.clip(1 - factor[r], 0.0, _raised(_common(law), care))
        others = ~seen.named[child] & mine & (after >= 0)
        for i, was in enumerate((KEPT, BROKEN)):
            counts[i, :, r] = ((others & (before == was) & (after == BROKEN)).sum(0), (others & (before == was)).sum(0))
    hits, trials = counts[:, 0].reshape(-1, shape[1]), counts[:, 1].reshape(-1, shape[1])
    found = _means(seen, hits, trials, seed).reshape(2, *shape)
    broke, held = counts[0].sum(-1)
    rng = np.random.default_rng([seed, 0x3C])
    bound = np.quantile(rng.beta(broke + 1.0, held - broke + 9.0, (4000, shape[0])), care, axis=0)
    weight = counts[0, 1] + _TINY
    raised = np.maximum(bound - (found[0] * weight).sum(1) / weight.sum(1), 0.0)
    return Repairs(factor=factor, regression=np.minimum(found[0] + raised[:, None], 1.0), stubborn=found[1])


def _means(seen: Observed, hits: Array, trials: Array, seed: int) -> Array:
    names = tuple(dict.fromkeys(seen.kinds))
    models = len(seen.models)
    prior = [(1.0, 9.0)] * models + [(4.0, 1.0)] * models
    sampler = Hierarchy([names.index(k) for k in seen.kinds], prior, np.random.default_rng([seed, 0x2F]))
    if not hits.size:
        return hits
    sampler.settle(hits, trials)
    return np.asarray(np.mean([sampler.step(hits, trials)[0] for _ in range(150)][30:], axis=0))


def _fits(rates: Array, broken: Array) -> Array:
    """Log-likelihood of each factor."""
    chance = np.clip(_FACTORS[:, None] * rates, 1e-6, 1 - 1e-6)
    return np.asarray(np.where(broken, np.log(chance), np.log1p(-chance)).sum(1))


def _base() -> Array:
    """Prior over the factors."""
    base = np.exp(-0.5 * ((np.log(np.maximum(_FACTORS, 0.01)) - np.log(0.4)) / 1.0) ** 2)
    return np.asarray(base / base.sum())


def _common(law: Array) -> Array:
    """Posterior weights of a factor that all clauses have in common."""
    common = law.sum(0) + np.log(_base())
    weights = np.exp(common - common.max())
    return np.asarray(weights / weights.sum())


def _raised(weights: Array, care: float) -> float:
    """By how much the credible bound of a factor lies above its mean."""
    bound = np.interp(care, np.cumsum(weights), _FACTORS)
    return max(0.0, float(bound - weights @ _FACTORS))


def _pooled(law: Array) -> Array:
    """Posterior weights of the factor: the clauses' common value and each clause's own, mixed by how well one value explains all."""
    base = _base()
    common = law.sum(0) + np.log(base)
    log_one = np.log(np.exp(common - common.max()).sum()) + common.max()
    own = law + np.log(base)
    log_each = (np.log(np.exp(own - own.max(1, keepdims=True)).sum(1)) + own.max(1)).sum()
    weight = 1 / (1 + np.exp(np.clip(log_each - log_one, -50, 50)))
    each = np.exp(own - own.max(1, keepdims=True))
    return np.asarray(weight * _common(law) + (1 - weight) * each / each.sum(1, keepdims=True))


def _case_rates(seen: Observed, truth: Array, lapse: Array, concentration: Array) -> Array:
    """Mean lapse rate of each model, case and clause given the case's fresh answers: all models share the case's hardness."""
    models, clauses = lapse.shape
    cases = int(seen.case.max(initial=-1)) + 1
    slices = np.diff(_EDGES)
    theta = np.array(
        [
            [
                beta_slices(_EDGES, lapse[r, c], concentration[r, c])
                if np.isfinite(concentration[r, c])
                else np.full(len(slices), lapse[r, c])
                for c in range(clauses)
            ]
            for r in range(models)
        ]
    ).reshape(models, clauses, len(slices))
    theta = np.clip(theta, _TINY, 1 - _TINY)
    law = np.broadcast_to(np.log(slices), (cases, clauses, len(slices))).copy()
    for r in range(models):
        fresh = ((seen.model == r) & (seen.parent < 0))[:, None]
        for value, says in ((BROKEN, np.log(theta[r])), (KEPT, np.log1p(-theta[r]))):
            hit = fresh & (truth == value)
            n = np.stack([np.bincount(seen.case, hit[:, c], cases) for c in range(clauses)], axis=1)
            law += n[..., None] * says
    weights = np.exp(law - law.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.asarray(np.einsum("ncu,rcu->rnc", weights, theta))
