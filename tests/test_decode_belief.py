"""The filter against brute force over all hidden states, against the world it models, and its laws."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.beta import beta_slices
from lightwing.core.clause import CheckCall, Clause
from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError
from lightwing.decode.belief import FAILED, PASSED, UNREAD, Channel, slice_edges
from lightwing.decode.forest import Forest, Text
from lightwing.lab.world import JudgeTruth, RungTruth, World

CLAUSES = (Clause(id="c1", text=""), Clause(id="c2", text=""))
rates = st.floats(0.01, 0.99)


def errors_of(world: World) -> ErrorModel:
    """The generator's own parameters, for tests of the filter only."""
    rungs = {
        f"m{i}": {
            ANY: ClauseErrors(
                lapse=float(np.mean(r.lapse)),
                concentration=r.concentration,
                repair_factor=r.repair_factor,
                regression=r.regression,
                stubborn=r.stubborn,
            )
        }
        for i, r in enumerate(world.rungs)
    }
    judges = {
        f"j{i}": {ANY: JudgeErrors(false_pass=j.false_pass, false_fail=j.false_fail, blind=j.blind, deaf=j.deaf)}
        for i, j in enumerate(world.judges)
    }
    blind = [j.blind for j in world.judges]
    shared = {
        f"j{a}|j{b}": world.shared + (1 - world.shared) * max(blind[a], blind[b])
        for a, b in itertools.combinations(range(len(blind)), 2)
    }
    return ErrorModel(rungs=rungs, judges=judges, shared=shared)


def clauses_of(world: World) -> tuple[Clause, ...]:
    check = CheckCall(name="keywords", args={"words": ["a"]})
    return tuple(Clause(id=f"c{i}", text="", check=check if i < world.exact else None) for i in range(world.clauses))


def channel_of(world: World) -> Channel:
    models = [f"m{i}" for i in range(len(world.rungs))]
    judges = [f"j{i}" for i in range(len(world.judges))]
    return Channel.of(clauses_of(world), errors_of(world), models, judges)


@st.composite
def channels(draw: st.DrawFn, judges: int = 2) -> Channel:
    def row() -> ClauseErrors:
        return ClauseErrors(
            lapse=draw(rates),
            concentration=draw(st.none() | st.floats(0.5, 5)),
            repair_factor=draw(st.floats(0, 1.5)),
            regression=draw(rates),
            stubborn=draw(rates),
        )

    def reader() -> JudgeErrors:
        return JudgeErrors(
            false_pass=draw(rates),
            false_fail=draw(rates),
            blind=draw(st.just(0.0) | rates),
            deaf=draw(st.just(0.0) | rates),
        )

    errors = ErrorModel(
        rungs={m: {c.id: row() for c in CLAUSES} for m in ("m0", "m1")},
        judges={f"j{j}": {c.id: reader() for c in CLAUSES} for j in range(judges)},
        shared={f"j{a}|j{b}": draw(st.floats(0, 1)) for a, b in itertools.combinations(range(judges), 2)},
    )
    return Channel.of(CLAUSES, errors, ["m0", "m1"], [f"j{j}" for j in range(judges)])


def likelihood(channel: Channel, readings: list[tuple[int, list[int]]]) -> np.ndarray[Any, Any]:
    """What these readings (judge, verdicts) say, for each hidden state."""
    out = channel.nothing()
    for judge, verdicts in readings:
        for c, verdict in enumerate(verdicts):
            if verdict != UNREAD:
                out[c] *= channel.passes[judge, c] if verdict == PASSED else 1 - channel.passes[judge, c]
    return out


@st.composite
def forests(draw: st.DrawFn) -> tuple[Channel, list[Text]]:
    channel = draw(channels())
    texts: list[Text] = []
    for i in range(draw(st.integers(1, 3))):
        how = "fresh" if i == 0 else draw(st.sampled_from(["fresh", "repaired", "copy"]))
        readings = draw(
            st.lists(
                st.tuples(st.integers(0, 1), st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=2)), max_size=2
            )
        )
        texts.append(
            Text(
                how=how,  # type: ignore[arg-type]
                rung=draw(st.integers(0, 1)),
                likelihood=likelihood(channel, readings),
                parent=None if how == "fresh" else draw(st.integers(0, i - 1)),
                named=np.array(draw(st.lists(st.booleans(), min_size=2, max_size=2))),
            )
        )
    return channel, texts


def brute(channel: Channel, texts: list[Text]) -> np.ndarray[Any, Any]:
    """Every joint state of every text, one clause and one slice of hardness at a time."""
    patterns = channel.spots.shape[-1]
    states = list(itertools.product((0, 1), range(patterns)))
    out = np.zeros((len(texts), channel.clauses, len(channel.slices), 2, patterns))
    for c in range(channel.clauses):
        for k, mass in enumerate(channel.slices):
            for joint in itertools.product(states, repeat=len(texts)):
                chance = mass
                for text, (broken, pattern) in zip(texts, joint, strict=True):
                    chance *= text.likelihood[c, broken, pattern]
                    rate = channel.theta[text.rung, c, k]
                    spot = channel.spots[c, broken, pattern]
                    if text.parent is None:
                        chance *= (rate if broken else 1 - rate) * spot
                        continue
                    was, old = joint[text.parent]
                    if text.how == "copy":
                        chance *= (was, old) == (broken, pattern)
                        continue
                    if text.named[c]:  # type: ignore[index]
                        rate = min(channel.factor[text.rung, c] * rate, 1 - 1e-9)
                        chance *= (rate if broken else 1 - rate) * spot
                    elif was == broken:
                        same = channel.stubborn[text.rung, c] if was else 1 - channel.regression[text.rung, c]
                        chance *= same * (old == pattern)
                    else:
                        turns = 1 - channel.stubborn[text.rung, c] if was else channel.regression[text.rung, c]
                        chance *= turns * spot
                for i, (broken, pattern) in enumerate(joint):
                    out[i, c, k, broken, pattern] += chance
    return out / out.sum((-1, -2, -3), keepdims=True)


@settings(max_examples=25, deadline=None)
@given(forests())
def test_the_posterior_of_every_text_is_that_of_all_hidden_states_enumerated(drawn: tuple[Channel, list[Text]]) -> None:
    channel, texts = drawn
    beliefs, hardness = Forest.of(channel).posteriors(texts)
    expected = brute(channel, texts)
    np.testing.assert_allclose(beliefs, expected, atol=1e-7)
    np.testing.assert_allclose(hardness[0], expected[0].sum((-1, -2)), atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(channels(), st.data())
def test_one_step_after_the_other_is_the_forest_solved_at_once(channel: Channel, data: st.DataObject) -> None:
    verdicts = st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=2)
    texts: list[Text] = []
    belief = channel.fresh(channel.start(1), 0)
    for i in range(4):
        rung = data.draw(st.integers(0, 1))
        named = np.array(data.draw(st.lists(st.booleans(), min_size=2, max_size=2)))
        how = "fresh" if i == 0 else data.draw(st.sampled_from(["fresh", "repaired"]))
        if how == "fresh":
            belief = channel.fresh(channel.start(1) if i == 0 else channel.hardness(belief), rung)
        else:
            belief = channel.repaired(belief, named[None], rung)
        readings = data.draw(st.lists(st.tuples(st.integers(0, 1), verdicts), max_size=2))
        for judge, said in readings:
            belief = channel.read(belief, judge, np.array([said]))
        parent = None if how == "fresh" else i - 1
        texts.append(Text(how=how, rung=rung, likelihood=likelihood(channel, readings), parent=parent, named=named))  # type: ignore[arg-type]
    np.testing.assert_allclose(Forest.of(channel).posteriors(texts)[0][-1:], belief, atol=1e-7)


WORLDS = {
    "independent": World(clauses=3, exact=1, judges=(JudgeTruth(),)),
    "persistent, two rungs": World(
        clauses=3, exact=1, rungs=(RungTruth(concentration=2.0), RungTruth(lapse=0.05, concentration=2.0))
    ),
    "blind and deaf": World(
        clauses=2, judges=(JudgeTruth(blind=0.3, deaf=0.1), JudgeTruth(blind=0.2, deaf=0.0, false_pass=0.2)), shared=0.5
    ),
    "three judges": World(clauses=2, judges=tuple(JudgeTruth(blind=b) for b in (0.1, 0.2, 0.3))),
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_the_filter_expects_is_what_the_world_does(name: str) -> None:
    """Fresh, read, repaired, read, fresh: P(broken) summed over cases against the count of broken, at 5 standard errors (false alarm below 1e-5 a test); the
    same count with a quarter more of the broken texts fails."""
    world, cases = WORLDS[name], 40_000
    worlds, channel, which = world.open(cases, 7), channel_of(world), np.arange(cases)
    text = worlds.fresh(which, 0)
    belief = channel.fresh(channel.start(cases), 0)

    def agree() -> None:
        chance = channel.broken(belief).ravel()
        order = np.argsort(chance)
        for part in (order, order[: len(order) // 2], order[-len(order) // 10 :]):
            expected, broken = chance[part].sum(), text[0].ravel()[part].sum()
            allowed = 5 * np.sqrt((chance[part] * (1 - chance[part])).sum()) + 0.02 * expected * (
                len(channel.slices) > 1
            )
            assert abs(broken - expected) <= allowed
            assert abs(1.25 * broken - expected) > allowed or expected < 500

    def look(belief: Any) -> Any:
        seen = np.full((cases, world.clauses), UNREAD)
        seen[:, : world.exact] = np.where(text[0][:, : world.exact], FAILED, PASSED)
        belief = channel.seen(belief, seen)
        for judge in range(len(world.judges)):
            said = np.full((cases, world.clauses), UNREAD)
            said[:, world.exact :] = worlds.read(which, text, judge)
            belief = channel.read(belief, judge, said)
        return belief

    agree()
    belief = look(look(belief))
    agree()
    named = channel.broken(belief) > 0.5
    text, belief = worlds.repaired(which, text, named, 0), channel.repaired(belief, named, 0)
    agree()
    belief = look(belief)
    agree()
    last = len(world.rungs) - 1
    text, belief = worlds.fresh(which, last), channel.fresh(channel.hardness(belief), last)
    agree()


@settings(max_examples=60, deadline=None)
@given(channels(), st.integers(0, 1))
def test_evidence_of_one_kind_moves_a_belief_one_way(channel: Channel, judge: int) -> None:
    """A failed reading raises P(broken) where the judge fails broken texts more often than kept ones; each further one as well."""
    belief = channel.fresh(channel.start(1), 0)
    alone = 1 - channel.passes[judge]  # (clauses, 2, patterns)
    fails = (channel.spots * alone).sum(-1)
    informative = (alone[:, 1].min(-1) >= alone[:, 0].max(-1)) & (fails[:, 1] > fails[:, 0])
    before = channel.broken(belief)
    for _ in range(3):
        belief = channel.read(belief, judge, np.full((1, 2), FAILED))
        after = channel.broken(belief)
        assert (after[0] >= before[0] - 1e-12)[informative].all()
        before = after


@settings(max_examples=30, deadline=None)
@given(forests())
def test_the_order_of_clauses_and_of_texts_changes_nothing(drawn: tuple[Channel, list[Text]]) -> None:
    channel, texts = drawn
    beliefs, _ = Forest.of(channel).posteriors(texts)
    flipped = Channel(
        slices=channel.slices,
        **{f: np.flip(getattr(channel, f), 1) for f in ("theta", "factor", "regression", "stubborn", "passes")},
        spots=np.flip(channel.spots, 0),
    )
    turned = [
        Text(how=t.how, rung=t.rung, likelihood=t.likelihood[::-1], parent=t.parent, named=t.named[::-1])
        for t in texts  # type: ignore[index]
    ]
    np.testing.assert_allclose(Forest.of(flipped).posteriors(turned)[0][:, ::-1], beliefs, atol=1e-9)
    roots = [i for i, t in enumerate(texts) if t.parent is None]
    if len(roots) == len(texts):
        np.testing.assert_allclose(Forest.of(channel).posteriors(texts[::-1])[0][::-1], beliefs, atol=1e-9)


def test_without_noise_a_reading_is_the_truth() -> None:
    world = World(clauses=2, judges=(JudgeTruth(false_pass=0, false_fail=0),))
    channel = channel_of(world)
    belief = channel.read(channel.fresh(channel.start(1), 0), 0, np.array([[PASSED, FAILED]]))
    np.testing.assert_allclose(channel.broken(belief), [[0, 1]], atol=1e-7)


def test_blind_spots_set_a_floor_that_only_another_judge_gets_below() -> None:
    judges = (JudgeTruth(blind=0.25, false_fail=0.0), JudgeTruth(blind=0.25, false_fail=0.0))
    channel = channel_of(World(clauses=1, judges=judges, shared=0.0))
    belief = channel.fresh(channel.start(1), 0)
    for _ in range(30):
        belief = channel.read(belief, 0, np.array([[PASSED]]))
    floor = 0.2 * 0.25 / (0.2 * 0.25 + 0.8)
    np.testing.assert_allclose(channel.broken(belief), floor, rtol=1e-3)
    for _ in range(30):
        belief = channel.read(belief, 1, np.array([[PASSED]]))
    np.testing.assert_allclose(channel.broken(belief), 0.2 * 0.0625 / (0.2 * 0.0625 + 0.8), rtol=1e-3)


@pytest.mark.parametrize("concentration", [0.2, 1.0, 2.0, 30.0])
@pytest.mark.parametrize("mean", [0.01, 0.2, 0.7])
def test_slices_have_the_mean_and_nearly_the_spread_of_their_law(mean: float, concentration: float) -> None:
    edges = slice_edges()
    values = beta_slices(edges, mean, concentration)
    mass = np.diff(edges)
    assert abs(values @ mass - mean) < 0.002
    assert abs((values**2) @ mass - mean**2 - mean * (1 - mean) / (concentration + 1)) < 0.07 * mean * (1 - mean) / (
        concentration + 1
    )


def test_what_cannot_be_weighed_is_refused_in_words() -> None:
    fine = ErrorModel(rungs={"m": {ANY: ClauseErrors(lapse=0.2)}})
    reader = {ANY: JudgeErrors(false_pass=0.1, false_fail=0.1)}
    with pytest.raises(ConfigError, match="says nothing of other"):
        Channel.of(CLAUSES, fine, ["other"], [])
    with pytest.raises(ConfigError, match="at most 3"):
        Channel.of(CLAUSES, fine, ["m"], ["a", "b", "c", "d"])
    with pytest.raises(ConfigError, match="lapse of nan"):
        Channel.of(CLAUSES, ErrorModel(rungs={"m": {ANY: ClauseErrors(lapse=float("nan"))}}), ["m"], [])
    with pytest.raises(ConfigError, match=r"false_pass of 1\.5"):
        Channel.of(
            CLAUSES,
            ErrorModel(rungs=fine.rungs, judges={"a": {ANY: JudgeErrors(false_pass=1.5, false_fail=0)}}),
            ["m"],
            ["a"],
        )
    assert Channel.of(CLAUSES, ErrorModel(rungs=fine.rungs, judges={"a": reader}), ["m"], ["a"]).clauses == 2
