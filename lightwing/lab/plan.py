"""What a target would cost, before anything is run: the decoder is simulated in a world that behaves as the error model says.

The world takes each clause's lapse rate as measured, and of everything else (persistence, repairs, judges) the mean over the clauses it concerns. Rates are the error
model's careful ones, so a plan errs on the dear side. Figures hold as far as the error model does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lightwing.checks.judge import judge_case
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError
from lightwing.core.statistics import Rate, mean_interval
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.enough import Floor, floors
from lightwing.lab.simulate import simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World

__all__ = ["ANSWER_TOKENS", "REQUEST_TOKENS", "Offer", "Tokens", "blamed", "offer", "tokens_of", "world_of"]

REQUEST_TOKENS, ANSWER_TOKENS = 100, 300
"""What is taken for the tokens of a request and of an answer where none were counted."""
_TOKENS_OF_VERDICT = 40
_LETTERS_OF_TOKEN = 4

_ENOUGH = 0.5
"""A target that fewer cases than this meet is called unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one target comes to. `calls`, `readings`, `tokens`: means per case; `price` with its 95 % interval per case, None where a price is unknown. `blame`: why it cannot be
    reached, clause and judge, greatest share first; empty where it can."""

    target: float
    delivered: Rate
    wrong: Rate
    calls: float
    readings: float
    tokens: float
    price: tuple[float, float, float] | None
    blame: tuple[Floor, ...] = ()

    @property
    def reachable(self) -> bool:
        return not self.blame


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Mean tokens of a call, read and written, by model and by judge. `estimated`: the names of which none were counted."""

    models: Mapping[str, float]
    judges: Mapping[str, float]
    estimated: tuple[str, ...]

    def __str__(self) -> str:
        if not self.estimated:
            return "tokens as counted in the calibration"
        return f"tokens of {', '.join(self.estimated)} are estimates: none were counted in the calibration"


def tokens_of(
    errors: ErrorModel, spec: Spec, models: Sequence[str], judges: Sequence[str], *, answer: int = ANSWER_TOKENS
) -> Tokens:
    """As the error model has counted them; where it has not, from the lengths of the spec and of what a judge is asked, for a request of `REQUEST_TOKENS` and an answer of `answer`
    tokens. A call of a model is taken for a repair, which shows the draft again: an estimate errs on the dear side.

    >>> made = tokens_of(ErrorModel(tokens={"m": 250.0}), Spec(clauses=(Clause(id="c", text="Be kind."),)), ["m"], ["j"])
    >>> made.models["m"], made.judges["j"] > ANSWER_TOKENS, made.estimated
    (250.0, True, ('j',))
    """
    rules = sum(_tokens(c.text) for c in spec.clauses)
    call = _tokens(spec.instruction) + REQUEST_TOKENS + 2 * answer + rules
    judged = [c for c in spec.clauses if not c.exact and c.force != "may"]
    asked = judge_case(Case.ask(""), Answer(), judged).case
    reading = sum(_tokens(m.content) for m in asked.messages) + REQUEST_TOKENS + answer
    reading += _TOKENS_OF_VERDICT * len(judged)
    return Tokens(
        models={m: errors.tokens.get(m, float(call)) for m in models},
        judges={j: errors.tokens.get(j, float(reading)) for j in judges},
        estimated=tuple(dict.fromkeys(name for name in (*models, *judges) if name not in errors.tokens)),
    )


def _tokens(text: str) -> int:
    """A guess: four letters of an alphabet make a token, a character of other scripts is one."""
    wide = sum(ord(c) > 0x2E7F for c in text)
    return wide + -(-(len(text) - wide) // _LETTERS_OF_TOKEN)


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
    answer: int = ANSWER_TOKENS,
    cases: int = 2000,
    seed: int = 0,
) -> Offer:
    """Simulates `cost-optimal` at this target. Takes a few seconds. `answer`: tokens of an answer, where none were counted."""
    world, clauses = world_of(errors, spec, models, judges)
    lowest = floors(errors, spec)
    rungs = [(m, errors.prices.get(m)) for m in models]
    strategy = Strategy.of(clauses, errors, Target(error=target), rungs=rungs, judges=judges)
    counts = simulate(world, BatchOptimal(strategy), cases=cases, seed=seed)
    known = all(name in errors.prices for name in (*models, *judges))
    mean = float(counts.price.mean())
    interval = mean_interval(float(counts.price.sum()), float((counts.price**2).sum()), cases) or (mean, mean)
    tokens = tokens_of(errors, spec, models, judges, answer=answer)
    calls, readings = counts.calls.mean(0), counts.readings.mean(0)
    delivered = counts.coverage
    unreachable = delivered.hits < _ENOUGH * delivered.n
    return Offer(
        target=target,
        delivered=delivered,
        wrong=counts.error,
        calls=float(calls.sum()),
        readings=float(readings.sum()),
        tokens=sum(n * tokens.models[m] for n, m in zip(calls.tolist(), models, strict=True))
        + sum(n * tokens.judges[j] for n, j in zip(readings.tolist(), judges, strict=True)),
        price=(mean, *interval) if known else None,
        blame=(lowest[:3] or _hardest(errors, clauses, models)) if unreachable else (),
    )


def blamed(offers: Sequence[Offer], spec: Spec) -> Iterator[str]:
    """Why targets cannot be reached: one line for each clause that stands in the way, with the targets in whose way it stands."""
    targets: dict[Floor, list[str]] = {}
    for o in offers:
        for f in o.blame:
            targets.setdefault(f, []).append(f"{100 * o.target:g}")
    for f, of in targets.items():
        stays = f"{100 * f.wrong:.2g} % stay wrong"
        if not f.judge:
            why = "it is broken too often" if spec.clause(f.clause).exact else "no judge reads it"
        elif f.seen:
            why = f"judge {f.judge} is blind to violations"
        else:
            why, stays = f"judge {f.judge} has read no known violation of it", f"{stays}, by a careful guess"
        text = " ".join(spec.clause(f.clause).text.split())
        text = text if len(text) <= 60 else f"{text[:59]}…"
        yield f"{', '.join(of)} %: clause {f.clause} ({text}): {why}, {stays}"


def _hardest(errors: ErrorModel, clauses: Sequence[Clause], models: Sequence[str]) -> tuple[Floor, ...]:
    """The clauses that lapse most, where no judge is to blame."""
    rates = [
        Floor(clause=c.id, judge="", wrong=min(row.lapse for m in models if (row := errors.clause(m, c)) is not None))
        for c in clauses
    ]
    return tuple(sorted(rates, key=lambda f: -f.wrong)[:3])
