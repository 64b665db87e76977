"""A chat-completions endpoint on the loopback for tests: it answers by a script, one step per request, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One response: status, headers, body; `hang` holds it back; `cut` breaks the connection off after so many bytes of the body; `pieces` go out in turn."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    hang: float = 0.0
    cut: int | None = None
    pieces: tuple[bytes, ...] = ()
    gap: float = 0.0


Script = Sequence[Step] | Callable[[Asked], Step]


def completion(*texts: str | None, usage: tuple[int, int] | None = (7, 3), **message: Any) -> Step:
    """A whole answer with a choice for each text."""
    choices = [
        {"index": i, "message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"}
        for i, text in enumerate(texts)
    ]
    body: dict[str, Any] = {"id": "x", "object": "chat.completion", "choices": choices}
    if usage is not None:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return Step(json.dumps(body).encode())


def complaint(status: int, message: str, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Step:
    """An error as OpenAI words one."""
    body = json.dumps({"error": {"message": message, **fields}}).encode()
    return Step(body, status=status, headers={"content-type": "application/json", **(headers or {})})


def chunk(index: int = 0, finish: str | None = None, **delta: Any) -> bytes:
    """One event of a stream."""
    return event({"choices": [{"index": index, "delta": delta, "finish_reason": finish}]})


def event(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def stream(*events: bytes, gap: float = 0.0, cut: int | None = None) -> Step:
    return Step(pieces=events, headers={"content-type": "text/event-stream"}, gap=gap, cut=cut)


class FakeEndpoint:
    """Answers request after request; when the script is used up its last step stands."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.at_once = 0
        self.most_at_once = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:-2])}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            asked = Asked(path=head[0].split()[1], headers=headers, body=body)
            self.asked.append(asked)
            step = self.script(asked) if callable(self.script) else self._step()
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await self._answer(step, writer)
            finally:
                self.at_once -= 1
            if step.cut is not None:
                break

    def _step(self) -> Step:
        assert not callable(self.script)
        return self.script[min(len(self.asked), len(self.script)) - 1]

    async def _answer(self, step: Step, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(step.hang)
        pieces = step.pieces or (step.body,)
        size = sum(map(len, pieces))
        head = [f"HTTP/1.1 {step.status} X", f"content-length: {size}"]
        head += [f"{n}: {v}" for n, v in step.headers.items()]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        left = size if step.cut is None else step.cut
        for piece in pieces:
            writer.write(piece[:left])
            left -= len(piece[:left])
            await writer.drain()
            await asyncio.sleep(step.gap)


@contextlib.asynccontextmanager
async def server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Lets `serve` speak with every connection to a free port while the block runs; the address."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()
        tasks.discard(task)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


@contextlib.asynccontextmanager
async def endpoint(script: Script) -> AsyncIterator[FakeEndpoint]:
    """Serves on a free port while the block runs."""
    fake = FakeEndpoint(script)
    async with server(fake.serve) as url:
        fake.url = f"{url}/v1"
        yield fake


async def asked_body(reader: asyncio.StreamReader) -> bytes:
    """The body of the next request on a connection; IncompleteReadError at its end."""
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    return await reader.readexactly(next(int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length")))
