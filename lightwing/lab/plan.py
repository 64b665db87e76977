"""What a target would cost, before anything is run: the decoder is simulated in a world that behaves as the error model says.

The world takes each clause's lapse rate as measured, and of everything else (persistence, repairs, judges) the mean over the clauses it concerns. Rates are the error
model's careful ones, so a plan errs on the dear side. Figures hold as far as the error model does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError
from lightwing.core.statistics import Rate, mean_interval
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.enough import Floor, floors
from lightwing.lab.simulate import simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World

__all__ = ["Offer", "offer", "world_of"]

_ENOUGH = 0.5
"""A target that fewer cases than this meet is called unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one target comes to. `calls` and `readings`: means per case; `price` with its 95 % interval per case, None where a price is unknown. `blame`: why it cannot be reached,
    clause and judge, greatest share first; empty where it can."""

    target: float
    delivered: Rate
    wrong: Rate
    calls: float
    readings: float
    price: tuple[float, float, float] | None
    blame: tuple[Floor, ...] = ()

    @property
    def reachable(self) -> bool:
        return not self.blame


def world_of(
    errors: ErrorModel, spec: Spec, models: Sequence[str], judges: Sequence[str]
) -> tuple[World, tuple[Clause, ...]]:
    """The world, and the clauses in its order: those that code decides first."""
    clauses = tuple(sorted((c for c in spec.clauses if c.force != "may"), key=lambda c: not c.exact))
    if not clauses:
        raise ConfigError("The spec has no clause that can fail.", hint="There is nothing to plan.")
    judged = [c for c in clauses if not c.exact]
    rungs = []
    for model in models:
        rows = [row for c in clauses if (row := errors.clause(model, c)) is not None]
        if len(rows) < len(clauses):
            raise ConfigError(f"The error model says nothing of {model}.", hint="Calibrate with this model.")
        spread = [0.0 if r.concentration is None else 1 / (r.concentration + 1) for r in rows]
        within = float(np.mean(spread))
        rungs.append(
            RungTruth(
                lapse=tuple(r.lapse for r in rows),
                concentration=None if within < 0.01 else 1 / within - 1,
                repair_factor=float(np.mean([r.repair_factor for r in rows])),
                regression=float(np.mean([r.regression for r in rows])),
                stubborn=float(np.mean([r.stubborn for r in rows])),
                price=errors.prices.get(model, 1.0),
            )
        )
    readers = []
    for judge in judges:
        found = [read for c in judged if (read := errors.judge(judge, c)) is not None] or [
            JudgeErrors(false_pass=0.0, false_fail=0.0)
        ]
        rates = {
            n: float(np.mean([getattr(r, n) for r in found])) for n in ("false_pass", "false_fail", "blind", "deaf")
        }
        readers.append(JudgeTruth(**rates, price=errors.prices.get(judge, 1.0)))
    shared = 0.0
    if len(judges) > 1:
        most = max(r.blind for r in readers)
        shared = float(np.clip((errors.common(judges[0], judges[1]) - most) / max(1 - most, 1e-9), 0, 1))
    exact = len(clauses) - len(judged)
    return World(clauses=len(clauses), exact=exact, rungs=tuple(rungs), judges=tuple(readers), shared=shared), clauses


def offer(
    errors: ErrorModel,
    spec: Spec,
    *,
    target: float,
    models: Sequence[str],
    judges: Sequence[str],
    cases: int = 2000,
    seed: int = 0,
) -> Offer:
    """Simulates `cost-optimal` at this target. Takes a few seconds."""
    world, clauses = world_of(errors, spec, models, judges)
    lowest = floors(errors, spec)
    rungs = [(m, errors.prices.get(m)) for m in models]
    strategy = Strategy.of(clauses, errors, Target(error=target), rungs=rungs, judges=judges)
    counts = simulate(world, BatchOptimal(strategy), cases=cases, seed=seed)
    known = all(name in errors.prices for name in (*models, *judges))
    mean = float(counts.price.mean())
    interval = mean_interval(float(counts.price.sum()), float((counts.price**2).sum()), cases) or (mean, mean)
    delivered = counts.coverage
    unreachable = delivered.hits < _ENOUGH * delivered.n
    return Offer(
        target=target,
        delivered=delivered,
        wrong=counts.error,
        calls=float(counts.calls.sum(1).mean()),
        readings=float(counts.readings.sum(1).mean()),
        price=(mean, *interval) if known else None,
        blame=(lowest[:3] or _hardest(errors, clauses, models)) if unreachable else (),
    )


def _hardest(errors: ErrorModel, clauses: Sequence[Clause], models: Sequence[str]) -> tuple[Floor, ...]:
    """The clauses that lapse most, where no judge is to blame."""
    rates = [
        Floor(clause=c.id, judge="", wrong=min(row.lapse for m in models if (row := errors.clause(m, c)) is not None))
        for c in clauses
    ]
    return tuple(sorted(rates, key=lambda f: -f.wrong)[:3])
