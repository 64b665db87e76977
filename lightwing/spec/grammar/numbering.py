"""Lists that are numbered without being called numbered lists: "number your seven tips from 1 to 7"."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bind
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, reading

__all__ = ["numbered_from_one", "read_numbering"]


def numbered_from_one(quantity: Quantity) -> bool:
    """ "From 1 to 7": the numbers that the entries have, not how many there may be."""
    interval = quantity.interval
    return quantity.comparator == "range" and interval.min == 1 and (interval.max or 0) > 1


def read_numbering(frame: Frame) -> Iterator[Reading]:
    """How many entries a numbering has: told by its last number, or by the number of what is to be numbered."""
    if not frame.lexicon.spaces:
        return
    numbered = frame.find("verb.number", "unit.numbered_items")
    if not numbered or frame.negative[numbered[0]] or frame.topical[numbered[0]]:
        return
    for quantity in frame.quantities:
        if numbered_from_one(quantity) and not any(
            t.names("unit") for t in frame.terms[quantity.last + 1 : quantity.last + 2]
        ):
            last = quantity.interval.max or 0
            yield reading(
                frame,
                "count",
                {"of": "numbered_items", "min": last, "max": last},
                quantity.first,
                quantity.last,
                scope="answer",
            )
            return
    for quantity in frame.quantities:
        at = next((i for i in frame.find("verb.number") if 1 < i - quantity.last <= 5), None)
        if at is None or quantity.weak or quantity.value < 2 or bind(frame, quantity) is not None:
            continue
        between = frame.between(quantity.last, at)
        plain = all((t.kind == "word" and not t.concepts) or t.has("word.filler") or t.norm == "," for t in between)
        if plain and not frame.topical[quantity.first]:
            args = {"of": "numbered_items", **quantity.interval.args()}
            yield reading(frame, "count", args, quantity.first, at, scope="answer")
            return
