"""Cases whose truth is known, many at once: what models and judges do, drawn from stated rates, without texts.

The channel. A fresh answer of a rung breaks clause c with the case's rate θ, which is drawn from Beta(concentration·p, concentration·(1-p)), or is p where
nothing persists. Hardness is the case's, not the rung's: every rung takes its own law at the same quantile. A repair by a rung: a named clause is broken
afterwards with f·θ; an unnamed one that held, with r; an unnamed one that was broken, with k. A judge that reads a broken clause passes it always where it
is blind to it in this text, else with its false pass; a kept one is failed always where the judge is deaf to it, else with its false fail. Blindness is drawn
for each judge, text and clause; a repair leaves it where it leaves the clause as it was and unnamed. Two judges share blind spots as stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwing.core.beta import beta_quantile

__all__ = ["Drift", "JudgeTruth", "RungTruth", "World", "Worlds"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RungTruth:
    """How a model errs, alike at every clause unless `lapse` gives one rate for each. Parameters as `core.errormodel.ClauseErrors`; `price` of one call."""

    lapse: float | tuple[float, ...] = 0.2
    concentration: float | None = None
    repair_factor: float = 0.3
    regression: float = 0.05
    stubborn: float = 0.9
    price: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTruth:
    """How a judge errs, as `core.errormodel.JudgeErrors`. One call reads any number of clauses of one text: `price` of a call, `price_per_clause` besides."""

    false_pass: float = 0.1
    false_fail: float = 0.05
    blind: float = 0.0
    deaf: float = 0.0
    price: float = 0.2
    price_per_clause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a decoder's error model does not know. `correlated`: share of the variance of clauses' lapses that is common to a case (a Gaussian copula).
    `lapse_slope`: the lapse rate is multiplied by 1 + slope·i/n over the n cases. `length_effect`: in this share of the texts the judges' false pass and
    blind share are doubled."""

    correlated: float = 0.0
    lapse_slope: float = 0.0
    length_effect: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A channel: so many clauses, of which the first `exact` are decided by code and the others read by judges."""

    clauses: int = 8
    exact: int = 0
    rungs: tuple[RungTruth, ...] = (RungTruth(),)
    judges: tuple[JudgeTruth, ...] = (JudgeTruth(),)
    shared: float = 0.0
    drift: Drift = Drift()

    def open(self, cases: int, seed: int) -> Worlds:
        """So many cases of it."""
        return Worlds(self, cases, seed)


class Worlds:
    """Many cases at once. A text is (broken, stuck): arrays (cases, clauses) and (cases, clauses, judges) of bool; `stuck` is blindness where the clause is
    broken and deafness where it is kept. Methods act on the cases of an index array and give texts or verdicts for these; counts are the caller's."""

    def __init__(self, world: World, cases: int, seed: int) -> None:
        self.world, self.cases = world, cases
        self._rng = np.random.default_rng([seed, cases])
        self._theta = self._rates()
        effect = world.drift.length_effect
        self._long = self._rng.random(cases) < effect if effect else None

    def fresh(self, which: Array, rung: int = 0) -> tuple[Array, Array]:
        """A fresh answer to each of these cases: (broken, stuck)."""
        broken = self._rng.random((len(which), self.world.clauses)) < self._theta[rung][which]
        return broken, self._stuck(which, broken)

    def repaired(self, which: Array, text: tuple[Array, Array], named: Array, rung: int = 0) -> tuple[Array, Array]:
        """The draft of each case after a repair that names these clauses: `named` (cases, clauses) of bool."""
        how = self.world.rungs[rung]
        before, stuck = text
        theta = self._theta[rung][which]
        chance = np.where(named, how.repair_factor * theta, np.where(before, how.stubborn, how.regression))
        broken = self._rng.random(before.shape) < chance
        same = ~named & (broken == before)
        return broken, np.where(same[..., None], stuck, self._stuck(which, broken))

    def read(self, which: Array, text: tuple[Array, Array], judge: int = 0) -> Array:
        """One reading of every judged clause: True where the judge passes it, (cases, clauses - exact)."""
        how, exact = self.world.judges[judge], self.world.exact
        broken, stuck = text[0][:, exact:], text[1][:, exact:, judge]
        false_pass = self._doubled(which, how.false_pass)
        drawn = self._rng.random(broken.shape)
        passes = np.where(broken, stuck | (drawn < false_pass), ~stuck & (drawn >= how.false_fail))
        return np.asarray(passes)

    def _doubled(self, which: Array, rate: float) -> Array:
        if self._long is None:
            return np.full((len(which), 1), rate)
        return np.where(self._long[which], min(1.0, 2 * rate), rate)[:, None]

    def _stuck(self, which: Array, broken: Array) -> Array:
        """Which judges are stuck on which clauses of new texts. Judges share a spot: one number is drawn for all, and with 1 - shared one of its own."""
        judges = self.world.judges
        stuck = np.zeros((*broken.shape, len(judges)), dtype=bool)
        common = self._rng.random(broken.shape)
        for j, how in enumerate(judges):
            if not how.blind and not how.deaf:
                continue
            own = self._rng.random(broken.shape)
            drawn = np.where(self._rng.random(broken.shape) < self.world.shared, common, own) if j else common
            stuck[..., j] = drawn < np.where(broken, self._doubled(which, how.blind), how.deaf)
        return stuck

    def _rates(self) -> list[Array]:
        """θ of each rung: (cases, clauses)."""
        world = self.world
        shape = (self.cases, world.clauses)
        slope = 1 + world.drift.lapse_slope * np.arange(self.cases)[:, None] / max(1, self.cases - 1)
        drawn = (
            self._quantiles(shape)
            if any(r.concentration is not None for r in world.rungs) or world.drift.correlated
            else None
        )
        rates = []
        for rung in world.rungs:
            lapse = np.broadcast_to(np.asarray(rung.lapse, float), (world.clauses,))
            if drawn is None or rung.concentration is None:
                theta = np.broadcast_to(lapse, shape)
            else:
                theta = np.stack([beta_quantile(drawn[:, c], p, rung.concentration) for c, p in enumerate(lapse)], 1)
            rates.append(np.clip(theta * slope, 0, 1))
        return rates

    def _quantiles(self, shape: tuple[int, int]) -> Array:
        """Uniform numbers, with `drift.correlated` dependent between the clauses of a case."""
        share = self.world.drift.correlated
        own = self._rng.standard_normal(shape)
        mixed = np.sqrt(share) * self._rng.standard_normal((shape[0], 1)) + np.sqrt(1 - share) * own
        return _normal_cdf(mixed)


def _normal_cdf(x: Array) -> Array:
    """Abramowitz and Stegun 26.2.17: off by less than 7.5e-8."""
    t = 1 / (1 + 0.2316419 * np.abs(x))
    poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    upper = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * poly
    return np.asarray(np.where(x > 0, 1 - upper, upper))
