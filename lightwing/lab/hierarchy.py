"""Rates of many clauses learned together: a clause starts from its kind, a kind from all.

The law. A rate of a leaf (a clause) is Beta(κ·m, κ·(1-m)) about the mean m of its kind; the mean of a kind is Beta(λ·μ, λ·(1-μ)) about μ; μ has the prior
that is stated, log κ and log λ are normal. So clauses that behave alike are pooled (κ grows), and one that differs keeps its own rate. Leaves are summed
out (beta-binomial); m, μ, κ, λ move by random-walk Metropolis with a step drawn anew from several scales. Several quantities over the same leaves go
through the same arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Hierarchy", "log_beta_binomial", "log_gamma"]

Array = np.ndarray[Any, np.dtype[Any]]

_SCALES = np.array([0.05, 0.15, 0.4, 1.0, 2.5])
_KAPPA = np.log(50.0), 1.5
_LAMBDA = np.log(20.0), 1.0
_END = 12.0


def log_gamma(x: Array) -> Array:
    """Logarithm of the gamma function for x > 0: Stirling's series after a shift by 8; off by less than 1e-11 of max(1, |value|).

    >>> import math
    >>> bool(abs(log_gamma(np.array([0.3]))[0] - math.lgamma(0.3)) < 1e-11)
    True
    """
    y = x + 8
    low, high = x * (x + 1) * (x + 2) * (x + 3), (x + 4) * (x + 5) * (x + 6) * (x + 7)
    inverse = 1 / y
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    return np.asarray((y - 0.5) * np.log(y) - y + 0.9189385332046727 + series - np.log(low) - np.log(high))


def log_beta_binomial(hits: Array, trials: Array, a: Array, b: Array) -> Array:
    """Log-probability of one order of `hits` in `trials` where the rate is Beta(a, b)."""
    parts = log_gamma(np.stack(np.broadcast_arrays(a + hits, b + trials - hits, a + b, a, b, a + b + trials)))
    return np.asarray(parts[0] + parts[1] + parts[2] - parts[3] - parts[4] - parts[5])


class Hierarchy:
    """A sampler over Q quantities and C leaves in kinds. `prior` gives each quantity's Beta law of μ. Feed counts to `step`; every step gives a draw."""

    def __init__(self, kinds: Sequence[int], prior: Sequence[tuple[float, float]], rng: np.random.Generator) -> None:
        self._kinds = np.asarray(kinds, int)
        self._rng = rng
        self._prior = np.asarray(prior, float).reshape(len(prior), 2)
        count = int(self._kinds.max(initial=-1)) + 1
        self._member = np.zeros((len(self._kinds), count))
        self._member[np.arange(len(self._kinds)), self._kinds] = 1
        start = self._prior[:, 0] / self._prior.sum(1)
        self._mu = _logit(start)
        self._mean = np.repeat(self._mu[:, None], count, 1)
        self._kappa = np.full(len(prior), _KAPPA[0])
        self._lambda = np.full(len(prior), _LAMBDA[0])

    def settle(self, hits: Array, trials: Array) -> None:
        """Starts the means at what was counted, so that few draws are spent on getting there."""
        pooled = (hits @ self._member + 1) / (trials @ self._member + 2)
        self._mean = _logit(np.where(trials @ self._member > 0, pooled, _expit(self._mean)))
        self._mu = self._mean.mean(1) if self._mean.shape[1] else self._mu

    def step(self, hits: Array, trials: Array) -> tuple[Array, Array, Array]:
        """One draw given the counts (Q, C): rates of the leaves (Q, C), means of the kinds (Q, K), and μ (Q)."""
        leaves = self._leaves(hits, trials, self._mean, self._kappa)
        kinds = self._kinds_given(self._mean, self._mu, self._lambda)
        tried = self._mean + self._step_sizes(self._mean.shape)
        leaves_tried = self._leaves(hits, trials, tried, self._kappa)
        kinds_tried = self._kinds_given(tried, self._mu, self._lambda)
        taken = self._taken(leaves_tried - leaves + kinds_tried - kinds, tried)
        self._mean = np.where(taken, tried, self._mean)
        leaves, kinds = np.where(taken, leaves_tried, leaves), np.where(taken, kinds_tried, kinds)
        tried = self._kappa + self._step_sizes(self._kappa.shape)
        gain = (self._leaves(hits, trials, self._mean, tried) - leaves).sum(1)
        gain += _normal(tried, _KAPPA) - _normal(self._kappa, _KAPPA)
        self._kappa = np.where(self._taken(gain, tried), tried, self._kappa)
        self._move_top(kinds.sum(1))
        a, b = self._leaf_law(self._mean, self._kappa)
        rates = self._rng.beta(np.maximum(a + hits, 1e-9), np.maximum(b + trials - hits, 1e-9))
        return rates, _expit(self._mean), _expit(self._mu)

    def _leaf_law(self, mean: Array, kappa: Array) -> tuple[Array, Array]:
        m, k = _expit(mean)[:, self._kinds], np.exp(kappa)[:, None]
        return k * m, k * (1 - m)

    def _leaves(self, hits: Array, trials: Array, mean: Array, kappa: Array) -> Array:
        """Log-likelihood by kind: (Q, K)."""
        return np.asarray(log_beta_binomial(hits, trials, *self._leaf_law(mean, kappa)) @ self._member)

    def _kinds_given(self, mean: Array, mu: Array, weight: Array) -> Array:
        """Log-density of the kinds' means, as logits: (Q, K)."""
        m, top, w = _expit(mean), _expit(mu)[:, None], np.exp(weight)[:, None]
        a, b = w * top, w * (1 - top)
        parts = log_gamma(np.stack(np.broadcast_arrays(w, a, b)))
        return np.asarray(parts[0] - parts[1] - parts[2] + a * np.log(m) + b * np.log1p(-m))

    def _step_sizes(self, shape: tuple[int, ...]) -> Array:
        return np.asarray(self._rng.choice(_SCALES, shape) * self._rng.standard_normal(shape))

    def _move_top(self, kinds: Array) -> None:
        """μ and log λ together; `kinds` is the log-density of the kinds' means as they are."""
        tried = np.stack([self._mu, self._lambda]) + self._step_sizes((2, len(self._mu)))
        gain = self._kinds_given(self._mean, *tried).sum(1) - kinds
        gain += self._top(*tried) - self._top(self._mu, self._lambda)
        taken = self._taken(gain, tried[0]) & (np.abs(tried[1]) < _END)
        self._mu, self._lambda = np.where(taken, tried, (self._mu, self._lambda))

    def _top(self, mu: Array, weight: Array) -> Array:
        m = _expit(mu)
        return np.asarray(self._prior[:, 0] * np.log(m) + self._prior[:, 1] * np.log1p(-m) + _normal(weight, _LAMBDA))

    def _taken(self, gain: Array, tried: Array) -> Array:
        """Metropolis; all laws end where floating point still holds."""
        return np.asarray((np.log(self._rng.random(gain.shape)) < gain) & (np.abs(tried) < _END))


def _normal(x: Array, law: tuple[float, float]) -> Array:
    return -0.5 * ((x - law[0]) / law[1]) ** 2


def _logit(p: Array) -> Array:
    p = np.clip(p, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(p) - np.log1p(-p))


def _expit(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))
