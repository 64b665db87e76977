"""What an author takes back: "100 words - no, make that 180", "not 100 words but 150", "ten sentences? No, eight"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lightwing.spec.grammar.terms import Term

__all__ = ["mended"]

_REACH = 7
"""Terms between the word that takes back and the number that it brings."""
_PASSED = (
    "word.correction", "word.filler", "word.must", "word.link", "word.them", "word.person", "word.definite", "word.but", "part.answer", "verb.write",
    "verb.be", "verb.include", "verb.limit", "compare_before.exact", "amount.none", "range.join", "range.open", "amount.one",
)  # fmt: skip
_CASES = ("case.lower", "case.upper", "case.title")


def mended(sentences: Sequence[list[Term]]) -> list[list[Term]]:
    """The sentences of a text with the numbers that were taken back replaced by those that were meant."""
    terms = [list(sentence) for sentence in sentences]
    for index, sentence in enumerate(terms):
        for at in reversed(range(len(sentence))):
            if at >= len(sentence):
                continue
            if sentence[at].has("word.correction"):
                _take_back(terms, index, at)
            elif sentence[at].has("word.not", "word.instead"):
                _contrast(sentence, at)
    return terms


def _take_back(terms: list[list[Term]], index: int, at: int) -> None:
    sentence = terms[index]
    _recase(sentence, at)
    new = _number_after(sentence, at + 1)
    old = _number_before(terms, index, at) if new is not None else None
    if new is None or old is None:
        return
    where, place = old
    unit = _unit_behind(terms[where], place)
    own = _unit_behind(sentence, new)
    if unit is None or (own is not None and not _same(terms[where][unit], sentence[own])):
        return
    compared = any(t.name("compare_before") for t in sentence[at + 1 : new] if not t.has("compare_before.exact"))
    if (
        own is not None
        or compared
        or terms[where][0].has("word.person")
        or (where == index and sentence[0].has("word.person"))
    ):
        counted = terms[where][unit]
        _silence(terms[where], place)
        _silence(terms[where], unit)
        if own is None:
            end = sentence[new].end
            sentence.insert(new + 1, replace(counted, start=end, end=end))
        return
    terms[where][place] = replace(terms[where][place], number=sentence[new].number)
    _silence(sentence, new)


def _contrast(sentence: list[Term], at: int) -> None:
    """ "Not 100 words but 150", "instead of 100 words, write 150": the number that is denied gives way to the one behind it; "150, not 100" loses the denied one."""
    old = next((i for i in range(at + 1, min(at + 4, len(sentence))) if sentence[i].kind == "number"), None)
    if old is None or not all(t.has("word.filler", "word.of", "word.link") for t in sentence[at + 1 : old]):
        return
    unit = _unit_behind(sentence, old)
    edge = (unit if unit is not None else old) + 1
    parted = edge < len(sentence) and (sentence[edge].norm in ",;-–—" or sentence[edge].has("word.but", "range.join"))
    new = _number_after(sentence, edge + 1) if parted else None
    before = at >= 2 and any(t.kind == "number" for t in sentence[max(0, at - 4) : at])
    if new is not None and unit is not None and _unit_behind(sentence, new) in (None, unit):
        sentence[old] = replace(sentence[old], number=sentence[new].number)
        _silence(sentence, new)
        _silence(sentence, at)
    elif before and unit is None and (edge >= len(sentence) or sentence[edge].kind == "punct"):
        aside = sentence[at - 1].norm == ","
        del sentence[at - int(aside) : old + 1 + int(aside and edge < len(sentence) and sentence[edge].norm == ",")]


def _recase(sentence: list[Term], at: int) -> None:
    """ "Lowercase only - no, all caps"."""
    if any(t.has(*_CASES) for t in sentence[at + 1 :]):
        for before in range(at):
            if sentence[before].has(*_CASES):
                _silence(sentence, before)


def _number_after(sentence: Sequence[Term], first: int) -> int | None:
    for at in range(first, min(first + _REACH, len(sentence))):
        if sentence[at].kind == "number" and not sentence[at].has("unit.times"):
            return at
        plain = sentence[at].kind == "word" and not sentence[at].concepts
        if not (
            plain or sentence[at].has(*_PASSED) or sentence[at].name("compare_before") or sentence[at].norm in ",:-–—("
        ):
            return None
    return None


def _number_before(terms: Sequence[Sequence[Term]], index: int, at: int) -> tuple[int, int] | None:
    """The last number with a unit before a correction, in its sentence or the one before."""
    for where, last in ((index, at), (index - 1, None), (index - 2, None)):
        if where < 0:
            continue
        sentence = terms[where][:last]
        found = [i for i, t in enumerate(sentence) if t.kind == "number" and _unit_behind(sentence, i) is not None]
        if found:
            return where, found[-1]
    return None


def _unit_behind(sentence: Sequence[Term], number: int) -> int | None:
    for at in range(number + 1, min(number + 4, len(sentence))):
        if sentence[at].name("unit"):
            return at
        if not (sentence[at].kind == "word" or sentence[at].has("word.filler", "word.of")):
            return None
    return None


def _same(one: Term, other: Term) -> bool:
    return bool(set(one.names("unit")) & set(other.names("unit")))


def _silence(sentence: list[Term], at: int) -> None:
    """Leave a term's place and spelling, and nothing that it said."""
    sentence[at] = replace(sentence[at], kind="word", concepts=frozenset(), number=None)
