"""Which unit a quantity counts: behind it, before it, named elsewhere, or shared with a neighbour."""

from __future__ import annotations

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Interval, Quantity, interval_of, with_comparator
from lightwing.spec.grammar.terms import Term

__all__ = ["Bound", "LENGTHS", "bind", "bound_quantities", "clause_edge", "polar", "unit_name"]

LENGTHS = frozenset({"words", "characters", "letters"})
"""Units that measure a length: a bare number of them is meant roughly."""
_LISTS = (("format.numbered_list", "numbered_items"), ("format.bullets", "bullets"))
"""What the entries of a list are, by its kind."""


class Bound:
    """A quantity with the unit it counts."""

    __slots__ = ("interval", "last", "quantity", "unit", "unit_at")

    def __init__(self, quantity: Quantity, unit: str, unit_at: int, interval: Interval, last: int) -> None:
        self.quantity, self.unit, self.unit_at, self.interval, self.last = quantity, unit, unit_at, interval, last


def bound_quantities(frame: Frame) -> list[Bound]:
    """Every quantity of the frame that finds its unit; one without a unit of its own shares its neighbour's ("at least 5 but at most 9 lines")."""
    if "bounds" not in frame.memo:
        frame.memo["bounds"] = _bound_quantities(frame)
    known: list[Bound] = frame.memo["bounds"]
    return known


def _bound_quantities(frame: Frame) -> list[Bound]:
    bound: list[Bound] = []
    waiting: Quantity | None = None
    for quantity in frame.quantities:
        found = bind(frame, quantity)
        if found is None:
            shared = bound[-1] if bound and _linked(frame, bound[-1].last, quantity.first) else None
            if shared is None and bound and _counts_another(frame, bound[-1], quantity):
                bound.append(Bound(quantity, "times", bound[-1].unit_at, polar(frame, quantity), quantity.last))
                continue
            if shared is not None and not quantity.weak and not quantity.bare:
                bound.append(Bound(quantity, shared.unit, shared.unit_at, polar(frame, quantity), quantity.last))
            elif not quantity.weak and not quantity.bare:
                waiting = quantity
                if (
                    bound
                    and bound[-1].unit in LENGTHS | {"sentences"}
                    and frame.lexicon.spaces
                    and clause_edge(frame, quantity.last + 1)
                ):
                    bound.append(
                        Bound(quantity, bound[-1].unit, bound[-1].unit_at, polar(frame, quantity), quantity.last)
                    )
                    waiting = None
            continue
        if quantity.bare and bound and _coordinated(frame, bound[-1], quantity):
            before = bound[-1].quantity
            quantity = with_comparator(quantity, before.comparator, quantity.last)
            found = Bound(quantity, found.unit, found.unit_at, polar(frame, quantity), found.last)
        if waiting is not None and _linked(frame, waiting.last, quantity.first):
            bound.append(Bound(waiting, found.unit, found.unit_at, polar(frame, waiting), waiting.last))
        waiting = None
        bound.append(found)
    return bound


def _coordinated(frame: Frame, before: Bound, quantity: Quantity) -> bool:
    """ "No more than three columns and five rows": the second number stands under the first one's comparator."""
    if before.quantity.bare or before.quantity.weak or before.quantity.comparator in ("range", "exact"):
        return False
    gap = frame.terms[max(before.unit_at, before.last) + 1 : quantity.first]
    return len(gap) == 1 and gap[0].has("word.and", "range.and") and before.unit != "times"


def _counts_another(frame: Frame, before: Bound, quantity: Quantity) -> bool:
    """ ""calm" three times and "sea" at least two": a second word with a count of its own, without the counter's noun."""
    gap = [t for t in frame.terms[before.last + 1 : quantity.first] if not t.has("unit.times")]
    return (
        frame.lexicon.spaces
        and before.unit == "times"
        and not quantity.weak
        and 2 <= len(gap) <= 4
        and gap[-1].kind == "literal"
        and (gap[0].has("word.and", "word.but") or gap[0].norm in ",;")
        and clause_edge(frame, quantity.last + 1)
    )


def _linked(frame: Frame, last: int, first: int) -> bool:
    gap = frame.terms[last + 1 : first]
    return 1 <= len(gap) <= 3 and all(
        t.has("word.and", "word.but", "word.or", "range.and", "word.filler") or t.norm in ",，、" for t in gap
    )


def _counts_literal(frame: Frame, quantity: Quantity) -> bool:
    """ "每段至少一个“粽”字": in Chinese what is quoted right behind its number is what is counted, and no unit before it."""
    if frame.lexicon.spaces or frame.lexicon.verb_last:
        return False
    behind = quantity.last + 1
    while behind < len(frame.terms) and frame.terms[behind].has("word.filler", "word.them", "label.letter"):
        behind += 1
    return behind < len(frame.terms) and frame.terms[behind].kind == "literal"


def bind(frame: Frame, quantity: Quantity) -> Bound | None:
    terms = frame.terms
    counter = next((i for i in range(quantity.last, quantity.first - 1, -1) if terms[i].has("unit.times")), None)
    at = counter if counter is not None else _unit_after(frame, quantity)
    if at is not None and quantity.bare and _an_article(frame, quantity.first, at):
        return None
    if at is not None:
        unit = _listed_unit(frame, at, unit_name(terms[at]))
        if (
            quantity.bare
            and quantity.first
            and terms[quantity.first - 1].kind == "literal"
            and unit in ("characters", "words", "items", "sentences")
        ):
            return None
        last = at
        after = _comparator_behind(frame, at) if quantity.bare or quantity.comparator == "exact" else None
        roughly = frame.after(at)
        if quantity.comparator == "max" and roughly is not None and roughly.has("compare_after.about"):
            after = at + 1  # "控制在300字左右": the verb keeps near the number, and bounds nothing
        if after is not None:
            quantity, last = (
                with_comparator(quantity, terms[after].name("compare_after") or "exact", quantity.last),
                after,
            )
        quantity = _set_apart(frame, quantity)
        return Bound(quantity, unit, at, polar(frame, quantity), last)
    if (entries := _entries(frame, quantity)) is not None:
        return Bound(quantity, *entries, polar(frame, quantity), quantity.last)
    if _counts_literal(frame, quantity):
        return None
    at = _unit_before(frame, quantity)
    if at is None:
        at = _unit_mentioned(frame, quantity)
    if at is None:
        return None
    quantity = _set_apart(frame, quantity, at)
    if quantity.bare and frame.lexicon.spaces and (behind := _behind_pronoun(frame, quantity)) is not None:
        quantity = with_comparator(quantity, behind, quantity.last)
    unit = unit_name(terms[at]) if frame.lexicon.spaces else _listed_unit(frame, at, unit_name(terms[at]))
    return Bound(quantity, unit, at, polar(frame, quantity), quantity.last)


def _behind_pronoun(frame: Frame, quantity: Quantity) -> str | None:
    """ "Three of them at minimum": the comparator behind a unit that is only referred to."""
    behind = frame.terms[quantity.last + 1 : quantity.last + 3]
    if len(behind) < 2 or not behind[0].has("word.them") or behind[1].has("compare_after.exact"):
        return None
    return behind[1].name("compare_after")


def _an_article(frame: Frame, number: int, at: int) -> bool:
    """ "Una lista numerada", "un tableau": where a language has one word for "a" and "one", the form of an answer is not counted."""
    form = frame.terms[at].has("format.numbered_list", "format.bullets", "unit.tables", "unit.code_blocks")
    only = number and frame.terms[number - 1].has("word.only", "compare_before.exact")
    return frame.lexicon.spaces and frame.terms[number].has("amount.one") and form and not only and at == number + 1


def _set_apart(frame: Frame, quantity: Quantity, unit_at: int | None = None) -> Quantity:
    """A bound told away from its number: "the maximum number of words is 120", "at minimum, write 5 sentences"."""
    if not quantity.bare or not frame.lexicon.spaces:
        return quantity
    terms = frame.terms
    if unit_at is not None:
        before = next(
            (
                t
                for t in reversed(terms[max(0, unit_at - 3) : unit_at])
                if t.has("compare_before.min", "compare_before.max")
            ),
            None,
        )
    else:
        lone = (
            len(terms) > 2
            and terms[0].has("compare_before.min", "compare_before.max")
            and terms[1].norm == ","
            and quantity is frame.quantities[0]
        )
        before = terms[0] if lone and quantity.first <= 6 else None
    return (
        quantity
        if before is None
        else with_comparator(quantity, "min" if before.has("compare_before.min") else "max", quantity.last)
    )


def _entries(frame: Frame, quantity: Quantity) -> tuple[str, int] | None:
    """ "A numbered list with at least nine points", "a list of six spices": what a list is made of, whatever it is called."""
    if quantity.weak or not frame.lexicon.spaces or quantity.last + 1 >= len(frame.terms):
        return None
    noun = frame.terms[quantity.last + 1]
    if (
        noun.kind != "word"
        or noun.concepts
        or frame.terms[quantity.first - 1].has("part.list")
        or frame.has("format.json", "format.xml", "format.yaml")
    ):
        return None
    for at in range(quantity.first - 1, max(-1, quantity.first - 5), -1):
        term = frame.terms[at]
        if term.has("part.list", "format.numbered_list", "format.bullets"):
            return next((u for f, u in _LISTS if term.has(f)), "items"), at
        if not term.has("word.of", "word.with", "word.filler", "verb.include", "word.link"):
            return None
    return None


def _listed_unit(frame: Frame, at: int, unit: str) -> str:
    """A counter that stands for what the sentence names: "bullet points, four items", "kanji, 100 characters"."""
    rows = not frame.lexicon.spaces or frame.terms[at].has("unit.table_rows")
    if (
        unit == "lines"
        and rows
        and not frame.has("format.csv")
        and frame.has("unit.tables", "unit.table_columns", "part.header", "format.table")
    ):
        return "table_rows"
    listed = (
        next((u for f, u in _LISTS if frame.has(f) and not frame.topical[at]), None)
        if unit == "items" and frame.lexicon.spaces
        else None
    )
    if listed is not None:
        return listed
    if unit == "items":
        return next((u for u in ("bullets", "numbered_items") if frame.has(f"unit.{u}")), unit)
    if (
        unit == "words"
        and not frame.lexicon.spaces
        and any(t.has("unit.capital_words") for t in frame.terms[max(0, at - 6) : at])
    ):
        return "capital_words"
    if unit == "characters" and any(t.has("unit.kanji") for t in frame.terms[max(0, at - 5) : at]):
        return "kanji"
    return unit


def _comparator_behind(frame: Frame, unit_at: int) -> int | None:
    """ "5 sentences or more", "20 words, at most": a comparator behind the unit that no other number claims."""
    for at in range(unit_at + 1, min(unit_at + 6, len(frame.terms))):
        term = frame.terms[at]
        if term.has("compare_after.over") and not frame.lexicon.spaces and not frame.lexicon.verb_last:
            return None  # "八百多字" has it before the unit; behind it another clause begins ("八次，多一次都不行")
        if (term.name("compare_after") and not term.has("compare_after.exact")) or (
            at == unit_at + 1 and term.name("compare_after")
        ):
            claimed = any(t.number is not None for t in frame.terms[at + 1 : at + 3])
            return None if claimed and term.name("compare_before") else at
        if (
            term.number is not None
            or term.names("unit")
            or term.has("word.and", "verb.include", "word.with", "word.must")
            or term.norm in ".;:"
        ):
            return None
    return None


def unit_name(term: Term) -> str:
    names = term.names("unit")
    return next((n for n in names if n != "times"), names[0])


def _unit_after(frame: Frame, quantity: Quantity) -> int | None:
    unknown = 0
    for at in range(quantity.last + 1, min(quantity.last + (7 if frame.lexicon.spaces else 10), len(frame.terms))):
        term = frame.terms[at]
        if (
            term.number is not None
            and term.joined
            and at + 2 < len(frame.terms)
            and frame.terms[at + 1].name("unit")
            and frame.terms[at + 2].name("unit")
        ):
            return at + 2
        if term.name("unit"):
            return at
        if not frame.lexicon.spaces and (term.kind in ("star", "bracket") or term.has("word.example", "word.definite")):
            continue
        if not frame.lexicon.spaces and term.has(
            "part.square_brackets", "verb.include", "verb.mark", "verb.display", "word.link", "verb.appear", "verb.wrap"
        ):
            unknown += 1
            continue
        if term.kind in ("word", "cjk") and not term.concepts:
            unknown += 1
            if unknown > (1 if quantity.bare or quantity.weak else 3):
                return None
        elif term.kind == "ordinal" or not (
            term.has("word.filler", "word.of", "word.all", "amount.one", "case.title", "word.name", "part.markdown")
            or term.names("case")
        ):
            return None
    return None


def _unit_before(frame: Frame, quantity: Quantity) -> int | None:
    if quantity.weak:
        return None
    linked = crossed = False
    for at in range(quantity.first - 1, max(-1, quantity.first - 12), -1):
        term = frame.terms[at]
        if frame.lexicon.spaces and (
            term.kind == "literal"
            or (term.has("label.letter", "label.word") and not term.name("unit"))
            or term.has("word.each")
        ):
            crossed = True
            continue
        held = at and frame.terms[at - 1].has("word.each") and term.name("unit") and not term.has("unit.times")
        if held and frame.lexicon.spaces:
            continue
        if (
            crossed
            and term.name("unit")
            and not term.has("unit.times")
            and not (at + 1 < len(frame.terms) and frame.terms[at + 1].has("word.each"))
        ):
            return None
        label = at and frame.terms[at - 1].kind == "literal" and not frame.lexicon.verb_last and term.names("label")
        if not frame.lexicon.spaces and label:
            return None  # "“是”字不能超过五个": what stands behind quotes is what they are called
        if not frame.lexicon.spaces and term.has("verb.include") and term.name("unit"):
            return None  # "列十种水果": what lists is no column
        if term.has("unit.times") and not frame.lexicon.spaces:
            return None if quantity.bare and not linked else at
        if term.has("unit.times") and at and frame.terms[at - 1].has("word.number_of") and not quantity.bare:
            return at
        if term.name("unit") and not term.has("unit.times", "part.answer"):
            near = frame.terms[max(0, at - 1) : at + 2]
            counted = any(t.has("word.number_of") for t in near)
            inside = frame.terms[at + 1 : quantity.first]
            if not frame.lexicon.spaces and quantity.bare and _beside(inside, frame, quantity, term):
                return at
            shares = len(inside) > 2 and inside[0].has("word.each")
            if (
                frame.lexicon.spaces
                and inside
                and inside[-1].norm in ":="
                and (len(inside) == 1 or shares)
                and clause_edge(frame, quantity.last + 1)
            ):
                return at
            verbal = not frame.lexicon.spaces and any(t.has("verb.include", "verb.appear", "word.must") for t in inside)
            return (
                at
                if counted
                or verbal
                or (
                    not quantity.bare
                    and (not frame.lexicon.spaces or not linked or term.has("unit.capital_words", "unit.highlights"))
                )
                else None
            )
        linked = True
        if not (
            term.kind in ("star", "bracket")
            or (not frame.lexicon.spaces and term.name("compare_before"))
            or term.has(
                "word.must",
                "word.not",
                "word.filler",
                "verb.be",
                "word.number_of",
                "word.all",
                "verb.include",
                "part.answer",
                "word.of",
                "word.link",
                "verb.appear",
            )
            or term.norm in ":：,，()（）"
        ):
            return None
    return None


def _beside(inside: list[Term], frame: Frame, quantity: Quantity, unit: Term) -> bool:
    """ "箇条書き5つで", "段落は二つ": a bare number right behind its unit, tied by particles only."""
    if unit.norm.endswith("数"):
        return len(inside) <= 2
    if unit.has("unit.words", "unit.characters", "unit.items", "unit.sentences", "unit.lines"):
        return False
    return len(inside) <= 2 and all(t.has("word.filler", "verb.be", "word.link") or t.norm in ":：" for t in inside)


def _unit_mentioned(frame: Frame, quantity: Quantity) -> int | None:
    """ "Use bullets, at least five", "bullet points, 8 of them": the unit named before, where the number has none of its own."""
    after = frame.terms[quantity.last + 1] if quantity.last + 1 < len(frame.terms) else None
    pronoun = (
        after is not None and after.has("word.them") and (frame.lexicon.spaces or clause_edge(frame, quantity.last + 2))
    )
    pronoun = pronoun or _sole_object(frame, quantity)
    if (
        after is not None
        and not frame.lexicon.spaces
        and after.has("word.filler")
        and quantity.last + 2 < len(frame.terms)
    ):
        after = frame.terms[quantity.last + 2]
    ends = after is None or after.has("word.and", "word.but", "word.or") or after.norm in ".,;)!，。；、"
    if quantity.weak or (not pronoun and (quantity.bare or not ends)):
        return None
    if (
        pronoun
        and frame.lexicon.spaces
        and any(t.has("word.link", "verb.be") for t in frame.terms[quantity.last + 2 : quantity.last + 3])
    ):
        return None
    for at in range(quantity.first - 1, -1, -1):
        term = frame.terms[at]
        if (
            term.has("unit.times")
            or term.kind == "literal"
            or (
                term.number is not None
                and not frame.quantities[0].weak
                and term.start != frame.terms[quantity.first].start
                and not pronoun
                and frame.terms[at + 1].names("unit")
            )
        ):
            return None
        if term.name("unit") and not term.has("part.answer", "unit.times"):
            taken = any(
                q.last < at <= q.last + 3
                and not q.weak
                and q is not quantity
                and not (frame.lexicon.spaces and frame.terms[q.first].has("unit.times"))
                for q in frame.quantities
            )
            return None if taken and not pronoun else at
    return None


def _sole_object(frame: Frame, quantity: Quantity) -> bool:
    """ "… with bullets; there should be 4": a bare number that is all a verb has for its object."""
    before = frame.terms[quantity.first - 1] if quantity.first else None
    return (
        frame.lexicon.spaces
        and quantity.bare
        and before is not None
        and before.has("verb.include")
        and clause_edge(frame, quantity.last + 1)
        and (quantity.last + 1 >= len(frame.terms) or frame.terms[quantity.last + 1].kind == "punct")
    )


def clause_edge(frame: Frame, at: int) -> bool:
    return at >= len(frame.terms) or frame.terms[at].kind == "punct" or frame.terms[at].has("word.and", "word.but")


def _subject_denied(frame: Frame, at: int) -> bool:
    """ "No verse may take more than 8 words", "there is no need for more than 40 words": "no" before its noun denies what is said of it."""
    for term in reversed(frame.terms[:at]):
        if term.has("amount.none"):
            return True
        if term.norm in ",.;:()" or term.has("word.and", "word.but") or term.number is not None:
            return False
    return False


def polar(frame: Frame, quantity: Quantity) -> Interval:
    """The interval under the negation that it stands under: "not more than two" is at most two."""
    negative = frame.negative[quantity.first]
    if (
        negative
        and frame.lexicon.verb_last
        and any(t.has("word.only") for t in frame.terms[quantity.last + 1 : quantity.last + 4])
    ):
        return interval_of("max", quantity.value) if quantity.bare else quantity.interval
    if quantity.comparator in ("over", "under") and frame.lexicon.spaces:
        negative = negative or _subject_denied(frame, quantity.first)
    if negative and quantity.comparator in ("over", "under"):
        return quantity.interval.negated()
    if negative and (quantity.weak or (frame.lexicon.spaces and quantity.bare and quantity.value == 1)):
        return Interval(max=0)
    return quantity.interval
