"""Counters and writers of the units of markup: lists, sections, emphasis, tables."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lightwing.checks.tables import tables
from lightwing.checks.text import bare_ends, view
from lightwing.checks.writing import filler_word, sentence

if TYPE_CHECKING:
    from lightwing.checks.counting_asked import Asked

_PLACEHOLDER = re.compile(r"\[(?![ xX]\]|\^)[^\[\]\n]+\](?!\()")
_BOLD = re.compile(r"\*\*(?![\s*])[^*\n]*[^\s*]\*\*|(?<!\w)__(?![\s_])[^_\n]*[^\s_]__(?!\w)|\*\*[^\s*]\*\*")
_ITALIC = re.compile(
    r"(?<![\\*])\*(?![\s*])(?:[^*\n]*[^\s*])?\*(?!\*)|(?<![\w_])_(?![\s_])(?:[^_\n]*[^\s_])?_(?![\w_])"
)
_BOTH = re.compile(r"\*\*\*(?![\s*])[^*\n]*[^\s*]\*\*\*")
_HIGHLIGHT = re.compile(
    r"\*\*\*(?!\s)[^*\n]+\*\*\*|\*\*(?!\s)[^*\n]+\*\*|\*(?<![\\*]\*)(?![\s*])[^*\n]+(?<!\s)\*(?!\*)"
    r"|__(?<![\w_]__)(?![\s_])[^_\n]+__(?![\w_])|_(?<![\w_]_)(?![\s_])[^_\n]+(?<!\s)_(?![\w_])"
)
_LINK = re.compile(
    r"(?<!!)\[[^\[\]\n]+\]\([^()\s]+(?:[ \t]+\"[^\"\n]*\")?\)|<https?://[^\s<>]+>|(?<![(\w<\[])https?://[^\s<>()\[\]]+"
)
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\([^()\s]+(?:[ \t]+\"[^\"\n]*\")?\)")
_ORDINAL = r"(?:\d+|[IVXLC]+|[A-Za-z]|one|two|three|four|five|six|seven|eight|nine|ten|uno|dos|tres|cuatro|cinco|seis|un|deux|trois|quatre|cinq|[一二三四五六七八九十])"


def bullets(text: str, asked: Asked) -> int:
    return sum(asked.marker is None or mark == asked.marker for _, mark in view(text).bullets)


def write_bullets(rng: random.Random, n: int, asked: Asked) -> str:
    return "List\n\n" + "\n".join(f"{asked.marker or '-'} {sentence(rng, 4, asked.setting.language)}" for _ in range(n))


def numbered(text: str, asked: Asked) -> int:
    return len(view(text).numbered)


def write_numbered(rng: random.Random, n: int, asked: Asked) -> str:
    return "List\n\n" + "\n".join(f"{i % 900 + 1}. {sentence(rng, 4, asked.setting.language)}" for i in range(n))


def items(text: str, asked: Asked) -> int:
    return len(view(text).items)


def write_items(rng: random.Random, n: int, asked: Asked) -> str:
    return "List\n\n" + "\n".join(f"* {sentence(rng, 4, asked.setting.language)}" for _ in range(n))


def sections(text: str, asked: Asked) -> int:
    """With a marker: lines that it opens (a word is followed by a number, a sign stands alone or before words). Without: headings of the level that
    is used most, or else labels on lines of their own."""
    if asked.marker is not None:
        return _marked_sections(text, asked.marker)
    levels = [level for _, level, _ in view(text).headings]
    if levels:
        return max(levels.count(level) for level in set(levels))
    return sum(_is_label(span.cut(text)) for span in view(text).lines)


def _marked_sections(text: str, marker: str) -> int:
    """A word opens a section where it begins a line or follows a sentence, and a number, letter or numeral (not the X of the request) comes after."""
    name = marker.strip()
    if not any(map(str.isalnum, name)):
        return len(re.findall(rf"(?m)^[ \t]*{re.escape(name)}(?!{re.escape(name[0])})", text))
    return sum(_opens(text, match.start()) for match in _section_pattern(name).finditer(text))


@lru_cache(maxsize=256)
def _section_pattern(name: str) -> re.Pattern[str]:
    # Who writes a marker in capitals asks for capitals.
    case = "" if name.isupper() else "(?i)"
    return re.compile(rf"{case}(?<!\w){re.escape(name)}[ \t]*[:#.\-]?[ \t]*(?!X(?!\w))(?i:{_ORDINAL})(?!\w)")


def _opens(text: str, at: int) -> bool:
    before = text[max(0, at - 12) : at].rstrip(" \t#>*_-[(<【「\"“”'\\")
    return not before or before[-1] in "\n.!?…:;。！？："


def _is_label(line: str) -> bool:
    return (
        1 < len(line) <= 60
        and ((line.startswith("**") and line.rstrip(":").endswith("**")) or line.endswith((":", "：")))
        and bare_ends(line) != ""
    )


def write_sections(rng: random.Random, n: int, asked: Asked) -> str:
    language = asked.setting.language
    if asked.marker is None:
        return "\n\n".join(
            f"## {filler_word(rng, language)}\n\n{sentence(rng, 5, language)}" for _ in range(n)
        ) or sentence(rng, 5, language)
    wordy = any(map(str.isalnum, asked.marker))
    return "\n\n".join(
        f"{asked.marker}{f' {i + 1}' if wordy else ''}\n{sentence(rng, 5, language)}" for i in range(n)
    ) or sentence(rng, 5, language)


def headings(text: str, asked: Asked) -> int:
    return sum(asked.level is None or level == asked.level for _, level, _ in view(text).headings)


def write_headings(rng: random.Random, n: int, asked: Asked) -> str:
    mark = "#" * (asked.level or 2)
    return "\n\n".join(f"{mark} {filler_word(rng)}\n\n{sentence(rng)}" for _ in range(n)) or sentence(rng)


def placeholders(text: str, asked: Asked) -> int:
    return len(_PLACEHOLDER.findall(text))


def write_placeholders(rng: random.Random, n: int, asked: Asked) -> str:
    return "Dear" + "".join(f" [{filler_word(rng)}]" for _ in range(n)) + " yours."


def highlights(text: str, asked: Asked) -> int:
    return len(_HIGHLIGHT.findall(text)) if "*" in text or "_" in text else 0


def write_highlights(rng: random.Random, n: int, asked: Asked) -> str:
    return "Note" + "".join(f" *{filler_word(rng)} part* and" for _ in range(n)) + " more."


def bold(text: str, asked: Asked) -> int:
    return len(_BOLD.findall(text))


def write_bold(rng: random.Random, n: int, asked: Asked) -> str:
    return "Note" + "".join(f" **{filler_word(rng)} part** and" for _ in range(n)) + " more."


def italics(text: str, asked: Asked) -> int:
    return len(_ITALIC.findall(text)) + len(_BOTH.findall(text))


def write_italics(rng: random.Random, n: int, asked: Asked) -> str:
    return "Note" + "".join(f" *{filler_word(rng)} part* and" for _ in range(n)) + " more."


def links(text: str, asked: Asked) -> int:
    return len(_LINK.findall(text)) if "http" in text or "](" in text else 0


def write_links(rng: random.Random, n: int, asked: Asked) -> str:
    return "See" + "".join(f" [{filler_word(rng)}](https://example.org/{i})," for i in range(n)) + " there."


def images(text: str, asked: Asked) -> int:
    return len(_IMAGE.findall(text))


def write_images(rng: random.Random, n: int, asked: Asked) -> str:
    return "See" + "".join(f" ![{filler_word(rng)}](https://example.org/{i}.png)" for i in range(n)) + " there."


def code_blocks(text: str, asked: Asked) -> int:
    return len(view(text).code)


def write_code_blocks(rng: random.Random, n: int, asked: Asked) -> str:
    return "Code:\n\n" + "\n\n".join("```python\nx = 1\n```" for _ in range(n))


def block_quotes(text: str, asked: Asked) -> int:
    """Runs of lines that begin with ">"."""
    runs, inside = 0, False
    for line in text.split("\n"):
        quoted = line.lstrip().startswith(">")
        runs += quoted and not inside
        inside = quoted
    return runs


def write_block_quotes(rng: random.Random, n: int, asked: Asked) -> str:
    return "Quotes\n\n" + "\n\n".join(f"> {sentence(rng)}\n> {sentence(rng)}" for _ in range(n))


def table_count(text: str, asked: Asked) -> int:
    return len(tables(text))


def _write_table(rng: random.Random, rows: int, columns: int) -> str:
    head = "| " + " | ".join(filler_word(rng) for _ in range(columns)) + " |"
    ruling = "|" + "---|" * columns
    return "\n".join(
        [head, ruling, *("| " + " | ".join(filler_word(rng) for _ in range(columns)) + " |" for _ in range(rows))]
    )


def write_tables(rng: random.Random, n: int, asked: Asked) -> str:
    return "Tables\n\n" + "\n\n".join(_write_table(rng, 2, 2) for _ in range(n))


def table_rows(text: str, asked: Asked) -> int:
    """Body rows of all tables."""
    return sum(len(table.rows) for table in tables(text))


def write_table_rows(rng: random.Random, n: int, asked: Asked) -> str:
    return "Table\n\n" + _write_table(rng, n, 2)


def table_columns(text: str, asked: Asked) -> int:
    """Columns of the widest table."""
    return max((len(table.header) for table in tables(text)), default=0)


def write_table_columns(rng: random.Random, n: int, asked: Asked) -> str:
    return "Table\n\n" + _write_table(rng, 2, n) if n else "No table."
