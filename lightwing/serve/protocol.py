"""HTTP/1.1 as the gateway speaks it: the server's own protocol, with limits on callers that are slow, or that never end."""

from __future__ import annotations

from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Patience", "bounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What a caller is given: `head` seconds to send the head of a request, of about `head_bytes` bytes at most; `taking` seconds in which it takes nothing of an
    answer; and `connections` open at a time. The server's own protocol waits for ever and keeps all that comes."""

    head: float = 15.0
    head_bytes: int = 65_536
    taking: float = 60.0
    connections: int = 4096


def bounded(patience: Patience) -> type[HttpToolsProtocol]:
    """The protocol of a server with that patience."""

    class Bounded(_Bounded):
        _patience = patience

    return Bounded


class _Bounded(HttpToolsProtocol):
    _patience: Patience
    _head_timer: TimerHandle | None = None
    _stuck: TimerHandle | None = None
    _in_head = False
    _head_size = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections:
            self._close(b"503 Service Unavailable")
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        begun = self._in_head
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)
        if begun and self._in_head:
            self._head_size += len(data)
            if self._head_size > self._patience.head_bytes:
                self._close(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_size = True, 0
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_came()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self._patience.taking, self.transport.abort)

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self._patience.head, self._late)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _taken(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _late(self) -> None:
        self._head_timer = None
        self._close(b"408 Request Timeout")

    def _close(self, status: bytes) -> None:
        """Ends the connection, with a word where no answer is under way on it."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
