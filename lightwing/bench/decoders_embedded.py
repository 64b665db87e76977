"""`lightwing bench decoders --part embedded`: the decoders on the embedded model, judged by the embedded judge; no exact check is shown to them.

Every wish of a request stands in the spec as a judged clause; what its check says of the delivered text is truth, and kept from the decoder. The error model is
measured on requests of its own: two fresh answers each, read once by the judge and labelled by the checks. The judge is taken at its word: pass where it
holds pass for likelier. It reads the same text in the same way each time, so all of what it passes wrongly is blind spot.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.bench.embedded import spec_of
from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.case import Answer, Case, Cost, Price
from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Budget, Target
from lightwing.core.episodes import asked, assembled, read_asked
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Outcome, Reading, Readings, Status, Verdict
from lightwing.core.statistics import Rate
from lightwing.core.trace import Trace
from lightwing.decode import decoder
from lightwing.lab.measure import measure
from lightwing.lab.observed import BROKEN, KEPT, SKIPPED, Observed
from lightwing.models.embedded import EmbeddedModel
from lightwing.models.embedded.engine import PACKAGED, Engine
from lightwing.run import Runner
from lightwing.spec.bind import bind
from lightwing.train.world.episodes import Request, a_request, outcome
from lightwing.train.world.wishes import KINDS_OF_WISH

__all__ = ["WordOfJudge", "observed", "run"]

_WISHES = 3
_BATCH = 64
_TEMPERATURE = 0.7
_CALL, _READING = 1.0, 0.2
"""Prices that are reckoned with: the model on this machine charges nothing."""

_FIXED = ("first", "best-of-4", "best-of-8", "repair-best")


@dataclass(frozen=True, slots=True)
class WordOfJudge:
    """The embedded judge, its likelier word taken for its verdict. (As shipped, its pass may not be given at all.)"""

    engine: Engine
    name: str = "embedded-judge"
    price: Price | None = None

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        shares = self.engine.likelier([read_asked(answer.text, c.text) for c in clauses], "<|pass|>", "<|fail|>")
        readings = tuple(
            Reading(clause=clause.id, outcome=_said(share), judge=self.name)
            for clause, share in zip(clauses, shares, strict=True)
        )
        return Readings(judge=self.name, readings=readings, cost=Cost(calls=1, price=_READING))


def _said(share: float | None) -> Outcome:
    if share is None:
        return Outcome(verdict=Verdict.UNKNOWN, reason="The text is too long for the judge.")
    verdict = Verdict.PASS if share >= 0.5 else Verdict.FAIL
    return Outcome(verdict=verdict, reason=f"The judge holds this rule for kept with {share:.0%}.")


def run(
    *,
    requests: int = 100,
    traces: int = 200,
    targets: Sequence[float] = (0.05, 0.15, 0.3),
    seed: int = 4,
    folder: Path = PACKAGED,
    command: str = "lightwing bench decoders --part embedded",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """`requests` of three wishes of different kinds through every decoder, at most 12 calls each; an error model of `traces` other requests.

    Raises:
        MissingExtra: the extra `embedded` is not installed.
        ConfigError: there is no model in the folder, or more than 500 traces are asked for.
    """
    if traces > 500:
        raise ConfigError(f"An error model of this bench rests on at most 500 traces, not on {traces}.")
    started = time.monotonic()
    engine = Engine(folder)
    rng = random.Random(seed)
    measured = measure(observed(engine, _drawn(rng, traces)), seed=seed)
    told(f"error model: {time.monotonic() - started:.0f} s")
    asked_for = _drawn(rng, requests)
    rows: list[dict[str, Any]] = []
    goals: list[Goal] = []
    plans = [(name, None) for name in _FIXED] + [("cost-optimal", target) for target in targets]
    for name, target in plans:
        done = asyncio.run(_all(engine, measured.errors, name, target, asked_for))
        rows.append(_row(name, target, done))
        told(f"{name}: {time.monotonic() - started:.0f} s")
        wrong = sum(not right for delivered, right, _ in done if delivered)
        delivered = sum(d for d, _, _ in done)
        if target is not None and delivered:
            goals.append(Goal.share(f"target {100 * target:g} %: wrong", wrong, delivered, "<=", target))
    return BenchResult(
        bench="decoders, embedded",
        command=command,
        seconds=time.monotonic() - started,
        cells=[*_judge_rows(measured.errors), *rows],
        goals=goals,
        seeds=[seed],
        notes=[
            f"{requests} requests of {_WISHES} wishes, all judged by the embedded judge, at most 12 calls; error model of {traces} other requests, labelled by the checks.",
            "Repairs were not seen by the error model: their rates are its priors. Prices: a call 1, a reading 0.2.",
            "A target under which nothing is delivered has no goal: the judge of these weights cannot show that it is met.",
        ],
    )


def _drawn(rng: random.Random, n: int) -> list[Request]:
    """Requests whose wishes are of different kinds."""
    found: list[Request] = []
    while len(found) < n:
        request = a_request(rng, _WISHES, held=True)[0]
        if len({wish.kind for wish in request.wishes}) == len(request.wishes):
            found.append(request)
    return found


def observed(engine: Engine, requests: Sequence[Request]) -> Observed:
    """Two fresh answers to each request, one reading of each wish, and truth by the checks. Clauses are kinds of wishes; what was not wished for is skipped."""
    kinds = list(KINDS_OF_WISH)
    texts = 2 * len(requests)
    truth = np.full((texts, len(kinds)), SKIPPED)
    passes, fails = (np.zeros((texts, len(kinds), 1), int) for _ in range(2))
    twice = [request for request in requests for _ in range(2)]
    written: list[str] = []
    for at in range(0, texts, _BATCH):
        prompts = [asked(request.case) for request in twice[at : at + _BATCH]]
        written += [assembled(w.text) for w in engine.write(prompts, temperature=_TEMPERATURE, seed=at)]
    for t, (request, text) in enumerate(zip(twice, written, strict=True)):
        shares = engine.likelier([read_asked(text, wish.text) for wish in request.wishes], "<|pass|>", "<|fail|>")
        for wish, share in zip(request.wishes, shares, strict=True):
            c = kinds.index(wish.kind)
            truth[t, c] = KEPT if outcome(wish, request, text).verdict == Verdict.PASS else BROKEN
            if share is not None:
                passes[t, c, 0], fails[t, c, 0] = (
                    2 * (share >= 0.5),
                    2 * (share < 0.5),
                )  # a second reading says the same
    return Observed(
        clauses=tuple(kinds),
        kinds=("judged",) * len(kinds),
        exact=np.zeros(len(kinds), bool),
        models=("embedded",),
        judges=("embedded-judge",),
        case=np.repeat(np.arange(len(requests)), 2),
        model=np.zeros(texts, int),
        parent=np.full(texts, -1),
        named=np.zeros((texts, len(kinds)), bool),
        truth=truth,
        passes=passes,
        fails=fails,
        labelled=True,
        traces=len(requests),
        prices={"embedded": _CALL, "embedded-judge": _READING},
    )


def _judged(request: Request) -> Spec:
    """The request's spec without its checks, each clause named after its kind, as the error model has it."""
    spec = spec_of(request)
    clauses = tuple(
        replace(clause, id=wish.kind, check=None) for clause, wish in zip(spec.clauses, request.wishes, strict=True)
    )
    return replace(spec, clauses=clauses)


Done = list[tuple[bool, bool, Trace]]


async def _all(
    engine: Engine, errors: ErrorModel, name: str, target: float | None, requests: Sequence[Request]
) -> Done:
    """(delivered as met, right, trace) of each request."""
    done: Done = []
    budget = Budget(calls=12)
    for i, request in enumerate(requests):
        runner = Runner(
            bound=bind(_judged(request)),
            models=(EmbeddedModel(engine),),
            judges=(WordOfJudge(engine),),
            decoder=decoder(name),
            budget=budget,
            errors=errors if target is not None else ErrorModel(),
            target=Target(error=target, budget=budget),
            seed=i,
            fixes=False,
        )
        trace = await runner.run(Case.ask(request.prompt, id=f"r{i}"))
        delivered = trace.status is Status.VERIFIED
        right = all(outcome(wish, request, trace.answer).verdict == Verdict.PASS for wish in request.wishes)
        done.append((delivered, right, trace))
    return done


def _row(name: str, target: float | None, done: Done) -> dict[str, Any]:
    delivered = [(right, trace) for d, right, trace in done if d]
    wrong = Rate(hits=sum(not right for right, _ in delivered), n=len(delivered))
    low, high = wrong.interval if wrong.n else (None, None)
    n = len(done)
    readings = [t.judge_cost.calls for _, _, t in done]
    calls = [t.cost.calls for _, _, t in done]
    return {
        "decoder": name,
        "target": target,
        "right": sum(right for right, _ in delivered) / n,
        "wrong": wrong.value,
        "low": low,
        "high": high,
        "abstained": 1 - len(delivered) / n,
        "calls": sum(calls) / n,
        "readings": sum(readings) / n,
        "clauses read": _WISHES * sum(readings) / n,
        "price": (_CALL * sum(calls) + _READING * sum(readings)) / n,
    }


def _judge_rows(errors: ErrorModel) -> list[dict[str, Any]]:
    """What the error model says of the judge, careful side, kind by kind."""
    return [
        {
            "kind": kind,
            "lapse": errors.rungs["embedded"][kind].lapse if kind in errors.rungs["embedded"] else None,
            "passes of the broken": row.blind + (1 - row.blind) * row.false_pass,
            "blind": row.blind,
            "fails of the kept": row.deaf + (1 - row.deaf) * row.false_fail,
            "broken": row.broken,
            "kept": row.kept,
        }
        for kind, row in errors.judges["embedded-judge"].items()
    ]
