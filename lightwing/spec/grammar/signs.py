"""Punctuation marks that are barred, asked for or counted, by name or shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities, polar
from lightwing.spec.grammar.edges import MARKS
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.scripts import none_of

__all__ = ["read_signs"]

_ALL_FORMS = {"quotes": '"“”', "dash": "-–—"}
"""All the forms of a mark that is barred; who asks for no quotation marks bars the curved ones too."""


def _all_forms(frame: Frame, name: str) -> str:
    """Every form of a barred mark, those of the text's own language among them ("sans guillemets" bars « » as well)."""
    if not frame.lexicon.spaces:
        return MARKS[name]
    return _ALL_FORMS.get(name, MARKS[name]) + (frame.lexicon.quotation_marks if name == "quotes" else "")


_KANA_SIGNS = {"comma": "、", "period": "。"}
"""Signs that are counted one by one as Japanese writes them."""


_ENCLOSING = {
    "part.corner_quotes": "「」",
    "part.double_quotes": '"',
    "part.square_brackets": "[]",
    "part.book_quotes": "『』",
}


def _enclosing(frame: Frame) -> Iterator[Reading]:
    """ "かぎ括弧を使わずに": marks that enclose, barred by their name."""
    for at, term in enumerate(frame.terms) if frame.lexicon.verb_last else ():
        pair = next((marks for concept, marks in _ENCLOSING.items() if term.has(concept)), None)
        if pair is None or not frame.negative[at] or frame.topical[at] or term.names("punct"):
            continue
        if frame.governed_by(at, "avoid", "include", "appear"):
            marks = "『』" if term.has("part.corner_quotes") and term.norm.startswith("二 重") else pair
            yield reading(frame, "punctuation", {"forbid": marks}, at, at)


def read_signs(frame: Frame) -> Iterator[Reading]:
    yield from _enclosing(frame)
    for at, term in enumerate(frame.terms):
        name = term.name("punct")
        if (
            name == "any"
            and sum(bool(t.names("punct")) for t in frame.terms) == 1
            and frame.negative[at]
            and not frame.lexicon.spaces
            and not frame.topical[at]
        ):
            pair = term.norm.replace(" ", "") == "句読点"
            yield reading(frame, "punctuation", {"forbid": ",." if pair else ",.、;:!?…"}, at, at)
            return
        if (
            frame.lexicon.spaces
            and _is_sign(frame, at)
            and (
                none_of(frame, at)
                or (frame.negative[at] and frame.governed_by(at, "include", "avoid", "appear", "write"))
            )
        ):
            yield reading(frame, "punctuation", {"forbid": term.inner.strip() or term.norm}, at, at)
            continue
        if (
            name == "any"
            and frame.lexicon.spaces
            and not frame.topical[at]
            and (none_of(frame, at) or (frame.negative[at] and frame.governor[at] is not None))
        ):
            yield reading(frame, "punctuation", {"forbid": ",.;:!?"}, at, at)
            return
        if name is None or name not in MARKS or frame.topical[at]:
            continue
        if (both := _opened_and_closed(frame, at)) is not None:
            yield reading(frame, "punctuation", {"require": both}, at, at)
            continue
        often = _times_behind(frame, at) if frame.lexicon.spaces else None
        if often is not None and (not frame.negative[at] or often.comparator == "over"):
            yield reading(frame, "letter", {"letter": MARKS[name], **polar(frame, often).args()}, at, often.last)
            continue
        none = (
            none_of(frame, at)
            or (frame.lexicon.spaces and _told_none(frame, at))
            or (frame.lexicon.spaces and _with_barred(frame, at))
        )
        if frame.governed_by(at, "end", "separate") and not none:
            continue
        counted = [b for b in frame.quantities if b.last < at <= b.last + 1 and not b.weak] or _counted_behind(
            frame, at
        )
        barred = frame.lexicon.spaces and frame.negative[at] and bool(counted) and counted[0].value == 1
        if (
            counted
            and not barred
            and name != "asterisk"
            and (frame.governed_by(at, "include", "appear", "wrap") or counted[0].first > at or _fragment(frame, at))
        ):
            bounds = (polar(frame, counted[0]) if frame.lexicon.spaces else counted[0].interval).args()
            sign = _KANA_SIGNS.get(name, MARKS[name]) if frame.lexicon.verb_last else MARKS[name]
            check, args = (
                ("punctuation", {"require": MARKS[name]})
                if bounds == {"min": 1}
                else ("letter", {"letter": sign, **bounds})
            )
            yield reading(frame, check, args, counted[0].first, at)
        elif none or (
            frame.negative[at]
            and (
                frame.governed_by(at, "include", "avoid", "appear", "write", "wrap")
                or (not frame.lexicon.spaces and frame.governor[at] is None)
            )
        ):
            yield reading(
                frame,
                "punctuation",
                {"forbid": _all_forms(frame, name)},
                at,
                at,
            )


def _opened_and_closed(frame: Frame, at: int) -> str | None:
    """ "Utiliza signos de exclamación (¡ y !)": the marks on both sides that a language writes, where they are asked for and not counted."""
    marks = {"question": frame.lexicon.question_marks, "exclamation": frame.lexicon.exclamation_marks}
    pair = marks.get(frame.terms[at].name("punct") or "")
    counted = any(not q.weak and abs(q.last - at) <= 6 for q in frame.quantities)
    asked = frame.governed_by(at, "include", "appear") and not frame.negative[at] and not counted
    return pair if pair and asked and not frame.has("verb.end") else None


def _told_none(frame: Frame, at: int) -> bool:
    """ "Commas: none", "not a comma in sight"."""
    behind = frame.terms[at + 1 : at + 3]
    if (
        behind
        and behind[0].has("word.out")
        and any(t.has("verb.be", "verb.include") for t in frame.terms[max(0, at - 3) : at])
    ):
        return True
    if len(behind) == 2 and behind[0].norm == ":" and (behind[1].has("amount.none") or behind[1].number == 0):
        return True
    return frame.negative[at] and frame.governor[at] is None and 0 < at <= 3 and frame.terms[at - 1].has("amount.one")


def _times_behind(frame: Frame, at: int) -> Quantity | None:
    """ "Use the exclamation mark at most once": how often a sign is to be used, told behind it."""
    for bound in bound_quantities(frame):
        gap = frame.terms[at + 1 : bound.quantity.first]
        near = bound.unit == "times" and bound.quantity.first > at and len(gap) <= 6
        if near and not any(t.norm in ",;" or t.names("punct") or t.kind == "literal" for t in gap):
            return bound.quantity
    return None


def _with_barred(frame: Frame, at: int) -> bool:
    """ "No quotation marks or parentheses": a mark that "or" joins to one that is barred."""
    if (
        at < 2
        or not (frame.terms[at - 1].has("word.or", "word.and") or frame.terms[at - 1].norm == ",")
        or frame.terms[at - 2].name("punct") is None
    ):
        return False
    return none_of(frame, at - 2) or _with_barred(frame, at - 2)


def _is_sign(frame: Frame, at: int) -> bool:
    """A punctuation mark in quotes (without ";"), or bare right behind its verb ("don't use !")."""
    term = frame.terms[at]
    inner = term.inner.strip()
    if term.kind == "literal":
        return len(inner) == 1 and unicodedata.category(inner)[0] == "P"
    bare = term.kind == "punct" and term.norm in "!?;:" and 0 < at < len(frame.terms) - 1
    return (
        bare and frame.terms[at - 1].has("verb.include", "verb.avoid", "word.or") and frame.text[term.start - 1] == " "
    )


def _counted_behind(frame: Frame, at: int) -> list[Quantity]:
    """ "感叹号（！）至少用五个": in a language without spaces the count of a mark stands behind it."""
    if frame.lexicon.spaces:
        return []
    for quantity in frame.quantities:
        gap = frame.terms[at + 1 : quantity.first]
        behind = frame.terms[quantity.last + 1] if quantity.last + 1 < len(frame.terms) else None
        alone = (
            behind is None
            or behind.kind == "punct"
            or behind.has("word.filler", "unit.times", "word.them", "verb.include")
        )
        near = (
            quantity.first > at
            and len(gap) <= 6
            and not any(
                t.norm in ",，、;；" or t.names("punct") or (t.name("unit") and not t.has("unit.times")) for t in gap
            )
        )
        if near and alone and not quantity.weak:
            return [quantity]
    return []


def _fragment(frame: Frame, at: int) -> bool:
    """ "At least three question marks.": a statement without a verb is a demand."""
    return frame.lexicon.spaces and frame.governor[at] is None and frame.terms[-1].norm != "?"
