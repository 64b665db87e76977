"""A count that a plural spreads over its parts: "sentences no longer than 15 words", "3 paragraphs of 50 words", "four-line stanzas"."""

from __future__ import annotations

from collections.abc import Mapping

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar.frames import Frame

__all__ = ["spread_scope"]

_SIZES: Mapping[str, int] = {
    "characters": 0, "letters": 0, "syllables": 0, "words": 1, "sentences": 2, "lines": 2, "verses": 2, "bullets": 3, "numbered_items": 3,
    "items": 3, "headings": 2, "table_rows": 3, "questions": 2, "cells": 2, "paragraphs": 4, "stanzas": 4, "sections": 5, "responses": 6,
}  # fmt: skip
"""Which unit may hold which: only what is larger has parts of the smaller kind."""
_PARTS: Mapping[str, str] = {
    "sentences": "sentence", "lines": "line", "verses": "line", "bullets": "bullet", "numbered_items": "item", "items": "item", "headings": "heading",
    "table_rows": "row", "paragraphs": "paragraph", "stanzas": "stanza", "sections": "section", "responses": "response", "questions": "question", "cells": "cell",
}  # fmt: skip
_TIES = (
    "word.must", "word.not", "word.of", "word.filler", "word.with", "word.only", "verb.be", "verb.include", "verb.limit", "compare_before.min", "compare_before.max",
    "compare_before.over", "compare_before.under", "compare_before.exact", "compare_before.about", "range.open", "word.all", "word.link", "word.request",
)  # fmt: skip


def spread_scope(frame: Frame, first: int, counted: int) -> str:
    """The parts that a count at `first` of the unit at `counted` is spread over, else the whole answer."""
    size = _size(frame, counted)
    if size is None:
        return ANSWER
    compound = _compound(frame, counted, size)
    if compound is not None:
        return compound
    only_of = True
    for at in range(first - 1, max(-1, first - 8), -1):
        term = frame.terms[at]
        if term.has("part.title") and not term.name("unit"):
            return "title"
        holder = _size(frame, at)
        if holder is not None:
            name = _part(frame, at)
            if name is None or holder <= size or not frame.text[term.start : term.end].endswith("s"):
                return ANSWER
            numbered = any(q.last < at <= q.last + 3 for q in frame.quantities if not q.weak)
            return (
                _spread(name)
                if not numbered or (only_of and at + 1 < first and frame.terms[at + 1].has("word.of"))
                else ANSWER
            )
        if not term.has(*_TIES):
            return ANSWER
        only_of = only_of and not term.has("word.must", "verb.include", "word.with")
    return ANSWER


def _compound(frame: Frame, counted: int, size: int) -> str | None:
    """ "Four-line stanzas": the joined number describes each of the units behind it."""
    if counted == 0 or counted + 1 >= len(frame.terms) or not frame.terms[counted - 1].joined:
        return None
    holder, name = _size(frame, counted + 1), _part(frame, counted + 1)
    plural = frame.text[: frame.terms[counted + 1].end].endswith("s")
    return _spread(name) if holder is not None and name is not None and holder > size and plural else None


def _spread(name: str) -> str:
    """The scope of each part; cells and questions have one name for it."""
    return name if name in ("cell", "question") else f"each_{name}"


def _size(frame: Frame, at: int) -> int | None:
    return next((_SIZES[u] for u in frame.terms[at].names("unit") if u in _SIZES), None)


def _part(frame: Frame, at: int) -> str | None:
    return next((_PARTS[u] for u in frame.terms[at].names("unit") if u in _PARTS), None)
