"""What the bench on the embedded model makes of an engine: the judge's word, an error model's material, truth kept apart from what the decoder sees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from lightwing.bench.decoders_embedded import _drawn, _judged, observed, run
from lightwing.core.case import Answer, Case, Cost
from lightwing.core.clause import Clause
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Outcome, Reading, Readings, Verdict
from lightwing.lab.observed import BROKEN, KEPT, SKIPPED


class Engine:
    """Writes the same line for everything, and reads in turn: kept, broken, not to be said."""

    words: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def write(self, requests: Sequence[str], **options: Any) -> list[SimpleNamespace]:
        self.asked += requests
        return [SimpleNamespace(text="<|line|><|:|> A fox slept.<|end|>") for _ in requests]


class Reader:
    """Stands in for the embedded judge."""

    def __init__(self, engine: Engine, *, name: str) -> None:
        self.name = name

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        said = [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]
        outcomes = [Outcome(verdict=verdict) for verdict in said]
        readings = tuple(
            Reading(clause=c.id, outcome=o, judge=self.name) for c, o in zip(clauses, outcomes, strict=True)
        )
        return Readings(judge=self.name, readings=readings, cost=Cost(calls=1))


def test_no_check_is_shown_and_clauses_carry_their_kind() -> None:
    request = _drawn(random.Random(2), 1)[0]
    clauses = _judged(request).clauses
    assert [clause.check for clause in clauses] == [None] * 3
    assert [clause.id for clause in clauses] == [wish.kind for wish in request.wishes]


def test_an_observation_holds_truth_by_the_checks_and_skips_what_was_not_wished_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lightwing.bench.decoders_embedded.EmbeddedModel", Reader)
    requests, engine = _drawn(random.Random(3), 40), Engine()
    seen = observed(engine, requests)  # type: ignore[arg-type]
    assert seen.truth.shape == (120, 14)
    assert ((seen.truth != SKIPPED).sum(1) == 3).all()
    assert (seen.truth == KEPT).any()
    assert (seen.truth == BROKEN).any()
    assert (seen.passes.sum((1, 2)) == 2).all()
    assert (seen.fails.sum((1, 2)) == 2).all()
    assert not seen.passes[seen.truth == SKIPPED].any()
    repairs = seen.parent >= 0
    assert repairs.sum() == 40
    assert (seen.case[repairs] == seen.case[seen.parent[repairs]]).all()
    assert (seen.named[repairs].sum(1) == 1).all()  # what the judge failed
    assert not seen.named[~repairs].any()
    assert sum("<|mend|>" in text for text in engine.asked) == 40


def test_more_traces_than_agreed_are_refused() -> None:
    with pytest.raises(ConfigError, match="at most 500"):
        run(traces=501)
