"""The slot grammar: what it reads, what it leaves alone, and that it never fails, in five languages."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.errors import ConfigError
from lightwing.spec.grammar import guess_language, read_exact, read_prompt
from lightwing.spec.lexicon import CONCEPTS, Settings, expand, languages, lexicon, parse_lexicon
from lightwing.spec.text.tokens import kansuji, tokenize


def clauses(text: str) -> list[tuple[str, dict[str, object]]]:
    return [(r.check.name, dict(r.check.args)) for r in read_prompt(text)]


AT_LEAST_300_CHARACTERS = ("count", {"of": "characters", "min": 300})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use at least 300 words.", ("count", {"of": "words", "min": 300})),
        ("Answer in no more than five sentences.", ("count", {"of": "sentences", "max": 5})),
        ("Write 3 to 5 paragraphs.", ("count", {"of": "paragraphs", "min": 3, "max": 5})),
        ("Include exactly 4 bullet points.", ("count", {"of": "bullets", "min": 4, "max": 4})),
        ("Your answer must have fewer than 10 lines.", ("count", {"of": "lines", "max": 9})),
        ("Write a 200-word essay.", ("count", {"of": "words", "about": 200})),
        ("Responde con un máximo de 25 palabras.", ("count", {"of": "words", "max": 25})),
        ("Responda con al menos 3 frases.", ("count", {"of": "sentences", "min": 3})),
        ("Ta réponse ne doit pas dépasser 40 mots.", ("count", {"of": "words", "max": 40})),
        ("Rédigez au moins 3 paragraphes.", ("count", {"of": "paragraphs", "min": 3})),
        ("请写一篇短文，至少三百字。", AT_LEAST_300_CHARACTERS),
        ("请写一篇短文，300字以上。", AT_LEAST_300_CHARACTERS),
        ("三百文字以上で書いてください。", AT_LEAST_300_CHARACTERS),
        ("少なくとも5文で答えてください。", ("count", {"of": "sentences", "min": 5})),
    ],
)
def test_comparators_before_and_behind_the_number_close_the_same_slot(
    text: str, expected: tuple[str, dict[str, object]]
) -> None:
    assert expected in clauses(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Include the keywords "sun" and "moon".', ("keywords", {"words": ["sun", "moon"]})),
        ("Do not use the words rich or money.", ("forbidden", {"words": ["rich", "money"]})),
        ("The word story should appear at least twice.", ("frequency", {"word": "story", "min": 2})),
        ("Avoid using the letter i more than twice.", ("letter", {"letter": "i", "max": 2})),
        ("The words startup and capsule cannot be in the response.", ("forbidden", {"words": ["startup", "capsule"]})),
        ("Incluye las palabras clave «sol» y «luna».", ("keywords", {"words": ["sol", "luna"]})),
        ("N'utilise pas le mot « soleil ».", ("forbidden", {"words": ["soleil"]})),
        ("回答必须包含关键词“人工智能”、“未来”。", ("keywords", {"words": ["人工智能", "未来"]})),
        ("文章里不要出现“困难”这个词。", ("forbidden", {"words": ["困难"]})),
        ("「希望」という言葉を3回以上使ってください。", ("frequency", {"word": "希望", "min": 3})),
        ("「絶対」という言葉は使わないでください。", ("forbidden", {"words": ["絶対"]})),
    ],
)
def test_words_asked_for_forbidden_and_counted(text: str, expected: tuple[str, dict[str, object]]) -> None:
    assert expected in clauses(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do not use any commas.", ("punctuation", {"forbid": ","})),
        ("Your entire response should be in all lowercase letters.", ("letter_case", {"case": "lower"})),
        ("No utilices comas en tu respuesta.", ("punctuation", {"forbid": ","})),
        ("N'utilise aucune virgule.", ("punctuation", {"forbid": ","})),
        ("不要使用逗号。", ("punctuation", {"forbid": ","})),
        ("読点を使わないでください。", ("punctuation", {"forbid": ","})),
        ("Respond only in Korean, no other language is allowed.", ("language", {"codes": ["ko"]})),
        ("请用英语回答。", ("language", {"codes": ["en"]})),
        ("Wrap your entire response in double quotation marks.", ("wrapped", {"open": '"', "close": '"'})),
        ("Your answer must contain a title wrapped in double angular brackets, i.e. <<title>>.", ("title", {})),
        ("At the end add a postscript starting with P.P.S", ("postscript", {"marker": "P.P.S"})),
        ('End your answer with "That is all."', ("ends_with", {"text": "That is all."})),
        ("Wrap the entire output in JSON format.", ("format", {"kind": "json"})),
    ],
)
def test_style_edges_and_formats(text: str, expected: tuple[str, dict[str, object]]) -> None:
    assert expected in clauses(text)


def test_neighbouring_sentences_close_a_slot_together() -> None:
    divided = clauses("Write exactly 2 paragraphs about a dream. Separate the paragraphs with ***")
    assert ("count", {"of": "paragraphs", "min": 2, "max": 2, "marker": "***"}) in divided
    marked = clauses("Write 4 sections about tea. Mark the beginning of each section with SECTION X.")
    assert [args["marker"] for name, args in marked if name == "count"] == ["SECTION"]


def test_the_request_to_be_repeated_is_given_word_for_word() -> None:
    text = "Write a haiku about rain.\n\nFirst repeat the request word for word without change, then give your answer."
    assert ("repeat_request", {"text": "Write a haiku about rain."}) in clauses(text)


def test_scope_and_condition_stand_beside_the_check() -> None:
    (first,) = read_exact("The second paragraph must start with the word However.")
    assert first.scope == "paragraph:2"
    (each,) = read_exact("Each sentence must end with a period.")
    assert (each.scope, each.check.name) == ("each_sentence", "ending")
    (table,) = read_exact("If a table is used, it must not exceed 3 rows.")
    assert (table.trigger, table.check.args["if_any"]) == (None, True)


@pytest.mark.parametrize(
    "text",
    [
        "Tell me about the three sentences that made Hemingway famous.",
        "Why do writers use commas?",
        "Plan a 12-day trip to Italy for two people.",
        "What is the difference between a 2-stroke and a 4-stroke motor?",
        "She bought 2 books for $24 each and 3 pens.",
        "介绍一下三国时期的五位将军。",
        "Résume l'histoire des 27 pays de l'Union européenne.",
        "日本の四季について教えてください。",
    ],
)
def test_numbers_and_words_of_the_topic_are_no_demand(text: str) -> None:
    assert clauses(text) == []


def test_worked_examples_are_no_demand() -> None:
    shots = "Question: Name a bird. Use at most 5 words.\nAnswer: Robin\nQuestion: Name a fish. Use at most 9 words.\nAnswer:"
    assert clauses(shots) == [("count", {"of": "words", "max": 9})]
    (found,) = read_prompt(shots)
    assert "9 words" in found.span.cut(shots)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Write a poem about the sea.", "en"),
        ("Escribe un poema sobre el mar y no uses comas.", "es"),
        ("Écris un poème sur la mer sans virgule.", "fr"),
        ("写一首关于大海的诗。", "zh"),
        ("海についての詩を書いてください。", "ja"),
        ("", "en"),
    ],
)
def test_language_is_guessed(text: str, code: str) -> None:
    assert guess_language(text) == code


def test_offset_shifts_spans() -> None:
    (plain,) = read_exact("Use at least 3 bullet points.")
    (shifted,) = read_exact("Use at least 3 bullet points.", offset=100)
    assert shifted.span.start == plain.span.start + 100


@given(st.text(max_size=300))
@settings(max_examples=150)
def test_any_text_is_read_without_error_and_spans_lie_inside(text: str) -> None:
    for found in (*read_prompt(text), *read_exact(text)):
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert found.scope


_PIECES = st.sampled_from(
    [
        "at least ", "no more than ", "3 ", "five ", "words", "sentences", " each ", "paragraph ", '"sun" ', "the word ", "do not use ", ". ", ", ",
        "and ", "***", "\n", "至少", "三百", "字", "不要", "逗号", "「空」", "以上", "を使わないでください", "<<a>>", "[b]", "*c* ", "if ", ": ", "(e.g. ", ")",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40), st.sampled_from(["en", "es", "fr", "ja", "zh"]))
@settings(max_examples=200)
def test_any_order_of_lexicon_words_is_read_without_error(pieces: list[str], language: str) -> None:
    text = "".join(pieces)
    for found in read_exact(text, language=language):
        assert 0 <= found.span.start <= found.span.end <= len(text)


@given(st.text(alphabet="\"'“”‘’「」*[]<>`ab 3\n", max_size=200))
@settings(max_examples=150)
def test_tokens_are_ordered_and_do_not_overlap(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end


@pytest.mark.parametrize(
    "piece", ["use the word sun and at least 3 of ", "写至少三百字，", '"', "“a ", "' a", "*a ", "[a"]
)
def test_time_grows_with_the_length_of_a_text_without_stops(piece: str) -> None:
    read_exact(piece, language="en")

    def seconds(length: int) -> float:
        began = time.process_time()
        read_exact((piece * length)[:length], language="en")
        return time.process_time() - began

    short, long = seconds(10_000), seconds(40_000)
    assert long < 10 * short + 0.5


def test_number_of_chinese_numerals() -> None:
    assert [kansuji(t) for t in ("十", "二十五", "三百二十", "一千", "万", "二〇", "語")] == [
        10,
        25,
        320,
        1000,
        10000,
        20,
        None,
    ]


def test_every_language_has_a_lexicon_that_loads() -> None:
    assert languages() == ("en", "es", "fr", "ja", "zh")
    assert all(lexicon(code).language == code for code in languages())


def test_a_phrase_expands_to_its_readings() -> None:
    assert expand("no (more|greater (or longer|)) than") == [
        "no more than",
        "no greater or longer than",
        "no greater than",
    ]
    with pytest.raises(ConfigError, match="does not close"):
        expand("no (more than")
    with pytest.raises(ConfigError, match="readings"):
        expand("(a|b)" * 13)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[grammar\n", "not valid TOML"),
        ("[grammar]\nlanguage = 3", r"section \[grammar\]"),
        ('[grammar]\nlanguage = "xx"\nverb_lst = true', "verb_lst"),
        ('[grammar]\nlanguage = "xx"\n[unitz]\nwords = ["w"]', r"Did you mean \[unit\]"),
        ('[grammar]\nlanguage = "xx"\n[unit]\nword = ["w"]', "Did you mean 'words'"),
        ('[grammar]\nlanguage = "xx"\n[unit]\nwords = "w"', r"section \[unit\]"),
        ('[grammar]\nlanguage = "xx"\n[language]\nenglish = ["e"]', "ISO 639"),
    ],
)
def test_a_faulty_lexicon_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_lexicon(text, where="xx.toml")


def test_an_unknown_language_is_refused_by_the_lexicon_and_guessed_by_the_reader() -> None:
    with pytest.raises(ConfigError, match="no lexicon"):
        lexicon("xx")
    assert [r.check.name for r in read_exact("Use at most 5 words.", language="xx")] == ["count"]


def test_the_page_on_lexicons_names_every_section_setting_and_small_word() -> None:
    page = (Path(__file__).parents[1] / "docs" / "lexicons.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", page))
    small = {
        name for section in ("verb", "word", "label", "range", "amount", "compare_before") for name in CONCEPTS[section]
    }
    assert {*CONCEPTS, *Settings.__struct_fields__, *small} - told == set()
