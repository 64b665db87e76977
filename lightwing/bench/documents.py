"""`lightwing bench documents`: instruction documents from the world and of our own, compiled and held against gold by reading.

Twenty English documents of the world (`custom_assistants`; their texts are in the shared data) and twenty-four of our own in five languages (texts in the
gold file) are scored by the same rules, see `lightwing.bench.obligations`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.obligations import Score, score_document
from lightwing.core.errors import ConfigError
from lightwing.spec import compile_document, coverage
from lightwing.spec.drafts import forget_readings

__all__ = ["default_data", "run"]

SPLITS = ("dev", "held")
_OWN_SEEN = frozenset({"own-01", "own-03", "own-06", "own-09", "own-12", "own-15", "own-18", "own-21", "own-24"})
"""Own documents whose texts or mismatches were looked at while the compiler was written (all of the dev half, and own-01 by accident); of the others
only counts."""


def default_data() -> Path:
    """The folder of shared data beside the project."""
    return Path(__file__).resolve().parents[2].parent / "shared" / "data"


def run(data: Path | None = None, *, command: str = "lightwing bench documents") -> BenchResult:
    """Compiles all documents of `custom_assistants` and the policies of `taubench`, and scores the gold ones.

    Raises ConfigError where the data is not there.
    """
    folder = data or default_data()
    source = folder / "custom_assistants" / "instructions.jsonl.gz"
    if not source.is_file():
        raise ConfigError(
            "The instruction documents are not there.", where=str(source), hint="Give the folder with --data DIR."
        )
    begun = time.perf_counter()
    documents = list(_documents(source))
    corpora = {
        "custom_assistants": [text for _, text in documents],
        "taubench": [p.read_text(encoding="utf-8") for p in sorted((folder / "taubench").glob("*_policy.md"))],
    }
    cells: list[Mapping[str, Any]] = []
    goals: list[Goal] = []
    for name, texts in corpora.items():
        cell, crashes = _corpus(name, texts)
        cells.append(cell)
        goals.append(Goal(name=f"{name}: crashes", op="<=", goal=0, value=crashes, n=len(texts)))
    seconds = _hundred_kilobytes(corpora["custom_assistants"])
    goals.append(Goal(name="seconds for a document of 100 kB (best of 3)", op="<=", goal=1.0, value=seconds, n=1))
    scores = _gold(documents)
    cells += [_score_cell("gold", split, scores[split]) for split in scores]
    own = _own_gold()
    cells += [_score_cell("own gold", part, own[part]) for part in own]
    cells += [_exact_cell(f"gold {split}", scores[split]) for split in scores]
    cells += [_exact_cell(f"own gold {part}", own[part]) for part in own]
    for split in ("held", "all"):
        goals += _score_goals(f"gold {split}", scores[split])
    for part in ("not looked at", "all"):
        goals += _score_goals(f"own gold {part}", own[part])
    return BenchResult(
        bench="documents",
        command=command,
        seconds=time.perf_counter() - begun,
        cells=cells,
        goals=goals,
        notes=_NOTES,
        details=scores["dev"].details + own["looked at"].details,
    )


_NOTES = (
    "A clause matches a gold obligation when they overlap by half of the shorter span; exact or judged is that of the clause that overlaps most.",
    "The dev half of the gold was looked at while the compiler was written; of the held half only these counts.",
    f"Of the own documents these were looked at: {', '.join(sorted(_OWN_SEEN))}; of the others only these counts.",
    "Exact clauses alone: obligations that the gold calls exact and over which some clause has a check; checks whose obligation the gold calls exact;"
    " right where kind, arguments and scope are the gold's too (the gold of custom_assistants names no checks).",
)


def _documents(source: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row["id"], row["instructions"]


def _corpus(name: str, texts: Sequence[str]) -> tuple[Mapping[str, Any], int]:
    """Times and shares of one corpus. Any exception counts as a crash: counting them is the point."""
    times, crashes, counts = [], 0, {"exact": 0, "conditional": 0, "judged": 0, "background": 0, "lost": 0}
    for text in texts:
        begun = time.perf_counter()
        try:
            spec = compile_document(text, kind="document")
        except Exception:
            crashes += 1
            continue
        times.append(time.perf_counter() - begun)
        found = coverage(spec, text)
        for key in ("exact", "conditional", "judged", "background"):
            counts[key] += getattr(found, key)
        counts["lost"] += len(found.lost)
    clauses = counts["exact"] + counts["judged"]
    cell = {
        "corpus": name,
        "documents": len(texts),
        "crashes": crashes,
        "median ms": round(1000 * statistics.median(times), 1) if times else None,
        "worst ms": round(1000 * max(times), 1) if times else None,
        "exact": counts["exact"],
        "check under a condition": counts["conditional"],
        "judged": counts["judged"],
        "background": counts["background"],
        "words lost": counts["lost"],
        "exact share": round(counts["exact"] / clauses, 3) if clauses else None,
    }
    return cell, crashes


def _hundred_kilobytes(texts: Sequence[str]) -> float:
    """Seconds to compile real documents joined up to 100,000 bytes, the best of three (what else the machine does is not the compiler's time)."""
    joined = "\n\n".join(texts).encode()[:100_000].decode(errors="ignore")
    times = []
    for _ in range(3):
        forget_readings()
        begun = time.perf_counter()
        compile_document(joined, kind="document")
        times.append(time.perf_counter() - begun)
    return min(times)


def _gold(documents: Sequence[tuple[str, str]]) -> dict[str, Score]:
    """Scores by split, and of both together."""
    by_hash = {hashlib.sha256(text.encode()).hexdigest(): text for _, text in documents}
    scores = dict.fromkeys(SPLITS, Score())
    lines = (
        (resources.files("lightwing.bench") / "gold" / "custom_assistants.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    for line in lines:
        gold = json.loads(line)
        text = by_hash.get(gold["sha256"])
        if text is None:
            raise ConfigError(
                "A gold document is not in the data.",
                where=gold["id"],
                hint="The data and the gold file are of different versions.",
            )
        scores[gold["split"]] += score_document(text, compile_document(text, kind="document"), gold)
    return {**scores, "all": scores["dev"] + scores["held"]}


def _own_gold() -> dict[str, Score]:
    """Scores of the own documents: by language, those looked at and not, and all."""
    lines = (resources.files("lightwing.bench") / "gold" / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    parts = [*sorted({row["language"] for row in rows}), "looked at", "not looked at", "all"]
    scores = dict.fromkeys(parts, Score())
    for row in rows:
        score = score_document(row["text"], compile_document(row["text"], kind="document"), row)
        for part in (row["language"], "looked at" if row["id"] in _OWN_SEEN else "not looked at", "all"):
            scores[part] += score
    return scores


def _score_cell(title: str, part: str, score: Score) -> Mapping[str, Any]:
    return {
        title: part,
        "documents": score.documents,
        "obligations": score.gold,
        "recall": _rate(score.recalled, score.gold),
        "clauses": score.found,
        "precision": _rate(score.precise, score.found),
        "exact/judged right": _rate(score.kind_right, score.compared),
        "decoys taken": f"{score.decoys_taken} of {score.decoys}",
    }


def _exact_cell(part: str, score: Score) -> Mapping[str, Any]:
    named = score.named_exact > 0
    return {
        "exact clauses alone": part,
        "gold exact": score.gold_exact,
        "with a check": score.exact_checked,
        "decided by code alone": score.exact_right,
        "recall": _rate(score.exact_checked, score.gold_exact),
        "right": _rate(score.exact_same, score.named_exact) if named else None,
        "checks": score.checks,
        "gold exact too": _rate(score.checks_exact, score.checks),
        "of these right": _rate(score.checks_same, score.checks_named) if named else None,
    }


def _rate(hits: int, n: int) -> float | None:
    return round(hits / n, 3) if n else None


def _score_goals(name: str, score: Score) -> list[Goal]:
    return [
        Goal.share(f"{name}: recall", score.recalled, score.gold, ">=", 0.85),
        Goal.share(f"{name}: precision", score.precise, score.found, ">=", 0.80),
        Goal.share(f"{name}: exact or judged right", score.kind_right, score.compared, ">=", 0.90),
    ]
