"""What opens the sections of an answer, in languages that write words apart: "Part 1, Part 2 and Part 3", "SECTION X", "Chapter" and its number.

The marker and the number of sections may stand in different sentences, and the sections may go by the name of the marker ("six weeks, each headed "Week"").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.terms import Term

__all__ = ["SectionMark", "section_mark"]

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_VARIABLES = frozenset({"X", "x", "N", "n", "#", "Y"})
_MEMBER = re.compile(
    r"([^\W\d_][\w' ]{0,24}?)(?:[ -]?([0-9]{1,2})|[ -]([IVX]{1,4}|[A-HNXYxn#]|\[[A-Za-z#]\]|\{[A-Za-z#]\}))[.:]?"
)
_NAMING = ("verb.mark", "verb.call", "verb.start", "unit.sections", "unit.headings", "part.shown_format", "verb.separate", "word.around")  # fmt: skip
_OPENING = ("verb.start", "verb.mark", "verb.call")
_SIGNS = frozenset({"§", "#", "##", "###", "####", "►", "▶", "•", "*", "→"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionMark:
    """The word or sign that opens each section; how many a series in the text shows, if it shows the whole one; whether a variable stands for the number."""

    word: str
    frame: Frame
    shown: int | None = None
    variable: bool = False


@dataclass(frozen=True, slots=True)
class _Member:
    """One marker with its number, as it stands in a sentence; serial 0 is a variable."""

    word: str
    serial: int
    at: int
    last: int


def section_mark(frames: Sequence[Frame]) -> SectionMark | None:
    """The marker of the sections that a text asks for, None where it names none."""
    for index, frame in enumerate(frames):
        if _asks(frame) or (frame.has("verb.separate", "part.divider") and not frame.has("unit.sections", "verb.mark")):
            continue
        found = _series(frame) or _numbered(frame, frames[:index]) or _single(frame, frames[:index]) or _sign(frame)
        if found is not None:
            return found
    return _on_lines(frames)


def _asks(frame: Frame) -> bool:
    return frame.terms[-1].norm == "?" and frame.terms[0].has("word.asks")


def _members(frame: Frame) -> Iterator[_Member]:
    """Every marker with a number: "Part 1" in quotes, Part 1 or SECTION X without."""
    for at, term in enumerate(frame.terms):
        if term.kind in ("literal", "bracket"):
            shown = _MEMBER.fullmatch(term.inner.strip().lstrip("#* ").rstrip("*:. "))
            if shown is not None and (serial := _serial((shown[2] or shown[3]).strip("[]{}"))) is not None:
                yield _Member(shown[1].strip(), serial, at, at)
        elif at + 1 < len(frame.terms) and (term.kind == "word" or term.has("unit.sections")):
            after = frame.terms[at + 1]
            raw = frame.text[after.start : after.end]
            number = raw.strip("[]{}()")
            word = frame.text[term.start : term.end]
            beside = after.start - term.end <= 1
            if word[:1].isupper() and word.isalpha() and beside and (serial := _serial(number)) is not None:
                yield _Member(word, serial, at, at + 1)


def _serial(text: str) -> int | None:
    """The place that a number, a Roman numeral or a capital stands for; 0 for a variable."""
    if text in _VARIABLES:
        return 0
    if text.isdigit():
        return int(text)
    if text in _ROMAN:
        return _ROMAN.index(text) + 1
    return ord(text) - ord("A") + 1 if len(text) == 1 and "A" <= text <= "H" else None


def _series(frame: Frame) -> SectionMark | None:
    """ "Week 1, Week 2, and so on", "Day 1 to Day 5", "SECTION X"."""
    members = list(_members(frame))
    if not members or not _names_parts(frame, members):
        return None
    first = next((m for m in members if m.serial <= 1), members[0])
    if first.serial == 0 and _introduced(frame, first.at):
        return SectionMark(word=first.word, frame=frame, variable=True)
    row = [m for m in members if m.word.casefold() == first.word.casefold() and m.serial]
    serials = [m.serial for m in row]
    if len(row) == 2 and row[0].serial == 1 and _ranges(frame, row[0], row[1]):
        return SectionMark(word=row[0].word, frame=frame, shown=row[1].serial)
    if not row or serials != list(range(1, len(row) + 1)):
        return None
    open_end = _goes_on(frame, row[-1].last)
    if len(row) == 1 and not (open_end or _example(frame, row[0].at)):
        return None
    return SectionMark(word=row[0].word, frame=frame, shown=None if open_end or len(row) == 1 else len(row))


def _introduced(frame: Frame, at: int) -> bool:
    """Whether a marker with a variable opens something: "begin every part with SECTION X"; "Product X" alone is a name."""
    return frame.terms[at].kind == "literal" or frame.has("unit.sections", "word.each") or frame.has("verb.mark")


def _names_parts(frame: Frame, members: Sequence[_Member]) -> bool:
    """Whether the sentence says that its markers head parts of the answer: by a verb or noun of naming, or as the form that is to be written."""
    inside = {i for m in members for i in (m.at, m.last)}
    outside = [t for i, t in enumerate(frame.terms) if i not in inside]
    if any(t.has(*_NAMING) for t in outside):
        return True
    before = frame.terms[members[0].at - 1] if members[0].at else None
    return before is not None and before.has("word.link", "word.example") and frame.has("verb.write", "word.must")


def _ranges(frame: Frame, low: _Member, high: _Member) -> bool:
    gap = frame.terms[low.last + 1 : high.at]
    return len(gap) == 1 and gap[0].has("range.join") and high.serial > 1


def _goes_on(frame: Frame, last: int) -> bool:
    """ "…, and so on", "etc.", "…": the series is only begun."""
    return any(
        t.has("word.onward") or (t.norm in ("…", ".") and t.end < frame.end) for t in frame.terms[last + 1 : last + 5]
    )


def _example(frame: Frame, at: int) -> bool:
    return any(t.has("word.example") for t in frame.terms[max(0, at - 2) : at])


def _numbered(frame: Frame, before: Sequence[Frame]) -> SectionMark | None:
    """ "Chapter" and its number, "the word Level plus a numeral"."""
    for at, term in enumerate(frame.terms):
        raw = (term.inner if term.kind == "literal" else frame.text[term.start : term.end]).strip(" :.")
        if not (raw[:1].isupper() and raw.replace(" ", "").isalpha() and len(raw) <= 24) or (
            at == 0 and term.kind != "literal"
        ):
            continue
        behind = frame.terms[at + 1 : at + 7]
        told = next((i for i, t in enumerate(behind) if t.has("word.serial")), None)
        plain = told is not None and not any(t.kind == "literal" or t.number is not None for t in behind[:told])
        heads = frame.has(*_OPENING, "unit.sections") or (
            frame.has("part.beginning", "word.around") and frame.has("word.each")
        )
        if plain and not frame.negative[at] and (heads or _parts_before(before)):
            return SectionMark(word=raw, frame=frame)
    return None


def _single(frame: Frame, before: Sequence[Frame]) -> SectionMark | None:
    """ "Each section begins with "Day"", "six sections, opened by Chapter", "each week is headed "Week"": one word, in quotes or with a capital of its own."""
    if any(frame.negative):
        return None
    if (told := _told_before(frame)) is not None:
        return told
    named = frame.has("unit.sections") or (_parts_before(before) and frame.has("word.each", "word.them"))
    for at in frame.find("verb.start", "verb.mark", "verb.call", "unit.headings"):
        ahead = range(at + 1, min(at + 12, len(frame.terms)))
        behind = next((i for i in ahead if frame.terms[i].kind == "literal"), None)
        if behind is not None:
            word = frame.terms[behind].inner.strip(" :.")
            if not _one_word(word) or not _opens(frame, at, behind):
                continue
            if (named and _of_parts(frame, at, behind)) or _same_noun(frame, word):
                return SectionMark(word=word, frame=frame)
            continue
        following = at + 1 + int(at + 1 < len(frame.terms) and frame.terms[at + 1].has("label.word"))
        if named and following < len(frame.terms) and frame.terms[at].has("verb.start", "verb.call"):
            term, after = frame.terms[following], frame.terms[following + 1 : following + 2]
            raw = frame.text[term.start : term.end]
            if term.kind in ("word", "lex") and _one_word(raw) and (not after or after[0].norm in ".,;"):
                return SectionMark(word=raw, frame=frame)
    return None


def _told_before(frame: Frame) -> SectionMark | None:
    """ "Use "Verse" as the section marker"."""
    for at in frame.find("verb.mark") if frame.has("unit.sections") else ():
        back = at - 1
        while back > 0 and frame.terms[back].has("word.filler", "word.link", "amount.one", "verb.be", "word.must"):
            back -= 1
        told = (
            0 <= back < at - 1
            and frame.terms[back].kind == "literal"
            and _one_word(frame.terms[back].inner.strip(" :."))
        )
        if told:
            return SectionMark(word=frame.terms[back].inner.strip(" :."), frame=frame)
    return None


def _one_word(word: str) -> bool:
    return word.isalpha() and len(word) <= 16 and word[0].isupper()


def _opens(frame: Frame, at: int, literal: int) -> bool:
    """Whether nothing between a verb and the word in quotes gives that word to something else."""
    between = frame.terms[at + 1 : literal]
    return not any(
        t.kind == "ordinal" or t.has("word.example", "verb.include", "verb.end", "part.title") for t in between
    )


def _of_parts(frame: Frame, at: int, literal: int) -> bool:
    """Whether it is the sections that the verb speaks of, and not the answer."""
    if any(
        t.has("part.answer") and not t.has("unit.sections", "verb.answer", "verb.start")
        for t in frame.terms[max(0, at - 1) : literal]
    ):
        return False
    spoken = [*frame.terms[:at], *frame.terms[at + 1 : literal]]
    return any(t.has("unit.sections", "word.each", "word.them") for t in spoken)


def _same_noun(frame: Frame, word: str) -> bool:
    """ "Each day is introduced by "Day"": the parts go by the name of their marker."""
    return any(
        frame.terms[at + 1].norm.removesuffix("s") == word.casefold()
        for at in frame.find("word.each")
        if at + 1 < len(frame.terms)
    )


def _sign(frame: Frame) -> SectionMark | None:
    """ "Sections that begin with the sign §", "every section starts with ###"."""
    if not frame.has("unit.sections") or any(frame.negative):
        return None
    sections = frame.find("unit.sections")
    for at in frame.find("verb.start", "verb.mark"):
        if not any(s < at for s in sections) and not any(at < s <= at + 4 for s in sections):
            continue
        for term in frame.terms[at + 1 : at + 8]:
            sign = term.inner.strip() if term.kind == "literal" else term.norm
            if sign in _SIGNS and term.kind in ("literal", "mark", "punct"):
                return SectionMark(word=sign, frame=frame)
    return None


def _parts_before(before: Sequence[Frame]) -> bool:
    return any(f.has("unit.sections") for f in before[-2:])


def _on_lines(frames: Sequence[Frame]) -> SectionMark | None:
    """A form shown on lines of its own ("Section 1 / [text] / Section 2 / [text]"), announced by the sentence before."""
    for index, frame in enumerate(frames):
        if not frame.has("part.shown_format") or frame.terms[-1].norm != ":":
            continue
        heads = [m for f in frames[index + 1 :] for m in list(_members(f))[:1] if m.at == 0 and m.serial]
        row = [m.serial for m in heads if m.word.casefold() == heads[0].word.casefold()]
        if len(row) > 1 and row == list(range(1, len(row) + 1)):
            return SectionMark(word=heads[0].word, frame=frame, shown=len(row))
    return None


def named_quantity(frames: Sequence[Frame], word: str) -> tuple[Frame, Quantity] | None:
    """How many parts a text asks for by the name of their marker: "a 7-day plan, each day headed "Day"", "at least 4 lessons"."""
    noun = word.casefold()
    for frame in frames:
        for quantity in frame.quantities:
            behind = next(
                (t for t in frame.terms[quantity.last + 1 : quantity.last + 3] if not t.has("word.filler")), None
            )
            if behind is not None and not quantity.weak and _singular(behind, noun) and not _in_series(frame, quantity):
                return frame, quantity
    return None


def _singular(term: Term, noun: str) -> bool:
    return term.norm == noun or (term.norm.startswith(noun) and term.norm[len(noun) :] in ("s", "es", "en", "e", "n"))


def _in_series(frame: Frame, quantity: Quantity) -> bool:
    return any(m.last == quantity.first for m in _members(frame))
