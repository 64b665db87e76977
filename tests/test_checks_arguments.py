"""Probes and mutants hold for any legal arguments, in any script: random arguments for every check of the second half."""

from __future__ import annotations

from typing import Any

import pytest
from checks_contract import Row, decides_prefixes_rightly, fixes_hold, proves_itself
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lightwing.core.errors import BadArguments

LANGUAGES = st.sampled_from(["en", "zh", "ja", "es", "fr", "de", "ar", "ru", "ko", "hi", "pt"])
phrase = st.text(alphabet="abzAZé 名前1_-.,:!?*#()[]'\"|/дω\u05d0\u0627", min_size=1, max_size=14).filter(
    lambda t: t.strip() != ""
)
name = st.text(alphabet="abcXYZéñ名前дا 0_-", min_size=1, max_size=10).filter(lambda t: any(c.isalnum() for c in t))
small = st.integers(0, 9)


def bounds(low: Any = small) -> st.SearchStrategy[dict[str, int]]:
    both = st.tuples(low, low).map(lambda pair: {"min": min(pair), "max": max(pair)})
    return st.one_of(low.map(lambda n: {"min": n}), low.map(lambda n: {"max": n}), both)


def args(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {key: part for key, part in parts.items() if not key.startswith("_")}, optional=parts.get("_optional")
    )


def choice(*options: str) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "json_keys": args(keys=st.lists(phrase, min_size=1, max_size=4)),
    "depth": st.tuples(choice("json", "xml", "list", "brackets"), bounds(), st.booleans())
    .map(lambda t: {"of": t[0], **t[1], "if_any": t[2]})
    .filter(lambda a: a.get("min", 1) > (1 if a["if_any"] else 0) or "max" in a),
    "attributes": bounds().filter(lambda b: b.get("min") != 0 or "max" in b),
    "heading_level": args(allowed=st.lists(st.integers(1, 6), min_size=1, max_size=5)).filter(
        lambda a: len(set(a["allowed"])) < 6
    ),
    "heading": args(text=name, _optional={"level": st.integers(1, 6)}),
    "columns": args(names=st.lists(name, min_size=1, max_size=4), ordered=st.booleans()),
    "in_order": args(texts=st.lists(phrase, min_size=2, max_size=4)),
    "citations": st.tuples(choice("brackets", "author_year", "url", "any"), bounds(st.integers(1, 9))).map(
        lambda t: {"style": t[0], **t[1]}
    ),
    "link_domains": st.tuples(
        choice("allowed", "forbidden"), st.lists(st.from_regex(r"\A[a-z]{1,8}\.[a-z]{2,3}\Z"), min_size=1, max_size=3)
    ).map(lambda t: {t[0]: t[1]}),
    "palindrome": bounds(st.integers(1, 9)),
    "alliteration": st.tuples(bounds(st.integers(1, 9)), st.integers(2, 6)).map(lambda t: {**t[0], "run": t[1]}),
    "no_repeats": args(of=choice("words", "sentences", "first_words", "lines"), max=st.integers(1, 6)),
    "word_length": bounds(st.integers(1, 12)).filter(lambda b: b.get("min") != 1 or "max" in b),
    "word_at": args(word=choice("Hello", "river", "stone", "é", "名", "x1"), position=st.integers(-6, 6).filter(bool)),
    "vowels": st.one_of(args(max=st.integers(0, 4)), args(allowed=choice("", "a", "eo", "aei", "uoie"))),
    "acrostic": args(text=name, of=choice("lines", "sentences", "paragraphs", "words")),
    "alphabet": args(
        of=choice("lines", "sentences", "paragraphs", "words", "items"), _optional={"start": choice("a", "M", "z")}
    ),
    "length_order": st.one_of(
        args(of=choice("sentences", "words", "paragraphs", "lines"), order=choice("increasing", "decreasing", "equal")),
        args(
            of=choice("sentences", "words", "paragraphs", "lines"),
            order=choice("increasing", "decreasing"),
            by=st.integers(1, 9),
        ),
    ),
    "sorted": args(of=choice("items", "lines", "words"), order=choice("alphabetical", "reverse")),
    "emoji_ending": args(of=choice("sentences", "lines", "paragraphs", "items")),
    "say_once": args(text=phrase),
    "tool_limit": args(max=small, _optional={"tool": name, "per": choice("conversation", "turn")}),
    "tool_required": args(tool=name, before=st.one_of(st.just("answer"), name), per=choice("conversation", "turn")),
    "tool_consent": args(tools=st.lists(name, max_size=3)),
    "regex": args(
        pattern=st.sampled_from(
            [r"a+", r"\d{2,4}-x", r"[A-Z]\w*", r"(?i)hello|bye", r"[^a-z]{3}", r"\p{Han}", r"^#\d+$"]
        ),
        mode=choice("contains", "whole", "absent"),
    ).filter(lambda a: not (a["mode"] == "absent" and a["pattern"].startswith("^"))),
}


@pytest.mark.parametrize("check", sorted(ARGUMENTS))
def test_proof_for_any_arguments(check: str) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
    @given(ARGUMENTS[check], LANGUAGES)
    def holds(arguments: dict[str, Any], language: str) -> None:
        row = Row(check, arguments, language)
        try:
            row.build()
        except BadArguments:
            assume(False)
        proves_itself(row)
        decides_prefixes_rightly(row)
        fixes_hold(row)

    holds()
