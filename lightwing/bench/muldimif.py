"""`bench compile --format muldimif`: typed constraints without arguments, held against a gold made by reading.

Each gold line is `{"id", "constraints": [{"i", "read": "exact" | "judged", "clauses": [{"check", "args", "scope"}], "alternatives": [[…], …]}]}`; an
alternative is a reading that its annotator found just as right. A constraint is right when all clauses of one of its readings are among those read from
the raw prompt, with kind, arguments and scope. Precision is the share of the clauses read that stand in some reading of the gold.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.lines import read_lines
from lightwing.bench.matching import Key, atoms
from lightwing.core.clause import ANSWER, CheckCall
from lightwing.core.errors import CaseError
from lightwing.spec.grammar import read_prompt

__all__ = ["run_muldimif"]

Call = tuple[CheckCall, str]


def _calls(clauses: Sequence[dict[str, Any]]) -> list[Call]:
    return [(CheckCall(name=c["check"], args=c.get("args", {})), c.get("scope") or ANSWER) for c in clauses]


def _right_readings(constraint: dict[str, Any]) -> list[list[Call]]:
    """The gold's own reading first, then the others that are just as right."""
    return [_calls(constraint.get("clauses", ())), *(_calls(other) for other in constraint.get("alternatives", ()))]


def run_muldimif(prompts: Path, *, gold: Sequence[Path], mismatches: int = 0) -> BenchResult:
    """Read the prompts of the gold's ids and score them. Raises CaseError where a gold id has no prompt."""
    texts = {str(row["id"]): row["conversations"][-1]["content"] for row in read_lines(prompts)}
    cells: list[dict[str, Any]] = []
    goals: list[Goal] = []
    details: list[str] = []
    seconds = 0.0
    sums = dict.fromkeys(("constraints", "right", "predicted", "precise"), 0)
    for path in gold:
        figures = dict.fromkeys(sums, 0)
        for row in read_lines(path):
            key = str(row["id"])
            if key not in texts:
                raise CaseError(f"The gold id {key!r} has no prompt in {prompts.name}.", where=str(path))
            began = time.perf_counter()
            readings = read_prompt(texts[key])
            seconds += time.perf_counter() - began
            exact = [c for c in row["constraints"] if c["read"] == "exact"]
            found = atoms([(r.check, r.scope) for r in readings])
            # The clauses of a prompt join (two bounds of one count are one range), so a reading is held against the whole prompt read that way.
            own = [_right_readings(c)[0] for c in exact]
            accepted: list[dict[Key, dict[str, int]]] = [atoms([call for calls in own for call in calls])]
            for at, constraint in enumerate(exact):
                rights = []
                for calls in _right_readings(constraint):
                    joined = atoms([call for i, each in enumerate(own) for call in (calls if i == at else each)])
                    rights.append(all(found.get(k) == joined[k] for k in atoms(calls)))
                    accepted.append(joined)
                if any(rights):
                    figures["right"] += 1
                else:
                    details.append(f"- {path.stem} {key}: {[(c.name, dict(c.args), s) for c, s in own[at]]}")
            figures["constraints"] += len(exact)
            figures["predicted"] += len(found)
            wrong = [k for k, v in found.items() if not any(each.get(k) == v for each in accepted)]
            figures["precise"] += len(found) - len(wrong)
            details.extend(f"+ {path.stem} {key}: {k} {found[k]}" for k in wrong)
        for name, value in figures.items():
            sums[name] += value
        cells.append(_row(path.stem, figures))
    cells.append(_row("all", sums))
    goals.append(
        Goal.share("code-checkable constraints compiled right", sums["right"], sums["constraints"], ">=", 0.90)
    )
    goals.append(Goal.share("precision of exact clauses", sums["precise"], sums["predicted"], ">=", 0.97))
    return BenchResult(
        bench=f"compile {prompts.name} (muldimif)",
        command=f"lightwing bench compile --prompts {prompts.name} --format muldimif",
        seconds=seconds,
        cells=cells,
        goals=goals,
        seeds=[20261123],
        details=details[:mismatches],
    )


def _row(name: str, figures: dict[str, int]) -> dict[str, Any]:
    return {
        "gold file": name,
        **figures,
        "recall": figures["right"] / figures["constraints"] if figures["constraints"] else None,
        "precision": figures["precise"] / figures["predicted"] if figures["predicted"] else None,
    }
