"""`lightwing bench judges`: real judges (LLMBar's recorded verdicts under both orders) combined by `lab.jury`, against people's labels.

The votes of Natural and Processed are combined without a label in one fit over all items; what is measured is who wins against the majority, and how far the
probability can be believed: as the fit has it, as peers calibrate it (from the votes alone), after a calibration of two numbers on the other half of the items, and with a few labels. In the case
studies, where most judges may be wrong together, labels are drawn many times and every other item is foretold. Intervals are by bootstrap over items. The form
of the model was chosen on the case studies other than Constraint and on the half `looked at` of the others; Constraint and the half `held` were not read for it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lightwing.bench.goals import BenchResult, Goal
from lightwing.core.errors import InputError
from lightwing.lab.jury import Calibration, Combined, Votes, calibrate, combine, majority
from lightwing.plots import reliability, require_plots

__all__ = ["calibration_error", "run"]

Array = np.ndarray[Any, np.dtype[Any]]

_COMBINED = ("LLMBar/Natural", "Processed/FairEval", "Processed/LLMEval^2", "Processed/MT-Bench")
_STUDIES = ("CaseStudy/Constraint", "CaseStudy/Negation", "CaseStudy/Normal", "CaseStudy/Base_9", "CaseStudy/Base_10")
_PEERS = "votes alone, by peers"
_LABELS = 20
_SURE = 0.9
_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Items:
    """Pairs of answers with the verdicts on them, and people's label: +1 where the first answer is better."""

    votes: Votes
    label: Array
    held: Array


def run(data: Path, *, draws: int = 200, seed: int = 0, plot: Path | None = None, command: str = "") -> BenchResult:
    """All cells. `data`: the folder with dataset.jsonl.gz and judge_results.jsonl.gz. `plot`: where to draw the reliability diagram."""
    if plot is not None:
        require_plots()
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    label, length, verdicts = _read(data)
    items = _together(_COMBINED, label, length, verdicts)
    made = combine(items.votes)
    other = _other_half(made.score, items)
    longer = combine(_together(_COMBINED, label, length, verdicts, lengths=True).votes)
    cells: list[dict[str, Any]] = []
    goals: list[Goal] = []
    for name, part in (("all", items.label != 0), ("looked at", ~items.held), ("held", items.held)):
        cells.append(_against_majority(name, made, longer, items, part, rng))
        if name != "looked at":
            gain, low, high = _gain(made, items, part, rng)
            n = int(part.sum())
            goals.append(Goal(name=f"right, combined without labels, less the majority ({name})", op=">=", goal=-0.01, value=gain, low=low, high=high, n=n))  # fmt: skip
            own = Calibration().probability(made.score)
            for about, p in (
                ("the fit's own", own),
                (_PEERS, made.probability),
                ("calibrated on the other half", other),
            ):
                value, low, high = _calibration(p[part], items.label[part], rng)
                cells.append({"items": name, "probability": about, "n": n, "calibration error": value, "low": low, "high": high})  # fmt: skip
                if p is not own:
                    goals.append(Goal(name=f"calibration error, {about} ({name})", op="<=", goal=0.08, value=value, low=low, high=high, n=n))  # fmt: skip
    cells.append(_calibrated_by_few(made.score, items, draws, rng))
    for study in _STUDIES:
        one = _together((study,), label, length, verdicts)
        cell = _few_labels(study, one, draws, rng)
        cells.append(cell)
        if study == _STUDIES[0]:
            goals.append(Goal(name=f"wrong where P >= {_SURE} with {_LABELS} labels (Constraint)", op="<=", goal=0.1, value=cell["wrong where sure"], low=cell["low"], high=cell["high"], n=cell["items"]))  # fmt: skip
    cells += _groups(made)
    if plot is not None:
        _draw(plot, items.label, {_PEERS: made.probability, "calibrated on the other half": other})
    return BenchResult(
        bench="judges",
        command=command,
        seconds=time.perf_counter() - started,
        cells=cells,
        goals=goals,
        seeds=(seed,),
        notes=(
            f"Constraint and the others: {draws} draws of {_LABELS} labelled items each; all other items are foretold. Intervals by bootstrap over items.",
            "The calibration on the other half takes two numbers from that half's labels; who wins is decided without any.",
        ),
    )


def calibration_error(probability: Array, label: Array) -> float:
    """Expected calibration error: the mean over ten equal bins of confidence (0.5 to 1) of |confidence - share that was right|, weighted by their items.

    >>> calibration_error(np.array([0.8, 0.8, 0.2, 0.8, 0.8]), np.array([1, 1, -1, 1, -1]))
    0.0
    """
    sure = np.maximum(probability, 1 - probability)
    gap = sure - _right(probability, label)
    at = np.minimum(((sure - 0.5) * 2 * _BINS).astype(int), _BINS - 1)
    return round(float(np.abs(np.bincount(at, gap, _BINS)).sum() / len(gap)), 12)


def _right(probability: Array, label: Array) -> Array:
    """1 where the likelier answer is the label, 1/2 at a tie."""
    return np.where(probability == 0.5, 0.5, (probability > 0.5) == (label > 0))


def _majority_right(items: _Items) -> Array:
    said = majority(items.votes)
    return np.where(said == 0, 0.5, np.sign(said) == items.label)


def _against_majority(
    name: str, made: Combined, longer: Combined, items: _Items, part: Array, rng: np.random.Generator
) -> dict[str, Any]:
    gain, low, high = _gain(made, items, part, rng)
    return {
        "items": name,
        "n": int(part.sum()),
        "majority right": round(float(_majority_right(items)[part].mean()), 4),
        "combined right": round(float(_right(made.probability, items.label)[part].mean()), 4),
        "gain": round(gain, 4),
        "gain low": round(low, 4),
        "gain high": round(high, 4),
        "right with lengths": round(float(_right(longer.probability, items.label)[part].mean()), 4),
    }


def _gain(made: Combined, items: _Items, part: Array, rng: np.random.Generator) -> tuple[float, float, float]:
    more = (_right(made.probability, items.label) - _majority_right(items))[part]
    low, high = _bootstrap(len(more), lambda at: float(more[at].mean()), rng)
    return float(more.mean()), low, high


def _calibration(probability: Array, label: Array, rng: np.random.Generator) -> tuple[float, float, float]:
    low, high = _bootstrap(len(label), lambda at: calibration_error(probability[at], label[at]), rng)
    return calibration_error(probability, label), low, high


def _bootstrap(n: int, figure: Callable[[Array], float], rng: np.random.Generator) -> tuple[float, float]:
    """95 % interval of a figure by drawing the n items again, 1,000 times."""
    drawn = [figure(rng.integers(0, n, n)) for _ in range(1000)]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _other_half(score: Array, items: _Items) -> Array:
    """The probability of each item, its calibration made on the labels of the half it is not in."""
    probability = np.empty(len(score))
    for half in (items.held, ~items.held):
        probability[half] = calibrate(score[~half], items.label[~half]).probability(score[half])
    return probability


def _calibrated_by_few(score: Array, items: _Items, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """The calibration from a few labels, held against the items that had none; the interval holds 95 % of the draws."""
    errors = []
    for _ in range(draws):
        at = rng.choice(len(score), _LABELS, replace=False)
        free = np.setdiff1d(np.arange(len(score)), at)
        made = calibrate(score[at], items.label[at])
        errors.append(calibration_error(made.probability(score[free]), items.label[free]))
    low, high = np.quantile(errors, (0.025, 0.975))
    return {
        "items": "all",
        "probability": f"calibrated by {_LABELS} labels",
        "n": len(score) - _LABELS,
        "calibration error": float(np.mean(errors)),
        "low": float(low),
        "high": float(high),
    }


def _few_labels(study: str, items: _Items, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """Many draws of a few labels; what is said of the items without one. Counts are by item, over the draws in which it had no label."""
    n = len(items.label)
    foretold, sure, wrong, right = (np.zeros(n) for _ in range(4))
    above = 0
    for _ in range(draws):
        known = np.zeros(n, int)
        at = rng.choice(n, _LABELS, replace=False)
        known[at] = items.label[at]
        p = combine(items.votes, known).probability
        free = known == 0
        hit = _right(p, items.label)
        certain = free & (np.maximum(p, 1 - p) >= _SURE)
        foretold += free
        sure += certain
        wrong += certain & (hit == 0)
        right += free * hit
        above += bool((certain & (hit == 0)).sum() > 0.1 * certain.sum())
    low, high = _bootstrap(n, lambda at: float(wrong[at].sum() / max(1.0, sure[at].sum())), rng)
    return {
        "study": study.removeprefix("CaseStudy/"),
        "items": n,
        "majority right": round(float(_majority_right(items).mean()), 4),
        "without labels": round(float(_right(combine(items.votes).probability, items.label).mean()), 4),
        "with labels": round(float(right.sum() / foretold.sum()), 4),
        "sure": round(float(sure.sum() / foretold.sum()), 4),
        "wrong where sure": float(wrong.sum() / sure.sum()) if sure.sum() else None,
        "low": low,
        "high": high,
        "draws above 10 %": round(above / draws, 4),
    }


def _groups(made: Combined) -> list[dict[str, Any]]:
    """What the fit holds of each base model: how often its opinion is right, and by how much its readings lean to the answer shown first."""
    found = []
    for group, opinion in made.opinions.items():
        readings = [coins for judge, coins in made.readings.items() if made.groups[judge] == group]
        lean = [coins.yes - coins.no for coins in readings]
        found.append(
            {
                "base model": group,
                "judges": len(readings),
                "opinion right (held to be)": round(opinion.yes, 3),
                "leans to the first by": round(float(np.mean(lean)), 3),
                "most": round(float(max(lean, key=abs)), 3),
            }
        )
    return found


def _read(data: Path) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], int], list[dict[str, Any]]]:
    """Labels (+1: the first is better), which answer is longer, and all verdicts."""
    label: dict[tuple[str, int], int] = {}
    longer: dict[tuple[str, int], int] = {}
    for row in _rows(data / "dataset.jsonl.gz"):
        key = row["set"], row["i"]
        label[key] = 1 if row["label"] == 1 else -1
        longer[key] = int(np.sign(len(row["output_1"]) - len(row["output_2"])))
    return label, longer, _rows(data / "judge_results.jsonl.gz")


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError("There is no such file.", where=str(path), hint="Give the folder of LLMBar's data.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _together(
    sets: Sequence[str],
    label: dict[tuple[str, int], int],
    longer: dict[tuple[str, int], int],
    verdicts: Sequence[dict[str, Any]],
    *,
    lengths: bool = False,
) -> _Items:
    """The items of these sets, each setting a judge of the base model before the slash, its two orders two readings."""
    keys = [key for name in sets for key in sorted(label) if key[0] == name]
    judges = sorted({row["evaluator"] for row in verdicts if row["set"] in sets})
    row_of, column_of = {key: n for n, key in enumerate(keys)}, {name: 2 * n for n, name in enumerate(judges)}
    said = np.zeros((len(keys), 2 * len(judges)), int)
    for row in verdicts:
        if row["set"] in sets:
            at = row_of[row["set"], row["i"]], column_of[row["evaluator"]]
            said[at[0], at[1]] = _vote(row["swap_False"])
            said[at[0], at[1] + 1] = _vote(row["swap_True"])
    votes = Votes(
        said=said,
        judges=[name for name in judges for _ in range(2)],
        groups=[name.split("/")[0] for name in judges for _ in range(2)],
        pairs=True,
        shown=np.tile([1, -1], len(judges)),
        longer=np.array([longer[key] for key in keys]) if lengths else None,
    )
    return _Items(
        votes=votes, label=np.array([label[key] for key in keys]), held=np.array([_held(*key) for key in keys])
    )


def _vote(verdict: str | None) -> int:
    """A verdict in the data set's own order of the two answers, whichever order they were shown in."""
    return {"1": 1, "2": -1}.get(verdict or "", 0)


def _held(name: str, i: int) -> bool:
    return hashlib.sha256(f"{name}:{i}".encode()).digest()[0] % 2 == 1


def _draw(path: Path, label: Array, curves: dict[str, Array]) -> None:
    """The reliability diagram of confidences, one panel for each way to the probability."""
    panels = {}
    for name, probability in curves.items():
        sure, right = np.maximum(probability, 1 - probability), _right(probability, label)
        panels[f"{name}: error {calibration_error(probability, label):.3f}"] = list(
            zip(sure.tolist(), right.tolist(), strict=True)
        )
    edges = [0.5 + 0.5 * i / _BINS for i in range(_BINS + 1)]
    made = reliability(panels, edges=edges, x="confidence, %", y="right, % (number: items)")
    try:
        made.savefig(path)
    except (OSError, ValueError) as trouble:
        raise InputError(
            f"The plot cannot be written: {trouble}.",
            where=str(path),
            hint="Give a path that ends in .svg, .png or .pdf.",
        ) from None
