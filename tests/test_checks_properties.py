"""Twins, prefixes, fixes and proofs on random input."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightwing.checks import build
from lightwing.checks.base import ExactCheck
from lightwing.checks.count import Count
from lightwing.checks.counting import UNITS as UNIT_TABLE
from lightwing.checks.counting_text import divided
from lightwing.checks.scripts import without_accents
from lightwing.checks.text import TextView
from lightwing.checks.words import occurrences
from lightwing.core.case import Answer, Case
from lightwing.core.clause import CheckCall
from lightwing.core.outcome import Verdict

CASE = Case(messages=())
PIECES = (
    "word", "The", "don't", "well-known", "3.5", "U.S.", "Dr.", "I", "NATO", "café", "山", "の", "한국", "नदी", " ", " ", "\n", "\n\n", ". ", "! ", "?", "...", "。",
    "- ", "* ", "1. ", "# ", "**", "*", "_", "[name]", "(x)", "](http://a.b)", "```", "```\n", "***", "| a | b |\n", "|---|---|\n", ">", "“", "”", '"', "😀", "#tag", ",",
    "P.S.", "<<", ">>", "Section 1", "\x00", "\u202e", "ß", "İ", "ŉ",
)  # fmt: skip


def shuffled(seed: int) -> str:
    """A text of up to 24 pieces; Hypothesis alone prefers texts too short to cross a bound."""
    rng = random.Random(seed)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(4, 24)))


texts = (
    st.integers(0, 2**32).map(shuffled)
    | st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
    | st.text(max_size=40)
)


def check(name: str, args: dict[str, Any], language: str = "en") -> ExactCheck:
    built = build(CheckCall(name=name, args=args), language=language)
    assert isinstance(built, ExactCheck)
    return built


bounds = st.one_of(
    st.integers(0, 6).map(lambda n: {"max": n}),
    st.integers(0, 6).map(lambda n: {"min": n}),
    st.tuples(st.integers(0, 5), st.integers(0, 4)).map(lambda t: {"min": t[0], "max": t[0] + t[1]}),
    st.integers(0, 30).map(lambda n: {"about": n}),
)
words = st.sampled_from(["tea", "Tea time", "l'été", "C++", "山", "a", "don’t", "😀", "The U.S.", "ß", "*", "no."])
calls = st.one_of(
    st.tuples(st.sampled_from(sorted(UNIT_TABLE)), bounds).map(lambda t: ("count", {"of": t[0], **t[1]})),
    st.lists(words, min_size=1, max_size=3).map(lambda w: ("keywords", {"words": w})),
    st.lists(words, min_size=1, max_size=3).map(lambda w: ("forbidden", {"words": w})),
    st.tuples(words, bounds).map(lambda t: ("frequency", {"word": t[0], **t[1]})),
    st.tuples(st.sampled_from("eñ#I山!*"), bounds).map(lambda t: ("letter", {"letter": t[0], **t[1]})),
    words.map(lambda w: ("starts_with", {"text": w})),
    words.map(lambda w: ("ends_with", {"text": w})),
    st.sampled_from(["The", "tea time", "山", "don't"]).map(lambda w: ("first_word", {"word": w})),
    st.sampled_from(["end", "tea time", "山", "don't"]).map(lambda w: ("last_word", {"word": w})),
    st.sampled_from(["<<>>", "**", "#", "『』", "*"]).map(lambda m: ("title", {"marks": m})),
    st.sampled_from(["P.S.", "P.P.S", "Nota", "追伸"]).map(lambda m: ("postscript", {"marker": m})),
    st.sampled_from([('"', '"'), ("「", "」"), ("<a>", "</a>")]).map(
        lambda m: ("wrapped", {"open": m[0], "close": m[1]})
    ),
    st.sampled_from(["lower", "upper", "title", "sentence"]).map(lambda c: ("letter_case", {"case": c})),
    st.sampled_from([",", ".", "!?", "。", ";"]).map(lambda m: ("punctuation", {"forbid": m})),
    st.sampled_from([["."], ["!", "?"], ["。"]]).map(lambda m: ("ending", {"marks": m})),
    st.sampled_from(
        [{"only": ["latin"]}, {"forbid": ["accents"]}, {"only": ["han", "hiragana"]}, {"forbid": ["digits"]}]
    ).map(lambda a: ("script", a)),
    st.lists(st.sampled_from(["yes", "no", "yes, sure", "A", "B", "山"]), min_size=2, max_size=4, unique=True).map(
        lambda o: ("choice", {"options": o})
    ),
    bounds.map(lambda b: ("responses", {**b, "separator": "******"})),
    st.sampled_from([{"style": "words"}, {"style": "digits"}, {"decimals": 2}]).map(lambda a: ("numbers", a)),
)
SLOW = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(calls, texts, st.sampled_from(["en", "zh", "es"]))
def test_a_verdict_on_a_prefix_is_the_verdict_on_the_whole(
    call: tuple[str, dict[str, Any]], text: str, language: str
) -> None:
    built = check(*call, language)
    whole = built.read(CASE, Answer(text=text))
    for end in range(len(text) + 1):
        part = built.read(CASE, Answer(text=text[:end]), complete=False)
        if part.verdict is not Verdict.UNKNOWN and whole.verdict is not Verdict.UNKNOWN:
            assert part.verdict is whole.verdict, (text[:end], part, whole)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.sampled_from(["en", "zh"]), st.sampled_from([None, "Section", "***", "*"]))
def test_what_is_certain_of_a_prefix_stays(text: str, language: str, marker: str | None) -> None:
    for name, unit in UNIT_TABLE.items():
        args = {"marker": marker} if marker and unit.takes_marker else {}
        asked = check("count", {"of": name, "max": 0, **args}, language)
        assert isinstance(asked, Count)
        whole = unit.count(text, asked)
        for end in range(len(text)):
            assert unit.at_least(text[:end], asked) <= whole, (name, text[:end])


@SLOW
@given(
    calls, st.sampled_from(["first_line", "line:2", "each_line", "paragraph:1", "each_paragraph", "stanza:2"]), texts
)
def test_so_it_is_in_a_scope(call: tuple[str, dict[str, Any]], scope: str, text: str) -> None:
    built = build(CheckCall(name=call[0], args=call[1]), scope=scope)
    whole = built.read(CASE, Answer(text=text))
    for end in range(len(text) + 1):
        part = built.read(CASE, Answer(text=text[:end]), complete=False)
        if part.verdict is not Verdict.UNKNOWN and whole.verdict is not Verdict.UNKNOWN:
            assert part.verdict is whole.verdict, (text[:end], part, whole)


@SLOW
@given(calls, texts)
def test_a_fix_leads_to_pass_and_has_nothing_left_to_mend(call: tuple[str, dict[str, Any]], text: str) -> None:
    built = check(*call)
    mended = built.fix(CASE, Answer(text=text))
    if mended is not None:
        assert built.read(CASE, mended).verdict is Verdict.PASS, mended.text
        assert built.fix(CASE, mended) is None, mended.text


@SLOW
@given(calls, st.integers(0, 99), st.sampled_from(["en", "zh", "es", "ar"]))
def test_probes_pass_and_mutants_fail(call: tuple[str, dict[str, Any]], seed: int, language: str) -> None:
    built = check(*call, language)
    for case, answer in built.probes(random.Random(seed)):
        assert built.read(case, answer).verdict is Verdict.PASS, answer.text
    for case, answer in built.mutants(random.Random(seed)):
        assert built.read(case, answer).verdict is Verdict.FAIL, answer.text


@SLOW
@given(texts)
def test_spans_lie_inside_and_in_order(text: str) -> None:
    view = TextView(text)
    for spans in (view.lines, view.blocks, view.paragraphs, view.sentences, view.items, view.code, view.word_spans):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans)) or spans is view.items
    assert [span.cut(view.plain) for span in view.word_spans] == view.words
    assert len(view.plain) == len(text)


# Twins: the same in a few naive lines.


@given(st.lists(st.sampled_from(["tea", "don't", "well-known", "山", "山水", "3.5", "x"]), max_size=12))
def test_words_twin(tokens: list[str]) -> None:
    naive = sum(len(token) if token[0] == "山" else 1 for token in tokens)
    assert len(TextView(" ".join(tokens)).words) == naive


@given(texts)
def test_lines_twin(text: str) -> None:
    assert len(TextView(text).lines) == sum(bool(line.strip()) for line in text.split("\n"))


@given(texts, st.sampled_from(["tea", "the", "a"]))
def test_occurrences_twin(text: str, word: str) -> None:
    naive, at = [], 0
    low = text.lower() if len(text.lower()) == len(text) else text
    while (at := low.find(word, at)) >= 0:
        before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
        edges = not re.match(r"\w", before) and not re.match(r"\w", after)
        naive += [at] if edges else []
        at += len(word) if edges else 1
    if len(text.lower()) == len(text):
        assert [span.start for span in occurrences(text, word)] == naive


@given(st.lists(st.sampled_from(["one two", "***", "three"]), max_size=8))
def test_dividers_twin(parts: list[str]) -> None:
    naive, current = [], []
    for part in parts:
        if part == "***":
            naive.append(current)
            current = []
        else:
            current.append(part)
    naive.append(current)
    assert [part.split() for part in divided("\n".join(parts), "***")] == [" ".join(part).split() for part in naive]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["It is so", "We ran home again today", "He left for the town"]),
            st.sampled_from([".", "!", "?", "…"]),
        ),
        max_size=8,
    )
)
def test_sentences_twin(parts: list[tuple[str, str]]) -> None:
    assert len(TextView(" ".join(a + b for a, b in parts)).sentences) == len(parts)


@given(st.text(alphabet="aéñüçÅ山がの x", max_size=20))
def test_accents_twin(text: str) -> None:
    naive = "".join({"é": "e", "ñ": "n", "ü": "u", "ç": "c", "Å": "A"}.get(c, c) for c in text)
    assert without_accents(text) == naive


@pytest.mark.parametrize(
    "piece",
    ["[", "(", "<<", "**", "*", "!", "\n", ". ", "a.", "# ", "#", "Section ", "- ", "```\n", "| ", "“", '"', "1", "]("],
)
def test_time_is_linear(piece: str) -> None:
    """A hundred thousand of the same sign do not bring a check to a standstill (they would take minutes if anything looked back)."""
    import time

    text = piece * 100_000
    started = time.perf_counter()
    for unit in UNIT_TABLE:
        check("count", {"of": unit, "max": 3}).read(CASE, Answer(text=text))
    for name, args in (
        ("title", {}),
        ("postscript", {}),
        ("keywords", {"words": ["x y"]}),
        ("numbers", {"style": "thousands"}),
        ("letter_case", {"case": "title"}),
    ):
        check(name, args).read(CASE, Answer(text=text))
    assert time.perf_counter() - started < 30


def test_replace_keeps_arguments() -> None:
    built = check("count", {"of": "words", "max": 3})
    assert replace(built, max=4).read(CASE, Answer(text="a b c d")).ok
