"""Error-model files: written and read back; what is wrong with one is named, with its place."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ErrorModelError
from lightwing.core.ids import strong_id
from lightwing.lab.files import dump_measured, load_errors, load_measured, parse_measured, save_measured
from lightwing.lab.measure import Estimate, Measured, measure
from lightwing.lab.observed import from_world
from lightwing.lab.world import JudgeTruth, World

MADE = Measured(
    errors=ErrorModel(
        rungs={"openai:gpt": {"c1": ClauseErrors(lapse=0.2, concentration=1.5, n=7), ANY: ClauseErrors(lapse=0.1)}},
        judges={
            'ärger: \u2028 "x"': {ANY: JudgeErrors(false_pass=0.1, false_fail=0.05, blind=1e-06, broken=3, kept=4)}
        },
        shared={"a|b": 0.25},
        prices={"openai:gpt": 0.002},
        basis="planted",
        spec="ab" * 32,
        traces=12,
    ),
    lapses={"openai:gpt": {"c1": Estimate(mean=0.2, low=0.1, high=0.3, n=7)}},
)


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert parse_measured(dump_measured(MADE)) == MADE
    measured = measure(from_world(World(judges=(JudgeTruth(), JudgeTruth())), traces=30), sweeps=20)
    save_measured(measured, tmp_path / "errors.yaml")
    again = load_measured(tmp_path / "errors.yaml")
    assert again.errors == measured.errors
    assert again.errors.id == measured.errors.id
    assert again.judges["judge1"]["c3"]["blind"].high == pytest.approx(
        measured.judges["judge1"]["c3"]["blind"].high, abs=1e-6
    )
    assert load_errors(tmp_path / "errors.yaml") == measured.errors
    assert [p.name for p in tmp_path.iterdir()] == ["errors.yaml"]


def test_a_rate_changed_by_hand_is_noticed_unless_the_id_is_taken_out() -> None:
    text = dump_measured(MADE).replace("lapse: 0.1,", "lapse: 0.15,")
    with pytest.raises(ErrorModelError, match="changed after it was measured"):
        parse_measured(text)
    free = "\n".join(line for line in text.splitlines() if not line.startswith("id:"))
    assert parse_measured(free).errors.rungs["openai:gpt"][ANY].lapse == 0.15


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a mapping"),
        ("- a", "a mapping"),
        ("models: [", "Invalid YAML"),
        ("schema: 2", "up to 1"),
        ("schema: true", "up to 1"),
        ("modles: {}", "Unknown field 'modles'"),
        ("basis: hope", "'hope' is none of labels"),
        ("spec: 3", "no text"),
        ("models: [1]", "models must map"),
        ("models: {m: 3}", "model m: Rows by clause"),
        ("models: {m: {c1: 3}}", "model m, c1: A row"),
        ("models: {m: {c1: {lapse: .nan}}}", "lapse is nan"),
        ("models: {m: {c1: {lapse: yes}}}", "lapse is "),
        ("models: {m: {c1: {n: 3}}}", "lapse is missing"),
        ("models: {m: {c1: {lapse: 0.1, laspe: 0.1}}}", "Unknown rate 'laspe'"),
        ("models: {m: {c1: {lapse: 0.1, concentration: 0}}}", "concentration is 0"),
        ("models: {m: {c1: {lapse: 0.1, n: -1}}}", "n is -1"),
        ("models: {m: {c1: {lapse: 0.1, seen: [1, 2]}}}", "seen is"),
        ("judges: {j: {c1: {false_pass: 0.1}}}", "false_fail is missing"),
        ("judges: {j: {c1: {false_pass: 0.1, false_fail: 0, seen: 3}}}", "seen maps"),
        ("shared: {a|b: 2}", "a number from 0 to 1"),
        ("prices: {m: -1}", "of at least 0"),
        ("traces: 1.5", "traces is 1.5"),
        ("care: high", "care is 'high'"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(ErrorModelError) as raised:
        parse_measured(text, where="e.yaml")
    assert says in str(raised.value)
    assert str(raised.value).startswith("e.yaml")


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ErrorModelError, match="cannot be read"):
        load_errors(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ErrorModelError, match="not UTF-8"):
        load_errors(tmp_path / "binary.yaml")
    with pytest.raises(ErrorModelError, match="cannot be written"):
        save_measured(MADE, tmp_path / "no" / "such" / "e.yaml")


def test_an_update_is_a_new_id() -> None:
    assert replace(MADE.errors, traces=13).id != MADE.errors.id


def test_counted_tokens_are_kept_and_a_file_without_them_keeps_its_id() -> None:
    counted = replace(MADE, errors=replace(MADE.errors, tokens={"openai:gpt": 120.5}))
    assert parse_measured(dump_measured(counted)).errors.tokens == {"openai:gpt": 120.5}
    assert "tokens" not in dump_measured(MADE)
    assert counted.errors.id != MADE.errors.id
    assert MADE.errors.id == strong_id({k: v for k, v in asdict(MADE.errors).items() if k != "tokens"})
    with pytest.raises(ErrorModelError, match="tokens: m is -1"):
        parse_measured("tokens: {m: -1}")
