"""The assistants, and a chat to try one: the same way through the gateway as a client's request, under the visitor's key."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import MutableMapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response

from lightwing.core.errors import LightwingError
from lightwing.serve.app import Gateway, admitted, as_refused
from lightwing.serve.asked import ChatRequest, read_chat, read_json
from lightwing.serve.assistants import Assistant
from lightwing.serve.chat import Chat
from lightwing.serve.pages.site import Visit
from lightwing.serve.refusals import Refused
from lightwing.serve.wire import Receive, Scope, Send, refuse
from lightwing.story import check_text

__all__ = ["listed", "one", "talk"]


async def listed(visit: Visit) -> Response:
    """`GET /assistants`."""
    every = visit.site.gateway.engine.assistants
    return await visit.page("assistants.html", assistants={n: a for n, a in every.items() if visit.may(n)})


async def one(visit: Visit) -> Response:
    """`GET /assistants/NAME`: what it is, and a chat."""
    name = visit.request.path_params["name"]
    visit.require(name)
    found = visit.site.gateway.engine.assistant(name)
    checks = {} if found.spec is None else {c.id: check_text(c) for c in found.spec.clauses}
    return await visit.page("assistant.html", name=name, assistant=found, checks=checks)


async def talk(visit: Visit) -> Response:
    """`POST /assistants/NAME`: the answer to a conversation (JSON: messages), as a stream of events."""
    visit.refuse_stale(visit.request.headers.get("x-lightwing-token", ""))
    if visit.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The content type is not application/json.")
    name = visit.request.path_params["name"]
    visit.require(name)
    sent = await asyncio.to_thread(read_json, await visit.body())
    messages = sent.get("messages") if isinstance(sent, dict) else None
    asked = read_chat({"model": name, "messages": messages, "stream": True})
    return _Answer(visit, visit.site.gateway.engine.assistant(name), asked)


class _Answer(Response):
    """A stream of the gateway's chat, under the headers of the pages."""

    def __init__(self, visit: Visit, assistant: Assistant, asked: ChatRequest) -> None:
        super().__init__()
        self._visit, self._assistant, self._asked = visit, assistant, asked
        self.background: BackgroundTask | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = [(n, v) for n, v in self.raw_headers if n not in (b"content-length", b"content-type")]
                held = {n for n, _ in own}
                message["headers"] = [*own, *((n, v) for n, v in message["headers"] if n not in held)]
            await send(message)

        try:
            await self._answered(self._visit.site.gateway, receive, sent)
        except (Refused, LightwingError) as error:
            if not started:
                await refuse(sent, as_refused(error))

    async def _answered(self, gateway: Gateway, receive: Receive, send: Send) -> None:
        chat = Chat(gateway.engine, heartbeat=gateway.settings.heartbeat, stopping=lambda: gateway.stopping)
        async with admitted(gateway, self._visit.key, self._assistant) as ticket, gateway.gate.place():
            owner, request = self._visit.owner or "", f"page_{uuid.uuid4().hex}"
            answered = await chat(self._assistant, self._asked, receive, send, owner=owner, request=request)
            if answered is not None and ticket is not None:
                ticket.spent(tokens=answered.cost.tokens, price=answered.cost.price)
