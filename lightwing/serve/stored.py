"""What a gateway keeps in the trace store beside traces: its keys, and what each of them spent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import msgspec
import sqlalchemy as sa

from lightwing.core.errors import ConfigError, StoreError
from lightwing.serve.keys import NO_LIMITS, Allowance, Key
from lightwing.serve.limits import Spent
from lightwing.store import TraceStore
from lightwing.store.tables import keys, traces

__all__ = ["StoredKeys", "StoredUsage"]

_KNOWN = {field.name for field in fields(Allowance)}


class StoredKeys:
    """The keys in a store; several processes may share it.

    >>> from lightwing.serve.keys import new_key
    >>> with TraceStore(":memory:") as store:
    ...     StoredKeys(store).add(new_key("Ada")[0])
    ...     [key.name for key in StoredKeys(store).all()]
    ['Ada']
    """

    def __init__(self, store: TraceStore) -> None:
        self._store = store

    def all(self) -> Sequence[Key]:
        """All keys, in the order they were made.

        Raises:
            StoreError: a key's limits cannot be read: it is not given out without them.
        """
        with self._store.reading() as connection:
            rows = connection.execute(sa.select(keys).order_by(keys.c.created, keys.c.id)).all()
        return tuple(self._key(row) for row in rows)

    def add(self, key: Key) -> None:
        limits = {name: value for name, value in asdict(key.allowance).items() if value is not None}
        row = {
            "id": key.id,
            "name": key.name,
            "digest": key.digest,
            "created": key.created,
            "revoked": key.revoked,
            "allowance": json.dumps(limits),
        }
        self._store.write(lambda connection: connection.execute(keys.insert().values(row)))

    def revoke(self, id: str, at: float) -> Key | None:
        def work(connection: sa.Connection) -> Any:
            still = keys.update().where(keys.c.id == id, keys.c.revoked.is_(None))
            connection.execute(still.values(revoked=at))
            return connection.execute(sa.select(keys).where(keys.c.id == id)).one_or_none()

        row = self._store.write(work)
        return None if row is None else self._key(row)

    def _key(self, row: Any) -> Key:
        try:
            allowance = _allowance(row.allowance)
        except (ValueError, TypeError, ConfigError) as error:
            if row.revoked is None:
                raise StoreError(
                    f"The limits of key {row.id} cannot be read: {error}.",
                    where=self._store.path,
                    hint=f"Revoke it and make another: lightwing keys revoke {row.id}",
                ) from None
            allowance = NO_LIMITS  # it opens nothing any more
        return Key(
            id=row.id,
            name=row.name,
            digest=row.digest,
            created=row.created,
            revoked=row.revoked,
            allowance=allowance,
        )


def _allowance(text: str) -> Allowance:
    limits = json.loads(text)
    if not isinstance(limits, dict) or set(limits) - _KNOWN:
        raise ValueError(f"not understood: {text[:200]}")
    return msgspec.convert(limits, Allowance)


class StoredUsage:
    """What the traces of a key cost, summed by the database. Traces that retention removed are forgotten here too."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store

    def __call__(self, key: str, *, since: int, until: int | None = None) -> Spent:
        t = traces.c
        chosen = sa.select(
            sa.func.sum(t.tokens), sa.func.sum(t.price), sa.func.max(t.price), sa.func.count() - sa.func.count(t.price)
        ).where(t.owner == key, t.day >= since)
        if until is not None:
            chosen = chosen.where(t.day < until)
        with self._store.reading() as connection:
            tokens, price, dearest, unpriced = connection.execute(chosen).one()
        return Spent(tokens=int(tokens or 0), price=price or 0.0, dearest=dearest or 0.0, unpriced=unpriced)
