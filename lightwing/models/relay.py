"""Requests that pass through: the body as the caller wrote it, the answer as the endpoint wrote it, and nothing between but limits and named errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from lightwing.core.errors import ModelProtocol, ModelRefused
from lightwing.models.chat import refuse_error
from lightwing.models.http import Endpoint, Received

__all__ = ["Relay", "relayed"]


class Relay:
    """An answer that is passed on (`lightwing.core.protocols.Relayed`)."""

    def __init__(self, received: Received, *, endpoint: Endpoint, who: str) -> None:
        self._received = received
        self._endpoint = endpoint
        self._who = who

    @property
    def status(self) -> int:
        return self._received.status

    @property
    def content_type(self) -> str:
        return self._received.content_type

    @property
    def streamed(self) -> bool:
        return self._received.streamed

    async def whole(self) -> bytes:
        data = b"".join([piece async for piece in self._received.bytes])
        if not self.streamed:
            refuse_error(self._fields(data), where=self._who)
        return data

    def pieces(self) -> AsyncIterator[bytes]:
        return self._received.bytes

    def _fields(self, data: bytes) -> dict[str, Any]:
        """Enough of the answer to see whether it is one: its fields are scanned, and only `error` is read."""
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            told = msgspec.json.decode(data, type=_Head).error
            return {"error": self._endpoint.parsed(bytes(told)) if told else None}
        value = self._endpoint.parsed(data)
        if not isinstance(value, dict):
            raise ModelProtocol("The answer is no JSON object.", where=self._who, hint="Check base_url.")
        return value


class _Head(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw()


@contextlib.asynccontextmanager
async def relayed(body: Mapping[str, Any] | bytes, *, endpoint: Endpoint, model: str, who: str) -> AsyncIterator[Relay]:
    """Sends the body with the name of the model replaced.

    Raises:
        ModelRefused: the body is no JSON object.
        ModelError: there is no answer, see `Endpoint`.
    """
    content = _renamed(body, model, who=who) if isinstance(body, bytes) else endpoint.encoded({**body, "model": model})
    async with endpoint.received(content) as received, contextlib.aclosing(received.bytes):
        yield Relay(received, endpoint=endpoint, who=who)


def _renamed(body: bytes, model: str, *, who: str) -> bytes:
    """The body with its values untouched, to the last digit, but for the model's name."""
    try:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            return msgspec.json.encode({**fields, "model": model})
        value = json.loads(body)  # takes what the strict one does not: a lone surrogate, NaN
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ModelRefused("The request is no JSON object.", where=who, hint="Send a chat-completions request.")
    return json.dumps({**value, "model": model}).encode()
