"""What the bench on the embedded model makes of an engine: the judge's word, an error model's material, truth kept apart from what the decoder sees."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from lightwing.bench.decoders_embedded import WordOfJudge, _drawn, _judged, observed, run
from lightwing.core.case import Answer, Case
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Verdict
from lightwing.lab.observed import BROKEN, KEPT, SKIPPED


class Engine:
    """Writes the same line for everything, and holds rules for kept in turn: surely, hardly, not to be said."""

    def write(self, requests: Sequence[str], **options: Any) -> list[SimpleNamespace]:
        return [SimpleNamespace(text="A fox slept.") for _ in requests]

    def likelier(self, requests: Sequence[str], one: str, other: str) -> list[float | None]:
        return [(0.9, 0.2, None)[i % 3] for i in range(len(requests))]


def test_the_judge_is_taken_at_its_word_and_silent_where_it_cannot_say() -> None:
    clauses = _judged(_drawn(random.Random(1), 1)[0]).clauses
    read = asyncio.run(WordOfJudge(Engine()).read(Case.ask("Write."), Answer(text="A fox slept."), clauses))  # type: ignore[arg-type]
    assert [r.outcome.verdict for r in read.readings] == [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]
    assert read.cost.calls == 1


def test_no_check_is_shown_and_clauses_carry_their_kind() -> None:
    request = _drawn(random.Random(2), 1)[0]
    clauses = _judged(request).clauses
    assert [clause.check for clause in clauses] == [None] * 3
    assert [clause.id for clause in clauses] == [wish.kind for wish in request.wishes]


def test_an_observation_holds_truth_by_the_checks_and_skips_what_was_not_wished_for() -> None:
    requests = _drawn(random.Random(3), 40)
    seen = observed(Engine(), requests)  # type: ignore[arg-type]
    assert seen.truth.shape == (80, 14)
    assert ((seen.truth != SKIPPED).sum(1) == 3).all()
    assert (seen.truth == KEPT).any()
    assert (seen.truth == BROKEN).any()
    assert (seen.passes.sum((1, 2)) == 2).all()
    assert (seen.fails.sum((1, 2)) == 2).all()
    assert not seen.passes[seen.truth == SKIPPED].any()


def test_more_traces_than_agreed_are_refused() -> None:
    with pytest.raises(ConfigError, match="at most 500"):
        run(traces=501)
