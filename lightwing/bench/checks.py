"""`lightwing bench checks`: our checks against recorded verdicts of IFEval and M-IFEval, and their speed against a reference implementation.

Prompts are JSONL with `key`, `instruction_id_list`, `kwargs`; outputs JSONL with `key`, `model`, `response`, and `strict` and `loose` verdict lists. Gold ids
become check calls by `lightwing.bench.ifeval`; each output is read strictly and loosely (eight variants), as those suites do.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lightwing.bench.goals import BenchResult, Goal
from lightwing.bench.ifeval import clauses_of, family_of, language_of
from lightwing.bench.lines import numbered_lines
from lightwing.bench.reference import Reference
from lightwing.checks import build
from lightwing.checks.base import Profile
from lightwing.checks.ifeval import verdicts
from lightwing.checks.ifeval_language import warm_up
from lightwing.checks.language import warm_up as warm_up_identifier
from lightwing.core.errors import CaseError, ConfigError
from lightwing.core.protocols import Check

__all__ = ["Gold", "Output", "read_gold", "read_outputs", "run"]

AGREEMENT_GOALS: Mapping[tuple[str, str], float] = {("ifeval", "en"): 0.999, ("ifeval", "es"): 0.995}
DEFAULT_AGREEMENT_GOAL = 0.985
SPEED_GOAL = 20.0
_BATCH = 500
SLOWEST_FAMILY_GOAL = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """One prompt with its typed ids and their kwargs."""

    key: str
    prompt: str
    ids: tuple[str, ...]
    kwargs: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One recorded answer with the verdicts on each id."""

    key: str
    model: str
    response: str
    strict: tuple[bool, ...]
    loose: tuple[bool, ...]


@dataclass(slots=True)
class _Tally:
    """Counts of one family."""

    n: int = 0
    strict: int = 0
    loose: int = 0
    ours: float = 0.0
    theirs: float = 0.0
    compared: int = 0


@dataclass(slots=True)
class _Run:
    tallies: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    unknown: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    languages: Counter[str] = field(default_factory=Counter)


def read_gold(path: Path) -> list[Gold]:
    """The prompts of a file in M-IFEval's format. Raises CaseError with the line's number."""
    found = []
    for number, record in numbered_lines(path):
        try:
            found.append(
                Gold(
                    key=str(record["key"]),
                    prompt=record["prompt"],
                    ids=tuple(record["instruction_id_list"]),
                    kwargs=tuple(record["kwargs"]),
                )
            )
        except KeyError as error:
            raise CaseError(f"This prompt has no field {error}.", where=f"{path}:{number}") from error
    return found


def read_outputs(path: Path) -> Iterator[Output]:
    """The recorded answers, one by one. Raises CaseError with the line's number."""
    for number, record in numbered_lines(path):
        try:
            yield Output(
                key=str(record["key"]),
                model=str(record["model"]),
                response=record["response"] if isinstance(record["response"], str) else "",
                strict=tuple(record["strict"]),
                loose=tuple(record["loose"]),
            )
        except KeyError as error:
            raise CaseError(f"This output has no field {error}.", where=f"{path}:{number}") from error


def run(
    prompts: Path,
    outputs: Path,
    *,
    profile: Profile = "ifeval",
    reference: bool = False,
    command: str = "lightwing bench checks",
) -> BenchResult:
    """Reads every recorded answer with the checks of its prompt's ids.

    With `reference`, lm_eval's checkers read the same answers in the same process (see `lightwing.bench.reference`; raises MissingExtra where it is not
    installed). Raises ConfigError where the two files do not belong together.
    """
    started = time.perf_counter()
    gold = {each.key: each for each in read_gold(prompts)}
    theirs = None
    if reference:
        theirs = Reference()
        theirs.warm_up()
        warm_up()
        warm_up_identifier()
    done = _Run()
    checks = {key: _checks(each, profile, done) for key, each in gold.items()}
    for batch in _batches(read_outputs(outputs)):
        for output in batch:
            if output.key not in gold:
                raise ConfigError(
                    f"The output of key {output.key} has no prompt.", where=str(outputs), hint=f"Is it of {prompts}?"
                )
            _read(gold[output.key], checks[output.key], output, done, theirs)
        if theirs is not None:
            for output in batch:
                _time(gold[output.key], checks[output.key], output, done, theirs)
    return BenchResult(
        bench=f"checks ({profile})",
        command=command,
        seconds=time.perf_counter() - started,
        cells=_cells(done),
        goals=_goals(done, profile),
        notes=_notes(done, theirs.left_out if theirs else ()),
        details=done.differences,
    )


def _batches(outputs: Iterator[Output]) -> Iterator[list[Output]]:
    """The outputs in lots that each side reads at one go: taking turns answer by answer, the two would time how they drive each other's data out of the cache."""
    while batch := list(islice(outputs, _BATCH)):
        yield batch


def _checks(gold: Gold, profile: Profile, done: _Run) -> list[Sequence[Check] | None]:
    found: list[Sequence[Check] | None] = []
    for id, kwargs in zip(gold.ids, gold.kwargs, strict=True):
        clauses = clauses_of(id, kwargs)
        if clauses is None:
            done.unknown[id] += 1
            found.append(None)
        else:
            found.append(
                [build(call, scope=scope, language=language_of(id), profile=profile) for call, scope in clauses]
            )
    return found


def _read(
    gold: Gold, checks: Sequence[Sequence[Check] | None], output: Output, done: _Run, theirs: Reference | None
) -> None:
    for index, (id, check) in enumerate(zip(gold.ids, checks, strict=True)):
        if check is None:
            continue
        tally = done.tallies[family_of(id)]
        begun = time.process_time()
        strict, loose = verdicts(check, output.response)
        spent = time.process_time() - begun
        tally.n += 1
        tally.strict += strict == output.strict[index]
        tally.loose += loose == output.loose[index]
        done.languages[language_of(id)] += 1
        if (strict, loose) != (output.strict[index], output.loose[index]):
            done.differences.append(
                f"{gold.key}\t{output.model}\t{id}\trecorded {_sign(output.strict[index])}{_sign(output.loose[index])}\tours {_sign(strict)}{_sign(loose)}"
            )
        if theirs is not None and theirs.runs(id):
            tally.ours += spent
            tally.compared += 1


def _time(gold: Gold, checks: Sequence[Sequence[Check] | None], output: Output, done: _Run, theirs: Reference) -> None:
    for id, kwargs, check in zip(gold.ids, gold.kwargs, checks, strict=True):
        if check is not None and theirs.runs(id):
            begun = time.process_time()
            theirs.verdicts(id, kwargs, output.response)
            done.tallies[family_of(id)].theirs += time.process_time() - begun


def _sign(verdict: bool) -> str:
    return "+" if verdict else "-"


def _cells(done: _Run) -> list[dict[str, Any]]:
    cells = []
    for family, tally in sorted(done.tallies.items()):
        cell: dict[str, Any] = {
            "family": family,
            "n": tally.n,
            "strict": tally.strict / tally.n,
            "loose": tally.loose / tally.n,
            "differences": 2 * tally.n - tally.strict - tally.loose,
        }
        if any(each.compared for each in done.tallies.values()):
            cell |= {
                "ours_s": tally.ours if tally.compared else None,
                "reference_s": tally.theirs if tally.compared else None,
                "times_as_fast": tally.theirs / tally.ours if tally.ours else None,
            }
        cells.append(cell)
    return cells


def _goals(done: _Run, profile: Profile) -> list[Goal]:
    tallies = list(done.tallies.values())
    n = sum(tally.n for tally in tallies)
    languages = "+".join(sorted(done.languages)) or "none"
    asked = AGREEMENT_GOALS.get((profile, languages), DEFAULT_AGREEMENT_GOAL)
    goals = [
        Goal.share(
            f"agreement, strict and loose ({languages})", sum(t.strict + t.loose for t in tallies), 2 * n, ">=", asked
        )
    ]
    compared = {family: tally for family, tally in done.tallies.items() if tally.compared and tally.ours}
    if compared:
        ours = sum(tally.ours for tally in compared.values())
        theirs = sum(tally.theirs for tally in compared.values())
        slowest = max(compared.values(), key=lambda tally: tally.ours / tally.theirs)
        goals.append(Goal(name="times as fast in total", op=">=", goal=SPEED_GOAL, value=theirs / ours))
        goals.append(
            Goal(
                name="slowest family, our time / theirs",
                op="<=",
                goal=SLOWEST_FAMILY_GOAL,
                value=slowest.ours / slowest.theirs,
            )
        )
    return goals


def _notes(done: _Run, left_out: Sequence[str]) -> list[str]:
    notes = [f"unknown here and left out: {id} ({n})" for id, n in sorted(done.unknown.items())]
    notes += [f"not in the speed comparison: {line}" for line in left_out]
    return notes
