"""A value out of a store, read in a thread, kept for seconds and read again by one caller for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from lightwing.core.errors import StoreError

__all__ = ["Fresh"]

T = TypeVar("T")


class Fresh(Generic[T]):
    """What `read` gives (it may block: it runs in a thread), for one event loop.

    A value younger than `seconds` is given as it is; one up to twice as old too, while it is read again. An older one is waited for. Where the store
    fails, or takes longer than `patience` seconds, a value up to `grace` seconds old still serves: a store that is away for a moment stops nobody.

    >>> values = iter([1, 2])
    >>> async def twice():
    ...     fresh = Fresh(lambda: next(values))
    ...     return await fresh.get(), await fresh.get(), await fresh.again()
    >>> asyncio.run(twice())
    (1, 1, 2)
    """

    def __init__(
        self,
        read: Callable[[], T],
        *,
        seconds: float = 2.0,
        patience: float = 1.0,
        grace: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._patience = patience
        self._grace = grace
        self._clock = clock
        self._value: tuple[T] | None = None
        self._at = 0.0
        self._under_way: asyncio.Task[T] | None = None
        self.begun = 0
        """How many reads have begun."""
        self.number = 0
        """Which of them, counted from 1, the value at hand came from; 0 where there is none."""

    async def get(self, *, within: float | None = None) -> T:
        """The value; not older than `within` seconds, where that is given, unless the store fails.

        Raises:
            StoreError: it cannot be read, and there is none that still serves.
        """
        if self._value is None:
            return await asyncio.shield(self._reading())
        age = self._clock() - self._at
        if age <= (self._seconds if within is None else within):
            return self._value[0]
        task = self._reading()
        if within is None and age <= 2 * self._seconds:
            return self._value[0]
        if age > self._grace:
            return await asyncio.shield(task)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if done and not isinstance(task.exception(), StoreError):
            return task.result()
        return self._value[0]

    async def again(self) -> T:
        """The value as a read gives it that begins after this call.

        Raises:
            StoreError: it cannot be read.
        """
        if self._under_way is not None:
            await asyncio.wait({self._under_way})
        return await asyncio.shield(self._reading())

    def _reading(self) -> asyncio.Task[T]:
        """The read under way, begun if there is none. Nobody who waits for it ends it for the others."""
        if self._under_way is None:
            self.begun += 1
            self._under_way = asyncio.get_running_loop().create_task(self._once(self.begun))
            self._under_way.add_done_callback(_looked_at)
        return self._under_way

    async def _once(self, number: int) -> T:
        began = self._clock()
        try:
            value = await asyncio.to_thread(self._read)
        finally:
            self._under_way = None
        self._value, self._at, self.number = (value,), began, number
        return value


def _looked_at(task: asyncio.Task[T]) -> None:
    """A read that nobody waited for may fail unheard: the next one that is waited for fails too."""
    if not task.cancelled():
        task.exception()
