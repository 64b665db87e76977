"""`lightwing check` reads an existing answer; `lightwing checks` lists what code can decide."""

from __future__ import annotations

import argparse
from typing import Any

from lightwing.cli.sources import (
    add_json_option,
    add_spec_options,
    case_of,
    read_text,
    refuse_one_stdin,
    spec_of,
)
from lightwing.cli.terminal import console, emit_json, grid, say, writing
from lightwing.cli.verbs import AddVerb

__all__ = ["add"]


def add(add_verb: AddVerb) -> None:
    check = add_verb(
        "check", _check, help="read an existing answer against a spec, without a model; exit 1 when a clause fails"
    )
    check.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    check.add_argument("answer", metavar="ANSWER", help='file with the answer; "-" reads standard input')
    check.add_argument("-p", "--prompt", metavar="TEXT", help="the request that was answered")
    check.add_argument("--case", metavar="FILE", help="the request as a JSON case: messages, tools")
    add_spec_options(check)
    add_json_option(check)
    checks = add_verb("checks", _checks, help="list the checks and their arguments")
    checks.add_argument("name", metavar="NAME", nargs="?", help="show one check with the schema of its arguments")
    add_json_option(checks)


def _check(args: argparse.Namespace) -> int:
    from lightwing.api import status_of
    from lightwing.cli.show import print_syndrome, syndrome_json
    from lightwing.core.case import Answer, Case
    from lightwing.core.outcome import Status
    from lightwing.spec import bind

    refuse_one_stdin(args.spec, args.answer, args.prompt)
    spec = spec_of(args.spec, args=args)
    case = case_of(args, prompt=args.prompt) or Case.ask("")
    answer = Answer(text=read_text(args.answer, what="answer"))
    syndrome = bind(spec, profile=args.profile).read(case, answer)
    empty = not answer.text.strip()
    status = Status.NOT_MET if empty else status_of(spec, syndrome)
    if args.json:
        emit_json(syndrome_json(spec, syndrome, status))
    else:
        print_syndrome(spec, syndrome)
        say(
            f"status: {status.value}; {len(syndrome.failed)} fail, {len(syndrome.unknown)} unread, of {len(spec.clauses)} clauses"
        )
    if empty:
        say("The answer is empty; an empty answer meets nothing, whatever its clauses say.")
    return 0 if status in (Status.VERIFIED, Status.CHECKED) else 1


def _checks(args: argparse.Namespace) -> int:
    from lightwing.checks import registered, schema

    if args.name is not None:
        emit_json({"name": args.name, "arguments": schema(args.name)})
        return 0
    if args.json:
        emit_json({name: schema(name) for name in registered()})
        return 0
    table = grid("check", "arguments", "meaning")
    for name in registered():
        of = schema(name)
        table.add_row(name, " ".join(_argument(n, of) for n in of["properties"]), of["description"])
    with writing():
        console().print(table)
    return 0


def _argument(name: str, schema: dict[str, Any]) -> str:
    return name if name in schema.get("required", ()) else f"[{name}]"
