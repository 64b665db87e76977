"""The edges of the command line as a stranger meets them: pipes, closed and full streams, odd files, answers that are none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cli_tools import SPEC, THIS, Ran, endpoint, lines, script

from lightwing.cli.batch import _gathered
from lightwing.cli.terminal import say
from lightwing.store import JsonlTraces, TraceStore, read_traces

Cli = Callable[..., Ran]
HERE = [sys.executable, "-m", "lightwing"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tea.spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    path = tmp_path / "answer.txt"
    path.write_text("tea for two", encoding="utf-8")
    return path


def shell(command: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A shell line in which $L stands for the program."""
    program = " ".join(HERE)
    return subprocess.run(
        ["/bin/sh", "-c", f'L="{program}"; {command}'],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **THIS, **env},
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
@pytest.mark.parametrize("rest", ["", " --json"])
def test_a_full_standard_output_is_named(spec: Path, answer: Path, tmp_path: Path, rest: str) -> None:
    ran = shell(f"$L check {spec} {answer}{rest} > /dev/full", tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "Standard output cannot be written: No space left on device." in ran.stderr


def test_closed_streams_end_nothing_in_a_traceback(spec: Path, answer: Path, tmp_path: Path) -> None:
    assert shell(f"$L check {spec} {answer} >&-", tmp_path).returncode == 0
    assert shell(f"$L check {spec} {answer} 2>&-", tmp_path).returncode == 0
    ran = shell(f"$L check {spec} - <&-", tmp_path)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    model = script(tmp_path / "m.jsonl", "tea")
    kept = shell(f"$L run {spec} -p Drink? --model {model} --trace t.jsonl >&- 2>&-", tmp_path)
    assert kept.returncode == 0
    assert [t.answer for t in read_traces(tmp_path / "t.jsonl")] == ["tea"]


def test_ctrl_c_during_the_import_is_quiet(tmp_path: Path) -> None:
    code = (
        "import sys, builtins; real = builtins.__import__\n"
        "def stop(name, *rest):\n"
        "    if name == 'lightwing.cli.main': raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "from lightwing.__main__ import main; builtins.__import__ = stop; sys.exit(main())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, **THIS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (130, "lightwing: stopped.\n")


def test_cases_come_through_a_pipe(spec: Path, tmp_path: Path) -> None:
    model = script(tmp_path / "m.jsonl", "tea one", "tea two")
    put = """printf '{"id":"a","input":"x"}\\n{"id":"b","input":"y"}\\n'"""
    ran = shell(f"{put} | $L batch {spec} - -o t.jsonl --model {model} --json", tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)["cases"]) == (0, 2)
    again = shell(f"{put} | $L batch {spec} /dev/stdin -o t.jsonl --model {model} --json", tmp_path)
    assert json.loads(again.stdout)["resumed"] == 2


def test_a_case_file_without_a_case_is_named(cli: Cli, spec: Path, tmp_path: Path) -> None:
    ran = cli("batch", spec, lines(tmp_path / "c.jsonl", []), "-o", "t.jsonl", "--model", "simulated:x")
    assert ran.code == 2
    assert "There is no case in the file." in ran.err


def test_a_spec_comes_through_a_pipe_and_a_directory_is_called_one(cli: Cli, answer: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ran = shell(f"(echo '- Use at most 2 words.' > pipe &) ; $L check pipe {answer}", tmp_path)
    assert (ran.returncode, "status: not_met" in ran.stderr) == (1, True)
    refused = cli("check", tmp_path, answer)
    assert (refused.code, "This is a directory." in refused.err) == (2, True)


@pytest.mark.parametrize("argv", [["check", "-", "-"], ["run", "-", "-p", "-", "--model", "simulated:x"]])
def test_standard_input_is_not_read_twice(cli: Cli, argv: Sequence[str]) -> None:
    ran = cli(*argv, stdin="Use at most 5 words.")
    assert ran.code == 2
    assert '"-" was given twice' in ran.err


def test_a_prompt_that_is_no_utf8_is_refused(cli: Cli, spec: Path) -> None:
    ran = cli("run", spec, "-p", os.fsdecode(b"caf\xe9"), "--model", "simulated:x")
    assert ran.code == 2
    assert "The prompt is not UTF-8 text." in ran.err


def test_the_document_is_never_written_over(cli: Cli, tmp_path: Path) -> None:
    document = tmp_path / "d.md"
    document.write_text("- Use at most 5 words.\n", encoding="utf-8")
    ran = cli("compile", document, "-o", document, "--force")
    assert (ran.code, document.read_text()) == (2, "- Use at most 5 words.\n")
    onto_folder = cli("compile", document, "-o", tmp_path)
    assert onto_folder.code == 2
    assert "Is a directory" in onto_folder.err


def test_an_empty_answer_meets_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text("- Never use commas.\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    ran = cli("check", "d.md", "empty.txt")
    assert ran.code == 1
    assert "status: not_met" in ran.err
    assert "The answer is empty" in ran.err
    delivered = cli("run", "d.md", "-p", "Drink?", "--model", script(tmp_path / "m.jsonl", "", " ", "  "))
    assert delivered.code == 1
    assert "     the answer is empty" in delivered.err
    assert "  not met  the answer is empty" in delivered.err


def test_an_answer_cut_off_says_why_it_is_not_met(cli: Cli, spec: Path, tmp_path: Path) -> None:
    cut = {"text": "tea", "finish": "length"}
    ran = cli("run", spec, "-p", "Drink?", "--model", script(tmp_path / "m.jsonl", *[cut] * 8))
    assert ran.code == 1
    assert "  not met  the answer was cut off at the limit of its length: allow more with --max-tokens" in ran.err


def test_a_tool_call_that_is_delivered_is_shown(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text("- Call look_up before you answer.\n", encoding="utf-8")
    call = {"id": "1", "name": "look_up", "arguments": '{"tea": 3}'}
    model = script(tmp_path / "m.jsonl", {"text": "", "finish": "tool_calls", "tool_calls": [call]})
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"input": "How old is the tea?", "tools": [{"name": "look_up"}]}), encoding="utf-8")
    ran = cli("run", "d.md", "--case", case, "--model", model)
    assert (ran.code, ran.out) == (0, "")
    assert '  calls    look_up {"tea": 3}' in ran.err
    assert cli("run", "d.md", "--case", case, "--model", model, "--json").json["tool_calls"] == [call]


def test_an_answer_that_was_paid_for_is_given_although_its_trace_cannot_be_kept(
    cli: Cli, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightwing.core.errors import StoreError

    def full(self: JsonlTraces, trace: object) -> None:
        raise StoreError("Writing failed: No space left on device.")

    monkeypatch.setattr(JsonlTraces, "add", full)
    ran = cli("run", spec, "-p", "Drink?", "--model", script(tmp_path / "m.jsonl", "tea"), "--trace", "t.jsonl")
    assert (ran.code, ran.out) == (1, "tea\n")
    assert "No space left" in ran.err


def test_the_store_gets_what_a_kill_kept_from_it(cli: Cli, spec: Path, tmp_path: Path) -> None:
    cases = lines(tmp_path / "c.jsonl", [{"id": f"t{i}", "input": f"Drink {i}?"} for i in range(4)])
    model = script(tmp_path / "m.jsonl", *(f"tea {i}" for i in range(4)))
    batch = ("batch", spec, cases, "-o", "t.jsonl", "--model", model)
    assert cli(*batch).code == 0  # traces in the file, and no store yet: as after a kill between the two
    ran = cli(*batch, "--store", "t.sqlite", "--json")
    assert ran.json["resumed"] == 4
    cli(*batch, "--store", "t.sqlite")
    with TraceStore(tmp_path / "t.sqlite") as store:
        assert sorted(t.case.id for t in store.traces()) == ["t0", "t1", "t2", "t3"]


def test_a_full_disk_leaves_no_half_configuration(cli: Cli, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    assert resource is not None
    ran = shell("ulimit -f 0; $L init", tmp_path)
    assert ran.returncode != 0
    assert not (tmp_path / "lightwing.yaml").exists()
    assert cli("init").code == 0


def test_one_error_of_many_cases_is_told_once() -> None:
    told = list(_gathered([f"t{i}: no key." for i in range(7)] + ["t9: no answer."]))
    assert told == ["t0, t1, t2, t3, t4 and 2 more: no key.", "t9: no answer."]


def test_control_characters_of_others_are_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\x07 é 茶\tc")
    assert capsys.readouterr().err == "a\\x1b[31mb\\x07 é 茶\tc\n"


def test_the_endpoint_s_words_are_closed_and_the_error_has_its_own_name(cli: Cli, spec: Path) -> None:
    with endpoint(status=404) as (url, _):
        ran = cli("run", spec, "-p", "Drink?", "--model", "openai:m", "--base-url", url)
    assert ran.code == 1
    assert "     ModelRefused: openai:m: The endpoint answered 404: " in ran.err
    assert ". Check the model's name and base_url." in ran.err


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--budget-calls", "a whole number"),
        ("--budget-seconds", "a number above 0"),
        ("--temperature", "a number from 0 to 10"),
    ],
)
def test_a_number_that_is_none_is_refused_in_words(cli: Cli, option: str, says: str) -> None:
    ran = cli("run", "-p", "Hi", "--model", "simulated:x", option, "soon")
    assert ran.code == 2
    assert f"argument {option}: {says}" in ran.err
