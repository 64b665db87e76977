"""The optimum against brute force over histories, against a closed form, and against the strategy itself in the simulated world."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.bench.optimal_play import OptimalPlay, instance, lost, truth
from lightwing.bench.optimum import Grid, blindness, dual, optimum
from lightwing.core.decision import Loss
from lightwing.decode.belief import Channel
from lightwing.lab.simulate import simulate
from lightwing.lab.world import Drift, JudgeTruth, RungTruth, World

LOSS = Loss(wrong=100.0, abstain=5.0)


def naive(world: World, loss: Loss, *, readings: int) -> float:
    """One clause, one rung, one judge: over all histories of at most so many readings of a text, the likelihoods of all that was read multiplied out. A repair of the only clause names it, and so is a renewal that starts lower than a fresh answer: its value by bisection."""
    (rung,), (judge,) = world.rungs, world.judges
    lapse = float(np.ravel(rung.lapse)[0])

    def started(chance: float, otherwise: float) -> float:
        @functools.cache
        def value(passes: int, fails: int) -> float:
            kept = (1 - chance) * (1 - judge.false_fail) ** passes * judge.false_fail**fails
            seen = chance * (1 - judge.blind) * judge.false_pass**passes * (1 - judge.false_pass) ** fails
            broken = seen + (0.0 if fails else chance * judge.blind)
            best = min(loss.wrong * broken / (kept + broken), loss.abstain, otherwise)
            if passes + fails == readings:
                return best
            stuck = broken - seen
            pass_chance = (kept * (1 - judge.false_fail) + seen * judge.false_pass + stuck) / (kept + broken)
            after = pass_chance * value(passes + 1, fails) + (1 - pass_chance) * value(passes, fails + 1)
            return min(best, judge.price + after)

        return rung.price + value(0, 0)

    low, high = 0.0, rung.price + loss.wrong
    for _ in range(25):
        middle = (low + high) / 2
        low, high = (middle, high) if started(rung.repair_factor * lapse, middle) > middle else (low, middle)
    return min(loss.abstain, started(lapse, low))


@settings(max_examples=10, deadline=None)
@given(
    lapse=st.floats(0.05, 0.4),
    factor=st.floats(0.1, 0.9),
    false_pass=st.floats(0.02, 0.3),
    false_fail=st.floats(0.01, 0.15),
    blind=st.sampled_from([0.0, 0.03, 0.1]),
    price=st.floats(0.05, 0.5),
    readings=st.sampled_from([0, 1, 4, 9]),
)
def test_one_clause_is_what_brute_force_over_histories_finds(
    lapse: float, factor: float, false_pass: float, false_fail: float, blind: float, price: float, readings: int
) -> None:
    """With the same limit on the readings of a text; the grid may be lower by its rounding."""
    rung = RungTruth(lapse=lapse, repair_factor=factor)
    judge = JudgeTruth(false_pass=false_pass, false_fail=false_fail, blind=blind, price=price)
    world = World(clauses=1, rungs=(rung,), judges=(judge,))
    found = optimum(world, LOSS, readings=readings).value
    bounded = naive(world, LOSS, readings=readings)
    assert 0.99 * bounded <= found <= bounded + 1e-3


def test_without_noise_it_is_the_closed_form_of_repairing() -> None:
    """Two exact clauses, naming mends everything and breaks nothing: one call, and one more where something was broken."""
    rung = RungTruth(lapse=0.2, repair_factor=0.0, regression=0.0, stubborn=1.0)
    world = World(clauses=2, exact=2, rungs=(rung,), judges=())
    assert optimum(world, LOSS).value == pytest.approx(1 + (1 - 0.8**2), abs=1e-4)


def test_it_abstains_at_once_where_an_answer_costs_more() -> None:
    world = World(clauses=1, rungs=(RungTruth(lapse=0.2, price=6.0),))
    assert optimum(world, LOSS).value == 5.0
    assert not simulate(world, OptimalPlay(optimum(world, LOSS)), cases=50, seed=1).delivered.any()


@pytest.mark.parametrize("number", [0, 7, 9])
def test_the_policy_loses_in_the_world_what_the_bound_says(number: int) -> None:
    """Above the bound by at most 1 % and four standard errors (false alarm below 1e-4 a world); with the noise doubled it is far off."""
    world, loss = instance(number)
    found = optimum(world, loss)
    got = lost(world, loss, OptimalPlay(found), cases=2000, seed=number)
    error = got.half / 1.96
    assert found.value - 4 * error <= got.loss <= 1.01 * found.value + 4 * error
    noisy = World(
        clauses=world.clauses,
        rungs=world.rungs,
        judges=tuple(
            JudgeTruth(false_pass=2 * j.false_pass, false_fail=2 * j.false_fail, blind=2 * j.blind, price=j.price)
            for j in world.judges
        ),
    )
    fooled = simulate(noisy, OptimalPlay(found), cases=2000, seed=number).loss(wrong=loss.wrong, abstain=loss.abstain)
    assert fooled.mean() - 4 * fooled.std() / math.sqrt(2000) > 1.01 * found.value


def test_a_finer_grid_changes_little_and_only_upwards() -> None:
    world = World(clauses=2, judges=(JudgeTruth(blind=0.05),))
    coarse = optimum(world, LOSS, grid=Grid(chances=10, exact=2, certain=0.9)).value
    middle = optimum(world, LOSS).value
    fine = optimum(world, LOSS, grid=Grid(chances=40, exact=3, certain=0.99)).value
    assert coarse - 1e-4 <= middle <= fine + 1e-4
    assert fine <= 1.02 * middle


def test_the_weighed_loss_is_the_loss() -> None:
    """Weighing by chance instead of truth changes the variance and not the mean: within four standard errors (false alarm below 1e-4)."""
    world, loss = instance(4)
    got = lost(world, loss, OptimalPlay(optimum(world, loss)), cases=8000, seed=3)
    plain = got.counts.loss(wrong=loss.wrong, abstain=loss.abstain)
    assert abs(got.loss - plain.mean()) < 4 * plain.std() / math.sqrt(len(plain))
    assert got.half < 1.96 * plain.std() / math.sqrt(len(plain))


def test_the_best_within_a_target_is_a_mixture_of_the_two_policies_beside_it() -> None:
    """Where a wrong delivery costs a little less than the price found, too many are wrong; a little more, too few. Mixed so that the rate is the target, they
    cost what the bound says, within 3 % and four standard errors of the rate at what an error costs (false alarm below 1e-4)."""
    world = World(clauses=2, rungs=(RungTruth(lapse=0.2),), judges=(JudgeTruth(false_pass=0.1, false_fail=0.05),))
    found = dual(world, error=0.02, abstain=50.0)
    rates, prices = [], []
    for factor in (0.9, 1.1):
        worth = factor * found.price_of_error
        played = OptimalPlay(optimum(world, Loss(wrong=worth, abstain=50.0 + 0.02 * worth)))
        got = lost(world, Loss(wrong=1.0, abstain=0.0), played, cases=8000, seed=5)
        assert got.counts.coverage.value == 1.0
        rates.append(got.loss - float(got.counts.price.mean()))
        prices.append(float(got.counts.price.mean()))
    assert rates[0] > 0.02 > rates[1]
    share = (0.02 - rates[1]) / (rates[0] - rates[1])
    mixed = share * prices[0] + (1 - share) * prices[1]
    slack = 4 * found.price_of_error * math.sqrt(0.02 / 8000)
    assert found.loss - slack <= mixed <= 1.03 * found.loss + slack


def test_blindness_of_two_judges_is_what_the_world_draws() -> None:
    """Frequencies within five standard errors (false alarm below 1e-5)."""
    judges = (JudgeTruth(blind=0.2), JudgeTruth(blind=0.1))
    world = World(clauses=1, judges=judges, shared=0.4)
    stuck = world.open(60_000, 1)._stuck(np.arange(60_000), np.ones((60_000, 1), bool))[:, 0]
    law = blindness(judges, 0.4)
    for mask in range(4):
        share = (stuck @ [1, 2] == mask).mean()
        assert abs(share - law[mask]) < 5 * math.sqrt(law[mask] * (1 - law[mask]) / 60_000)


def test_truth_says_the_world() -> None:
    world = World(clauses=2, exact=1, judges=(JudgeTruth(blind=0.2), JudgeTruth(blind=0.1)), shared=0.4)
    clauses, errors = truth(world)
    channel = Channel.of(clauses, errors, list(errors.rungs), list(errors.judges))
    assert [clause.exact for clause in clauses] == [True, False]
    assert channel.spots[1, 1].sum() == pytest.approx(1.0)
    both = blindness(world.judges, 0.4)[3]
    assert errors.common("judge0", "judge1") * 0.1 == pytest.approx(both)


@pytest.mark.parametrize(
    "world",
    [
        World(clauses=4),
        World(clauses=1, rungs=(RungTruth(concentration=1.0),)),
        World(clauses=1, judges=(JudgeTruth(deaf=0.1),)),
        World(clauses=1, drift=Drift(correlated=0.5)),
    ],
)
def test_it_refuses_what_it_cannot_solve(world: World) -> None:
    with pytest.raises(ValueError, match=r"clauses|persistence|deafness"):
        optimum(world, LOSS)
