"""What the user's own message demands beside a document."""

import lightwing
from lightwing.core.outcome import Verdict
from lightwing.spec import bind, compile_document, with_wishes

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
