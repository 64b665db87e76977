"""Recombination: which candidates are joined, which are not, and what the loop makes of it."""

from __future__ import annotations

import asyncio

import pytest

from lightwing.bench.recombine import ParagraphWriter, paragraph_spec, run
from lightwing.core.case import Case
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.decision import Accept, Budget, CandidateEvidence, Evidence, Recombine, Rung
from lightwing.core.outcome import Status, Verdict
from lightwing.decode.recombine import recombination
from lightwing.decode.repair import RepairBest
from lightwing.decode.standing import Standing
from lightwing.models.scripted import ScriptedModel
from lightwing.run import Runner
from lightwing.spec.bind import bind

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
CHECK = CheckCall(name="keywords", args={"words": ["a"]})
SPEC = Spec(
    clauses=(
        Clause(id="p1", text="", check=CHECK, scope="paragraph:1"),
        Clause(id="p2", text="", check=CHECK, scope="paragraph:2"),
        Clause(id="whole", text="", check=CHECK),
        Clause(id="judged", text=""),
    )
)
STANDING = Standing.of(SPEC)


def candidate(
    id: str, p1: Verdict, p2: Verdict, whole: Verdict = PASS, judged: Verdict = UNKNOWN, **more: object
) -> CandidateEvidence:
    outcomes = {"p1": p1, "p2": p2, "whole": whole, "judged": judged}
    segments = {"p1": {"paragraph:1": p1}, "p2": {"paragraph:2": p2}}
    return CandidateEvidence(id=id, outcomes=outcomes, segments=segments, **more)  # type: ignore[arg-type]


def plan(*candidates: CandidateEvidence) -> Recombine | None:
    return recombination(Evidence(candidates=candidates, rungs=(Rung(model="m"),)), STANDING)


def test_two_that_complement_each_other_are_joined() -> None:
    joined = plan(candidate("a1", FAIL, PASS), candidate("a2", PASS, FAIL))
    assert joined in (
        Recombine(segments={"rest": "a1", "paragraph:1": "a2"}),
        Recombine(segments={"rest": "a2", "paragraph:2": "a1"}),
    )


def test_what_the_whole_answer_lacks_decides_which_is_mended() -> None:
    joined = plan(candidate("a1", FAIL, PASS, whole=FAIL), candidate("a2", PASS, FAIL))
    assert joined == Recombine(segments={"rest": "a2", "paragraph:2": "a1"})


def test_rewrites_of_the_same_draft_are_taken_first() -> None:
    draft = candidate("a1", FAIL, PASS)
    rewrite = candidate("a2", PASS, FAIL, how="repaired", parent="a1")
    other = candidate("a3", PASS, FAIL, whole=FAIL)
    joined = plan(draft, rewrite, other)
    assert joined is not None
    assert "a3" not in joined.segments.values()


@pytest.mark.parametrize(
    "candidates",
    [
        (),
        (candidate("a1", FAIL, PASS),),
        (candidate("a1", FAIL, PASS), candidate("a2", FAIL, PASS)),
        (candidate("a1", FAIL, PASS), candidate("a2", PASS, FAIL, complete=False)),
        (candidate("a1", FAIL, PASS, judged=FAIL), candidate("a2", PASS, FAIL, judged=FAIL)),
        (candidate("a1", FAIL, PASS), candidate("a2", PASS, FAIL), candidate("a3", FAIL, FAIL, how="recombined", parent="a1")),
        (candidate("a1", FAIL, PASS), candidate("a2", UNKNOWN, FAIL)),
        (candidate("a1", PASS, PASS, whole=FAIL), candidate("a2", FAIL, PASS, whole=FAIL)),
    ],
    ids=["none", "one", "alike", "cut off", "a judge said no", "tried already", "unknown is no pass", "nothing to gain"],
)  # fmt: skip
def test_others_are_not(candidates: tuple[CandidateEvidence, ...]) -> None:
    assert plan(*candidates) is None


def test_a_part_in_which_something_else_is_wrong_is_not_taken() -> None:
    both = Spec(clauses=(SPEC.clauses[0], Clause(id="q1", text="", check=CHECK, scope="paragraph:1")))

    def one(id: str, p: Verdict, q: Verdict) -> CandidateEvidence:
        return CandidateEvidence(
            id=id, outcomes={"p1": p, "q1": q}, segments={"p1": {"paragraph:1": p}, "q1": {"paragraph:1": q}}
        )

    evidence = Evidence(candidates=(one("a1", FAIL, PASS), one("a2", PASS, FAIL)), rungs=(Rung(model="m"),))
    assert recombination(evidence, Standing.of(both)) is None


def answers(*texts: str) -> Runner:
    script = iter(texts)
    model = ScriptedModel(lambda case, index: next(script))
    return Runner(bound=bind(paragraph_spec()), models=(model,), decoder=RepairBest(), budget=Budget(calls=2))


GOOD = ["It mentions amber.", "It mentions cobalt.", "It mentions ember.", "It mentions garnet."]


def test_the_loop_joins_reads_and_delivers() -> None:
    first, second = ["Nothing.", *GOOD[1:]], [*GOOD[:3], "Nothing."]
    trace = asyncio.run(answers("\n\n".join(first), "\n\n".join(second)).run(Case.ask("Write.")))
    assert trace.status is Status.VERIFIED
    assert trace.answer == "\n\n".join(GOOD)
    assert trace.cost.calls == 2
    assert trace.candidate(trace.delivered or "").origin.how == "recombined"
    assert isinstance(trace.events[-1].action, Accept)


def test_a_joint_that_breaks_the_whole_is_not_delivered() -> None:
    """Each draft keeps to the length asked for; what is joined of them does not, and the best draft is given back."""
    spec = paragraph_spec()
    short = Clause(id="short", text="", check=CheckCall(name="count", args={"of": "words", "max": 20}))
    bound = bind(Spec(clauses=(*spec.clauses, short), instruction="Write."))
    long = "It mentions {} at very great length indeed, again and again."
    drafts = iter(
        (
            "\n\n".join([long.format("amber"), "No.", "Ember.", "Garnet."]),
            "\n\n".join(["No.", long.format("cobalt"), "Ember.", "Garnet."]),
        )
    )
    model = ScriptedModel(lambda case, index: next(drafts))
    runner = Runner(bound=bound, models=(model,), decoder=RepairBest(), budget=Budget(calls=2))
    trace = asyncio.run(runner.run(Case.ask("Write.")))
    assert [c.origin.how for c in trace.candidates] == ["proposed", "repaired", "recombined"]
    assert trace.status is Status.NOT_MET
    assert trace.delivered in ("a1", "a2")


def test_the_bench_sees_a_gain_and_the_writer_writes_what_it_is_told() -> None:
    result = run(tasks=60)
    assert all(goal.met for goal in result.goals)
    without, joined = result.cells[:2]
    assert joined["calls"] < without["calls"]
    writer = ParagraphWriter(bind(paragraph_spec()))
    import random

    for failing in (frozenset(), frozenset({"c1", "c4"}), frozenset(writer.steers(Case.ask("")))):
        assert writer.failing(Case.ask(""), writer.write(Case.ask(""), failing, random.Random(0))) == failing


def test_parents_in_a_circle_end() -> None:
    one = candidate("a1", FAIL, PASS, how="repaired", parent="a2")
    two = candidate("a2", PASS, FAIL, how="repaired", parent="a1")
    assert plan(one, two) is not None
