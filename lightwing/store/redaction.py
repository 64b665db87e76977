"""What is struck out of a trace before it is written."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lightwing.core.case import Candidate, Case, Message, ToolCall
from lightwing.core.errors import ConfigError
from lightwing.core.outcome import Outcome, Reading, Syndrome
from lightwing.core.trace import Trace

__all__ = ["Redaction"]

_FIELDS = (
    "case.messages",
    "case.target",
    "case.metadata.*",
    "candidates.*.answer.text",
    "candidates.*.answer.tool_calls",
    "reasons",
    "notes",
    "metadata.*",
)
_KEPT = ("task", "redacted", "owner")
"""Entries of a trace's own metadata that the store itself reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Fields of a trace whose text is replaced by a mark with its length and a hash, so that equal texts stay equal. The trace's id and the key its case is
    resumed by are those of before; `metadata["redacted"]` lists the fields.

    `case.messages` (texts, other parts and the arguments of calls), `case.target`, `case.metadata.*` (or one name instead of `*`), `candidates.*.answer.text`,
    `candidates.*.answer.tool_calls` (arguments), `reasons` (of outcomes and readings: they quote answers), `notes` (of events), `metadata.*` (or one name).

    A hash of a text that can be guessed (a name, a number) can be found by guessing. With `key` it is an HMAC, that only who has the key can try.

    Raises:
        ConfigError: a field is none of these.

    >>> Redaction(fields=("case.messages",)).mark("my secret")[:24]
    '[redacted: 9 characters,'
    """

    fields: tuple[str, ...]
    key: bytes = b""

    def __post_init__(self) -> None:
        for field in self.fields:
            if field not in _FIELDS and _named(field) is None:
                raise ConfigError(
                    f"{field!r} is no field that can be redacted.",
                    hint=f"There are: {', '.join(_FIELDS)}; a name may stand for the last *.",
                )

    def mark(self, text: str) -> str:
        """What stands in place of a text."""
        raw = text.encode("utf-8", "surrogatepass")
        digest = hmac.new(self.key, raw, "sha256").hexdigest() if self.key else hashlib.sha256(raw).hexdigest()
        return f"[redacted: {len(text)} characters, {'hmac' if self.key else 'sha256'} {digest[:16]}]"

    @staticmethod
    def hides_texts(trace: Trace) -> bool:
        """Whether a trace's requests or answers were struck out, so that nothing can be read in them any more."""
        struck = trace.metadata.get("redacted")
        return isinstance(struck, list) and any(
            str(each).startswith(("case.messages", "candidates.")) for each in struck
        )

    def applied(self, trace: Trace) -> Trace:
        """The trace as it is to be written."""
        case = self._case(trace.case)
        candidates = tuple(self._candidate(c) for c in trace.candidates)
        syndromes, events = trace.syndromes, trace.events
        if "reasons" in self.fields:
            syndromes = {id: self._syndrome(s) for id, s in syndromes.items()}
        if "notes" in self.fields:
            events = tuple(replace(e, notes=tuple(map(self.mark, e.notes))) for e in events)
        own = self._entries(trace.metadata, "metadata.")
        kept = {name: trace.metadata[name] for name in _KEPT if name in trace.metadata}
        return replace(
            trace,
            case=case,
            candidates=candidates,
            syndromes=syndromes,
            events=events,
            metadata={**own, **kept, "redacted": list(self.fields)},
        )

    def _case(self, case: Case) -> Case:
        messages, target = case.messages, case.target
        if "case.messages" in self.fields:
            messages = tuple(map(self._message, messages))
        if "case.target" in self.fields and target is not None:
            target = self.mark(target)
        return replace(case, messages=messages, target=target, metadata=self._entries(case.metadata, "case.metadata."))

    def _message(self, message: Message) -> Message:
        return replace(
            message,
            content=self.mark(message.content),
            tool_calls=self._calls(message.tool_calls),
            parts=tuple({"type": "redacted", "redacted": self.mark(_text(dict(part)))} for part in message.parts),
        )

    def _calls(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        """Arguments stay what they were, a JSON object or none."""
        return tuple(replace(c, arguments=json.dumps({"redacted": self.mark(c.arguments)})) for c in calls)

    def _candidate(self, candidate: Candidate) -> Candidate:
        answer = candidate.answer
        if "candidates.*.answer.text" in self.fields:
            answer = replace(answer, text=self.mark(answer.text), logprobs=None)  # they spell the text out
        if "candidates.*.answer.tool_calls" in self.fields:
            answer = replace(answer, tool_calls=self._calls(answer.tool_calls))
        return replace(candidate, answer=answer)

    def _syndrome(self, syndrome: Syndrome) -> Syndrome:
        return Syndrome(
            outcomes={clause: self._outcome(outcome) for clause, outcome in syndrome.outcomes.items()},
            readings=tuple(self._reading(r) for r in syndrome.readings),
        )

    def _reading(self, reading: Reading) -> Reading:
        return replace(reading, outcome=self._outcome(reading.outcome))

    def _outcome(self, outcome: Outcome) -> Outcome:
        return replace(outcome, reason=self.mark(outcome.reason)) if outcome.reason else outcome

    def _entries(self, metadata: Mapping[str, Any], within: str) -> Mapping[str, Any]:
        struck = (
            metadata
            if f"{within}*" in self.fields
            else {f.removeprefix(within) for f in self.fields if f.startswith(within)}
        )
        return {name: self.mark(_text(value)) if name in struck else value for name, value in metadata.items()}


def _named(field: str) -> str | None:
    """The name at the end of a field of metadata; None for what is no such field."""
    for within in ("case.metadata.", "metadata."):
        if field.startswith(within) and len(field) > len(within):
            return field.removeprefix(within)
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
