"""Tools that the gateway calls itself: the arguments of an accepted call go once, by POST, to the endpoint of that tool and nowhere else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from lightwing.core.case import ToolCall
from lightwing.serve.assistants import ServedTool

__all__ = ["HttpTools"]

_MOST = 100_000
"""Bytes of a tool's answer that a model is shown."""


@dataclass(slots=True)
class HttpTools:
    """Calls tools over HTTP. Redirects are not followed: the endpoint that the operator wrote down is the only one."""

    _session: aiohttp.ClientSession | None = field(default=None)

    async def call(self, tool: ServedTool, call: ToolCall) -> str:
        """What the tool answered, as text; or one sentence on why there is nothing, for the model to act on."""
        session = self._open()
        headers = {"content-type": "application/json", **_key(tool)}
        data = (call.arguments.strip() or "{}").encode("utf-8", "replace")
        try:
            async with (
                asyncio.timeout(tool.seconds),
                session.post(tool.endpoint, data=data, headers=headers, allow_redirects=False) as reply,
            ):
                raw = await _read(reply)
        except TimeoutError:
            return (
                f"The tool {call.name} did not answer within {tool.seconds:g} seconds; whether it acted is not known."
            )
        except (aiohttp.ClientError, OSError) as error:
            return f"The tool {call.name} could not be reached ({type(error).__name__})."
        text = raw[:_MOST].decode("utf-8", "replace")
        if len(raw) > _MOST:
            text += " … (the rest is left out)"
        return text if 200 <= reply.status < 300 else f"The tool {call.name} answered {reply.status}: {text[:500]}"

    async def close(self) -> None:
        """Lets go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(auto_decompress=False)
        return self._session


async def _read(reply: aiohttp.ClientResponse) -> bytes:
    """The beginning of a body, a little more than is shown."""
    raw = b""
    async for piece in reply.content.iter_any():
        raw += piece
        if len(raw) > _MOST:
            break
    return raw


def _key(tool: ServedTool) -> Mapping[str, str]:
    key = os.environ.get(tool.key_env or "", "").strip()
    return {"authorization": f"Bearer {key}"} if key else {}
