"""The front door of exact reading: from text to the clauses that code can decide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lightwing.core.clause import Span
from lightwing.spec.grammar.bars import read_bars
from lightwing.spec.grammar.context import frames_of
from lightwing.spec.grammar.counts import read_counts
from lightwing.spec.grammar.edges import read_edges
from lightwing.spec.grammar.form import read_form
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.games import read_games
from lightwing.spec.grammar.headings import read_headings
from lightwing.spec.grammar.numbering import read_numbering
from lightwing.spec.grammar.prompt import asked_part, in_context
from lightwing.spec.grammar.rare import read_rare
from lightwing.spec.grammar.reading import ExactReading
from lightwing.spec.grammar.style import read_style
from lightwing.spec.grammar.terms import sentences
from lightwing.spec.grammar.unspaced import read_unspaced
from lightwing.spec.grammar.words import read_words
from lightwing.spec.grammar.wrapped import read_wrapped
from lightwing.spec.lexicon import Lexicon, languages, lexicon, settings
from lightwing.spec.text.tokens import Token, tokenize
from lightwing.spec.text.variants import in_simplified

__all__ = ["ExactReading", "guess_language", "read_exact", "read_prompt", "share_known"]

READERS: Sequence[Callable[[Frame], Iterator[ExactReading]]] = (
    read_words,
    read_counts,
    read_numbering,
    read_edges,
    read_wrapped,
    read_style,
    read_form,
    read_bars,
    read_headings,
    read_games,
    read_rare,
    read_unspaced,
)

_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 3000
"""Characters of a text in which words are looked up to tell its language."""


def guess_language(text: str) -> str:
    """The lexicon that fits a text: by script first, by function words between languages of one script.

    >>> guess_language("Responde con un máximo de 25 palabras."), guess_language("不要使用逗号"), guess_language("句点を使わないでください")
    ('es', 'zh', 'ja')
    """
    sample = text[:20000]
    letters = sum(c.isalpha() for c in sample) or 1
    kana, han = len(_KANA.findall(sample)), len(_HAN.findall(sample))
    if (kana + han) / letters > 0.2:
        return "ja" if kana * 8 > han else "zh"
    counts = Counter(word.casefold() for word in _WORD.findall(sample))
    spaced = [code for code in languages() if settings(code).spaces]
    known = {code: sum(counts[w] for w in settings(code).function_words) for code in spaced}
    best = max(known.values())
    close = [code for code in spaced if known[code] * 1.4 + 1 >= best]
    if len(close) == 1:
        return close[0]
    tokens = tokenize(sample[:_SAMPLE])
    return max(close, key=lambda code: (_covered(tokens, lexicon(code)), code == "en"))


def share_known(text: str, language: str) -> float:
    """Which share of the letters of a text's beginning stands in words that the language's lexicon knows.

    >>> share_known("Use three bullet points.", "en") > 0.5, share_known("Nenne niemals einen Preis.", "en")
    (True, 0.0)
    """
    sample = text[:_SAMPLE]
    return _covered(tokenize(sample), lexicon(language)) / (sum(c.isalpha() for c in sample) or 1)


def _covered(tokens: Sequence[Token], words: Lexicon) -> int:
    """How many characters of a text a lexicon knows."""
    covered = at = 0
    while at < len(tokens):
        match = words.match(tokens, at)
        if match is None:
            at += 1
            continue
        covered += sum(len(t.norm) for t in tokens[at : at + match.length] if t.kind == "word")
        at += match.length
    return covered


def read_exact(text: str, *, language: str | None = None, offset: int = 0) -> list[ExactReading]:
    """Exact clauses of a statement or a few; spans are shifted by `offset`. A slot that does not close gives nothing: better judged than guessed.

    >>> [(r.check.name, dict(r.check.args)) for r in read_exact("Use at least 3 bullet points and no commas.")]
    [('count', {'of': 'bullets', 'min': 3}), ('punctuation', {'forbid': ','})]
    """
    found = in_context(text, _frames(text, language), READERS)
    return _shifted(found, offset)


def _shifted(found: list[ExactReading], offset: int) -> list[ExactReading]:
    if not offset:
        return found
    return [replace(r, span=Span(r.span.start + offset, r.span.end + offset)) for r in found]


def read_prompt(text: str, *, language: str | None = None) -> list[ExactReading]:
    """Exact clauses of a whole prompt, with what only neighbouring sentences tell together: dividers, formats shown, the request to be repeated."""
    begin = asked_part(text)
    found = in_context(text[begin:], _frames(text[begin:], language), READERS, whole=True)
    return _shifted(found, begin)


def _frames(text: str, language: str | None) -> list[Frame]:
    code = language if language in languages() else guess_language(text)
    words = lexicon(code or "en")
    tokens = in_simplified(tokenize(text)) if words.simplified else tokenize(text)
    return frames_of(text, sentences(text, tokens, words), words)
