"""Terms into frames: one sentence with its quantities, its predicates and the polarity of every term.

The lexicon says which words negate or govern, and whether a predicate follows its object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lightwing.spec.grammar.backward import govern_back
from lightwing.spec.grammar.quantities import Quantity, quantities_of
from lightwing.spec.grammar.terms import Term
from lightwing.spec.lexicon import Lexicon

__all__ = ["Frame", "framed"]


@dataclass(slots=True)
class Frame:
    """One sentence, ready for the readers. `negative[i]`: term i stands under a negation; `governor[i]`: index of the predicate it belongs to."""

    text: str
    lexicon: Lexicon
    terms: list[Term]
    negative: list[bool] = field(default_factory=list)
    governor: list[int | None] = field(default_factory=list)
    topical: list[bool] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)
    """What is told, allowed, taken back or put aside, and no demand (marked where the predicate comes last)."""
    quantities: list[Quantity] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)
    """What a reader has worked out once for the whole sentence."""
    held: frozenset[str] | None = None
    """All concepts of the terms, once these stay as they are: most questions of the readers are about what a sentence has not."""

    def settle(self) -> None:
        """Its terms stay as they are from now on."""
        self.held = frozenset().union(*(t.concepts for t in self.terms))

    @property
    def start(self) -> int:
        return self.terms[0].start

    @property
    def end(self) -> int:
        return self.terms[-1].end

    def has(self, *concepts: str) -> bool:
        if self.held is not None:
            return not self.held.isdisjoint(concepts)
        return any(not t.concepts.isdisjoint(concepts) for t in self.terms)

    def after(self, index: int) -> Term | None:
        return self.terms[index + 1] if index + 1 < len(self.terms) else None

    def find(self, *concepts: str) -> list[int]:
        if self.held is not None and self.held.isdisjoint(concepts):
            return []
        return [i for i, t in enumerate(self.terms) if not t.concepts.isdisjoint(concepts)]

    def conditional(self, index: int) -> bool:
        """Whether a term stands inside a condition ("if a table is used, …")."""
        for at in range(index, -1, -1):
            term = self.terms[at]
            if term.has("word.if"):
                return True
            if term.norm in ",，、;；:：" and at < index:
                return False
        return False

    def governed_by(self, index: int, *verbs: str) -> bool:
        """Whether the predicate of term `index` is one of these verbs."""
        at = self.governor[index]
        return at is not None and self.terms[at].has(*(f"verb.{v}" for v in verbs))

    def between(self, first: int, last: int) -> list[Term]:
        return self.terms[min(first, last) + 1 : max(first, last)]


_VERBS = tuple(
    f"verb.{v}"
    for v in [
        "include",
        "appear",
        "avoid",
        "start",
        "end",
        "wrap",
        "highlight",
        "bold",
        "italicize",
        "separate",
        "repeat",
        "answer",
        "choose",
        "write",
        "mark",
        "capitalize",
        "call",
        "display",
    ]
)
_PREDICATES = frozenset(_VERBS)
_OPENING = _PREDICATES | {"word.must", "word.with"}
_PASSIVE = ("verb.appear",)


def framed(text: str, terms: list[Term], lexicon: Lexicon) -> Frame:
    """Terms with what governs them and the quantities they hold."""
    frame = Frame(text, lexicon, terms)
    _govern(frame)
    frame.quantities = list(quantities_of(frame))
    return frame


def _govern(frame: Frame) -> None:
    if frame.lexicon.verb_last:
        govern_back(frame, _VERBS)
    else:
        _govern_forward(frame)


def _govern_forward(frame: Frame) -> None:
    """Left to right: a negation or an avoiding verb holds until a conjunction brings a new predicate; a passive also takes its subject."""
    spaced = frame.lexicon.spaces
    negative = topical = denied = False
    predicate: int | None = None
    chunk = 0
    joined = False
    for index, term in enumerate(frame.terms):
        opens = not term.concepts.isdisjoint(_OPENING)
        if joined and term.has("word.not"):
            topical = False
        if joined and opens and not term.has("word.not"):
            negative, chunk, predicate, topical = denied, index, None, False
        elif joined and spaced and term.has("word.link") and _counted_next(frame.terms, index):
            negative, topical = False, False
        elif (
            topical
            and spaced
            and ((term.has("word.link") and _counted_next(frame.terms, index)) or _holds_words(frame.terms, index))
        ):
            topical = False
        if term.has("word.must") and not term.has("verb.include"):
            topical = False
        if term.has("word.but") or term.norm in ";；:：。":
            negative, chunk = False, index + 1
        denied = (term.has("word.not") and term.has("word.or")) or (denied and term.has("word.must", "word.filler"))
        if not spaced and term.norm in ",，；" and not _continues(frame.terms, index):
            negative, chunk, predicate = False, index + 1, None
        if term.has("word.not") and (index or not term.has("word.correction")):
            negative = True
            if not spaced and _closes_clause(frame.terms, index, chunk):
                for back in range(chunk, index):
                    frame.negative[back] = True
        if not term.concepts.isdisjoint(_PREDICATES):
            if term.has("verb.avoid"):
                negative = True
            if term.has(*_PASSIVE):
                _take_subject(frame, index, chunk, negative)
            elif (
                not spaced
                and term.has("verb.include", "verb.avoid", "verb.end", "verb.start", "verb.wrap")
                and predicate is None
            ):
                for back in range(chunk, index):
                    frame.governor[back] = index
                    frame.negative[back] = negative
            predicate = index
        if term.has("word.topic"):
            topical = True
        elif (
            term.norm in ",，、;；()（）"
            or term.has("word.relative")
            or (spaced and term.norm == ":" and _counted_next(frame.terms, index))
            or (term.has("word.with") and not (index and frame.terms[index - 1].has("word.topic", "verb.avoid")))
        ):
            topical = False
        frame.negative.append(negative)
        frame.governor.append(predicate)
        frame.topical.append(topical)
        if term.has("word.and") or term.norm in ",，；;" or denied:
            joined = True
        elif not term.has("word.filler", "word.or"):
            joined = False


def _holds_words(terms: Sequence[Term], verb: int) -> bool:
    """ "A poem about bees containing the word hive": what comes behind a topic without a verb is what the text is to hold."""
    behind = terms[verb + 1 : verb + 3]
    if not terms[verb].has("verb.include") or not any(t.kind == "literal" or t.names("label") for t in behind):
        return False
    for at in range(verb - 1, -1, -1):
        if terms[at].has("word.topic"):
            return at < verb - 1 and not terms[at].has("word.asks") and terms[-1].norm != "?"
        if terms[at].has(*_VERBS, "word.link", "word.must", "verb.be", "word.asks"):
            return False
    return False


def _closes_clause(terms: Sequence[Term], index: int, chunk: int) -> bool:
    """ "英文字母一个都不要", "逗号也别": in Chinese a negation without a verb, behind "都" or "也", denies what its clause began with."""
    ends = index + 1 >= len(terms) or terms[index + 1].kind == "punct"
    return ends and any(t.has("word.all", "word.and") for t in terms[max(chunk, index - 2) : index])


def _counted_next(terms: Sequence[Term], link: int) -> bool:
    """ ", in 6 sentences": a manner with its own count, free of the negation before the comma."""
    return any(t.number is not None and t.kind == "number" for t in terms[link + 1 : link + 4])


def _continues(terms: Sequence[Term], comma: int) -> bool:
    """Whether a list goes on behind the comma: only what is of one kind is listed."""
    before, after = terms[comma - 1] if comma else None, terms[comma + 1] if comma + 1 < len(terms) else None
    if before is None or after is None:
        return False
    return all(t.kind == "literal" or bool(t.names("punct")) or bool(t.names("label")) for t in (before, after))


def _take_subject(frame: Frame, index: int, chunk: int, negative: bool) -> None:
    """Give the terms before a passive ("the words a and b must not appear") to it, back to the verb or the clause before."""
    if frame.lexicon.spaces and index + 1 < len(frame.terms) and frame.terms[index + 1].kind == "literal":
        return
    start = index
    while start > 0:
        before = frame.terms[start - 1]
        if (before.has(*_VERBS) and not before.has("word.must")) or before.norm in ";；:：":
            break
        if before.has("word.and") and any(t.names("label") for t in frame.terms[start : start + 3]):
            start = max(start, chunk)
            break
        start -= 1
    for back in range(start, index):
        frame.governor[back] = index
        frame.negative[back] = negative
