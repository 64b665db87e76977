"""`lightwing compile`: a document into a spec."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lightwing.cli.config import load_config
from lightwing.cli.sources import add_config_option, add_json_option, read_text
from lightwing.cli.terminal import emit_json, say, working
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.core.clause import Spec

__all__ = ["add"]


def add(add_verb: AddVerb) -> None:
    parser = add_verb("compile", _compile, help="compile a document into clauses with checks")
    parser.add_argument(
        "document", metavar="DOC", help='the document (text or Markdown, UTF-8); "-" reads standard input'
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the spec as YAML")
    parser.add_argument("--force", action="store_true", help="overwrite an edited spec file")
    parser.add_argument("--language", metavar="CODE", help="language of the document (default: told from the text)")
    parser.add_argument(
        "--kind",
        choices=("document", "prompt"),
        help="a document of standing rules, or one request (default: told from the text)",
    )
    parser.add_argument("--with-model", metavar="MODEL", help="let this model read the document, under the same schema")
    parser.add_argument("--base-url", metavar="URL", help="endpoint of an openai: address")
    parser.add_argument("--key-env", metavar="NAME", help="variable that holds its key (default OPENAI_API_KEY)")
    add_config_option(parser)
    add_json_option(parser)


def _compile(args: argparse.Namespace) -> int:
    from lightwing.cli.show import print_spec, spec_json

    if args.output is not None and args.document != "-":
        _refuse_own_document(Path(args.output), Path(args.document))
    spec, text = _read(args)
    if args.output is not None:
        _write(Path(args.output), spec, force=args.force)
    if args.json:
        emit_json(spec_json(spec))
    else:
        print_spec(spec, text)
    if args.output is not None:
        say(f"Written: {args.output} (spec {spec.id[:12]}).")
    return 0


def _read(args: argparse.Namespace) -> tuple[Spec, str]:
    """The spec and the document it was made from."""
    from lightwing.spec import compile_document, read_document

    name = "standard input" if args.document == "-" else Path(args.document).name
    text = read_text("-", what="document") if args.document == "-" else read_document(Path(args.document))
    if args.with_model is None:
        return compile_document(text, name=name, language=args.language, kind=args.kind), text
    with working(f"{args.with_model} reads {name}"):
        return asyncio.run(_assisted(args, text, name)), text


async def _assisted(args: argparse.Namespace, text: str, name: str) -> Spec:
    from contextlib import AsyncExitStack

    from lightwing.api import open_one
    from lightwing.cli.sources import address_of
    from lightwing.spec import compile_with_model

    at = address_of(args.with_model, config=load_config(args.config), base_url=args.base_url, key_env=args.key_env)
    async with AsyncExitStack() as stack:
        model = await open_one(at, stack)
        return await compile_with_model(text, model=model, name=name, language=args.language)


def _refuse_own_document(output: Path, document: Path) -> None:
    """Not even --force writes the spec over the document that it is made from."""
    try:
        same = output.samefile(document)
    except OSError:  # one of them is not there
        return
    if same:
        raise ConfigError("-o names the document itself.", where=str(output), hint="Give the spec a name of its own.")


def _write(path: Path, spec: Spec, *, force: bool) -> None:
    """An existing file is left alone unless it says the same already: it may hold a person's edits."""
    from lightwing.spec import dump_spec, save_spec

    try:
        differs = path.exists() and not force and path.read_bytes() != dump_spec(spec).encode()
    except OSError as error:
        raise ConfigError(
            f"The spec cannot be written there: {error.strerror}.", where=str(path), hint="Give the path of a file."
        ) from None
    if differs:
        raise ConfigError(
            "The file exists and differs.", where=str(path), hint="Choose another name, or overwrite it with --force."
        )
    save_spec(spec, path)
