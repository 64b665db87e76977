"""Clauses and traces in words, for people: what the command line says on stderr, and what you may print yourself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from lightwing.core.case import Cost
from lightwing.core.clause import ANSWER, Clause, Spec
from lightwing.core.decision import Abstain, Accept, Escalate, Fix, Recombine, Repair, Reread, Resample
from lightwing.core.outcome import Syndrome
from lightwing.core.trace import Event, Trace

__all__ = ["check_text", "clause_lines", "deeds", "money"]


def check_text(clause: Clause) -> str:
    """A clause's check in one line; empty for one that only a judge can read.

    >>> from lightwing.core.clause import CheckCall
    >>> check_text(Clause(id="c1", text="Short paragraphs.", check=CheckCall(name="count", args={"of": "words", "max": 50}), scope="each_paragraph"))
    'count of=words max=50 in each_paragraph'
    """
    if clause.check is None:
        return ""
    args = " ".join(f"{name}={_value(value)}" for name, value in clause.check.args.items())
    scope = "" if clause.scope == ANSWER else f" in {clause.scope}"
    return f"{clause.check.name} {args}".rstrip() + scope


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value.isalnum() else json.dumps(value, ensure_ascii=False)


def clause_lines(spec: Spec, syndrome: Syndrome) -> Iterator[str]:
    """What is not met, with reasons, and what nobody read."""
    for id in syndrome.failed:
        yield f"  not met  {id}: {spec.clause(id).text}"
        yield f"           {syndrome.outcomes[id].reason}"
    for id in syndrome.unknown:
        yield f"  unread   {id}: {spec.clause(id).text}"


def money(*costs: Cost) -> str:
    """A price for people; unknown is said, never shown as 0.

    >>> money(Cost(price=0.25)), money(Cost(price=0.25), Cost(price=None))
    ('price 0.25', 'price unknown')
    """
    prices = [c.price for c in costs if c.calls or c.price != 0.0]
    known = [p for p in prices if p is not None]
    return "price unknown" if len(known) < len(prices) else f"price {sum(known):.6g}"


def deeds(trace: Trace) -> Iterator[str]:
    """What was done, step by step, with the notes of each step."""
    for number, event in enumerate(trace.events, 1):
        yield f"{number}. {_deed(event, trace)}"
        for note in event.notes:
            yield f"   {note}"


def _deed(event: Event, trace: Trace) -> str:
    made = "; ".join(_made(id, trace.syndromes) for id in event.made) or "nothing came of it"
    match event.action:
        case Accept(candidate=id):
            return f"delivered {id}"
        case Abstain(best=best, reason=reason):
            why = f" ({reason})" if reason else ""
            return (f"gave up, with {best} as the best" if best else "gave up, with nothing") + why
        case Fix(candidate=id, clauses=clauses):
            return f"fixed {id} without a call ({', '.join(clauses)}) -> {made}"
        case Resample(rung=rung):
            return f"asked {trace.models[rung]} -> {made}"
        case Repair(candidate=id, clauses=clauses, rung=rung):
            return f"had {trace.models[rung]} repair {id} ({', '.join(clauses)}) -> {made}"
        case Escalate(rung=rung, candidate=None):
            return f"asked {trace.models[rung]} instead -> {made}"
        case Escalate(rung=rung, candidate=id, clauses=clauses):
            return f"had {trace.models[rung]} repair {id} instead ({', '.join(clauses)}) -> {made}"
        case Reread(candidate=id, clauses=clauses, judge=judge):
            who = f"judge {judge + 1}" if judge else "a judge"
            return f"had {who} read {len(clauses)} clause{'' if len(clauses) == 1 else 's'} of {id}"
        case Recombine():
            return f"recombined segments -> {made}"
        case _:
            assert_never(event.action)


def _made(id: str, syndromes: Mapping[str, Syndrome]) -> str:
    failed = syndromes[id].failed
    return f"{id}: {'fails ' + ', '.join(failed) if failed else 'nothing fails'}"
