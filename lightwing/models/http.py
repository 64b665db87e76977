"""One POST to an endpoint, done with care: time-outs, retries, a bounded body, every failure a named error, the key in no error.

What a call is made over lives in `lightwing.models.pool`; what is said of an answer that is no success in `lightwing.models.refusals`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelError,
    ModelProtocol,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.core.streams import python_random
from lightwing.models.network import BODY_LIMIT, address
from lightwing.models.packed import CODINGS, Unpacked
from lightwing.models.pool import Client, Pool
from lightwing.models.refusals import Refusal, asked_wait, complaint, refused
from lightwing.models.sse import EventData

__all__ = ["Endpoint", "Received", "Retries", "Timeouts"]

_MESSAGE_LIMIT = 500
_COMPLAINT_LIMIT = 16_384
_LAST_SECONDS = 0.02
_HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "accept-encoding": CODINGS,
}


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
        self._pool = Pool(
            address(url, who=who), who=who, connect=timeouts.connect, read=timeouts.read, concurrency=concurrency
        )
        self.who = who
        self._key_env = key_env or None
        self._timeouts = timeouts
        self._retries = retries
        self._seed = seed
        self._calls = 0

    async def post(self, body: Mapping[str, Any]) -> Any:
        """The JSON that the endpoint answers."""
        async with self._pool.slot() as client, self._in_time(self._deadline()) as deadline:
            response = await self._send(client, self.encoded(body), deadline)
            try:
                _expect(response, "json", self.who)
                data = await self._whole(response)
            finally:
                response.release()
        return self.parsed(data)

    async def events(self, body: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """The JSON of each event of a streamed answer, up to `[DONE]`; one value where the endpoint answers whole. What `[DONE]` follows is passed over."""
        async with self._pool.slot() as client:
            async with self._in_time(self._deadline()) as deadline:
                response = await self._send(client, self.encoded(body), deadline)
            try:
                whole = "json" in response.headers.get("content-type", "")
                if not whole:
                    _expect(response, "text/event-stream", self.who)
                async with contextlib.aclosing(self._pieces(response, deadline)) as pieces:
                    if whole:
                        yield self.parsed(b"".join([piece async for piece in pieces]))
                        return
                    events = EventData()
                    async for piece in pieces:
                        for data in events.feed(piece):
                            if data == "[DONE]":
                                await _ended(response)
                                return
                            yield self.parsed(data)
                    for data in events.end():
                        if data != "[DONE]":
                            yield self.parsed(data)
            finally:
                response.release()

    def held(self) -> contextlib.AbstractAsyncContextManager[object]:
        """Keeps the client, and with it its connections, open while the block runs."""
        return self._pool.held()

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._timeouts.call

    def _in_time(self, deadline: float) -> _InTime:
        """Ends what runs inside at the deadline, as a ModelTimeout. Never held over a `yield` of a stream: it would cancel whoever reads it."""
        return _InTime(deadline, seconds=self._timeouts.call, who=self.who)

    async def _send(self, client: Client, content: bytes, deadline: float) -> aiohttp.ClientResponse:
        """An open response of status 2xx, after as many tries as it takes and is allowed before the deadline."""
        headers = self._headers()
        self._calls += 1
        call, tried = self._calls, 0
        chance = None
        while True:
            response = await self._try(client, headers, content)
            if isinstance(response, aiohttp.ClientResponse):
                return response
            tried += 1
            wait = response.wait
            if wait is None or tried > self._retries.times:
                raise response.error
            if wait < 0:
                chance = chance or python_random(self._seed, "retries", self.who, call)
                backoff = min(self._retries.most, self._retries.first * 2 ** (tried - 1))
                wait = backoff * (1.0 - 0.5 * chance.random())
            if asyncio.get_running_loop().time() + wait >= deadline:
                raise response.error
            await asyncio.sleep(wait)

    async def _try(
        self, client: Client, headers: Mapping[str, str], content: bytes
    ) -> aiohttp.ClientResponse | Refusal:
        """A response of status 2xx, or why there is none. Errors are made here and raised elsewhere, so that no request hangs on them."""
        try:
            response = await client.post(headers, content)
        except aiohttp.SocketTimeoutError:
            return Refusal(error=self._too_slow())
        except (aiohttp.ClientError, OSError) as error:
            return Refusal(error=self._unreachable(error), wait=-1.0)
        if 200 <= response.status < 300:
            return response
        try:
            message, about = complaint(await self._beginning(response))
        finally:
            response.release()
        return refused(
            response.status,
            self._clean(message) or "no message",
            about,
            who=self.who,
            key_env=self._key_env,
            asked=asked_wait(response.headers.get("retry-after", ""), most=self._retries.most_asked),
        )

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        """All of the body, within the limit of size."""
        if "content-encoding" in response.headers:
            return b"".join([piece async for piece in self._pieces(response)])
        parts, total = [], 0
        while piece := await self._piece(response):
            total += len(piece)
            self._bounded(total)
            parts.append(piece)
        return b"".join(parts)

    async def _pieces(
        self, response: aiohttp.ClientResponse, deadline: float | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The body in pieces, unpacked, within the limit of size and the deadline; without one, whoever asks holds `_in_time` over it all."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        unpacked = None if coding in ("identity", "") else self._unpacked(coding)
        total = 0
        while True:
            if deadline is None:
                piece = await self._piece(response)
            else:
                async with self._in_time(deadline):
                    piece = await self._piece(response)
            for part in (piece,) if unpacked is None else self._opened(unpacked, piece):
                total += len(part)
                self._bounded(total)
                if part:
                    yield part
            if not piece:
                return

    def _bounded(self, total: int) -> None:
        if total > BODY_LIMIT:
            raise ModelProtocol(
                f"The answer is larger than {BODY_LIMIT // 1_000_000} MB; reading was stopped.",
                where=self.who,
                hint="Set max_tokens, or look at the endpoint.",
            )

    async def _piece(self, response: aiohttp.ClientResponse) -> bytes:
        """The next bytes as they came; none at the end."""
        failure: ModelError
        try:
            return await response.content.readany()
        except aiohttp.SocketTimeoutError:
            failure = self._too_slow()
        except (aiohttp.ClientError, OSError) as error:
            failure = self._broken(type(error).__name__)
        raise failure

    def _unpacked(self, coding: str) -> Unpacked:
        try:
            return Unpacked(coding)
        except ValueError:
            raise ModelProtocol(
                f"The answer is packed in a way that was not asked for ({self._clean(coding)}).",
                where=self.who,
                hint="Look at the endpoint.",
            ) from None

    def _opened(self, unpacked: Unpacked, piece: bytes) -> Iterator[bytes]:
        try:
            yield from unpacked.feed(piece)
            if not piece:
                unpacked.end()
        except ValueError as error:
            raise self._broken(str(error)) from None

    async def _beginning(self, response: aiohttp.ClientResponse) -> bytes:
        """At most some kilobytes of a complaint."""
        data = b""
        with contextlib.suppress(ModelError):
            async with contextlib.aclosing(self._pieces(response)) as pieces:
                async for piece in pieces:
                    data += piece
                    if len(data) > _COMPLAINT_LIMIT:
                        break
        return data

    def _clean(self, text: str) -> str:
        """One bounded line, in which the key does not stand even where the endpoint repeats it."""
        key = os.environ.get(self._key_env or "", "").strip()
        text = " ".join(text.split())
        if key:
            text = text.replace(key, "[key]")
        return text if len(text) <= _MESSAGE_LIMIT else text[:_MESSAGE_LIMIT] + "…"

    def _headers(self) -> dict[str, str]:
        if self._key_env is None:
            return _HEADERS
        key = os.environ.get(self._key_env, "").strip()
        if not key:
            raise ModelAuth(
                f"The environment variable {self._key_env} holds no key.",
                where=self.who,
                hint=f"Set it (export {self._key_env}=…), or name another with key_env; key_env: null sends none.",
                sent=False,
            )
        if not (key.isascii() and key.isprintable()):
            raise ModelAuth(
                f"The key in {self._key_env} holds characters that no key can hold.",
                where=self.who,
                hint="Set it again.",
                sent=False,
            )
        return {**_HEADERS, "authorization": f"Bearer {key}"}

    def encoded(self, body: Mapping[str, Any]) -> bytes:
        """The body of a request. Raises ModelRefused where a value of it has no JSON."""
        try:
            return msgspec.json.encode(body)
        except UnicodeEncodeError:
            return json.dumps(body).encode()  # a lone surrogate: only an escape can carry it
        except TypeError as error:
            hint = "Put only JSON values into tools, parts and extra fields."
            raise ModelRefused(f"The request has no JSON: {error}.", where=self.who, hint=hint) from None

    def parsed(self, data: bytes | str) -> Any:
        """The JSON of an answer. Raises ModelProtocol where it is none."""
        try:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return msgspec.json.decode(data)
            return json.loads(data)  # takes what the strict one does not: a lone surrogate, NaN, a byte-order mark
        except (ValueError, RecursionError):
            start = data[:80].decode("utf-8", "replace") if isinstance(data, bytes) else data[:80]
        raise ModelProtocol(
            f"The answer is not JSON: it begins {self._clean(start)!r}.", where=self.who, hint="Check base_url."
        )

    def _too_slow(self) -> ModelTimeout:
        what = f"Nothing came for {self._timeouts.read:g} seconds."
        return ModelTimeout(what, where=self.who, hint="Allow more with timeouts.read.")

    def _broken(self, how: str) -> ModelProtocol:
        return ModelProtocol(f"The answer broke off ({how}).", where=self.who, hint="Try again.")

    def _unreachable(self, error: Exception) -> ModelError:
        # The words of a ClientResponseError hold the address of the proxy, with its password.
        said = f"{error.status} {error.message}" if isinstance(error, aiohttp.ClientResponseError) else str(error)
        what = f"The endpoint {self._pool.url.raw_authority} could not be reached ({type(error).__name__}: {self._clean(said)})."
        return ModelUnavailable(what, where=self.who, hint="Check base_url, the network and the proxy settings.")


class Received:
    """What an endpoint answers to a body, open while the block runs, to be read once: JSON, or events."""

    __slots__ = ("_content", "_deadline", "_endpoint", "_pieces", "_response", "_slot", "content_type", "streamed")

    def __init__(self, endpoint: Endpoint, content: bytes) -> None:
        self._endpoint = endpoint
        self._content = content
        self._slot = endpoint._pool.slot()
        self._pieces: AsyncGenerator[bytes, None] | None = None

    async def __aenter__(self) -> Self:
        client = await self._slot.__aenter__()
        try:
            async with self._endpoint._in_time(self._endpoint._deadline()) as self._deadline:
                self._response = await self._endpoint._send(client, self._content, self._deadline)
            try:
                self.content_type = self._response.headers.get("content-type", "")
                self.streamed = "text/event-stream" in self.content_type
                if not self.streamed:
                    _expect(self._response, "json", self._endpoint.who)
            except ModelError:
                self._response.release()
                raise
        except BaseException:
            await self._slot.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            if self._pieces is not None:
                await self._pieces.aclose()
        finally:
            self._response.release()
            await self._slot.__aexit__(None, None, None)

    @property
    def status(self) -> int:
        return self._response.status

    async def whole(self) -> bytes:
        """All of it, within the limits of size and time."""
        async with self._endpoint._in_time(self._deadline):
            return await self._endpoint._whole(self._response)

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The bytes as they come, within the limits of size and time."""
        if self._pieces is None:
            self._pieces = self._endpoint._pieces(self._response, self._deadline)
        return self._pieces


class _InTime:
    """`asyncio.timeout_at`, whose end is a ModelTimeout."""

    __slots__ = ("_deadline", "_limit", "_seconds", "_who")

    def __init__(self, deadline: float, *, seconds: float, who: str) -> None:
        self._deadline = deadline
        self._limit = asyncio.timeout_at(deadline)
        self._seconds = seconds
        self._who = who

    async def __aenter__(self) -> float:
        await self._limit.__aenter__()
        return self._deadline

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        late = False
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            late = True
        if late:
            raise ModelTimeout(
                f"No answer within {self._seconds:g} seconds.",
                where=self._who,
                hint="Allow more with timeouts.call.",
            )


async def _ended(response: aiohttp.ClientResponse) -> None:
    """Waits a moment for the end of a body whose last event was read: it follows at once, and a connection that has seen it can be used again."""
    with contextlib.suppress(aiohttp.ClientError, OSError):
        async with asyncio.timeout(_LAST_SECONDS):
            while await response.content.readany():
                pass


def _expect(response: aiohttp.ClientResponse, kind: str, who: str) -> None:
    got = response.headers.get("content-type", "nothing")
    if kind not in got:
        raise ModelProtocol(f"The endpoint answered {got} instead of {kind}.", where=who, hint="Check base_url.")
