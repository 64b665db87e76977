"""A model that writes real texts with an exactly chosen syndrome, under a stated error model.

It lapses as it is told to: each clause of a fresh answer fails with its lapse rate p. Asked to repair a draft (`lightwing.core.forms`), a named clause
fails with f·p, an unnamed clause that held is broken with r, an unnamed clause that failed stays broken with k. With a concentration c the lapse rate is
itself drawn for each (case, clause) from Beta(c·p, c·(1-p)): the smaller c, the more an error persists within a case.

All randomness comes from named streams of (seed, model, case, call): see `SimulatedModel`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Union

from lightwing.core.case import Answer, Candidate, Case, Delta, Price, Sampling
from lightwing.core.errormodel import ClauseErrors
from lightwing.core.errors import ConfigError, Unsteerable
from lightwing.core.forms import PlantRequest, RepairRequest, parse_plant, parse_repair
from lightwing.core.streams import python_random
from lightwing.models.benchmark import SeparableWriter, is_benchmark
from lightwing.models.common import FREE, candidate, deltas, require_request, simulated_cost
from lightwing.models.registry import Opening
from lightwing.models.writer import PageWriter

__all__ = ["SimulatedErrors", "SimulatedModel", "Writer", "open_simulated"]

Level = Union[float, Mapping[str, float]]


class Writer(Protocol):
    """Writes an answer to a case in which exactly the chosen clauses fail, and tells which of them fail in a draft."""

    def steers(self, case: Case) -> Sequence[str]:
        """Ids of the clauses that can be made to hold or fail in this case, in the spec's order."""
        ...

    def write(self, case: Case, failing: frozenset[str], rng: random.Random) -> Answer:
        """An answer in which of the steered clauses exactly `failing` fail.

        Raises:
            Unsteerable: no such answer was found; the clauses in the way are named.
        """
        ...

    def failing(self, case: Case, draft: Answer) -> frozenset[str]:
        """Which of the steered clauses fail in this draft."""
        ...

    def named(self, case: Case, rules: Sequence[str]) -> frozenset[str]:
        """The clauses that a repair request names by these texts. A rule that is none of the spec's is passed over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedErrors:
    """How a simulated model errs; each of the first four is one number for all clauses or one per clause id.

    `p`: lapse rate of a clause in a fresh answer. `f`: a clause named in a repair fails with f·p. `r`: an unnamed clause that held is broken by a rewrite.
    `k`: an unnamed clause that failed still fails after a rewrite. `concentration`: of the Beta law of p over cases; None: the same p in every case.

    >>> SimulatedErrors(p=0.2, f=0.3, r=0.05, k=0.9).of("any clause").lapse
    0.2
    >>> SimulatedErrors(p={"c1": 0.5}).of("c2").lapse
    0.0
    """

    p: Level = 0.2
    f: Level = 0.3
    r: Level = 0.05
    k: Level = 0.9
    concentration: float | Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        for name, level in (("p", self.p), ("r", self.r), ("k", self.k)):
            for value in _values(level):
                if not 0.0 <= value <= 1.0:
                    raise ConfigError(
                        f"{name} is {value}, not a probability.", where="simulated model", hint="Give 0 to 1."
                    )
        for value in _values(self.f):
            if value < 0.0:
                raise ConfigError(f"f is {value}.", where="simulated model", hint="Give a factor of at least 0.")
        for value in _values(self.concentration if self.concentration is not None else 1.0):
            if value <= 0.0:
                raise ConfigError(f"concentration is {value}.", where="simulated model", hint="Give a number above 0.")

    def of(self, clause: str) -> ClauseErrors:
        """The rates of one clause. A clause that a mapping leaves out never lapses (0), is repaired in full (0), never breaks (0), stays broken (1)."""
        return ClauseErrors(
            lapse=_level(self.p, clause, 0.0),
            repair_factor=_level(self.f, clause, 0.0),
            regression=_level(self.r, clause, 0.0),
            stubborn=_level(self.k, clause, 1.0),
            concentration=self.concentration.get(clause)
            if isinstance(self.concentration, Mapping)
            else self.concentration,
        )


class SimulatedModel:
    """Writes texts for a spec with a syndrome drawn from the error model; never another syndrome than the one drawn.

    Streams are named by the seed, the model's name, the case (its id, else its content), the number of the answer within the case, and
    `Sampling.seed` where the caller gives one. So a new instance gives the same answers to the same cases in any process and in any order of the cases,
    and asking again within a case gives a fresh answer.

    A syndrome that the writer cannot write raises Unsteerable, unless `redraws` allows to draw another that many times; the error model is then the
    stated one given that the syndrome can be written.

    >>> import asyncio
    >>> from lightwing.models.benchmark import benchmark_spec
    >>> spec = benchmark_spec(4)
    >>> model = SimulatedModel(SimulatedErrors(p=0.0), writer=SeparableWriter(spec))
    >>> made = asyncio.run(model.generate(Case.ask("Write a note.", id="a"), n=1, sampling=Sampling()))
    >>> print(made[0].answer.text)
    This is the note. It mentions amber. First basalt and then basalt again. It mentions dahlia. This is the end of it. Sheet 204984.
    """

    def __init__(
        self,
        errors: SimulatedErrors,
        *,
        writer: Writer,
        name: str = "simulated",
        seed: int = 0,
        price: Price | None = FREE,
        seconds_per_call: float = 0.0,
        redraws: int = 0,
    ) -> None:
        self._errors = errors
        self._writer = writer
        self._name = name
        self._seed = seed
        self._seconds = seconds_per_call
        self._redraws = redraws
        self.price = price
        self._rates: dict[str, ClauseErrors] = {}
        self._answered: dict[str, int] = {}

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        require_request(case, n, model=self._name)
        await asyncio.sleep(0)
        return [self._one(case, sampling) for _ in range(n)]

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        for index, made in enumerate(await self.generate(case, n=n, sampling=sampling)):
            for delta in deltas(index, made):
                yield delta

    def _one(self, case: Case, sampling: Sampling) -> Candidate:
        repair = parse_repair(case) or parse_plant(case)
        asked = case if repair is None else repair.case
        key = asked.id or asked.strong_id
        number = self._answered.get(key, 0)
        self._answered[key] = number + 1
        rng = python_random(self._seed, self._name, key, number, "" if sampling.seed is None else sampling.seed)
        answer = self._written(asked, key, repair, rng)
        cost = simulated_cost(case, answer, price=self.price, seconds=self._seconds)
        return candidate(answer, cost=cost, model=self._name, sampling=sampling)

    def _written(self, case: Case, key: str, repair: RepairRequest | PlantRequest | None, rng: random.Random) -> Answer:
        for _ in range(self._redraws):
            with contextlib.suppress(Unsteerable):
                return self._writer.write(case, self._draw(case, key, repair, rng), rng)
        return self._writer.write(case, self._draw(case, key, repair, rng), rng)

    def _draw(
        self, case: Case, key: str, repair: RepairRequest | PlantRequest | None, rng: random.Random
    ) -> frozenset[str]:
        """The clauses that fail in the next answer. One number is drawn per clause, whatever becomes of it, so that clauses do not shift each other."""
        steered = self._writer.steers(case)
        lapses = self._lapses(steered, key)
        if repair is None:
            return frozenset(id for id in steered if rng.random() < lapses[id])
        failed = self._writer.failing(case, Answer(text=repair.draft))
        if isinstance(repair, PlantRequest):
            return frozenset({*failed, *self._writer.named(case, (repair.rule,))})
        named = self._writer.named(case, tuple(n.rule for n in repair.named))
        failing = set()
        for id in steered:
            rates = self._of(id)
            if id in named:
                chance = rates.repair_factor * lapses[id]
            else:
                chance = rates.stubborn if id in failed else rates.regression
            if rng.random() < chance:
                failing.add(id)
        return frozenset(failing)

    def _lapses(self, steered: Sequence[str], key: str) -> Mapping[str, float]:
        rng = (
            python_random(self._seed, self._name, key, "lapse rates")
            if self._errors.concentration is not None
            else None
        )
        lapses = {}
        for id in steered:
            rates = self._of(id)
            lapses[id] = rates.lapse
            if rng is not None and rates.concentration is not None and 0.0 < rates.lapse < 1.0:
                c = rates.concentration
                lapses[id] = rng.betavariate(c * rates.lapse, c * (1.0 - rates.lapse))
        return lapses

    def _of(self, clause: str) -> ClauseErrors:
        rates = self._rates.get(clause)
        if rates is None:
            rates = self._rates[clause] = self._errors.of(clause)
        return rates


def _values(level: Level) -> Sequence[float]:
    return tuple(level.values()) if isinstance(level, Mapping) else (level,)


def _level(level: Level, clause: str, absent: float) -> float:
    return level.get(clause, absent) if isinstance(level, Mapping) else level


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedOptions:
    """Options of `simulated:NAME`."""

    p: float | dict[str, float] = 0.2
    f: float | dict[str, float] = 0.3
    r: float | dict[str, float] = 0.05
    k: float | dict[str, float] = 0.9
    concentration: float | dict[str, float] | None = None
    seed: int = 0
    price: Price | None = FREE
    seconds_per_call: float = 0.0
    redraws: int = 0


def open_simulated(opening: Opening) -> SimulatedModel:
    """`simulated:NAME`: needs a spec to write for and, unless it is a benchmark spec, how to read answers against it."""
    options = opening.options_as(SimulatedOptions)
    errors = SimulatedErrors(p=options.p, f=options.f, r=options.r, k=options.k, concentration=options.concentration)
    return SimulatedModel(
        errors,
        writer=writer_for(opening),
        name=opening.address,
        seed=options.seed,
        price=options.price,
        seconds_per_call=options.seconds_per_call,
        redraws=options.redraws,
    )


def writer_for(opening: Opening) -> Writer:
    """The separable writer for a benchmark spec, else the one that composes and verifies."""
    if opening.spec is None:
        raise ConfigError(
            "A simulated model writes texts for a spec, and none was handed in.",
            where=opening.address,
            hint="Open it with spec=… and read=… of the bound spec.",
        )
    if is_benchmark(opening.spec):
        return SeparableWriter(opening.spec)
    if opening.read is not None:
        return PageWriter(opening.spec, opening.read)
    raise ConfigError(
        "A simulated model verifies its texts, and no way to read them was handed in.",
        where=opening.address,
        hint="Open it with read=… of the bound spec.",
    )
