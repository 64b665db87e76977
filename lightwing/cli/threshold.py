"""`lightwing threshold`: where redundancy begins to help, simulated or measured on a real model."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.sources import (
    add_config_option,
    add_json_option,
    add_models,
    add_spec_options,
    cases_of,
    share,
    spec_of,
    whole,
)
from lightwing.cli.terminal import console, emit, emit_json, grid, progress, refuse_page, say, write_page, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.core.case import Case
    from lightwing.core.clause import Spec
    from lightwing.lab.dialled import By, Dial, Measuring
    from lightwing.lab.threshold import Axis, Curve
    from lightwing.run import Runner

__all__ = ["add"]

_POINTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
_READINGS, _TEXTS = (1, 3, 5), (1, 2, 4)
_TEMPERATURES = (0.2, 0.6, 1.0, 1.4)
_MOST_SETTINGS = 4
_CASES, _CLAUSES = 4000, 4


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "threshold",
        _threshold,
        help="wrong of delivered against the lapse rate or a judge's noise, for several levels of redundancy, simulated or of a real model",
        description="Without SPEC it simulates a model and a judge at rising rates of error, each answer read once, three times, five times. With SPEC it asks a real model, whose lapse "
        "rate is raised by its temperature or by the number of clauses, and delivers the best of 1, 2, 4 texts; it says first what that may cost. It prints the share "
        "wrong of what is delivered: below the place where the curves cross redundancy helps, above it it harms; where there is no such place it says 'no crossing'.",
    )
    parser.add_argument(
        "--level",
        type=whole,
        metavar="N",
        action="append",
        help="a level of redundancy; give three or more (default: 1, 3 and 5 readings of each answer, odd numbers; of a real model 1, 2 and 4 texts)",
    )
    parser.add_argument("--page", metavar="FILE", help="also write a page of plots (HTML; needs the extra plots)")
    simulated = parser.add_argument_group("simulated")
    simulated.add_argument(
        "--axis",
        choices=("lapse", "false_pass"),
        help="what grows: the model's lapse rate, or the share of violations that a reading passes (default)",
    )
    simulated.add_argument(
        "--point", type=share, metavar="RATE", action="append", help="where to measure (0.05 or 5%%); repeat for more"
    )
    simulated.add_argument("--clauses", type=whole, metavar="N", help=f"clauses of the document (default {_CLAUSES})")
    simulated.add_argument("--cases", type=whole, metavar="N", help=f"cases for each point (default {_CASES})")
    real = parser.add_argument_group("of a real model")
    real.add_argument(
        "spec",
        metavar="SPEC",
        nargs="?",
        help="a spec file (.yaml), or a document; only clauses that code decides are used",
    )
    real.add_argument(
        "--requests", metavar="FILE", help="requests as JSONL, in the form of `batch`; 50 or more show something"
    )
    real.add_argument(
        "--dial",
        choices=("temperature", "clauses"),
        help="what makes the model err more: its temperature (default), or being asked for the first N clauses of SPEC",
    )
    real.add_argument(
        "--setting",
        type=_setting,
        metavar="X",
        action="append",
        help="of the dial; repeat for more (default: temperatures 0.2, 0.6, 1 and 1.4; up to four numbers of clauses)",
    )
    real.add_argument(
        "--by",
        choices=("answers", "repairs"),
        help="more texts are fresh answers, or repairs of the best so far (default)",
    )
    real.add_argument(
        "--journal", metavar="FILE", help="keep what was paid for, so that the same command goes on after a kill"
    )
    real.add_argument("--dry-run", action="store_true", help="print what it may cost; ask nobody")
    add_models(parser)
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _setting(text: str) -> float:
    """A number of at least 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("a number of at least 0 is needed")
    return value


def _threshold(args: argparse.Namespace) -> int:
    refuse_page(args.page)
    real = ("requests", "dial", "setting", "by", "journal", "dry_run", "model", "judge", "escalate")
    simulated = ("axis", "point", "clauses", "cases")
    if args.spec is None:
        _refuse(args, real, "is for a real model", "Give SPEC, or leave it out.")
        return _simulated(args)
    _refuse(args, simulated, "is for a simulation", "Leave it out, or leave out SPEC.")
    return _real(args)


def _refuse(args: argparse.Namespace, names: Sequence[str], what: str, hint: str) -> None:
    for name in names:
        if getattr(args, name):
            raise ConfigError(f"--{name.replace('_', '-')} {what}.", hint=hint)


def _simulated(args: argparse.Namespace) -> int:
    from lightwing.lab.threshold import crossing, curves
    from lightwing.lab.world import World

    clauses, cases = args.clauses or _CLAUSES, args.cases or _CASES
    axis: Axis = args.axis or "false_pass"
    points, seed = sorted(set(args.point or _POINTS)), args.seed or 0
    found = curves(
        World(clauses=clauses), axis=axis, points=points, levels=args.level or _READINGS, cases=cases, seed=seed
    )
    about = {"axis": axis, "clauses": clauses, "cases": cases, "seed": seed}
    _show(args, found, crossing(found), axis=axis.replace("_", " "), about=about)
    return 0


def _real(args: argparse.Namespace) -> int:
    from lightwing.cli.config import load_config, measuring
    from lightwing.cli.sources import wiring
    from lightwing.lab.dialled import exact_part

    if args.escalate:
        raise ConfigError("--escalate is not for threshold: it measures one model.", hint="Leave it out.")
    if len(args.judge) > 1:
        raise ConfigError("Two judges were given; it reads with one.", hint="Leave one out.")
    if args.temperature is not None and args.dial != "clauses":
        raise ConfigError("--temperature was given, and the temperature is the dial.", hint="Give it with --setting.")
    if args.requests is None:
        raise ConfigError("There are no requests.", hint="Give --requests FILE.")
    spec = spec_of(args.spec, args=args)
    exact = exact_part(spec)
    cases = cases_of(Path(args.requests))
    settings = _settings(args, len(exact.clauses))
    wired = wiring(args, measuring(load_config(args.config), calls=1))

    async def measured() -> int:
        async with wired.open(spec) as runner:
            return await _measured(args, runner, spec, cases, settings, left_out=len(spec.clauses) - len(exact.clauses))

    return asyncio.run(measured())


def _settings(args: argparse.Namespace, clauses: int) -> list[float]:
    if args.dial != "clauses":
        return sorted(set(args.setting or _TEMPERATURES))
    if clauses < 2:
        raise ConfigError(
            "Code decides one clause of this spec: their number is no dial.", hint="Give --dial temperature."
        )
    for setting in args.setting or ():
        if setting != int(setting) or not 1 <= setting <= clauses:
            raise ConfigError(
                f"--setting {setting:g} is no number of clauses.", hint=f"Give whole numbers from 1 to {clauses}."
            )
    steps = min(_MOST_SETTINGS, clauses)
    return sorted(set(args.setting or (float(round(clauses * (i + 1) / steps)) for i in range(steps))))


async def _measured(
    args: argparse.Namespace, runner: Runner, spec: Spec, cases: list[Case], settings: list[float], *, left_out: int
) -> int:
    from lightwing.lab.dialled import Measuring, measuring_task
    from lightwing.lab.journal import Journal
    from lightwing.lab.threshold import crossing

    model, judge = runner.models[0], runner.judges[0] if runner.judges else None
    dial: Dial = args.dial or "temperature"
    by: By = args.by or "repairs"
    seed = runner.seed or 0
    with ExitStack() as stack:
        path = None if args.journal is None or args.dry_run else Path(args.journal)
        task = measuring_task(spec, cases, model, judge, dial=dial, by=by, seed=seed, most=runner.sampling)
        journal = stack.enter_context(Journal(path, task=task))
        work = Measuring(
            spec=spec,
            cases=cases,
            model=model,
            judge=judge,
            dial=dial,
            by=by,
            settings=settings,
            levels=args.level or _TEXTS,
            journal=journal,
            sampling=runner.sampling,
            seed=seed,
        )
        _tell_cost(args, runner, work, cases[0], left_out)
        if args.dry_run:
            return 0
        if journal.records:
            say(f"{len(journal.records)} texts are in {path} already and are not asked for again.")
        show = stack.enter_context(progress("measuring", len(settings) * len(cases)))
        work.told = show
        made = await work.run()
    for failure in dict.fromkeys(made.failures):
        say(f"a request failed and counts nowhere: {failure}")
    about = {
        "dial": dial,
        "by": by,
        "settings": list(made.settings),
        "lapses": [r.value for r in made.lapses],
        "model": model.name,
        "judge": None if judge is None else judge.name,
        "requests": len(cases),
        "failures": len(made.failures),
        "seed": seed,
    }
    names = [f"{s:g}" for s in made.settings]
    _show(args, made.curves, crossing(made.curves), axis="lapse rate", about=about, settings=(dial, names))
    return 0


def _tell_cost(args: argparse.Namespace, runner: Runner, work: Measuring, case: Case, left_out: int) -> None:
    from dataclasses import replace

    from lightwing.cli.run import plan_of

    plan = plan_of(replace(runner, budget=replace(runner.budget, calls=work.most_calls)), case)
    if args.dry_run and args.json:
        emit_json({"dry_run": True, "calls": work.most_calls, "price": plan.price, "why": plan.why})
        return
    tell = emit if args.dry_run else say
    price = "unknown" if plan.price is None else f"{plan.price:.6g}"
    if left_out:
        tell(f"left out, for code cannot decide them and nobody knows when they are broken: {left_out} of the clauses")
    tell(
        f"{len(work.cases)} requests at {len(work.settings)} settings, up to {max(work.levels)} texts each: at most {work.most_calls} calls"
        f"{' (half of them readings)' if work.judge is not None else ''}; highest price: {price}{f' ({plan.why})' if plan.why else ''}"
    )


def _show(
    args: argparse.Namespace,
    found: Sequence[Curve],
    place: tuple[float, float] | None,
    *,
    axis: str,
    about: dict[str, Any],
    settings: tuple[str, Sequence[str]] | None = None,
) -> None:
    """The page, and the object or the table. `settings`: the dial and its settings, a row each."""
    from lightwing.lab.page import rate, threshold_page

    said = (
        "no crossing"
        if place is None
        else f"the curves cross between {axis} {100 * place[0]:.3g} % and {100 * place[1]:.3g} %"
    )
    points = found[0].points
    if args.page is not None:
        write_page(args.page, threshold_page(found, axis=axis, said=said, place=place, settings=settings))
    if args.json:
        curves = [
            {
                "level": c.level,
                "points": list(c.points),
                "wrong": [r.value for r in c.wrong],
                "low": [r.interval[0] for r in c.wrong],
                "high": [r.interval[1] for r in c.wrong],
                "delivered": [r.value for r in c.delivered],
            }
            for c in found
        ]
        emit_json({**about, "curves": curves, "crossing": None if place is None else list(place)})
        return
    with writing():
        first = () if settings is None else (settings[0],)
        table = grid(*first, axis, *(f"{c.name}: wrong of delivered" for c in found))
        for i, point in enumerate(points):
            row = () if settings is None else (settings[1][i],)
            table.add_row(*row, f"{100 * point:.3g} %", *(rate(c.wrong[i]) for c in found))
        console().print(table)
        console().print(said)
