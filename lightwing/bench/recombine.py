"""`lightwing bench recombine`: what joining the good parts of several drafts saves, on answers of four paragraphs with two clauses each.

The simulated model writes real texts, real checks read them, and the whole loop runs with `repair-best`, with and without recombination, on the same cases.
A simulated paragraph does not care what stands beside it; that a real one does is the limit of this figure, and why clauses on the whole answer
are read again on what was joined.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.repair import CLEAN, STUBBORN, Channel
from lightwing.core.case import Answer, Case
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.decision import Budget
from lightwing.core.outcome import Status
from lightwing.core.statistics import mean_interval, wilson
from lightwing.decode.repair import RepairBest
from lightwing.models.simulated import SimulatedErrors, SimulatedModel
from lightwing.run import Runner
from lightwing.spec.bind import BoundSpec, bind

__all__ = ["ParagraphWriter", "paragraph_spec", "run"]

_WORDS = ("amber", "basalt", "cobalt", "dahlia", "ember", "fennel", "garnet", "hazel")
_CALLS = 8


def paragraph_spec() -> Spec:
    """Eight clauses: of each of four paragraphs, a word that it mentions and one that it does not."""
    return Spec(
        clauses=tuple(
            Clause(
                id=f"c{i + 1}",
                text=f"Paragraph {i // 2 + 1} {'never mentions' if i % 2 else 'mentions'} the word {word}.",
                check=CheckCall(name="forbidden" if i % 2 else "keywords", args={"words": [word]}),
                scope=f"paragraph:{i // 2 + 1}",
                allow_fix=False,
            )
            for i, word in enumerate(_WORDS)
        ),
        instruction="Write four short paragraphs.",
    )


@dataclass(frozen=True, slots=True)
class ParagraphWriter:
    """Writes answers to `paragraph_spec` in which exactly the chosen clauses fail (the `Writer` of `models.simulated`)."""

    bound: BoundSpec

    def steers(self, case: Case) -> Sequence[str]:
        return [clause.id for clause in self.bound.spec.clauses]

    def write(self, case: Case, failing: frozenset[str], rng: random.Random) -> Answer:
        paragraphs = []
        for i in range(0, len(_WORDS), 2):
            told = [_WORDS[i]] if f"c{i + 1}" not in failing else []
            told += [_WORDS[i + 1]] if f"c{i + 2}" in failing else []
            paragraphs.append(
                " ".join([f"Sheet {rng.randrange(1_000_000)}.", *(f"It mentions {word}." for word in told)])
            )
        return Answer(text="\n\n".join(paragraphs))

    def failing(self, case: Case, draft: Answer) -> frozenset[str]:
        return frozenset(self.bound.read(case, draft).failed)

    def named(self, case: Case, rules: Sequence[str]) -> frozenset[str]:
        return frozenset(clause.id for clause in self.bound.spec.clauses if clause.text in rules)


def run(*, tasks: int = 5_000, seed: int = 0, command: str = "lightwing bench recombine") -> BenchResult:
    """Both channels of `bench repair`, with and without."""
    started = time.perf_counter()
    cells: list[dict[str, Any]] = []
    goals: list[Goal] = []
    for label, channel in (("clean", CLEAN), ("stubborn", STUBBORN)):
        runs = {on: _measure(channel, RepairBest(recombine=on), tasks, seed) for on in (False, True)}
        cells += [_cell(label, on, got) for on, got in runs.items()]
        saved = [without[1] - joined[1] for without, joined in zip(runs[False], runs[True], strict=True)]
        more = [joined[0] - without[0] for without, joined in zip(runs[False], runs[True], strict=True)]
        goals += [_gain(f"{label}: calls saved per task", saved), _gain(f"{label}: share met gained", more)]
    return BenchResult(
        bench="recombine",
        command=command,
        seconds=time.perf_counter() - started,
        cells=cells,
        goals=goals,
        seeds=[seed],
        notes=[
            f"clean: {CLEAN}; stubborn: {STUBBORN}. Four paragraphs, two clauses each, at most {_CALLS} calls, no deterministic fixes."
        ],
    )


def _measure(channel: Channel, decider: RepairBest, tasks: int, seed: int) -> list[tuple[bool, int, int]]:
    """Of each task: whether every clause was met, the calls, the recombinations."""
    bound = bind(paragraph_spec())
    errors = SimulatedErrors(p=channel.p, f=channel.f, r=channel.r, k=channel.k)
    model = SimulatedModel(errors, writer=ParagraphWriter(bound), seed=seed)
    runner = Runner(bound=bound, models=(model,), decoder=decider, budget=Budget(calls=_CALLS), seed=None)

    async def all_tasks() -> list[tuple[bool, int, int]]:
        done = []
        for i in range(tasks):
            trace = await runner.run(Case.ask("Write four short paragraphs.", id=f"t{i + 1}"))
            joined = sum(c.origin.how == "recombined" for c in trace.candidates)
            done.append((trace.status is Status.VERIFIED, trace.cost.calls, joined))
        return done

    return asyncio.run(all_tasks())


def _cell(label: str, on: bool, got: Sequence[tuple[bool, int, int]]) -> dict[str, Any]:
    met, n = sum(one[0] for one in got), len(got)
    low, high = wilson(met, n)
    return {
        "cell": label,
        "recombine": "yes" if on else "no",
        "tasks": n,
        "met": round(met / n, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "calls": round(sum(one[1] for one in got) / n, 3),
        "recombinations": round(sum(one[2] for one in got) / n, 3),
    }


def _gain(name: str, paired: Sequence[float]) -> Goal:
    """A mean difference on the same cases, which must not be below nothing."""
    n, total = len(paired), sum(paired)
    low, high = mean_interval(total, sum(x * x for x in paired), n) or (None, None)
    return Goal(name=name, op=">=", goal=0.0, value=total / n, low=low, high=high, n=n)
