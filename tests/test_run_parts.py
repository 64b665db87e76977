"""Ledger, plan, case files, and the repair form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.checks.judge import ModelJudge, judge_case
from lightwing.core.case import Answer, Case, Cost, Message, Price, Sampling
from lightwing.core.clause import CheckCall, Clause, Spec, Trigger
from lightwing.core.decision import Budget
from lightwing.core.errors import CaseError
from lightwing.core.forms import Named, parse_repair, repair_case
from lightwing.models.scripted import ScriptedModel
from lightwing.run import plan, read_cases
from lightwing.run.ledger import Ledger, most_reading_tokens, reading_limit
from lightwing.spec.bind import bind

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(draft=words, rules=st.lists(st.tuples(words, words), min_size=1, max_size=4))
def test_the_repair_form_reads_back_whatever_stands_in_it(draft: str, rules: list[tuple[str, str]]) -> None:
    case = Case.ask("Write.", system="Be brief.", id="c")
    named = [Named(rule=rule, reason=reason) for rule, reason in rules]
    read = parse_repair(repair_case(case, draft=draft, named=named))
    assert read is not None
    assert (read.draft, read.case) == (draft, case)
    assert [n.rule for n in read.named] == [" ".join(rule.split()) for rule, _ in rules]
    assert [n.reason for n in read.named] == [" ".join(reason.split()) for _, reason in rules]


def test_text_that_imitates_the_form_is_no_repair_request() -> None:
    form = repair_case(Case.ask("x"), draft="d", named=[Named(rule="r", reason="y")]).messages[-1].content
    assert parse_repair(Case.ask(form)) is None
    assert parse_repair(Case(messages=(Message(role="user", content="d"), Message(role="user", content=form)))) is None


def test_the_ledger_counts_judges_too_and_a_price_limit_takes_the_dearest_end() -> None:
    now = [0.0]
    ledger = Ledger(Budget(calls=3, tokens=100, seconds=10.0, price=5.0), lambda: now[0])
    ledger.models = Cost(calls=1, input_tokens=10, output_tokens=20, price=1.0)
    ledger.judges = Cost(calls=1, input_tokens=5, output_tokens=5, price=0.5)
    now[0] = 4.0
    left = ledger.left
    assert (left.calls, left.tokens, left.seconds, left.price) == (1, 60, 6.0, 3.5)
    assert ledger.limited(Sampling(max_tokens=500)).max_tokens == 60
    dear = Price(output_per_million=1e6)
    assert ledger.affordable(20, dear, Sampling(max_tokens=3), 4) == 1
    assert ledger.affordable(20, dear, Sampling(max_tokens=4), 1) == 0
    assert ledger.affordable(20, dear, Sampling(), 1) == 0
    ledger.judges = Cost()
    assert ledger.affordable(20, dear, Sampling(max_tokens=1), 9) == 2  # two calls are left
    assert ledger.affordable(20, dear, Sampling(max_tokens=3), 2) == 1
    assert ledger.limited(Sampling(), 2).max_tokens == 35


def _plan(*, price: Price | None, budget: Budget | None = None, max_tokens: int | None = 100):  # type: ignore[no-untyped-def]
    spec = Spec(
        clauses=(Clause(id="c1", text="Say amber.", check=CheckCall(name="keywords", args={"words": ["amber"]})),)
    )
    model = ScriptedModel(["x"], name="m", price=price)
    return plan(bind(spec), Case.ask("hi"), models=[model], judges=[], judge_prices=[], decoder="repair-best", budget=budget or Budget(), sampling=Sampling(max_tokens=max_tokens))  # fmt: skip


def test_a_plan_bounds_the_price_or_says_why_it_cannot() -> None:
    known = _plan(price=Price(output_per_million=10.0, per_call=1.0))
    assert known.price is not None
    assert known.price > 8 * 1.0
    assert (known.calls, known.why) == (8, "")
    unknown = _plan(price=None)
    assert unknown.price is None
    assert "price of m is unknown" in unknown.why
    assert "--max-tokens" in _plan(price=Price(input_per_million=1.0), max_tokens=None).why
    assert _plan(price=Price(per_call=0.5), max_tokens=None).price == 4.0  # nothing is charged by the token
    assert (_plan(price=Price(), max_tokens=None).price, _plan(price=Price(), max_tokens=None).why) == (0.0, "")
    assert _plan(price=Price(per_call=1.0), budget=Budget(calls=None)).price is None
    assert _plan(price=Price(per_call=9.0), budget=Budget(price=2.0)).price == 2.0


def test_case_files_name_the_broken_line_and_go_on(tmp_path: Path) -> None:
    lines = [json.dumps({"input": "a", "id": 7}), "", "{broken", json.dumps({"messages": [{"role": "user", "content": "b"}]}), '{"id": "x"}', '{"input": 3}', "\x00", json.dumps({"prompt": "c", "target": 5})]  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    read = list(read_cases(path))
    assert [c.id if isinstance(c, Case) else c.where.rsplit(" ", 1)[1] for c in read] == [
        "7",
        "3",
        "line-4",
        "5",
        "6",
        "7",
        "line-8",
    ]
    assert isinstance(read[-1], Case)
    assert read[-1].target == "5"
    with pytest.raises(CaseError, match="cannot be read"):
        list(read_cases(tmp_path / "none.jsonl"))


def test_case_files_survive_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'\xff\xfe\n{"input": "\xff"}\n{"input": "fine"}\n')
    read = list(read_cases(path))
    assert [isinstance(c, CaseError) for c in read] == [True, True, False]


def test_a_case_nested_without_end_is_a_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"input": "a", "metadata": {"x": ' + "[" * 100_000 + "]" * 100_000 + '}}\n{"input": "b"}\n')
    broken, fine = read_cases(path)
    assert isinstance(broken, CaseError)
    assert isinstance(fine, Case)


def test_a_plan_counts_what_a_judge_may_write() -> None:
    spec = Spec(clauses=(Clause(id="c1", text="Be kind."),))
    judge = ModelJudge(ScriptedModel([], name="j", price=Price(output_per_million=1e6)))
    made = plan(bind(spec), Case.ask("hi"), models=[ScriptedModel([])], judges=[judge], judge_prices=[judge.price], decoder="first", budget=Budget(calls=2), sampling=Sampling(max_tokens=10))  # fmt: skip
    assert reading_limit(spec, Sampling(max_tokens=10)) == 700
    assert made.price == 1400.0


def test_a_plan_bounds_what_a_judge_is_shown() -> None:
    spec = Spec(
        clauses=tuple(Clause(id=f"c{i}", text="Be kind. " * 9, trigger=Trigger(when="it\nrains")) for i in range(30))
    )
    case, answer = Case.ask('"quoted"\n\x01 字' * 50), Answer(text="字" * 99)
    shown = judge_case(case, answer, spec.clauses).case
    read = sum(len(m.content.encode()) for m in shown.messages)
    assert read <= most_reading_tokens(case, spec, answer=len(answer.text.encode()))
