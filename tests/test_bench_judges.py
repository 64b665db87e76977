"""`lightwing bench judges`: its figures on votes made up for the test, its plot, and what it does without data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from lightwing.bench.judges import calibration_error, run
from lightwing.core.errors import InputError

SETS = ("LLMBar/Natural", "Processed/FairEval", "Processed/LLMEval^2", "Processed/MT-Bench", "CaseStudy/Constraint", "CaseStudy/Negation", "CaseStudy/Normal", "CaseStudy/Base_9", "CaseStudy/Base_10")  # fmt: skip


def written(folder: Path, *, sound: float) -> Path:
    rng = np.random.default_rng(0)
    items, verdicts = [], []
    for name in SETS:
        for i in range(60):
            label = int(rng.integers(1, 3))
            items.append({"set": name, "i": i, "input": "q", "output_1": "a" * 3, "output_2": "b" * 5, "label": label})
            for base in ("A", "B", "C"):
                opinion = label if rng.random() < sound else 3 - label
                for setting in ("Plain", "CoT"):
                    said = [opinion if rng.random() < 0.9 else 3 - opinion for _ in range(2)]
                    verdicts.append({"set": name, "evaluator": f"{base}/{setting}", "i": i, "label": label, "swap_False": str(said[0]), "swap_True": str(said[1])})  # fmt: skip
    for file, rows in (("dataset", items), ("judge_results", verdicts)):
        with gzip.open(folder / f"{file}.jsonl.gz", "wt") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def test_figures_on_independent_judges(tmp_path: Path) -> None:
    result = run(written(tmp_path, sound=0.85), draws=3, seed=1)
    goals = {goal.name: goal for goal in result.goals}
    assert goals["right, combined without labels, less the majority (all)"].met
    cells = {cell["probability"]: cell for cell in result.cells if cell.get("probability") and cell["items"] == "all"}
    assert cells["the fit's own"]["calibration error"] < 0.08, "these judges err independently: the votes say all"
    assert 0.05 < cells["votes alone, by peers"]["calibration error"] < 0.15, "and peers say less than that"
    study = next(cell for cell in result.cells if cell.get("study") == "Constraint")
    assert study["with labels"] > 0.8
    assert {cell["base model"] for cell in result.cells if "base model" in cell} == {"A", "B", "C"}
    assert json.loads(result.json())["bench"] == "judges"


def test_judges_that_are_mostly_wrong_miss_the_goal_without_labels(tmp_path: Path) -> None:
    result = run(written(tmp_path, sound=0.15), draws=3, seed=1)
    study = next(cell for cell in result.cells if cell.get("study") == "Constraint")
    assert study["without labels"] < 0.3
    assert study["with labels"] > 0.7
    assert result.exit_code == 1


def test_the_diagram_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")
    plot = tmp_path / "reliability.svg"
    run(written(tmp_path, sound=0.85), draws=1, plot=plot)
    assert plot.read_text().count("<svg") == 1


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dataset\.jsonl\.gz"):
        run(tmp_path)


def test_calibration_error_is_the_mean_gap() -> None:
    label = np.array([1] * 6 + [-1] * 4)
    assert calibration_error(np.full(10, 0.9), label) == pytest.approx(0.3)
    assert calibration_error(np.full(10, 0.1), label) == pytest.approx(0.5)
    assert calibration_error(np.full(10, 0.5), label) == 0
