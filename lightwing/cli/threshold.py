"""`lightwing threshold`: where redundancy begins to help."""

from __future__ import annotations

import argparse

from lightwing.cli.sources import add_json_option, share, whole
from lightwing.cli.terminal import console, emit_json, grid, refuse_page, write_page, writing
from lightwing.cli.verbs import AddVerb

__all__ = ["add"]

_POINTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "threshold",
        _threshold,
        help="wrong of delivered against the lapse rate or a judge's noise for several levels of redundancy; says where the curves cross",
        description="Simulates a model and a judge at rising rates of error, each answer read once, three times, five times, and prints the share wrong of what is delivered. "
        "Below the place where the curves cross more redundancy helps, above it it harms; where there is no such place it says 'no crossing'.",
    )
    parser.add_argument(
        "--axis",
        choices=("lapse", "false_pass"),
        default="false_pass",
        help="what grows: the model's lapse rate, or the share of violations that a reading passes (default)",
    )
    parser.add_argument(
        "--point", type=share, metavar="RATE", action="append", help="where to measure (0.05 or 5%%); repeat for more"
    )
    parser.add_argument(
        "--level",
        type=whole,
        metavar="N",
        action="append",
        help="readings of each answer, an odd number; repeat for more (default 1, 3 and 5)",
    )
    parser.add_argument("--clauses", type=whole, metavar="N", default=4, help="clauses of the document (default 4)")
    parser.add_argument(
        "--cases", type=whole, metavar="N", default=4000, help="simulated cases for each point (default 4000)"
    )
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="seed of the simulation (default 0)")
    parser.add_argument("--page", metavar="FILE", help="also write a page with the plot (HTML; needs the extra plots)")
    add_json_option(parser)


def _threshold(args: argparse.Namespace) -> int:
    from lightwing.lab.page import rate, threshold_page
    from lightwing.lab.threshold import crossing, curves
    from lightwing.lab.world import World

    refuse_page(args.page)
    world = World(clauses=args.clauses)
    points = sorted(set(args.point or _POINTS))
    found = curves(
        world, axis=args.axis, points=points, levels=args.level or (1, 3, 5), cases=args.cases, seed=args.seed
    )
    place = crossing(found)
    said = "no crossing" if place is None else f"the curves cross between {100 * place[0]:g} % and {100 * place[1]:g} %"
    axis = args.axis.replace("_", " ")
    if args.page is not None:
        write_page(args.page, threshold_page(found, axis=axis, said=said, place=place))
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
        table = grid(axis, *(f"{c.name}: wrong of delivered" for c in found))
        for i, point in enumerate(points):
            table.add_row(f"{100 * point:g} %", *(rate(c.wrong[i]) for c in found))
        console().print(table)
        console().print(said)
    return 0
