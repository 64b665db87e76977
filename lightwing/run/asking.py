"""Asking a model: the messages it is shown, one call with its errors noted, and a stream that is cut off when its text can no longer pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lightwing.core.case import (
    Answer,
    Candidate,
    Case,
    Cost,
    Delta,
    Message,
    Origin,
    Sampling,
    ToolCall,
    joined_logprobs,
)
from lightwing.core.errors import (
    ModelAuth,
    ModelError,
    ModelRateLimit,
    ModelRefused,
    ModelTimeout,
    NotRecorded,
    Unsteerable,
)
from lightwing.core.outcome import Syndrome
from lightwing.core.protocols import Model, doubtful

__all__ = ["Reply", "Written", "ask", "doubts", "failed", "final", "opening"]

Read = Callable[[Answer], Syndrome]
"""Reads a prefix: only verdicts that no continuation can change."""

_FIRST_LOOK, _GROWTH = 80, 1.25
"""A stream is read after 80 characters and each time it has grown by a quarter: all readings together cost as much as five of the whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one call gave: candidates, or the error that it ended in, and notes for the trace."""

    candidates: tuple[Candidate, ...] = ()
    error: ModelError | None = None
    notes: tuple[str, ...] = ()


def opening(case: Case, instruction: str) -> Case:
    """The case as a model is shown it: the instruction document as the system message, unless the conversation already holds it."""
    told = any(instruction in m.content for m in case.messages if m.role == "system")
    if (
        not instruction
        or told
        or any(m.role == "user" and m.content.strip() == instruction.strip() for m in case.messages)
    ):
        return case
    head = Message(role="system", content=instruction)
    return Case(
        messages=(head, *case.messages), tools=case.tools, id=case.id, target=case.target, metadata=case.metadata
    )


def final(error: ModelError) -> bool:
    """True for an error that asking again cannot mend: the rung is dead for this case."""
    if isinstance(error, ModelRateLimit):
        return error.lasting
    return isinstance(error, ModelAuth | ModelRefused | NotRecorded | Unsteerable)


def doubts(model: Model, case: Case) -> tuple[str, ...]:
    """What the model doubts that it can do, for the trace."""
    return tuple(model.doubts(case)) if doubtful(model) else ()


async def ask(
    model: Model,
    case: Case,
    *,
    n: int,
    sampling: Sampling,
    seconds: float | None,
    doomed: Read | None = None,
) -> Reply:
    """One request for `n` candidates within `seconds`. With `doomed`, a single candidate is streamed and cut off as soon as a clause must fail."""
    try:
        async with asyncio.timeout(seconds):
            if doomed is not None and n == 1:
                candidate = await _streamed(model, case, sampling=sampling, doomed=doomed)
                note = ("cut off: it could no longer pass",) if candidate.answer.finish == "cut" else ()
                return Reply(candidates=(candidate,), notes=note)
            candidates: Sequence[Candidate] = await model.generate(case, n=n, sampling=sampling)
            return Reply(candidates=tuple(candidates))
    except TimeoutError:
        return failed(ModelTimeout("The time budget of the case ran out during a call.", where=model.name))
    except ModelError as error:
        return failed(error)


def failed(error: ModelError) -> Reply:
    return Reply(error=error, notes=(f"{type(error).__name__}: {error}",))


async def _streamed(model: Model, case: Case, *, sampling: Sampling, doomed: Read) -> Candidate:
    written, look_at = Written(), float(_FIRST_LOOK)
    async with contextlib.aclosing(model.stream(case, n=1, sampling=sampling)) as deltas:  # type: ignore[type-var]
        async for delta in deltas:
            written.take(delta)
            if not written.ended and len(written.text) >= look_at:
                look_at = len(written.text) * _GROWTH
                if doomed(Answer(text=written.text)).failed:
                    written.finish = "cut"
                    break
    return written.candidate(model, case, sampling)


@dataclass(slots=True)
class Written:
    """A streamed answer as far as it has come."""

    text: str = ""
    finish: str = "stop"
    ended: bool = False
    _cost: Cost | None = None
    _calls: dict[str, ToolCall] = field(default_factory=dict)
    _logprobs: list[Any] = field(default_factory=list)

    def take(self, delta: Delta) -> None:
        """Adds a piece."""
        self.text += delta.text
        if delta.logprobs is not None:
            self._logprobs.append(delta.logprobs)
        if delta.tool_call is not None:
            known = self._calls.get(delta.tool_call.id)
            self._calls[delta.tool_call.id] = delta.tool_call if known is None else _joined(known, delta.tool_call)
        self.finish, self.ended = delta.finish or self.finish, delta.finish is not None
        self._cost = delta.cost or self._cost

    @property
    def answer(self) -> Answer:
        """What has come of it."""
        return Answer(
            text=self.text,
            tool_calls=tuple(self._calls.values()),
            finish=self.finish,  # type: ignore[arg-type]
            logprobs=joined_logprobs(self._logprobs),
        )

    def candidate(self, model: Model, case: Case, sampling: Sampling) -> Candidate:
        """The answer with what it cost."""
        cost = self._cost or _estimated(model, case, self.text)
        return Candidate(answer=self.answer, origin=Origin(model=model.name, seed=sampling.seed), cost=cost)


def _joined(known: ToolCall, piece: ToolCall) -> ToolCall:
    return ToolCall(id=known.id, name=known.name or piece.name, arguments=known.arguments + piece.arguments)


def _estimated(model: Model, case: Case, text: str) -> Cost:
    """A stream that was left has no usage: four bytes of UTF-8 are taken for a token, and the price follows where it is known."""
    read = sum(len(m.content.encode("utf-8", "surrogatepass")) for m in case.messages) // 4 + 1
    written = len(text.encode("utf-8", "surrogatepass")) // 4 + 1
    price = None if model.price is None else model.price.of(input_tokens=read, output_tokens=written)
    return Cost(calls=1, input_tokens=read, output_tokens=written, price=price)
