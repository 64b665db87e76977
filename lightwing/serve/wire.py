"""Bytes in and out over ASGI: bodies read within limits, errors and answers written, streams of events kept alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from lightwing.serve.refusals import Refused

__all__ = [
    "DONE",
    "Receive",
    "Scope",
    "Send",
    "Watch",
    "event",
    "header",
    "read_body",
    "refuse",
    "send_bytes",
    "send_json",
    "send_piece",
    "start_events",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DONE = b"data: [DONE]\n\n"

_ENCODER = msgspec.json.Encoder()


def header(scope: Scope, name: bytes) -> str:
    """A header's value; empty where it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


async def read_body(scope: Scope, receive: Receive, *, most: int, seconds: float) -> bytes:
    """The whole body of a JSON request.

    Raises:
        Refused: it is no JSON by its type, is compressed, is larger than `most` bytes, or did not come in time.
    """
    kind = header(scope, b"content-type").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Refused(415, "The content type is not application/json.", code="content_type")
    if header(scope, b"content-encoding").strip().lower() not in ("", "identity"):
        raise Refused(415, "A compressed body is not taken.", code="content_encoding")
    length = header(scope, b"content-length")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most)
    pieces, total = [], 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(408, "The caller hung up before the body had come.", code="incomplete")
                piece = message.get("body", b"")
                total += len(piece)
                if total > most:
                    raise _too_large(most)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise Refused(408, f"The body did not come within {seconds:g} seconds.", code="slow_body") from None


def _too_large(most: int) -> Refused:
    return Refused(413, f"The body is larger than {most} bytes.", code="body_too_large")


async def send_json(send: Send, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
    """A whole answer."""
    await send_bytes(send, status, _ENCODER.encode(value), "application/json", headers)


async def send_bytes(send: Send, status: int, data: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
    """A whole answer of any kind."""
    head = [
        (b"content-type", kind.encode("latin-1")),
        (b"content-length", str(len(data)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *((name.encode(), _header_text(value)) for name, value in (headers or {}).items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": data})


async def refuse(send: Send, refused: Refused, headers: Mapping[str, str] | None = None) -> None:
    """An error as clients of the protocol expect it."""
    await send_json(send, refused.status, refused.body, {**refused.headers, **(headers or {})})


async def start_events(
    send: Send, headers: Mapping[str, str], *, kind: str = "text/event-stream; charset=utf-8"
) -> None:
    """The head of a stream of events."""
    head = [
        (b"content-type", _header_text(kind)),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
        *((name.encode(), _header_text(value)) for name, value in headers.items()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": head})


async def send_piece(send: Send, data: bytes, *, last: bool = False) -> None:
    """A piece of a body whose head was sent."""
    await send({"type": "http.response.body", "body": data, "more_body": not last})


def event(value: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + _ENCODER.encode(value) + b"\n\n"


def _header_text(value: str) -> bytes:
    """A header's value on one line, in what headers can hold."""
    return " ".join(value.split()).encode("latin-1", "replace")


class Watch:
    """Notices that the caller hung up, while something else is under way."""

    def __init__(self, receive: Receive) -> None:
        self.gone = False
        self._task = asyncio.ensure_future(self._watch(receive))

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True

    def end(self) -> None:
        self._task.cancel()
