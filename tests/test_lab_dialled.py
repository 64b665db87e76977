"""Thresholds of a real model: the law of chains, a judge that turns against the truth, what is paid for once, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from lightwing.cli.main import main
from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Price, Sampling
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.errors import ConfigError, ModelUnavailable
from lightwing.core.outcome import PASS, Reading, Readings, fail
from lightwing.core.streams import python_random
from lightwing.lab.dialled import By, Measuring, exact_part
from lightwing.lab.journal import Journal
from lightwing.lab.threshold import crossing
from lightwing.spec.files import dump_spec

SPEC = Spec(
    clauses=(
        Clause(id="e", text='Mention the word "river".', check=CheckCall(name="keywords", args={"words": ["river"]})),
        Clause(id="j", text="Be kind."),
    )
)
CASES = [Case.ask(f"Write {i}.", id=str(i)) for i in range(300)]


class Hot:
    """Breaks its one clause with a probability of its temperature; a repair is no better than a fresh answer."""

    name, price = "hot", Price()

    def __init__(self, dies_after: int | None = None) -> None:
        self.asked, self.dies_after = 0, dies_after

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        self.asked += 1
        if self.dies_after is not None and self.asked > self.dies_after:
            raise ModelUnavailable("The model is dead.")
        wrong = python_random(sampling.seed or 0, "hot").random() < (sampling.temperature or 0.0)
        warm = "hot" if (sampling.temperature or 0.0) > 0.5 else "cool"
        text = f"A {warm} {'lake' if wrong else 'river'}."
        return [Candidate(answer=Answer(text=text), cost=Cost(calls=1))]

    def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        raise NotImplementedError


class Fair:
    """Tells the truth of cool texts and the contrary of hot ones."""

    name, price = "fair", Price()

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        good = ("river" in answer.text) == ("cool" in answer.text)
        made = tuple(Reading(clause=c.id, judge=self.name, outcome=PASS if good else fail("No.")) for c in clauses)
        return Readings(judge=self.name, readings=made)


def measuring(
    model: Hot, *, judge: Fair | None = None, by: By = "answers", journal: Journal | None = None
) -> Measuring:
    return Measuring(
        spec=SPEC,
        cases=CASES,
        model=model,
        judge=judge,
        dial="temperature",
        by=by,
        settings=(0.3, 0.7),
        levels=(1, 2, 4),
        journal=journal or Journal(None, task="t"),
    )


@pytest.mark.parametrize("by", ["answers", "repairs"])
def test_of_n_texts_all_are_wrong_with_the_nth_power_and_no_more_are_paid_for(by: By) -> None:
    """300 chains: a share lies within 0.11 of its law but once in ten thousand times."""
    model = Hot()
    work = measuring(model, by=by)
    made = asyncio.run(work.run())
    assert made.settings == (0.3, 0.7)
    for curve in made.curves:
        for rate, p in zip(curve.wrong, (0.3, 0.7), strict=True):
            assert rate.value == pytest.approx(p**curve.level, abs=0.11)
    assert [c.name for c in made.curves][1:] == (
        ["2 answers", "4 answers"] if by == "answers" else ["2 texts", "4 texts"]
    )
    assert made.lapses[1].value == made.curves[0].wrong[1].value, "one clause: the first answers' lapse rate"
    assert model.asked < work.most_calls == 2 * 300 * 4, "a chain ends where nothing seems broken"
    assert crossing(made.curves) is None


def test_a_judge_that_turns_round_makes_the_curves_cross() -> None:
    made = asyncio.run(measuring(Hot(), judge=Fair()).run())
    low, high = crossing(made.curves) or (0, 0)
    assert (low, high) == (made.lapses[0].value, made.lapses[1].value)
    assert made.curves[2].wrong[1].value == pytest.approx(1 - 0.3**4, abs=0.06), "wrong as soon as one of four is wrong"


def test_what_the_journal_holds_is_not_asked_again(tmp_path: Path) -> None:
    whole = asyncio.run(measuring(Hot()).run())
    with Journal(tmp_path / "j", task="t") as journal:
        broken_off = asyncio.run(measuring(Hot(dies_after=500), journal=journal).run())
        kept = len(journal.records)
    assert kept == 500
    assert broken_off.failures
    assert broken_off.curves[0].wrong[1].n < 300, "what failed counts nowhere"
    with Journal(tmp_path / "j", task="t") as journal:
        model = Hot()
        assert asyncio.run(measuring(model, journal=journal).run()) == whole
        assert model.asked == len(journal.records) - kept
    with pytest.raises(ModelUnavailable):
        asyncio.run(measuring(Hot(dies_after=0)).run())


def test_judged_clauses_are_left_out_of_spec_and_instruction() -> None:
    made = exact_part(SPEC)
    assert [c.id for c in made.clauses] == ["e"]
    assert made.instruction == '- Mention the word "river".'
    with pytest.raises(ConfigError, match="2 clauses were asked for"):
        exact_part(SPEC, clauses=2)
    with pytest.raises(ConfigError, match="Code can decide no clause"):
        exact_part(Spec(clauses=SPEC.clauses[1:]))


def test_the_verb_tells_the_cost_measures_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document, requests = tmp_path / "s.yaml", tmp_path / "r.jsonl"
    short = Clause(id="s", text="At most 60 words.", check=CheckCall(name="count", args={"of": "words", "max": 60}))
    document.write_text(dump_spec(Spec(clauses=(*SPEC.clauses, short))))
    requests.write_text("".join(json.dumps({"input": f"Write {i}."}) + "\n" for i in range(10)))
    command = [
        "threshold",
        str(document),
        "--model",
        "simulated:weak",
        "--requests",
        str(requests),
        "--dial",
        "clauses",
    ]
    assert main([*command, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"dry_run": True, "calls": 80, "price": 0.0, "why": ""}
    assert main([*command, "--journal", str(tmp_path / "j"), "--json"]) == 0
    said = capsys.readouterr()
    made = json.loads(said.out)
    assert sorted(made["settings"]) == [1, 2]
    assert [c["level"] for c in made["curves"]] == [1, 2, 4]
    assert "at most 80 calls" in said.err
    assert "1 of the clauses" in said.err
    assert main([*command, "--journal", str(tmp_path / "j"), "--json"]) == 0
    again = capsys.readouterr()
    assert json.loads(again.out) == made
    assert "already" in again.err
    for more, says in (
        (["--axis", "lapse"], "is for a simulation"),
        (["--setting", "3", "--setting", "1"], "no number of clauses"),
        (["--level", "1"], "three or more"),
        (["--judge", "a", "--judge", "b"], "it reads with one"),
    ):
        assert main([*command, *more]) == 2
        assert says in capsys.readouterr().err
    assert main([*command[:-2], "--temperature", "1"]) == 2
    assert "is the dial" in capsys.readouterr().err
    assert main(["threshold", "--model", "simulated:weak"]) == 2
    assert "is for a real model" in capsys.readouterr().err
    document.write_text(dump_spec(SPEC))
    assert main(command) == 2
    assert "no dial" in capsys.readouterr().err
