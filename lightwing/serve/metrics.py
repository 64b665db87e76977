"""What a gateway counts, for Prometheus. Each process has a registry of its own: a scrape of one of several processes tells of that one.

The number of series is bounded: names that callers choose (models asked for, clauses of documents compiled on the fly) are counted under `other` once there are
many. A key is never a label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from lightwing.core.errors import MissingExtra
from lightwing.core.trace import Trace
from lightwing.serve.breaker import Breaker, State

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

    M = TypeVar("M", Counter, Histogram)

__all__ = ["Metrics"]

_MOST_NAMES = 200
_MOST_CLAUSES = 1_000
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_ADDED = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_CALLS = (0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 32)
_LEVELS: Mapping[State, int] = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


class Metrics:
    """The numbers of one process. `text()` is what `/metrics` answers.

    Raises:
        MissingExtra: prometheus_client is not installed.

    >>> metrics = Metrics()
    >>> metrics.request(route="/v1/models", status=200, seconds=0.001)
    >>> b'lightwing_requests_total{assistant="",route="/v1/models",status="200"} 1.0' in metrics.text()[0]
    True
    """

    def __init__(self) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
        except ImportError:
            raise MissingExtra("prometheus-client", extra="serve", need="The gateway's page of metrics") from None
        self._registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        self._assistants, self._models = _Names(_MOST_NAMES), _Names(_MOST_NAMES)
        self._clauses = _Names(_MOST_CLAUSES)
        self._series: dict[tuple[object, tuple[str, ...]], object] = {}
        self._breakers: dict[str, list[Breaker]] = {}
        by_assistant = ("assistant",)
        self._requests = Counter(
            "lightwing_requests", "Requests by what was answered.", ("route", "status", "assistant"), registry=own
        )
        self._seconds = Histogram(
            "lightwing_request_seconds",
            "From the request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=own,
        )
        self._added = Histogram(
            "lightwing_added_seconds", "Time of a request in which no model was asked.", buckets=_ADDED, registry=own
        )
        self._refused = Counter("lightwing_refused", "Requests refused for a limit.", ("limit",), registry=own)
        self._status = Counter("lightwing_results", "Results by status.", (*by_assistant, "status"), registry=own)
        self._calls = Histogram(
            "lightwing_calls", "Calls of models and judges for one result.", by_assistant, buckets=_CALLS, registry=own
        )
        self._failed = Counter(
            "lightwing_clauses_failed",
            "Clauses that failed, on the first candidate and on the one delivered.",
            (*by_assistant, "clause", "candidate"),
            registry=own,
        )
        self._tokens = Counter("lightwing_tokens", "Tokens of candidates by model.", ("model", "kind"), registry=own)
        self._price = Counter(
            "lightwing_price", "What candidates cost, in the price list's currency.", ("model",), registry=own
        )
        self._unpriced = Counter("lightwing_unpriced", "Candidates whose price is unknown.", ("model",), registry=own)
        self._judged = Counter("lightwing_judge_tokens", "Tokens of judges.", registry=own)
        self._in_flight = Gauge("lightwing_in_flight", "Requests that are answered now.", registry=own)
        self._queue = Gauge("lightwing_queue_length", "Requests that wait for a place.", registry=own)
        self._behind = Gauge("lightwing_store_behind", "Traces that are not in the store yet.", registry=own)
        self._breaker = Gauge(
            "lightwing_breaker_state", "Of a rung: 0 closed, 1 half open, 2 open.", ("model",), registry=own
        )

    def request(
        self, *, route: str, status: int, seconds: float, assistant: str = "", added: float | None = None
    ) -> None:
        """A request was answered. `route` is the pattern of the route, never the path that was asked for. `added`: seconds in which no model was asked."""
        self._of(self._requests, route, str(status), self._assistants.known(assistant)).inc()
        self._of(self._seconds, route).observe(seconds)
        if added is not None:
            self._added.observe(max(0.0, added))

    def refused(self, limit: str) -> None:
        """A request was refused for the limit of this name (`LimitReached.limit`)."""
        self._of(self._refused, limit).inc()

    def result(self, trace: Trace, *, assistant: str, named: bool = True) -> None:
        """A case ended. `named`: its spec is one of the configuration's; clauses of others are not told apart."""
        known = self._assistants.known(assistant)
        self._of(self._status, known, trace.status.value).inc()
        self._of(self._calls, known).observe(trace.cost.calls + trace.judge_cost.calls)
        self._judged.inc(trace.judge_cost.tokens)
        for candidate in trace.candidates:
            cost = candidate.cost
            if not cost.calls:
                continue
            model = self._models.known(candidate.origin.model)
            self._of(self._tokens, model, "input").inc(cost.input_tokens)
            self._of(self._tokens, model, "output").inc(cost.output_tokens)
            if cost.price is None:
                self._of(self._unpriced, model).inc()
            else:
                self._of(self._price, model).inc(cost.price)
        first = trace.candidates[0].id if trace.candidates else None
        for which, id in (("first", first), ("delivered", trace.delivered)):
            syndrome = None if id is None else trace.syndromes.get(id)
            for clause in () if syndrome is None else syndrome.failed:
                self._of(self._failed, *self._clause(known, clause, named=named), which).inc()

    def watch(
        self,
        *,
        in_flight: Callable[[], float] | None = None,
        queue: Callable[[], float] | None = None,
        behind: Callable[[], float] | None = None,
    ) -> None:
        """Says where the numbers of the moment are read from, at each scrape."""
        pairs: tuple[tuple[Gauge, Callable[[], float] | None], ...] = (
            (self._in_flight, in_flight),
            (self._queue, queue),
            (self._behind, behind),
        )
        for gauge, read in pairs:
            if read is not None:
                gauge.set_function(read)

    def breaker(self, breaker: Breaker) -> None:
        """Shows the state of this rung's breaker; of several of one name, the worst."""
        label = self._models.known(breaker.name)
        alike = self._breakers.setdefault(label, [])
        alike.append(breaker)
        self._breaker.labels(label).set_function(lambda: max(_LEVELS[each.state] for each in alike))

    def text(self) -> tuple[bytes, str]:
        """All numbers, and the content type to send them with."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def _of(self, metric: M, *labels: str) -> M:
        """The series of these labels; looked up here because `labels` takes a lock and longer than the count itself."""
        found = self._series.get((metric, labels))
        if found is None:
            found = self._series[metric, labels] = metric.labels(*labels)
        return cast("M", found)

    def _clause(self, assistant: str, clause: str, *, named: bool) -> tuple[str, str]:
        if not named:
            return assistant, ""
        return (assistant, clause) if self._clauses.has(f"{assistant}\0{clause}") else (assistant, _OTHER)


_OTHER = "other"


class _Names:
    """The first so many names are told apart."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the name is one of them; a new one is, while there is room."""
        if name not in self._names:
            if len(self._names) >= self._most:
                return False
            self._names.add(name)
        return True

    def known(self, name: str) -> str:
        """The name, or `other`."""
        return name if not name or self.has(name) else _OTHER
