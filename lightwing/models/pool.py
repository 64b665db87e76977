"""The clients of an endpoint: one for each event loop, with as many connections as there may be calls at a time.

A client lives while something uses it and is closed with the last user, so that nobody has to close a model and nothing outlives its event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from lightwing.models.network import proxy_for, tls

__all__ = ["Client", "Pool"]

_LARGE = 1_000_000
_KEPT_SECONDS = 4.0
"""How long a connection is kept that nothing uses: less than the five seconds after which common servers close theirs."""


@dataclass(slots=True)
class Client:
    """What the calls of one event loop share: the session, the proxy it goes through, how many use it, and the slots."""

    url: URL
    session: aiohttp.ClientSession
    proxy: URL | None
    slots: asyncio.Semaphore
    users: int = 0

    async def post(self, headers: Mapping[str, str], content: bytes) -> aiohttp.ClientResponse:
        """An answer of which the head is read. Raises what aiohttp raises."""
        # A large body is sent in parts, between which the event loop goes on.
        data = content if len(content) < _LARGE else io.BytesIO(content)
        return await self.session.post(self.url, data=data, headers=headers, proxy=self.proxy, allow_redirects=False)


class Pool:
    """Clients for one URL. `connect` and `read` are seconds: to connect, and between two pieces of an answer."""

    def __init__(self, url: URL, *, who: str, connect: float, read: float, concurrency: int) -> None:
        self.url = url
        self._who = who
        self._waits = aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)
        self._concurrency = concurrency
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def held(self) -> contextlib.AbstractAsyncContextManager[object]:
        """Keeps this event loop's client, and with it its connections, open while the block runs."""
        return _Use(self, slot=False)

    def slot(self) -> contextlib.AbstractAsyncContextManager[Client]:
        """This event loop's client, for one call; waits while as many calls are under way as there may be at a time."""
        return _Use(self, slot=True)

    def enter(self) -> Client:
        """The client of this event loop with one more user.

        Raises:
            ConfigError: the proxy settings of the environment cannot be used.
        """
        loop = asyncio.get_running_loop()
        client = self._open.get(loop)
        if client is None:
            proxy = proxy_for(self.url, who=self._who)
            slots = asyncio.Semaphore(self._concurrency)
            client = self._open[loop] = Client(url=self.url, session=self._session(), proxy=proxy, slots=slots)
        client.users += 1
        return client

    async def leave(self, client: Client) -> None:
        """Takes one user away; the last one closes the client."""
        client.users -= 1
        if not client.users:
            del self._open[asyncio.get_running_loop()]
            await client.session.close()

    def _session(self) -> aiohttp.ClientSession:
        connections = aiohttp.TCPConnector(limit=self._concurrency, ssl=tls(), keepalive_timeout=_KEPT_SECONDS)
        return aiohttp.ClientSession(
            connector=connections, timeout=self._waits, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )


class _Use:
    """One user of a pool's client, with or without one of its slots."""

    __slots__ = ("_client", "_pool", "_slot")

    def __init__(self, pool: Pool, *, slot: bool) -> None:
        self._pool = pool
        self._slot = slot

    async def __aenter__(self) -> Client:
        self._client = self._pool.enter()
        if self._slot:
            try:
                await self._client.slots.acquire()
            except BaseException:
                await self._pool.leave(self._client)
                raise
        return self._client

    async def __aexit__(self, *_: object) -> None:
        if self._slot:
            self._client.slots.release()
        await self._pool.leave(self._client)
