"""How an answer is written: case, form of address, sentence style; the door to languages, signs and scripts."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.context import reported
from lightwing.spec.grammar.emphasis import counts_capitals
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.languages import read_language
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.scripts import read_script
from lightwing.spec.grammar.signs import read_signs

__all__ = ["read_style"]


def read_style(frame: Frame) -> Iterator[Reading]:
    """Case, language, script, punctuation, numerals, address and sentence style."""
    yield from _case(frame)
    yield from read_language(frame)
    yield from read_signs(frame)
    yield from read_script(frame)
    yield from _manner(frame)


def _each_word_capital(frame: Frame) -> int | None:
    """ "Each word … must be capitalised", "every word starts with a capital letter": where the word stands."""
    if not frame.has("verb.capitalize", "case.upper", "case.title"):
        return None
    for at in frame.find("unit.words"):
        if at and frame.terms[at - 1].has("word.each") and not frame.has("word.not"):
            letters = any(t.has("word.all") for t in frame.terms[at + 1 :])
            return None if letters and not frame.has("verb.capitalize", "verb.start") else at
    return None


def _case(frame: Frame) -> Iterator[Reading]:
    each = _each_word_capital(frame)
    if each is not None:
        yield reading(frame, "letter_case", {"case": "title"}, each, each)
        return
    if (capitalized := _capitalized(frame)) is not None:
        yield capitalized
        return
    for at, term in enumerate(frame.terms):
        case = term.name("case")
        if frame.lexicon.spaces and case is not None and reported(frame, at):
            continue
        if case is None or _aside(frame, at) or term.name("unit") or (frame.topical[at] and not _linked_in(frame, at)):
            continue
        if case in ("title", "sentence") and frame.negative[at]:
            continue
        counted = any(
            abs(at - q.first) <= 3
            and not q.weak
            and (frame.lexicon.spaces or not any(t.kind == "punct" for t in frame.between(q.first, at)))
            for q in frame.quantities
            if q.first < at
        )
        if frame.lexicon.spaces and frame.negative[at]:
            counted = any(q.last < at <= q.last + 2 and q.value > 1 for q in frame.quantities if not q.weak)
        if (
            counted
            or any(b.unit == "words" and counts_capitals(frame, b) for b in bound_quantities(frame))
            or _of_a_few_words(frame, at)
        ):
            continue
        if frame.negative[at] and case in ("lower", "upper"):
            if (
                frame.lexicon.spaces
                and not term.has("verb.capitalize")
                and not frame.governed_by(at, "include", "avoid", "appear", "write")
            ):
                continue
            case = {"lower": "upper", "upper": "lower"}[case]
        elif case in ("upper", "lower") and any(q.last == at - 1 and q.weak and q.value == 0 for q in frame.quantities):
            case = "lower" if case == "upper" else "upper"
        yield reading(frame, "letter_case", {"case": case}, at, at)
        return


def _capitalized(frame: Frame) -> Reading | None:
    """ "Capitalize every letter", "all letters have to be capitalized": upper case; "don't capitalize anything", "no letter may be capitalized": lower."""
    if not frame.lexicon.spaces or any(
        t.has("unit.words", "odd.initials") or t.ordinal is not None for t in frame.terms
    ):
        return None
    for at in frame.find("verb.capitalize"):
        if frame.terms[at].names("case") or frame.topical[at]:
            continue
        letters = [i for i in frame.find("unit.letters", "label.letter") if abs(i - at) <= 9]
        if not letters and not frame.has("part.title", "unit.headings", "unit.sentences", "label.word", "verb.start"):
            letters = [i for i in range(at) if frame.terms[i].norm == "everything"]
        none = any(q.weak and q.value == 0 and q.last < i <= q.last + 2 for i in letters for q in frame.quantities)
        every = any(
            t.has("word.each", "word.all", "word.every") for i in letters for t in frame.terms[max(0, i - 2) : i + 1]
        )
        behind = frame.terms[at + 1 : at + 3]
        anything = any(t.norm in ".!;" or t.has("word.all") for t in behind) or not behind
        if none or (frame.negative[at] and (letters or anything)):
            return reading(frame, "letter_case", {"case": "lower"}, at, at)
        if every and not frame.negative[at]:
            return reading(frame, "letter_case", {"case": "upper"}, at, at)
    return None


def _linked_in(frame: Frame, at: int) -> bool:
    return any(t.has("word.link", "word.all") for t in frame.terms[max(0, at - 2) : at])


def _of_a_few_words(frame: Frame, at: int) -> bool:
    """ "a few words in all capital letters": not the case of the answer."""
    return any(t.has("amount.some") for t in frame.terms[max(0, at - 3) : at])


def _subject_matter(frame: Frame, at: int) -> bool:
    """ "Your opinion on the polite form": what the text is to be about, and no way to speak."""
    if not frame.lexicon.spaces:
        return False
    before = at - 1
    while before > 0 and frame.terms[before].has("word.filler"):
        before -= 1
    return frame.topical[at] or (before >= 0 and frame.terms[before].has("word.matter"))


def _aside(frame: Frame, at: int) -> bool:
    """Whether a term is the matter of a request, or put aside for another ("敬体ではなく常体で")."""
    return not frame.lexicon.spaces and (frame.topical[at] or (bool(frame.told) and frame.told[at]))


def _addressed(frame: Frame, at: int) -> bool:
    """Whether somebody is to be called by a pronoun in quotes ("用“您”称呼读者", "一律用“您”，不用“你”"); "用“你”字开头" names a word."""
    both = len({form for t in frame.terms for form in t.names("address")}) > 1
    return both or frame.has("verb.address", "word.all") or not frame.terms[at].norm.startswith(tuple("“「\"'『"))


def _manner(frame: Frame) -> Iterator[Reading]:
    for at, term in enumerate(frame.terms):
        form = term.name("address")
        meant = frame.lexicon.spaces or frame.lexicon.verb_last or _addressed(frame, at)
        if form is not None and meant and not _subject_matter(frame, at):
            if frame.negative[at]:
                form = {"informal": "formal", "formal": "informal"}[form]
            yield reading(frame, "address", {"form": form}, at, at)
            return
        style = term.name("style")
        if style is not None and not frame.negative[at] and not _aside(frame, at):
            yield reading(frame, "sentence_style", {"style": style}, at, at)
            return
