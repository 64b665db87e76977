"""How long one decision of `cost-optimal` takes: many clauses, many candidates, each of them read.

In a run a decision follows upon one new candidate or one new reading; what was worked out for the other candidates is kept. So that is what is timed, the newest
candidate being a new one each time; beside it stands the time where nothing was kept (`at first sight`). The fit of the strategy comes once before and is stated apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import CandidateEvidence, Evidence, Rung, Target
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.outcome import PASS, Outcome, Reading, fail
from lightwing.core.streams import stream_seed
from lightwing.decode import decoder

__all__ = ["evidence_of", "run"]

_GOAL = 1.0
_MODEL = "model"
_FAILED = fail("broken")


def run(
    *,
    clauses: int = 20,
    candidates: int = 16,
    decisions: int = 300,
    seed: int = 0,
    command: str = "lightwing bench decoders",
    told: Callable[[str], None] = lambda line: None,
) -> BenchResult:
    """The median of so many decisions, with one judge and with two, with persistent lapses and without."""
    started = time.perf_counter()
    rows, goals = [], []
    for judges in (1, 2):
        for persistent in (False, True):
            name = f"{judges} judge{'s' * (judges - 1)}{', persistent' * persistent}"
            row = _row(clauses, candidates, judges, persistent, decisions, seed)
            rows.append({"a decision": name, **row})
            if judges == 1:
                goals.append(Goal(name=f"{name}: median ms", op="<=", goal=_GOAL, value=row["median ms"], n=decisions))
            told(f"decision: {name}, {time.perf_counter() - started:.0f} s")
    return BenchResult(
        bench="decision",
        command=command,
        seconds=time.perf_counter() - started,
        cells=rows,
        goals=goals,
        seeds=[seed],
        notes=[
            f"{clauses} judged clauses, {candidates} candidates (fresh ones and chains of two repairs), every one of them read twice by every judge. ms of processor "
            "time, which other programs on the machine do not lengthen much; beside it wall time. The newest candidate is new in each decision; at first sight: all are."
        ],
    )


def evidence_of(
    clauses: int, candidates: int, judges: int, persistent: bool, seed: int
) -> tuple[Spec, ErrorModel, Evidence]:
    """A spec, an error model, and a case in the middle of its way: every third answer fresh, the others repairs of the one before; verdicts by chance."""
    rng = np.random.default_rng(stream_seed(seed, "decision", judges, persistent))
    spec = Spec(clauses=tuple(Clause(id=f"c{i}", text=f"Rule {i}.") for i in range(clauses)))
    names = tuple(f"judge{j}" for j in range(judges))
    lapse = ClauseErrors(
        lapse=0.1, concentration=2.0 if persistent else None, repair_factor=0.3, regression=0.02, stubborn=0.9
    )
    reads = JudgeErrors(false_pass=0.1, false_fail=0.02, blind=0.02)
    errors = ErrorModel(
        rungs={_MODEL: {ANY: lapse}},
        judges={name: {ANY: reads} for name in names},
        prices={_MODEL: 1.0, **dict.fromkeys(names, 0.2)},
    )
    found: list[CandidateEvidence] = []
    repaired = []
    for number in range(candidates):
        broken = rng.random(clauses) < 0.1
        readings = []
        for name in (*names, *names):
            passes = rng.random(clauses) < np.where(broken, 0.1, 0.98)
            said: list[Outcome] = [PASS if each else _FAILED for each in passes]
            readings += [Reading(clause=c.id, judge=name, outcome=o) for c, o in zip(spec.clauses, said, strict=True)]
        last = {r.clause: r.outcome.verdict for r in readings}
        parent = None if number % 3 == 0 else found[-1].id
        if parent is not None:
            named = tuple(id for id, verdict in found[-1].outcomes.items() if verdict is _FAILED.verdict)
            repaired.append((parent, named, 0))
        found.append(
            CandidateEvidence(
                id=f"a{number}",
                how="proposed" if parent is None else "repaired",
                parent=parent,
                outcomes=last,
                readings=tuple(readings),
            )
        )
    evidence = Evidence(candidates=tuple(found), repaired=tuple(repaired), rungs=(Rung(model=_MODEL),), judges=names)
    return spec, errors, replace(evidence, left=replace(evidence.left, calls=100))


def _row(clauses: int, candidates: int, judges: int, persistent: bool, decisions: int, seed: int) -> dict[str, Any]:
    spec, errors, evidence = evidence_of(clauses, candidates, judges, persistent, seed)
    decide = decoder("cost-optimal").compile(spec, errors, Target(error=0.1)).decide
    began = time.perf_counter()
    decide(evidence)
    fitted = time.perf_counter() - began

    def timed(new: slice) -> tuple[list[float], list[float]]:
        """Processor time and wall time of each decision, in ms."""
        own, wall = [], []
        for _ in range(decisions):
            old = evidence.candidates
            some = {id(c) for c in old[new]}
            shown = replace(evidence, candidates=tuple(replace(c) if id(c) in some else c for c in old))
            before, began = time.thread_time(), time.perf_counter()
            decide(shown)
            own.append(1000 * (time.thread_time() - before))
            wall.append(1000 * (time.perf_counter() - began))
        return own, wall

    (own, wall), (own_first, _) = timed(slice(-1, None)), timed(slice(None))
    return {
        "median ms": round(float(np.median(own)), 3),
        "95th percentile": round(float(np.quantile(own, 0.95)), 3),
        "median, wall": round(float(np.median(wall)), 3),
        "at first sight": round(float(np.median(own_first)), 3),
        "fit, s": round(fitted, 2),
    }
