"""Logs of a gateway: one JSON object on a line, without what was asked and answered unless that is wanted, and never with a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO

import msgspec

__all__ = ["JsonLines", "RequestLog", "log_request", "request_id", "set_up_logs"]

_LOG = logging.getLogger("lightwing.serve.requests")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is answered in this context; stands in every line logged there."""

_SECRETS = re.compile(
    r"(?P<key>\blw_[0-9a-f]{12}_)[A-Za-z0-9_-]+"
    r"|(?P<token>\b(?:bearer|authorization\W{1,8}basic)\s+)[A-Za-z0-9._~+/=-]{16,}"
    r"|(?P<vendor>\bsk-)[A-Za-z0-9_-]{16,}"
    r"|(?P<url>://[^\s:/@\"]*:)[^\s/@\"]+(?=@)",
    re.IGNORECASE,
)
_SIGNS = ("lw_", "bearer", "basic", "sk-", "://")
"""One of these stands in every text that the pattern finds something in."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, logger, message, request, what `extra={"fields": {...}}` holds, and a traceback where there is one.

    Keys of gateways and of vendors, tokens in headers and passwords in URLs are masked wherever they stand.

    >>> record = logging.LogRecord("lightwing", logging.INFO, "", 0, "asked with %s", ("Bearer abcdefgh12345678",), None)
    >>> json.loads(JsonLines().format(record))["message"]
    'asked with Bearer …'
    """

    def __init__(self) -> None:
        super().__init__()
        self._second = 0, ""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self._time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["request"] = current
        line |= getattr(record, "fields", None) or {}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return _masked(_one_line(line))

    def _time(self, at: float) -> str:
        second = int(at)
        if second != self._second[0]:
            self._second = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second[1]}.{int(at * 1000) % 1000:03d}Z"


def _one_line(value: Mapping[str, Any]) -> str:
    """JSON in ASCII, so that nothing in it ends the line or is obeyed by a terminal."""
    try:
        quick = msgspec.json.encode(value)
        if quick.isascii() and b"\x7f" not in quick:
            return quick.decode()
    except (TypeError, ValueError):  # no JSON of its own, or a lone surrogate
        pass
    return json.dumps(value, default=str)


def _masked(line: str) -> str:
    """Without secrets. What is masked holds no quotation mark, so the line stays JSON."""
    folded = line.lower()
    if not any(sign in folded for sign in _SIGNS):
        return line
    return _SECRETS.sub(lambda found: f"{found[found.lastgroup]}…" if found.lastgroup else "…", line)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLog:
    """What is logged of a request. `http` is the status code, `status` the result's; `key` is a key's id. `price` None: unknown, or nothing was asked.

    `content` is what was asked and answered; it is logged only where the operator wants it.
    """

    request: str
    route: str
    http: int
    seconds: float
    key: str = ""
    assistant: str = ""
    status: str = ""
    calls: int = 0
    tokens: int = 0
    price: float | None = None
    trace: str = ""
    error: str = ""
    content: Mapping[str, Any] | None = None


def log_request(entry: RequestLog, *, content: bool = False) -> None:
    """One line for one request; a warning where it failed here or behind (5xx). Fields that say nothing are left out, and `content` unless it is wanted."""
    level = logging.WARNING if entry.http >= 500 else logging.INFO
    if not _LOG.isEnabledFor(level):
        return
    fields: dict[str, Any] = {
        "request": entry.request,
        "route": entry.route,
        "http": entry.http,
        "seconds": round(entry.seconds, 6),
    }
    for name in ("key", "assistant", "status", "trace", "error"):
        if value := getattr(entry, name):
            fields[name] = value
    if entry.calls:
        fields |= {"calls": entry.calls, "tokens": entry.tokens, "price": entry.price}
    if content and entry.content is not None:
        fields["content"] = entry.content
    _LOG.log(level, "request", extra={"fields": fields})


def set_up_logs(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Sends what Lightwing and its server log to `stream` (default: stderr) as JSON lines. The server's own access log stays off: it would repeat every
    request, with what stands in its URL.

    Raises:
        ValueError: there is no such level.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonLines())
    for name in ("lightwing", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level.upper())
    for name in ("uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
