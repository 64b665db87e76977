"""The strategy of cost-optimal in worlds whose truth is known. Each test has a closed form or a bound, and fails at twice the noise; false alarm below 1e-4."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_decode_belief import clauses_of, errors_of

from lightwing.core.decision import Loss, Target
from lightwing.core.errors import ConfigError
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.simulate import Counts, simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World


def strategy_for(world: World, target: Target) -> Strategy:
    rungs = [(f"m{i}", r.price) for i, r in enumerate(world.rungs)]
    judges = [f"j{i}" for i in range(len(world.judges))] if world.exact < world.clauses else []
    prices = {f"j{i}": j.price for i, j in enumerate(world.judges)}
    return Strategy.of(clauses_of(world), replace(errors_of(world), prices=prices), target, rungs=rungs, judges=judges)


def run(world: World, target: Target, cases: int = 4000) -> Counts:
    return simulate(world, BatchOptimal(strategy_for(world, target)), cases=cases, seed=11)


def test_where_a_repair_is_no_better_an_answer_costs_its_price_over_the_chance_that_it_holds() -> None:
    world = World(clauses=1, exact=1, rungs=(RungTruth(lapse=0.5, repair_factor=2.0),))
    strategy = strategy_for(world, Target(error=0.05))
    np.testing.assert_allclose(strategy.values.fresh, 2.0, rtol=0.02)
    counts = simulate(world, BatchOptimal(strategy), cases=4000, seed=1)
    assert abs(counts.price.mean() - 2.0) < 4 * np.sqrt(2.0 / 4000)
    assert counts.error.hits == 0


def test_a_repair_that_listens_is_preferred() -> None:
    world = World(clauses=1, exact=1, rungs=(RungTruth(lapse=0.5, repair_factor=0.2),))
    counts = run(world, Target(error=0.05))
    assert abs(counts.price.mean() - (1 + 0.5 / 0.9)) < 0.06


@pytest.mark.parametrize("level", [0.02, 0.1])
def test_what_is_delivered_is_wrong_no_oftener_than_asked(level: float) -> None:
    world = World(clauses=4, judges=(JudgeTruth(false_pass=0.1, blind=0.02),))
    counts = run(world, Target(error=level))
    low, _ = counts.error.interval
    assert low <= level
    assert counts.coverage.value is not None
    assert counts.coverage.value > 0.98
    noisier = replace(world, judges=(JudgeTruth(false_pass=0.3, blind=0.15),))
    deceived = simulate(noisier, BatchOptimal(strategy_for(world, Target(error=level))), cases=4000, seed=11)
    assert deceived.error.interval[0] > level or level == 0.1


def test_what_cannot_be_reached_is_not_tried_for_ever() -> None:
    world = World(clauses=8, judges=(JudgeTruth(blind=0.25),))
    counts = run(world, Target(error=0.01), cases=200)
    assert not counts.delivered.any()
    assert counts.price.max() < 26


def test_the_rung_above_is_taken_where_it_pays_and_only_there() -> None:
    weak, strong = RungTruth(lapse=0.9, repair_factor=1.0), RungTruth(lapse=0.05, repair_factor=1.0, price=3.0)
    hard = World(clauses=3, exact=3, rungs=(weak, strong))
    counts = run(hard, Target(error=0.05), cases=2000)
    assert counts.calls[:, 0].sum() == 0
    easy = World(clauses=3, exact=3, rungs=(RungTruth(lapse=0.1, repair_factor=0.5), strong))
    assert run(easy, Target(error=0.05), cases=2000).calls[:, 1].sum() == 0


def test_a_loss_below_every_price_is_not_worth_an_answer() -> None:
    counts = run(World(clauses=2), Target(loss=Loss(wrong=100, abstain=0.5)), cases=100)
    assert not counts.delivered.any()
    assert counts.price.sum() == 0


def test_nothing_to_aim_at_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing to aim at"):
        strategy_for(World(clauses=1), Target())
    with pytest.raises(ConfigError, match="above 0 and below 1"):
        strategy_for(World(clauses=1), Target(error=5))
