"""What stands at the beginning and at the end: starts_with, ends_with, first_word, last_word, repeat_request."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from lightwing.checks.base import ExactCheck
from lightwing.checks.text import is_unspaced
from lightwing.checks.writing import sentence
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["EndsWith", "FirstWord", "LastWord", "RepeatRequest", "StartsWith", "shortened"]

Text = Annotated[str, Meta(min_length=1)]
_ALIKE = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "＇": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "＂": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_SPACES = re.compile(r"\s+")
_OPENERS = " \t\r\n\u3000\ufeff\u200b*_#>~`"
_QUOTES = "\"'“”‘’„«»「」『』"


def normal(text: str, *, match_case: bool = False) -> str:
    """White space in one kind, typographic marks as plain ones, and case folded unless it matters."""
    text = _SPACES.sub(" ", text.translate(_ALIKE))
    return text if match_case else text.casefold()


def _edge(signs: Iterable[str]) -> str:
    """The first letter or digit, case folded; empty where there is none."""
    for sign in signs:
        if sign.isascii():
            if sign.isalnum():
                return sign.lower()
        elif ord(sign) not in _ALIKE:
            for c in sign.casefold():
                if c.isalnum():
                    return c
    return ""


def shortened(text: str, limit: int = 60) -> str:
    """The text in quotation marks, cut where it is long."""
    line = _SPACES.sub(" ", text.strip())
    return f'"{line}"' if len(line) <= limit else f'"{line[: limit - 1]}…"'


@lru_cache(maxsize=1024)
def _target(wanted: str, match_case: bool) -> str:
    return normal(wanted.strip(), match_case=match_case)


@lru_cache(maxsize=1024)
def _first_sign(wanted: str) -> str:
    return _edge(wanted)


@lru_cache(maxsize=1024)
def _last_sign(wanted: str) -> str:
    return _edge(reversed(wanted))


def _starts(text: str, wanted: str, match_case: bool) -> tuple[bool, bool]:
    """Whether the text begins with `wanted`, and whether a continuation of it still could."""
    target = _target(wanted, match_case)
    # The beginning alone decides; folding a whole long answer would cost more than the check.
    head = text.lstrip()[: 4 * len(wanted) + 200]
    tries = {normal(head.lstrip(strip), match_case=match_case) for strip in (" ", _OPENERS, _OPENERS + _QUOTES)}
    return any(t.startswith(target) for t in tries), any(
        target.startswith(t.rstrip() if len(t) <= len(target) else t) for t in tries
    )


@dataclass(frozen=True, kw_only=True)
class StartsWith(ExactCheck):
    """The answer begins with these characters; markup, quotation marks and white space around aside."""

    text: Text
    match_case: bool = False

    def check_arguments(self) -> None:
        if not self.text.strip():
            raise self.refuse("text", "more than white space")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        does, could = _starts(text, self.text, self.match_case)
        if does:
            return PASS
        if not complete and could:
            return unknown()
        return self._fail()

    def holds(self, text: str) -> bool:
        # Most answers are told without normalising: they begin with the very text, or with another letter, signs around aside.
        if text.startswith(self.text.strip()):
            return True
        wanted = _first_sign(self.text)
        return (not wanted or wanted == _edge(text)) and _starts(text, self.text, self.match_case)[0]

    def _fail(self) -> Outcome:
        return fail(f"The answer must begin with {shortened(self.text, 200)}.")

    def fix_text(self, text: str) -> str | None:
        return text if _starts(text, self.text, self.match_case)[0] else f"{self.text.strip()} {text.lstrip()}"

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield self.text
        yield f"{self.text} {sentence(rng, 5, self.setting.language)}"
        yield f"\n{self.text}\n\n{sentence(rng, 5, self.setting.language)}"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        other = "7 " if normal(self.text.strip())[:1] != "7" else "8 "
        yield f"{other}{self.text}"
        if len(self.text.strip()) > 1:
            yield f"{self.text.strip()[:-1]}\u2606"
        yield other


@dataclass(frozen=True, kw_only=True)
class RepeatRequest(StartsWith):
    """The answer begins with this text, word for word."""

    def _fail(self) -> Outcome:
        return fail(f"The answer must begin by repeating the request word for word: {shortened(self.text, 400)}")

    def fix_text(self, text: str) -> str | None:
        return text if _starts(text, self.text, self.match_case)[0] else f"{self.text.strip()}\n\n{text.lstrip()}"


_BLOCK_LINE = re.compile(r"\s*(?:[-*+•|>#]|```|~~~|\d{1,9}[.)]\s)")


@dataclass(frozen=True, kw_only=True)
class EndsWith(ExactCheck):
    """The answer ends with these characters; markup, quotation marks, white space, and a full stop after a phrase without one aside."""

    text: Text
    match_case: bool = False

    def check_arguments(self) -> None:
        if not self.text.strip():
            raise self.refuse("text", "more than white space")

    def _does(self, text: str) -> bool:
        target = _target(self.text, self.match_case)
        tail = text.rstrip()[-(4 * len(self.text) + 200) :]
        if target[-1].isalnum():
            tail = tail.rstrip(_OPENERS + _QUOTES).rstrip(".!。！")
        return any(
            normal(tail.rstrip(strip), match_case=self.match_case).endswith(target)
            for strip in (" ", _OPENERS, _OPENERS + _QUOTES)
        )

    def holds(self, text: str) -> bool:
        if text.rstrip().endswith(self.text.strip()):
            return True
        wanted = _last_sign(self.text)
        return (not wanted or wanted == _edge(reversed(text))) and self._does(text)

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        return (
            PASS
            if self._does(text)
            else fail(f"The answer must end with {shortened(self.text, 200)} and nothing after it.")
        )

    def fix_text(self, text: str) -> str | None:
        if self._does(text):
            return text
        lines = text.strip().splitlines() or [""]
        # A line of its own within the last paragraph keeps the number of paragraphs; behind a list, a table or code it would become part of them.
        joint = "\n\n" if _BLOCK_LINE.match(lines[-1]) else "\n" if len(lines) > 1 else " " if lines[0] else ""
        return f"{text.rstrip()}{joint}{self.text.strip()}"

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield self.text
        yield f"{sentence(rng, 5, self.setting.language)} {self.text}"
        yield f"{sentence(rng, 5, self.setting.language)}\n\n{self.text}\n"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield f"{self.text} {'7' if normal(self.text.strip())[-1:] != '7' else '8'}"
        if len(self.text.strip()) > 1:
            yield f"\u2606{self.text.strip()[1:]}"
        yield "\u2606"


def _joins(after: str) -> bool | None:
    """Whether the character after a word still belongs to it; None where the text ends here."""
    if not after:
        return None
    if after[0].isalnum() or unicodedata.category(after[0]).startswith("M") or after[0] == "_":
        return not is_unspaced(after[0])
    if after[0] in "'-\u2010":
        return after[1].isalnum() if len(after) > 1 else None
    return False


@dataclass(frozen=True, kw_only=True)
class FirstWord(ExactCheck):
    """The first word (or words); markup, quotation marks and list marks before it aside."""

    word: Text
    match_case: bool = False

    def check_arguments(self) -> None:
        if not any(map(str.isalnum, self.word)):
            raise self.refuse("word", f"a word or phrase; got {self.word!r}")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        target = normal(self.word.strip(), match_case=self.match_case)
        head = text.lstrip(_OPENERS + _QUOTES + "-•+([{¿¡<")[: 4 * len(self.word) + 200]
        begin = normal(head, match_case=self.match_case)
        if begin.startswith(target):
            joins = _joins(begin[len(target) :])
            if joins is None and not complete:
                return unknown()
            if not joins or is_unspaced(target[-1]):
                return PASS
        elif not complete and target.startswith(begin.rstrip()):
            return unknown()
        return self._fail()

    def _fail(self) -> Outcome:
        return fail(f"The answer must begin with the word {shortened(self.word)}.")

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        word = self.word.strip()
        yield word
        yield f"{word}, {sentence(rng, 4)}"
        yield f"**{word}** {sentence(rng, 4)}"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        word = self.word.strip()
        yield f"7 {word}" if word[:1] != "7" else f"8 {word}"
        if not is_unspaced(word[-1]) and word[-1].isalnum():
            yield f"{word}x {sentence(rng, 3)}"
        yield ""


@dataclass(frozen=True, kw_only=True)
class LastWord(ExactCheck):
    """The last word (or words); punctuation, markup and quotation marks after it aside."""

    word: Text
    match_case: bool = False

    def check_arguments(self) -> None:
        if not any(map(str.isalnum, self.word)):
            raise self.refuse("word", f"a word or phrase; got {self.word!r}")

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        target = _closed(normal(self.word.strip(), match_case=self.match_case))
        tail = _closed(normal(text[-(4 * len(self.word) + 400) :], match_case=self.match_case))
        if tail.endswith(target):
            before = tail[: -len(target)][-1:]
            if not before.isalnum() or is_unspaced(target[0]) or is_unspaced(before):
                return PASS
        return fail(f"The answer must end with the word {shortened(self.word)}.")

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        word = self.word.strip()
        yield word
        yield f"{sentence(rng, 4)} {word}"
        yield f"{sentence(rng, 4)} “{word}”."

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        word = self.word.strip()
        yield f"{word} {'7' if not word.endswith('7') else '8'}."
        yield ""


def _closed(text: str) -> str:
    """Without signs at the end."""
    end = len(text)
    while end and not (text[end - 1].isalnum() or unicodedata.category(text[end - 1]).startswith("M")):
        end -= 1
    return text[:end]
