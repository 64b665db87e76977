"""Learn-then-Test: the exact tail, the number of labels, and the law that it promises, by enumeration."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError, StaleErrorModel, TooFewLabels
from lightwing.core.risk import Binding, Certificate, refuse_other, refuse_stale
from lightwing.lab.risk import Labelled, at_most, certified, certify, least_labels, levels_around, most_wrong

BOUND = Binding(spec="s", models=("m",), judges=("j",), decoder="cost-optimal", errors="e")


@given(n=st.integers(0, 60), k=st.integers(-1, 61), p=st.floats(0, 1))
def test_the_tail_is_that_of_its_naive_twin(n: int, k: int, p: float) -> None:
    twin = sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(min(k, n) + 1))
    assert at_most(k, n, p) == pytest.approx(min(1.0, twin), abs=1e-9)


@pytest.mark.parametrize(
    ("target", "least"), [(0.01, 299), (0.02, 149), (0.03, 99), (0.05, 59), (0.10, 29), (0.15, 19)]
)
def test_the_least_labels_are_those_that_just_pass(target: float, least: int) -> None:
    assert least_labels(target, 0.95) == least
    assert (1 - target) ** least <= 0.05 < (1 - target) ** (least - 1)
    assert most_wrong(least, target, 0.95) == 0
    assert most_wrong(least - 1, target, 0.95) == -1


def _chance_of_a_false_certificate(risks: tuple[float, ...], n: int, target: float, confidence: float) -> float:
    """Exact: over all counts of wrong ones at each level, the chance that a level above the target is certified."""
    chance = 0.0
    for counts in product(range(n + 1), repeat=len(risks)):
        levels = [Labelled(level=float(i), delivered=n, wrong=k) for i, k in enumerate(counts)]
        passed = certified(levels, target=target, confidence=confidence)
        if passed is not None and risks[int(passed.level)] > target:
            chance += math.prod(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k, p in zip(counts, risks, strict=True))
    return chance


@pytest.mark.parametrize("risks", [(0.151, 0.151, 0.151), (0.01, 0.16, 0.3), (0.01, 0.02, 0.151), (0.3, 0.01, 0.151)])
def test_a_level_above_the_target_is_certified_with_at_most_the_chance_allowed(risks: tuple[float, ...]) -> None:
    assert _chance_of_a_false_certificate(risks, 20, 0.15, 0.9) <= 0.1


def test_the_law_is_broken_where_the_target_tested_is_twice_the_one_promised() -> None:
    """That the test above can fail: levels certified for 30 % and held against 15 %."""
    assert at_most(most_wrong(20, 0.30, 0.9), 20, 0.16) > 0.3


def test_the_walk_ends_at_the_first_level_that_fails() -> None:
    passes, fails = {"delivered": 100, "wrong": 0}, {"delivered": 100, "wrong": 9}
    levels = [Labelled(level=0.3, **passes), Labelled(level=0.2, **fails), Labelled(level=0.1, **passes)]
    found = certified(levels, target=0.05, confidence=0.95)
    assert found is not None
    assert found.level == 0.1
    assert certified([Labelled(level=0.1, **fails), levels[0]], target=0.05, confidence=0.95) is None


def test_a_level_with_too_few_labels_is_passed_over_and_a_lack_of_them_is_an_error() -> None:
    few, many = Labelled(level=0.1, delivered=58, wrong=0), Labelled(level=0.2, delivered=59, wrong=0)
    found = certify([few, many], target=0.05, confidence=0.95, bound=BOUND)
    assert found is not None
    assert (found.level, found.labelled, found.bound) == (0.2, 59, BOUND)
    with pytest.raises(TooFewLabels, match="takes at least 59") as caught:
        certify([few], target=0.05, confidence=0.95, bound=BOUND)
    assert caught.value.needed == 59


@pytest.mark.parametrize(("target", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.05, 1.0), (float("nan"), 0.95)])
def test_rates_that_are_none_are_refused(target: float, confidence: float) -> None:
    with pytest.raises(ConfigError):
        least_labels(target, confidence)


def test_levels_to_try_go_up_and_hold_the_target_itself() -> None:
    for target in (0.01, 0.05, 0.3):
        levels = levels_around(target)
        assert sorted(levels) == list(levels)
        assert target in levels
        assert levels[-1] < 1


def test_an_error_model_of_other_things_is_stale() -> None:
    errors = ErrorModel(
        rungs={"m": {ANY: ClauseErrors(lapse=0.2)}},
        judges={"j": {ANY: JudgeErrors(false_pass=0.1, false_fail=0.1)}},
        spec="a" * 64,
    )
    refuse_stale(errors, spec="a" * 64, models=["m"], judges=["j"])
    with pytest.raises(StaleErrorModel, match="measured on the spec aaaaaaaaaaaa; the one to run is bbbbbbbbbbbb"):
        refuse_stale(errors, spec="b" * 64, models=["m"], judges=["j"])
    with pytest.raises(StaleErrorModel, match="nothing of the model 'other'"):
        refuse_stale(errors, spec="a" * 64, models=["m", "other"], judges=["j"])
    with pytest.raises(StaleErrorModel, match=r"errors\.yaml: .*the judge 'k'; it was measured on j"):
        refuse_stale(errors, spec="a" * 64, models=["m"], judges=["k"], where="errors.yaml")


@pytest.mark.parametrize(
    "change", [{"spec": "t"}, {"models": ("m", "n")}, {"judges": ()}, {"decoder": "first"}, {"errors": "f"}]
)
def test_a_certificate_of_other_things_is_refused(change: dict[str, object]) -> None:
    made = Certificate(target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=2, bound=BOUND)
    refuse_other(made, BOUND)
    fields = {"spec": "s", "models": ("m",), "judges": ("j",), "decoder": "cost-optimal", "errors": "e"}
    with pytest.raises(StaleErrorModel, match="The certificate is bound to"):
        refuse_other(made, Binding(**{**fields, **change}))  # type: ignore[arg-type]


def test_a_certificate_says_what_it_rests_on_and_what_it_assumes() -> None:
    made = Certificate(target=0.02, confidence=0.9, level=0.03, labelled=300, wrong=1, bound=BOUND)
    assert "confidence 90 %" in made.statement
    assert "at most 2 %" in made.statement
    assert "1 of 300" in made.statement
    assert "as long as requests are like those" in made.statement
    other = Certificate(target=0.02, confidence=0.9, level=0.03, labelled=300, wrong=2, bound=BOUND)
    assert made.id != other.id
