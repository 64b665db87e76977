"""How many entries a list is to have, where the number counts what the list is made of: "five reasons, as bullets", "number them from 1 to 7"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lightwing.spec.grammar.bounds import bind
from lightwing.spec.grammar.context import asks_about, reported
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import ExactReading, reading

__all__ = ["counted_lists"]

_KINDS = (("format.numbered_list", "numbered_items"), ("unit.numbered_items", "numbered_items"), ("format.bullets", "bullets"), ("unit.bullets", "bullets"))  # fmt: skip
_FORMATS = {"numbered_items": "numbered_list", "bullets": "bullets"}
_BEFORE = ("verb.write", "word.must", "verb.include", "word.link", "verb.be", "verb.state")


def counted_lists(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """A list that is asked for without a number takes the one number that the text gives for its entries."""
    if not frames or not frames[0].lexicon.spaces:
        return found
    taken = [
        r for r in found if r.check.name == "count" and r.check.args.get("of") in ("numbered_items", "bullets", "items")
    ]
    mention = None if any(not _one_per(r) for r in taken) else _mention(frames)
    if mention is None:
        return found
    frame, at, unit = mention
    loose = list(_loose(frames, unit))
    if len(loose) != 1:
        return found
    where, quantity = loose[0]
    args = quantity.interval.args()
    if quantity.comparator == "range" and quantity.interval.min == 1:
        entries = quantity.interval.max or 1
        args = {"min": entries, "max": entries}
    first, last = (
        (quantity.first, quantity.last) if where is not frame else (min(at, quantity.first), max(at, quantity.last))
    )
    kept = [
        r
        for r in found
        if r not in taken and not (r.check.name == "format" and r.check.args == {"kind": _FORMATS[unit]})
    ]
    return [*kept, reading(where, "count", {"of": unit, **args}, first, last, scope="answer")]


def _one_per(item: ExactReading) -> bool:
    """ "One bullet per tip", "a bulleted list": no number of the list's own entries."""
    return item.check.args.get("max") == 1 or (item.check.args.get("min") == 1 and "max" not in item.check.args)


def _mention(frames: Sequence[Frame]) -> tuple[Frame, int, str] | None:
    for concept, unit in _KINDS:
        for frame in frames:
            for at in frame.find(concept):
                plain = not (frame.negative[at] or frame.topical[at] or frame.conditional(at) or reported(frame, at))
                if plain and not asks_about(frame, at, manners=False) and not frame.has("unit.tables", "format.json"):
                    return frame, at, unit
    return None


def _loose(frames: Sequence[Frame], unit: str) -> Iterator[tuple[Frame, Quantity]]:
    """Numbers that count a noun which the grammar does not know, right behind a verb of writing; and the numbers that a list runs through."""
    for frame in frames:
        for quantity in frame.quantities:
            if quantity.weak or quantity.value < 1 or frame.negative[quantity.first] or reported(frame, quantity.first):
                continue
            runs = quantity.comparator == "range" and quantity.interval.min == 1 and unit == "numbered_items"
            if (runs and frame.has(*(c for c, u in _KINDS if u == unit))) or (
                quantity.value > 1 and bind(frame, quantity) is None and _of_entries(frame, quantity)
            ):
                yield frame, quantity


def _of_entries(frame: Frame, quantity: Quantity) -> bool:
    behind = frame.terms[quantity.last + 1 : quantity.last + 4]
    noun = next((t for t in behind if not t.has("word.filler", "word.of")), None)
    if noun is None or noun.kind != "word" or noun.concepts or frame.topical[quantity.first]:
        return False
    before = frame.terms[quantity.first - 1] if quantity.first else None
    return (
        before is None
        or (before.has(*_BEFORE) and not before.has("word.via"))
        or before.has("word.filler", "part.list", "word.of")
    )
