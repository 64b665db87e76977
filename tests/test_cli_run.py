"""`lightwing run`: the answer on stdout, the story on stderr, the status as exit code; what is refused before anybody is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import SPEC, Ran, endpoint, process, script

Cli = Callable[..., Ran]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tea.spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_bad_draft_is_repaired(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = script(tmp_path / "m.jsonl", "I would rather have a cup of coffee, thanks.", "tea for two")
    ran = cli("run", spec, "-p", "What do you drink?", "--model", model)
    assert (ran.code, ran.out) == (0, "tea for two\n")
    assert "status: verified" in ran.err
    assert "repair a1 (c1, c2)" in ran.err
    assert "2 model calls" in ran.err


def test_what_cannot_be_mended_is_given_back_marked(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = script(tmp_path / "m.jsonl", *(f"coffee {i}" for i in range(8)))
    ran = cli("run", spec, "-p", "What do you drink?", "--model", model, "--budget-calls", "3")
    assert ran.code == 1
    assert ran.out.startswith("coffee")
    assert "status: not_met" in ran.err
    assert "not met  c2: Mention the word tea." in ran.err
    assert "3 model calls" in ran.err


def test_a_higher_rung_is_asked_when_the_first_is_stuck(cli: Cli, spec: Path, tmp_path: Path) -> None:
    weak = script(tmp_path / "weak.jsonl", *(f"coffee {i}" for i in range(8)))
    strong = script(tmp_path / "strong.jsonl", "tea")
    ran = cli("run", spec, "-p", "Drink?", "--model", weak, "--escalate", strong)
    assert (ran.code, ran.out) == (0, "tea\n")
    assert "scripted:strong.jsonl" in ran.err


def test_one_json_object_holds_everything(cli: Cli, spec: Path, tmp_path: Path) -> None:
    ran = cli("run", spec, "-p", "Drink?", "--model", script(tmp_path / "m.jsonl", "tea"), "--json")
    found = ran.json
    assert (found["status"], found["answer"], found["failed"], found["calls"]) == ("verified", "tea", [], 1)
    assert [c["verdict"] for c in found["clauses"]] == ["pass", "pass"]
    assert found["trace"]["candidates"][0]["answer"]["text"] == "tea"


def test_a_bare_prompt_is_its_own_document(cli: Cli, tmp_path: Path) -> None:
    prompt = "Write about rivers in at most 5 words, all lowercase."
    model = script(tmp_path / "m.jsonl", "Rivers are long and they are wet.", "rivers are wet")
    ran = cli("run", "-p", "-", "--model", model, "--no-fix", stdin=prompt)
    assert (ran.code, ran.out) == (0, "rivers are wet\n")
    assert "status: checked" in ran.err
    assert "unread" in ran.err


def test_a_document_compiles_on_the_fly(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\n- Answer in at most 5 words.\n- Be kind.\n", encoding="utf-8")
    ran = cli("run", "rules.md", "-p", "Hello", "--model", script(tmp_path / "m.jsonl", "Good day to you"))
    assert (ran.code, ran.out) == (0, "Good day to you\n")
    assert "Be kind." in ran.err


def test_what_the_request_demands_is_checked_beside_the_document(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\n- Answer in at least 3 words.\n", encoding="utf-8")
    argv = ("run", "rules.md", "-p", "Greet me in at most 4 words.", "--no-fix", "--model")
    drafts = ("A very good day to you, my friend.", "Good day to you")
    ran = cli(*argv, script(tmp_path / "m.jsonl", *drafts))
    assert (ran.code, ran.out) == (0, "Good day to you\n")
    assert "(r1)" in ran.err
    plain = cli(*argv, script(tmp_path / "n.jsonl", *drafts), "--no-wishes")
    assert (plain.code, plain.out) == (0, "A very good day to you, my friend.\n")


def test_the_document_wins_over_the_request_and_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\n- Answer in at least 6 words.\n", encoding="utf-8")
    model = script(tmp_path / "m.jsonl", "A very good day to you, my friend.")
    ran = cli("run", "rules.md", "-p", "Greet me in at most 4 words.", "--model", model)
    assert (ran.code, ran.out) == (0, "A very good day to you, my friend.\n")
    assert "r1 contradicts c1, which wins" in ran.err


def test_a_judge_reads_what_no_code_can_decide(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\n- Answer in at most 5 words.\n- Be kind.\n", encoding="utf-8")
    model = script(tmp_path / "m.jsonl", "Good day to you")
    with endpoint('{"1": {"met": true, "reason": "kind"}}') as (url, asked):
        ran = cli("run", "rules.md", "-p", "Hi", "--model", model, "--judge", "openai:m", "--base-url", url, "--json")
    assert asked
    assert "Good day to you" in json.dumps(asked[0]["body"])
    assert ran.json["trace"]["judge_cost"]["calls"] >= 1


def test_fixes_cost_no_call_and_can_be_forbidden(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "schema: 1\nlanguage: en\nclauses:\n- {id: c1, text: All lowercase., check: {name: letter_case, args: {case: lower}}}\n",
        encoding="utf-8",
    )
    model = script(tmp_path / "m.jsonl", "Good Day", "good day")
    ran = cli("run", "s.yaml", "-p", "Hi", "--model", model)
    assert ran.out == "good day\n"
    assert "1 model call," in ran.err
    assert "without a call" in ran.err
    assert "2 model calls" in cli("run", "s.yaml", "-p", "Hi", "--model", model, "--no-fix").err


def test_a_dry_run_asks_nobody(cli: Cli, spec: Path) -> None:
    with endpoint() as (url, asked):
        ran = cli("run", spec, "-p", "Hi", "--model", "openai:m", "--base-url", url, "--dry-run", "--max-tokens", "50")
        assert not asked
    assert ran.code == 0
    assert "highest price: unknown (the price of openai:m is unknown)" in ran.out


def test_a_dry_run_knows_the_highest_price_where_prices_are_known(cli: Cli, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "lightwing.yaml").write_text(
        "models: {m: {model: m, price: {per_call: 0.5}}}\nrun: {model: m, max_tokens: 10}\n", encoding="utf-8"
    )
    found = cli("run", spec, "-p", "Hi", "--dry-run", "--json").json
    assert found["price"] == pytest.approx(4.0)
    assert found["calls"] == 8


def test_traces_are_kept_where_asked(cli: Cli, spec: Path, tmp_path: Path) -> None:
    from lightwing.store import TraceStore, read_traces

    for _ in range(2):
        model = script(tmp_path / "m.jsonl", "tea")
        cli("run", spec, "-p", "Hi", "--model", model, "--trace", "t.jsonl", "--store", "t.sqlite")
    assert [t.answer for t in read_traces(tmp_path / "t.jsonl")] == ["tea", "tea"]
    with TraceStore(tmp_path / "t.sqlite") as store:
        assert all(t.metadata["task"] for t in store.traces())


def test_contradictory_clauses_are_refused_unless_allowed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text(
        "# Rules\n\n- Write at most 50 words.\n- Write at least 100 words.\n", encoding="utf-8"
    )
    model = script(tmp_path / "m.jsonl", "no", "no", "no", "no", "no", "no", "no", "no")
    ran = cli("run", "rules.md", "-p", "Hi", "--model", model)
    assert (ran.code, ran.out) == (2, "")
    assert "at most 50 words" in ran.err
    assert "at least 100 words" in ran.err
    allowed = cli("run", "rules.md", "-p", "Hi", "--model", model, "--allow-contradictions")
    assert (allowed.code, allowed.out) == (1, "no\n")


@pytest.mark.parametrize("verb", ["run", "batch"])
def test_a_decoder_of_a_fixed_budget_is_refused_for_a_target_error(cli: Cli, spec: Path, verb: str) -> None:
    rest = ["-p", "Hi"] if verb == "run" else ["cases.jsonl", "-o", "t.jsonl"]
    ran = cli(verb, spec, *rest, "--model", "openai:m", "--target-error", "1%", "--decoder", "best-of-4")
    assert ran.code == 2
    assert "best-of-4 cannot hold to an error rate" in ran.err
    no_share = cli(verb, spec, *rest, "--model", "openai:m", "--target-error", "5")
    assert no_share.code == 2
    assert "a share between 0 and 1 is needed" in no_share.err


def test_at_a_target_error_what_code_decides_is_certified_and_delivered(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = script(tmp_path / "m.jsonl", "I would rather have a cup of coffee, thanks.", "tea for two")
    ran = cli("run", spec, "-p", "Drink?", "--model", model, "--target-error", "5%")
    assert (ran.code, ran.out) == (0, "tea for two\n")
    assert "P(wrong) 0 %, asked for: at most 5 %; certified: code decides every clause" in ran.err


def test_at_a_target_error_what_nobody_reads_is_withheld_and_says_why(cli: Cli, tmp_path: Path) -> None:
    judged = SPEC.replace("  check: {name: keywords, args: {words: [tea]}}\n", "")
    path = tmp_path / "judged.spec.yaml"
    path.write_text(judged, encoding="utf-8")
    argv = (
        "run",
        path,
        "-p",
        "Drink?",
        "--model",
        script(tmp_path / "m.jsonl", *["tea"] * 8),
        "--target-error",
        "0.05",
    )
    ran = cli(*argv)
    assert (ran.code, ran.out) == (1, "")
    assert "withheld: the best answer has P(wrong) 30 %" in ran.err
    assert "nothing was measured" in ran.err
    found = cli(*argv, "--json").json
    assert (found["answer"], found["withheld"], found["risk"]["basis"]) == (None, "tea", "assumed")
    assert found["trace"]["risk"] == found["risk"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-p", "Hi"], "No model is named"),
        (["--model", "openai:m"], "There is no request"),
        (["-p", " ", "--model", "openai:m"], "The prompt is empty"),
        (["-p", "Hi", "--model", "gpt"], "openai:NAME"),
        (["-p", "Hi", "--model", "opnai:m"], "openai"),
        (["-p", "Hi", "--model", "openai:m", "--decoder", "repair-bset"], "repair-best"),
        (["-p", "Hi", "--model", "openai:m", "--budget-price", "1"], "price of openai:m is unknown"),
        (["-p", "Hi", "--case", "c.json", "--model", "openai:m"], "Both a prompt and --case"),
        (["--case", "none.json", "--model", "openai:m"], "none.json"),
        (["-p", "Hi", "--model", "scripted:none.jsonl"], "none.jsonl"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_message(cli: Cli, spec: Path, argv: list[str], said: str) -> None:
    ran = cli("run", spec, *argv)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_missing_extra_is_named_with_its_install_command(cli: Cli, spec: Path) -> None:
    from importlib.util import find_spec

    if find_spec("torch") is not None:
        pytest.skip("the extra local is installed here")
    ran = cli("run", spec, "-p", "Hi", "--model", "transformers:org/name")
    assert ran.code == 3
    assert "pip install 'lightwing[local]'" in ran.err


@pytest.mark.parametrize(("status", "said"), [(401, "ModelAuth"), (400, "answered 400")])
def test_a_model_that_fails_leaves_an_honest_abstention(
    cli: Cli, spec: Path, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-very-secret")
    with endpoint(status=status) as (url, asked):
        ran = cli(
            "run",
            spec,
            "-p",
            "Hi",
            "--model",
            "openai:m",
            "--base-url",
            url,
            "--key-env",
            "TEST_KEY",
            "--trace",
            "t.jsonl",
        )
    assert asked[0]["authorization"] == "Bearer sk-very-secret"
    assert (ran.code, ran.out) == (1, "")
    assert "status: abstained" in ran.err
    assert said in ran.err
    assert "price unknown" in ran.err
    assert "sk-very-secret" not in ran.err + Path("t.jsonl").read_text(encoding="utf-8")


def test_the_cost_of_an_endpoint_is_said_and_an_unknown_price_is_unknown(cli: Cli, spec: Path) -> None:
    with endpoint() as (url, _):
        ran = cli("run", spec, "-p", "Hi", "--model", "openai:m", "--base-url", url)
    assert ran.code == 0
    assert "10 tokens" in ran.err
    assert "price unknown" in ran.err


def test_a_case_file_may_hold_a_conversation(cli: Cli, spec: Path, tmp_path: Path) -> None:
    case = {
        "input": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Drink?"},
        ]
    }
    (tmp_path / "case.json").write_text(json.dumps(case, indent=2), encoding="utf-8")
    ran = cli("run", spec, "--case", "case.json", "--model", script(tmp_path / "m.jsonl", "tea"), "--json")
    assert [m["content"] for m in ran.json["trace"]["case"]["messages"]] == ["Hi", "Yes?", "Drink?"]


def test_a_trace_file_that_cannot_be_written_costs_no_call(cli: Cli, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("something else\n", encoding="utf-8")
    with endpoint() as (url, asked):
        ran = cli("run", spec, "-p", "Hi", "--model", "openai:m", "--base-url", url, "--trace", "t.jsonl")
    assert (ran.code, ran.out, asked) == (1, "", [])
    assert (tmp_path / "t.jsonl").read_text(encoding="utf-8") == "something else\n"


def test_text_that_has_no_encoding_is_printed_as_an_escape(tmp_path: Path) -> None:
    ran = process("run", os.fsdecode(b"\xff.md"), "-p", "Drink?", "--model", "simulated:x", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "\\udcff.md: There is no such file." in ran.err


def test_one_file_cannot_be_both_traces_and_store(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = script(tmp_path / "m.jsonl", "tea")
    for argv in (["run", spec, "-p", "x", "--trace", "t"], ["batch", spec, "c.jsonl", "-o", "t"]):
        ran = cli(*argv, "--store", "./t", "--model", model)
        assert ran.code == 2
        assert "same file" in ran.err
    assert not (tmp_path / "t").exists()
