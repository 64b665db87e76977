"""The shape of a document: blocks, list items with nesting, headings, sentences. Every piece knows its characters in the document.

One pass over the lines and one over the characters of each block, so that time grows with length and with nothing else. Code fences, quoted passages,
tables and pasted JSON or YAML stay whole: nothing inside them is read as a rule.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.clause import Span
from lightwing.spec.text.passages import ITEM, RULE_LINE, Kind, data_lines, opaque_passages
from lightwing.spec.text.sentences import sentences

__all__ = ["Kind", "Statement", "structure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence, heading or opaque passage.

    `body` is the span without a leading label ("Tone: …"), `label` that label. `item` is the nesting depth of the list item it stands in (0: no list),
    `ordinal` the item's number where it has one, `first` whether it opens its item. `lead` and `heading` are indexes of the statement that
    introduces it ("You must:") and of the heading above it.
    """

    span: Span
    body: Span
    kind: Kind = "sentence"
    label: str = ""
    block: int = 0
    item: int = 0
    ordinal: int | None = None
    first: bool = True
    level: int = 0
    lead: int | None = None
    heading: int | None = None


_HASH = re.compile(r"[ \t]*(#{1,6})[ \t]*(?=[^\s#])")
_BOLD_LINE = re.compile(r"[ \t]*(?:\*\*|__)([^*_\n]{1,80})(?:\*\*|__)[ \t]*[:：]?[ \t]*$")
_BRACKET_LINE = re.compile(
    r"[ \t]*(?:【[^】\n]{1,40}】|\[[^\]\n]{1,40}\]|<[^<>\n/]{1,40}>|={2,}[^=\n]{1,60}={2,})[ \t]*[:：]?[ \t]*$"
)
_LABEL = re.compile(
    r"(?:\*\*|__)?(?P<name>[^\W\d_][^:：.!?。！？\n*\"“「]{0,58}?)(?:(?:\*\*|__)[ \t]*[:：]|[:：](?:\*\*|__)?)[ \t\u3000]*(?=\S)"
)
_SCHEMA_KEY = re.compile(
    r"\"?(?:openapi|operationId|\$ref|\$schema|properties|paths|servers|requestBody|parameters|version)\"?[ ]?:"
)
_PROSE_VALUE = re.compile(r"\"((?:[A-Z][^\"\n]{0,2000}[a-z] )[^\"\n]{20,4000})\"[ ]*[,}\]\n]")


_TITLE_LIMIT = 60
_HEAD_LIMIT = 40
_STOPS = ".!?;,。！？；，、…"


@dataclass(slots=True)
class _Block:
    kind: Kind
    start: int
    end: int
    item: int = 0
    ordinal: int | None = None
    indent: int = 0
    level: int = 0


def structure(text: str) -> list[Statement]:
    """The statements of a document, in order and without overlap.

    >>> text = "# Rules\\n- Be brief. Be kind.\\n- Never swear."
    >>> [(s.kind, s.span.cut(text), s.item) for s in structure(text)]
    [('heading', 'Rules', 0), ('sentence', 'Be brief.', 1), ('sentence', 'Be kind.', 1), ('sentence', 'Never swear.', 1)]
    """
    return _statements(text, _blocks(text))


def _lines(text: str) -> list[tuple[int, int]]:
    """[start, end) of each line, without its line break."""
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _blocks(text: str) -> list[_Block]:
    lines = _lines(text)
    opaque = opaque_passages(text, lines)
    data = data_lines(text, lines)
    blocks: list[_Block] = []
    indents: list[tuple[int, str]] = []
    blank = True
    i = 0
    while i < len(lines):
        start, end = lines[i]
        line = text[start:end]
        bare = line.strip()
        if i in opaque:
            after, kind = opaque[i]
            blocks.append(_Block(kind, start, lines[after - 1][1]))
            i, blank = after, True
            continue
        if not bare:
            blank = True
            i += 1
            continue
        if i in data:
            last = i
            while last + 1 < len(lines) and (last + 1 in data or not text[slice(*lines[last + 1])].strip()):
                last += 1
            while last not in data:
                last -= 1
            blocks.extend(_data_blocks(text, start, lines[last][1]))
            i, blank = last + 1, True
            continue
        i += 1
        if RULE_LINE.match(line):
            indents, blank = [], True
            continue
        content = start + len(line) - len(line.lstrip())
        if heading := _HASH.match(line):
            blocks.append(_Block("heading", start + heading.end(), end, level=len(heading[1])))
            indents, blank = [], False
            continue
        if _BOLD_LINE.match(line) or _BRACKET_LINE.match(line):
            blocks.append(_Block("heading", content, end, level=7))
            indents, blank = [], False
            continue
        if bare[0] == "|" and bare[-1] == "|" and len(bare) > 2:
            _extend(blocks, "table", content, end, joined=not blank)
            blank = False
            continue
        if mark := ITEM.match(line):
            indent, style = _width(line[: mark.start("mark")]), _style(mark)
            while indents and (
                indents[-1][0] > indent or (indents[-1][0] == indent and (indent, style) in indents[:-1])
            ):
                indents.pop()
            if not indents or indents[-1] != (indent, style):
                indents.append((indent, style))
            blocks.append(
                _Block("sentence", start + mark.end(), end, item=len(indents), ordinal=_ordinal(mark), indent=indent)
            )
            blank = False
            continue
        if bare[0] == ">":
            _extend(blocks, "quote", content, end, joined=not blank)
            blank = False
            continue
        if blank and _heads(line, text[slice(*lines[i])] if i < len(lines) else ""):
            blocks.append(_Block("heading", content, end, level=8))
            indents, blank = [], False
            continue
        previous = blocks[-1] if blocks else None
        indent = _width(line[: content - start])
        if (
            previous
            and not blank
            and previous.kind == "sentence"
            and _continues(text[previous.start : previous.end], bare)
        ):
            previous.end = end
        elif previous and previous.item and previous.kind == "sentence" and indent > previous.indent:
            blocks.append(_Block("sentence", content, end, item=previous.item, indent=previous.indent))
        else:
            indents = []
            blocks.append(_Block("sentence", content, end))
        blank = False
    return [block for block in blocks if text[block.start : block.end].strip()]


def _heads(line: str, below: str) -> bool:
    """Whether a short line without a stop, after a blank line, is the heading of the paragraph that follows on the next line."""
    bare, below = line.strip(), below.strip()
    limit = _HEAD_LIMIT if bare.isascii() or " " in bare else _HEAD_LIMIT // 3
    return (
        len(bare) <= limit
        and len(bare.split()) <= 6
        and bare[-1] not in _STOPS + ":：\"'”’」»)）"
        and bare[0] not in "\"“«「'‘("
        and not bare[0].islower()
        and len(below) > max(20 if limit == _HEAD_LIMIT else 10, len(bare))
        and below[-1] in ".!?。！？"
        and not below[0].islower()
        and ITEM.match(below) is None
    )


def _data_blocks(text: str, start: int, end: int) -> list[_Block]:
    """Pasted data is opaque, save where it is rules in a JSON coat: strings that are sentences, and none of a schema's keys."""
    if _SCHEMA_KEY.search(text, start, end):
        return [_Block("code", start, end)]
    prose = [m.span(1) for m in _PROSE_VALUE.finditer(text, start, end)]
    if len(prose) < 3:
        return [_Block("code", start, end)]
    blocks, at = [], start
    for a, b in prose:
        if text[at:a].strip():
            blocks.append(_Block("code", at, a))
        blocks.append(_Block("sentence", a, b))
        at = b
    blocks.append(_Block("code", at, end))
    return blocks


def _continues(before: str, line: str) -> bool:
    """Whether a line goes on with the sentence of the line before (a hard-wrapped text)."""
    last = before.rstrip()[-1:]
    return (
        last not in ".!?。！？:：；;" and (line[0].islower() or last == ",") and not line.startswith(("http", "www."))
    )


def _extend(blocks: list[_Block], kind: Kind, start: int, end: int, *, joined: bool) -> None:
    if joined and blocks and blocks[-1].kind == kind:
        blocks[-1].end = end
    else:
        blocks.append(_Block(kind, start, end))


def _width(white: str) -> int:
    return sum(4 if c == "\t" else 2 if c == "\u3000" else 1 for c in white if c != ">")


def _style(mark: re.Match[str]) -> str:
    """How an item is marked. At one indentation another way of marking is another level: "一、" holds "（1）"."""
    sign = mark["mark"].strip()
    if not any(c.isalnum() for c in sign) and not mark["circled"]:
        return "dash" if sign[:1] in "-–—" else "sign"
    if "." in sign[:-1]:
        return f"points {sign.rstrip('.)').count('.')}"
    return (
        re.sub(r"[^\W\d_]+", "a" if sign.isascii() else "字", re.sub(r"\d+", "1", sign)) if not mark["circled"] else "①"
    )


_HAN = {c: n for n, c in enumerate("一二三四五六七八九十", start=1)}


def _ordinal(mark: re.Match[str]) -> int | None:
    """The item's number; Chinese numbers up to ten."""
    if circled := mark["circled"]:
        return ord(circled) - ord("①") + 1
    number = mark["num"] or mark["num2"] or mark["num3"] or mark["num4"]
    if number is None:
        return _HAN.get(mark["mark"][0])
    return int(number) if number.isdecimal() else _HAN.get(number)


def _statements(text: str, blocks: list[_Block]) -> list[Statement]:
    found: list[Statement] = []
    heading: int | None = None
    leads: list[tuple[int, int]] = []
    for b, block in enumerate(blocks):
        pieces = [(block.start, block.end)] if block.kind != "sentence" else sentences(text, block.start, block.end)
        depth = block.item
        while leads and leads[-1][0] >= max(depth, 1) and depth:
            leads.pop()
        if not depth:
            leads = [lead for lead in leads if lead[0] == 0] if block.kind in ("code", "quote", "table") else []
        for n, (start, end) in enumerate(pieces):
            span = _trim(text, start, end)
            if span.start == span.end:
                continue
            label, body = "", span
            if (
                block.kind == "sentence"
                and (match := _LABEL.match(text, span.start, span.end))
                and _is_label(text, match)
            ):
                label, body = match["name"].strip(), Span(match.end(), span.end)
            found.append(
                Statement(
                    span=span,
                    body=body,
                    kind=block.kind,
                    label=label,
                    block=b,
                    item=depth,
                    ordinal=block.ordinal if n == 0 else None,
                    first=n == 0,
                    level=block.level,
                    lead=leads[-1][1] if leads else None,
                    heading=heading,
                )
            )
        if not found:
            continue
        last = len(found) - 1
        if block.kind == "heading":
            heading = last
        elif block.kind == "sentence":
            if depth:
                leads.append(
                    (
                        depth,
                        last if found[last].span.cut(text).rstrip("*_ ").endswith((":", "：")) else _opener(found, b),
                    )
                )
            elif found[last].span.cut(text).rstrip("*_ ").endswith((":", "：")) or _plain_title(text, blocks, b):
                leads = [(0, last)]
    return found


def _plain_title(text: str, blocks: Sequence[_Block], b: int) -> bool:
    """Whether a short line without a stop stands right above a list: the list's title."""
    line = text[blocks[b].start : blocks[b].end]
    below = blocks[b + 1] if b + 1 < len(blocks) else None
    return (
        below is not None
        and below.item > 0
        and len(line) <= _TITLE_LIMIT
        and "\n" not in line.strip()
        and line.rstrip()[-1:] not in _STOPS
    )


def _opener(found: list[Statement], block: int) -> int:
    """Index of the first statement of the last block."""
    i = len(found) - 1
    while i > 0 and found[i - 1].block == block:
        i -= 1
    return i


def _is_label(text: str, match: re.Match[str]) -> bool:
    """A label is short and is no web address or clock time."""
    return not text.startswith("//", match.end()) and len(match["name"].split()) <= 7


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
