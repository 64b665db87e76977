"""Cases, answers and samplings: what is part of an id and what is not."""

from __future__ import annotations

from dataclasses import replace

from lightwing.checks.registry import build
from lightwing.cli.sources import Wiring
from lightwing.core.case import Answer, Case, Message, Sampling, joined_logprobs
from lightwing.core.clause import CheckCall, Spec
from lightwing.core.decision import Budget, Target
from lightwing.core.protocols import Fixable

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


def test_the_id_of_a_case_without_parts_is_what_it_was() -> None:
    plain = Case.ask("Hi", system="Be brief.")
    assert plain.strong_id.startswith("303b7d5ae023")
    with_part = Case(messages=(Message(role="user", content="Hi", parts=(PICTURE,)),))
    other = Case(messages=(Message(role="user", content="Hi", parts=({"type": "input_audio"},)),))
    assert len({Case.ask("Hi").strong_id, with_part.strong_id, other.strong_id}) == 3


def test_parts_and_extra_fields_leave_messages_and_samplings_hashable() -> None:
    assert hash(Message(role="user", parts=(PICTURE,))) == hash(Message(role="user"))
    assert hash(Sampling(extra={"user": "u"})) == hash(Sampling())
    assert Sampling(extra={"user": "u"}) != Sampling()


def test_answers_are_equal_whatever_their_logprobs_and_a_fix_leaves_them_out() -> None:
    told = Answer(text="Be Kind", logprobs={"content": [1]})
    assert told == Answer(text="Be Kind")
    assert hash(told) == hash(Answer(text="Be Kind"))
    check = build(CheckCall(name="letter_case", args={"case": "lower"}))
    assert isinstance(check, Fixable)
    mended = check.fix(Case.ask("Hi"), told)
    assert mended is not None
    assert mended.logprobs is None


def test_joining_logprobs_changes_no_piece() -> None:
    pieces = [{"content": [1], "refusal": None}, None, "odd", {"content": [2]}, {"content": None, "refusal": [3]}]
    assert joined_logprobs(pieces) == {"content": [1, 2], "refusal": [3]}
    assert pieces[0] == {"content": [1], "refusal": None}
    assert joined_logprobs([]) is joined_logprobs([None]) is None


def test_further_fields_of_the_request_are_part_of_a_batchs_task() -> None:
    plain = Wiring(
        models=(),
        judges=(),
        decoder="first",
        target=Target(),
        errors=None,
        certificate=None,
        certificate_file="",
        budget=Budget(),
        sampling=Sampling(temperature=0.5),
        seed=0,
        fixes=True,
        allow_contradictions=False,
        profile="default",
    )
    spec = Spec(clauses=())
    told = replace(plain, sampling=Sampling(temperature=0.5, extra={"presence_penalty": 1}))
    assert told.task(spec) != plain.task(spec)
