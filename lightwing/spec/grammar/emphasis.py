"""What is set off within a text: highlighted, bold, italic, in capitals; by which verb or mark, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.bounds import Bound, bind
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.layout import joined_marker
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term
from lightwing.spec.text.tokens import tokenize

__all__ = ["counts_capitals", "marked", "set_off", "unit_under_verb"]

_SHOWN = {"bold": ("粗", "太字"), "italics": ("斜", "イタリック")}
"""What an example between stars says of itself."""


_MANNERS = ("bold", "italics")
_ASTERISKS = ("verb.wrap", "verb.highlight", "verb.mark", "word.around")
_WORDED = ("unit.words", "unit.sentences", "unit.spans", "unit.sections")
_ELSEWHERE = ("part.title", "unit.headings", "part.answer")
"""Other things that are set in bold or between asterisks, and not counted."""


def set_off(frame: Frame) -> dict[int, str]:
    """How the words of each quantity (by its first term) are to be set off: "three of the words bold", "two phrases between asterisks"."""
    if "set_off" not in frame.memo:
        frame.memo["set_off"] = dict(_set_off(frame)) if frame.lexicon.spaces else {}
    known: dict[int, str] = frame.memo["set_off"]
    return known


def _set_off(frame: Frame) -> Iterator[tuple[int, str]]:
    for at in range(len(frame.terms)):
        unit = _manner(frame, at)
        if unit is None or frame.negative[at] or frame.topical[at]:
            continue
        quantity = _counted_before(frame, at) or _counted_behind(frame, at)
        if quantity is not None:
            yield quantity.first, unit


def _manner(frame: Frame, at: int) -> str | None:
    """The ornament that a term stands for where it says how something is written: "in bold", "… are italic", "between asterisks", "**bold**"."""
    term = frame.terms[at]
    before = frame.terms[at - 1] if at else None
    if term.kind == "star":
        if (before is not None and (before.has("word.example") or before.norm in ",(")) or not term.norm.startswith(
            "**"
        ):
            return None
        match = frame.lexicon.match(tokenize(term.inner), 0)
        named = [u for u in _MANNERS if match is not None and f"unit.{u}" in match.concepts]
        return named[0] if named else None
    for unit in _MANNERS:
        if term.has(f"unit.{unit}") and not _counts(frame, at):
            return unit
    near = frame.terms[max(0, at - 4) : at + 4]
    if (
        term.has("punct.asterisk")
        and any(t.has(*_ASTERISKS) for t in near)
        and not frame.has("part.divider", "verb.separate", "unit.bullets")
    ):
        rated = before is not None and before.number is not None and (before.number or 0) > 2
        return None if rated else "highlights"
    return None


def _counts(frame: Frame, at: int) -> bool:
    """ "Two bold phrases": the ornament is itself what a number counts."""
    return any(
        q.last < at <= q.last + 2 and not any(t.name("unit") or t.names("label") for t in frame.terms[q.last + 1 : at])
        for q in frame.quantities
    )


def _counted_before(frame: Frame, at: int) -> Quantity | None:
    """The quantity whose words stand before the manner, with no other one between."""
    for index in range(at - 1, max(-1, at - 14), -1):
        term = frame.terms[index]
        if term.norm in ".;:" or (term.has("word.but", *_ELSEWHERE) and not term.has("unit.words")):
            return None
        found = next((q for q in frame.quantities if q.last == index), None)
        if found is not None and not _of_the_mark(frame, found):
            return found if _counts_words(frame, found, at) and found.interval.max != 0 else None
    return None


def _counted_behind(frame: Frame, at: int) -> Quantity | None:
    """ "Use italics for at least 3 words", "asterisks around two phrases"."""
    for index in range(at + 1, min(at + 7, len(frame.terms))):
        found = next((q for q in frame.quantities if q.first == index), None)
        if found is not None:
            beyond = frame.terms[found.last + 1 : found.last + 5]
            words = beyond and not beyond[0].has("unit.paragraphs", "unit.sections", "unit.bullets", "unit.lines")
            return found if not found.weak and words and any(_noun(t) for t in beyond) else None
        if not frame.terms[index].has(
            "word.link", "word.around", "word.filler", "word.and", "verb.wrap", "compare_before.min"
        ) and not _along(frame.terms[index]):
            return None
    return None


def _counts_words(frame: Frame, quantity: Quantity, at: int) -> bool:
    """Whether a quantity counts words or phrases, and not the parts that hold them ("four bullets with a word in bold")."""
    named = frame.terms[quantity.last + 1 : at] or frame.terms[at + 1 : at + 2]
    unit = next((t for t in named if t.name("unit")), None)
    return any(_noun(t) for t in named) if unit is None else unit.has(*_WORDED)


def _along(term: Term) -> bool:
    return term.kind == "word" and not term.concepts


def _noun(term: Term) -> bool:
    return term.has(*_WORDED, "label.word", "label.words", "label.phrase", "label.phrases") or _along(term)


def _of_the_mark(frame: Frame, quantity: Quantity) -> bool:
    """ "One asterisk on either side", "a pair of stars": the number is that of the marks."""
    return any(t.has("punct.asterisk") for t in frame.terms[quantity.last + 1 : quantity.last + 3])


def _emphasized(frame: Frame) -> Iterator[Reading]:
    """The counts of what is set off, where the words counted have no unit of their own; and what is not to be set off at all."""
    for quantity in frame.quantities:
        unit = set_off(frame).get(quantity.first)
        if unit is not None and (
            quantity.weak
            or (bound := bind(frame, quantity)) is None
            or bound.unit not in ("words", "spans", "sections", "sentences")
        ):
            args = {"min": quantity.value} if quantity.weak else quantity.interval.args()
            yield reading(frame, "count", {"of": unit, **args}, quantity.first, quantity.last)
    if any(not q.weak for q in frame.quantities):
        return
    for at, term in enumerate(frame.terms):
        for unit in _MANNERS:
            barred = (
                term.has(f"unit.{unit}", "verb.bold" if unit == "bold" else "verb.italicize") and frame.negative[at]
            )
            if barred and not frame.topical[at] and not frame.conditional(at) and frame.governor[at] is not None:
                yield reading(frame, "count", {"of": unit, "max": 0}, at, at, scope="answer")


def _set_off_unit(frame: Frame, bound: Bound) -> str | None:
    """What a number counts in Chinese where a verb of setting off, signs or brackets tell it: "用*号*强调两句话", "6处用方括号标出的待填信息"; None elsewhere."""
    at = bound.quantity.first
    if frame.lexicon.spaces or frame.lexicon.verb_last:
        return None
    unit = bound.unit
    if unit == "sections" and any(t.kind == "literal" and joined_marker(t.inner) for t in frame.terms):
        return unit
    bracketed = any(t.kind == "bracket" for t in frame.terms) or frame.has("part.square_brackets", "punct.brackets")
    loose = unit in ("spans", "times", "items") and not frame.has("part.title", "verb.separate")
    if loose and frame.has("unit.placeholders") and not frame.negative[at] and (bracketed or unit == "spans"):
        return "placeholders"
    before = at - 1
    while before >= 0 and frame.terms[before].has("word.filler"):
        before -= 1
    if unit in ("words", "sentences", "paragraphs", "items") and before >= 0:
        for verb, named in (("highlight", "highlights"), ("bold", "bold"), ("italicize", "italics")):
            if frame.terms[before].has(f"verb.{verb}"):
                return named
    return None


def unit_under_verb(frame: Frame, bound: Bound) -> str:
    if (told := _set_off_unit(frame, bound)) is not None:
        return told
    if bound.unit in ("words", "spans", "sections", "sentences") and bound.quantity.first in set_off(frame):
        return set_off(frame)[bound.quantity.first]
    if bound.unit in ("sections", "spans", "times") or bound.unit == "words":
        for verb, unit in (("highlight", "highlights"), ("bold", "bold"), ("italicize", "italics")):
            follows = any(t.has(f"verb.{verb}") for t in frame.terms[bound.unit_at + 1 : bound.unit_at + 5])
            governed = frame.governed_by(bound.quantity.first, verb) or (
                not frame.lexicon.spaces and frame.governed_by(bound.quantity.last, verb)
            )
            follows = follows or (
                any(t.has(f"verb.{verb}") for t in frame.terms[bound.unit_at + 1 :])
                and frame.governor[bound.quantity.first] is None
            )
            worded = bound.unit == "words" and not (frame.lexicon.spaces and governed and verb != "highlight")
            if (governed or follows) and not worded and (bound.unit != "times" or governed):
                starred = any(t.kind == "star" for t in frame.terms)
                return "highlights" if starred and unit == "italics" else unit
    if bound.unit == "words" and frame.has("case.upper", "verb.capitalize") and counts_capitals(frame, bound):
        return "capital_words"
    if (
        bound.unit in ("words", "spans", "sections")
        and bound.unit_at + 2 < len(frame.terms)
        and frame.terms[bound.unit_at + 1].has("word.link")
    ):
        shown = frame.terms[bound.unit_at + 2]
        if not frame.lexicon.spaces and shown.kind == "star" and frame.has("verb.wrap", "verb.highlight", "verb.mark"):
            return "bold" if shown.norm.startswith("**") else "highlights"
        manner = next((u for u in ("bold", "italics") if shown.has(f"unit.{u}", f"verb.{u}")), None)
        if manner is not None:
            return manner
    if bound.unit == "spans" and frame.lexicon.verb_last and any(t.kind == "bracket" for t in frame.terms):
        return "placeholders"
    if bound.unit in ("spans", "highlights") and not frame.lexicon.spaces:
        for unit, verb in (("bold", "verb.bold"), ("italics", "verb.italicize")):
            if any(
                t.has(f"unit.{unit}", verb) or (t.kind == "star" and any(w in t.inner for w in _SHOWN[unit]))
                for t in frame.terms
            ):
                return unit
        if any((t.kind in ("star", "mark") and t.norm.startswith("*")) or t.has("verb.highlight") for t in frame.terms):
            return "highlights"
    if bound.unit == "italics" and any(t.kind == "star" and not t.norm.startswith("**") for t in frame.terms):
        return "highlights"
    return bound.unit


def counts_capitals(frame: Frame, bound: Bound) -> bool:
    """ "At least 4 words should be completely in capitals"."""
    before = frame.terms[max(0, bound.quantity.first - 4) : bound.quantity.first]
    tied = (
        frame.lexicon.spaces
        and bool(before)
        and (before[-1].has("word.link", "word.of", "case.upper") or before[-1].norm == "on")
    )
    if tied and any(t.has("case.upper", "verb.capitalize") for t in before):
        return True
    if frame.lexicon.spaces and _subject_capitals(frame, bound):
        return True
    said = max(bound.unit_at, bound.last) if frame.lexicon.spaces else bound.unit_at
    behind = frame.terms[said + 1 : said + 8]
    if frame.lexicon.spaces and behind and behind[0].has("word.of"):
        behind = frame.terms[bound.unit_at + 1 : bound.unit_at + 15]
    for term in behind:
        if term.has("case.upper", *(("verb.capitalize",) if behind[0].has("word.of") else ())):
            return True
        if not (
            term.has(
                "word.must",
                "verb.be",
                "word.all",
                "word.link",
                "word.filler",
                "verb.appear",
                "verb.write",
                "word.of",
                "part.answer",
                "word.topic",
                "word.may",
            )
            or term.kind == "word"
        ):
            return False
    return False


def _subject_capitals(frame: Frame, bound: Bound) -> bool:
    """ "More than three words of your cheer for the Tigers should be written in capitals": the counted words are what the predicate speaks of."""
    before = frame.terms[: bound.quantity.first]
    if any(t.has("part.answer", "verb.write", "verb.include", "verb.answer") for t in before):
        return False
    must = False
    for term in frame.terms[bound.unit_at + 1 :]:
        if term.norm in ",;:" or (term.number is not None and must):
            return False
        must = must or term.has("word.must")
        if must and term.has("case.upper", "verb.capitalize"):
            return True
    return False


def marked(frame: Frame) -> Iterator[Reading]:
    """ "Highlight the name by wrapping it with *": one highlight at least."""
    if frame.lexicon.spaces and (emphasized := list(_emphasized(frame))):
        yield from emphasized
        return
    if (shown := _starred(frame)) is not None:
        yield shown
        return
    for at in frame.find("verb.bold", "verb.italicize"):
        loose = [
            q
            for q in frame.quantities
            if not q.weak
            and (at - 7 <= q.last < at or (frame.lexicon.spaces and q.first == at + 1))
            and bind(frame, q) is None
        ]
        if loose and not frame.negative[at]:
            unit = "bold" if frame.terms[at].has("verb.bold") else "italics"
            yield reading(frame, "count", {"of": unit, **loose[0].interval.args()}, loose[0].first, at, scope="answer")
        elif frame.negative[at] and not frame.lexicon.spaces and not any(not q.weak for q in frame.quantities):
            unit = "bold" if frame.terms[at].has("verb.bold") else "italics"
            yield reading(frame, "count", {"of": unit, "max": 0}, at, at, scope="answer")
    for at in frame.find("verb.highlight"):
        starred = any(t.kind in ("star", "mark") for t in frame.terms[at:])
        strong = [q for q in frame.quantities if not q.weak]
        loose = [q for q in strong if frame.governor[q.first] == at and bind(frame, q) is None]
        if loose and not frame.negative[at]:
            least = loose[0].bare and loose[0].value <= 2
            args = {"min": loose[0].value} if least else loose[0].interval.args()
            yield reading(frame, "count", {"of": "highlights", **args}, at, loose[0].last, scope="answer")
        elif frame.negative[at] and not strong:
            yield reading(frame, "count", {"of": "highlights", "max": 0}, at, at, scope="answer")
        elif starred and not frame.negative[at] and not strong:
            yield reading(frame, "count", {"of": "highlights", "min": 1}, at, at, scope="answer")
        return


def _starred(frame: Frame) -> Reading | None:
    """ "Mark two or more key passages as *so*", "at least 3 *highlighted sections*": what stars show is counted, whatever it is called."""
    if not frame.lexicon.spaces:
        return None
    for at, term in enumerate(frame.terms):
        if term.kind != "star" or frame.topical[at]:
            continue
        told = frame.has("verb.mark", "verb.wrap", "verb.highlight", "verb.italicize", "punct.asterisk")
        for quantity in frame.quantities:
            free = (
                quantity.last < at
                and not quantity.weak
                and not frame.negative[quantity.first]
                and bind(frame, quantity) is None
            )
            if free and (told or quantity.last + 1 == at):
                return reading(
                    frame, "count", {"of": "highlights", **quantity.interval.args()}, quantity.first, at, scope="answer"
                )
    return None
