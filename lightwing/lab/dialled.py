"""Thresholds of a real model: a dial that makes it err more (its temperature, or how many clauses it is asked for at once), and redundancy against it.

At each setting of the dial every request gets one chain of texts: fresh answers, or an answer and repairs of the best text so far. A level of n delivers the best of
the first n texts: the one with the fewest clauses that seem broken, the earlier of two alike. A chain ends where nothing seems broken, for then no level goes further. So the
longest chain pays for all levels.

Truth is what code decides: judged clauses are left out. Without a judge what seems broken is the truth, and redundancy can only help. With one the chain sees its readings alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from lightwing.core.case import Answer, Case, Sampling
from lightwing.core.clause import Spec
from lightwing.core.errors import ConfigError, ModelError
from lightwing.core.forms import Named, repair_case
from lightwing.core.ids import strong_id
from lightwing.core.outcome import Verdict
from lightwing.core.protocols import Judge, Model
from lightwing.core.statistics import Rate
from lightwing.core.streams import stream_seed
from lightwing.lab.journal import Journal
from lightwing.lab.threshold import Curve
from lightwing.run.asking import opening
from lightwing.spec.bind import BoundSpec, bind

__all__ = ["By", "Dial", "Dialled", "Measuring", "exact_part", "measuring_task"]

Dial = Literal["temperature", "clauses"]
By = Literal["answers", "repairs"]

_CONCURRENCY = 4
_NOT_MET = "This rule is not met."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """The curves in order of the lapse rate that was measured at each setting: `settings`, `lapses` (clauses broken, of those in first answers) and the curves' points go together.
    `failures`: chains that ended in a model's error; they count nowhere."""

    settings: tuple[float, ...]
    lapses: tuple[Rate, ...]
    curves: tuple[Curve, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One text of a chain: which clauses seem broken, and which are."""

    text: str
    seems: tuple[str, ...]
    broken: tuple[str, ...]
    clauses: int


def exact_part(spec: Spec, *, clauses: int | None = None) -> Spec:
    """The clauses that code decides, or the first so many of them, and an instruction that asks for no others.

    Raises:
        ConfigError: there are none, or fewer than asked for.
    """
    exact = tuple(c for c in spec.clauses if c.exact and c.force != "may")
    if not exact:
        raise ConfigError(
            "Code can decide no clause of this spec, so nobody knows what is broken.",
            hint="Give a document with clauses that are marked [exact].",
        )
    if clauses is not None and not 1 <= clauses <= len(exact):
        raise ConfigError(f"{clauses} clauses were asked for, and code decides {len(exact)} of this spec.")
    if clauses is None and len(exact) == len(spec.clauses):
        return spec
    kept = exact if clauses is None else exact[:clauses]
    return replace(
        spec, clauses=kept, conflicts=(), instruction="\n".join(f"- {' '.join(c.text.split())}" for c in kept)
    )


def measuring_task(
    spec: Spec,
    cases: Sequence[Case],
    model: Model,
    judge: Judge | None,
    *,
    dial: Dial,
    by: By,
    seed: int,
    most: Sampling,
) -> str:
    """Strong id of all that can change a record of the journal; settings and levels cannot."""
    return strong_id(
        {
            "threshold": 1,
            "spec": spec.id,
            "cases": [c.strong_id for c in cases],
            "model": model.name,
            "judge": None if judge is None else judge.name,
            "dial": dial,
            "by": by,
            "sampling": [most.temperature, most.max_tokens],
            "seed": seed,
        }
    )


@dataclass(slots=True, kw_only=True)
class Measuring:
    """A measurement under way; `run` ends it. What the journal holds is not asked again.

    Raises ConfigError for fewer than three levels or two settings, and the model's error where every chain of a setting failed.
    """

    spec: Spec
    cases: Sequence[Case]
    model: Model
    judge: Judge | None
    dial: Dial
    by: By
    settings: Sequence[float]
    levels: Sequence[int]
    journal: Journal
    sampling: Sampling = Sampling()
    seed: int = 0
    told: Callable[[int], None] = lambda done: None
    _bound: dict[float, BoundSpec] = field(default_factory=dict)
    _kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _done: int = 0
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        if len(set(self.levels)) < 3 or min(self.levels) < 1:
            raise ConfigError(
                f"The levels are {', '.join(map(str, self.levels))}.", hint="Give three or more numbers with --level."
            )
        if len(set(self.settings)) < 2:
            raise ConfigError("One setting of the dial makes no curve.", hint="Give two or more with --setting.")
        for setting in self.settings:
            self._bound[setting] = bind(
                exact_part(self.spec, clauses=int(setting)) if self.dial == "clauses" else exact_part(self.spec)
            )
        self._kept = {str(r["at"]): r for r in self.journal.records if "at" in r}
        self._gate = asyncio.Semaphore(_CONCURRENCY)

    @property
    def most_calls(self) -> int:
        """Calls of models, and as many again of a judge: what it costs at most."""
        return len(set(self.settings)) * len(self.cases) * max(self.levels) * (1 if self.judge is None else 2)

    async def run(self) -> Dialled:
        chains, failures = {}, []
        for setting in sorted(set(self.settings)):
            made = await asyncio.gather(
                *(self._chain(setting, i) for i in range(len(self.cases))), return_exceptions=True
            )
            errors = [e for e in made if isinstance(e, BaseException)]
            for error in errors:
                if not isinstance(error, ModelError):
                    raise error
                failures.append(f"{type(error).__name__}: {error}")
            chains[setting] = [c for c in made if not isinstance(c, BaseException)]
            if not chains[setting]:
                raise errors[0]
        lapses = {
            s: Rate(hits=sum(len(c[0].broken) for c in found), n=sum(c[0].clauses for c in found))
            for s, found in chains.items()
        }
        order = sorted(chains, key=lambda s: lapses[s].value or 0.0)
        return Dialled(
            settings=tuple(order),
            lapses=tuple(lapses[s] for s in order),
            curves=tuple(
                Curve(
                    level=level,
                    what=self.by if self.by == "answers" else "texts",
                    points=tuple(lapses[s].value or 0.0 for s in order),
                    wrong=tuple(_wrong(chains[s], level) for s in order),
                    delivered=tuple(Rate(hits=len(chains[s]), n=len(chains[s])) for s in order),
                )
                for level in sorted(set(self.levels))
            ),
            failures=tuple(failures),
        )

    async def _chain(self, setting: float, case: int) -> list[_Text]:
        """The texts of one request at one setting, as many as the highest level takes or until nothing seems broken."""
        chain: list[_Text] = []
        async with self._gate:
            for n in range(max(self.levels)):
                at = f"{setting:g}/{case}/{n}"
                best = _best(chain)
                if best is not None and not best.seems:
                    break
                if at not in self._kept:
                    record = await self._asked(setting, case, n, best)
                    self.journal.add({"at": at, **record})
                    self._kept[at] = record
                chain.append(self._read(setting, case, self._kept[at]))
        self._done += 1
        self.told(self._done)
        return chain

    async def _asked(self, setting: float, case: int, n: int, best: _Text | None) -> dict[str, Any]:
        """One text and, where there is a judge, its reading."""
        bound = self._bound[setting]
        shown = opening(self.cases[case], bound.spec.instruction)
        if self.by == "repairs" and best is not None:
            outcomes = bound.read(self.cases[case], Answer(text=best.text)).outcomes
            named = [
                Named(rule=bound.spec.clause(c).text, reason=outcomes[c].reason if self.judge is None else _NOT_MET)
                for c in best.seems
            ]
            shown = repair_case(shown, draft=best.text, named=named)
        sampling = replace(self.sampling, seed=stream_seed(self.seed, "threshold", f"{setting:g}/{case}/{n}") % 2**31)
        if self.dial == "temperature":
            sampling = replace(sampling, temperature=setting)
        answer = (await self.model.generate(shown, n=1, sampling=sampling))[0].answer
        verdicts = None
        if self.judge is not None:
            ids = [c.id for c in bound.spec.clauses]
            read = await self.judge.read(self.cases[case], answer, bound.judged(ids))
            verdicts = {r.clause: r.outcome.verdict.value for r in read.readings}
        return {"answer": msgspec.to_builtins(answer), "verdicts": verdicts}

    def _read(self, setting: float, case: int, record: Mapping[str, Any]) -> _Text:
        """What a record comes to. A clause that the judge cannot tell, or code cannot read, counts as broken."""
        bound = self._bound[setting]
        answer = msgspec.convert(record["answer"], Answer)
        outcomes = bound.read(self.cases[case], answer).outcomes
        truth = {c: o.verdict.value for c, o in outcomes.items()}
        given = truth if record["verdicts"] is None else record["verdicts"]
        good = (Verdict.PASS.value, Verdict.SKIP.value)
        whole = bool(answer.text.strip())
        return _Text(
            text=answer.text,
            seems=tuple(c for c in truth if given.get(c) not in good or not whole),
            broken=tuple(c for c, v in truth.items() if v not in good or not whole),
            clauses=len(truth),
        )


def _best(chain: Sequence[_Text]) -> _Text | None:
    return min(chain, key=lambda t: len(t.seems), default=None)


def _wrong(chains: Sequence[Sequence[_Text]], level: int) -> Rate:
    """How many chains deliver a broken text at this level."""
    best = [_best(chain[:level]) for chain in chains]
    return Rate(hits=sum(bool(t.broken) for t in best if t is not None), n=len(chains))
