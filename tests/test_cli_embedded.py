"""`--model embedded` and `--judge embedded` on the command line and through the Python door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import Ran
from models_embedded import embedded_model

import lightwing
from lightwing.bench.everything import figures

Cli = Callable[..., Ran]

DOCUMENT = (
    "You write short texts.\n\n- Use exactly 3 sentences.\n- Use only lowercase letters.\n- Be kind to the fox.\n"
)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    embedded_model()
    path = tmp_path / "rules.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def test_it_writes_and_judges(cli: Cli, document: Path) -> None:
    ran = cli(
        "run", document, "-p", "Write a story about a fox.", "--model", "embedded", "--judge", "embedded", "--json"
    )
    assert ran.code in (0, 1), ran.err
    assert ran.json["answer"]
    assert ran.json["trace"]["models"] == ["embedded"]
    verdicts = {c["text"]: c["verdict"] for c in ran.json["clauses"]}
    assert verdicts["Use exactly 3 sentences."] in ("pass", "fail")
    again = cli(
        "run", document, "-p", "Write a story about a fox.", "--model", "embedded", "--judge", "embedded", "--json"
    )
    assert again.json["answer"] == ran.json["answer"], "a run has a seed of its own"


def test_a_request_outside_its_world_is_warned_of_on_stderr(cli: Cli, document: Path) -> None:
    ran = cli("run", document, "-p", "Summarise the quarterly revenue.", "--model", "embedded")
    assert "small world" in ran.err
    assert "Summarise the quarterly revenue." in ran.err
    assert "small world" not in ran.out
    inside = cli("run", document, "-p", "Write a story about a fox.", "--model", "embedded")
    assert "small world" not in inside.err


def test_a_folder_without_weights_is_named(cli: Cli, document: Path, tmp_path: Path) -> None:
    ran = cli("run", document, "-p", "Write.", "--model", f"embedded:{tmp_path}")
    assert ran.code == 2
    assert "config.json" in ran.err


def test_doctor_knows_the_extras(cli: Cli) -> None:
    found = {f["what"]: f for f in cli("doctor", "--json").json["findings"]}
    for extra in ("embedded", "train"):
        finding = found[f"extra {extra}"]
        assert finding["state"] == "ok" or f"lightwing[{extra}]" in finding["advice"]


def test_a_configuration_may_name_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lightwing.yaml").write_text("run: {model: embedded}\n", encoding="utf-8")
    assert cli("doctor", "--json").code == 0


def test_a_bench_gives_cells_and_goals(cli: Cli, document: Path) -> None:
    ran = cli("bench", "embedded", "--requests", "10", "--corrected", "3", "--json")
    assert ran.code in (0, 1), ran.err
    parts = {cell["part"] for cell in ran.json["cells"]}
    assert parts >= {"wishes", "precision", "3 to 5 wishes under correction", "as a judge", "speed"}
    assert {"repair-best: all kept", "repair-best with fixes: calls"} <= {goal["name"] for goal in ran.json["goals"]}
    assert len(ran.json["details"]) == 10
    assert ran.code == (0 if all(goal["met"] for goal in ran.json["goals"]) else 1)


def test_the_python_door_takes_it(document: Path) -> None:
    spec = lightwing.compile(document.read_text(encoding="utf-8"))
    trace = lightwing.ask(spec, "Write a story about a fox.", model="embedded", judge="embedded")
    assert trace.models == ("embedded",)
    assert trace.candidates[0].answer.text
    assert trace.judge_cost.calls >= 1


def test_the_page_of_all_figures_has_it_where_its_extra_is_installed(tmp_path: Path) -> None:
    embedded_model()
    assert "lightwing bench embedded" in [figure.command for figure in figures(tmp_path)]
