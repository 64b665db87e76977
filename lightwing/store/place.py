"""Where a store is: a path or a URL, and how it is shown without its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lightwing.core.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["Place", "is_url"]

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_KINDS = "Give a path, sqlite:///PATH or postgresql://USER@HOST/DATABASE."


def is_url(text: str) -> bool:
    """Whether a store is named by a URL.

    >>> is_url("traces.sqlite"), is_url("postgresql://me@host/traces")
    (False, True)
    """
    return "://" in text


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store's database. `shown` names it in messages; it holds no password.

    >>> place = Place.of("postgresql://me:secret@host/traces")
    >>> place.kind, place.shown
    ('postgresql', 'postgresql://me:***@host/traces')
    >>> Place.of("traces.sqlite").path
    'traces.sqlite'
    """

    kind: Literal["sqlite", "postgresql"]
    url: URL = field(repr=False)
    shown: str

    @classmethod
    def of(cls, given: Path | str) -> Place:
        """The place that a path or a URL names.

        Raises:
            ConfigError: the URL cannot be read, or is of another kind of database. It is not repeated: it may hold a password.
            MissingExtra: it is PostgreSQL's, and psycopg is not installed.
        """
        from sqlalchemy import URL, make_url
        from sqlalchemy.exc import ArgumentError

        text = str(given)
        if isinstance(given, Path) or not is_url(text):
            return cls(kind="sqlite", url=URL.create("sqlite", database=text), shown=text)
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise ConfigError(
                "The store's URL cannot be read.",
                hint="Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE; signs such as @ : / in a password as %40 %3A %2F.",
            ) from None
        if url.drivername == "sqlite":
            if url.host or url.query:
                raise ConfigError(
                    "An SQLite URL has three slashes before its path, and no options.", hint="Write sqlite:///PATH."
                )
            path = url.database or ":memory:"
            return cls(kind="sqlite", url=URL.create("sqlite", database=path), shown=path)
        if url.drivername in _POSTGRESQL:
            if find_spec("psycopg") is None:
                raise MissingExtra("psycopg", extra="postgres", need="A store in PostgreSQL")
            return cls(kind="postgresql", url=url.set(drivername="postgresql+psycopg"), shown=_shown(url))
        raise ConfigError(f"There is no store of the kind {url.drivername!r}.", hint=_KINDS)

    @property
    def path(self) -> str | None:
        """The file of an SQLite store; None for what is no file."""
        if self.kind != "sqlite" or self.memory:
            return None
        return self.url.database

    @property
    def memory(self) -> bool:
        """Whether the store lives in this process's memory only."""
        return self.kind == "sqlite" and self.url.database == ":memory:"

    def without_password(self, text: str) -> str:
        """A message of a driver with the password struck out, should it be in there."""
        secrets = [str(self.url.password or ""), *(v for k, v in _options(self.url) if "password" in k)]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text


def _shown(url: URL) -> str:
    masked = {key: "***" if "password" in key else value for key, value in _options(url)}
    return url.set(drivername="postgresql", query=masked).render_as_string(hide_password=True)


def _options(url: URL) -> list[tuple[str, str]]:
    return [(key, value if isinstance(value, str) else ",".join(value)) for key, value in url.query.items()]
