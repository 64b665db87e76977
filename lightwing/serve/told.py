"""What the gateway answers: traces as chat completions, with what Lightwing found beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lightwing.core.case import Answer, Cost
from lightwing.core.clause import Spec
from lightwing.core.ids import fresh_id
from lightwing.core.outcome import Status, Verdict
from lightwing.core.trace import Trace
from lightwing.serve.assistants import Assistant

__all__ = [
    "Answered",
    "Choice",
    "Opening",
    "chunk",
    "chunks",
    "closing",
    "completion",
    "ends",
    "headers",
    "model_card",
    "report",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the n answers: the traces it took (more than one where the gateway called tools between), the last of which holds what is delivered.

    `answer` is what the caller is sent: that of the last trace, or the operator's text where none was good enough. `named`: the document is the
    assistant's, not one that came with the request.
    """

    answer: Answer
    spec: Spec
    traces: tuple[Trace, ...]
    named: bool = False

    @property
    def last(self) -> Trace:
        return self.traces[-1]

    @property
    def unmet(self) -> bool:
        return self.last.status not in (Status.VERIFIED, Status.CHECKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What stands in every event of a stream, known before the answer is."""

    id: str
    model: str
    created: int

    @classmethod
    def of(cls, model: str, now: float) -> Opening:
        """A new one, with an id of its own."""
        return cls(id=f"chatcmpl-{fresh_id()}", model=model, created=int(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request with its answers."""

    head: Opening
    choices: tuple[Choice, ...]

    @property
    def traces(self) -> tuple[Trace, ...]:
        return tuple(trace for choice in self.choices for trace in choice.traces)

    @property
    def cost(self) -> Cost:
        """Of all calls, judges' too."""
        return sum((t.cost + t.judge_cost for t in self.traces), Cost())

    @property
    def status(self) -> Status:
        """The worst of its choices'."""
        order = (Status.ABSTAINED, Status.NOT_MET, Status.CHECKED, Status.VERIFIED)
        return min((c.last.status for c in self.choices), key=order.index)


def completion(answered: Answered) -> dict[str, Any]:
    """The body of a whole answer."""
    return {
        "id": answered.head.id,
        "object": "chat.completion",
        "created": answered.head.created,
        "model": answered.head.model,
        "choices": [
            {
                "index": i,
                "message": _message(choice.answer),
                "logprobs": getattr(choice.answer, "logprobs", None),
                "finish_reason": _finish(choice.answer),
            }
            for i, choice in enumerate(answered.choices)
        ],
        "usage": usage(answered),
        "system_fingerprint": None,
        "lightwing": report(answered),
    }


def usage(answered: Answered) -> dict[str, int]:
    """Tokens of every call that the request took: drafts, repairs, judges."""
    cost = answered.cost
    return {"prompt_tokens": cost.input_tokens, "completion_tokens": cost.output_tokens, "total_tokens": cost.tokens}


def report(answered: Answered) -> dict[str, Any]:
    """The `lightwing` object: status, P(wrong), calls, price, and per choice the syndrome with what failed and why. `price` null: unknown."""
    cost = answered.cost
    return {
        "status": answered.status.value,
        "calls": sum(t.cost.calls for t in answered.traces),
        "judge_calls": sum(t.judge_cost.calls for t in answered.traces),
        "price": cost.price,
        "seconds": round(sum(t.cost.seconds for t in answered.traces), 6),
        "choices": [_choice(choice) for choice in answered.choices],
    }


def _choice(choice: Choice) -> dict[str, Any]:
    trace, spec = choice.last, choice.spec
    syndrome = trace.syndrome
    risk = trace.risk
    return {
        "trace": trace.id,
        "status": trace.status.value,
        "clauses": len(spec.clauses),
        "wrong": None if risk is None else risk.wrong,
        "standing": None if risk is None else risk.standing,
        "syndrome": {id: outcome.verdict.value for id, outcome in syndrome.outcomes.items()},
        "failed": [
            {"clause": id, "text": spec.clause(id).text, "reason": syndrome.outcomes[id].reason}
            for id in syndrome.of(Verdict.FAIL)
        ],
        "unread": list(syndrome.unknown),
        "actions": [type(event.action).__name__.lower() for event in trace.events],
        "contradictions": [{"clauses": list(c.clauses), "reason": c.reason} for c in spec.conflicts],
    }


def headers(answered: Answered) -> dict[str, str]:
    """The result in headers, for callers whose client hides the body's further fields."""
    cost = answered.cost
    risks = [c.last.risk.wrong for c in answered.choices if c.last.risk is not None and c.last.risk.wrong is not None]
    return {
        "x-lightwing-status": answered.status.value,
        "x-lightwing-calls": str(cost.calls),
        "x-lightwing-price": "unknown" if cost.price is None else f"{cost.price:.6g}",
        "x-lightwing-trace": ",".join(c.last.id for c in answered.choices),
        **({"x-lightwing-wrong": f"{max(risks):.4g}"} if risks else {}),
    }


_PIECE = 400
"""Characters of one event of a verified stream."""


def chunks(answered: Answered, *, include_usage: bool) -> Iterator[dict[str, Any]]:
    """A whole answer as the events of a stream; the last of each choice carries the finish reason, the last of all the `lightwing` object."""
    for index, choice in enumerate(answered.choices):
        yield chunk(answered.head, index, {"role": "assistant", "content": "" if choice.answer.text else None})
        text = choice.answer.text
        for at in range(0, len(text), _PIECE):
            yield chunk(answered.head, index, {"content": text[at : at + _PIECE]})
        yield from ends(answered.head, index, choice.answer)
    yield closing(answered.head, answered, include_usage=include_usage)


def chunk(head: Opening, index: int, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    """One event of a stream."""
    choice = {"index": index, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
    return {**_event(head), "choices": [choice]}


def ends(head: Opening, index: int, answer: Answer) -> Iterator[dict[str, Any]]:
    """A choice's tool calls and its finish reason."""
    for place, call in enumerate(answer.tool_calls):
        function = {"name": call.name, "arguments": call.arguments}
        called = {"index": place, "id": call.id, "type": "function", "function": function}
        yield chunk(head, index, {"tool_calls": [called]})
    yield chunk(head, index, {}, _finish(answer))


def closing(head: Opening, answered: Answered, *, include_usage: bool) -> dict[str, Any]:
    """The event after the choices: what Lightwing found, and the usage if it was asked for."""
    last = {**_event(head), "choices": [], "lightwing": report(answered)}
    return {**last, "usage": usage(answered)} if include_usage else last


def _event(head: Opening) -> dict[str, Any]:
    return {"id": head.id, "object": "chat.completion.chunk", "created": head.created, "model": head.model}


def model_card(assistant: Assistant, name: str) -> dict[str, Any]:
    """An entry of `/v1/models`."""
    return {
        "id": name,
        "object": "model",
        "created": assistant.created or int(time.time()),
        "owned_by": "lightwing",
        "lightwing": {
            "title": assistant.title or assistant.name,
            "description": assistant.description,
            "models": [m.name for m in assistant.models],
            "judges": [j.name for j in assistant.judges],
            "clauses": None if assistant.spec is None else len(assistant.spec.clauses),
            "target_error": assistant.target.error,
            "streaming": assistant.streaming,
        },
    }


def _message(answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if not answer.tool_calls:
        body["content"] = answer.text
        return body
    body["tool_calls"] = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
        for c in answer.tool_calls
    ]
    return body


def _finish(answer: Answer) -> str:
    """The protocol's word; an answer that Lightwing stopped counts as filtered."""
    if answer.tool_calls and answer.finish == "stop":
        return "tool_calls"
    return {"cut": "content_filter", "error": "stop"}.get(answer.finish, answer.finish)
