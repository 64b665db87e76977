"""`/v1/responses`: requests of the newer protocol as chat completions, and answers back. What cannot be honoured is refused by name: nothing is stored here under
a response's id, and there are no tools but functions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lightwing.serve.asked import ChatRequest, read_chat
from lightwing.serve.refusals import Refused
from lightwing.serve.told import Answered, report, usage
from lightwing.serve.wire import event

__all__ = ["Answering", "read_response"]

_SAME = ("model", "temperature", "top_p", "stream", "tool_choice", "parallel_tool_calls", "user", "metadata")
_SAME_TOO = ("service_tier", "safety_identifier", "prompt_cache_key", "lightwing")
_READ = frozenset({*_SAME, *_SAME_TOO, "input", "instructions", "tools", "text", "max_output_tokens", "reasoning"})
_EMPTY: Mapping[str, tuple[Any, ...]] = {
    "previous_response_id": (None,),
    "conversation": (None,),
    "background": (None, False),
    "prompt": (None,),
    "include": (None, []),
    "truncation": (None, "disabled"),
    "store": (None, True, False),
    "stream_options": (None, {}),
    "top_logprobs": (None, 0),
    "max_tool_calls": (None,),
}
"""Fields that are taken with these values only. `store` asks for what is not given here; the answer says that it is not stored."""

_WHY: Mapping[str, str] = {
    "previous_response_id": "responses are not stored here; send the conversation as input",
    "conversation": "conversations are not stored here; send the conversation as input",
    "background": "an answer is given while its caller waits",
}


def read_response(body: Any) -> ChatRequest:
    """The request that a body of `/v1/responses` holds, as one for a chat completion.

    Raises:
        Refused: a field is missing, has a value that cannot be used, or asks for what the gateway does not do; the field is named.

    >>> asked = read_response({"model": "m", "instructions": "Be brief.", "input": "Hi", "max_output_tokens": 5})
    >>> [(m.role, m.content) for m in asked.case.messages], asked.sampling.max_tokens
    ([('system', 'Be brief.'), ('user', 'Hi')], 5)
    """
    if not isinstance(body, dict):
        raise Refused(400, "The body is no JSON object.", code="invalid_json")
    for name, value in body.items():
        if name not in _READ and (name not in _EMPTY or value not in _EMPTY[name]):
            why = _WHY.get(name, "the gateway does not do that")
            raise Refused(400, f"{name} is not taken here: {why}.", param=name, code="unsupported")
    for name in ("reasoning", "text", "metadata"):
        if not isinstance(body.get(name), dict | None):
            raise Refused(400, f"{name} is no object.", param=name)
    own = body.get("lightwing")
    if isinstance(own, dict) and own.get("streaming") == "optimistic":
        raise Refused(
            400, "Responses are streamed after acceptance only.", param="lightwing.streaming", code="unsupported"
        )
    chat: dict[str, Any] = {name: body[name] for name in (*_SAME, *_SAME_TOO) if body.get(name) is not None}
    chat["messages"] = [*_instructions(body), *_messages(body.get("input"))]
    chat["tools"] = [_tool(tool, i) for i, tool in enumerate(_list(body, "tools"))] or None
    chat["max_completion_tokens"] = body.get("max_output_tokens")
    chat["response_format"] = _format(body.get("text"))
    effort = (body.get("reasoning") or {}).get("effort")
    if effort is not None:
        chat["reasoning_effort"] = effort
    choice = chat.get("tool_choice")
    if isinstance(choice, dict):
        if choice.get("type") != "function":
            raise Refused(400, "tool_choice names no function.", param="tool_choice", code="unsupported")
        chat["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
    return read_chat(chat)


def _instructions(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    text = body.get("instructions")
    if text is None:
        return
    if not isinstance(text, str):
        raise Refused(400, "instructions is no text.", param="instructions")
    yield {"role": "system", "content": text}


def _messages(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list) or not given:
        raise Refused(400, "input is missing, or is neither text nor a list with an item.", param="input")
    made: list[dict[str, Any]] = []
    for i, item in enumerate(given):
        at = f"input[{i}]"
        if not isinstance(item, dict):
            raise Refused(400, f"{at} is no object.", param=at)
        match item.get("type", "message"):
            case "message":
                made.append({"role": item.get("role"), "content": _content(item.get("content"), at)})
            case "function_call":
                function = {"name": item.get("name"), "arguments": item.get("arguments", "{}")}
                call = {"id": item.get("call_id"), "type": "function", "function": function}
                if not made or made[-1]["role"] != "assistant":
                    made.append({"role": "assistant", "content": None})
                made[-1].setdefault("tool_calls", []).append(call)
            case "function_call_output":
                said = _content(item.get("output"), at)
                made.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": said})
            case other:
                raise Refused(
                    400, f"{at} is of the type {other!r}, which is not taken here.", param=at, code="unsupported"
                )
    return made


def _content(value: Any, at: str) -> Any:
    """Content in the older protocol's form."""
    if not isinstance(value, list):
        return value
    parts: list[dict[str, Any]] = []
    for part in value:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("input_text", "output_text", "text"):
            parts.append({"type": "text", "text": part.get("text")})
        elif kind == "refusal":
            parts.append({"type": "refusal", "refusal": part.get("refusal")})
        elif kind == "input_image" and isinstance(part.get("image_url"), str):
            url = {"url": part["image_url"], **({"detail": part["detail"]} if part.get("detail") else {})}
            parts.append({"type": "image_url", "image_url": url})
        else:
            raise Refused(
                400, f"A part of {at} is of the type {kind!r}, which is not taken here.", param=at, code="unsupported"
            )
    return parts


def _tool(tool: Any, place: int) -> dict[str, Any]:
    at = f"tools[{place}]"
    if not isinstance(tool, dict) or tool.get("type") != "function":
        kind = tool.get("type") if isinstance(tool, dict) else None
        raise Refused(
            400, f"{at} is of the type {kind!r}; only functions are taken here.", param=at, code="unsupported"
        )
    return {
        "type": "function",
        "function": {n: tool[n] for n in ("name", "description", "parameters", "strict") if n in tool},
    }


def _format(text: Mapping[str, Any] | None) -> dict[str, Any] | None:
    wanted = (text or {}).get("format")
    if not isinstance(wanted, dict | None):
        raise Refused(400, "text.format is no object.", param="text.format")
    if wanted is None:
        return None
    if wanted.get("type") == "json_schema":
        return {"type": "json_schema", "json_schema": {n: v for n, v in wanted.items() if n != "type"}}
    return wanted


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, list):
        raise Refused(400, f"{name} is no list.", param=name)
    return value or []


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers in the form of `/v1/responses` to the request of this body."""

    body: Mapping[str, Any]

    def whole(self, answered: Answered) -> dict[str, Any]:
        """The response."""
        return self._response(answered, [item for item, _ in _items(answered)])

    def events(self, answered: Answered, *, include_usage: bool) -> bytes:
        """The response as the events of a stream; the usage is always in the last."""
        return b"".join(_named(number, *each) for number, each in enumerate(self._told(answered)))

    def complaint(self, refused: Refused) -> bytes:
        """The event that tells of an error in a stream that has begun."""
        told = {"code": refused.code, "message": refused.message, "param": refused.param}
        return _named(0, "error", told)

    def _told(self, answered: Answered) -> Iterator[tuple[str, dict[str, Any]]]:
        items = list(_items(answered))
        begun = {**self._response(answered, []), "status": "in_progress", "usage": None, "incomplete_details": None}
        yield "response.created", {"response": begun}
        yield "response.in_progress", {"response": begun}
        for place, (item, text) in enumerate(items):
            at = {"item_id": item["id"], "output_index": place}
            if item["type"] == "message":
                part = {**at, "content_index": 0}
                empty = {"type": "output_text", "text": "", "annotations": []}
                yield (
                    "response.output_item.added",
                    {"output_index": place, "item": {**item, "status": "in_progress", "content": []}},
                )
                yield "response.content_part.added", {**part, "part": empty}
                for start in range(0, len(text), _PIECE):
                    yield "response.output_text.delta", {**part, "delta": text[start : start + _PIECE], "logprobs": []}
                yield "response.output_text.done", {**part, "text": text, "logprobs": []}
                yield "response.content_part.done", {**part, "part": {**empty, "text": text}}
            else:
                yield (
                    "response.output_item.added",
                    {"output_index": place, "item": {**item, "status": "in_progress", "arguments": ""}},
                )
                yield "response.function_call_arguments.delta", {**at, "delta": text}
                yield "response.function_call_arguments.done", {**at, "name": item["name"], "arguments": text}
            yield "response.output_item.done", {"output_index": place, "item": item}
        last = self._response(answered, [item for item, _ in items])
        yield f"response.{last['status']}", {"response": last}

    def _response(self, answered: Answered, output: list[dict[str, Any]]) -> dict[str, Any]:
        body, used = self.body, usage(answered)
        reason = {"length": "max_output_tokens", "content_filter": "content_filter", "cut": "content_filter"}.get(
            answered.choices[0].answer.finish
        )
        return {
            "id": f"resp_{answered.head.id.rpartition('-')[2]}",
            "object": "response",
            "created_at": answered.head.created,
            "completed_at": int(time.time()),
            "status": "completed" if reason is None else "incomplete",
            "error": None,
            "incomplete_details": None if reason is None else {"reason": reason},
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "metadata": body.get("metadata") or {},
            "model": answered.head.model,
            "output": output,
            "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
            "store": False,
            "temperature": body.get("temperature"),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p"),
            "truncation": "disabled",
            "usage": {
                "input_tokens": used["prompt_tokens"],
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": used["completion_tokens"],
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": used["total_tokens"],
            },
            "lightwing": report(answered),
        }


_PIECE = 400
"""Characters of one event of a stream."""


def _items(answered: Answered) -> Iterator[tuple[dict[str, Any], str]]:
    """What an answer consists of, each with its text: a message, and calls."""
    answer, id = answered.choices[0].answer, answered.head.id.rpartition("-")[2]
    if answer.text or not answer.tool_calls:
        part = {"type": "output_text", "text": answer.text, "annotations": []}
        yield (
            {"type": "message", "id": f"msg_{id}", "status": "completed", "role": "assistant", "content": [part]},
            answer.text,
        )
    for i, call in enumerate(answer.tool_calls):
        named = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
        yield {"type": "function_call", "id": f"fc_{id}_{i}", "status": "completed", **named}, call.arguments


def _named(number: int, kind: str, told: Mapping[str, Any]) -> bytes:
    return f"event: {kind}\n".encode() + event({"type": kind, "sequence_number": number, **told})
