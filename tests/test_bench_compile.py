"""`bench compile`: how clauses are held to be equal, and what its figures are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lightwing.bench.compile import Format, half_of, run
from lightwing.bench.lines import read_lines
from lightwing.bench.matching import joined_clauses
from lightwing.bench.muldimif import run_muldimif
from lightwing.core.clause import ANSWER, CheckCall
from lightwing.core.errors import CaseError, ConfigError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def written(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def mifeval(key: int, prompt: str, *ids: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {"key": key, "prompt": prompt, "instruction_id_list": [i for i, _ in ids], "kwargs": [k for _, k in ids]}


WORDS = ("length_constraints:number_words", {"relation": "at least", "num_words": 300})


def test_right_missed_invented_and_unknown_are_counted_apart(tmp_path: Path) -> None:
    prompts = written(
        tmp_path / "p.jsonl",
        [
            mifeval(1, "Write at least 300 words about tea.", WORDS),
            mifeval(2, "Write about tea.", WORDS),
            mifeval(3, "Write at least 300 words about tea.", ("no:such_id", {})),
        ],
    )
    result = run(prompts, mismatches=10)
    total = result.cells[-1]
    assert (total["gold"], total["predicted"], total["right"]) == (2, 2, 1)
    assert total["f1"] == pytest.approx(2 * 1 / 4)
    assert any("no:such_id" in note for note in result.notes)
    assert {d[0] for d in result.details} == {"-", "+"}
    assert result.exit_code == 1
    assert set(result.to_json()) >= {"bench", "command", "version", "machine", "seconds", "seeds", "cells", "goals"}


def test_a_range_equals_its_two_bounds_and_words_their_set(tmp_path: Path) -> None:
    both = [
        ("length_constraints:number_sentences", {"relation": "at least", "num_sentences": 5}),
        ("length_constraints:number_sentences", {"relation": "less than", "num_sentences": 11}),
        ("keywords:existence", {"keywords": ["Sun", "moon"]}),
    ]
    prompts = written(
        tmp_path / "p.jsonl", [mifeval(1, 'Write 5 to 10 sentences with the words "moon" and "sun".', *both)]
    )
    assert run(prompts).cells[-1]["f1"] == 1.0


def test_what_the_gold_cannot_express_is_outside(tmp_path: Path) -> None:
    prompts = written(tmp_path / "p.jsonl", [mifeval(1, "Write at least 300 words. Use at least 3 emojis.", WORDS)])
    result = run(prompts)
    assert result.cells[-1]["predicted"] == 1
    assert any("count emojis (1)" in note for note in result.notes)


def test_halves_partition_the_keys(tmp_path: Path) -> None:
    rows = [mifeval(k, "Write at least 300 words.", WORDS) for k in range(20)]
    prompts = written(tmp_path / "p.jsonl", rows)
    dev, held = (run(prompts, half=h).cells[-1]["gold"] for h in ("dev", "held"))  # type: ignore[arg-type]
    assert dev + held == 20
    assert dev == sum(half_of(k) == "dev" for k in range(20))


def test_paraphrases_compare_scope_where_the_gold_names_one(tmp_path: Path) -> None:
    gold = {"check": "first_word", "args": {"word": "However"}, "scope": "paragraph:2"}
    right = {"family": "f", "prompt": 'The second paragraph must start with the word "However".', "clauses": [gold]}
    wrong = {"family": "f", "prompt": 'The third paragraph must start with the word "However".', "clauses": [gold]}
    assert run(written(tmp_path / "a.jsonl", [right]), format="paraphrases").cells[-1]["f1"] == 1.0
    assert run(written(tmp_path / "b.jsonl", [wrong]), format="paraphrases").cells[-1]["f1"] == 0.0


def test_joined_clauses_tighten() -> None:
    calls = [(CheckCall(name="count", args={"of": "words", "min": n}), ANSWER) for n in (5, 9)]
    assert list(joined_clauses(calls).values()) == [{"min": 9}]


def test_a_limit_holds_with_and_without_the_thing_it_limits() -> None:
    def joined(**args: object) -> object:
        return joined_clauses([(CheckCall(name="count", args={"of": "table_rows", **args}), ANSWER)])

    assert joined(max=3, if_any=True) == joined(max=3)
    assert joined(min=3, if_any=True) != joined(min=3)
    assert joined(min=1, max=3, if_any=True) != joined(min=1, max=3)


def test_a_mark_equals_its_twins() -> None:
    def key(name: str, **args: object) -> object:
        return joined_clauses([(CheckCall(name=name, args=args), ANSWER)])

    assert key("punctuation", forbid="。、") == key("punctuation", forbid=",.")
    assert key("ending", marks=["！", "!"]) == key("ending", marks=["!"])
    assert key("punctuation", forbid="。") != key("punctuation", forbid="!")


def test_a_broken_line_and_a_missing_file_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "p.jsonl"
    broken.write_text('{"key": 1}\n{oops\n', encoding="utf-8")
    with pytest.raises(CaseError, match="line 2"):
        list(read_lines(broken))
    with pytest.raises(ConfigError, match="cannot be read"):
        run(tmp_path / "absent.jsonl")


@pytest.mark.parametrize("format", ["mifeval", "paraphrases"])
def test_a_file_of_something_else_is_named(tmp_path: Path, format: Format) -> None:
    other = written(tmp_path / "p.jsonl", [{"id": "1", "input": "Hi"}])
    with pytest.raises(CaseError, match=r"p.jsonl, line 1: This line has no field"):
        run(other, format=format)
    (tmp_path / "p.jsonl").write_text(json.dumps({**mifeval(1, "Hi"), "family": 1, "clauses": 1, "kwargs": 1}))
    with pytest.raises(CaseError, match="another form"):
        run(other, format=format)
    (tmp_path / "p.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        run(other, format=format)


def test_muldimif_scores_constraints_and_precision(tmp_path: Path) -> None:
    prompt = "Name a bird. Use at most 5 words. Include the keyword 'wing'."
    texts = written(tmp_path / "t.jsonl", [{"id": "7", "conversations": [{"role": "user", "content": prompt}]}])
    words = {"i": 0, "read": "exact", "clauses": [{"check": "count", "args": {"of": "words", "max": 5}}]}
    other = {"i": 1, "read": "exact", "clauses": [{"check": "ending", "args": {"marks": ["."]}}]}
    gold = written(tmp_path / "gold.jsonl", [{"id": "7", "constraints": [words, other]}])
    total = run_muldimif(texts, gold=[gold]).cells[-1]
    assert (total["constraints"], total["right"], total["predicted"], total["precise"]) == (2, 1, 2, 1)
    with pytest.raises(CaseError, match="no prompt"):
        run_muldimif(texts, gold=[written(tmp_path / "g2.jsonl", [{"id": "8", "constraints": []}])])


@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is absent: recorded prompts are not part of the product")
@pytest.mark.parametrize(("language", "least"), [("en", 0.90), ("es", 0.90)])
def test_recorded_prompts_stay_read(language: str, least: float) -> None:
    result = run(DATA / "mifeval" / f"prompts-{language}.jsonl.gz", half="dev")
    assert result.cells[-1]["f1"] >= least
