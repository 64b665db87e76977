"""Passages of a document that stay whole: code fences, quoted and example passages between marks, pasted JSON, YAML or code."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["ITEM", "RULE_LINE", "Kind", "data_lines", "opaque_passages"]

Kind = Literal["heading", "sentence", "code", "quote", "table"]

_FENCE = re.compile(r"[ \t]*(```|~~~)")
_TRIPLE = re.compile(r"[ \t]*(\"\"\"|''')[ \t]*$")
_TAG = re.compile(r"[ \t]*<(/?)([A-Za-z][\w-]{0,30})>[ \t]*$")
_KEY_LINE = re.compile(r"[ \t]*-?[ \t]*['\"$/{]?[A-Za-z_$/{][\w$/{}.-]*['\"]?:(?:[ \t]+\S.*)?$")
_JSON_LINE = re.compile(
    r"[ \t]*(?:\"[^\"\n]{0,80}\"[ \t]*:|[{}\[\]()]+[ \t]*[,;]?[ \t]*$|//|/\*|<[A-Za-z/][^>\n]*>[ \t]*$|import[ \t{]|export[ \t]|const[ \t]|def[ \t]\w+\(|return[ \t;]|[#@]include)"
)
_CODE_END = re.compile(r"(?:[{;]|\}[,)]?|\],?|\);?)[ \t]*$")
_EXAMPLE_TAGS = frozenset(
    {
        "example",
        "examples",
        "sample",
        "samples",
        "input",
        "output",
        "transcript",
        "conversation",
        "quote",
        "dialogue",
        "template",
    }
)
_BETWEEN = re.compile(
    r"\b(?:between|example|examples|sample|enclosed|delimited|following|below)\b|示例|例子|之间|如下|以下|例文|entre|ejemplo|exemple",
    re.IGNORECASE,
)
_RULES_BELOW = re.compile(r"\b(?:instructions?|rules?|guidelines?|policy|policies)\b", re.IGNORECASE)
RULE_LINE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,}|#{3,}|~{3,})[ \t]*$")
ITEM = re.compile(
    r"[ \t\u3000]*(?:>[ \t]?)?(?P<mark>[-*+•·▪◦●○■□–—☑✅✔➤→▶►◆◇★☆※✓✗✘❌⛔»›‣⁃][️]?(?=[ \t\u3000])[ \t\u3000]|[•●■◆◇★☆※☑✅✔❌][️]?"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}[.)]?[ \t]+(?=[^\Wa-z\d_]|[\"“«¿¡`*])"
    r"|\(?(?P<num>\d{1,3})(?:[.)、）．](?!\d)|\\\.)[ \t\u3000]?|\(?[A-Za-z][.)][ \t]|[ivx]{1,4}[.)][ \t]"
    r"|[（(](?P<num2>\d{1,3}|[一二三四五六七八九十]{1,3})[）)]|[一二三四五六七八九十]{1,3}[、.．]|(?P<circled>[①-⑳])"
    r"|(?:[Ss]tep|STEP|[Rr]ule(?: Nr\.?)?|RULE|Paso|Étape)[ ](?P<num3>\d{1,3})[.:)-][ \t]?|第(?P<num4>\d{1,3}|[一二三四五六七八九十]{1,3})[步条][：:、,，]?)[ \t\u3000]*"
)


def opaque_passages(text: str, lines: list[tuple[int, int]]) -> dict[int, tuple[int, Kind]]:
    """Line index that opens an opaque passage -> (index after its last line, kind). An opener without its closer opens nothing."""
    spans: dict[int, tuple[int, Kind]] = {}
    marks: list[tuple[int, str, bool, Kind]] = []
    for i, (a, b) in enumerate(lines):
        line = text[a:b]
        if fence := _FENCE.match(line):
            if line.count(fence[1]) == 1:
                marks.append((i, fence[1], False, "code"))
        elif triple := _TRIPLE.match(line):
            marks.append((i, triple[1], False, "quote"))
        elif tag := _TAG.match(line):
            if tag[2].lower() in _EXAMPLE_TAGS:
                marks.append((i, f"<{tag[2].lower()}>", tag[1] == "/", "quote"))
        elif (rule := RULE_LINE.match(line)) and rule.end():
            marks.append((i, line.strip()[:3], False, "quote"))
    last: dict[str, int] = {}
    closers: dict[int, int] = {}
    for k in range(len(marks) - 1, -1, -1):
        if marks[k][1] in last:
            closers[k] = last[marks[k][1]]
        last[marks[k][1]] = k
    done = -1
    for k, (i, name, closing, kind) in enumerate(marks):
        if k <= done or closing or k not in closers:
            continue
        if name[0] in "-*_=#~\"'" and name != "~~~" and not _introduced(text, lines, i):
            continue
        done = closers[k]
        spans[i] = (marks[done][0] + 1, kind)
    return spans


def _introduced(text: str, lines: list[tuple[int, int]], i: int) -> bool:
    """Whether the line before line `i` says that what follows is an example or stands between marks."""
    for j in range(i - 1, max(-1, i - 3), -1):
        line = text[lines[j][0] : lines[j][1]].strip()
        if line:
            tail = line[-200:]
            return line.endswith((":", "：")) and _BETWEEN.search(tail) is not None and not _RULES_BELOW.search(tail)
    return False


def data_lines(text: str, lines: list[tuple[int, int]]) -> set[int]:
    """Lines of pasted JSON, YAML or code: runs of at least three that look so."""
    found: set[int] = set()
    run: list[int] = []
    strong = 0

    def close() -> None:
        nonlocal strong
        if strong >= 3:
            found.update(run)
        run.clear()
        strong = 0

    keys = 0
    for i, (a, b) in enumerate(lines):
        line = text[a:b]
        bare = line.strip()
        if not bare:
            continue
        if _JSON_LINE.match(line) or (_CODE_END.search(line[-6:]) and not bare[0].isupper() and not ITEM.match(line)):
            run.append(i)
            strong += 1
            keys = 0
        elif _KEY_LINE.match(line) and not bare.lstrip("- ")[:1].isupper():
            run.append(i)
            keys += 1
            if keys >= 3:
                strong += 1
        elif run and strong >= 2 and line[:2] == "  " and not ITEM.match(line):
            run.append(i)
        else:
            close()
            keys = 0
    close()
    return found
