"""Case files: JSONL with `input` (a text or a list of messages), and optional `id`, `target`, `metadata`, `tools`."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from lightwing.core.case import Case, Message, Role, Tool, ToolCall
from lightwing.core.errors import CaseError

__all__ = ["read_case", "read_cases"]

_LONGEST_LINE = 50_000_000


class _Function(msgspec.Struct):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    arguments: str = "{}"


class _Call(msgspec.Struct):
    id: str
    name: str = ""
    arguments: str = "{}"
    function: _Function | None = None


class _Message(msgspec.Struct):
    role: Role
    content: str | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None


class _Tool(msgspec.Struct):
    name: str = ""
    description: str = ""
    parameters: dict[str, Any] = {}
    function: _Function | None = None


class _Line(msgspec.Struct):
    input: str | list[_Message] | None = None
    prompt: str | None = None
    messages: list[_Message] | None = None
    id: str | int | None = None
    target: Any = None
    metadata: dict[str, Any] = {}
    tools: list[_Tool] = []


def read_cases(path: Path) -> Iterator[Case | CaseError]:
    """The cases of a file, line by line; a line that is none comes as the CaseError that names it, and the next line goes on.

    Blank lines are passed over. `prompt` and `messages` are read as other names of `input`. A case without an id is named by its line ("line-12"). Tools and
    tool calls may stand as they do in the chat-completions protocol (under `function`) or without that shell; a byte-order mark is passed over.
    Raises CaseError when the file cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise CaseError(f"The case file cannot be read: {error.strerror}.", where=str(path)) from error
    decoder = msgspec.json.Decoder(_Line)
    with file:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(BOM_UTF8)
            if raw.strip():
                yield _case(decoder, raw, number=number, path=path)


def read_case(path: Path) -> Case:
    """The one case of a file that holds a single JSON object, over as many lines as it likes. Raises CaseError."""
    try:
        raw = path.read_bytes().removeprefix(BOM_UTF8)
    except OSError as error:
        raise CaseError(f"The case file cannot be read: {error.strerror}.", where=str(path)) from error
    case = _case(msgspec.json.Decoder(_Line), raw, number=1, path=path)
    if isinstance(case, CaseError):
        raise case
    return case


def _case(decoder: msgspec.json.Decoder[_Line], raw: bytes, *, number: int, path: Path) -> Case | CaseError:
    where = f"{path}, line {number}"
    hint = 'Each line is a JSON object such as {"id": "1", "input": "…"}.'
    if len(raw) > _LONGEST_LINE:
        return CaseError(f"The line is longer than {_LONGEST_LINE // 1_000_000} MB.", where=where, hint=hint)
    try:
        line = decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return CaseError(f"The line is no case: {error}.", where=where, hint=hint)
    given = line.input if line.input is not None else line.messages if line.messages is not None else line.prompt
    if not given or (isinstance(given, str) and not given.strip()):
        return CaseError("The case has no input.", where=where, hint=hint)
    nameless = [t for t in line.tools if not (t.name or t.function)]
    nameless_calls = [
        c for m in given if not isinstance(m, str) for c in m.tool_calls or () if not (c.name or c.function)
    ]
    if nameless or nameless_calls:
        return CaseError("A tool or a tool call has no name.", where=where, hint='Write {"name": "…"}, or "function".')
    messages = (
        (Message(role="user", content=given),) if isinstance(given, str) else tuple(_message(each) for each in given)
    )
    return Case(
        id=f"line-{number}" if line.id is None else str(line.id),
        messages=messages,
        tools=tuple(_tool(each) for each in line.tools),
        target=line.target if line.target is None or isinstance(line.target, str) else str(line.target),
        metadata=line.metadata,
    )


def _message(given: _Message) -> Message:
    calls = tuple(
        ToolCall(id=c.id, name=c.name, arguments=c.arguments)
        if c.function is None
        else ToolCall(id=c.id, name=c.function.name, arguments=c.function.arguments)
        for c in given.tool_calls or ()
    )
    return Message(role=given.role, content=given.content or "", tool_calls=calls, tool_call_id=given.tool_call_id)


def _tool(given: _Tool) -> Tool:
    of = given if given.function is None else given.function
    return Tool(name=of.name, description=of.description, parameters=of.parameters)
