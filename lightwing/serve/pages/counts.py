"""Counts over time: how reliably clauses are kept, and what it all costs."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import FileResponse, Response

from lightwing.core.statistics import Rate
from lightwing.serve.pages import charts
from lightwing.serve.pages.known import Specs
from lightwing.serve.pages.site import Visit
from lightwing.serve.refusals import Refused
from lightwing.store import ClauseCount, DayCount, Filter, ModelDay, TraceRow, TraceStore

__all__ = ["CountPages", "plotly"]

_DAYS: Mapping[str, int] = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
_LINES = 8
"""Clauses in one chart: those kept least often. The table has all."""
_ROWS = 2000
_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")
_DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(slots=True)
class _Kept:
    """One clause under one model: how often its first answers and its delivered ones kept it; the first ones by day, too."""

    first: Rate = field(default_factory=lambda: Rate(hits=0, n=0))
    delivered: Rate = field(default_factory=lambda: Rate(hits=0, n=0))
    unknown: int = 0
    days: dict[date, Rate] = field(default_factory=dict)

    def add(self, count: ClauseCount) -> None:
        rate = Rate(hits=count.passed, n=count.passed + count.failed)
        if count.stage == "delivered":
            self.delivered += rate
            return
        self.first += rate
        self.unknown += count.unknown
        if count.day is not None and rate.n:
            self.days[count.day] = self.days.get(count.day, Rate(hits=0, n=0)) + rate


async def plotly(visit: Visit) -> Response:
    """`GET /plotly.js`: the chart library, from its installed package."""
    path = charts.script()
    if path is None:
        raise Refused(404, "The chart library is not installed: pip install 'lightwing[serve]'.")
    return FileResponse(path, media_type="text/javascript", headers={"cache-control": "max-age=86400"})


class CountPages:
    """`/clauses` and `/cost`."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    async def clauses(self, visit: Visit) -> Response:
        """`GET /clauses`: how often each clause was kept, by model, over time."""
        named = {name: spec for _, (name, spec) in self._specs.named().items() if visit.may(name)}
        asked, span, since = visit.asked("document"), _span(visit), _since(visit)
        if not asked and named:
            asked = next(iter(named))
        chosen, texts = visit.filter(since=since), dict[str, str]()
        if asked in named:
            own = visit.site.gateway.engine.assistant(asked).name
            chosen, texts = visit.filter(since=since, assistant=own), {c.id: c.text for c in named[asked].clauses}
        elif asked:
            chosen = visit.filter(since=since, spec=asked)
        counts = await visit.read(lambda s: s.clause_counts(chosen))
        models = await asyncio.to_thread(_by_model, counts, set(texts))
        figures = {model: _lines(rows, visit.t("kept at once")) for model, rows in models.items()}
        return await visit.page(
            "clauses.html",
            models=models,
            texts=texts,
            figures=figures,
            names=list(named),
            asked=asked,
            span=span,
            spans=list(_DAYS),
            charts=charts.script() is not None,
            style_ids=await asyncio.to_thread(charts.style_ids),
        )

    async def cost(self, visit: Visit) -> Response:
        """`GET /cost`: traces, calls, price and latency, by day and by model."""
        chosen = visit.filter(since=_since(visit))

        def look(store: TraceStore) -> tuple[list[DayCount], list[ModelDay], list[TraceRow]]:
            return store.days(chosen), store.model_days(chosen), _newest(store, chosen)

        days, models, rows = await visit.read(look)
        latency = _latency(rows)
        return await visit.page(
            "cost.html",
            days=days,
            models=models,
            latency=latency,
            newest=len(rows),
            figures=_costs(days, models, latency, visit),
            span=_span(visit),
            spans=list(_DAYS),
            charts=charts.script() is not None,
            style_ids=await asyncio.to_thread(charts.style_ids),
        )


def _span(visit: Visit) -> str:
    return visit.asked("since") if visit.asked("since") in _DAYS else "30d"


def _since(visit: Visit) -> float:
    """The beginning of the first UTC day that is shown."""
    return (time.time() // 86_400 - _DAYS[_span(visit)] + 1) * 86_400


def _by_model(counts: Iterable[ClauseCount], wanted: set[str]) -> dict[str, dict[str, _Kept]]:
    """Clauses by model; of an assistant's document only its own, for a request's wishes are another thing each time."""
    found: dict[str, dict[str, _Kept]] = {}
    for count in counts:
        if not wanted or count.clause in wanted:
            found.setdefault(count.model, {}).setdefault(count.clause, _Kept()).add(count)
    return {model: dict(sorted(rows.items(), key=_in_order)) for model, rows in sorted(found.items())}


def _in_order(item: tuple[str, Any]) -> tuple[str, int, str]:
    """c2 before c10."""
    id = item[0]
    digits = "".join(c for c in id if c.isdecimal())
    return id.rstrip("0123456789"), int(digits[:9] or 0), id


def _lines(rows: Mapping[str, _Kept], title: str) -> str:
    read = {id: kept for id, kept in rows.items() if kept.days}
    worst = sorted(read, key=lambda id: read[id].first.value or 0.0)[:_LINES]
    traces = []
    for place, id in enumerate(id for id in read if id in worst):
        days = dict(sorted(read[id].days.items()))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": id,
                "x": [day.isoformat() for day in days],
                "y": [rate.value for rate in days.values()],
                "customdata": [[rate.hits, rate.n] for rate in days.values()],
                "hovertemplate": "%{y:.1%} (%{customdata[0]} / %{customdata[1]})",
                "marker": {"symbol": _SYMBOLS[place % len(_SYMBOLS)], "size": 9},
                "line": {"dash": _DASHES[place % len(_DASHES)]},
            }
        )
    return charts.figure(traces, y=title, share=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Latency:
    """How long a request's calls took, one after the other, on one day (seconds)."""

    day: date
    traces: int
    p50: float
    p90: float
    p99: float


def _newest(store: TraceStore, chosen: Filter) -> list[TraceRow]:
    found: list[TraceRow] = []
    before = None
    while len(found) < _ROWS:
        page = store.rows(chosen, before=before, limit=500)
        found.extend(page.rows)
        before = page.next
        if before is None:
            break
    return found


def _latency(rows: Iterable[TraceRow]) -> list[_Latency]:
    days: dict[date, list[float]] = {}
    for row in rows:
        if math.isfinite(row.time) and math.isfinite(row.seconds):
            days.setdefault(datetime.fromtimestamp(row.time, UTC).date(), []).append(row.seconds)
    return [
        _Latency(day=day, traces=len(s), p50=_quantile(s, 0.5), p90=_quantile(s, 0.9), p99=_quantile(s, 0.99))
        for day, s in sorted(days.items())
    ]


def _quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of them does not exceed.

    >>> _quantile([3.0, 1.0, 2.0, 4.0], 0.5), _quantile([3.0, 1.0, 2.0, 4.0], 0.9)
    (2.0, 4.0)
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _costs(
    days: Sequence[DayCount], models: Sequence[ModelDay], latency: Sequence[_Latency], visit: Visit
) -> dict[str, str]:
    """The figures of the page on cost, by name."""
    x = [d.day.isoformat() for d in days]
    statuses = [
        {"type": "bar", "name": visit.t(name), "x": x, "y": [getattr(d, name) for d in days]}
        for name in ("verified", "checked", "not_met", "abstained")
    ]
    calls = [
        {"type": "bar", "name": model, "x": [d.day.isoformat() for d in of], "y": [d.cost.calls for d in of]}
        for model, of in _grouped(models).items()
    ]
    judges = [d.judge_calls for d in days]
    if any(judges):
        calls.append({"type": "bar", "name": visit.t("judges"), "x": x, "y": judges})
    priced = [d for d in days if d.price is not None]
    price = {
        "type": "bar",
        "name": visit.t("Price"),
        "x": [d.day.isoformat() for d in priced],
        "y": [d.price for d in priced],
    }
    slow = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": [entry.day.isoformat() for entry in latency],
            "y": [getattr(entry, name) for entry in latency],
            "marker": {"symbol": _SYMBOLS[place], "size": 9},
            "line": {"dash": _DASHES[place]},
        }
        for place, name in enumerate(("p50", "p90", "p99"))
    ]
    return {
        "traces": charts.figure(statuses, y=visit.t("Traces"), stacked=True),
        "calls": charts.figure(calls, y=visit.t("Calls"), stacked=True),
        "price": charts.figure([price], y=visit.t("Price")),
        "latency": charts.figure(slow, y=visit.t("Seconds")),
    }


def _grouped(models: Sequence[ModelDay]) -> dict[str, list[ModelDay]]:
    found: dict[str, list[ModelDay]] = {}
    for each in models:
        found.setdefault(each.model, []).append(each)
    return found
