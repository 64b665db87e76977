"""Fast readings of the profile `ifeval` against their naive twins, on random texts."""

from __future__ import annotations

import math
import random
import re

import pytest

from lightwing.checks import build
from lightwing.checks.ifeval_counting import COUNTERS, english_words
from lightwing.checks.ifeval_language import _Words, detect
from lightwing.checks.language import SAMPLES
from lightwing.core.clause import CheckCall

_PIECES = ("*", "**", "***", "-", "--", " ", "\t", "\n", "\n\n", "a", "é", "x_1", "'", "’", "٣", "字", "Day 1", "Day  2", "Day", "\x0b", "\u00a0", "🚀")  # fmt: skip


def texts(seed: str, n: int = 3000) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(_PIECES, k=rng.randint(0, 9))) for _ in range(n)]


def naive_paragraphs(text: str) -> int:
    parts = re.split(r"\s?\*\*\*\s?", text)
    if not all(part.strip() for part in parts[1:-1]):
        return -1
    return sum(bool(part.strip()) for part in parts) if len(parts) > 1 else 1


@pytest.mark.parametrize(
    ("unit", "marker", "naive"),
    [
        ("words", None, lambda text: len(re.findall(r"\w+", text))),
        (
            "bullets",
            None,
            lambda text: (
                len(re.findall(r"^\s*\*[^\*].*$", text, re.MULTILINE))
                + len(re.findall(r"^\s*-.*$", text, re.MULTILINE))
            ),
        ),
        ("sections", "Day", lambda text: len(re.findall(r"\s?Day\s?\d+\s?", text))),
        ("paragraphs", "***", naive_paragraphs),
    ],
)
def test_counts(unit: str, marker: str | None, naive: object) -> None:
    args = {"of": unit, "min": 1} | ({"marker": marker} if marker else {})
    check = build(CheckCall(name="count", args=args), profile="ifeval")
    seen = set()
    for text in texts(unit):
        expected = naive(text)  # type: ignore[operator]
        seen.add(expected)
        assert COUNTERS[unit](text, check) == expected, repr(text)  # type: ignore[arg-type]
    assert len(seen) > 2


def test_words_of_every_character() -> None:
    for code in range(0x3000):
        assert english_words(f"a{chr(code)}b") == len(re.findall(r"\w+", f"a{chr(code)}b")), hex(code)


def naive_language(text: str) -> tuple[str | None, float]:
    """langdetect's own n-grams, each language's log probabilities added one by one; the winner and its lead."""
    from langdetect import detector_factory

    detector_factory.init_factory()
    factory = detector_factory._factory
    walker = factory.create()
    walker.append(text)
    walker.cleaning_text()
    grams = walker._extract_ngrams()
    if not grams:
        return None, 1.0
    sums = [
        sum(math.log(factory.word_lang_prob_map[gram][index] + 0.5 / 10_000) for gram in grams)
        for index in range(len(factory.langlist))
    ]
    second, first = sorted(range(len(sums)), key=sums.__getitem__)[-2:]
    return factory.langlist[first], sums[first] - sums[second]


def test_language() -> None:
    pytest.importorskip("langdetect")
    rng = random.Random(11)
    words = [word for each in SAMPLES.values() for sentence in each for word in sentence.split()]
    told = set()
    for _ in range(300):
        some = rng.choices(words, k=rng.randint(1, 12))
        text = rng.choice((" ", "\n", ", ")).join(rng.choice((word, word.upper(), word[::-1])) for word in some)[:390]
        wanted, lead = naive_language(text)
        if lead > 0.01:
            told.add(wanted)
            assert detect(text) == wanted, repr(text)
    assert len(told) > 10


def test_a_full_table_of_words_is_left_for_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langdetect")
    import lightwing.checks.ifeval_language as module

    known = module._profiles()
    monkeypatch.setattr(module, "_WORDS_KEPT", 30)
    monkeypatch.setattr(known, "_words", _Words(known.grams))
    first = known._words
    module._of_all.cache_clear()
    assert [detect(SAMPLES[code][0]) for code in ("de", "fr", "it", "de")] == ["de", "fr", "it", "de"]
    assert known._words is not first
