"""What an answer begins or ends with where the predicate comes last: the words stand before the verb, but behind the noun for the edge."""

from __future__ import annotations

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

__all__ = ["edge_phrase", "in_turn", "one_of_several"]

Phrase = tuple[str, int, bool]
"""The words, the index of their term, and whether they are called a word."""

_EDGES = ("part.beginning", "part.ending", "part.first_word", "part.last_word")
_TIES = (
    "verb.be", "word.filler", "word.of", "word.link", "word.must", "word.all", "word.only", "compare_before.exact", "unit.sentences", "unit.lines",
    "unit.words", "amount.one",
)  # fmt: skip
"""What may stand between the noun for an edge and the words: "結びの文は必ず「…」"."""


def edge_phrase(frame: Frame, at: int) -> Phrase | None:
    """The words that stand at the edge which term `at` names."""
    terms = frame.terms
    noun = terms[at].has(*_EDGES) or (terms[at].has("verb.start", "verb.end") and _is_subject(terms, at))
    if noun and not _taken_before(terms, at) and (behind := _literal_behind(frame, at)) is not None:
        return behind
    return _literal_before(frame, at)


def _is_subject(terms: list[Term], at: int) -> bool:
    """ "書き出しは「…」": the noun of a verb, with what it is said to be behind it."""
    return at + 1 < len(terms) and terms[at + 1].norm in ("は", "が", "を", "に")


def _taken_before(terms: list[Term], at: int) -> bool:
    """ "「拝啓」を冒頭に": the words stand right before."""
    return at > 1 and terms[at - 1].norm in ("を", "は", "が", "で") and terms[at - 2].kind == "literal"


def _literal_behind(frame: Frame, at: int) -> Phrase | None:
    word = False
    for index in range(at + 1, min(at + 9, len(frame.terms))):
        term = frame.terms[index]
        if term.kind == "literal":
            after = frame.terms[index + 1 : index + 4]
            return term.inner.strip(), index, word or _called_word(after)
        word = word or term.has("label.word")
        tied = term.has(*_TIES) or bool(term.names("label")) or term.norm in ("、", "：", ":")
        if not tied or term.has("verb.include", "verb.avoid") or term.number not in (None, 1):
            return None
    return None


def _literal_before(frame: Frame, at: int) -> Phrase | None:
    terms = frame.terms
    for index in range(at - 1, max(-1, at - 12), -1):
        term = terms[index]
        if term.kind == "literal":
            if _other_object(frame, index, at):
                return None
            return term.inner.strip(), index, _called_word(terms[index + 1 : at])
        if term.has("verb.start", "verb.end") or (term.has("verb.include") and index + 1 < at):
            return None
    return None


def _called_word(terms: list[Term]) -> bool:
    return any(t.has("label.word") for t in terms)


def _other_object(frame: Frame, literal: int, verb: int) -> bool:
    """ "「ありがとう」を5回言って、話を終えて": the words have a count, or the verb an object, of its own."""
    inside = frame.terms[literal + 1 : verb]
    counted = any(b.unit == "times" and literal < b.quantity.first < verb for b in bound_quantities(frame))
    objects = [t for t in inside if t.norm == "を"]
    return counted or (len(objects) > 1 and inside[0].norm == "を" and inside[-1].norm == "を")


_TURNS = (
    ("unit.paragraphs", "paragraph"),
    ("unit.sentences", "sentence"),
    ("unit.lines", "line"),
    ("unit.bullets", "bullet"),
)


def in_turn(frame: Frame) -> list[Reading]:
    """ "各段落の書き出しは順に「まず」「次に」": the parts begin with these words one after the other."""
    kind = next((k for u, k in _TURNS if frame.has(u)), None)
    edges = frame.find("verb.start", "part.beginning", "part.first_word")
    quoted = [i for i, t in enumerate(frame.terms) if t.kind == "literal"]
    if (
        kind is None
        or not edges
        or len(quoted) < 2
        or not frame.has("word.in_turn")
        or any(frame.negative[i] for i in quoted)
    ):
        return []
    word = any(t.has("part.first_word", "label.word") for t in frame.terms)
    name, key = ("first_word", "word") if word else ("starts_with", "text")
    return [
        reading(frame, name, {key: frame.terms[i].inner.strip()}, i, i, scope=f"{kind}:{n}")
        for n, i in enumerate(quoted, start=1)
    ]


def one_of_several(frame: Frame, at: int) -> bool:
    """ "「です」または「ます」で終わる": no one phrase."""
    before, behind = frame.terms[max(0, at - 3) : at], frame.terms[at + 1 : at + 4]
    return any(
        any(t.kind == "literal" for t in side) and any(t.has("word.or") for t in side) for side in (before, behind)
    )
