"""`lightwing batch`: many requests, corrected; appended to one file of traces, resumed from it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config
from lightwing.cli.show import certificate_json
from lightwing.cli.sources import (
    Wiring,
    add_certificate_option,
    add_config_option,
    add_json_option,
    add_model_options,
    add_spec_options,
    refuse_one_file,
    refuse_one_stdin,
    spec_of,
    whole,
    wiring,
)
from lightwing.cli.stores import store_of
from lightwing.cli.terminal import console, emit, emit_json, grid, say, talk, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import CaseError, ConfigError, LightwingError

if TYPE_CHECKING:
    from lightwing.core.case import Case
    from lightwing.core.clause import Spec
    from lightwing.core.trace import Trace
    from lightwing.run import Summary
    from lightwing.store import JsonlTraces, TraceStore

__all__ = ["add"]

_SECONDS_BETWEEN_LINES = 10.0
"""How often progress is told where there is no window to draw a bar in."""

_NAMED = 5
"""How many cases are named that ended in the same error."""


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "batch",
        _batch,
        help="run a file of requests; goes on where it stopped; exit 1 when one is not met",
        description="Runs every case of a JSONL file. Traces are appended to the output; a case that is there already for the same task (spec, models, "
        "decoder, limits, seed) is counted and not run again, so the same command goes on after a kill.",
    )
    parser.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    parser.add_argument(
        "cases", metavar="CASES", help='JSONL: {"id": …, "input": a text or messages}; "-" reads standard input'
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the file of traces (JSONL); needed unless --dry-run")
    parser.add_argument(
        "--store", metavar="STORE", help="add the traces to this store, too: an SQLite file, or a URL (docs/store.md)"
    )
    parser.add_argument("--concurrency", type=whole, metavar="N", help="cases under way at once (default 16)")
    parser.add_argument(
        "--keep-going", action="store_true", help="pass over broken lines of CASES and list them at the end"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print the plan and the highest price of all cases; ask nobody"
    )
    add_model_options(parser)
    add_certificate_option(parser)
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _batch(args: argparse.Namespace) -> int:
    config = load_config(args.config)
    wired = wiring(args, config)
    refuse_one_stdin(args.spec, args.cases)
    spec = spec_of(args.spec, args=args)
    wired.refuse_conflicts(spec, where=args.spec)
    if args.dry_run:
        return _plan_all(spec, wired, args)
    if args.output is None:
        raise ConfigError("-o FILE is needed: the file that the traces are appended to.")
    store = store_of(args.store, config)
    refuse_one_file(args.output, store)
    return _Batch(
        spec=spec,
        wired=wired,
        cases=_path(args.cases),
        output=Path(args.output),
        store=store,
        concurrency=args.concurrency or config.run.concurrency,
        keep_going=args.keep_going,
        json=args.json,
    ).run()


def _path(cases: str) -> Path:
    return Path("/dev/stdin" if cases == "-" else cases)


@dataclass(frozen=True, kw_only=True)
class _Batch:
    spec: Spec
    wired: Wiring
    cases: Path
    output: Path
    store: str | None
    concurrency: int
    keep_going: bool
    json: bool

    def run(self) -> int:
        from lightwing.run import Summary, read_cases
        from lightwing.store import JsonlTraces, TraceStore

        task = self.wired.task(self.spec)
        with ExitStack() as files:
            traces = files.enter_context(JsonlTraces(self.output))
            if traces.torn:
                say(
                    f"The last line of {self.output} was torn ({traces.torn} bytes); it was cut off and its case is run again."
                )
            store = None if self.store is None else files.enter_context(TraceStore(self.store))
            if traces.tasks() - {task}:
                say(
                    f"{self.output} also holds traces of other tasks (other spec, models or limits); they stay, uncounted."
                )
            progress = files.enter_context(_progress(_lines(self.cases)))
            latest = Summary()

            def told(summary: Summary) -> None:
                nonlocal latest
                latest = summary
                progress(summary)

            sink = _Sink(task, traces, store, set() if store is None else store.cases_done(task))
            try:
                summary = asyncio.run(self._all(read_cases(self.cases), sink, told))
            except KeyboardInterrupt:
                self._tell_rest(latest, traces, task, "Stopped")
                raise
            except LightwingError as error:
                self._tell_rest(latest, traces, task, "Stopped by an error")
                if isinstance(error, CaseError) and latest.stats.cases:
                    say("Mend the line, or pass over such lines with --keep-going.")
                raise
        if not summary.stats.cases and not summary.errors:
            raise CaseError(
                "There is no case in the file.", where=str(self.cases), hint='Each line is {"id": "1", "input": "…"}.'
            )
        return self._report(summary, task)

    async def _all(
        self,
        cases: Iterable[Case | LightwingError],
        sink: _Sink,
        told: Callable[[Summary], None],
    ) -> Summary:
        from lightwing.lab.drift import Drift
        from lightwing.run import run_batch

        rate = self.wired.target.error
        async with self.wired.open(self.spec, drift=None if rate is None else Drift(target=rate)) as runner:
            runner.guard.told = say
            return await run_batch(
                runner,
                cases,
                sink=sink,
                concurrency=self.concurrency,
                done=sink.done,
                keep_going=self.keep_going,
                progress=told,
            )

    def _tell_rest(self, summary: Summary, traces: JsonlTraces, task: str, how: str) -> None:
        """What is in the file counts, not what was told: a trace may be kept whose case was not counted any more."""
        done = len(traces.cases_done(task))
        if done or summary.stats.cases:
            say(f"{how}. {done} cases are done and in {self.output}; the same command goes on from there.")

    def _report(self, summary: Summary, task: str) -> int:
        from lightwing.core.outcome import Status

        if self.json:
            emit_json({**_summary_json(self.spec, summary, task), "risk": _risk_json(summary, self.wired)})
        else:
            _print_summary(self.spec, summary)
            _print_risk(summary, self.wired)
        for error in _gathered(summary.errors):
            say(f"error: {error}")
        say(f"{summary.stats.cases} cases, {summary.resumed} of them from an earlier run; traces in {self.output}")
        met = summary.statuses[Status.VERIFIED] + summary.statuses[Status.CHECKED]
        return 0 if met == summary.stats.cases and not summary.errors else 1


@dataclass(frozen=True, slots=True)
class _Sink:
    """Hands every trace, marked with its task, to the file and to the store; finds those of an earlier run in the file."""

    task: str
    traces: JsonlTraces
    store: TraceStore | None
    stored: set[str]

    def done(self, case: Case) -> Trace | None:
        """The trace of an earlier run. A kill or a full disk may have come between the file and the store: the store gets what it lacks."""
        from lightwing.store import case_key

        found = self.traces.find(case, task=self.task)
        if found is not None and self.store is not None and case_key(case) not in self.stored:
            self.store.add(found)
        return found

    def add(self, trace: Trace) -> None:
        marked = replace(trace, metadata={**trace.metadata, "task": self.task})
        self.traces.add(marked)
        if self.store is not None:
            self.store.add(marked)


def _gathered(errors: Sequence[str]) -> Iterator[str]:
    """Many cases that ended in one and the same error are told in one line."""
    cases: dict[str, list[str]] = {}
    for error in errors:
        case, _, why = error.partition(": ")
        cases.setdefault(why, []).append(case)
    for why, names in cases.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"{', '.join(names[:_NAMED])}{more}: {why}"


def _lines(path: Path) -> int | None:
    """How many cases a file holds at most, for the progress bar; None where it cannot be read (the run will say so) or can be read but once (a pipe)."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    except OSError:
        return None


def _progress(total: int | None) -> AbstractContextManager[Callable[[Summary], None]]:
    """A bar where stderr is a window, else a line now and then."""
    return _Bar(total) if sys.stderr.isatty() else nullcontext(_Ticker(total))


class _Ticker:
    def __init__(self, total: int | None) -> None:
        self._total = total
        self._told = time.monotonic()

    def __call__(self, summary: Summary) -> None:
        if time.monotonic() - self._told >= _SECONDS_BETWEEN_LINES:
            self._told = time.monotonic()
            say(_counts(summary, self._total))


class _Bar(AbstractContextManager[Callable[["Summary"], None]]):
    def __init__(self, total: int | None) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._total = total
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=talk(), transient=True)

    def __enter__(self) -> Callable[[Summary], None]:
        self._progress.start()
        bar = self._progress.add_task("", total=self._total)

        def told(summary: Summary) -> None:
            self._progress.update(bar, completed=summary.stats.cases, description=_counts(summary, None))

        return told

    def __exit__(self, *problem: object) -> None:
        self._progress.stop()


def _counts(summary: Summary, total: int | None) -> str:
    words = ", ".join(f"{n} {status.value}" for status, n in summary.statuses.items() if n)
    return f"{summary.stats.cases}{'' if total is None else f' of {total}'} cases: {words}"


@writing()
def _print_summary(spec: Spec, summary: Summary) -> None:
    """Statuses with intervals, the cost, and per clause how often it held on the first answer and on what was delivered."""
    from lightwing.core.outcome import Verdict
    from lightwing.core.statistics import Rate

    out, stats = console(), summary.stats
    table = grid("status", "cases", "share, 95 % interval", right=("cases",))
    for status, count in summary.statuses.items():
        table.add_row(status.value, str(count), str(Rate(hits=count, n=stats.cases)))
    out.print(table)
    table = grid(
        "clause", "kind", "text", "met at first", "met when delivered", "fails", "unread", right=("fails", "unread")
    )
    for clause in spec.clauses:
        counts = summary.clauses.get(clause.id)
        if counts is None:
            continue
        fails, unread = counts.delivered[Verdict.FAIL], counts.delivered[Verdict.UNKNOWN]
        kind = "[exact]" if clause.exact else "[judged]"
        table.add_row(
            clause.id, kind, clause.text, _held(counts.first), _held(counts.delivered), str(fails), str(unread)
        )
    out.print(table)
    price = "price unknown" if stats.price is None else f"price {stats.price:.6g}"
    calls = stats.calls + stats.judge_calls
    each = f"{calls / stats.cases:.2f} per case" if stats.cases else "no case"
    out.print(f"{calls} calls ({each}, {stats.judge_calls} of judges), {stats.tokens} tokens, {price}")


@writing()
def _print_risk(summary: Summary, wired: Wiring) -> None:
    """What was asked of the error rate, what is expected of it, and what that rests on."""
    from lightwing.story import percent

    if wired.target.error is None:
        return
    asked = f"asked for: at most {percent(wired.target.error)} of what is delivered is wrong"
    if not summary.reckoned:
        console().print(f"{asked}; nothing was delivered")
        return
    mean = percent(summary.wrong_expected / summary.reckoned)
    standing = _standing(summary)
    some = f" for {summary.certified} of {summary.reckoned} deliveries" if standing == "partly certified" else ""
    console().print(f"{asked}; expected: {mean}, {standing}{some} ({wired.rests_on})")
    if summary.read_again:
        warned = (
            f"the watch warned, the level is now {summary.level:.3g}" if summary.drift_warnings else "no drift seen"
        )
        console().print(f"{summary.read_again} deliveries were read again: {warned}")


def _risk_json(summary: Summary, wired: Wiring) -> dict[str, Any] | None:
    if wired.target.error is None:
        return None
    return {
        "target": wired.target.error,
        "confidence": wired.target.confidence,
        "expected_wrong": summary.wrong_expected,
        "of": summary.reckoned,
        "standing": _standing(summary),
        "certified": summary.certified,
        "certificate": certificate_json(wired.certificate),
        "drift": {
            "read_again": summary.read_again,
            "warnings": summary.drift_warnings,
            "level": summary.level,
        },
        "basis": "assumed" if wired.errors is None else wired.errors.basis,
        "errors": None if wired.errors is None else wired.errors.id,
    }


def _standing(summary: Summary) -> str:
    """Of all deliveries together."""
    if not summary.certified:
        return "estimated"
    return "certified" if summary.certified == summary.reckoned else "partly certified"


def _held(counts: dict[Any, int]) -> str:
    """Met, of those that somebody could read and that applied."""
    from lightwing.core.outcome import Verdict

    met, fails = counts[Verdict.PASS], counts[Verdict.FAIL]
    return f"{met} of {met + fails}" if met + fails else "-"


def _summary_json(spec: Spec, summary: Summary, task: str) -> dict[str, Any]:
    from lightwing.core.statistics import wilson

    stats = summary.stats
    low, high = wilson(stats.delivered, stats.cases)
    return {
        "task": task,
        "spec": spec.id,
        "cases": stats.cases,
        "resumed": summary.resumed,
        "statuses": {status.value: n for status, n in summary.statuses.items()},
        "delivered": {"n": stats.delivered, "of": stats.cases, "low": low, "high": high},
        "calls": stats.calls,
        "judge_calls": stats.judge_calls,
        "tokens": stats.tokens,
        "seconds": stats.seconds,
        "price": stats.price,
        "clauses": [
            {
                "id": clause.id,
                "text": clause.text,
                "exact": clause.exact,
                "first": {v.value: n for v, n in summary.clauses[clause.id].first.items()},
                "delivered": {v.value: n for v, n in summary.clauses[clause.id].delivered.items()},
            }
            for clause in spec.clauses
            if clause.id in summary.clauses
        ],
        "errors": summary.errors,
    }


def _plan_all(spec: Spec, wired: Wiring, args: argparse.Namespace) -> int:
    """The plan of a whole file: what its cases come to at most."""
    plans, broken = asyncio.run(_plans(spec, wired, _path(args.cases), keep_going=args.keep_going))
    price = None if any(p["price"] is None for p in plans) else sum(p["price"] for p in plans)
    why = next((p["why"] for p in plans if p["why"]), "")
    calls = None if any(p["calls"] is None for p in plans) else sum(p["calls"] for p in plans)
    if args.json:
        emit_json({"dry_run": True, "cases": len(plans), "broken": broken, "calls": calls, "price": price, "why": why})
        return 0
    emit(f"{len(plans)} cases; {len(spec.exact)} exact clauses, {len(spec.judged)} judged")
    emit(f"at most {'any number of' if calls is None else calls} calls")
    emit(f"highest price: {'unknown' if price is None else f'{price:.6g}'}{f' ({why})' if why else ''}")
    return 0


async def _plans(spec: Spec, wired: Wiring, path: Path, *, keep_going: bool) -> tuple[list[dict[str, Any]], int]:
    from lightwing.cli.run import plan_json, plan_of
    from lightwing.run import read_cases

    plans: list[dict[str, Any]] = []
    broken = 0
    async with wired.open(spec) as runner:
        for case in _usable(read_cases(path), keep_going=keep_going):
            if case is None:
                broken += 1
            else:
                plans.append(plan_json(plan_of(runner, case)))
    return plans, broken


def _usable(cases: Iterable[Case | LightwingError], *, keep_going: bool) -> Iterator[Case | None]:
    for case in cases:
        if not isinstance(case, LightwingError):
            yield case
        elif keep_going:
            yield None
        else:
            raise case
