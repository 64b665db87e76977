"""The form of an answer as a whole: data formats, tables and their columns, code, keys of JSON, one of several options."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.bullet_signs import bullet_sign
from lightwing.spec.grammar.fields import read_columns, read_keys
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.options import read_choice
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

__all__ = ["read_form"]

_DATA = ("json", "yaml", "xml", "csv")
_CODE = frozenset(
    [
        "python",
        "javascript",
        "typescript",
        "java",
        "c",
        "c++",
        "c#",
        "go",
        "rust",
        "ruby",
        "php",
        "sql",
        "bash",
        "sh",
        "shell",
        "html",
        "css",
        "json",
        "yaml",
        "xml",
        "r",
        "swift",
        "kotlin",
        "perl",
        "lua",
        "haskell",
        "scala",
        "powershell",
        "matlab",
        "julia",
        "dart",
        "elixir",
        "js",
        "ts",
    ]
)
"""Names by which code blocks are tagged, the same in every language."""
_ASKING = ("word.link", "word.only", "word.all", "verb.wrap", "verb.display", "verb.include", "verb.answer", "verb.be")


def read_form(frame: Frame) -> Iterator[Reading]:
    """Formats, tables, columns, choices and keys of one sentence."""
    yield from _format(frame)
    yield from _code(frame)
    yield from _list(frame)
    yield from _table(frame)
    if frame.lexicon.spaces:
        yield from read_columns(frame)
    yield from read_choice(frame)
    if frame.lexicon.spaces:
        yield from read_keys(frame)


def _format(frame: Frame) -> Iterator[Reading]:
    for at, term in enumerate(frame.terms):
        kind = term.name("format")
        if kind is None or kind in ("table", "bullets", "numbered_list", "code"):
            continue
        if kind == "markdown":
            if _none(frame, at) and frame.lexicon.spaces:
                yield reading(frame, "format", {"kind": "plain_text"}, at, at, scope="answer")
                return
            if frame.lexicon.spaces and frame.has(
                "verb.highlight",
                "verb.bold",
                "verb.italicize",
                "unit.highlights",
                "unit.bullets",
                "unit.headings",
                "unit.tables",
                "unit.bold",
                "unit.italics",
            ):
                continue
        nothing_else = frame.lexicon.verb_last and (after := frame.after(at)) is not None and after.has("word.else")
        if frame.negative[at] and nothing_else:
            yield reading(frame, "format", {"kind": kind}, at, at)
            return
        if frame.negative[at] and term.norm.split()[0] not in ("no", "without"):
            continue
        if _rubber(frame, at) or _weighed(frame, kind) or (frame.topical[at] and not frame.lexicon.spaces):
            continue
        if _asked_form(frame, at, kind):
            yield reading(frame, "format", {"kind": kind}, at, at)
            return


def _rubber(frame: Frame, at: int) -> bool:
    """ "It's made of latex": the format has capitals of its own, unless a preposition brings it ("in latex") or a noun follows ("latex code")."""
    term = frame.terms[at]
    return frame.text[term.start : term.end] == "latex" and not (
        at and frame.terms[at - 1].has("word.via", "word.only")
    )


def _weighed(frame: Frame, kind: str) -> bool:
    """ "Should we store it in YAML, XML or JSON?": formats that a question weighs against each other."""
    kinds = {k for t in frame.terms for k in t.names("format")}
    return (
        frame.lexicon.spaces
        and kind in kinds
        and len(kinds) > 1
        and frame.has("word.or")
        and frame.terms[-1].norm == "?"
    )


def _none(frame: Frame, at: int) -> bool:
    weak = any(q.last < at <= q.last + 2 and q.weak and q.interval.max == 0 for q in frame.quantities)
    return weak or (
        frame.negative[at] and frame.governed_by(at, "include", "avoid", "appear", "write", "answer", "display")
    )


def _asked_form(frame: Frame, at: int, kind: str) -> bool:
    term, before, after = frame.terms[at], frame.terms[max(0, at - 4) : at], frame.after(at)
    if before and (
        before[-1].has("label.word", "label.words") or (frame.lexicon.spaces and before[-1].has("range.open"))
    ):
        return False
    if frame.lexicon.verb_last and after is not None and not _form_of(frame, at):
        return False
    if not frame.lexicon.spaces:
        return frame.has(
            "part.answer",
            "word.must",
            "verb.answer",
            "verb.wrap",
            "verb.write",
            "verb.display",
            "verb.include",
            "verb.be",
        ) or any(t.has("word.link") for t in before[-1:])
    if kind == "plain_text" and term.norm.split()[0] in ("no", "without"):
        return True
    asked = any(t.has(*_ASKING) for t in before) or frame.lexicon.verb_last or "format" in term.norm
    directed = frame.has(
        "part.answer", "word.must", "verb.answer", "verb.wrap", "verb.write", "verb.display", "verb.include", "verb.be"
    )
    directed = directed or (
        not frame.lexicon.spaces and at + 1 < len(frame.terms) and frame.terms[at + 1].norm in ("で", "に", "を")
    )
    part = frame.governed_by(at, "include") and any(t.has("amount.one") for t in before[-2:])
    if part and kind in _DATA:
        return False
    close = bool(before) and before[-1].has("word.link") and kind in _DATA
    return (asked and (directed or close)) or _is_object(frame, at, before, after)


def _form_of(frame: Frame, at: int) -> bool:
    """Whether what stands behind a format makes it the answer's: "JSONで", "JSON形式に", "JSONのみ", "JSONを出力"; not "JSONの読み方"."""
    after, behind = frame.terms[at + 1], frame.terms[at + 2 : at + 4]
    taken = after.norm in ("を", "が") and any(
        t.has("verb.display", "verb.write", "verb.include", "verb.answer") for t in behind
    )
    described = after.norm == "の" and any(t.has("part.answer", "word.only") or t.kind == "cjk" for t in behind[:1])
    return (
        taken
        or described
        or after.norm.split()[0] in ("で", "に", "と")
        or after.has("word.only", "compare_after.exact", "verb.be", "verb.include", "part.answer")
        or after.kind == "punct"
    )


def _is_object(frame: Frame, at: int, before: list[Term], after: Term | None) -> bool:
    """ "I want JSON.", "YAML only", "Produce a CSV with …", "JSON, please": the format is what is asked for, not the first part of another noun."""
    alone = (
        after is None
        or after.norm in ",.;:!()"
        or after.has(
            "word.only",
            "word.with",
            "word.link",
            "word.of",
            "word.else",
            "word.must",
            "verb.include",
            "word.topic",
            "verb.write",
        )
    )
    if not alone:
        return False
    lead = [t for t in before if not t.has("amount.one", "word.filler") and t.kind != "punct"]
    if not lead or (len(lead) == at and all(t.has("word.only") for t in lead)):
        return at <= 2 and (at == 0 or (after is not None and after.has("word.only", "word.must")))
    return (
        lead[-1].has("word.must", "verb.write", "verb.answer", "verb.display", "verb.translate")
        and not frame.topical[at]
    )


def _alone(frame: Frame, at: int) -> bool:
    """Whether nothing may stand beside what term `at` names: "only a table", "code only", "without any text around it"."""
    near = [*frame.terms[max(0, at - 3) : at], *frame.terms[at + 1 : at + 3]]
    told = any(t.has("word.only") for t in near)
    return told or any(t.has("word.else") and len(t.norm.split()) > 1 for t in frame.terms)


def _list(frame: Frame) -> Iterator[Reading]:
    """ "Answer as bullet points", "in the form of a numbered list", where nothing counts the entries."""
    if not frame.lexicon.spaces or any(not q.weak for q in frame.quantities):
        return
    for at in frame.find("format.bullets", "unit.bullets", "format.numbered_list"):
        before = [t for t in frame.terms[max(0, at - 2) : at] if not t.has("amount.one")]
        if (
            before
            and before[-1].has("word.link", "verb.display")
            and not frame.negative[at]
            and not frame.topical[at]
            and frame.has("verb.answer", "verb.write", "verb.display")
        ):
            kind = "numbered_list" if frame.terms[at].has("format.numbered_list") else "bullets"
            yield reading(frame, "format", {"kind": kind}, at, at, scope="answer")
            if kind == "bullets" and (sign := bullet_sign(frame, at)):
                yield reading(frame, "count", {"of": "bullets", **sign, "min": 1}, at, at, scope="answer")
            return


def _code(frame: Frame) -> Iterator[Reading]:
    """ "Code only", "a Python code block", "in a code block tagged sql"."""
    blocks = [
        at
        for at in frame.find("format.code", "unit.code_blocks", "part.code")
        if not frame.negative[at] and not frame.topical[at]
    ]
    if not blocks or not frame.lexicon.spaces:
        return
    at = blocks[0]
    before = frame.terms[at - 1] if at else None
    if frame.terms[at].has("format.code") or (frame.terms[at].has("unit.code_blocks") and _alone(frame, at)):
        yield reading(frame, "format", {"kind": "code", "only": True}, at, at, scope="answer")
    elif (
        before is not None
        and before.has("amount.one")
        and at > 1
        and frame.terms[at - 2].has("word.link", "verb.wrap", "verb.include")
    ):
        yield reading(frame, "count", {"of": "code_blocks", "min": 1}, at, at, scope="answer")
    tags = [i for i in (at - 1, *_tagged(frame)) if i >= 0 and frame.terms[i].norm in _CODE]
    if tags:
        yield reading(frame, "code_language", {"languages": [frame.terms[tags[0]].norm]}, tags[0], at, scope="answer")


def _tagged(frame: Frame) -> Iterator[int]:
    for at in frame.find("verb.mark", "verb.call"):
        yield from range(at + 1, min(at + 5, len(frame.terms)))


def _table(frame: Frame) -> Iterator[Reading]:
    """ "In a table", "a table with 3 rows": the answer's form; "include a table": one table at least; a row limit alone demands none."""
    for at, term in enumerate(frame.terms):
        if (
            not term.has("unit.tables", "format.table")
            or frame.negative[at]
            or frame.topical[at]
            or frame.conditional(at)
        ):
            continue
        before = frame.terms[at - 1] if at else None
        if not frame.lexicon.spaces and not (before is not None and before.has("amount.one")):
            continue
        if frame.lexicon.spaces and _of_a_part(frame, at):
            yield reading(frame, "count", {"of": "tables", "min": 1}, at, at, scope="answer")
            return
        if frame.lexicon.spaces and _is_form(frame, at):
            yield reading(
                frame,
                "format",
                {"kind": "table", **({"only": True} if _alone(frame, at) else {})},
                at,
                at,
                scope="answer",
            )
            return
        asked = term.has("format.table") or (before is not None and before.has("amount.one", "word.link"))
        if asked and frame.governor[at] is not None:
            yield reading(frame, "count", {"of": "tables", "min": 1}, at, at, scope="answer")
            return


def _of_a_part(frame: Frame, at: int) -> bool:
    """ "Part of your answer should be in a table": what a part is to be, the whole is not."""
    before = frame.terms[:at]
    parts = [
        i
        for i, t in enumerate(before)
        if t.has("unit.sections") and i + 1 < len(before) and before[i + 1].has("word.of")
    ]
    return (
        bool(parts)
        and any(t.has("part.answer") for t in before[parts[-1] :])
        and any(t.has("word.must") for t in before[parts[-1] :])
    )


def _is_form(frame: Frame, at: int) -> bool:
    """Whether the table is the answer itself: "as a table", "in a 4-column table", "make me a table", "a table of …"."""
    after = frame.after(at)
    if after is not None and after.kind == "word" and not after.concepts:
        return False
    for index in range(at - 1, max(-2, at - 7), -1):
        if index < 0:
            return not (frame.governed_by(at, "appear") and frame.has("word.must"))
        term = frame.terms[index]
        if (
            term.has("amount.one", "case.title", "part.markdown", "unit.table_columns", "unit.table_rows", "unit.cells")
            or term.number is not None
            or term.has("range.and", "word.and")
        ):
            continue
        if term.has("word.only", "compare_before.exact") or (
            frame.terms[at].has("format.table") and term.has("word.filler")
        ):
            continue
        return term.has(
            "word.link", "verb.write", "verb.display", "verb.answer", "verb.be", "word.must", "word.request"
        ) and (term.has("word.link") or not term.has("verb.include"))
    return False
