"""What a key may use, and how much a gateway does at once: rates, budgets, concurrency, a bounded queue.

How far a limit is exact where several gateway processes share one store:

* Budgets (tokens, prices) are counted from the store, over all processes. A request is refused only on what is stored, read within the last seconds; what
  this process spent since is added, and where that would refuse, the store is read again first. Requests under way are not known yet: a budget is overrun by at
  most what runs when it is reached, and by what other processes spend between two reads: 2 to 4 seconds apart, 0.1 where nine tenths of a budget are used.
* Rates and concurrency are counted in each process, for `processes` processes each gives its share. The sum never exceeds the limit by more than one request
  for each process; a key whose requests all come to one process is held to that process's share.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lightwing.core.errors import ConfigError, LimitReached
from lightwing.serve.fresh import Fresh
from lightwing.serve.keys import Allowance, Key

__all__ = ["Bucket", "Gate", "Limits", "Spent", "Ticket", "UsageOf"]

_BURST = 10.0
"""Seconds of its rate that a key may use at once."""

_NEAR, _SOON = 0.9, 0.1
"""From this share of a budget on, what is stored is read again after so many seconds: other processes spend, too."""

_DAY = 86_400
_EARLIER = 300.0
"""Seconds after which the days of the month before today are read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a key's stored traces cost. `price` is the sum of the known prices, `dearest` the greatest of them, `unpriced` the number of unknown ones."""

    tokens: int = 0
    price: float = 0.0
    dearest: float = 0.0
    unpriced: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            tokens=self.tokens + other.tokens,
            price=self.price + other.price,
            dearest=max(self.dearest, other.dearest),
            unpriced=self.unpriced + other.unpriced,
        )

    @property
    def charged(self) -> float:
        """The price to hold against a budget: an unknown one counts as the dearest that is known.

        >>> Spent(price=3.0, dearest=2.0, unpriced=2).charged
        7.0
        """
        return self.price + self.unpriced * self.dearest


_NOTHING = Spent()


class UsageOf(Protocol):
    """Reads what the stored traces of a key cost that started on or after the day `since`, and before the day `until`: UTC days counted from 1970-01-01. It may
    block."""

    def __call__(self, key: str, *, since: int, until: int | None = None) -> Spent: ...


class Bucket:
    """A token bucket: `rate` requests a minute, up to ten seconds' worth of them (at least one) at once. In any minute at most `rate` and that burst pass."""

    def __init__(self, rate: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = rate / 60
        self._most = max(1.0, self._per_second * _BURST)
        self._clock = clock
        self._left = self._most
        self._at = clock()

    def take(self) -> float:
        """Takes one and gives 0, or gives the seconds until there is one.

        >>> bucket = Bucket(60, clock=iter([0.0, 0.0]).__next__)
        >>> bucket.take()
        0.0
        """
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_second


class Ticket:
    """A request that was admitted."""

    def __init__(self, account: _Account) -> None:
        self._account = account

    def spent(self, *, tokens: int, price: float | None) -> None:
        """Says what it cost (`price` None: unknown), once its traces are stored: what is said before may be counted twice for a few seconds."""
        known = price or 0.0
        self._account.add(Spent(tokens=tokens, price=known, dearest=known, unpriced=int(price is None)))


class Limits:
    """Admits requests of keys, within what each key is allowed. For one event loop.

    `usage` reads what a key's stored traces cost; None: there is no store, and a key with a budget is refused.
    """

    def __init__(
        self,
        usage: UsageOf | None,
        *,
        processes: int = 1,
        seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._usage = usage
        self._processes = processes
        self._seconds = seconds
        self._clock = clock
        self._now = now
        self._accounts: dict[str, _Account] = {}

    @contextlib.asynccontextmanager
    async def admit(self, key: Key, *, priced: bool = True) -> AsyncIterator[Ticket]:
        """Holds one of the key's places while the block runs. `priced`: the price of all that may be asked is known.

        Raises:
            LimitReached: the key's concurrency, rate or budget does not allow it; `wait` says for how long.
            ConfigError: the key has a budget that cannot be counted.
            StoreError: what was used cannot be read.
        """
        account = self._account(key)
        account.enter()
        try:
            account.take()
            if key.allowance.budgeted:
                await account.afford(priced=priced)
            yield Ticket(account)
        finally:
            account.leave()

    def _account(self, key: Key) -> _Account:
        found = self._accounts.get(key.id)
        if found is None or found.allowance != key.allowance:
            found = self._accounts[key.id] = _Account(
                key,
                usage=self._usage,
                processes=self._processes,
                seconds=self._seconds,
                clock=self._clock,
                now=self._now,
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    """What was stored of this day, and of its month."""

    today: int
    day: Spent
    month: Spent


class _Account:
    """One key in this process."""

    def __init__(
        self,
        key: Key,
        *,
        usage: UsageOf | None,
        processes: int,
        seconds: float,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self.allowance: Allowance = key.allowance
        self._id = key.id
        self._usage = usage
        self._clock = clock
        self._now = now
        self._running = 0
        rate, most = key.allowance.requests_per_minute, key.allowance.concurrency
        self._bucket = None if rate is None else Bucket(rate / processes, clock=clock)
        self._places = None if most is None else math.ceil(most / processes)
        self._seconds = seconds
        self._used: Fresh[_Used] = Fresh(self._read, seconds=seconds, clock=clock)
        self._earlier: tuple[int, float, Spent] | None = None
        # What was spent here, by the number of reads that had begun: what came before a read began is in it.
        self._since: dict[int, Spent] = {}

    def enter(self) -> None:
        if self._places is not None and self._running >= self._places:
            raise LimitReached(
                f"{self._running} requests of this key run at once, which is all it may.",
                limit="concurrency",
                wait=1.0,
                where=f"key {self._id}",
                hint="Wait until one ends.",
            )
        self._running += 1

    def leave(self) -> None:
        self._running -= 1

    def take(self) -> None:
        wait = 0.0 if self._bucket is None else self._bucket.take()
        if wait:
            raise LimitReached(
                f"This key may ask {self.allowance.requests_per_minute} times a minute.",
                limit="requests_per_minute",
                wait=wait,
                where=f"key {self._id}",
                hint=f"Wait {math.ceil(wait)} s.",
            )

    def add(self, spent: Spent) -> None:
        begun = self._used.begun
        before = self._since.get(begun)
        self._since[begun] = spent if before is None else before + spent

    async def afford(self, *, priced: bool) -> None:
        if self._usage is None:
            raise ConfigError(
                "This key has a budget, and there is no store to count it in.",
                where=f"key {self._id}",
                hint="Start the gateway with a store.",
            )
        if not priced and not (self.allowance.price_per_day is None and self.allowance.price_per_month is None):
            raise ConfigError(
                "This key has a limit on the price, and the price of a model that may be asked is unknown.",
                where=f"key {self._id}",
                hint="Give every model a price, or limit the key by tokens.",
            )
        used = await self._used.get()
        if used.today != _day(self._now()):
            used = await self._used.again()
        if self._reached(used, self._here() or _NOTHING, share=_NEAR):
            used = await self._used.get(within=min(_SOON, self._seconds))
        here = self._here()
        if here is not None and self._reached(used, here):
            used = await self._used.again()
        reached = self._reached(used)
        if reached:
            raise self._refusal(*reached)

    def _here(self) -> Spent | None:
        """What was spent in this process and is not surely in the value at hand; None where nothing was."""
        if self._since and min(self._since) < self._used.number:
            self._since = {begun: spent for begun, spent in self._since.items() if begun >= self._used.number}
        return sum(self._since.values(), _NOTHING) if self._since else None

    def _reached(self, used: _Used, here: Spent = _NOTHING, *, share: float = 1.0) -> tuple[str, float, float] | None:
        """The first limit of which this share is reached: its name, the limit, and what was found."""
        allowed = self.allowance
        if allowed.tokens_per_day is not None and used.day.tokens + here.tokens >= share * allowed.tokens_per_day:
            return "tokens_per_day", allowed.tokens_per_day, used.day.tokens + here.tokens
        for name, limit, spent in (
            ("price_per_day", allowed.price_per_day, used.day),
            ("price_per_month", allowed.price_per_month, used.month),
        ):
            if limit is not None and (found := (spent + here).charged) >= share * limit:
                return name, limit, found
        return None

    def _refusal(self, name: str, limit: float, found: float) -> LimitReached:
        of, _, per = name.partition("_per_")
        budget = {"tokens": "token budget", "price": "money"}[of]
        now = self._now()
        until = (_day(now) + 1) * _DAY if per == "day" else _next_month(now)
        return LimitReached(
            f"The {budget} of this key for this {per} is used up: {found:,.10g} of {limit:,.10g}.",
            limit=name,
            wait=until - now,
            where=f"key {self._id}",
            hint=f"It begins anew with the next {per} (UTC), or the operator gives another key.",
        )

    def _read(self) -> _Used:
        assert self._usage is not None
        today = _day(self._now())
        day = self._usage(self._id, since=today)
        if self.allowance.price_per_month is None:
            return _Used(today=today, day=day, month=day)
        return _Used(today=today, day=day, month=self._before(today) + day)

    def _before(self, today: int) -> Spent:
        """What was stored of this month's days before today. They change seldom: where traces arrive late."""
        assert self._usage is not None
        at = self._clock()
        if self._earlier is None or self._earlier[0] != today or at - self._earlier[1] > _EARLIER:
            first = today - datetime.fromtimestamp(today * _DAY, UTC).day + 1
            self._earlier = today, at, self._usage(self._id, since=first, until=today)
        return self._earlier[2]


def _day(at: float) -> int:
    return int(at // _DAY)


def _next_month(at: float) -> float:
    now = datetime.fromtimestamp(at, UTC)
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC).timestamp()


class Gate:
    """So many requests at once, and so many more in a queue, first come first served. For one event loop.

    >>> async def one():
    ...     gate = Gate(slots=1, queue=0)
    ...     async with gate.place():
    ...         return gate.running, gate.waiting
    >>> asyncio.run(one())
    (1, 0)
    """

    def __init__(
        self, *, slots: int, queue: int, wait: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if slots < 1 or queue < 0 or wait <= 0:
            raise ConfigError(
                f"slots {slots}, queue {queue}, wait {wait:g}.", where="gate", hint="Give at least 1, 0, and above 0."
            )
        self._slots = slots
        self._queue = queue
        self._wait = wait
        self._clock = clock
        self._line: deque[asyncio.Future[None]] = deque()
        self._usual = 1.0
        self.running = 0
        """Requests that hold a place."""

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._line)

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Holds a place while the block runs, after waiting for one.

        Raises:
            LimitReached: the queue is full, or no place came in time.
        """
        if self.running < self._slots:
            self.running += 1
        else:
            await self._queued()
        since = self._clock()
        try:
            yield
        finally:
            self._usual += 0.1 * (self._clock() - since - self._usual)
            self._pass_on()

    async def _queued(self) -> None:
        if len(self._line) >= self._queue:
            raise self._busy(f"{self.running} requests run and {len(self._line)} wait: that is all.", limit="queue")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as ended:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # the place came in the same moment
            else:
                with contextlib.suppress(ValueError):
                    self._line.remove(turn)
            if isinstance(ended, TimeoutError):
                raise self._busy(f"No place came free within {self._wait:g} s.", limit="queue_wait") from None
            raise

    def _pass_on(self) -> None:
        """Gives the place to the first in the line that still waits, or back."""
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1

    def _busy(self, what: str, *, limit: str) -> LimitReached:
        """The wait is what the line takes at the pace of the last requests, from 1 to 60 seconds."""
        wait = min(60.0, max(1.0, self._usual * (len(self._line) + 1) / self._slots))
        return LimitReached(what, limit=limit, wait=wait, where="gateway", hint=f"Ask again in {math.ceil(wait)} s.")
