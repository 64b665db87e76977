"""What the parts of an answer end in, where it is denied or told by kind: "no bullet ends with a period", "every heading is a question"; and titles told apart from their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar.edges import MARKS
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import SCOPES, ExactReading, reading, scope_at

__all__ = ["with_closings", "with_title"]

_PARTS = ("unit.bullets", "unit.lines", "unit.headings", "unit.items", "unit.numbered_items", "unit.sentences", "unit.paragraphs", "unit.verses")  # fmt: skip
_REPLACED = ("ending", "punctuation", "ends_with")


def with_closings(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """The readings of a text with what its parts must not end in, and which of them must be questions."""
    for frame in frames:
        if not frame.lexicon.spaces or frame.terms[-1].norm == "?":
            continue
        for closing in (*_barred(frame), *_questions(frame)):
            found = [r for r in found if not _said_already(frame, r, closing)]
            found.append(closing)
    return found


def _said_already(frame: Frame, item: ExactReading, closing: ExactReading) -> bool:
    """What the sentence seemed to say of its marks or parts before it was read as a closing."""
    if item.check.name == "ending" and closing.check.name == "regex":
        return any(closing.check.args["pattern"].startswith(re.escape(mark)) for mark in item.check.args["marks"])
    inside = frame.start <= item.span.start < frame.end
    none = item.check.name == "count" and item.check.args.get("max") == 0
    return inside and (item.check.name in _REPLACED or none)


def _barred(frame: Frame) -> Iterator[ExactReading]:
    """ "The bullets must not end with a period", "no full stop at the end of the lines"."""
    parts = frame.find(*_PARTS)
    ends = frame.find("verb.end", "part.ending")
    if not parts or not ends or frame.topical[parts[0]]:
        return
    for at, term in enumerate(frame.terms):
        name = term.name("punct")
        if name is None or name not in MARKS or len(MARKS[name]) != 1 or frame.topical[at]:
            continue
        denied = any(t.has("word.not", "amount.none", "verb.avoid") for t in frame.terms[: max(at, ends[0])])
        if denied and min(abs(at - e) for e in ends) <= 4:
            pattern = re.escape(MARKS[name]) + r"\s*$"
            kind = next(SCOPES[c] for c in _PARTS if frame.terms[parts[0]].has(c))
            yield reading(frame, "regex", {"pattern": pattern, "mode": "absent"}, at, at, scope=f"each_{kind}")
            return


def _questions(frame: Frame) -> Iterator[ExactReading]:
    """ "Every heading should be a question", "the first sentence is a question", "open with a question"."""
    for at in frame.find("unit.questions"):
        before = frame.terms[at - 1] if at else None
        if (
            before is None
            or not before.has("amount.one", "word.link")
            or frame.negative[at]
            or frame.terms[at].norm.endswith("s")
        ):
            continue
        lead = frame.terms[max(0, at - 4) : at]
        if frame.governed_by(at, "start") and any(t.has("verb.start") for t in lead):
            yield reading(frame, "ending", {"marks": ["?"]}, at, at, scope="sentence:1")
            return
        scope = scope_at(frame, at, at, at)
        if (
            any(t.has("verb.be", "word.link") for t in lead)
            and any(t.has("word.must", "verb.be") for t in frame.terms[:at])
            and scope != ANSWER
        ):
            yield reading(frame, "ending", {"marks": ["?"]}, at, at, scope=scope)
            return


def with_title(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """ "Give it a title. Put it in double angle brackets": marks whose sentence does not name the title that they stand around."""
    if any(r.check.name == "title" and not r.check.args for r in found):
        return found
    for index, frame in enumerate(frames):
        angles = [i for i, t in enumerate(frame.terms) if t.kind == "angle" or t.has("part.double_angle")]
        if not frame.lexicon.spaces or not angles or frame.negative[angles[0]]:
            continue
        named = frame.has("unit.headings", "word.name") or any(
            f.has("part.title") for f in frames[max(0, index - 2) : index]
        )
        if named and frame.terms[-1].norm != "?":
            kept = [r for r in found if r.check.name != "title"]
            return [*kept, reading(frame, "title", {}, angles[0], angles[0], scope=ANSWER)]
    return found
