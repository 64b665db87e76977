"""Finding a quotation in the document it claims to come from: to the letter, or with white space, quotation marks, dashes and markup aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lightwing.core.clause import Span

__all__ = ["Quotable"]

_SAME = dict.fromkeys('"“”„«»‘’‚', "'") | dict.fromkeys("–—‒−", "-")
_MARKUP = frozenset("*_`")
_LEAST_LETTERS, _LEAST_IDEOGRAPHS = 4, 2


@dataclass(frozen=True, slots=True)
class Quotable:
    """A text in which quotations are looked up. `plain` is the text with marks made alike, `places[i]` where its character i stands in the text.

    >>> rules = Quotable.of("Never say\\n “sorry”, **ever**.")
    >>> [span.cut(rules.text) for span in rules.find("say 'sorry', ever")]
    ['say\\n “sorry”, **ever']
    >>> list(rules.find("always say sorry")), list(rules.find("ever"))[0].start
    ([], 22)
    """

    text: str
    plain: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Quotable:
        kept: list[str] = []
        places: list[int] = []
        for place, letter in enumerate(text):
            if letter in _MARKUP:
                continue
            plain = " " if letter.isspace() else _SAME.get(letter, letter)
            if plain == " " and kept and kept[-1] == " ":
                continue
            kept.append(plain)
            places.append(place)
        return cls(text, "".join(kept), tuple(places))

    def find(self, quote: str) -> Iterator[Span]:
        """Where the quotation stands, whole words only: first its exact occurrences, in order; only where there are none, those with marks aside.

        A quotation of fewer than four letters (two of a script without spaces) is too short to tell anything, and is found nowhere.
        """
        quote = quote.strip()
        if not _telling(quote):
            return
        exact = False
        for start in _occurrences(self.text, quote):
            exact = True
            yield Span(start, start + len(quote))
        plain = Quotable.of(quote).plain.strip()
        if exact or not _telling(plain):
            return
        for start in _occurrences(self.plain, plain):
            yield Span(self.places[start], self.places[start + len(plain) - 1] + 1)

    def mentions(self, words: str) -> bool:
        """True where the words occur, capitals, white space and marks aside, even within a longer word."""
        plain = Quotable.of(words).plain.strip().casefold()
        return not plain or plain in self.plain.casefold()


def _telling(quote: str) -> bool:
    letters = [c for c in quote if c.isalnum()]
    return len(letters) >= _LEAST_LETTERS or sum(map(_unspaced, letters)) >= _LEAST_IDEOGRAPHS


def _occurrences(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        if not (_joined(text, at) or _joined(text, at + len(quote))):
            yield at
        at = text.find(quote, at + 1)


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not (_unspaced(before) or _unspaced(after))


def _unspaced(letter: str) -> bool:
    """A letter of a script that writes no spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer."""
    code = ord(letter)
    return (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x2E80 <= code <= 0x9FFF
        or 0x20000 <= code <= 0x3FFFF
    )
