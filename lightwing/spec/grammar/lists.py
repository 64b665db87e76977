"""Lists written without quotes, in languages that write words apart: "keywords: solar, same-day delivery", "mention Kafka, Musil and Roth"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.terms import Term

__all__ = ["Listed", "behind_colon", "listed_at"]

_SEPARATORS = frozenset(",;、，；/|(){}•·")
_MOST_WORDS, _MOST_LETTERS = 5, 48
_NO_MEMBER = (
    "verb.avoid",
    "word.must",
    "word.not",
    "word.if",
    "word.but",
    "word.only",
    "word.with",
    "verb.appear",
    "word.else",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The members of a list in their own spelling, the terms [first, last] that it covers, and whether "or" joins them."""

    words: Sequence[str]
    first: int
    last: int
    either: bool


def behind_colon(frame: Frame, at: int, *, within: int = 10, most: int = _MOST_WORDS) -> Listed | None:
    """The list behind the first colon after a term, up to the end of the sentence; members may have several words."""
    for index in range(at + 1, min(at + 1 + within, len(frame.terms) - 1)):
        if frame.terms[index].norm in ":：":
            return listed_at(frame, index + 1, most=most)
        if frame.terms[index].norm in ".;!?":
            return None
    return None


def listed_at(frame: Frame, first: int, *, most: int = 1) -> Listed | None:
    """The list that begins at a term, of members of at most so many words; None where something else than a list stands there."""
    words: list[str] = []
    member: list[Term] = []
    last, either, joined, separator, closed = first, False, True, "", False
    bracketed = (
        first > 1
        and frame.terms[first - 1].norm in ":："
        and any(t.norm == "(" for t in frame.terms[max(0, first - 6) : first])
    )
    for index in range(first, len(frame.terms)):
        term = frame.terms[index]
        glued = (
            index > first
            and term.start == frame.terms[index - 1].end
            and "_" in (term.norm, frame.terms[index - 1].norm)
        )
        if glued and member:
            member.append(term)
            last = index
            continue
        if (
            term.has("amount.one", "word.filler")
            and index + 1 < len(frame.terms)
            and frame.terms[index + 1].kind == "literal"
        ):
            continue
        if term.has("word.ordered"):
            break
        conjunction = term.has("word.and", "word.or")
        if member and term.start == member[-1].end and "_" in (term.norm, member[-1].norm):
            member.append(term)
            last = index
            continue
        if term.norm in _SEPARATORS or (conjunction and (member or words)):
            if term.norm in ";；" and (closed or separator not in ("", term.norm)):
                break
            if conjunction and closed and either and term.has("word.and"):
                break
            if (
                closed
                and member
                and term.norm == ","
                and (
                    (separator == "," and len(words) > 1)
                    or frame.terms[min(index + 1, len(frame.terms) - 1)].has("word.link")
                )
            ):
                break
            separator = separator or (term.norm if not conjunction else "")
            closed = closed or conjunction
            if member:
                words.append(_spelled(frame, member))
                last, member = index - 1, []
            joined = True
            either = either or term.norm in "/|" or (term.has("word.or") and not term.has("word.and"))
            if bracketed and term.norm == ")":
                return _checked(words, first, last, either, most)
        elif term.norm in ".!?:：" or term.kind in ("mark", "fence") or "\n" in term.norm:
            break
        elif (
            member
            and ((term.has(*_NO_MEMBER) and not frame.text[term.start].isupper()) or len(member) >= most)
            and not _name_goes_on(frame, member, term)
        ):
            if most > 1 or term.has("word.of") or (term.kind == "word" and not term.concepts):
                return None
            break
        elif (
            term.has(*_NO_MEMBER)
            and not (joined and term.has("word.not") and words)
            and not (member and most > 1 and _name_goes_on(frame, member, term))
        ):
            break
        elif joined and not member and _before_name(frame, index):
            continue
        elif joined or member:
            if (
                most == 1
                and term.has("word.filler", "amount.one", "amount.some")
                and not frame.text[term.start].isupper()
                and not (closed and _edge(frame, index + 1))
            ):
                if not words and not member:
                    return None
                break
            member.append(term)
            last, joined = index, False
        else:
            break
    if member:
        words.append(_spelled(frame, member))
    return _checked(words, first, last, either, most)


def _edge(frame: Frame, at: int) -> bool:
    """Whether a clause ends before a term: "wet, dry or both."."""
    return at >= len(frame.terms) or frame.terms[at].norm in ".!?;"


def _name_goes_on(frame: Frame, member: Sequence[Term], term: Term) -> bool:
    """Whether a name of several words goes on: "New York, San Marino"."""
    return frame.text[term.start].isupper() and frame.text[member[0].start].isupper() and len(member) < _MOST_WORDS


def _before_name(frame: Frame, index: int) -> bool:
    """ "Mencionar a Messi ni a Maradona": a short preposition that some verbs put before each name."""
    after = frame.terms[index + 1] if index + 1 < len(frame.terms) else None
    link = frame.terms[index].has("word.link") and len(frame.terms[index].norm) <= 2
    return link and after is not None and not after.concepts and frame.text[after.start].isupper()


def _spelled(frame: Frame, member: Sequence[Term]) -> str:
    if len(member) == 1 and member[0].kind == "literal":
        return member[0].inner.strip()
    return frame.text[member[0].start : member[-1].end].strip(" \"'“”")


def _checked(words: Sequence[str], first: int, last: int, either: bool, most: int) -> Listed | None:
    kept = [w for w in words if w]
    if not kept or any(len(w) > _MOST_LETTERS or len(w.split()) > most for w in kept if most > 1):
        return None
    return Listed(words=kept, first=first, last=last, either=either)
