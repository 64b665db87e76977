"""Data formats read under bounds: what is wrong with a text as JSON or XML, and where; see `notations` for YAML, CSV, HTML and LaTeX.

Every reader is total, about linear in the text, expands nothing (no entity, alias or remote reference is followed) and gives a `Problem` instead of
raising. `final` tells that no continuation of the text can heal it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

__all__ = [
    "Fenced",
    "JsonValue",
    "Problem",
    "XmlShape",
    "embedded_json",
    "json_levels",
    "read_json",
    "read_xml",
    "unfence",
]

_TAIL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a text is not of a format: `message` continues "The answer is not valid X: ", `position` is a character of the text."""

    message: str
    position: int = 0
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """The body of an answer: what stands in the one code fence around it (`fenced`), or all of it. `offset` is where the body begins."""

    body: str
    offset: int = 0
    fenced: bool = False


_OPENING_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n")


def unfence(text: str, *, complete: bool = True) -> Fenced:
    """The body of an answer that is one code fence; any other text is its own body. A prefix may lack the closing fence.

    >>> unfence("```json\\n[1]\\n```").body
    '[1]\\n'
    >>> unfence("Here: `x`").fenced
    False
    """
    opening = _OPENING_FENCE.match(text)
    if opening is None:
        return Fenced(body=text)
    mark = opening[1]
    rest = text[opening.end() :]
    closing = _closing_fence(rest, mark)
    if closing is not None:
        if not rest[closing[1] :].strip():
            return Fenced(body=rest[: closing[0]], offset=opening.end(), fenced=True)
        return Fenced(body=text)
    if complete:
        return Fenced(body=text)
    return Fenced(body=rest.rstrip().rstrip(mark[0]), offset=opening.end(), fenced=True)


def _closing_fence(text: str, mark: str) -> tuple[int, int] | None:
    for match in re.finditer(rf"(?m)^[ \t]{{0,3}}{mark[0]}{{{len(mark)},}}[ \t\r]*$", text):
        return match.span()
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValue:
    """A JSON value found in a text, with the place where it begins."""

    value: Any
    position: int = 0


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) < 4000 else float(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_int=_whole_number, parse_constant=_no_constant)
_SPACE = " \t\r\n"


def read_json(text: str) -> JsonValue | Problem:
    """The JSON value that the text is, by RFC 8259 (no comments, no trailing commas, no NaN).

    >>> read_json('{"a": [1, 2,]}').message
    'line 1, column 13: expecting value'
    """
    start = len(text) - len(text.lstrip(_SPACE + "\ufeff"))
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return _json_problem(text, error.msg, error.pos)
    except ValueError as error:
        return Problem(message=str(error), position=start)
    except RecursionError:
        return Problem(message="it is nested too deeply to be read", position=start)
    rest = len(text) - len(text[end:].lstrip(_SPACE))
    if rest < len(text):
        return _json_problem(text, "something follows the value", rest)
    return JsonValue(value=value, position=start)


def _json_problem(text: str, message: str, position: int) -> Problem:
    if not text.strip():
        return Problem(message="it is empty")
    settled = not message.startswith("Unterminated") and position < len(text.rstrip(_SPACE)) - _TAIL
    return Problem(
        message=f"{_place(text, position)}: {message[:1].lower()}{message[1:]}", position=position, final=settled
    )


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


_ATTEMPTS = 64


def embedded_json(text: str) -> JsonValue | None:
    """The JSON object or array in an answer: the answer itself, else the first that a code fence holds, else the first that stands in the text.

    >>> embedded_json('Sure: {"a": 1}. Anything else?').value
    {'a': 1}
    >>> embedded_json("no braces") is None
    True
    """
    body = unfence(text)
    whole = read_json(body.body)
    if isinstance(whole, JsonValue):
        return JsonValue(value=whole.value, position=body.offset + whole.position)
    position, attempts = 0, 0
    while attempts < _ATTEMPTS:
        opening = re.compile(r"[{\[]").search(text, position)
        if opening is None:
            return None
        attempts += 1
        try:
            value, end = _DECODER.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            position = opening.end()
            continue
        if isinstance(value, dict) or _holds_object(value):
            return JsonValue(value=value, position=opening.start())
        position = end
    return None


def _holds_object(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def json_levels(value: Any) -> int:
    """Levels of nested objects; an array is no level of its own, except where there is no object at all.

    >>> json_levels({"a": {"b": 1}}), json_levels({"a": [{"b": 1}]}), json_levels({"a": [1, 2]}), json_levels([[1]])
    (2, 2, 1, 2)
    """
    objects = arrays = 0
    stack: list[tuple[Any, int, int]] = [(value, 0, 0)]
    while stack:
        node, in_objects, in_arrays = stack.pop()
        if isinstance(node, dict):
            objects = max(objects, in_objects + 1)
            stack.extend((child, in_objects + 1, in_arrays) for child in node.values())
        elif isinstance(node, list):
            arrays = max(arrays, in_arrays + 1)
            stack.extend((child, in_objects, in_arrays + 1) for child in node)
    return objects or arrays


@dataclass(slots=True, kw_only=True)
class XmlShape:
    """What an XML text is made of: per element its name, number of attributes and byte position; and the deepest level (the root is 1)."""

    elements: list[tuple[str, int, int]] = field(default_factory=list)
    depth: int = 0


class _Entities(Exception):
    """An XML text that declares entities."""


def read_xml(text: str, *, complete: bool = True) -> XmlShape | Problem:
    """Well-formed XML, or the problem. Entity declarations are refused; on a prefix, what may still become well-formed has no problem.

    >>> read_xml("<a x='1'><b/></a>").depth
    2
    >>> read_xml("<a><b></a>").message
    'line 1, column 9: mismatched tag'
    """
    shape = XmlShape()
    level = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal level
        level += 1
        shape.depth = max(shape.depth, level)
        shape.elements.append((name, len(attributes), parser.CurrentByteIndex))

    def closed(name: str) -> None:
        nonlocal level
        level -= 1

    def declared(*_: object) -> None:
        raise _Entities

    data = text.strip("\ufeff \t\r\n") if complete else text.lstrip("\ufeff \t\r\n")
    shift = text.find(data[:1]) if data else 0
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(data.encode("utf-8", "surrogatepass"), complete)
    except _Entities:
        return Problem(message="it declares entities, which are not read", position=shift, final=True)
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        at = len(data.encode("utf-8", "surrogatepass")[: max(0, parser.ErrorByteIndex)].decode("utf-8", "replace"))
        return Problem(message=f"{place}: {expat.ErrorString(error.code)}", position=shift + at, final=not complete)
    return shape
