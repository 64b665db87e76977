"""Traces as JSON and back: one line per trace, with a schema number; what is read is what was written.

An action stands as an object whose `do` names it (`{"do": "repair", "candidate": "a1", …}`); everything else stands under the names of its field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, get_args

import msgspec

from lightwing.core.case import Candidate, Case, Cost, Origin, Tool, ToolCall
from lightwing.core.decision import Action
from lightwing.core.errors import StoreError
from lightwing.core.ids import strong_id, text_id
from lightwing.core.outcome import Status, Syndrome
from lightwing.core.risk import Risk
from lightwing.core.trace import Event, Trace

__all__ = ["SCHEMA", "case_key", "decode_trace", "encode_trace", "identified", "task_of"]

SCHEMA = 1
"""Version of the trace's JSON. A newer one is refused."""

_ACTIONS: Mapping[str, type[Any]] = {action.__name__.lower(): action for action in get_args(Action)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireEvent:
    action: dict[str, Any]
    made: tuple[str, ...] = ()
    cost: Cost = Cost()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireMessage:
    role: str
    content: str
    tool_calls: tuple[ToolCall, ...]
    tool_call_id: str | None
    parts: tuple[Mapping[str, Any], ...] | msgspec.UnsetType


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireCase:
    messages: tuple[_WireMessage, ...]
    tools: tuple[Tool, ...]
    id: str
    target: str | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireAnswer:
    text: str
    tool_calls: tuple[ToolCall, ...]
    finish: str
    logprobs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireCandidate:
    answer: _WireAnswer
    id: str
    origin: Origin
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class _WireTrace:
    schema: int
    id: str
    case: Case
    spec: str
    decoder: str
    models: tuple[str, ...]
    status: Status
    delivered: str | None
    candidates: tuple[Candidate, ...] = ()
    syndromes: dict[str, Syndrome] = field(default_factory=dict)
    events: tuple[_WireEvent, ...] = ()
    cost: Cost = Cost()
    judge_cost: Cost = Cost()
    started: float = 0.0
    error: str = ""
    error_type: str = ""
    risk: Risk | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


_SAME = tuple(f.name for f in fields(_WireTrace) if f.name not in ("schema", "events"))
_WRITTEN = tuple(name for name in _SAME if name not in ("case", "candidates", "error_type"))
_DECODER = msgspec.json.Decoder(_WireTrace)


def encode_trace(trace: Trace) -> bytes:
    """The trace as one line of JSON in UTF-8, without the line's end.

    Raises:
        StoreError: the case's or the trace's metadata holds a value that has no JSON.
    """
    try:
        sparse: dict[str, Any] = {
            "case": _case_out(trace.case),
            "candidates": tuple(map(_candidate_out, trace.candidates)),
            "error_type": trace.error_type or msgspec.UNSET,
        }
        wire = _WireTrace(
            schema=SCHEMA,
            **sparse,
            events=tuple(
                _WireEvent(action=_action_out(e.action), made=e.made, cost=e.cost, notes=e.notes) for e in trace.events
            ),
            **{name: getattr(trace, name) for name in _WRITTEN},
        )
        try:
            return msgspec.json.encode(wire)
        except UnicodeEncodeError:
            return json.dumps(msgspec.to_builtins(wire)).encode()  # a lone surrogate: only an escape can carry it
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"The trace of case {trace.case.id!r} has no JSON: {error}.", hint="Put only JSON values into metadata."
        ) from None


def decode_trace(line: bytes | str, *, where: str = "") -> Trace:
    """The trace that a line holds.

    Raises:
        StoreError: the line is of a newer schema, or is no trace.
    """
    try:
        try:
            wire = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _refuse_newer(line, where=where)
            if isinstance(error, msgspec.ValidationError):
                raise
            wire = msgspec.convert(json.loads(line), _WireTrace)
        if wire.schema > SCHEMA:
            _refuse_newer(line, where=where)
        events = tuple(Event(action=_action_in(e.action), made=e.made, cost=e.cost, notes=e.notes) for e in wire.events)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreError(f"This is no trace: {error}.", where=where, hint="Give a file that Lightwing wrote.") from None
    return Trace(events=events, **{name: getattr(wire, name) for name in _SAME})


def identified(trace: Trace) -> Trace:
    """The trace with an id: its own, or else the strong id of all it holds."""
    return trace if trace.id else replace(trace, id=text_id(encode_trace(trace).decode()))


def case_key(case: Case) -> str:
    """What a case is resumed by: its id together with what the model sees."""
    return strong_id([case.id, case.strong_id])


def task_of(trace: Trace) -> str:
    """The task a trace belongs to: `metadata["task"]` where the run states it, else the strong id of its spec, decoder and models."""
    stated = trace.metadata.get("task")
    if isinstance(stated, str) and stated:
        return stated
    return _task(trace.spec, trace.decoder, trace.models)


@lru_cache(maxsize=256)
def _task(spec: str, decoder: str, models: tuple[str, ...]) -> str:
    return strong_id({"spec": spec, "decoder": decoder, "models": list(models)})


def _refuse_newer(line: bytes | str, *, where: str) -> None:
    try:
        head = json.loads(line)
    except ValueError:
        return
    schema = head.get("schema") if isinstance(head, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise StoreError(
            f"The trace is of schema {schema}; this version reads up to {SCHEMA}.",
            where=where,
            hint="Install a newer lightwing.",
        )


def _case_out(case: Case) -> _WireCase:
    """The case with no field for what most cases have not, so that lines and the ids made of them stay as they were."""
    return _WireCase(
        messages=tuple(
            _WireMessage(
                role=m.role,
                content=m.content,
                tool_calls=m.tool_calls,
                tool_call_id=m.tool_call_id,
                parts=m.parts or msgspec.UNSET,
            )
            for m in case.messages
        ),
        tools=case.tools,
        id=case.id,
        target=case.target,
        metadata=case.metadata,
    )


def _candidate_out(made: Candidate) -> _WireCandidate:
    answer = made.answer
    return _WireCandidate(
        answer=_WireAnswer(
            text=answer.text,
            tool_calls=answer.tool_calls,
            finish=answer.finish,
            logprobs=msgspec.UNSET if answer.logprobs is None else answer.logprobs,
        ),
        id=made.id,
        origin=made.origin,
        cost=made.cost,
    )


def _action_out(action: Action) -> dict[str, Any]:
    return {"do": type(action).__name__.lower(), **msgspec.to_builtins(action)}


def _action_in(value: dict[str, Any]) -> Action:
    kind = _ACTIONS.get(str(value.get("do")))
    if kind is None:
        raise ValueError(f"unknown action {value.get('do')!r}")
    action: Action = msgspec.convert({k: v for k, v in value.items() if k != "do"}, kind)
    return action
