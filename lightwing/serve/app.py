"""The application: routes, who may come in, how much at once, and what every answer carries."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from lightwing.core.errors import ConfigError, KeyRefused, LimitReached, StoreError
from lightwing.core.ids import fresh_id
from lightwing.serve.asked import ChatRequest, read_chat, read_json
from lightwing.serve.assistants import Assistant
from lightwing.serve.chat import Chat, Shape
from lightwing.serve.engine import Engine
from lightwing.serve.keeping import Keeper
from lightwing.serve.keys import Key, Keys, bearer
from lightwing.serve.limits import Gate, Limits, Ticket
from lightwing.serve.logs import RequestLog, log_request, request_id
from lightwing.serve.metrics import Metrics
from lightwing.serve.openapi import openapi
from lightwing.serve.refusals import Refused
from lightwing.serve.responses import Answering, read_response
from lightwing.serve.spans import Spans
from lightwing.serve.told import Answered, model_card
from lightwing.serve.wire import Receive, Scope, Send, header, read_body, refuse, send_bytes, send_json

__all__ = ["Gateway", "Settings", "admitted", "application", "as_refused", "refuse_odd"]

_LOG = logging.getLogger("lightwing.serve")

_MOST_HEADERS = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits of one gateway: bytes of a body, seconds for a body to come, seconds between signs of life in a stream, host names it answers to (None: any)."""

    body: int = 10_000_000
    body_seconds: float = 30.0
    heartbeat: float = 10.0
    hosts: frozenset[str] | None = None


@dataclass(slots=True)
class Gateway:
    """All that one process serves with. `keys` None: everybody may ask (the command line allows that on loopback only)."""

    engine: Engine
    keeper: Keeper
    settings: Settings = Settings()
    keys: Keys | None = None
    limits: Limits | None = None
    gate: Gate = field(default_factory=lambda: Gate(slots=128, queue=512))
    metrics: Metrics | None = None
    spans: Spans = field(default_factory=Spans)
    log_content: bool = False
    pages: Sequence[BaseRoute] = ()
    stopping: str = ""
    """Why no more be tried: set when the gateway shuts down."""


def application(gateway: Gateway) -> Starlette:
    """The ASGI application of a gateway."""
    api = _Api(gateway)
    routes: list[BaseRoute] = [
        api.route("/v1/chat/completions", api.chat, "POST"),
        api.route("/v1/responses", api.responses, "POST"),
        api.route("/v1/models", api.models, "GET"),
        api.route("/v1/models/{name:path}", api.model, "GET"),
        api.route("/openapi.json", api.described, "GET", open=True),
        api.route("/healthz", api.alive, "GET", open=True),
        api.route("/readyz", api.ready, "GET", open=True),
        api.route("/metrics", api.numbers, "GET"),
        *gateway.pages,
    ]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gateway.keeper.open()
        await asyncio.to_thread(gateway.engine.runners.warm)
        try:
            yield
        finally:
            await asyncio.to_thread(gateway.keeper.close)
            await asyncio.to_thread(gateway.spans.close)

    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _missing, 405: _missing})


@dataclass(slots=True)
class _Call:
    """One request as a handler sees it."""

    scope: Scope
    receive: Receive
    send: Send
    id: str
    route: str
    key: Key | None = None
    assistant: str = ""
    answered: Answered | None = None
    status: int = 0
    error: str = ""

    @property
    def owner(self) -> str:
        return "" if self.key is None else self.key.id


Handler = Callable[[_Call], Awaitable[None]]


class _Around:
    """A handler with what all share around it. An object, for Starlette takes a function to be one of its own kind."""

    def __init__(self, api: _Api, handler: Handler, path: str, *, open: bool) -> None:
        self._api, self._handler, self._path, self._open = api, handler, path, open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = _Call(scope=scope, receive=receive, send=send, id=f"req_{fresh_id()}", route=self._path)
        await self._api.around(self._handler, call, open=self._open)


class _Api:
    """The handlers of the protocol's routes."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._chat = Chat(gateway.engine, heartbeat=gateway.settings.heartbeat, stopping=lambda: gateway.stopping)
        if gateway.metrics is not None:
            gateway.metrics.watch(
                in_flight=lambda: gateway.gate.running,
                queue=lambda: gateway.gate.waiting,
                behind=lambda: gateway.keeper.behind,
            )

    def route(self, path: str, handler: Handler, method: str, *, open: bool = False) -> Route:
        """`open`: no key is asked for."""
        return Route(path, _Around(self, handler, path, open=open), methods=[method])

    async def around(self, handler: Handler, call: _Call, *, open: bool) -> None:
        """Runs a handler: who asks, errors as the protocol shapes them, what is counted and logged."""
        started, scope, send = time.perf_counter(), call.scope, call.send
        answering = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering, call.status = True, message["status"]
            await send(message)

        call.send = sent
        token = request_id.set(call.id)
        try:
            refuse_odd(scope, self._gateway.settings)
            if not open and self._gateway.keys is not None:
                call.key = await self._gateway.keys.of(bearer(header(scope, b"authorization")))
            await handler(call)
        except Exception as error:
            refused = as_refused(error)
            if isinstance(error, LimitReached) and self._gateway.metrics is not None:
                self._gateway.metrics.refused(error.limit)
            if refused.status >= 500 and not isinstance(error, Refused):
                _LOG.error("a request failed", exc_info=error)
            # An endpoint's own words may repeat what was asked.
            told = self._gateway.log_content or not (refused.code or "").startswith("upstream")
            call.error = refused.message if told else str(refused.code)
            if not answering:
                await refuse(sent, refused, {"x-request-id": call.id})
        finally:
            self._count(call, time.perf_counter() - started)
            request_id.reset(token)

    async def chat(self, call: _Call) -> None:
        """`POST /v1/chat/completions`."""
        data = await self._body(call)
        await self._asked(call, replace(read_chat(read_json(data)), data=data))

    async def responses(self, call: _Call) -> None:
        """`POST /v1/responses`."""
        body = read_json(await self._body(call))
        await self._asked(call, read_response(body), Answering(body))

    async def _body(self, call: _Call) -> bytes:
        settings = self._gateway.settings
        return await read_body(call.scope, call.receive, most=settings.body, seconds=settings.body_seconds)

    async def _asked(self, call: _Call, asked: ChatRequest, shape: Shape | None = None) -> None:
        gateway = self._gateway
        if call.key is not None:  # first: whether a name exists is not told to whom it is closed
            call.key.require(asked.model)
        assistant = gateway.engine.assistant(asked.model)
        call.assistant = assistant.name
        traced = {} if not gateway.spans.active else {n.decode(): v.decode("latin-1") for n, v in call.scope["headers"]}
        with gateway.spans.request(assistant=assistant.name, route=call.route, headers=traced) as span:
            try:
                await self._answered(call, assistant, asked, shape)
            except Exception as error:
                refused = as_refused(error)
                span.failed(http=refused.status, error=refused.code or type(error).__name__)
                raise
            span.answered(http=call.status, traces=() if call.answered is None else call.answered.traces)

    async def _answered(self, call: _Call, assistant: Assistant, asked: ChatRequest, shape: Shape | None) -> None:
        """Answers within the limits of the key and of the gateway."""
        async with admitted(self._gateway, call.key, assistant) as ticket, self._gateway.gate.place():
            call.answered = await self._chat(
                assistant, asked, call.receive, call.send, owner=call.owner, request=call.id, shape=shape
            )
            if call.answered is not None and ticket is not None:
                cost = call.answered.cost
                ticket.spent(tokens=cost.tokens, price=cost.price)

    async def models(self, call: _Call) -> None:
        """`GET /v1/models`."""
        listed = [
            model_card(assistant, name)
            for name, assistant in self._gateway.engine.assistants.items()
            if call.key is None or call.key.may(name)
        ]
        await send_json(call.send, 200, {"object": "list", "data": listed}, {"x-request-id": call.id})

    async def model(self, call: _Call) -> None:
        """`GET /v1/models/NAME`."""
        name = call.scope["path_params"]["name"]
        if call.key is not None:
            call.key.require(name)
        assistant = self._gateway.engine.assistant(name)
        await send_json(call.send, 200, model_card(assistant, name), {"x-request-id": call.id})

    async def described(self, call: _Call) -> None:
        """`GET /openapi.json`."""
        await send_json(call.send, 200, openapi())

    async def alive(self, call: _Call) -> None:
        """`GET /healthz`: the process answers."""
        await send_json(call.send, 200, {"status": "ok"})

    async def ready(self, call: _Call) -> None:
        """`GET /readyz`: traffic may be sent here: the gateway is not shutting down, and its traces can be kept."""
        gateway = self._gateway
        trouble = gateway.stopping or gateway.keeper.trouble
        body = {"status": "not ready" if trouble else "ok", "behind": gateway.keeper.behind}
        if trouble:
            body["reason"] = trouble
        await send_json(call.send, 503 if trouble else 200, body)

    async def numbers(self, call: _Call) -> None:
        """`GET /metrics`."""
        if self._gateway.metrics is None:
            raise Refused(404, "This gateway keeps no numbers.")
        data, kind = self._gateway.metrics.text()
        await send_bytes(call.send, 200, data, kind)

    def _count(self, call: _Call, seconds: float) -> None:
        """Numbers and one line of log."""
        answered, cost = call.answered, None if call.answered is None else call.answered.cost
        metrics = self._gateway.metrics
        if metrics is not None:
            one = answered is not None and len(answered.choices) == 1
            added = seconds - _waited(answered) if answered is not None and one else None
            metrics.request(
                route=call.route, status=call.status, seconds=seconds, assistant=call.assistant, added=added
            )
            for choice in () if answered is None else answered.choices:
                for trace in choice.traces:
                    metrics.result(trace, assistant=call.assistant, named=choice.named)
        log_request(
            RequestLog(
                request=call.id,
                route=call.route,
                http=call.status,
                seconds=seconds,
                key=call.owner,
                assistant=call.assistant,
                status="" if answered is None else answered.status.value,
                calls=0 if cost is None else cost.calls,
                tokens=0 if cost is None else cost.tokens,
                price=None if cost is None else cost.price,
                trace="" if answered is None else ",".join(c.last.id for c in answered.choices),
                error=call.error,
                content=_content(answered) if self._gateway.log_content and answered is not None else None,
            ),
            content=self._gateway.log_content,
        )


def _content(answered: Answered) -> dict[str, Any]:
    """What was asked and answered, for logs that are to hold it."""
    asked = answered.choices[0].traces[0].case.messages
    return {
        "messages": [{"role": m.role, "content": m.content} for m in asked],
        "answers": [choice.answer.text for choice in answered.choices],
    }


@contextlib.asynccontextmanager
async def admitted(gateway: Gateway, key: Key | None, assistant: Assistant) -> AsyncIterator[Ticket | None]:
    """Lets a request in under the limits of its key; who is let in says afterwards what it cost."""
    if key is None or gateway.limits is None:
        yield None
        return
    asked = [*(m.price for m in assistant.models), *(j.price for j in assistant.judges)]
    async with gateway.limits.admit(key, priced=None not in asked) as ticket:
        yield ticket


def _waited(answered: Answered) -> float:
    """Seconds for which models and judges were waited for."""
    return sum(event.cost.seconds for trace in answered.traces for event in trace.events)


def refuse_odd(scope: Scope, settings: Settings) -> None:
    """Refuses what no honest client sends: a strange host (a page elsewhere that was led here), another site's post, too many headers, a key in the URL."""
    if sum(len(key) + len(value) for key, value in scope["headers"]) > _MOST_HEADERS:
        raise Refused(431, f"The headers are larger than {_MOST_HEADERS} bytes.", code="headers_too_large")
    if header(scope, b"sec-fetch-site") == "cross-site" and scope["method"] == "POST":
        raise Refused(403, "A page of another site may not post here.", code="cross_site")
    query = unquote_to_bytes(scope["query_string"]).lower()
    if b"lw_" in query or b"api_key=" in query:
        raise Refused(
            400, "A key does not belong in a URL, where logs keep it; send it as a header.", code="key_in_url"
        )
    if settings.hosts is not None:
        host = (
            header(scope, b"host").rsplit(":", 1)[0]
            if "]" not in header(scope, b"host")
            else header(scope, b"host").rpartition("]")[0] + "]"
        )
        if host.lower() not in settings.hosts:
            raise Refused(421, f"This gateway does not answer to the host name {host[:100]!r}.", code="host")


def as_refused(error: Exception) -> Refused:
    """What an error is told as. One of ours that nobody foresaw is told without its text, which may hold what is not the caller's."""
    match error:
        case Refused():
            return error
        case KeyRefused():
            return Refused(403 if error.known else 401, str(error), code="key")
        case LimitReached():
            return Refused(429, str(error), code=error.limit, wait=error.wait)
        case StoreError():
            return Refused(503, "The store cannot be used at the moment.", code="store", wait=5.0)
        case ConfigError():
            return Refused(403, str(error), code="configuration")
    return Refused(
        500, "The gateway failed; the operator finds the reason in its log by the request's id.", code="internal"
    )


async def _missing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    what = (
        f"There is no route {request.url.path[:200]!r}." if status == 404 else "This route does not take that method."
    )
    refused = Refused(status, what, code="not_found" if status == 404 else "method")
    headers = dict(getattr(error, "headers", None) or {})
    return JSONResponse(refused.body, status_code=status, headers=headers)
