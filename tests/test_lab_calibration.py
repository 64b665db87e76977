"""Calibration against toys whose truth is known; a killed one goes on; it stops when it knows enough, and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lab_toys import JUDGED, SPEC, ToyJudge, ToyModel, broken

from lightwing.core.case import Case, Sampling
from lightwing.core.errormodel import ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ModelUnavailable, StoreError
from lightwing.lab.calibration import Calibration, calibration_task, calls_of_a_case
from lightwing.lab.enough import enough, floors
from lightwing.lab.journal import Journal
from lightwing.lab.measure import Measured
from lightwing.spec import bind

BOUND = bind(SPEC)
CASES = [Case.ask(f"Request {n}.", id=str(n)) for n in range(60)]


def calibration(
    journal: Journal, *, model: ToyModel | None = None, judge: ToyJudge | None = None, **how: Any
) -> Calibration:
    judges = [judge or ToyJudge()]
    return Calibration(bound=BOUND, cases=CASES, models=[model or ToyModel()], judges=judges, journal=journal, **how)


def test_a_calibration_finds_what_the_toys_do() -> None:
    """620 calls: about 100 planted violations and 76 answers, seeds fixed; an interval of 95 % misses once in 20 other seeds."""
    made = calibration(Journal(None, task="t"), judge=ToyJudge(false_pass=0.2), budget=620, round=20)
    measured, why = asyncio.run(made.run())
    assert why in ("budget", "enough")
    assert made.calls <= 620
    top = measured.judges["toyjudge"]["j1"]
    assert top["false_pass"].low <= 0.2 <= top["false_pass"].high
    # Without labels a lapse is known through the judge only: the exact clause is held to its interval, the judged ones to half of their rate.
    lapse = measured.lapses["toy"]["e1"]
    assert lapse.low <= 0.3 <= lapse.high
    assert all(measured.lapses["toy"][c].mean == pytest.approx(0.3, abs=0.15) for c in JUDGED)
    assert measured.errors.basis == "planted"
    assert measured.errors.spec == SPEC.id
    assert set(measured.errors.rungs["toy"]) == {*JUDGED, "e1", "kind:judged", "kind:keywords", "*"}
    assert measured.errors.prices == {"toyjudge": 0.5}


def test_labels_make_the_basis_labels_and_win_over_planting() -> None:
    first = calibration(Journal(None, task="t"), judge=ToyJudge(blind=0.5), budget=200)
    asyncio.run(first.run())
    labels = {(t.id, c): c not in broken(t.answer.text) for t in first.texts.values() for c in JUDGED}
    first.labels = labels
    measured = first.measured()
    assert measured.errors.basis == "labels"
    assert measured.judges["toyjudge"]["j1"]["blind"].low > 0.2
    first.labels = dict.fromkeys(labels, True)
    assert first.measured().judges["toyjudge"]["j1"]["blind"].n == 0


def test_further_fields_of_the_request_are_part_of_the_task() -> None:
    plain, other = (
        calibration_task(BOUND, CASES, [ToyModel()], [ToyJudge()], sampling, 0)
        for sampling in (Sampling(), Sampling(extra={"presence_penalty": 1}))
    )
    assert plain != other


def test_a_killed_calibration_goes_on_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    task = calibration_task(
        BOUND, CASES, [ToyModel()], [ToyJudge()], calibration(Journal(None, task="t"), budget=1).sampling, 0
    )
    path = tmp_path / "journal.jsonl"
    with Journal(path, task=task) as journal:
        asyncio.run(calibration(journal, budget=60, concurrency=1).run())
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"read": "0.0')  # a kill in the middle of a line
    model, judge = ToyModel(), ToyJudge()
    with Journal(path, task=task) as journal:
        made = calibration(journal, model=model, judge=judge, budget=90, concurrency=1)
        assert made.calls == 60
        asyncio.run(made.run())
        assert made.calls == 90
        assert model.asked + judge.reads == 30
    assert path.read_bytes().startswith(whole)
    with Journal(tmp_path / "whole.jsonl", task=task) as journal:
        straight = calibration(journal, budget=90, concurrency=1)
        asyncio.run(straight.run())
    fresh = [t for t in straight.texts.values() if t.model and not t.parent]
    assert all(made.texts[t.id].answer == t.answer for t in fresh if t.id in made.texts)


def test_a_journal_of_something_else_and_a_second_writer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, task="one"), pytest.raises(StoreError, match="Another process is writing"):
        Journal(path, task="one")
    with pytest.raises(StoreError, match="belongs to another measurement"):
        Journal(path, task="two")
    path.write_text('{"schema": 1, "task": "one"}\nnonsense\n')
    with pytest.raises(StoreError, match="line 2"):
        Journal(path, task="one")
    with pytest.raises(StoreError, match="cannot be used"):
        Journal(tmp_path / "no" / "such", task="one")


def test_it_stops_when_the_target_is_sure_and_when_it_is_out_of_reach() -> None:
    """A judge blind to half of the violations leaves 3 x 0.3 / 0.7 x 0.5, more than 20 % wrong; a sharp one is sure enough for 30 %."""
    blind = calibration(Journal(None, task="t"), judge=ToyJudge(blind=0.5), budget=3000, target=0.05, round=20)
    assert asyncio.run(blind.run())[1] == "out of reach"
    assert blind.calls < 3000
    sharp = calibration(Journal(None, task="t"), judge=ToyJudge(false_pass=0.02), budget=3000, target=0.3, round=20)
    assert asyncio.run(sharp.run())[1] == "enough"
    assert sharp.calls < 3000


def test_a_model_that_fails_at_once_is_told_and_one_that_fails_later_leaves_a_gap() -> None:
    with pytest.raises(ModelUnavailable):
        asyncio.run(calibration(Journal(None, task="t"), model=ToyModel(dies_after=0), budget=50).run())
    late = calibration(Journal(None, task="t"), model=ToyModel(dies_after=12), budget=60, concurrency=1)
    with pytest.raises(ModelUnavailable):
        asyncio.run(late.run())
    assert late.failures
    assert len(late.texts) >= 8


def test_calls_are_told_before_they_are_made() -> None:
    assert calls_of_a_case(BOUND, models=1, judges=1) == (6, 14)
    assert calls_of_a_case(BOUND, models=2, judges=0) == (6, 0)
    made = calibration(Journal(None, task="t"), judge=ToyJudge(false_pass=0, false_fail=0), budget=10_000, round=1)
    asyncio.run(made._case(0, 0))
    assert made.calls <= 24  # four of them readings of a mutant that the toy judge cannot see


def test_the_floor_is_the_chance_to_be_wrong_and_unseen() -> None:
    errors = ErrorModel(
        rungs={"m": {"*": ClauseErrors(lapse=0.2)}},
        judges={
            "a": {"*": JudgeErrors(false_pass=0.1, false_fail=0, blind=0.1)},
            "b": {"*": JudgeErrors(false_pass=0.1, false_fail=0, blind=0.05)},
        },
        shared={"a|b": 0.5},
    )
    found = floors(errors, SPEC)
    assert [f.clause for f in found] == list(JUDGED)
    assert found[0].judge == "b"
    assert found[0].wrong == pytest.approx(0.2 * 0.025 / (0.2 * 0.025 + 0.8))
    assert floors(ErrorModel(rungs=errors.rungs), SPEC)[0].wrong == pytest.approx(0.2)


def test_why_a_target_is_open_is_said_of_clauses_that_nobody_reads_and_never_as_more_than_all() -> None:
    """Each of the judged clauses is broken nine times in ten: their sum is above one, the chance that any is broken below it."""
    alone = ErrorModel(rungs={"m": {"*": ClauseErrors(lapse=0.9)}})
    found = enough(Measured(errors=alone), SPEC, target=0.05)
    assert found.why == f"no judge reads {len(JUDGED)} clauses"
    assert found.floor == pytest.approx(1 - 0.1 ** len(JUDGED))
    guessed = ErrorModel(rungs=alone.rungs, judges={"j": {"*": JudgeErrors(false_pass=0.1, false_fail=0, blind=0.5)}})
    found = enough(Measured(errors=guessed), SPEC, target=0.05)
    assert found.why.startswith("no judge has read a known violation of clause ")
    row = JudgeErrors(false_pass=0.1, false_fail=0, blind=0.5, broken=9)
    read = ErrorModel(rungs=alone.rungs, judges={"j": {"*": row}})
    assert enough(Measured(errors=read), SPEC, target=0.05).why.startswith("blind spots may leave 9")
