"""Words and letters that must or must not occur: keywords, forbidden, frequency, letter."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

from lightwing.checks.base import BoundedCheck, ExactCheck, Leaning, within
from lightwing.checks.text import is_unspaced, view
from lightwing.checks.writing import filler_word
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = [
    "Forbidden",
    "Frequency",
    "Keywords",
    "Letter",
    "Word",
    "WordList",
    "has",
    "neutral",
    "occurrences",
    "quoted",
]

Word = Annotated[str, Meta(min_length=1)]
WordList = Annotated[tuple[Word, ...], Meta(min_length=1)]
_LOWERED_APART = "ſıİK"
"""Signs that a pattern takes for an ASCII letter in another case and `lower` does not."""
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def _is_spaceless(c: str) -> bool:
    return is_unspaced(c) or _SPACELESS.match(c) is not None


@lru_cache(maxsize=4096)
def _pattern(phrase: str, match_case: bool, inflected: str = "") -> re.Pattern[str]:
    """The phrase as whole words (with one of the `inflected` endings, where given), any white space between them, typographic apostrophes as plain ones; scripts without spaces match anywhere."""
    parts = [re.sub("['’]", "['’]", re.escape(part)) for part in phrase.split()]
    first, last = phrase.strip()[0], phrase.strip()[-1]
    before = r"(?<!\w)" if first.isalnum() and not _is_spaceless(first) else ""
    if inflected and last.isalpha() and len(phrase.strip()) > 2 and not _is_spaceless(last):
        parts[-1] += inflected
    after = r"(?!\w)" if last.isalnum() and not _is_spaceless(last) else ""
    return re.compile(before + r"\s+".join(parts) + after, 0 if match_case else re.IGNORECASE)


_ENDINGS = {
    "en": "(?:s|es|['’]s|d|ed|ing)?",
    "es": "(?:s|es)?",
    "fr": "(?:s|es|x|e)?",
    "de": "(?:s|es|e|n|en|er|ern)?",
    "pt": "(?:s|es)?",
    "it": "",
}
"""Endings under which a required word still counts as used."""


def endings(language: str) -> str:
    return _ENDINGS.get(language.split("-")[0], "")


def occurrences(text: str, phrase: str, *, match_case: bool = False) -> list[Span]:
    """Where a word or phrase stands as whole words, without overlap.

    >>> [s.start for s in occurrences("Tea, team, tea!", "tea")]
    [0, 11]
    """
    if _most(text, phrase) == 0:
        return []
    return [Span(*match.span()) for match in _pattern(phrase, match_case).finditer(text)]


def has(text: str, phrase: str, *, match_case: bool = False) -> bool:
    """Whether the word or phrase stands in the text as whole words."""
    return _pattern(phrase, match_case).search(text) is not None


def _most(text: str, phrase: str) -> int | None:
    """A number that the phrase, inflected or not, does not occur more often than; None where a quick look does not tell."""
    parts = _parts(phrase)
    if not parts or (not text.isascii() and any(c in text for c in _LOWERED_APART)):
        return None
    lower = view(text).lower
    return min([lower.count(part) for part in parts])


@lru_cache(maxsize=4096)
def _parts(phrase: str) -> tuple[str, ...]:
    """The pieces of ASCII that stand letter for letter wherever the phrase does, the last, which tells options apart, first."""
    pieces = (piece for part in phrase.lower().split() for piece in part.replace("’", "'").split("'"))
    return tuple(dict.fromkeys(reversed([piece for piece in pieces if piece and piece.isascii()])))


def settled(text: str) -> str:
    """A prefix without its last word, which may still grow: what has been found in the rest stays found."""
    end = len(text)
    while end and (text[end - 1].isalnum() or text[end - 1] in "_'’-") and not _is_spaceless(text[end - 1]):
        end -= 1
    return text[:end]


def quoted(phrases: Sequence[str]) -> str:
    """Phrases in quotation marks, with commas."""
    return ", ".join(f'"{phrase}"' for phrase in phrases)


_NEUTRAL = ("— — —", "river stone window.", "9 8 7", "ψψ ξξ", "☃ ☃")


def neutral(phrases: Sequence[str]) -> str:
    """A short text that shares no character with any of the phrases."""
    used = set("".join(phrases).lower())
    return next((text for text in _NEUTRAL if not used & (set(text) - {" "})), "\u2606")


def _apart(words: Sequence[str]) -> str:
    """The words on lines of their own between signs that occur in none of them, so that none runs into the next."""
    used = set("".join(words))
    sign = next((sign for sign in "–|…·☆✦" if sign not in used), "\u2042")
    return "".join(f"{sign} {word} {sign}\n" for word in words)


def _refuse_blank(check: ExactCheck, argument: str, words: Sequence[str]) -> None:
    if any(not word.strip() for word in words):
        raise check.refuse(argument, "words or phrases, not white space")


@dataclass(frozen=True, kw_only=True)
class Keywords(ExactCheck):
    """The words or phrases occur (plurals and the like count): all of them, or with `mode: any` at least one."""

    words: WordList
    mode: Literal["all", "any"] = "all"
    match_case: bool = False

    def check_arguments(self) -> None:
        _refuse_blank(self, "words", self.words)

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        seen = text if complete else settled(text)
        missing = [word for word in self.words if not self._occurs(seen, word)]
        if not missing or (self.mode == "any" and len(missing) < len(self.words)):
            return PASS
        if not complete:
            return unknown()
        if self.mode == "any":
            return fail(f"The answer has none of {quoted(self.words)}; use at least one of them.")
        return fail(
            f"The answer does not contain {quoted(missing)}; use {'it' if len(missing) == 1 else 'each of them'}."
        )

    @property
    def leaning(self) -> Leaning | None:
        return "more"

    def _occurs(self, text: str, word: str) -> bool:
        if _most(text, word) == 0:
            return False
        return _pattern(word, self.match_case, endings(self.setting.language)).search(text) is not None

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        use = self.words if self.mode == "all" else (rng.choice(self.words),)
        yield _apart(use)
        yield _apart((filler_word(rng, self.setting.language), *reversed(use)))

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield neutral(self.words)
        if self.mode == "all":
            for left_out in self.words:
                rest = _apart([word for word in self.words if word != left_out])
                if left_out.strip().lower() not in rest.lower():
                    yield rest or neutral(self.words)


@dataclass(frozen=True, kw_only=True)
class Forbidden(ExactCheck):
    """None of the words or phrases occurs."""

    words: WordList
    match_case: bool = False

    def check_arguments(self) -> None:
        _refuse_blank(self, "words", self.words)

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        seen = text if complete else settled(text)
        found = {word: spans for word in self.words if (spans := self._found(seen, word))}
        if found:
            spans = sorted(span for each in found.values() for span in each)
            return fail(
                f"The answer contains {quoted(tuple(found))}; say it without {'this' if len(found) == 1 else 'these'}.",
                *spans,
            )
        return PASS if complete else unknown()

    @property
    def leaning(self) -> Leaning | None:
        return "less"

    def holds(self, text: str) -> bool:
        return not any(self._found(text, word) for word in self.words)

    def _found(self, text: str, word: str) -> list[Span]:
        return occurrences(text, word, match_case=self.match_case)

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield neutral(self.words)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for word in self.words:
            yield _apart((word,))
            yield f"{neutral(self.words)}\n{word}"


@dataclass(frozen=True, kw_only=True)
class Frequency(BoundedCheck):
    """How often a word or phrase occurs. For `min` plurals and the like count too; for `max` the word itself counts."""

    word: Word
    match_case: bool = False

    def check_arguments(self) -> None:
        super().check_arguments()
        _refuse_blank(self, "word", (self.word,))

    def number(self, text: str) -> int:
        return len(_pattern(self.word, self.match_case).findall(text))

    @property
    def leaning(self) -> Leaning | None:
        return self.bounds_lean

    def holds(self, text: str) -> bool:
        low, high = self.bounds
        most = _most(text, self.word)
        if most is not None and most < low:
            return False
        if most is not None and not low and high is not None and most <= high:
            return True
        return super().holds(text)

    def inflected(self, text: str) -> int:
        """How often the word or one of its plain inflections occurs."""
        return len(_pattern(self.word, self.match_case, endings(self.setting.language)).findall(text))

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        low, high = self.bounds
        seen = text if complete else settled(text)
        n = self.number(seen)
        if n < low:
            n = min(low, self.inflected(seen))
        name = f'occurrence of "{self.word}"'
        return within(n, low, high, complete=complete, noun=name, plural=name.replace("occurrence", "occurrences", 1))

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.good_numbers():
            yield _apart((self.word,) * n) or neutral((self.word,))

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.bad_numbers():
            yield _apart((self.word,) * n) or neutral((self.word,))


@dataclass(frozen=True, kw_only=True)
class Letter(BoundedCheck):
    """How often a letter or sign occurs, upper and lower case alike."""

    letter: Annotated[str, Meta(min_length=1, max_length=2)]
    match_case: bool = False

    def check_arguments(self) -> None:
        super().check_arguments()
        if not self.letter.strip() or (len(self.letter) > 1 and self.letter[1:].isalnum()):
            raise self.refuse("letter", f"one letter or sign; got {self.letter!r}")

    @property
    def leaning(self) -> Leaning | None:
        return self.bounds_lean

    def number(self, text: str) -> int:
        if self.match_case:
            return text.count(self.letter)
        lower, upper = self.letter.lower(), self.letter.upper()
        n = text.count(lower)
        return n + text.count(upper) if upper != lower and len(upper) == len(self.letter) else n

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        low, high = self.bounds
        name = f'occurrence of "{self.letter}"'
        return within(
            self.number(text),
            low,
            high,
            complete=complete,
            noun=name,
            plural=name.replace("occurrence", "occurrences", 1),
        )

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.good_numbers():
            yield self._written(n)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.bad_numbers():
            yield self._written(n)

    def _written(self, n: int) -> str:
        return neutral((self.letter, self.letter.upper())) + f" {self.letter}" * n
