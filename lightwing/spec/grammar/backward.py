"""Frames of languages whose predicate comes last: what each predicate takes, and what is only told, allowed, taken back or put aside for something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lightwing.spec.grammar.terms import Term

if TYPE_CHECKING:
    from lightwing.spec.grammar.frames import Frame

__all__ = ["govern_back"]

_NOMINAL = ("の", "こと", "事", "は", "を", "も", "が")
_ATTRIBUTIVE = "うくぐすつぬぶむるいただ"
"""Last signs of a predicate that stands before the noun it describes."""


def govern_back(frame: Frame, verbs: Sequence[str]) -> None:
    """Each predicate takes the terms back to the one before it; then what is told and no demand is marked."""
    size = len(frame.terms)
    frame.negative, frame.governor, frame.topical = [False] * size, [None] * size, [False] * size
    frame.told = [False] * size
    start = before = 0
    for index, term in enumerate(frame.terms):
        if term.has("word.permit"):
            first = before if _only_nominal(frame.terms[start:index]) else start
            frame.told[first : index + 1] = [True] * (index + 1 - first)
        elif term.has(*verbs, "word.not"):
            negative = term.has("verb.avoid", "word.not")
            # "使うのは禁止": what is refused is the act named just before, with all that it takes.
            nominal = term.has("verb.avoid") and start < index and _only_nominal(frame.terms[start:index])
            first = before if nominal else start
            for back in range(first, index + 1):
                frame.negative[back], frame.governor[back] = negative, index
            before, start = first, index + 1
        elif term.has("word.topic"):
            _topic(frame, index, start)
        elif term.has("word.retract"):
            frame.told[: index + 1] = [True] * (index + 1)
        elif term.has("word.rather"):
            _put_aside(frame, index)
    _of_somebody(frame)


def _only_nominal(terms: Sequence[Term]) -> bool:
    return all(t.norm.replace(" ", "") in _NOMINAL or t.has("word.permit") for t in terms)


def _topic(frame: Frame, index: int, start: int) -> None:
    """What a text is to be about, back to the clause before; a clause that describes the topic's noun belongs to it."""
    back = index
    while back >= 0:
        term = frame.terms[back]
        if term.norm in ("で", "、") and back < index:
            return
        if back < start and not _describes(frame.terms, start - 1):
            return
        frame.topical[back] = True
        back -= 1


def _describes(terms: Sequence[Term], verb: int) -> bool:
    """Whether a predicate stands right before a noun ("絵文字を使わない世代")."""
    after = terms[verb + 1] if verb + 1 < len(terms) else None
    return (
        after is not None
        and terms[verb].norm[-1:] in _ATTRIBUTIVE
        and (after.kind == "word" or (after.kind == "cjk" and not "\u3041" <= after.norm[:1] <= "\u309f"))
    )


def _put_aside(frame: Frame, index: int) -> None:
    """ "300字ではなく200字で": what "rather than" stands behind is not asked for."""
    first = index
    while first > 0:
        before = frame.terms[first - 1]
        if before.norm in ("、", "は", "が", "を", "，", ",") or frame.governor[first - 1] is not None:
            break
        first -= 1
    frame.told[first : index + 1] = [True] * (index + 1 - first)


def _of_somebody(frame: Frame) -> None:
    """ "彼は必ず「では」と書きます": what somebody does, in a sentence that requests nothing."""
    said = frame.text[: frame.end].rstrip("。！!")
    if frame.terms[0].has("word.person", "word.kin") and said.endswith(frame.lexicon.statement_ends):
        frame.told = [True] * len(frame.terms)
