"""The main job on the model that ships with Lightwing: compile a document, answer twenty requests alone and corrected. `make demo` runs this."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

import lightwing
from lightwing import Spec, Trace
from lightwing.core.statistics import Rate, mean_interval
from lightwing.story import check_text, deeds

HERE = Path(__file__).parent
MODEL = "embedded"
BUDGET = 8
SHOWN = 3
WIDTH = 132


async def answers(spec: Spec, requests: list[dict[str, str]]) -> list[Trace]:
    """Each request answered under correction, at most eight calls each; what a request itself demands is checked too."""
    cases = [lightwing.Case.ask(r["input"], id=r["id"]) for r in requests]
    return [await lightwing.ask_async(spec, case, model=MODEL, budget=BUDGET) for case in cases]


def show_spec(out: Console, spec: Spec) -> None:
    table = Table(box=box.SIMPLE_HEAD, title="What code can decide", title_justify="left", width=WIDTH)
    for column in ("clause", "in the document", "check"):
        table.add_column(column)
    for clause in spec.exact:
        table.add_row(clause.id, clause.text, check_text(clause))
    out.print(table)


def show_correction(out: Console, trace: Trace) -> None:
    """The first answer and the delivered one side by side, what failed in the first, and what was done."""
    raw = trace.candidates[0]
    failed = trace.syndromes[raw.id].failed
    table = Table(box=box.ROUNDED, title=trace.case.messages[-1].content, title_justify="left", width=WIDTH)
    table.add_column(f"the model alone: {len(failed)} clause{'s' * (len(failed) != 1)} failed", ratio=1)
    table.add_column(f"delivered: {trace.status.value}", ratio=1)
    table.add_row(raw.answer.text, trace.answer)
    out.print(table)
    for id in failed:
        out.print(f"  {id} failed: {trace.syndromes[raw.id].outcomes[id].reason}")
    out.print("What was done:")
    for deed in deeds(trace):
        out.print(f"  {deed}")
    out.print()


def show_figures(out: Console, traces: list[Trace], seconds: float) -> None:
    n = len(traces)
    alone = Rate(hits=sum(not t.syndromes[t.candidates[0].id].failed for t in traces), n=n)
    corrected = Rate(hits=sum(t.status.value in ("verified", "checked") for t in traces), n=n)
    calls = [t.cost.calls for t in traces]
    interval = mean_interval(sum(calls), sum(c * c for c in calls), n)
    assert interval is not None
    table = Table(box=box.SIMPLE_HEAD, title=f"{n} requests, {seconds:.0f} s", title_justify="left", width=WIDTH)
    for column in ("", "every exact clause holds", "calls per answer, 95 % interval"):
        table.add_column(column)
    table.add_row("the model alone", str(alone), "1")
    table.add_row("with Lightwing", str(corrected), f"{sum(calls) / n:.2f} ({interval[0]:.2f} to {interval[1]:.2f})")
    out.print(table)


def main() -> None:
    out = Console(width=WIDTH, highlight=False, markup=False, emoji=False)
    spec = lightwing.compile(HERE / "storyteller.md")
    lines = (HERE / "storyteller-requests.jsonl").read_text(encoding="utf-8").splitlines()
    out.print(
        f"Document: examples/storyteller.md. It compiles to {len(spec.exact)} exact and {len(spec.judged)} judged clauses."
    )
    show_spec(out, spec)
    out.print(
        "The model is real and small: 1.3 million parameters, trained on a text grammar, on this machine, without a key. It knows short stories, product notes "
        "and mails\nin simple English, and it errs. It is there to try the machinery on; docs/embedded-model.md says what it can and cannot do.\n"
    )
    begun = time.monotonic()
    traces = asyncio.run(answers(spec, [json.loads(line) for line in lines]))
    seconds = time.monotonic() - begun
    corrected = [
        t for t in traces if t.syndromes[t.candidates[0].id].failed and t.status.value in ("verified", "checked")
    ]
    for trace in corrected[:SHOWN]:
        show_correction(out, trace)
    lost = [t for t in traces if t.status.value not in ("verified", "checked")]
    if lost:
        out.print("And one that was not met, which is what Lightwing then says:")
        show_correction(out, lost[0])
    show_figures(out, traces, seconds)
    out.print(
        "With a model of yours:\n  .venv/bin/lightwing run examples/storyteller.md -p 'Write a story about a cat.' --model openai:NAME --base-url URL"
    )


if __name__ == "__main__":
    main()
