"""Who comes in at the gateway's door, for how much, and what is counted and written of it: the application driven without a socket."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("prometheus_client")

from lightwing.core.case import Price
from lightwing.core.errors import ModelUnavailable, StoreError
from lightwing.core.protocols import Model
from lightwing.decode import decoder
from lightwing.models import ScriptedModel
from lightwing.models.scripted import Reply
from lightwing.serve import Assistant, Engine
from lightwing.serve.app import Gateway, application
from lightwing.serve.breaker import Breaker, Guarded, Tripping
from lightwing.serve.keeping import Keeper
from lightwing.serve.keys import Allowance, Key, Keys, MemoryKeys, new_key
from lightwing.serve.limits import Gate, Limits
from lightwing.serve.logs import set_up_logs
from lightwing.serve.metrics import Metrics
from lightwing.serve.spans import open_spans
from lightwing.serve.spill import Spill
from lightwing.serve.stored import StoredKeys, StoredUsage
from lightwing.store import Redaction, TraceStore


@dataclass
class Got:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Door:
    """A gateway of scripted models, with keys in memory."""

    def __init__(self, *models: Model, **more: Any) -> None:
        rungs = models or (ScriptedModel(["tea for two"], cycle=True),)
        made = {
            name: Assistant(name=name, models=list(rungs), decoder=decoder("repair-best"), wishes=False)
            for name in ("lightwing/support", "lightwing/other")
        }
        self.kept = MemoryKeys()
        keeper = more.pop("keeper", Keeper(store=None))
        settings = {"keys": Keys(self.kept, seconds=0.01), "limits": Limits(None), **more}
        self.gateway = Gateway(
            engine=Engine(assistants=made, keep=keeper, call=None),
            keeper=keeper,
            **settings,  # type: ignore[arg-type]
        )
        self._app = application(self.gateway)

    def key(self, **limits: Any) -> str:
        key, text = new_key("Ada", allowance=Allowance(**limits))
        self.kept.add(key)
        return text

    async def ask(
        self,
        key: str | None = None,
        *,
        model: str = "lightwing/support",
        path: str = "/v1/chat/completions",
        query: bytes = b"",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "my private wish"}]}).encode()
        given = {"content-type": "application/json", "host": "127.0.0.1", **(headers or {})}
        if key is not None:
            given["authorization"] = f"Bearer {key}"
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": [(n.encode(), v.encode()) for n, v in given.items()],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
        }
        asked = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent: list[Any] = []

        async def receive() -> Any:
            try:
                return next(asked)
            except StopIteration:
                await asyncio.sleep(3600)

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        headers = {n.decode(): v.decode() for n, v in sent[0]["headers"]}
        return Got(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))


def test_nobody_comes_in_without_a_good_key() -> None:
    door = Door()
    good = door.key()
    stranger = new_key("Eve")[1]

    async def run() -> None:
        assert (await door.ask(good)).status == 200
        for wrong in (None, "", "lw_", "sk-of-a-vendor", stranger, good + "x", good[:-1]):
            got = await door.ask(wrong)
            assert (got.status, got.code) == (401, "key")
            assert wrong is None or not wrong or wrong not in got.body.decode()
        for path in ("/v1/models", "/v1/models/lightwing/support", "/metrics"):
            assert (await door.ask(path=path, method="GET")).status == 401
            assert (await door.ask(good, path=path, method="GET")).status in (200, 404)
        for path in ("/healthz", "/readyz", "/openapi.json"):
            assert (await door.ask(path=path, method="GET")).status == 200

    asyncio.run(run())


@pytest.mark.parametrize("query", ["key={key}", "api_key=x", "a=1&token={key}", "API_KEY=x"])
def test_a_key_in_the_url_is_refused_though_it_be_good(query: str) -> None:
    door = Door()
    good = door.key()

    async def run() -> Got:
        return await door.ask(good, query=query.format(key=good).encode())

    got = asyncio.run(run())
    assert (got.status, got.code) == (400, "key_in_url")


def test_a_key_asks_for_its_assistants_and_sees_no_others() -> None:
    door = Door()
    mine = door.key(assistants=("lightwing/support",))

    async def run() -> None:
        assert (await door.ask(mine)).status == 200
        assert (await door.ask(mine, model="lightwing/other")).status == 403
        listed = await door.ask(mine, path="/v1/models", method="GET")
        assert [m["id"] for m in listed.json["data"]] == ["lightwing/support"]
        assert (await door.ask(mine, path="/v1/models/lightwing/other", method="GET")).status == 403

    asyncio.run(run())


def test_a_key_that_is_revoked_ends_while_the_gateway_runs() -> None:
    door = Door()
    text = door.key()

    async def run() -> None:
        assert (await door.ask(text)).status == 200
        door.kept.revoke(text.split("_")[1], 1.0)
        await asyncio.sleep(0.03)
        got = await door.ask(text)
        assert got.status == 401
        assert "revoked" in got.json["error"]["message"]

    asyncio.run(run())


def test_a_rate_answers_429_with_the_seconds_to_wait() -> None:
    door = Door(metrics=Metrics())
    text = door.key(requests_per_minute=6)

    async def run() -> None:
        assert (await door.ask(text)).status == 200
        got = await door.ask(text)
        assert (got.status, got.code, got.headers["retry-after"]) == (429, "requests_per_minute", "10")
        numbers = (await door.ask(text, path="/metrics", method="GET")).body.decode()
        assert 'lightwing_refused_total{limit="requests_per_minute"} 1.0' in numbers
        assert (
            'lightwing_requests_total{assistant="lightwing/support",route="/v1/chat/completions",status="429"} 1.0'
            in numbers
        )

    asyncio.run(run())


def test_a_full_gateway_answers_429_and_gives_places_back() -> None:
    slow = ScriptedModel([Reply(delay=0.5)], cycle=True)
    door = Door(slow, gate=Gate(slots=1, queue=1))
    text = door.key()

    async def run() -> None:
        got = await asyncio.gather(*(door.ask(text) for _ in range(4)))
        assert sorted(g.status for g in got) == [200, 200, 429, 429]
        assert {g.code for g in got if g.status == 429} == {"queue"}
        assert all(int(g.headers["retry-after"]) >= 1 for g in got if g.status == 429)
        assert (door.gateway.gate.running, door.gateway.gate.waiting) == (0, 0)
        assert (await door.ask(text)).status == 200

    asyncio.run(run())


def test_a_key_at_its_concurrency_leaves_the_others_alone() -> None:
    door = Door(ScriptedModel([Reply(delay=0.5)], cycle=True))
    mine, other = door.key(concurrency=1), door.key()

    async def run() -> None:
        got = await asyncio.gather(door.ask(mine), door.ask(mine), door.ask(other))
        assert [g.status for g in got] == [200, 429, 200]
        assert (await door.ask(mine)).status == 200

    asyncio.run(run())


def stored(path: Path, **limits: Any) -> tuple[TraceStore, Key, str]:
    store = TraceStore(path)
    key, text = new_key("Ada", allowance=Allowance(**limits))
    StoredKeys(store).add(key)
    return store, key, text


def test_a_budget_is_that_of_the_store(tmp_path: Path) -> None:
    """Each request takes 7 tokens (4 asked, 3 answered); after the third there are 21 of 20."""
    store, key, text = stored(tmp_path / "t.sqlite", tokens_per_day=20)
    keeper = Keeper(store=store)
    door = Door(keeper=keeper, keys=Keys(StoredKeys(store)), limits=Limits(StoredUsage(store)))

    async def run() -> list[int]:
        keeper.open()
        got = [(await door.ask(text)) for _ in range(5)]
        assert got[-1].code == "tokens_per_day"
        assert 0 < int(got[-1].headers["retry-after"]) <= 86_400
        return [g.status for g in got]

    with store:
        assert asyncio.run(run()) == [200, 200, 200, 429, 429]
        keeper.close()
        assert StoredUsage(store)(key.id, since=0).tokens == 21


class Broken:
    """A store that takes nothing."""

    def add_owned(self, pairs: Any) -> Any:
        raise StoreError("full")


@pytest.mark.parametrize("broken", [False, True], ids=["store", "spill"])
def test_what_is_struck_out_is_written_nowhere(tmp_path: Path, broken: bool) -> None:
    store, key, text = stored(tmp_path / "t.sqlite")
    redaction = Redaction(fields=("case.messages", "candidates.*.answer.text", "reasons", "metadata.*"), key=b"k")
    keeper = Keeper(
        store=Broken() if broken else store, spill=Spill(tmp_path / "t.sqlite"), redact=redaction.applied, again=60
    )
    door = Door(keeper=keeper, keys=Keys(StoredKeys(store)))

    async def run() -> Got:
        keeper.open()
        return await door.ask(text)

    with store:
        got = asyncio.run(run())
        assert got.json["choices"][0]["message"]["content"] == "tea for two", "the caller gets the whole answer"
        id = got.headers["x-lightwing-trace"]
        if not broken:
            assert store.get(id, owner=key.id).case.messages[0].content.startswith("[redacted: 15 characters, hmac")
        files = b"".join(f.read_bytes() for f in tmp_path.iterdir() if f.is_file())
        assert id.encode() in files
        assert key.id.encode() in files
        assert b"private wish" not in files
        assert b"tea for two" not in files
        keeper.close()


def test_a_budget_in_money_needs_prices(tmp_path: Path) -> None:
    store, _, text = stored(tmp_path / "t.sqlite", price_per_day=1.0)
    unpriced = Door(ScriptedModel(["x"], price=None), keys=Keys(StoredKeys(store)), limits=Limits(StoredUsage(store)))
    priced = Door(
        ScriptedModel(["x"] * 3, price=Price(per_call=1.0)),
        keys=Keys(StoredKeys(store)),
        limits=Limits(StoredUsage(store)),
    )

    async def run() -> None:
        got = await unpriced.ask(text)
        assert (got.status, got.code) == (403, "configuration")
        assert (await priced.ask(text)).status == 200

    with store:
        asyncio.run(run())


def test_a_store_that_cannot_be_read_lets_nobody_in() -> None:
    class Away(MemoryKeys):
        def all(self) -> Any:
            raise StoreError("The server at secret-host went away.")

    door = Door(keys=Keys(Away()))

    async def run() -> Got:
        return await door.ask(new_key("Ada")[1])

    got = asyncio.run(run())
    assert (got.status, got.code) == (503, "store")
    assert "secret-host" not in got.body.decode()
    assert "retry-after" in got.headers


def test_a_rung_whose_breaker_is_open_is_passed_over() -> None:
    down = ScriptedModel([ModelUnavailable("down")] * 50, name="down")
    first = Guarded(down, Breaker("down", Tripping(failures=1)))
    metrics = Metrics()
    metrics.breaker(first.breaker)
    door = Door(first, ScriptedModel(["tea"], name="up", cycle=True), metrics=metrics)
    text = door.key()

    async def run() -> None:
        for _ in range(3):
            assert (await door.ask(text)).status == 200
        assert b'lightwing_breaker_state{model="down"} 2.0' in metrics.text()[0]

    asyncio.run(run())
    assert len(down.asked) == 1


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    names = ("lightwing", "uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")
    before = [(logging.getLogger(n), logging.getLogger(n).handlers[:], logging.getLogger(n).propagate) for n in names]
    levels = [logger.level for logger, _, _ in before]
    out = io.StringIO()
    set_up_logs(stream=out)
    yield out
    for (logger, handlers, propagate), level in zip(before, levels, strict=True):
        logger.handlers[:] = handlers
        logger.propagate = propagate
        logger.setLevel(level)


@pytest.mark.parametrize("content", [False, True])
def test_what_is_logged_of_a_request(log: io.StringIO, content: bool) -> None:
    echoing = ScriptedModel(["tea for two", *[ModelUnavailable("I cannot read: my private wish")] * 9])
    door = Door(echoing, log_content=content)
    text = door.key()

    async def run() -> None:
        assert (await door.ask(text)).status == 200
        assert (await door.ask(text)).status == 503
        assert (await door.ask(text + "x")).status == 401

    asyncio.run(run())
    said = log.getvalue()
    answered, failed, refused = [json.loads(line) for line in said.splitlines() if '"message":"request"' in line]
    assert (answered["http"], failed["http"], refused["http"]) == (200, 503, 401)
    assert answered["key"] == failed["key"] == text.split("_")[1]
    assert "key" not in refused
    assert (answered["status"], answered["calls"], answered["tokens"]) == ("verified", 1, 7)
    assert text.split("_", 2)[2] not in said
    assert ("private wish" in said) == content
    assert ("tea for two" in said) == content


def test_a_request_is_a_span_with_its_calls() -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace import StatusCode

    from lightwing.serve.spans import Traced

    exporter = InMemorySpanExporter()
    spans = open_spans(exporter=exporter)
    model = Traced(ScriptedModel(["tea", *[ModelUnavailable("x")] * 9], name="openai:m"), spans)
    door = Door(model, spans=spans)
    text, slow = door.key(), door.key(requests_per_minute=1)

    async def run() -> None:
        assert (await door.ask(text, headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})).status == 200
        assert (await door.ask(text)).status == 503
        assert (await door.ask(slow, model="lightwing/none")).status == 404

    asyncio.run(run())
    spans.close()
    top = [s for s in exporter.get_finished_spans() if s.name == "invoke_agent lightwing/support"]
    good, bad = top
    assert good.context is not None
    assert f"{good.context.trace_id:032x}" == "a" * 32
    assert dict(good.attributes or {})["lightwing.status"] == "verified"
    assert good.status.status_code is StatusCode.UNSET
    assert (bad.attributes or {})["error.type"] == "upstream_unavailable"
    assert (bad.attributes or {})["http.response.status_code"] == 503
    assert bad.status.status_code is StatusCode.ERROR
    calls = [s for s in exporter.get_finished_spans() if s.name == "chat m"]
    assert {s.parent.span_id for s in calls if s.parent} == {s.context.span_id for s in top if s.context}
