"""What the user's own message demands beside a document."""

import dataclasses

import pytest

import lightwing
from lightwing.core.errors import DocumentError
from lightwing.core.outcome import Verdict
from lightwing.spec import bind, compile_document, with_wishes
from lightwing.spec.compiler import exact_demands

DOCUMENT = "# Rules\n- Answer in at least 8 words.\n- Never use exclamation marks.\n- Be kind to beginners."


def spec():
    return compile_document(DOCUMENT, kind="document")


def test_exact_wishes_join_the_document_and_are_told_apart():
    wished = with_wishes(spec(), 'Explain tides. Use the word "moon" at least twice.')
    (mine,) = (c for c in wished.clauses if c.id.startswith("r"))
    assert (mine.check.name, mine.note, mine.span) == ("frequency", "asked for in the request", None)
    assert wished.clauses[: len(spec().clauses)] == spec().clauses
    assert wished.instruction == DOCUMENT


def test_the_document_wins_and_the_contradiction_is_named():
    wished = with_wishes(spec(), "Explain tides in at most 5 words.")
    assert not wished.conflicts
    assert wished.notes == ("r1 contradicts c1, which wins: At least 8 words and at most 5 words.",)
    outcomes = lightwing.check(wished, "The moon pulls the sea twice in every day.").outcomes
    assert outcomes["c1"].verdict is Verdict.PASS
    assert outcomes["r1"].verdict is Verdict.SKIP


def test_nothing_is_added_twice_or_for_a_judge():
    assert with_wishes(spec(), "Explain tides. Do not use exclamation marks.") == spec()
    assert with_wishes(spec(), "Explain tides kindly.") == spec()
    assert with_wishes(spec(), " ") == spec()


def test_names_that_are_taken_are_passed_over():
    once = with_wishes(spec(), "Explain tides without commas.")
    twice = with_wishes(once, "Explain tides in lowercase only.")
    assert [c.id for c in twice.clauses if c.id.startswith("r")] == ["r1", "r2"]
    assert bind(twice)


PROMPTS = [
    "Explain tides.",
    "Explain tides in at most 50 words, without commas.",
    "Use at least 3 bullet points. Each one must be a question, and end with 'bye'.",
    'Write two paragraphs separated by ***. Mention "sun" exactly twice, unless it is night.',
    "If I ask for a poem, write 4 lines.\n\nTitle it <<sea>>. P.S. is welcome.",
    "Responde en español con un máximo de 25 palabras y sin comas.",
    "Réponds en minuscules, avec 3 phrases.",
    "用三段回答，每段不超过50字，不要使用逗号。",
    "句点を使わないで、三つの箇条書きで答えてください。",
    "Nenne drei Flüsse in einem Satz.",
    "Use 30000 words or fewer than 999999 sentences.",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_quick_way_to_a_prompts_demands_reads_what_the_compiler_reads(prompt):
    whole = [c for c in compile_document(prompt, kind="prompt").clauses if c.exact]

    def bare(clause):
        return dataclasses.replace(clause, id="", span=None, precedence=(), after=None)

    assert [bare(c) for c in exact_demands(prompt)] == [bare(c) for c in whole]


def test_an_unusable_prompt_is_refused_as_the_compiler_does():
    with pytest.raises(DocumentError):
        exact_demands("a\x00b")
