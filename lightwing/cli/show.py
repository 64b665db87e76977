"""Specs, syndromes and traces as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightwing.cli.terminal import console, grid, say, writing
from lightwing.story import check_text, clause_lines, deeds, money, risk_line

if TYPE_CHECKING:
    from lightwing.core.clause import Clause, Spec
    from lightwing.core.outcome import Outcome, Status, Syndrome
    from lightwing.core.risk import Certificate
    from lightwing.core.trace import Trace

__all__ = ["certificate_json", "print_spec", "print_syndrome", "spec_json", "syndrome_json", "tell_trace"]

_WORDS = {"pass": "pass", "fail": "FAIL", "skip": "does not apply", "unknown": "unread"}


def _condition(clause: Clause) -> str:
    parts = [] if clause.trigger is None else [clause.trigger.when]
    parts += [f"not: {e.when}" for e in clause.exceptions]
    return "; ".join(parts)


@writing()
def print_spec(spec: Spec, text: str) -> None:
    """The clauses, what only a judge can read, contradictions, coverage, notes."""
    from lightwing.spec import coverage

    out = console()
    table = grid(
        "id",
        "kind",
        "span",
        "clause",
        "check",
        right=("span",),
        title=f"{_name(spec)}: {_counted(len(spec.clauses), 'clause')}",
    )
    for clause in spec.clauses:
        span = "" if clause.span is None else f"{clause.span.start}-{clause.span.end}"
        words = [clause.text]
        if clause.force != "must":
            words.append(f"({clause.force})")
        if condition := _condition(clause):
            words.append(f"[when: {condition}]")
        check = check_text(clause)
        if check and not clause.exact:
            check += " (a judge decides whether it applies)"
        table.add_row(clause.id, "[exact]" if clause.exact else "[judged]", span, " ".join(words), check)
    out.print(table)
    for conflict in spec.conflicts:
        out.print(f"Contradiction: {conflict.reason}")
        for id in conflict.clauses:
            out.print(f"  {id}: {spec.clause(id).text}")
    if spec.background:
        out.print("Background (obliges to nothing):")
        for passage in spec.background:
            out.print(f"  {passage.start}-{passage.end}  {_shortened(passage.cut(text))}")
    found = coverage(spec, text)
    out.print(f"{found}; language {spec.language}; compiler {spec.compiler}")
    for word in found.lost:
        out.print(f"Unaccounted for: {word.cut(text)!r} at {word.start}")
    for note in (*spec.notes, *(f"{c.id}: {c.note}" for c in spec.clauses if c.note)):
        out.print(note)


def _shortened(text: str, *, most: int = 100) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _name(spec: Spec) -> str:
    return "spec" if spec.document is None else spec.document.name


def spec_json(spec: Spec) -> dict[str, Any]:
    """The spec as one JSON object, with its id and what the clauses come to."""
    import msgspec

    return {
        "id": spec.id,
        "exact": len(spec.exact),
        "judged": len(spec.judged),
        **msgspec.to_builtins(spec),
    }


@writing()
def print_syndrome(spec: Spec, syndrome: Syndrome) -> None:
    """Every clause with its outcome and the reason."""
    table = grid("id", "kind", "outcome", "clause", "reason")
    for clause in spec.clauses:
        outcome = syndrome.outcomes[clause.id]
        table.add_row(
            clause.id,
            "[exact]" if clause.exact else "[judged]",
            _WORDS[outcome.verdict.value],
            clause.text,
            outcome.reason,
        )
    console().print(table)


def syndrome_json(spec: Spec, syndrome: Syndrome, status: Status) -> dict[str, Any]:
    """Status and outcomes as one JSON object."""
    return {
        "spec": spec.id,
        "status": status.value,
        "failed": list(syndrome.failed),
        "unknown": list(syndrome.unknown),
        "clauses": [_outcome_json(c, syndrome.outcomes[c.id]) for c in spec.clauses],
    }


def _outcome_json(clause: Clause, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": clause.id,
        "text": clause.text,
        "exact": clause.exact,
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "spans": [[s.start, s.end] for s in outcome.spans],
    }


def certificate_json(certificate: Certificate | None) -> dict[str, Any] | None:
    """A certificate as one JSON object, with its id and what it states."""
    import msgspec

    if certificate is None:
        return None
    return {"id": certificate.id, "statement": certificate.statement, **msgspec.to_builtins(certificate)}


def tell_trace(spec: Spec, trace: Trace) -> None:
    """The story of a run on stderr: status, what was done, what is not met or unread, the cost."""
    say(f"status: {trace.status.value}" + (f" ({trace.error})" if trace.error else ""))
    if risk := risk_line(trace):
        say(risk)
    for line in deeds(trace):
        say(f"  {line}")
    for call in trace.tool_calls:
        say(f"  calls    {call.name} {call.arguments}")
    if why := _unfinished(trace):
        say(f"  not met  {why}")
    for line in clause_lines(spec, trace.syndrome):
        say(line)
    if not spec.clauses:
        say("  The spec holds no clause: nothing was checked.")
    calls = _counted(trace.cost.calls, "model call")
    if trace.judge_cost.calls:
        calls += ", " + _counted(trace.judge_cost.calls, "judge call")
    tokens = trace.cost.tokens + trace.judge_cost.tokens
    say(f"cost: {calls}, {tokens} tokens, {trace.cost.seconds:.1f} s, {money(trace.cost, trace.judge_cost)}")


def _unfinished(trace: Trace) -> str:
    """Why what was delivered is no whole answer, whatever its clauses say; empty where it is one."""
    if trace.delivered is None:
        return ""
    answer = trace.candidate(trace.delivered).answer
    match answer.finish:
        case "length":
            return "the answer was cut off at the limit of its length: allow more with --max-tokens"
        case "content_filter":
            return "the endpoint's content filter cut the answer off"
        case "cut" | "error":
            return "the answer was broken off"
        case "stop" | "tool_calls":
            if (broken := answer.broken_call) is not None:
                return f"the arguments of the call of {broken.name} are no JSON object"
            return "" if answer.text.strip() or answer.tool_calls else "the answer is empty"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
