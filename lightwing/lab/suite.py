"""Suites: cases with a target and a class, and the scorers that make a number of an answer."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwing.core.case import Case
from lightwing.core.errors import CaseError
from lightwing.core.outcome import Verdict
from lightwing.core.trace import Trace
from lightwing.run import read_cases

__all__ = ["OF_CLAUSES", "OF_TARGETS", "Sample", "read_suite", "score_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One case of a suite with its class, coarse to fine, and the cluster that it stands or falls with (its own id where the suite names none)."""

    case: Case
    path: tuple[str, ...]
    cluster: str


def read_suite(
    path: Path, *, path_key: str = "path", cluster_key: str = "cluster", needs_target: bool = False
) -> Iterator[Sample | CaseError]:
    """The samples of a suite, one line after the other; a line that is none comes as the CaseError that names it.

    `metadata[path_key]` is the class: a list of names, or one text with "/" between them. `metadata[cluster_key]` is a text or a whole number.
    An id that stands twice is refused: a result is found again by it.
    """
    seen: set[str] = set()
    for case in read_cases(path):
        if isinstance(case, CaseError):
            yield case
            continue
        where = f"{path}, case {case.id}"
        if case.id in seen:
            yield CaseError("The id stands twice in the suite.", where=where, hint="Give each case its own id.")
            continue
        seen.add(case.id)
        names, cluster = _names(case.metadata.get(path_key)), case.metadata.get(cluster_key)
        if names is None:
            yield CaseError(
                f"The class in metadata.{path_key} is no list of names.", where=where, hint='Write ["a", "b"] or "a/b".'
            )
        elif isinstance(cluster, bool) or not isinstance(cluster, str | int | None):
            yield CaseError(f"metadata.{cluster_key} is neither a text nor a whole number.", where=where)
        elif needs_target and case.target is None:
            yield CaseError("The case has no target.", where=where, hint='Add "target", or score by clauses.')
        else:
            yield Sample(case=case, path=names, cluster=case.id if cluster is None else str(cluster))


def _names(given: Any) -> tuple[str, ...] | None:
    if given is None:
        return ()
    names = given.split("/") if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
        return None
    return tuple(n.strip() for n in names)


def score_of(scorer: str, trace: Trace) -> float | None:
    """The score of what a trace delivered, in 0..1. None where nothing can be scored: no clause was decided, or the trace ended in an error.

    An answer that was withheld, or not given, scores 0. `clauses` is the share of the decided clauses that hold, `all-clauses` 1 where all of them do; the
    other scorers hold the answer against the case's target, see `OF_TARGETS`.
    """
    if trace.error:
        return None
    if scorer in OF_CLAUSES:
        verdicts = [o.verdict for o in trace.syndrome.outcomes.values()]
        held, broken = verdicts.count(Verdict.PASS), verdicts.count(Verdict.FAIL)
        if trace.delivered is None or trace.withheld:
            return 0.0
        if not held + broken:
            return None
        return held / (held + broken) if scorer == "clauses" else float(not broken)
    if trace.withheld:
        return 0.0
    assert trace.case.target is not None
    return float(OF_TARGETS[scorer](trace.answer, trace.case.target))


def _plain(text: str) -> str:
    """NFKC, lower case, runs of white space as one blank, no full stop at the end."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".。 ")


def _exact(answer: str, target: str) -> bool:
    """Equal after NFKC, case folding, blanks made one and full stops at the end dropped."""
    return _plain(answer) == _plain(target)


def _includes(answer: str, target: str) -> bool:
    """The target, normalised like `exact`, stands somewhere in the answer."""
    return _plain(target) in _plain(answer)


_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")


def _last_number(text: str) -> float | None:
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    return float(found[-1].replace(",", "")) if found else None


def _number(answer: str, target: str) -> bool:
    """The last number of the answer equals the last of the target (thousands separators dropped, relative difference at most 1e-9)."""
    given, wanted = _last_number(answer), _last_number(target)
    return given is not None and wanted is not None and math.isclose(given, wanted, rel_tol=1e-9, abs_tol=1e-12)


# The words before the letter may be in any case, the letter itself may not: "the answer is a guess" chooses nothing.
_TOLD = re.compile(r"(?i:answer|choice|option|答案|选项)\s*(?i:is|:|是|为)?\s*[(\[]?([A-Z])(?![A-Za-z'’])")
_ALONE = re.compile(r"(?<![A-Za-z'’])([A-Z])(?![A-Za-z'’])")


def _choice(answer: str, target: str) -> bool:
    """The letter that the answer chooses, or the last capital letter that stands alone, is the target's."""
    text = unicodedata.normalize("NFKC", answer).strip()
    bare = re.fullmatch(r"[(\[]?([A-Za-z])[)\].:]?", text)
    letters = [bare[1].upper()] if bare else _TOLD.findall(text) or _ALONE.findall(text)
    return bool(letters) and letters[-1] == target.strip().strip("()[].").upper()


OF_CLAUSES = ("clauses", "all-clauses")
"""Scorers that read the clauses of the spec."""

OF_TARGETS: Mapping[str, Callable[[str, str], bool]] = {
    "exact": _exact,
    "includes": _includes,
    "number": _number,
    "choice": _choice,
}
"""Scorers that hold the answer against the target."""
