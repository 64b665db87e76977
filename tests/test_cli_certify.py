"""`lightwing certify` and `--certificate`: from a document with judged clauses to answers that are delivered as certified."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from world_endpoint import World, world

from lightwing.api import ask
from lightwing.cli.main import main
from lightwing.core.errors import StaleErrorModel
from lightwing.lab.certificates import load_certificate
from lightwing.store import Filter, TraceStore


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path, lapse=0.2, false_pass=0.1) as made:
        (tmp_path / "cases.jsonl").write_text(_requests(range(80)))
        yield made


def _requests(numbers: Sequence[int]) -> str:
    return "".join(json.dumps({"id": str(i), "input": f"Request {i}."}) + "\n" for i in numbers)


COMMAND = ["certify", "spec.yaml", "--cases", "cases.jsonl", "--target-error", "10%", "-o", "c.yaml", "--level", "0.05"]


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    out = capsys.readouterr().out
    assert out.count("\n") == 1, "exactly one object"
    return json.loads(out)


def _label(path: Path, *, but: int = 0, wrong: int = 0) -> None:
    """Fills the sheet in as the truth in the texts says, but for the last lines; so many of the first are called wrong."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for i, row in enumerate(rows[: len(rows) - but]):
        row["right"] = i >= wrong
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))


def test_from_requests_to_certified_answers(served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [*COMMAND, "--level", "0.1", "--deliveries", "40"]
    assert main([*command, "--json"]) == 0
    first = _json(capsys)
    assert (first["state"], first["certificate"]) == ("labels needed", None)
    assert [t["delivered"] for t in first["tried"]] == [40, 40]
    assert 40 <= first["to_label"] < 80, "an answer that two levels deliver is labelled once"
    asked = served.calls, served.reads
    sheet = tmp_path / first["sheet"]

    _label(sheet, but=first["to_label"] - 3)
    assert main([*command, "--json"]) == 1, "labels, and too few of them"
    assert _json(capsys)["to_label"] == first["to_label"] - 3
    _label(sheet)
    assert main(command) == 0
    said = capsys.readouterr()
    assert "certified: With confidence 95 % at most 10 %" in said.err
    assert "level 0.1; written: c.yaml" in said.err
    assert (served.calls, served.reads) == asked, "what was answered is not asked again"
    made = load_certificate(tmp_path / "c.yaml")
    assert (made.level, made.labelled, made.wrong) == (0.1, 40, 0)

    assert main(["run", "spec.yaml", "-p", "Request 500.", "--certificate", "c.yaml", "--json"]) == 0
    ran = _json(capsys)
    assert (ran["risk"]["standing"], ran["risk"]["level"], ran["risk"]["target"]) == ("certified", 0.1, 0.1)
    assert ran["certificate"]["statement"] == made.statement
    (tmp_path / "more.jsonl").write_text(_requests(range(600, 606)))
    assert main(["batch", "spec.yaml", "more.jsonl", "-o", "t.jsonl", "--certificate", "c.yaml", "--json"]) == 0
    batch = _json(capsys)["risk"]
    assert (batch["standing"], batch["certified"], batch["certificate"]["id"]) == ("certified", 6, made.id)
    assert main(["batch", "spec.yaml", "more.jsonl", "-o", "t.jsonl", "--target-error", "10%", "--json"]) == 0
    other = _json(capsys)
    assert other["resumed"] == 0, "with another level it is another task"
    assert other["risk"]["standing"] == "estimated"


def test_wrong_deliveries_carry_no_certificate(
    served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*COMMAND, "--deliveries", "30"]
    assert main(command) == 0
    _label(tmp_path / "c.yaml.sheet.jsonl", wrong=1)
    capsys.readouterr()
    assert main([*command, "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["state"] == "failed"
    assert "level 0.05 failed: 1 of 30 labelled deliveries are wrong, at most 0 may be" in said.err
    assert not (tmp_path / "c.yaml").exists()


def test_stored_traces_are_deliveries_too(served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch = ["batch", "spec.yaml", "cases.jsonl", "-o", "t.jsonl", "--target-error", "5%"]
    assert main(batch) in (0, 1)
    asked = served.calls
    capsys.readouterr()
    certify = ["certify", "spec.yaml", "--target-error", "5%", "--level", "0.05", "-o", "c.yaml", "--json"]
    assert main([*certify, "--traces", "t.jsonl"]) == 0
    made = _json(capsys)
    assert made["tried"][0]["delivered"] >= 59
    assert served.calls == asked


def test_labels_of_a_store_count(served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cases.jsonl").write_text(_requests(range(20)))
    batch = ["batch", "spec.yaml", "cases.jsonl", "-o", "t.jsonl", "--store", "s.sqlite", "--target-error", "20%"]
    assert main(batch) in (0, 1)
    rates = ["--target-error", "20%", "--level", "0.2", "-o", "c.yaml", "--json"]
    certify = ["certify", "spec.yaml", *rates, "--store", "s.sqlite"]
    capsys.readouterr()
    assert main(certify) == 0
    before = _json(capsys)["tried"][0]
    with TraceStore("s.sqlite") as store:
        first, second = list(store.all(Filter()))[:2]
        store.label(first.id, "j1", True, who="ann")
        store.label(first.id, "j2", True, who="ann")
        store.label(second.id, "j2", False, who="ann")
    assert main(certify) == 1
    after = _json(capsys)["tried"][0]
    assert (before["open"] - after["open"], after["wrong"]) == (2, 1)


def test_what_code_decides_is_certified_without_a_label(
    served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "doc.md").write_text("Use at most 60 words. Mention the word harbour.\n")
    model = ["--model", "simulated:weak", "--config", "none.yaml"]
    (tmp_path / "none.yaml").write_text("")
    assert main(["calibrate", "doc.md", *model, "-o", "exact.yaml", "--budget-calls", "40"]) == 0
    command = ["certify", "doc.md", *model, "--errors", "exact.yaml", "--target-error", "10%", "--cases", "cases.jsonl"]
    capsys.readouterr()
    assert main([*command, "-o", "c.yaml", "--json"]) == 0
    made = _json(capsys)
    assert (made["state"], made["labels_at_least"], made["to_label"], made["sheet"]) == ("certified", 0, 0, None)
    assert made["certificate"]["wrong"] == 0


def test_a_certificate_holds_for_its_run_only(
    served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*COMMAND, "--deliveries", "30"]
    assert main(command) == 0
    _label(tmp_path / "c.yaml.sheet.jsonl")
    assert main(command) == 0
    run = ["run", "spec.yaml", "-p", "Hello.", "--certificate", "c.yaml"]
    capsys.readouterr()
    (tmp_path / "other.yaml").write_text((tmp_path / "spec.yaml").read_text().replace("rule j2", "rule j3"))
    errors = (tmp_path / "errors.yaml").read_text()
    lines = [line for line in errors.splitlines() if not line.startswith(("id:", "spec:"))]
    (tmp_path / "loose.yaml").write_text("\n".join(lines))
    loose = ["--errors", "loose.yaml"]
    assert main(["run", "other.yaml", *run[2:], *loose]) == 2
    assert "c.yaml: The certificate is bound to the spec" in capsys.readouterr().err
    assert main([*run, *loose]) == 2
    assert "c.yaml: The certificate is bound to the error model" in capsys.readouterr().err
    assert main([*run, "--target-error", "2%"]) == 2
    assert "Ask for what was certified" in capsys.readouterr().err
    assert main([*run, "--decoder", "repair-best"]) == 2
    asked = served.calls
    with pytest.raises(StaleErrorModel, match=r"c\.yaml: The certificate is bound to the judges openai:j"):
        ask(tmp_path / "spec.yaml", "Hi", model="openai:m", errors="errors.yaml", certificate="c.yaml")
    assert served.calls == asked, "refused before anything is asked"

    config = (tmp_path / "lightwing.yaml").read_text()
    (tmp_path / "lightwing.yaml").write_text(config.replace("run: {", "run: {certificate: c.yaml, "))
    assert main(["run", "spec.yaml", "-p", "Hello.", "--json"]) == 0
    capsys.readouterr()
    assert main(["calibrate", "spec.yaml", "--dry-run"]) == 0, "what measures anew does not rest on it"


@pytest.mark.parametrize(
    ("more", "says", "code"),
    [
        (["--target-error", "1%"], "takes at least 299 deliveries", 2),
        (["--deliveries", "5"], "5 deliveries at a level cannot certify 10 %", 2),
        (["--labels", "absent"], "absent: The labels cannot be read", 2),
        (["--labels", "lightwing.yaml"], "line 1: This line is no label", 2),
        (["--cases", "absent"], "absent", 2),
        (["--errors", "absent"], "absent: The error model cannot be read", 2),
        (["--traces", "lightwing.yaml"], "lightwing.yaml", 1),
    ],
)
def test_what_cannot_be_used_is_named_before_anything_is_asked(
    served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str, code: int
) -> None:
    before = {p.name for p in tmp_path.iterdir()}
    assert main([*COMMAND, *more]) == code
    assert says in capsys.readouterr().err
    assert served.calls == 0
    assert {p.name for p in tmp_path.iterdir()} == before


def test_a_dry_run_tells_what_it_takes(served: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {p.name for p in tmp_path.iterdir()}
    assert main(["certify", "spec.yaml", "--cases", "cases.jsonl", "--target-error", "5%", "--dry-run", "--json"]) == 0
    told = _json(capsys)
    assert (told["labels_at_least"], told["cases"], told["levels"]) == (59, 80, [0.025, 0.05, 0.1])
    assert told["calls"] == 3 * 80 * 30
    assert main(["certify", "spec.yaml", "--cases", "cases.jsonl", "--dry-run"]) == 2
    assert "No error rate is asked for" in capsys.readouterr().err
    assert {p.name for p in tmp_path.iterdir()} == before
    assert served.calls == 0
