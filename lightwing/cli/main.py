"""The program `lightwing`: parses, hands over to a verb, turns errors into one message and an exit code.

Exit codes: 0 done; 1 the result is negative (a clause fails, not met, a goal missed) or a model or a store failed; 2 what was given cannot be used;
3 an optional package is missing; 130 stopped by Ctrl-C; 141 the reader of a pipe went away.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from lightwing.cli import (
    batch,
    bench,
    calibrate,
    certify,
    check,
    compile,
    eval,
    keys,
    plan,
    run,
    serve,
    setup,
    threshold,
    traces,
    train,
)
from lightwing.cli.terminal import prepare, say, writing
from lightwing.cli.verbs import Handler
from lightwing.core.errors import LightwingError

__all__ = ["main"]

_STOPPED, _PIPE_CLOSED = 130, 141

_GROUPS = (
    compile,
    check,
    run,
    batch,
    eval,
    serve,
    keys,
    calibrate,
    certify,
    plan,
    threshold,
    traces,
    setup,
    bench,
    train,
)
"""In the order in which the help shows them."""


class _Parser(argparse.ArgumentParser):
    """Refuses in one message that says what was perhaps meant. Options are not guessed from their first letters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: {message}")
        say(f"See: {self.prog} --help")
        raise SystemExit(2)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: reading package metadata would slow down every start."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        from importlib.metadata import version

        print(version("lightwing"))
        parser.exit(0)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="lightwing", description="Makes a language model follow the whole instruction.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    slots = parser.add_subparsers(metavar="VERB", dest="verb", title="verbs")
    verbs: dict[str, argparse.ArgumentParser] = {}

    def add_verb(name: str, handler: Handler, *, help: str, description: str = "") -> argparse.ArgumentParser:
        verbs[name] = made = slots.add_parser(name, help=help, description=description or help)
        made.set_defaults(handler=handler)
        return made

    for group in _GROUPS:
        group.add(add_verb)
    if argv and not argv[0].startswith("-") and argv[0] not in verbs:
        parser.error(f"there is no verb {argv[0]!r}.{_meant(argv[0], verbs)} There are: {', '.join(verbs)}.")
    args, rest = parser.parse_known_args(argv, argparse.Namespace(argv=list(argv)))
    if rest:
        own = getattr(args, "own", verbs.get(args.verb, parser))
        own.error(f"{rest[0]!r} is not understood.{_meant(rest[0].partition('=')[0], own._option_string_actions)}")
    if args.verb is None:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    return args


def _meant(word: str, choices: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(choices), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code.

    A `LightwingError` becomes one message on stderr and the exit code of its class. Any other exception is a bug of ours and is shown whole.
    """
    prepare()
    args = _parse(sys.argv[1:] if argv is None else argv)
    try:
        code: int = args.handler(args)
        with writing():
            sys.stdout.flush()
    except LightwingError as error:
        say(f"lightwing: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("lightwing: stopped.")
        return _STOPPED
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit; with the pipe gone that would be a second error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return code
