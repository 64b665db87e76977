"""Counters and writers of the units of running text."""

from __future__ import annotations

import random
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from lightwing.checks.characters import CharacterKinds, codes_of, runs
from lightwing.checks.text import BEYOND, HAN, is_unspaced, view
from lightwing.checks.writing import is_spaceless, join_words, sentence
from lightwing.checks.writing import words as some_words

if TYPE_CHECKING:
    from lightwing.checks.counting_asked import Asked

_KANJI = re.compile(f"[{HAN}]")
_LOUD = re.compile(r"[!?？！؟]+")
_ASKING = frozenset("?？؟")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_HASHTAG = re.compile(r"(?<![\w&#/])#(?=[^\W\d])\w+")
_EMOJI_ONE = "\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620-\u263a\u2640-\u2653\u265f-\u2668\u267b-\u2690\u2692-\u2697\u2699-\u26ff\u2702-\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201-\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    f"[{_EMOJI_ONE}](?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[{_EMOJI_ONE}]\ufe0f?)*"
)
_QUOTED = re.compile(r"“[^“”]+”|„[^„“”]+[“”]|«[^«»]+»|「[^「」]+」|『[^『』]+』|\"[^\"\n]+\"")
_VOWELS = re.compile(r"[aeiouyáéíóúüàâäãåæèêëìîïòôöõøœùûýÿαεηιουωаеёиоуыэюя]+", re.IGNORECASE)


def words(text: str, asked: Asked) -> int:
    return len(view(text).words)


_SPACE, _SIGN, _DIGIT, _LETTER, _FAR = range(1, 6)
_KINDS = CharacterKinds(
    lambda c: (
        _FAR
        if BEYOND.match(c)
        else _SPACE
        if c.isspace()
        else _LETTER
        if c.isalpha()
        else _DIGIT
        if c.isalnum() or c == "_"
        else _SIGN
    )
)


def words_between(text: str) -> tuple[int, int] | None:
    """A number that the words of a text reach and one that they do not exceed, at a glance; None where its writing system needs a closer look.

    No more words than runs of letters and digits, and at least one wherever a letter follows white space, outside of what may be code or a tag.

    >>> words_between("Well-known: 3.5 km, isn't it?")
    (4, 8)
    """
    kinds = _KINDS.of(codes_of(text))
    if (kinds == _FAR).any():
        return None
    hidden = "<" in text or "```" in text or "~~~" in text
    begun = (kinds[1:] == _LETTER) & (kinds[:-1] == _SPACE)
    least = 0 if hidden else int(np.count_nonzero(begun)) + bool(text[:1].isalpha())
    return least, runs(kinds >= _DIGIT)


def write_words(rng: random.Random, n: int, asked: Asked) -> str:
    language = asked.setting.language
    return (sentence(rng, n, language)) if n else "…"


def unique_words(text: str, asked: Asked) -> int:
    return len({word.casefold() for word in view(text).words})


def write_unique_words(rng: random.Random, n: int, asked: Asked) -> str:
    if is_spaceless(asked.setting.language):
        return "".join(chr(0x5200 + i) for i in range(n)) + "。" * (n > 0) + "…" * (n == 0)
    names = [
        f"{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyz'[i // 100 % 6]}{'aeiouy'[i // 600 % 6]}"
        for i in range(n)
    ]
    return " ".join([*names, *names[:1]]) or "…"


def characters(text: str, asked: Asked) -> int:
    """Chinese and Japanese readers count every sign but white space; others count spaces too, those around the text aside."""
    if is_spaceless(asked.setting.language):
        return sum(not c.isspace() for c in text)
    return len(text.strip())


def write_characters(rng: random.Random, n: int, asked: Asked) -> str:
    language = asked.setting.language
    body = join_words(some_words(rng, n + 1, language), language)[:n]
    return body[:-1] + ("。" if is_spaceless(language) else ".") if n else ""


def letters(text: str, asked: Asked) -> int:
    return sum(map(str.isalpha, text))


def write_letters(rng: random.Random, n: int, asked: Asked) -> str:
    return " ".join("lorem"[: min(5, n - i)] for i in range(0, n, 5)) or "…"


def sentences(text: str, asked: Asked) -> int:
    return len(view(text).sentences)


def write_sentences(rng: random.Random, n: int, asked: Asked) -> str:
    language = asked.setting.language
    return ("" if is_spaceless(language) else " ").join(
        sentence(rng, rng.randint(3, 6), language) for _ in range(n)
    ) or "…"


def divided(text: str, marker: str) -> list[str]:
    """The parts between dividers: a divider follows white space, is no part of a longer run of its sign, and opens no emphasis.

    >>> divided("one *** two", "***"), divided("******", "***"), divided("***so*** it is", "***")
    (['one ', ' two'], ['******'], ['***so*** it is'])
    """
    parts, begin, at = [], 0, text.find(marker)
    while at >= 0:
        end = at + len(marker)
        if _divides(text, at, end, marker):
            parts.append(text[begin:at])
            begin = end
        at = text.find(marker, end)
    return [*parts, text[begin:]]


def _divides(text: str, at: int, end: int, marker: str) -> bool:
    after = text[end : end + 1]
    if (at and not text[at - 1].isspace()) or after == marker[0]:
        return False
    if not after or after.isspace() or marker[0].isalnum():
        return True
    closing, line_end = text.find(marker, end), text.find("\n", end)
    return closing < 0 or 0 <= line_end < closing or text[closing - 1].isspace()


def paragraphs(text: str, asked: Asked) -> int:
    if asked.marker is None:
        return len(view(text).paragraphs)
    return sum(any(map(str.isalnum, part)) for part in divided(text, asked.marker))


def write_paragraphs(rng: random.Random, n: int, asked: Asked) -> str:
    joint = f"\n\n{asked.marker}\n\n" if asked.marker else "\n\n"
    return joint.join(sentence(rng, 6, asked.setting.language) for _ in range(n)) or "…"


def lines(text: str, asked: Asked) -> int:
    return len(view(text).lines)


def write_lines(rng: random.Random, n: int, asked: Asked) -> str:
    return "\n".join(sentence(rng, 5, asked.setting.language) for _ in range(n))


def stanzas(text: str, asked: Asked) -> int:
    return len(view(text).paragraphs)


def write_stanzas(rng: random.Random, n: int, asked: Asked) -> str:
    return "\n\n".join(write_lines(rng, 3, asked) for _ in range(n))


def verses(text: str, asked: Asked) -> int:
    """Lines of a poem: those with a letter that are no heading."""
    titles = {span.start for span, _, _ in view(text).headings}
    return sum(any(map(str.isalpha, span.cut(text))) and span.start not in titles for span in view(text).lines)


def questions(text: str, asked: Asked) -> int:
    return sum(not _ASKING.isdisjoint(run) for run in _LOUD.findall(text))


def write_questions(rng: random.Random, n: int, asked: Asked) -> str:
    return " ".join(sentence(rng, 4)[:-1] + "?" for _ in range(n)) or sentence(rng)


def exclamations(text: str, asked: Asked) -> int:
    return sum("!" in run or "！" in run for run in _LOUD.findall(text))


def write_exclamations(rng: random.Random, n: int, asked: Asked) -> str:
    return " ".join(sentence(rng, 4)[:-1] + "!" for _ in range(n)) or sentence(rng)


def numbers(text: str, asked: Asked) -> int:
    return len(_NUMBER.findall(view(text).plain))


def write_numbers(rng: random.Random, n: int, asked: Asked) -> str:
    return "We saw" + "".join(f" {rng.randint(1, 99)} and" for _ in range(n)) + " more."


def digits(text: str, asked: Asked) -> int:
    return sum(map(str.isdigit, text))


def write_digits(rng: random.Random, n: int, asked: Asked) -> str:
    return "Room " + "".join(str(rng.randint(0, 9)) for _ in range(n)) + " is free."


def capital_words(text: str, asked: Asked) -> int:
    """Words whose every cased letter is upper case. One letter alone ("I", "A") counts towards a minimum and not against a maximum."""
    capital = [word for word in view(text).words if word.isupper()]
    low = asked.bounds[0]
    longer = sum(sum(map(str.isalpha, word)) > 1 for word in capital)
    return longer if longer >= low else min(low, len(capital))


def write_capital_words(rng: random.Random, n: int, asked: Asked) -> str:
    return "We saw" + "".join(f" {word.upper()}" for word in some_words(rng, n, "en")) + " there."


def has_accent(word: str) -> bool:
    """Whether a Latin letter of the word carries a diacritic (á, é, ü, ç, ñ …)."""
    return not word.isascii() and any(
        unicodedata.combining(c) for c in unicodedata.normalize("NFD", word) if ord(c) > 127 and not is_unspaced(c)
    )


def accented_words(text: str, asked: Asked) -> int:
    return sum(map(has_accent, view(text).words))


def write_accented_words(rng: random.Random, n: int, asked: Asked) -> str:
    return " ".join(rng.choice(("café", "árbol", "montón", "élan", "über")) for _ in range(n)) + " mar."


def quotations(text: str, asked: Asked) -> int:
    return len(_QUOTED.findall(text))


def write_quotations(rng: random.Random, n: int, asked: Asked) -> str:
    return "She said" + "".join(f" “{sentence(rng, 3)}”" for _ in range(n)) + " and left."


def kanji(text: str, asked: Asked) -> int:
    return len(_KANJI.findall(text))


def write_kanji(rng: random.Random, n: int, asked: Asked) -> str:
    return "の".join(some_words(rng, n, "ja")) + "です。"


def syllables(text: str, asked: Asked) -> int:
    """Chinese: a character is one; kana: small ones join the sign before; elsewhere groups of vowels, a silent final e of English aside."""
    return sum(_syllables_of(word, asked.setting.language) for word in view(text).words)


def _syllables_of(word: str, language: str) -> int:
    if is_unspaced(word[0]):
        return 0 if word in "ゃゅょャュョぁぃぅぇぉァィゥェォー" else 1
    groups = _VOWELS.findall(word)
    n = len(groups)
    low = word.lower()
    if language == "en" and n > 1 and low.endswith("e") and not low.endswith("le") and groups[-1] in ("e", "E"):
        n -= 1
    if language == "en" and n > 1 and low.endswith("ed") and low[-3] not in "td":
        n -= 1
    return max(n, 1) if any(map(str.isalpha, word)) else 0


def write_syllables(rng: random.Random, n: int, asked: Asked) -> str:
    if is_spaceless(asked.setting.language):
        return join_words(some_words(rng, n, "zh"), "zh") + "。"
    return " ".join(rng.choice(("sun", "moon", "hat", "rain", "wind")) for _ in range(n)) + "."


def emojis(text: str, asked: Asked) -> int:
    return 0 if text.isascii() and "\u20e3" not in text else len(_EMOJI.findall(text))


def write_emojis(rng: random.Random, n: int, asked: Asked) -> str:
    return "Well done " + " ".join(rng.choice("😀🚀🌍🎉🐱") for _ in range(n)) + " all."


def hashtags(text: str, asked: Asked) -> int:
    return len(_HASHTAG.findall(text))


def write_hashtags(rng: random.Random, n: int, asked: Asked) -> str:
    return "News " + " ".join(f"#{word}" for word in some_words(rng, n, "en"))
