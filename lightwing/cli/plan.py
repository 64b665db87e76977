"""`lightwing plan`: what targets would cost; `lightwing threshold`: where redundancy begins to help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.sources import add_json_option, add_spec_options, share, spec_of, whole
from lightwing.cli.terminal import console, emit_json, grid, progress, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.core.clause import Spec
    from lightwing.lab.plan import Offer

__all__ = ["add"]

_TARGETS = (0.01, 0.02, 0.05, 0.1)
_POINTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "plan",
        _plan,
        help="what each error rate would cost and how much would be delivered, from an error model; exit 1 where none is reachable",
    )
    parser.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    parser.add_argument("--errors", metavar="FILE", required=True, help="what `lightwing calibrate` measured")
    parser.add_argument(
        "--target-error",
        type=share,
        metavar="RATE",
        action="append",
        help="a target; repeat for more (default 1, 2, 5, 10 %%)",
    )
    parser.add_argument(
        "--cases", type=whole, metavar="N", default=2000, help="simulated cases for each target (default 2000)"
    )
    parser.add_argument("--seed", type=int, metavar="N", default=0)
    add_spec_options(parser)
    _add_page(parser)
    add_json_option(parser)
    parser = add_verb(
        "threshold",
        _threshold,
        help="wrong / delivered against lapse rate or judge noise for several levels of redundancy, simulated; says where the curves cross",
    )
    parser.add_argument(
        "--axis", choices=("lapse", "false_pass"), default="false_pass", help="what grows (default false_pass)"
    )
    parser.add_argument(
        "--point", type=share, metavar="RATE", action="append", help="where to measure; repeat for more"
    )
    parser.add_argument(
        "--level",
        type=whole,
        metavar="N",
        action="append",
        help="readings of each answer, odd; repeat (default 1, 3, 5)",
    )
    parser.add_argument("--clauses", type=whole, metavar="N", default=4)
    parser.add_argument(
        "--cases", type=whole, metavar="N", default=4000, help="simulated cases for each point (default 4000)"
    )
    parser.add_argument("--seed", type=int, metavar="N", default=0)
    _add_page(parser)
    add_json_option(parser)


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--page", metavar="FILE", help="also write a page with the plot (HTML; needs the extra plots)")


def _write_page(path: str | None, page: str) -> None:
    if path is not None:
        try:
            Path(path).write_text(page, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"The page cannot be written: {error.strerror}.", where=path) from None


def _plan(args: argparse.Namespace) -> int:
    from lightwing.core.risk import refuse_stale
    from lightwing.lab.files import load_errors
    from lightwing.lab.plan import offer

    spec = spec_of(args.spec, args=args)
    errors = load_errors(Path(args.errors))
    refuse_stale(errors, spec=spec.id, models=(), judges=(), where=args.errors)
    models, judges = tuple(errors.rungs), tuple(errors.judges)
    if not models:
        raise ConfigError("The error model knows no model.", where=args.errors, hint="Calibrate with one.")
    targets = sorted(set(args.target_error or _TARGETS))
    offers = []
    with progress("planning", len(targets)) as show:
        for n, target in enumerate(targets):
            show(n, f"{100 * target:g} %")
            offers.append(
                offer(errors, spec, target=target, models=models, judges=judges, cases=args.cases, seed=args.seed)
            )
    if args.page is not None:
        from lightwing.lab.page import plan_page

        _write_page(args.page, plan_page(offers))
    if args.json:
        emit_json(
            {
                "errors": errors.id,
                "basis": errors.basis,
                "cases": args.cases,
                "seed": args.seed,
                "offers": [_json(o) for o in offers],
            }
        )
    else:
        _tell(offers, spec)
        say(
            f"{args.cases} simulated cases a target, by error model {errors.id[:12]} (basis: {errors.basis}); readings and calls are means per case"
        )
    return 0 if any(o.reachable for o in offers) else 1


def _json(o: Offer) -> dict[str, Any]:
    from dataclasses import asdict

    low, high = o.wrong.interval
    return {
        "target": o.target,
        "reachable": o.reachable,
        "delivered": o.delivered.value,
        "wrong": o.wrong.value,
        "wrong_low": low,
        "wrong_high": high,
        "calls": o.calls,
        "readings": o.readings,
        "price": None if o.price is None else o.price[0],
        "blame": [asdict(f) for f in o.blame],
    }


@writing()
def _tell(offers: list[Offer], spec: Spec) -> None:
    out = console()
    table = grid(
        "target", "delivered", "wrong of delivered", "calls", "readings", "price", right=("calls", "readings", "price")
    )
    for o in offers:
        delivered = (
            f"{100 * (o.delivered.value or 0):.1f} %"
            if o.reachable
            else f"unreachable ({100 * (o.delivered.value or 0):.1f} %)"
        )
        low, high = (100 * x for x in o.wrong.interval)
        wrong = "-" if o.wrong.value is None else f"{100 * o.wrong.value:.2f} % ({low:.2f} to {high:.2f})"
        price = "unknown" if o.price is None else f"{o.price[0]:.4g}"
        table.add_row(f"{100 * o.target:g} %", delivered, wrong, f"{o.calls:.2f}", f"{o.readings:.2f}", price)
    out.print(table)
    for o in offers:
        for f in o.blame:
            who = (
                f"judge {f.judge} is blind to violations"
                if f.judge
                else "no judge reads it"
                if not spec.clause(f.clause).exact
                else "it is broken too often"
            )
            out.print(
                f"{100 * o.target:g} %: clause {f.clause} ({spec.clause(f.clause).text[:60]}): {who}, {100 * f.wrong:.2g} % stay wrong"
            )


def _threshold(args: argparse.Namespace) -> int:
    from lightwing.lab.threshold import crossing, curves
    from lightwing.lab.world import World

    world = World(clauses=args.clauses)
    points = sorted(set(args.point or _POINTS))
    found = curves(
        world, axis=args.axis, points=points, levels=args.level or (1, 3, 5), cases=args.cases, seed=args.seed
    )
    place = crossing(found)
    said = "no crossing" if place is None else f"the curves cross between {100 * place[0]:g} % and {100 * place[1]:g} %"
    if args.page is not None:
        from lightwing.lab.page import threshold_page

        _write_page(args.page, threshold_page(found, args.axis, said))
    if args.json:
        emit_json(
            {
                "axis": args.axis,
                "clauses": args.clauses,
                "cases": args.cases,
                "seed": args.seed,
                "curves": [
                    {
                        "level": c.level,
                        "points": list(c.points),
                        "wrong": [r.value for r in c.wrong],
                        "low": [r.interval[0] for r in c.wrong],
                        "high": [r.interval[1] for r in c.wrong],
                        "delivered": [r.value for r in c.delivered],
                    }
                    for c in found
                ],
                "crossing": None if place is None else list(place),
            }
        )
        return 0
    with writing():
        table = grid(args.axis, *(f"{c.level} readings: wrong of delivered" for c in found))
        for i, point in enumerate(points):
            table.add_row(f"{100 * point:g} %", *(str(c.wrong[i]) for c in found))
        console().print(table)
        console().print(said)
    return 0
