"""The main job on the example document: compile it, answer eight letters under correction, show what was corrected. `make demo` runs this."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

import lightwing
from lightwing import Spec, Trace
from lightwing.core.statistics import Rate, mean_interval
from lightwing.story import check_text, deeds

HERE = Path(__file__).parent
MODEL = "simulated:weak"
WIDTH = 132


async def answers(spec: Spec, requests: list[dict[str, str]]) -> list[Trace]:
    """Each letter answered under correction, at most eight calls each."""
    cases = [lightwing.Case.ask(r["input"], id=r["id"]) for r in requests]
    return [await lightwing.ask_async(spec, case, model=MODEL, budget=8) for case in cases]


def show_spec(out: Console, spec: Spec) -> None:
    table = Table(box=box.SIMPLE_HEAD, title="What code can decide", title_justify="left", width=WIDTH)
    for column in ("clause", "in the document", "check"):
        table.add_column(column)
    for clause in spec.exact:
        table.add_row(clause.id, clause.text, check_text(clause))
    out.print(table)
    out.print(
        f"{len(spec.judged)} more clauses can only be read by a judge (none is configured here), for example: {spec.judged[-1].text}"
    )


def show_correction(out: Console, spec: Spec, trace: Trace) -> None:
    raw = trace.candidates[0]
    table = Table(
        box=box.ROUNDED, title=f"Letter: {trace.case.messages[-1].content}", title_justify="left", width=WIDTH
    )
    failed = len(trace.syndromes[raw.id].failed)
    table.add_column(f"the model alone: {failed} clause{' fails' if failed == 1 else 's fail'}", ratio=1)
    table.add_column(f"delivered: {trace.status.value}", ratio=1)
    table.add_row(raw.answer.text, trace.answer)
    out.print(table)
    out.print("Failed in the first answer:")
    for id in trace.syndromes[raw.id].failed:
        out.print(f"  {id}  {spec.clause(id).text}\n      {trace.syndromes[raw.id].outcomes[id].reason}")
    out.print("What was done:")
    for deed in deeds(trace):
        out.print(f"  {deed}")


def show_figures(out: Console, traces: list[Trace]) -> None:
    n = len(traces)
    alone = Rate(hits=sum(not t.syndromes[t.candidates[0].id].failed for t in traces), n=n)
    corrected = Rate(hits=sum(t.status.value in ("verified", "checked") for t in traces), n=n)
    calls = [t.cost.calls for t in traces]
    interval = mean_interval(sum(calls), sum(c * c for c in calls), n)
    assert interval is not None
    table = Table(box=box.SIMPLE_HEAD, title=f"{n} letters", title_justify="left", width=WIDTH)
    for column in ("", "every exact clause holds", "calls per answer, 95 % interval"):
        table.add_column(column)
    table.add_row("the model alone", str(alone), "1")
    table.add_row("with Lightwing", str(corrected), f"{sum(calls) / n:.2f} ({interval[0]:.2f} to {interval[1]:.2f})")
    out.print(table)


def main() -> None:
    out = Console(width=WIDTH, highlight=False, markup=False, emoji=False)
    spec = lightwing.compile(HERE / "workshop.md")
    requests = [
        json.loads(line) for line in (HERE / "workshop-requests.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    out.print(
        f"Document: examples/workshop.md. It compiles to {len(spec.exact)} exact and {len(spec.judged)} judged clauses."
    )
    show_spec(out, spec)
    out.print(
        "The model is SIMULATED, until Lightwing ships one of its own: it writes filler text in which each clause fails by chance (1 in 5 in a fresh "
        "answer), and it can be asked to repair. Checks, fixes, repairs and counts are real; the prose is not.\n"
    )
    traces = asyncio.run(answers(spec, requests))
    show_correction(out, spec, max(traces, key=lambda t: (len({type(e.action) for e in t.events}), len(t.events))))
    show_figures(out, traces)
    out.print(
        "With a model of yours:\n  .venv/bin/lightwing run examples/workshop.md -p 'Are you open on Saturdays?' --model openai:NAME --base-url URL"
    )


if __name__ == "__main__":
    main()
