"""Spans for OpenTelemetry (extra `otel`), by the conventions for generative AI: one for each request, one below it for each call of a model.

Attributes are those of the conventions' registry (`gen_ai.*`, `http.*`, `error.type`) and our own (`lightwing.*`). What was asked and answered stands in no span unless
it is wanted, and error messages never do: an endpoint may repeat a prompt in them. Where no exporter is configured, nothing is imported and nothing is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Message, Sampling, ToolCall
from lightwing.core.errors import ConfigError, MissingExtra
from lightwing.core.protocols import Model
from lightwing.core.trace import Trace
from lightwing.serve.watched import Call, Watched

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

    from lightwing.serve.assistants import ServedTool
    from lightwing.serve.engine import ToolCaller

__all__ = ["CallSpan", "RequestSpan", "Spans", "Traced", "TracedTools", "open_spans"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class RequestSpan:
    """A request under way; this one is written nowhere."""

    def answered(self, *, http: int, traces: Sequence[Trace] = ()) -> None:
        """Says what was sent: the status code and the traces behind it."""

    def failed(self, *, http: int, error: str) -> None:
        """Says that it was refused or failed, by the name of an error."""


class CallSpan:
    """A call of a model under way; this one is written nowhere."""

    def made(self, candidates: Sequence[Candidate]) -> None: ...

    def delta(self, delta: Delta) -> None: ...

    def relayed(self) -> None: ...


_NO_REQUEST, _NO_CALL = RequestSpan(), CallSpan()


class Spans:
    """Writes no spans. What `open_spans` gives where an exporter is configured does.

    >>> with Spans().request(assistant="support", route="/v1/chat/completions") as span:
    ...     span.answered(http=200)
    """

    active = False
    """Whether spans go anywhere."""

    def request(
        self, *, assistant: str, route: str, headers: Mapping[str, str] | None = None
    ) -> AbstractContextManager[RequestSpan]:
        """The span of one request, the parent of all that begins in its block. `headers` (names in lower case) may bring the caller's `traceparent`."""
        return contextlib.nullcontext(_NO_REQUEST)

    def call(self, model: str, case: Case | None, *, n: int, sampling: Sampling | None) -> AbstractContextManager[Call]:
        """The span of one call of a model."""
        return contextlib.nullcontext(_NO_CALL)

    def tool(self, name: str, *, call: str = "") -> AbstractContextManager[None]:
        """The span of one call of a tool; `call` is the call's id."""
        return contextlib.nullcontext()

    def close(self) -> None:
        """Sends what was not sent yet."""


class Traced(Watched):
    """A model each call of which is a span."""

    def __init__(self, model: Model, spans: Spans) -> None:
        super().__init__(model, spans)


class TracedTools:
    """Calls the gateway's tools; each call is a span."""

    def __init__(self, tools: ToolCaller, spans: Spans) -> None:
        self._tools, self._spans = tools, spans

    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        with self._spans.tool(tool.tool.name, call=call.id):
            return await self._tools.call(tool, call)


def open_spans(*, endpoint: str | None = None, content: bool = False, exporter: SpanExporter | None = None) -> Spans:
    """Spans sent over HTTP (OTLP) to the collector at `endpoint` (`http://host:4318`), else where the usual variables of the environment say; without either none.

    The environment's other variables hold too (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, …); `OTEL_SDK_DISABLED=true` and
    `OTEL_TRACES_EXPORTER=none` switch off. `content` writes what was asked and answered into the spans. `exporter` is for programs that bring one.

    Raises:
        ConfigError: the endpoint is no address.
        MissingExtra: an endpoint or exporter is given and the extra is not installed. With the environment alone there are no spans then.
    """
    if endpoint is not None and not (endpoint.startswith(("http://", "https://")) and urlsplit(endpoint).hostname):
        raise ConfigError(
            f"{endpoint!r} is no http or https address.", where="serve.otel", hint="For example http://127.0.0.1:4318"
        )
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    named = endpoint is not None or exporter is not None
    if off or not (named or any(os.environ.get(name) for name in _ENDPOINTS)):
        return Spans()
    if not _installed():
        if named:
            raise MissingExtra("opentelemetry-sdk", extra="otel", need="Sending spans")
        return Spans()
    from opentelemetry.sdk.trace import TracerProvider

    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=None if endpoint is None else f"{endpoint.rstrip('/')}/v1/traces")
    provider = TracerProvider(resource=_resource())
    return _Telling(provider, exporter, content=content)


def _installed() -> bool:
    try:
        return all(find_spec(f"opentelemetry.{part}") for part in ("sdk", "exporter.otlp.proto.http"))
    except ModuleNotFoundError:
        return False


def _resource() -> Any:
    from importlib.metadata import version

    from opentelemetry.sdk.resources import Resource

    given = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    name = {} if given else {"service.name": "lightwing"}
    return Resource.create({**name, "service.version": version("lightwing")})


class _Telling(Spans):
    """Writes spans through a provider of its own, so that no other instrumentation of the process is changed."""

    active = True

    def __init__(self, provider: TracerProvider, exporter: SpanExporter, *, content: bool) -> None:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider.add_span_processor(BatchSpanProcessor(exporter))
        self._provider = provider
        self._tracer = provider.get_tracer("lightwing")
        self._content = content

    @contextlib.contextmanager
    def request(self, *, assistant: str, route: str, headers: Mapping[str, str] | None = None) -> Iterator[RequestSpan]:
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, use_span

        span = self._tracer.start_span(
            f"invoke_agent {assistant}",
            context=extract(dict(headers or {})),
            kind=SpanKind.SERVER,
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.provider.name": "lightwing",
                "gen_ai.agent.name": assistant,
                "http.request.method": "POST",
                "http.route": route,
            },
        )
        told = _RequestTold(span, content=self._content)
        with _ending(span, told=told), use_span(span, record_exception=False, set_status_on_exception=False):
            yield told

    @contextlib.contextmanager
    def call(self, model: str, case: Case | None, *, n: int, sampling: Sampling | None) -> Iterator[Call]:
        from opentelemetry.trace import SpanKind

        provider, _, name = model.partition(":")
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": name or model,
            **_asked(n, sampling),
        }
        if self._content and case is not None:
            attributes["gen_ai.input.messages"] = json.dumps([_message(m) for m in case.messages])
        # Not made the current span: a stream is read on in other contexts than the one it began in.
        span = self._tracer.start_span(f"chat {name or model}", kind=SpanKind.CLIENT, attributes=attributes)
        told = _CallTold(span, content=self._content)
        with _ending(span):
            try:
                yield told
            finally:
                told.end()

    @contextlib.contextmanager
    def tool(self, name: str, *, call: str = "") -> Iterator[None]:
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
        if call:
            attributes["gen_ai.tool.call.id"] = call
        span = self._tracer.start_span(f"execute_tool {name}", attributes=attributes)
        with _ending(span):
            yield

    def close(self) -> None:
        self._provider.shutdown()


@contextlib.contextmanager
def _ending(span: Span, *, told: _RequestTold | None = None) -> Iterator[None]:
    """Ends the span with what ended the block: only the error's name, and not even that where it was told before."""
    try:
        yield
    except asyncio.CancelledError:
        span.set_attribute("error.type", "cancelled")
        raise
    except Exception as error:
        if told is None or not told.ended:
            _fail(span, type(error).__name__)
        raise
    finally:
        span.end()


def _fail(span: Span, error: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR))


class _RequestTold(RequestSpan):
    def __init__(self, span: Span, *, content: bool) -> None:
        self._span = span
        self._content = content
        self.ended = False

    def answered(self, *, http: int, traces: Sequence[Trace] = ()) -> None:
        self._span.set_attribute("http.response.status_code", http)
        if not traces:
            return
        last, cost = traces[-1], sum((t.cost + t.judge_cost for t in traces), Cost())
        self._span.set_attributes(
            {
                **_used(cost),
                "lightwing.trace": last.id,
                "lightwing.spec": last.spec,
                "lightwing.status": last.status.value,
                "lightwing.calls": sum(t.cost.calls for t in traces),
                "lightwing.judge_calls": sum(t.judge_cost.calls for t in traces),
                "lightwing.clauses.failed": list(last.syndrome.failed),
            }
        )
        if cost.price is not None:
            self._span.set_attribute("lightwing.price", cost.price)
        if last.risk is not None and last.risk.wrong is not None:
            self._span.set_attribute("lightwing.wrong", last.risk.wrong)
        if self._content and last.delivered is not None:
            answer = last.candidate(last.delivered).answer
            self._span.set_attribute("gen_ai.output.messages", json.dumps([_said(answer)]))

    def failed(self, *, http: int, error: str) -> None:
        self.ended = True
        self._span.set_attribute("http.response.status_code", http)
        self._span.set_attribute("error.type", error)
        if http >= 500:  # what a caller did wrong is no fault of the server
            _fail(self._span, error)


class _CallTold(CallSpan):
    """Gathers what a call gave. A stream is told of at its end."""

    def __init__(self, span: Span, *, content: bool) -> None:
        self._span = span
        self._content = content
        self._began = time.monotonic()
        self._first: float | None = None
        self._texts: dict[int, list[str]] = {}
        self._finishes: dict[int, str] = {}
        self._cost = Cost()

    def made(self, candidates: Sequence[Candidate]) -> None:
        for index, candidate in enumerate(candidates):
            self._finishes[index] = candidate.answer.finish
            self._cost += candidate.cost
        if self._content:
            said = [_said(candidate.answer) for candidate in candidates]
            self._span.set_attribute("gen_ai.output.messages", json.dumps(said))

    def delta(self, delta: Delta) -> None:
        if self._first is None:
            self._first = time.monotonic() - self._began
        if self._content and delta.text:
            self._texts.setdefault(delta.index, []).append(delta.text)
        if delta.finish is not None:
            self._finishes[delta.index] = delta.finish
            self._cost += delta.cost or Cost(price=None)

    def end(self) -> None:
        if self._first is not None:
            self._span.set_attribute("gen_ai.request.stream", True)
            self._span.set_attribute("gen_ai.response.time_to_first_chunk", self._first)
        if self._finishes:
            self._span.set_attribute(
                "gen_ai.response.finish_reasons", [self._finishes[i] for i in sorted(self._finishes)]
            )
            self._span.set_attributes(_used(self._cost))
            if self._cost.price is not None:
                self._span.set_attribute("lightwing.price", self._cost.price)
        if self._texts:
            said = [
                _said(Answer(text="".join(pieces)), finish=self._finishes.get(index, "cut"))
                for index, pieces in sorted(self._texts.items())
            ]
            self._span.set_attribute("gen_ai.output.messages", json.dumps(said))


def _used(cost: Cost) -> dict[str, int]:
    return {"gen_ai.usage.input_tokens": cost.input_tokens, "gen_ai.usage.output_tokens": cost.output_tokens}


def _asked(n: int, sampling: Sampling | None) -> dict[str, Any]:
    if sampling is None:
        return {}
    given = {
        "gen_ai.request.choice.count": n if n != 1 else None,
        "gen_ai.request.seed": sampling.seed,
        "gen_ai.request.max_tokens": sampling.max_tokens,
        "gen_ai.request.temperature": sampling.temperature,
        "gen_ai.request.top_p": sampling.top_p,
        "gen_ai.request.stop_sequences": list(sampling.stop) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _message(message: Message) -> dict[str, Any]:
    """A message in the conventions' form."""
    if message.role == "tool":
        part = {"type": "tool_call_response", "id": message.tool_call_id, "response": message.content}
        return {"role": "tool", "parts": [part]}
    return {"role": message.role, "parts": _parts(message.content, message.tool_calls)}


def _said(answer: Answer, *, finish: str | None = None) -> dict[str, Any]:
    parts = _parts(answer.text, answer.tool_calls)
    return {"role": "assistant", "parts": parts, "finish_reason": finish or answer.finish}


def _parts(text: str, calls: Sequence[Any]) -> list[dict[str, Any]]:
    said = [{"type": "text", "content": text}] if text else []
    return said + [{"type": "tool_call", "id": c.id, "name": c.name, "arguments": c.arguments} for c in calls]
