"""A circuit breaker for a rung: an endpoint that keeps failing is left alone for a while, so that requests go on to the next rung at once."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from lightwing.core.case import Candidate, Case, Delta, Sampling
from lightwing.core.errors import (
    ConfigError,
    ModelAuth,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from lightwing.core.protocols import Model
from lightwing.serve.watched import Call, Watched

__all__ = ["Breaker", "Guarded", "Pulse", "State", "Tripping"]

_LOG = logging.getLogger(__name__)
_SLICES = 10


class State(str, Enum):
    """CLOSED: calls go through. OPEN: none does. HALF_OPEN: one does, to find out."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripping:
    """When a breaker opens: after `failures` in a row, or where `share` of at least `least` calls of the last `window` seconds failed. It stays open for
    `rest` seconds, twice as long after each probe that fails, at most `most_rest`.

    Raises:
        ConfigError: a number is out of range.
    """

    failures: int = 5
    share: float = 0.5
    least: int = 20
    window: float = 60.0
    rest: float = 10.0
    most_rest: float = 120.0

    def __post_init__(self) -> None:
        if min(self.failures, self.least) < 1 or min(self.window, self.rest) <= 0 or not 0 < self.share <= 1:
            raise ConfigError(
                f"{self} cannot be kept.", where="breaker", hint="Give counts of at least 1, seconds above 0, a share."
            )


_USUAL = Tripping()


class Pulse:
    """Whether anything came from the endpoint in a call under way."""

    felt = False

    def made(self, candidates: Sequence[Candidate]) -> None:
        self.felt = True

    def delta(self, delta: Delta) -> None:
        self.felt = True

    def relayed(self) -> None:
        self.felt = True


class Breaker:
    """Counts what calls of one endpoint came to. For one event loop.

    Only what speaks of the endpoint counts as a failure: ModelUnavailable, ModelTimeout, ModelRateLimit. An answer counts as a success, and so does a refusal of
    one request (ModelRefused, ModelAuth): somebody is there. Everything else says nothing.

    >>> breaker = Breaker("small", Tripping(failures=1))
    >>> with contextlib.suppress(ModelUnavailable), breaker.guard():
    ...     raise ModelUnavailable("No answer.")
    >>> breaker.state.value
    'open'
    """

    def __init__(self, name: str, tripping: Tripping = _USUAL, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._tripping = tripping
        self._clock = clock
        self._in_a_row = 0
        self._counts: deque[list[float]] = deque()  # of each slice of the window: its end, calls, failures
        self._rest = tripping.rest
        self._until: float | None = None
        self._probing = False
        self._era = 0

    @property
    def state(self) -> State:
        if self._until is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._until else State.HALF_OPEN

    @contextlib.contextmanager
    def guard(self) -> Iterator[Pulse]:
        """Runs one call. One that is left early says nothing, unless its pulse was felt.

        Raises:
            ModelUnavailable: at once, while the breaker is open, or half open with its probe under way.
        """
        probe = self._enter()
        era = self._era
        good: bool | None = None
        pulse = Pulse()
        try:
            yield pulse
            good = True
        except (ModelUnavailable, ModelTimeout, ModelRateLimit):
            good = False
            raise
        except ModelAuth as error:
            good = True if error.sent else None
            raise
        except ModelRefused:
            good = True
            raise
        finally:
            good = True if good is None and pulse.felt else good
            self._probing = self._probing and not probe
            if good is not None and (probe or (era == self._era and self._until is None)):
                self._count(good, probe=probe)

    def _enter(self) -> bool:
        """Whether the call is a probe."""
        match self.state:
            case State.CLOSED:
                return False
            case State.HALF_OPEN if not self._probing:
                self._probing = True
                return True
        assert self._until is not None
        wait = max(0.0, self._until - self._clock())
        raise ModelUnavailable(
            "Its endpoint kept failing and is left alone for a while.",
            where=self.name,
            hint=f"It is tried again in {wait:.0f} s." if wait else "It is being tried again.",
        )

    def _count(self, good: bool, *, probe: bool) -> None:
        if probe:
            if good:
                self._close()
            else:
                self._rest = min(2 * self._rest, max(self._tripping.most_rest, self._tripping.rest))
                self._open()
            return
        self._in_a_row = 0 if good else self._in_a_row + 1
        calls, failures = self._window(good)
        often = calls >= self._tripping.least and failures / calls >= self._tripping.share
        if not good and (self._in_a_row >= self._tripping.failures or often):
            self._open()

    def _window(self, good: bool) -> tuple[float, float]:
        """Calls and failures of the window, this one among them."""
        now = self._clock()
        while self._counts and self._counts[0][0] <= now - self._tripping.window:
            self._counts.popleft()
        if not self._counts or self._counts[-1][0] <= now:
            self._counts.append([now + self._tripping.window / _SLICES, 0, 0])
        self._counts[-1][1] += 1
        self._counts[-1][2] += not good
        return sum(c[1] for c in self._counts), sum(c[2] for c in self._counts)

    def _open(self) -> None:
        _LOG.warning("the breaker of %s opens for %g s", self.name, self._rest)
        self._until = self._clock() + self._rest
        self._era += 1

    def _close(self) -> None:
        _LOG.warning("the breaker of %s closes", self.name)
        self._until = None
        self._rest = self._tripping.rest
        self._in_a_row = 0
        self._counts.clear()
        self._era += 1


class _Guarding:
    """A breaker as a watcher of calls."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    @contextlib.contextmanager
    def call(self, model: str, case: Case | None, *, n: int, sampling: Sampling | None) -> Iterator[Call]:
        with self._breaker.guard() as pulse:
            yield pulse


class Guarded(Watched):
    """A model behind a breaker: with the breaker open every call raises ModelUnavailable at once, so that the run goes on to the next rung. Rungs of one endpoint
    may share a breaker."""

    def __init__(self, model: Model, breaker: Breaker | None = None) -> None:
        self.breaker = Breaker(model.name) if breaker is None else breaker
        super().__init__(model, _Guarding(self.breaker))
