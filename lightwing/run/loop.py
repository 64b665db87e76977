"""The loop: propose, read, decide, act; until the decoder accepts, gives up, or the budget is spent.

This room imports `core` and `spec`; models, judges and the decoder are handed in. To see how an answer comes about, read `Runner.run` and `_Run.act`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from lightwing.core.case import Answer, Candidate, Case, Cost, Origin, Price, Sampling
from lightwing.core.clause import Clause
from lightwing.core.decision import (
    REST,
    Abstain,
    Accept,
    Action,
    Budget,
    Escalate,
    Evidence,
    Fix,
    Recombine,
    Repair,
    Reread,
    Resample,
    Rung,
    Target,
)
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError, ModelAuth, ModelError, ModelProtocol, ModelTimeout
from lightwing.core.forms import Named, repair_case
from lightwing.core.outcome import Outcome, Reading, Status, Syndrome, Verdict, unknown
from lightwing.core.protocols import CompiledDecoder, Decoder, DriftWatch, Judge, Model
from lightwing.core.risk import Binding, Certificate, Risk, refuse_other
from lightwing.core.streams import stream_seed
from lightwing.core.trace import Event, Trace
from lightwing.run.actions import refuse_impossible
from lightwing.run.asking import Reply, ask, doubts, final, opening
from lightwing.run.ledger import Ledger, most_input_tokens, most_reading_tokens, reading_limit
from lightwing.run.risk import promised, refuse_unreckoned, risk_of
from lightwing.run.session import Session
from lightwing.run.watch import Again, Guard, Held, read_again
from lightwing.spec.bind import BoundSpec

__all__ = ["Runner", "too_dear"]

_NO_COST = Cost()
_FAILURES_OF_A_RUNG = 2
"""Calls in a row that may fail, each after the model's own retries, before its rung is given up for the case."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs cases of one spec over a cascade of models.

    `models`: the rungs, cheapest first. `judges` read the clauses that no code can decide; under a money limit a
    reply of theirs must keep to `ledger.reading_limit`. `seed` None sends no seed to the endpoint. `watch` is told of
    every event as it happens. Raises ConfigError when a money limit is set and a model's price is unknown.

    `target` asks for an error rate or a least loss (its budget is `budget`); then every trace states its risk. `certificate` says at which level the
    target holds; one that is bound to something else raises StaleErrorModel. `base` is the id of the spec that `errors` and `certificate` were made with,
    where one request's wishes stand in `bound` beside it. `drift` is told of deliveries that are read again, and where it warns the level becomes stricter
    (`run.watch`).
    """

    bound: BoundSpec
    models: Sequence[Model]
    decoder: Decoder
    judges: Sequence[Judge] = ()
    budget: Budget = Budget()
    errors: ErrorModel = ErrorModel()
    target: Target = Target()
    certificate: Certificate | None = None
    base: str = ""
    sampling: Sampling = Sampling()
    seed: int | None = 0
    fixes: bool = True
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    watch: Callable[[Event], None] | None = None
    drift: DriftWatch | None = None
    compiled: CompiledDecoder = field(init=False)
    guard: Guard = field(init=False)
    rungs: tuple[Rung, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not self.models:
            raise ConfigError("There is no model to run.", hint="Name one, for example openai:NAME.")
        if self.budget.price is not None:
            for model in self.models:
                if model.price is None:
                    raise ConfigError(
                        f"The price of {model.name} is unknown, so a limit on money cannot be kept.",
                        hint="Give its price in the configuration, or drop the limit.",
                    )
                if model.price.output_per_million and self.sampling.max_tokens is None and self.budget.tokens is None:
                    raise ConfigError(
                        f"{model.name} charges by the token, and the length of its answers has no limit: no call would fit a limit on money.",
                        hint="Set --max-tokens (max_tokens), or a limit on tokens.",
                    )
        if self.certificate is not None:
            refuse_other(self.certificate, self.binding)
            object.__setattr__(self, "target", promised(self.target, self.certificate))
        object.__setattr__(self, "compiled", self._compiled(self.target))
        held = Held(target=self.target, compiled=self.compiled, certificate=self.certificate)
        object.__setattr__(self, "guard", Guard(held, self.drift, self._compiled))
        prices = [None if m.price is None else m.price.per_call for m in self.models]
        rungs = tuple(Rung(model=m.name, price_per_call=p) for m, p in zip(self.models, prices, strict=True))
        object.__setattr__(self, "rungs", rungs)

    def _compiled(self, target: Target) -> CompiledDecoder:
        return self.decoder.compile(self.bound.spec, self.errors, replace(target, budget=self.budget))

    @property
    def binding(self) -> Binding:
        """What the risk that its traces state is bound to."""
        return Binding(
            spec=self.base or self.bound.spec.id,
            models=tuple(m.name for m in self.models),
            judges=tuple(j.name for j in self.judges),
            decoder=self.decoder.name,
            errors=self.errors.id,
        )

    async def run(
        self, case: Case, *, sampling: Sampling | None = None, ended: Callable[[], str] = lambda: ""
    ) -> Trace:
        """One case, from request to status.

        `sampling` stands in for the runner's own, its seed as the seed of the run. `ended` is asked before each step: what it says, if anything, is why
        no more be tried. Always gives a trace, also when every model fails (then `error` says why and the status is abstained). Cancelling it leaves
        nothing half-done: a trace exists whole or not at all.
        """
        run = self.begun(case, sampling)
        started = self.now()
        action: Action = Abstain(best=None)
        for _ in range(_MOST_TURNS):
            evidence = run.evidence()
            if (why := ended()) and evidence.candidates:
                action = Abstain(best=evidence.candidates[-1].id, reason=why)
                break
            action = run.held.compiled.decide(evidence)
            refuse_impossible(action, evidence, decoder=self.decoder.name)
            refuse_unreckoned(action, run.held.target, decoder=self.decoder.name)
            if isinstance(action, Accept | Abstain):
                break
            await run.act(action)
        else:
            action = Abstain(best=None, reason=f"The decoder came to no end within {_MOST_TURNS} turns.")
        return self.ended(run, action, started, again=await read_again(run, self.guard, action))

    def begun(self, case: Case, sampling: Sampling | None = None) -> _Run:
        """A case of which nothing has been tried."""
        if sampling is None:
            sampling, seed = self.sampling, self.seed
        else:
            sampling, seed = replace(sampling, seed=None), sampling.seed
        return _Run(
            self,
            Session(case, self.bound, self.fixes),
            Ledger(self.budget, self.clock),
            sampling,
            seed,
            self.guard.held,
        )

    def warm(self) -> None:
        """Has the decoder work out what it needs before the first decision, which may take seconds where an error rate is asked for."""
        self.compiled.decide(self.begun(Case(messages=())).evidence())

    def ended(self, run: _Run, action: Accept | Abstain, started: float, *, again: Again | None = None) -> Trace:
        """The trace of a case that ended with this action, and whose answer was read again."""
        run.record(action)
        session = run.session
        accepted = isinstance(action, Accept)
        delivered = action.candidate if isinstance(action, Accept) else action.best
        if accepted and delivered is not None and self.target.asks:
            session.outweigh(delivered)
        status = session.status(delivered, accepted=accepted)
        for each in () if again is None else again.readings:
            session.note_readings(each.action.candidate, each.readings)
            run.record(each.action, cost=each.cost, notes=each.notes)
        failed = not session.candidates
        return Trace(
            case=session.case,
            spec=self.bound.spec.id,
            decoder=self.decoder.name,
            models=tuple(m.name for m in self.models),
            status=status,
            delivered=delivered,
            candidates=tuple(session.candidates),
            syndromes=dict(session.syndromes),
            events=tuple(session.events),
            cost=replace(run.ledger.models, seconds=run.ledger.spent.seconds),
            judge_cost=run.ledger.judges,
            started=started,
            error=str(run.last_error) if failed and run.last_error is not None else "",
            error_type=type(run.last_error).__name__ if failed and run.last_error is not None else "",
            risk=self._risk(action, status, run.held),
            metadata=self.guard.metadata(run.held, again),
        )

    def _risk(self, action: Action, status: Status, held: Held) -> Risk | None:
        if not self.target.asks:
            return None
        return risk_of(
            action,
            status=status,
            target=held.target,
            spec=self.bound.spec,
            errors=self.errors,
            bound=self.binding,
            certificate=held.certificate,
        )


_MOST_TURNS = 1000
"""No decoder of ours comes near it; it bounds one of a user's that never ends."""


@dataclass(slots=True)
class _Run:
    """The acting half of one case."""

    runner: Runner
    session: Session
    ledger: Ledger
    sampling: Sampling
    seed: int | None
    held: Held
    last_error: ModelError | None = None
    _calls: int = 0
    _failures: dict[int, int] = field(default_factory=dict)
    _doubted: set[int] = field(default_factory=set)

    def evidence(self, session: Session | None = None) -> Evidence:
        judges = tuple(j.name for j in self.runner.judges)
        return (session or self.session).evidence(rungs=self.runner.rungs, judges=judges, left=self.ledger.left)

    def record(
        self, action: Action, *, made: Sequence[str] = (), cost: Cost = _NO_COST, notes: Sequence[str] = ()
    ) -> None:
        event = Event(action=action, made=tuple(made), cost=cost, notes=tuple(notes))
        self.session.record(event)
        if self.runner.watch is not None:
            self.runner.watch(event)

    async def act(self, action: Action) -> None:
        """Does what the decoder asked for and records it."""
        match action:
            case Fix(candidate=source):
                self._fix(action, source)
            case Resample(n=n, rung=rung, cut=cut):
                await self._propose(action, rung=rung, n=n, cut=cut)
            case Repair(candidate=draft, clauses=clauses, rung=rung):
                await self._repair(action, draft, clauses, rung)
            case Escalate(rung=rung, candidate=id, clauses=clauses, cut=cut):
                if id is None:
                    await self._propose(action, rung=rung, n=1, cut=cut)
                else:
                    await self._repair(action, id, clauses, rung)
            case Reread():
                await self._reread(action)
            case Recombine(segments=segments):
                self._recombine(action, segments)
            case Accept() | Abstain():
                raise AssertionError(f"{action} is not acted on")
            case _:
                assert_never(action)

    def _fix(self, action: Fix, id: str) -> None:
        mended = self.session.mended(id)
        parent = next(c for c in self.session.candidates if c.id == id)
        assert mended is not None, "the evidence offered a fix"
        origin = Origin(model=parent.origin.model, seed=parent.origin.seed)
        fixed = Candidate(answer=mended, origin=origin)
        self.record(action, made=[self.session.add(fixed, how="fixed", rung=parent.origin.rung, parent=id)])

    def _recombine(self, action: Recombine, segments: Mapping[str, str]) -> None:
        base = next(c for c in self.session.candidates if c.id == segments[REST])
        joined = Candidate(
            answer=self.session.recombined(segments), origin=Origin(model=base.origin.model, seed=base.origin.seed)
        )
        self.record(action, made=[self.session.add(joined, how="recombined", rung=base.origin.rung, parent=base.id)])

    async def _propose(self, action: Action, *, rung: int, n: int, cut: bool) -> None:
        case = opening(self.session.case, self.runner.bound.spec.instruction)
        self.take(action, await self._ask(case, rung=rung, n=n, cut=cut), rung=rung)

    async def _repair(self, action: Action, id: str, clauses: Sequence[str], rung: int) -> None:
        bound, session = self.runner.bound, self.session
        draft = next(c for c in session.candidates if c.id == id)
        outcomes = session.syndromes[id].outcomes
        named = [
            Named(rule=bound.spec.clause(c).text, reason=_reason(bound.spec.clause(c), outcomes[c])) for c in clauses
        ]
        shown = opening(session.case, bound.spec.instruction)
        reply = await self._ask(repair_case(shown, draft=_told(draft.answer), named=named), rung=rung)
        made = [session.add(c, how="repaired", rung=rung, parent=id, named=clauses) for c in reply.candidates]
        self._account(action, reply, rung=rung, made=made)

    def affordable(self, case: Case, model: Model, n: int = 1) -> int:
        """How many answers, of n, may be asked for whatever they turn out to cost."""
        return self.ledger.affordable(most_input_tokens(case), model.price, self.ledger.limited(self.sampling), n)

    def sampling_of_call(self, n: int = 1) -> Sampling:
        """How the next call is to sample: within the limits that are left, with a seed of its own."""
        sampling = self.ledger.limited(self.sampling, n)
        if self.seed is not None and sampling.seed is None:
            name = self.session.case.id or self.session.case.strong_id
            sampling = replace(sampling, seed=stream_seed(self.seed, "sampling", name, self._calls) % 2**31)
        self._calls += n
        return sampling

    def doomed(self, answer: Answer) -> Syndrome:
        """What no continuation of this prefix, and no fix of it, can mend."""
        bound, case = self.runner.bound, self.session.case
        read = bound.binding(bound.read(case, answer, complete=False))
        mended = bound.fix(case, answer, read.failed) if read.failed and self.runner.fixes else None
        return read if mended is None else bound.binding(bound.read(case, mended, complete=False))

    def take(self, action: Action, reply: Reply, *, rung: int) -> None:
        """Takes in the fresh answers that a call of this action gave, or its error."""
        made = [self.session.add(c, how="proposed", rung=rung) for c in reply.candidates]
        self._account(action, reply, rung=rung, made=made)

    async def _ask(self, case: Case, *, rung: int, n: int = 1, cut: bool = False) -> Reply:
        model = self.runner.models[rung]
        n = self.affordable(case, model, n)
        if n == 0:
            return too_dear(model)
        sampling = self.sampling_of_call(n)
        reply = await ask(
            model, case, n=n, sampling=sampling, seconds=self.ledger.left.seconds, doomed=self.doomed if cut else None
        )
        if rung in self._doubted:
            return reply
        self._doubted.add(rung)
        return replace(reply, notes=(*doubts(model, case), *reply.notes))

    def _account(self, action: Action, reply: Reply, *, rung: int, made: Sequence[str]) -> None:
        cost = sum((c.cost for c in reply.candidates), Cost())
        notes = list(reply.notes)
        for candidate in reply.candidates:
            if candidate.answer.finish not in ("stop", "tool_calls", "cut"):
                notes.append(f"the answer ended with {candidate.answer.finish}")
            elif not (candidate.answer.text.strip() or candidate.answer.tool_calls):
                notes.append("the answer is empty")
            elif (broken := candidate.answer.broken_call) is not None:
                notes.append(f"the arguments of the call of {broken.name} are no JSON object")
        if reply.error is not None:
            self.last_error = reply.error
            cost = (
                Cost() if isinstance(reply.error, _TooDear) else _cost_of(reply.error, self.runner.models[rung].price)
            )
            failures = self._failures[rung] = self._failures.get(rung, 0) + 1
            if final(reply.error) or isinstance(reply.error, _TooDear) or failures >= _FAILURES_OF_A_RUNG:
                self.session.dead[rung] = str(reply.error)
                notes.append(f"rung {rung} ({self.runner.models[rung].name}) is given up for this case")
        else:
            self._failures[rung] = 0
        self.ledger.models = self.ledger.models + cost
        self.record(action, made=made, cost=cost, notes=tuple(notes))

    async def _reread(self, action: Reread) -> None:
        readings, cost, notes = await self.reading(action)
        self.session.take_readings(action.candidate, readings)
        self.record(action, cost=cost, notes=notes)

    async def reading(self, action: Reread) -> tuple[Sequence[Reading], Cost, tuple[str, ...]]:
        """One reading by a judge, paid for: what it says, its cost, and notes."""
        id, clauses, judge = action.candidate, action.clauses, action.judge
        reader = self.runner.judges[judge]
        answer = next(c for c in self.session.candidates if c.id == id).answer
        notes: tuple[str, ...] = ()
        spec, case = self.runner.bound.spec, self.session.case
        shown = most_reading_tokens(case, spec, answer=len(_told(answer).encode("utf-8", "surrogatepass")))
        limit = Sampling(max_tokens=reading_limit(spec, self.sampling))
        try:
            if not self.ledger.affordable(shown, reader.price, limit):
                raise _TooDear("A reading could cost more than is left.", where=reader.name)
            async with asyncio.timeout(self.ledger.left.seconds):
                read = await reader.read(self.session.case, answer, self.runner.bound.judged(clauses))
            readings, cost = read.readings, read.cost
            notes = (read.note,) if read.note else ()
        except (ModelError, TimeoutError) as failure:
            error = (
                failure
                if isinstance(failure, ModelError)
                else ModelTimeout("The time budget of the case ran out during a reading.", where=reader.name)
            )
            silent = unknown(f"The judge gave no reading: {error}")
            readings = tuple(Reading(clause=c, judge=reader.name, outcome=silent) for c in clauses)
            cost = Cost() if isinstance(error, _TooDear) else _cost_of(error, reader.price)
            notes = (f"not asked: {error}" if isinstance(error, _TooDear) else f"{type(error).__name__}: {error}",)
        self.ledger.judges = self.ledger.judges + cost
        asked = set(clauses)
        return [r for r in readings if r.clause in asked], cost, notes


def _reason(clause: Clause, outcome: Outcome) -> str:
    """Why a rule is named in a repair. A decoder that weighs readings also names what may be broken: the model is not told that it is."""
    if clause.exact or outcome.verdict is Verdict.FAIL:
        return outcome.reason or "This rule is not met."
    return "It is not certain that this rule is met."


def _told(answer: Answer) -> str:
    """A draft as a repair shows it: its tool calls in words, for no results follow them in the conversation."""
    calls = [f"(called the tool {call.name} with {call.arguments})" for call in answer.tool_calls]
    return "\n".join([*([answer.text] if answer.text else []), *calls])


def _cost_of(error: ModelError, price: Price | None) -> Cost:
    """What a call cost that gave nothing. One that broke off after the endpoint began to write may be charged: nobody knows how much."""
    if isinstance(error, ModelAuth) and not error.sent:
        return Cost()
    unknown_end = isinstance(error, ModelTimeout | ModelProtocol)
    free = price is not None and not price.of(input_tokens=1, output_tokens=1)
    return Cost(calls=1, price=None if price is None or (unknown_end and not free) else 0.0)


def too_dear(model: Model) -> Reply:
    """Of a model that is not asked, for a limit on money might be passed."""
    return Reply(
        error=_TooDear(f"A call of {model.name} could cost more than is left."),
        notes=("not asked: the call could cost more than is left",),
    )


class _TooDear(ModelError):
    """Not asked: the dearest way the call could end would break the money limit."""
