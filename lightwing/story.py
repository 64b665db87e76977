"""Clauses and traces in words, for people: what the command line says on stderr, and what you may print yourself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from lightwing.core.case import Cost
from lightwing.core.clause import ANSWER, Clause, Spec
from lightwing.core.decision import REST, Abstain, Accept, Escalate, Fix, Recombine, Repair, Reread, Resample
from lightwing.core.errormodel import Basis
from lightwing.core.ids import short_id
from lightwing.core.outcome import Syndrome
from lightwing.core.risk import ASSUMED, Risk
from lightwing.core.trace import Event, Trace

__all__ = ["check_text", "clause_lines", "deeds", "money", "percent", "risk_line"]


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


_RESTS_ON: Mapping[Basis, str] = {
    "labels": "estimated from rates measured on labelled answers",
    "exact": "estimated from rates measured where code knows the truth",
    "planted": "estimated from rates measured on planted violations",
    "assumed": "a guess from assumed rates: nothing was measured (lightwing calibrate measures)",
}


def percent(share: float) -> str:
    """A share for people.

    >>> percent(0.05), percent(0.0123), percent(0.00001), percent(0.0)
    ('5 %', '1.2 %', 'under 0.1 %', '0 %')
    """
    return "under 0.1 %" if 0 < share < 0.001 else f"{100 * share:.{2 if share < 0.1 else 3}g} %"


def risk_line(trace: Trace) -> str:
    """What is known of the risk that the answer is wrong, in one plain line; empty where no error rate was asked for."""
    risk = trace.risk
    if risk is None:
        return ""
    asked = "" if risk.target is None else f", asked for: at most {percent(risk.target)}"
    wrong = "P(wrong) not reckoned" if risk.wrong is None else f"P(wrong) {percent(risk.wrong)}"
    if trace.withheld:
        best = "no answer" if trace.delivered is None else f"the best answer has {wrong}"
        return f"withheld: {best}{asked}; {_rests_on(risk)}"
    if risk.certificate and risk.target is not None:
        held = f"with confidence {percent(risk.confidence)} at most {percent(risk.target)} of what is delivered is wrong, {ASSUMED}"
        return f"certified: {held} (certificate {short_id(risk.certificate)}); {wrong} here, {_RESTS_ON[risk.basis]}"
    return f"{wrong}{asked}; {_rests_on(risk)}"


def _rests_on(risk: Risk) -> str:
    if risk.standing == "certified" and not risk.certificate:
        return "certified: code decides every clause"
    measured = "" if risk.basis == "assumed" else f" (error model {short_id(risk.bound.errors)})"
    return _RESTS_ON[risk.basis] + measured


def deeds(trace: Trace) -> Iterator[str]:
    """What was done, step by step, with the notes of each step."""
    for number, event in enumerate(trace.events, 1):
        yield f"{number}. {_deed(event, trace)}"
        for note in event.notes:
            yield f"   {note}"


def _deed(event: Event, trace: Trace) -> str:
    made = "; ".join(_made(id, trace.syndromes) for id in event.made) or "nothing came of it"
    match event.action:
        case Accept(candidate=id, wrong=wrong):
            return f"delivered {id}" + ("" if wrong is None else f" with P(wrong) {percent(wrong)}")
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
        case Recombine(segments=segments):
            taken = "".join(f", {name} of {id}" for name, id in segments.items() if name != REST)
            return f"recombined {segments.get(REST, 'nothing')}{taken} -> {made}"
        case _:
            assert_never(event.action)


def _made(id: str, syndromes: Mapping[str, Syndrome]) -> str:
    failed = syndromes[id].failed
    return f"{id}: {'fails ' + ', '.join(failed) if failed else 'nothing fails'}"
