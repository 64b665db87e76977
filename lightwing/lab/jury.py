"""Several judges who may be wrong, combined by reliabilities that are learned from their own votes, without labels or with a few.

The model (Dawid and Skene 1979, with one layer more). Each item has a truth, yes or no. Judges that share a base model form a group, and the group has one
*opinion* of the item, which is right or not; each reading by a judge of the group reports the opinion, with errors of its own. So ten prompts to one model are
ten readings of one opinion: they tell the opinion ever better, and the truth no better than the opinion does. In the words of `core.errormodel.JudgeErrors`, an
opinion that is wrong is a blind (or deaf) spot, and a reading that reports it wrongly is a false pass (or false fail).

Both layers err unlike at yes and at no: two coins each. For a pair of answers the coins lie in another frame: a reading of an opinion that is for the answer
shown first, or second, which gives the bias of position; an opinion where the longer, or the shorter, answer is the right one, which gives the bias for length.

Fitted by expectation and maximisation, with Beta priors whose mean is what all judges together show and which hold them to be right more often than not.
Labels are truths that stay fixed: exact clauses that the judges read too, or what people said. Without any, which of two mirrored solutions is the true one
rests on most groups being right mostly (`Combined.inverted` says where the fit turned against the majority), a bias for length that all judges have cannot be
told from the truth, and nothing in the votes shows how often all groups are wrong together. How sure the score may be is then learned from peers: each group's opinions stand in for the
truth while the others are combined without it. Where groups fall for the same items that is still too sure, where they err independently not sure enough. A few labels mend all
of this: how much the unlabelled items count, how sharp the score is, and its floor are chosen by what folds of the labels say of one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lightwing.core.errormodel import JudgeErrors
from lightwing.core.errors import InputError

__all__ = ["Calibration", "Coins", "Combined", "Votes", "calibrate", "combine", "majority"]

Array = np.ndarray[Any, np.dtype[Any]]

_STRENGTH = 10.0
"""The prior of each coin counts as so many items."""
_POOL = 8.0
"""The prior of what all coins of a layer have in common counts as so many, at these means."""
_SOUND, _FAITHFUL = 0.75, 0.85
_SHARES = (0.0, 0.05, 0.3, 1.0)
"""How much an unlabelled item may count beside a labelled one."""
_FOLDS = 5
_FEWEST = 10
"""Fewer labels fix their items and choose nothing."""
_MOST_STEPS, _SETTLED = 300, 1e-5
_SHARPNESS = np.exp(np.linspace(np.log(0.05), np.log(2.0), 38))
_FLOORS = np.concatenate([[0.002, 0.005, 0.01], np.arange(0.02, 0.41, 0.01)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """What was read. `said` (items, readings): +1 yes (for a pair: the first answer is better), -1 no, 0 nothing. `judges` and `groups`, of each reading: who read
    and on which base model. For pairs, `shown` (readings): +1 where the first answer was shown first, -1 where second; `longer` (items): +1 where the first answer
    is the longer one, -1 where the second, 0 where neither. Raises InputError where these do not fit together."""

    said: Array
    judges: Sequence[str]
    groups: Sequence[str]
    pairs: bool = False
    shown: Array | None = None
    longer: Array | None = None

    def __post_init__(self) -> None:
        items, readings = self.said.shape if self.said.ndim == 2 else (0, 0)
        if not items or not readings:
            raise InputError("There are no votes to combine.", hint="Give an array (items, readings).")
        _signs("said", self.said, (items, readings))
        if len(self.judges) != readings or len(self.groups) != readings:
            raise InputError(
                f"There are {readings} readings, but {len(self.judges)} judges and {len(self.groups)} groups are named for them."
            )
        group_of: dict[str, str] = {}
        for judge, group in zip(self.judges, self.groups, strict=True):
            if group_of.setdefault(judge, group) != group:
                raise InputError(f"The judge {judge!r} stands in two groups, {group_of[judge]!r} and {group!r}.")
        if not self.pairs and not (self.shown is None and self.longer is None):
            raise InputError(
                "`shown` and `longer` are for pairs of answers.", hint="Give pairs=True, or leave them out."
            )
        if self.shown is not None:
            _signs("shown", self.shown, (readings,))
        if self.longer is not None:
            _signs("longer", self.longer, (items,))

    def of(self, readings: Sequence[int]) -> Votes:
        """These readings (columns) alone."""
        return replace(
            self,
            said=self.said[:, readings],
            judges=[self.judges[i] for i in readings],
            groups=[self.groups[i] for i in readings],
            shown=None if self.shown is None else self.shown[readings],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coins:
    """How often a group's opinion, or a reading, is right: `yes` where it should be yes (for pairs: the longer answer, the one shown first), `no` where it should be
    no (the shorter, the one shown second). For pairs without the frame both are the same. `n`: items, or readings, behind each."""

    yes: float
    no: float
    n: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From a score (log odds) to a probability: `sharpness` times the score, and a `floor` for the share in which all judges are wrong together.

    >>> Calibration(sharpness=0.5, floor=0.1).probability(np.array([0.0, 100.0])).tolist()
    [0.5, 0.9]
    """

    sharpness: float = 1.0
    floor: float = 0.0

    def probability(self, score: Array) -> Array:
        """P(yes) of each score."""
        return self.floor + (1 - 2 * self.floor) * _logistic(self.sharpness * score)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What the votes come to. `score` (items): log odds of yes by the model; `probability`: the same after `calibration`, 0 or 1 where the item is labelled. `opinions` by
    group, `readings` by judge, `yes`: share of items that are yes. `share`: how much an unlabelled item counted. `inverted`: more than half of what the majority says
    is contradicted: without labels, believe neither. `settled`: the fit came to rest."""

    score: Array
    probability: Array
    calibration: Calibration
    opinions: Mapping[str, Coins]
    readings: Mapping[str, Coins]
    groups: Mapping[str, str]
    yes: float
    share: float
    inverted: bool
    settled: bool

    def judge_errors(self) -> dict[str, JudgeErrors]:
        """For votes on clauses (yes: it is kept): each judge's errors in the form that decoders take. One reading of each text tells a blind spot from a false pass by the
        prior alone. How many blind spots two groups share is not in the votes: leave it unmeasured."""
        return {
            judge: JudgeErrors(
                false_pass=1 - coins.no,
                false_fail=1 - coins.yes,
                blind=1 - opinion.no,
                deaf=1 - opinion.yes,
                broken=round(opinion.n[1]),
                kept=round(opinion.n[0]),
            )
            for judge, coins in self.readings.items()
            for opinion in [self.opinions[self.groups[judge]]]
        }


def majority(votes: Votes) -> Array:
    """Sum of what was said of each item: its sign is the majority's answer, 0 a tie."""
    return np.asarray(votes.said.sum(1))


def combine(votes: Votes, labels: Array | None = None) -> Combined:
    """The probability that each item is yes. `labels` (items): +1 or -1 where the truth is known, 0 elsewhere.

    Three groups of one judge each, right in 9 of 10; the second votes with the first, the third is often alone:

    >>> rng = np.random.default_rng(0)
    >>> truth = np.where(rng.random(400) < 0.5, 1, -1)
    >>> said = np.stack([np.where(rng.random(400) < right, truth, -truth) for right in (0.9, 0.9, 0.6)], 1)
    >>> made = combine(Votes(said=said, judges=("a", "b", "c"), groups=("A", "B", "C")))
    >>> bool(np.mean(np.sign(made.score) == truth) > 0.85), made.inverted
    (True, False)
    """
    known = np.zeros(len(votes.said), int) if labels is None else labels
    _signs("labels", known, (len(votes.said),))
    layers = _Layers(votes)
    at = np.flatnonzero(known)
    share = 1.0
    if len(at) >= _FEWEST:
        share, calibration = _chosen(layers, known, at)
        fit = layers.fit(known, share)
    else:
        fit = layers.fit(known, share)
        calibration = _peers(votes, layers, fit)
    against = np.sign(majority(votes)) * np.sign(fit.score)
    return Combined(
        score=fit.score,
        probability=np.where(known != 0, known > 0, calibration.probability(fit.score)),
        calibration=calibration,
        opinions={g: _coins(fit.sound[i], fit.sound_n[i]) for i, g in enumerate(layers.groups)},
        readings={j: _coins(fit.faithful[i], fit.faithful_n[i]) for i, j in enumerate(layers.judges)},
        groups=dict(zip(votes.judges, votes.groups, strict=True)),
        yes=fit.yes,
        share=share,
        inverted=bool((against < 0).sum() > (against > 0).sum()),
        settled=fit.settled,
    )


def calibrate(score: Array, truth: Array) -> Calibration:
    """The calibration of greatest likelihood for scores of items whose truth (+1, -1) is known, under priors that hold the score to be twice as sharp as it should be
    and the floor to be some percent."""
    _signs("truth", truth, score.shape)
    return _calibrated(score, truth)[0]


def _calibrated(score: Array, truth: Array) -> tuple[Calibration, float]:
    right = _logistic(_SHARPNESS[:, None] * score * truth)[:, None, :]
    floors = _FLOORS[None, :, None]
    fit = np.log(floors + (1 - 2 * floors) * right).sum(2)
    fit -= 0.5 * (np.log(_SHARPNESS / 0.5) / 0.7)[:, None] ** 2
    fit += (np.log(_FLOORS) + 19 * np.log(1 - _FLOORS))[None, :]
    one, other = np.unravel_index(int(fit.argmax()), fit.shape)
    return Calibration(sharpness=float(_SHARPNESS[one]), floor=float(_FLOORS[other])), float(fit.max())


def _peers(votes: Votes, layers: _Layers, fit: _Fit) -> Calibration:
    """The calibration without labels: each group in turn is taken for the truth of the score that the others give. The sharpness is the (geometric) mean over groups, sounder ones
    counting more; the floor is the least, for a group's own errors raise it. Unchanged where there is one group, or too few items of which it has an opinion."""
    found: list[tuple[float, Calibration]] = []
    for g, group in enumerate(layers.groups):
        others = [i for i, own in enumerate(votes.groups) if own != group]
        opinion = np.sign(layers.mean[:, g]).astype(int)
        at = opinion != 0
        if not others or at.sum() < _FEWEST:
            continue
        score = _Layers(votes.of(others)).fit(np.zeros(len(opinion), int), 1.0).score
        coins = _coins(fit.sound[g], fit.sound_n[g])
        found.append((max((coins.yes + coins.no) / 2 - 0.5, 1e-3), calibrate(score[at], opinion[at])))
    if not found:
        return Calibration()
    weight = np.array([w for w, _ in found])
    sharpness = np.log([made.sharpness for _, made in found]) @ weight / weight.sum()
    return Calibration(sharpness=float(np.exp(sharpness)), floor=min(made.floor for _, made in found))


def _chosen(layers: _Layers, known: Array, at: Array) -> tuple[float, Calibration]:
    """How much unlabelled items count, and the calibration: those under which labels left out in turn are best foretold. Folds go by the score, so that each spans it."""
    order = np.argsort(layers.fit(np.zeros_like(known), 1.0).score[at], kind="stable")
    fold = np.empty(len(at), int)
    fold[order] = np.arange(len(at)) % _FOLDS
    found = []
    for share in _SHARES:
        score = np.zeros(len(at))
        for k in range(_FOLDS):
            hidden = known.copy()
            hidden[at[fold == k]] = 0
            score[fold == k] = layers.fit(hidden, share).score[at[fold == k]]
        calibration, likelihood = _calibrated(score, known[at])
        found.append((likelihood, share, calibration))
    _, share, calibration = max(found, key=lambda one: one[:2])
    return share, calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    score: Array
    sound: Array
    sound_n: Array
    faithful: Array
    faithful_n: Array
    yes: float
    settled: bool


class _Layers:
    """The votes as arrays of both layers. A *coin* is 0 or 1 in a frame (yes or no, shown first or second, longer or shorter) and 2 without one."""

    def __init__(self, votes: Votes) -> None:
        self.judges, judge = _numbered(votes.judges)
        self.groups, group = _numbered(votes.groups)
        self.pairs = votes.pairs
        items, readings = votes.said.shape
        self.heard = (votes.said != 0).astype(float)
        self.says = [(votes.said == sign).astype(float) for sign in (-1, 1)]
        self.of_judge = np.eye(len(self.judges))[judge]
        self.of_group = np.eye(len(self.groups))[group]
        shown = _frame(votes.pairs, votes.shown, readings)
        longer = _frame(votes.pairs, votes.longer, items)
        self.judge, self.group = judge, group
        self.reading_coin = [_coin(shown * sign) for sign in (-1, 1)]
        self.opinion_coin = [_coin(longer * sign) for sign in (-1, 1)]
        said = self.heard @ self.of_group
        self.spoke = (said > 0).astype(float)
        self.mean = np.where(said > 0, votes.said @ self.of_group / np.maximum(said, 1), 0.0)

    def fit(self, known: Array, share: float) -> _Fit:
        """Expectation and maximisation from the mean of the groups' means, or from the labels where unlabelled items count for nothing."""
        weight = np.where(known != 0, 1.0, share)[:, None] * self.spoke
        yes = _clamped(0.5 + 0.4 * self.mean.sum(1) / np.maximum(self.spoke.sum(1), 1), known)
        opinion = 0.5 + 0.45 * self.mean
        joint = _pair(yes)[:, None, :, None] * _pair(opinion)[:, :, None, :]
        settled = False
        for _ in range(_MOST_STEPS):
            sound, sound_n = self._sound(joint, weight)
            faithful, faithful_n = self._faithful(joint.sum(2))
            rate = 0.5 if self.pairs else float((yes.sum() + 1) / (len(yes) + 2))
            of_truth, joint = self.evidence(sound, faithful)
            score = np.log(rate / (1 - rate)) + (of_truth[..., 1] - of_truth[..., 0]).sum(1)
            before, yes = yes, _clamped(_logistic(score), known)
            joint *= _pair(yes)[:, None, :, None]
            if np.abs(yes - before).max() < _SETTLED:
                settled = True
                break
        return _Fit(
            score=score,
            sound=sound,
            sound_n=sound_n,
            faithful=faithful,
            faithful_n=faithful_n,
            yes=rate,
            settled=settled,
        )

    def evidence(self, sound: Array, faithful: Array) -> tuple[Array, Array]:
        """(log P(a group's votes | truth), P(opinion | truth, votes)): (items, groups, truth) and (items, groups, truth, opinion), given both layers' coins."""
        heard = []
        for says, coin in zip(self.says, self.reading_coin, strict=True):
            right = faithful[self.judge, coin]
            heard.append((says * np.log(right) + (self.heard - says) * np.log(1 - right)) @ self.of_group)
        both = np.empty((*heard[0].shape, 2, 2))
        for truth in (0, 1):
            right = sound[:, self.opinion_coin[truth]].T
            both[..., truth, truth] = np.log(right) + heard[truth]
            both[..., truth, 1 - truth] = np.log(1 - right) + heard[1 - truth]
        of_truth = np.logaddexp(both[..., 0], both[..., 1])
        return of_truth * self.spoke[..., None], np.exp(both - of_truth[..., None])

    def _sound(self, joint: Array, weight: Array) -> tuple[Array, Array]:
        right, all = np.zeros((len(self.groups), 3)), np.zeros((len(self.groups), 3))
        for truth in (0, 1):
            coins = np.eye(3)[self.opinion_coin[truth]]
            right += (joint[:, :, truth, truth] * weight).T @ coins
            all += (joint[:, :, truth].sum(2) * weight).T @ coins
        return _shrunk(right, all, _SOUND), all

    def _faithful(self, opinion: Array) -> tuple[Array, Array]:
        right, all = np.zeros((len(self.judges), 3)), np.zeros((len(self.judges), 3))
        for says, coin, held in zip(self.says, self.reading_coin, (opinion[..., 0], opinion[..., 1]), strict=True):
            spread, coins = held[:, self.group], np.eye(3)[coin]
            right += self.of_judge.T @ ((spread * says).sum(0)[:, None] * coins)
            all += self.of_judge.T @ ((spread * self.heard).sum(0)[:, None] * coins)
        return _shrunk(right, all, _FAITHFUL), all


def _shrunk(right: Array, all: Array, mean: float) -> Array:
    """Rates of each coin, drawn towards what all of its kind show together, and that towards `mean`."""
    common = (right.sum(0) + _POOL * mean) / (all.sum(0) + _POOL)
    return np.asarray((right + _STRENGTH * common) / (all + _STRENGTH))


def _coins(rates: Array, n: Array) -> Coins:
    if n[2]:
        return Coins(yes=float(rates[2]), no=float(rates[2]), n=(float(n[2]) / 2, float(n[2]) / 2))
    return Coins(yes=float(rates[0]), no=float(rates[1]), n=(float(n[0]), float(n[1])))


def _frame(pairs: bool, given: Array | None, length: int) -> Array:
    """Which side of its frame each stands on: for pairs as given, else the side of yes."""
    if not pairs:
        return np.ones(length, int)
    return np.zeros(length, int) if given is None else given


def _coin(side: Array) -> Array:
    return np.where(side > 0, 0, np.where(side < 0, 1, 2))


def _numbered(names: Sequence[str]) -> tuple[list[str], Array]:
    known = sorted(set(names))
    return known, np.array([known.index(name) for name in names])


def _pair(yes: Array) -> Array:
    return np.stack([1 - yes, yes], -1)


def _clamped(yes: Array, known: Array) -> Array:
    return np.asarray(np.where(known != 0, known > 0, yes), dtype=float)


def _logistic(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def _signs(name: str, given: Array, shape: tuple[int, ...]) -> None:
    if given.shape != shape or not np.isin(given, (-1, 0, 1)).all():
        raise InputError(f"`{name}` must have the shape {shape} and hold nothing but +1, -1 and 0.")
