"""`lightwing calibrate` from the command line: an unseen document, a cost told first, a file that a run can be given, and going on after a kill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightwing.cli.main import main
from lightwing.lab.files import load_errors


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "doc.md"
    path.write_text("Use at most 60 words. Mention the word harbour. End with a question mark.\n")
    return path


def test_an_unseen_document_is_calibrated_and_goes_on_where_it_stopped(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "errors.yaml"
    command = ["calibrate", str(document), "--model", "simulated:weak", "-o", str(output), "--json", "--budget-calls"]
    assert main([*command, "20"]) == 0
    said = capsys.readouterr()
    made = json.loads(said.out)
    assert made["calls"] == 20
    assert made["basis"] == "exact"
    assert "highest price: 0" in said.err
    assert load_errors(output).id == made["id"]
    before = (tmp_path / "errors.yaml.journal.jsonl").read_bytes()
    assert main([*command, "30"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["calls"] == 30
    assert "are not made again" in said.err
    assert (tmp_path / "errors.yaml.journal.jsonl").read_bytes().startswith(before)


def test_a_dry_run_asks_nobody_and_writes_nothing(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", str(document), "--model", "simulated:weak", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model_calls_per_case"] == 3
    assert [p.name for p in tmp_path.iterdir()] == ["doc.md"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "no file to write"),
        (["-o", "e.yaml", "--labels", "LABELS"], "no label"),
        (["-o", "e.yaml", "--cases", "EMPTY"], "no case in the file"),
    ],
)
def test_what_cannot_be_used_is_named(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    (tmp_path / "LABELS").write_text('{"text": 3}\n')
    (tmp_path / "EMPTY").write_text("\n")
    given = [str(tmp_path / m) if m.isupper() or m.endswith(".yaml") else m for m in more]
    assert main(["calibrate", str(document), "--model", "simulated:weak", *given]) == 2
    assert says in capsys.readouterr().err


def test_a_trace_of_a_file_and_a_store_counts_once_and_labels_of_other_texts_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, cases = tmp_path / "s.yaml", tmp_path / "c.jsonl"
    spec.write_text(
        "schema: 1\nlanguage: en\nclauses:\n- {id: c1, text: Use at most 60 words., check: {name: count, args: {of: words, max: 60}}}\n"
    )
    cases.write_text("".join(f'{{"input": "Write {i}."}}\n' for i in range(4)))
    traces, store, labels = tmp_path / "t.jsonl", tmp_path / "t.db", tmp_path / "l.jsonl"
    asked = [str(spec), "--model", "simulated:weak"]
    assert main(["batch", asked[0], str(cases), *asked[1:], "-o", str(traces), "--store", str(store)]) in (0, 1)
    labels.write_text('{"text": "no such text", "clause": "c1", "met": true}\n')
    capsys.readouterr()
    more = ["--cases", str(cases), "--traces", str(traces), "--store", str(store), "--labels", str(labels)]
    assert main(["calibrate", *asked, *more, "-o", str(tmp_path / "e.yaml"), "--budget-calls", "12", "--json"]) == 0
    said = capsys.readouterr()
    assert "4 traces of this spec are used" in said.err
    assert "1 of 1 labels are of texts" in said.err
    assert "of judges" not in said.err
    assert json.loads(said.out)["traces"] == 4 + 4
