"""Markdown layout by content: headings, their levels, table columns, and texts that come in a given order."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from lightwing.checks.base import ExactCheck
from lightwing.checks.tables import header_index, plain_cell, tables
from lightwing.checks.text import bare_ends, view
from lightwing.checks.words import occurrences
from lightwing.checks.writing import sentence, words
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["CodeLanguage", "Columns", "Heading", "HeadingLevel", "InOrder"]

Name = Annotated[str, Meta(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class HeadingLevel(ExactCheck):
    """Every Markdown heading is on one of these levels."""

    allowed: Annotated[tuple[Annotated[int, Meta(ge=1, le=6)], ...], Meta(min_length=1)]

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        found = view(text if complete else text[: text.rfind("\n") + 1]).headings
        wrong = [(span, level) for span, level, _ in found if level not in self.allowed]
        if wrong:
            may = " or ".join(str(level) for level in sorted(set(self.allowed)))
            return fail(
                f"The answer has a heading on level {wrong[0][1]}; use level {may} only.", *(span for span, _ in wrong)
            )
        return PASS if complete else unknown()

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield self._written(rng, [*self.allowed, *self.allowed])

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for level in {1, 2, 3, 4, 5, 6} - set(self.allowed):
            yield self._written(rng, [*self.allowed, level])

    def _written(self, rng: random.Random, levels: list[int]) -> str:
        language = self.setting.language
        return "\n\n".join(f"{'#' * n} {words(rng, 1, language)[0]}\n\n{sentence(rng, 5, language)}" for n in levels)


_NUMBERING = re.compile(
    r"^(?:\d+(?:\.\d+)*[.):]?|[IVXLC]+[.)]|[A-Za-z][.)]|[一二三四五六七八九十]+[、.])\s+|^[^\w\s]+\s*"
)


def heading_key(words: str) -> str:
    """A heading's words for comparison: no numbering, emoji, emphasis or closing colon, case folded.

    >>> heading_key("1. **Over  view:**")
    'over view'
    """
    bare = plain_cell(bare_ends(words))
    for _ in range(2):
        bare = _NUMBERING.sub("", bare).strip()
    return bare.rstrip(" :：.。*_").casefold()


@dataclass(frozen=True, kw_only=True)
class Heading(ExactCheck):
    """There is a heading with this text; without `level` a line of its own that is bold or ends with a colon counts as one too."""

    text: Name
    level: Annotated[int, Meta(ge=1, le=6)] | None = None

    def check_arguments(self) -> None:
        if not heading_key(self.text):
            raise self.refuse("text", "a text with a letter or digit")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        seen = text if complete else text[: text.rfind("\n") + 1]
        wanted = heading_key(self.text)
        found = view(seen).headings
        if any(heading_key(words) == wanted and self.level in (None, level) for _, level, words in found):
            return PASS
        if self.level is None and any(heading_key(line) == wanted for line in _label_lines(seen)):
            return PASS
        if not complete:
            return unknown()
        other = next((level for _, level, words in found if heading_key(words) == wanted), None)
        if other is not None:
            return fail(f'The answer\'s heading "{self.text}" is on level {other}; put it on level {self.level}.')
        return fail(f'The answer has no heading "{self.text}"; add {"#" * (self.level or 2)} {self.text}.')

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        say = sentence(rng, 5, self.setting.language)
        yield f"{'#' * (self.level or 2)} {' '.join(self.text.split())}\n\n{say}"
        yield f"# {words(rng, 1, self.setting.language)[0]}\n\n{say}\n\n{'#' * (self.level or 3)} {' '.join(self.text.split())}\n\n{say}"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        say = sentence(rng, 5, self.setting.language)
        yield f"## 123 {' '.join(self.text.split())} 456\n\n{say}"
        yield say
        if self.level is not None:
            yield f"{'#' * (self.level % 6 + 1)} {' '.join(self.text.split())}\n\n{say}"


def _label_lines(text: str) -> Iterator[str]:
    for line in view(text).lines:
        words = line.cut(text)
        if words.endswith((":", "：")) or (
            words.startswith(("**", "__")) and words.rstrip(":：").endswith(("**", "__"))
        ):
            yield words


@dataclass(frozen=True, kw_only=True)
class Columns(ExactCheck):
    """A table of the answer has columns of these names; with `ordered`, in this order."""

    names: Annotated[tuple[Name, ...], Meta(min_length=1)]
    ordered: bool = False

    def check_arguments(self) -> None:
        if any(not plain_cell(name).strip(" :：") or "|" in name or "\n" in name for name in self.names):
            raise self.refuse("names", "column names, without bars and line breaks")
        if len({header_index(list(self.names), name) for name in self.names}) < len(self.names):
            raise self.refuse("names", "different names")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        found = tables(text)
        if not found:
            return fail(f"The answer has no table; write one with the columns {', '.join(self.names)}.")
        nearest: list[str] = list(self.names)
        disordered: Span | None = None
        for table in found:
            header = table.names(text)
            indices = {name: header_index(header, name) for name in self.names}
            missing = [name for name, index in indices.items() if index is None]
            places = [index for index in indices.values() if index is not None]
            if not missing and (not self.ordered or places == sorted(places)):
                return PASS
            if not missing:
                disordered = table.header_line
            if len(missing) < len(nearest):
                nearest = missing
        if disordered is not None:
            return fail(
                f"The answer's table does not have its columns in the order {', '.join(self.names)}.", disordered
            )
        return fail(
            f"The answer's table has no column {', '.join(nearest)}; add {'it' if len(nearest) == 1 else 'them'}.",
            found[0].header_line,
        )

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield _table(self.names)
        if not self.ordered:
            yield _table(tuple(reversed(self.names)))

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield _table(tuple(f"{name} 0x" for name in self.names))
        for name in set(self.names):
            yield _table(tuple(other for other in self.names if other != name) or (f"{name}0x",))
        if self.ordered and len(set(self.names)) > 1:
            yield _table(tuple(reversed(self.names)))
        yield sentence(rng, 6, self.setting.language)


def _table(names: tuple[str, ...]) -> str:
    return "\n".join(("| " + " | ".join(names) + " |", "|---" * len(names) + "|", "| x " * len(names) + "|"))


_TAG = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_ALIASES = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "ts": "typescript",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
}
_ALIASES |= {
    "c++": "cpp",
    "c#": "csharp",
    "cs": "csharp",
    "rb": "ruby",
    "rs": "rust",
    "golang": "go",
    "yml": "yaml",
    "kt": "kotlin",
}


@dataclass(frozen=True, kw_only=True)
class CodeLanguage(ExactCheck):
    """Every fenced code block is tagged with one of these languages (common short names count as the language)."""

    languages: Annotated[tuple[Name, ...], Meta(min_length=1)]

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        allowed = {_language(name) for name in self.languages}
        shown = " or ".join(self.languages)
        for span in view(text if complete else text[: text.rfind("\n") + 1]).code:
            tag = _TAG.match(span.cut(text))
            name = tag[1] if tag else ""
            if _language(name) not in allowed:
                what = f'is tagged "{name}"' if name else "has no language tag"
                return fail(f"The answer has a code block that {what}; write it in {shown} and tag it so.", span)
        return PASS if complete else unknown()

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for name in self.languages:
            yield f"{sentence(rng, 4, self.setting.language)}\n\n```{name}\nx\n```"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield "```\nx\n```"
        yield f"```{self.languages[0]}\nx\n```\n\n```not-{self.languages[0]}\nx\n```"

    def check_arguments(self) -> None:
        if any(not re.fullmatch(r"[\w+#.-]+", name) for name in self.languages):
            raise self.refuse("languages", "names as they stand after a code fence, like python or c++")


def _language(name: str) -> str:
    return _ALIASES.get(name.casefold(), name.casefold())


@dataclass(frozen=True, kw_only=True)
class InOrder(ExactCheck):
    """These words or phrases all occur, one after the other in this order."""

    texts: Annotated[tuple[Name, ...], Meta(min_length=2)]
    match_case: bool = False

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        position = 0
        for number, wanted in enumerate(self.texts):
            places = occurrences(text, wanted, match_case=self.match_case)
            after = [span for span in places if span.start >= position]
            if not places:
                return fail(f'The answer does not contain "{wanted}"; write it{_after(self.texts, number)}.')
            if not after:
                return fail(f'The answer has "{wanted}" too early; write it{_after(self.texts, number)}.', places[0])
            position = after[0].end
        return PASS

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield "\n".join(f"– {text} –" for text in self.texts)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        parts = [f"– {text} –" for text in self.texts]
        yield "\n".join(parts[:-1])
        distinct = [text.casefold() for text in self.texts]
        if not any(a in b for i, a in enumerate(distinct) for b in distinct[:i] + distinct[i + 1 :]):
            yield "\n".join(reversed(parts))


def _after(texts: tuple[str, ...], number: int) -> str:
    return f' after "{texts[number - 1]}"' if number else ""
