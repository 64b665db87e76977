"""`lightwing calibrate`: measures how often models lapse and judges err on one spec."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config, measuring
from lightwing.cli.sources import (
    add_config_option,
    add_json_option,
    add_models,
    add_spec_options,
    cases_of,
    share,
    spec_of,
    whole,
    wiring,
)
from lightwing.cli.terminal import (
    console,
    emit,
    emit_json,
    grid,
    progress,
    refuse_page,
    say,
    write_page,
    writing,
)
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import CaseError, ConfigError
from lightwing.core.files import refuse_no_folder

if TYPE_CHECKING:
    from lightwing.core.case import Case
    from lightwing.core.clause import Spec
    from lightwing.lab.measure import Measured
    from lightwing.lab.sheet import Seen
    from lightwing.run import Plan, Runner
    from lightwing.spec import BoundSpec

__all__ = ["add"]

_BUDGET = 500


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "calibrate",
        _calibrate,
        help="measure how often models lapse and judges err; writes an error model",
        description="Measures one model (or a chain of them) and its judges on one document. Asks each request twice, repairs, plants violations and has every judge read each text "
        "twice or more; says first what it may cost. What it paid for is kept in a journal: the same command goes on after a kill, and with a larger budget. Then use the file: "
        "`plan` for what targets would cost, `run` and `batch` with --errors. Exit 1 when the target is out of reach.",
    )
    parser.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    parser.add_argument("-o", "--output", metavar="FILE", help="the error model (YAML); needed unless --dry-run")
    parser.add_argument(
        "--cases", metavar="FILE", help="requests as JSONL; without it the first model is asked to write some"
    )
    parser.add_argument("--traces", metavar="FILE", help="learn from stored traces (JSONL) of the same spec besides")
    parser.add_argument(
        "--store", metavar="STORE", help="learn from the traces of a store: an SQLite file, or a URL (docs/store.md)"
    )
    parser.add_argument(
        "--labels", metavar="FILE", help="a sheet (see --sheet) in which people have filled in true or false"
    )
    parser.add_argument(
        "--sheet",
        metavar="FILE",
        help='write a sheet to be labelled: JSONL with a line for each text and judged clause and "met": null; labels make rates sure that planted violations only estimate',
    )
    parser.add_argument("--journal", metavar="FILE", help="where the calls are kept (default: OUTPUT.journal.jsonl)")
    parser.add_argument("--page", metavar="FILE", help="also write a page of plots (HTML; needs the extra plots)")
    parser.add_argument("--dry-run", action="store_true", help="print what it may cost; ask nobody")
    add_models(parser)
    when = parser.add_argument_group("when it stops")
    when.add_argument(
        "--target-error",
        type=share,
        metavar="RATE",
        help="the share wrong of delivered that runs shall hold to (0.05 or 5%%): it stops when the rates are known well enough for it, or when it is out of reach; without it "
        "when they are known to within 0.05",
    )
    when.add_argument(
        "--budget-calls",
        type=whole,
        metavar="N",
        help=f"calls of models and judges in all, those of earlier runs of the same command included (default {_BUDGET})",
    )
    when.add_argument(
        "--allow-contradictions", action="store_true", help="calibrate although clauses exclude each other"
    )
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _calibrate(args: argparse.Namespace) -> int:
    target, args.target_error = args.target_error, None  # a calibration holds to no rate itself
    if args.output is None and not args.dry_run:
        raise ConfigError("There is no file to write the error model to.", hint="Give -o errors.yaml.")
    refuse_page(args.page)
    for path, what in ((args.output, "error model"), (args.sheet, "sheet"), (args.journal, "journal")):
        if path is not None and not args.dry_run:
            refuse_no_folder(Path(path), what=what, error=ConfigError)
    spec = spec_of(args.spec, args=args)
    budget = args.budget_calls or _BUDGET
    wired = wiring(args, measuring(load_config(args.config), calls=budget))
    wired.refuse_conflicts(spec, where=args.spec)

    async def whole() -> int:
        async with wired.open(spec) as runner:
            return await _run(args, spec, runner, budget=budget, target=target)

    return asyncio.run(whole())


async def _run(args: argparse.Namespace, spec: Spec, runner: Runner, *, budget: int, target: float | None) -> int:
    from lightwing.core.case import Case
    from lightwing.lab.calibration import Calibration, Progress, calibration_task, calls_of_a_case
    from lightwing.lab.files import save_measured
    from lightwing.lab.journal import Journal
    from lightwing.lab.requests import requests_of

    cases = [] if args.cases is None else cases_of(Path(args.cases))
    one = calls_of_a_case(runner.bound, models=len(runner.models), judges=len(runner.judges))
    plan = _plan(runner, cases[0] if cases else Case.ask("A request of usual length. " * 10), budget)
    _tell_cost(args, one, plan, len(cases), budget)
    if args.dry_run:
        return 0
    more, traces, stored = _seen(args, runner.bound)
    labels = {**stored, **_labels(args.labels)}
    path = Path(args.journal or f"{args.output}.journal.jsonl")
    with ExitStack() as stack:
        seed = runner.seed or 0
        task = calibration_task(runner.bound, cases, runner.models, runner.judges, runner.sampling, seed)
        journal = stack.enter_context(Journal(path, task=task))
        if journal.records:
            say(f"{len(journal.records)} calls are in {path} already and are not made again.")
        if not cases:
            cases, note = await requests_of(spec, runner.models[0], journal)
            say(note)
        show = stack.enter_context(progress("calibrating", budget))

        def told(state: Progress) -> None:
            show(min(state.calls, budget), state.verdict.why)

        made = Calibration(
            bound=runner.bound,
            cases=cases,
            models=runner.models,
            judges=runner.judges,
            journal=journal,
            budget=budget,
            sampling=runner.sampling,
            seed=seed,
            target=target,
            labels=labels,
            more=more,
            traces=traces,
            told=told,
        )
        measured, why = await made.run()
    save_measured(measured, Path(args.output))
    texts = {*made.texts, *(text.id for text in more)}
    if strange := sum(text not in texts for text, _ in labels):
        say(f"{strange} of {len(labels)} labels are of texts that this calibration has not seen: they are not used")
    for failure in dict.fromkeys(made.failures):
        say(f"a call failed: {failure}")
    if args.sheet is not None:
        _write_sheet(args.sheet, spec, made.sheet())
    if args.page is not None:
        from lightwing.lab.page import page_of

        write_page(args.page, page_of(measured, spec, made.reliability(measured)))
    if args.json:
        emit_json({**_json(measured, spec), "calls": made.calls, "stopped": why, "output": args.output})
    else:
        _tell(measured, spec)
        say(f"stopped: {why}; {made.calls} calls; error model {measured.errors.id[:12]} in {args.output}")
    return 1 if why == "out of reach" else 0


def _plan(runner: Runner, case: Case, budget: int) -> Plan:
    from lightwing.cli.run import plan_of

    return plan_of(runner, case)


def _tell_cost(args: argparse.Namespace, one: tuple[int, int], plan: Plan, cases: int, budget: int) -> None:
    price = "unknown" if plan.price is None else f"{plan.price:.6g}"
    if args.dry_run and args.json:
        emit_json(
            {
                "dry_run": True,
                "cases": cases,
                "model_calls_per_case": one[0],
                "judge_calls_per_case": one[1],
                "calls": budget,
                "price": plan.price,
                "why": plan.why,
            }
        )
        return
    tell = emit if args.dry_run else say
    requests = f"{cases} requests" if cases else "requests written by the first model (1 call), for none were given"
    readings = f" and {one[1]} or a few more of judges" if one[1] else ""
    tell(f"{requests}; one of them takes up to {one[0]} calls of models{readings}")
    tell(f"at most {budget} calls in all; highest price: {price}{f' ({plan.why})' if plan.why else ''}")


def _seen(args: argparse.Namespace, bound: BoundSpec) -> tuple[list[Seen], int, dict[tuple[str, str], bool]]:
    """The texts of stored traces of this spec, how many traces that are, and the labels that stand in the store."""
    from lightwing.lab.sheet import seen_of
    from lightwing.store import Filter, Redaction, TraceStore, read_traces

    found: list[Seen] = []
    labels: dict[tuple[str, str], bool] = {}
    known: set[str] = set()
    other = redacted = 0
    with ExitStack() as stack:
        sources: list[Any] = [read_traces(args.traces)] if args.traces else []
        if args.store:
            store = stack.enter_context(TraceStore(args.store, create=False))
            wanted = Filter(spec=bound.spec.id)
            other = store.count() - store.count(wanted)
            sources.append(store.all(wanted))
            labels = {(f"{x.trace}/{x.candidate}", x.clause): x.met for x in store.labels(wanted) if x.met is not None}
        for source in sources:
            for trace in source:
                if trace.spec != bound.spec.id:
                    other += 1
                    continue
                if Redaction.hides_texts(trace):  # what stands in their place would be read as an answer
                    redacted += 1
                    continue
                if trace.id in known:  # a batch may have written it to a file and to a store
                    continue
                known.add(trace.id)
                found.extend(seen_of(trace, bound))
    if args.traces or args.store:
        unused = [f"{n} {what} are not" for n, what in ((other, "of other specs"), (redacted, "redacted ones")) if n]
        say("; ".join([f"{len(known)} traces of this spec are used", *unused]))
    used = {text.id for text in found}
    labels = {(text, clause): met for (text, clause), met in labels.items() if text in used}
    if labels:
        say(f"{len(labels)} labels of the store are used")
    return found, len(known), labels


def _labels(path: str | None) -> dict[tuple[str, str], bool]:
    if path is None:
        return {}
    import json

    found = {}
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"The labels cannot be read: {error}.", where=path) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("clause"), str):
            raise CaseError(
                "This line is no label.",
                where=f"{path}, line {number}",
                hint='Write {"text": …, "clause": …, "met": true}.',
            )
        if row.get("met") is None:
            continue
        if not isinstance(row["met"], bool):
            raise CaseError(f'"met" is {row["met"]!r}; true, false or null is needed.', where=f"{path}, line {number}")
        found[row["text"], row["clause"]] = row["met"]
    return found


def _write_sheet(path: str, spec: Spec, rows: Sequence[tuple[str, str, str]]) -> None:
    import json

    lines = [
        json.dumps(
            {"text": id, "clause": c, "met": None, "rule": spec.clause(c).text, "answer": answer}, ensure_ascii=False
        )
        for id, c, answer in rows
    ]
    write_page(path, "\n".join(lines) + "\n" if lines else "")


def _json(measured: Measured, spec: Spec) -> dict[str, Any]:
    from dataclasses import asdict

    from lightwing.lab.enough import floors

    return {
        "id": measured.errors.id,
        "spec": measured.errors.spec,
        "basis": measured.errors.basis,
        "traces": measured.errors.traces,
        "models": {m: {c: asdict(e) for c, e in rows.items()} for m, rows in measured.lapses.items()},
        "judges": {
            j: {c: {n: asdict(e) for n, e in rates.items()} for c, rates in rows.items()}
            for j, rows in measured.judges.items()
        },
        "floors": [asdict(f) for f in floors(measured.errors, spec)],
    }


@writing()
def _tell(measured: Measured, spec: Spec) -> None:
    """Lapse rates and judges' rates by clause, with intervals."""
    out = console()
    table = grid("clause", "text", *(f"{m} lapses" for m in measured.lapses))
    for clause in spec.clauses:
        if any(clause.id in rows for rows in measured.lapses.values()):
            table.add_row(clause.id, clause.text[:60], *(_rate(rows[clause.id]) for rows in measured.lapses.values()))
    out.print(table)
    if not any(not c.exact for c in spec.clauses):
        return
    for judge, rows in measured.judges.items():
        table = grid("clause", "false pass", "blind", "false fail", title=judge)
        for clause in spec.judged:
            if clause.id in rows:
                table.add_row(clause.id, *(_rate(rows[clause.id][n]) for n in ("false_pass", "blind", "false_fail")))
        out.print(table)


def _rate(e: Any) -> str:
    return f"{100 * e.mean:.1f} % ({100 * e.low:.1f} to {100 * e.high:.1f}, n {e.n})"
