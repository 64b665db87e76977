"""What a client takes from its surroundings: the address it is given, the certificates it trusts, the proxy it has to go through."""

from __future__ import annotations

import os
import ssl
from functools import cache
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi
from yarl import URL

from lightwing.core.errors import ConfigError

__all__ = ["BODY_LIMIT", "address", "look", "proxy_for", "tls"]

BODY_LIMIT = 10_000_000
"""Bytes that are read of an answer, at most."""


def address(url: str, *, who: str) -> URL:
    """The http address that a base_url is.

    Raises:
        ConfigError: it is none, or it holds what would stand in messages: a name, a password, a query.
    """
    hint = "Write https://HOST/v1."
    try:
        if any(c.isspace() or not c.isprintable() for c in url):
            raise ValueError("it holds a blank or a control character")
        parsed = URL(url)
        host = parsed.raw_host
    except ValueError as error:
        raise ConfigError(f"base_url is no address: {error}.", where=who, hint=hint) from None
    if parsed.scheme not in ("http", "https") or not host:
        raise ConfigError(f"base_url {url!r} is no http address.", where=who, hint=hint)
    if parsed.raw_user is not None or parsed.raw_password is not None or parsed.raw_query_string:
        raise ConfigError(
            "base_url holds a name, a password or a query.", where=who, hint="Put the key into an environment variable."
        )
    return parsed


@cache
def tls() -> ssl.SSLContext:
    """One TLS context for all clients: making one costs more than a client. It trusts SSL_CERT_FILE or SSL_CERT_DIR where they are set, else certifi."""
    if file := os.environ.get("SSL_CERT_FILE"):
        context = ssl.create_default_context(cafile=file)
    elif folder := os.environ.get("SSL_CERT_DIR"):
        context = ssl.create_default_context(capath=folder)
    else:
        context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def proxy_for(url: URL, *, who: str) -> URL | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY name for this address; None where there is none or NO_PROXY names the host.

    Raises:
        ConfigError: it is no http proxy. The message holds no password of it.
    """
    known = getproxies()
    given = known.get(url.scheme) or known.get("all")
    host = url.host or ""
    if not given or proxy_bypass(host) or proxy_bypass(f"{host}:{url.port}"):
        return None
    try:
        proxy = URL(given if "://" in given else f"http://{given}")
        if proxy.scheme not in ("http", "https"):
            raise ValueError(f"a proxy of the kind {proxy.scheme!r} is not http or https")
        if not proxy.raw_host:
            raise ValueError("it has no host")
    except ValueError as error:
        raise ConfigError(
            f"The proxy settings of the environment cannot be used: {error}.",
            where=who,
            hint="Mend HTTP_PROXY, HTTPS_PROXY or ALL_PROXY, or name the host in NO_PROXY.",
        ) from None
    return proxy


async def look(url: str, *, key: str, seconds: float) -> tuple[int, bytes]:
    """What a GET of this address answers: the status, and of its body no more than an answer may hold. It follows no redirects.

    Raises:
        ConfigError: the address or the proxy settings cannot be used.
        aiohttp.ClientError, OSError: nothing came, or not in time.
    """
    there = address(url, who=url)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls()), timeout=aiohttp.ClientTimeout(total=seconds)
        ) as client,
        client.get(there, headers=headers, proxy=proxy_for(there, who=url), allow_redirects=False) as reply,
    ):
        data = b""
        while len(data) < BODY_LIMIT and (piece := await reply.content.readany()):
            data += piece
        return reply.status, data
