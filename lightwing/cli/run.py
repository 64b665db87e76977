"""`lightwing run`: one request, corrected."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config
from lightwing.cli.sources import (
    Wiring,
    add_certificate_option,
    add_config_option,
    add_json_option,
    add_model_options,
    add_spec_options,
    case_of,
    refuse_one_file,
    refuse_one_stdin,
    spec_of,
    wiring,
)
from lightwing.cli.stores import store_of
from lightwing.cli.terminal import emit, emit_json, say, working
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.core.case import Case
    from lightwing.core.clause import Spec
    from lightwing.core.trace import Trace
    from lightwing.run import Plan, Runner

__all__ = ["add", "plan_json", "plan_of", "tell_plan"]


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "run", _run, help="ask a model and correct its answer until every clause holds; exit 1 when one does not"
    )
    parser.add_argument(
        "doc",
        metavar="DOC",
        nargs="?",
        help="a spec file (.yaml) or a document; without one the prompt's own wishes are checked",
    )
    parser.add_argument("-p", "--prompt", metavar="TEXT", help='the request; "-" reads standard input')
    parser.add_argument("--case", metavar="FILE", help="the request as a JSON case: messages, tools")
    parser.add_argument(
        "--no-wishes", action="store_true", help='do not check what the request itself demands ("in at most 50 words")'
    )
    parser.add_argument("--trace", metavar="FILE", help="append the trace to this JSONL file")
    parser.add_argument(
        "--store", metavar="STORE", help="add the trace to this store: an SQLite file, or a URL (docs/store.md)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the plan and the highest price; ask nobody")
    add_model_options(parser)
    add_certificate_option(parser)
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _run(args: argparse.Namespace) -> int:
    from lightwing.cli.show import tell_trace
    from lightwing.core.outcome import Status

    config = load_config(args.config)
    wired = wiring(args, config)
    refuse_one_stdin(args.doc, args.prompt)
    case = case_of(args, prompt=args.prompt)
    if case is None:
        raise ConfigError("There is no request.", hint='Give it with -p "…", or on standard input with -p -.')
    spec, base = _spec(args, case)
    wired.refuse_conflicts(spec, where=args.doc)
    if args.dry_run:
        plan = asyncio.run(_plan(spec, base, case, wired))
        emit_json(plan_json(plan)) if args.json else tell_plan(plan)
        return 0
    with ExitStack() as files:
        keep = _files(files, trace=args.trace, store=store_of(args.store, config))
        with working(f"asking {wired.models[0].address}"):
            trace = asyncio.run(_answer(spec, base, case, wired))
        trace = replace(trace, metadata={**trace.metadata, "task": wired.task(spec)})
        try:
            for add_trace in keep:
                add_trace(trace)
        finally:  # an answer that was paid for is given, although its trace cannot be kept
            if args.json:
                emit_json(_trace_json(spec, trace, wired))
            else:
                if trace.delivered is not None and not trace.withheld and (trace.answer or not trace.tool_calls):
                    emit(trace.answer)
                tell_trace(spec, trace)
    return 0 if trace.status in (Status.VERIFIED, Status.CHECKED) else 1


def _spec(args: argparse.Namespace, case: Case) -> tuple[Spec, str]:
    """The spec of this request, and the id of the one that it starts from, which does not know the request."""
    if args.doc is not None:
        spec = spec_of(args.doc, args=args)
        if args.no_wishes:
            return spec, spec.id
        from lightwing.api import spec_of_request

        wished = spec_of_request(spec, case)
        for note in wished.notes[len(spec.notes) :]:
            say(f"the request: {note}")
        return wished, spec.id
    if args.document is not None:
        raise ConfigError(
            "--document says which document a spec file belongs to, and there is no spec file.", hint="Give DOC."
        )
    from lightwing.api import spec_of_prompt

    spec = spec_of_prompt(case, language=args.language)
    return spec, spec.id


def _files(stack: ExitStack, *, trace: str | None, store: str | None) -> Sequence[Callable[[Trace], object]]:
    """Opens what the trace is to be kept in before anything is asked: a file that cannot be written costs no call."""
    from lightwing.store import JsonlTraces, TraceStore

    refuse_one_file(trace, store)
    adds: list[Callable[[Trace], object]] = []
    if trace is not None:
        adds.append(stack.enter_context(JsonlTraces(trace)).add)
    if store is not None:
        adds.append(stack.enter_context(TraceStore(store)).add)
    return adds


async def _answer(spec: Spec, base: str, case: Case, wired: Wiring) -> Trace:
    async with wired.open(spec, base=base) as runner:
        return await runner.run(case)


async def _plan(spec: Spec, base: str, case: Case, wired: Wiring) -> Plan:
    async with wired.open(spec, base=base) as runner:
        return plan_of(runner, case)


def plan_of(runner: Runner, case: Case) -> Plan:
    """The plan of a runner for one case."""
    from lightwing.run import plan

    return plan(
        runner.bound,
        case,
        models=runner.models,
        judges=runner.judges,
        judge_prices=[getattr(j, "price", None) for j in runner.judges],
        decoder=runner.decoder.name,
        budget=runner.budget,
        sampling=runner.sampling,
    )


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON object; `price` is null where it is unknown, and `why` says why."""
    import msgspec

    made: dict[str, Any] = msgspec.to_builtins(plan)
    return {"dry_run": True, **made}


def tell_plan(plan: Plan) -> None:
    """The plan for people: data, so it goes to stdout."""
    emit(f"models: {' -> '.join(plan.models)}; judges: {', '.join(plan.judges) or 'none'}; decoder: {plan.decoder}")
    emit(f"clauses: {plan.exact} exact, {plan.judged} judged")
    if plan.judged and not plan.judges:
        emit("without a judge the best status is checked: the judged clauses stay unread")
    limits = {"calls": plan.calls, "tokens": plan.tokens, "seconds": plan.seconds}
    emit("at most: " + ", ".join(f"{'any number of' if v is None else v} {k}" for k, v in limits.items()))
    emit(
        f"highest price: {'unknown' if plan.price is None else f'{plan.price:.6g}'}{f' ({plan.why})' if plan.why else ''}"
    )


def _trace_json(spec: Spec, trace: Trace, wired: Wiring) -> dict[str, Any]:
    """Status, answer and outcomes first, the whole trace after them."""
    import json

    import msgspec

    from lightwing.cli.show import certificate_json, syndrome_json
    from lightwing.store import encode_trace

    read = (
        syndrome_json(spec, trace.syndrome, trace.status)
        if trace.delivered is not None
        else {"status": trace.status.value}
    )
    price = (
        None
        if trace.cost.price is None or trace.judge_cost.price is None
        else trace.cost.price + trace.judge_cost.price
    )
    given = trace.delivered is not None
    return {
        **read,
        "answer": trace.answer if given and not trace.withheld else None,
        "withheld": trace.answer if given and trace.withheld else None,
        "risk": None if trace.risk is None else msgspec.to_builtins(trace.risk),
        "certificate": certificate_json(wired.certificate),
        "tool_calls": [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in trace.tool_calls],
        "calls": trace.cost.calls + trace.judge_cost.calls,
        "tokens": trace.cost.tokens + trace.judge_cost.tokens,
        "seconds": trace.cost.seconds,
        "price": price,
        "error": trace.error,
        "trace": json.loads(encode_trace(trace)),
    }
