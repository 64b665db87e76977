"""Postscripts and their markers."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.words import postscript_like


def read_postscript(frame: Frame) -> Iterator[Reading]:
    for at in [*frame.find("part.postscript"), *_spoken_postscript(frame), *quoted_postscript(frame)]:
        if (
            (frame.topical[at] and not frame.lexicon.spaces)
            or frame.negative[at]
            or (frame.lexicon.spaces and at == 0 and len(frame.terms) > 1 and frame.terms[1].norm == ":")
        ):
            continue
        near = range(at + 1, min(at + 14, len(frame.terms)))
        spoken = frame.lexicon.spaces and frame.terms[at].kind == "word" and _is_marker(frame, at)
        marker = at if spoken else next((i for i in near if _is_marker(frame, i)), None)
        if marker is None:
            marker = next((i for i in range(at, max(-1, at - 11), -1) if _is_marker(frame, i)), None)
        if marker is not None:
            term = frame.terms[marker]
            text = term.inner.strip() if term.kind == "literal" else frame.text[term.start : term.end]
            yield reading(frame, "postscript", {"marker": text}, at, marker, scope="answer")
            for more in _further(frame, marker):
                written = frame.text[frame.terms[more].start : frame.terms[more].end]
                yield reading(frame, "postscript", {"marker": written}, more, more, scope="answer")
        elif _is_marker(frame, at):
            yield reading(
                frame,
                "postscript",
                {"marker": frame.text[frame.terms[at].start : frame.terms[at].end]},
                at,
                at,
                scope="answer",
            )
        elif at > 1 and frame.terms[at - 2].has("word.asks") and not frame.terms[at - 2].has("verb.include"):
            continue
        elif (
            frame.terms[at].norm != "postscript"
            or frame.governed_by(at, "include", "end", "write")
            or frame.has("word.must")
        ):
            yield reading(frame, "postscript", {"marker": "P.S."}, at, at, scope="answer")
        return


def _further(frame: Frame, marker: int) -> Iterator[int]:
    """ "A P.S. and a P.P.S.": markers joined to the first one."""
    for at in range(marker + 1, min(marker + 5, len(frame.terms))):
        if _is_marker(frame, at) and frame.terms[at].kind == "word":
            yield at
        elif not frame.terms[at].has("word.and", "amount.one"):
            return


def quoted_postscript(frame: Frame) -> list[int]:
    """A marker of a postscript in quotes, where the sentence has no noun for it."""
    quoted = [
        i for i, t in enumerate(frame.terms) if t.kind == "literal" and len(t.inner) <= 7 and postscript_like(frame, i)
    ]
    if frame.lexicon.spaces:
        return [
            i
            for i in quoted
            if frame.governed_by(i, "wrap", "write", "include", "start", "end", "mark")
            or frame.terms[i - 1].has("word.with", "verb.mark", "verb.start")
        ]
    return quoted


def _spoken_postscript(frame: Frame) -> list[int]:
    """ "Add a P.S. at the end": the marker used as the noun."""
    return [
        at
        for at, t in enumerate(frame.terms)
        if t.kind == "word"
        and t.norm.startswith(("p.s", "p.p.s"))
        and (
            not frame.lexicon.spaces
            or (_taken(frame, at) if at else frame.has("word.must", "part.ending", "word.request"))
        )
    ]


def _taken(frame: Frame, at: int) -> bool:
    """Whether the marker is something that is asked for: "a little P.S.", "a note that begins with P.S.", "and a P.P.S."."""
    before = frame.terms[at - 1]
    if before.kind == "word" and not before.concepts and at > 1:
        before = frame.terms[at - 2]
    return before.has(
        "amount.one", "word.filler", "verb.include", "verb.start", "verb.wrap", "verb.mark", "word.with", "verb.write"
    )


def _is_marker(frame: Frame, at: int) -> bool:
    term = frame.terms[at]
    if term.kind == "literal":
        return 0 < len(term.inner.strip()) <= 20 and (
            frame.lexicon.spaces or postscript_like(frame, at) or not frame.governed_by(at, "avoid")
        )
    raw = frame.text[term.start : term.end]
    spoken = term.kind == "word" or (frame.lexicon.spaces and term.has("part.postscript"))
    return (spoken and raw.count(".") >= 1 and raw[:1].isupper()) or raw in ("PS", "PPS")
