"""The simulated world keeps to its laws: rates by closed form, 5 standard errors (false alarm below 1e-5 a test), wrong when the noise is doubled."""

from __future__ import annotations

import numpy as np
import pytest

from lightwing.lab.world import Drift, JudgeTruth, RungTruth, World

CASES = 40_000
ALL = np.arange(CASES)


def near(found: float, law: float, n: int) -> bool:
    return abs(found - law) <= 5 * np.sqrt(max(law * (1 - law), 1e-9) / n)


@pytest.mark.parametrize("concentration", [None, 0.5, 2.0, 20.0])
def test_a_fresh_answer_lapses_at_its_rate_and_twice_in_a_case_as_a_beta_law_says(concentration: float | None) -> None:
    worlds = World(clauses=1, rungs=(RungTruth(lapse=0.2, concentration=concentration),)).open(CASES, 1)
    one, two = (worlds.fresh(ALL)[0][:, 0] for _ in range(2))
    twice = 0.04 if concentration is None else 0.04 + 0.16 / (concentration + 1)
    assert near(one.mean(), 0.2, CASES)
    assert near((one & two).mean(), twice, CASES)


def test_a_rung_above_finds_the_same_cases_hard() -> None:
    rungs = (RungTruth(lapse=0.2, concentration=1.0), RungTruth(lapse=0.05, concentration=1.0))
    worlds = World(clauses=1, rungs=rungs).open(CASES, 2)
    low, high = worlds.fresh(ALL, 0)[0][:, 0], worlds.fresh(ALL, 1)[0][:, 0]
    assert near(high.mean(), 0.05, CASES)
    assert high[low].mean() > 2 * high[~low].mean()


def test_a_repair_does_to_each_clause_what_its_rates_say() -> None:
    worlds = World(clauses=2, rungs=(RungTruth(repair_factor=0.3, regression=0.05, stubborn=0.9),)).open(CASES, 3)
    broken = np.tile([True, True], (CASES, 1))
    stuck = np.zeros((CASES, 2, 1), bool)
    after, _ = worlds.repaired(ALL, (broken, stuck), np.tile([True, False], (CASES, 1)))
    assert near(after[:, 0].mean(), 0.06, CASES)
    assert near(after[:, 1].mean(), 0.9, CASES)
    kept, _ = worlds.repaired(ALL, (~broken, stuck), np.tile([True, False], (CASES, 1)))
    assert near(kept[:, 1].mean(), 0.05, CASES)


def test_two_readings_agree_in_error_by_the_blind_share() -> None:
    judge = JudgeTruth(false_pass=0.1, false_fail=0.05, blind=0.2)
    worlds = World(clauses=1, judges=(judge,)).open(CASES, 4)
    broken = np.ones((CASES, 1), bool)
    text = broken, worlds._stuck(ALL, broken)
    one, two = (worlds.read(ALL, text)[:, 0] for _ in range(2))
    assert near(one.mean(), 0.2 + 0.8 * 0.1, CASES)
    assert near((one & two).mean(), 0.2 + 0.8 * 0.01, CASES)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_judges_share_blind_spots_as_stated(shared: float) -> None:
    judge = JudgeTruth(blind=0.1)
    worlds = World(clauses=1, judges=(judge, judge), shared=shared).open(CASES, 5)
    stuck = worlds._stuck(ALL, np.ones((CASES, 1), bool))[:, 0]
    assert near(stuck.all(-1).mean(), 0.1 * (shared + (1 - shared) * 0.1), CASES)


def test_drift_is_what_it_says() -> None:
    steep = World(clauses=1, drift=Drift(lapse_slope=1.0)).open(CASES, 6).fresh(ALL)[0][:, 0]
    assert near(steep[CASES // 2 :].mean(), 0.2 * 1.75, CASES // 2)
    tied = World(clauses=2, rungs=(RungTruth(concentration=1.0),), drift=Drift(correlated=0.9)).open(CASES, 7)
    broken = tied.fresh(ALL)[0]
    assert (broken[:, 0] & broken[:, 1]).mean() > 0.06
    long = World(clauses=1, drift=Drift(length_effect=0.5)).open(CASES, 8)
    text = np.ones((CASES, 1), bool), np.zeros((CASES, 1, 1), bool)
    assert near(long.read(ALL, text)[:, 0].mean(), 0.15, CASES)


def test_the_same_seed_gives_the_same_cases() -> None:
    one, two = (World().open(50, 9).fresh(np.arange(50))[0] for _ in range(2))
    assert (one == two).all()
