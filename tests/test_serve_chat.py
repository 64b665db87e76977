"""The gateway as its callers meet it: the official Python client, unmodified, against a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Sampling, Tool, ToolCall
from lightwing.core.errors import ModelError, ModelRateLimit
from lightwing.decode import decoder
from lightwing.serve import Assistant, Engine, ServedTool
from lightwing.spec import compile_document

openai = pytest.importorskip("openai", reason="the gateway's tests ask with the official client")
uvicorn = pytest.importorskip("uvicorn", reason="needs the extra serve")

Says = Callable[[Case, int], Answer | str]


class Talker:
    """A model that says what a function says."""

    name, price = "talker", None

    def __init__(self, says: Says) -> None:
        self.says, self.asked = says, list[tuple[Case, Sampling]]()

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        self.asked.append((case, sampling))
        said = self.says(case, len(self.asked) - 1)
        answer = Answer(text=said) if isinstance(said, str) else said
        return [
            Candidate(
                answer=answer, origin=Origin(model=self.name), cost=Cost(calls=1, input_tokens=3, output_tokens=2)
            )
        ]

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        (made,) = await self.generate(case, n=1, sampling=sampling)
        for word in made.answer.text.split(" "):
            yield Delta(text=f"{word} ")
        yield Delta(finish=made.answer.finish, cost=made.cost)


class Kept:
    """Keeps traces in a list."""

    def __init__(self) -> None:
        self.traces: list[Any] = []

    async def keep(self, trace: Any) -> None:
        self.traces.append(trace)


class NoTools:
    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        return f"{call.name} of {call.arguments}"


@contextmanager
def serving(*assistants: Assistant) -> Iterator[tuple[Any, Kept]]:
    """A client of a gateway that really listens, and what it keeps."""
    from lightwing.serve.app import Gateway, application
    from lightwing.serve.keeping import Keeper

    kept = Kept()
    engine = Engine(assistants={a.name: a for a in assistants}, keep=kept, call=NoTools())
    app = application(Gateway(engine=engine, keeper=Keeper(store=None)))
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{sock.getsockname()[1]}/v1"
        with openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=20) as client:
            yield client, kept
        server.should_exit = True
        thread.join(timeout=20)


def assistant(model: Talker, **more: Any) -> Assistant:
    return Assistant(name="a", models=[model], decoder=decoder("repair-best"), **more)


def ask(client: Any, text: str = "Tell me of rivers.", **more: Any) -> Any:
    return client.chat.completions.create(model="a", messages=[{"role": "user", "content": text}], **more)


def test_an_answer_is_corrected_and_told_with_what_it_took() -> None:
    model = Talker(lambda case, i: "One river, two." if i == 0 else "One river")
    spec = compile_document("Answer in at most 2 words. Do not use commas.", name="d", kind="document")
    with serving(assistant(model, spec=spec)) as (client, kept):
        answer = ask(client)
    found = answer.model_extra["lightwing"]
    assert answer.choices[0].message.content == "One river"
    assert (found["status"], found["calls"], found["choices"][0]["actions"][-1]) == ("verified", 2, "accept")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (6, 4, 10)
    assert kept.traces[0].id == found["choices"][0]["trace"]


def test_the_system_message_is_the_document_and_the_wish_of_the_user_counts() -> None:
    model = Talker(lambda case, i: "a, b" if i == 0 else "a b")
    with serving(assistant(model)) as (client, _):
        system = {"role": "system", "content": "Never use commas."}
        got = client.chat.completions.create(
            model="a", messages=[system, {"role": "user", "content": "Hi, use at most 2 words."}]
        )
        assert (got.choices[0].message.content, got.model_extra["lightwing"]["status"]) == ("a b", "verified")
        assert len(got.model_extra["lightwing"]["choices"][0]["syndrome"]) == 2


def test_a_verified_stream_shows_nothing_of_a_draft() -> None:
    model = Talker(lambda case, i: "no, never" if i == 0 else "well")
    spec = compile_document("Do not use commas. Answer in at most 1 word.", name="d", kind="document")
    with serving(assistant(model, spec=spec)) as (client, _):
        events = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert "".join(e.choices[0].delta.content or "" for e in events if e.choices) == "well"
    assert [e.choices[0].finish_reason for e in events if e.choices][-1] == "stop"
    assert events[-1].usage.total_tokens == 10
    assert events[-1].model_extra["lightwing"]["status"] == "verified"


def test_an_optimistic_stream_stops_before_it_shows_what_must_fail() -> None:
    model = Talker(lambda case, i: "river " * 20 + "forbidden and more")
    spec = compile_document('Do not use the word "forbidden".', name="d", kind="document")
    with serving(assistant(model, spec=spec, streaming="optimistic")) as (client, kept):
        events = list(ask(client, stream=True))
    shown = "".join(e.choices[0].delta.content or "" for e in events if e.choices)
    assert shown.startswith("river river")
    assert "forbidden" not in shown
    assert [e.choices[0].finish_reason for e in events if e.choices][-1] == "content_filter"
    assert events[-1].model_extra["lightwing"]["choices"][0]["failed"][0]["text"] == 'Do not use the word "forbidden".'
    assert kept.traces[0].status.value == "not_met"


_WEATHER = Tool(
    name="weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
)


def _called(arguments: str) -> Answer:
    return Answer(tool_calls=(ToolCall(id="1", name="weather", arguments=arguments),), finish="tool_calls")


def test_arguments_of_a_tool_are_checked_and_repaired() -> None:
    model = Talker(lambda case, i: _called("{}") if i == 0 else _called('{"city": "Bern"}'))
    tools = [{"type": "function", "function": {"name": "weather", "parameters": dict(_WEATHER.parameters)}}]
    with serving(assistant(model)) as (client, _):
        answer = ask(client, tools=tools)
    assert answer.choices[0].finish_reason == "tool_calls"
    assert answer.choices[0].message.tool_calls[0].function.arguments == '{"city": "Bern"}'


def test_a_tool_of_the_gateway_runs_once_after_acceptance() -> None:
    model = Talker(
        lambda case, i: (
            ["", _called("{}"), _called('{"city": "Bern"}')][min(i + 1, 2)]
            if not any(m.role == "tool" for m in case.messages)
            else "It rains."
        )
    )
    served = ServedTool(tool=_WEATHER, endpoint="http://127.0.0.1:9/")
    with serving(assistant(model, tools=[served])) as (client, kept):
        answer = ask(client)
    assert answer.choices[0].message.content == "It rains."
    results = [m.content for m in model.asked[-1][0].messages if m.role == "tool"]
    assert results == ['weather of {"city": "Bern"}']
    assert len(kept.traces) == 2


def test_response_format_is_a_rule() -> None:
    model = Talker(lambda case, i: "sure!" if i == 0 else '{"a": 1}')
    schema = {"type": "object", "required": ["a"]}
    with serving(assistant(model)) as (client, _):
        answer = ask(client, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    assert answer.choices[0].message.content == '{"a": 1}'
    assert dict(model.asked[0][1].extra)["response_format"]["type"] == "json_schema"


def test_choices_are_corrected_each() -> None:
    model = Talker(lambda case, i: "x, y" if i < 2 else "x y")
    with serving(
        assistant(model, spec=compile_document("Do not use commas.", name="d", kind="document"), fixes=False)
    ) as (client, _):
        answer = ask(client, n=2)
    assert [c.message.content for c in answer.choices] == ["x y", "x y"]


@pytest.mark.parametrize(
    ("unmet", "text", "status"), [("flag", "a, b", None), ("text", "Sorry.", None), ("error", None, 422)]
)
def test_what_is_said_where_nothing_is_good_enough(unmet: Any, text: str | None, status: int | None) -> None:
    model = Talker(lambda case, i: "a, b")
    spec = compile_document("Do not use commas.", name="d", kind="document")
    with serving(assistant(model, spec=spec, fixes=False, unmet=unmet, unmet_text="Sorry.")) as (client, _):
        if status is not None:
            with pytest.raises(openai.UnprocessableEntityError) as refused:
                ask(client)
            assert refused.value.body["code"] == "not_met"
            return
        answer = ask(client)
    assert (answer.choices[0].message.content, answer.model_extra["lightwing"]["status"]) == (text, "not_met")


def test_errors_are_those_that_clients_know() -> None:
    def fails(case: Case, i: int) -> str:
        raise ModelRateLimit("429")

    with serving(assistant(Talker(fails))) as (client, _):
        with pytest.raises(openai.RateLimitError):
            ask(client)
        with pytest.raises(openai.NotFoundError, match="no model 'b'"):
            client.chat.completions.create(model="b", messages=[{"role": "user", "content": "x"}])
        with pytest.raises(openai.BadRequestError, match="temperature"):
            ask(client, temperature=99)
        with pytest.raises(openai.BadRequestError, match=r"messages\[0\]"):
            client.chat.completions.create(model="a", messages=[{"role": "wizard", "content": "x"}])
        with pytest.raises(openai.BadRequestError, match="schema"):
            ask(client, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": 7}}})
        assert [m.id for m in client.models.list()] == ["a"]
    assert issubclass(ModelRateLimit, ModelError)
