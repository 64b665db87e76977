"""Measuring recovers what a simulated world does, with intervals that hold what they say. False-alarm rates are stated test by test; seeds are fixed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.errormodel import ANY
from lightwing.lab.hierarchy import Hierarchy, log_beta_binomial, log_gamma
from lightwing.lab.measure import Measured, measure
from lightwing.lab.observed import BROKEN, KEPT, OPEN, Observed, from_world
from lightwing.lab.world import JudgeTruth, RungTruth, World


@given(st.floats(1e-6, 1e7))
def test_log_gamma_is_the_logarithm_of_the_gamma_function(x: float) -> None:
    assert abs(float(log_gamma(np.array([x]))[0]) - math.lgamma(x)) <= 1e-11 * max(1.0, abs(math.lgamma(x)))


@given(st.lists(st.booleans(), max_size=12), st.floats(0.05, 50), st.floats(0.05, 50))
def test_the_beta_binomial_law_is_the_urn_it_comes_from(draws: list[bool], a: float, b: float) -> None:
    chance, up, down = 1.0, a, b
    for hit in draws:  # Polya's urn: one draw after the other
        chance *= (up if hit else down) / (up + down)
        up, down = up + hit, down + (not hit)
    found = log_beta_binomial(np.array(float(sum(draws))), np.array(float(len(draws))), np.array(a), np.array(b))
    assert math.isclose(float(found), math.log(chance), rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=2, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=3), st.integers(0, 100))
def test_the_sampler_gives_the_posterior_of_its_law(pairs: list[tuple[int, int]], seed: int) -> None:
    """Against draws from the prior weighed by the likelihood: 5 standard errors of both Monte Carlo sums, false alarm below 1e-4 (and the examples are few)."""
    hits, trials = np.array([[h for h, _ in pairs]], float), np.array([[h + m for h, m in pairs]], float)
    rng = np.random.default_rng(seed)
    sampler = Hierarchy([0] * len(pairs), [(1.0, 3.0)], rng)
    sampler.settle(hits, trials)
    draws = np.array([sampler.step(hits, trials)[0][0] for _ in range(1500)])[150:]
    n = 60_000
    mu = rng.beta(1.0, 3.0, n)
    top, kappa = np.exp(rng.normal(np.log(20), 1.0, n)), np.exp(rng.normal(np.log(50), 1.5, n))
    mean = np.clip(rng.beta(top * mu, top * (1 - mu)), 1e-5, 1 - 1e-5)
    rates = np.clip(rng.beta((kappa * mean)[:, None], (kappa * (1 - mean))[:, None], (n, len(pairs))), 1e-12, 1 - 1e-12)
    weight = np.prod(rates ** hits[0] * (1 - rates) ** (trials - hits)[0], axis=1)
    wanted = weight @ rates / weight.sum()
    spread = np.sqrt((weight**2) @ (rates - wanted) ** 2) / weight.sum()
    blocks = draws.reshape(15, -1, len(pairs)).mean(1)
    error = np.sqrt(spread**2 + blocks.var(0, ddof=1) / len(blocks))
    assert (abs(draws.mean(0) - wanted) <= 5 * error + 0.002).all()


def fit(world: World, seed: int, **how: int) -> Measured:
    return measure(from_world(world, seed=seed, **how), sweeps=120)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """95 % intervals of 3 rates of 6 clauses in 6 worlds: below 30 of 36 for one of the rates comes by chance once in 200 runs."""
    rates = {"lapse": 0.2, "false_pass": 0.1, "false_fail": 0.05}
    held = dict.fromkeys(rates, 0)
    for seed in range(6):
        made = fit(World(clauses=6), seed, traces=150)
        for clause in [f"c{c}" for c in range(1, 7)]:
            rows = {"lapse": made.lapses["rung0"][clause], **made.judges["judge0"][clause]}
            for name, truth in rates.items():
                held[name] += rows[name].low <= truth <= rows[name].high
    assert all(hits >= 30 for hits in held.values()), held


def test_intervals_do_not_hold_another_truth() -> None:
    """The same intervals on a world with twice the noise do not hold the single rates: the test above can fail."""
    judge = JudgeTruth(false_pass=0.2, false_fail=0.1)
    made = fit(World(clauses=6, rungs=(RungTruth(lapse=0.4),), judges=(judge,)), 0, traces=150)
    for clause in [f"c{c}" for c in range(1, 7)]:
        rows = {"lapse": made.lapses["rung0"][clause], **made.judges["judge0"][clause]}
        for name, single in {"lapse": 0.2, "false_pass": 0.1, "false_fail": 0.05}.items():
            assert not rows[name].low <= single <= rows[name].high


@pytest.mark.parametrize("blind", [0.0, 0.02, 0.25])
def test_the_careful_value_of_blindness_lies_above_the_truth(blind: float) -> None:
    """At a bound of 0.9 in 6 worlds: fewer than 3 of 6 comes by chance once in 700 runs."""
    judge = JudgeTruth(false_pass=0.1, blind=blind)
    above = 0
    for seed in range(6):
        made = fit(World(clauses=4, judges=(judge,)), 100 + seed, traces=150)
        above += np.mean([made.errors.judges["judge0"][f"c{c}"].blind for c in range(1, 5)]) >= blind
    assert above >= 3


def test_fewer_labels_are_answered_with_more_care() -> None:
    bounds = [fit(World(), 5, traces=n).errors.judges["judge0"]["c1"].blind for n in (30, 100, 500)]
    assert bounds[0] > bounds[1] > bounds[2] > 0
    made = measure(from_world(World(), traces=50, labels=0), sweeps=60)
    assert made.errors.basis == "assumed"
    assert made.errors.judges["judge0"]["c1"].blind > 0.1


def test_persistence_and_repairs_are_found() -> None:
    """Means over 8 clauses, 500 traces: each bound is five standard errors of the estimate or more."""
    rung = RungTruth(lapse=0.2, concentration=1.0, repair_factor=0.8, regression=0.15, stubborn=0.7)
    rows = fit(World(rungs=(rung,), exact=8), 3).errors.rungs["rung0"]
    assert rows["c1"].concentration == pytest.approx(1.0, rel=0.5)
    clauses = [rows[f"c{c}"] for c in range(1, 9)]
    assert np.mean([r.repair_factor for r in clauses]) == pytest.approx(0.8, abs=0.2)
    assert np.mean([r.regression for r in clauses]) == pytest.approx(0.15, abs=0.03)
    assert np.mean([r.stubborn for r in clauses]) == pytest.approx(0.7, abs=0.1)
    steady = fit(World(exact=8), 4).errors.rungs["rung0"]
    assert sum(steady[f"c{c}"].concentration is None for c in range(1, 9)) >= 6


def test_what_repairs_leave_and_break_is_stated_with_care() -> None:
    """At a bound of 0.9 in 8 worlds, two rates each: 7 of 16 below the truth come by chance once in 2,000 runs; stated at the mean, 9 of 16 are."""
    below = 0
    for seed in range(8):
        seen = from_world(World(clauses=2, exact=2, judges=()), traces=150, seed=300 + seed)
        rows = measure(seen, sweeps=20, seed=seed).errors.rungs["rung0"]
        below += int(np.mean([rows[c].repair_factor * rows[c].lapse for c in ("c1", "c2")]) < 0.3 * 0.2)
        below += int(np.mean([rows[c].regression for c in ("c1", "c2")]) < 0.05)
    assert below < 7


def test_a_repair_nobody_saw_is_taken_to_be_no_better_than_a_fresh_answer() -> None:
    seen = from_world(World(clauses=2, exact=2, judges=()), traces=40, seed=1)
    fresh = seen.parent < 0
    cut = replace(
        seen,
        **{name: getattr(seen, name)[fresh] for name in ("case", "model", "named", "truth", "passes", "fails")},
        parent=seen.parent[fresh],
    )
    rows = measure(cut, sweeps=20).errors.rungs["rung0"]
    assert rows["c1"].repair_factor == 1.0
    assert rows["c1"].regression > 0.1


@pytest.mark.parametrize(("shared", "law"), [(0.0, 0.1), (1.0, 1.0)])
def test_what_two_judges_share_is_found(shared: float, law: float) -> None:
    """About 150 violations to which each judge is blind: the bound lies above the law and, where nothing is shared, far below 1."""
    judge = JudgeTruth(blind=0.1)
    made = fit(World(judges=(judge, judge), shared=shared), 6)
    found = made.errors.common("judge0", "judge1")
    assert found >= 0.9 * law
    assert found <= law + 0.15


def test_planted_violations_alone_measure_a_judge() -> None:
    world = World(judges=(JudgeTruth(false_pass=0.2, blind=0.1),))
    made = fit(world, 7, traces=200, labels=0, planted=400)
    assert made.errors.basis == "planted"
    top = made.judges["judge0"]["c1"]
    assert top["false_pass"].low <= 0.2 <= top["false_pass"].high
    assert np.mean([made.errors.judges["judge0"][f"c{c}"].blind for c in range(1, 9)]) == pytest.approx(0.12, abs=0.05)
    assert np.mean([made.lapses["rung0"][f"c{c}"].mean for c in range(1, 9)]) == pytest.approx(0.2, abs=0.05)


def test_a_clause_that_differs_keeps_its_own_rate_and_a_new_one_starts_from_its_kind() -> None:
    world = World(clauses=4, exact=2, rungs=(RungTruth(lapse=(0.02, 0.02, 0.5, 0.5)),))
    rows = fit(world, 8).errors.rungs["rung0"]
    assert rows["c1"].lapse < 0.05 < 0.4 < rows["c4"].lapse
    assert rows["kind:exact"].lapse < 0.15 < 0.4 < rows["kind:judged"].lapse
    assert rows["kind:exact"].lapse < rows[ANY].lapse < rows["kind:judged"].lapse


def test_every_reading_passed_by_a_judge_that_read_once_is_no_proof() -> None:
    """Fifty violations, each read once and failed: sharp. Fifty read once and passed: the judge may be blind, slack or both, and the care says so."""

    def seen(passed: bool) -> Observed:
        n = 50
        return Observed(
            clauses=("a",),
            kinds=("judged",),
            exact=np.array([False]),
            models=("m",),
            judges=("j",),
            case=np.arange(n),
            model=np.zeros(n, int),
            parent=np.full(n, -1),
            named=np.zeros((n, 1), bool),
            truth=np.full((n, 1), BROKEN),
            passes=np.full((n, 1, 1), int(passed)),
            fails=np.full((n, 1, 1), int(not passed)),
            labelled=True,
        )

    sharp, slack = (measure(seen(p), sweeps=120).errors.judges["j"]["a"] for p in (False, True))
    assert sharp.false_pass < 0.1
    assert sharp.blind < 0.1
    assert slack.blind + (1 - slack.blind) * slack.false_pass > 0.8


def test_two_lots_add_up_and_the_same_lot_gives_the_same_id() -> None:
    one, two = (from_world(World(clauses=3), traces=40, seed=s) for s in (1, 2))
    both = one + two
    assert (both.traces, len(both.case)) == (80, len(one.case) + len(two.case))
    repaired = both.parent >= 0
    assert (both.case[both.parent[repaired]] == both.case[repaired]).all()
    assert measure(both, sweeps=30).errors.id == measure(both, sweeps=30).errors.id
    with pytest.raises(ValueError, match="clauses differ"):
        one + from_world(World(clauses=2), traces=3)


@pytest.mark.parametrize("case", ["nothing", "no judge", "no clause", "all open"])
def test_what_is_missing_is_no_error(case: str) -> None:
    clauses, judges, n = 0 if case == "no clause" else 2, 0 if case == "no judge" else 1, 0 if case == "nothing" else 6
    seen = Observed(
        clauses=tuple("ab"[:clauses]),
        kinds=("judged",) * clauses,
        exact=np.zeros(clauses, bool),
        models=("m",),
        judges=("j",) * judges,
        case=np.arange(n),
        model=np.zeros(n, int),
        parent=np.full(n, -1),
        named=np.zeros((n, clauses), bool),
        truth=np.full((n, clauses), OPEN if case == "all open" else KEPT),
        passes=np.zeros((n, clauses, judges), int),
        fails=np.zeros((n, clauses, judges), int),
    )
    made = measure(seen, sweeps=20)
    rows = made.errors.rungs.get("m", {})
    assert set(rows) >= set("ab"[:clauses])
    assert all(0 <= row.lapse <= 1 for row in rows.values())
