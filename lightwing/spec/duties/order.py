"""What rules say about each other: which one wins, and which step comes after which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightwing.core.clause import Span
from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.structure import Statement

__all__ = ["Ranking", "rankings", "steps"]

_NUMBER = re.compile(r"#?\s*(\d{1,3})|([一二三四五六七八九十])")
_HAN = {c: n for n, c in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The statement `winner` goes before the statements `losers` (indexes). `said_by` is the statement that says so."""

    winner: int
    losers: tuple[int, ...]
    said_by: int


def rankings(text: str, statements: Sequence[Statement], duties: Sequence[int], cues: Cues) -> list[Ranking]:
    """Precedence that statements state: "rule 3 overrides rule 1", "this rule overrides all others", "unless rule 2 applies".

    Rule n is the numbered item n of the statement's own list, or else of the first list that has one.

    >>> from lightwing.spec.duties.cues import cues
    >>> from lightwing.spec.text.structure import structure
    >>> text = "1. Be brief.\\n2. Be exact.\\n\\nRule 2 takes priority over rule 1."
    >>> [(r.winner, r.losers) for r in rankings(text, structure(text), [0, 1], cues("en"))]
    [(1, (0,))]
    """
    found = []
    for i, statement in enumerate(statements):
        if statement.kind != "sentence":
            continue
        span = statement.span
        says = _hit("priority", text, span, cues) or _hit("yields", text, span, cues)
        if says is not None:
            before, after = Span(span.start, says.start()), Span(says.end(), span.end)
            reverse = _hit("yields", text, span, cues) is not None
            own = _own(statements, duties, i)
            left = _rules(text, before, statements, i, cues) or (() if own is None else (own,))
            right = _rules(text, after, statements, i, cues)
            if not right and cues.match("all_others").search(text, after.start, after.end):
                right = tuple(d for d in duties if d not in left)
            winners, losers = (right, left) if reverse else (left, right)
            found += [Ranking(w, tuple(x for x in losers if x != w), i) for w in winners if w is not None and losers]
            continue
        unless = _hit("unless", text, span, cues)
        if unless is not None and i in set(duties):
            others = _rules(text, Span(unless.end(), span.end), statements, i, cues)
            found += [Ranking(w, (i,), i) for w in others if w != i]
    return found


def _hit(section: str, text: str, span: Span, cues: Cues) -> re.Match[str] | None:
    return cues.match(section).search(text, span.start, span.end)


def _own(statements: Sequence[Statement], duties: Sequence[int], i: int) -> int | None:
    """The duty that "this rule" means: the statement's own, or the nearest before it in its block."""
    return next((d for d in reversed(duties) if d <= i and statements[d].block == statements[i].block), None)


def _rules(text: str, span: Span, statements: Sequence[Statement], i: int, cues: Cues) -> tuple[int, ...]:
    """Indexes of the numbered items that the words in `span` name."""
    found: dict[int, None] = {}
    for word in cues.match("rule_words").finditer(text, span.start, span.end):
        number = _NUMBER.match(text, word.end() + (text[word.end() : word.end() + 1] == " "), span.end)
        if number is None:
            continue
        n = int(number[1]) if number[1] else _HAN[number[2]]
        named = [s for s, st in enumerate(statements) if st.ordinal == n and st.first and s != i]
        if named:
            near = [s for s in named if statements[s].heading == statements[i].heading]
            found[(near or named)[0]] = None
    return tuple(found)


def steps(text: str, statements: Sequence[Statement], duties: Sequence[int], cues: Cues) -> Mapping[int, int]:
    """Statement -> the statement that must be done before it, for numbered items that a lead or heading calls steps."""
    wanted = set(duties)
    previous: dict[tuple[int | None, int | None, int], tuple[int, int]] = {}
    found: dict[int, int] = {}
    for i, statement in enumerate(statements):
        if statement.ordinal is None or i not in wanted or not _is_step(text, statements, i, cues):
            continue
        key = (statement.lead, statement.heading, statement.item)
        if key in previous and previous[key][1] == statement.ordinal - 1:
            found[i] = previous[key][0]
        previous[key] = (i, statement.ordinal)
    return found


def _is_step(text: str, statements: Sequence[Statement], i: int, cues: Cues) -> bool:
    statement = statements[i]
    opening = text[max(0, statement.span.start - 14) : statement.span.start]
    if re.search(r"(?:step|paso|étape|第)\s*\S{1,3}[步:.)]?\s*$", opening, re.IGNORECASE):
        return True
    above = [statements[s].span.cut(text) for s in (statement.lead, statement.heading) if s is not None]
    return any(cues.match("steps").search(words) for words in above)
