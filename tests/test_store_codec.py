"""Traces survive the way to JSON and back, whatever they hold; what is no trace is refused by name."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.case import Answer, Candidate, Case, Cost, Message, Origin, Tool, ToolCall
from lightwing.core.clause import Span
from lightwing.core.decision import Abstain, Accept, Action, Escalate, Fix, Recombine, Repair, Reread, Resample
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Outcome, Reading, Status, Syndrome, Verdict
from lightwing.core.risk import Binding, Risk
from lightwing.core.trace import Event, Trace
from lightwing.store import case_key, decode_trace, encode_trace, task_of
from lightwing.store.codec import SCHEMA, identified

texts = st.text(max_size=12) | st.sampled_from(["", "\x00", "\ud800", "é\u2028", "</script>", '"\\', "😀"])
names = st.text(max_size=4)
clauses = st.lists(names, max_size=3).map(tuple)
counts = st.integers(0, 2**53)
floats = st.floats(0, 1e9)
calls = st.builds(ToolCall, id=names, name=names, arguments=texts)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | floats | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)
metadata = st.dictionaries(names, values, max_size=2)
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=texts,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    tool_call_id=st.none() | names,
    parts=st.lists(metadata, max_size=2).map(tuple),
)
cases = st.builds(
    Case,
    messages=st.lists(messages, max_size=3).map(tuple),
    tools=st.lists(st.builds(Tool, name=names, description=texts, parameters=metadata), max_size=2).map(tuple),
    id=names,
    target=st.none() | texts,
    metadata=metadata,
)
costs = st.builds(
    Cost, calls=counts, input_tokens=counts, output_tokens=counts, seconds=floats, price=st.none() | floats
)
answers = st.builds(
    Answer,
    text=texts,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    finish=st.sampled_from(["stop", "length", "tool_calls", "content_filter", "cut", "error"]),
    logprobs=st.none() | metadata,
)
origins = st.builds(
    Origin,
    how=st.sampled_from(["proposed", "fixed", "repaired", "recombined"]),
    parent=st.none() | names,
    rung=st.integers(0, 5),
    model=names,
    seed=st.none() | counts,
)
candidates = st.builds(Candidate, answer=answers, id=names, origin=origins, cost=costs)
spans = st.builds(Span, counts, counts)
outcomes = st.builds(
    Outcome, verdict=st.sampled_from(Verdict), reason=texts, spans=st.lists(spans, max_size=2).map(tuple)
)
readings = st.builds(Reading, clause=names, judge=names, outcome=outcomes, repeat=st.integers(0, 3))
syndromes = st.builds(
    Syndrome, outcomes=st.dictionaries(names, outcomes, max_size=3), readings=st.lists(readings, max_size=2).map(tuple)
)
actions = st.one_of(
    st.builds(Accept, candidate=names, wrong=st.none() | st.floats(0, 1)),
    st.builds(Fix, candidate=names, clauses=clauses),
    st.builds(Repair, candidate=names, clauses=clauses, rung=st.integers(0, 3)),
    st.builds(Resample, n=st.integers(1, 9), rung=st.integers(0, 3), cut=st.booleans()),
    st.builds(Recombine, segments=st.dictionaries(names, names, max_size=2)),
    st.builds(Reread, candidate=names, clauses=clauses, judge=st.integers(0, 3)),
    st.builds(Escalate, rung=st.integers(0, 3), candidate=st.none() | names, clauses=clauses, cut=st.booleans()),
    st.builds(Abstain, best=st.none() | names, reason=texts, wrong=st.none() | st.floats(0, 1)),
)
events = st.builds(Event, action=actions, made=clauses, cost=costs, notes=st.lists(texts, max_size=2).map(tuple))
shares = st.floats(0, 1)
risks = st.builds(
    Risk,
    wrong=st.none() | shares,
    target=st.none() | shares,
    confidence=shares,
    level=st.none() | shares,
    standing=st.sampled_from(["certified", "estimated"]),
    basis=st.sampled_from(["labels", "exact", "planted", "assumed"]),
    bound=st.builds(Binding, spec=names, models=clauses, judges=clauses, decoder=names, errors=names),
    certificate=names,
)
traces = st.builds(
    Trace,
    case=cases,
    spec=names,
    decoder=names,
    models=clauses,
    status=st.sampled_from(Status),
    delivered=st.none() | names,
    candidates=st.lists(candidates, max_size=2).map(tuple),
    syndromes=st.dictionaries(names, syndromes, max_size=2),
    events=st.lists(events, max_size=3).map(tuple),
    cost=costs,
    judge_cost=costs,
    started=floats,
    error=texts,
    risk=st.none() | risks,
    id=names,
    metadata=metadata,
)


def small(**changes: object) -> Trace:
    given = {
        "case": Case.ask("Hi", id="c1"),
        "spec": "s",
        "decoder": "first",
        "models": ("m",),
        "status": Status.CHECKED,
        "delivered": None,
    }
    return Trace(**{**given, **changes})  # type: ignore[arg-type]


@given(traces)
def test_what_is_read_is_what_was_written(trace: Trace) -> None:
    line = encode_trace(trace)
    assert b"\n" not in line
    assert decode_trace(line) == trace
    assert decode_trace(line.decode()) == trace
    written = [c.answer.logprobs for c in trace.candidates]  # equality passes them over
    assert [c.answer.logprobs for c in decode_trace(line).candidates] == written


def test_what_a_trace_has_not_takes_no_room_and_changes_no_id() -> None:
    made = (Candidate(answer=Answer(text="Ho."), id="a1"),)
    line = encode_trace(small(candidates=made))
    assert b"parts" not in line
    assert b"logprobs" not in line
    assert identified(small(candidates=made)).id.startswith("28ec429e4e10")
    told = (Candidate(answer=Answer(text="Ho.", logprobs={"content": []}), id="a1"),)
    assert b'"finish":"stop","logprobs":{"content":[]}}' in encode_trace(small(candidates=told))


def test_every_action_is_among_those_drawn() -> None:
    drawn = {Accept, Fix, Repair, Resample, Recombine, Reread, Escalate, Abstain}
    assert drawn == set(get_args(Action)), "add the new action to `actions` above"


def test_actions_say_what_they_do() -> None:
    event = Event(action=Repair(candidate="a1", clauses=("c1",), rung=1))
    written = json.loads(encode_trace(small(events=(event,))))
    assert written["schema"] == SCHEMA
    assert written["events"][0]["action"] == {"do": "repair", "candidate": "a1", "clauses": ["c1"], "rung": 1}


def test_a_trace_of_before_there_were_risks_is_read() -> None:
    written = json.loads(encode_trace(small(events=(Event(action=Accept(candidate="a1")),))))
    del written["risk"], written["events"][0]["action"]["wrong"]
    read = decode_trace(json.dumps(written))
    assert read.risk is None
    assert read.events[0].action == Accept(candidate="a1")


def test_a_newer_schema_is_refused_even_where_its_shape_is_unknown() -> None:
    for line in (b'{"schema": 99, "something": "else"}', encode_trace(small()).replace(b'"schema":1', b'"schema":2')):
        with pytest.raises(StoreError, match="newer lightwing"):
            decode_trace(line)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"null", b'{"schema": 1}', b"\xff\xfe", b'{"schema":1,"id":"', encode_trace(small())[:-5]],
)
def test_what_is_no_trace_is_refused_by_name(line: bytes) -> None:
    with pytest.raises(StoreError, match=r"here: This is no trace"):
        decode_trace(line, where="here")


def test_an_unknown_action_is_refused() -> None:
    line = encode_trace(small(events=(Event(action=Accept(candidate="a")),))).replace(b'"accept"', b'"praise"')
    with pytest.raises(StoreError, match="praise"):
        decode_trace(line)


def test_metadata_without_json_is_refused() -> None:
    with pytest.raises(StoreError, match="metadata"):
        encode_trace(small(metadata={"when": object()}))


def test_ids_and_keys_tell_what_differs() -> None:
    one, two = small(), small(case=Case.ask("Hi", id="c2"))
    assert identified(one).id == identified(small()).id != identified(two).id
    assert identified(small(id="mine")).id == "mine"
    assert case_key(one.case) != case_key(two.case) != case_key(Case.ask("Ho", id="c2"))
    assert task_of(one) == task_of(two) != task_of(small(models=("other",)))
    assert task_of(small(metadata={"task": "t7"})) == "t7"
