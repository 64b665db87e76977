"""Calibration with real models: asks, repairs, plants violations, has judges read everything twice, and stops when the error model is sure enough.

One case in one lap: every model answers twice and repairs its first answer (naming about half of what is wrong, so that it is seen what becomes of the rest); a good answer is
rewritten by the highest rung so that it breaks a judged clause, three clauses in turn (planted); where an exact clause is hardly ever broken, one is broken by its check's own mutants. Every judge reads every text twice,
exact clauses too, for there its errors are seen (anchors); where it contradicts what is known it reads again, six times in all: only that tells a blind spot from a slip.

A planted text that was left as it was is not counted. Whether a rewrite truly breaks a judged clause nobody checks: where it does not, the judge that passes it counts as
blind. That errs on the side of care; labels (`Labels`) mend it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from lightwing.core.case import Answer, Case, Cost, Sampling
from lightwing.core.clause import Clause
from lightwing.core.errors import ModelError
from lightwing.core.forms import Named, plant_case, repair_case
from lightwing.core.ids import strong_id
from lightwing.core.outcome import Verdict
from lightwing.core.protocols import Judge, Model, Provable
from lightwing.core.streams import python_random, stream_seed
from lightwing.lab.enough import Enough, enough
from lightwing.lab.journal import Journal
from lightwing.lab.measure import Measured, measure
from lightwing.lab.sheet import Labels, Seen, binding_clauses, observed
from lightwing.run.asking import opening
from lightwing.spec.bind import BoundSpec

__all__ = ["Calibration", "Progress", "Text", "calibration_task", "calls_of_a_case"]

Why = Literal["enough", "out of reach", "budget"]

_READINGS, _MOST_READINGS = 2, 6
_WHOLE = ("stop", "tool_calls")
_PLANTED = 3
"""Judged clauses that are broken on purpose in each case and lap, one in each text."""
_PLANTED_EXACT = 20
"""Violations of an exact clause that a judge should have read; below this its check's mutants supply more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of the calibration. `model` None: made to break the clauses in `planted`."""

    id: str
    case: int
    answer: Answer
    model: str | None
    parent: str | None = None
    named: tuple[str, ...] = ()
    planted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Told after every round of cases: calls so far (those of earlier runs too), the budget, and what was measured."""

    calls: int
    budget: int
    measured: Measured
    verdict: Enough


def calibration_task(
    bound: BoundSpec,
    cases: Sequence[Case],
    models: Sequence[Model],
    judges: Sequence[Judge],
    sampling: Sampling,
    seed: int,
) -> str:
    """Strong id of all that can change a record of the journal; the budget and the target cannot."""
    return strong_id(
        {
            "calibration": 1,
            "spec": bound.spec.id,
            "cases": [c.strong_id for c in cases],
            "models": [m.name for m in models],
            "judges": [j.name for j in judges],
            "sampling": [
                sampling.temperature,
                sampling.max_tokens,
                *([dict(sampling.extra)] if sampling.extra else []),
            ],
            "seed": seed,
        }
    )


def calls_of_a_case(bound: BoundSpec, *, models: int, judges: int) -> tuple[int, int]:
    """(calls of models, calls of judges) of one case in one lap, at most, readings beyond the second aside."""
    judged = any(not c.exact for c in binding_clauses(bound.spec))
    clauses = sum(not c.exact for c in binding_clauses(bound.spec))
    planted = min(_PLANTED, clauses) if judges else 0
    texts = 3 * models + planted
    return texts, _READINGS * judges * (texts + int(bool(bound.spec.exact) and judged)) if judged else 0


@dataclass(slots=True, kw_only=True)
class Calibration:
    """A calibration under way; `run` ends it. `texts` and `readings` are what the journal holds, also from an earlier run.

    Raises the model's error where the first round gives nothing at all; later failures leave a gap that the next run of the same command fills.
    """

    bound: BoundSpec
    cases: Sequence[Case]
    models: Sequence[Model]
    judges: Sequence[Judge]
    journal: Journal
    budget: int
    sampling: Sampling = Sampling()
    seed: int = 0
    target: float | None = None
    labels: Labels = field(default_factory=dict)
    more: Sequence[Seen] = ()
    traces: int = 0
    care: float = 0.9
    round: int = 5
    concurrency: int = 4
    told: Callable[[Progress], None] | None = None
    texts: dict[str, Text] = field(default_factory=dict)
    readings: dict[str, list[tuple[str, dict[str, bool]]]] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    _made: set[str] = field(default_factory=set)
    _open: int = 0
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        for record in self.journal.records:
            self._take(record)
        self._gate = asyncio.Semaphore(self.concurrency)

    @property
    def calls(self) -> int:
        return sum(c.calls for c in self.costs.values())

    async def run(self) -> tuple[Measured, Why]:
        """Rounds of cases until the error model is sure enough for the target, the target is out of reach, or the budget is spent."""
        lap, first = 0, 0
        while True:
            before = len(self.texts)
            chunk = range(first, min(first + self.round, len(self.cases)))
            spent = self.calls >= self.budget
            if not spent:
                results = await asyncio.gather(*(self._case(i, lap) for i in chunk), return_exceptions=True)
                spent = any(isinstance(r, _Spent) for r in results) or self.calls >= self.budget
                errors = [r for r in results if isinstance(r, BaseException) and not isinstance(r, _Spent)]
                for error in errors:
                    if not isinstance(error, ModelError):
                        raise error
                    self.failures.append(f"{type(error).__name__}: {error}")
                if errors and len(errors) == len(chunk) and len(self.texts) == before:
                    raise errors[0]
            measured = self.measured()
            verdict = enough(measured, self.bound.spec, target=self.target)
            if self.told is not None:
                self.told(Progress(calls=self.calls, budget=self.budget, measured=measured, verdict=verdict))
            if verdict.state != "open":
                return measured, verdict.state
            if spent:
                return measured, "budget"
            first += self.round
            if first >= len(self.cases):
                first, lap = 0, lap + 1

    def measured(self) -> Measured:
        """The error model of all that is known so far."""
        seen = observed(
            self.bound.spec,
            [*self.seen(), *self.more],
            models=[m.name for m in self.models],
            judges=[j.name for j in self.judges],
            labels=self.labels,
            prices=self.prices(),
            tokens=self.tokens(),
            traces=self.traces + len({t.case for t in self.texts.values()}),
        )
        return measure(seen, care=self.care, sweeps=200, seed=self.seed)

    def seen(self) -> Iterator[Seen]:
        """The texts as measuring wants them."""
        for text in self.texts.values():
            yield Seen(
                id=text.id,
                case=f"case {text.case}",
                model=text.model,
                outcomes=self._outcomes(text),
                readings=tuple((j, c, ok) for j, said in self.readings.get(text.id, ()) for c, ok in said.items()),
                parent=text.parent if text.model is not None else None,
                named=text.named,
                planted=text.planted,
            )

    def prices(self) -> dict[str, float]:
        """Mean price of a call of each model and judge; unknown prices are left out."""
        return {
            name: cost.price / cost.calls for name, cost in self.costs.items() if cost.price is not None and cost.calls
        }

    def tokens(self) -> dict[str, float]:
        """Mean tokens, read and written, of a call of each model and judge; where a back end counts none they are left out."""
        return {name: round(cost.tokens / cost.calls, 1) for name, cost in self.costs.items() if cost.tokens}

    def sheet(self) -> list[tuple[str, str, str]]:
        """What people may label: (text, judged clause, answer)."""
        judged = [c.id for c in binding_clauses(self.bound.spec) if not c.exact]
        return [(t.id, c, t.answer.text) for t in self.texts.values() for c in judged]

    def reliability(self, measured: Measured) -> list[tuple[float, bool]]:
        """For each clause of an answer whose truth is known: the chance that it is broken as the readings put it under the error model, and whether it is."""
        found = []
        for text in self.texts.values():
            if text.parent is not None or text.model is None:  # planted texts are broken oftener than answers are
                continue
            outcomes = self._outcomes(text)
            for clause in binding_clauses(self.bound.spec):
                said = [(j, v[clause.id]) for j, v in self.readings.get(text.id, ()) if clause.id in v]
                truth = {Verdict.FAIL: True, Verdict.PASS: False}.get(outcomes[clause.id])
                if (text.id, clause.id) in self.labels:
                    truth = not self.labels[text.id, clause.id]
                if truth is not None and said:
                    found.append((_believed(measured, self.models[0].name, clause, said[:_READINGS]), truth))
        return found

    async def _case(self, case: int, lap: int) -> None:
        rng = python_random(self.seed, "calibration", case, lap)
        good: Text | None = None
        for r, model in enumerate(self.models):
            draft: Text | None = None
            for n in range(2):
                text = await self._answer(f"{case}.{lap}.{r}.{n}", case, model)
                if text is not None:
                    await self._read(text)
                    draft = draft or text
            if draft is None:
                continue
            wrong = self._wrong(draft)
            if wrong:
                named = {c for c in wrong if rng.random() < 0.5} or {rng.choice(wrong)}
                mended = await self._repair(f"{case}.{lap}.{r}.r", draft, model, [c for c in wrong if c in named])
                if mended is not None:
                    await self._read(mended)
            if good is None or len(wrong) < len(self._wrong(good)):
                good = draft
        if good is not None and self.judges:
            await self._plant(case, lap, good)

    async def _plant(self, case: int, lap: int, good: Text) -> None:
        judged = [c for c in binding_clauses(self.bound.spec) if not c.exact]
        if not judged:
            return
        turn = (case + lap * len(self.cases)) * _PLANTED
        for n in range(min(_PLANTED, len(judged))):
            clause = judged[(turn + n) % len(judged)]
            if clause.id in self._wrong(good):
                continue
            asked = plant_case(self._shown(case), draft=good.answer.text, rule=clause.text)
            blank = Text(id=f"{case}.{lap}.p{n}", case=case, answer=good.answer, model=None, planted=(clause.id,))
            text = await self._ask(blank, asked, self.models[-1])
            if text is not None and text.answer.text.strip() != good.answer.text.strip():
                await self._read(text)
        await self._mutate(case, lap, good)

    async def _mutate(self, case: int, lap: int, good: Text) -> None:
        """Breaks an exact clause by its check's mutants, where judges have seen it broken too seldom. No call of a model."""
        exact = [c for c in binding_clauses(self.bound.spec) if c.exact]
        if not exact:
            return
        clause = exact[(case + lap * len(self.cases)) % len(exact)]
        broken = sum(self._outcomes(t)[clause.id] is Verdict.FAIL for t in self.texts.values())
        check = self.bound.checks.get(clause.id)
        id = f"{case}.{lap}.x"
        if id not in self._made and broken < _PLANTED_EXACT and isinstance(check, Provable):
            answer = self._mutant(case, clause.id, check, good.answer)
            if answer is None:
                return
            self._note(Text(id=id, case=case, answer=answer, model=None, planted=(clause.id,)), "", Cost())
        if id in self.texts:
            await self._read(self.texts[id])

    def _mutant(self, case: int, clause: str, check: Provable, good: Answer) -> Answer | None:
        """A real answer with a mutant before or behind it, if that breaks this clause and nothing else; else a mutant by itself."""
        before = self.bound.read(self.cases[case], good).outcomes
        alone = None
        for _, mutant in check.mutants(python_random(self.seed, "mutants", case, clause)):
            for text in (f"{good.text}\n\n{mutant.text}", f"{mutant.text}\n\n{good.text}", mutant.text):
                answer = Answer(text=text, tool_calls=mutant.tool_calls)
                after = self.bound.read(self.cases[case], answer).outcomes
                if after[clause].verdict is not Verdict.FAIL or not text.strip():
                    continue
                if all(after[c].verdict is o.verdict for c, o in before.items() if c != clause):
                    return answer
                alone = alone or answer
        return alone

    async def _answer(self, id: str, case: int, model: Model) -> Text | None:
        return await self._ask(Text(id=id, case=case, answer=Answer(), model=model.name), self._shown(case), model)

    async def _repair(self, id: str, draft: Text, model: Model, clauses: Sequence[str]) -> Text | None:
        outcomes = self.bound.read(self.cases[draft.case], draft.answer).outcomes
        spec = self.bound.spec
        named = [
            Named(
                rule=spec.clause(c).text, reason=outcomes[c].reason if outcomes[c].verdict is Verdict.FAIL else _NOT_MET
            )
            for c in clauses
        ]
        asked = repair_case(self._shown(draft.case), draft=draft.answer.text, named=named)
        blank = Text(id=id, case=draft.case, answer=Answer(), model=model.name, parent=draft.id, named=tuple(clauses))
        return await self._ask(blank, asked, model)

    async def _ask(self, blank: Text, case: Case, model: Model) -> Text | None:
        """The text with the model's answer; from the journal where it is there. None where the answer is no whole one."""
        if blank.id not in self._made:
            sampling = replace(self.sampling, seed=stream_seed(self.seed, "calibration", blank.id) % 2**31)
            async with self._gate:
                with self._call():
                    made = (await model.generate(case, n=1, sampling=sampling))[0]
            self._note(replace(blank, answer=made.answer), model.name, made.cost)
        return self.texts.get(blank.id)

    async def _read(self, text: Text) -> None:
        """Every judge reads the text; again where it contradicts what is known."""
        if not any(not c.exact for c in binding_clauses(self.bound.spec)):
            return
        for judge in self.judges:
            for turn in range(_MOST_READINGS):
                said = [v for j, v in self.readings.get(text.id, ()) if j == judge.name]
                clauses = [c.id for c in binding_clauses(self.bound.spec)]
                if turn >= _READINGS:
                    clauses = self._contradicted(text, said)
                if not clauses:
                    break
                if len(said) > turn:
                    continue
                async with self._gate:
                    with self._call():
                        case = self.cases[text.case]
                        read = await judge.read(case, text.answer, self.bound.judged(clauses))
                verdicts = {r.clause: r.outcome.verdict.value for r in read.readings}
                self._add({"read": text.id, "judge": judge.name, "verdicts": verdicts, "cost": _told(read.cost)})

    def _contradicted(self, text: Text, said: Sequence[dict[str, bool]]) -> list[str]:
        """Clauses whose truth is known and of which every reading so far has said the opposite."""
        outcomes, found = self._outcomes(text), []
        for clause in binding_clauses(self.bound.spec):
            verdict = outcomes[clause.id]
            if clause.id in text.planted and verdict is Verdict.UNKNOWN:
                verdict = Verdict.FAIL
            given = [v[clause.id] for v in said if clause.id in v]
            wrong = {Verdict.FAIL: True, Verdict.PASS: False}.get(verdict)
            if given and wrong is not None and all(g is wrong for g in given):
                found.append(clause.id)
        return found

    def _wrong(self, text: Text) -> list[str]:
        """Clauses that code finds broken, and those that most readings fail."""
        outcomes, found = self._outcomes(text), []
        for clause in binding_clauses(self.bound.spec):
            said = [v[clause.id] for _, v in self.readings.get(text.id, ()) if clause.id in v]
            doubted = outcomes[clause.id] is Verdict.UNKNOWN and 2 * sum(said) < len(said)
            if outcomes[clause.id] is Verdict.FAIL or doubted:
                found.append(clause.id)
        return found

    def _outcomes(self, text: Text) -> dict[str, Verdict]:
        read = self.bound.read(self.cases[text.case], text.answer)
        return {id: o.verdict for id, o in read.outcomes.items()}

    def _shown(self, case: int) -> Case:
        return opening(self.cases[case], self.bound.spec.instruction)

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Holds a call's place in the budget while it is under way; raises _Spent where there is none."""
        if self.calls + self._open >= self.budget:
            raise _Spent
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def _note(self, text: Text, asked: str, cost: Cost) -> None:
        made = {**msgspec.to_builtins(text), "asked": asked, "cost": _told(cost)}
        self._add({"text": text.id, **made})

    def _add(self, record: dict[str, Any]) -> None:
        self.journal.add(record)
        self._take(record)

    def _take(self, record: Any) -> None:
        """A record of the journal, new or old."""
        cost = msgspec.convert(record["cost"], Cost)
        if "read" in record:
            said = {c: v != "fail" for c, v in record["verdicts"].items() if v != "unknown"}
            self.readings.setdefault(record["read"], []).append((record["judge"], said))
            name = record["judge"]
        elif "requests" in record:
            name = record["asked"]
        else:
            fields = {k: v for k, v in record.items() if k not in ("text", "asked", "cost")}
            text = msgspec.convert(fields, Text)
            self._made.add(text.id)
            if text.answer.finish in _WHOLE and (text.answer.text.strip() or text.answer.tool_calls):
                self.texts[text.id] = text
            name = record["asked"]
        if name:
            self.costs[name] = self.costs.get(name, Cost()) + cost


def _believed(measured: Measured, model: str, clause: Clause, said: Sequence[tuple[str, bool]]) -> float:
    """P(broken) after these readings of one text, judges being independent."""
    lapse = measured.errors.clause(model, clause)
    up, down = (0.5, 0.5) if lapse is None else (lapse.lapse, 1 - lapse.lapse)
    for judge in dict.fromkeys(j for j, _ in said):
        row = measured.errors.judge(judge, clause)
        verdicts = [ok for j, ok in said if j == judge]
        if row is None:
            continue
        passes, fails = sum(verdicts), len(verdicts) - sum(verdicts)
        slip = row.false_pass**passes * (1 - row.false_pass) ** fails
        alarm = row.false_fail**fails * (1 - row.false_fail) ** passes
        up *= row.blind * (fails == 0) + (1 - row.blind) * slip
        down *= row.deaf * (passes == 0) + (1 - row.deaf) * alarm
    return up / max(up + down, 1e-300)


_NOT_MET = "This rule is not met."


class _Spent(Exception):
    """The budget allows no further call."""


def _told(cost: Cost) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(cost)
    return made
