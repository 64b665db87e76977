"""The drift bench: that what it simulates is what a run does, and that a world that changed looks other than one that did not."""

from __future__ import annotations

import numpy as np

from lightwing.bench.drift import CELLS, run
from lightwing.bench.guarantee import clauses_of
from lightwing.core.decision import Target
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.decode.strategy import BatchOptimal, Strategy
from lightwing.lab.simulate import play, simulate
from lightwing.lab.watched import Watched
from lightwing.lab.world import JudgeTruth, RungTruth, World

WORLD = World(clauses=4, exact=1, rungs=(RungTruth(),), judges=(JudgeTruth(),))
KNOWN = ErrorModel(
    rungs={"rung0": {ANY: ClauseErrors(lapse=0.2, repair_factor=0.3, regression=0.05, stubborn=0.9)}},
    judges={"judge0": {ANY: JudgeErrors(false_pass=0.1, false_fail=0.05)}},
)


def _watched(share: float = 0.5) -> Watched:
    strategy = Strategy.of(clauses_of(WORLD), KNOWN, Target(error=0.1), rungs=[("rung0", 1.0)], judges=["judge0"])
    return Watched(BatchOptimal(strategy), share=share, most=4, seed=3)


def test_under_the_worlds_own_error_model_reading_again_changes_nothing_on_average() -> None:
    """A martingale: the mean P(wrong) after is that before, and both are the share that is wrong."""
    strategy = _watched()
    counts = play(WORLD.open(6_000, 5), strategy, np.arange(6_000))
    seen = strategy.last
    assert seen is not None
    again = seen.done & counts.delivered
    assert 0.45 < again.mean() / counts.delivered.mean() < 0.55
    difference = (seen.after - seen.before)[again]
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(again.sum())
    wrong = counts.wrong[again]
    assert abs(wrong.mean() - seen.before[again].mean()) < 4 * wrong.std() / np.sqrt(again.sum())
    assert seen.after[again & counts.wrong].mean() > 0.5 > 0.1 > seen.after[again & ~counts.wrong].mean()


def test_reading_again_changes_no_decision() -> None:
    """The same rates as without; only readings are more. Held to four standard errors of a difference of shares."""
    watched, plain = _watched(), _watched(share=0.0)
    ours, theirs = play(WORLD.open(6_000, 5), watched, np.arange(6_000)), simulate(WORLD, plain, cases=6_000, seed=5)
    assert abs(ours.wrong.mean() - theirs.wrong.mean()) < 4 * np.sqrt(2 * 0.05 / 6_000)
    assert abs(ours.calls.mean() - theirs.calls.mean()) < 0.05
    assert ours.readings.mean() > theirs.readings.mean() + 0.4


def test_some_cases_of_an_open_world_are_those_of_the_whole() -> None:
    """A world whose lapses rise: its last cases are worse than its first."""
    rising = World(clauses=4, rungs=(RungTruth(lapse=0.1),), judges=(JudgeTruth(),), drift=CELLS[3].world.drift)
    worlds = rising.open(4000, 1)
    first, last = worlds.fresh(np.arange(1000))[0], worlds.fresh(np.arange(3000, 4000))[0]
    assert last.mean() > 2 * first.mean()


def test_a_judge_that_changed_is_warned_of_and_the_row_says_when() -> None:
    changed = next(c for c in CELLS if c.name.startswith("judge passes"))
    made = run(cells=[changed], runs=1, requests=2500, seed=2)
    row = made.cells[0]
    assert row["warned"] == 1
    assert 0 < row["after"] < 2500
    assert row["delivered since"] > 0
    assert row["wrong before"] > 0.075
    assert made.goals[0].met
