"""Many cases: bounded concurrency, one writer, resumption, and counts per clause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lightwing.core.case import Case
from lightwing.core.errors import LightwingError
from lightwing.core.outcome import Status, Verdict
from lightwing.core.statistics import Stats
from lightwing.core.trace import Trace
from lightwing.run.loop import Runner

__all__ = ["ClauseCount", "Sink", "Summary", "run_batch"]


class Sink(Protocol):
    """Where traces go. `add` returns when the trace is safe."""

    def add(self, trace: Trace) -> None: ...


@dataclass(slots=True)
class ClauseCount:
    """How often one clause held: on the first candidate of each case, and on what was delivered."""

    first: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    delivered: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))


@dataclass(slots=True)
class Summary:
    """Additive counts of a batch. `wrong_expected` is the sum of P(wrong) over the `reckoned` deliveries, those whose trace states one;
    `certified` of them rest on a certificate or on code alone. `read_again` deliveries were read again for the drift watch, which warned `drift_warnings`
    times; `level` is the P(wrong) that answers are delivered at now."""

    stats: Stats = Stats()
    statuses: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    clauses: dict[str, ClauseCount] = field(default_factory=dict)
    wrong_expected: float = 0.0
    reckoned: int = 0
    certified: int = 0
    read_again: int = 0
    drift_warnings: int = 0
    level: float | None = None
    resumed: int = 0
    errors: list[str] = field(default_factory=list)

    def take(self, trace: Trace) -> None:
        """Counts one trace in."""
        self.statuses[trace.status] += 1
        met = trace.status in (Status.VERIFIED, Status.CHECKED)
        price = (
            None
            if trace.cost.price is None or trace.judge_cost.price is None
            else trace.cost.price + trace.judge_cost.price
        )
        self.stats += Stats(
            cases=1,
            delivered=int(met),
            not_met=int(trace.status is Status.NOT_MET),
            abstained=int(trace.status is Status.ABSTAINED),
            wrong=None,
            calls=trace.cost.calls,
            judge_calls=trace.judge_cost.calls,
            tokens=trace.cost.tokens + trace.judge_cost.tokens,
            seconds=trace.cost.seconds,
            price=price,
        )
        if met and trace.risk is not None and trace.risk.wrong is not None:
            self.reckoned += 1
            self.wrong_expected += trace.risk.wrong
            self.certified += trace.risk.standing == "certified"
        if trace.error:
            self.errors.append(f"{trace.case.id}: {trace.error}")
        if trace.candidates:
            for clause, outcome in trace.syndromes[trace.candidates[0].id].outcomes.items():
                self.clauses.setdefault(clause, ClauseCount()).first[outcome.verdict] += 1
        for clause, outcome in trace.syndrome.outcomes.items():
            self.clauses.setdefault(clause, ClauseCount()).delivered[outcome.verdict] += 1


async def run_batch(
    runner: Runner,
    cases: Iterable[Case | LightwingError],
    *,
    sink: Sink,
    concurrency: int = 16,
    done: Callable[[Case], Trace | None] = lambda case: None,
    keep_going: bool = False,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Runs the cases, at most `concurrency` at a time, and gives the counts.

    `done` gives the trace of a case that an earlier run finished: it is counted, not run again. A broken line stops the batch before any case after it
    starts (those under way are finished and kept) unless `keep_going`, which lists it in `errors`. Cases are read as they are needed; a trace is handed to
    the sink as soon as it is complete, so a kill loses only what was under way.
    """
    summary = Summary()
    source = iter(cases)
    broken: list[LightwingError] = []

    def following() -> Iterator[Case]:
        for item in source:
            if isinstance(item, LightwingError):
                if not keep_going:
                    broken.append(item)
                    return
                summary.errors.append(str(item))
                progress(summary)
                continue
            if (before := done(item)) is not None:
                summary.resumed += 1
                runner.guard.recall(before)
                summary.take(before)
                progress(summary)
                continue
            yield item

    todo = following()

    async def worker() -> None:
        for case in todo:
            trace = await runner.run(case)
            sink.add(trace)
            summary.take(trace)
            progress(summary)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(worker())
    except ExceptionGroup as failed:
        if all(isinstance(e, LightwingError) for e in failed.exceptions):
            raise failed.exceptions[0] from None
        raise
    if broken:
        raise broken[0]
    summary.read_again, summary.drift_warnings = runner.guard.again, runner.guard.warnings
    summary.level = runner.guard.held.target.threshold
    return summary
