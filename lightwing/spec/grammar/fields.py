"""The fields of an answer: columns of a table, keys of JSON."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.lists import Listed, listed_at
from lightwing.spec.grammar.named import named_at
from lightwing.spec.grammar.reading import Reading, reading

_LEADS = (
    "word.filler",
    "verb.call",
    "verb.be",
    "word.must",
    "verb.mark",
    "word.definite",
    "label.words",
    "label.phrases",
    "word.example",
    "word.above",
)


def read_columns(frame: Frame) -> Iterator[Reading]:
    """ "With the columns Name, Age and City", "three columns: "a", "b", "c"": what the columns of a table are called."""
    for at in frame.find("unit.table_columns"):
        if (frame.negative[at] and not frame.quantities) or frame.conditional(at):
            continue
        listed = _named_list(frame, at)
        if listed is not None and len(listed.words) > 1:
            ordered = {"ordered": True} if any(t.has("word.ordered") for t in frame.terms[at:]) else {}
            yield reading(frame, "columns", {"names": list(listed.words), **ordered}, at, listed.last, scope="answer")
            return


def _named_list(frame: Frame, at: int) -> Listed | None:
    """The list that a noun announces: behind a colon or in brackets, or right behind it as names, identifiers or in quotes."""
    first = at + 1
    while first < len(frame.terms) and frame.terms[first].has(*_LEADS):
        first += 1
    if first >= len(frame.terms):
        return None
    if frame.terms[first].norm in ":：(":
        return listed_at(frame, first + 1, most=4)
    if first + 1 < len(frame.terms) and frame.terms[first + 1].norm == ":":
        return listed_at(frame, first + 2, most=4)
    return listed_at(frame, first)


def read_keys(frame: Frame) -> Iterator[Reading]:
    """ "With the keys "a" and "b"", "each object has id, title and done", where the request is for JSON (told by the context)."""
    for at in frame.find("label.keys"):
        if frame.negative[at]:
            continue
        listed = _named_list(frame, at)
        words = (
            list(listed.words)
            if listed is not None and (len(listed.words) > 1 or frame.terms[listed.first].kind == "literal")
            else None
        )
        if words is None:
            quoted = [i for i, t in enumerate(frame.terms[:at]) if t.kind == "literal"]
            named = named_at(frame, quoted[0], many=True) if quoted else None
            words = named.words if named is not None else _keys_before(frame, at)
        if words:
            yield reading(frame, "json_keys", {"keys": words}, at, at, scope="answer")
            return
    for at in frame.find("format.json"):
        after = frame.after(at)
        first = at + 1
        while first < len(frame.terms) and (
            frame.terms[first].has("word.must", "verb.include", "word.with") or frame.terms[first].norm == ":"
        ):
            first += 1
        if (
            after is not None
            and after.has("verb.include", "word.with", "word.must")
            and first < len(frame.terms)
            and not frame.negative[at]
        ):
            listed = listed_at(frame, first)
            if (
                listed is not None
                and (len(listed.words) > 1 or frame.terms[first].kind == "literal")
                and all(_identifier(w) for w in listed.words)
            ):
                yield reading(frame, "json_keys", {"keys": list(listed.words)}, at, listed.last, scope="answer")
                return
    for each in frame.find("word.each", "word.every", "format.json"):
        for at in range(each + 1, min(each + 9, len(frame.terms))):
            if not frame.terms[at].has("verb.include", "word.with", "verb.state", "word.must"):
                continue
            first = at + 1
            while first < len(frame.terms) and frame.terms[first].has(
                "verb.include", "word.must", "word.filler", "label.keys"
            ):
                first += 1
            listed = listed_at(frame, first) if first < len(frame.terms) else None
            if listed is not None and len(listed.words) > 1 and all(_identifier(w) for w in listed.words):
                yield reading(frame, "json_keys", {"keys": list(listed.words)}, each, listed.last, scope="answer")
                return


def _keys_before(frame: Frame, at: int) -> list[str] | None:
    """ "With city, country and population as keys"."""
    for opens in range(at - 1, max(-1, at - 14), -1):
        if not frame.terms[opens].has("word.with", "verb.include"):
            continue
        listed = listed_at(frame, opens + 1)
        tied = listed is not None and all(t.has("word.link", "word.filler") for t in frame.terms[listed.last + 1 : at])
        return list(listed.words) if listed is not None and tied and len(listed.words) > 1 else None
    return None


def _identifier(word: str) -> bool:
    return word.replace("_", "").replace("-", "").isalnum()
