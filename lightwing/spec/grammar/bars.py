"""What an answer is to do without as a whole: Markdown, lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading

__all__ = ["read_bars"]

_BARRED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "part.markdown": ("format", {"kind": "plain_text"}),
    "part.list": ("count", {"of": "items", "max": 0}),
}


def read_bars(frame: Frame) -> Iterator[Reading]:
    """ "Don't use Markdown", "use no lists": nothing of the kind occurs; "no Markdown headings", "not in the list" say something else."""
    for at, term in enumerate(frame.terms):
        concept = next((c for c in _BARRED if term.has(c)), None)
        if concept is None or frame.topical[at] or frame.conditional(at) or not _denied(frame, at):
            continue
        after = frame.after(at)
        symbols = after is not None and after.has("label.letter", "label.letters")
        ends = (
            after is None
            or after.kind == "punct"
            or after.has("word.and", "word.or", "verb.be", "word.not", "word.filler")
        )
        if (symbols and concept == "part.markdown") or (ends and not _described(frame, at)):
            name, args = _BARRED[concept]
            yield reading(frame, name, args, at, at, scope="answer")
            return


def _denied(frame: Frame, at: int) -> bool:
    """Whether a term is what a denial bars, with nothing but small words between."""
    governed = frame.governed_by(at, "include", "avoid", "appear", "write", "answer", "display")
    if frame.negative[at] and governed:
        return not any(t.has("word.only", "word.but") for t in frame.terms[max(0, at - 3) : at])
    before = frame.terms[at - 1] if at else None
    return before is not None and before.has("amount.none", "word.without")


def _described(frame: Frame, at: int) -> bool:
    """ "The list", "your list", "a shopping list": one that is spoken of, and not lists at all."""
    before = frame.terms[at - 1] if at else None
    if before is None or before.has(
        "amount.none", "word.not", "word.all", "word.any", "verb.include", "verb.avoid", "word.and", "word.or"
    ):
        return False
    return before.kind == "word" or before.has("word.definite", "word.filler") or before.kind == "cjk"
