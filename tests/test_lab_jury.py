"""Combination of judges: the fast expectation against enumeration, and what the fit must do on votes whose truth is known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.errors import InputError
from lightwing.lab.jury import Calibration, Votes, _Layers, calibrate, combine, majority


def drawn(seed: int, items: int, sound: list[float], readings: int, faithful: float = 0.9, yes: float = 0.5):
    """Votes of groups whose opinions are right so often, each read `readings` times; with the truth."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random(items) < yes, 1, -1)
    columns, names = [], []
    for group, right in enumerate(sound):
        opinion = np.where(rng.random(items) < right, truth, -truth)
        for _ in range(readings):
            columns.append(np.where(rng.random(items) < faithful, opinion, -opinion))
            names.append(group)
    votes = Votes(said=np.stack(columns, 1), judges=[f"j{g}" for g in names], groups=[f"g{g}" for g in names])
    return votes, truth


def right(score, truth) -> float:
    return float((np.sign(score) == truth).mean())


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=40, deadline=None)
def test_expectation_is_the_sum_over_all_opinions(seed: int, pairs: bool) -> None:
    rng = np.random.default_rng(seed)
    said = rng.integers(-1, 2, (5, 6))
    frames = {"shown": rng.integers(-1, 2, 6), "longer": rng.integers(-1, 2, 5)} if pairs else {}
    votes = Votes(said=said, judges=list("aabbcc"), groups=list("GGGGHH"), pairs=pairs, **frames)
    layers = _Layers(votes)
    sound, faithful = rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(0.1, 0.9, (3, 3))
    of_truth, opinion = layers.evidence(sound, faithful)

    def coin(side: int) -> int:
        return 0 if side > 0 else 1 if side < 0 else 2

    shown = frames.get("shown", np.ones(6, int))
    longer = frames.get("longer", np.ones(5, int))
    for item, group, truth in product(range(5), range(2), (-1, 1)):
        chance = {}
        for held in (-1, 1):
            p = sound[group, coin(longer[item] * truth)]
            p = p if held == truth else 1 - p
            for column in range(6):
                if votes.groups[column] == "GH"[group] and said[item, column]:
                    report = faithful["abc".index(votes.judges[column]), coin(shown[column] * held)]
                    p *= report if said[item, column] == held else 1 - report
            chance[held] = p
        total = sum(chance.values())
        assert np.isclose(of_truth[item, group, (truth + 1) // 2], np.log(total), atol=1e-9)
        assert np.isclose(opinion[item, group, (truth + 1) // 2, 1], chance[1] / total)


def test_opinions_and_readings_are_told_apart() -> None:
    """20,000 items: the rates lie within 0.02 of what was drawn, some five standard errors of the smaller counts."""
    votes, truth = drawn(1, 20_000, [0.95, 0.85, 0.75], 2, faithful=0.9)
    made = combine(votes)
    for group, sound in zip(("g0", "g1", "g2"), (0.95, 0.85, 0.75), strict=True):
        assert made.opinions[group].yes == pytest.approx(sound, abs=0.02)
        assert made.opinions[group].no == pytest.approx(sound, abs=0.02)
    assert made.readings["j0"].yes == pytest.approx(0.9, abs=0.02)
    assert made.settled
    assert not made.inverted
    assert right(made.score, truth) > right(majority(votes), truth)


def test_what_it_says_with_p_is_true_with_p() -> None:
    """Votes drawn from the model, and its score taken as it is: in each tenth of P(yes), the share of yes lies within four standard errors (false alarm below 1 in 1,000)."""
    votes, truth = drawn(2, 20_000, [0.9, 0.8, 0.7], 2, faithful=0.85)
    p = Calibration().probability(combine(votes).score)
    for low in np.arange(0, 1, 0.1):
        at = (p >= low) & (p < low + 0.1)
        if at.sum() > 50:
            spread = np.sqrt(0.25 / at.sum())
            assert abs((truth[at] > 0).mean() - p[at].mean()) < 4 * spread + 0.02


def test_peers_show_that_the_score_is_too_sure_where_groups_fall_for_the_same_items() -> None:
    """Items differ in how hard they are for all groups at once: the score says 0.93 where 0.79 is right. Of groups that err independently the same step makes less than it could: 0.74 of 0.91."""
    rng = np.random.default_rng(12)
    truth = np.where(rng.random(4000) < 0.5, 1, -1)
    for spread, most in ((1.5, 0.11), (0.0, 0.2)):
        ease = 1.3 + spread * rng.normal(size=4000)
        columns = []
        for _ in range(6):
            opinion = np.where(rng.random(4000) < 1 / (1 + np.exp(-ease)), truth, -truth)
            columns += [np.where(rng.random(4000) < 0.9, opinion, -opinion) for _ in range(2)]
        votes = Votes(said=np.stack(columns, 1), judges=list("aabbccddeeff"), groups=list("aabbccddeeff"))
        made = combine(votes)
        own = Calibration().probability(made.score)
        hits = right(made.score, truth)
        sure, alone = (np.maximum(p, 1 - p).mean() for p in (made.probability, own))
        assert abs(sure - hits) < most
        assert abs(alone - hits) > 0.13 if spread else sure <= hits
    one = Votes(said=votes.said[:, :2], judges=["a", "a"], groups=["a", "a"])
    assert combine(one).calibration == Calibration()


def test_many_prompts_to_one_model_do_not_outvote_the_others() -> None:
    """One weak group is read twelve times, three good ones once each: the majority follows the weak one."""
    rng = np.random.default_rng(3)
    truth = np.where(rng.random(600) < 0.5, 1, -1)
    weak = np.where(rng.random(600) < 0.6, truth, -truth)
    columns = [np.where(rng.random(600) < 0.95, weak, -weak) for _ in range(12)]
    columns += [np.where(rng.random(600) < 0.9, truth, -truth) for _ in range(3)]
    names = [f"weak{i}" for i in range(12)] + ["a", "b", "c"]
    groups = ["W"] * 12 + ["A", "B", "C"]
    votes = Votes(said=np.stack(columns, 1), judges=names, groups=groups)
    assert right(majority(votes), truth) < 0.7
    assert right(combine(votes).score, truth) > 0.9


def test_position_is_a_bias_and_both_orders_show_it() -> None:
    rng = np.random.default_rng(4)
    truth = np.where(rng.random(4000) < 0.5, 1, -1)
    columns, names, shown = [], [], []
    for name, to_first, to_second in (("fair", 0.9, 0.9), ("first", 0.98, 0.5), ("other", 0.85, 0.85)):
        opinion = np.where(rng.random(4000) < 0.9, truth, -truth)
        for order in (1, -1):
            faithful = np.where(opinion * order > 0, to_first, to_second)
            columns.append(np.where(rng.random(4000) < faithful, opinion, -opinion))
            names.append(name)
            shown.append(order)
    votes = Votes(said=np.stack(columns, 1), judges=names, groups=names, pairs=True, shown=np.array(shown))
    made = combine(votes)
    lean = {name: coins.yes - coins.no for name, coins in made.readings.items()}
    assert lean["first"] == pytest.approx(0.48, abs=0.06)
    assert abs(lean["fair"]) < 0.06
    assert all(coins.yes == coins.no for coins in made.opinions.values())


def test_length_is_a_bias_of_opinions() -> None:
    rng = np.random.default_rng(5)
    truth = np.where(rng.random(4000) < 0.5, 1, -1)
    longer = np.where(rng.random(4000) < 0.5, 1, -1)
    columns = []
    for biased in (False, False, True):
        sound = np.where(truth == longer, 0.97, 0.55) if biased else 0.85
        opinion = np.where(rng.random(4000) < sound, truth, -truth)
        columns += [np.where(rng.random(4000) < 0.95, opinion, -opinion) for _ in range(2)]
    votes = Votes(said=np.stack(columns, 1), judges=list("aabbcc"), groups=list("AABBCC"), pairs=True, longer=longer)
    made = combine(votes)
    assert made.opinions["C"].yes - made.opinions["C"].no == pytest.approx(0.42, abs=0.08)
    assert abs(made.opinions["A"].yes - made.opinions["A"].no) < 0.08


def test_few_labels_undo_an_inversion() -> None:
    """Four groups of six are wrong together on most items: without labels the fit follows them; 20 labels turn it round."""
    votes, truth = drawn(6, 200, [0.12, 0.15, 0.1, 0.2, 0.9, 0.9], 2)
    assert right(combine(votes).score, truth) < 0.2
    known = np.zeros(200, int)
    known[:20] = truth[:20]
    made = combine(votes, known)
    assert right(made.score[20:], truth[20:]) > 0.9
    assert made.inverted
    assert np.array_equal(made.probability[:20], truth[:20] > 0)
    sure = np.maximum(made.probability, 1 - made.probability)[20:] >= 0.9
    assert sure.mean() > 0.5
    assert ((made.probability[20:] > 0.5) != (truth[20:] > 0))[sure].mean() <= 0.1


def test_errors_that_all_share_are_seen_by_labels_alone() -> None:
    """What all groups see is right in 80 %: the votes cannot show it, labels can. Truth of 2,000; the calibration rests on 500."""
    votes, seen = drawn(7, 2000, [0.95, 0.95, 0.95], 2)
    rng = np.random.default_rng(8)
    truth = np.where(rng.random(2000) < 0.8, seen, -seen)
    made = combine(votes)
    assert np.maximum(made.probability, 1 - made.probability).mean() > 0.9
    p = calibrate(made.score[:500], truth[:500]).probability(made.score[500:])
    assert np.maximum(p, 1 - p).mean() == pytest.approx(0.8, abs=0.05)


def test_judge_errors_are_those_of_the_world() -> None:
    """Clauses kept in 70 %, judges blind to 15 % of violations; rates within 0.03."""
    rng = np.random.default_rng(9)
    truth = np.where(rng.random(30_000) < 0.7, 1, -1)
    columns = []
    for blind in (0.15, 0.1, 0.05):
        opinion = np.where((truth < 0) & (rng.random(30_000) < blind), 1, truth)
        for _ in range(2):
            says = np.where(opinion > 0, rng.random(30_000) >= 0.05, rng.random(30_000) < 0.1)
            columns.append(np.where(says, 1, -1))
    made = combine(Votes(said=np.stack(columns, 1), judges=list("aabbcc"), groups=list("aabbcc")))
    errors = made.judge_errors()
    assert made.yes == pytest.approx(0.7, abs=0.02)
    assert errors["a"].blind == pytest.approx(0.15, abs=0.03)
    assert errors["c"].blind == pytest.approx(0.05, abs=0.03)
    assert errors["a"].false_pass == pytest.approx(0.1, abs=0.02)
    assert errors["a"].false_fail == pytest.approx(0.05, abs=0.02)
    assert errors["a"].deaf < 0.02
    assert errors["a"].broken + errors["a"].kept == pytest.approx(30_000, abs=1)


def test_order_of_items_and_readings_changes_nothing() -> None:
    votes, truth = drawn(10, 120, [0.9, 0.8, 0.6], 2)
    known = np.where(np.arange(120) < 9, truth, 0)
    made = combine(votes, known)
    rng = np.random.default_rng(0)
    items, columns = rng.permutation(120), rng.permutation(6)
    mixed = Votes(
        said=votes.said[items][:, columns],
        judges=[votes.judges[c] for c in columns],
        groups=[votes.groups[c] for c in columns],
    )
    again = combine(mixed, known[items])
    assert np.allclose(made.score[items], again.score, atol=1e-6)
    assert np.allclose(made.probability[items], again.probability, atol=1e-6)


def test_one_more_vote_never_turns_against_what_it_says() -> None:
    votes, _ = drawn(11, 300, [0.9, 0.8, 0.7], 2)
    layers = _Layers(votes)
    sound, faithful = np.full((3, 3), 0.8), np.full((3, 3), 0.9)
    before = layers.evidence(sound, faithful)[0]
    silent = votes.said.copy()
    silent[:, 0] = 0
    after = _Layers(Votes(said=silent, judges=votes.judges, groups=votes.groups)).evidence(sound, faithful)[0]
    gained = (before - after)[..., 1].sum(1) - (before - after)[..., 0].sum(1)
    assert (gained * votes.said[:, 0] > 0).all()


def test_silence_says_nothing() -> None:
    votes = Votes(said=np.zeros((4, 3), int), judges=list("abc"), groups=list("abc"), pairs=True)
    made = combine(votes)
    assert np.allclose(made.probability, 0.5)
    one = combine(Votes(said=np.array([[1]]), judges=["a"], groups=["a"]))
    assert 0.5 < one.probability[0] < 1


@pytest.mark.parametrize(
    ("said", "more", "message"),
    [
        (np.zeros((0, 2), int), {}, "no votes"),
        (np.zeros(3, int), {}, "no votes"),
        (np.array([[2, 1]]), {}, "`said`"),
        (np.array([[np.nan, 1.0]]), {}, "`said`"),
        (np.array([[1, 1]]), {"judges": ["a"]}, "2 readings, but 1 judges"),
        (np.array([[1, 1]]), {"judges": ["a", "a"]}, "two groups"),
        (np.array([[1, 1]]), {"shown": np.array([1, -1])}, "pairs of answers"),
        (np.array([[1, 1]]), {"pairs": True, "shown": np.array([1])}, "`shown`"),
        (np.array([[1, 1]]), {"pairs": True, "longer": np.array([1, 3])}, "`longer`"),
    ],
)
def test_votes_that_cannot_be_are_refused(said, more, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Votes(**{"said": said, "judges": ["a", "b"], "groups": ["A", "B"], **more})


def test_labels_that_cannot_be_are_refused() -> None:
    votes, _ = drawn(12, 10, [0.9], 1)
    with pytest.raises(InputError, match="`labels`"):
        combine(votes, np.ones(9, int))
    with pytest.raises(InputError, match="`truth`"):
        calibrate(np.zeros(3), np.array([1, 2, 1]))
    assert Calibration().probability(np.array([0.0])).tolist() == [0.5]
