"""`lightwing traces`: what a store holds; listed, shown, exported, labelled, removed."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config
from lightwing.cli.sources import add_config_option, add_json_option, whole
from lightwing.cli.stores import STORE_VARIABLE, moment, store_of
from lightwing.cli.terminal import console, emit, emit_json, grid, say, visible, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError, StoreError
from lightwing.core.ids import short_id

if TYPE_CHECKING:
    from lightwing.core.trace import Trace
    from lightwing.store import Filter, Label, TraceRow, TraceStore

__all__ = ["add"]

_MARKS = {"pass": "pass", "fail": "FAIL", "skip": "-", "unknown": "?"}
_SAID = {"met": True, "not-met": False, "take-back": None}
_STATUSES = ("verified", "checked", "not_met", "abstained")


def add(add_verb: AddVerb) -> None:
    parser = add_verb("traces", _none, help="list, show, export, label and remove the traces of a store")
    jobs = parser.add_subparsers(metavar="JOB", title="jobs", required=True)

    def job(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        made = jobs.add_parser(name, help=help, description=help)
        made.set_defaults(handler=run, own=made)
        made.add_argument(
            "--store", metavar="STORE", help=f"an SQLite file or a URL (default: ${STORE_VARIABLE}, then run.store)"
        )
        add_config_option(made)
        add_json_option(made)
        return made

    ls = job("ls", _ls, "list traces, newest first")
    _add_filters(ls)
    ls.add_argument("-n", "--limit", type=whole, default=50, metavar="N", help="at most so many (default 50)")
    ls.add_argument("--before", type=whole, metavar="NUMBER", help="go on below this number: the next page")

    show = job("show", _show, "one trace: what was asked, done, read and delivered")
    show.add_argument("id", metavar="ID", help="a trace's id, or how it begins")

    export = job("export", _export, "write traces to a file: JSONL, or Parquet (extra: parquet)")
    _add_filters(export)
    export.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output, JSONL only")
    export.add_argument("--format", choices=("jsonl", "parquet"), help="default: by the end of the file's name")
    export.add_argument("--force", action="store_true", help="write over a file that is there")

    label = job("label", _label, "say whether a clause is met in a trace; the last word counts, and calibrate uses it")
    label.add_argument("id", metavar="ID", help="a trace's id, or how it begins")
    label.add_argument("clause", metavar="CLAUSE", help="the clause's id")
    label.add_argument("said", metavar="SAID", choices=tuple(_SAID), help="met, not-met or take-back")
    label.add_argument("--candidate", metavar="ID", help="which candidate (default: the delivered one)")
    label.add_argument("--who", metavar="NAME", help="who says so (default: your login)")

    prune = job("prune", _prune, "remove old traces; those that somebody labelled stay")
    prune.add_argument(
        "--before", type=moment, metavar="TIME", required=True, help="started before: 2026-01-31, or 90d"
    )
    prune.add_argument("--owner", metavar="KEY", help="of this API key only")
    prune.add_argument("--labelled-too", action="store_true", help="remove labelled traces as well")
    prune.add_argument("--dry-run", action="store_true", help="count them; remove nothing")


def _add_filters(parser: argparse.ArgumentParser) -> None:
    wanted = parser.add_argument_group("which traces")
    wanted.add_argument("--spec", metavar="ID", help="of this spec: its id, or how it begins")
    wanted.add_argument("--status", choices=_STATUSES)
    wanted.add_argument("--model", metavar="NAME", help="in which this model wrote a candidate")
    wanted.add_argument("--task", metavar="ID")
    wanted.add_argument("--case", metavar="ID", help="of the case with this id")
    wanted.add_argument("--owner", metavar="KEY", help='of this API key; "" for those of none')
    wanted.add_argument("--since", type=moment, metavar="TIME", help="started at or after: 2026-01-31, or 12h (ago)")
    wanted.add_argument("--until", type=moment, metavar="TIME", help="started before")
    labelled = wanted.add_mutually_exclusive_group()
    labelled.add_argument("--labelled", action="store_true", default=None, help="that somebody labelled")
    labelled.add_argument("--unlabelled", dest="labelled", action="store_false", help="that nobody labelled")
    wanted.add_argument("--failed", action="store_true", default=None, help="that ended in an error")


def _none(args: argparse.Namespace) -> int:
    raise AssertionError("a job is required by the parser")


def _open(args: argparse.Namespace) -> TraceStore:
    from lightwing.store import TraceStore

    name = store_of(args.store, load_config(args.config))
    if name is None:
        raise ConfigError(
            "No store is named.",
            hint=f"Give --store FILE or URL, set {STORE_VARIABLE}, or run.store in lightwing.yaml.",
        )
    return TraceStore(name, create=False)


def _filter(store: TraceStore, args: argparse.Namespace) -> Filter:
    from lightwing.core.outcome import Status
    from lightwing.store import Filter

    return Filter(
        spec=None if args.spec is None else _spec(store, args.spec),
        status=None if args.status is None else Status(args.status),
        model=args.model,
        task=args.task,
        case=args.case,
        owner=args.owner,
        since=args.since,
        until=args.until,
        labelled=args.labelled,
        failed=args.failed,
    )


def _spec(store: TraceStore, start: str) -> str:
    known = list(store.specs())
    found = [start] if start in known else [spec for spec in known if spec.startswith(start)]
    if len(found) != 1:
        what = "Several specs begin so" if found else "No trace is of such a spec"
        names = ", ".join(short_id(spec) for spec in (found or known)[:8]) or "none"
        raise ConfigError(f"{what}.", where=f"--spec {start}", hint=f"There are: {names}.")
    return found[0]


def _id(store: TraceStore, start: str) -> str:
    """The one id that begins so."""
    found = store.ids(start, limit=3) if start else []
    if start in found or len(found) == 1:
        return start if start in found else found[0]
    if not found:
        raise StoreError(f"There is no trace {start!r}.", where=store.path, hint="List them: lightwing traces ls.")
    raise ConfigError("Several traces begin so.", where=start, hint="Give more of the id.")


def _ls(args: argparse.Namespace) -> int:
    with _open(args) as store:
        page = store.rows(_filter(store, args), before=args.before, limit=args.limit)
    if args.json:
        emit_json({"store": store.path, "traces": [_row_json(row) for row in page.rows], "next": page.next})
        return 0
    right = ("calls", "tokens", "seconds", "price", "P(wrong)", "labels")
    table = grid("id", "started (UTC)", "spec", "case", "status", "models", *right, right=right)
    for row in page.rows:
        table.add_row(*map(visible, _cells(row)))
    with writing():
        console().print(table)
    if page.next is not None:
        say(f"There are more: go on with --before {page.next}")
    return 0


def _cells(row: TraceRow) -> tuple[str, ...]:
    return (
        row.id[:12],
        _clock(row.time),
        row.spec[:12],
        row.case,
        row.error or row.status.value,
        ", ".join(row.models),
        str(row.calls),
        str(row.tokens),
        f"{row.seconds:.1f}",
        "?" if row.price is None else f"{row.price:.4g}",
        "" if row.wrong is None else f"{row.wrong:.3g}",
        str(row.labels or ""),
    )


def _row_json(row: TraceRow) -> dict[str, Any]:
    import msgspec

    made: dict[str, Any] = msgspec.to_builtins(row)
    return made


def _clock(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:g}"


def _show(args: argparse.Namespace) -> int:
    with _open(args) as store:
        id = _id(store, args.id)
        trace, row, labels = store.get(id), store.row(id), list(store.labels(trace=id))
    if args.json:
        import json

        import msgspec

        from lightwing.store import encode_trace

        emit_json({**_row_json(row), "labelled": msgspec.to_builtins(labels), "trace": json.loads(encode_trace(trace))})
        return 0
    _tell(trace, row, labels)
    return 0


def _emit(text: str) -> None:
    """What people and models wrote is shown, not obeyed."""
    emit(visible(text))


def _tell(trace: Trace, row: TraceRow, labels: list[Label]) -> None:
    from lightwing.story import deeds, money, risk_line

    _emit(f"trace {row.id}")
    _emit(
        f"started {_clock(row.time)} UTC; spec {short_id(row.spec)}; decoder {row.decoder}; models {', '.join(row.models)}"
    )
    of = f"; key {row.owner}" if row.owner else ""
    _emit(
        f"case {row.case or '(without an id)'}; status {row.status.value}{f' ({row.error})' if row.error else ''}{of}"
    )
    if row.redacted:
        _emit("Fields were redacted before it was written.")
    if risk := risk_line(trace):
        _emit(risk)
    for message in trace.case.messages:
        _emit(f"\n{message.role}:\n{message.content}")
        for call in message.tool_calls:
            _emit(f"calls {call.name} {call.arguments}")
    _emit("\nwhat was done:")
    for line in deeds(trace):
        _emit(f"  {line}")
    for candidate in trace.candidates:
        mark = ", delivered" if candidate.id == trace.delivered else ""
        parent = f" of {candidate.origin.parent}" if candidate.origin.parent else ""
        _emit(f"\n{candidate.id} ({candidate.origin.how}{parent} by {candidate.origin.model or 'code'}{mark}):")
        _emit(candidate.answer.text)
        for call in candidate.answer.tool_calls:
            _emit(f"calls {call.name} {call.arguments}")
    _tell_outcomes(trace, labels)
    seconds, tokens = trace.cost.seconds, row.tokens
    _emit(f"cost: {row.calls} calls, {tokens} tokens, {seconds:.1f} s, {money(trace.cost, trace.judge_cost)}")


def _tell_outcomes(trace: Trace, labels: list[Label]) -> None:
    """Clauses by candidates, what people said, and why the delivered candidate fails."""
    read = [c.id for c in trace.candidates if c.id in trace.syndromes]
    clauses = dict.fromkeys(clause for id in read for clause in trace.syndromes[id].outcomes)
    said = {(label.candidate, label.clause): label for label in labels}
    table = grid("clause", *read, "said")
    for clause in clauses:
        outcomes = [trace.syndromes[id].outcomes.get(clause) for id in read]
        words = ["" if outcome is None else _MARKS[outcome.verdict.value] for outcome in outcomes]
        people = [f"{id}: {'met' if x.met else 'not met'} ({x.who})" for id in read if (x := said.get((id, clause)))]
        table.add_row(*map(visible, (clause, *words, "; ".join(people))))
    if clauses:
        with writing():
            console().print(table)
    for clause in trace.syndrome.failed if trace.delivered in trace.syndromes else ():
        _emit(f"{clause} fails: {trace.syndrome.outcomes[clause].reason}")


def _export(args: argparse.Namespace) -> int:
    from lightwing.store.export import export_jsonl, export_parquet

    output: Path | None = args.output
    form = args.format or ("parquet" if output is not None and output.suffix == ".parquet" else "jsonl")
    if output is None and (args.json or form == "parquet"):
        why = "--json says what was written" if args.json else "Parquet is no text"
        raise ConfigError(f"{why}: a file is needed.", hint="Give -o FILE.")
    if output is not None and output.exists() and not args.force:
        raise ConfigError("The file is there already.", where=str(output), hint="Give another name, or --force.")
    with _open(args) as store:
        if output is not None and output.exists() and Path(store.path).exists() and output.samefile(store.path):
            raise ConfigError("This is the store itself.", where=str(output), hint="Give another name.")
        wanted = _filter(store, args)
        if output is None:
            with writing():
                export_jsonl(store, sys.stdout.buffer, wanted)
            return 0
        count = (export_parquet if form == "parquet" else export_jsonl)(store, output, wanted)
    if args.json:
        emit_json({"store": store.path, "output": str(output), "format": form, "traces": count})
    else:
        say(f"{count} traces in {output}")
    return 0


def _label(args: argparse.Namespace) -> int:
    with _open(args) as store:
        id = _id(store, args.id)
        said = store.label(id, args.clause, _SAID[args.said], who=_who(args.who), candidate=args.candidate)
    if args.json:
        import msgspec

        emit_json(msgspec.to_builtins(said))
    else:
        say(
            f"{args.said}: {said.clause} of {said.candidate} in {short_id(id)}, says {said.who or 'nobody in particular'}"
        )
    return 0


def _who(given: str | None) -> str:
    if given is not None:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _prune(args: argparse.Namespace) -> int:
    from lightwing.store import Filter

    with _open(args) as store:
        if args.dry_run:
            kept = None if args.labelled_too else False
            count = store.count(Filter(until=args.before, owner=args.owner, labelled=kept))
        else:
            count = store.prune(before=args.before, keep_labelled=not args.labelled_too, owner=args.owner)
        left = store.count()
    if args.json:
        emit_json({"store": store.path, "dry_run": args.dry_run, "removed": count, "left": left})
    else:
        verb = "would be removed" if args.dry_run else "removed"
        emit(f"{count} traces {verb}; {left} in the store")
    return 0
