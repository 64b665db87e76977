"""`lightwing certify`: delivers, asks for labels, and makes a certificate of them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import load_config
from lightwing.cli.sources import (
    Wiring,
    add_config_option,
    add_json_option,
    add_model_options,
    add_spec_options,
    share,
    spec_of,
    whole,
    wiring,
)
from lightwing.cli.terminal import console, emit, emit_json, grid, progress, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import CaseError, ConfigError, LightwingError, TooFewLabels

if TYPE_CHECKING:
    from lightwing.core.case import Case
    from lightwing.core.clause import Spec
    from lightwing.core.risk import Binding
    from lightwing.core.trace import Trace
    from lightwing.lab.certifying import Delivery, Walk
    from lightwing.run import Runner
    from lightwing.store import JsonlTraces

__all__ = ["add"]

_IN_VAIN = 30
"""So many requests without a delivery, and a level is given up: at most one in ten would be delivered, with a confidence of 95 %."""


def add(add_verb: AddVerb) -> None:
    parser = add_verb(
        "certify",
        _certify,
        help="deliver, ask for labels, and make a certificate of them; exit 1 when the labels carry none",
        description='Delivers answers at levels from strict to lenient and writes a sheet of those that code cannot decide. Fill in "right": true or false and give '
        "the same command again (or --labels FILE): the most lenient level whose labels show that the rate holds is certified. Answers are kept beside the "
        "output: the same command goes on after a kill and asks nobody twice.",
    )
    parser.add_argument("spec", metavar="SPEC", help="a spec file (.yaml), or a document that is compiled on the fly")
    parser.add_argument("-o", "--output", metavar="FILE", help="the certificate (YAML); needed unless --dry-run")
    parser.add_argument("--cases", metavar="FILE", help="requests as JSONL, like those to come; each is used once")
    parser.add_argument("--traces", metavar="FILE", help="count deliveries of these traces (JSONL), where made alike")
    parser.add_argument("--store", metavar="FILE", help="the same from an SQLite store")
    parser.add_argument("--sheet", metavar="FILE", help="where the sheet is written (default: OUTPUT.sheet.jsonl)")
    parser.add_argument("--labels", metavar="FILE", help="a sheet that was filled in elsewhere")
    parser.add_argument(
        "--deliveries", type=whole, metavar="N", help="deliveries to label at each level (default: told at the start)"
    )
    parser.add_argument(
        "--level",
        type=share,
        action="append",
        metavar="L",
        help="try this P(wrong) (repeat; default: half the target, the target, twice the target)",
    )
    parser.add_argument("--concurrency", type=whole, metavar="N", help="cases under way at once (default 16)")
    parser.add_argument("--dry-run", action="store_true", help="print what it takes and may cost; ask nobody")
    add_model_options(parser)
    add_spec_options(parser)
    add_config_option(parser)
    add_json_option(parser)


def _certify(args: argparse.Namespace) -> int:
    from lightwing.lab.certifying import read_labels

    if args.output is None and not args.dry_run:
        raise ConfigError("There is no file to write the certificate to.", hint="Give -o certificate.yaml.")
    config = load_config(args.config)
    wired = wiring(args, config)
    if wired.target.error is None:
        raise ConfigError("No error rate is asked for.", hint="Give --target-error, for example 5%.")
    if wired.errors is None:
        raise ConfigError(
            "There is no error model, and a certificate is bound to one.",
            hint="Measure one with `lightwing calibrate`, and give it with --errors.",
        )
    spec = spec_of(args.spec, args=args)
    wired.refuse_conflicts(spec, where=args.spec)
    sheet = Path(args.sheet or f"{args.output}.sheet.jsonl")
    labels = {} if args.labels is None else read_labels(Path(args.labels))
    if sheet.exists() and not args.dry_run:
        labels = {**read_labels(sheet), **labels}
    asked = _Asked.of(spec, wired, args)
    return _Certification(
        spec=spec,
        wired=wired,
        asked=asked,
        cases=_cases(args.cases),
        sources=(args.traces, args.store),
        output=None if args.output is None else Path(args.output),
        sheet=sheet,
        labels=labels,
        concurrency=args.concurrency or config.run.concurrency,
        dry_run=args.dry_run,
        json=args.json,
    ).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is to be certified: `least` deliveries are needed at a level, `wanted` are made. `by_code`: nothing needs a person's label."""

    target: float
    confidence: float
    levels: tuple[float, ...]
    least: int
    wanted: int
    by_code: bool

    @classmethod
    def of(cls, spec: Spec, wired: Wiring, args: argparse.Namespace) -> _Asked:
        """Raises ConfigError where fewer deliveries are asked for than any certificate takes."""
        from lightwing.lab.certifying import levels_to_try
        from lightwing.lab.risk import labels_for, least_labels
        from lightwing.lab.sheet import binding_clauses

        target, confidence = wired.target.error, wired.target.confidence
        assert target is not None, "it was asked for"
        binding = binding_clauses(spec)
        if not binding:
            raise ConfigError("The spec holds no clause that an answer can break: there is nothing to certify.")
        by_code = all(c.exact for c in binding)
        least = least_labels(target, confidence)
        usual = least if by_code else labels_for(target, confidence, risk=target / 4)
        if args.deliveries is not None and args.deliveries < least:
            raise TooFewLabels(
                f"{args.deliveries} deliveries at a level cannot certify {100 * target:g} % with confidence {100 * confidence:g} %.",
                hint=f"Give --deliveries {least} or more; the usual {usual} leave room for some wrong ones.",
                needed=least,
            )
        levels = tuple(sorted(set(args.level or levels_to_try(target))))
        # Where code decides all, no answer is doubted and the levels are one.
        return cls(
            target=target,
            confidence=confidence,
            levels=(target,) if by_code and args.level is None else levels,
            least=least,
            wanted=args.deliveries or usual,
            by_code=by_code,
        )


@dataclass(slots=True, kw_only=True)
class _Certification:
    spec: Spec
    wired: Wiring
    asked: _Asked
    cases: Sequence[Case]
    sources: tuple[str | None, str | None]
    output: Path | None
    sheet: Path
    labels: Mapping[str, bool]
    concurrency: int
    dry_run: bool
    json: bool
    calls: int = 0
    price: float | None = 0.0
    bound: Binding | None = None
    deliveries: dict[float, list[Delivery]] = field(default_factory=dict)

    def run(self) -> int:
        from lightwing.lab.certifying import walk
        from lightwing.store import JsonlTraces

        if self.dry_run:
            return asyncio.run(self._dry_run())
        assert self.output is not None, "it was asked for"
        path = Path(f"{self.output}.traces.jsonl")
        with JsonlTraces(path) as traces:
            try:
                asyncio.run(self._deliver(traces))
            except KeyboardInterrupt:
                say(f"Stopped. What was answered is in {path}; the same command goes on from there.")
                raise
        assert self.bound is not None, "there is a level"
        found = walk(
            self.deliveries,
            self.labels,
            target=self.asked.target,
            confidence=self.asked.confidence,
            bound=self.bound,
        )
        return self._report(found)

    async def _dry_run(self) -> int:
        async with self._opened(self.asked.levels[0]) as runner:
            stored = self._stored(runner)
            plan = self._plan(runner)
        held = max((len(found) for found in stored.values()), default=0)
        if self.json:
            emit_json({"dry_run": True, **self._needs(), "stored": held, **plan})
        else:
            for line in self._told(plan):
                emit(line)
        return 0

    def _opened(self, level: float) -> Any:
        target = replace(self.wired.target, level=level)
        return replace(self.wired, target=target).open(self.spec)

    async def _deliver(self, traces: JsonlTraces) -> None:
        """Every level in turn, each on the requests in their order, until it has what is wanted."""
        stored: Mapping[float, Mapping[str, Trace]] = {}
        for level in self.asked.levels:
            async with self._opened(level) as runner:
                if self.bound is None:
                    self.bound, stored = runner.binding, self._stored(runner)
                    for line in self._told(self._plan(runner)):
                        say(line)
                    self._refuse_too_few(stored)
                await self._level(runner, level, traces, stored.get(level, {}))

    async def _level(self, runner: Runner, level: float, traces: JsonlTraces, stored: Mapping[str, Trace]) -> None:
        from lightwing.lab.certifying import delivery_of
        from lightwing.run import run_batch
        from lightwing.store import case_key

        task = replace(self.wired, target=runner.target).task(self.spec)
        kept = _Kept(task=task, file=traces)
        made = [d for t in stored.values() if (d := delivery_of(t, runner.bound)) is not None]
        todo = [case for case in self.cases if case_key(case) not in stored]
        at = 0
        with progress(f"level {level:g}", self.asked.wanted) as show:
            while at < len(todo) and len(made) < self.asked.wanted:
                if at >= _IN_VAIN and not made:
                    say(f"level {level:g}: nothing was delivered for {at} requests; it is given up.")
                    break
                # No more at a time than are still wanted: which are counted must not hang on how they came out.
                part = todo[at : at + min(self.asked.wanted - len(made), _IN_VAIN if not made else len(todo))]
                summary = await run_batch(runner, part, sink=kept, concurrency=self.concurrency, done=kept.done)
                at += len(part)
                found = [t for case in part if (t := kept.done(case)) is not None]
                made += [d for t in found if (d := delivery_of(t, runner.bound)) is not None]
                show(min(len(made), self.asked.wanted), f"{len(made)} delivered of {at} requests")
                for error in dict.fromkeys(summary.errors):
                    say(f"error: {error}")
        self.calls += kept.calls
        self.price = None if self.price is None or kept.price is None else self.price + kept.price
        self.deliveries[level] = made

    def _stored(self, runner: Runner) -> Mapping[float, Mapping[str, Trace]]:
        """Traces given beside the cases that were made by what is to be certified: by level, the newest of each case."""
        from lightwing.lab.certifying import delivery_of, is_of
        from lightwing.store import case_key

        found: dict[float, dict[str, Trace]] = {level: {} for level in self.asked.levels}
        count = other = 0
        traces, said = _stored(*self.sources, spec=self.spec.id)
        for trace in traces:
            at = [lev for lev in found if is_of(trace, spec=self.spec.id, bound=runner.binding, level=lev)]
            count, other = count + len(at), other + (not at)
            for level in at:
                found[level][case_key(trace.case)] = trace
                delivery = delivery_of(trace, runner.bound)
                if delivery is not None and (right := _said_of(trace, delivery, said)) is not None:
                    self.labels = {delivery.id: right, **self.labels}
        if any(self.sources):
            say(
                f"{count} stored traces count; {other} were made otherwise (spec, models, judges, error model, level) and do not."
            )
        return found

    def _refuse_too_few(self, stored: Mapping[float, Mapping[str, Trace]]) -> None:
        from lightwing.store import case_key

        keys = {case_key(c) for c in self.cases}
        most = max(len(keys | set(found)) for found in stored.values())
        if most < self.asked.least:
            raise TooFewLabels(
                f"There are {most} requests; to certify {100 * self.asked.target:g} % with confidence {100 * self.asked.confidence:g} % takes at least "
                f"{self.asked.least} deliveries.",
                where="--cases",
                hint=f"Give {self.asked.least - most} more requests, or ask for a higher rate or less confidence.",
                needed=self.asked.least,
            )

    def _plan(self, runner: Runner) -> dict[str, Any]:
        """The most that it may cost: every request, at every level."""
        from lightwing.cli.run import plan_of

        plans = [plan_of(runner, case) for case in self.cases]
        times = len(self.asked.levels)
        calls = None if any(p.calls is None for p in plans) else times * sum(p.calls or 0 for p in plans)
        price = None if any(p.price is None for p in plans) else times * sum(p.price or 0.0 for p in plans)
        return {"cases": len(plans), "calls": calls, "price": price, "why": next((p.why for p in plans if p.why), "")}

    def _needs(self) -> dict[str, Any]:
        a = self.asked
        return {
            "target": a.target,
            "confidence": a.confidence,
            "levels": list(a.levels),
            "labels_at_least": 0 if a.by_code else a.least,
            "deliveries_at_least": a.least,
            "deliveries": a.wanted,
        }

    def _told(self, plan: Mapping[str, Any]) -> Iterator[str]:
        from lightwing.lab.risk import most_wrong

        a = self.asked
        yield f"levels {', '.join(f'{level:g}' for level in a.levels)}: {a.wanted} deliveries at each, at least {a.least}"
        if a.by_code:
            yield "code decides every clause: nothing needs a label"
        else:
            allowed = most_wrong(a.wanted, a.target, a.confidence)
            yield f"labels: up to {a.wanted} a level, the same answer once; of {a.wanted} at most {allowed} may be wrong, of {a.least} none"
        calls = "any number of" if plan["calls"] is None else plan["calls"]
        price = "unknown" if plan["price"] is None else f"{plan['price']:.6g}"
        why = f" ({plan['why']})" if plan["why"] else ""
        yield f"{plan['cases']} requests; at most {calls} calls, highest price: {price}{why}"

    def _report(self, found: Walk) -> int:
        """Writes certificate or sheet and says which, and why."""
        from lightwing.lab.certificates import save_certificate
        from lightwing.lab.certifying import write_sheet

        assert self.output is not None, "it was asked for"
        if found.certificate is not None:
            save_certificate(found.certificate, self.output)
        added = write_sheet(self.sheet, found.open) if found.open else 0
        known = {d.id for each in self.deliveries.values() for d in each}
        strange = len(set(self.labels) - known)
        if strange:
            say(f"{strange} labels are of answers that were not delivered here; they do not count.")
        if self.json:
            emit_json(self._json(found))
        else:
            _print_levels(found)
        for line in self._why(found, added):
            say(line)
        if found.certificate is not None:
            return 0
        asked_only = bool(found.open) and not any(
            d.id in self.labels for each in self.deliveries.values() for d in each
        )
        return 0 if asked_only else 1

    def _why(self, found: Walk, added: int) -> Iterator[str]:
        price = "unknown" if self.price is None else f"{self.price:.6g}"
        yield f"{self.calls} calls now, price {price}"
        if found.certificate is not None:
            yield f"certified: {found.certificate.statement}"
            yield f"level {found.certificate.level:g}; written: {self.output}. Use it: lightwing batch … --certificate {self.output}"
        if fails := found.ended_by("fails"):
            counted = (
                f"{fails.wrong} of {fails.delivered} labelled deliveries are wrong, at most {fails.allowed} may be"
            )
            yield f"level {fails.level:g} failed: {counted}."
            if found.certificate is None:
                yield (
                    "No level is certified. A few labels more would be a second throw: measure anew (lightwing calibrate), or certify on other requests with "
                    "stricter levels (--level)."
                )
        if found.open:
            first = found.ended_by("not labelled")
            assert first is not None, "labels lack at some level"
            for_more = " to try more lenient levels" if found.certificate is not None else ""
            yield (
                f"level {first.level:g}: {first.open} of {first.delivered} deliveries have no label. {len(found.open)} are to be labelled in all{for_more}; {added} new in {self.sheet}: "
                'fill in "right" (false where in doubt) and give the same command again.'
            )
        few = [t for t in found.levels if t.state == "too few"]
        if few and found.certificate is None and not found.open:
            most = max(t.delivered for t in few)
            yield f"too few deliveries: {most} at most, {found.needed} are needed. Give {found.needed - most} or more further requests; a level that delivers little needs more."

    def _json(self, found: Walk) -> dict[str, Any]:
        import msgspec

        from lightwing.cli.show import certificate_json

        states = [t.state for t in found.levels]
        state = (
            "certified"
            if found.certificate is not None
            else "failed"
            if "fails" in states
            else "labels needed"
            if found.open
            else "too few deliveries"
        )
        return {
            "state": state,
            "certificate": certificate_json(found.certificate),
            "output": str(self.output) if found.certificate is not None else None,
            **self._needs(),
            "tried": [msgspec.to_builtins(t) for t in found.levels],
            "to_label": len(found.open),
            "sheet": str(self.sheet) if found.open else None,
            "calls": self.calls,
            "price": self.price,
        }


@dataclass(slots=True, kw_only=True)
class _Kept:
    """The traces of one level: kept in the file, found there again, and what was paid for them now."""

    task: str
    file: JsonlTraces
    calls: int = 0
    price: float | None = 0.0

    def done(self, case: Case) -> Trace | None:
        return self.file.find(case, task=self.task)

    def add(self, trace: Trace) -> None:
        self.file.add(replace(trace, metadata={**trace.metadata, "task": self.task}))
        cost = trace.cost + trace.judge_cost
        self.calls += cost.calls
        self.price = None if self.price is None or cost.price is None else self.price + cost.price


def _cases(path: str | None) -> list[Case]:
    """The requests of a file, each once: a second answer to the same request says nothing new of the traffic."""
    if path is None:
        return []
    from lightwing.run import read_cases
    from lightwing.store import case_key

    found: dict[str, Case] = {}
    for case in read_cases(Path(path)):
        if isinstance(case, LightwingError):
            raise case
        found.setdefault(case_key(case), case)
    if not found:
        raise CaseError("There is no case in the file.", where=path, hint='Each line is {"id": "1", "input": "…"}.')
    return list(found.values())


_Said = Mapping[tuple[str, str | None, str], bool]
"""Labels of a store: trace, candidate and clause to whether it is met."""


def _stored(path: str | None, store: str | None, *, spec: str) -> tuple[list[Trace], _Said]:
    """Stored traces of this spec whose texts can be read, and what people said of their clauses."""
    from lightwing.store import Filter, Redaction, TraceStore, read_traces

    found = [] if path is None else [t for t in read_traces(path) if t.spec == spec]
    said: dict[tuple[str, str | None, str], bool] = {}
    if store is not None:
        with TraceStore(store, create=False) as opened:
            wanted = Filter(spec=spec)
            found += opened.all(wanted)
            said = {(x.trace, x.candidate, x.clause): x.met for x in opened.labels(wanted) if x.met is not None}
    return [t for t in found if not Redaction.hides_texts(t)], said


def _said_of(trace: Trace, delivery: Delivery, said: _Said) -> bool | None:
    """Whether a delivery is right, as far as labels of its clauses say."""
    met = [said.get((trace.id, trace.delivered, clause.id)) for clause in delivery.ask]
    return False if False in met else None if None in met else True


@writing()
def _print_levels(found: Walk) -> None:
    table = grid(
        "level",
        "delivered",
        "without a label",
        "wrong",
        "allowed",
        "",
        right=("delivered", "without a label", "wrong", "allowed"),
    )
    for t in found.levels:
        allowed = "-" if t.allowed < 0 else str(t.allowed)
        table.add_row(f"{t.level:g}", str(t.delivered), str(t.open), str(t.wrong), allowed, t.state)
    console().print(table)
