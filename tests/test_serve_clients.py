"""The official clients, unmodified, against the gateway: Python and npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

openai = pytest.importorskip("openai", reason="the gateway's tests ask with the official client")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from models_endpoint import Asked, Step, chunk, complaint, completion, event, stream  # noqa: E402
from serve_tools import served  # noqa: E402

RULE = {"role": "system", "content": "Do not use commas."}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def talk(asked: Asked) -> Step:
    """An upstream that breaks the rule in its first draft of each conversation, and calls the tool where it is offered one and has no result yet."""
    said = [m for m in asked.body["messages"] if m["role"] != "system"]
    if asked.body.get("tools") and not any(m["role"] == "tool" for m in said):
        call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
        return completion(None, tool_calls=[call])
    if asked.body.get("logprobs"):
        body = json.loads(completion("Fine").body)
        body["choices"][0]["logprobs"] = {"content": [{"token": "Fine", "logprob": -0.5}]}
        return Step(json.dumps(body).encode())
    return completion("It is fine" if len(said) > 1 else "It is, well, fine")


def test_a_conversation_with_tools_over_several_turns() -> None:
    with served(talk) as serving, serving.client() as client:
        messages: list[Any] = [RULE, {"role": "user", "content": "Weather in Bern?"}]
        first = client.chat.completions.create(model="a", messages=messages, tools=[TOOL])
        call = first.choices[0].message.tool_calls[0]
        assert (first.choices[0].finish_reason, call.function.name) == ("tool_calls", "weather")
        messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sun"}]
        second = client.chat.completions.create(model="a", messages=messages, tools=[TOOL])
        assert second.choices[0].message.content == "It is fine"
        roles = [m["role"] for m in serving.ends[0].asked[-1].body["messages"]]
        assert roles == ["system", "user", "assistant", "tool"]


def test_tools_in_a_stream() -> None:
    with served(talk) as serving, serving.client() as client:
        asked = client.chat.completions.create(
            model="a", messages=[RULE, {"role": "user", "content": "Weather?"}], tools=[TOOL], stream=True
        )
        calls = [c for e in asked if e.choices for c in e.choices[0].delta.tool_calls or ()]
    assert "".join(c.function.arguments or "" for c in calls) == '{"city": "Bern"}'


def test_usage_is_that_of_all_calls_and_the_fields_of_a_request_reach_the_model() -> None:
    with served(talk) as serving, serving.client() as client:
        got = client.chat.completions.create(
            model="a",
            messages=[RULE, {"role": "user", "content": 'How is it? End with the word "fine".'}],
            seed=7,
            temperature=0.3,
            top_p=0.9,
            max_completion_tokens=50,
            stop=["END"],
            presence_penalty=0.5,
            user="u",
            logit_bias={"1": 2},
            extra_body={"own": [1]},
        )
    calls = got.model_extra["lightwing"]["calls"]
    assert got.usage.total_tokens == 10 * calls
    body = serving.ends[0].asked[0].body
    expected = {
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 50,
        "stop": ["END"],
        "presence_penalty": 0.5,
        "user": "u",
        "own": [1],
    }
    assert {name: body.get(name) for name in expected} == expected
    assert (body["logit_bias"], "seed" in body) == ({"1": 2}, True)


def test_logprobs_are_those_of_the_answer_and_none_of_a_mended_one() -> None:
    with served(talk) as serving, serving.client() as client:
        got = client.chat.completions.create(
            model="a", messages=[RULE, {"role": "user", "content": "Hm"}], logprobs=True
        )
    assert got.choices[0].logprobs.content[0].logprob == -0.5


def test_several_choices_have_seeds_and_traces_of_their_own() -> None:
    with served([completion("Fine")]) as serving, serving.client() as client:
        got = client.chat.completions.create(model="a", messages=[RULE, {"role": "user", "content": "Hm"}], n=3, seed=5)
    assert [c.index for c in got.choices] == [0, 1, 2]
    assert len({t.id for t in serving.kept.traces}) == 3
    assert len({a.body["seed"] for a in serving.ends[0].asked}) == 3


def test_the_client_tries_again_after_a_refusal_that_passes() -> None:
    steps = [
        complaint(429, "slow"),
        complaint(429, "slow"),
        complaint(429, "slow"),
        complaint(429, "slow"),
        completion("Fine"),
    ]
    with served(steps) as serving, serving.client(max_retries=3) as client:
        got = client.chat.completions.create(model="raw/a", messages=[{"role": "user", "content": "Hm"}])
    assert got.choices[0].message.content == "Fine"
    assert [bool(t.error) for t in serving.kept.traces][-1] is False


def test_parsed_answers_hold_their_schema() -> None:
    from pydantic import BaseModel

    class City(BaseModel):
        name: str
        people: int

    steps = [completion('{"name": "Bern"}'), completion('{"name": "Bern", "people": 134000}')]
    with served(steps) as serving, serving.client() as client:
        got = client.chat.completions.parse(
            model="a", messages=[{"role": "user", "content": "Bern?"}], response_format=City
        )
    assert got.choices[0].message.parsed == City(name="Bern", people=134000)
    assert len(serving.ends[0].asked) == 2


def test_images_go_along() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with served([completion("Red")]) as serving, serving.client() as client:
        content = [{"type": "text", "text": "What colour?"}, picture]
        client.chat.completions.create(model="a", messages=[RULE, {"role": "user", "content": content}])
    assert picture in serving.ends[0].asked[0].body["messages"][1]["content"]


def test_asking_at_once() -> None:
    import asyncio

    async def many(url: str) -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0, timeout=30) as client:
            asked = [
                client.chat.completions.create(
                    model=("a", "raw/a")[i % 2], messages=[{"role": "user", "content": f"{i}"}]
                )
                for i in range(40)
            ]
            return [got.choices[0].message.content for got in await asyncio.gather(*asked)]

    with served(lambda asked: completion(asked.body["messages"][-1]["content"])) as serving:
        assert asyncio.run(many(serving.url)) == [f"{i}" for i in range(40)]
    assert len(serving.kept.traces) == 40


# npm's client

_SCRIPT = """
import OpenAI from 'openai';
const client = new OpenAI({ baseURL: process.argv[2] + '/v1', apiKey: 'none', maxRetries: 0, timeout: 20000 });
const rule = { role: 'system', content: 'Do not use commas.' };
const ask = (more) => client.chat.completions.create({ model: 'a', messages: [rule, { role: 'user', content: 'Hm' }], ...more });
const out = {};
const whole = await ask({});
out.whole = [whole.choices[0].message.content, whole.lightwing.status, whole.usage.total_tokens];
out.stream = '';
for await (const event of await ask({ stream: true })) out.stream += event.choices[0]?.delta?.content ?? '';
out.raw = '';
for await (const event of await ask({ stream: true, model: 'raw/a' })) out.raw += event.choices[0]?.delta?.content ?? '';
const runner = client.chat.completions.stream({ model: 'a', messages: [rule, { role: 'user', content: 'Hm' }] });
out.runner = await runner.finalContent();
out.models = (await client.models.list()).data.map((m) => m.id);
try { await ask({ model: 'nobody' }); } catch (error) { out.missing = [error.constructor.name, error.status, error.code]; }
try { await ask({ temperature: 99 }); } catch (error) { out.bad = [error.constructor.name, error.param]; }
const response = await client.responses.create({ model: 'a', instructions: 'Do not use commas.', input: 'Hm' });
out.response = response.output_text;
out.events = [];
for await (const event of await client.responses.create({ model: 'a', instructions: 'Do not use commas.', input: 'Hm', stream: true })) out.events.push(event.type);
console.log(JSON.stringify(out));
"""


@pytest.fixture(scope="session")
def npm_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which node finds the package `openai`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "openai@6"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install openai here: {done.stderr.strip()[-200:]}")
    return folder


def test_npm_s_client(npm_client: Path) -> None:
    def upstream(asked: Asked) -> Step:
        if asked.body.get("stream"):
            return stream(
                chunk(content="It is"),
                chunk(content=" raw"),
                chunk(finish="stop"),
                event({"choices": []}),
                b"data: [DONE]\n\n",
            )
        return talk(asked)

    (npm_client / "ask.mjs").write_text(_SCRIPT, encoding="utf-8")
    with served(upstream) as serving:
        command = ["node", "ask.mjs", serving.url]
        done = subprocess.run(command, cwd=npm_client, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    out = json.loads(done.stdout)
    events = out.pop("events")
    assert "," not in out["whole"][0] + out["stream"] + out["runner"] + out["response"]
    assert out["whole"][1:] == ["verified", 20] or out["whole"][1] == "verified"
    assert out["raw"] == "It is raw"
    assert out["models"] == ["a", "raw/a"]
    assert out["missing"] == ["NotFoundError", 404, "model_not_found"]
    assert out["bad"] == ["BadRequestError", "temperature"]
    assert (events[0], events[-1]) == ("response.created", "response.completed")
