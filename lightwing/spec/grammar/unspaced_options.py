"""Options to choose from, in languages without spaces: before or behind the verb, with or without quotes, in the sentence before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.options_last import offered_before
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term
from lightwing.spec.grammar.unquoted import members

__all__ = ["behind_colon", "clause_of", "literal_members", "options_before", "unspaced_options"]

_LIST = re.compile(r"[、/／|・]|还是|或者?")
_LETTERED = re.compile(r"([A-F]|[①-⑥]|[1-6])\s?[.．、：:)）]?\s?([^\s，。；;、A-F①-⑥]{1,20})")
_EITHER = re.compile(
    r"([^、。「」\s]{1,8}?)か([^、。「」\s]{1,8}?)(?:か([^、。「」\s]{1,8}?))?の(?:どちら|いずれ|どれ)か"
)
_CLAUSE = ",，;；:：。？?！!"
_ANSWER = ("答", "回 答", "作 答")
_OFFERED = 8
"""Signs of an option that stands without quotes, at most."""


def clause_of(frame: Frame, at: int) -> tuple[int, int]:
    """The first and the last term of the clause that holds term `at`."""
    first = last = at
    while first > 0 and frame.terms[first - 1].norm not in _CLAUSE:
        first -= 1
    while last + 1 < len(frame.terms) and frame.terms[last + 1].norm not in _CLAUSE:
        last += 1
    return first, last


def literal_members(frame: Frame, first: int, last: int) -> list[str]:
    words: list[str] = []
    for term in frame.terms[first : last + 1]:
        if term.kind == "literal":
            words += members(term.inner) or [term.inner.strip()]
    return words


def behind_colon(frame: Frame, at: int) -> list[str]:
    """The list behind the first colon after term `at`."""
    for index in range(at + 1, len(frame.terms)):
        if frame.terms[index].norm in ":：":
            return members(frame.text[frame.terms[index].end : frame.end])
        if frame.terms[index].norm in "，。；":
            break
    return []


def unspaced_options(frame: Frame) -> Iterator[Reading]:
    """ "在红、蓝、绿之间选一个", "回答只能是下列之一：甲 / 乙", "回答会或不会": options without quotes."""
    if frame.has("verb.appear") or sum(t.kind == "literal" for t in frame.terms) > 1:
        return
    if frame.lexicon.verb_last and (offers := offered_before(frame)):
        yield reading(frame, "choice", {"options": offers}, 0, len(frame.terms) - 1, scope="answer")
        return
    choosing = [i for i in frame.find("verb.choose") if not frame.negative[i]]
    used = frame.lexicon.verb_last and not frame.has(
        "verb.answer", "word.only", "word.else", "part.answer", "verb.write", "verb.display"
    )
    if choosing and used and frame.has("verb.include") and not frame.has("compare_after.exact"):
        return
    words = _chosen(frame, choosing[0]) if choosing else []
    if not words and not frame.lexicon.verb_last and (offered := _offered(frame)) is not None:
        words, choosing = offered[1], [offered[0]]
    if len(words) > 1:
        yield reading(frame, "choice", {"options": words}, choosing[0], choosing[0], scope="answer")


def _chosen(frame: Frame, at: int) -> list[str]:
    """The options of a verb of choosing: behind a colon, before it, lettered, or within its quotes."""
    if words := behind_colon(frame, at):
        return words
    brackets = [t.inner.strip() for t in frame.terms if t.kind == "bracket" and t.inner.strip()]
    if len(brackets) > 1:
        return brackets
    first, _ = clause_of(frame, at)
    inside = [i for i in range(first, at) if frame.terms[i].has("word.link", "range.open", "word.must")]
    inside = [i for i in inside if _LIST.search(frame.text, frame.terms[i].end, frame.terms[at].start)]
    begin = frame.terms[inside[-1]].end if inside and inside[-1] + 1 < at else frame.terms[first].start
    before = frame.text[begin : frame.terms[at].start]
    if frame.lexicon.verb_last:
        said = _EITHER.search(frame.text, frame.start, frame.end)
        words = [w for w in said.groups() if w] if said else []
    elif _LIST.search(before):
        words = members(before.removesuffix("里").removesuffix("之中").removesuffix("中").removesuffix("之间"))
    if not words and (lettered := [m[1] for m in _LETTERED.finditer(frame.text, frame.start, frame.end)]):
        words = lettered if len(lettered) > 1 else []
    return words or literal_members(frame, 0, len(frame.terms) - 1)


def _offered(frame: Frame) -> tuple[int, list[str]] | None:
    """ "回答会或不会", "输出只许是 true 或 false", "结论只能是：通过、不通过或待定": the whole answer is one of what is listed up to the end of the clause."""
    for at, term in enumerate(frame.terms):
        first = at + 1
        if frame.negative[at] or frame.topical[at]:
            continue
        if term.has("verb.answer") or (term.has("verb.choose") and term.norm.endswith(_ANSWER)):
            while first < len(frame.terms) and frame.terms[first].has("word.only", "compare_before.exact"):
                first += 1
        elif not _all_that_it_is(frame, at):
            continue
        while first < len(frame.terms) and frame.terms[first].norm in ":：":
            first += 1
        _, last = clause_of(frame, first) if first < len(frame.terms) else (0, -1)
        inside = frame.terms[first : last + 1]
        if not inside or not any(t.has("word.or") for t in inside) or not all(_plain(t) for t in inside):
            continue
        words = members(frame.text[inside[0].start : inside[-1].end])
        if len(words) > 1 and all(len(w) <= _OFFERED for w in words):
            return at, words
    return None


def _all_that_it_is(frame: Frame, at: int) -> bool:
    """ "… 只能是", "答案必须为": only so much may it be."""
    if not frame.terms[at].has("verb.be"):
        return False
    before = frame.terms[max(0, at - 4) : at + 1]
    return any(t.has("part.answer", "verb.answer") for t in before) and any(
        t.has("word.only", "compare_before.exact", "word.must") for t in before
    )


def _plain(term: Term) -> bool:
    """Whether a term may be a part of an option: nothing that measures, writes or names a part of the answer."""
    if term.number is not None or term.kind in ("literal", "bracket", "star"):
        return False
    return not any(
        c.startswith(("unit.", "language.", "script.", "format.", "punct.", "compare", "part.", "case."))
        for c in term.concepts
    ) and not term.has("word.link", "verb.include", "verb.write", "verb.explain")


def options_before(frames: Sequence[Frame], found: Sequence[Reading]) -> Iterator[Reading]:
    """ "判断情感：正面、负面、中性。只输出其中一个标签。": what a sentence chooses from, told in the one before."""
    if any(r.check.name == "choice" for r in found):
        return
    for before, frame in pairwise(frames):
        choosing = [i for i in frame.find("verb.choose") if not frame.negative[i]]
        if frame.lexicon.spaces or frame.lexicon.verb_last or not choosing:
            continue
        words = [t.inner.strip() for t in before.terms if t.kind == "literal"]
        words = words if len(words) > 1 else behind_colon(before, -1)
        if len(words) > 1 and not before.has("verb.include", "verb.avoid"):
            yield reading(frame, "choice", {"options": words}, choosing[0], choosing[0], scope="answer")
            return
