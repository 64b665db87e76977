"""Words that a language without spaces names without quotes: in a list before their label ("赋能、闭环这几个词") or behind a colon ("禁用词：赋能、闭环")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightwing.spec.grammar.terms import Term

__all__ = ["members", "set_off_edges", "set_off_lists"]

_STRONG = re.compile(r"\s*[、/／|]\s*")
_WEAK = re.compile(r"\s*(?:[、，,/／|；;・]|还是|或者|或是|或|以及|和|与|及|または|もしくは|あるいは)\s*")
_LAST = re.compile(r"\s*(?:还是|或者|或是|或|以及|和|与|及)\s*")
_ASIDE = re.compile(r"\s*[（(][^（）()]*[)）]\s*$")
_MOST = 15
_ENDS = "。.！!？?，,；;："
_LED_BY = (
    "verb.include", "verb.avoid", "verb.appear", "verb.write", "verb.mention", "word.not", "word.must", "word.link", "verb.be", "word.and", "word.with",
    "verb.start", "verb.end", "verb.highlight", "word.example", "verb.answer", "word.only", "word.all",
)  # fmt: skip
"""What a list may stand right behind, and is no part of its first member."""
_TIES = ("word.filler", "word.definite", "word.of", "word.them", "amount.one", "word.number_of")


def members(text: str) -> list[str]:
    """The members of a list that is written out, an empty list where it is none. A comma ends a list that "、" or "/" sets apart.

    >>> members("是、否、不确定，三者选其一"), members("沉浸、续航、通勤（都要用上）"), members("真的")
    (['是', '否', '不确定'], ['沉浸', '续航', '通勤'], [])
    """
    text = _ASIDE.sub("", text.strip().rstrip("。.！!"))
    if _STRONG.search(text):
        head = re.split(r"[，,。；;]", text, maxsplit=1)[0]
        words = _STRONG.split(head)
        words[-1:] = _LAST.split(words[-1], maxsplit=1)
    else:
        words = _WEAK.split(text)
    words = [_ASIDE.sub("", w).strip(' 。.！!？?“”"「」『』') for w in words]
    words = [w for w in words if w]
    return words if len(words) > 1 and all(len(w) <= _MOST for w in words) else []


def set_off_lists(text: str, terms: list[Term]) -> list[Term]:
    """Members of an unquoted list that a label sums up ("提到沉浸、续航、通勤三个关键词") stand as if in quotes."""
    for at, term in enumerate(terms):
        if not term.has("label.word", "label.words") or term.has("label.keys"):
            continue
        found = _before_label(text, terms, at)
        if found is not None:
            first, last, listed = found
            literals = [t for t in terms[first : last + 1] if t.norm != "" and t.norm in "、"]
            return [*terms[:first], *_literals(text, terms[first : last + 1], listed, literals), *terms[last + 1 :]]
    return terms


def set_off_edges(text: str, terms: list[Term]) -> list[Term]:
    """ "以 Will you marry me? 结尾", "结尾写上 Will you marry me?": foreign words at an edge are what it says."""
    for at, term in enumerate(terms):
        if not term.has("verb.end", "verb.start", "part.ending"):
            continue
        first = at
        while first > 0 and _foreign(text, terms[first - 1]):
            first -= 1
        if first < at and first and terms[first - 1].has("word.link"):
            return _joined(text, terms, first, at - 1)
        first = at + 1
        while first < len(terms) and (
            terms[first].has("verb.include", "verb.write", "word.link", "word.must", "verb.be", "label.phrase")
            or terms[first].norm in ":：，"
        ):
            first += 1
        if (
            first > at + 1
            and first < len(terms)
            and all(_foreign(text, t) for t in terms[first:])
            and len(terms) - first > 1
        ):
            return _joined(text, terms, first, len(terms) - 1)
    return terms


def _foreign(text: str, term: Term) -> bool:
    written = text[term.start : term.end]
    return written.isascii() and term.kind != "literal" and (term.kind != "punct" or written in ".,!?'’")


def _joined(text: str, terms: list[Term], first: int, last: int) -> list[Term]:
    """The terms with those from the first to the last as one literal, where they hold a word."""
    inner = text[terms[first].start : terms[last].end]
    if not any(c.isalpha() for c in inner):
        return terms
    literal = Term(kind="literal", start=terms[first].start, end=terms[last].end, norm=inner, inner=inner)
    return [*terms[:first], literal, *terms[last + 1 :]]


def _before_label(text: str, terms: Sequence[Term], label: int) -> tuple[int, int, list[str]] | None:
    """The first and the last term of a list that ends before its label, and its members."""
    last = label - 1
    number: int | None = None
    while last >= 0 and (terms[last].has(*_TIES) or terms[last].kind == "number"):
        number = terms[last].number or number
        last -= 1
    summed = last < label - 1 or terms[label].norm.replace(" ", "").startswith(("这", "等", "之", "一类"))
    first = last
    commas = 0
    while first >= 0 and not terms[first].has(*_LED_BY):
        if terms[first].kind == "literal" or terms[first].norm in _ENDS:
            break
        commas += terms[first].norm == "、"
        first -= 1
    first += 1
    if not commas or not summed or first > last or terms[first].norm == "、":
        return None
    listed = members(text[terms[first].start : terms[last].end])
    if len(listed) != commas + 1 or (number is not None and number > 1 and number != len(listed)):
        return None
    return first, last, listed


def _literals(text: str, terms: Sequence[Term], listed: Sequence[str], commas: Sequence[Term]) -> list[Term]:
    """One literal for each member, with the marks between them."""
    made: list[Term] = []
    begin = terms[0].start
    for word, comma in zip(listed, [*commas, None], strict=True):
        start = text.index(word, begin)
        made.append(Term(kind="literal", start=start, end=start + len(word), norm=word, inner=word))
        if comma is not None:
            made.append(comma)
            begin = comma.end
    return made
