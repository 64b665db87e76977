"""The language identifier of IFEval: langdetect's profiles and procedure (Nakatani 2010), fast, and steady where the original is not.

langdetect multiplies the probabilities of n-grams drawn at random from the text until one language has 0.99999 of them, and takes the mean of seven such
walks; without a seed, so that two runs may part. Here nothing is drawn: the answer is the language that such walks drift to, the one with the greatest mean
log probability over the n-grams. A few pieces stand for a long text where the drift leaves no doubt.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from threading import Lock
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lightwing.checks.characters import CharacterKinds, Codes, codes_of
from lightwing.core.errors import MissingExtra

__all__ = ["detect", "warm_up"]

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

_ADDRESS = re.compile(
    r"https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}|[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}"
)
_LONGEST = 10_000
_WEIGHT = 0.5 / 10_000
"""langdetect's smoothing: alpha over its base frequency."""
_BARRIER = np.log(0.99999 / 0.00001)
"""Log odds at which a walk ends."""
_PIECES, _PIECE, _SHORTEST = 4, 48, 400
"""Pieces in a sample, characters of each, and of the shortest text that is sampled."""
_CERTAIN = 5.0
"""Log odds against a walk that ends with another language, from which a sample stands for the whole."""
_OTHER, _LATIN, _FOREIGN = 1, 2, 3
"""Kinds of characters: letters from A to z, those that langdetect takes for another script's (Vietnamese ones too, by a slip), the rest."""
_KINDS = CharacterKinds(lambda c: _LATIN if "A" <= c <= "z" else _OTHER if c < "\u0300" else _FOREIGN)
_WORDS_KEPT = 50_000
"""Words in a table: more than the longest text that is read has, so that a new table has room for any text."""


class _Normal:
    """Characters as langdetect's profiles know them, each worked out when it is first met."""

    def __init__(self, normalize: Any, normalize_vi: Any) -> None:
        self._normalize, self._normalize_vi = normalize, normalize_vi
        self._known: Codes = np.zeros(sys.maxunicode + 1, dtype=np.uint32)
        self._ascii = {code: self.one(chr(code)) for code in range(128)}

    def one(self, c: str) -> str:
        """One character; a space for what is no letter."""
        return str(self._normalize(c))

    def words(self, text: str) -> list[str]:
        """The words of a text; without the Latin ones where two thirds of the letters are of other scripts."""
        if text.isascii():
            return text.translate(self._ascii).split()
        codes = codes_of(self._normalize_vi(text))
        kinds = _KINDS.of(codes)
        if 2 * np.count_nonzero(kinds == _LATIN) < np.count_nonzero(kinds == _FOREIGN):
            codes = codes[kinds != _LATIN]
        found = self._known.take(codes)
        if not found.all():
            for code in set(codes[found == 0].tolist()):
                self._known[code] = ord(self.one(chr(code)))
            found = self._known.take(codes)
        return found.tobytes().decode("utf-32-le", "surrogatepass").split()


class _Grams:
    """The n-grams of langdetect's profiles: their log probabilities by row. The last row is for what no profile knows, and counts for nothing."""

    def __init__(self, probabilities: Mapping[str, Sequence[float]]) -> None:
        keys = np.array([_key(gram) for gram in probabilities])
        order = np.argsort(keys)
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self.unknown = len(order)
        self.logs: Matrix = np.zeros((len(order) + 1, len(next(iter(probabilities.values())))), dtype=np.float32)
        self.logs[:-1] = np.log(np.array(list(probabilities.values()))[order] + _WEIGHT)

    def rows(self, spaced: str) -> Rows:
        """Three rows for each character after the first, which is a space: of the one, two and three letters up to it; none from the second of two capitals on."""
        codes = codes_of(spaced).astype(np.int64)
        keys = np.zeros((len(codes) - 1, 3), dtype=np.int64)
        keys[:, 0] = codes[1:]
        keys[:, 1] = (codes[:-1] << 21) + codes[1:]
        keys[1:, 2] = (codes[:-2] << 42) + keys[1:, 1]
        if not spaced.islower():
            capital = np.fromiter(map(str.isupper, spaced), dtype=np.bool_, count=len(spaced))
            keys[capital[1:] & capital[:-1]] = 0
        flat = keys.reshape(-1)
        found = self._keys.searchsorted(flat)
        found[self._keys.take(found) != flat] = self.unknown
        return found


def _key(gram: str) -> int:
    """An n-gram as one number: 21 bits a character."""
    key = 0
    for c in gram:
        key = key << 21 | ord(c)
    return key


class _Words:
    """Words by place: the sums of their n-grams' log probabilities, worked out when a word is first met. A text has fewer words than n-grams, and most of
    them have been met before."""

    def __init__(self, grams: _Grams) -> None:
        self._grams = grams
        self._places: dict[str, int] = {}
        self._rows: list[bytes] = []
        self._adding = Lock()
        self.sums: Matrix = np.zeros((_WORDS_KEPT, grams.logs.shape[1]), dtype=np.float32)

    def places(self, words: list[str]) -> list[int] | None:
        """Where these words (each with its closing space) stand; None where there is no room left for them."""
        found = list(map(self._places.get, words))
        if None in found:
            with self._adding:
                if len(self._places) + len(words) > _WORDS_KEPT:
                    return None
                unmet = [word for word, place in zip(words, found, strict=True) if place is None]
                self._add([word for word in dict.fromkeys(unmet) if word not in self._places])
            found = list(map(self._places.get, words))
        return cast("list[int]", found)

    def rows(self, places: list[int]) -> Rows:
        """Rows of all n-grams of these words that the profiles know."""
        return np.frombuffer(b"".join([self._rows[place] for place in places]), dtype=np.int64)

    def _add(self, words: list[str]) -> None:
        if not words:
            return
        rows = self._grams.rows(f" {' '.join(words)} ")
        ends = list(accumulate(3 * len(word) + 3 for word in words))
        first = len(self._rows)
        sums = np.add.reduceat(self._grams.logs.take(rows, axis=0), [0, *ends[:-1]], axis=0)
        self.sums[first : first + len(words)] = sums
        known = rows != self._grams.unknown
        data = rows[known].tobytes()
        cuts = [0, *(known.cumsum()[np.array(ends) - 1] * rows.itemsize).tolist()]
        self._rows += [data[begin:end] for begin, end in pairwise(cuts)]
        # Last, so that another thread finds a word only when its sums stand.
        self._places |= zip(words, range(first, first + len(words)), strict=True)


@dataclass(slots=True)
class _Profiles:
    languages: list[str]
    grams: _Grams
    normal: _Normal
    _words: _Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = _Words(self.grams)

    def words(self, words: list[str]) -> tuple[_Words, list[int]]:
        """A table that has these words, and where; a full one is left for a new one."""
        table = self._words
        places = table.places(words)
        while places is None:
            table = self._words = _Words(self.grams)
            places = table.places(words)
        return table, places


@lru_cache(maxsize=1)
def _profiles() -> _Profiles:
    try:
        from langdetect import detector_factory  # type: ignore[import-untyped]
        from langdetect.utils.ngram import NGram  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra("langdetect", extra="ifeval", need="The profile 'ifeval'") from error
    detector_factory.init_factory()
    factory = detector_factory._factory
    return _Profiles(
        list(factory.langlist), _Grams(factory.word_lang_prob_map), _Normal(NGram.normalize, NGram.normalize_vi)
    )


def warm_up() -> None:
    """Loads the profiles, which takes a second or so."""
    _profiles()


def detect(text: str) -> str | None:
    """The code of the likeliest language, or None where nothing in the text is known. Raises MissingExtra.

    >>> detect("This is the house of my sister."), detect("Das ist das Haus meiner Schwester."), detect("12 + 3")
    ('en', 'de', None)
    """
    return _plain(text) or _of_all(text)


@lru_cache(maxsize=1024)
def _plain(text: str) -> str | None:
    """The language of pieces spread over the text where they leave no doubt."""
    length = min(len(text), _LONGEST)
    if length < _SHORTEST:
        return None
    step = length // _PIECES
    sample = " ".join([_whole_words(text[at : at + _PIECE]) for at in range(step // 3, length, step)])
    if "@" in sample or "://" in sample:
        return None
    known = _profiles()
    table, places = known.words(known.normal.words(sample))
    rows = table.rows(places)
    if not len(rows):
        return None
    first, odds = _drift(known.grams.logs, table.sums.take(places, axis=0).sum(axis=0), rows)
    return known.languages[first] if odds > _CERTAIN else None


def _whole_words(piece: str) -> str:
    """A piece without what the cut may have left of a word at either end."""
    words = piece.split()
    return " ".join(words[not piece[0].isspace() : len(words) - (not piece[-1].isspace())])


@lru_cache(maxsize=1024)
def _of_all(text: str) -> str | None:
    known = _profiles()
    if "@" in text or "://" in text:
        text = _ADDRESS.sub(" ", text)
    text = text[:_LONGEST]
    words = known.normal.words(text)
    likely = np.zeros(len(known.languages))
    if words and known.normal.one(text[-1]) != " ":
        # No space closes the last word.
        likely += known.grams.logs.take(known.grams.rows(f" {words.pop()}"), axis=0).sum(axis=0)
    table, places = known.words(words)
    likely += table.sums.take(places, axis=0).sum(axis=0)
    return known.languages[int(likely.argmax())] if likely.any() else None


def _drift(logs: Matrix, sums: Matrix, rows: Rows) -> tuple[int, float]:
    """The language that walks over these n-grams tend to, and the log odds against a walk that ends with the next one (Wald's approximation)."""
    first = int(sums.argmax())
    sums[first] = -np.inf
    flat, at = logs.reshape(-1), rows * logs.shape[1]
    steps = flat.take(at + first) - flat.take(at + int(sums.argmax()))
    drift = float(steps.sum()) / len(steps)
    spread = float(steps @ steps) / len(steps) - drift * drift
    return first, 2 * drift * _BARRIER / spread if spread > 0 else float("inf")
