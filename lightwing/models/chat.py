"""The chat-completions protocol: a case to a request body, an answer's JSON to candidates, streamed pieces to deltas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from lightwing.core.case import Answer, Case, Cost, Message, Price, Sampling, ToolCall
from lightwing.core.errors import ModelProtocol
from lightwing.models.common import simulated_cost

__all__ = ["Choice", "Dialect", "Piece", "Usage", "choices", "cost_of", "pieces", "refuse_error", "request"]

Finish = Literal["stop", "length", "tool_calls", "content_filter", "cut", "error"]

_OWN = frozenset(
    [
        "model",
        "messages",
        "tools",
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "seed",
        "n",
        "stream",
        "stream_options",
    ]
)
"""The fields of a request that no `extra` of a sampling can change."""

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}


@dataclass(slots=True)
class Dialect:
    """What an endpoint has been found not to take, so that it is not asked again: parameters by name, and n above 1."""

    refused: set[str] = field(default_factory=set)
    takes_n: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed in requests for this endpoint's sake, in words."""
        notes = [f"{name} is not taken by the endpoint and left out" for name in sorted(self.refused - {"max_tokens"})]
        if "max_tokens" in self.refused:
            notes.append("max_tokens is sent as max_completion_tokens")
        if not self.takes_n:
            notes.append("n above 1 is not taken: answers are asked for one by one")
        return tuple(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the endpoint counts them; reasoning is part of what was written."""

    read: int
    written: int

    def share(self, n: int) -> list[Usage]:
        """The same in n parts that add up to it."""
        if n == 1:
            return [self]
        return [
            Usage(read=self.read // n + (i < self.read % n), written=self.written // n + (i < self.written % n))
            for i in range(n)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a response."""

    index: int
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of a stream: text with its logprobs, a piece of a tool call (`slot` tells which), or the end of a choice. `usage` stands alone."""

    index: int = 0
    text: str = ""
    tool_call: ToolCall | None = None
    slot: int = 0
    finish: Finish | None = None
    usage: Usage | None = None
    logprobs: Any = None


def request(model: str, case: Case, sampling: Sampling, *, n: int, stream: bool, dialect: Dialect) -> dict[str, Any]:
    """The body of a request; what the endpoint is known to refuse is left out or renamed."""
    body: dict[str, Any] = {"model": model, "messages": [_message(m) for m in case.messages]}
    if case.tools:
        body["tools"] = [_tool(t.name, t.description, t.parameters) for t in case.tools]
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    if sampling.max_tokens is not None:
        body["max_tokens"] = sampling.max_tokens
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if n > 1:
        body["n"] = n
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if dialect.refused:
        if "max_tokens" in dialect.refused and "max_tokens" in body:
            body["max_completion_tokens"] = body["max_tokens"]
        body = {k: v for k, v in body.items() if k not in dialect.refused}
    if sampling.extra:
        body |= {k: v for k, v in sampling.extra.items() if k not in _OWN}
    return body


def choices(value: Any, *, where: str) -> tuple[list[Choice], Usage | None]:
    """The answers of a whole response, in the order of their index, and its usage.

    Raises:
        ModelProtocol: there are none, or one has no message.
    """
    refuse_error(value, where=where)
    listed = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(listed, list) or not listed:
        raise ModelProtocol("The answer holds no choices.", where=where, hint="Check that base_url is a chat endpoint.")
    found = []
    for place, item in enumerate(listed):
        message = item.get("message") if isinstance(item, dict) else None
        if not isinstance(message, dict):
            raise ModelProtocol(f"Choice {place} holds no message.", where=where, hint="Look at the endpoint.")
        asked = message.get("tool_calls")
        calls = tuple(_call(c, i) for i, c in enumerate(_dicts(asked))) if asked else ()
        text = _text(message.get("content")) or _text(message.get("refusal"))
        finish = _finish(item.get("finish_reason")) or "stop"
        answer = Answer(text=text, tool_calls=calls, finish=finish, logprobs=item.get("logprobs"))
        found.append(Choice(index=_whole(item.get("index"), place), answer=answer))
    if len(found) > 1:
        found.sort(key=lambda choice: choice.index)
    return found, _usage(value.get("usage"))


def pieces(value: Any, *, where: str) -> Iterator[Piece]:
    """The pieces that one event of a stream holds; also those of a whole response, from endpoints that do not stream."""
    refuse_error(value, where=where)
    if not isinstance(value, dict):
        raise ModelProtocol("An event of the stream is no object.", where=where, hint="Look at the endpoint.")
    for place, item in enumerate(_dicts(value.get("choices"))):
        index = _whole(item.get("index"), place)
        part = item.get("delta") if isinstance(item.get("delta"), dict) else item.get("message")
        part = part if isinstance(part, dict) else {}
        text = _text(part.get("content")) or _text(part.get("refusal"))
        logprobs = item.get("logprobs")
        if text or logprobs is not None:
            yield Piece(index=index, text=text, logprobs=logprobs)
        for i, call in enumerate(_dicts(part.get("tool_calls"))):
            slot = _whole(call.get("index"), i)
            yield Piece(index=index, tool_call=_call(call, slot, whole="message" in item), slot=slot)
        finish = _finish(item.get("finish_reason"))
        if finish is not None:
            yield Piece(index=index, finish=finish)
    usage = _usage(value.get("usage"))
    if usage is not None:
        yield Piece(usage=usage)


def cost_of(case: Case, answer: Answer, usage: Usage | None, *, price: Price | None, seconds: float) -> Cost:
    """Tokens as the endpoint counted them; where it did not, a rough count, of which no price by tokens can be made."""
    if usage is None:
        flat = price is not None and not (price.input_per_million or price.output_per_million)
        return simulated_cost(case, answer, price=price if flat else None, seconds=seconds)
    charged = None if price is None else price.of(input_tokens=usage.read, output_tokens=usage.written)
    return Cost(calls=1, input_tokens=usage.read, output_tokens=usage.written, seconds=seconds, price=charged)


def _message(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.parts:
        text = [{"type": "text", "text": message.content}] if message.content else []
        body["content"] = [*text, *message.parts]
    if message.tool_calls:
        body["content"] = body["content"] or None
        body["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in message.tool_calls
        ]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    return body


def _tool(name: str, description: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": dict(parameters)},
    }


def _call(value: dict[str, Any], slot: int, *, whole: bool = True) -> ToolCall:
    """A tool call, or with `whole=False` a piece of one, of which any field may be missing."""
    function = value.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    id = value.get("id")
    return ToolCall(
        id=id if isinstance(id, str) and id else (f"call_{slot}" if whole else ""),
        name=_text(function.get("name")),
        arguments=arguments if arguments is not None else ("{}" if whole else ""),
    )


def refuse_error(value: Any, *, where: str) -> None:
    """Raises ModelProtocol where an answer of status 200 says that the endpoint failed."""
    error = value.get("error") if isinstance(value, dict) else None
    if error:
        message = error.get("message") if isinstance(error, dict) else error
        text = " ".join(str(message or error).split())[:500]
        raise ModelProtocol(f"The endpoint answered with an error ({text}).", where=where, hint="Try again later.")


def _finish(value: Any) -> Finish | None:
    """The finish reason; an unknown one is a stop, for the answer is complete. None where none is given."""
    return None if value is None else _FINISHES.get(str(value), "stop")


def _text(value: Any) -> str:
    """Content as text: a string, or the text parts of a list."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in _dicts(value) if part.get("type", "text") == "text")
    return ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [cast(dict[str, Any], v) for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


def _usage(value: Any) -> Usage | None:
    if not isinstance(value, dict):
        return None
    read, written = value.get("prompt_tokens"), value.get("completion_tokens")
    if not isinstance(read, int) or not isinstance(written, int) or min(read, written) < 0:
        return None
    return Usage(read=read, written=written)
