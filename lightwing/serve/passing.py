"""Requests with nothing to check: the body goes to a model as the caller wrote it, the answer goes back as the model's endpoint wrote it, and one trace tells of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from lightwing.core.case import Answer, Candidate, Case, Origin, Sampling, ToolCall, joined_logprobs
from lightwing.core.decision import Abstain, Accept, Resample
from lightwing.core.errors import ModelError, ModelProtocol, ModelTimeout
from lightwing.core.protocols import Model, Relayed, relay_of
from lightwing.core.trace import Trace
from lightwing.models.chat import Choice as Chosen
from lightwing.models.chat import Piece, Usage, choices, cost_of, pieces
from lightwing.models.sse import EventData
from lightwing.run import Runner
from lightwing.run.asking import Reply, failed, opening
from lightwing.serve.asked import ChatRequest
from lightwing.serve.assistants import Assistant
from lightwing.serve.refusals import CUT_OFF, Refused, of_failure
from lightwing.serve.told import Answered, Choice, Opening, headers
from lightwing.serve.wire import Send, event, send_bytes, send_piece, start_events

__all__ = ["Passing", "passes"]

_FREE = Sampling()


def passes(assistant: Assistant, asked: ChatRequest, runner: Runner) -> bool:
    """Whether nothing of the answer is to be checked, limited or withheld, so that the request may go through untouched."""
    imposed = assistant.sampling != _FREE or assistant.tools or assistant.offered or assistant.unmet != "flag"
    budget = assistant.budget
    return (
        not (imposed or runner.bound.spec.clauses or assistant.target.asks)
        and budget.price is None
        and budget.tokens is None
        and asked.optimistic is None
        and relay_of(assistant.models[0]) is not None
        and opening(asked.case, runner.bound.spec.instruction) is asked.case
    )


@dataclass(slots=True, kw_only=True)
class Passing:
    """One such request. `kept` keeps its trace and gives it with its id; `ended` says why it is to end early, if anything."""

    assistant: Assistant
    runner: Runner
    asked: ChatRequest
    kept: Callable[[Trace], Any]
    tagged: Mapping[str, Any]
    ended: Callable[[], str]
    gone: Callable[[], bool]

    async def __call__(self, send: Send, *, request: str) -> Answered:
        """Sends the answer of the first model that gives one, and gives what is known of it.

        Raises:
            Refused: none did, or the trace cannot be kept; nothing has been sent.
        """
        runner, started = self.runner, self.runner.now()
        run = runner.begun(self.asked.case, self.asked.sampling)
        body = self.asked.data if "lightwing" not in self.asked.body else _without(self.asked.body, "lightwing")
        for rung, model in enumerate(self.assistant.models):
            relay = relay_of(model)
            if relay is None:
                continue
            seen = _Seen(self.asked.case, model)
            sent = _Sent(send, request=request)
            error: ModelError | None = None
            try:
                async with asyncio.timeout(runner.budget.seconds), relay(body) as relayed:
                    if relayed.streamed:
                        await self._flow(relayed, seen, sent)
                    else:
                        seen.whole(await relayed.whole())
            except asyncio.CancelledError:
                if seen.begun:
                    run.take(Resample(rung=rung), seen.reply(None), rung=rung)
                cut = runner.ended(run, Abstain(best="a1" if seen.begun else None, reason=CUT_OFF), started)
                await asyncio.shield(self._keep(replace(cut, error=CUT_OFF)))
                raise
            except TimeoutError:
                error = ModelTimeout("The time budget of the case ran out during a call.", where=model.name)
            except ModelError as failure:
                error = failure
            if error is not None and not sent.started:
                run.take(Resample(rung=rung), failed(error), rung=rung)
                if self.ended():
                    break
                continue
            run.take(Resample(rung=rung), seen.reply(error), rung=rung)
            complete = run.evidence().candidates[0].complete
            action = (
                Accept(candidate="a1") if complete else Abstain(best="a1", reason=seen.stopped or "No whole answer.")
            )
            trace = runner.ended(run, action, started)
            return await self._close(trace, seen, sent, error)
        trace = await self._keep(runner.ended(run, Abstain(best=None, reason="No model answered."), started))
        raise of_failure(trace)

    async def _flow(self, relayed: Relayed, seen: _Seen, sent: _Sent) -> None:
        """Hands the pieces on as they come, once there is one that says something. What ends the answer is held back until the trace is kept."""
        async for piece in relayed.pieces():
            seen.feed(piece)
            if seen.done or not seen.begun:
                sent.held += piece
                continue
            seen.stopped = self.ended()
            if seen.stopped:
                return
            await sent.piece(piece, relayed.content_type)
        seen.end()

    async def _close(self, trace: Trace, seen: _Seen, sent: _Sent, error: ModelError | None) -> Answered:
        """Keeps the trace, then sends what was held back, or why the stream breaks off."""
        try:
            trace = await self._keep(trace)
        except Refused as refused:
            if not sent.started:
                raise
            await sent.last(event(refused.body))
            raise
        choice = Choice(
            answer=trace.candidates[0].answer,
            spec=self.runner.bound.spec,
            traces=(trace,),
            named=self.assistant.spec is not None,
        )
        answered = Answered(head=Opening.of(self.asked.model, self.runner.now()), choices=(choice,))
        if seen.body is not None:
            if not self.gone():
                await send_bytes(
                    sent.send, 200, seen.body, "application/json", {**headers(answered), "x-request-id": sent.request}
                )
        elif error is not None:
            await sent.last(event(of_failure(replace(trace, error=str(error), error_type=type(error).__name__)).body))
        elif seen.stopped:
            await sent.last(event(Refused(503, seen.stopped, code="stopped").body))
        else:
            await sent.last(b"")
        return answered

    async def _keep(self, trace: Trace) -> Trace:
        kept: Trace = await self.kept(replace(trace, metadata={**trace.metadata, **self.tagged, "passed": "untouched"}))
        return kept


@dataclass(slots=True)
class _Sent:
    """A stream on its way to the caller."""

    send: Send
    request: str
    started: bool = False
    held: bytes = b""

    async def piece(self, data: bytes, kind: str = "text/event-stream; charset=utf-8") -> None:
        if not self.started:
            await start_events(self.send, {"x-request-id": self.request}, kind=kind)
            self.started = True
        await send_piece(self.send, self.held + data)
        self.held = b""

    async def last(self, data: bytes) -> None:
        if not self.started:
            await start_events(self.send, {"x-request-id": self.request})
        await send_piece(self.send, self.held + data, last=True)


@dataclass(slots=True)
class _Seen:
    """What is read of an answer that passes by."""

    case: Case
    model: Model
    body: bytes | None = None
    done: bool = False
    stopped: str = ""
    _events: EventData = field(default_factory=EventData)
    _parts: dict[int, _Part] = field(default_factory=dict)
    _usage: Usage | None = None
    _began: float = field(default_factory=time.monotonic)
    _found: Sequence[Chosen] = ()

    @property
    def begun(self) -> bool:
        """Whether a choice of a stream was begun."""
        return bool(self._parts)

    def whole(self, data: bytes) -> None:
        """A whole answer. Raises ModelProtocol where it is no chat completion."""
        self._found, self._usage = choices(_decoded(data), where=self.model.name)
        self.body = data

    def feed(self, piece: bytes) -> None:
        """A piece of a stream; `done` is true with the one that ends it. Raises ModelProtocol where an event says that the endpoint failed."""
        self._take(self._events.feed(piece))

    def end(self) -> None:
        """The stream is over. Raises ModelProtocol where it ended in the middle of an answer."""
        self._take(self._events.end())
        if not self._parts or any(part.finish is None for part in self._parts.values()):
            raise ModelProtocol(
                "The stream ended in the middle of an answer.", where=self.model.name, hint="Try again."
            )

    def reply(self, error: ModelError | None) -> Reply:
        """The candidates it held, with what they cost."""
        seconds = time.monotonic() - self._began
        answers = [c.answer for c in self._found] or [
            part.answer("error" if error is not None else "cut") for _, part in sorted(self._parts.items())
        ]
        answers = answers or [Answer(finish="error" if error is not None else "cut")]
        shares: list[Usage | None] = [None] * len(answers)
        if self._usage is not None:
            shares = list(self._usage.share(len(answers)))
        made = tuple(
            Candidate(
                answer=answer,
                origin=Origin(model=self.model.name),
                cost=cost_of(self.case, answer, share, price=self.model.price, seconds=seconds / len(answers)),
            )
            for answer, share in zip(answers, shares, strict=True)
        )
        notes = () if error is None else (f"{type(error).__name__}: {error}",)
        return Reply(candidates=made, notes=notes)

    def _take(self, events: Iterator[str]) -> None:
        for data in events:
            if data == "[DONE]":
                self.done = True
                continue
            for piece in pieces(_decoded(data), where=self.model.name):
                if piece.usage is not None:
                    self._usage = piece.usage
                else:
                    self._parts.setdefault(piece.index, _Part()).take(piece)


@dataclass(slots=True)
class _Part:
    """One choice of a stream."""

    texts: list[str] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    logprobs: list[Any] = field(default_factory=list)
    finish: str | None = None

    def take(self, piece: Piece) -> None:
        self.texts.append(piece.text)
        self.logprobs.append(piece.logprobs)
        self.finish = piece.finish or self.finish
        if piece.tool_call is not None:
            known, new = self.calls.get(piece.slot, ToolCall(id="", name="", arguments="")), piece.tool_call
            self.calls[piece.slot] = ToolCall(
                id=known.id or new.id, name=known.name or new.name, arguments=known.arguments + new.arguments
            )

    def answer(self, otherwise: str) -> Answer:
        """What came of it; `otherwise` is why it ended where it does not say so itself."""
        return Answer(
            text="".join(self.texts),
            tool_calls=tuple(call for _, call in sorted(self.calls.items())),
            finish=self.finish or otherwise,  # type: ignore[arg-type]
            logprobs=joined_logprobs(self.logprobs),
        )


def _decoded(data: bytes | str) -> Any:
    """An event's or an answer's JSON; None where it is none, which is no answer."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(data)
    return None


def _without(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}
