"""Case files: the shapes that people have, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

from lightwing.core.case import Case, Message, Tool, ToolCall
from lightwing.core.errors import CaseError
from lightwing.run import read_case, read_cases

CALL = {"name": "look_up", "arguments": '{"boat": 3}'}


def _read(tmp_path: Path, value: object, *, head: bytes = b"") -> Case:
    path = tmp_path / "case.json"
    path.write_bytes(head + json.dumps(value).encode())
    return read_case(path)


def test_tools_and_calls_in_the_protocol_s_shape_mean_the_same(tmp_path: Path) -> None:
    conversation = [
        {"role": "user", "content": "How old is boat 3?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": CALL}]},
        {"role": "tool", "tool_call_id": "1", "content": "1910"},
    ]
    tool = {"name": "look_up", "description": "find", "parameters": {"type": "object"}}
    theirs = _read(tmp_path, {"messages": conversation, "tools": [{"type": "function", "function": tool}]})
    flat = [conversation[0], {"role": "assistant", "tool_calls": [{"id": "1", **CALL}]}, conversation[2]]
    ours = _read(tmp_path, {"input": flat, "tools": [tool]})
    assert theirs == ours
    assert ours.messages[1] == Message(role="assistant", tool_calls=(ToolCall(id="1", **CALL),))
    assert ours.tools == (Tool(name="look_up", description="find", parameters={"type": "object"}),)


def test_a_byte_order_mark_and_windows_line_ends_are_passed_over(tmp_path: Path) -> None:
    assert _read(tmp_path, {"input": "x"}, head=b"\xef\xbb\xbf").messages[0].content == "x"
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"input": "x"}\r\n\r\n{"input": "y"}\r\n')
    assert [c.id for c in read_cases(path) if isinstance(c, Case)] == ["line-1", "line-3"]


def test_a_blank_request_and_a_nameless_tool_are_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    nameless = {"input": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}
    rows = [{"input": "  "}, {"input": "x", "tools": [{"description": "?"}]}, nameless]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(read_cases(path))
    assert all(isinstance(f, CaseError) for f in found)
    assert [str(f).split(": ")[1].split(".")[0] for f in found] == [
        "The case has no input",
        "A tool or a tool call has no name",
        "A tool or a tool call has no name",
    ]
