"""The distance from the optimum: what a regret is, how worlds are counted, and levels that labels certify."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lightwing.bench.distance import Regret, _level, _quantile_interval, best_coverage, best_within, regret, run
from lightwing.bench.optimal_play import OptimalPlay, instance
from lightwing.bench.optimum import optimum
from lightwing.core.decision import Loss
from lightwing.lab.simulate import FirstAnswer, simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World


def test_the_decoder_is_near_the_optimum_and_the_first_answer_is_not() -> None:
    """The bound of 10 % is far above the noise: half a width of 95 % is below 3 % of the loss."""
    found = regret(0, cases=1500)
    assert found.half < 0.03 * found.least
    assert -0.06 < found.value < 0.10
    world, loss = instance(0)
    first = simulate(world, FirstAnswer(), cases=1500, seed=1).loss(wrong=loss.wrong, abstain=loss.abstain)
    assert first.mean() > 1.5 * found.least


def test_a_world_in_which_nothing_beats_abstaining_is_idle_and_counted_apart() -> None:
    found = regret(6, cases=50)
    assert found.idle
    assert found.value == 0.0
    assert not Regret(world=found.world, least=4.9, loss=5.0, half=0.0).idle


def test_the_run_groups_its_worlds_and_holds_mean_and_percentile_against_the_goals() -> None:
    result = run(instances=3, cases=200, targets=(), spots=())
    assert [row["worlds"] for row in result.cells] == [
        "1 clauses, 1 rungs, no blind spots",
        "2 clauses, 1 rungs, no blind spots",
        "3 clauses, 1 rungs, no blind spots",
        "all",
    ]
    mean = sum(row["mean regret"] for row in result.cells[:3]) / 3
    goals = {goal.name: goal for goal in result.goals}
    assert goals["mean regret"].value == pytest.approx(mean, abs=1e-4)
    assert goals["mean regret"].n == 3
    assert goals["regret, 95th percentile"].goal == 0.10


def test_the_interval_of_a_percentile_holds_it_as_often_as_it_says() -> None:
    """Of 400 samples at least 90 % (95 % are meant; the chance of fewer than 90 % is below 1e-4)."""
    rng = np.random.default_rng(1)
    held = [low <= 0.95 <= high for low, high in (_quantile_interval(rng.random(200), 0.95) for _ in range(400))]
    assert np.mean(held) >= 0.9


def test_the_best_within_a_target_costs_less_the_higher_the_target_and_no_less_than_the_bound() -> None:
    world = World(clauses=2, judges=(JudgeTruth(false_pass=0.1, false_fail=0.05),))
    strict, lenient = (best_within(world, error=error, cases=3000, seed=3) for error in (0.01, 0.1))
    assert lenient.price < strict.price - 0.05
    for found in (strict, lenient):
        assert found.coverage == 1.0
        assert found.price > found.dual.loss - 0.05


def test_the_optimum_delivers_all_where_it_can_and_nothing_where_it_cannot() -> None:
    """A judge blind to half of the violations that fails nothing that is kept (what it once fails it is not blind to): of one clause broken in 1 of 5, 1 of 9 deliveries is wrong at the best."""
    world = World(clauses=1, rungs=(RungTruth(repair_factor=1.0),), judges=(JudgeTruth(false_fail=0.0, blind=0.5),))
    assert best_coverage(world, error=0.2) == pytest.approx(1.0, abs=0.01)
    assert best_coverage(world, error=0.05) == pytest.approx(0.0, abs=0.01)


def test_a_level_is_the_most_lenient_that_labels_certify() -> None:
    """A clause of code: the first answer is wrong in 1 of 5; a played optimum never is."""
    world = World(clauses=1, exact=1, rungs=(RungTruth(lapse=0.2),), judges=())
    never_wrong = OptimalPlay(optimum(world, Loss(wrong=100.0, abstain=5.0)))

    def fitted(level: float) -> Any:
        return FirstAnswer() if level > 0.1 else never_wrong

    assert _level(world, fitted, 0.1, 1) == pytest.approx(0.1)
    assert _level(world, lambda level: never_wrong, 0.1, 1) == pytest.approx(0.3)
    assert _level(world, lambda level: FirstAnswer(), 0.1, 1) == pytest.approx(0.1)


def test_without_worlds_there_is_nothing_said_of_regret() -> None:
    result = run(instances=0, cases=50, targets=(), spots=())
    assert result.cells == []
    assert result.goals == []
