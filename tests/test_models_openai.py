"""The OpenAI-compatible back end against an endpoint that behaves and misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import pytest
from models_endpoint import DONE, FakeEndpoint, Script, Step, chunk, complaint, completion, endpoint, event, stream

from lightwing.core.case import Candidate, Case, Delta, Message, Price, Sampling, Tool, ToolCall
from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.models import open_model
from lightwing.models.http import Retries, Timeouts
from lightwing.models.openai import OpenAIModel

CASE = Case.ask("A colour?", id="c1")
DEFAULT = Sampling()
KEY = "sk-secret-0123456789"
FAST = Retries(times=3, first=0.001, most=0.002, most_asked=0.2)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def model(url: str, **options: Any) -> OpenAIModel:
    return OpenAIModel("gpt-x", **{"base_url": url, "key_env": "TEST_KEY", "retries": FAST, **options})


def ask(
    script: Script, *, n: int = 1, case: Case = CASE, sampling: Sampling = DEFAULT, **options: Any
) -> tuple[list[Candidate], FakeEndpoint, OpenAIModel]:
    async def run() -> tuple[list[Candidate], FakeEndpoint, OpenAIModel]:
        async with endpoint(script) as fake:
            asked = model(fake.url, **options)
            return list(await asked.generate(case, n=n, sampling=sampling)), fake, asked

    return asyncio.run(run())


def listen(
    script: Script, *, n: int = 1, case: Case = CASE, sampling: Sampling = DEFAULT, **options: Any
) -> tuple[list[Delta], FakeEndpoint, OpenAIModel]:
    async def run() -> tuple[list[Delta], FakeEndpoint, OpenAIModel]:
        async with endpoint(script) as fake:
            asked = model(fake.url, **options)
            return [d async for d in asked.stream(case, n=n, sampling=sampling)], fake, asked

    return asyncio.run(run())


def failure(script: Script, kind: type[ModelError], **options: Any) -> tuple[ModelError, FakeEndpoint]:
    async def run() -> tuple[ModelError, FakeEndpoint]:
        async with endpoint(script) as fake:
            with pytest.raises(kind) as caught:
                await model(fake.url, **options).generate(CASE, n=1, sampling=DEFAULT)
            assert asyncio.all_tasks() - {asyncio.current_task()} == {
                t for t in asyncio.all_tasks() if "accept" in repr(t)
            }
            return caught.value, fake

    return asyncio.run(run())


def test_what_is_sent_and_what_comes_back() -> None:
    case = Case(
        messages=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="Weather in \ud800 Paris?"),
            Message(role="assistant", tool_calls=(ToolCall(id="t1", name="weather", arguments='{"city":"Paris"}'),)),
            Message(role="tool", content="sunny", tool_call_id="t1"),
        ),
        tools=(Tool(name="weather", description="Tells it.", parameters={"type": "object"}),),
    )
    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=50, stop=("END",), seed=7)
    made, fake, _ = ask([completion("Sunny.")], case=case, sampling=sampling, price=Price(input_per_million=1e6))
    asked = fake.asked[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "gpt-x",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather in \ud800 Paris?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "t1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Paris"}'},
                    }
                ],
            },
            {"role": "tool", "content": "sunny", "tool_call_id": "t1"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "weather", "description": "Tells it.", "parameters": {"type": "object"}},
            }
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "stop": ["END"],
        "seed": 7,
    }
    assert made[0].answer.text == "Sunny."
    assert (made[0].origin.model, made[0].origin.seed) == ("openai:gpt-x", 7)
    cost = made[0].cost
    assert (cost.calls, cost.input_tokens, cost.output_tokens, cost.price) == (1, 7, 3, 7.0)
    assert cost.seconds > 0


def test_tool_calls_and_odd_contents_come_through() -> None:
    calls = [
        {"id": "t9", "type": "function", "function": {"name": "book", "arguments": '{"seat": 1'}},
        {"function": {"name": "pay", "arguments": {"sum": 2}}},
    ]
    made, _, _ = ask([completion(None, tool_calls=calls)])
    assert made[0].answer.tool_calls == (
        ToolCall(id="t9", name="book", arguments='{"seat": 1'),
        ToolCall(id="call_1", name="pay", arguments='{"sum": 2}'),
    )
    assert made[0].answer.text == ""
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    assert ask([completion(parts)])[0][0].answer.text == "ab"  # type: ignore[arg-type]
    assert ask([completion("x", reasoning_content="long thoughts")])[0][0].answer.text == "x"
    assert ask([completion(None, refusal="I cannot.")])[0][0].answer.text == "I cannot."
    assert ask([completion("")])[0][0].answer.text == ""


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("eos", "stop"),
        (None, "stop"),
    ],
)
def test_finish_reasons(given: str | None, means: str) -> None:
    body = json.dumps({"choices": [{"message": {"content": None}, "finish_reason": given}]}).encode()
    assert ask([Step(body)])[0][0].answer.finish == means


def test_an_unknown_price_stays_unknown_and_missing_usage_makes_it_so() -> None:
    assert ask([completion("x")])[0][0].cost.price is None
    by_token = Price(input_per_million=1.0)
    unmetered = ask([completion("four", usage=None)], price=by_token)[0][0].cost
    assert (unmetered.price, unmetered.output_tokens) == (None, 1)
    assert ask([completion("x", usage=None)], price=Price(per_call=2.0))[0][0].cost.price == 2.0


def test_n_answers_of_one_response_share_its_usage() -> None:
    made, fake, _ = ask([completion("a", "b", "c", usage=(10, 7))], n=3, price=Price(output_per_million=1e6))
    assert [c.answer.text for c in made] == ["a", "b", "c"]
    assert len(fake.asked) == 1
    assert fake.asked[0].body["n"] == 3
    total = made[0].cost + made[1].cost + made[2].cost
    assert (total.calls, total.input_tokens, total.output_tokens, total.price) == (3, 10, 7, 7.0)


def test_an_endpoint_that_ignores_n_is_asked_one_by_one_and_remembered() -> None:
    async def run() -> None:
        async with endpoint(lambda asked: completion(str(asked.body.get("seed")))) as fake:
            asked = model(fake.url)
            for _ in range(2):
                made = await asked.generate(CASE, n=3, sampling=Sampling(seed=5))
                assert [c.answer.text for c in made] == ["5", "6", "7"]
            assert [a.body.get("n") for a in fake.asked] == [3, None, None, None, None, None]
            assert any("one by one" in note for note in asked.notes)

    asyncio.run(run())


def test_an_endpoint_that_refuses_n_is_asked_one_by_one() -> None:
    made, fake, _ = ask(lambda a: complaint(400, "n must be 1") if "n" in a.body else completion("x"), n=2)
    assert len(made) == 2
    assert [a.body.get("n") for a in fake.asked] == [2, None, None]


def test_a_failure_of_one_of_parallel_calls_is_one_error_and_leaves_no_task() -> None:
    def script(asked: Any) -> Step:
        if "n" in asked.body:
            return complaint(400, "n must be 1")
        return complaint(401, "who are you?") if asked.body["seed"] == 2 else Step(hang=5)

    async def run() -> None:
        async with endpoint(script) as fake:
            with pytest.raises(ModelAuth):
                await model(fake.url).generate(CASE, n=3, sampling=Sampling(seed=1))
            assert not [t for t in asyncio.all_tasks() if "_together" in repr(t)]

    started = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - started < 3


def test_answers_that_are_paid_for_are_kept_when_another_fails_in_passing() -> None:
    def script(asked: Any) -> Step:
        if "n" in asked.body:
            return complaint(400, "n must be 1")
        return completion() if asked.body["seed"] == 2 else completion("fine")

    async def run() -> None:
        async with endpoint(script) as fake:
            made = await model(fake.url).generate(CASE, n=3, sampling=Sampling(seed=1))
            assert [c.answer.text for c in made] == ["fine", "fine"]

    asyncio.run(run())


def test_what_the_endpoint_does_not_support_is_left_out_once_and_noted() -> None:
    def script(asked: Any) -> Step:
        if "max_tokens" in asked.body:
            what = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            return complaint(400, what, param="max_tokens", code="unsupported_parameter")
        if "temperature" in asked.body:
            return complaint(400, "Unsupported value: 'temperature' does not support 0.2.", param="temperature")
        if "seed" in asked.body:
            detail = [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
            return Step(json.dumps({"detail": detail}).encode(), status=422)
        return completion("x")

    async def run() -> None:
        async with endpoint(script) as fake:
            asked = model(fake.url)
            for _ in range(2):
                await asked.generate(CASE, n=1, sampling=Sampling(max_tokens=9, temperature=0.2, seed=1))
            assert len(fake.asked) == 5
            assert fake.asked[-1].body["max_completion_tokens"] == 9
            assert set(asked.notes) == {
                "max_tokens is sent as max_completion_tokens",
                "seed is not taken by the endpoint and left out",
                "temperature is not taken by the endpoint and left out",
            }

    asyncio.run(run())


def test_a_wrong_value_is_not_left_out_in_silence() -> None:
    error, fake = failure([complaint(400, "temperature must be at most 2", param="temperature")], ModelRefused)
    assert len(fake.asked) == 1
    assert "temperature must be at most 2" in str(error)


def test_retry_after_in_seconds_is_obeyed() -> None:
    busy = complaint(429, "slow down", headers={"retry-after": "0.15"})
    started = time.monotonic()
    made, fake, _ = ask([busy, completion("x")])
    assert time.monotonic() - started >= 0.15
    assert (made[0].answer.text, len(fake.asked)) == ("x", 2)
    assert made[0].cost.seconds >= 0.15


def test_retry_after_as_a_date_and_the_cap() -> None:
    later = complaint(503, "wait", headers={"retry-after": formatdate(time.time() + 3600, usegmt=True)})
    past = complaint(503, "wait", headers={"retry-after": formatdate(time.time() - 60, usegmt=True)})
    odd = complaint(503, "wait", headers={"retry-after": "soon"})
    started = time.monotonic()
    assert len(ask([later, past, odd, completion("x")])[1].asked) == 4
    assert 0.2 <= time.monotonic() - started < 2


def test_500_twice_and_then_an_answer() -> None:
    assert len(ask([Step(status=500), Step(status=502), completion("x")])[1].asked) == 3


@pytest.mark.parametrize(
    ("step", "kind", "requests", "says"),
    [
        (complaint(429, "slow down"), ModelRateLimit, 4, "slow down"),
        (complaint(429, "pay first", code="insufficient_quota"), ModelRateLimit, 1, "pay first"),
        (complaint(500, "oops"), ModelUnavailable, 4, "answered 500: oops"),
        (complaint(408, "late"), ModelUnavailable, 4, "late"),
        (complaint(401, "who?"), ModelAuth, 1, "TEST_KEY"),
        (complaint(403, "no"), ModelAuth, 1, "answered 403"),
        (complaint(400, "too long"), ModelRefused, 1, "too long"),
        (complaint(404, "no such model"), ModelRefused, 1, "base_url"),
        (complaint(422, "what?"), ModelRefused, 1, "what?"),
        (Step(b"<html>nope</html>", status=405), ModelRefused, 1, "nope"),
        (Step(status=404), ModelRefused, 1, "no message"),
        (Step(b"[1]", status=400), ModelRefused, 1, r"\[1\]"),
        (Step(b"{" * 9000, status=400), ModelRefused, 1, "{{"),
        (Step(status=307, headers={"location": "http://127.0.0.1:1/"}), ModelProtocol, 1, "not followed"),
        (Step(b'{"choices": [{"mess'), ModelProtocol, 1, "not JSON"),
        (Step(b"[" * 200_000), ModelProtocol, 1, "not JSON"),
        (Step(b"{}"), ModelProtocol, 1, "no choices"),
        (Step(b'{"choices": []}'), ModelProtocol, 1, "no choices"),
        (Step(b'{"choices": ["x"]}'), ModelProtocol, 1, "no message"),
        (Step(b'{"error": {"message": "upstream died"}}'), ModelProtocol, 1, "upstream died"),
        (Step(b"hello", headers={"content-type": "text/html"}), ModelProtocol, 1, "text/html"),
        (Step(b"hello", headers={}), ModelProtocol, 1, "answered nothing instead"),
        (Step(completion("x").body, cut=20), ModelProtocol, 1, "broke off"),
        (Step(completion("x" * 11_000_000).body), ModelProtocol, 1, "larger than 10 MB"),
    ],
)
def test_every_failure_is_a_named_error(step: Step, kind: type[ModelError], requests: int, says: str) -> None:
    error, fake = failure([step], kind)
    assert type(error) is kind or isinstance(error, ModelRefused)
    assert len(fake.asked) == requests
    with pytest.raises(kind, match=says):
        raise error
    assert "openai:gpt-x" in str(error)


def test_a_quota_that_is_used_up_is_told_from_a_rate() -> None:
    for code, lasting in (("insufficient_quota", True), ("rate_limit_exceeded", False)):
        error, _ = failure([complaint(429, "no", code=code)], ModelRateLimit)
        assert isinstance(error, ModelRateLimit)
        assert error.lasting is lasting


def test_a_hanging_endpoint_times_out() -> None:
    started = time.monotonic()
    error, fake = failure([Step(hang=30)], ModelTimeout, timeouts=Timeouts(read=0.1))
    assert "Nothing came for 0.1 seconds" in str(error)
    assert len(fake.asked) == 1
    error, _ = failure([Step(hang=30)], ModelTimeout, timeouts=Timeouts(call=0.1))
    assert "No answer within 0.1 seconds" in str(error)
    assert time.monotonic() - started < 5


def test_an_answer_that_drips_ends_with_the_whole_call() -> None:
    drip = Step(pieces=(b" ",) * 200, gap=0.02)
    error, _ = failure([drip], ModelTimeout, timeouts=Timeouts(call=0.2))
    assert "No answer within" in str(error)


def test_a_wait_beyond_the_call_is_not_begun() -> None:
    busy = complaint(429, "slow down", headers={"retry-after": "30"})
    started = time.monotonic()
    failure([busy], ModelRateLimit, timeouts=Timeouts(call=1.0), retries=Retries(most_asked=60))
    assert time.monotonic() - started < 1


def test_nobody_listens() -> None:
    async def run() -> None:
        async with endpoint([]) as fake:
            url = fake.url
        with pytest.raises(ModelUnavailable, match=r"could not be reached"):
            await model(url).generate(CASE, n=1, sampling=DEFAULT)

    asyncio.run(run())


def test_streamed_text_usage_and_end() -> None:
    events = (
        b": keep-alive\n\n",
        chunk(role="assistant", content=""),
        chunk(content="Bl", reasoning_content="hm"),
        chunk(content="ue."),
        chunk(finish="stop"),
        event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}),
        DONE,
    )
    deltas, fake, _ = listen([stream(*events)], price=Price(input_per_million=1e6))
    assert fake.asked[0].body["stream_options"] == {"include_usage": True}
    assert [d.text for d in deltas] == ["Bl", "ue.", ""]
    assert deltas[-1].finish == "stop"
    cost = deltas[-1].cost
    assert cost is not None
    assert (cost.calls, cost.input_tokens, cost.output_tokens, cost.price) == (1, 5, 2, 5.0)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_may_be_cut_into_bytes_anywhere(size: int) -> None:
    whole = chunk(content="né ").replace(b"\n", b"\r\n") + chunk(content="\u2028日本") + chunk(finish="length")
    raw = whole.replace(b"\\u00e9", "é".encode())
    deltas, _, _ = listen([stream(*(raw[i : i + size] for i in range(0, len(raw), size)))])
    assert "".join(d.text for d in deltas) == "né \u2028日本"
    assert deltas[-1].finish == "length"


def test_streamed_tool_calls_are_put_together() -> None:
    events = (
        chunk(tool_calls=[{"index": 0, "id": "t1", "function": {"name": "book", "arguments": ""}}]),
        chunk(tool_calls=[{"index": 1, "id": "t2", "function": {"name": "pay"}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"seat'}}]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '": 1}'}}]),
        chunk(finish="tool_calls"),
        DONE,
    )
    deltas, _, _ = listen([stream(*events)])
    assert [d.tool_call for d in deltas if d.tool_call] == [
        ToolCall(id="t1", name="book", arguments='{"seat": 1}'),
        ToolCall(id="t2", name="pay", arguments="{}"),
    ]
    assert deltas[-1].finish == "tool_calls"


def test_a_stream_of_several_and_one_that_ignores_n() -> None:
    both = (chunk(0, content="a"), chunk(1, content="b"), chunk(1, finish="stop"), chunk(0, finish="stop"), DONE)
    deltas, fake, _ = listen([stream(*both)], n=2)
    assert {d.index: d.text for d in deltas if d.text} == {0: "a", 1: "b"}
    assert len(fake.asked) == 1
    one = stream(chunk(content="a"), chunk(finish="stop"), DONE)
    deltas, fake, asked = listen([one], n=3)
    assert [d.index for d in deltas if d.finish] == [0, 1, 2]
    assert [a.body.get("n") for a in fake.asked] == [3, None, None]
    assert asked.notes


def test_an_endpoint_that_does_not_stream_or_refuses_stream_options() -> None:
    call = {"id": "t1", "function": {"name": "book", "arguments": "{}"}}
    deltas, _, _ = listen([completion("Blue.", tool_calls=[call])])
    assert [d.text for d in deltas if d.text] == ["Blue."]
    assert [d.tool_call.id for d in deltas if d.tool_call] == ["t1"]
    assert deltas[-1].finish == "stop"

    def script(asked: Any) -> Step:
        if "stream_options" in asked.body:
            return complaint(400, "Unknown parameter: 'stream_options'", param="stream_options")
        return stream(chunk(content="x"), chunk(finish="stop"), DONE)

    assert [d.text for d in listen(script)[0]] == ["x", ""]


@pytest.mark.parametrize(
    ("step", "kind", "says"),
    [
        (stream(chunk(content="Bl")), ModelProtocol, "middle of an answer"),
        (stream(chunk(content="Bl"), DONE), ModelProtocol, "middle of an answer"),
        (stream(chunk(content="Bl"), chunk(content="ue"), cut=40), ModelProtocol, "broke off"),
        (stream(DONE), ModelProtocol, "middle of an answer"),
        (stream(b"data: {oops\n\n"), ModelProtocol, "not JSON"),
        (stream(b"data: [1]\n\n"), ModelProtocol, "no object"),
        (stream(event({"error": {"message": "overloaded"}})), ModelProtocol, "overloaded"),
        (Step(b"hi", headers={"content-type": "text/plain"}), ModelProtocol, "text/plain"),
        (stream(*[chunk(content="x" * 1_000_000)] * 11), ModelProtocol, "larger than 10 MB"),
        (complaint(401, "who?"), ModelAuth, "who"),
        (Step(hang=30), ModelTimeout, "Nothing came"),
    ],
)
def test_a_bad_stream_is_a_named_error(step: Step, kind: type[ModelError], says: str) -> None:
    with pytest.raises(kind, match=says):
        listen([step], timeouts=Timeouts(read=0.5))


def test_a_stream_that_meets_429_is_tried_again() -> None:
    good = stream(chunk(content="x"), chunk(finish="stop"), DONE)
    assert len(listen([complaint(429, "slow"), good])[1].asked) == 2


def test_leaving_a_stream_or_a_call_closes_the_connection_and_leaves_no_task() -> None:
    async def run() -> None:
        endless = stream(*[chunk(content="x")] * 10_000, gap=0.001)
        async with endpoint([endless, Step(hang=30)]) as fake:
            asked = model(fake.url)
            before = asyncio.all_tasks()
            deltas = asked.stream(CASE, n=1, sampling=DEFAULT)
            async with contextlib.aclosing(deltas):  # type: ignore[type-var]
                async for _ in deltas:
                    break
            task = asyncio.create_task(_generate(asked))
            await _until(lambda: len(fake.asked) == 2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)
            assert {t for t in asyncio.all_tasks() - before if "accept" not in repr(t)} == set()
            assert not asked._endpoint._pool._open

    asyncio.run(run())


async def _generate(asked: OpenAIModel) -> object:
    return await asked.generate(CASE, n=1, sampling=DEFAULT)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def test_no_more_calls_at_a_time_than_allowed_and_connections_are_kept_while_held() -> None:
    async def run() -> None:
        async with endpoint([Step(completion("x").body, hang=0.03)]) as fake:
            asked = model(fake.url, concurrency=3)
            calls: list[Awaitable[object]] = [_generate(asked) for _ in range(9)]
            async with asked.held():
                await asyncio.gather(*calls)
            assert fake.most_at_once == 3
            assert len(fake.asked) == 9

    asyncio.run(run())


def test_a_model_serves_one_event_loop_after_another() -> None:
    asked: list[OpenAIModel] = []

    async def run() -> None:
        async with endpoint([completion("x")]) as fake:
            asked.append(model(fake.url))
            await _generate(asked[0])

    async def again() -> None:
        await _generate(asked[0])

    asyncio.run(run())
    with pytest.raises(ModelUnavailable):
        asyncio.run(again())


def test_the_key_stands_in_no_error_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = complaint(401, f"Incorrect API key provided: {KEY}.")
    for script, kind in (([echo], ModelAuth), ([Step(hang=9)], ModelTimeout), ([Step(cut=0)], ModelProtocol)):
        error, _ = failure(script, kind, timeouts=Timeouts(read=0.2))
        seen: list[BaseException | None] = [error]
        while seen:
            one = seen.pop()
            if one is None:
                continue
            assert KEY not in "".join(traceback.format_exception(one))
            assert not hasattr(one, "request")
            seen += [one.__cause__, one.__context__]
    made, _, asked = ask([completion("x")])
    assert KEY not in repr(asked) + repr(made) + repr(vars(asked)) + repr(vars(asked._endpoint)) + caplog.text


def test_a_missing_or_impossible_key_is_told_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, says in ((None, "export TEST_KEY"), ("  ", "export TEST_KEY"), ("a\nb", "no key can hold")):
        if value is None:
            monkeypatch.delenv("TEST_KEY")
        else:
            monkeypatch.setenv("TEST_KEY", value)
        error, fake = failure([completion("x")], ModelAuth)
        assert says in str(error)
        assert isinstance(error, ModelAuth)
        assert not error.sent
        assert not fake.asked


def test_an_endpoint_without_a_key() -> None:
    assert "authorization" not in ask([completion("x")], key_env=None)[1].asked[0].headers


@pytest.mark.parametrize(
    "url",
    ["", "localhost:1", "ftp://x/v1", "http://", "http://me:pass@host/v1", "http://host/v1?key=1", "http://a\x00b/"],
)
def test_a_wrong_base_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        OpenAIModel("gpt-x", base_url=url)


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(ConfigError, match="proxy settings"):
        asyncio.run(_generate(model("http://localhost:1/v1")))


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with endpoint([completion("by proxy")]) as fake:
            monkeypatch.setenv("HTTP_PROXY", fake.url.removesuffix("/v1"))
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            made = await model("http://models.invalid/v1").generate(CASE, n=1, sampling=DEFAULT)
            assert made[0].answer.text == "by proxy"
            assert fake.asked[0].path == "http://models.invalid/v1/chat/completions"

    asyncio.run(run())


def test_options_come_from_a_configuration() -> None:
    opened = open_model(
        "openai:gpt-x",
        options={
            "base_url": "http://localhost:8000/v1/",
            "key_env": None,
            "price": {"input_per_million": 1, "output_per_million": 2.5},
            "timeouts": {"read": 5},
            "concurrency": 2,
        },
    )
    assert opened.name == "openai:gpt-x"
    assert opened.price == Price(input_per_million=1.0, output_per_million=2.5)
    for options, says in (
        ({"bas_url": "x"}, "Did you mean 'base_url'"),
        ({"price": {"input": 1}}, "no option price.input"),
        ({"concurrency": "many"}, "concurrency"),
        ({"concurrency": 0}, "at least 1"),
        ({"timeouts": {"read": 0}}, "above 0"),
        ({"retries": {"times": -1}}, "below 0"),
        ({"retries": {"time": 1}}, "no option retries.time"),
    ):
        with pytest.raises(ConfigError, match=says):
            open_model("openai:gpt-x", options=options)


def test_importing_the_models_imports_no_http_client_and_no_torch() -> None:
    code = "import sys, lightwing.models; print([m for m in ('aiohttp', 'torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
