"""Texts cut into pieces for a page: what fails in an answer, what a repair changed, which clause stands where in a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from lightwing.core.clause import Span

__all__ = ["Change", "Piece", "changes", "pieces"]

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|\s+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_WORDS = 3000
"""Of both texts together: word by word a comparison takes the square of it at worst; longer ones are compared line by line."""
_MOST_LINES = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text, and the names of what lies over it."""

    text: str
    names: tuple[str, ...] = ()


def pieces(text: str, marks: Mapping[str, Iterable[Span]]) -> list[Piece]:
    """The whole text in pieces, cut where a mark begins or ends.

    >>> [(p.text, p.names) for p in pieces("one two three", {"c1": [Span(4, 7)], "c2": [Span(0, 7)]})]
    [('one ', ('c2',)), ('two', ('c1', 'c2')), (' three', ())]
    """
    placed = [
        (name, max(0, span.start), min(len(text), span.end))
        for name, spans in marks.items()
        for span in spans
        if span.start < span.end
    ]
    cuts = sorted({0, len(text), *(at for _, start, end in placed for at in (start, end) if 0 <= at <= len(text))})
    starts: dict[int, list[int]] = {}
    for index, (_, start, _end) in enumerate(placed):
        starts.setdefault(start, []).append(index)
    found, over = [], list[int]()
    for start, end in pairwise(cuts):
        over = [i for i in (*over, *starts.get(start, ())) if placed[i][2] > start]
        names = {placed[i][0] for i in over}
        found.append(Piece(text=text[start:end], names=tuple(name for name in marks if name in names)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch that both texts have, or that was taken out, or put in."""

    text: str
    kind: Literal["same", "out", "in"]


def changes(before: str, after: str) -> list[Change] | None:
    """What was changed between two texts, word by word, in longer ones line by line; None where they are too long to compare.

    >>> [(c.text, c.kind) for c in changes("one, two", "one and two")]
    [('one', 'same'), (',', 'out'), (' and', 'in'), (' two', 'same')]
    """
    a, b = _WORD.findall(before), _WORD.findall(after)
    if len(a) + len(b) > _MOST_WORDS:
        a, b = _LINE.findall(before), _LINE.findall(after)
        if len(a) + len(b) > _MOST_LINES:
            return None
    found: list[Change] = []
    for kind, i, j, k, m in SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(_change(a[i:j], "same"))
            continue
        if i < j:
            found.append(_change(a[i:j], "out"))
        if k < m:
            found.append(_change(b[k:m], "in"))
    return found


def _change(words: Sequence[str], kind: Literal["same", "out", "in"]) -> Change:
    return Change(text="".join(words), kind=kind)
