"""How the parts of an answer are set apart: dividers, and the markers that open sections."""

from __future__ import annotations

import re

from lightwing.spec.grammar.frames import Frame

_NTH = re.compile(r"第 ?(?:[XxNn]|[0-9]+|[一二三四五六七八九十]+) ?(\w{1,6})$")
_NUMBERED = re.compile(
    r"(\D{1,20}?) ?(?:(?<![A-Za-z])[XxNn]|[0-9]{1,2}|[一二三四五六七八九十]|番号|编号|序号|数字|[〇○])$"
)

_BARE_DIVIDER = re.compile(r"([@$%&^\\])\1{2,11}|(?<![A-Za-z0-9])([xXoO])\2{3,11}(?![A-Za-z0-9])")
"""A row of one sign that no quotes set off."""

__all__ = ["divider_of", "joined_marker", "marker_of", "markers_numbered"]


def divider_of(frame: Frame) -> str | None:
    """The mark with which a sentence separates things ("***", "6 asterisks" -> "******"), None where it separates nothing."""
    if not frame.has("verb.separate", "part.divider", "word.around", "range.open"):
        return None
    for at in frame.find("punct.asterisk"):
        for quantity in frame.quantities:
            if quantity.last < at <= quantity.last + 2 and quantity.value:
                return "*" * quantity.value
    for term in frame.terms:
        if term.kind == "mark" and len(term.norm) > 1 and not term.norm.startswith(("<", ">")):
            return term.norm
        if term.kind == "literal" and len(term.inner.strip()) > 1 and not any(c.isalnum() for c in term.inner):
            return term.inner.strip()
    bare = None if frame.lexicon.spaces else _BARE_DIVIDER.search(frame.text, frame.start, frame.end)
    return bare[0] if bare is not None else None


def marker_of(frame: Frame) -> tuple[str, int] | None:
    """The word that opens each section ("SECTION X" -> "SECTION"), with the index of its term."""
    if not frame.has("verb.mark", "verb.start", "unit.sections", "verb.separate", "verb.call"):
        return None
    if frame.lexicon.spaces and (single := _single_marker(frame)) is not None:
        return single
    for index, term in enumerate(frame.terms):
        if term.kind == "literal" and not frame.lexicon.spaces and (found := joined_marker(term.inner)):
            return found, index
        whole = (
            not frame.lexicon.spaces
            and frame.has("verb.start", "part.beginning", "verb.mark")
            and (frame.has("word.each") or _numbered_behind(frame, index))
        )
        if term.kind == "literal" and whole and 0 < len(term.inner) <= 12 and term.norm[0] not in "<《":
            return term.inner.strip(), index
        if term.kind == "literal" and frame.lexicon.spaces and _opens_each(frame, index):
            return term.inner.strip(" :."), index
        if term.kind == "literal":
            words = term.inner.strip(" :.").split()
            if 2 <= len(words) <= 3 and _variable(words[-1]):
                return " ".join(words[:-1]), index
        elif index + 1 < len(frame.terms) and term.kind in ("lex", "word") and index:
            following = frame.terms[index + 1]
            raw = frame.text[term.start : term.end]
            if (
                raw[:1].isupper()
                and _variable(frame.text[following.start : following.end])
                and following.start - term.end <= 2
            ):
                return raw, index
    return None if frame.lexicon.spaces else _capital_marker(frame)


def _capital_marker(frame: Frame) -> tuple[str, int] | None:
    """ "每章开头写 CHAPTER": a Latin word in capitals stands out in a script that has none."""
    if not frame.has("unit.sections") or not frame.has("verb.mark", "verb.start", "part.beginning"):
        return None
    for index, term in enumerate(frame.terms):
        raw = frame.text[term.start : term.end]
        if term.kind in ("word", "lex") and len(raw) > 2 and raw.isascii() and raw.isalpha() and raw.isupper():
            return raw, index
    return None


def _single_marker(frame: Frame) -> tuple[str, int] | None:
    """ "Each section begins with "Day"", "six sections, opened by Chapter": one word that opens the sections, in quotes or with a capital of its own."""
    if not frame.has("unit.sections") or any(frame.negative):
        return None
    for at in frame.find("verb.start", "verb.mark", "verb.call"):
        told = frame.terms[:at] if frame.terms[at].end < frame.end and at else frame.terms
        behind = next(
            (i for i in range(at + 1, min(at + 12, len(frame.terms))) if frame.terms[i].kind == "literal"), None
        )
        if not any(t.has("unit.sections") for t in [*told, *frame.terms[at + 1 : behind or at + 8]]):
            continue
        if behind is not None:
            between = frame.terms[at + 1 : behind]
            word = frame.terms[behind].inner.strip(" :.")
            plain = not any(
                t.kind == "ordinal" or t.has("word.example", "verb.include", "verb.end", "part.title") for t in between
            )
            listed = any(t.kind == "literal" for t in frame.terms[behind + 1 : behind + 3])
            if plain and not listed and word.isalpha() and len(word) <= 16 and word[0].isupper():
                return word, behind
            continue
        named = at + 1 + int(at + 1 < len(frame.terms) and frame.terms[at + 1].has("label.word"))
        if (
            named < len(frame.terms)
            and frame.terms[named].kind in ("word", "lex")
            and frame.terms[at].has("verb.start", "verb.call")
        ):
            raw, after = frame.text[frame.terms[named].start : frame.terms[named].end], frame.terms[named + 1 :]
            if raw.isalpha() and raw[0].isupper() and (not after or after[0].norm in ".,;"):
                return raw, named
    return None


def _opens_each(frame: Frame, at: int) -> bool:
    """ "Every section begins with "Day"": one word in capitals or with a capital that opens each section."""
    word = frame.terms[at].inner.strip(" :.")
    named = word.isalpha() and word[:1].isupper() and len(word) <= 12
    return (
        named
        and frame.has("unit.sections")
        and frame.governed_by(at, "start", "mark", "call")
        and not frame.negative[at]
    )


def _numbered_behind(frame: Frame, at: int) -> bool:
    """ "“PART”外加数字": a marker with a number of its own."""
    behind = frame.text[frame.terms[at].end :][:8]
    return any(word in behind for word in _SERIAL) or (
        len(frame.terms[at].inner) == 1 and not frame.terms[at].inner.isalnum() and frame.has("unit.sections")
    )


_SERIAL = ("编号", "序号", "数字", "号码", "番号", "連番")


def joined_marker(inner: str) -> str | None:
    """ "板块X" -> "板块", "第一部分" -> "第X部分": a marker in a script without spaces."""
    inner = inner.strip(" :：#")
    ordinal = _NTH.search(inner)
    if ordinal is not None:
        return f"第X{ordinal.group(1)}"
    plain = _NUMBERED.match(inner)
    return plain.group(1).strip() if plain is not None else None


def _variable(word: str) -> bool:
    word = word.strip("()[]{}.:\"'")
    return word in ("X", "x", "N", "n", "#", "I", "Ⅰ") or (word.isdigit() and len(word) <= 2)


def markers_numbered(frame: Frame) -> tuple[str, int] | None:
    """Markers that a sentence numbers ("Audience 1 and Audience 2"): the word and how many there are."""
    found = marker_of(frame)
    if found is None or not frame.has("verb.mark", "unit.sections"):
        return None
    word, _ = found
    numbers = set()
    for index, term in enumerate(frame.terms[:-1]):
        following = frame.terms[index + 1]
        if frame.text[term.start : term.end].casefold() == word.casefold() and following.number is not None:
            numbers.add(following.number)
        if term.kind == "literal" and term.inner.casefold().startswith(word.casefold()):
            numbers.update(int(w) for w in term.inner.split() if w.isdigit())
    return (word, len(numbers)) if len(numbers) > 1 and numbers == set(range(1, len(numbers) + 1)) else None
