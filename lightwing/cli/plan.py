"""`lightwing plan`: what targets would cost, before anything is run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.sources import add_json_option, add_spec_options, share, spec_of, whole
from lightwing.cli.terminal import console, emit_json, grid, progress, refuse_page, say, write_page, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.core.clause import Spec
    from lightwing.lab.plan import Offer

__all__ = ["add"]

_TARGETS = (0.01, 0.02, 0.05, 0.1)
ANSWER_TOKENS = 300


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "plan",
        _plan,
        help="what each error rate would cost and how much would be delivered, from an error model",
        description="Simulates the decoder for each target by the error model; asks nobody. Prints the share delivered, the share wrong of it, and calls, tokens and price "
        "per case. A target that fewer than half of the cases meet is called unreachable, with the clauses and the judge that stand in the way. Exit 1 where no target is reachable.",
    )
    parser.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    parser.add_argument(
        "--errors", metavar="FILE", required=True, help="the error model that `lightwing calibrate` wrote for this spec"
    )
    parser.add_argument(
        "--target-error",
        type=share,
        metavar="RATE",
        action="append",
        help="at most this share of what is delivered may be wrong (0.05 or 5%%); repeat for more (default 1, 2, 5 and 10%%)",
    )
    parser.add_argument(
        "--answer-tokens",
        type=whole,
        metavar="N",
        default=ANSWER_TOKENS,
        help=f"length of an answer, for estimates where the calibration counted no tokens (default {ANSWER_TOKENS})",
    )
    parser.add_argument(
        "--cases", type=whole, metavar="N", default=2000, help="simulated cases for each target (default 2000)"
    )
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="seed of the simulation (default 0)")
    parser.add_argument("--page", metavar="FILE", help="also write a page of plots (HTML; needs the extra plots)")
    add_spec_options(parser)
    add_json_option(parser)


def _plan(args: argparse.Namespace) -> int:
    from lightwing.core.risk import refuse_stale
    from lightwing.lab.files import load_errors
    from lightwing.lab.plan import offer, tokens_of

    refuse_page(args.page)
    spec = spec_of(args.spec, args=args)
    errors = load_errors(Path(args.errors))
    refuse_stale(errors, spec=spec.id, models=(), judges=(), where=args.errors)
    models, judges = tuple(errors.rungs), tuple(errors.judges)
    if not models:
        raise ConfigError("The error model knows no model.", where=args.errors, hint="Calibrate with one.")
    tokens = tokens_of(errors, spec, models, judges, answer=args.answer_tokens)
    targets = sorted(set(args.target_error or _TARGETS))
    offers = []
    with progress("planning", len(targets)) as show:
        for n, target in enumerate(targets):
            show(n, f"{100 * target:g} %")
            made = offer(
                errors,
                spec,
                target=target,
                models=models,
                judges=judges,
                answer=args.answer_tokens,
                cases=args.cases,
                seed=args.seed,
            )
            offers.append(made)
    if args.page is not None:
        from lightwing.lab.page import plan_page

        write_page(args.page, plan_page(offers, spec, tokens=str(tokens)))
    if args.json:
        emit_json(
            {
                "errors": errors.id,
                "basis": errors.basis,
                "cases": args.cases,
                "seed": args.seed,
                "tokens_estimated": list(tokens.estimated),
                "offers": [_json(o) for o in offers],
            }
        )
    else:
        _tell(offers, spec)
        say(f"means per case of {args.cases} simulated cases a target, by error model {errors.id[:12]} (basis: {errors.basis}); {tokens}")  # fmt: skip
    return 0 if any(o.reachable for o in offers) else 1


def _json(o: Offer) -> dict[str, Any]:
    from dataclasses import asdict

    low, high = o.wrong.interval
    price, cheap, dear = o.price or (None, None, None)
    return {
        "target": o.target,
        "reachable": o.reachable,
        "delivered": o.delivered.value,
        "wrong": o.wrong.value,
        "wrong_low": low,
        "wrong_high": high,
        "calls": o.calls,
        "readings": o.readings,
        "tokens": o.tokens,
        "price": price,
        "price_low": cheap,
        "price_high": dear,
        "blame": [asdict(f) for f in o.blame],
    }


@writing()
def _tell(offers: list[Offer], spec: Spec) -> None:
    from lightwing.lab.plan import blamed

    numbers = ("calls", "readings", "tokens", "price")
    table = grid("target", "delivered", "wrong of delivered", *numbers, right=numbers)
    for o in offers:
        share = f"{100 * (o.delivered.value or 0):.1f} %"
        low, high = (100 * x for x in o.wrong.interval)
        table.add_row(
            f"{100 * o.target:g} %",
            share if o.reachable else f"unreachable ({share})",
            "-" if o.wrong.value is None else f"{100 * o.wrong.value:.2f} % ({low:.2f} to {high:.2f})",
            f"{o.calls:.2f}",
            f"{o.readings:.2f}",
            f"{o.tokens:.0f}",
            "unknown" if o.price is None else f"{o.price[0]:.4g}",
        )
    out = console()
    out.print(table)
    for line in blamed(offers, spec):
        out.print(line)
