"""Case and punctuation: letter_case, punctuation, ending."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Annotated, Literal

from msgspec import Meta

from lightwing.checks.base import ExactCheck, Leaning
from lightwing.checks.position import shortened
from lightwing.checks.text import view
from lightwing.checks.writing import sentence, words
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["Ending", "LetterCase", "Punctuation", "twins"]

_SHOWN = 5
"""How many failing places a reason marks; a wholly wrong answer needs no more."""


@dataclass(frozen=True, kw_only=True)
class LetterCase(ExactCheck):
    """The case of all letters: `lower`, `upper`, `title` (every word capitalised), `sentence` (every sentence begins with a capital)."""

    case: Literal["lower", "upper", "title", "sentence"]

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        match self.case:
            case "lower":
                if text == text.lower():
                    return PASS if complete else unknown()
                places = list(islice((Span(i, i + 1) for i, c in enumerate(text) if c != c.lower()), _SHOWN))
                return fail("The answer has capital letters; write it all in lower case.", *places) if places else PASS
            case "upper":
                if text == text.upper():
                    return PASS if complete else unknown()
                places = list(islice((Span(i, i + 1) for i, c in enumerate(text) if c != c.upper()), _SHOWN))
                return (
                    fail("The answer has small letters; write it all in capital letters.", *places) if places else PASS
                )
            case "title":
                bad = [Span(span.start + at, span.start + at + 1) for span, at in self._small_initials(text)]
                return self._outcome(
                    bad, "The answer has words that begin with a small letter; capitalise every word.", complete
                )
            case "sentence":
                if not complete:
                    return unknown()
                return self._outcome(
                    self._small_sentences(text),
                    "The answer has sentences that begin with a small letter; capitalise them.",
                    True,
                )

    def holds(self, text: str) -> bool:
        match self.case:
            case "lower":
                return text == text.lower() or all(c == c.lower() for c in text)
            case "upper":
                return text == text.upper() or all(c == c.upper() for c in text)
            case _:
                return super().holds(text)

    @staticmethod
    def _outcome(bad: list[Span], reason: str, complete: bool) -> Outcome:
        if bad:
            return fail(reason, *bad[:_SHOWN])
        return PASS if complete else unknown()

    @staticmethod
    def _small_initials(text: str) -> Iterator[tuple[Span, int]]:
        """Words whose first letter is small, with the place of the letter in the word."""
        for span in _lettered(text):
            word = span.cut(text)
            if word[0] != word[0].title():
                yield span, 0

    @staticmethod
    def _small_sentences(text: str) -> list[Span]:
        small = []
        for span in view(text).sentences:
            at = next((i for i in range(span.start, span.end) if text[i].isalnum()), None)
            if at is not None and text[at] != text[at].title():
                small.append(Span(at, at + 1))
        return small

    def fix_text(self, text: str) -> str | None:
        match self.case:
            case "lower":
                return text.lower().lower()
            case "upper":
                return text.upper().upper()
            case "title":
                return _put(
                    text, {span.start + at: text[span.start + at].title() for span, at in self._small_initials(text)}
                )
            case "sentence":
                return _put(text, {span.start: text[span.start].title() for span in self._small_sentences(text)})

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for n in (4, 9):
            yield self._shape(sentence(rng, n, "en"))

    def _shape(self, text: str) -> str:
        match self.case:
            case "lower":
                return text.lower()
            case "upper":
                return text.upper()
            case "title":
                return text.title()
            case "sentence":
                return text

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        some = words(rng, 6, "en")
        match self.case:
            case "lower":
                yield " ".join(some[:-1]) + f" {some[-1].title()}."
            case "upper":
                yield " ".join(some[:-1]).upper() + f" {some[-1]}."
            case "title":
                yield " ".join(some[:-1]).title() + f" {some[-1]}."
            case "sentence":
                yield f"{sentence(rng, 4)} {sentence(rng, 4).lower()}"
        yield "".join(c.upper() if i % 2 else c for i, c in enumerate(" ".join(some)))


_LETTERED = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W\d_]+)*")


def _lettered(text: str) -> list[Span]:
    """Words that begin with a letter; what follows an apostrophe belongs to the word before."""
    return [Span(*match.span()) for match in _LETTERED.finditer(text)]


def _put(text: str, letters: dict[int, str]) -> str:
    """The text with some characters replaced."""
    return "".join(letters.get(i, c) for i, c in enumerate(text)) if letters else text


_CLASSES = (",，،﹐︐、", ".。．｡۔", "!！", "?？؟", ";；؛", ":：", '"“”„＂', "'‘’", "…", "-‐‑", "—–", "(（", ")）")


def twins(mark: str) -> str:
    """A mark with its twins in other scripts.

    >>> "，" in twins(","), twins("@")
    (True, '@')
    """
    return next((group for group in _CLASSES if mark in group), mark)


@lru_cache(maxsize=256)
def _with_twins(marks: str) -> frozenset[str]:
    return frozenset("".join(twins(mark) for mark in marks if not mark.isspace()))


@dataclass(frozen=True, kw_only=True)
class Punctuation(ExactCheck):
    """Marks that do not occur (`forbid`) and marks that all occur (`require`); each with its Chinese, Japanese and Arabic twins."""

    forbid: Annotated[str, Meta(min_length=1)] | None = None
    require: Annotated[str, Meta(min_length=1)] | None = None

    def check_arguments(self) -> None:
        if not self._marks(self.forbid) and not self._marks(self.require):
            raise self.refuse("forbid", "given, or 'require'")
        for argument, marks in (("forbid", self.forbid), ("require", self.require)):
            if any(c.isalnum() for c in marks or ""):
                raise self.refuse(argument, f"a string of punctuation marks; got {marks!r}")
        if set("".join(map(twins, self._marks(self.forbid)))) & set(self._marks(self.require)):
            raise self.refuse("require", "other marks than those of 'forbid'")

    @staticmethod
    def _marks(marks: str | None) -> str:
        return "".join(dict.fromkeys(c for c in marks or "" if not c.isspace()))

    def _forbidden(self, text: str, complete: bool) -> list[Span]:
        shunned = _with_twins(self.forbid or "")
        if not any(c in text for c in shunned):
            return []
        return [
            Span(i, i + 1)
            for i, c in enumerate(text)
            if c in shunned and not (c == "." and _inside_word(text, i, complete))
        ]

    @property
    def leaning(self) -> Leaning | None:
        if self.forbid and self.require:
            return None
        return "less" if self.forbid else "more"

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        found = self._forbidden(text, complete)
        if found:
            kinds = " ".join(dict.fromkeys(span.cut(text) for span in found))
            return fail(
                f"The answer contains {kinds} in {len(found)} place{'s' * (len(found) > 1)}; write it without.", *found
            )
        missing = [c for c in self._marks(self.require) if not any(twin in text for twin in twins(c))]
        if not complete:
            return PASS if not missing and not self.forbid else unknown()
        if missing:
            return fail(
                f"The answer has no {' '.join(missing)}; use {'it' if len(missing) == 1 else 'each'} at least once."
            )
        return PASS

    def holds(self, text: str) -> bool:
        if self.require or "." in (self.forbid or ""):
            return super().holds(text)
        return not any(c in text for c in _with_twins(self.forbid or ""))

    def fix_text(self, text: str) -> str | None:
        """Forbidden commas go, exclamation marks become full stops, semicolons and dashes commas, unless those are forbidden too. Others cannot be mended."""
        shunned = set("".join(map(twins, self._marks(self.forbid))))
        if not all(any(twin in text for twin in twins(c)) for c in self._marks(self.require)):
            return None
        for span in reversed(self._forbidden(text, complete=True)):
            put = self._instead(text, span.start, shunned)
            if put is None:
                return None
            text = text[: span.start] + put + text[span.end :]
        return text

    @staticmethod
    def _instead(text: str, at: int, shunned: set[str]) -> str | None:
        mark = text[at]
        if mark in twins(","):
            between = text[at - 1 : at] and text[at + 1 : at + 2].strip()
            return " " if between and mark not in ",،" else ""
        if mark in twins("!") and not {".", "。"} & shunned:
            return "。" if mark == "！" else "."
        if mark in twins(";") and not {",", "，"} & shunned:
            return "，" if mark == "；" else ","
        if mark in "—–" and not {",", "，"} & shunned:
            return ","
        return None

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        body = " ".join(words(rng, 6, "en"))
        yield body + self._marks(self.require)
        yield (
            "".join(f"{c}{word} " for c, word in zip(self._marks(self.require), words(rng, 40, "en"), strict=False))
            + body
        )

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        body = " ".join(words(rng, 6, "en"))
        for c in self._marks(self.forbid):
            yield f"{body}{c} {body}{self._marks(self.require)}"
        for c in self._marks(self.require):
            yield body + "".join(other for other in self._marks(self.require) if other not in twins(c))


def _inside_word(text: str, at: int, complete: bool) -> bool:
    """Whether the dot at this place stands between digits or letters (3.14, example.org) and so closes nothing; at the end of a prefix it may."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return before.isalnum() and (after.isalnum() or (not after and not complete))


_CLOSERS = " \t\r\n\u3000*_~`\"”’»)\\]」』】〉》'"


@dataclass(frozen=True, kw_only=True)
class Ending(ExactCheck):
    """The text ends with one of these marks; closing quotation marks, brackets and markup after it aside."""

    marks: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]

    def check_arguments(self) -> None:
        if any(not mark.strip() for mark in self.marks):
            raise self.refuse("marks", "marks, not white space")

    def _does(self, text: str) -> bool:
        wanted = tuple(
            t for mark in self.marks for t in (twins(mark.strip()) if len(mark.strip()) == 1 else (mark.strip(),))
        )
        bare = text.rstrip()
        return bare.endswith(wanted) or bare.rstrip(_CLOSERS).endswith(wanted)

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        if self._does(text):
            return PASS
        return fail(
            f"The answer must end with {' or '.join(self.marks)}; it ends with {shortened(text.strip()[-20:])}."
        )

    def fix_text(self, text: str) -> str | None:
        """A missing mark is added, a full stop becomes the mark; a question stays one."""
        if self._does(text):
            return text
        bare = text.rstrip()
        if bare and bare[-1] in ".。":
            return bare[:-1] + self.marks[0].strip()
        return bare + self.marks[0].strip() if bare and bare[-1].isalnum() else None

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for mark in self.marks:
            yield " ".join(words(rng, 5, "en")) + mark.strip()
        yield f"“{' '.join(words(rng, 5, 'en'))}{self.marks[0].strip()}”"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        body = " ".join(words(rng, 5, "en"))
        yield f"{body}{self.marks[0].strip()} {body}☆"
        for mark in ".!?":
            if not any(mark in twins(m.strip()) or m.strip().endswith(mark) for m in self.marks):
                yield body + mark
