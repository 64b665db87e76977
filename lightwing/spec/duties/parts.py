"""Parts of an answer that a document names: the headings it must have, told in one sentence or by a list, and the columns of a table where no spaces divide words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.sentences import quoted
from lightwing.spec.text.structure import Statement

__all__ = ["Part", "headings_told", "named_columns", "part_of_item", "part_spoken_of"]

_BOLD = re.compile(r"(\*\*|__)([^*_\n]{2,60})\1")
_JOINS = re.compile(r"[\s,，、;；/和与及跟y&]*(?:\b(?:and|or|then|y|e|et|puis|luego)\b|以及|と|や|及び)?[\s,，、]*$")
_NEAR = re.compile(
    r"[\s:：,，(（]*(?:\b(?:called|named|titled|with|the|of|llamad[oa]s|con|los|las|de|nommée?s|intitulée?s|les|des|avec)\b|为|是|分别|依次|有|叫)*[\s:：]*$"
)
_HEAD_OF = re.compile(r"\s*(?:[两二三四五六七八]|这[两二三四五六七八]?)?(?:个|种|つ|列)?(?:の)?\s*")
_OPEN_PLACE = re.compile(r"[\[\]{}<>]|\.\.\.|…")
_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the answer under a heading of this name, and where the document names it."""

    name: str
    span: Span

    @property
    def check(self) -> CheckCall:
        return CheckCall(name="heading", args={"text": self.name})


def headings_told(text: str, span: Span, cues: Cues) -> list[Part]:
    """The headings that one sentence asks for: "under the headings “A” and “B”", “甲”和“乙”两个小标题.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = 'Every report has the sections "Findings" and "Risks".'
    >>> [part.name for part in headings_told(text, Span(0, len(text)), cues("en"))]
    ['Findings', 'Risks']
    """
    if cues.match("negative").search(text, span.start, span.end):
        return []
    names = _beside(text, span, cues, "parts")
    return [Part(name=text[a + 1 : b - 1].strip(), span=Span(a, b)) for a, b in names] if len(names) > 1 else []


def named_columns(text: str, span: Span, cues: Cues) -> list[str]:
    """The columns that a sentence without spaces names: 表头依次为“日期”“地点”."""
    if cues.spaced or cues.match("negative").search(text, span.start, span.end):
        return []
    names = _beside(text, span, cues, "columns")
    return [text[a + 1 : b - 1].strip() for a, b in names] if len(names) > 1 else []


def _beside(text: str, span: Span, cues: Cues, section: str) -> list[tuple[int, int]]:
    """The quotes that are listed right behind a word for parts, or right before it where that is how a language says it."""
    marks = [
        (a, b)
        for a, b in quoted(text, span.start, span.end)
        if b - a <= _LONGEST and not _OPEN_PLACE.search(text[a + 1 : b - 1]) and text[a + 1 : b - 1].strip()
    ]
    runs: list[list[tuple[int, int]]] = []
    for mark in marks:
        if runs and _JOINS.match(text[runs[-1][-1][1] : mark[0]]):
            runs[-1].append(mark)
        else:
            runs.append([mark])
    for cue in cues.match(section).finditer(text, span.start, span.end):
        for run in runs:
            if cue.end() <= run[0][0] and _NEAR.match(text[cue.end() : run[0][0]]):
                return run
            behind = cue.start() >= run[-1][1] and not cues.spaced
            if behind and _HEAD_OF.fullmatch(text[run[-1][1] : cue.start()]):
                return run
    return []


def part_of_item(text: str, statements: Sequence[Statement], i: int, cues: Cues) -> Part | None:
    """The part that a list item names first ("“Decisions” – a table …"), where the words above the list introduce parts of the answer."""
    statement = statements[i]
    if not (statement.item and statement.first) or statement.lead is None:
        return None
    lead = statements[statement.lead]
    words = lead.span.cut(text).rstrip("*_ ")
    if (
        not words.endswith((":", "："))
        or cues.match("parts").search(words) is None
        or cues.match("negative").search(words)
    ):
        return None
    marks = quoted(text, statement.span.start, statement.span.end)
    if marks and marks[0][0] == statement.span.start:
        span = Span(*marks[0])
        name = text[span.start + 1 : span.end - 1]
    elif bold := _BOLD.match(text, statement.span.start, statement.span.end):
        span, name = Span(*bold.span()), bold[2]
    else:
        return None
    name = name.strip(" :：")
    return Part(name=name, span=span) if 0 < len(name) <= _LONGEST and not _OPEN_PLACE.search(name) else None


def part_spoken_of(text: str, span: Span, parts: Sequence[Part], cues: Cues) -> Part | None:
    """The part that a statement begins by speaking of ("The ingredients are a list with dashes"), by the name of its heading."""
    opening = text[span.start : span.start + _LONGEST].casefold()
    for part in parts:
        at = opening.find(part.name.casefold())
        lead = opening[:at].strip(" *_")
        if (
            at >= 0
            and len(lead.split()) <= 1
            and len(lead) <= 8
            and not (part.span.start <= span.start < part.span.end)
        ):
            return part
    return None
