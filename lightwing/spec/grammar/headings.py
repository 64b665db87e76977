"""Headings: how many of a level, which levels at all, and their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2  # type: ignore[import-untyped]

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import named_at
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

__all__ = ["called_section", "read_headings"]

_TAG = re.compile(r"h([1-6])s?(?![a-z])")


def read_headings(frame: Frame) -> Iterator[Reading]:
    """Counts of headings on a level, levels allowed, texts of headings."""
    levels = [*_levels(frame), *(_marks_for(frame) if frame.lexicon.spaces else ())]
    yield from levels
    if frame.lexicon.spaces:
        yield from _deepest(frame)
    if not levels:
        yield from _levels_listed(frame)
    if frame.lexicon.spaces:
        yield from _texts(frame)
        yield from _sections(frame)


def called_section(frame: Frame, at: int) -> int | None:
    """The literal that a single section is called by: "a section titled "Risks"", "une partie « Infos pratiques »"."""
    if frame.terms[at].norm.endswith("s") or frame.negative[at] or frame.topical[at]:
        return None
    after = at + 1
    while after < len(frame.terms) and frame.terms[after].has("verb.call", "verb.mark", "word.filler"):
        after += 1
    quoted = after < len(frame.terms) and frame.terms[after].kind == "literal"
    return after if quoted and any(c.isalpha() for c in frame.terms[after].inner) else None


def _sections(frame: Frame) -> Iterator[Reading]:
    """Sections that are called by name, each "a" section, have a heading of that name; "another" one goes on with them."""
    single: int | None = None
    for at, term in enumerate(frame.terms):
        one = at and (frame.terms[at - 1].has("amount.one") or frame.terms[at - 1].number == 1)
        if (term.has("unit.sections") and one) or (single is not None and term.has("word.another")):
            named = called_section(frame, at)
            if named is None:
                continue
            single = at
            yield reading(frame, "heading", {"text": frame.terms[named].inner.strip()}, at, named, scope="answer")


def _levels(frame: Frame) -> Iterator[Reading]:
    """ "Three level-2 headings", "heading level 3", "only H3 headings", "each heading on level 3"."""
    allowed: list[tuple[int, int]] = []
    for at, term in enumerate(frame.terms):
        if not term.has("unit.headings", "unit.heading_levels") or frame.negative[at]:
            continue
        found = _level_beside(frame, at)
        if found is None:
            continue
        level, first = found
        quantity = _counted(frame, first)
        behind, either = _levels_behind(frame, at)
        if len(behind) > 1 and (either or _of_all(frame, first)):
            allowed.extend((value, at) for value in behind)
            continue
        others = _levels_before(frame, first)
        if quantity is None and (_of_all(frame, min(first, at) - 3 * len(others)) or _only_behind(frame, at)):
            allowed.extend((value, at) for value in [level, *others])
            continue
        args = {"min": 1} if quantity is None or quantity.weak else quantity.interval.args()
        scope = "first_line" if frame.governed_by(at, "start") or frame.has("part.beginning") else "answer"
        yield reading(frame, "count", {"of": "headings", "level": level, **args}, min(first, at), at, scope=scope)
    if allowed:
        at = allowed[0][1]
        yield reading(
            frame, "heading_level", {"allowed": sorted({level for level, _ in allowed})}, at, at, scope="answer"
        )


def _levels_listed(frame: Frame) -> Iterator[Reading]:
    """ "Heading levels 1 and 2", "using '##' and '###'" give each level; "organize it with headings" asks for one at least."""
    for at in frame.find("unit.heading_levels", "unit.headings"):
        counted = any(q.last < at <= q.last + 4 for q in frame.quantities)
        if frame.negative[at] or frame.conditional(at) or counted:
            continue
        levels: list[int] = []
        for term in frame.terms[at + 1 :]:
            mark = term.inner if term.kind == "literal" else term.norm
            if term.kind in ("literal", "mark") and mark.strip("#").strip() == "" and 1 <= mark.count("#") <= 6:
                levels.append(mark.count("#"))
            elif (
                term.kind == "number"
                and frame.terms[at].has("unit.heading_levels")
                and (levels or term.start - frame.terms[at].end <= 1)
            ):
                levels.append(term.number or 0)
            elif levels and not (_goes_on(term) or any("#" in t.norm for t in frame.terms[at:])):
                break
        for level in dict.fromkeys(v for v in levels if 1 <= v <= 6):
            yield reading(frame, "count", {"of": "headings", "level": level, "min": 1}, at, at, scope="answer")
        organized = frame.governed_by(at, "include", "appear", "display", "write") and frame.lexicon.spaces
        literal = at + 1 < len(frame.terms) and (
            frame.terms[at + 1].kind == "literal" or frame.terms[at + 1].has("verb.call")
        )
        plain = frame.terms[at].has("unit.headings") and (
            frame.terms[at].has("part.title") or not frame.terms[at].norm.endswith("s")
        )
        if (
            not levels
            and organized
            and not literal
            and not plain
            and not frame.topical[at]
            and not any(t.has("word.each", "word.definite") for t in frame.terms[max(0, at - 2) : at])
        ):
            yield reading(frame, "count", {"of": "headings", "min": 1}, at, at, scope="answer")
        return


def _levels_before(frame: Frame, first: int) -> list[int]:
    """ "Level 2 and level 3 headings", "H2 and H3 headings": the levels that the last one is listed with."""
    terms, levels, at = frame.terms, [], first - 1
    while at > 0 and (terms[at].has("word.and", "word.or") or terms[at].norm == ","):
        at -= int(terms[at - 1].norm == "," and terms[at].norm != ",")
        tag = _TAG.match(terms[at - 1].norm)
        if tag is not None:
            levels.append(int(tag[1]))
            at -= 2
        elif terms[at - 1].number is not None and terms[at - 2].has("word.level"):
            levels.append(terms[at - 1].number or 0)
            at -= 3
        else:
            break
    return [level for level in levels if 1 <= level <= 6]


def _levels_behind(frame: Frame, at: int) -> tuple[list[int], bool]:
    """ "Headings of level 2 or 3": the levels told behind a noun, and whether "or" joins them."""
    levels: list[int] = []
    either = False
    opened = frame.terms[at].has("unit.heading_levels")
    for term in frame.terms[at + 1 : at + 10]:
        if term.has("word.level"):
            opened = True
        elif opened and term.kind == "number" and 1 <= (term.number or 0) <= 6:
            levels.append(term.number or 0)
        elif levels and (term.has("word.or", "word.and") or term.norm == ","):
            either = either or (term.has("word.or") and not term.has("word.and"))
        elif levels or not term.has("word.of", "word.link", "word.filler", "word.only", "part.markdown"):
            break
    return levels, either


def _counted(frame: Frame, first: int) -> Quantity | None:
    """The quantity that stands before "level 2 headings"; a level's own number is none."""
    near = [q for q in frame.quantities if q.last < first and first - q.last <= 2]
    return next((q for q in reversed(near) if not frame.terms[q.first].has("word.level")), None)


def _of_all(frame: Frame, first: int) -> bool:
    """ "Only level-2 headings", "every heading on level 3", "all headings must be H2"."""
    for term in reversed(frame.terms[max(0, first - 4) : first]):
        if term.has("word.only", "word.each", "word.every", "compare_before.exact"):
            return True
        if term.kind == "word" and not term.concepts:
            return False
    return False


def _only_behind(frame: Frame, at: int) -> bool:
    """ "H2 headings only"."""
    return frame.lexicon.spaces and any(t.has("word.only") for t in frame.terms[at + 1 : at + 2])


def _deepest(frame: Frame) -> Iterator[Reading]:
    """ "One level-1 heading, three level-2 headings, nothing deeper", "don't go deeper than level 3": all levels down to the deepest one named."""
    at = next(iter(frame.find("word.deeper")), None)
    if at is None or not frame.has("unit.headings", "unit.heading_levels"):
        return
    levels = [
        t.number
        for i, t in enumerate(frame.terms)
        if t.number and i and frame.terms[i - 1].has("word.level", "unit.heading_levels")
    ]
    levels += [int(tag[1]) for t in frame.terms if (tag := _TAG.match(t.norm))]
    if levels and max(levels) <= 6:
        yield reading(frame, "heading_level", {"allowed": list(range(1, max(levels) + 1))}, at, at, scope="answer")


def _marks_for(frame: Frame) -> Iterator[Reading]:
    """ "Use ## for headings", "headings: ## only": the one mark that all headings are written with."""
    for at in frame.find("unit.headings"):
        marks = [
            (i, t.norm.count("#"))
            for i, t in enumerate(frame.terms)
            if t.kind == "mark" and set(t.norm) == {"#"} and abs(i - at) <= 3
        ]
        if len(marks) != 1 or frame.negative[at]:
            continue
        index, level = marks[0]
        gap = frame.between(index, at)
        leads = (
            index < at
            and any(t.has("word.link") for t in gap)
            and all(t.has("word.link", "word.filler", "word.all", "word.each") for t in gap)
        )
        named = (
            index > at
            and any(t.norm == ":" or t.has("verb.be", "word.must") for t in gap)
            and _only_behind(frame, index)
        )
        if leads or named:
            yield reading(frame, "heading_level", {"allowed": [level]}, index, at, scope="answer")
            return


def _level_beside(frame: Frame, at: int) -> tuple[int, int] | None:
    """The level told with a heading, and the first term that tells it."""
    terms = frame.terms
    for index in (at, at - 1):
        if index >= 0 and (tag := _TAG.match(terms[index].norm)):
            return _level(int(tag[1]), index)
    for index in range(at - 1, max(-1, at - 4), -1):
        if index >= 1 and terms[index].kind == "number" and terms[index - 1].has("word.level"):
            return _level(terms[index].number, index - 1)
    after = terms[at + 1 : at + 6]
    for index in (at - 1, *range(at + 1, min(at + 4, len(terms)))):
        told = index > 0 and terms[index].has("word.level") and terms[index - 1].kind == "ordinal"
        if told and terms[index - 1].ordinal is not None:
            return _level(terms[index - 1].ordinal, min(at, index - 1))
    named = terms[at].has("unit.heading_levels") or any(t.has("word.level") for t in after[:4])
    if named:
        for offset, term in enumerate(after):
            if term.number is not None and term.kind == "number":
                beside = not offset and terms[at].has("unit.heading_levels") and term.norm.isdigit()
                listed = (
                    beside and len(after) > 2 and after[1].has("word.and", "range.and") and after[2].number is not None
                )
                return (
                    _level(term.number, at)
                    if not listed
                    and (beside or (offset and after[offset - 1].has("word.level", "compare_before.exact")))
                    else None
                )
    return None


def _level(number: int | None, first: int) -> tuple[int, int] | None:
    return (number, first) if number is not None and 1 <= number <= 6 else None


def _texts(frame: Frame) -> Iterator[Reading]:
    """ "A level 2 heading titled 'Overview'", "the headings "Ingredients" and "Method""."""
    for at in frame.find("verb.call"):
        heads = [i for i in range(max(0, at - 6), at) if frame.terms[i].has("unit.headings", "unit.heading_levels")]
        literal = next((t for t in frame.terms[at + 1 : at + 4] if t.kind == "literal"), None)
        if heads and literal is not None and not frame.negative[at]:
            found = _level_beside(frame, heads[-1])
            if found is None:
                named = named_at(frame, at + 1, many=True)
                texts = named.words if named is not None else [literal.inner.strip()]
                for text in texts:
                    yield reading(frame, "heading", {"text": text}, heads[-1], at + 1, scope="answer")
                continue
            pattern = rf"(?mi)^#{{{found[0]}}}[ \t]+.*{re2.escape(literal.inner.strip())}"
            yield reading(
                frame,
                "regex",
                {"pattern": pattern.replace("\\ ", " "), "mode": "contains"},
                heads[-1],
                at + 1,
                scope="answer",
            )
    for at in frame.find("unit.headings"):
        quoted = at + 1 < len(frame.terms) and (
            frame.terms[at + 1].kind == "literal"
            or (
                frame.terms[at + 1].norm in ":："
                and at + 2 < len(frame.terms)
                and frame.terms[at + 2].kind == "literal"
            )
        )
        if quoted and not frame.negative[at] and (frame.governed_by(at, "include", "write") or frame.has("word.with")):
            named = named_at(frame, at + 1, many=True)
            for text in named.words if named is not None else ():
                yield reading(frame, "heading", {"text": text}, at, at + 1, scope="answer")


def _goes_on(term: Term) -> bool:
    """Whether a list of levels may go on behind this term."""
    return term.has("word.and", "range.and", "word.filler", "word.or") or term.norm in ",("
