"""What a model is to write when it reads: what it looks for, and what it finds. Made from the text by code, so that every note is true."""

from __future__ import annotations

import re
from collections.abc import Callable

from lightwing.checks.sentences import split_sentences
from lightwing.checks.text import view
from lightwing.checks.words import occurrences
from lightwing.core.episodes import LONGEST_BUDGET, LONGEST_COUNT, shown
from lightwing.train.world.wishes import Wish

__all__ = ["notes"]

_NEXT = re.compile(r"\W*\w*")
_NONE = "<|none|>"


def notes(wish: Wish, text: str) -> str:
    """The notes of a reading, without its verdict.

    A word that is looked for stands with what follows it in the text, or with a mark that it is not there; sentences and bullets are written out and
    counted, words after each line; of a first or last word, a capital or a quotation the place itself is written. What a count or a place is held against
    comes after it: a small model that has the number before its eyes counts until it is reached.
    """
    found = _found(wish, text)
    if wish.kind in _LOOKED_FOR:
        return f"<|rule|> {wish.kind}{wish.about}{found}"
    return f"<|rule|> {wish.kind}{found}" + (f"<|rule|>{wish.about}" if wish.about else "")


_LOOKED_FOR = ("words", "name", "forbidden")


def _found(wish: Wish, text: str) -> str:
    seen = shown(text)
    match wish.kind:
        case "words" | "name" | "forbidden":
            return "".join(_place(word, seen) for word in wish.check.args["words"])
        case "first":
            return f"<|first|> {' '.join(seen.split()[:1])}"
        case "last" | "closing":
            return f"<|last|>{''.join(shown(line) for line in _lines(text)[-1:])}"
        case "sentences":
            return _counted([shown(text[span.start : span.end]) for span in view(text).sentences])
        case "bullets":
            return _counted([shown(text[span.start : span.end]) for span, _ in view(text).bullets])
        case "most" | "least":
            return _summed(text)
        case "lower":
            return f"<|lower|>{_first_of(seen, lambda word: word != word.lower())}"
        case "title":
            return f"<|title|> {' '.join(seen.split()[:2])}"
        case _:
            return f"<|say|>{_first_of(seen, lambda word: chr(34) in word)}"


def _place(word: str, seen: str) -> str:
    """The word and what follows it where it first stands."""
    places = occurrences(seen, word)
    if not places:
        return f" {word}{_NONE}"
    start, end = places[0].start, places[0].end
    follows = _NEXT.match(seen, end)
    return f" {seen[start:end]}{follows[0] if follows else ''}"


def _first_of(seen: str, wanted: Callable[[str], bool]) -> str:
    return next((f" {word}" for word in seen.split() if wanted(word)), _NONE)


def _lines(text: str) -> list[str]:
    """Sentences and, of the rest, lines."""
    found = []
    for line in text.split("\n"):
        spans = split_sentences(line)
        found += [line[start:end] for start, end in spans] if spans else [line] if line.strip() else []
    return found


def _counted(pieces: list[str]) -> str:
    return "".join(f"<|k{min(n, LONGEST_COUNT)}|>{piece}" for n, piece in enumerate(pieces, 1)) or _NONE


def _summed(text: str) -> str:
    parts, words = [], 0
    for line in _lines(text):
        words += len(view(line).words)
        parts.append(f"{shown(line)}<|b{min(words, LONGEST_BUDGET)}|>")
    return "".join(parts) or _NONE
