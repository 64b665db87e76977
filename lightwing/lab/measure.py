"""The error model out of what was seen: every rate with its interval, and the careful value that a promise may rest on.

Three levels are learned together (`lab/hierarchy.py`): a clause starts from its kind, a kind from all clauses.

Care. P(wrong) of a delivered answer grows with what judges let pass: above all with their blind spots, which no rereading finds. Handing a decoder the most likely value
would break the target in every second calibration. What a target feels is the sum over clauses of lapse x rate, and that is the rate over all violations, as they occur,
together. So for false pass and blindness this pooled rate is taken at its `care` credible bound, on violations whose truth is known and under a prior of one more
that was missed; the rate of each clause is raised by as much as the pooled one. With few violations seen the bound is far from the mean, and a strict target is out of reach
until more are seen: that is meant. What a repair leaves broken and what it breaks is stated in the same way (`lab/lapses.py`): a strict target is met by repairs, and
they are what is seen least. All other rates are posterior means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lightwing.core.errormodel import ANY, Basis, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.lab.judge_errors import JUDGE_RATES, Draws, sample, shared_blindness
from lightwing.lab.lapses import Repairs, Spread, repairs, spread
from lightwing.lab.observed import BROKEN, KEPT, OPEN, Observed

__all__ = ["Estimate", "Measured", "measure"]

Array = np.ndarray[Any, np.dtype[Any]]

_CAREFUL = ("false_pass", "blind")
_CARE_PRIOR = {"false_pass": (1.0, 4.0), "blind": (1.0, 9.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A rate: posterior mean, 95 % credible interval, and how many observations of its own clause it rests on."""

    mean: float
    low: float
    high: float
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`errors` is what a decoder is given (careful values). `lapses`: by model, then row; `judges`: by judge, then row, then rate. A row is a clause's id, `kind:NAME` or "*"."""

    errors: ErrorModel
    lapses: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    judges: Mapping[str, Mapping[str, Mapping[str, Estimate]]] = field(default_factory=dict)
    care: float = 0.9


def measure(seen: Observed, *, care: float = 0.9, sweeps: int = 400, seed: int = 0) -> Measured:
    """Estimates every rate. `care` is the credible bound at which what judges let pass is stated; 0.5 states about the middle. The same input gives the same output.

    >>> from lightwing.lab.observed import from_world
    >>> from lightwing.lab.world import World
    >>> made = measure(from_world(World(clauses=2), traces=200), sweeps=100)
    >>> abs(made.lapses["rung0"]["c1"].mean - 0.2) < 0.1
    True
    """
    if not seen.clauses:
        errors = ErrorModel(spec=seen.spec, prices=dict(seen.prices), tokens=dict(seen.tokens), traces=seen.traces)
        return Measured(errors=errors, care=care)
    known = _likely(seen, None)
    scatter = spread(seen, known)
    draws = sample(seen, sweeps=sweeps, seed=seed, design=scatter.design)
    if (seen.truth == OPEN).any():
        known = _likely(seen, draws.broken)
        scatter = spread(seen, known)
        draws = sample(seen, sweeps=sweeps, seed=seed, design=scatter.design)
    mended = repairs(seen, known, lapse=draws.lapse.mean(0), concentration=scatter.concentration, care=care, seed=seed)
    raised = _raised(seen, draws, care, seed)
    return Measured(
        errors=ErrorModel(
            rungs={m: _rung(seen, r, draws, scatter, mended) for r, m in enumerate(seen.models)},
            judges={j: _judge(seen, i, draws, raised[i], care) for i, j in enumerate(seen.judges)},
            shared=_shared(seen, draws, care, seed),
            prices=dict(seen.prices),
            tokens=dict(seen.tokens),
            basis=_basis(seen),
            spec=seen.spec,
            traces=seen.traces,
        ),
        lapses={m: _lapses(seen, r, draws) for r, m in enumerate(seen.models)},
        judges={j: _judge_rows(seen, i, draws) for i, j in enumerate(seen.judges)},
        care=care,
    )


def _likely(seen: Observed, broken: Array | None) -> Array:
    """Truth, and where it is open what readings make likely (0.9 or more); before rates are known, what most readings say."""
    truth = seen.truth.copy()
    if broken is None:
        passes, fails = seen.passes.sum(-1), seen.fails.sum(-1)
        guess = np.where(fails > passes, BROKEN, np.where(passes > fails, KEPT, OPEN))
    else:
        filled = np.nan_to_num(broken, nan=0.5)
        guess = np.where(filled >= 0.9, BROKEN, np.where(filled <= 0.1, KEPT, OPEN))
        passes, fails = seen.passes.sum(-1), seen.fails.sum(-1)
        repaired = (seen.parent >= 0)[:, None]
        # Readings of repaired texts are not in the sampler: two readings that agree are taken at their word.
        guess = np.where(repaired & (fails >= 2) & (passes == 0), BROKEN, guess)
        guess = np.where(repaired & (passes >= 2) & (fails == 0), KEPT, guess)
    return np.where(truth == OPEN, guess, truth)


def _basis(seen: Observed) -> Basis:
    """What the rates of judges rest on; without a judged clause, or without a judge, code has decided all that is stated."""
    judged = ~seen.exact
    if not len(seen.case):
        return "assumed"
    if not judged.any() or not len(seen.judges):
        return "exact"
    real = seen.truth[seen.model >= 0][:, judged]
    if seen.labelled and (real == BROKEN).any():
        return "labels"
    if (seen.truth[seen.model < 0][:, judged] == BROKEN).any():
        return "planted"
    return "exact" if seen.exact.any() and (seen.passes + seen.fails)[:, seen.exact].any() else "assumed"


def _raised(seen: Observed, draws: Draws, care: float, seed: int) -> list[dict[str, float]]:
    """For each judge, by how much its rates are raised for care: the credible bound of the pooled rate less its mean."""
    rng = np.random.default_rng([seed, 0xCA])
    counted = ~seen.exact | seen.exact.all()
    found = []
    for j in range(len(seen.judges)):
        raised = {}
        weight = np.maximum(_read(seen, j)[0][counted], 1e-9)
        for name in _CAREFUL:
            hits, trials = draws.tallies[:, :, JUDGE_RATES.index(name), j].T
            a, b = _CARE_PRIOR[name]
            bound = np.quantile(rng.beta(hits + a, trials - hits + b, (20, len(hits))), care)
            mean = np.average(draws.judges[name][:, j][:, counted].mean(0), weights=weight)
            raised[name] = max(0.0, float(bound - mean))
        found.append(raised)
    return found


def _judge(seen: Observed, j: int, draws: Draws, raised: Mapping[str, float], care: float) -> dict[str, JudgeErrors]:
    broken, kept = _read(seen, j)

    def row(values: Mapping[str, float], broken: int, kept: int) -> JudgeErrors:
        return JudgeErrors(**{n: round(min(v, 1.0), 6) for n, v in values.items()}, broken=broken, kept=kept)

    rows = {}
    for c, clause in enumerate(seen.clauses):
        mean = {n: float(draws.judges[n][:, j, c].mean()) + raised.get(n, 0.0) for n in JUDGE_RATES}
        rows[clause] = row(mean, int(broken[c]), int(kept[c]))
    for k, kind in enumerate(draws.kinds):
        of = np.array([name == kind for name in seen.kinds])
        rows[f"kind:{kind}"] = row(
            _unseen({n: draws.judges_kind[n][:, j, k] for n in JUDGE_RATES}, care),
            int(broken[of].sum()),
            int(kept[of].sum()),
        )
    top = {n: draws.judges_any[n][:, j] for n in JUDGE_RATES}
    rows[ANY] = row(_unseen(top, care), int(broken.sum()), int(kept.sum()))
    return rows


def _unseen(draws: Mapping[str, Array], care: float) -> dict[str, float]:
    """Rates for a clause that was never seen."""
    return {n: float(np.quantile(d, care) if n in _CAREFUL else d.mean()) for n, d in draws.items()}


def _read(seen: Observed, j: int) -> tuple[Array, Array]:
    """How many texts known to break, and to keep, each clause this judge has read."""
    read = ((seen.passes + seen.fails)[..., j] > 0) & (seen.parent < 0)[:, None]
    return (read & (seen.truth == BROKEN)).sum(0), (read & (seen.truth == KEPT)).sum(0)


def _rung(seen: Observed, r: int, draws: Draws, scatter: Spread, mended: Repairs) -> dict[str, ClauseErrors]:
    counts = _answers(seen, r)

    def row(lapse: float, of: Array, n: int) -> ClauseErrors:
        within = float(scatter.within[r, of].mean())
        return ClauseErrors(
            lapse=round(lapse, 6),
            concentration=None if within < 0.01 else round(1 / within - 1, 4),
            repair_factor=round(float(mended.factor[r, of].mean()), 4),
            regression=round(float(mended.regression[r, of].mean()), 6),
            stubborn=round(float(mended.stubborn[r, of].mean()), 6),
            n=n,
        )

    every = np.ones(len(seen.clauses), bool)
    rows = {
        clause: row(float(draws.lapse[:, r, c].mean()), np.arange(len(every)) == c, int(counts[c]))
        for c, clause in enumerate(seen.clauses)
    }
    for k, kind in enumerate(draws.kinds):
        of = np.array([name == kind for name in seen.kinds])
        rows[f"kind:{kind}"] = row(float(draws.lapse_kind[:, r, k].mean()), of, int(counts[of].sum()))
    rows[ANY] = row(float(draws.lapse_any[:, r].mean()), every, int(counts.sum()))
    return rows


def _answers(seen: Observed, r: int) -> Array:
    """Fresh answers of a rung in which each clause is known or was read."""
    fresh = ((seen.model == r) & (seen.parent < 0))[:, None]
    told = (seen.truth >= 0) | ((seen.truth == OPEN) & ((seen.passes + seen.fails).sum(-1) > 0))
    return np.asarray((fresh & told).sum(0))


def _estimate(draws: Array, n: int) -> Estimate:
    low, high = np.quantile(draws, (0.025, 0.975))
    return Estimate(mean=float(draws.mean()), low=float(low), high=float(high), n=n)


def _lapses(seen: Observed, r: int, draws: Draws) -> dict[str, Estimate]:
    counts = _answers(seen, r)
    rows = {clause: _estimate(draws.lapse[:, r, c], int(counts[c])) for c, clause in enumerate(seen.clauses)}
    for k, kind in enumerate(draws.kinds):
        of = np.array([name == kind for name in seen.kinds])
        rows[f"kind:{kind}"] = _estimate(draws.lapse_kind[:, r, k], int(counts[of].sum()))
    return {**rows, ANY: _estimate(draws.lapse_any[:, r], int(counts.sum()))}


def _judge_rows(seen: Observed, j: int, draws: Draws) -> dict[str, dict[str, Estimate]]:
    broken, kept = _read(seen, j)
    of = {"false_pass": broken, "blind": broken, "false_fail": kept, "deaf": kept}
    rows = {
        clause: {n: _estimate(draws.judges[n][:, j, c], int(of[n][c])) for n in JUDGE_RATES}
        for c, clause in enumerate(seen.clauses)
    }
    for k, kind in enumerate(draws.kinds):
        mine = np.array([name == kind for name in seen.kinds])
        rows[f"kind:{kind}"] = {
            n: _estimate(draws.judges_kind[n][:, j, k], int(of[n][mine].sum())) for n in JUDGE_RATES
        }
    rows[ANY] = {n: _estimate(draws.judges_any[n][:, j], int(of[n].sum())) for n in JUDGE_RATES}
    return rows


def _shared(seen: Observed, draws: Draws, care: float, seed: int) -> dict[str, float]:
    """For each two judges the credible bound of the share of blind spots that they have in common; 1 is never far where few were seen."""
    rng = np.random.default_rng([seed, 0x5B])
    found = {}
    for one in range(len(seen.judges)):
        for other in range(one + 1, len(seen.judges)):
            spots, common = shared_blindness(seen, one, other, draws)
            bound = np.quantile(rng.beta(common + 1.0, spots - common + 0.5, 4000), care)
            found["|".join(sorted((seen.judges[one], seen.judges[other])))] = round(float(bound), 4)
    return found
