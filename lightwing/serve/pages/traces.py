"""Live traces, and one trace as a picture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from lightwing.core.clause import Clause
from lightwing.core.decision import REST, Abstain, Accept, Action, Escalate, Fix, Recombine, Repair, Reread, Resample
from lightwing.core.outcome import Outcome, Status, Verdict
from lightwing.core.trace import Trace
from lightwing.serve.pages.known import Specs
from lightwing.serve.pages.site import Visit
from lightwing.serve.pages.texts import Change, Piece, changes, pieces
from lightwing.serve.refusals import Refused
from lightwing.store import Page, TraceStore
from lightwing.story import check_text, percent

__all__ = ["SYMBOLS", "TracePages"]

_ROWS = 50
SINCE: Mapping[str, float] = {"1h": 3600.0, "24h": 86_400.0, "7d": 7 * 86_400.0, "30d": 30 * 86_400.0}
SYMBOLS: Mapping[str, str] = {"pass": "✓", "fail": "✗", "skip": "–", "unknown": "?"}


class TracePages:
    """`/`, its part that refreshes itself, and `/traces/ID`."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    async def live(self, visit: Visit) -> Response:
        """`GET /`: the newest traces, filtered."""
        if visit.site.store is None:
            return await visit.page("nostore.html")
        page = await self._rows(visit)
        names = await self._choices(visit)
        return await visit.page("traces.html", rows=page, **names, **await self._shown(visit, page))

    async def part(self, visit: Visit) -> Response:
        """`GET /live`: the table alone; 304 while nothing is new."""
        page = await self._rows(visit)
        newest = f'"{page.rows[0].number if page.rows else 0}-{sum(r.labels for r in page.rows)}-{visit.language}"'
        if visit.request.headers.get("if-none-match") == newest:
            return Response(status_code=304, headers={"etag": newest})
        shown = await self._shown(visit, page)
        text = await asyncio.to_thread(visit.render, "live.html", rows=page, **shown)
        return HTMLResponse(text, headers={"etag": newest, "cache-control": "no-cache"})

    async def _shown(self, visit: Visit, page: Page) -> dict[str, Any]:
        asked = {name: visit.asked(name) for name in ("status", "assistant", "model", "spec", "since", "text")}
        kept = {name: value for name, value in asked.items() if value}
        more = None if page.next is None else f"/?{urlencode({**kept, 'before': page.next})}"
        titles = await self._specs.titles(visit.store, page.rows)
        return {
            "asked": asked,
            "more": more,
            "titles": titles,
            "first": not visit.asked("before"),
            "query": urlencode(kept),
        }

    async def _rows(self, visit: Visit) -> Page:
        try:
            status = Status(visit.asked("status")) if visit.asked("status") else None
        except ValueError:
            raise Refused(400, "There is no such status.") from None
        since = SINCE.get(visit.asked("since"))
        before = visit.asked("before")
        if len(before) > 18 or (before and not before.isdecimal()):
            raise Refused(400, "before is no number.")
        chosen = visit.filter(
            status=status,
            model=visit.asked("model") or None,
            spec=visit.asked("spec") or None,
            since=None if since is None else time.time() - since,
            assistant=self._assistant(visit),
            text=visit.asked("text") or None,
        )
        return await visit.read(lambda s: s.rows(chosen, before=int(before) if before else None, limit=_ROWS))

    def _assistant(self, visit: Visit) -> str | None:
        """Traces hold an assistant's own name, not the one it is asked for by."""
        named = visit.site.gateway.engine.assistants.get(visit.asked("assistant"))
        return (named.name if named is not None else visit.asked("assistant")) or None

    async def _choices(self, visit: Visit) -> dict[str, Any]:
        chosen = visit.filter()

        def look(store: TraceStore) -> tuple[list[str], dict[str, int]]:
            return sorted({d.model for d in store.model_days(chosen)}), store.specs(chosen)

        models, counts = await visit.read(look)
        specs = {id: name for id, (name, _) in self._specs.named().items() if id in counts}
        if visit.asked("spec"):
            specs.setdefault(visit.asked("spec"), visit.asked("spec")[:10])
        assistants = [name for name in visit.site.gateway.engine.assistants if visit.may(name)]
        return {"models": models, "specs": specs, "assistants": assistants, "statuses": [s.value for s in Status]}

    async def one(self, visit: Visit) -> Response:
        """`GET /traces/ID`."""
        id = visit.request.path_params["id"]

        def look(store: TraceStore) -> tuple[Trace, list[Any]]:
            return store.get(id, owner=visit.owner), list(store.labels(visit.filter(), trace=id))

        trace, labels = await visit.read(look)
        clauses = await self._specs.clauses(trace)
        shown = await asyncio.to_thread(picture, trace, clauses, visit)
        return await visit.page("trace.html", trace=trace, clauses=clauses, labels=labels, percent=percent, **shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clause with how each candidate stands to it."""

    id: str
    text: str
    check: str
    cells: Sequence[Outcome | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A candidate's text with what fails in it, and what it changed in the one that it came from."""

    id: str
    made: str
    model: str
    delivered: bool
    pieces: Sequence[Piece]
    failed: Sequence[tuple[str, str]]
    parent: str | None
    changes: Sequence[Change] | None
    calls: Sequence[Any]
    cost: Any
    finish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done."""

    text: str
    notes: Sequence[str]
    cost: Any


def picture(trace: Trace, clauses: Mapping[str, Clause], visit: Visit) -> dict[str, Any]:
    """What the page of a trace shows: the heat map, the steps, the texts."""
    ids = list(dict.fromkeys(id for syndrome in trace.syndromes.values() for id in syndrome.outcomes))
    candidates = [c for c in trace.candidates if c.id in trace.syndromes]
    rows = [
        Row(
            id=id,
            text=clauses[id].text if id in clauses else "",
            check=check_text(clauses[id]) if id in clauses else "",
            cells=[trace.syndromes[c.id].outcomes.get(id) for c in candidates],
        )
        for id in ids
    ]
    texts = []
    for c in trace.candidates:
        outcomes = trace.syndromes[c.id].outcomes if c.id in trace.syndromes else {}
        failed = {id: o for id, o in outcomes.items() if o.verdict is Verdict.FAIL}
        parent = next((p for p in trace.candidates if p.id == c.origin.parent), None)
        texts.append(
            Text(
                id=c.id,
                made=c.origin.how,
                model=c.origin.model,
                delivered=c.id == trace.delivered,
                pieces=pieces(c.answer.text, {id: o.spans for id, o in failed.items()}),
                failed=[(id, o.reason) for id, o in failed.items()],
                parent=None if parent is None else parent.id,
                changes=None if parent is None else changes(parent.answer.text, c.answer.text),
                calls=c.answer.tool_calls,
                cost=c.cost,
                finish=c.answer.finish,
            )
        )
    readings = [(c.id, r) for c in candidates for r in trace.syndromes[c.id].readings]
    steps = [Step(text=_deed(e.action, e.made, trace, visit), notes=e.notes, cost=e.cost) for e in trace.events]
    prices = (trace.cost.price, trace.judge_cost.price)
    price = None if None in prices else sum(p for p in prices if p is not None)
    return {
        "rows": rows,
        "candidates": candidates,
        "texts": texts,
        "readings": readings,
        "steps": steps,
        "symbols": SYMBOLS,
        "price": price,
        "spec_known": bool(clauses) or not ids,
    }


def _deed(action: Action, made: Sequence[str], trace: Trace, visit: Visit) -> str:
    """One step in the visitor's language."""
    t = visit.t

    def model(rung: int) -> str:
        return trace.models[rung] if rung < len(trace.models) else str(rung)

    match action:
        case Accept(candidate=id, wrong=None):
            said = t("Delivered {id}", id=id)
        case Accept(candidate=id, wrong=wrong):
            said = t("Delivered {id} with P(wrong) {wrong}", id=id, wrong=percent(wrong or 0.0))
        case Abstain(best=None):
            said = t("Gave up, with nothing")
        case Abstain(best=id):
            said = t("Gave up, with {id} as the best", id=id)
        case Fix(candidate=id, clauses=named):
            said = t("Fixed {id} without a call: {clauses}", id=id, clauses=", ".join(named))
        case Resample(rung=rung):
            said = t("Asked {model}", model=model(rung))
        case Escalate(rung=rung, candidate=None):
            said = t("Went on to {model}", model=model(rung))
        case Repair(candidate=id, clauses=named, rung=rung) | Escalate(candidate=id, clauses=named, rung=rung):
            said = t("Had {model} repair {id}: {clauses}", model=model(rung), id=id, clauses=", ".join(named))
        case Reread(candidate=id, clauses=named, judge=judge):
            said = t("Had judge {judge} read {id}: {clauses}", judge=judge + 1, id=id, clauses=", ".join(named))
        case Recombine(segments=segments):
            taken = ", ".join(f"{name} ← {id}" for name, id in segments.items() if name != REST)
            said = t("Recombined {id}: {taken}", id=segments.get(REST, ""), taken=taken)
        case _:
            assert_never(action)
    return said + (f" → {', '.join(made)}" if made else "")
