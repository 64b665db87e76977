"""Parts of answers: how texts fall into them, what is read on them, and what is joined of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.core.case import Answer, Case
from lightwing.core.clause import CheckCall, Clause, Spec, Trigger
from lightwing.core.decision import REST
from lightwing.core.outcome import Verdict
from lightwing.spec.bind import bind

CASE = Case.ask("Write.")
PASS, FAIL = Verdict.PASS, Verdict.FAIL


def clause(id: str, scope: str, word: str, **more: object) -> Clause:
    return Clause(id=id, text=id, scope=scope, check=CheckCall(name="keywords", args={"words": [word]}), **more)  # type: ignore[arg-type]


def bound(*clauses: Clause):  # type: ignore[no-untyped-def]
    return bind(Spec(clauses=clauses))


def segments(made, text: str) -> dict[str, dict[str, Verdict]]:  # type: ignore[no-untyped-def]
    answer = Answer(text=text)
    return made.layout.verdicts(CASE, answer, made.read(CASE, answer).outcomes)


def joined(made, **sources: str) -> str:  # type: ignore[no-untyped-def]
    answers = {name.replace("_", ":"): Answer(text=text) for name, text in sources.items()}
    return made.layout.join(answers).text


def test_a_spec_without_scopes_has_no_parts() -> None:
    assert bound(Clause(id="c", text="", check=CheckCall(name="keywords", args={"words": ["a"]}))).layout is None
    assert bound(clause("c", "first_line", "a"), Clause(id="j", text="", scope="paragraph:1")).layout is None
    assert bound(clause("c", "paragraph:1", "a", trigger=Trigger(when="they ask"))).layout is None


def test_paragraphs_are_read_each_by_itself() -> None:
    made = bound(
        clause("one", "paragraph:1", "amber"),
        clause("last", "last_paragraph", "cobalt"),
        clause("each", "each_paragraph", "a"),
    )
    assert segments(made, "With amber a.\n\nNothing here.\n\nA cobalt.") == {
        "one": {"paragraph:1": PASS},
        "last": {"paragraph:3": PASS},
        "each": {"paragraph:1": PASS, "paragraph:2": FAIL, "paragraph:3": PASS},
    }


def test_a_part_that_is_not_there_has_no_verdict() -> None:
    made = bound(clause("third", "paragraph:3", "amber"), clause("title", "title", "amber"))
    assert segments(made, "# Amber\n\nOne.") == {"title": {"title": PASS}}


def test_a_clause_that_does_not_hold_is_not_read() -> None:
    made = bound(clause("one", "paragraph:1", "amber", trigger=Trigger(when="", pattern="poem")))
    assert segments(made, "Nothing.") == {}


@pytest.mark.parametrize(
    ("scopes", "rest", "other", "names", "want"),
    [
        (["paragraph:2"], "A.\n\nB.\n\nC.", "D.\n\nE.", ["paragraph:2"], "A.\n\nE.\n\nC."),
        (["section:2"], "# X\n\na\n\n# Y\n\nb", "# P\n\nc\n\n# Q\n\nd", ["section:2"], "# X\n\na\n\n# Q\n\nd"),
        (["section_named:Y"], "# X\n\na\n\n# Y\n\nb\n\n# Z\n\ne", "# Y\n\nd", ["section:Y"], "# X\n\na\n\n# Y\n\nd\n\n# Z\n\ne"),
        (["each_bullet"], "List:\n- a\n- b\nEnd.", "- c\n- d", ["bullet:1"], "List:\n- c\n- b\nEnd."),
        (["item:2"], "1. a\n2. b", "- c\n- d", ["item:2"], "1. a\n2. d"),
        (["title", "paragraph:1"], "# Old\n\nText.", "# New\n\nOther.", ["title"], "# New\n\nText."),
        (["each_paragraph"], "A.\n\nB.", "长的一段。\n\n第二段。", ["paragraph:1", "paragraph:2"], "长的一段。\n\n第二段。"),
    ],
)  # fmt: skip
def test_parts_are_taken_over(scopes: list[str], rest: str, other: str, names: list[str], want: str) -> None:
    made = bound(*(clause(f"c{i}", scope, "a") for i, scope in enumerate(scopes)))
    sources = {REST: Answer(text=rest), **{name: Answer(text=other) for name in names}}
    assert made.layout.join(sources).text == want


def test_the_kind_that_most_clauses_speak_of_is_cut() -> None:
    made = bound(clause("a", "each_bullet", "a"), clause("b", "paragraph:1", "a"), clause("c", "paragraph:2", "a"))
    assert set(segments(made, "a\n\n- b")) == {"b", "c"}


_TEXTS = st.text(alphabet="ab.#-*\n <>1`|：。\u3000", max_size=60)
_SCOPES = st.sampled_from(
    ["each_paragraph", "last_paragraph", "section:1", "each_bullet", "each_item", "section_named:a", "title"]
)


@given(_TEXTS, _TEXTS, st.lists(_SCOPES, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_any_text_is_cut_into_disjoint_parts_and_joined_again(one: str, two: str, scopes: list[str]) -> None:
    made = bound(*(clause(f"c{i}", scope, "a") for i, scope in enumerate(scopes)))
    layout = made.layout
    parts, others = layout.cut(one), layout.cut(two)
    spans = sorted(parts.values())
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    outcomes = made.read(CASE, Answer(text=one)).outcomes
    for id, read in layout.verdicts(CASE, Answer(text=one), outcomes).items():
        assert (FAIL in read.values()) == (outcomes[id].verdict is FAIL)
    assert layout.join({REST: Answer(text=one), **{name: Answer(text=one) for name in parts}}).text == one
    for name in parts.keys() & others.keys():
        text = layout.join({REST: Answer(text=one), name: Answer(text=two)}).text
        span = parts[name]
        assert text == one[: span.start] + others[name].cut(two) + one[span.end :]
