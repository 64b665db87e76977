"""`lightwing batch`: appended, resumed, counted; nothing lost when it is stopped."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import SPEC, Ran, endpoint, lines

from lightwing.store import JsonlTraces, read_traces

Cli = Callable[..., Ran]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tea.spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def cases(path: Path, n: int) -> Path:
    return lines(path, [{"id": f"t{i}", "input": f"Drink number {i}?"} for i in range(n)])


def recorded(path: Path, n: int, answer: Callable[[int], list[str]]) -> str:
    """A recorded model; each case has its answers in order."""
    lines(path, [{"id": f"t{i}", "answer": text} for i in range(n) for text in answer(i)])
    return f"recorded:{path}"


def test_every_case_is_run_and_counted_per_clause(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m.jsonl", 6, lambda i: ["coffee", "tea"] if i % 2 else ["tea"])
    ran = cli("batch", spec, cases(tmp_path / "c.jsonl", 6), "-o", "t.jsonl", "--model", model)
    assert ran.code == 0
    assert "verified" in ran.out
    assert "3 of 6" in ran.out
    assert "6 of 6" in ran.out
    assert "9 calls (1.50 per case" in ran.out
    assert "95 % interval" in ran.out
    assert "price unknown" in ran.out
    assert len(list(read_traces(tmp_path / "t.jsonl"))) == 6


def test_the_counts_as_one_json_object(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m.jsonl", 4, lambda i: ["coffee", "tea"])
    found = cli("batch", spec, cases(tmp_path / "c.jsonl", 4), "-o", "t.jsonl", "--model", model, "--json").json
    assert (found["cases"], found["calls"], found["price"], found["statuses"]["verified"]) == (4, 8, None, 4)
    second = found["clauses"][1]
    assert (second["first"]["pass"], second["delivered"]["pass"]) == (0, 4)
    assert 0 < found["delivered"]["low"] < 1


def test_one_case_that_is_not_met_is_a_negative_result(cli: Cli, spec: Path, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m.jsonl", 3, lambda i: ["coffee"] if i == 1 else ["tea"])
    ran = cli("batch", spec, cases(tmp_path / "c.jsonl", 3), "-o", "t.jsonl", "--model", model, "--decoder", "first")
    assert ran.code == 1
    assert "not_met" in ran.out


def test_what_is_done_is_not_run_again(cli: Cli, spec: Path, tmp_path: Path) -> None:
    first, both = cases(tmp_path / "first.jsonl", 3), cases(tmp_path / "both.jsonl", 5)
    with endpoint() as (url, asked):
        options = ("-o", "t.jsonl", "--model", "openai:m", "--base-url", url)
        cli("batch", spec, first, *options)
        assert len(asked) == 3
        ran = cli("batch", spec, both, *options, "--json")
        assert len(asked) == 5
        assert (ran.json["cases"], ran.json["resumed"]) == (5, 3)
        assert cli("batch", spec, both, *options, "--seed", "7", "--json").json["resumed"] == 0
        assert len(asked) == 10
        other = cli("batch", spec, both, *options, "--json")
        assert (other.json["resumed"], len(asked)) == (5, 10)
        assert "other tasks" in other.err


def test_a_changed_request_under_the_same_id_is_run_again(cli: Cli, spec: Path, tmp_path: Path) -> None:
    path = cases(tmp_path / "c.jsonl", 2)
    with endpoint() as (url, asked):
        cli("batch", spec, path, "-o", "t.jsonl", "--model", "openai:m", "--base-url", url)
        lines(path, [{"id": "t0", "input": "Something else?"}, {"id": "t1", "input": "Drink number 1?"}])
        ran = cli("batch", spec, path, "-o", "t.jsonl", "--model", "openai:m", "--base-url", url, "--json")
    assert (ran.json["resumed"], len(asked)) == (1, 3)


def test_a_case_that_ended_in_an_error_is_run_again(cli: Cli, spec: Path, tmp_path: Path) -> None:
    path = cases(tmp_path / "c.jsonl", 2)
    broken = cli("batch", spec, path, "-o", "t.jsonl", "--model", recorded(tmp_path / "m.jsonl", 1, lambda i: ["tea"]))
    assert broken.code == 1
    assert "t1" in broken.err
    ran = cli(
        "batch", spec, path, "-o", "t.jsonl", "--model", recorded(tmp_path / "m.jsonl", 2, lambda i: ["tea"]), "--json"
    )
    assert (ran.code, ran.json["resumed"], ran.json["statuses"]["verified"]) == (0, 1, 2)


def test_a_broken_line_7000_is_named_and_nothing_before_it_is_lost(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    n = 7002
    good = [json.dumps({"id": f"t{i}", "input": f"Drink number {i}?"}) for i in range(n)]
    path = lines(tmp_path / "c.jsonl", [*good[:6999], '{"id": "torn', *good[7000:]])
    model = recorded(tmp_path / "m.jsonl", n, lambda i: ["tea"])
    ran = cli("batch", "s.yaml", path, "-o", "t.jsonl", "--model", model)
    assert ran.code == 2
    assert "line 7000" in ran.err
    assert "6999 cases are done" in ran.err
    on = cli("batch", "s.yaml", path, "-o", "t.jsonl", "--model", model, "--keep-going", "--json")
    assert on.code == 1
    assert "line 7000" in on.err
    assert (on.json["cases"], on.json["resumed"]) == (7001, 6999)


def test_a_second_writer_is_refused(cli: Cli, spec: Path, tmp_path: Path) -> None:
    with JsonlTraces(tmp_path / "t.jsonl"), endpoint() as (url, asked):
        ran = cli(
            "batch", spec, cases(tmp_path / "c.jsonl", 1), "-o", "t.jsonl", "--model", "openai:m", "--base-url", url
        )
    assert (ran.code, asked) == (1, [])
    assert "t.jsonl" in ran.err


def test_a_dry_run_adds_up_the_highest_prices(cli: Cli, spec: Path, tmp_path: Path) -> None:
    path = cases(tmp_path / "c.jsonl", 10)
    (tmp_path / "lightwing.yaml").write_text(
        "models: {m: {model: m, price: {per_call: 0.5}}}\nrun: {model: m, max_tokens: 10, budget: {calls: 2}}\n",
        encoding="utf-8",
    )
    found = cli("batch", spec, path, "--dry-run", "--json").json
    assert (found["cases"], found["calls"], found["price"]) == (10, 20, pytest.approx(10.0))
    unknown = cli("batch", spec, path, "--dry-run", "--model", "openai:other", "--json").json
    assert unknown["price"] is None
    assert "unknown" in unknown["why"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["c.jsonl", "--model", "openai:m"], "-o FILE is needed"),
        (["none.jsonl", "-o", "t.jsonl", "--model", "openai:m"], "none.jsonl"),
        (["c.jsonl", "-o", "t.jsonl"], "No model is named"),
    ],
)
def test_what_cannot_be_used_is_refused(cli: Cli, spec: Path, tmp_path: Path, argv: list[str], said: str) -> None:
    cases(tmp_path / "c.jsonl", 1)
    ran = cli("batch", spec, *argv)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_run_that_is_refused_leaves_no_file(cli: Cli, spec: Path, tmp_path: Path) -> None:
    cases(tmp_path / "c.jsonl", 1)
    at_odds = tmp_path / "odd.spec.yaml"
    at_odds.write_text(SPEC.replace("max: 5", "min: 9, max: 9").replace(
        "- id: c2", "- {id: c3, text: Short., check: {name: count, args: {of: words, max: 5}}}\n- id: c2"
    ), encoding="utf-8")  # fmt: skip
    out, store = tmp_path / "t.jsonl", tmp_path / "t.sqlite"
    for argv in (["batch", at_odds, "c.jsonl", "-o", out], ["run", at_odds, "-p", "Hi", "--trace", out]):
        ran = cli(*argv, "--store", store, "--model", "openai:m")
        assert (ran.code, ran.out) == (2, "")
        assert f"{at_odds}: No answer can meet" in ran.err
        assert not out.exists()
        assert not store.exists()
    assert cli("batch", spec, "c.jsonl", "-o", out, "--model", "opnai:m").code == 2
    assert not out.exists()
    out.touch()
    assert cli("batch", spec, "c.jsonl", "-o", out, "--model", "opnai:m").code == 2
    assert out.exists()


def command(spec: Path, path: Path, url: str, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "lightwing", "batch", str(spec), str(path), "-o", "t.jsonl"),
        *("--model", "openai:m", "--base-url", url, *more),
    ]


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_after_ctrl_c_or_a_kill_the_same_command_goes_on(
    cli: Cli, spec: Path, tmp_path: Path, stop: signal.Signals, code: int
) -> None:
    path, n = cases(tmp_path / "c.jsonl", 40), 40
    with endpoint(delay=0.05) as (url, asked):
        line = command(spec, path, url, "--concurrency", "2")
        running = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(asked) < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(stop)
        _, err = running.communicate(timeout=30)
        assert running.returncode == code
        assert "Traceback" not in err
        before = len(list(read_traces(tmp_path / "t.jsonl")))
        assert 0 < before < n
        if stop is signal.SIGINT:
            assert f"{before} cases are done" in err
        ran = cli(*line[3:], "--json")
    assert (ran.code, ran.json["cases"], ran.json["resumed"]) == (0, n, before)
    assert sorted(t.case.id for t in read_traces(tmp_path / "t.jsonl")) == sorted(f"t{i}" for i in range(n))


def test_a_full_disk_keeps_what_was_written(cli: Cli, spec: Path, tmp_path: Path) -> None:
    path = cases(tmp_path / "c.jsonl", 60)
    model = recorded(tmp_path / "m.jsonl", 60, lambda i: ["tea"])
    line = [sys.executable, "-m", "lightwing", "batch", str(spec), str(path), "-o", "t.jsonl", "--model", model]

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    full = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=small)
    assert full.returncode == 1
    assert "Make room" in full.stderr
    assert "Traceback" not in full.stderr
    kept = len(list(read_traces(tmp_path / "t.jsonl")))
    assert 0 < kept < 60
    ran = cli(*line[3:], "--json")
    assert (ran.json["cases"], ran.json["resumed"]) == (60, kept)
