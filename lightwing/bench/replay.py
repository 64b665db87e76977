"""`lightwing bench replay`: a cascade over recorded answers of real models, from the raw prompt text alone.

Each prompt is compiled offline; the loop runs over recorded models, cheapest first, and delivers what is `checked` or abstains. Truth is the recorded
strict verdict of every instruction, which neither the compiler nor the loop sees.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwing.bench.checks import Gold, read_gold, read_outputs
from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.ifeval import clauses_of, language_of
from lightwing.checks import Profile, build
from lightwing.core.case import Answer, Case, Price
from lightwing.core.decision import Budget
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Status
from lightwing.core.statistics import wilson
from lightwing.decode import decoder
from lightwing.models.recorded import RecordedModel
from lightwing.run import Runner
from lightwing.spec import bind, compile_document

__all__ = ["Record", "Rung", "parse_cascade", "read_strictly", "recorded_names", "records_of", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A model of the chain, by its recorded name, and what one call of it costs (None: not given)."""

    model: str
    price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A recorded answer, and whether every instruction was followed by strict verdict."""

    response: str
    right: bool


def parse_cascade(text: str) -> tuple[Rung, ...]:
    """The rungs of `MODEL[=price],…`, cheapest first.

    >>> parse_cascade("small=1,large=10")[1].price
    10.0
    """
    rungs = []
    for part in text.split(","):
        name, _, price = part.strip().partition("=")
        try:
            rungs.append(Rung(model=name, price=float(price) if price else None))
        except ValueError:
            raise ConfigError(
                f"{price!r} is no price.", where=f"--cascade {part}", hint="Write MODEL=NUMBER."
            ) from None
    if not all(rung.model for rung in rungs):
        raise ConfigError(
            "A rung of the cascade has no name.", where=f"--cascade {text}", hint="Write MODEL=PRICE,MODEL=PRICE."
        )
    return tuple(rungs)


def run(
    *,
    prompts: Path,
    outputs: Path,
    cascade: Sequence[Rung],
    profile: Profile = "ifeval",
    fix: bool = False,
    command: str = "lightwing bench replay",
) -> BenchResult:
    """Replays the chain. `profile` says by whose definitions answers are read: those of the truth (`ifeval`) unless told otherwise. With `fix` deterministic fixes are applied and truth is read by the
    profile `ifeval` on the fixed text (reported, not held against the goals). Raises ConfigError for a model that has no recorded answers."""
    started = time.perf_counter()
    asked = read_gold(prompts)
    records = records_of(outputs)
    names = recorded_names(cascade, records)
    cells = [_single(name, rung.price, records[name], asked) for name, rung in zip(names, cascade, strict=True)]
    cells.append(_oracle(names, cascade, records, asked))
    chain = _chain(names, cascade, records, asked, profile=profile, fix=fix)
    cells.append(chain.cell)
    oracle = cells[-2]
    dearest = max((r.price for r in cascade if r.price is not None), default=None)
    n = len(asked)
    goals = []
    if not fix:
        gap = oracle["right / all"] - chain.right / n
        goals = [
            Goal(name="points below the chain's oracle", op="<=", goal=0.010, value=gap, n=n),
            Goal.share("wrong / all", chain.wrong, n, "<=", 0.015),
        ]
        if dearest:
            price = chain.cell["mean price"]
            goals.append(Goal(name="price over the dearest rung's", op="<=", goal=0.5, value=price / dearest, n=n))
    return BenchResult(
        bench="replay",
        command=command,
        seconds=time.perf_counter() - started,
        cells=cells,
        goals=goals,
        notes=[
            f"Answers are read by the profile {profile}; truth is "
            + ("the profile ifeval on the fixed text." if fix else "the recorded strict verdicts."),
            "An oracle stops at the first right answer and pays for every rung it asks.",
        ],
        details=chain.details,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    right: int
    wrong: int
    cell: dict[str, Any]
    details: Sequence[str]


def _chain(
    names: Sequence[str],
    cascade: Sequence[Rung],
    records: dict[str, dict[str, Record]],
    asked: Sequence[Gold],
    *,
    profile: Profile,
    fix: bool,
) -> _Chain:
    right = wrong = fixed = calls = 0
    price: float | None = 0.0
    details = []
    for item in asked:
        models = []
        for name, rung in zip(names, cascade, strict=True):
            answer = Answer(text=records[name][item.key].response)
            tariff = None if rung.price is None else Price(per_call=rung.price)
            models.append(RecordedModel({item.key: [answer]}, name=name, price=tariff))
        bound = bind(compile_document(item.prompt, kind="prompt"), profile=profile)
        runner = Runner(
            bound=bound,
            models=models,
            decoder=decoder("cascade"),
            budget=Budget(calls=len(models)),
            seed=None,
            fixes=fix,
        )
        trace = asyncio.run(runner.run(Case.ask(item.prompt, id=item.key)))
        calls += trace.cost.calls
        price = None if price is None or trace.cost.price is None else price + trace.cost.price
        if trace.status not in (Status.CHECKED, Status.VERIFIED) or trace.delivered is None:
            continue
        chosen = trace.candidate(trace.delivered)
        if chosen.origin.how == "fixed":
            fixed += 1
            truth = read_strictly(item, chosen.answer)
        else:
            truth = records[chosen.origin.model][item.key].right
        right += truth
        wrong += not truth
        if not truth:
            details.append(f"key {item.key}: delivered the answer of {chosen.origin.model}, which is wrong")
    n, delivered = len(asked), right + wrong
    low, high = wilson(wrong, delivered)
    cell = {
        "chain": "lightwing" + (" with fixes" if fix else ""),
        "prompts": n,
        "right / all": round(right / n, 4),
        "wrong / delivered": round(wrong / delivered, 4) if delivered else None,
        "interval": f"{low:.4f} to {high:.4f}",
        "wrong / all": round(wrong / n, 4),
        "abstained": n - delivered,
        "fixed": fixed,
        "calls": round(calls / n, 3),
        "mean price": None if price is None else round(price / n, 3),
    }
    return _Chain(right=right, wrong=wrong, cell=cell, details=details)


def read_strictly(item: Gold, answer: Answer) -> bool:
    """Truth of a fixed text: every instruction, read by the definitions of IFEval."""
    case = Case.ask(item.prompt)
    for id, kwargs in zip(item.ids, item.kwargs, strict=True):
        for call, scope in clauses_of(id, kwargs) or ():
            if not build(call, scope=scope, language=language_of(id), profile="ifeval").read(case, answer).ok:
                return False
    return True


def _single(name: str, price: float | None, answers: dict[str, Record], asked: Sequence[Gold]) -> dict[str, Any]:
    right = sum(answers[item.key].right for item in asked)
    return _row(name, right, len(asked), price)


def _oracle(
    names: Sequence[str], cascade: Sequence[Rung], records: dict[str, dict[str, Record]], asked: Sequence[Gold]
) -> dict[str, Any]:
    right, price = 0, 0.0
    for item in asked:
        for name, rung in zip(names, cascade, strict=True):
            price += rung.price or 0.0
            if records[name][item.key].right:
                right += 1
                break
    known = all(rung.price is not None for rung in cascade)
    return _row("oracle of the chain", right, len(asked), price / len(asked) if known else None)


def _row(name: str, right: int, n: int, price: float | None) -> dict[str, Any]:
    return {
        "chain": name,
        "prompts": n,
        "right / all": right / n,
        "wrong / all": round(1 - right / n, 4),
        "mean price": None if price is None else round(price, 3),
    }


def recorded_names(cascade: Sequence[Rung], records: dict[str, dict[str, Record]]) -> list[str]:
    """Recorded names of the rungs: as given, or the only one that holds the given text."""
    names = []
    for rung in cascade:
        found = (
            [rung.model] if rung.model in records else [name for name in records if rung.model.lower() in name.lower()]
        )
        if len(found) != 1:
            raise ConfigError(
                f"{rung.model!r} names {'no' if not found else 'more than one'} recorded model.",
                where="--cascade",
                hint=f"Recorded are: {', '.join(sorted(records))}.",
            )
        names.append(found[0])
    return names


def records_of(path: Path) -> dict[str, dict[str, Record]]:
    """Recorded answers by model and prompt."""
    records: dict[str, dict[str, Record]] = {}
    for output in read_outputs(path):
        record = Record(response=output.response, right=all(output.strict))
        records.setdefault(output.model, {})[output.key] = record
    return records
