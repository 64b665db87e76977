"""Edges told in other ways than by a verb with its words: "nothing after "x"", "its first sentence is "x"", "both start and end with "x""."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading

__all__ = ["plain_object", "put_there", "read_said_edges"]


def read_said_edges(frame: Frame) -> Iterator[Reading]:
    """Edges in languages that write words apart."""
    if frame.lexicon.spaces:
        yield from _nothing_after(frame)
        yield from _first_or_last(frame)
        yield from _both(frame)


def _nothing_after(frame: Frame) -> Iterator[Reading]:
    """ "Nothing should come after the phrase "x"", "after "x" there is to be no more text"."""
    if not frame.has("word.nothing", "amount.none") or frame.has("part.postscript", "verb.end"):
        return
    for at, term in enumerate(frame.terms):
        if term.kind != "literal" or not any(c.isalnum() for c in term.inner):
            continue
        before = at - 1
        while before > 0 and (frame.terms[before].names("label") or _small(frame, before)):
            before -= 1
        if before >= 0 and frame.terms[before].has("word.after"):
            yield reading(frame, "ends_with", {"text": term.inner.strip()}, before, at, scope="answer")
            return


def _small(frame: Frame, at: int) -> bool:
    return frame.terms[at].has("word.filler", "verb.be", "word.must", "word.may") and not frame.terms[at].has(
        "word.after"
    )


def _first_or_last(frame: Frame) -> Iterator[Reading]:
    """ "Your answer's first sentence must be "x"", "the closing line is "x"", "as a last line, put "x""."""
    for at, term in enumerate(frame.terms):
        last_part = term.has("part.last_line", "part.last_sentence")
        unit = frame.terms[at + 1] if at + 1 < len(frame.terms) else None
        first_part = term.ordinal == 1 and unit is not None and unit.has("unit.sentences", "unit.lines")
        if not (first_part or last_part) or frame.negative[at]:
            continue
        behind = at + (2 if first_part else 1)
        while behind < len(frame.terms) and (
            frame.terms[behind].has("word.must", "verb.be", "word.filler", "verb.wrap", "verb.write", "verb.call")
            or frame.terms[behind].has("word.of", "part.answer", "label.phrase")
            or frame.terms[behind].norm in ",:"
        ):
            behind += 1
        said = frame.terms[at + 1 : behind]
        stated = any(t.has("verb.be", "verb.write", "verb.wrap", "verb.call") or t.norm == ":" for t in said)
        if behind < len(frame.terms) and frame.terms[behind].kind == "literal" and stated:
            text = frame.terms[behind].inner.strip()
            if any(c.isalnum() for c in text):
                name = "starts_with" if first_part else "ends_with"
                yield reading(frame, name, {"text": text}, at, behind, scope="answer")


def _both(frame: Frame) -> Iterator[Reading]:
    """ "Both start and end with "x"", "the first and the last word are "x""."""
    for at, term in enumerate(frame.terms[:-2]):
        if frame.negative[at] or not frame.terms[at + 1].has("word.and"):
            continue
        end = at + 2
        while end < len(frame.terms) - 1 and frame.terms[end].has("word.filler") and not frame.terms[end].names("part"):
            end += 1
        literal = next(
            (i for i in range(end + 1, min(end + 9, len(frame.terms))) if frame.terms[i].kind == "literal"), None
        )
        if literal is None or not any(c.isalnum() for c in frame.terms[literal].inner):
            continue
        text = frame.terms[literal].inner.strip()
        word = any(t.has("label.word") for t in frame.terms[end:literal])
        if term.has("verb.start") and frame.terms[end].has("verb.end"):
            check = ("first_word", {"word": text}) if word else ("starts_with", {"text": text})
            yield reading(frame, *check, at, literal)
        elif term.ordinal == 1 and frame.terms[end].has("part.last_word"):
            yield reading(frame, "first_word", {"word": text}, at, literal)


def plain_object(frame: Frame, at: int, literal: int) -> bool:
    """ "Open the file "data.csv"": the words name a thing that something is done to."""
    between = frame.terms[at + 1 : literal]
    noun = len(between) > 1 and between[-1].kind == "word" and not between[-1].concepts
    noun = noun and between[-2].has("word.filler", "amount.one")
    return (
        noun
        and frame.terms[at].has("verb.start", "verb.end")
        and not any(t.has("word.with", "word.link", "verb.be", "word.must") or t.norm in ":," for t in between)
        and " " not in frame.terms[at].norm
    )


def put_there(frame: Frame, at: int, verb: int) -> bool:
    """ "At the end, add the sentence "x"", "at the top there must be the words "x"": what is put at an edge is how the answer begins or ends."""
    behind = frame.terms[verb + 1 : verb + 5]
    literal = next((i for i, t in enumerate(behind) if t.kind == "literal"), None)
    return (
        frame.terms[at].has("part.beginning", "part.ending")
        and literal is not None
        and all(t.names("label") or t.has("word.filler") or t.norm == ":" for t in behind[:literal])
        and not any(t.kind == "literal" for t in frame.terms[verb + 2 + literal :])
    )
