"""`lightwing bench decoders --part embedded`: the decoders on the embedded model, judged by the embedded judge; no exact check is shown to them.

Every wish of a request stands in the spec as a judged clause; what its check says of the delivered text is truth, and kept from the decoder. The error model is
measured on requests of its own: two fresh answers and a repair each, read once by the judge and labelled by the checks. The judge reads the same text in
the same way each time, so all of what it passes wrongly is blind spot.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.bench.embedded import spec_of
from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Spec
from lightwing.core.decision import Budget, Target
from lightwing.core.episodes import asked, assembled
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError
from lightwing.core.forms import Named, repair_case
from lightwing.core.outcome import Status, Verdict
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
from lightwing.train.world.wishes import KINDS_OF_WISH, Wish

__all__ = ["observed", "run"]

_WISHES = 3
_BATCH = 64
_TEMPERATURE = 0.4
_CALL, _READING = 1.0, 0.2
"""Prices that are reckoned with: the model on this machine charges nothing."""

_FIXED = ("first", "best-of-4", "best-of-8", "repair-best")


_JUDGE = "embedded-judge"
_REASON = "It is not certain that this rule is met."


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
            "Prices: a call 1, a reading 0.2.",
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
    """Two fresh answers to each request and a repair of the first, one reading of each wish, and truth by the checks. A repair names what the judge fails, or one
    wish by turns where it fails none. Clauses are kinds of wishes; what was not wished for is skipped."""
    kinds = list(KINDS_OF_WISH)
    judge = EmbeddedModel(engine, name=_JUDGE)
    fresh = [text for request in requests for text in (request, request)]
    written = _written(engine, [request.case for request in fresh])
    found = [asyncio.run(_read(judge, request, text)) for request, text in zip(fresh, written, strict=True)]
    named = [
        _to_name(request, verdicts, i) for i, (request, verdicts) in enumerate(zip(requests, found[::2], strict=True))
    ]
    drafts = [
        repair_case(request.case, draft=draft, named=[Named(rule=w.text, reason=_REASON) for w in wishes])
        for request, draft, wishes in zip(requests, written[::2], named, strict=True)
    ]
    repaired = _written(engine, drafts)
    found += [asyncio.run(_read(judge, request, text)) for request, text in zip(requests, repaired, strict=True)]
    texts, n = [*written, *repaired], len(requests)
    whose = [*np.repeat(np.arange(n), 2), *range(n)]
    truth = np.full((len(texts), len(kinds)), SKIPPED)
    passes, fails = (np.zeros((len(texts), len(kinds), 1), int) for _ in range(2))
    names = np.zeros((len(texts), len(kinds)), bool)
    for t, text in enumerate(texts):
        request = requests[whose[t]]
        for wish, verdict in zip(request.wishes, found[t], strict=True):
            c = kinds.index(wish.kind)
            truth[t, c] = KEPT if outcome(wish, request, text).verdict == Verdict.PASS else BROKEN
            passes[t, c, 0] = 2 * (verdict is Verdict.PASS)  # a second reading says the same
            fails[t, c, 0] = 2 * (verdict is Verdict.FAIL)
        if t >= 2 * n:
            names[t, [kinds.index(wish.kind) for wish in named[t - 2 * n]]] = True
    return Observed(
        clauses=tuple(kinds),
        kinds=("judged",) * len(kinds),
        exact=np.zeros(len(kinds), bool),
        models=("embedded",),
        judges=(_JUDGE,),
        case=np.array(whose),
        model=np.zeros(len(texts), int),
        parent=np.array([*np.full(2 * n, -1), *(2 * np.arange(n))]),
        named=names,
        truth=truth,
        passes=passes,
        fails=fails,
        labelled=True,
        traces=len(requests),
        prices={"embedded": _CALL, _JUDGE: _READING},
    )


def _written(engine: Engine, cases: Sequence[Case]) -> list[str]:
    texts: list[str] = []
    for at in range(0, len(cases), _BATCH):
        prompts = [asked(case) for case in cases[at : at + _BATCH]]
        texts += [assembled(w.text) for w in engine.write(prompts, temperature=_TEMPERATURE, seed=at)]
    return texts


async def _read(judge: EmbeddedModel, request: Request, text: str) -> list[Verdict]:
    clauses = _judged(request).clauses
    read = await judge.read(request.case, Answer(text=text), clauses)
    return [reading.outcome.verdict for reading in read.readings]


def _to_name(request: Request, verdicts: Sequence[Verdict], turn: int) -> list[Wish]:
    failed = [w for w, verdict in zip(request.wishes, verdicts, strict=True) if verdict is Verdict.FAIL]
    return failed or [request.wishes[turn % len(request.wishes)]]


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
            judges=(EmbeddedModel(engine, name=_JUDGE),),
            decoder=decoder(name),
            budget=budget,
            errors=errors if target is not None else ErrorModel(),
            target=Target(error=target, budget=budget),
            seed=i,
            fixes=False,
        )
        trace = await runner.run(Case.ask(request.prompt, id=f"r{i}"))
        delivered = trace.status in (Status.VERIFIED, Status.CHECKED)  # a strategy may leave unread what is safe enough
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
        for kind, row in errors.judges[_JUDGE].items()
    ]
