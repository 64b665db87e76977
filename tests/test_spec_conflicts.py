"""Contradictions: what is reported can indeed not be satisfied, and what can be satisfied is not reported."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.checks import build
from lightwing.core.clause import CheckCall, Clause, Trigger
from lightwing.core.outcome import Verdict
from lightwing.spec.compiler import compile_document
from lightwing.spec.conflicts import clash, conflicts


def clause(id, name, scope="answer", trigger=None, **args):
    return Clause(
        id=id,
        text=id,
        check=CheckCall(name=name, args=args),
        scope=scope,
        trigger=Trigger(when=trigger) if trigger else None,
    )


CLASHING = [
    (("count", {"of": "words", "max": 50}), ("count", {"of": "words", "min": 100})),
    (("count", {"of": "words", "min": 3, "max": 3}), ("count", {"of": "words", "min": 4, "max": 4})),
    (("count", {"of": "words", "max": 3}), ("count", {"of": "sentences", "min": 5})),
    (("keywords", {"words": ["sea shell"]}), ("forbidden", {"words": ["shell"]})),
    (("frequency", {"word": "sea", "min": 3}), ("frequency", {"word": "Sea", "max": 2})),
    (("ends_with", {"text": "Well, bye."}), ("punctuation", {"forbid": ","})),
    (("letter_case", {"case": "lower"}), ("letter_case", {"case": "upper"})),
    (("language", {"codes": ["es"]}), ("language", {"codes": ["en"]})),
    (("starts_with", {"text": "Ahoy"}), ("starts_with", {"text": "Hello"})),
    (("format", {"kind": "json"}), ("starts_with", {"text": "Ahoy"})),
    (("format", {"kind": "json"}), ("format", {"kind": "xml"})),
    (("choice", {"options": ["yes", "no"]}), ("choice", {"options": ["left", "right"]})),
    (("letter", {"letter": "z", "min": 2}), ("letter", {"letter": "z", "max": 1})),
    (("keywords", {"words": ["zoo"]}), ("letter", {"letter": "z", "max": 0})),
    (("keywords", {"words": ["one two three four"]}), ("count", {"of": "words", "max": 3})),
]
FRIENDLY = [
    (("count", {"of": "words", "max": 50}), ("count", {"of": "words", "min": 50})),
    (("count", {"of": "words", "min": 5}), ("count", {"of": "sentences", "max": 3})),
    (("keywords", {"words": ["shell"]}), ("forbidden", {"words": ["sea shell"]})),
    (("keywords", {"words": ["shells"]}), ("forbidden", {"words": ["shell"]})),
    (("starts_with", {"text": "Hello"}), ("starts_with", {"text": "Hello there"})),
    (("letter_case", {"case": "lower"}), ("language", {"codes": ["en"]})),
    (("language", {"codes": ["en", "es"]}), ("language", {"codes": ["es"]})),
    (("count", {"of": "bullets", "min": 3}), ("count", {"of": "words", "min": 100})),
    (("count", {"of": "tables", "max": 2, "if_any": True}), ("count", {"of": "tables", "min": 3})),
]


@pytest.mark.parametrize(("one", "two"), CLASHING)
def test_clashes_are_found_in_both_orders(one, two):
    a, b = clause("a", one[0], **one[1]), clause("b", two[0], **two[1])
    assert clash(a, b)
    assert clash(b, a)
    assert [c.clauses for c in conflicts([a, b])] == [("a", "b")]


@pytest.mark.parametrize(("one", "two"), FRIENDLY)
def test_what_goes_together_is_no_clash(one, two):
    a, b = clause("a", one[0], **one[1]), clause("b", two[0], **two[1])
    assert clash(a, b) is None
    assert clash(b, a) is None


@pytest.mark.parametrize(("one", "two"), CLASHING)
def test_no_probe_of_one_satisfies_the_other(one, two):
    """The law behind the word contradiction, read by the checks themselves."""
    first, second = (build(CheckCall(name=name, args=args)) for name, args in (one, two))
    for a, b in ((first, second), (second, first)):
        for case, answer in a.probes(random.Random(1)):
            assert b.read(case, answer).verdict is not Verdict.PASS


RANGE = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(sorted)


@given(RANGE, RANGE)
@settings(max_examples=300)
def test_bounds_clash_exactly_when_no_number_fits(first, second):
    (a, b), (c, d) = first, second
    fits = any(a <= n <= b and c <= n <= d for n in range(9))
    x, y = clause("x", "count", of="words", min=a, max=b), clause("y", "count", of="words", min=c, max=d)
    assert (clash(x, y) is None) is fits


def test_different_circumstances_are_no_contradiction():
    english = clause("a", "language", codes=["en"])
    french = clause("b", "language", trigger="the user writes French", codes=["fr"])
    german = clause("c", "language", trigger="the user writes German", codes=["de"])
    assert conflicts([english, french, german]) == ()
    assert conflicts([french, clause("d", "language", trigger="The user writes French", codes=["it"])])


def test_scopes_are_kept_apart():
    first = clause("a", "count", scope="paragraph:1", of="words", max=5)
    whole = clause("b", "count", of="words", min=50)
    assert conflicts([first, whole]) == ()
    assert conflicts(
        [clause("c", "count", scope="paragraph:1", of="words", min=60), clause("d", "count", of="words", max=50)]
    )


def test_a_special_rule_wins_over_the_general_one_it_contradicts():
    spec = compile_document(
        'You help guests.\n- Always answer in English.\n- If the user says "bonjour", answer in French.',
        kind="document",
    )
    general, special = (next(c for c in spec.clauses if word in c.text) for word in ("English", "French"))
    assert spec.conflicts == ()
    assert [(p.other, p.wins) for p in special.precedence] == [(general.id, True)]
    assert [(p.other, p.wins) for p in general.precedence] == [(special.id, False)]


def test_a_document_that_contradicts_itself_says_so():
    spec = compile_document("Answer in at most 50 words.\nAnswer in at least 100 words.", kind="document")
    assert [c.reason for c in spec.conflicts] == ["At most 50 words and at least 100 words."]


def test_a_clause_with_an_exception_is_no_contradiction():
    spec = compile_document(
        "- Do not use exclamation marks except in the closing line.\n- End every answer with 'Happy gardening!'.",
        kind="document",
    )
    assert spec.clauses[0].exceptions
    assert spec.conflicts == ()


def test_a_clause_without_its_twins_exception_still_contradicts():
    few = clause("a", "count", of="words", max=5)
    open_few = replace(few, id="b", exceptions=(Trigger(when="the user asks for more"),))
    many = clause("c", "count", of="words", min=9)
    assert [c.clauses for c in conflicts([open_few, few, many])] == [("a", "c")]
