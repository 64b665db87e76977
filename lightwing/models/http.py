"""One POST to an endpoint, done with care: time-outs, retries, a bounded body, every failure a named error, the key in no error.

The client lives while calls are under way and is closed with the last of them, so that nobody has to close a model and nothing outlives its event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import msgspec

from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.core.streams import python_random
from lightwing.models.sse import EventData

__all__ = ["Endpoint", "Retries", "Timeouts"]

BODY_LIMIT = 10_000_000
_MESSAGE_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, between two pieces of the answer, and for the whole call with its retries and the reading of the answer."""

    connect: float = 10.0
    read: float = 120.0
    call: float = 600.0

    def __post_init__(self) -> None:
        if min(self.connect, self.read, self.call) <= 0:
            raise ConfigError("A time-out is not above 0 seconds.", where="timeouts", hint="Give seconds above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a call that met 429, 5xx or a broken connection is tried again, and how long to wait: `first` seconds, doubled each time up to `most`,
    of which up to half is left to chance. A `Retry-After` of the endpoint is obeyed up to `most_asked` seconds."""

    times: int = 4
    first: float = 0.5
    most: float = 30.0
    most_asked: float = 60.0

    def __post_init__(self) -> None:
        if min(self.times, self.first, self.most, self.most_asked) < 0:
            raise ConfigError("A number of the retries is below 0.", where="retries", hint="Give 0 or more.")


@dataclass(slots=True)
class _Open:
    """The client of one event loop, how many calls use it, and the slots they share."""

    client: httpx.AsyncClient
    slots: asyncio.Semaphore
    users: int = 0


class Endpoint:
    """Posts JSON to one URL. The key is read from the environment variable `key_env` at each call and kept nowhere; None or "" sends no key."""

    def __init__(
        self,
        url: str,
        *,
        who: str,
        key_env: str | None,
        timeouts: Timeouts,
        retries: Retries,
        concurrency: int,
        seed: int,
    ) -> None:
        self._url = _checked(url, who)
        self._who = who
        self._key_env = key_env or None
        self._timeouts = timeouts
        self._retries = retries
        self._concurrency = concurrency
        self._seed = seed
        self._calls = 0
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, _Open] = WeakKeyDictionary()

    async def post(self, body: Mapping[str, Any]) -> Any:
        """The JSON that the endpoint answers."""
        async with self._slot() as client, self._in_time(self._deadline()) as deadline:
            response = await self._send(client, body, deadline)
            try:
                _expect(response, "json", self._who)
                data = b"".join([piece async for piece in self._pieces(response, deadline)])
            finally:
                await response.aclose()
        return self._parsed(data)

    async def events(self, body: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """The JSON of each event of a streamed answer, up to `[DONE]`; one value where the endpoint answers whole. What `[DONE]` follows is passed over."""
        async with self._slot() as client:
            deadline = self._deadline()
            response = await self._send(client, body, deadline)
            try:
                whole = "json" in response.headers.get("content-type", "")
                if not whole:
                    _expect(response, "text/event-stream", self._who)
                async with contextlib.aclosing(self._pieces(response, deadline)) as pieces:
                    if whole:
                        yield self._parsed(b"".join([piece async for piece in pieces]))
                        return
                    events = EventData()
                    async for piece in pieces:
                        for data in events.feed(piece):
                            if data == "[DONE]":
                                return
                            yield self._parsed(data)
                    for data in events.end():
                        if data != "[DONE]":
                            yield self._parsed(data)
            finally:
                await response.aclose()

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[httpx.AsyncClient]:
        """Keeps the client, and with it its connections, open while the block runs."""
        loop = asyncio.get_running_loop()
        state = self._open.get(loop)
        if state is None:
            state = _Open(client=self._client(), slots=asyncio.Semaphore(self._concurrency))
            self._open[loop] = state
        state.users += 1
        try:
            yield state.client
        finally:
            state.users -= 1
            if not state.users:
                del self._open[loop]
                await state.client.aclose()

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self.held() as client, self._open[asyncio.get_running_loop()].slots:
            yield client

    def _client(self) -> httpx.AsyncClient:
        waits = httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect, pool=None)
        limits = httpx.Limits(max_connections=self._concurrency, max_keepalive_connections=self._concurrency)
        try:
            return httpx.AsyncClient(timeout=waits, limits=limits, follow_redirects=False, verify=_tls())
        except (ValueError, ImportError) as error:
            raise ConfigError(
                f"The proxy settings of the environment cannot be used: {error}.",
                where=self._who,
                hint="Mend HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or name the host in NO_PROXY.",
            ) from None

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._timeouts.call

    @contextlib.asynccontextmanager
    async def _in_time(self, deadline: float) -> AsyncIterator[float]:
        """Ends what runs inside at the deadline, as a ModelTimeout. Never held over a `yield` of a stream: it would cancel whoever reads it."""
        late = False
        try:
            async with asyncio.timeout_at(deadline) as limit:
                yield deadline
        except TimeoutError:
            if not limit.expired():
                raise
            late = True
        if late:
            raise ModelTimeout(
                f"No answer within {self._timeouts.call:g} seconds.",
                where=self._who,
                hint="Allow more with timeouts.call.",
            )

    async def _send(self, client: httpx.AsyncClient, body: Mapping[str, Any], deadline: float) -> httpx.Response:
        """An open response of status 2xx, after as many tries as it takes and is allowed."""
        headers, content = self._headers(), _encoded(body)
        self._calls += 1
        chance = python_random(self._seed, "retries", self._who, self._calls)
        tried = 0
        while True:
            async with self._in_time(deadline):
                error, wait = await self._try(client, headers, content)
                if isinstance(error, httpx.Response):
                    return error
                tried += 1
                if wait is None or tried > self._retries.times:
                    raise error
                if wait < 0:
                    backoff = min(self._retries.most, self._retries.first * 2 ** (tried - 1))
                    wait = backoff * (1.0 - 0.5 * chance.random())
                if asyncio.get_running_loop().time() + wait >= deadline:
                    raise error
                await asyncio.sleep(wait)

    async def _try(
        self, client: httpx.AsyncClient, headers: Mapping[str, str], content: bytes
    ) -> tuple[httpx.Response | ModelError, float | None]:
        """A response, or an error with the seconds to wait before the next try (below 0: as the back-off says; None: there is no use in trying)."""
        try:
            request = client.build_request("POST", self._url, content=content, headers=dict(headers))
            response = await client.send(request, stream=True)
        except httpx.ReadTimeout:
            return self._too_slow(), None
        except (httpx.TransportError, httpx.StreamError, OSError) as error:
            return self._unreachable(error), -1.0
        if 200 <= response.status_code < 300:
            return response, None
        try:
            message, about = self._complaint(await self._beginning(response))
        finally:
            await response.aclose()
        return self._refusal(response, message, about)

    def _refusal(self, response: httpx.Response, message: str, about: str) -> tuple[ModelError, float | None]:
        status, where = response.status_code, self._who
        what = f"The endpoint answered {status}: {_sentence(message)}"
        if status in (401, 403):
            hint = (
                f"Check the key in {self._key_env}."
                if self._key_env
                else "No key was sent: name its variable, key_env."
            )
            return ModelAuth(what, where=where, hint=hint), None
        if status == 429:
            out_of_money = about == "insufficient_quota"
            hint = (
                "Waiting does not help: look at the plan and the limits with the provider."
                if out_of_money
                else "Ask for fewer calls at a time (concurrency), or raise the limit with the provider."
            )
            error = ModelRateLimit(what, where=where, hint=hint, lasting=out_of_money)
            return error, None if out_of_money else self._asked(response)
        if status >= 500 or status in (408, 425):
            return ModelUnavailable(what, where=where, hint="Try again later."), self._asked(response)
        if 300 <= status < 400:
            hint = "Redirects are not followed: give the final address as base_url."
            return ModelProtocol(what, where=where, hint=hint), None
        hint = (
            "Check the model's name and base_url." if status == 404 else "Change the request; asking again is no use."
        )
        return ModelRefused(what, where=where, hint=hint, about=about), None

    def _asked(self, response: httpx.Response) -> float:
        """Seconds that `Retry-After` asks for, within the cap; below 0 where it asks for nothing that can be understood."""
        value = response.headers.get("retry-after", "").strip()
        try:
            seconds = float(value)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time.time()
            except (ValueError, OverflowError):
                return -1.0
        if not seconds >= 0:
            return -1.0 if seconds != seconds else 0.0
        return min(seconds, self._retries.most_asked)

    async def _pieces(self, response: httpx.Response, deadline: float) -> AsyncGenerator[bytes, None]:
        """The body in pieces, within the deadline and the limit of size."""
        total = 0
        failure: ModelError | None = None
        pieces = response.aiter_bytes()
        while True:
            async with self._in_time(deadline):
                try:
                    piece = await anext(pieces, None)
                except httpx.ReadTimeout:
                    failure = self._too_slow()
                except (httpx.TransportError, httpx.StreamError, httpx.DecodingError) as error:
                    failure = ModelProtocol(
                        f"The answer broke off ({type(error).__name__}).", where=self._who, hint="Try again."
                    )
            if failure is not None:
                raise failure
            if piece is None:
                return
            total += len(piece)
            if total > BODY_LIMIT:
                raise ModelProtocol(
                    f"The answer is larger than {BODY_LIMIT // 1_000_000} MB; reading was stopped.",
                    where=self._who,
                    hint="Set max_tokens, or look at the endpoint.",
                )
            yield piece

    async def _beginning(self, response: httpx.Response) -> bytes:
        """At most some kilobytes of a complaint."""
        data = b""
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError):
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > 16_384:
                    break
        return data

    def _complaint(self, data: bytes) -> tuple[str, str]:
        """The endpoint's message on one line, without the key, and the parameter or code it names."""
        about = ""
        text = data.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(text)
            error = value.get("error", value) if isinstance(value, dict) else value
            if isinstance(error, dict):
                about = str(error.get("param") or error.get("code") or "")
                text = str(error.get("message") or error.get("detail") or error)
            else:
                text = str(error)
        return self._clean(text) or "no message", about

    def _clean(self, text: str) -> str:
        """One bounded line, in which the key does not stand even where the endpoint repeats it."""
        key = os.environ.get(self._key_env or "", "").strip()
        text = " ".join(text.split())
        if key:
            text = text.replace(key, "[key]")
        return text if len(text) <= _MESSAGE_LIMIT else text[:_MESSAGE_LIMIT] + "…"

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if self._key_env is None:
            return headers
        key = os.environ.get(self._key_env, "").strip()
        if not key:
            raise ModelAuth(
                f"The environment variable {self._key_env} holds no key.",
                where=self._who,
                hint=f"Set it (export {self._key_env}=…), or name another with key_env; key_env: null sends none.",
                sent=False,
            )
        if not (key.isascii() and key.isprintable()):
            raise ModelAuth(
                f"The key in {self._key_env} holds characters that no key can hold.",
                where=self._who,
                hint="Set it again.",
                sent=False,
            )
        return {**headers, "authorization": f"Bearer {key}"}

    def _parsed(self, data: bytes | str) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            start = data[:80].decode("utf-8", "replace") if isinstance(data, bytes) else data[:80]
        raise ModelProtocol(
            f"The answer is not JSON: it begins {self._clean(start)!r}.", where=self._who, hint="Check base_url."
        )

    def _too_slow(self) -> ModelTimeout:
        what = f"Nothing came for {self._timeouts.read:g} seconds."
        return ModelTimeout(what, where=self._who, hint="Allow more with timeouts.read.")

    def _unreachable(self, error: Exception) -> ModelError:
        what = f"The endpoint {self._host} could not be reached ({type(error).__name__}: {self._clean(str(error))})."
        return ModelUnavailable(what, where=self._who, hint="Check base_url, the network and the proxy settings.")

    @property
    def _host(self) -> str:
        return httpx.URL(self._url).netloc.decode("ascii", "replace")


def _sentence(words: str) -> str:
    """An endpoint's own words, closed so that what to do can follow them."""
    return words if words.endswith((".", "!", "?", "…")) else words.rstrip(" :;,") + "."


_shared_tls: list[Any] = []


def _tls() -> Any:
    """One TLS context for all clients: making one costs more than a client."""
    if not _shared_tls:
        _shared_tls.append(httpx.create_ssl_context())
    return _shared_tls[0]


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        return json.dumps(body).encode()  # a lone surrogate: only an escape can carry it


def _expect(response: httpx.Response, kind: str, who: str) -> None:
    got = response.headers.get("content-type", "nothing")
    if kind not in got:
        raise ModelProtocol(f"The endpoint answered {got} instead of {kind}.", where=who, hint="Check base_url.")


def _checked(url: str, who: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"base_url is no address: {error}.", where=who, hint="Write https://HOST/v1.") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConfigError(f"base_url {url!r} is no http address.", where=who, hint="Write https://HOST/v1.")
    if parsed.userinfo or parsed.query:
        raise ConfigError(
            "base_url holds a name, a password or a query.", where=who, hint="Put the key into an environment variable."
        )
    return url
