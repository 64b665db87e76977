"""`lightwing bench replay --target-error`: the chain at an asked error rate, where what errs is the compiler: a demand that it did not read is not checked.

Half of the prompts calibrate, the other half is delivered. The calibrating half is split once more: on one part a score is fitted (a logistic regression of
"checked and yet wrong" on what is known without truth: what was read of the prompt and what was not, the rung, a fix), on the other the level of the score up to
which is delivered is certified by Learn-then-Test. An answer that is checked and scores above the level goes on to the next rung, as one that fails does.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.bench.checks import Gold, read_gold
from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.replay import Record, Rung, read_strictly, recorded_names, records_of
from lightwing.checks import Profile
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Spec
from lightwing.core.errors import TooFewLabels
from lightwing.core.statistics import wilson
from lightwing.lab.risk import Labelled, certified
from lightwing.spec import bind, compile_document

__all__ = ["run"]

Array = np.ndarray[Any, np.dtype[Any]]

_CONFIDENCE = 0.95
_FITTED = 0.3
"""Share of the calibrating half that the score is fitted on; certificates need labels more than the score does."""

_SHARES = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
"""Levels are tried at these quantiles of the score, on the part that it was fitted on."""

_RARE = 5
"""A kind of clause seen in fewer calibrating prompts than this is rare."""

_RIDGE = 1.0
_NUMBER = re.compile(r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twice|once)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """All that the splits need. (prompts, rungs): `met`: our checks find nothing wrong; `right`: the truth; `fixed`. (prompts, …): `about` what is known of
    a prompt, `kinds` which kinds of clause it has. `prices` (rungs)."""

    met: Array
    right: Array
    fixed: Array
    about: Array
    kinds: Array
    prices: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """One delivery of one half: the level certified on the other (None: none), and what came of it."""

    level: float | None
    labelled: int
    labelled_wrong: int
    delivered: int
    wrong: int
    prompts: int
    price: float


def run(
    *,
    prompts: Path,
    outputs: Path,
    cascade: Sequence[Rung],
    targets: Sequence[float],
    profile: Profile = "ifeval",
    fix: bool = False,
    splits: int = 200,
    seed: int = 0,
    command: str = "lightwing bench replay --target-error",
) -> BenchResult:
    """For each target: one split by order of the prompts, both ways, in full; then so many random ones, pooled."""
    started = time.perf_counter()
    asked, records = read_gold(prompts), records_of(outputs)
    names = recorded_names(cascade, records)
    table = _table(names, cascade, records, asked, profile=profile, fix=fix)
    n = len(asked)
    even = np.arange(n) % 2 == 0
    rng = np.random.default_rng(seed)
    halves = [rng.permutation(n) < n // 2 for _ in range(splits)]
    cells: list[dict[str, Any]] = []
    pooled: list[dict[str, Any]] = []
    goals = []
    for target in targets:
        both = [_halved(table, half, target, seed) for half in (even, ~even)]
        cells.extend(_shown(target, name, each) for name, each in zip(("even", "odd"), both, strict=True))
        outcomes = [_halved(table, half, target, seed + 1 + i) for i, half in enumerate(halves)]
        wrong, delivered = sum(o.wrong for o in outcomes), sum(o.delivered for o in outcomes)
        passed = [o for o in outcomes if o.level is not None]
        pooled.append(
            {
                "target": target,
                "splits": splits,
                "a level is certified": round(len(passed) / splits, 3),
                "wrong / delivered": round(wrong / delivered, 4) if delivered else None,
                "above target": round(sum(o.wrong > target * o.delivered for o in passed) / splits, 3),
                "coverage": round(delivered / sum(o.prompts for o in outcomes), 3),
                "coverage where certified": _mean([o.delivered / o.prompts for o in passed]),
                "mean price where certified": _mean([o.price for o in passed]),
            }
        )
        goals.append(
            Goal(
                name=f"wrong / delivered at target {100 * target:g} %, {splits} splits pooled",
                op="<=",
                goal=target,
                value=wrong / delivered if delivered else None,
                n=delivered,
            )
        )
    plain = _deliver(table, np.ones(n, bool), table.right * 0.0, np.inf)
    return BenchResult(
        bench="replay at a target error",
        command=command,
        seconds=time.perf_counter() - started,
        cells=[*cells, *pooled],
        goals=goals,
        seeds=[seed],
        notes=[
            f"Without a target the chain delivers {plain[0]} of {n}, {plain[1]} of them wrong ({plain[1] / max(1, plain[0]):.4f}), at a mean price of {plain[2]:.2f}.",
            f"Calibrated on one half ({_FITTED:.0%} of it to fit the score, the rest for Learn-then-Test with confidence {_CONFIDENCE:.0%}), delivered on the other. "
            f"Answers are read by the profile {profile}; truth is {'the profile ifeval on the fixed text' if fix else 'the recorded strict verdicts'}.",
            "Above target counts splits in which the half that was delivered shows more wrong ones than the target; with so few deliveries chance alone does that.",
            "Where no level is certified nothing is delivered: coverage counts these splits as 0.",
        ],
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def _shown(target: float, name: str, o: _Outcome) -> dict[str, Any]:
    low, high = wilson(o.wrong, o.delivered)
    return {
        "target": target,
        "calibrated on": f"{name} prompts",
        "labelled": o.labelled,
        "of them wrong": o.labelled_wrong,
        "level": None if o.level is None else round(o.level, 4),
        "delivered": f"{o.delivered} of {o.prompts}",
        "wrong": o.wrong,
        "wrong / delivered": round(o.wrong / o.delivered, 4) if o.delivered else None,
        "interval": f"{low:.4f} to {high:.4f}",
        "mean price": round(o.price, 2),
    }


def _halved(table: _Table, half: Array, target: float, seed: int) -> _Outcome:
    """Calibrates on this half and delivers the other."""
    mine = np.flatnonzero(half)
    drawn = np.random.default_rng([seed, 7]).permutation(mine)
    fitted, tested = drawn[: int(_FITTED * len(mine))], drawn[int(_FITTED * len(mine)) :]
    score = _score(table, fitted, mine)
    known = score[fitted][table.met[fitted]]
    levels = [float(np.quantile(known, share)) if share < 1 else np.inf for share in _SHARES] if len(known) else []
    labelled = []
    for level in levels:
        delivered, wrong, _ = _deliver(table, tested, score, level)
        labelled.append(Labelled(level=level, delivered=delivered, wrong=wrong))
    try:
        passed = certified(labelled, target=target, confidence=_CONFIDENCE) if labelled else None
    except TooFewLabels:
        passed = None
    others = np.flatnonzero(~half)
    if passed is None:
        most = labelled[-1] if labelled else Labelled(level=0, delivered=0, wrong=0)
        return _Outcome(
            level=None,
            labelled=most.delivered,
            labelled_wrong=most.wrong,
            delivered=0,
            wrong=0,
            prompts=len(others),
            price=0.0,
        )
    delivered, wrong, price = _deliver(table, others, score, passed.level)
    return _Outcome(
        level=passed.level,
        labelled=passed.delivered,
        labelled_wrong=passed.wrong,
        delivered=delivered,
        wrong=wrong,
        prompts=len(others),
        price=price,
    )


def _deliver(table: _Table, which: Array, score: Array, level: float) -> tuple[int, int, float]:
    """(delivered, wrong, mean price): the first rung whose answer is met and scores at most the level."""
    ready = table.met[which] & (score[which] <= level)
    found, first = ready.any(1), ready.argmax(1)
    asked = np.where(found, first, ready.shape[1] - 1)
    wrong = found & ~table.right[which][np.arange(len(ready)), first]
    return int(found.sum()), int(wrong.sum()), float(np.cumsum(table.prices)[asked].mean())


def _score(table: _Table, fitted: Array, calibrating: Array) -> Array:
    """(prompts, rungs): how probably an answer that is met is wrong, fitted on the prompts `fitted`. Which kinds are rare needs no truth."""
    prompts, rungs = table.met.shape
    rare = (table.kinds[calibrating].sum(0) < _RARE).astype(float)
    about = np.column_stack([table.about, table.kinds @ rare])
    wide = np.repeat(about[:, None], rungs, axis=1)
    steps = np.broadcast_to(np.arange(rungs)[None, :, None] / max(1, rungs - 1), (prompts, rungs, 1))
    x = np.concatenate([wide, steps, table.fixed[..., None].astype(float)], axis=2)
    at = np.zeros_like(table.met)
    at[fitted] = table.met[fitted]
    mean, spread = x[at].mean(0), x[at].std(0)
    x = (x - mean) / np.where(spread > 0, spread, 1.0)
    weights = _logistic(x[at], ~table.right[at])
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ weights[1:] + weights[0], -30, 30))))


def _logistic(x: Array, y: Array, *, steps: int = 50) -> Array:
    """Ridge logistic regression by Newton's method: intercept, then a weight for each column."""
    x = np.column_stack([np.ones(len(x)), x])
    ridge = np.diag([1e-6, *[_RIDGE] * (x.shape[1] - 1)])
    weights = np.zeros(x.shape[1])
    weights[0] = np.log((y.sum() + 0.5) / (len(y) - y.sum() + 0.5))
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - p) - ridge @ weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(weights)


def _table(
    names: Sequence[str],
    cascade: Sequence[Rung],
    records: Mapping[str, Mapping[str, Record]],
    asked: Sequence[Gold],
    *,
    profile: Profile,
    fix: bool,
) -> _Table:
    shape = (len(asked), len(names))
    met, right, fixed = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    about, kinds = [], []
    for i, item in enumerate(asked):
        spec = compile_document(item.prompt, kind="prompt")
        bound, case = bind(spec, profile=profile), Case.ask(item.prompt)
        about.append(_about(spec, item.prompt))
        kinds.append({c.check.name for c in spec.exact if c.check is not None})
        exact = {c.id for c in spec.exact}
        for r, name in enumerate(names):
            record = records[name][item.key]
            answer, truth = Answer(text=record.response), record.right
            read = bound.binding(bound.read(case, answer))
            if fix and read.failed and (mended := bound.fix(case, answer, read.failed)) is not None:
                read, fixed[i, r], truth = bound.binding(bound.read(case, mended)), True, read_strictly(item, mended)
            met[i, r] = bool(answer.text.strip()) and not read.failed and not exact.intersection(read.unknown)
            right[i, r] = truth
    every = sorted(set().union(*kinds))
    return _Table(
        met=met,
        right=right,
        fixed=fixed,
        about=np.array(about),
        kinds=np.array([[kind in own for kind in every] for own in kinds], float),
        prices=np.array([rung.price or 0.0 for rung in cascade]),
    )


def _about(spec: Spec, prompt: str) -> list[float]:
    """What is known of a prompt without truth: how much of it was read as clauses, and what was not."""
    read = [c.span for c in spec.exact if c.span is not None]
    numbers = [m.start() for m in _NUMBER.finditer(prompt)]
    unread = sum(not any(s.start <= at < s.end for s in read) for at in numbers)
    covered = len({i for s in read for i in range(s.start, s.end)}) / max(1, len(prompt))
    return [
        float(len(spec.exact)),
        float(not spec.exact),
        float(np.log1p(len(spec.judged))),
        float(np.log1p(unread)),
        covered,
        float(np.log(1 + len(prompt.split()))),
        float(bool(spec.conflicts)),
    ]
