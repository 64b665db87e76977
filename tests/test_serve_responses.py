"""The newer protocol, by the official client: what is honoured is, and what is not is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

openai = pytest.importorskip("openai", reason="the gateway's tests ask with the official client")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from models_endpoint import Asked, Step, complaint, completion  # noqa: E402
from serve_tools import served  # noqa: E402
from test_serve_fuzz import _texts, _values, ask, sound  # noqa: E402

TOOL: Any = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
RULE = "Do not use commas."


def talk(asked: Asked) -> Step:
    said = asked.body["messages"]
    if asked.body.get("tools") and not any(m["role"] == "tool" for m in said):
        bad = len(said) == 2
        call = {"name": "weather", "arguments": "{}" if bad else '{"city": "Bern"}'}
        return completion(None, tool_calls=[{"id": "c1", "type": "function", "function": call}])
    return completion("one, two" if len(said) == 2 else "one two")


def test_an_answer_is_corrected_and_told_in_the_newer_form() -> None:
    with served(talk) as serving, serving.client() as client:
        got = client.responses.create(
            model="a", instructions=RULE, input="Count.", max_output_tokens=50, metadata={"k": "v"}
        )
    assert "," not in got.output_text
    assert (got.status, got.instructions, got.metadata, got.store) == ("completed", RULE, {"k": "v"}, False)
    assert got.model_extra["lightwing"]["status"] == "verified"
    assert got.usage.total_tokens == 10 * got.model_extra["lightwing"]["calls"]
    assert serving.ends[0].asked[0].body["max_tokens"] == 50
    assert len(serving.kept.traces) == 1


def test_a_stream_has_its_events_in_order_and_shows_no_draft() -> None:
    with served(talk) as serving, serving.client() as client:
        events = list(client.responses.create(model="a", instructions=RULE, input="Count.", stream=True))
        with client.responses.stream(model="a", instructions=RULE, input="Count.") as stream:
            final = stream.get_final_response()
    assert [e.sequence_number for e in events] == list(range(len(events)))
    assert [e.type for e in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert "," not in "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert "," not in final.output_text


def test_functions_are_checked_and_their_results_go_back() -> None:
    with served(talk) as serving, serving.client() as client:
        first = client.responses.create(model="a", instructions=RULE, input="Weather?", tools=[TOOL])
        (call,) = first.output
        assert (call.type, call.name, call.arguments) == ("function_call", "weather", '{"city": "Bern"}')
        turns = [
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            call.model_dump(exclude_none=True),
            {"type": "function_call_output", "call_id": call.call_id, "output": "sun"},
        ]
        second = client.responses.create(model="a", instructions=RULE, input=turns, tools=[TOOL])
        streamed = list(
            client.responses.create(model="a", instructions=RULE, input="Weather?", tools=[TOOL], stream=True)
        )
    assert second.output_text == "one two"
    roles = [m["role"] for m in serving.ends[0].asked[2].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert "response.function_call_arguments.done" in [e.type for e in streamed]


def test_a_schema_is_a_rule() -> None:
    from pydantic import BaseModel

    class City(BaseModel):
        name: str

    with served([completion("Bern!"), completion('{"name": "Bern"}')]) as serving, serving.client() as client:
        got = client.responses.parse(model="a", input="Which?", text_format=City)
    assert got.output_parsed == City(name="Bern")
    assert serving.ends[0].asked[0].body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "x"}]}]}, "input[0]"),
        ({"include": ["reasoning.encrypted_content"]}, "include"),
        ({"truncation": "auto"}, "truncation"),
        ({"extra_body": {"odd": 1}}, "odd"),
        ({"extra_body": {"lightwing": {"streaming": "optimistic"}}}, "lightwing.streaming"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(more: dict[str, Any], named: str) -> None:
    with served(talk) as serving, serving.client() as client, pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(**{"model": "a", "input": "Hm", **more})
    assert (refused.value.param, refused.value.code) == (named, "unsupported")
    assert serving.ends[0].asked == []


def test_what_fails_behind_is_an_error_that_the_client_knows() -> None:
    with served([complaint(429, "slow")]) as serving, serving.client() as client:
        with pytest.raises(openai.RateLimitError):
            client.responses.create(model="a", input="Hm")
        with pytest.raises(openai.NotFoundError):
            client.responses.create(model="b", input="Hm")


_items = st.lists(
    st.fixed_dictionaries(
        {}, optional={"type": _texts, "role": st.just("user"), "content": _values, "call_id": _texts, "output": _values}
    )
    | st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": _texts})
    | st.fixed_dictionaries({"type": st.sampled_from(["function_call", "function_call_output"]), "call_id": _texts}),
    max_size=3,
)
_body = st.fixed_dictionaries(
    {"model": st.just("a"), "input": _texts | _items},
    optional={"instructions": _texts | _values, "tools": _values, "text": _values, "stream": st.booleans(), "reasoning": _values, "tool_choice": _values, "metadata": _values, "store": _values, "include": _values},
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_body)
def test_bodies_that_nobody_thought_of(body: dict[str, Any]) -> None:
    status, data, headers = ask(json.dumps(body).encode(), path="/v1/responses")
    if headers[b"content-type"].startswith(b"text/event-stream"):
        assert b"response.completed" in data
        return
    sound(status, data, headers) if status != 200 else json.loads(data)["output"]
