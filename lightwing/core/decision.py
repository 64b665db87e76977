"""What a decoder sees (Evidence) and what it may ask for (Action). No text, no truth, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from lightwing.core.case import Cost, OriginKind
from lightwing.core.outcome import Reading, Verdict

__all__ = [
    "Abstain",
    "Accept",
    "Action",
    "Budget",
    "REST",
    "CandidateEvidence",
    "Escalate",
    "Evidence",
    "Fix",
    "Loss",
    "Recombine",
    "Repair",
    "Reread",
    "Resample",
    "Rung",
    "Target",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Deliver this candidate. `wrong`: the decoder's P(some clause is not met), where it reckons with one."""

    candidate: str
    wrong: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Apply the deterministic fixes of these clauses to this candidate: no call."""

    candidate: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Show this draft to the model of `rung` and name only these clauses, each with its reason."""

    candidate: str
    clauses: tuple[str, ...]
    rung: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resample:
    """Ask the model of `rung` for `n` fresh answers. `cut`: one that can no longer pass may be cut off while it streams."""

    n: int = 1
    rung: int = 0
    cut: bool = False


REST = "rest"
"""In a Recombine: everything of the answer that no other name stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recombine:
    """Build a candidate of segments: segment name to the candidate it is taken from; `REST` names the one that all else is taken from. No call."""

    segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """Have `judge` (an index into the run's judges) read these judged clauses of this candidate (again)."""

    candidate: str
    clauses: tuple[str, ...]
    judge: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Go on with `rung`: by a fresh answer (which `cut` may end early), or by repairing `candidate` there."""

    rung: int
    candidate: str | None = None
    clauses: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstain:
    """Deliver nothing as met; `best` is attached, marked with what failed. `wrong`: P(wrong) of `best`, where the decoder reckons with one."""

    best: str | None
    reason: str = ""
    wrong: float | None = None


Action = Union[Accept, Fix, Repair, Resample, Recombine, Reread, Escalate, Abstain]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Hard limits for one case; None is no limit. `calls` counts model and judge calls alike; `price` needs known prices."""

    calls: int | None = 8
    tokens: int | None = None
    seconds: float | None = None
    price: float | None = None

    def left(self, spent: Cost) -> Budget:
        """What remains after `spent`, never below zero. An unknown price spent leaves a price limit of 0: it can no longer be kept."""
        price = self.price
        if price is not None:
            price = 0.0 if spent.price is None else max(0.0, price - spent.price)
        return Budget(
            calls=None if self.calls is None else max(0, self.calls - spent.calls),
            tokens=None if self.tokens is None else max(0, self.tokens - spent.tokens),
            seconds=None if self.seconds is None else max(0.0, self.seconds - spent.seconds),
            price=price,
        )

    @property
    def empty(self) -> bool:
        """True when no further call may be made."""
        return any(limit is not None and limit <= 0 for limit in (self.calls, self.tokens, self.seconds, self.price))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What things cost beside calls, in the same unit as their price: a wrong delivery, and an abstention."""

    wrong: float
    abstain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the user asks for.

    `error`: wrong / delivered, at most, with `confidence`; None asks for no rate. `level`: the greatest P(wrong) at which an answer may be delivered, as a
    calibration found it for this target; None: the target itself, which is stricter than it need be. `loss` asks for the least expected loss instead of
    a rate. Decoders of a fixed budget look at none of these.
    """

    error: float | None = None
    confidence: float = 0.95
    level: float | None = None
    loss: Loss | None = None
    budget: Budget = Budget()

    @property
    def asks(self) -> bool:
        """True where an error rate or a least loss is asked for, so that the decoder must reckon with P(wrong)."""
        return self.error is not None or self.loss is not None

    @property
    def threshold(self) -> float | None:
        """What P(wrong) of a delivery is held against; None where no rate is asked for."""
        return self.error if self.level is None else self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One model of the cascade as a decoder sees it: its id and what a call costs (None: unknown)."""

    model: str
    price_per_call: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateEvidence:
    """One candidate as a decoder sees it.

    `outcomes`: exact clauses, and for judged clauses what the readings give; `readings`: each reading of a judged clause; `segments`: by clause that is read segment
    by segment, the verdict on each (none where a segment it asks for is not there); `fixed`: the verdicts that its deterministic fixes would lead to (empty where nothing can be fixed), under
    which `fixable` clauses turn to PASS; `same_as`: the earlier candidate whose answer is the same, character for character; `complete`: False where
    it is no full answer: cut off while streaming, stopped by a length limit or a filter, empty, or with a tool call whose arguments are no JSON object. Such a candidate is never delivered as met.
    """

    id: str
    how: OriginKind = "proposed"
    parent: str | None = None
    rung: int = 0
    model: str = ""
    cost: Cost = Cost()
    outcomes: Mapping[str, Verdict] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    segments: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    fixable: tuple[str, ...] = ()
    fixed: Mapping[str, Verdict] = field(default_factory=dict)
    same_as: str | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known about a case, in the order in which it came to be, and what is left of the budget.

    `repaired`: for each repair made so far, the parent candidate, the clauses named and the rung, in order (the candidate that resulted carries
    parent and `how="repaired"`). `dead_rungs`: rungs whose model failed for good in this case.
    """

    candidates: tuple[CandidateEvidence, ...] = ()
    repaired: tuple[tuple[str, tuple[str, ...], int], ...] = ()
    rungs: tuple[Rung, ...] = ()
    judges: tuple[str, ...] = ()
    left: Budget = Budget()
    dead_rungs: tuple[int, ...] = ()
