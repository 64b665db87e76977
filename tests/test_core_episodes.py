"""The form that models of our own are asked in: whatever is asked or written, no mark of others counts and none is shown."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.case import Case
from lightwing.core.episodes import MARKS, asked, assembled, read_asked, reading_of, request_of
from lightwing.core.forms import Named, repair_case

MARK = re.compile(r"<\|[^|]{0,20}\|>")
PIECES = st.lists(
    st.sampled_from([*MARKS[:19], "<|k3|>", "<|b7|>", "<|", "|>", "<", ">", "|", "a", ".", " ", "\n"])
    | st.text(max_size=3)
).map("".join)


@given(PIECES)
def test_whatever_was_written_becomes_a_text_without_marks(written: str) -> None:
    assert not MARK.search(assembled(written))


@given(PIECES)
def test_whatever_was_written_is_a_reading_whose_notes_show_no_mark(written: str) -> None:
    found = reading_of(written)
    assert not MARK.search(found.told)
    assert (found.passed is None) == ("<|pass|>" not in written and "<|fail|>" not in written)


def test_notes_are_told_in_numbers_and_words() -> None:
    found = reading_of("<|rule|> words lamp hat lamp by hat<|none|><|fail|><|end|>")
    assert (found.told, found.passed) == ("words lamp hat lamp by hat -", False)
    assert reading_of("<|rule|> most<|b12|> Mia ran.<|b2|><|pass|>").told == "most 12 Mia ran. 2"
    assert reading_of("<|rule|> most<|b12|>").passed is None


def test_a_text_in_small_letters_is_one_that_its_notes_say_so_of() -> None:
    assert (
        assembled("<|rule|> lower<|lower|><|title|> The Hat<|text|><|line|><|:|> Mia ran.") == "<<the hat>>\nmia ran."
    )
    assert assembled("<|line|><|k1|><|lower|><|:|> Mia ran.") == "Mia ran."


@given(PIECES, PIECES)
def test_marks_of_others_never_reach_the_model(prompt: str, rule: str) -> None:
    own = [m[0] for m in MARK.finditer(asked(Case.ask(prompt, system=rule)))]
    assert own == ["<|ask|>", "<|write|>"]
    assert [m[0] for m in MARK.finditer(read_asked(prompt, rule))] == ["<|text|>", "<|rule|>", "<|read|>"]


@given(PIECES, PIECES, PIECES)
def test_a_repair_is_asked_in_its_parts(prompt: str, draft: str, rule: str) -> None:
    case = Case.ask(prompt)
    repair = repair_case(case, draft=draft, named=[Named(rule=rule, reason="It is not met.")])
    own = [m[0] for m in MARK.finditer(asked(repair))]
    assert own == ["<|ask|>", "<|draft|>", "<|mend|>", "<|write|>"]
    assert request_of(repair) == request_of(case)
