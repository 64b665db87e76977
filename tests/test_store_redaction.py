"""Redaction: nothing of a chosen field reaches the disk, and nothing that the store finds traces by is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from store_tools import PostgresServer, trace

from lightwing.core.case import Answer, Case, Message, ToolCall
from lightwing.core.decision import Accept
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Reading, Syndrome, fail
from lightwing.core.trace import Event, Trace
from lightwing.store import Redaction, TraceStore
from lightwing.store.codec import encode_trace, identified

SECRET = "Xanthippe"
EVERYTHING = (
    "case.messages",
    "case.target",
    "case.metadata.*",
    "candidates.*.answer.text",
    "candidates.*.answer.tool_calls",
    "reasons",
    "notes",
    "metadata.*",
)


def telling() -> Trace:
    """A trace with the secret in every place where a text of a person or of a model can stand."""
    call = ToolCall(id="1", name="mail", arguments=json.dumps({"to": SECRET}))
    case = Case(
        messages=(
            Message(role="system", content="Be kind."),
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(
                role="user", content=f"I am {SECRET}", parts=({"type": "image_url", "image_url": {"url": SECRET}},)
            ),
        ),
        id="c1",
        target=SECRET,
        metadata={"customer": SECRET, "nested": {"deep": [SECRET]}},
    )
    base = trace(1)
    answer = Answer(text=f"Dear {SECRET}", tool_calls=(call,), logprobs={"content": [{"token": SECRET}]})
    outcome = fail(f'"{SECRET}" is a name')
    read = Syndrome(outcomes={"k1": outcome}, readings=(Reading(clause="k1", judge="j", outcome=outcome),))
    return replace(
        base,
        case=case,
        candidates=(replace(base.candidates[0], answer=answer),),
        syndromes={"a0": read},
        events=(Event(action=Accept(candidate="a0"), notes=(f"said {SECRET}",)),),
        metadata={"task": "t", "user": SECRET},
    )


def test_nothing_of_what_is_redacted_reaches_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    with TraceStore(path, redaction=Redaction(fields=EVERYTHING)) as store:
        id = store.add(telling())
        kept = store.get(id)
        assert kept.case.messages[2].content.startswith("[redacted: 14 characters, sha256 ")
        assert kept.metadata["redacted"] == list(EVERYTHING)
        assert kept.metadata["task"] == "t"
        assert store.row(id).redacted
        assert json.loads(kept.candidates[0].answer.tool_calls[0].arguments)["redacted"].startswith("[redacted: ")
        assert kept.candidates[0].answer.broken_call is None
    assert SECRET.encode() not in b"".join(f.read_bytes() for f in tmp_path.iterdir())


def test_nothing_of_what_is_redacted_reaches_the_server(postgres: PostgresServer) -> None:
    with TraceStore(postgres.schema(), redaction=Redaction(fields=EVERYTHING)) as store:
        store.add(telling())
        assert all(SECRET not in body for body, _ in store.bodies())


@pytest.mark.parametrize("field", EVERYTHING)
def test_each_field_alone_leaves_the_others(field: str) -> None:
    before = encode_trace(telling()).decode().count(SECRET)
    after = encode_trace(Redaction(fields=(field,)).applied(telling())).decode().count(SECRET)
    struck = {
        "case.messages": 3,
        "case.target": 1,
        "case.metadata.*": 2,
        "candidates.*.answer.text": 2,
        "candidates.*.answer.tool_calls": 1,
        "reasons": 2,
        "notes": 1,
        "metadata.*": 1,
    }
    assert before - after == struck[field]
    assert sum(struck.values()) == before


def test_one_entry_of_the_metadata() -> None:
    kept = Redaction(fields=("case.metadata.nested",)).applied(telling()).case.metadata
    assert kept["customer"] == SECRET
    assert kept["nested"].startswith("[redacted: ")


def test_ids_are_those_of_before_so_that_nothing_is_added_twice(place: str) -> None:
    with TraceStore(place) as store:
        id = store.add(telling())
    with TraceStore(place, redaction=Redaction(fields=EVERYTHING)) as store:
        assert store.add(telling()) == id == identified(telling()).id
        assert store.count() == 1
        found = store.find(telling().case)
        assert found is not None
        assert found.id == id


def test_equal_texts_have_equal_marks_and_a_key_changes_them() -> None:
    plain, keyed = Redaction(fields=("reasons",)), Redaction(fields=("reasons",), key=b"k")
    assert plain.mark("a") == plain.mark("a") != plain.mark("b")
    assert keyed.mark("a") == keyed.mark("a") != plain.mark("a")
    assert keyed.mark("a") != Redaction(fields=("reasons",), key=b"other").mark("a")
    assert plain.mark("\ud800")


@pytest.mark.parametrize("field", ["case", "candidates.*.text", "case.metadata.", "", "*"])
def test_a_field_that_is_none_is_refused_by_name(field: str) -> None:
    with pytest.raises(ConfigError, match="can be redacted"):
        Redaction(fields=(field,))
