"""Requests with nothing to check go through untouched, and each leaves one trace."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import Any

import pytest

openai = pytest.importorskip("openai", reason="the gateway's tests ask with the official client")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from models_endpoint import DONE, Step, chunk, complaint, completion, event, stream  # noqa: E402
from serve_tools import plain, post, served  # noqa: E402

from lightwing.core.case import Price, Sampling  # noqa: E402

ASKED = b'{"model":"raw/a","messages":[{"role":"user","content":"Hi","own":1}],"temperature":1.10,"odd":{"x":[1,null]}}'
SAID = json.dumps(
    {
        "id": "up-1",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Ho", "reasoning": "r"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "odd": True},
        "own": [1.50],
    },
    indent=1,
).encode()


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def unchunked(answer: bytes) -> bytes:
    rest, out = body_of(answer), b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        out, rest = out + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return out


def test_a_raw_model_s_answer_comes_back_byte_for_byte_with_its_trace_in_the_headers() -> None:
    with served([Step(SAID)]) as serving:
        answer = post(serving, ASKED)
    assert body_of(answer) == SAID
    assert serving.ends[0].asked[0].body == {**json.loads(ASKED), "model": "gpt-x"}
    (trace,) = serving.kept.traces
    assert f"x-lightwing-trace: {trace.id}".encode() in answer
    assert b"x-lightwing-status: verified" in answer
    assert (trace.answer, trace.cost.input_tokens, trace.cost.output_tokens) == ("Ho", 7, 3)
    assert trace.metadata["assistant"] == "raw/a"


def test_a_stream_comes_back_as_it_was_written() -> None:
    events = (chunk(content="Ho"), chunk(content=" ho", odd=1), chunk(finish="stop"), b": note\n\n", DONE)
    with served([stream(*events, gap=0.01)]) as serving:
        answer = post(serving, ASKED[:-1] + b',"stream":true}')
    assert unchunked(answer) == b"".join(events)
    assert [(t.answer, t.status.value) for t in serving.kept.traces] == [("Ho ho", "verified")]


def test_usage_in_a_stream_is_counted_and_priced() -> None:
    def made(models: Any) -> Any:
        for model in models:
            model.price = Price(input_per_million=1e6, output_per_million=1e6)
        return plain(models)

    usage = event({"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 1}})
    with served([stream(chunk(content="x"), chunk(finish="stop"), usage, DONE)], made=made) as serving:
        post(serving, ASKED[:-1] + b',"stream":true}')
    assert serving.kept.traces[0].cost.price == 3.0


def test_a_request_with_nothing_to_check_passes_too_and_one_with_a_wish_does_not() -> None:
    with served([completion("Ho, ho")]) as serving, serving.client() as client:
        free = client.chat.completions.create(model="a", messages=[{"role": "user", "content": "Hi"}])
        bound = client.chat.completions.create(
            model="a", messages=[{"role": "user", "content": "Say hi. Do not use commas."}]
        )
    assert free.model_extra == {}
    assert free.choices[0].message.content == "Ho, ho"
    assert bound.model_extra["lightwing"]["choices"][0]["clauses"] == 1
    assert len(serving.kept.traces) == 2


@pytest.mark.parametrize("imposed", [{"sampling": Sampling(max_tokens=5)}, {"unmet": "error"}])
def test_what_the_assistant_imposes_is_never_passed_by(imposed: dict[str, Any]) -> None:
    with served([completion("Ho")], made=lambda models: plain(models, **imposed)) as serving:
        answer = json.loads(body_of(post(serving, ASKED.replace(b"raw/a", b"a"))))
    assert answer["lightwing"]["status"] == "verified"


def test_the_next_model_is_asked_where_the_first_fails() -> None:
    with served([complaint(503, "busy")], [completion("Ho")]) as serving:
        answer = post(serving, ASKED)
    assert b"200 OK" in answer
    assert json.loads(body_of(answer))["choices"][0]["message"]["content"] == "Ho"
    (trace,) = serving.kept.traces
    assert [len(e.made) for e in trace.events] == [0, 1, 0]
    assert trace.cost.calls == 2


@pytest.mark.parametrize(
    ("step", "status", "code"),
    [
        (complaint(400, "no such field"), 400, "upstream_refused"),
        (complaint(401, "who?"), 502, "upstream_auth"),
        (complaint(429, "slow"), 429, "upstream_rate_limit"),
        (complaint(500, "oh"), 503, "upstream_unavailable"),
        (Step(b"{garbage"), 502, "upstream_protocol"),
        (Step(b"{}"), 502, "upstream_protocol"),
        (Step(b'{"choices": []}'), 502, "upstream_protocol"),
        (Step(b"<html>", headers={"content-type": "text/html"}), 502, "upstream_protocol"),
        (Step(b'{"error": {"message": "oh"}}'), 502, "upstream_protocol"),
        (Step(SAID, cut=20), 502, "upstream_protocol"),
        (Step(b"", cut=0), 502, "upstream_protocol"),
        (Step(SAID, hang=9), 504, "upstream_timeout"),
        (stream(chunk(content="x"), cut=12), 502, "upstream_protocol"),
    ],
)
@pytest.mark.parametrize("name", ["raw/a", "a"])
def test_what_goes_wrong_behind_is_told_in_the_protocol_s_shape_and_recorded(
    step: Step, status: int, code: str, name: str
) -> None:
    from lightwing.models.http import Timeouts

    with served([step], timeouts=Timeouts(connect=1, read=0.5, call=1)) as serving:
        answer = post(serving, ASKED.replace(b"raw/a", name.encode()))
    assert f"HTTP/1.1 {status}".encode() in answer
    error = json.loads(body_of(answer))["error"]
    assert (error["code"], error["param"], bool(error["message"])) == (code, None, True)
    assert [(t.status.value, bool(t.error)) for t in serving.kept.traces] == [("abstained", True)]


def test_a_stream_that_breaks_off_ends_with_an_error_the_client_raises_and_is_recorded_as_far_as_it_came() -> None:
    broken = stream(chunk(content="Half of"), chunk(content=" it"), gap=0.02)
    with served([broken]) as serving, serving.client() as client:
        said = []
        asked = client.chat.completions.create(model="raw/a", stream=True, messages=[{"role": "user", "content": "Hi"}])
        with pytest.raises(openai.APIError, match="ended in the middle"):
            deque(said.append(each.choices[0].delta.content) for each in asked)
    assert said == ["Half of", " it"]
    (trace,) = serving.kept.traces
    assert (trace.answer, trace.status.value) == ("Half of it", "not_met")


def test_a_caller_that_hangs_up_ends_the_stream_and_is_recorded() -> None:
    slow = stream(*(chunk(content=f"{i} ") for i in range(200)), chunk(finish="stop"), DONE, gap=0.02)
    with served([slow]) as serving, serving.client() as client:
        asked = client.chat.completions.create(model="raw/a", stream=True, messages=[{"role": "user", "content": "Hi"}])
        for _, _each in zip(range(3), asked, strict=False):
            pass
        asked.close()
        deadline = 100
        while not serving.kept.traces and (deadline := deadline - 1):
            time.sleep(0.05)
        (trace,) = serving.kept.traces
    assert trace.candidates[0].answer.finish == "cut"
    assert trace.answer.startswith("0 1 2 ")
    assert len(trace.answer.split()) < 150
    assert trace.events[-1].action.reason == "The caller hung up."  # type: ignore[union-attr]
