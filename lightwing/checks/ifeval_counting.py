"""The units of `count` as IFEval and M-IFEval count them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from lightwing.checks.characters import CharacterKinds, codes_of, runs
from lightwing.checks.count import Count
from lightwing.checks.ifeval_spanish import spanish_sentences, spanish_tokens, spanish_words
from lightwing.checks.ifeval_text import capital_tokens, english_sentences

__all__ = ["COUNTERS"]

_DOT = re.compile(r"^[^\S\n]*・[^・].*$", re.MULTILINE)
_SINGLE = re.compile(r"\*[^\n*]*\*")
_DOUBLE = re.compile(r"\*\*[^\n*]*\*\*")
_CORNER = re.compile(r"《[^\n《》]*》")
_IN_WORD = 2
_SIGNS = CharacterKinds(lambda c: _IN_WORD if c.isalnum() or c == "_" else 1)
_ACCENTS = frozenset("áéíóúÁÉÍÓÚ")


def _bullets(text: str, check: Count) -> int:
    if check.setting.language == "ja":
        return len(_DOT.findall(text))
    stars = _starred(text) if "*" in text else 0
    if check.setting.language == "es" or "-" not in text:
        return stars
    return stars + sum(line.lstrip().startswith("-") for line in text.split("\n"))


def _starred(text: str) -> int:
    """Lines that begin with one asterisk and another sign; an asterisk alone takes the next line with it."""
    n = 0
    lines = iter(text.split("\n"))
    for line in lines:
        bare = line.lstrip()
        if bare[:1] == "*" and bare[1:2] != "*":
            n += len(bare) > 1 or next(lines, None) is not None
    return n


def _highlights(text: str, check: Count) -> int:
    if check.setting.language == "ja":
        return sum(bool(found.strip("《》").strip()) for found in _CORNER.findall(text))
    if "*" not in text:
        return 0
    single = len([found for found in _SINGLE.findall(text) if found != "**" and found.strip("*").strip()])
    if "**" not in text:
        return single
    return single + len([found for found in _DOUBLE.findall(text) if found[2:-2].strip()])


def _paragraphs(text: str, check: Count) -> int:
    if check.marker is None:
        return sum(bool(part.strip()) for part in text.split("\n\n"))
    if check.marker not in text:
        return 1
    parts = text.split(check.marker)
    blank = [i for i, part in enumerate(parts) if not part or part.isspace()]
    if any(0 < i < len(parts) - 1 for i in blank):
        return -1
    return len(parts) - len(blank)


@lru_cache(maxsize=256)
def _section(marker: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(marker)}\s?\d+")


def _sections(text: str, check: Count) -> int:
    marker = check.marker or "Section"
    return len(_section(marker).findall(text)) if marker in text else 0


def _words(text: str, check: Count) -> int:
    return spanish_words(text) if check.setting.language == "es" else english_words(text)


def english_words(text: str) -> int:
    """Runs of letters, digits and underscores.

    >>> english_words("Don't stop: 3.5 well_known")
    6
    """
    return runs(_SIGNS.of(codes_of(text)) == _IN_WORD)


def _sentences(text: str, check: Count) -> int:
    if check.setting.language == "ja":
        return len([part for part in re.split(r"[。！？!?]", text) if part.strip()])
    return spanish_sentences(text) if check.setting.language == "es" else english_sentences(text)


def _capital_words(text: str, check: Count) -> int:
    if check.setting.language == "es":
        return sum(token.isupper() for token in spanish_tokens(text))
    return capital_tokens(text)


def _accented_words(text: str, check: Count) -> int:
    return sum(not _ACCENTS.isdisjoint(token) for token in spanish_tokens(text) if not token.isascii())


def _placeholders(text: str, check: Count) -> int:
    """Opening brackets with a closing one after them on the line, whatever is between; each place is looked at once."""
    n, at = 0, text.find("[")
    while at >= 0:
        end = text.find("]", at)
        if end < 0:
            break
        line_end = text.find("\n", at, end)
        n += line_end < 0
        at = text.find("[", line_end if line_end >= 0 else end)
    return n


COUNTERS: Mapping[str, Callable[[str, Count], int]] = {
    "words": _words,
    "sentences": _sentences,
    "paragraphs": _paragraphs,
    "bullets": _bullets,
    "highlights": _highlights,
    "sections": _sections,
    "placeholders": _placeholders,
    "capital_words": _capital_words,
    "accented_words": _accented_words,
    "kanji": lambda text, _: len(re.findall("[\u4e00-\u9faf]", text)),
}
