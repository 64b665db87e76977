"""What a title and the whole answer stand between: quotation marks, brackets, signs that are shown, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

__all__ = ["read_wrapped"]

_PAIRS = {
    "part.square_brackets": "[]",
    "punct.brackets": "[]",
    "punct.parentheses": "()",
    "part.braces": "{}",
    "part.angle": "<>",
    "punct.asterisk": "**",
}
_CLOSES = {"[": "]", "(": ")", "{": "}", "<": ">", "«": "»", "“": "”", "「": "」", "『": "』", "【": "】"}
_TAG = re.compile(r"<([A-Za-z][\w-]{0,30})>")
_OTHERS = ("part.title", "unit.placeholders", "unit.highlights", "unit.sections", "label.letter", "label.keys")
_TITLE_MARKS = {
    "part.square_brackets": "[]",
    "part.braces": "{}",
    "verb.bold": "**",
    "unit.bold": "**",
    "verb.italicize": "*",
    "part.double_quotes": '""',
}
"""The marks that a title stands in, by the noun that names them."""


def read_wrapped(frame: Frame) -> Iterator[Reading]:
    """The marks around a title, and those around the answer as a whole."""
    yield from _title(frame)
    yield from _wrapped(frame)
    yield from _enclosed(frame)
    yield from _between(frame)


def _between(frame: Frame) -> Iterator[Reading]:
    """The wrapping of the answer as a whole, in languages that write words apart."""
    if not frame.lexicon.spaces or not frame.has("part.answer", "word.all") or not _surrounds(frame):
        return
    found = _tag(frame) or _named(frame) or _shown(frame)
    if found is not None:
        opens, closes, at = found
        yield reading(frame, "wrapped", {"open": opens, "close": closes}, at, at, scope="answer")


def _surrounds(frame: Frame) -> bool:
    """Whether something stands around something; "between two and four times" is a range."""
    pairs = zip(frame.terms, [*frame.terms[1:], None], strict=True)
    return any(
        t.has("verb.wrap", "word.around", "verb.start")
        and not (t.has("range.open") and after is not None and after.number is not None)
        for t, after in pairs
    )


def _tag(frame: Frame) -> tuple[str, str, int] | None:
    """ "Inside <answer> tags"."""
    if not frame.has("verb.wrap", "word.around"):
        return None
    tag = _TAG.search(frame.text, frame.start, frame.end)
    if tag is None or frame.has("part.title"):
        return None
    at = next((i for i, t in enumerate(frame.terms) if t.end > tag.start()), 0)
    return f"<{tag[1]}>", f"</{tag[1]}>", at


def _named(frame: Frame) -> tuple[str, str, int] | None:
    """ "Put your entire answer in square brackets"."""
    if frame.has(*_OTHERS) or not frame.has("verb.wrap", "word.around"):
        return None
    for at, term in enumerate(frame.terms):
        pair = next((p for concept, p in _PAIRS.items() if term.has(concept)), None)
        whole = any(
            t.has("word.all", "part.answer") for t in (*frame.terms[max(0, at - 8) : at], *frame.terms[at + 1 : at + 5])
        )
        if (
            pair is not None
            and whole
            and not frame.negative[at]
            and (frame.governed_by(at, "wrap", "write", "include", "start") or frame.has("word.around"))
        ):
            return pair[0], pair[1], at
    return None


def _shown(frame: Frame) -> tuple[str, str, int] | None:
    """ "Start your answer with "[" and end it with "]"", "put "**" around the whole reply"."""
    for at, term in enumerate(frame.terms):
        pair = (
            term.kind == "literal"
            and term.norm[0] in _CLOSES
            and term.inner[:1] == " "
            and len(term.inner.strip()) <= 3
        )
        pair = pair or (term.kind == "literal" and len(term.norm) == 2 and _CLOSES.get(term.norm[0]) == term.norm[1])
        if pair and frame.has("verb.wrap", "word.around") and not frame.has(*_OTHERS):
            return term.norm[0], term.norm[-1], at
    signs = [
        (i, t.inner.strip())
        for i, t in enumerate(frame.terms)
        if t.kind == "literal" and t.inner.strip() and not any(c.isalnum() or c.isspace() for c in t.inner.strip())
    ]
    if not signs or frame.has(*_OTHERS) or any(frame.negative[i] for i, _ in signs):
        return None
    if (
        len(signs) == 2
        and ((frame.has("verb.end") and frame.has("verb.start")) or frame.has("verb.wrap", "word.around"))
        and all(len(s) <= 4 for _, s in signs)
    ):
        return signs[0][1], signs[1][1], signs[0][0]
    if len(signs) == 1 and frame.has("verb.wrap", "word.around") and frame.has("word.all"):
        at, sign = signs[0]
        half = len(sign) // 2
        if half and _CLOSES.get(sign[0]) == sign[-1]:
            return sign[:half], sign[half:], at
        return sign, sign, at
    return None


def _title(frame: Frame) -> Iterator[Reading]:
    angle = next((i for i, t in enumerate(frame.terms) if t.kind == "angle" or t.has("part.double_angle")), None)
    titles = frame.find("part.title")
    if not titles:
        return
    at = titles[0]
    if angle is not None:
        yield reading(frame, "title", {}, min(at, angle), max(at, angle), scope="answer")
        return
    order = range(at + 1, len(frame.terms)) if frame.lexicon.spaces else range(len(frame.terms))
    at = at if frame.lexicon.spaces else titles[-1]
    for index in order:
        term = frame.terms[index]
        if term.kind == "star" and not frame.has("verb.highlight", "verb.italicize") and index - at < 10:
            marks = "**" if term.norm.startswith("**") else "*"
            yield reading(frame, "title", {"marks": marks}, at, index, scope="answer")
            return
        named = next((m for c, m in _TITLE_MARKS.items() if term.has(c)), None)
        if (
            frame.lexicon.spaces
            and named is not None
            and index - at < 7
            and not frame.negative[index]
            and (frame.terms[index - 1].has("word.link", "verb.wrap", "verb.be", "word.around") or index == at + 1)
        ):
            yield reading(frame, "title", {"marks": named}, at, index, scope="answer")
            return
        bold = term.has("verb.bold", "unit.bold") and not frame.lexicon.spaces and not frame.lexicon.verb_last
        if (
            bold
            and 0 < index - at <= 4
            and not frame.negative[index]
            and not any(t.norm in "，,、" for t in frame.between(at, index))
        ):
            yield reading(frame, "title", {"marks": "**"}, at, index, scope="answer")
            return
        if term.has("part.book_quotes"):
            yield reading(frame, "title", {"marks": "《》"}, at, index, scope="answer")
            return
        if term.has("part.corner_quotes"):
            yield reading(frame, "title", {"marks": _corners(term)}, at, index, scope="answer")
            return
        if not frame.lexicon.spaces and term.kind == "mark" and set(term.norm) <= {"*", "#"} and index - at < 10:
            yield reading(frame, "title", {"marks": term.norm}, at, index, scope="answer")
            return
        if (term.kind in ("literal", "bracket") and not term.inner.strip("[]［］ ")) or (
            term.kind == "bracket" and term.norm.startswith("[[")
        ):
            marks = "[[]]" if term.norm.startswith("[[") else term.norm[0] + term.norm[-1]
            yield reading(frame, "title", {"marks": marks}, at, index, scope="answer")
            return
        quoted = frame.lexicon.verb_last and term.norm[0] == "「"
        if (
            term.kind == "literal"
            and term.norm[0] in "『「【《〈"
            and frame.governed_by(at, "wrap", "write", *(() if quoted else ("include",)))
        ):
            yield reading(frame, "title", {"marks": term.norm[0] + term.norm[-1]}, at, index, scope="answer")
            return


def _corners(term: Term) -> str:
    """ "二重かぎ括弧" and "『』" are the double ones."""
    return "『』" if "『" in term.norm or term.norm.replace(" ", "").startswith("二重") else "「」"


def _wrapped(frame: Frame) -> Iterator[Reading]:
    for concept, pair in (("part.double_quotes", '""'), ("part.corner_quotes", "「」")):
        for at in frame.find(concept):
            wraps = [*frame.find("verb.wrap", "word.around"), at]
            if any(q.last < at <= q.last + 2 and q.weak and q.interval.max == 0 for q in frame.quantities):
                continue
            if frame.negative[at] or not frame.has("part.answer", "word.all"):
                continue
            if frame.has("part.title", "unit.placeholders") or any(
                t.names("label") and not t.has("unit.words", "part.answer") for t in frame.terms[max(0, at - 4) : at]
            ):
                continue
            shown = next(
                (
                    t
                    for t in frame.terms[at:]
                    if t.kind == "literal" and not any(c.isalnum() for c in t.inner.replace("and", ""))
                ),
                None,
            )
            marks = (
                shown.norm[0] + shown.norm[-1]
                if shown is not None
                else _corners(frame.terms[at])
                if concept == "part.corner_quotes"
                else pair
            )
            yield reading(
                frame,
                "wrapped",
                {"open": marks[0], "close": marks[1]},
                min(wraps[0], at),
                max(wraps[0], at),
                scope="answer",
            )
            return


def _enclosed(frame: Frame) -> Iterator[Reading]:
    """ "整段答复放在「」里面": an empty pair of marks that stands around the whole answer."""
    if (
        frame.lexicon.spaces
        or not frame.has("part.answer", "word.all")
        or frame.has("part.title", "unit.placeholders", "part.corner_quotes", "part.double_quotes")
    ):
        return
    for at, term in enumerate(frame.terms):
        if (
            term.kind in ("literal", "bracket")
            and not term.inner.strip()
            and not frame.negative[at]
            and frame.has("verb.wrap", "verb.include")
        ):
            yield reading(frame, "wrapped", {"open": term.norm[0], "close": term.norm[-1]}, at, at, scope="answer")
            return
