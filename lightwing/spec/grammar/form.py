"""The form of an answer as a whole: data formats, tables and their columns, code, keys of JSON, one of several options."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.lists import Listed, behind_colon, listed_at
from lightwing.spec.grammar.named import named_at
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
_NUMBERED = re.compile(r"(?<!\w)(?:[1-9]|[A-Fa-f])[).]\s+")
_ASKING = ("word.link", "word.only", "word.all", "verb.wrap", "verb.display", "verb.include", "verb.answer", "verb.be")


def read_form(frame: Frame) -> Iterator[Reading]:
    """Formats, tables, columns, choices and keys of one sentence."""
    yield from _format(frame)
    yield from _code(frame)
    yield from _list(frame)
    yield from _table(frame)
    if frame.lexicon.spaces:
        yield from _columns(frame)
    yield from _choice(frame)
    if frame.lexicon.spaces:
        yield from _keys(frame)


def _after(frame: Frame, at: int) -> Term | None:
    return frame.terms[at + 1] if at + 1 < len(frame.terms) else None


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
        nothing_else = frame.lexicon.verb_last and (after := _after(frame, at)) is not None and after.has("word.else")
        if frame.negative[at] and nothing_else:
            yield reading(frame, "format", {"kind": kind}, at, at)
            return
        if frame.negative[at] and term.norm.split()[0] not in ("no", "without"):
            continue
        if _rubber(frame, at) or _weighed(frame, kind):
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
    term, before, after = frame.terms[at], frame.terms[max(0, at - 4) : at], _after(frame, at)
    if before and (
        before[-1].has("label.word", "label.words") or (frame.lexicon.spaces and before[-1].has("range.open"))
    ):
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
            and before[-1].has("word.link")
            and not frame.negative[at]
            and not frame.topical[at]
            and frame.has("verb.answer", "verb.write", "verb.display")
        ):
            kind = "numbered_list" if frame.terms[at].has("format.numbered_list") else "bullets"
            yield reading(frame, "format", {"kind": kind}, at, at, scope="answer")
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
    after = _after(frame, at)
    if after is not None and after.kind == "word" and not after.concepts:
        return False
    for index in range(at - 1, max(-2, at - 7), -1):
        if index < 0:
            return True
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
        ) and not term.has("verb.include")
    return False


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


def _columns(frame: Frame) -> Iterator[Reading]:
    """ "With the columns Name, Age and City", "three columns: "a", "b", "c"": what the columns of a table are called."""
    for at in frame.find("unit.table_columns"):
        if (frame.negative[at] and not frame.quantities) or frame.conditional(at):
            continue
        listed = _named_list(frame, at)
        if listed is not None and len(listed.words) > 1:
            ordered = {"ordered": True} if "order" in frame.text[frame.terms[at].start : frame.end] else {}
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


def _keys(frame: Frame) -> Iterator[Reading]:
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
        after = _after(frame, at)
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


def _choice(frame: Frame) -> Iterator[Reading]:
    choosing = frame.find("verb.choose")
    if not choosing and frame.has("word.only", "word.else", "compare_before.exact"):
        choosing = [i for i in frame.find("verb.answer") if not frame.negative[i]]
    options = [i for i, t in enumerate(frame.terms) if t.kind == "literal"]
    if not choosing and frame.lexicon.spaces and (offered := _offered(frame)) is not None:
        yield reading(frame, "choice", {"options": list(offered.words)}, offered.first, offered.last, scope="answer")
        return
    if not choosing or frame.negative[choosing[0]]:
        return
    at = choosing[0]
    if at and frame.terms[at - 1].has("compare_before.min", "compare_before.over"):
        return
    if (
        at
        and frame.terms[at - 1].has("verb.include")
        and not frame.terms[at - 1].has("verb.answer")
        and frame.terms[at].norm == "either"
    ):
        return
    if frame.lexicon.spaces:
        numbered = [m.strip(" ,;.(") for m in _NUMBERED.split(frame.text[frame.terms[at].end : frame.end])[1:]]
        if len(numbered) > 1 and all(0 < len(w) <= 40 for w in numbered):
            yield reading(frame, "choice", {"options": numbered}, at, len(frame.terms) - 1, scope="answer")
            return
        listed = next(
            (
                found
                for i in choosing
                if frame.terms[i].norm.endswith(":")
                and i + 1 < len(frame.terms)
                and (found := listed_at(frame, i + 1, most=5)) is not None
                and len(found.words) > 1
            ),
            None,
        )
        if listed is None:
            listed = next(
                (
                    found
                    for i in reversed(choosing)
                    if (found := behind_colon(frame, i, within=4)) is not None and len(found.words) > 1
                ),
                None,
            )
        if listed is None:
            listed = next(
                (
                    found
                    for i in choosing
                    if (found := listed_at(frame, i + 1)) is not None
                    and len(found.words) > 1
                    and (
                        found.either
                        or frame.terms[i + 1].norm in "({"
                        or frame.terms[i].norm.endswith(" are")
                        or (len(found.words) > 2 and found.last + 2 >= len(frame.terms))
                    )
                ),
                None,
            )
        if listed is not None and any(c.isalnum() for w in listed.words for c in w):
            yield reading(frame, "choice", {"options": list(listed.words)}, at, listed.last, scope="answer")
            return
    after = [i for i in options if i > at] if frame.lexicon.spaces else options
    words = [frame.terms[i].inner.strip() for i in after]
    bracket = next((i for i, t in enumerate(frame.terms) if t.kind == "bracket" and "," in t.inner), None)
    if len(words) < 2 and bracket is not None:
        words, after = [w.strip(" '\"") for w in frame.terms[bracket].inner.split(",")], [bracket]
    if len(words) >= 2 and any(c.isalnum() for w in words for c in w):
        yield reading(frame, "choice", {"options": words}, at, after[-1], scope="answer")
        return
    yield from _plain_choice(frame, at)


def _offered(frame: Frame) -> Listed | None:
    """ "Answer yes or no.", "your answer may only be A, B, C or D": all that the answer is to be, up to the end of the sentence."""
    starts = [i + 1 for i in frame.find("verb.answer") if not frame.negative[i]]
    if frame.has("part.answer"):
        starts += [
            i + 1
            for i in frame.find("verb.be")
            if any(t.has("word.must", "word.only") for t in frame.terms[max(0, i - 2) : i])
        ]
    for first in starts:
        while first < len(frame.terms) and (
            frame.terms[first].has("word.with", "word.only", "verb.choose", "compare_before.exact", "unit.words")
            or frame.terms[first].number == 1
            or (first > starts[0] and frame.terms[first].norm in ",:")
        ):
            first += 1
        listed = listed_at(frame, first) if first < len(frame.terms) else None
        ends = listed is not None and (
            listed.last + 1 >= len(frame.terms) or frame.terms[listed.last + 1].norm in ".!;:,"
        )
        if listed is not None and ends and listed.either and len(listed.words) > 1 and not frame.negative[first]:
            return listed
    return None


def _plain_choice(frame: Frame, at: int) -> Iterator[Reading]:
    """ "Answer yes or no", "one of: low, medium, high": options without quotes, single words in a list that ends with "or"."""
    terms = frame.terms
    for index in range(at + 1, len(terms) - 1):
        if not terms[index].has("word.or") or terms[index].has("word.and"):
            continue
        options = [index + 1]
        back = index - 1
        while back > at - 1 and (_plain(terms[back]) or terms[back].norm in ",，、"):
            if _plain(terms[back]):
                options.insert(0, back)
            if back > 0 and _plain(terms[back]) and terms[back - 1].norm not in ",，、":
                break
            back -= 1
        if any(t.names("label") for t in terms[at : options[0]] if not t.has("unit.words")):
            return
        if len(options) >= 2 and _plain(terms[index + 1]):
            words = [frame.text[terms[i].start : terms[i].end] for i in options]
            yield reading(frame, "choice", {"options": words}, at, index + 1, scope="answer")
        return


def _plain(term: Term) -> bool:
    return (term.kind == "word" and not term.concepts) or term.norm == "no"
