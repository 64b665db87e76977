"""Requests that pass through: the body as the caller wrote it, the answer as the endpoint wrote it, and nothing between but limits and named errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from lightwing.core.errors import ModelProtocol, ModelRefused
from lightwing.models.chat import refuse_error
from lightwing.models.http import Endpoint, Received

__all__ = ["Relay", "relayed"]


class Relay(Received):
    """An answer that is passed on (`lightwing.core.protocols.Relayed`), of which nothing is looked at but whether it is one."""

    __slots__ = ()

    async def whole(self) -> bytes:
        data = await super().whole()
        if not self.streamed:
            refuse_error(self._fields(data), where=self._endpoint.who)
        return data

    def _fields(self, data: bytes) -> dict[str, Any]:
        """Enough of the answer to see whether it is one: its fields are scanned, and only `error` is read."""
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            told = _HEAD.decode(data).error
            return {"error": self._endpoint.parsed(bytes(told))} if told else {}
        value = self._endpoint.parsed(data)
        if not isinstance(value, dict):
            raise ModelProtocol("The answer is no JSON object.", where=self._endpoint.who, hint="Check base_url.")
        return value


class _Head(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw()


_HEAD = msgspec.json.Decoder(_Head)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def relayed(body: Mapping[str, Any] | bytes, *, endpoint: Endpoint, model: str) -> Relay:
    """The body with the name of the model replaced, to be sent when the block is entered.

    Raises:
        ModelRefused: the body is no JSON object.
    """
    if isinstance(body, bytes):
        return Relay(endpoint, _renamed(body, model, who=endpoint.who))
    return Relay(endpoint, endpoint.encoded({**body, "model": model}))


def _renamed(body: bytes, model: str, *, who: str) -> bytes:
    """The body with its values untouched, to the last digit, but for the model's name."""
    try:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            return msgspec.json.encode({**_FIELDS.decode(body), "model": model})
        value = json.loads(body)  # takes what the strict one does not: a lone surrogate, NaN
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ModelRefused("The request is no JSON object.", where=who, hint="Send a chat-completions request.")
    return json.dumps({**value, "model": model}).encode()
