"""Assistants that were exported elsewhere: name, instructions and tools, read from JSON in the shapes that are common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwing.core.case import Tool
from lightwing.core.errors import ConfigError

__all__ = ["Definition", "read_definition"]

_LARGEST = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What an exported assistant says: its name, what it is for, its instructions, and the tools that it is offered."""

    name: str
    description: str
    instructions: str
    tools: tuple[Tool, ...] = ()


def read_definition(path: Path) -> Definition:
    """The assistant in this file: an object with `instructions` (or `system_prompt`, `prompt`), at the top or under `assistant`, `gizmo` or `config`; `tools` as
    functions, flat or nested.

    Raises:
        ConfigError: the file cannot be read, or holds no instructions.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError("The definition is larger than 5 MB.", where=str(path), hint="Is it the right file?")
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"It cannot be read: {error.strerror}.", where=str(path), hint="Check the path.") from None
    except (ValueError, RecursionError):
        raise ConfigError("It is no JSON text.", where=str(path), hint="Export the assistant as JSON.") from None
    body = _body(value)
    if body is None:
        raise ConfigError(
            "It holds no instructions.", where=str(path), hint="An object with the field instructions is needed."
        )
    shown = body.get("display")
    named: Mapping[str, Any] = shown if isinstance(shown, dict) else body
    return Definition(
        name=_text(named.get("name")),
        description=_text(named.get("description")),
        instructions=_instructions(body),
        tools=tuple(tool for item in _list(body.get("tools")) if (tool := _tool(item)) is not None),
    )


def _body(value: Any) -> Mapping[str, Any] | None:
    """The object that holds the instructions."""
    if not isinstance(value, dict):
        return None
    if _instructions(value):
        return value
    return next(
        (found for key in ("assistant", "gizmo", "config") if (found := _body(value.get(key))) is not None), None
    )


def _instructions(value: Mapping[str, Any]) -> str:
    return next((t for key in ("instructions", "system_prompt", "prompt") if (t := _text(value.get(key)))), "")


def _tool(value: Any) -> Tool | None:
    """A function that is offered; other kinds of tools (search, code) run where they came from and are left out."""
    if not isinstance(value, dict) or value.get("type", "function") != "function":
        return None
    function = value.get("function") if isinstance(value.get("function"), dict) else value
    assert isinstance(function, dict)
    name, schema = _text(function.get("name")), function.get("parameters")
    if not name:
        return None
    parameters = schema if isinstance(schema, dict) else {}
    return Tool(name=name, description=_text(function.get("description")), parameters=parameters)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
