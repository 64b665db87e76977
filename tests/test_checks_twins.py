"""Fast readings of the default profile against their plain twins, on random texts."""

from __future__ import annotations

import random

import pytest

from lightwing.checks import ExactCheck, build
from lightwing.checks.counting_text import words_between
from lightwing.checks.language import _COUNTED, _COUNTED_LETTERS, _LETTERS, SAMPLES, _by_script
from lightwing.checks.text import _NOT_WORDS, _WORD, BEYOND, TextView
from lightwing.checks.words import _most, _pattern
from lightwing.core.clause import CheckCall
from lightwing.core.outcome import Verdict

_PIECES = (
    "a", "Bc", "U.S.", "3.14", "don’t", "it's", "well-known", "_x_", "www.a.b/c", "https://x.y", "](t.u)", "<b>", "<br", "```py", "```", "~~~", "1.", "12)", "> 2. ",
    "\n", " ", "\t", "-", "'", ",", ".", "·", "é", "½", "ª", "“", "🚀", "字", "か", "e\u0301", "नदी", "ʼ", "\u200d", "|", "*", "[", "(",
)  # fmt: skip


def texts(seed: str, n: int = 4000) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(_PIECES, k=rng.randint(0, 8))) for _ in range(n)]


def test_words() -> None:
    plain = 0
    for text in texts("words"):
        long = _WORD.findall(_NOT_WORDS.sub(lambda match: " " * len(match[0]), text))
        assert TextView(text).words == long, repr(text)
        assert [span.cut(text) for span in TextView(text).word_spans] == long
        about = words_between(text)
        assert (about is None) == (BEYOND.search(text) is not None)
        if about is not None:
            plain += 1
            assert about[0] <= len(long) <= about[1], repr(text)
    assert plain > 500


def naive_script(words: str) -> str | None:
    n = len(_LETTERS.findall(words))
    counts = {name: len(pattern.findall(words)) for name, pattern in zip(_COUNTED, _COUNTED_LETTERS, strict=True)}
    kana, han = counts["hiragana"] + counts["katakana"], counts["han"]
    if han + kana > n / 2:
        return "ja" if kana * 12 > han else "zh"
    alone = {"greek": "el", "hebrew": "he", "thai": "th", "hangul": "ko", "tamil": "ta"}
    return next((code for name, code in alone.items() if counts[name] > n / 2), None)


def test_scripts() -> None:
    rng = random.Random(7)
    told = set()
    codes = ("en", "ru", "el", "he", "th", "ko", "ta", "ja", "zh", "hi", "vi")
    for _ in range(500):
        text = " ".join(SAMPLES[rng.choice(codes)][0][: rng.randint(1, 40)] for _ in range(3)) + rng.choice(
            ("", " ½ ٣", "〇")
        )
        if _LETTERS.search(text):
            told.add(naive_script(text))
            assert _by_script(text) == naive_script(text), repr(text)
    assert len(told) > 7


@pytest.mark.parametrize(
    ("name", "args", "pieces"),
    [
        ("letter_case", {"case": "lower"}, ("a", "A", "ß", "ǅ", "İ", "ı", "1", "字")),
        ("letter_case", {"case": "upper"}, ("a", "A", "ß", "ǅ", "İ", "ı", "1", "字")),
        (
            "choice",
            {"options": ["My answer is yes.", "My answer is no.", "A"]},
            ("My answer is ", "my answer\nis ", "yes.", "no.", "A", "a", "**", " "),
        ),
        (
            "choice",
            {"options": ["I don't know", "I don’t", "Ünder"]},
            ("I don't", "I don’t", " know", "ünder", " ", "*"),
        ),
        ("responses", {"min": 2, "max": 3}, ("a", "A", "ß", "ss", "******", "*", " ", "\n")),
        (
            "repeat_request",
            {"text": "Say “hi”…"},
            ("Say ", '"hi"', "“hi”", "…", "...", "say", "**", " "),
        ),
        ("ends_with", {"text": "the  end."}, ("the  end.", "the end.", "The End", ".", "”", "*", " ", "\n", "x")),
        ("ends_with", {"text": "Straße"}, ("straße", "STRASSE", "Straße", ".", "”", "*", " ", "x")),
        ("count", {"of": "words", "min": 2, "max": 4}, _PIECES),
        ("count", {"of": "questions", "min": 2, "if_any": True}, ("a", "?", " ", "b?")),
    ],
    ids=str,
)
def test_yes_or_no(name: str, args: dict[str, object], pieces: tuple[str, ...]) -> None:
    check = build(CheckCall(name=name, args=args))
    assert isinstance(check, ExactCheck)
    rng = random.Random(name)
    seen = set()
    for _ in range(3000):
        text = "".join(rng.choices(pieces, k=rng.randint(0, 7)))
        long = check.read_text(text, complete=True).verdict is Verdict.PASS
        seen.add(long)
        assert check.holds(text) == long, repr(text)
    assert seen == {True, False}


@pytest.mark.parametrize("phrase", ["ice cream", "don't go", "Stop", "kin", "bye bye", "Ünder it"])
def test_a_quick_look_never_counts_too_few(phrase: str) -> None:
    rng = random.Random(phrase)
    pieces = (
        "ice",
        "cream",
        "s",
        "don’t",
        "DON'T",
        "go",
        "ſtop",
        "stop",
        "\u212ain",
        "kin",
        "bye",
        "ünder",
        "it",
        " ",
        " ",
        "\n",
    )
    nothing = 0
    for _ in range(3000):
        text = "".join(rng.choices(pieces, k=rng.randint(0, 8)))
        most = _most(text, phrase)
        nothing += most == 0
        if most is not None:
            assert len(_pattern(phrase, False, "(?:s)?").findall(text)) <= most, repr(text)
    assert nothing
