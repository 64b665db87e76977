"""`bench compile`: precision, recall and F1 of the exact clauses read from raw prompts, kind and arguments.

How clauses are held to be equal is told in `lightwing.bench.matching`. A predicted clause of a family that the gold's ids cannot express (an
XML format, a number of tables) is neither right nor wrong: it is counted apart as outside.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.ifeval import clauses_of, family_of, language_of
from lightwing.bench.lines import read_records
from lightwing.bench.matching import Key, joined_clauses, key_of
from lightwing.core.clause import ANSWER, CheckCall
from lightwing.spec.grammar import read_prompt

__all__ = ["Format", "Half", "half_of", "run"]

Format = Literal["mifeval", "muldimif", "paraphrases"]
Half = Literal["all", "dev", "held"]
_GOLD = Path(__file__).parent / "gold"


def half_of(key: object) -> str:
    """Which half a key belongs to, by the parity of the SHA-256 of its text.

    >>> {half_of(k) for k in range(8)} == {"dev", "held"}
    True
    """
    return "held" if hashlib.sha256(str(key).encode()).digest()[-1] % 2 else "dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One prompt with its gold. `optional` clauses are neither asked for nor wrong; `judged` says how many gold constraints no code decides."""

    key: str
    prompt: str
    gold: Sequence[tuple[str, CheckCall, str]]
    optional: Sequence[tuple[CheckCall, str]] = ()
    unknown: Sequence[str] = ()


@dataclass(slots=True)
class _Tally:
    right: int = 0
    gold: int = 0
    predicted: int = 0

    def row(self, family: str) -> dict[str, Any]:
        precision = self.right / self.predicted if self.predicted else None
        recall = self.right / self.gold if self.gold else None
        return {
            "family": family,
            "gold": self.gold,
            "predicted": self.predicted,
            "right": self.right,
            "precision": precision,
            "recall": recall,
            "f1": 2 * self.right / (self.gold + self.predicted) if self.gold + self.predicted else None,
        }


@dataclass(slots=True)
class _Score:
    families: dict[str, _Tally] = field(default_factory=dict)
    total: _Tally = field(default_factory=_Tally)
    outside: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def tally(self, family: str) -> _Tally:
        return self.families.setdefault(family, _Tally())


def _unscoped(joined: Mapping[Key, dict[str, int]], scoped: set[tuple[str, str]]) -> dict[Key, dict[str, int]]:
    """Scopes are compared where the gold names one."""
    return {(a, b, s if (a, b) in scoped else ANSWER): v for (a, b, s), v in joined.items()}


def _families(item: Item) -> dict[Key, str]:
    """The gold's family of each joined clause: that of the first id which gave a clause of the kind."""
    named: dict[tuple[str, str], str] = {}
    for family, call, scope in item.gold:
        for key in joined_clauses([(call, scope)]):
            named.setdefault((key[0], key[2]), family)
    joined = joined_clauses((call, scope) for _, call, scope in item.gold)
    return {key: named.get((key[0], key[2]), key[0]) for key in joined}


def _vocabulary(items: Sequence[Item]) -> frozenset[str]:
    return frozenset(key_of(call, scope)[0] for item in items for _, call, scope in item.gold)


def _score(items: Sequence[Item], vocabulary: frozenset[str] | None) -> tuple[_Score, float]:
    score = _Score()
    seconds = 0.0
    for item in items:
        began = time.perf_counter()
        readings = read_prompt(item.prompt)
        seconds += time.perf_counter() - began
        families = _families(item)
        gold = joined_clauses((call, scope) for _, call, scope in item.gold)
        scoped = {(a, b) for a, b, s in gold if s != ANSWER}
        predicted = _unscoped(joined_clauses((r.check, r.scope) for r in readings), scoped)
        optional = joined_clauses(item.optional)
        for key, bounds in predicted.items():
            if gold.get(key) != bounds and key in optional:
                continue
            if vocabulary is not None and key[0] not in vocabulary:
                score.outside[key[0]] += 1
                continue
            tally = score.tally(families.get(key) or key[0])
            tally.predicted += 1
            score.total.predicted += 1
            if gold.get(key) != bounds:
                score.mismatches.append(f"+ {item.key}: {key[0]} {key[1]} {bounds} {key[2]}")
        for key, bounds in gold.items():
            tally = score.tally(families.get(key, key[0]))
            tally.gold += 1
            score.total.gold += 1
            if predicted.get(key) == bounds and key in predicted:
                tally.right += 1
                score.total.right += 1
            else:
                score.mismatches.append(f"- {item.key}: {key[0]} {key[1]} {bounds} {key[2]}")
    return score, seconds


def _mifeval(row: dict[str, Any], number: int) -> Item:
    gold: list[tuple[str, CheckCall, str]] = []
    optional: list[tuple[CheckCall, str]] = []
    unknown = []
    for id, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
        clauses = clauses_of(id, kwargs or {})
        if clauses is None:
            unknown.append(id)
            continue
        gold.extend((family_of(id), call, scope) for call, scope in clauses)
        if family_of(id).startswith("change_case:"):
            named = {"english": "en", "spanish": "es", "french": "fr"}.get(family_of(id).split(":")[1].split("_")[0])
            code = named or language_of(id)
            optional.append((CheckCall(name="language", args={"codes": [code]}), ANSWER))
    return Item(key=str(row["key"]), prompt=row["prompt"], gold=gold, optional=optional, unknown=unknown)


def _paraphrase(row: dict[str, Any], number: int) -> Item:
    gold = [
        (row["family"], CheckCall(name=c["check"], args=c.get("args", {})), c.get("scope") or ANSWER)
        for c in row["clauses"]
    ]
    return Item(key=str(row.get("key", number)), prompt=row["prompt"], gold=gold)


def run(
    prompts: Path,
    *,
    format: Format = "mifeval",
    half: Half = "all",
    mismatches: int = 0,
    gold: Sequence[Path] = (),
    goal_f1: float | None = None,
) -> BenchResult:
    """Read every prompt of a file from its raw text and compare with the gold.

    `half` takes the keys of one half only (see `half_of`); `mismatches` prints that many differences; `gold` replaces the product's own gold files for
    `muldimif`; `goal_f1` replaces the goal that the file's language and format set.

    Raises ConfigError for a file that cannot be read, CaseError for a line that is not JSON.
    """
    if format == "muldimif":
        from lightwing.bench.muldimif import run_muldimif

        return run_muldimif(prompts, gold=gold or sorted(_GOLD.glob("muldimif-*.jsonl")), mismatches=mismatches)
    everything = read_records(prompts, _mifeval if format == "mifeval" else _paraphrase)
    items = [item for item in everything if half in ("all", half_of(item.key))]
    score, seconds = _score(items, _vocabulary(everything))
    cells = [score.families[f].row(f) for f in sorted(score.families)]
    cells.append(score.total.row("all"))
    unknown = Counter(id for item in items for id in item.unknown)
    notes = []
    if unknown:
        notes.append(
            "ids unknown to the bench, left out: " + ", ".join(f"{k} ({n})" for k, n in sorted(unknown.items()))
        )
    if score.outside:
        named = ", ".join(f"{k} ({n})" for k, n in score.outside.most_common())
        notes.append(f"read, but of families this gold cannot express: {named}")
    return BenchResult(
        bench=f"compile {prompts.name} ({half})",
        command=_command(prompts, format, half),
        seconds=seconds,
        cells=cells,
        goals=_goals(items, score, format, goal_f1),
        notes=notes,
        details=score.mismatches[:mismatches],
    )


def _command(prompts: Path, format: str, half: str) -> str:
    return f"lightwing bench compile --prompts {prompts.name} --format {format} --half {half}"


def _goals(items: Sequence[Item], score: _Score, format: Format, goal_f1: float | None) -> list[Goal]:
    total = score.total.row("all")
    language = "en"
    if format == "mifeval":
        language = Counter(family_language(item) for item in items).most_common(1)[0][0] if items else "en"
    wanted = goal_f1 or (0.95 if format == "paraphrases" else {"en": 0.98, "es": 0.95}.get(language, 0.90))
    goals = [Goal(name="F1 of kind and arguments", op=">=", goal=wanted, value=total["f1"], n=score.total.gold)]
    if format == "mifeval" and language not in ("en", "es"):
        goals.append(Goal.share("precision", score.total.right, score.total.predicted, ">=", 0.97))
    return goals


def family_language(item: Item) -> str:
    """The language of a prompt file's item: that of the lexicon which reads it."""
    from lightwing.spec.grammar import guess_language

    return guess_language(item.prompt)
