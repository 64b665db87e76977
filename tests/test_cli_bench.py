"""`lightwing bench`: a table, or exactly one JSON object; exit 1 when a goal is missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import Ran, lines

Cli = Callable[..., Ran]

FIELDS = {"bench", "command", "version", "machine", "seconds", "seeds", "cells", "goals"}
GOAL = {"name", "op", "goal", "compares", "value", "low", "high", "n", "met"}

PROMPTS = [
    {
        "key": 1,
        "prompt": "Write a note about tea with less than 50 words.",
        "instruction_id_list": ["length_constraints:number_words"],
        "kwargs": [{"relation": "less than", "num_words": 50}],
    }
]


def test_one_object_with_its_goals(cli: Cli, tmp_path: Path) -> None:
    ran = cli("bench", "compile", "--prompts", lines(tmp_path / "p.jsonl", PROMPTS), "--json")
    found = ran.json
    assert found.keys() >= FIELDS
    assert all(goal.keys() == GOAL for goal in found["goals"])
    assert found["goals"]
    assert ran.code == 0


def test_a_missed_goal_is_a_negative_result(cli: Cli, tmp_path: Path) -> None:
    wrong = [{**PROMPTS[0], "kwargs": [{"relation": "less than", "num_words": 51}]}]
    ran = cli("bench", "compile", "--prompts", lines(tmp_path / "p.jsonl", wrong), "--mismatches", "5")
    assert ran.code == 1
    assert "NO" in ran.out


def test_checks_against_recorded_verdicts(cli: Cli, tmp_path: Path) -> None:
    prompts = lines(tmp_path / "p.jsonl", PROMPTS)
    output = {"key": 1, "model": "m", "response": "Tea.", "strict": [True], "loose": [True]}
    outputs = lines(tmp_path / "o.jsonl", [output])
    ran = cli("bench", "checks", "--prompts", prompts, "--outputs", outputs, "--profile", "ifeval", "--json")
    assert ran.code == 0
    assert ran.json["command"].startswith("lightwing bench checks --prompts")


def test_a_cascade_over_recorded_answers(cli: Cli, tmp_path: Path) -> None:
    prompts = lines(tmp_path / "p.jsonl", PROMPTS)
    long = {"key": 1, "model": "small", "response": "tea " * 60, "strict": [False], "loose": [False]}
    short = {"key": 1, "model": "large", "response": "Tea.", "strict": [True], "loose": [True]}
    outputs = lines(tmp_path / "o.jsonl", [long, short])
    line = ("bench", "replay", "--prompts", prompts, "--outputs", outputs, "--cascade")
    ran = cli(*line, "small=1,large=10", "--json")
    assert ran.json["bench"].startswith("replay")
    refused = cli(*line, "small=cheap")
    assert refused.code == 2
    assert "MODEL=NUMBER" in refused.err


def test_repairs_on_the_simulated_model(cli: Cli) -> None:
    ran = cli("bench", "repair", "--tasks", "20", "--growth-tasks", "5", "--json")
    assert ran.json.keys() >= FIELDS
    assert ran.json["seeds"] == [0]


@pytest.mark.parametrize("bench", ["compile", "checks", "replay"])
def test_a_file_that_is_not_there_is_named(cli: Cli, bench: str) -> None:
    rest = {"compile": [], "checks": ["--outputs", "o"], "replay": ["--outputs", "o", "--cascade", "a"]}[bench]
    ran = cli("bench", bench, "--prompts", "none.jsonl", *rest)
    assert (ran.code, ran.out) == (2, "")
    assert "none.jsonl" in ran.err


def test_documents_without_the_data_say_what_to_give(cli: Cli, tmp_path: Path) -> None:
    ran = cli("bench", "documents", "--data", tmp_path)
    assert ran.code == 2
    assert "--data" in ran.err


def test_the_cells_of_the_decoders_are_named_where_none_fits(cli: Cli) -> None:
    ran = cli("bench", "decoders", "--only", "nonsense")
    assert ran.code == 2
    assert "blind 0.25, 2 judges" in ran.err
