"""What a trace is to the tables: its row, what each model cost, how each clause was read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lightwing.core.case import Cost
from lightwing.core.trace import Trace
from lightwing.store.codec import encode_trace, task_of
from lightwing.store.queries import plain
from lightwing.store.rows import day_of

__all__ = ["Entry", "entry_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One trace by the columns of the tables; the rows of the other tables lack the trace's number, which the database gives."""

    id: str
    row: dict[str, Any]
    body: str
    usage: tuple[dict[str, Any], ...]
    outcomes: tuple[dict[str, Any], ...]


def entry_of(trace: Trace, *, case: str, owner: str) -> Entry:
    """The entry of a trace that has its id. `case` is the key that its case is found by.

    Raises:
        StoreError: its metadata holds a value that has no JSON.
    """
    usage = _usage(trace)
    prices = trace.cost.price, trace.judge_cost.price
    row = {
        "id": plain(trace.id),
        "task": plain(task_of(trace)),
        "case_key": case,
        "case_id": plain(trace.case.id),
        "spec": plain(trace.spec),
        "decoder": plain(trace.decoder),
        "status": trace.status.value,
        "started": trace.started,
        "error": plain(trace.error),
        "calls": trace.cost.calls,
        "judge_calls": trace.judge_cost.calls,
        "tokens": trace.cost.tokens + trace.judge_cost.tokens,
        "seconds": trace.cost.seconds,
        "price": None if prices[0] is None or prices[1] is None else prices[0] + prices[1],
        "owner": plain(owner),
        "day": day_of(trace.started),
        "models": json.dumps(list(usage) or list(trace.models)),
        "wrong": None if trace.risk is None else trace.risk.wrong,
        "redacted": int("redacted" in trace.metadata),
    }
    costs = tuple(
        {
            "model": plain(model),
            "calls": cost.calls,
            "input_tokens": cost.input_tokens,
            "output_tokens": cost.output_tokens,
            "seconds": cost.seconds,
            "price": cost.price,
        }
        for model, cost in usage.items()
    )
    body = encode_trace(trace).decode()
    return Entry(id=trace.id, row=row, body=body, usage=costs, outcomes=tuple(_outcomes(trace)))


def _usage(trace: Trace) -> dict[str, Cost]:
    found: dict[str, Cost] = {}
    for candidate in trace.candidates:
        if candidate.cost.calls:
            found[candidate.origin.model] = found.get(candidate.origin.model, Cost()) + candidate.cost
    return found


def _outcomes(trace: Trace) -> Iterator[dict[str, Any]]:
    models = {c.id: c.origin.model for c in trace.candidates}
    first = next(iter(models), None)
    for stage, candidate in (("first", first), ("delivered", trace.delivered)):
        syndrome = None if candidate is None else trace.syndromes.get(candidate)
        if syndrome is None:
            continue
        model = plain(models.get(candidate or "", ""))
        for clause, outcome in syndrome.outcomes.items():
            yield {"stage": stage, "clause": plain(clause), "verdict": outcome.verdict.value, "model": model}
