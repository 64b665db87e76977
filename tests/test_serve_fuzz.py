"""Bodies that nobody thought of: whatever comes in, what goes out is an answer or an error in the protocol's shape, and never a fault of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("uvicorn", reason="needs the extra serve")

from serve_tools import Kept, NoTools

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Sampling, ToolCall
from lightwing.decode import decoder
from lightwing.serve import Assistant, Engine
from lightwing.serve.app import Gateway, application
from lightwing.serve.keeping import Keeper


class Says:
    """A model that says one thing, with a call of the first tool that it is offered."""

    name, price = "says", None

    def __init__(self, text: str) -> None:
        self.text = text

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        calls = tuple(ToolCall(id="1", name=t.name, arguments=self.text) for t in case.tools[:1])
        return [
            Candidate(answer=Answer(text=self.text, tool_calls=calls), origin=Origin(model="says"), cost=Cost(calls=1))
        ]

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        yield Delta(text=self.text)
        yield Delta(finish="stop", cost=Cost(calls=1))


def ask(
    body: bytes, said: str = "Well, yes.", path: str = "/v1/chat/completions"
) -> tuple[int, bytes, dict[bytes, bytes]]:
    """The status, body and headers that the application answers with."""
    made = Assistant(name="a", models=[Says(said)], decoder=decoder("repair-best"))
    engine = Engine(assistants={"a": made}, keep=Kept(), call=NoTools())
    app = application(Gateway(engine=engine, keeper=Keeper(store=None)))
    sent: list[Any] = []

    async def run() -> None:
        incoming = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            if incoming:
                return incoming.pop()
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"x"), (b"content-type", b"application/json")]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path}
        scope |= {"raw_path": path.encode(), "query_string": b"", "headers": headers, "root_path": "", "scheme": "http"}
        await asyncio.wait_for(app(scope, receive, send), timeout=30)

    asyncio.run(run())
    data = b"".join(m.get("body", b"") for m in sent)
    return sent[0]["status"], data, dict(sent[0]["headers"])


def sound(status: int, data: bytes, headers: dict[bytes, bytes]) -> None:
    """What every answer is."""
    assert status < 500, data
    if headers[b"content-type"].startswith(b"text/event-stream"):
        assert data.rstrip().endswith(b"[DONE]") or b'"error"' in data
        return
    value = json.loads(data)
    if status == 200:
        assert value["choices"] or value.get("output") is not None
    else:
        assert value["error"]["message"]
        assert set(value["error"]) == {"message", "type", "param", "code"}


_texts = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "Use at most 3 words.",
        "No commas. " * 3,
        "\x00",
        "請用繁體",
        "“quoted”",
        "- a\n- b",
        "{{x}}",
        "Answer in JSON.",
    ]
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_roles = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
_parts = st.fixed_dictionaries({"type": st.just("text"), "text": _texts}) | st.fixed_dictionaries(
    {"type": st.just("image_url"), "image_url": _values}
)
_calls = st.fixed_dictionaries(
    {
        "id": _texts,
        "type": st.just("function"),
        "function": st.fixed_dictionaries({"name": _texts, "arguments": _texts}),
    }
)
_messages = st.fixed_dictionaries(
    {"role": st.one_of(*[_roles] * 8, _values), "content": _texts | st.none() | st.lists(_parts, max_size=3)},
    optional={"tool_calls": st.lists(_calls, max_size=2), "tool_call_id": _texts, "name": _texts},
)
_schemas = st.recursive(
    st.sampled_from(
        [
            {},
            {"type": "string"},
            {"type": "integer", "minimum": 3},
            {"enum": ["a", 1, None]},
            {"pattern": "^a"},
            {"$ref": "#"},
            {"type": 7},
            {"pattern": "("},
            {"required": "x"},
        ]
    ),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(_texts, inner, max_size=2)})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=2)})
        | st.fixed_dictionaries({"items": inner})
    ),
    max_leaves=4,
)
_tools = st.fixed_dictionaries(
    {
        "type": st.just("function"),
        "function": st.fixed_dictionaries({"name": _texts, "parameters": _schemas}, optional={"description": _texts}),
    }
)
_good = st.fixed_dictionaries(
    {"model": st.just("a"), "messages": st.lists(_messages, min_size=1, max_size=4)},
    optional={
        "stream": st.booleans(),
        "n": st.integers(1, 2),
        "tools": st.lists(_tools, max_size=2),
        "response_format": st.fixed_dictionaries(
            {"type": st.just("json_schema"), "json_schema": st.fixed_dictionaries({"schema": _schemas})}
        ),
        "seed": st.integers(-(2**63), 2**63 - 1),
        "stop": _texts,
        "lightwing": st.fixed_dictionaries({}, optional={"streaming": st.sampled_from(["verified", "optimistic"])}),
        "stream_options": st.fixed_dictionaries({"include_usage": st.booleans()}),
    },
)


@settings(max_examples=150, deadline=None)
@given(_good, _texts | st.just('{"x": [1]}'))
def test_requests_that_are_well_formed(body: dict[str, Any], said: str) -> None:
    sound(*ask(json.dumps(body).encode(), said))


@settings(max_examples=150, deadline=None)
@given(_good, st.data())
def test_requests_of_which_one_field_is_anything(body: dict[str, Any], data: Any) -> None:
    names = [*body, "temperature", "top_p", "max_tokens", "functions", "metadata", "logprobs", "lightwing", "odd"]
    sound(*ask(json.dumps({**body, data.draw(st.sampled_from(names)): data.draw(_values)}).encode()))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | _values.map(lambda v: json.dumps(v).encode()))
def test_bodies_that_are_anything(body: bytes) -> None:
    status, data, headers = ask(body)
    sound(status, data, headers)
    assert status == 400


def test_a_wish_that_is_no_text_demands_nothing() -> None:
    status, data, _ = ask(
        json.dumps({"model": "a", "messages": [{"role": "user", "content": "\0 No commas."}]}).encode()
    )
    assert (status, json.loads(data)["lightwing"]["choices"][0]["clauses"]) == (200, 0)
