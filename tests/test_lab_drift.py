"""The drift watch: its wealth never gains on average while the promise holds (by enumeration), and it warns when it is broken."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lightwing.core.errors import ConfigError
from lightwing.lab.drift import Drift


def _mean_wealth(truth: float, *, target: float, steps: int = 11) -> float:
    """Exact: over all sequences of right and wrong ones."""
    mean = 0.0
    for sequence in product((0, 1), repeat=steps):
        watch = Drift(target=target)
        for wrong in sequence:
            watch.take(wrong)
        chance = float(np.prod([truth if wrong else 1 - truth for wrong in sequence]))
        mean += chance * watch.wealth
    return mean


@pytest.mark.parametrize("target", [0.02, 0.1, 0.4])
def test_while_the_promise_holds_the_wealth_gains_nothing(target: float) -> None:
    assert _mean_wealth(target, target=target) == pytest.approx(1.0)
    assert _mean_wealth(target / 2, target=target) < 1.0
    assert _mean_wealth(min(1.0, 2 * target), target=target) > 1.1  # twice the noise breaks the law


def _warned_after(rates: np.ndarray, *, target: float, seed: int) -> int | None:
    watch = Drift(target=target, rate=0.05)
    for i, wrong in enumerate(np.random.default_rng(seed).random(len(rates)) < rates):
        watch.take(float(wrong))
        if watch.warns:
            return i
    return None


def test_it_seldom_warns_of_what_is_as_promised_and_soon_of_what_is_not() -> None:
    """False alarm rate allowed: 5 % for ever; of 200 runs of 1,000 deliveries more than 20 warn with a chance below 0.2 % where it is kept."""
    assert sum(_warned_after(np.full(1000, 0.05), target=0.05, seed=s) is not None for s in range(200)) <= 20
    late = np.concatenate([np.full(1000, 0.03), np.full(1000, 0.15)])
    found = [_warned_after(late, target=0.05, seed=s) for s in range(40)]
    delays = sorted(at - 1000 for at in found if at is not None and at >= 1000)
    assert len(delays) >= 36, "three times the rate is found within 1,000 deliveries"
    assert delays[len(delays) // 2] <= 300


def test_after_a_warning_the_level_is_at_least_halved_and_before_it_is_not() -> None:
    watch = Drift(target=0.05)
    for _ in range(300):
        watch.take(0)
    assert not watch.warns
    assert watch.stricter(0.08) == 0.08
    for _ in range(60):
        watch.take(1)
        watch.take(0)
    assert watch.warns
    assert watch.worse == pytest.approx(10.0, rel=0.2)
    assert watch.stricter(0.08) == pytest.approx(0.008, rel=0.2)
    for _ in range(100):
        watch.take(0)
    assert watch.warns, "a broken promise stays broken until it is certified anew"


def test_readings_are_held_against_what_the_error_model_says_of_each() -> None:
    rng = np.random.default_rng(5)
    as_said, worse = Drift(target=0.05, rate=0.05), Drift(target=0.05, rate=0.05)
    for expected in rng.uniform(0.02, 0.3, 800):
        as_said.take(float(rng.random() < expected), expected=float(expected))
        worse.take(float(rng.random() < 2 * expected), expected=float(expected))
    assert not as_said.warns
    assert worse.warns


@pytest.mark.parametrize("observed", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(observed: float) -> None:
    with pytest.raises(ConfigError):
        Drift(target=0.05).take(observed)
    with pytest.raises(ConfigError):
        Drift(target=0.05).take(0, expected=observed)
    with pytest.raises(ConfigError):
        Drift(target=observed)
