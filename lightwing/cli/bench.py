"""`lightwing bench`: the published figures. Each prints a table, or with `--json` exactly one object; exit 1 when a goal is missed."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from lightwing.cli.sources import add_json_option, share, whole
from lightwing.cli.terminal import console, emit, emit_json, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import InputError

if TYPE_CHECKING:
    from lightwing.bench.goals import BenchResult

__all__ = ["add"]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


C = TypeVar("C", bound=_Named)

Bench = Callable[[argparse.Namespace], "BenchResult"]

_PROMPTS = "the requests: JSONL, plain or gzipped, in the form of the mifeval set"
_OUTPUTS = "models' recorded answers to them, with the verdicts of IFEval's own checkers"
_SEED = "seed of all that is drawn (default 0)"


def add(add_verb: AddVerb) -> None:
    parser = add_verb("bench", _none, help="measure a published figure again; exit 1 when a goal is missed")
    benches = parser.add_subparsers(metavar="BENCH", title="benches", required=True)

    def bench(name: str, run: Bench, help: str) -> argparse.ArgumentParser:
        made = benches.add_parser(name, help=help, description=help)
        made.set_defaults(handler=lambda args: _report(run(args), args), own=made)
        made.add_argument("--details", action="store_true", help="list single disagreements after the tables")
        add_json_option(made)
        return made

    compile = bench("compile", _compile, "clauses read from raw prompts against typed constraints")
    compile.add_argument("--prompts", metavar="FILE", type=_file, required=True, help="JSONL; one object per prompt")
    compile.add_argument("--format", choices=("mifeval", "muldimif", "paraphrases"), default="mifeval")
    compile.add_argument(
        "--half", choices=("all", "dev", "held"), default="all", help="one half of the prompts, by a hash of their keys"
    )
    compile.add_argument("--mismatches", type=whole, default=0, metavar="N", help="list this many differences")

    checks = bench("checks", _checks, "verdicts of the checks against recorded ones; throughput")
    checks.add_argument("--prompts", metavar="FILE", type=_file, required=True, help=_PROMPTS)
    checks.add_argument("--outputs", metavar="FILE", type=_file, required=True, help=_OUTPUTS)
    checks.add_argument(
        "--profile", choices=("default", "ifeval"), default="default", help="whose definitions the checks count by"
    )
    checks.add_argument("--reference", action="store_true", help="time lm_eval's checkers beside ours, where installed")

    documents = bench("documents", _documents, "obligations found in instruction documents against gold by reading")
    documents.add_argument(
        "--data", metavar="DIR", type=_file, help="folder with custom_assistants and taubench (default: ../shared/data)"
    )

    taubench = bench("taubench", _taubench, "an airline's rules on tools and consent over recorded trials of an agent")
    taubench.add_argument(
        "--data", metavar="DIR", type=_file, help="folder of the recorded trials (default: ../shared/data/taubench)"
    )

    replay = bench("replay", _replay, "a cascade over recorded answers, from the raw prompt alone")
    replay.add_argument("--prompts", metavar="FILE", type=_file, required=True, help=_PROMPTS)
    replay.add_argument("--outputs", metavar="FILE", type=_file, required=True, help=_OUTPUTS)
    replay.add_argument(
        "--cascade",
        metavar="MODEL[=PRICE],…",
        required=True,
        help="the models that are asked in turn, cheapest first, by their names in the answers' file, with the price of a call",
    )
    replay.add_argument(
        "--profile",
        choices=("default", "ifeval"),
        default="ifeval",
        help="whose definitions read the answers; ifeval, like the recorded truth, unless told otherwise",
    )
    replay.add_argument("--fix", action="store_true", help="apply deterministic fixes; truth by the profile ifeval")
    replay.add_argument(
        "--target-error",
        type=_shares,
        metavar="RATE,…",
        help="hold to these error rates (such as 2%%,5%%): calibrate on one half of the prompts, deliver the other",
    )
    replay.add_argument(
        "--splits",
        type=whole,
        default=200,
        metavar="N",
        help="with --target-error: so many random halves (default 200)",
    )

    repair = bench("repair", _repair, "the loop on the simulated model against the exact optimum")
    repair.add_argument(
        "--tasks", type=whole, default=20_000, metavar="N", help="requests put through each decoder (default 20000)"
    )
    repair.add_argument(
        "--growth-tasks",
        type=whole,
        default=2_000,
        metavar="N",
        help="requests for documents of 5, 10, 20 and 40 clauses each (default 2000)",
    )
    repair.add_argument("--seed", type=int, default=0, metavar="N", help=_SEED)

    embedded = bench("embedded", _embedded, "the embedded model on requests it never saw, alone and corrected")
    embedded.add_argument("--requests", type=whole, default=1000, metavar="N", help="requests written raw")
    embedded.add_argument(
        "--corrected", type=whole, default=300, metavar="N", help="of 3 to 5 wishes, put through the loop"
    )
    embedded.add_argument("--weights", metavar="DIR", type=_file, help="another model of the same form")
    embedded.add_argument("--seed", type=int, default=20_261_123, metavar="N", help="seed of the requests")

    decoders = bench(
        "decoders", _decoders, "fixed budgets and cost-optimal where checks lie and errors persist, simulated"
    )
    decoders.add_argument(
        "--part",
        choices=("cells", "decision", "distance", "drift", "guarantee", "embedded"),
        default="cells",
        help="cells: every decoder in every world (default); decision: how long one takes; distance: cost-optimal against the exact optimum; guarantee: 500 times calibrate and deliver; embedded: the embedded model and judge",
    )
    decoders.add_argument(
        "--cases", type=whole, default=20_000, metavar="N", help="cases of every world and seed (default 20000)"
    )
    decoders.add_argument("--seeds", type=whole, default=2, metavar="N", help="this many seeds, from 1 on (default 2)")
    decoders.add_argument(
        "--only",
        metavar="TEXT",
        default="",
        help="only the cells whose name has this in it (of the distance: worlds, targets, blind spots)",
    )
    decoders.add_argument("--quick", action="store_true", help="few cases, one seed: a look, not a measurement")

    gateway = bench("gateway", _gateway, "what the gateway adds to an upstream of no cost, beside the LiteLLM proxy")
    gateway.add_argument(
        "--beside", metavar="DIR", type=Path, help="environment of the LiteLLM proxy; it is installed there if need be"
    )
    gateway.add_argument(
        "--part",
        choices=("load", "faults"),
        default="load",
        help="load (default); faults: broken upstreams and callers, a store that is locked or full, kill -9 under load 20 times",
    )
    gateway.add_argument(
        "--quick", action="store_true", help="one short round and few requests: a look, not a measurement"
    )

    recombine = bench("recombine", _recombine, "what joining the good parts of several drafts saves, simulated")
    recombine.add_argument(
        "--tasks", type=whole, default=5_000, metavar="N", help="requests, with and without joining (default 5000)"
    )
    recombine.add_argument("--seed", type=int, default=0, metavar="N", help=_SEED)

    judges = bench(
        "judges", _judges, "recorded judges combined without labels, and with a few, against people's labels"
    )
    judges.add_argument("--data", metavar="DIR", type=_file, help="folder of LLMBar (default: ../shared/data/llmbar)")
    judges.add_argument(
        "--draws",
        type=whole,
        default=200,
        metavar="N",
        help="draws of 20 labels for each case study (default 200, some minutes)",
    )
    judges.add_argument("--seed", type=int, default=0, metavar="N", help=_SEED)
    judges.add_argument("--plot", metavar="FILE", type=_file, help="draw the reliability diagram (.svg, .png, .pdf)")

    store = bench("store", _store, "the trace store: traces added a second, lists and counts, memory of an export")
    store.add_argument("--traces", type=whole, default=50_000, metavar="N", help="in the store when it is read")
    store.add_argument("--store", metavar="URL", help="measure this empty PostgreSQL database instead of a new file")

    every = _add_all(benches)
    every.add_argument("--data", metavar="DIR", type=_file, required=True, help="folder of the public data sets")
    every.add_argument("--write", metavar="FILE", type=_file, help="write the page of figures (Markdown)")


def _add_all(benches: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    help = "every figure of docs/benchmarks.md, one after another; exit 1 when a goal is missed"
    every = benches.add_parser("all", help=help, description=help)
    every.set_defaults(handler=_all)
    add_json_option(every)
    return every


def _all(args: argparse.Namespace) -> int:
    import datetime

    from lightwing.bench.everything import figures, page, together

    done = []
    for figure in figures(_found(args.data)):
        say(f"{figure.about} …")
        done.append((figure, figure.run()))
        if not args.json:
            with writing():
                done[-1][1].print(console())
    if args.write is not None:
        args.write.write_text(page(done, today=datetime.date.today()), encoding="utf-8")
    return _report(together(done, command=_command(args)), args)


def _store(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.store import run

    return run(traces=args.traces, place=args.store, command=_command(args), told=say)


def _embedded(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench import embedded

    own = {} if args.weights is None else {"folder": args.weights}
    return embedded.run(requests=args.requests, corrected=args.corrected, seed=args.seed, **own)


def _report(result: BenchResult, args: argparse.Namespace) -> int:
    if args.json:
        emit_json(result.to_json())
    else:
        with writing():
            result.print(console())
        for line in result.details if getattr(args, "details", False) or getattr(args, "mismatches", 0) else ():
            emit(line)
    return result.exit_code


def _none(args: argparse.Namespace) -> int:
    raise AssertionError("a bench is required by the parser")


def _shares(text: str) -> tuple[float, ...]:
    return tuple(share(each) for each in text.split(","))


def _file(text: str) -> Path:
    return Path(text)


def _found(path: Path) -> Path:
    if not path.exists():
        raise InputError("There is no such file.", where=str(path), hint="Give the path of the data.")
    return path


def _command(args: argparse.Namespace) -> str:
    return shlex.join(["lightwing", *args.argv])


def _compile(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.compile import run

    return run(_found(args.prompts), format=args.format, half=args.half, mismatches=args.mismatches)


def _checks(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.checks import run

    return run(
        _found(args.prompts),
        _found(args.outputs),
        profile=args.profile,
        reference=args.reference,
        command=_command(args),
    )


def _documents(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.documents import run

    return run(args.data, command=_command(args))


def _taubench(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.documents import default_data
    from lightwing.bench.taubench import run

    return run(_found(args.data or default_data() / "taubench"), command=_command(args))


def _decoders(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.decoders import CELLS, run

    if args.part == "guarantee":
        return _guarantee(args)
    if args.part == "decision":
        from lightwing.bench import decision

        return decision.run(decisions=50 if args.quick else 300, command=_command(args), told=say)
    if args.part == "distance":
        from lightwing.bench import distance

        instances, cases = (12, 1000) if args.quick else (200, 10_000)
        parts = [part for part in ("worlds", "targets", "blind spots") if args.only in part]
        if not parts:
            raise InputError(
                "No part of the distance has that in its name.",
                where=args.only,
                hint="There are: worlds, targets, blind spots.",
            )
        return distance.run(
            instances=instances if "worlds" in parts else 0,
            cases=cases,
            targets=distance.TARGETS if "targets" in parts else (),
            spots=distance.SPOTS if "blind spots" in parts else (),
            command=_command(args),
            told=say,
        )
    if args.part == "drift":
        from lightwing.bench import drift

        runs, asked = (2, 500) if args.quick else (8, 3000)
        return drift.run(
            runs=runs, requests=asked, cells=_chosen(drift.CELLS, args.only), command=_command(args), told=say
        )
    if args.part == "embedded":
        from lightwing.bench import decoders_embedded

        requests, traces = (10, 20) if args.quick else (100, 200)
        return decoders_embedded.run(requests=requests, traces=traces, command=_command(args), told=say)
    cells = _chosen(CELLS, args.only)
    cases, seeds = (400, 1) if args.quick else (args.cases, args.seeds)
    return run(cells=cells, cases=cases, seeds=range(1, seeds + 1), command=_command(args), told=say)


def _guarantee(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench import guarantee

    fits, trials, cases = (2, 5, 2000) if args.quick else (20, 25, 100_000)
    cells = _chosen(guarantee.CELLS, args.only)
    return guarantee.run(cells=cells, fits=fits, trials=trials, cases=cases, command=_command(args), told=say)


def _chosen(cells: Sequence[C], only: str) -> list[C]:
    """The cells whose name has this text in it."""
    found = [cell for cell in cells if only in cell.name]
    if not found:
        names = ", ".join(cell.name for cell in cells)
        raise InputError("No cell has that in its name.", where=only, hint=f"There are: {names}.")
    return found


def _gateway(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench import gateway_faults
    from lightwing.bench.gateway import install_litellm, run

    if args.part == "faults":
        kills, locked = (3, 5.0) if args.quick else (20, 30.0)
        return gateway_faults.run(kills=kills, locked=locked, command=_command(args), told=say)
    beside = None if args.beside is None else install_litellm(args.beside, told=say)
    if args.quick:
        return run(
            litellm=beside, processes=(1,), rounds=1, seconds=1.0, requests=2000, command=_command(args), told=say
        )
    return run(litellm=beside, command=_command(args), told=say)


def _recombine(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.recombine import run

    return run(tasks=args.tasks, seed=args.seed, command=_command(args))


def _judges(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.documents import default_data
    from lightwing.bench.judges import run

    data = _found(args.data or default_data() / "llmbar")
    return run(data, draws=args.draws, seed=args.seed, plot=args.plot, command=_command(args))


def _replay(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.replay import parse_cascade, run

    if args.target_error is not None:
        from lightwing.bench.replay_target import run as run_at_target

        return run_at_target(
            prompts=_found(args.prompts),
            outputs=_found(args.outputs),
            cascade=parse_cascade(args.cascade),
            targets=args.target_error,
            profile=args.profile,
            fix=args.fix,
            splits=args.splits,
            command=_command(args),
        )
    return run(
        prompts=_found(args.prompts),
        outputs=_found(args.outputs),
        cascade=parse_cascade(args.cascade),
        profile=args.profile,
        fix=args.fix,
        command=_command(args),
    )


def _repair(args: argparse.Namespace) -> BenchResult:
    from lightwing.bench.repair import run

    return run(tasks=args.tasks, growth_tasks=args.growth_tasks, seed=args.seed, command=_command(args))
