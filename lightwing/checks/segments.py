"""Scopes: which part of an answer a check reads, and how the answer is cut into such parts."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from lightwing.checks.base import Profile
from lightwing.checks.tables import header_index, tables
from lightwing.checks.text import bare_ends, strip_span, view
from lightwing.core.clause import Span
from lightwing.core.errors import BadArguments

__all__ = ["KINDS", "Scope", "parse_scope", "segments"]

KINDS = (
    "line", "sentence", "paragraph", "section", "bullet", "item", "heading", "row", "stanza", "response", "table", "cell", "question",
)  # fmt: skip
"""Kinds of segment that are numbered."""
_WHOLE = ("title", "code", "outside_code", "outside_table", "header_row", "conversation")
_MARK = re.compile(
    r"^[ \t\u3000]*(?:>[ \t]*)?(?:[-*+•◦▪‣●○■□◆◇・–—]|\d{1,3}[.)、．）]|[(（]\d{1,3}[)）]|[①-⑳])[ \t\u3000]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A parsed scope: a kind of segment and which of them (`index` from 1, negative from the end; None: each), or a named part."""

    kind: str
    index: int | None = None
    name: str = ""
    language: str = "en"
    profile: Profile = "default"

    def label(self, number: int) -> str:
        """How a reason calls the segment of this number."""
        if self.kind in KINDS:
            return f"{self.kind} {number}"
        return {
            "section_named": f"the section {self.name!r}",
            "column": f"the column {self.name!r}",
            "outside_code": "the text outside code",
            "outside_table": "the text outside tables",
            "header_row": "the header row",
        }.get(self.kind, f"the {self.kind}")


def parse_scope(word: str, *, language: str = "en", profile: Profile = "default") -> Scope:
    """Reads a scope of `docs/clause-kinds.md`. Raises BadArguments.

    >>> parse_scope("each_line").index is None, parse_scope("last_line").index, parse_scope("paragraph:2").index
    (True, -1, 2)
    """
    kind, _, rest = word.partition(":")
    if kind in ("section_named", "column") and rest.strip():
        return Scope(kind=kind, name=rest.strip(), language=language, profile=profile)
    if word in _WHOLE:
        return Scope(kind=word, language=language, profile=profile)
    for head, index in (("each_", None), ("first_", 1), ("last_", -1)):
        if word.startswith(head) and word[len(head) :] in KINDS:
            return Scope(kind=word[len(head) :], index=index, language=language, profile=profile)
    if kind in KINDS and re.fullmatch(r"-?[1-9]\d{0,5}", rest):
        return Scope(kind=kind, index=int(rest), language=language, profile=profile)
    raise BadArguments(
        f"There is no scope {word!r}.",
        hint="Use 'answer', 'first_line', 'last_line', 'line:2', 'each_paragraph', 'section_named:NAME' … as docs/clause-kinds.md lists them.",
    )


def segments(text: str, scope: Scope) -> list[Span]:
    """All segments of the scope's kind, in order."""
    cut = view(text)
    match scope.kind:
        case "line":
            return cut.lines
        case "sentence":
            return cut.sentences
        case "paragraph":
            return _raw_paragraphs(text) if scope.profile == "ifeval" else cut.paragraphs
        case "stanza":
            return cut.blocks
        case "bullet":
            return [_after_mark(text, span) for span, _ in cut.bullets]
        case "item":
            return [_after_mark(text, span) for span in cut.items]
        case "heading":
            return [
                Span(span.start + span.cut(text).index(words), span.start + span.cut(text).index(words) + len(words))
                for span, _, words in cut.headings
            ]
        case "row":
            return [row for table in tables(text) for row in table.row_lines]
        case "header_row":
            return [table.header_line for table in tables(text)]
        case "table":
            return [table.span for table in tables(text)]
        case "cell":
            return [cell for table in tables(text) for row in table.rows for cell in row]
        case "column":
            return _column(text, scope.name)
        case "question":
            return [span for span in cut.sentences if _is_question(span.cut(text))]
        case "section":
            return _sections(text)
        case "response":
            return _responses(text)
        case "section_named":
            return _section_named(text, scope.name)
        case "title":
            return _title(text)
        case "code":
            return _code_inside(text)
        case _:
            return [Span(0, len(text))]


def _after_mark(text: str, span: Span) -> Span:
    found = _MARK.match(span.cut(text))
    return strip_span(text, span.start + (found.end() if found else 0), span.end)


def _raw_paragraphs(text: str) -> list[Span]:
    """What stands between two line breaks, blank or not: paragraphs as IFEval numbers them."""
    spans, start = [], 0
    for part in text.split("\n\n"):
        spans.append(strip_span(text, start, start + len(part)))
        start += len(part) + 2
    return spans


def _column(text: str, name: str) -> list[Span]:
    """Body cells under this header, in all tables that have it."""
    found = []
    for table in tables(text):
        at = header_index(table.names(text), name)
        found += [] if at is None else [row[at] for row in table.rows if len(row) > at]
    return found


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("\"'”’»)]）」』*_ ").endswith(("?", "？", "؟"))


def _sections(text: str) -> list[Span]:
    """The bodies under headings, heading line included."""
    starts = [span.start for span, _, _ in view(text).headings]
    return [strip_span(text, a, b) for a, b in itertools.pairwise([*starts, len(text)])]


def _responses(text: str) -> list[Span]:
    spans, start = [], 0
    for match in re.finditer(r"\*{6,}", text):
        spans.append(strip_span(text, start, match.start()))
        start = match.end()
    spans.append(strip_span(text, start, len(text)))
    return [span for span in spans if span.start < span.end]


def _section_named(text: str, name: str) -> list[Span]:
    """The part under the heading or label `name`, up to the next heading or label of the same make."""
    wanted = name.casefold().strip().rstrip(":：")
    headings = view(text).headings
    for number, (span, level, words) in enumerate(headings):
        if bare_ends(words).casefold().rstrip(":：") == wanted:
            end = next((other.start for other, deeper, _ in headings[number + 1 :] if deeper <= level), len(text))
            return [strip_span(text, span.end, end)]
    lines = view(text).lines
    for number, line in enumerate(lines):
        label, colon, _ = line.cut(text).partition(":" if ":" in line.cut(text) else "：")
        if bare_ends(label).casefold() == wanted and (colon or bare_ends(line.cut(text)).casefold() == wanted):
            end = next((after.start for after in lines[number + 1 :] if _is_label(after.cut(text))), len(text))
            begin = line.start + len(label) + len(colon) if colon else line.end
            begin += len(text[begin:end]) - len(text[begin:end].lstrip("*_ \t"))
            return [strip_span(text, begin, end)]
    return []


def _is_label(line: str) -> bool:
    """A line that names a part: short, and closed by a colon or wholly bold."""
    bare = line.strip()
    return len(bare) <= 60 and (
        bare.rstrip("*_").endswith((":", "：")) or (bare.startswith("**") and bare.endswith("**"))
    )


def _title(text: str) -> list[Span]:
    marked = re.search(r"<<([^\n<>]+)>>", text)
    if marked:
        return [Span(*marked.span(1))]
    headings = view(text).headings
    if headings:
        span, _, words = headings[0]
        at = text.index(words, span.start)
        return [Span(at, at + len(words))]
    return view(text).lines[:1]


def _code_inside(text: str) -> list[Span]:
    spans = []
    for span in view(text).code:
        first, last = text.find("\n", span.start, span.end), text.rfind("\n", span.start, span.end)
        if first >= 0:
            spans.append(
                strip_span(
                    text,
                    first + 1,
                    max(first + 1, last if text[last : span.end].strip()[:1] in "`~" and last > first else span.end),
                )
            )
    return spans
