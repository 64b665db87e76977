"""The guarantee bench on a world whose risk is known in closed form, with a strategy that reads often enough, and with one that is told lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightwing.bench import guarantee
from lightwing.bench.guarantee import Cell, Fitted, _Deliveries, labels_needed, run
from lightwing.decode.belief import PASSED
from lightwing.decode.moves import ACCEPT, FRESH, READ, Moves
from lightwing.lab.world import JudgeTruth, RungTruth, World

WORLD = World(
    clauses=1, rungs=(RungTruth(lapse=0.2),), judges=(JudgeTruth(false_pass=0.3, false_fail=0.05),), shared=0.0
)


def risk_after(readings: int) -> float:
    wrong, right = 0.2 * 0.3**readings, 0.8 * 0.95**readings
    return wrong / (wrong + right)


class Reads:
    """Delivers the first answer that so many readings pass."""

    texts = 1

    def __init__(self, readings: int) -> None:
        self.readings = readings

    def start(self, cases: int) -> Any:
        return np.full(cases, -1)

    def act(self, state: Any, which: Any) -> Moves:
        moves = Moves.blank(len(which), 1)
        moves.kind = np.where(state[which] < 0, FRESH, np.where(state[which] < self.readings, READ, ACCEPT))
        moves.clauses[:] = True
        return moves

    def see(self, state: Any, which: Any, moves: Moves, verdicts: Any) -> None:
        passed = (moves.kind == FRESH) | (verdicts[:, 0] == PASSED)
        state[which] = np.where(passed, state[which] + 1, -1)


def honest(world: World, traces: int, seed: int) -> Fitted:
    """Reads as often as the level needs."""
    return lambda level: Reads(next(r for r in range(9) if risk_after(r) <= level))


def lied_to(world: World, traces: int, seed: int) -> Fitted:
    """Believes that a third of the readings would do."""
    return lambda level: Reads(next(r for r in range(9) if risk_after(3 * r) <= level))


def bench(fitted: Any, **given: Any) -> Any:
    return run(cells=[Cell(name="w", world=WORLD)], fits=1, trials=20, cases=20_000, fitted=fitted, **given)


def test_trials_certify_where_the_policy_keeps_its_word_and_deliver_nothing_where_it_lies() -> None:
    kept = bench(honest, targets=(0.05,)).cells[0]
    assert kept["certified"] >= 0.5
    assert kept["above target"] == 0
    assert kept["coverage where certified"] == 1.0
    assert 0 < kept["true risk"] <= 0.05
    lied = bench(lied_to, targets=(0.05,)).cells[0]
    assert risk_after(1) > 0.05
    assert lied["certified"] <= 0.2


def test_the_true_risk_of_a_level_is_that_of_the_closed_form() -> None:
    deliveries = _Deliveries(WORLD, honest(WORLD, 0, 0), 0, 5, 40_000)
    for level in (0.1, 0.03):
        readings = honest(WORLD, 0, 0)(level).readings  # type: ignore[attr-defined]
        truth = deliveries.truth(level)
        low, high = truth.error.interval
        assert low - 0.002 <= risk_after(readings) <= high + 0.002


def test_labels_are_fresh_for_each_trial_and_apart_from_the_truth() -> None:
    deliveries = _Deliveries(WORLD, honest(WORLD, 0, 0), 0, 5, 5000)
    labels = deliveries.labels(0.1, 2000)
    assert len(labels) == 2000
    assert deliveries.labels(0.1, 2000) is not None
    assert (deliveries.labels(0.1, 2000) == labels).all()
    truth = deliveries.truth(0.1)
    assert (truth.wrong[:2000] != labels).any()


def test_a_level_that_delivers_next_to_nothing_is_passed_over() -> None:
    def never(world: World, traces: int, seed: int) -> Fitted:
        return lambda level: Reads(40)

    found = bench(never, targets=(0.10,)).cells[0]
    assert found["certified"] <= 1.0
    assert found["above target"] == 0


def test_the_labels_of_each_target_are_stated() -> None:
    assert {t: labels_needed(t) for t in guarantee.LEVELS} == {0.02: 456, 0.03: 303, 0.05: 181, 0.10: 89}
    notes = " ".join(bench(honest, targets=(0.10,)).notes)
    assert "89 (at least 29) at 10 %" in notes


@pytest.mark.parametrize("target", list(guarantee.LEVELS))
def test_levels_go_from_strict_to_lenient_around_the_target(target: float) -> None:
    levels = guarantee.LEVELS[target]
    assert sorted(levels) == list(levels)
    assert levels[0] < target <= levels[-1]
