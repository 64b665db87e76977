"""A gateway for tests: it really listens, its models are endpoints that answer by a script, and what it keeps can be looked at."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from models_endpoint import FakeEndpoint, Script, endpoint

from lightwing.core.case import ToolCall
from lightwing.decode import decoder
from lightwing.models.http import Retries, Timeouts
from lightwing.models.openai import OpenAIModel
from lightwing.serve import Assistant, Engine, ServedTool
from lightwing.serve.app import Gateway, Settings, application
from lightwing.serve.keeping import Keeper
from lightwing.serve.protocol import Patience, bounded

FAST = Retries(times=1, first=0.001, most=0.002, most_asked=0.01)


class Kept:
    """Keeps traces in a list."""

    def __init__(self) -> None:
        self.traces: list[Any] = []

    async def keep(self, trace: Any) -> None:
        self.traces.append(trace)


class NoTools:
    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        return f"{call.name} of {call.arguments}"


@dataclass
class Serving:
    """A gateway that listens at `url`; `ends` are the endpoints of its models."""

    url: str = ""
    port: int = 0
    kept: Kept = field(default_factory=Kept)
    ends: list[FakeEndpoint] = field(default_factory=list)
    gateway: Gateway | None = None
    server: Any = None

    def client(self, **more: Any) -> Any:
        import openai

        return openai.OpenAI(base_url=f"{self.url}/v1", **{"api_key": "none", "max_retries": 0, "timeout": 20, **more})

    def send(self, data: bytes, *, seconds: float = 10.0) -> bytes:
        """What the gateway answers to these very bytes, until it closes the connection or is silent for so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            got = b""
            try:
                while piece := sock.recv(65536):
                    got += piece
            except (TimeoutError, ConnectionError):
                pass
            return got


Made = Callable[[Sequence[OpenAIModel]], Sequence[Assistant]]


def plain(models: Sequence[OpenAIModel], **more: Any) -> Sequence[Assistant]:
    """`a` under correction, `raw/a` untouched."""
    usual = {"models": list(models), "decoder": decoder("repair-best"), **more}
    return [
        Assistant(name="a", **usual),
        Assistant(name="raw/a", models=list(models), decoder=decoder("first"), raw=True, wishes=False),
    ]


@contextmanager
def served(
    *scripts: Script,
    made: Made = plain,
    settings: Settings | None = None,
    timeouts: Timeouts | None = None,
    keeper: Keeper | None = None,
    patience: Patience | None = None,
    **gateway: Any,
) -> Iterator[Serving]:
    """A gateway in front of an endpoint for each script."""
    serving, ready = Serving(), threading.Event()

    async def run(sock: socket.socket) -> None:
        async with AsyncExitStack() as stack:
            models = []
            for script in scripts:
                fake = await stack.enter_async_context(endpoint(script))
                serving.ends.append(fake)
                options = {"retries": FAST, "timeouts": timeouts or Timeouts(connect=2, read=5, call=10)}
                models.append(OpenAIModel("gpt-x", base_url=fake.url, key_env=None, **options))
            assistants = {a.name: a for a in made(models)}
            engine = Engine(assistants=assistants, keep=keeper or serving.kept, call=NoTools())
            serving.gateway = Gateway(
                engine=engine, keeper=keeper or Keeper(store=None), settings=settings or Settings(), **gateway
            )
            protocol = bounded(patience or Patience())
            config = uvicorn.Config(
                application(serving.gateway), log_config=None, access_log=False, lifespan="on", http=protocol
            )
            serving.server = uvicorn.Server(config)
            ready.set()
            await serving.server.serve(sockets=[sock])

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(64)
        sock.listen(128)
        serving.port = sock.getsockname()[1]
        serving.url = f"http://127.0.0.1:{serving.port}"
        thread = threading.Thread(target=lambda: asyncio.run(run(sock)), daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield serving
        finally:
            serving.server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


def post(serving: Serving, body: bytes, *, path: str = "/v1/chat/completions", headers: Sequence[str] = ()) -> bytes:
    """A request as bytes; the connection closes after it."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", "connection: close", f"content-length: {len(body)}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("content-type: application/json")
    return serving.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
