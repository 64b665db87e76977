"""The words that a sentence names: in quotes, bare behind a label, in a list that is written out, as hashtags."""

from __future__ import annotations

import re

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.lists import Listed, behind_colon, listed_at

__all__ = [
    "Named",
    "hashtags_at",
    "literal_words",
    "literals_at",
    "mentioned",
    "named_at",
    "subject_words",
    "written_out",
]

_STOPS = (
    "word.must",
    "verb.appear",
    "word.with",
    "word.link",
    "word.not",
    "word.if",
    "word.only",
    "word.but",
    "verb.be",
)
_ITEM = re.compile(r"[\"'“”‘’]([^\"'“”‘’]{1,80})[\"'“”‘’]")


class Named:
    """Words that a sentence names: quoted, or bare behind a label ("the word sun", "the keywords: a, b")."""

    __slots__ = ("first", "last", "quoted", "words")

    def __init__(self, words: list[str], first: int, last: int, *, quoted: bool) -> None:
        self.words, self.first, self.last, self.quoted = words, first, last, quoted


def literal_words(frame: Frame, at: int) -> list[str]:
    term = frame.terms[at]
    if term.kind == "literal":
        if not frame.lexicon.spaces and (several := _listed_within(term.inner)):
            return several
        return [_clean(term.inner)] if term.inner.strip() else []
    if term.kind == "bracket":
        quoted = [m.group(1) for m in _ITEM.finditer(term.inner)]
        return quoted or [w.strip() for w in term.inner.split(",")] if "," in term.inner or quoted else []
    return []


def _listed_within(inner: str) -> list[str]:
    """ "“赋能、闭环、颠覆”": short words in one pair of quotes."""
    words = [w.strip() for w in inner.split("、")]
    return words if len(words) > 1 and all(1 < len(w) <= 6 and w.isalnum() for w in words) else []


def subject_words(frame: Frame, at: int) -> Named | None:
    """ "キーワードは「海」「冒険」。": what the label is said to be, at the end of the statement, where the predicate comes last."""
    first = at + 1
    if first + 1 >= len(frame.terms) or frame.terms[first].norm not in ("は", "が"):
        return None
    if frame.terms[first + 1].kind != "literal" or (named := literals_at(frame, first + 1)) is None:
        return None
    closes = all(
        t.norm in ("。", "！", "で す", "とする", "と す る", "」") or t.has("verb.be") or t.norm in "です"
        for t in frame.terms[named.last + 1 :]
    )
    return Named(named.words, at, named.last, quoted=True) if closes else None


def _clean(word: str) -> str:
    word = word.strip()
    last = word.rsplit(" ", 1)[-1]
    return word[:-1] if len(word) > 2 and word[-1] in ".,;，。、；" and last.count(".") <= 1 and len(last) > 3 else word


def named_at(frame: Frame, at: int, *, many: bool) -> Named | None:
    """The words named from term `at` on: literals in a list, else (with a label before) bare words up to the next thing the lexicon knows."""
    terms = frame.terms
    while at < len(terms) and (
        terms[at].norm in ":："
        or terms[at].has(
            "word.filler",
            "label.word",
            "label.words",
            "label.phrase",
            "label.letter",
            "verb.be",
            "word.example",
            "verb.call",
            "word.below",
        )
        or (terms[at].has("word.of") and at + 1 < len(terms) and terms[at + 1].kind == "literal")
    ):
        at += 1
    if at >= len(terms):
        return None
    if terms[at].kind in ("literal", "bracket"):
        return literals_at(frame, at)
    if at and terms[at - 1].has("verb.be"):
        return None
    if frame.lexicon.spaces and terms[at].name("compare_before") and not frame.text[terms[at].start].isupper():
        return None
    return _bare(frame, at, many=many)


def literals_at(frame: Frame, at: int) -> Named | None:
    words, last, index = literal_words(frame, at), at, at + 1
    if not words:
        return None
    if frame.terms[at].kind == "bracket":
        return Named(words, at, at, quoted=True)
    while index < len(frame.terms):
        term = frame.terms[index]
        if term.kind == "literal" and (more := literal_words(frame, index)):
            words += more
            last = index
        elif not (
            term.norm in ",，、;；和与及或跟"
            or term.has(
                "word.and",
                "word.or",
                "range.and",
                "word.filler",
                "label.word",
                "label.words",
                "label.phrase",
                "word.example",
            )
        ):
            break
        index += 1
    return Named(words, at, last, quoted=True)


def _bare(frame: Frame, at: int, *, many: bool) -> Named | None:
    terms, first, last = frame.terms, at, at
    words: list[str] = []
    named = (
        many is False and frame.text[terms[at].start].isupper() and not frame.text[terms[at].start :].startswith("I ")
    )
    expect = not terms[at].has("word.and", "word.or")
    index = at
    while index < len(terms):
        term = terms[index]
        if term.kind not in ("word", "lex", "number", "ordinal"):
            if term.norm in ",，、" and words:
                expect = True
                index += 1
                continue
            break
        if term.has("word.and", "word.or") and words:
            expect = True
        elif (
            not expect
            or (words and term.has("word.example"))
            or (term.has(*_STOPS) and not (named and index == at))
            or (words and term.has("verb.include", "verb.avoid", "compare_before.min"))
            or (
                words
                and not many
                and not (terms[index - 1].has("word.or", "word.and") and not term.concepts)
                and terms[index - 1].norm not in ",，、"
            )
        ):
            break
        elif not (term.has("word.filler") and words):
            while terms[index].joined and index + 1 < len(terms):
                index += 1
            words.append(frame.text[term.start : terms[index].end])
            last, expect = index, False
        index += 1
    return Named(words, first, last, quoted=False) if words else None


def hashtags_at(frame: Frame, first: int) -> Named | None:
    """ "Include #zerowaste and #reuse": hashtags stand for themselves."""
    while first < len(frame.terms) and (
        frame.terms[first].has("word.filler", "unit.hashtags") or frame.terms[first].norm == ":"
    ):
        first += 1
    words: list[str] = []
    last = index = first
    while index + 1 < len(frame.terms):
        sign, word = frame.terms[index], frame.terms[index + 1]
        if sign.norm == "#" and word.start == sign.end:
            words.append(frame.text[sign.start : word.end])
            last, index = index + 1, index + 2
        elif words and (sign.norm == "," or sign.has("word.and")):
            index += 1
        else:
            break
    return Named(words, first, last, quoted=True) if words else None


def written_out(frame: Frame, at: int) -> Named | None:
    """ "Keywords to include: solar, same-day delivery": the list without quotes behind a label and its colon."""
    if not frame.lexicon.spaces or frame.terms[at].has("label.letter"):
        return None
    listed = behind_colon(frame, at, within=16 if frame.terms[at].has("label.words") else 4)
    if (
        listed is None
        or not _plain_members(frame, listed)
        or any(t.name("unit") for t in frame.between(at, listed.first))
    ):
        return None
    return Named(list(listed.words), listed.first, listed.last, quoted=True)


def mentioned(frame: Frame, at: int) -> Named | None:
    """ "Mention solar, subsidy and rooftop", "must contain: bicycle, rain": single words in a list, or names, that a verb takes without a label."""
    term = frame.terms[at]
    after = frame.terms[at + 1] if at + 1 < len(frame.terms) else None
    told = term.norm.endswith(":") and at + 1 < len(frame.terms)
    if (told or (after is not None and after.norm in ":：")) and term.has("verb.include", "verb.avoid", "verb.mention"):
        listed = listed_at(frame, at + (1 if told else 2), most=4)
        clear = listed is not None and len(listed.words) > 1
    elif term.has("verb.mention"):
        first = at + 1
        while first < len(frame.terms) and (
            frame.terms[first].has("verb.choose") or frame.terms[first].norm in ("both", "all of")
        ):
            first += 1
        listed = listed_at(frame, first)
        names = listed is not None and all(w[:1].isupper() for w in listed.words)
        clear = listed is not None and (len(listed.words) > (0 if names else 2) or _counted_next(frame, listed))
    else:
        return None
    if listed is None or not clear or not _plain_members(frame, listed):
        return None
    return Named(list(listed.words), listed.first, listed.last, quoted=True)


def _counted_next(frame: Frame, listed: Listed) -> bool:
    """ "Mention solar at least three times": the count shows that the word itself is meant."""
    return len(listed.words) == 1 and any(
        b.unit == "times" and b.quantity.first == listed.last + 1 for b in bound_quantities(frame)
    )


def _plain_members(frame: Frame, listed: Listed) -> bool:
    """Whether a list holds words to be used, and not parts or amounts ("a title, three sections")."""
    inside = frame.terms[listed.first : listed.last + 1]
    first = frame.terms[listed.first]
    counted = any(
        t.number is not None or t.names("unit") or t.names("compare_before") for t in inside if t.kind != "literal"
    )
    return (
        not counted
        and not first.has("amount.one", "amount.none", "word.filler", "word.each")
        and not first.has("verb.include", "verb.write")
    )
