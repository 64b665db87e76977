"""The replay at a target error: what it may look at, and that the score and the deliveries are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lightwing.bench import replay_target
from lightwing.bench.replay_target import _deliver, _halved, _logistic, _Table


def _table(seed: int = 0, *, prompts: int = 800) -> _Table:
    """Two rungs; a prompt whose first mark is set is wrong where it is met, of the others one in a hundred."""
    rng = np.random.default_rng(seed)
    risky = rng.random(prompts) < 0.2
    met = rng.random((prompts, 2)) < [0.6, 0.8]
    right = np.where(risky[:, None], False, rng.random((prompts, 2)) > 0.01)
    about = np.column_stack([risky.astype(float), rng.standard_normal(prompts)])
    return _Table(
        met=met,
        right=right,
        fixed=np.zeros_like(met),
        about=about,
        kinds=np.ones((prompts, 1)),
        prices=np.array([1.0, 10.0]),
    )


def test_the_score_finds_what_makes_an_answer_wrong_and_the_rest_is_delivered() -> None:
    table = _table()
    half = np.arange(800) % 2 == 0
    found = _halved(table, half, 0.05, 3)
    assert found.level is not None
    assert found.wrong / found.delivered <= 0.05
    assert found.delivered > 0.5 * found.prompts
    everything = _deliver(table, ~half, np.zeros_like(table.met, float), np.inf)
    assert everything[1] / everything[0] > 0.15


def test_the_truth_of_the_half_that_is_delivered_is_not_looked_at() -> None:
    table = _table()
    half = np.arange(800) % 2 == 0
    lied = replace(table, right=np.where(half[:, None], table.right, ~table.right))
    assert _halved(lied, half, 0.05, 3).level == _halved(table, half, 0.05, 3).level
    told = replace(table, right=np.where(half[:, None], ~table.right, table.right))
    assert _halved(told, half, 0.05, 3).level is None


def test_too_few_labels_deliver_nothing() -> None:
    table = _table(prompts=60)
    found = _halved(table, np.arange(60) % 2 == 0, 0.02, 1)
    assert (found.level, found.delivered) == (None, 0)


def test_an_answer_above_the_level_goes_on_to_the_next_rung_and_pays_for_both() -> None:
    table = replace(_table(), met=np.ones((800, 2), bool), right=np.ones((800, 2), bool))
    score = np.tile([0.5, 0.1], (800, 1))
    assert _deliver(table, np.ones(800, bool), score, 0.5) == (800, 0, 1.0)
    assert _deliver(table, np.ones(800, bool), score, 0.3) == (800, 0, 11.0)
    assert _deliver(table, np.ones(800, bool), score, 0.05) == (0, 0, 11.0)


def test_the_regression_ends_where_its_slope_is_nought() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 3))
    y = rng.random(400) < 1 / (1 + np.exp(-(x @ [1.0, -2.0, 0.0] - 0.5)))
    weights = _logistic(x, y)
    assert weights == pytest.approx([-0.5, 1.0, -2.0, 0.0], abs=0.5)
    p = 1 / (1 + np.exp(-(x @ weights[1:] + weights[0])))
    slope = x.T @ (y - p) - replay_target._RIDGE * weights[1:]
    assert np.abs(slope).max() < 1e-6
