"""Labelling: one judged clause of one delivered answer at a time, with two keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from lightwing.core.clause import Clause
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Verdict
from lightwing.core.trace import Trace
from lightwing.serve.pages.known import Specs, document_of
from lightwing.serve.pages.site import Form, Visit
from lightwing.store import Label, TraceStore

__all__ = ["LabelPages"]

_TRACES = 200
"""The newest traces that are offered; of one document, looked for among so many times ten."""

_KEPT = ("document", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One clause of one answer, and what was said of it."""

    trace: Trace
    clause: str
    text: str
    met: bool | None

    @property
    def at(self) -> str:
        return f"{self.trace.id}~{self.clause}"


class LabelPages:
    """`/label`."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    async def show(self, visit: Visit) -> Response:
        """`GET /label`: the item asked for, else the first that nobody labelled."""
        items = await self._items(visit)
        asked = visit.asked("at")
        place = next((i for i, item in enumerate(items) if item.at == asked), None)
        if place is None:
            place = next((i for i, item in enumerate(items) if item.met is None), None)
        kept = _kept(visit)
        choices = {id: name for id, (name, _) in self._specs.named().items()}
        if kept.get("document"):
            choices.setdefault(kept["document"], kept["document"][:10])
        values: dict[str, Any] = {
            "done": sum(item.met is not None for item in items),
            "whole": len(items),
            "kept": kept,
            "choices": choices,
            "item": None if place is None else items[place],
            "before": None,
            "after": None,
            "readings": (),
            "candidate": None,
        }
        if place is not None:
            item = items[place]
            values |= {
                "candidate": item.trace.candidate(item.trace.delivered or ""),
                "readings": [r for r in item.trace.syndrome.readings if r.clause == item.clause],
                "before": _address(kept, items[place - 1]) if place else None,
                "after": _address(kept, items[place + 1]) if place + 1 < len(items) else None,
            }
        return await visit.page("label.html", **values)

    async def say(self, visit: Visit) -> Response:
        """`POST /label`: keeps what was said and goes on to the next that nobody labelled."""
        form = await visit.form()
        met = {"1": True, "0": False}.get(form["met"])
        trace, clause = form["trace_id"], form["clause"]

        def keep(store: TraceStore) -> Label:
            return store.label(trace, clause, met, who=visit.who, owner=visit.owner)

        await visit.read(keep)
        kept = _kept_in(form)
        items = await self._items(visit, kept)
        here = next((i for i, item in enumerate(items) if item.at == f"{trace}~{clause}"), -1)
        onward = [*items[here + 1 :], *items[: here + 1]]
        following = next((item for item in onward if item.met is None), None)
        return RedirectResponse(_address(kept, following), status_code=303)

    async def undo(self, visit: Visit) -> Response:
        """`POST /label/undo`: takes back what this visitor said last, and shows it again."""
        kept = _kept_in(await visit.form())

        def back(store: TraceStore) -> Label | None:
            last = None
            for label in store.labels(visit.filter(labelled=True)):
                if label.who == visit.who:
                    last = label
            if last is not None:
                store.label(last.trace, last.clause, None, who=visit.who, candidate=last.candidate, owner=visit.owner)
            return last

        last = await visit.read(back)
        query = kept if last is None else {**kept, "at": f"{last.trace}~{last.clause}"}
        return RedirectResponse(f"/label?{urlencode(query)}", status_code=303)

    async def _items(self, visit: Visit, kept: dict[str, str] | None = None) -> Sequence[_Item]:
        kept = _kept(visit) if kept is None else kept
        traces, said = await visit.read(lambda store: _candidates(store, visit, kept))
        items = []
        for trace in traces:
            spec = await self._specs.of(trace)
            known = {} if spec is None else {c.id: c for c in spec.clauses}
            for id, text in _judged(trace, known):
                items.append(_Item(trace=trace, clause=id, text=text, met=said.get((trace.id, trace.delivered, id))))
        return items


def _candidates(
    store: TraceStore, visit: Visit, kept: dict[str, str]
) -> tuple[list[Trace], dict[tuple[str, str | None, str], bool | None]]:
    """The traces to label, newest first, and what was said so far."""
    filter = visit.filter()
    if kept.get("trace"):
        traces = [store.get(kept["trace"], owner=visit.owner)]
    else:
        traces, before, looked = [], None, 0
        while len(traces) < _TRACES and looked < 10 * _TRACES:
            page = store.rows(filter, before=before, limit=_TRACES)
            for row in page.rows:
                looked += 1
                try:
                    trace = store.get(row.id)
                except StoreError:  # removed in the meantime
                    continue
                if not kept.get("document") or document_of(trace) == kept["document"]:
                    traces.append(trace)
            before = page.next
            if before is None:
                break
    wanted = [t for t in traces[:_TRACES] if t.delivered is not None]
    said: dict[tuple[str, str | None, str], bool | None] = {
        (la.trace, la.candidate, la.clause): la.met for la in store.labels(visit.filter(labelled=True))
    }
    return wanted, said


def _judged(trace: Trace, known: dict[str, Clause]) -> list[tuple[str, str]]:
    """The clauses of the delivered answer that a person may settle, with their text: those that code does not decide."""
    outcomes = trace.syndrome.outcomes
    if known:
        return [(c.id, c.text) for c in known.values() if not c.exact and c.force != "may" and c.id in outcomes]
    read = {r.clause for r in trace.syndrome.readings}
    return [(id, "") for id, o in outcomes.items() if id in read or o.verdict is Verdict.UNKNOWN]


def _kept(visit: Visit) -> dict[str, str]:
    return {name: visit.asked(name) for name in _KEPT if visit.asked(name)}


def _kept_in(form: Form) -> dict[str, str]:
    return {name: form[name] for name in _KEPT if form[name]}


def _address(kept: dict[str, str], item: _Item | None) -> str:
    return f"/label?{urlencode(kept if item is None else {**kept, 'at': item.at})}"
