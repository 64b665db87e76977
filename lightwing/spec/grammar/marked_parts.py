"""Parts and what marks them, told over several sentences: dividers between parts, markers that open sections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.counts import asked_for
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.layout import divider_of, marker_of, markers_numbered
from lightwing.spec.grammar.reading import ExactReading, reading
from lightwing.spec.grammar.section_marks import named_quantity, section_mark

DIVIDER = re.compile(r"(?m)^[ \t]*(\*{3,}|-{3,}|={3,}|#{3,}|~{3,})[ \t]*\r?$")


def with_dividers(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """A divider asked for turns the count of what it separates into paragraphs with that marker, or into two responses."""
    for frame in frames:
        divider = divider_of(frame)
        if divider is None:
            continue
        parts = any(counts_of(r, "paragraphs", "sections") for r in found)
        count = _response_count(frames) or (0 if parts else _set_apart(frames, frame)) or _copies(frames)
        if (len(divider) >= 5 and set(divider) == {"*"}) or (count and not parts):
            count = count or _copies(frames) or 2
            args = {"min": count, "max": count, "separator": divider}
            found = [
                r
                for r in found
                if not counts_of(r, "responses")
                and not (counts_of(r, "items") and r.check.args.get("max") == count and not frame.lexicon.spaces)
                and not (
                    counts_of(r, "sections") and dict(r.check.args) == {"of": "sections", "min": count, "max": count}
                )
            ]
            found.append(reading(frame, "responses", args, 0, len(frame.terms) - 1, scope="answer"))
            return found
        changed = False
        for index, item in enumerate(found):
            if counts_of(item, "paragraphs", "sections") and item.scope == "answer":
                args = {**item.check.args, "of": "paragraphs", "marker": divider}
                found[index] = replace(item, check=CheckCall(name="count", args=args))
                changed = True
        if changed:
            return found
    return found


def _set_apart(frames: Sequence[Frame], frame: Frame) -> int:
    """ "Three slogans, separated by %%%", "imagine four replies … and put ----- between them": how many of what a divider parts."""
    named = (
        "unit.paragraphs",
        "unit.sections",
        "unit.bullets",
        "unit.items",
        "unit.stanzas",
        "unit.sentences",
        "unit.lines",
    )
    if not frame.lexicon.spaces or frame.has(*named[:-1]):
        return 0
    for other in [f for f in frames if f.start <= frame.start]:
        taken = {b.quantity.first for b in bound_quantities(other)}
        for quantity in other.quantities:
            after = other.terms[quantity.last + 1] if quantity.last + 1 < len(other.terms) else None
            noun = after is not None and after.kind == "word" and not after.concepts
            if quantity.value > 1 and quantity.first not in taken and noun and asked_for(other, quantity):
                return quantity.value
    return 0


_COPIES = ("份", "种", "版", "条", "则", "套", "篇", "首")


def _copies(frames: Sequence[Frame]) -> int:
    """ "来三份标语", "两条理由", "正式版和口语版各来一份": how many a Chinese text asks to be set apart; 0 where it does not tell."""
    for frame in frames:
        if frame.lexicon.spaces or frame.lexicon.verb_last:
            return 0
        for quantity in frame.quantities:
            behind = frame.text[frame.terms[quantity.last].end :]
            if quantity.weak or frame.topical[quantity.first] or not behind.startswith(_COPIES):
                continue
            spread = any(t.has("word.each") for t in frame.terms[max(0, quantity.first - 2) : quantity.first])
            if quantity.value > 1 and quantity.bare and not spread:
                return quantity.value
        for at in frame.find("word.each"):
            one = frame.terms[at + 1 : at + 4]
            if any(t.has("amount.one") or t.number == 1 for t in one) and any(
                t.has("word.and") for t in frame.terms[:at]
            ):
                return 2
    return 0


def _response_count(frames: Sequence[Frame]) -> int:
    for frame in frames:
        for bound in bound_quantities(frame):
            if bound.unit == "responses" and bound.quantity.value > 1:
                return bound.quantity.value
    return 0


def counts_of(item: ExactReading, *units: str) -> bool:
    return item.check.name == "count" and item.check.args.get("of") in units


def with_markers(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """The marker that opens the sections joined to their count, and a count where only the markers tell how many there are."""
    if frames and frames[0].lexicon.spaces:
        return _with_mark(frames, found)
    sections = [i for i, r in enumerate(found) if counts_of(r, "sections")]
    if not sections:
        for frame in frames:
            numbered = markers_numbered(frame)
            if numbered is not None:
                args = {"of": "sections", "marker": numbered[0], "min": numbered[1]}
                return [*found, reading(frame, "count", args, 0, len(frame.terms) - 1, scope="answer")]
            if (called := _called_each(frames, frame)) is not None:
                return _without_marker([*found, called], frame)
        return found
    for frame in frames:
        marker = marker_of(frame)
        if marker is None:
            continue
        for index in sections:
            marked: dict[str, Any] = {**found[index].check.args, "marker": marker[0]}
            found[index] = replace(found[index], check=CheckCall(name="count", args=marked))
        return _without_marker(found, frame)
    return found


def _with_mark(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    mark = section_mark(frames)
    if mark is None:
        return found
    named = [i for i, r in enumerate(found) if counts_of(r, "sections")]
    for index in named:
        args: dict[str, Any] = {**found[index].check.args, "marker": mark.word}
        if (mark.variable or mark.word.casefold() == "section") and _bare(frames, found[index]):
            args.pop("max", None)
        found[index] = replace(found[index], check=CheckCall(name="count", args=args))
    if not named:
        if _divided(frames, found):
            return found
        counted = named_quantity(frames, mark.word)
        least = {"min": mark.shown} if mark.shown else None
        bounds = counted[1].interval.args() if counted is not None else least
        if bounds is None:
            return found
        where = mark.frame
        args = {"of": "sections", "marker": mark.word, **bounds}
        found = [*found, reading(where, "count", args, 0, len(where.terms) - 1, scope="answer")]
    return _without_marker(found, mark.frame)


def _divided(frames: Sequence[Frame], found: Sequence[ExactReading]) -> bool:
    """Whether dividers or different responses are asked for: then the numbered parts shown are what they set apart."""
    shown = any(len(f.terms) == 1 and f.terms[0].kind == "mark" and len(f.terms[0].norm) > 2 for f in frames)
    return shown or any(r.check.name == "responses" or counts_of(r, "responses") for r in found)


def _called_each(frames: Sequence[Frame], frame: Frame) -> ExactReading | None:
    """ "三周的计划，每周用“WEEK”标识": as many sections as the text says there are of what each is called by."""
    if not frame.has("verb.mark", "verb.start", "part.beginning"):
        return None
    marker = marker_of(frame)
    for at in frame.find("word.each"):
        noun = next(
            (
                t.norm
                for t in frame.terms[at + 1 : at + 3]
                if t.kind == "cjk" or (t.kind == "lex" and not t.has("word.filler"))
            ),
            "",
        )[:1]
        if any(t.names("unit") and not t.has("unit.items") for t in frame.terms[at + 1 : at + 3]):
            continue
        for other in frames if marker is not None and noun else ():
            for quantity in other.quantities:
                behind = other.text[other.terms[quantity.last].end :][:2].lstrip("个個の")
                if not quantity.weak and behind.startswith(noun):
                    args = {"of": "sections", "marker": marker[0] if marker else "", **quantity.interval.args()}
                    return reading(frame, "count", args, 0, len(frame.terms) - 1, scope="answer")
    return None


def _without_marker(found: list[ExactReading], frame: Frame) -> list[ExactReading]:
    """What opens sections is no keyword and no beginning of the answer."""
    span = Span(frame.start, frame.end)
    return [
        r
        for r in found
        if not (
            r.check.name in ("keywords", "starts_with", "first_word", "heading")
            and span.start <= r.span.start < span.end
            and r.scope != "title"
            and _names_marker(r)
        )
    ]


def _names_marker(item: ExactReading) -> bool:
    return (
        "text" in item.check.args
        or "word" in item.check.args
        or all(len(w) <= 12 for w in item.check.args.get("words", ()))
    )


def _bare(frames: Sequence[Frame], item: ExactReading) -> bool:
    """Whether the number of a reading stood without a comparator: "must have 4 sections" asks for four, and forbids no fifth."""
    return any(
        bound.quantity.bare
        and not frame.terms[max(0, bound.quantity.first - 1)].has("word.via")
        and (
            frame.governed_by(bound.quantity.first, "include")
            or frame.terms[max(0, bound.quantity.first - 1)].has("word.with")
        )
        and frame.terms[bound.quantity.first].start == item.span.start
        for frame in frames
        for bound in bound_quantities(frame)
    )
