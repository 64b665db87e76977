"""The Python door."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import lightwing
from lightwing.core.case import Answer, Case
from lightwing.core.errors import ConfigError, Contradiction, DocumentError, SpecError
from lightwing.core.outcome import Status, Verdict
from lightwing.models.scripted import ScriptedModel

RULES = "# Rules\n\n- Answer in at most 5 words.\n- Be kind.\n"


def test_every_name_of_the_door_is_there() -> None:
    for name in lightwing.__all__:
        assert getattr(lightwing, name) is not None
        assert name in dir(lightwing)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = lightwing.no_such_name


def test_importing_is_light() -> None:
    code = "import sys, lightwing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "aiohttp", "re2", "lightwing.run"} & set(loaded)


def test_ten_lines(tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_text(RULES, encoding="utf-8")
    spec = lightwing.compile(path)
    lightwing.save(spec, tmp_path / "s.yaml")
    assert lightwing.load(tmp_path / "s.yaml").id == spec.id
    assert lightwing.check(spec, "one two three four five six").failed == ("c1",)
    trace = lightwing.ask(spec, "Hello", model=ScriptedModel(["one two three four five six", "Good day"]))
    assert (trace.status, trace.answer, trace.cost.calls) == (Status.CHECKED, "Good day", 2)


def test_wishes_of_the_request_are_clauses_of_the_trace() -> None:
    def asked(**options: bool) -> object:
        model = ScriptedModel(["Good day", "good day"])
        trace = lightwing.ask(
            "# Rules\n\n- Answer in at most 5 words.\n", "Greet me, all lowercase.", model=model, fixes=False, **options
        )
        return trace.answer, tuple(trace.syndrome.outcomes)

    assert asked() == ("good day", ("c1", "r1"))
    assert asked(wishes=False) == ("Good day", ("c1",))


def test_what_may_stand_for_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.md").write_text(RULES, encoding="utf-8")
    spec = lightwing.compile(RULES)
    lightwing.save(spec, "s.yaml")
    for source in (spec, "rules.md", Path("rules.md"), "s.yaml", RULES):
        assert lightwing.check(source, "Hi").outcomes.keys() == {"c1", "c2"}
    with pytest.raises(DocumentError, match="looks like a path"):
        lightwing.compile("rulse.md")
    with pytest.raises(DocumentError):
        lightwing.compile(Path("Answer in at most 5 words."))
    with pytest.raises(DocumentError):
        lightwing.compile("")
    with pytest.raises(SpecError):
        lightwing.load("rules.md")


def test_a_long_text_without_a_line_end_is_text() -> None:
    assert lightwing.compile("Be kind. " * 400).clauses


def test_the_request_and_the_answer_may_be_objects() -> None:
    syndrome = lightwing.check(RULES, Answer(text="Hi"), prompt=Case.ask("Hello"))
    assert syndrome.outcomes["c1"].verdict is Verdict.PASS


def test_a_prompt_is_its_own_document() -> None:
    trace = lightwing.ask(None, "Write about rivers in at most 3 words.", model=ScriptedModel(["rivers are wet"]))
    assert trace.status is Status.CHECKED
    assert trace.candidates[0].origin.how == "proposed"


def test_awaiting_and_refusing_to_wait_within_a_loop() -> None:
    async def inside() -> lightwing.Trace:
        with pytest.raises(ConfigError, match="ask_async"):
            lightwing.ask(RULES, "Hello", model=ScriptedModel(["Hi"]))
        return await lightwing.ask_async(RULES, "Hello", model=ScriptedModel(["Hi"]))

    assert asyncio.run(inside()).answer == "Hi"


def test_contradictions_are_refused_and_both_clauses_shown() -> None:
    text = "# Rules\n\n- Write at most 50 words.\n- Write at least 100 words.\n"
    model = ScriptedModel(["no"], cycle=True)
    with pytest.raises(Contradiction) as refused:
        lightwing.ask(text, "Hi", model=model)
    assert "at most 50 words" in str(refused.value)
    assert "at least 100 words" in str(refused.value)
    assert str(refused.value).startswith("text: No answer can meet these clauses together: ")
    assert ".." not in str(refused.value)
    assert model.asked == []
    assert lightwing.ask(text, "Hi", model=model, allow_contradictions=True).status is Status.NOT_MET


def test_judges_by_object_or_alone_in_a_list() -> None:
    reply = '{"readings": [{"rule": 1, "reason": "It is kind.", "verdict": "pass"}]}'
    for judge in (ScriptedModel([reply]), [ScriptedModel([reply], name="j")]):
        trace = lightwing.ask(RULES, "Hello", model=ScriptedModel(["Good day"]), judge=judge)
        assert trace.status is Status.VERIFIED
        assert trace.judge_cost.calls == 1


def test_a_contradiction_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tea.spec.yaml"
    lightwing.save(lightwing.compile("# Rules\n\n- Write at most 50 words.\n- Write at least 100 words.\n"), path)
    with pytest.raises(Contradiction) as refused:
        lightwing.ask(path, "Hi", model=ScriptedModel(["no"]))
    assert refused.value.where == str(path)


@pytest.mark.parametrize(
    "budget",
    [0, -3, lightwing.Budget(calls=0), lightwing.Budget(seconds=-1.0), lightwing.Budget(price=float("nan"))],
)
def test_a_budget_of_nothing_is_refused(budget: int | lightwing.Budget) -> None:
    with pytest.raises(ConfigError, match=r"budget: The limit on \w+ is .*above 0"):
        lightwing.ask(RULES, "Hi", model=ScriptedModel(["Hi"]), budget=budget)


def test_a_limit_on_money_needs_the_prices_of_all() -> None:
    budget = lightwing.Budget(price=1.0)
    with pytest.raises(ConfigError, match="price"):
        lightwing.ask(RULES, "Hi", model=ScriptedModel(["Hi"], price=None), budget=budget)
    with pytest.raises(ConfigError, match="price of j"):
        lightwing.ask(
            RULES, "Hi", model=ScriptedModel(["Hi"]), judge=ScriptedModel(["x"], name="j", price=None), budget=budget
        )


def test_a_case_may_bring_its_conversation() -> None:
    model = ScriptedModel(["Hi"])
    lightwing.ask(RULES, Case.ask("Hello", system="You are brief."), model=model)
    assert [m.role for m in model.asked[0].messages] == ["system", "system", "user"]
