"""`lightwing eval`: models over a suite of cases; one line of a journal for every sample, resumed from it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lightwing.cli.config import load_config
from lightwing.cli.sources import (
    Wiring,
    add_certificate_option,
    add_config_option,
    add_json_option,
    add_model_options,
    add_spec_options,
    spec_of,
    whole,
    wiring,
)
from lightwing.cli.terminal import console, emit_json, grid, progress, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import CaseError, ConfigError, Contradiction, LightwingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from lightwing.core.clause import Spec
    from lightwing.core.result import Result
    from lightwing.core.trace import Trace
    from lightwing.lab.results import Mean, ResultFile
    from lightwing.lab.suite import Sample
    from lightwing.run import Runner

__all__ = ["add"]

_SCORERS = ("clauses", "all-clauses", "exact", "includes", "number", "choice")


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "eval",
        _eval,
        help="run models over a suite of cases; goes on where it stopped; exit 1 when a sample ended in an error",
        description="Each model answers each case once (decoder first, uncorrected, unless --decoder or --target-error is given) and the answer is scored. "
        "Results are appended to the journal; one that is there already is not asked for again.",
    )
    parser.add_argument("models", metavar="MODEL", nargs="+", help="short names of the configuration, or addresses")
    parser.add_argument(
        "suite", metavar="SUITE", help='JSONL: {"id": …, "input": …, "target": …, "metadata": {"path": "a/b"}}'
    )
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the journal of results (JSONL)")
    parser.add_argument(
        "--spec", metavar="FILE", help="what every answer is held against; without it the wishes of each request"
    )
    parser.add_argument(
        "--wishes", action="store_true", help="with --spec: hold answers against the wishes of each request, too"
    )
    parser.add_argument(
        "--score",
        choices=_SCORERS,
        default="clauses",
        help="the share of the clauses (default), all of them, or the target (docs/eval.md)",
    )
    parser.add_argument(
        "--class-key", metavar="KEY", default="path", help="field of metadata with the class (default path)"
    )
    parser.add_argument(
        "--cluster-key",
        metavar="KEY",
        default="cluster",
        help="field of metadata that groups cases for the intervals (default cluster)",
    )
    parser.add_argument(
        "--repeats", type=whole, metavar="N", default=1, help="answers of each model to each case (default 1)"
    )
    parser.add_argument("--concurrency", type=whole, metavar="N", help="cases under way at once (default 16)")
    parser.add_argument("--retry-errors", action="store_true", help="ask again for samples that ended in an error")
    add_model_options(parser, asked=False)
    add_certificate_option(parser)
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _eval(args: argparse.Namespace) -> int:
    from lightwing.core.clause import Spec
    from lightwing.lab.results import ResultFile, summed
    from lightwing.lab.suite import OF_CLAUSES

    suite = Path(args.suite)
    if not suite.is_file():
        raise CaseError(
            "There is no such file, or it can be read but once.",
            where=args.suite,
            hint="Give a JSONL file: it is read once for each model.",
        )
    if len(set(args.models)) < len(args.models):
        raise ConfigError("A model is named twice.", hint="Name each once; --repeats asks it more often.")
    if suite.resolve() == Path(args.output).resolve():
        raise ConfigError("The suite and the journal are the same file.", where=args.output, hint="Give two paths.")
    if args.wishes and args.spec is None:
        raise ConfigError(
            "--wishes adds to --spec, and there is none.", hint="Leave it out: without --spec wishes are read anyway."
        )
    spec = Spec(clauses=()) if args.spec is None else spec_of(args.spec, args=args)
    own = args.wishes or (args.spec is None and args.score in OF_CLAUSES)
    samples = _samples(args, suite)
    config = load_config(args.config)
    if args.decoder is None and args.target_error is None and args.certificate is None:
        args.decoder, args.no_fix = "first", True  # what the model itself said: a fix by code is a correction
    wirings = {name: wiring(argparse.Namespace(**{**vars(args), "model": name}), config) for name in args.models}
    for wired in wirings.values():
        wired.refuse_conflicts(spec, where=args.spec)
    found: list[Result] = []
    with ResultFile(Path(args.output)) as journal:
        if journal.torn:
            say(
                f"The last line of {args.output} was torn ({journal.torn} bytes); it was cut off and its sample is run again."
            )
        with progress("samples", len(wirings) * args.repeats * len(samples)) as told:

            def take(result: Result) -> None:
                found.append(result)
                told(len(found))

            try:
                for name, wired in wirings.items():
                    run = _Run(
                        name=_named(name, wired),
                        wired=wired,
                        spec=spec,
                        own=own,
                        suite=suite.name,
                        score=args.score,
                        retry=args.retry_errors,
                        journal=journal,
                        took=take,
                    )
                    for repeat in range(args.repeats):
                        asyncio.run(run.all(samples, repeat, args.concurrency or config.run.concurrency))
            except BaseException:
                say(
                    f"Stopped. {len(found)} samples are done and in {args.output}; the same command goes on from there."
                )
                raise
    means = summed(found)
    errors = sum(bool(r.error) for r in found)
    if args.json:
        emit_json(
            {
                "suite": suite.name,
                "score": args.score,
                "results": len(found),
                "errors": errors,
                "means": [asdict(m) for m in means],
            }
        )
    else:
        _print(means)
    for why in sorted({r.error for r in found if r.error})[:5]:
        say(f"error: {why}")
    say(f"{len(found)} samples, {errors} of them ended in an error; score: {args.score}; journal: {args.output}")
    return 1 if errors else 0


def _named(model: str, wired: Wiring) -> str:
    """A corrected model is another one in a ranking than the raw one."""
    if wired.decoder == "first" and not wired.fixes:
        return model
    return f"{model} ({wired.decoder}{'' if wired.fixes else ', no fixes'})"


def _samples(args: argparse.Namespace, suite: Path) -> list[Sample]:
    """All of them, read before anything is paid for. Raises CaseError for the first line that is none, and where there is none at all."""
    from lightwing.lab.suite import OF_TARGETS, read_suite

    found: list[Sample] = []
    for sample in read_suite(
        suite, path_key=args.class_key, cluster_key=args.cluster_key, needs_target=args.score in OF_TARGETS
    ):
        if isinstance(sample, LightwingError):
            raise sample
        found.append(sample)
    if not found:
        raise CaseError(
            "There is no case in the suite.", where=str(suite), hint='Each line is {"id": "1", "input": "…"}.'
        )
    return found


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One model over the suite. `own`: each case has a spec of its own, with the wishes of its request."""

    name: str
    wired: Wiring
    spec: Spec
    own: bool
    suite: str
    score: str
    retry: bool
    journal: ResultFile
    took: Callable[[Result], None]

    async def all(self, samples: list[Sample], repeat: int, concurrency: int) -> None:
        todo = self._todo(samples, repeat)
        async with AsyncExitStack() as stack:
            shared = None if self.own else await stack.enter_async_context(self._open(self.spec, repeat))

            async def worker() -> None:
                for sample, spec, task in todo:
                    try:
                        if shared is not None:
                            trace = await shared.run(sample.case)
                        else:
                            async with self._open(spec, repeat) as runner:
                                trace = await runner.run(sample.case)
                    except Contradiction as error:  # the wishes of this one request: the others are run all the same
                        result = self._unrun(sample, task, repeat, f"the request contradicts itself: {error}")
                    else:
                        result = self._result(sample, trace, task, repeat)
                    self.journal.add(result)
                    self.took(result)

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(max(1, concurrency)):
                        group.create_task(worker())
            except ExceptionGroup as failed:
                if all(isinstance(e, LightwingError) for e in failed.exceptions):
                    raise failed.exceptions[0] from None
                raise

    def _todo(self, samples: list[Sample], repeat: int) -> Iterator[tuple[Sample, Spec, str]]:
        """What is still to be asked; what is there already is counted on the way."""
        from lightwing.core.ids import strong_id

        for sample in samples:
            spec = self._spec(sample)
            task = strong_id([self.wired.task(spec), self.score, sample.case.strong_id, sample.case.target])
            before = self.journal.done.get((task, sample.case.id, repeat))
            if before is None or (before.error and self.retry):
                yield sample, spec, task
            else:
                self.took(before)

    def _spec(self, sample: Sample) -> Spec:
        from lightwing.api import spec_of_prompt, spec_of_request

        if not self.own:
            return self.spec
        return spec_of_request(self.spec, sample.case) if self.spec.clauses else spec_of_prompt(sample.case)

    def _open(self, spec: Spec, repeat: int) -> AbstractAsyncContextManager[Runner]:
        base = self.spec.id if self.spec.clauses else ""
        return self.wired.open(spec, base=base, seed=self.wired.seed + repeat)

    def _unrun(self, sample: Sample, task: str, repeat: int, why: str) -> Result:
        from lightwing.core.result import Result

        return Result(
            task=task,
            model=self.name,
            suite=self.suite,
            case=sample.case.id,
            score=None,
            path=sample.path,
            cluster=sample.cluster,
            repeat=repeat,
            error=why,
        )

    def _result(self, sample: Sample, trace: Trace, task: str, repeat: int) -> Result:
        from lightwing.core.result import Result
        from lightwing.lab.suite import OF_CLAUSES, score_of

        score = score_of(self.score, trace)
        prices = (trace.cost.price, trace.judge_cost.price)
        more = {name: value for name in OF_CLAUSES if (value := score_of(name, trace)) is not None}
        return Result(
            task=task,
            model=self.name,
            suite=self.suite,
            case=sample.case.id,
            score=score,
            path=sample.path,
            cluster=sample.cluster,
            repeat=repeat,
            status=trace.status.value,
            scores=more if trace.syndrome.outcomes else {},
            calls=trace.cost.calls + trace.judge_cost.calls,
            tokens=trace.cost.tokens + trace.judge_cost.tokens,
            price=None if prices[0] is None or prices[1] is None else prices[0] + prices[1],
            seconds=trace.cost.seconds,
            length=len(trace.answer),
            error=trace.error,
        )


@writing()
def _print(means: list[Mean]) -> None:
    table = grid(
        "model",
        "class",
        "mean, 95 % interval",
        "n",
        "unscored",
        "calls",
        "price",
        right=("n", "unscored", "calls", "price"),
    )
    for m in means:
        interval = "" if m.low is None or m.high is None else f" [{m.low:.3f}, {m.high:.3f}]"
        table.add_row(
            m.model,
            "/".join(m.path) or "all",
            "-" if m.mean is None else f"{m.mean:.3f}{interval}",
            str(m.n),
            str(m.unscored),
            str(m.calls),
            "unknown" if m.price is None else f"{m.price:.6g}",
        )
    console().print(table)
