"""`lightwing bench store`: how fast the trace store takes traces in one process, how long a page of a list and the counts take, and what an export needs of memory.

A trace here is a small one: a request, one candidate of 60 characters, eight clauses that were read, about 1.5 kB as JSON. Rates are the median over slices
of 1,000 traces by the clock on the wall, so other work on the machine lowers them.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.case import Answer, Candidate, Case, Cost, Origin
from lightwing.core.decision import Accept, Resample
from lightwing.core.errors import InputError
from lightwing.core.outcome import PASS, Status, Syndrome
from lightwing.core.trace import Event, Trace
from lightwing.store import Filter, TraceStore

__all__ = ["run", "small_trace"]

_SLICE = 1000
_SINGLE = 500
_READS = 5
_FEW = 10


def small_trace(number: int) -> Trace:
    """A small trace of the day that its number falls on, a thousand to a day."""
    made = Candidate(
        answer=Answer(text=f"Answer {number}: " + "all is well, " * 4),
        id="a1",
        origin=Origin(model=f"model-{number % 2}"),
        cost=Cost(calls=1, input_tokens=40, output_tokens=16, seconds=0.5, price=0.001),
    )
    return Trace(
        case=Case.ask(f"Question {number}: is all well?", id=f"c{number}"),
        spec="0" * 64,
        decoder="repair-best",
        models=("model-0", "model-1"),
        status=Status.CHECKED,
        delivered="a1",
        candidates=(made,),
        syndromes={"a1": Syndrome(outcomes={f"clause-{i}": PASS for i in range(8)})},
        events=(Event(action=Resample(rung=0), made=("a1",)), Event(action=Accept(candidate="a1"))),
        cost=made.cost,
        started=number * 86.4,
    )


def run(*, traces: int, place: str | None, command: str, told: Callable[[str], None]) -> BenchResult:
    """Fills a new store (or the empty one at `place`) with `traces` traces, then reads and exports it."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        at = place or f"{folder}/bench.sqlite"
        with TraceStore(at) as store:
            if store.count():
                raise InputError("The store is not empty.", where=store.path, hint="Give a new database.")
            rates, processor = [], time.process_time()
            for first in range(0, traces, _SLICE):
                batch = [small_trace(n) for n in range(first, min(first + _SLICE, traces))]
                rates.append(len(batch) / _seconds(lambda batch=batch: store.add_many(batch)))  # type: ignore[misc]
                if first // _SLICE % 10 == 9:
                    told(f"{first + len(batch)} traces")
            own = traces / (time.process_time() - processor)
            single = [store.add] * _SINGLE
            one = _SINGLE / _seconds(lambda: [add(small_trace(traces + n)) for n, add in enumerate(single)])
            added = [
                _rate("add_many, a second", rates),
                {"what": "add_many, a second of the processor", "median": own, "lowest": None, "highest": None, "n": 1},
                {"what": "add, a second", "median": one, "lowest": None, "highest": None, "n": 1},
                *(_timed(what, read) for what, read in _reads(store).items()),
            ]
        told("exports")
        few, all_of_them = (_peak(at, folder, until=n * 86.4) for n in (max(_SLICE, traces // _FEW), traces))
    growth = (all_of_them - few) / 1024
    goals = (
        Goal(name="traces added a second, in batches", op=">=", goal=1500.0, value=statistics.median(rates), n=traces),
        Goal(name=f"MB more to export {_FEW} times as many", op="<=", goal=16.0, value=growth, n=traces),
    )
    exported = {"what": "export to JSONL, peak MB", "few": few / 1024, "all": all_of_them / 1024}
    return BenchResult(
        bench="store",
        command=command,
        seconds=time.perf_counter() - start,
        cells=[*added, exported],
        goals=goals,
        notes=[f"{traces} small traces in {'PostgreSQL' if place else 'SQLite, one file'}; one process."],
    )


def _reads(store: TraceStore) -> dict[str, Callable[[], object]]:
    week = Filter(since=store.rows(limit=1).rows[0].time - 7 * 86_400)
    return {
        "a page of 50 rows, ms": lambda: store.rows(limit=50),
        "a page of one model's, ms": lambda: store.rows(Filter(model="model-1"), limit=50),
        "clauses of 7 days, ms": lambda: store.clause_counts(week),
        "models of 7 days, ms": lambda: store.model_days(week),
        "days, ms": store.days,
    }


def _timed(what: str, read: Callable[[], object]) -> dict[str, Any]:
    return _rate(what, [1000 * _seconds(read) for _ in range(_READS)])


def _rate(what: str, values: list[float]) -> dict[str, Any]:
    return {
        "what": what,
        "median": statistics.median(values),
        "lowest": min(values),
        "highest": max(values),
        "n": len(values),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak(place: str, folder: str, *, until: float) -> int:
    """Kilobytes at most of a process of its own that exports the traces before `until`."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_export, place, f"{folder}/out.jsonl", until).result()


def _export(place: str, out: str, until: float) -> int:
    from lightwing.store.export import export_jsonl

    with TraceStore(place) as store:
        export_jsonl(store, Path(out), Filter(until=until))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
