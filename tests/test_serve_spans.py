"""Spans: names and attributes by the conventions, no content unless asked, nothing at all where nothing is configured."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cli_tools import THIS

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from lightwing.core.case import Answer, Candidate, Case, Cost, Message, Origin, Sampling, Tool, ToolCall
from lightwing.core.errors import ConfigError, MissingExtra, ModelTimeout
from lightwing.core.outcome import Status, Syndrome, fail
from lightwing.core.risk import Binding, Risk
from lightwing.core.trace import Trace
from lightwing.models import ScriptedModel
from lightwing.models.scripted import Reply
from lightwing.serve import spans as module
from lightwing.serve.assistants import ServedTool
from lightwing.serve.spans import Spans, Traced, TracedTools, open_spans

CASE = Case.ask("a private wish", system="be kind")
RISK = Risk(
    wrong=0.125,
    target=None,
    confidence=0.95,
    level=None,
    standing="estimated",
    basis="assumed",
    bound=Binding(spec="s1", models=("small",)),
)
SAMPLING = Sampling(temperature=0.5, max_tokens=9, stop=("END",), seed=3)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


class Told:
    """Spans into a list."""

    def __init__(self, *, content: bool = False) -> None:
        self.exporter = InMemorySpanExporter()
        self.spans = open_spans(exporter=self.exporter, content=content)

    def all(self) -> dict[str, ReadableSpan]:
        self.spans.close()
        return {span.name: span for span in self.exporter.get_finished_spans()}


def trace() -> Trace:
    answer = Candidate(answer=Answer(text="granted"), id="a1", origin=Origin(model="small"))
    return Trace(
        case=CASE,
        spec="s1",
        decoder="d",
        models=("small",),
        status=Status.NOT_MET,
        delivered="a1",
        candidates=(answer,),
        syndromes={"a1": Syndrome(outcomes={"c1": fail("no")})},
        cost=Cost(calls=2, input_tokens=10, output_tokens=4, price=0.5),
        judge_cost=Cost(calls=1, input_tokens=5, output_tokens=1, price=0.25),
        risk=RISK,
        id="t1",
    )


class Booked:
    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        return f"booked {call.id}"


def test_a_request_and_its_calls_are_one_tree() -> None:
    told = Told()
    model = Traced(ScriptedModel(["hello"], name="openai:gpt-x"), told.spans)

    async def run() -> None:
        with told.spans.request(assistant="support", route="/v1/chat/completions") as span:
            await asyncio.create_task(model.generate(CASE, n=1, sampling=SAMPLING))
            call = ToolCall(id="call-1", name="book")
            served = ServedTool(tool=Tool(name="book"), endpoint="http://127.0.0.1:1/book")
            assert await TracedTools(Booked(), told.spans).call(served, call) == "booked call-1"
            span.answered(http=200, traces=[trace()])

    asyncio.run(run())
    spans = told.all()
    top, call, tool = spans["invoke_agent support"], spans["chat gpt-x"], spans["execute_tool book"]
    assert (top.kind, call.kind, tool.kind) == (SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL)
    for child in (call, tool):
        assert child.parent is not None
        assert top.context is not None
        assert child.parent.span_id == top.context.span_id
    assert dict(call.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.request.seed": 3,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 6,
        "gen_ai.usage.output_tokens": 2,
        "lightwing.price": 0.0,
    }
    assert dict(top.attributes or {}) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "lightwing",
        "gen_ai.agent.name": "support",
        "http.request.method": "POST",
        "http.route": "/v1/chat/completions",
        "http.response.status_code": 200,
        "gen_ai.usage.input_tokens": 15,
        "gen_ai.usage.output_tokens": 5,
        "lightwing.trace": "t1",
        "lightwing.spec": "s1",
        "lightwing.status": "not_met",
        "lightwing.calls": 2,
        "lightwing.judge_calls": 1,
        "lightwing.clauses.failed": ("c1",),
        "lightwing.price": 0.75,
        "lightwing.wrong": 0.125,
    }
    assert (tool.attributes or {})["gen_ai.tool.call.id"] == "call-1"


def test_names_are_those_of_the_conventions() -> None:
    """Against the registry's own constants, so that a slip of the pen or a renamed attribute shows."""
    from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
    from opentelemetry.semconv.attributes import error_attributes, http_attributes

    known = {
        value
        for registry in (gen_ai_attributes, error_attributes, http_attributes)
        for name, value in vars(registry).items()
        if name.isupper() and isinstance(value, str)
    }
    told = Told(content=True)
    script = [Reply(answer=Answer(text="one two"), pieces=("one ", "two")), ModelTimeout("late")]
    model = Traced(ScriptedModel(script, name="openai:gpt-x"), told.spans)

    async def run() -> None:
        with told.spans.request(assistant="a", route="/x") as span:
            [d async for d in model.stream(CASE, n=1, sampling=SAMPLING)]
            with pytest.raises(ModelTimeout):
                await model.generate(CASE, n=1, sampling=Sampling(top_p=0.5))
            span.answered(http=200, traces=[trace()])
        with told.spans.tool("t", call="c"):
            pass

    asyncio.run(run())
    told.spans.close()
    used = {name for span in told.exporter.get_finished_spans() for name in span.attributes or {}}
    assert {n for n in used if not n.startswith("lightwing.")} <= known
    assert "gen_ai.response.time_to_first_chunk" in used


@pytest.mark.parametrize("content", [False, True])
def test_content_only_where_it_is_wanted(content: bool) -> None:
    told = Told(content=content)
    call = ToolCall(id="1", name="book", arguments='{"seat": 1}')
    script = [Answer(text="a private answer", tool_calls=(call,)), ModelTimeout("it said: a private wish")]
    model = Traced(ScriptedModel(script), told.spans)
    case = CASE.with_messages(Message(role="tool", content="free", tool_call_id="0"))

    async def run() -> None:
        with told.spans.request(assistant="a", route="/x") as span:
            await model.generate(case, n=1, sampling=SAMPLING)
            with contextlib.suppress(ModelTimeout):
                await model.generate(case, n=1, sampling=SAMPLING)
            span.answered(http=200, traces=[trace()])

    asyncio.run(run())
    told.spans.close()
    finished = told.exporter.get_finished_spans()
    said = " ".join(span.to_json() for span in finished)
    assert ("private" in said) == content
    assert ("granted" in said) == content
    if content:
        attributes = finished[0].attributes or {}
        assert json.loads(str(attributes["gen_ai.input.messages"])) == [
            {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
            {"role": "user", "parts": [{"type": "text", "content": "a private wish"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "0", "response": "free"}]},
        ]
        assert json.loads(str(attributes["gen_ai.output.messages"])) == [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "a private answer"},
                    {"type": "tool_call", "id": "1", "name": "book", "arguments": '{"seat": 1}'},
                ],
                "finish_reason": "stop",
            }
        ]


def test_errors_are_told_by_name_and_never_by_message() -> None:
    told = Told(content=True)
    model = Traced(ScriptedModel([ModelTimeout("secret words")]), told.spans)

    async def run() -> None:
        with pytest.raises(ModelTimeout), told.spans.request(assistant="a", route="/x"):
            await model.generate(CASE, n=1, sampling=SAMPLING)

    asyncio.run(run())
    spans = told.all()
    for span in spans.values():
        assert (span.attributes or {})["error.type"] == "ModelTimeout"
        assert span.status.status_code is StatusCode.ERROR
        assert not span.events
        assert "secret" not in span.to_json()


@pytest.mark.parametrize(("http", "status"), [(429, StatusCode.UNSET), (503, StatusCode.ERROR)])
def test_only_our_own_failures_are_errors_of_the_server(http: int, status: StatusCode) -> None:
    told = Told()
    with told.spans.request(assistant="a", route="/x") as span:
        span.failed(http=http, error="LimitReached")
    (only,) = told.all().values()
    assert only.status.status_code is status
    assert (only.attributes or {})["error.type"] == "LimitReached"


def test_a_stream_that_is_left_ends_its_span_and_a_cancelled_call_too() -> None:
    told = Told(content=True)
    reply = Reply(answer=Answer(text="one two"), pieces=("one ", "two"))
    left = Traced(ScriptedModel([reply], name="left"), told.spans)
    cancelled = Traced(ScriptedModel([Reply(delay=60)], name="cancelled"), told.spans)

    async def run() -> None:
        deltas = left.stream(CASE, n=1, sampling=SAMPLING)
        async with contextlib.aclosing(deltas):  # type: ignore[type-var]
            async for _ in deltas:
                break
        call = asyncio.ensure_future(cancelled.generate(CASE, n=1, sampling=SAMPLING))
        await asyncio.sleep(0)
        call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call

    asyncio.run(run())
    spans = told.all()
    attributes = dict(spans["chat left"].attributes or {})
    assert "error.type" not in attributes
    assert json.loads(str(attributes["gen_ai.output.messages"]))[0] == {
        "role": "assistant",
        "parts": [{"type": "text", "content": "one "}],
        "finish_reason": "cut",
    }
    assert (spans["chat cancelled"].attributes or {})["error.type"] == "cancelled"


def test_the_callers_trace_goes_on() -> None:
    told = Told()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with told.spans.request(assistant="a", route="/x", headers={"traceparent": parent}):
        pass
    with told.spans.request(assistant="b", route="/x", headers={"traceparent": "nonsense"}):
        pass
    spans = told.all()
    context = spans["invoke_agent a"].context
    assert context is not None
    assert f"{context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert spans["invoke_agent b"].parent is None


def test_requests_at_the_same_time_keep_their_own_calls() -> None:
    told = Told()
    model = Traced(ScriptedModel([Reply(answer=Answer(text="x"), delay=0.001)], cycle=True, name="m"), told.spans)

    async def one(name: str) -> None:
        with told.spans.request(assistant=name, route="/x"):
            await asyncio.sleep(0)
            await model.generate(CASE, n=1, sampling=SAMPLING)

    async def run() -> None:
        await asyncio.gather(*(one(f"a{i}") for i in range(5)))

    asyncio.run(run())
    told.spans.close()
    spans = told.exporter.get_finished_spans()
    tops = {s.context.span_id for s in spans if s.kind is SpanKind.SERVER and s.context}
    parents = [s.parent.span_id for s in spans if s.kind is SpanKind.CLIENT and s.parent]
    assert sorted(parents) == sorted(tops)
    assert len(tops) == 5


@contextlib.contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector that keeps what it is sent."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_a_collector_gets_them_over_http(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (url, got):
        if by == "environment":
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
            monkeypatch.setenv("OTEL_SERVICE_NAME", "my-gateway")
        spans = open_spans(endpoint=url if by == "argument" else None)
        assert spans.active
        with spans.request(assistant="support", route="/v1/chat/completions"):
            pass
        spans.close()
    ((path, sent),) = got
    assert path == "/v1/traces"
    (of,) = sent.resource_spans
    resource = {a.key: a.value.string_value for a in of.resource.attributes}
    assert resource["service.name"] == ("lightwing" if by == "argument" else "my-gateway")
    assert of.scope_spans[0].spans[0].name == "invoke_agent support"


def test_nothing_is_done_where_nothing_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(open_spans()) is Spans
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    for name, value in (("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")):
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            assert type(open_spans(endpoint="http://127.0.0.1:4318")) is Spans
    model = Traced(ScriptedModel(["x"]), Spans())
    assert asyncio.run(model.generate(CASE, n=1, sampling=SAMPLING))[0].answer.text == "x"
    Spans().close()


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_installed", lambda: False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert type(open_spans()) is Spans, "a variable of the environment is meant for others too"
    with pytest.raises(MissingExtra, match=r"lightwing\[otel\]"):
        open_spans(endpoint="http://127.0.0.1:4318")


def test_nothing_is_imported_where_nothing_is_configured() -> None:
    program = (
        "import sys; from lightwing.serve.spans import open_spans; open_spans()\n"
        "assert not [m for m in sys.modules if m.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=THIS, timeout=60)


@pytest.mark.parametrize("endpoint", ["nonsense", "", "ftp://host", "http://", "localhost:4318"])
def test_an_address_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"serve\.otel"):
        open_spans(endpoint=endpoint)
