"""API keys of a gateway: `lw_<id>_<secret>`. The secret is shown once; what is kept is its SHA-256, which for 32 random bytes needs no salt."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lightwing.core.errors import ConfigError, KeyRefused
from lightwing.serve.fresh import Fresh

__all__ = ["NO_LIMITS", "Allowance", "Key", "KeyStore", "Keys", "MemoryKeys", "bearer", "new_key"]

_ID_BYTES, _SECRET_BYTES = 6, 32
_FORM = re.compile(r"lw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LONGEST_NAME = 200
_NOBODY = secrets.token_hex(32)
"""What a secret is held against where no key has the id: as much work, and nothing equals it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a key may use; None is no limit. Prices are in the currency of the price list; days and months are those of UTC.

    `assistants` are the names it may ask for. A key without limits may ask for all.

    Raises:
        ConfigError: a limit is not above 0, or an assistant's name cannot be printed.
    """

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    price_per_day: float | None = None
    price_per_month: float | None = None
    concurrency: int | None = None
    assistants: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "tokens_per_day", "price_per_day", "price_per_month", "concurrency"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ConfigError(f"{name} is {value}.", where="key", hint="Give a number above 0, or none.")
        for assistant in self.assistants or ():
            if not assistant or not assistant.isprintable():
                raise ConfigError(
                    f"{assistant!r} is no name of an assistant.", where="key", hint="Give one that /v1/models lists."
                )

    @property
    def budgeted(self) -> bool:
        """Whether what was used before decides."""
        return not (self.tokens_per_day is None and self.price_per_day is None and self.price_per_month is None)


NO_LIMITS = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept: never its secret. Times are seconds since the epoch; `revoked` is None while it is good."""

    id: str
    name: str
    digest: str = field(repr=False)
    created: float
    revoked: float | None = None
    allowance: Allowance = NO_LIMITS

    def may(self, assistant: str) -> bool:
        """Whether it may ask for the assistant of this name."""
        return self.allowance.assistants is None or assistant in self.allowance.assistants

    def require(self, assistant: str) -> None:
        """Refuses an assistant that is not for this key.

        Raises:
            KeyRefused: it is not.
        """
        if not self.may(assistant):
            raise KeyRefused(
                f"This key may not ask for {assistant!r}.",
                where=f"key {self.id}",
                hint="Ask the operator for a key that may.",
                known=True,
            )


class KeyStore(Protocol):
    """Where keys are kept. Its methods may block."""

    def all(self) -> Sequence[Key]:
        """All keys, in the order they were made, revoked ones too."""
        ...

    def add(self, key: Key) -> None:
        """Keeps a new key."""
        ...

    def revoke(self, id: str, at: float) -> Key | None:
        """Ends a key and gives it; one that has ended already stays as it is. None where no key has this id."""
        ...


class MemoryKeys:
    """Keys that end with the process, for tests and for a gateway without a store."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    def all(self) -> Sequence[Key]:
        return tuple(self._keys.values())

    def add(self, key: Key) -> None:
        self._keys[key.id] = key

    def revoke(self, id: str, at: float) -> Key | None:
        key = self._keys.get(id)
        if key is not None and key.revoked is None:
            self._keys[id] = key = replace(key, revoked=at)
        return key


def new_key(name: str, *, allowance: Allowance = NO_LIMITS, now: float | None = None) -> tuple[Key, str]:
    """A key to keep, and the text to show once.

    Raises:
        ConfigError: the name is empty, longer than 200 characters, or holds what cannot be printed.

    >>> key, text = new_key("Ada's laptop")
    >>> text.startswith(f"lw_{key.id}_"), text.rpartition(key.id)[2][1:] in repr(key)
    (True, False)
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ConfigError(
            "A key's name has 1 to 200 characters that can be printed.", where="name", hint="Say whose key it is."
        )
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    id = secrets.token_hex(_ID_BYTES)
    created = time.time() if now is None else now
    return Key(id=id, name=name, digest=_digest(secret), created=created, allowance=allowance), f"lw_{id}_{secret}"


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header; None where there is none.

    >>> bearer("Bearer abc"), bearer("bearer  abc "), bearer("Basic abc"), bearer(None)
    ('abc', 'abc', None, None)
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


class Keys:
    """Tells whose key a request brings. All keys are read at once and kept for `seconds`, so an unknown key costs no query and a revoked one ends within
    twice as many; while the store is away, what was read last serves for a minute.

    >>> import asyncio
    >>> store = MemoryKeys()
    >>> key, text = new_key("Ada")
    >>> store.add(key)
    >>> asyncio.run(Keys(store).of(text)).name
    'Ada'
    """

    def __init__(self, store: KeyStore, *, seconds: float = 2.0) -> None:
        self._store = store
        self._fresh: Fresh[Mapping[str, Key]] = Fresh(self._read, seconds=seconds)

    async def of(self, presented: str | None) -> Key:
        """The key that this text is.

        Raises:
            KeyRefused: there is none, it is of another form, unknown, or revoked. The text is not repeated.
            StoreError: the keys cannot be read.
        """
        if not presented:
            raise KeyRefused("No API key was given.", hint="Send the header: Authorization: Bearer lw_…")
        known = await self._fresh.get()
        form = _FORM.fullmatch(presented)
        id, secret = form.groups() if form is not None else ("", "")
        key = known.get(id)
        same = hmac.compare_digest(_digest(secret), _NOBODY if key is None else key.digest)
        if key is None or not same:
            raise KeyRefused("This API key is not known here.", hint="Send a key that `lightwing keys add` gave.")
        if key.revoked is not None:
            raise KeyRefused("This API key was revoked.", where=f"key {key.id}", hint="Ask the operator for a new one.")
        return key

    async def known(self, id: str) -> Key | None:
        """The key of this id, as long as it is good."""
        key = (await self._fresh.get()).get(id)
        return None if key is None or key.revoked is not None else key

    async def any(self) -> bool:
        """Whether there is a key that is good."""
        return any(key.revoked is None for key in (await self._fresh.get()).values())

    def _read(self) -> Mapping[str, Key]:
        return {key.id: key for key in self._store.all()}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
