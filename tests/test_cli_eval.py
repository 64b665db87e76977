"""`lightwing eval`: scored, classed, clustered, resumed; nothing lost when it is stopped."""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_tools import SPEC, THIS, Ran, endpoint, lines
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.errors import CaseError, StoreError
from lightwing.core.result import Result
from lightwing.lab.results import ResultFile, clustered, read_results, summed
from lightwing.lab.suite import OF_TARGETS, read_suite

Cli = Callable[..., Ran]


def suite(path: Path, n: int = 6) -> Path:
    return lines(
        path,
        [
            {"id": f"t{i}", "input": f"Drink {i}?", "target": "tea", "metadata": {"path": ["drinks", "hot" if i % 2 else "cold"], "cluster": i // 2}}
            for i in range(n)
        ],
    )  # fmt: skip


def recorded(path: Path, answers: list[str]) -> str:
    lines(path, [{"id": f"t{i}", "answer": text} for i, text in enumerate(answers)])
    return f"recorded:{path}"


@pytest.mark.parametrize(
    ("scorer", "answer", "target", "right"),
    [
        ("exact", " Paris.\n", "paris", True),
        ("exact", "Paris, France", "paris", False),
        ("exact", "ＰＡＲＩＳ", "Paris", True),
        ("includes", "It is Paris, France", "paris", True),
        ("includes", "It is Rome", "paris", False),
        ("number", "So 3 + 4 = 1,007.0 apples", "1007", True),
        ("number", "It was 7, now 8", "7", False),
        ("number", "none", "7", False),
        ("number", "minus: -5", "5", False),
        ("choice", "B", "(B)", True),
        ("choice", "b.", "B", True),
        ("choice", "A is wrong. The answer is (C).", "C", True),
        ("choice", "The answer is C, since A is too small.", "C", True),
        ("choice", "the answer is a guess", "A", False),
        ("choice", "I think D", "D", True),
        ("choice", "答案是B", "B", True),
        ("choice", "", "A", False),
    ],
)
def test_targets_are_met_as_stated(scorer: str, answer: str, target: str, right: bool) -> None:
    assert OF_TARGETS[scorer](answer, target) is right


def test_a_suite_names_its_broken_lines(tmp_path: Path) -> None:
    made = lines(
        tmp_path / "s.jsonl",
        [
            {"id": "1", "input": "a", "metadata": {"path": "x / y", "cluster": 3}},
            {"id": "1", "input": "b"},
            {"id": "2", "input": "c", "metadata": {"path": ["x", 1]}},
            {"id": "3", "input": "d", "metadata": {"cluster": True}},
            "{broken",
            {"input": "e"},
        ],
    )
    first, twice, path, cluster, broken, last = read_suite(made)
    assert not isinstance(first, CaseError)
    assert (first.path, first.cluster) == (("x", "y"), "3")
    assert not isinstance(last, CaseError)
    assert (last.path, last.cluster) == ((), "line-6")
    for error, what in ((twice, "stands twice"), (path, "metadata.path"), (cluster, "cluster"), (broken, "line 5")):
        assert isinstance(error, CaseError)
        assert what in str(error)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), max_size=30))
def test_the_interval_is_that_of_its_formula(rows: list[tuple[float, str]]) -> None:
    scores, names = [s for s, _ in rows], [c for _, c in rows]
    found = clustered(scores, names)
    groups = sorted(set(names))
    if len(groups) < 2:
        assert found is None
        return
    mean = sum(scores) / len(scores)
    total = 0.0
    for g in groups:
        for s, c in rows:
            for t, d in rows:
                total += (s - mean) * (t - mean) * (c == d == g)
    reach = 1.959964 * math.sqrt(max(0.0, total * len(groups) / (len(groups) - 1))) / len(scores)
    assert found == pytest.approx((max(0, mean - reach), min(1, mean + reach)), abs=1e-6)


def test_means_stand_for_each_model_and_class(cli: Cli, tmp_path: Path) -> None:
    good, bad = recorded(tmp_path / "g", ["tea"] * 6), recorded(tmp_path / "b", ["tea", "mud"] * 3)
    ran = cli("eval", good, bad, suite(tmp_path / "s"), "--score", "exact", "-o", tmp_path / "r.jsonl", "--json")
    assert ran.code == 0, ran.err
    means = {(m["model"], "/".join(m["path"])): (m["mean"], m["n"], m["clusters"]) for m in ran.json["means"]}
    assert means[good, ""] == (1.0, 6, 3)
    assert means[bad, ""] == (0.5, 6, 3)
    assert means[bad, "drinks/hot"] == (0.0, 3, 3)
    assert means[bad, "drinks/cold"] == (1.0, 3, 3)
    table = cli("eval", good, bad, tmp_path / "s", "--score", "exact", "-o", tmp_path / "r.jsonl")
    assert table.code == 0
    assert "drinks/hot" in table.out
    assert len(list(read_results(tmp_path / "r.jsonl"))) == 12  # nothing was asked twice


def test_clauses_are_scored_and_a_corrected_model_has_its_own_name(cli: Cli, tmp_path: Path) -> None:
    spec = tmp_path / "tea.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    lines(tmp_path / "m", [{"id": f"t{i}", "answer": a} for i in range(2) for a in ("mud", "tea")])
    for decoder in ((), ("--decoder", "repair-best")):
        ran = cli(
            "eval",
            f"recorded:{tmp_path / 'm'}",
            suite(tmp_path / "s", 2),
            "--spec",
            spec,
            *decoder,
            "-o",
            tmp_path / "r",
        )
        assert ran.code == 0, ran.err
    raw, corrected = summed(read_results(tmp_path / "r"))[0], summed(read_results(tmp_path / "r"))[-1]
    assert (raw.mean, corrected.mean) == (0.5, 1.0)
    assert corrected.model == f"{raw.model} (repair-best)"


def test_another_case_of_the_same_id_is_asked_again(cli: Cli, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m", ["tea"] * 2)
    for target in ("tea", "mud"):
        lines(tmp_path / "s", [{"id": "t0", "input": "Drink?", "target": target}])
        ran = cli("eval", model, tmp_path / "s", "--score", "exact", "-o", tmp_path / "r", "--json")
        assert ran.json["means"][0]["mean"] == float(target == "tea")


def test_errors_are_kept_and_tried_again_when_asked(cli: Cli, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m", ["tea"] * 5)
    command = ("eval", model, suite(tmp_path / "s"), "--score", "exact", "-o", tmp_path / "r", "--json")
    ran = cli(*command)
    assert ran.code == 1
    assert ran.json["errors"] == 1
    assert ran.json["means"][0]["n"] == 5
    recorded(tmp_path / "m", ["tea"] * 6)
    assert cli(*command).json["errors"] == 1
    ran = cli(*command, "--retry-errors")
    assert ran.code == 0
    assert ran.json["errors"] == 0
    assert ran.json["means"][0]["n"] == 6


def test_a_torn_line_is_cut_and_other_files_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r"
    results = [Result(task="t", model="é", suite="s", case=str(i), score=0.5, path=("a", "b")) for i in range(3)]
    with ResultFile(path) as journal:
        for result in results:
            journal.add(result)
    whole = path.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1])):
        path.write_bytes(whole[: -1 - cut])
        with ResultFile(path) as journal:
            assert len(journal.done) == 2
            assert journal.torn
            journal.add(results[2])
        assert path.read_bytes() == whole
        assert list(read_results(path)) == results
    for other in (b"a note without an end", b'{"id": "1"}\n', b"\xff\xfe\n"):
        path.write_bytes(other)
        with pytest.raises(StoreError):
            ResultFile(path)
        assert path.read_bytes() == other


def test_a_second_writer_is_refused_and_an_empty_journal_leaves_nothing(tmp_path: Path) -> None:
    with ResultFile(tmp_path / "r"), pytest.raises(StoreError, match="Another process"):
        ResultFile(tmp_path / "r")
    assert not (tmp_path / "r").exists()


def written(path: Path) -> int:
    return sum(1 for _ in read_results(path)) if path.exists() else 0


def test_a_kill_loses_nothing_that_was_written(cli: Cli, tmp_path: Path) -> None:
    with endpoint("tea", delay=0.05) as (url, _):
        command = ["eval", "openai:m", suite(tmp_path / "s", 40), "--score", "exact", "-o", tmp_path / "r"]
        command += ["--base-url", url, "--concurrency", "2"]
        for signum, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
            process = subprocess.Popen(
                [sys.executable, "-m", "lightwing", *map(str, command)],
                cwd=tmp_path,
                env={**os.environ, **THIS},
                stderr=subprocess.PIPE,
                text=True,
            )
            before, deadline = written(tmp_path / "r"), time.monotonic() + 30
            while process.poll() is None and written(tmp_path / "r") < before + 4 and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signum)
            told = process.communicate(timeout=20)[1]
            assert process.returncode == code, told
        assert cli(*command).code == 0
    found = list(read_results(tmp_path / "r"))
    assert len(found) == len({r.case for r in found}) == 40


def test_a_full_disk_is_told_and_gone_on_from(cli: Cli, tmp_path: Path) -> None:
    model = recorded(tmp_path / "m", ["tea"] * 20)
    command = ["eval", model, suite(tmp_path / "s", 20), "--score", "exact", "-o", tmp_path / "r"]
    process = subprocess.run(
        [sys.executable, "-m", "lightwing", *map(str, command)],
        preexec_fn=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)),
        ),
        cwd=tmp_path,
        env={**os.environ, **THIS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "journal of results cannot be used" in process.stderr
    assert (tmp_path / "r").read_bytes().endswith(b"\n")
    assert cli(*command).code == 0
    assert len(list(read_results(tmp_path / "r"))) == 20


@pytest.mark.parametrize("what", ["missing", "empty", "binary", "folder", "same", "no target"])
def test_bad_suites_are_refused_before_anybody_is_asked(cli: Cli, tmp_path: Path, what: str) -> None:
    path, out = tmp_path / "s", tmp_path / "r"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.write_bytes(
            {"empty": b"", "binary": b"\x00\xff\n", "no target": b'{"id": "1", "input": "x"}\n'}.get(what, b"{}")
        )
    ran = cli("eval", "openai:m", path, "--score", "exact", "-o", path if what == "same" else out)
    assert ran.code == 2
    assert str(path) in ran.err
    assert "Traceback" not in ran.err
    assert not out.exists()


DATA = Path(__file__).parents[2] / "shared" / "data" / "mifeval"


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded answers of mifeval are not there")
def test_recorded_answers_get_their_recorded_accuracy(cli: Cli, tmp_path: Path) -> None:
    """The first 150 prompts of one model: no fix by code may touch what it said, and the compiler's known misreadings are few."""
    prompts = {str(p["key"]): p["prompt"] for p in _gzipped(DATA / "prompts-en.jsonl.gz")[:150]}
    rows = [r for r in _gzipped(DATA / "outputs-en.jsonl.gz") if str(r["key"]) in prompts]
    rows = [r for r in rows if r["model"] == rows[0]["model"]]
    truth = {str(r["key"]): all(r["strict"]) for r in rows}
    lines(tmp_path / "m", [{"id": str(r["key"]), "answer": r["response"]} for r in rows])
    made = lines(tmp_path / "s", [{"id": key, "input": text} for key, text in prompts.items()])
    command = ("eval", f"recorded:{tmp_path / 'm'}", made, "--score", "all-clauses", "--profile", "ifeval")
    assert cli(*command, "-o", tmp_path / "r").code == 0
    scored = {r.case: bool(r.score) for r in read_results(tmp_path / "r") if r.score is not None}
    assert len(scored) >= 0.95 * len(prompts)
    assert sum(truth[c] == held for c, held in scored.items()) >= 0.95 * len(scored)


def _gzipped(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
