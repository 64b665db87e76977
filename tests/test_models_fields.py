"""Fields of a request that Lightwing does not know, parts of messages that are no text, and logprobs: passed on as they stand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from models_endpoint import DONE, FakeEndpoint, Script, Step, completion, endpoint, event, stream

from lightwing.core.case import Case, Delta, Message, Sampling, joined_logprobs
from lightwing.core.errors import ModelRefused
from lightwing.models.chat import Dialect, request
from lightwing.models.openai import OpenAIModel
from lightwing.run.asking import ask

CASE = Case.ask("A colour?")
ODDS = {"content": [{"token": "Blue", "logprob": -0.1, "bytes": [66], "top_logprobs": []}], "refusal": None}
EXTRA = {
    "response_format": {"type": "json_object"},
    "logit_bias": {"50256": -100},
    "presence_penalty": 0.5,
    "logprobs": True,
    "top_logprobs": 2,
    "tool_choice": "auto",
    "user": "u1",
    "metadata": None,
}


def served(script: Script, what: Any) -> tuple[Any, FakeEndpoint]:
    async def run() -> tuple[Any, FakeEndpoint]:
        async with endpoint(script) as fake:
            return await what(OpenAIModel("m", base_url=fake.url, key_env=None)), fake

    return asyncio.run(run())


@pytest.mark.parametrize("streamed", [False, True])
def test_extra_fields_arrive_as_they_stand_and_change_nothing_of_lightwings(streamed: bool) -> None:
    own = {"model": "x", "messages": [], "n": 9, "seed": 1, "temperature": 2, "max_tokens": 1, "stream": not streamed}
    sampling = Sampling(temperature=0.5, extra={**own, "stop": "a", "tools": [1], "top_p": 0.1, **EXTRA})

    async def what(model: OpenAIModel) -> object:
        if streamed:
            return [d async for d in model.stream(CASE, n=1, sampling=sampling)]
        return await model.generate(CASE, n=1, sampling=sampling)

    whole = event({"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]})
    _, fake = served([stream(whole, DONE) if streamed else completion("x")], what)
    plain = request("m", CASE, Sampling(temperature=0.5), n=1, stream=streamed, dialect=Dialect())
    assert fake.asked[0].body == {**plain, **EXTRA}


def test_parts_go_along_after_the_text() -> None:
    parts = ({"type": "image_url", "image_url": {"url": "data:,x"}}, {"type": "input_audio", "input_audio": {}})
    case = Case(
        messages=(Message(role="user", content="What is this?", parts=parts), Message(role="user", parts=parts[:1]))
    )
    _, fake = served([completion("x")], lambda m: m.generate(case, n=1, sampling=Sampling()))
    contents = [message["content"] for message in fake.asked[0].body["messages"]]
    assert contents == [[{"type": "text", "text": "What is this?"}, *parts], [parts[0]]]


def test_the_logprobs_of_an_answer_are_kept() -> None:
    choice = {"index": 0, "message": {"content": "Blue"}, "finish_reason": "stop", "logprobs": ODDS}
    other = {"index": 1, "message": {"content": "Red"}, "finish_reason": "stop"}
    body = json.dumps({"choices": [choice, other]}).encode()
    made, _ = served([Step(body)], lambda m: m.generate(CASE, n=2, sampling=Sampling()))
    assert [c.answer.logprobs for c in made] == [ODDS, None]


def pieces() -> Step:
    def piece(text: str, *, finish: str | None = None, logprobs: Any = None) -> bytes:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish, "logprobs": logprobs}
        return event({"choices": [choice]})

    odds = [{"content": [{"token": token, "logprob": -1.0}]} for token in ("Bl", "ue", "")]
    return stream(
        piece(""),
        piece("Bl", logprobs=odds[0]),
        piece("ue", logprobs=odds[1]),
        piece("", logprobs=odds[2]),
        piece("", finish="stop"),
        DONE,
    )


def test_the_logprobs_of_a_stream_come_with_their_pieces() -> None:
    async def what(model: OpenAIModel) -> list[Delta]:
        return [d async for d in model.stream(CASE, n=1, sampling=Sampling())]

    deltas, _ = served([pieces()], what)
    assert [(d.text, None if d.logprobs is None else d.logprobs["content"][0]["token"]) for d in deltas] == [
        ("Bl", "Bl"),
        ("ue", "ue"),
        ("", ""),
        ("", None),
    ]
    assert [t["token"] for t in joined_logprobs(d.logprobs for d in deltas)["content"]] == ["Bl", "ue", ""]


def test_a_run_that_streams_keeps_them_too() -> None:
    async def what(model: OpenAIModel) -> Any:
        return await ask(model, CASE, n=1, sampling=Sampling(), seconds=None, doomed=lambda _: None)  # type: ignore[arg-type, return-value]

    reply, _ = served([pieces()], what)
    assert [t["token"] for t in reply.candidates[0].answer.logprobs["content"]] == ["Bl", "ue", ""]


def test_what_has_no_json_is_refused_by_name_before_it_is_sent() -> None:
    async def what(model: OpenAIModel) -> None:
        with pytest.raises(ModelRefused, match="no JSON"):
            await model.generate(CASE, n=1, sampling=Sampling(extra={"user": object()}))

    _, fake = served([completion("x")], what)
    assert not fake.asked
