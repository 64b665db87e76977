"""The bench of decoders on few cases: its cells, its goals, and what it says of a judge that cannot be trusted."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from lightwing.bench.decoders import CELLS, Cell, run
from lightwing.lab.world import JudgeTruth, RungTruth, World

COLUMNS = {"right", "wrong", "low", "high", "abstained", "calls", "readings", "clauses read", "price"}


def cell(name: str) -> Cell:
    return next(c for c in CELLS if c.name == name)


def test_the_cells_are_those_that_were_asked_for() -> None:
    names = [c.name for c in CELLS]
    assert len(set(names)) == len(names)
    groups = Counter(c.group for c in CELLS)
    assert groups["clean"] == 2
    assert groups["dear rung"] == 2
    assert groups["misspecified"] == 3
    assert all(c.world.clauses == 8 for c in CELLS)
    blind = [c for c in CELLS if c.targets == (0.01, 0.05, 0.15)]
    assert {(c.world.judges[0].blind, len(c.world.judges)) for c in blind} == {
        (b, n) for b in (0.0, 0.02, 0.05, 0.25) for n in (1, 2)
    }


def test_every_decoder_has_a_row_with_all_that_it_cost() -> None:
    """400 cases: repair-best delivers all of these and none wrong; cost-optimal is within 15 % of its price (false alarm below 1e-4: ten standard errors)."""
    result = run(cells=[cell("independent, lapse 0.2")], cases=400, seeds=(1,), traces=200)
    rows = {row["decoder"]: row for row in result.cells}
    assert {"first", "best-of-4", "best-of-8", "sequential best-of-8", "repair-best", "cost-optimal"} == set(rows)
    assert all(set(row) >= COLUMNS for row in rows.values())
    assert rows["cost-optimal"]["wrong"] == 0
    assert rows["cost-optimal"]["price"] < 1.15 * rows["repair-best"]["price"]
    assert {goal.name.split(": ")[1] for goal in result.goals} == {
        "price over repair-best's",
        "right, less repair-best's",
    }


def test_a_target_is_kept_or_nothing_is_delivered() -> None:
    """2,000 cases at 5 %, of which about half comes about: above it by chance with less than 1e-6. Of a judge blind to half of all nothing is taken, while repair-best takes what it says."""
    world = World(clauses=3, judges=(JudgeTruth(),))
    own = Cell(name="own", group="blind spots", world=world, targets=(0.05,))
    kept = run(cells=[own], cases=2000, seeds=(1,), traces=300)
    assert [goal.met for goal in kept.goals] == [True]
    rung = dataclasses.replace(RungTruth(), lapse=0.5)
    hard = dataclasses.replace(own, world=World(clauses=3, rungs=(rung,), judges=(JudgeTruth(blind=0.5),)))
    rows = run(cells=[hard], cases=500, seeds=(1,), traces=300).cells
    ours = next(row for row in rows if row["decoder"] == "cost-optimal")
    assert ours["abstained"] == 1.0
    assert next(row for row in rows if row["decoder"] == "repair-best")["wrong"] > 0.2


def test_more_traces_than_agreed_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 500"):
        run(cells=[], traces=501)
