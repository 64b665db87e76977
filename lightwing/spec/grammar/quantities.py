"""Quantities: numbers under their comparators, before or behind, and ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lightwing.spec.grammar.terms import Term

if TYPE_CHECKING:
    from lightwing.spec.grammar.frames import Frame

__all__ = ["Interval", "Quantity", "interval_of", "quantities_of", "with_comparator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An inclusive range, or about a number."""

    min: int | None = None
    max: int | None = None
    about: int | None = None

    def args(self) -> dict[str, int]:
        return {k: v for k in ("min", "max", "about") if (v := getattr(self, k)) is not None}

    def negated(self) -> Interval:
        """What "not (more than n)" leaves; an interval that has no simple negation stays as it is."""
        if self.min is not None and self.max is None and self.about is None:
            return Interval(max=self.min - 1)
        if self.max is not None and self.min is None:
            return Interval(min=self.max + 1)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A comparator with its number, over terms [first, last]; `bare` where nothing compared, `weak` for "a", "some"."""

    first: int
    last: int
    interval: Interval
    value: int
    bare: bool = False
    weak: bool = False
    comparator: str = "exact"


_FIRM = tuple(f"compare_before.{c}" for c in ("min", "max", "over", "under", "exact"))
_SWALLOWED = (
    "verb.include",
    "verb.appear",
    "verb.highlight",
    "verb.write",
    "verb.be",
    "verb.choose",
    "verb.mark",
    "verb.wrap",
)
_SKIP = ("word.filler", "word.of")


def quantities_of(frame: Frame) -> Iterator[Quantity]:
    """The quantities of a sentence: each number under the comparators that stand around it, ranges, and "no", "some", "a"."""
    terms = frame.terms
    index = 0
    while index < len(terms):
        term = terms[index]
        named = (
            index > 0
            and bool(term.number)
            and terms[index - 1].has("word.level", *(() if frame.lexicon.verb_last else ("word.each", "word.serial")))
        )
        value = None if named else term.number
        if value is None and term.has("amount.one") and index and terms[index - 1].has(*_FIRM):
            following = terms[
                index + 1 : index + (2 if index + 1 < len(terms) and terms[index + 1].norm in "、，" else 3)
            ]
            limit = any(t.has("word.number_of") or t.name("compare_before") for t in following)
            value = None if limit or _preposed(frame, index) else 1
        if value is None:
            if term.has("amount.none", "amount.some", "amount.one"):
                none = term.has("amount.none")
                weak = Interval(max=0) if none else Interval(min=1)
                yield Quantity(first=index, last=index, interval=weak, value=0 if none else 1, weak=True)
            index += 1
            continue
        first, last = index, index
        interval: Interval | None = None
        comparator: str | None = None
        if (upper := _range_end(terms, index)) is not None:
            last, high = upper
            first = index - 1 if index and terms[index - 1].has("range.open") else index
            interval, comparator = Interval(min=min(value, high), max=max(value, high)), "range"
        else:
            back = index - 1
            skip = _SKIP if frame.lexicon.spaces else (*_SKIP, *_SWALLOWED)
            while back >= 0 and terms[back].has(*skip) and not terms[back].name("compare_before"):
                back -= 1
            if (
                back > 0
                and (terms[back].norm in ":=" or terms[back].has("verb.be"))
                and terms[back - 1].has("word.number_of")
                and terms[back - 1].name("compare_before")
            ):
                back -= 1
            if back > 1 and terms[back].norm == "," == terms[back - 2].norm and terms[back - 1].name("compare_before"):
                back -= 1
            if back >= 0 and (name := terms[back].name("compare_before")) and (name != "about" or back == index - 1):
                first, comparator = back, name
                if name == "exact" and back and (outer := terms[back - 1].name("compare_before")):
                    first, comparator = back - 1, outer
            counter = int(not frame.lexicon.spaces and last + 2 < len(terms) and terms[last + 1].has("word.filler"))
            behind = last + 1 + counter
            if (
                behind < len(terms)
                and (name := terms[behind].name("compare_after"))
                and comparator is None
                and not _other_use(frame, behind)
            ):
                last, comparator = behind, name
            elif last + 1 < len(terms) and terms[last + 1].has("compare_after.exact"):
                last += 1
        if comparator is None and term.has("compare_before.about"):
            comparator = "about"
        if comparator is None and interval is None and (far := _before_manner(frame, index)) is not None:
            first, comparator = far
        if comparator is None and _limited(frame, first):
            comparator = "max"
        bare = comparator is None
        if interval is None:
            interval = interval_of(comparator or "exact", value)
        yield Quantity(
            first=first, last=last, interval=interval, value=value, bare=bare, comparator=comparator or "exact"
        )
        index = last + 1


def _preposed(frame: Frame, index: int) -> bool:
    """ "Seven hashtags under a photo", "a bridge over a river": a preposition before an article, where no unit follows."""
    behind = frame.terms[index + 1 : index + 3]
    return (
        frame.lexicon.spaces
        and frame.terms[index - 1].has("compare_before.under", "compare_before.over")
        and not any(t.names("unit") for t in behind)
    )


def _other_use(frame: Frame, at: int) -> bool:
    """ "分四幕来写": "来" and "多" compare between a number and its unit only ("三百来字", "八百多字")."""
    if frame.lexicon.spaces or frame.lexicon.verb_last or not frame.terms[at].has("word.filler", "compare_after.over"):
        return False
    behind = frame.terms[at + 1 : at + 3]
    return not any(t.name("unit") for t in behind) or frame.terms[at - 1].number is None


_MANNER = (
    "word.link",
    "punct.asterisk",
    "part.markdown",
    "word.of",
    "word.filler",
    "part.square_brackets",
    "part.double_quotes",
)


def _before_manner(frame: Frame, index: int) -> tuple[int, str] | None:
    """ "至少用星号标出三处", "最多可在文中用三次": in Chinese a comparator stands before the manner and the verb, and the number behind them."""
    if frame.lexicon.spaces or frame.lexicon.verb_last:
        return None
    for back in range(index - 1, max(-1, index - 7), -1):
        term = frame.terms[back]
        if (name := term.name("compare_before")) and name in ("min", "max", "exact"):
            return (back, name) if back < index - 1 else None
        if term.kind not in ("star", "bracket") and not term.has(*_MANNER, *_SWALLOWED, "verb.bold", "verb.italicize"):
            return None
    return None


def _limited(frame: Frame, index: int) -> bool:
    """ "Limit each sentence to 15 words and the whole to 120": the verb bounds what a preposition brings before the number."""
    if index == 0 or not frame.terms[index - 1].has("range.join"):
        return False
    for at in range(index - 2, -1, -1):
        if frame.terms[at].has("verb.limit"):
            return True
        if frame.terms[at].norm in ".;:" or frame.terms[at].has(
            "word.must", "verb.include", "verb.write", "verb.answer", "verb.avoid"
        ):
            return False
    return False


def _range_end(terms: Sequence[Term], index: int) -> tuple[int, int] | None:
    opened = index > 0 and terms[index - 1].has("range.open")
    join = index + 1
    if join < len(terms) and terms[join].name("unit") and not terms[join].has("unit.times"):
        join += 1
    if join + 1 >= len(terms):
        return None
    if terms[join].has("range.join") and terms[join + 1].has("word.filler") and not terms[join + 1].concepts & _NUMERIC:
        return _range_over_article(terms, index, join, opened=_opened(terms, index))
    between = join + 2 < len(terms) and any(t.has("range.close") for t in terms[join + 2 : join + 5])
    near = (
        terms[join].has("word.or")
        and (terms[index].number or 0) + 1 == terms[join + 1].number
        and terms[join + 1].kind == "number"
    )
    links = (
        near
        or terms[join].has("range.join")
        or (between and terms[join].has("range.and"))
        or (opened and terms[join].has("range.and"))
    )
    high = terms[join + 1].number
    if not links or high is None:
        return None
    if join > index + 1:
        after = terms[join + 2] if join + 2 < len(terms) else None
        if after is None or after.name("unit") != terms[index + 1].name("unit"):
            return None
    return join + 1, high


_NUMERIC = frozenset({"amount.one", "word.each"})


def _opened(terms: Sequence[Term], index: int) -> bool:
    """Whether a range is opened before a number, an article between: "de las 250 …"."""
    before = index - 2 if index > 1 and terms[index - 1].has("word.filler") else index - 1
    return before >= 0 and terms[before].has("range.open")


def _range_over_article(terms: Sequence[Term], index: int, join: int, *, opened: bool) -> tuple[int, int] | None:
    """ "De las 250 a las 320 palabras": articles stand before both numbers."""
    high = terms[join + 2].number if join + 2 < len(terms) else None
    return (join + 2, high) if opened and join == index + 1 and high is not None else None


def interval_of(comparator: str, value: int) -> Interval:
    """The interval that a comparator makes of a number.

    >>> interval_of("under", 10)
    Interval(min=None, max=9, about=None)
    """
    match comparator:
        case "min":
            return Interval(min=value)
        case "max":
            return Interval(max=value)
        case "over":
            return Interval(min=value + 1)
        case "under":
            return Interval(max=value - 1)
        case "about":
            return Interval(about=value)
        case _ if value == 0:
            return Interval(max=0)
        case _:
            return Interval(min=value, max=value)


def with_comparator(quantity: Quantity, comparator: str, last: int) -> Quantity:
    """The same number under a comparator that stands behind its unit."""
    return replace(
        quantity, interval=interval_of(comparator, quantity.value), bare=False, comparator=comparator, last=last
    )
