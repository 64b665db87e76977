"""What a reader of the grammar gives: an exact reading; and where in the answer it holds (scope), and when (trigger)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightwing.core.clause import ANSWER, CheckCall, Span
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.scopes import spread_scope
from lightwing.spec.grammar.terms import Term

__all__ = [
    "EACH_OTHER",
    "SCOPES",
    "ExactReading",
    "Reading",
    "counts_each",
    "only_asked",
    "reading",
    "scope_at",
    "trigger_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactReading:
    """A clause that code can decide: its check, the scope it is read in, its characters in the text, and its condition in the text's words."""

    check: CheckCall
    scope: str = ANSWER
    span: Span
    trigger: str | None = None


Reading = ExactReading

EACH_OTHER = "each_other"
"""Each of something that is no unit of text; the context tells whether it is a table row or a list item."""

SCOPES: Mapping[str, str] = {
    "unit.sentences": "sentence",
    "unit.paragraphs": "paragraph",
    "unit.lines": "line",
    "unit.verses": "line",
    "unit.sections": "section",
    "unit.bullets": "bullet",
    "unit.items": "item",
    "unit.numbered_items": "item",
    "unit.headings": "heading",
    "unit.table_rows": "row",
    "unit.cells": "cell",
    "unit.questions": "question",
    "unit.stanzas": "stanza",
    "unit.responses": "response",
    "unit.code_blocks": "code",
}


def reading(
    frame: Frame,
    name: str,
    args: Mapping[str, Any],
    first: int,
    last: int,
    *,
    scope: str | None = None,
    counted: int | None = None,
) -> ExactReading:
    """A reading over terms [first, last] of the frame, with the frame's trigger and, unless given, the scope found around it.

    `counted` is the term of the unit that is counted, which is no scope.
    """
    first, last = min(first, last), max(first, last)
    trigger = trigger_of(frame)
    if name == "count" and trigger is not None and _where_any(frame, str(args.get("of"))):
        args, trigger = {**args, "if_any": True}, None
    return ExactReading(
        check=CheckCall(name=name, args=dict(args)),
        scope=scope if scope is not None else scope_at(frame, first, last, counted),
        span=Span(frame.terms[first].start, frame.terms[last].end),
        trigger=trigger,
    )


_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "table_rows": ("unit.tables",),
    "table_columns": ("unit.tables",),
    "bullets": ("part.list", "format.bullets"),
    "numbered_items": ("part.list", "format.numbered_list"),
    "items": ("part.list", "format.bullets", "format.numbered_list"),
}
"""What holds the counted unit: without it there is none to count."""


def _where_any(frame: Frame, unit: str) -> bool:
    """ "If a table is used, at most five rows", "if there are emojis, no more than two": a count read only where the thing occurs."""
    for index in frame.find("word.if"):
        end = next((i for i in range(index, len(frame.terms)) if frame.terms[i].norm in ",，、"), len(frame.terms))
        told = frame.terms[index:end]
        named = any(t.has(f"unit.{unit}", *_HOLDERS.get(unit, ())) for t in told)
        if named and not any(t.number is not None and not t.has("amount.one") for t in told):
            return True
    return False


def scope_at(frame: Frame, first: int, last: int, counted: int | None = None) -> str:
    """The scope of a reading over [first, last]: "each paragraph …", "the second paragraph …", "… of every line", else the whole answer."""
    found = ANSWER
    for index, term in enumerate(frame.terms):
        if index < first and _each_other(frame, index):
            found = EACH_OTHER
            continue
        if found != ANSWER and index < first and _whole_again(frame, index):
            found = ANSWER
            continue
        if term.has("part.first_line") and index != counted:
            found = "first_line"
            continue
        if index < first and term.has("part.last_line", "part.last_sentence") and index != counted:
            found = "line:-1" if term.has("part.last_line") else "sentence:-1"
            continue
        if index == counted or not term.name("unit"):
            continue
        found_here = _scope_of(frame, index)
        if found_here is None or (counted is not None and _kind(frame.terms[index]) == _kind(frame.terms[counted])):
            continue
        scope, opens = found_here
        behind = frame.lexicon.spaces and term.has("word.each") and index <= last + 2
        if index > last and _placed_in(frame, index, last):
            return found_here[0]
        if index > last and not behind and (found != ANSWER or not _leads(frame, opens, counted)):
            break
        if index < first and _closed(frame, index, first):
            continue
        found = scope
    if found == ANSWER and frame.lexicon.spaces and (outside := _outside(frame, first, last)) is not None:
        return outside
    if found == "each_heading" and counted is not None and frame.terms[counted].has(*_BELOW_HEADINGS):
        return "each_section"
    if found == ANSWER and frame.lexicon.spaces and counted is not None:
        found = spread_scope(frame, first, counted)
    if found == ANSWER and frame.lexicon.spaces and (_title_leads(frame, first) or _in_title(frame, last)):
        return "title"
    return _subject_scope(frame, first) if found == ANSWER and not frame.lexicon.spaces else found


def _outside(frame: Frame, first: int, last: int) -> str | None:
    """ "Two sentences outside the code", "outside it, only two sentences": what stands beside code or a table."""
    at = next((i for i in frame.find("word.outside") if -6 <= i - first < 0 or 0 < i - last <= 3), None)
    if at is None:
        return None
    named = [*reversed(frame.terms[at + 1 : at + 4]), *reversed(frame.terms[:at])]
    holders = ("unit.code_blocks", "part.code", "format.code", "unit.tables")
    nearest = next((t for t in (frame.terms[at], *named) if t.has(*holders)), None)
    if nearest is None:
        return None
    return "outside_table" if nearest.has("unit.tables") else "outside_code"


_BELOW_HEADINGS = (
    "unit.paragraphs",
    "unit.sentences",
    "unit.bullets",
    "unit.items",
    "unit.lines",
    "unit.numbered_items",
)
"""What stands below a heading, not in it."""


def _in_title(frame: Frame, last: int) -> bool:
    """ "No commas in the title": the title is where it holds."""
    behind = [t for t in frame.terms[last + 1 : last + 5] if not t.has("word.filler") or t.has("part.title")][:2]
    return (
        len(behind) == 2
        and behind[0].has("word.link", "word.via")
        and not behind[0].has("word.with")
        and behind[1].has("part.title")
        and not behind[1].name("unit")
    )


def _title_leads(frame: Frame, first: int) -> bool:
    """ "The title should contain …": the title is what the clause speaks of."""
    for at in range(min(4, first)):
        if frame.terms[at].has("part.title"):
            after = frame.terms[at + 1]
            told = at + 1 < first and after.has("word.must", "word.not")
            fragment = at + 1 <= first and (after.norm in ",:" or after.has("word.link", "word.all", "verb.be"))
            return frame.governor[at] is None and (told or (fragment and at <= 1))
    return False


_ASKED = ("verb.answer", "word.request")


def only_asked(frame: Frame) -> bool:
    """ "“甲”和“乙”有什么不同？", "怎么拆成两列？": a question of the matter, which demands nothing of the answer's form."""
    if _only_told(frame):
        return True
    if frame.lexicon.spaces or not (
        frame.terms[-1].norm in "?？"
        or (frame.lexicon.verb_last and frame.text[: frame.end].rstrip("。").endswith("か"))
    ):
        return False
    return not frame.has(*_ASKED) and not any(t.norm in ":：" for t in frame.terms[:-1])


def _only_told(frame: Frame) -> bool:
    return (
        frame.lexicon.verb_last
        and frame.text[: frame.end].rstrip("。！!").endswith(frame.lexicon.told_ends)
        and not frame.has("word.request", "word.must")
    )


def _subject_scope(frame: Frame, first: int) -> str:
    """ "标题不超过六个字", "コードは10行以内": the part that a clause without spaces begins with."""
    begin = first
    while begin > 0 and frame.terms[begin - 1].norm not in ",，。;；:：、(（":
        begin -= 1
    for at in range(begin, min(begin + 4, first)):
        term = frame.terms[at]
        beside = frame.terms[at + 1 : at + 3]
        if term.has("part.title") and not (at and frame.terms[at - 1].has("verb.include", "amount.one")):
            return "title"
        if term.has("part.code", "unit.code_blocks"):
            return "outside_code" if any(t.has("word.else") for t in beside) else "code"
        if term.has("unit.tables") and any(t.has("word.else") for t in beside):
            return "outside_table"
        if not term.has("word.filler", "word.and", "word.but", "word.must", "word.link", "word.definite"):
            break
    return ANSWER


def _placed_in(frame: Frame, index: int, last: int) -> bool:
    """ "「春」という言葉を第二段落に入れて": the part that the words are put into stands behind them, before their verb."""
    if not frame.lexicon.verb_last or index + 1 >= len(frame.terms):
        return False
    same = frame.governor[index] is not None and frame.governor[index] == frame.governor[last]
    return same and frame.terms[index + 1].norm in ("に", "で", "の") and frame.terms[last].kind == "literal"


def _closed(frame: Frame, index: int, first: int) -> bool:
    """Whether a part is done with before the reading begins: "(Section 1 and Section 2) and …", "3 paragraphs each separated by *** and …"."""
    between = frame.terms[index + 1 : first]
    depth = 0
    for term in between:
        depth += (term.norm in "(（") - (term.norm in ")）")
        if depth < 0:
            return True
    divided = any(t.has("verb.separate") for t in between[:2])
    return frame.lexicon.spaces and divided and any(t.has("word.and") for t in between[2:])


def _whole_again(frame: Frame, index: int) -> bool:
    """Whether a new clause turns from a part to the whole: "each line …, and the entire text …", "…, and if a table is used, it …"."""
    term, before = frame.terms[index], frame.terms[max(0, index - 3) : index]
    joined = any(t.norm in ",;" or t.has("word.and") for t in before)
    entire = (
        term.has("word.all")
        and index + 1 < len(frame.terms)
        and any(t.has("part.answer") for t in frame.terms[index + 1 : index + 3])
    )
    return joined and (entire or term.has("word.if") or _entire_noun(frame, index))


def _entire_noun(frame: Frame, index: int) -> bool:
    """ "Each question …, and the entire questionnaire …": the whole by a name that the lexicon need not know."""
    after = frame.terms[index + 1] if index + 1 < len(frame.terms) else None
    named = after is not None and after.kind == "word" and not after.concepts and not after.norm.endswith("s")
    return named and index > 0 and frame.terms[index].has("word.all") and frame.terms[index - 1].has("word.filler")


def _each_other(frame: Frame, index: int) -> bool:
    """ "Each definition …", "each of the names …": a part of the answer that is no unit of text."""
    if not frame.terms[index].has("word.each") or not frame.lexicon.spaces:
        return False
    if frame.terms[index].norm not in ("each", "every", "cada", "chaque") or index + 1 >= len(frame.terms):
        return False
    noun = frame.terms[index + 1]
    plain = noun.kind == "word" and not noun.concepts
    named = noun.has("label.word", "label.phrase", "word.name") and not noun.has("unit.words", "unit.sentences")
    return plain or named


def _leads(frame: Frame, opens: int, counted: int | None) -> bool:
    """Whether what opens at a term is tied to what stands before: "… in each line", "the title of each section"."""
    while (
        opens > 1
        and frame.lexicon.spaces
        and frame.terms[opens - 1].has("word.filler")
        and not frame.terms[opens - 1].has("word.each")
    ):
        opens -= 1
    before = frame.terms[opens - 1] if opens else None
    tied = (frame.lexicon.spaces and frame.terms[opens].has("word.link")) or (
        before is not None and before.has("verb.start", "word.link", "word.of", "case.title")
    )
    return tied or (counted is None and before is not None and before.has("word.must", "verb.be"))


def _numbered_behind(terms: Sequence[Term], index: int) -> int | None:
    """ "Paragraph number 2", "paragraph no. 2"."""
    skip = 2 if index + 3 < len(terms) and terms[index + 1].has("amount.none") and terms[index + 2].norm == "." else 0
    skip = skip or int(index + 2 < len(terms) and terms[index + 1].has("word.serial"))
    number = terms[index + 1 + skip] if skip else None
    return number.number if number is not None and number.kind == "number" else None


_ONE_BY_ONE = {"each_cell": "cell", "each_question": "question"}
"""Scopes that the vocabulary has without "each": cells and questions are always read one by one."""


def _scope_of(frame: Frame, index: int) -> tuple[str, int] | None:
    found = _scope_named(frame, index)
    return None if found is None else (_ONE_BY_ONE.get(found[0], found[0]), found[1])


def _scope_named(frame: Frame, index: int) -> tuple[str, int] | None:
    terms = frame.terms
    kind = _kind(terms[index])
    if kind is None:
        return None
    if terms[index].ordinal is not None:
        return f"{kind}:{terms[index].ordinal}", index
    if terms[index].has("word.each"):
        return f"each_{kind}", index
    if index and frame.lexicon.spaces and terms[index - 1].has("word.per"):
        return f"each_{kind}", index - 1
    before = index - 1
    while before >= 0 and _counts_or_fills(terms, before):
        before -= 1
    if frame.lexicon.spaces and before > 0 and counts_each(frame, before):
        before -= 1
    if before >= 0:
        if terms[before].has("word.each", "word.every") and not _opens_sections(frame, before):
            return f"each_{kind}", before
        if terms[before].kind == "ordinal" and terms[before].ordinal is not None:
            position = terms[before].ordinal
            return f"{kind}:{position}", before
        if before > 0 and terms[before].has("word.of") and terms[before - 1].has("word.each"):
            return f"each_{kind}", before - 1
    if (numbered := _numbered_behind(terms, index)) is not None:
        return f"{kind}:{numbered}", index
    after = terms[index + 1] if index + 1 < len(terms) else None
    if after is not None and after.has("word.serial") and index + 2 < len(terms) and terms[index + 2].number:
        return f"{kind}:{terms[index + 2].number}", index
    if after is not None and after.kind == "ordinal" and frame.lexicon.spaces:
        return f"{kind}:{after.ordinal}", index
    if after is not None and after.kind == "number" and after.start - terms[index].end <= 1 and kind != "code":
        following = terms[index + 2] if index + 2 < len(terms) else None
        if following is None or not following.name("unit"):
            return f"{kind}:{after.number}", index
    return None


def counts_each(frame: Frame, number: int) -> bool:
    """ "Each of the 4 sections", "all three paragraphs": whether a number tells how many there are of what "each" speaks of."""
    term, each = frame.terms[number], frame.terms[number - 1] if number else None
    several = term.kind == "number" and (term.number or 0) > 1
    return (
        several and each is not None and each.has("word.each", "word.every") and (" " in each.norm or each.norm in _ALL)
    )


_ALL = ("all", "todos", "todas", "tous", "toutes")


def _counts_or_fills(terms: Sequence[Term], at: int) -> bool:
    """Articles, and the number of "each of the 4 sentences", between a unit and what distributes over it."""
    if terms[at].has("word.filler") and not terms[at].has("word.each"):
        return True
    first = at - 1
    while first > 0 and terms[first].has("word.filler") and not terms[first].has("word.each", "word.of"):
        first -= 1
    return terms[at].number is not None and first > 0 and terms[first].has("word.of", "word.each")


def _kind(term: Term) -> str | None:
    return next((SCOPES[c] for c in sorted(term.concepts) if c in SCOPES), None)


def _opens_sections(frame: Frame, each: int) -> bool:
    return frame.has("verb.mark") and any(t.has("part.beginning", "verb.mark") for t in frame.terms[:each])


def _only_speaking(frame: Frame, index: int) -> bool:
    """ "When answering, …": no condition, since every answer meets it."""
    clause = frame.terms[index + 1 : index + 5]
    end = next((i for i, t in enumerate(clause) if t.norm in ",，、"), len(clause))
    return frame.terms[index].has("word.during") and any(
        t.has("verb.answer", "verb.write", "part.answer") for t in clause[:end]
    )


def trigger_of(frame: Frame) -> str | None:
    """The words of a leading or trailing condition ("If a table is used"), None where the sentence has none."""
    for index in frame.find("word.if"):
        if _only_speaking(frame, index):
            continue
        previous = frame.terms[index - 1] if index else None
        if previous is not None and previous.norm not in ",，、;；-:：." and not previous.has("word.and", "word.but"):
            continue
        for term in frame.terms[index:]:
            if term.norm in ",，、":
                return frame.text[frame.terms[index].start : term.start].strip()
        if index == 0:
            return None
        return frame.text[frame.terms[index].start : frame.end].rstrip(" .。")
    return None
