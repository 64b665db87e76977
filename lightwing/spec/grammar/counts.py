"""Counts: comparator x quantity x unit, in whatever order the language puts them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import LENGTHS, Bound, bind, bound_quantities, clause_edge, unit_name
from lightwing.spec.grammar.bullet_signs import bullet_sign
from lightwing.spec.grammar.emphasis import marked, set_off, unit_under_verb
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.headings import called_section
from lightwing.spec.grammar.numbering import numbered_from_one
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, counts_each, only_asked, reading

__all__ = ["asked_for", "letter_after", "read_counts"]

_ORNAMENTS = frozenset([
    "headings", "placeholders", "highlights", "bold", "italics", "links", "images", "code_blocks", "block_quotes", "tables", "emojis", "hashtags",
    "capital_words", "accented_words", "bullets", "numbered_items", "quotations", "numbers", "digits", "questions", "exclamations",
])  # fmt: skip
"""Units that an answer may have none of; of the others (words, sentences) every answer has some."""

_PLAIN = frozenset([
    "words", "unique_words", "characters", "letters", "sentences", "paragraphs", "lines", "bullets", "numbered_items", "items", "sections",
    "headings", "placeholders", "highlights", "bold", "italics", "links", "images", "code_blocks", "block_quotes", "tables", "table_rows",
    "table_columns", "emojis", "hashtags", "questions", "exclamations", "numbers", "digits", "capital_words", "accented_words", "stanzas",
    "verses", "quotations", "kanji", "syllables",
])  # fmt: skip


_LEAST = frozenset({"highlights", "placeholders", "bold", "italics"})
"""Ornaments of which "one" asks for one or more, like "a"."""


def _article(frame: Frame, bound: Bound) -> bool:
    """ "写一段祝福", "加一节说明": the number one with a noun behind it is an article where a language has no other; "一段话", "用一句写" count."""
    if bound.quantity.value != 1 or not bound.quantity.bare:
        return False
    if frame.lexicon.verb_last:
        verb = frame.text[frame.terms[bound.unit_at].end : frame.end]
        return bound.unit == "sentences" and verb.startswith(
            ("を加え", "を添え", "を付け", "をつけ", "を入れ", "を含め", "を挿入", "を追加", "を書き添え")
        )
    if frame.lexicon.spaces:
        after = frame.terms[bound.unit_at + 1 : bound.unit_at + 3]
        article = frame.terms[bound.quantity.first].has("amount.one") and len(after) == 2
        return article and after[0].has("word.of") and after[1].number is None and not after[1].name("compare_before")
    if bound.unit not in ("paragraphs", "sections", "sentences", "lines", "items", "verses", "stanzas"):
        return False
    behind = frame.terms[bound.unit_at + 1 : bound.unit_at + 5]
    if any(t.kind == "literal" for t in behind):
        return True
    before = frame.terms[bound.quantity.first - 1] if bound.quantity.first else None
    whole = len(frame.terms[bound.unit_at].norm) > 1 or (before is not None and before.has("word.link"))
    return not (
        clause_edge(frame, bound.unit_at + 1) or whole or behind[0].has("verb.write", "verb.answer", "word.must")
    )


def read_counts(frame: Frame) -> Iterator[Reading]:
    """Counts of units that the sentence demands."""
    used: set[int] = set()
    seen: dict[str, int] = {}
    for bound in bound_quantities(frame):
        used.add(bound.unit_at)
        if bound.unit == "words" and letter_after(frame, bound.unit_at) is not None:
            continue
        if frame.lexicon.verb_last and bound.quantity.bare and _sums_up(frame, bound.quantity.first):
            continue
        if (
            bound.unit == "headings"
            and re.match(r"h[1-6]", frame.terms[bound.unit_at].norm)
            and not (frame.has("word.only") and bound.quantity.first > bound.unit_at)
        ):
            continue
        if bound.unit == "letters" and not frame.lexicon.spaces and _letter_named(frame, bound.unit_at + 1):
            continue
        if not _demanded(frame, bound) or (bound.unit in seen and _in_brackets(frame, bound.quantity.first)):
            continue
        unit = unit_under_verb(frame, bound)
        if bound.unit == "letters" and _of_each_word(frame, bound):
            yield reading(
                frame,
                "word_length",
                bound.interval.args(),
                bound.quantity.first,
                max(bound.last, bound.unit_at),
                counted=bound.unit_at,
            )
            continue
        if bound.unit in ("times", "spans") and unit == bound.unit:
            target = _counted_object(frame, bound)
            if target is None:
                continue
            unit = unit_name(frame.terms[target])
            used.add(target)
        if unit == "levels":
            if not frame.has(
                "unit.headings", "part.markdown", "format.json", "format.xml", "unit.bullets", "unit.items"
            ):
                continue
            unit = "heading_levels" if frame.has("unit.headings", "part.markdown") else "nesting"
        seen[bound.unit] = bound.quantity.first
        first, last = bound.quantity.first, max(bound.last, bound.unit_at)
        args = bound.interval.args()
        if bound.quantity.bare and unit in LENGTHS and bound.quantity.value > 10:
            args = {"about": bound.quantity.value}
        elif (
            bound.quantity.bare
            and unit in _LEAST
            and bound.quantity.first not in set_off(frame)
            and (bound.quantity.value == 1 or bound.unit == "times")
        ):
            args = {"min": bound.quantity.value}
        match unit:
            case "heading_levels":
                yield reading(frame, "depth", {"of": "headings", **args}, first, last, counted=bound.unit_at)
            case "nesting":
                of = "xml" if frame.has("format.xml") else "list" if frame.has("unit.items", "unit.bullets") else "json"
                yield reading(frame, "depth", {"of": of, **args}, first, last, counted=bound.unit_at)
            case "attributes":
                yield reading(frame, "attributes", args, first, last, scope="answer")
            case "questions" | "exclamations" if args == {"min": 1} and _marks(frame, unit):
                yield reading(
                    frame, "punctuation", {"require": _marks(frame, unit)}, first, last, counted=bound.unit_at
                )
            case _ if unit in _PLAIN:
                signed = unit == "bullets" or (unit == "items" and frame.lexicon.spaces)
                sign = bullet_sign(frame, bound.unit_at) if signed else {}
                unit = "bullets" if sign else unit
                yield reading(frame, "count", {"of": unit, **sign, **args}, first, last, counted=bound.unit_at)
    yield from _of_each(frame)
    yield from _in_manner(frame, used)
    yield from marked(frame)
    yield from _without_number(frame, used)


_COUNTED_PARTS = frozenset({"sentences", "paragraphs", "lines", "bullets", "numbered_items", "items", "sections", "headings", "stanzas", "verses", "table_rows"})  # fmt: skip


def _of_each(frame: Frame) -> Iterator[Reading]:
    """ "Give each of the five sections a heading": what is said of each of five asks for five."""
    if not frame.lexicon.spaces:
        return
    for at in range(1, len(frame.terms) - 1):
        unit = frame.terms[at + 1]
        if (
            counts_each(frame, at)
            and unit.name("unit")
            and unit_name(unit) in _COUNTED_PARTS
            and not frame.negative[at]
        ):
            number = frame.terms[at].number
            args = {"of": unit_name(unit), "min": number, "max": number}
            yield reading(frame, "count", args, at, at + 1, scope="answer")


def _letter_named(frame: Frame, at: int) -> bool:
    """ "二十个字母p": the letters counted are named."""
    return at < len(frame.terms) and frame.terms[at].kind == "literal" and len(frame.terms[at].inner.strip()) == 1


def _sums_up(frame: Frame, at: int) -> bool:
    """ "「花火」「浴衣」の二語": the number of what was just quoted."""
    return at > 1 and frame.terms[at - 1].has("word.of") and frame.terms[at - 2].kind == "literal"


def _of_each_word(frame: Frame, bound: Bound) -> bool:
    """ "No word may be longer than six letters": letters are counted within words that nothing counts themselves."""
    taken = {b.unit_at for b in bound_quantities(frame) if not b.quantity.weak}
    named = [at for at in frame.find("unit.words") if at < bound.unit_at and at not in taken]
    return bool(named) and bound.unit_at - named[-1] <= 12 and not bound.quantity.weak


def _marks(frame: Frame, unit: str) -> str:
    """The pair of marks by which a language writes a question or an exclamation, where its lexicon gives one."""
    return frame.lexicon.question_marks if unit == "questions" else frame.lexicon.exclamation_marks


def letter_after(frame: Frame, unit_at: int) -> int | None:
    """ "5 words with the letter ñ": the label of the letter that the counted words have."""
    for at in range(unit_at + 1, min(unit_at + 5, len(frame.terms))):
        term = frame.terms[at]
        if term.has("label.letter"):
            return at
        if term.has("verb.avoid") or not term.has("word.with", "word.link", "verb.include", "word.filler"):
            return None
    return None


def _demanded(frame: Frame, bound: Bound) -> bool:
    """Whether the sentence asks for the count, and does not only talk of it."""
    quantity = bound.quantity
    at = quantity.first
    if (frame.topical[at] and quantity.bare) or _article(frame, bound) or only_asked(frame):
        return False
    if (
        quantity.bare
        and not frame.lexicon.spaces
        and at
        and frame.terms[at - 1].norm.replace(" ", "") in ("任何", "任意")
    ):
        return False  # "任何两行都不许重复"
    if (
        any(t.has("word.definite") for t in frame.terms[max(0, at - 1) : at])
        and quantity.bare
        and not _compound_in(frame, quantity)
    ):
        return False
    single = quantity.bare and quantity.value == 1 and frame.lexicon.spaces
    if single and bound.unit == "sections" and called_section(frame, bound.unit_at) is not None:
        return False
    if bound.unit == "numbered_items" and numbered_from_one(quantity):
        return False
    if single and (frame.terms[bound.unit_at].has("format.numbered_list") or _supposed(frame, at)):
        return False
    if frame.lexicon.spaces and _size_of_edge(frame, at):
        return False
    if quantity.weak:
        if bound.interval.max == 0 and frame.lexicon.spaces and unit_under_verb(frame, bound) in _ORNAMENTS:
            return True
        if bound.unit not in _ORNAMENTS or frame.conditional(at):
            return False
        if bound.interval.max == 0:
            return True
        return frame.governed_by(at, "include", "highlight", "appear") and bound.unit != "questions"
    if quantity.bare:
        told = (
            frame.governed_by(at, "state")
            and not any(t.has("word.must") for t in frame.terms[:at])
            and not _relative(frame, at)
            and not _of_the_text(frame, at)
        )
        loose = (
            bound.unit in ("questions", "exclamations", "numbers", "links", "images")
            and not frame.has("word.must")
            and not _ordered(frame, at)
        )
        manner = frame.lexicon.spaces and at > 0 and frame.terms[at - 1].has("word.link", "word.with")
        fragment = frame.lexicon.spaces and any(t.norm == ":" for t in frame.terms[at:])
        asked = loose or (
            frame.terms[-1].norm in "?？"
            and not manner
            and not fragment
            and not frame.has("word.must", "verb.write", "verb.include", "verb.answer")
        )
        barred = bound.interval.max == 0 and bound.unit in _ORNAMENTS
        return (barred or not frame.negative[at]) and not told and not asked
    return True


def _size_of_edge(frame: Frame, at: int) -> bool:
    """ "End with a moral of ten words": what the text opens or closes with is measured, not the text."""
    governor = frame.governor[at]
    if governor is None or not frame.governed_by(at, "end", "start") or not frame.terms[at - 1].has("word.of"):
        return False
    return any(t.kind == "word" and not t.concepts for t in frame.terms[governor + 1 : at])


def _supposed(frame: Frame, at: int) -> bool:
    """ "Si usas una tabla, …": an article in a condition, where a language has one word for "a" and "one"."""
    return frame.terms[at].has("amount.one") and frame.conditional(at)


def _compound_in(frame: Frame, quantity: Quantity) -> bool:
    """ "Of this five-line cheer", "in this two-paragraph note": the text that is asked for, described; "this 500-word article" alone is given."""
    before = frame.terms[quantity.first - 2] if quantity.first > 1 else None
    return frame.terms[quantity.last].joined and before is not None and before.has("word.link", "word.of")


def _of_the_text(frame: Frame, at: int) -> bool:
    """ "The text has five sections", "your poem is 12 lines long": the answer itself is what the statement speaks of."""
    verb = frame.governor[at]
    subject = frame.terms[:verb] if frame.lexicon.spaces and verb is not None else []
    return (
        0 < len(subject) <= 3
        and subject[0].has("word.filler")
        and not subject[0].has("word.person")
        and subject[-1].has("part.answer")
        and at - (verb or 0) <= 2
        and frame.terms[-1].norm != "?"
    )


def _relative(frame: Frame, at: int) -> bool:
    """ "A speech which has six sentences": the clause describes the text that is asked for."""
    verb = frame.governor[at]
    return (
        bool(verb)
        and frame.terms[(verb or 0) - 1].has("word.link", "word.topic")
        and not any(t.has("word.definite") for t in frame.terms[:at])
    )


def _ordered(frame: Frame, at: int) -> bool:
    """Whether a count of what may occur in any text is clearly ordered: by a verb, or as a point of a list."""
    if not frame.lexicon.spaces:
        return False
    alone = frame.governor[at] is None and (at == 0 or frame.terms[at - 1].norm in ",;")
    return alone or (frame.governed_by(at, "include", "write") and frame.terms[-1].norm != "?")


def _in_brackets(frame: Frame, at: int) -> bool:
    before = frame.terms[:at]
    return sum(t.norm in "(（" for t in before) > sum(t.norm in ")）" for t in before)


def _counted_object(frame: Frame, bound: Bound) -> int | None:
    """For "words in capitals should appear 3 times": the ornament that is to appear."""
    for at in range(bound.quantity.first - 1, -1, -1):
        term = frame.terms[at]
        if term.kind in ("literal", "star") or (term.names("label") and not term.names("unit")):
            return None
        if term.name("unit") and unit_name(term) in _ORNAMENTS:
            return at
    return None


def _without_number(frame: Frame, used: set[int]) -> Iterator[Reading]:
    """Ornaments named without a number: "do not use emojis" (none), "use words in all capitals" (some)."""
    for at, term in enumerate(frame.terms):
        unit = unit_name(term) if term.name("unit") else None
        if unit not in _ORNAMENTS or at in used or frame.topical[at] or term.names("case"):
            continue
        governed = frame.governed_by(at, "include", "avoid", "appear")
        if not frame.lexicon.spaces and any(t.has("word.else", "word.outside") for t in frame.terms[at + 1 : at + 3]):
            continue
        if not frame.lexicon.spaces and unit == "digits":
            continue
        governed = governed or (not frame.lexicon.spaces and frame.negative[at] and frame.governor[at] is None)
        wished = frame.governed_by(at, "write") or (frame.governor[at] is None and frame.has("word.must"))
        governed = governed or (frame.lexicon.spaces and frame.negative[at] and wished)
        if unit == "placeholders" and _shown_brackets(frame) > 1 and wished:
            governed = True
        if not governed or _qualified(frame, at):
            continue
        if frame.negative[at]:
            yield reading(frame, "count", {"of": unit, "max": 0}, at, at, counted=at)
        elif unit == "placeholders" and (shown := _shown_brackets(frame)) > 1:
            yield reading(frame, "count", {"of": unit, "min": shown}, at, at, counted=at)
        elif unit in ("capital_words", "emojis", "hashtags", "placeholders"):
            yield reading(frame, "count", {"of": unit, "min": 1}, at, at, counted=at)


def _shown_brackets(frame: Frame) -> int:
    """ "With [address], [date] and [name] as placeholders": how many placeholders a sentence names, and does not only show."""
    if frame.has("word.example") or not frame.lexicon.spaces:
        return 0
    return len({t.inner.casefold() for t in frame.terms if t.kind == "bracket" and t.inner.strip()})


def _in_manner(frame: Frame, used: set[int]) -> Iterator[Reading]:
    """ "Name exactly 3 cities, using bullet points": the number counts what the list is made of."""
    listed = [at for at, t in enumerate(frame.terms) if t.has("unit.bullets", "unit.numbered_items") and at not in used]
    loose = [
        q
        for q in frame.quantities
        if not q.weak and q.value > 1 and bind(frame, q) is None and (not q.bare or asked_for(frame, q))
    ]
    for at in listed[:1]:
        before = frame.terms[max(0, at - 3) : at]
        if (
            len(loose) == 1
            and loose[0].first < at
            and any(t.has("word.link", "verb.include", "verb.display", "word.of", "format.markdown") for t in before)
        ):
            args = {"of": unit_name(frame.terms[at]), **loose[0].interval.args()}
            yield reading(frame, "count", args, loose[0].first, at, counted=at)


def asked_for(frame: Frame, quantity: Quantity) -> bool:
    """ "Name five rivers", "cinq fleuves": a bare number of what the request is for, and not of something in it."""
    at = quantity.first
    if not frame.lexicon.spaces or frame.topical[at] or frame.negative[at]:
        return False
    before = frame.terms[at - 1] if at else None
    return before is None or before.has(
        "verb.write", "verb.answer", "verb.include", "verb.display", "word.must", "word.definite"
    )


def _qualified(frame: Frame, at: int) -> bool:
    before = frame.terms[at - 1] if at else None
    return before is not None and (before.has("word.each", "word.definite") or before.kind == "ordinal")
