"""A compiled document held against gold by reading: spans of obligations, decoys that look like one, exact or judged.

Gold spans are obligations and decoys that a person marked before looking at any result. A found clause matches a gold obligation when they overlap by at
least half of the shorter of the two. One clause may match several obligations (a sentence that holds two) and one obligation several clauses (it runs over
two sentences); each is counted once, obligations for recall and clause spans for precision. Exact or judged is compared on the clause that overlaps the
obligation most (intersection over union).

The judged majority carries that figure, so checks are counted apart, whatever their condition: the obligations that the gold calls exact and over which
a clause has a check, and the checks that stand over an obligation that the gold calls exact. Where the gold names its clauses, both sides are also held
against each other in kind, arguments and scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lightwing.bench.matching import Key, atoms
from lightwing.core.clause import ANSWER, CheckCall, Clause, Span, Spec

__all__ = ["Score", "matches", "score_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts against gold; additive. `named_exact` and `checks_named` are of documents whose gold names its clauses."""

    documents: int = 0
    gold: int = 0
    recalled: int = 0
    found: int = 0
    precise: int = 0
    compared: int = 0
    kind_right: int = 0
    gold_exact: int = 0
    exact_right: int = 0
    exact_checked: int = 0
    named_exact: int = 0
    exact_same: int = 0
    checks: int = 0
    checks_exact: int = 0
    checks_named: int = 0
    checks_same: int = 0
    decoys: int = 0
    decoys_taken: int = 0
    details: tuple[str, ...] = field(default=())

    def __add__(self, other: Score) -> Score:
        counts = {f: getattr(self, f) + getattr(other, f) for f in Score.__slots__ if f != "details"}
        return Score(**counts, details=self.details + other.details)


def matches(a: Span, b: Span) -> bool:
    """Overlap of at least half of the shorter span.

    >>> matches(Span(0, 10), Span(5, 100)), matches(Span(0, 10), Span(6, 100))
    (True, False)
    """
    overlap = min(a.end, b.end) - max(a.start, b.start)
    return overlap > 0 and 2 * overlap >= min(a.end - a.start, b.end - b.start)


def _union(a: Span, b: Span) -> float:
    overlap = min(a.end, b.end) - max(a.start, b.start)
    return max(0, overlap) / (max(a.end, b.end) - min(a.start, b.start))


def score_document(text: str, spec: Spec, gold: Mapping[str, Any]) -> Score:
    """One document's counts. `gold` has `obligations` (start, end, read, and where it names them the `clauses`) and `decoys` (start, end)."""
    clauses = [c for c in spec.clauses if c.span is not None]
    found = sorted({_span(c) for c in clauses})
    wanted = [(Span(o["start"], o["end"]), o["read"]) for o in gold["obligations"]]
    missed = [span for span, _ in wanted if not any(matches(span, f) for f in found)]
    invented = [f for f in found if not any(matches(span, f) for span, _ in wanted)]
    compared = right = exact_right = 0
    for span, read in wanted:
        near = [c for c in clauses if matches(span, _span(c))]
        if not near:
            continue
        best = max(near, key=lambda c: (_union(span, _span(c)), c.exact))
        compared += 1
        right += best.exact == (read == "exact")
        exact_right += best.exact and read == "exact"
    decoys = [Span(d["start"], d["end"]) for d in gold["decoys"]]
    taken = sum(any(matches(d, f) for f in invented) for d in decoys)
    details = [f"missed: {_flat(s.cut(text))}" for s in missed] + [f"invented: {_flat(s.cut(text))}" for s in invented]
    return Score(
        documents=1,
        gold=len(wanted),
        recalled=len(wanted) - len(missed),
        found=len(found),
        precise=len(found) - len(invented),
        compared=compared,
        kind_right=right,
        gold_exact=sum(read == "exact" for _, read in wanted),
        exact_right=exact_right,
        decoys=len(decoys),
        decoys_taken=taken,
        details=tuple(details),
    ) + _checks(text, [c for c in clauses if c.check is not None], gold["obligations"])


def _checks(text: str, clauses: Sequence[Clause], obligations: Sequence[Mapping[str, Any]]) -> Score:
    """The checks alone, whatever their condition."""
    exact = [(Span(o["start"], o["end"]), _named(o)) for o in obligations if o["read"] == "exact"]
    named = any(o.get("clauses") for o in obligations)
    details = []
    checked = same = 0
    for span, demands in exact:
        near = _joined([c for c in clauses if matches(span, _span(c))])
        checked += bool(near)
        if named and demands and demands.items() <= near.items():
            same += 1
        elif named or not near:
            details.append(f"exact: {_flat(span.cut(text))} wants {_shown(demands)} has {_shown(near)}")
    of_exact = of_same = 0
    for clause in clauses:
        over = [demands for span, demands in exact if matches(span, _span(clause))]
        of_exact += bool(over)
        own = _joined([clause]).items()
        right = any(own <= demands.items() for demands in over)
        of_same += right
        if not over or (named and not right):
            details.append(f"check: {_flat(clause.text)} has {_shown(_joined([clause]))}")
    return Score(
        exact_checked=checked,
        named_exact=len(exact) if named else 0,
        exact_same=same,
        checks=len(clauses),
        checks_exact=of_exact,
        checks_named=len(clauses) if named else 0,
        checks_same=of_same if named else 0,
        details=tuple(details),
    )


def _named(obligation: Mapping[str, Any]) -> dict[Key, dict[str, int]]:
    return atoms(
        (CheckCall(name=c["check"], args=c.get("args", {})), c.get("scope") or ANSWER)
        for c in obligation.get("clauses", ())
    )


def _joined(clauses: Sequence[Clause]) -> dict[Key, dict[str, int]]:
    return atoms((c.check, c.scope) for c in clauses if c.check is not None)


def _shown(demands: Mapping[Key, Mapping[str, int]]) -> str:
    return "; ".join(f"{name} {args} {scope} {dict(bounds)}" for (name, args, scope), bounds in demands.items()) or "-"


def _span(clause: Clause) -> Span:
    return clause.span or Span(0, 0)


def _flat(words: str) -> str:
    return " ".join(words.split())[:160]
