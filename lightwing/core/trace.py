"""The trace: everything that happened to one case; the only thing a run writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lightwing.core.case import Candidate, Case, Cost, ToolCall
from lightwing.core.decision import Action
from lightwing.core.outcome import Status, Syndrome
from lightwing.core.risk import Risk

__all__ = ["Event", "Trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One turn of the loop: the action taken, the candidates it made, its cost, and notes (fall-backs, model errors, early stops)."""

    action: Action
    made: tuple[str, ...] = ()
    cost: Cost = Cost()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One case from request to status. `delivered` is the id of the candidate given to the user, marked or not; None where there is none.

    `spec`, `decoder` and `models` are strong ids or names that bind the trace; `started` is seconds since the epoch (UTC). `error` says why no
    model answered, `error_type` is the name of that error's class. `risk` stands where an error rate
    or a least loss was asked for.
    """

    case: Case
    spec: str
    decoder: str
    models: tuple[str, ...]
    status: Status
    delivered: str | None
    candidates: tuple[Candidate, ...] = ()
    syndromes: Mapping[str, Syndrome] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    cost: Cost = Cost()
    judge_cost: Cost = Cost()
    started: float = 0.0
    error: str = ""
    error_type: str = ""
    risk: Risk | None = None
    id: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def candidate(self, id: str) -> Candidate:
        """The candidate of this id; KeyError if there is none."""
        for candidate in self.candidates:
            if candidate.id == id:
                return candidate
        raise KeyError(id)

    @property
    def answer(self) -> str:
        """Text of the delivered candidate; empty where there is none."""
        return "" if self.delivered is None else self.candidate(self.delivered).answer.text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """What the delivered candidate asks to have called; empty where it asks for nothing."""
        return () if self.delivered is None else self.candidate(self.delivered).answer.tool_calls

    @property
    def withheld(self) -> bool:
        """True where an error rate was asked for and no answer may be delivered at it: what is attached is the best there was."""
        return (
            self.risk is not None
            and self.risk.target is not None
            and self.status not in (Status.VERIFIED, Status.CHECKED)
        )

    @property
    def syndrome(self) -> Syndrome:
        """Syndrome of the delivered candidate; empty where there is none."""
        return Syndrome() if self.delivered is None else self.syndromes[self.delivered]
