"""A chat-completions request as it comes: read, bounded, and turned into a case, a sampling, and clauses of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from lightwing.core.case import Case, Message, Sampling, Tool, ToolCall
from lightwing.core.clause import CheckCall, Clause
from lightwing.serve.refusals import Refused

__all__ = ["ChatRequest", "argument_clauses", "read_chat", "read_json"]

MOST_CHOICES = 16
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}

_OWN = frozenset(
    {
        "model", "messages", "tools", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p",
        "stop", "seed", "lightwing", "metadata", "store",
    }
)  # fmt: skip
"""Fields that Lightwing reads itself; all others go to the model as they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One request. `clauses`: what `response_format` and the tools' schemas oblige the answer to. `body` is all of it,
    `data` its bytes as they came."""

    model: str
    case: Case
    sampling: Sampling
    n: int = 1
    stream: bool = False
    include_usage: bool = False
    clauses: tuple[Clause, ...] = ()
    optimistic: bool | None = None
    wishes: bool | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    data: bytes = b""

    @property
    def system(self) -> str:
        """The text of its system messages."""
        return "\n\n".join(m.content for m in self.case.messages if m.role == "system" and m.content.strip())

    @property
    def last_wish(self) -> str:
        """The last message of the user."""
        return next((m.content for m in reversed(self.case.messages) if m.role == "user"), "")


def read_json(data: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        Refused: it is none, or is nested too deeply.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, f"The body is no JSON: {error}.", code="invalid_json") from None
    except RecursionError:
        raise Refused(400, "The body is nested too deeply.", code="invalid_json") from None


def read_chat(body: Any) -> ChatRequest:
    """The request that a body of `/v1/chat/completions` holds.

    Raises:
        Refused: a field is missing or has a value that cannot be used; the field is named.

    >>> asked = read_chat({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5, "top_k": 3})
    >>> asked.case.messages[0].content, asked.sampling.max_tokens, dict(asked.sampling.extra)
    ('Hi', 5, {'top_k': 3})
    """
    if not isinstance(body, dict):
        raise Refused(400, "The body is no JSON object.", code="invalid_json")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, "model is missing, or is no text.", param="model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "messages is missing, or is no list with a message.", param="messages")
    if body.get("functions") is not None:
        raise Refused(400, "functions is the older form and not taken here; use tools.", param="functions")
    own = body.get("lightwing")
    own = {} if own is None else own
    if not isinstance(own, dict) or set(own) - {"streaming", "wishes"}:
        raise Refused(
            400, "lightwing takes streaming (verified, optimistic) and wishes (true, false).", param="lightwing"
        )
    if own.get("streaming") not in (None, "verified", "optimistic"):
        raise Refused(400, "streaming is verified or optimistic.", param="lightwing.streaming")
    if own.get("wishes") not in (None, True, False):
        raise Refused(400, "wishes is true or false.", param="lightwing.wishes")
    tools = _tools(body.get("tools"))
    stream = _flag(body, "stream")
    options = body.get("stream_options")
    if options is not None and not isinstance(options, dict):
        raise Refused(400, "stream_options is no object.", param="stream_options")
    n = _whole(body, "n", least=1, most=MOST_CHOICES) or 1
    return ChatRequest(
        model=model,
        case=Case(messages=tuple(_message(m, i) for i, m in enumerate(messages)), tools=tools),
        sampling=_sampling(body),
        n=n,
        stream=stream,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
        clauses=(*_format(body.get("response_format")), *argument_clauses(tools)),
        optimistic=None if own.get("streaming") is None else own["streaming"] == "optimistic",
        wishes=own.get("wishes"),
        body=body,
    )


def _sampling(body: Mapping[str, Any]) -> Sampling:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop
    if stops is not None and not (
        isinstance(stops, list) and len(stops) <= 16 and all(isinstance(s, str) for s in stops)
    ):
        raise Refused(400, "stop is a text, or a list of at most 16 texts.", param="stop")
    limit = _whole(body, "max_completion_tokens", least=1) or _whole(body, "max_tokens", least=1)
    return Sampling(
        temperature=_number(body, "temperature", least=0, most=10),
        top_p=_number(body, "top_p", least=0, most=1),
        max_tokens=limit,
        stop=tuple(stops or ()),
        seed=_whole(body, "seed", least=-(2**63), most=2**63 - 1),
        extra={k: v for k, v in body.items() if k not in _OWN and v is not None},
    )


def _message(value: Any, place: int) -> Message:
    at = f"messages[{place}]"
    if not isinstance(value, dict):
        raise Refused(400, f"{at} is no object.", param=at)
    given = value.get("role")
    role = _ROLES.get(given) if isinstance(given, str) else None
    if role is None:
        raise Refused(400, f"The role of {at} is none of {', '.join(_ROLES)}.", param=f"{at}.role")
    text, parts = _content(value.get("content"), at)
    calls = value.get("tool_calls") or []
    if not isinstance(calls, list):
        raise Refused(400, f"tool_calls of {at} is no list.", param=f"{at}.tool_calls")
    called = value.get("tool_call_id")
    if called is not None and not isinstance(called, str):
        raise Refused(400, f"tool_call_id of {at} is no text.", param=f"{at}.tool_call_id")
    message = Message(
        role=role,  # type: ignore[arg-type]
        content=text,
        tool_calls=tuple(_call(c, f"{at}.tool_calls[{i}]") for i, c in enumerate(calls)),
        tool_call_id=called,
    )
    return replace(message, parts=parts) if parts else message


def _content(value: Any, at: str) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """The text of a message, and its parts that are no text."""
    if value is None or isinstance(value, str):
        return value or "", ()
    if not isinstance(value, list):
        raise Refused(400, f"The content of {at} is neither text nor a list of parts.", param=f"{at}.content")
    texts, parts = [], []
    for part in value:
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise Refused(400, f"A part of {at} has no type.", param=f"{at}.content")
        if part["type"] in ("text", "refusal"):
            said = part.get(part["type"])
            if not isinstance(said, str):
                raise Refused(400, f"A part of {at} has no text.", param=f"{at}.content")
            texts.append(said)
        else:
            parts.append(part)
    return "\n".join(texts), tuple(parts)


def _call(value: Any, at: str) -> ToolCall:
    function = value.get("function") if isinstance(value, dict) else None
    if not isinstance(function, dict) or not isinstance(value.get("id"), str):
        raise Refused(400, f"{at} is no call of a function with an id.", param=at)
    name, arguments = function.get("name"), function.get("arguments", "{}")
    if not isinstance(name, str) or not isinstance(arguments, str):
        raise Refused(400, f"{at} needs a name and arguments as text.", param=at)
    return ToolCall(id=value["id"], name=name, arguments=arguments)


def _tools(value: Any) -> tuple[Tool, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Refused(400, "tools is no list.", param="tools")
    found = []
    for i, item in enumerate(value):
        at = f"tools[{i}]"
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or item.get("type", "function") != "function":
            raise Refused(400, f"{at} is no tool of type function.", param=at)
        name, schema = function.get("name"), function.get("parameters")
        if not isinstance(name, str) or not name:
            raise Refused(400, f"{at} has no name.", param=f"{at}.function.name")
        if schema is not None and not isinstance(schema, dict):
            raise Refused(400, f"The parameters of {at} are no JSON Schema.", param=f"{at}.function.parameters")
        told = function.get("description")
        found.append(Tool(name=name, description=told if isinstance(told, str) else "", parameters=schema or {}))
    return tuple(found)


def _format(value: Any) -> Sequence[Clause]:
    """What `response_format` obliges the answer to."""
    if value is None:
        return ()
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        return ()
    if kind == "json_object":
        return (_BARE_JSON, _json("Answer with a JSON object.", {"type": "object"}))
    if kind == "json_schema":
        named = value.get("json_schema")
        schema = named.get("schema") if isinstance(named, dict) else None
        if not isinstance(schema, dict):
            raise Refused(400, "response_format.json_schema.schema is missing.", param="response_format")
        return (_BARE_JSON, _json("Answer with JSON that is valid under the schema asked for.", schema))
    raise Refused(400, "response_format.type is none of text, json_object, json_schema.", param="response_format")


_BARE_JSON = Clause(
    id="format",
    text="Answer with JSON and nothing else, without a code fence.",
    check=CheckCall(name="format", args={"kind": "json", "fence": False}),
)


def _json(text: str, schema: Mapping[str, Any]) -> Clause:
    return Clause(id="schema", text=text, check=CheckCall(name="json_schema", args={"schema": dict(schema)}))


def argument_clauses(tools: Sequence[Tool]) -> Sequence[Clause]:
    """That what a tool is called with is valid under its schema."""
    return tuple(
        Clause(
            id=f"tool{i}",
            text=f"Call {tool.name} only with arguments that are valid under its schema.",
            check=CheckCall(name="tool_arguments", args={"tool": tool.name, "schema": dict(tool.parameters)}),
        )
        for i, tool in enumerate(tools, 1)
        if tool.parameters
    )


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value not in (None, True, False):
        raise Refused(400, f"{name} is true or false.", param=name)
    return value is True


def _whole(body: Mapping[str, Any], name: str, *, least: int, most: int = 10_000_000) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(400, f"{name} is no whole number from {least} to {most}.", param=name)
    return value


def _number(body: Mapping[str, Any], name: str, *, least: float, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused(400, f"{name} is no number from {least:g} to {most:g}.", param=name)
    return float(value)
