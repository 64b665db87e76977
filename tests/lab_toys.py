"""A model and a judge whose truth is written in the text: `c1=kept c2=broken`. For tests of calibration."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Price, Sampling
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.errors import ModelUnavailable
from lightwing.core.forms import parse_plant, parse_repair
from lightwing.core.outcome import PASS, Reading, Readings, fail
from lightwing.core.streams import python_random

JUDGED = ("j1", "j2", "j3")
SPEC = Spec(
    clauses=(
        *(Clause(id=id, text=f"Keep rule {id}.") for id in JUDGED),
        Clause(id="e1", text="Keep rule e1.", check=CheckCall(name="keywords", args={"words": ["e1kept"]})),
        Clause(id="m1", text="You may joke.", force="may"),
    )
)
_ALL = (*JUDGED, "e1")


def broken(text: str) -> set[str]:
    """The clauses that a toy's text breaks."""
    return set(re.findall(r"(\w\d)broken", text))


class ToyModel:
    def __init__(
        self, *, lapse: float = 0.3, name: str = "toy", price: Price | None = None, dies_after: int | None = None
    ):
        self.lapse, self._name, self._price, self.asked, self._left = lapse, name, price, 0, dies_after

    @property
    def name(self) -> str:
        return self._name

    @property
    def price(self) -> Price | None:
        return self._price

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        self.asked += 1
        if self._left is not None and self.asked > self._left:
            raise ModelUnavailable("The toy is dead.")
        rng = python_random(0, "toy", case.strong_id, sampling.seed or 0)
        repair, plant = parse_repair(case), parse_plant(case)
        if plant is not None:
            wrong = broken(plant.draft) | {id for id in _ALL if id in plant.rule}
        elif repair is not None:
            named = {id for id in _ALL for rule in repair.named if id in rule.rule}
            before = broken(repair.draft)
            chance = {id: 0.3 * self.lapse if id in named else 0.9 if id in before else 0.05 for id in _ALL}
            wrong = {id for id in _ALL if rng.random() < chance[id]}
        else:
            wrong = {id for id in _ALL if rng.random() < self.lapse}
        text = " ".join(f"{id}{'broken' if id in wrong else 'kept'}" for id in _ALL) + f" {rng.random()}"
        price = None if self._price is None else self._price.of(input_tokens=10, output_tokens=10)
        cost = Cost(calls=1, input_tokens=10, output_tokens=10, price=price)
        return [Candidate(answer=Answer(text=text), cost=cost, origin=Origin(model=self._name))]

    def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        raise NotImplementedError


class ToyJudge:
    """Passes a violation with `false_pass`, and always those of a `blind` share of texts and clauses."""

    name, price = "toyjudge", None

    def __init__(self, *, false_pass: float = 0.1, false_fail: float = 0.05, blind: float = 0.0) -> None:
        self.false_pass, self.false_fail, self.blind, self.reads = false_pass, false_fail, blind, 0

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        self.reads += 1
        made: list[Any] = []
        for clause in clauses:
            rng = python_random(0, "reading", answer.text, clause.id, self.reads)
            if clause.id in broken(answer.text):
                stuck = python_random(0, "blind", answer.text, clause.id).random() < self.blind
                passes = stuck or rng.random() < self.false_pass
            else:
                passes = rng.random() >= self.false_fail
            made.append(Reading(clause=clause.id, judge=self.name, outcome=PASS if passes else fail("It is broken.")))
        return Readings(
            judge=self.name, readings=tuple(made), cost=Cost(calls=1, input_tokens=5, output_tokens=5, price=0.5)
        )
