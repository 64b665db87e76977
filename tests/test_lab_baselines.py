"""Fixed budgets against closed forms: five standard errors (false alarm below 1e-5 each), and wrong by far when the noise is doubled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lightwing.lab.baselines import Budgeted, baselines, fixed_budgets
from lightwing.lab.simulate import simulate
from lightwing.lab.world import JudgeTruth, RungTruth, World

CASES = 8000
EXACT = World(clauses=3, exact=3, judges=())
JUDGED = World(clauses=1, judges=(JudgeTruth(false_pass=0.1, false_fail=0.05),))


def near(found: float, law: float) -> bool:
    return abs(found - law) <= 5 * math.sqrt(law * (1 - law) / CASES) + 1e-9


@pytest.mark.parametrize("n", [1, 4])
def test_best_of_n_delivers_where_one_of_n_is_clean_and_pays_for_all(n: int) -> None:
    counts = simulate(EXACT, Budgeted(world=EXACT, calls=(n,), at_once=True), cases=CASES, seed=1)
    assert near(counts.delivered.mean(), 1 - (1 - 0.8**3) ** n)
    assert not counts.wrong.any()
    assert (counts.calls == n).all()
    doubled = World(clauses=3, exact=3, judges=(), rungs=(RungTruth(lapse=0.4),))
    other = simulate(doubled, Budgeted(world=doubled, calls=(n,), at_once=True), cases=CASES, seed=1)
    assert not near(other.delivered.mean(), 1 - (1 - 0.8**3) ** n)


def test_sequential_best_of_n_stops_at_the_first_clean_one() -> None:
    counts = simulate(EXACT, Budgeted(world=EXACT, calls=(4,)), cases=CASES, seed=2)
    clean = 0.8**3
    assert near(counts.delivered.mean(), 1 - (1 - clean) ** 4)
    law = sum((1 - clean) ** i for i in range(4))
    assert abs(counts.calls.mean() - law) < 5 * counts.calls.std() / math.sqrt(CASES)


def test_one_reading_that_lies_delivers_what_bayes_says() -> None:
    counts = simulate(JUDGED, Budgeted(world=JUDGED), cases=CASES, seed=3)
    passes = 0.2 * 0.1 + 0.8 * 0.95
    assert near(counts.delivered.mean(), passes)
    assert abs(counts.wrong.sum() / counts.delivered.sum() - 0.02 / passes) < 5 * math.sqrt(0.0256 / CASES)
    assert (counts.readings == 1).all()


def test_a_majority_of_three_is_read_no_further_than_it_can_matter() -> None:
    counts = simulate(JUDGED, Budgeted(world=JUDGED, readings=3, passes=2), cases=CASES, seed=4)
    bad, good = 0.1**3 + 3 * 0.1**2 * 0.9, 0.95**3 + 3 * 0.95**2 * 0.05
    assert near(counts.delivered.mean(), 0.2 * bad + 0.8 * good)
    both_fail = 0.2 * 0.9**2 + 0.8 * 0.05**2
    assert near((counts.readings[:, 0] == 2).mean(), both_fail)


def test_repair_best_names_what_is_wrong_and_keeps_the_best() -> None:
    """Two exact clauses, a repair mends what it names and always breaks the other: from two wrong clauses one repair, from one never an end."""
    rung = RungTruth(lapse=0.5, repair_factor=0.0, regression=1.0, stubborn=1.0)
    world = World(clauses=2, exact=2, rungs=(rung,), judges=())
    counts = simulate(world, Budgeted(world=world, calls=(5,), then="repair"), cases=CASES, seed=5)
    assert near(counts.delivered.mean(), 0.5)
    assert set(np.unique(counts.calls)) == {1, 2, 5}


def test_an_escalation_pays_the_rung_above_for_what_is_left() -> None:
    rungs = (RungTruth(lapse=0.5, repair_factor=1.0), RungTruth(lapse=0.0, price=10.0))
    world = World(clauses=1, exact=1, rungs=rungs, judges=())
    counts = simulate(world, Budgeted(world=world, calls=(2, 3), then="repair"), cases=CASES, seed=6)
    assert counts.delivered.all()
    assert near((counts.calls[:, 1] == 1).mean(), 0.25)


@pytest.mark.parametrize(
    "world", [EXACT, JUDGED, World(clauses=3, exact=1, rungs=(RungTruth(), RungTruth(price=10.0)))]
)
def test_every_baseline_ends_within_its_budget(world: World) -> None:
    for name, strategy in [*baselines(world).items(), *fixed_budgets(world)]:
        counts = simulate(world, strategy, cases=100, seed=7)
        assert not counts.cut.any(), name
        assert (counts.calls.sum(1) <= 12).all(), name
        assert counts.delivered.any(), name
