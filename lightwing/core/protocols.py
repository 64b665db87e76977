"""The protocols everything hangs on. Signatures may grow, not multiply."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeGuard, runtime_checkable

from lightwing.core.case import Answer, Candidate, Case, Delta, Price, Sampling
from lightwing.core.clause import Clause, Spec
from lightwing.core.decision import Action, Evidence, Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.outcome import Outcome, Readings

__all__ = [
    "Check",
    "CompiledDecoder",
    "Decoder",
    "Doubtful",
    "DriftWatch",
    "Fixable",
    "Judge",
    "Model",
    "Provable",
    "Reckoning",
    "Relayed",
    "Relaying",
    "doubtful",
    "relay_of",
]


@runtime_checkable
class Model(Protocol):
    """Any language model. `name` stands in traces; `price` is what it charges (None: unknown, which is never read as 0)."""

    @property
    def name(self) -> str: ...

    @property
    def price(self) -> Price | None: ...

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        """`n` candidates. Raises a ModelError; never returns fewer than one candidate."""
        ...

    def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        """The same in pieces. The last Delta of each index carries `finish` and, where known, `cost`."""
        ...


@runtime_checkable
class Doubtful(Protocol):
    """A model made for little, which knows it. What it doubts is told in the trace, and it is asked all the same."""

    def doubts(self, case: Case) -> Sequence[str]:
        """What of this request it was not made for, in words for people; nothing where it sees nothing. Never raises."""
        ...


def doubtful(model: Model) -> TypeGuard[Doubtful]:
    """`isinstance(model, Doubtful)` without the cost of a runtime protocol, for what is asked in every request."""
    return hasattr(model, "doubts")


def relay_of(model: Model) -> Callable[[Mapping[str, Any] | bytes], AbstractAsyncContextManager[Relayed]] | None:
    """The `relay` of a model that is `Relaying`; None where it is not."""
    relay: Callable[[Mapping[str, Any] | bytes], AbstractAsyncContextManager[Relayed]] | None
    relay = getattr(model, "relay", None)
    return relay


class Relayed(Protocol):
    """What an endpoint answered to a request that was passed on: read it once, whole or in pieces."""

    @property
    def status(self) -> int:
        """The status; what is no success came as an error instead."""
        ...

    @property
    def content_type(self) -> str: ...

    @property
    def streamed(self) -> bool:
        """Whether these are server-sent events; else it is one JSON object."""
        ...

    async def whole(self) -> bytes:
        """All of it, bounded. Raises a ModelError, also where it is no JSON object or one that says that the endpoint failed."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come, unread and bounded. Raises a ModelError where they break off."""
        ...


@runtime_checkable
class Relaying(Protocol):
    """A model that can pass a request on as it stands, for answers that nobody is to check."""

    def relay(self, body: Mapping[str, Any] | bytes) -> AbstractAsyncContextManager[Relayed]:
        """Sends a chat-completions request with nothing changed but the name of the model.

        Raises ModelRefused where the body is no JSON object; entering raises a ModelError where there is no answer.
        """
        ...


@runtime_checkable
class Check(Protocol):
    """An exact test of one clause: synchronous, pure, total (it never raises on any answer)."""

    def read(self, case: Case, answer: Answer, *, complete: bool = True) -> Outcome:
        """With `complete=False` the answer is a prefix: FAIL only if every continuation fails, PASS only if every continuation passes, else UNKNOWN."""
        ...


@runtime_checkable
class Fixable(Protocol):
    """A check with a deterministic fix that leaves the meaning alone."""

    def fix(self, case: Case, answer: Answer) -> Answer | None:
        """The mended answer, or None where this answer cannot be mended."""
        ...


@runtime_checkable
class Provable(Protocol):
    """A check that can write answers on which it must pass and on which it must fail, of its arguments alone and not by way of `read`."""

    def probes(self, rng: random.Random) -> Sequence[tuple[Case, Answer]]:
        """Answers (with the case they answer) that satisfy the clause."""
        ...

    def mutants(self, rng: random.Random) -> Sequence[tuple[Case, Answer]]:
        """Answers that violate it, as near to satisfying it as can be."""
        ...


@runtime_checkable
class Judge(Protocol):
    """A model that reads any number of judged clauses of one candidate in one call, and may be wrong. `price` None: unknown."""

    @property
    def name(self) -> str: ...

    @property
    def price(self) -> Price | None: ...

    async def read(self, case: Case, answer: Answer, clauses: Sequence[Clause]) -> Readings:
        """One reading per clause. What cannot be parsed is UNKNOWN, never PASS. Raises a ModelError."""
        ...


class CompiledDecoder(Protocol):
    """A decoder for one spec, error model and target."""

    def decide(self, evidence: Evidence) -> Action:
        """Pure: no I/O, no clock, no text, no truth. The same evidence gives the same action."""
        ...


class Decoder(Protocol):
    """A way to decide."""

    @property
    def name(self) -> str: ...

    def compile(self, spec: Spec, errors: ErrorModel, target: Target) -> CompiledDecoder: ...


@runtime_checkable
class Reckoning(Protocol):
    """A compiled decoder that says how probably a candidate is wrong."""

    def wrong(self, evidence: Evidence, candidate: str) -> float:
        """P(some clause of this candidate is not met), given all evidence. Pure."""
        ...


class DriftWatch(Protocol):
    """Is told of deliveries that were looked at again, and says when they are worse than was promised, see `lab.drift.Drift`."""

    @property
    def seen(self) -> int:
        """How many deliveries it was told of since it began, or began anew."""
        ...

    @property
    def warns(self) -> bool: ...

    def take(self, observed: float, *, expected: float | None = None) -> None:
        """One delivery: a share from 0 (right) to 1 (wrong), and the mean that was promised of it."""
        ...

    def stricter(self, level: float) -> float:
        """The level to deliver by after a warning."""
        ...

    def renew(self) -> None:
        """Begins anew, at a stricter level."""
        ...
