"""`lightwing train`: a corpus of the small world and a tiny model from it; what is wrong is named before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_tools import SPEC, Ran
from models_embedded import embedded_model

from lightwing.models.embedded.engine import PACKAGED

pytest.importorskip("tokenizers", reason="training needs tokenizers: pip install 'lightwing[train]'")

Cli = Callable[..., Ran]

TINY = ("--width", "32", "--layers", "1", "--heads", "2", "--batch", "1024", "--threads", "1", "--rate", "0.01")


@pytest.fixture
def world(cli: Cli, tmp_path: Path) -> Path:
    ran = cli("train", "world", "-o", tmp_path / "w", "--episodes", "300", "--seed", "3")
    assert ran.code == 0, ran.err
    return tmp_path / "w"


def needs_torch() -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'lightwing[train]'")
    pytest.importorskip("transformers", reason="training needs transformers: pip install 'lightwing[train]'")


def test_a_world_is_written_and_is_the_same_again(cli: Cli, world: Path, tmp_path: Path) -> None:
    names = {p.name for p in world.iterdir()}
    assert names == {"corpus.jsonl", "held.jsonl", "copies.jsonl", "tokenizer.json"}
    rows = [json.loads(line) for line in (world / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 300
    assert {row["kind"] for row in rows} == {"write", "mend", "read", "copy"}
    assert cli("train", "world", "-o", tmp_path / "v", "--episodes", "300", "--seed", "3").code == 0
    for name in names:
        assert (world / name).read_bytes() == (tmp_path / "v" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("--heads", "3"), 2, "multiple of 6"),
        (("--tokenizer", "none.json"), 2, "no such file"),
        (("--held", "none.jsonl"), 2, "no such file"),
        (("--batch", "8"), 2, "no episode of at most 8 tokens"),
        (("--start", "nowhere"), 2, "no model to start from"),
        (("--tokens", "0"), 2, "--tokens"),
        (("--depth", "2"), 2, "--depth"),
        (("--weigh", "<|nothing|>=2"), 2, "no token '<|nothing|>'"),
        (("--weigh", "<|pass|>"), 2, "--weigh"),
        (("--weigh", "<|pass|>=-1"), 2, "above 0"),
    ],
)
def test_wrong_options_are_named(
    cli: Cli, world: Path, tmp_path: Path, change: tuple[str, str], code: int, said: str
) -> None:
    if "--start" in change:
        needs_torch()
    ran = cli("train", "sft", world / "corpus.jsonl", "-o", tmp_path / "m", *TINY, *change)
    assert ran.code == code
    assert said in ran.err
    assert not (tmp_path / "m" / "model.safetensors").exists()


def test_wrong_files_are_named(cli: Cli, world: Path, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "m", *TINY)
    ran = cli("train", "sft", tmp_path / "none.jsonl", *out)
    assert (ran.code, "lightwing train world" in ran.err) == (2, True)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"asked": "a", "answer": "b"}\n{"asked": 1, "answer": "b"}\n', encoding="utf-8")
    ran = cli("train", "sft", bad, "--tokenizer", world / "tokenizer.json", *out)
    assert (ran.code, "bad.jsonl:2" in ran.err) == (2, True)
    bad.write_text("", encoding="utf-8")
    assert cli("train", "sft", bad, "--tokenizer", world / "tokenizer.json", *out).code == 2
    ran = cli("train", "sft", world / "corpus.jsonl", "--tokenizer", bad, *out)
    assert (ran.code, "no tokenizer" in ran.err) == (2, True)
    assert cli("train").code == 2
    assert cli("train", "sft").code == 2


def test_a_model_is_trained_gone_on_with_and_opened(cli: Cli, world: Path, tmp_path: Path) -> None:
    needs_torch()
    pytest.importorskip("ctranslate2", reason="needs the extra embedded")
    out = tmp_path / "m"
    command = ("train", "sft", world / "corpus.jsonl", "-o", out, "--held", world / "held.jsonl", *TINY)
    ran = cli(*command, "--tokens", "40000", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["share"] == 1
    assert {p.name for p in out.iterdir()} >= {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "words.txt",
        "losses.jsonl",
    }
    again = cli(*command, "--tokens", "60000")
    assert (again.code, "--resume" in again.err) == (2, True)
    on = cli(*command, "--tokens", "60000", "--resume", "--json")
    assert on.json["tokens"] >= 60_000
    steps = [json.loads(line)["step"] for line in (out / "losses.jsonl").read_text(encoding="utf-8").splitlines()]
    assert steps == sorted(set(steps))

    (tmp_path / "tea.yaml").write_text(SPEC, encoding="utf-8")
    run = cli("run", tmp_path / "tea.yaml", "-p", "Write a story.", "--model", f"embedded:{out}", "--json")
    assert run.code in (0, 1), run.err
    assert run.json["trace"]["models"] == [f"embedded:{out}"]


def test_a_corpus_is_made_from_what_a_model_gets_wrong(cli: Cli, tmp_path: Path) -> None:
    embedded_model()
    ran = cli("train", "world", "-o", tmp_path / "o", "--own", PACKAGED, "--episodes", "80", "--seed", "1")
    assert ran.code == 0, ran.err
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"corpus.jsonl", "held.jsonl", "tokenizer.json", "words.txt"}
    for name in ("tokenizer.json", "words.txt"):
        assert (tmp_path / "o" / name).read_bytes() == (PACKAGED / name).read_bytes()
    missing = cli("train", "world", "-o", tmp_path / "n", "--own", tmp_path / "nowhere", "--episodes", "8")
    assert missing.code == 2
    assert "config.json" in missing.err
