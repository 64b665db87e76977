"""Scopes: which part is read, how a reason names it, fixes in place, and checks of other packages."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from lightwing.checks import ExactCheck, build, registered, registry
from lightwing.checks.segments import parse_scope, segments
from lightwing.core.case import Answer, Case, Message
from lightwing.core.clause import CheckCall
from lightwing.core.outcome import PASS, Outcome, Verdict, fail
from lightwing.core.protocols import Fixable, Provable

TEXT = """# Report

Intro one. Is it so?

## Costs:

- first item
- second item
1. third item

| Name | Price |
|---|---|
| Tea | 3 |
| Milk | 4 |

```python
x = 1
```

**Notes:** keep it dry.

Last line."""


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("first_line", ["# Report"]),
        ("last_line", ["Last line."]),
        ("line:-2", ["**Notes:** keep it dry."]),
        ("sentence:1", ["Intro one."]),
        ("question:1", ["Is it so?"]),
        ("each_bullet", ["first item", "second item"]),
        ("item:3", ["third item"]),
        ("heading:2", ["Costs:"]),
        ("each_row", ["| Tea | 3 |", "| Milk | 4 |"]),
        ("each_cell", ["Tea", "3", "Milk", "4"]),
        ("header_row", ["| Name | Price |"]),
        ("column:price", ["3", "4"]),
        ("code", ["x = 1"]),
        ("title", ["Report"]),
        ("section_named:Notes", ["keep it dry.\n\nLast line."]),
    ],
)
def test_segments(scope: str, found: list[str]) -> None:
    parsed = parse_scope(scope)
    spans = segments(TEXT, parsed)
    if parsed.index is not None:
        spans = [spans[parsed.index - 1 if parsed.index > 0 else parsed.index]]
    assert [span.cut(TEXT) for span in spans] == found


def read(name: str, args: dict[str, object], scope: str, text: str, *, case: Case | None = None) -> Outcome:
    return build(CheckCall(name=name, args=args), scope=scope).read(case or Case(messages=()), Answer(text=text))


def test_a_reason_names_the_segment_and_the_place() -> None:
    text = "Fine.\n\nThis is far too long.\n\nSo is this one here."
    outcome = read("count", {"of": "words", "max": 3}, "each_paragraph", text)
    assert outcome.reason == "In paragraph 2 (1 more fail likewise): the text has 5 words; write at most 3."
    assert [span.cut(text) for span in outcome.spans] == ["This is far too long.", "So is this one here."]


def test_absent_segments() -> None:
    assert read("count", {"of": "words", "max": 3}, "each_bullet", "No list.").verdict is Verdict.PASS
    assert (
        read("count", {"of": "words", "max": 3}, "bullet:2", "- one").reason
        == "The answer has only 1 bullet; number 2 is asked for."
    )
    assert read("count", {"of": "words", "max": 3}, "section_named:Costs", "No such part.").verdict is Verdict.FAIL


def test_outside_and_conversation() -> None:
    assert read("forbidden", {"words": ["x"]}, "outside_code", TEXT).ok
    assert read("forbidden", {"words": ["Milk"]}, "outside_table", TEXT).ok
    assert not read("forbidden", {"words": ["Milk"]}, "answer", TEXT).ok
    case = Case(messages=(Message(role="assistant", content="one two"), Message(role="user", content="and?")))
    assert read("count", {"of": "words", "min": 3, "max": 3}, "conversation", "three", case=case).ok


def test_a_fix_mends_each_failing_segment_in_place() -> None:
    check = build(CheckCall(name="letter_case", args={"case": "upper"}), scope="each_heading")
    assert isinstance(check, Fixable)
    mended = check.fix(Case(messages=()), Answer(text="# one\n\nkeep me\n\n## Two"))
    assert mended is not None
    assert mended.text == "# ONE\n\nkeep me\n\n## TWO"


def test_a_fix_that_does_not_lead_to_pass_is_none() -> None:
    check = build(CheckCall(name="ends_with", args={"text": "Bye"}), scope="sentence:1")
    assert isinstance(check, Fixable)
    assert check.fix(Case(messages=()), Answer(text="Hello there my friend. Next.")) is None


@pytest.mark.parametrize(
    "scope",
    [
        "first_line",
        "each_paragraph",
        "paragraph:3",
        "each_bullet",
        "each_cell",
        "column:Price",
        "section_named:Notes",
        "title",
        "code",
        "conversation",
        "outside_table",
    ],
)
def test_scoped_checks_prove_themselves(scope: str) -> None:
    check = build(CheckCall(name="count", args={"of": "words", "min": 2, "max": 4}), scope=scope)
    assert isinstance(check, Provable)
    probes, mutants = check.probes(random.Random(1)), check.mutants(random.Random(1))
    assert probes
    assert mutants
    assert all(check.read(case, answer).verdict is Verdict.PASS for case, answer in probes)
    assert all(check.read(case, answer).verdict is Verdict.FAIL for case, answer in mutants)


@dataclass(frozen=True, kw_only=True)
class Shouting(ExactCheck):
    """The answer ends with exclamation marks."""

    marks: int = 1

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        return PASS if text.endswith("!" * self.marks) else fail("The answer must shout.")

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield "!" * self.marks


def test_another_package_can_bring_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="shouting", value=f"{__name__}:Shouting", group="lightwing.checks")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    registry._installed.cache_clear()
    try:
        assert "shouting" in registered()
        check = build(CheckCall(name="shouting", args={"marks": 2}))
        assert check.read(Case(messages=()), Answer(text="Hey!!")).ok
        assert not check.read(Case(messages=()), Answer(text="Hey!")).ok
    finally:
        registry._installed.cache_clear()
        registry.check_class.cache_clear()


def test_an_answer_without_headings_has_no_sections() -> None:
    assert segments("No heading here.", parse_scope("each_section")) == []
