"""A model whose calls somebody watches: a circuit breaker that lets them through or not, a tracer that writes them down."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing
from typing import Any, Protocol

from lightwing.core.case import Candidate, Case, Delta, Price, Sampling
from lightwing.core.protocols import Model, Relayed, doubtful, relay_of

__all__ = ["Call", "Calls", "Watched"]


class Call(Protocol):
    """A call under way: is told what came of it."""

    def made(self, candidates: Sequence[Candidate]) -> None: ...

    def delta(self, delta: Delta) -> None: ...

    def relayed(self) -> None:
        """The endpoint has begun to answer what was relayed."""
        ...


class Calls(Protocol):
    """Watches calls. Entering may refuse one with a ModelError; leaving learns of the error that ended it."""

    def call(self, model: str, case: Case | None, *, n: int, sampling: Sampling | None) -> AbstractContextManager[Call]:
        """`case` and `sampling` are None where a body is relayed as it is."""
        ...


class Watched:
    """A model as its caller sees it, with every call of `generate`, `stream` and `relay` watched. What the model can beside that (`held`, `doubts`, `relay`,
    `notes`), this one can too, and nothing else."""

    def __init__(self, model: Model, calls: Calls) -> None:
        self._model = model
        self._calls = calls
        # On the object itself: a runtime check of a protocol does not ask __getattr__.
        if doubtful(model):
            self.doubts = model.doubts
        if relay_of(model) is not None:
            self.relay = self._relay

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._model!r})"

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def price(self) -> Price | None:
        return self._model.price

    @property
    def notes(self) -> tuple[str, ...]:
        """What the model had to leave out; nothing where it keeps no notes."""
        return getattr(self._model, "notes", ())

    def held(self) -> AbstractAsyncContextManager[Any]:
        """Keeps the model's connections open, where it has any."""
        held = getattr(self._model, "held", None)
        return contextlib.nullcontext() if held is None else held()

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        with self._calls.call(self.name, case, n=n, sampling=sampling) as call:
            made = await self._model.generate(case, n=n, sampling=sampling)
            call.made(made)
            return made

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        with self._calls.call(self.name, case, n=n, sampling=sampling) as call:
            async with aclosing(self._model.stream(case, n=n, sampling=sampling)) as deltas:  # type: ignore[type-var]
                async for delta in deltas:
                    call.delta(delta)
                    yield delta

    @contextlib.asynccontextmanager
    async def _relay(self, body: Mapping[str, Any] | bytes) -> AsyncIterator[Relayed]:
        relay = relay_of(self._model)
        assert relay is not None
        with self._calls.call(self.name, None, n=1, sampling=None) as call:
            async with relay(body) as relayed:
                call.relayed()
                yield relayed
