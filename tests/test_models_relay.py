"""Requests that pass through: nothing is changed but the model's name, and what goes wrong is named as everywhere else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models_endpoint import (
    DONE,
    FakeEndpoint,
    Script,
    Step,
    asked_body,
    chunk,
    complaint,
    completion,
    endpoint,
    event,
    server,
    stream,
)

from lightwing.core.case import Case, Sampling
from lightwing.core.errors import (
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.core.protocols import Relaying
from lightwing.models.http import Retries, Timeouts
from lightwing.models.openai import OpenAIModel
from lightwing.models.relay import _renamed
from lightwing.models.scripted import ScriptedModel

ASKED = {"model": "lightwing/x", "messages": [{"role": "user", "content": "Hi"}], "own_field": {"a": [1, None]}}


def model(url: str, **options: Any) -> OpenAIModel:
    fast = Retries(times=2, first=0.001, most=0.002)
    return OpenAIModel("gpt-x", **{"base_url": url, "key_env": None, "retries": fast, **options})


def passed(script: Script, body: Any = ASKED, **options: Any) -> tuple[bytes, str, bool, FakeEndpoint]:
    async def run() -> tuple[bytes, str, bool, FakeEndpoint]:
        async with endpoint(script) as fake:
            asked = model(fake.url, **options)
            async with asked.relay(body) as answer:
                assert answer.status == 200
                if answer.streamed:
                    data = b"".join([piece async for piece in answer.pieces()])
                else:
                    data = await answer.whole()
            assert not asked._endpoint._pool._open
            return data, answer.content_type, answer.streamed, fake

    return asyncio.run(run())


async def read(asked: OpenAIModel) -> bytes:
    async with asked.relay(ASKED) as answer:
        if answer.streamed:
            return b"".join([piece async for piece in answer.pieces()])
        return await answer.whole()


def test_who_relays() -> None:
    assert isinstance(model("http://localhost:1/v1"), Relaying)
    assert not isinstance(ScriptedModel(["x"]), Relaying)


def test_a_whole_answer_comes_back_byte_for_byte() -> None:
    odd = b' {"id":"x", "choices" :[], "own":1.50, "big":123456789012345678901, "error":null}\n'
    kind = "application/json; charset=utf-8"
    data, got, streamed, fake = passed([Step(odd, headers={"content-type": kind})])
    assert (data, got, streamed) == (odd, kind, False)
    assert fake.asked[0].body == {**ASKED, "model": "gpt-x"}


def test_a_stream_comes_back_byte_for_byte() -> None:
    raw = (b": hello\n\n", chunk(content="x"), b"event: own\ndata: 1\n\n", DONE, b"data: after\n\n")
    data, kind, streamed, _ = passed([stream(*raw, gap=0.01)])
    assert (data, kind, streamed) == (b"".join(raw), "text/event-stream", True)


def test_the_pieces_of_a_stream_come_as_they_are_sent() -> None:
    async def run() -> None:
        two = stream(chunk(content="a"), chunk(content="b"), gap=0.3)
        async with endpoint([two]) as fake, model(fake.url).relay({**ASKED, "stream": True}) as answer:
            started = asyncio.get_running_loop().time()
            assert await anext(answer.pieces()) == chunk(content="a")
            assert asyncio.get_running_loop().time() - started < 0.2

    asyncio.run(run())


def test_a_request_in_bytes_keeps_its_values_to_the_last_digit() -> None:
    async def run() -> bytes:
        seen: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await asked_body(reader))
            reply = completion("x").body
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
            writer.write(f"content-length: {len(reply)}\r\n\r\n".encode() + reply)

        body = b'{"temperature":1.50,"model":"x","n":1e0,"z":"\\u00e9"}'
        async with server(serve) as url, model(url).relay(body) as answer:
            await answer.whole()
        return seen[0]

    assert asyncio.run(run()) == b'{"temperature":1.50,"model":"gpt-x","n":1e0,"z":"\\u00e9"}'


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_renaming_changes_nothing_else(value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    renamed = json.loads(_renamed(body, "m", who="x"))
    # repr, for NaN is in it, which is not equal to itself
    assert repr(sorted(renamed.items())) == repr(sorted({**json.loads(body), "model": "m"}.items()))


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"null", b"\xff", b"[" * 100_000, b'{"a": ' + b"[" * 100_000])
def test_a_request_that_is_no_object_is_refused_and_not_sent(body: bytes) -> None:
    async def run() -> None:
        async with endpoint([completion("x")]) as fake:
            with pytest.raises(ModelRefused, match="no JSON object"):
                async with model(fake.url).relay(body):
                    raise AssertionError
            assert not fake.asked

    asyncio.run(run())


@pytest.mark.parametrize(
    ("step", "kind", "requests", "says"),
    [
        (complaint(429, "slow down"), ModelRateLimit, 3, "slow down"),
        (complaint(500, "oops"), ModelUnavailable, 3, "oops"),
        (complaint(401, "who?"), ModelAuth, 1, "who"),
        (complaint(400, "bad"), ModelRefused, 1, "bad"),
        (Step(status=307, headers={"location": "/x"}), ModelProtocol, 1, "not followed"),
        (Step(b"hi", headers={"content-type": "text/html"}), ModelProtocol, 1, "text/html"),
        (Step(b"hi", headers={}), ModelProtocol, 1, "answered nothing"),
        (Step(b'{"choices": [{"mess'), ModelProtocol, 1, "not JSON"),
        (Step(b"[1]"), ModelProtocol, 1, "no JSON object"),
        (Step(b'{"error": {"message": "upstream died"}}'), ModelProtocol, 1, "upstream died"),
        (Step(completion("x").body, cut=20), ModelProtocol, 1, "broke off"),
        (Step(completion("x" * 11_000_000).body), ModelProtocol, 1, "larger than 10 MB"),
        (stream(*[chunk(content="x" * 1_000_000)] * 11), ModelProtocol, 1, "larger than 10 MB"),
        (stream(chunk(content="x"), chunk(content="y"), cut=90), ModelProtocol, 1, "broke off"),
        (Step(hang=30), ModelTimeout, 1, "Nothing came"),
    ],
)
def test_every_failure_is_a_named_error(step: Step, kind: type[ModelError], requests: int, says: str) -> None:
    async def run() -> None:
        async with endpoint([step]) as fake:
            asked = model(fake.url, timeouts=Timeouts(read=0.3))
            with pytest.raises(kind, match=says):
                await read(asked)
            assert len(fake.asked) == requests
            assert not asked._endpoint._pool._open

    asyncio.run(run())


def test_an_answer_with_a_lone_surrogate_or_a_nan_is_still_one() -> None:
    for odd in (b'{"choices":[],"x":"\\ud800"}', b'{"choices":[],"x":NaN}'):
        assert passed([Step(odd)])[0] == odd


def test_leaving_early_and_being_cancelled_close_the_connection() -> None:
    async def run() -> None:
        endless = stream(*[chunk(content="x")] * 10_000, gap=0.001)
        async with endpoint([endless, endless, Step(hang=30)]) as fake:
            asked = model(fake.url)
            before = asyncio.all_tasks()
            async with asked.relay(ASKED) as answer:
                await anext(answer.pieces())
            async with asked.relay(ASKED):
                pass
            task = asyncio.create_task(asked.relay(ASKED).__aenter__())
            await asyncio.sleep(0.05)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)
            assert {t for t in asyncio.all_tasks() - before if "accept" not in repr(t)} == set()
            assert not asked._endpoint._pool._open

    asyncio.run(run())


def test_a_call_that_is_relayed_takes_a_slot() -> None:
    async def run() -> None:
        async with endpoint([Step(completion("x").body, hang=0.02)]) as fake:
            asked = model(fake.url, concurrency=2)

            await asyncio.gather(*[read(asked) for _ in range(6)])
            assert fake.most_at_once == 2

    asyncio.run(run())


def test_a_connection_is_used_again_after_a_stream() -> None:
    events = (event({"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]}), DONE)

    async def run(gap: float) -> int:
        ports: set[int] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ports.add(writer.get_extra_info("peername")[1])
            while True:
                await asked_body(reader)
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                )
                for data in events:
                    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                    await writer.drain()
                await asyncio.sleep(gap)
                writer.write(b"0\r\n\r\n")

        async with server(serve) as url:
            asked = model(url)
            async with asked.held():
                for _ in range(4):
                    async with asked.relay(ASKED) as answer:
                        assert b"".join([piece async for piece in answer.pieces()]) == b"".join(events)
                for _ in range(4):
                    deltas = [d async for d in asked.stream(Case.ask("Hi"), n=1, sampling=Sampling())]
                    assert [d.text for d in deltas] == ["x", ""]
        return len(ports)

    assert asyncio.run(run(0.002)) == 1
    assert asyncio.run(run(0.2)) > 1  # who does not end a body is not waited for
