"""`/v1/chat/completions`: whole answers, verified streams and optimistic streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lightwing.core.case import Delta
from lightwing.run import Runner
from lightwing.serve.asked import ChatRequest
from lightwing.serve.assistants import Assistant
from lightwing.serve.engine import Engine, tags
from lightwing.serve.passing import Passing, passes
from lightwing.serve.refusals import Refused
from lightwing.serve.told import Answered, Opening, chunk, chunks, closing, completion, ends, headers
from lightwing.serve.wire import DONE, Receive, Send, Watch, event, send_json, send_piece, start_events

__all__ = ["Chat", "Shape"]

_ALIVE = b": being checked\n\n"


class Shape(Protocol):
    """How an answer is told: whole, as the events of a stream, and an error in a stream that has begun."""

    def whole(self, answered: Answered) -> Mapping[str, Any]: ...

    def events(self, answered: Answered, *, include_usage: bool) -> bytes: ...

    def complaint(self, refused: Refused) -> bytes: ...


class _Completion:
    """As `/v1/chat/completions` tells it."""

    def whole(self, answered: Answered) -> Mapping[str, Any]:
        return completion(answered)

    def events(self, answered: Answered, *, include_usage: bool) -> bytes:
        return b"".join([*map(event, chunks(answered, include_usage=include_usage)), DONE])

    def complaint(self, refused: Refused) -> bytes:
        return event(refused.body)


@dataclass(slots=True)
class Chat:
    """Answers chat requests that were read and admitted. `stopping` says why no more be tried, once the gateway shuts down; `heartbeat`: seconds between signs of life."""

    engine: Engine
    heartbeat: float = 10.0
    stopping: Callable[[], str] = field(default=lambda: "")

    async def __call__(
        self,
        assistant: Assistant,
        asked: ChatRequest,
        receive: Receive,
        send: Send,
        *,
        owner: str,
        request: str,
        shape: Shape | None = None,
    ) -> Answered | None:
        """Sends the answer and gives it; None where it ended before there was one. With a `shape` of its own an answer is neither passed on untouched nor shown
        before it is accepted.

        Raises:
            Refused: there is none, and nothing has been sent yet.
        """
        watch = Watch(receive)

        def ended() -> str:
            return "The caller hung up." if watch.gone else self.stopping()

        optimistic = assistant.streaming == "optimistic" if asked.optimistic is None else asked.optimistic
        try:
            asked, runner = await self.engine.ready(assistant, asked)
            if shape is None and passes(assistant, asked, runner):
                passing = Passing(
                    assistant=assistant,
                    runner=runner,
                    asked=asked,
                    kept=self.engine.kept,
                    tagged=tags(assistant, runner, owner),
                    ended=ended,
                    gone=lambda: watch.gone,
                )
                return await passing(send, request=request)
            if not asked.stream:
                answered = await self.engine.answer(assistant, asked, owner=owner, ended=ended, runner=runner)
                if not watch.gone:
                    told = (shape or _Completion()).whole(answered)
                    await send_json(send, 200, told, {**headers(answered), "x-request-id": request})
                return answered
            if optimistic and asked.n == 1 and shape is None:
                return await self._optimistic(
                    assistant, asked, send, owner=owner, request=request, ended=ended, runner=runner
                )
            return await self._verified(
                assistant,
                asked,
                send,
                owner=owner,
                request=request,
                ended=ended,
                runner=runner,
                shape=shape or _Completion(),
            )
        finally:
            watch.end()

    async def _verified(
        self,
        assistant: Assistant,
        asked: ChatRequest,
        send: Send,
        *,
        owner: str,
        request: str,
        ended: Callable[[], str],
        runner: Runner,
        shape: Shape,
    ) -> Answered | None:
        """Nothing of an answer is sent before it is accepted. An error keeps its status as long as no sign of life had to be given."""
        task = asyncio.ensure_future(self.engine.answer(assistant, asked, owner=owner, ended=ended, runner=runner))
        started = False
        try:
            while not (await asyncio.wait({task}, timeout=self.heartbeat))[0]:
                if not started:
                    await start_events(send, {"x-request-id": request})
                    started = True
                await send_piece(send, _ALIVE)
            try:
                answered = task.result()
            except Refused as refused:
                if not started:
                    raise
                await send_piece(send, shape.complaint(refused), last=True)
                return None
        finally:
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Refused):
                    await task
        if not started:
            await start_events(send, {**headers(answered), "x-request-id": request})
        await send_piece(send, shape.events(answered, include_usage=asked.include_usage), last=True)
        return answered

    async def _optimistic(
        self,
        assistant: Assistant,
        asked: ChatRequest,
        send: Send,
        *,
        owner: str,
        request: str,
        ended: Callable[[], str],
        runner: Runner,
    ) -> Answered | None:
        """Text flows while it may still be right. A violation ends the stream: finish reason `content_filter`, the reason in the `lightwing` object."""
        head = Opening.of(asked.model, self.engine.now())
        started = False
        pieces = self.engine.stream(assistant, asked, owner=owner, ended=ended, runner=runner)
        try:
            async with contextlib.aclosing(pieces):  # type: ignore[type-var]
                async for piece in pieces:
                    if not started:
                        await start_events(send, {"x-request-id": request})
                        await send_piece(send, event(chunk(head, 0, {"role": "assistant", "content": ""})))
                        started = True
                    if isinstance(piece, Delta):
                        if piece.text:
                            await send_piece(send, event(chunk(head, 0, {"content": piece.text})))
                        continue
                    last = [
                        *ends(head, 0, piece.choices[0].answer),
                        closing(head, piece, include_usage=asked.include_usage),
                    ]
                    await send_piece(send, b"".join([*map(event, last), DONE]), last=True)
                    return piece
        except Refused as refused:
            if not started:
                raise
            await send_piece(send, event(refused.body), last=True)
        return None
