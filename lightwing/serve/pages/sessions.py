"""Who is at the pages: a signed cookie that names a key, and a token that only a page of ours can send back."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import urlsplit

from starlette.requests import Request

from lightwing.serve.refusals import Refused

__all__ = ["COOKIE", "Sessions", "refuse_foreign"]

COOKIE = "lightwing_session"

_SECONDS = 12 * 3600


class Sessions:
    """Cookies and tokens under one secret, which all processes of a gateway share. A cookie holds the id of a key, when it ends, and an HMAC of both.

    >>> sessions = Sessions(b"secret")
    >>> cookie = sessions.cookie("0123456789ab", now=100.0)
    >>> sessions.key(cookie, now=200.0), sessions.key(cookie, now=100_000.0), sessions.key(cookie[:-1] + "x", now=200.0)
    ('0123456789ab', None, None)
    """

    seconds = _SECONDS

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def cookie(self, key: str, *, now: float | None = None) -> str:
        """The cookie of somebody who showed this key."""
        ends = int((time.time() if now is None else now) + _SECONDS)
        return f"{key}.{ends}.{self._mac('session', key, str(ends))}"

    def key(self, cookie: str, *, now: float | None = None) -> str | None:
        """The id of the key that a cookie names; None for one that is not ours, or has ended."""
        key, _, rest = cookie.partition(".")
        ends, _, mac = rest.partition(".")
        if not _same(mac, self._mac("session", key, ends)) or not ends.isdecimal():
            return None
        return key if int(ends) > (time.time() if now is None else now) else None

    def token(self, cookie: str) -> str:
        """What a form of this session must send back."""
        return self._mac("token", cookie)

    def refuse_stale(self, token: str, cookie: str) -> None:
        """Refuses a form that does not come from a page of this session."""
        if not _same(token, self.token(cookie)):
            raise Refused(403, "This page is too old to send. Load it again.", code="token")

    def _mac(self, *parts: str) -> str:
        return hmac.new(self._secret, ".".join(parts).encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def refuse_foreign(request: Request) -> None:
    """Refuses what a page of another origin sends; browsers say which one it is."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if origin is not None:
        foreign = foreign or urlsplit(origin).netloc != request.headers.get("host")
    if foreign or (site is None and origin is None):
        raise Refused(403, "This was sent from a page of another site.", code="origin")
