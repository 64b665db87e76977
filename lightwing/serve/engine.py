"""Requests to answers: which runner, how often, with which tools between, and what is said where nothing is good enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lightwing.core.case import Answer, Delta, Message, Sampling, ToolCall
from lightwing.core.decision import Abstain
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status
from lightwing.core.trace import Trace
from lightwing.run import Runner, stream
from lightwing.serve.asked import ChatRequest, argument_clauses
from lightwing.serve.assistants import Assistant, ServedTool
from lightwing.serve.logs import request_id
from lightwing.serve.refusals import CUT_OFF, Refused, of_failure
from lightwing.serve.specs import Runners
from lightwing.serve.told import Answered, Choice, Opening, report
from lightwing.store import identified

__all__ = ["Engine", "Keep", "ToolCaller", "tags"]

_MOST_ROUNDS = 8
"""Times that a model may call the gateway's tools in one request."""

_LATER = "Not carried out yet. Call it again by itself if it is still needed."


class Keep(Protocol):
    """Keeps a trace; returns when it is safe."""

    async def keep(self, trace: Trace) -> None: ...


class ToolCaller(Protocol):
    """Calls a tool of the gateway's, once, and gives what it answered, or a sentence on why it did not."""

    async def call(self, tool: ServedTool, call: ToolCall) -> str: ...


@dataclass(slots=True)
class Engine:
    """Answers requests under assistants. `keep` is told of every trace before the answer goes out; `call` carries out the gateway's own tools."""

    assistants: Mapping[str, Assistant]
    keep: Keep
    call: ToolCaller
    now: Callable[[], float] = time.time
    runners: Runners = field(default_factory=Runners)

    def assistant(self, name: str) -> Assistant:
        """The assistant of a name.

        Raises:
            Refused: there is none.
        """
        found = self.assistants.get(name)
        if found is None:
            raise Refused(404, f"There is no model {name!r}; see /v1/models.", param="model", code="model_not_found")
        return found

    async def ready(self, assistant: Assistant, asked: ChatRequest) -> tuple[ChatRequest, Runner]:
        """The request with the assistant's tools beside its own, and the runner that answers it.

        Raises:
            Refused: a tool has two meanings, a schema cannot be used, or the system message is no document.
        """
        asked = _with_tools(assistant, asked)
        return asked, await self.runners.of(assistant, asked)

    async def answer(
        self,
        assistant: Assistant,
        asked: ChatRequest,
        *,
        owner: str = "",
        ended: Callable[[], str] = lambda: "",
        runner: Runner | None = None,
    ) -> Answered:
        """The request's n answers, each corrected.

        `ended` is asked between the steps of a run: what it says, if anything, is why no more be tried. `runner`: what `ready` gave, with its request.

        Raises:
            Refused: no model gave an answer; or none was good enough and the assistant says that this is an error; or a trace cannot be kept.
        """
        if runner is None:
            asked, runner = await self.ready(assistant, asked)
        tagged = tags(assistant, runner, owner)
        runs = [self._choice(assistant, runner, asked, number, tagged, ended) for number in range(asked.n)]
        choices = [await runs[0]] if len(runs) == 1 else list(await asyncio.gather(*runs))
        answered = Answered(head=Opening.of(asked.model, self.now()), choices=tuple(choices))
        failed = next((c.last for c in choices if c.last.delivered is None and c.last.error), None)
        if failed is not None:
            raise of_failure(failed)
        if assistant.unmet == "error" and any(c.unmet for c in choices):
            raise Refused(
                422,
                "No answer was good enough, and this assistant withholds what is not.",
                code="not_met",
                more={"lightwing": report(answered)},
            )
        return answered

    async def _choice(
        self,
        assistant: Assistant,
        runner: Runner,
        asked: ChatRequest,
        number: int,
        tagged: Mapping[str, str],
        ended: Callable[[], str],
    ) -> Choice:
        sampling = _sampling(assistant.sampling, asked.sampling, number)
        own = {served.tool.name: served for served in assistant.tools}
        case, traces = replace(asked.case, id=f"{number + 1}" if asked.n > 1 else ""), list[Trace]()
        for _ in range(_MOST_ROUNDS):
            try:
                trace = await runner.run(case, sampling=sampling, ended=ended)
            except asyncio.CancelledError:  # what was begun is told of, also where there was no time for its end
                cut = runner.ended(runner.begun(case), Abstain(best=None, reason=CUT_OFF), self.now())
                await asyncio.shield(self.kept(replace(cut, error=CUT_OFF, metadata=dict(tagged))))
                raise
            traces.append(await self.kept(replace(trace, metadata={**trace.metadata, **tagged})))
            accepted = trace.status in (Status.VERIFIED, Status.CHECKED)
            if not accepted or not any(c.name in own for c in trace.tool_calls):
                break
            case = case.with_messages(*await self._carried_out(traces[-1], own))
        named = assistant.spec is not None
        return Choice(answer=_told(assistant, traces[-1]), spec=runner.bound.spec, traces=tuple(traces), named=named)

    async def stream(
        self,
        assistant: Assistant,
        asked: ChatRequest,
        *,
        owner: str = "",
        ended: Callable[[], str] = lambda: "",
        runner: Runner | None = None,
    ) -> AsyncIterator[Delta | Answered]:
        """The first model's answer while it is written, for as long as no clause must fail; then all that is known of it. Nothing is corrected."""
        if runner is None:
            asked, runner = await self.ready(assistant, asked)
        tagged = tags(assistant, runner, owner)
        sampling = _sampling(assistant.sampling, asked.sampling, 0)
        async for piece in stream(runner, asked.case, sampling=sampling, ended=ended):
            if isinstance(piece, Delta):
                yield piece
                continue
            trace = await self.kept(replace(piece, metadata={**piece.metadata, **tagged, "streamed": "optimistic"}))
            if trace.delivered is None:
                raise of_failure(trace)
            answer = trace.candidate(trace.delivered).answer
            choice = Choice(answer=answer, spec=runner.bound.spec, traces=(trace,))
            yield Answered(head=Opening.of(asked.model, self.now()), choices=(choice,))

    async def _carried_out(self, trace: Trace, own: Mapping[str, ServedTool]) -> Sequence[Message]:
        """The accepted turn, and what the gateway's tools answered. Calls of the caller's tools beside them are put off."""
        calls = trace.tool_calls

        async def result(call: ToolCall) -> Message:
            said = await self.call.call(own[call.name], call) if call.name in own else _LATER
            return Message(role="tool", content=said, tool_call_id=call.id)

        turn = Message(role="assistant", content=trace.answer, tool_calls=calls)
        return (turn, *await asyncio.gather(*(result(call) for call in calls)))

    async def kept(self, trace: Trace) -> Trace:
        """The trace with its id, once it is safe.

        Raises:
            Refused: it cannot be kept.
        """
        trace = identified(trace)
        try:
            await self.keep.keep(trace)
        except StoreError as error:
            raise Refused(
                503, f"The trace cannot be kept, so nothing is delivered: {error}", code="store", wait=5.0
            ) from None
        return trace


def tags(assistant: Assistant, runner: Runner, owner: str) -> Mapping[str, str]:
    """What every trace of a request says of where it came from: the assistant, the id of the document's spec (the trace's own has the request's wishes in it), the
    id that its caller was told, and `owner`, the id of its key."""
    request = request_id.get()
    return {
        **assistant.tagged,
        "assistant": assistant.name,
        "document": runner.base,
        **({"request": request} if request else {}),
        **({"owner": owner} if owner else {}),
    }


def _with_tools(assistant: Assistant, asked: ChatRequest) -> ChatRequest:
    """The request with the assistant's tools beside its own."""
    more = (*(served.tool for served in assistant.tools), *assistant.offered)
    if not more:
        return asked
    named = {tool.name for tool in asked.case.tools}
    twice = next((tool.name for tool in more if tool.name in named), None)
    if twice is not None:
        raise Refused(400, f"The assistant has a tool {twice!r} of its own.", param="tools")
    tools = (*asked.case.tools, *more)
    clauses = (*(c for c in asked.clauses if not c.id.startswith("tool")), *argument_clauses(tools))
    return replace(asked, case=replace(asked.case, tools=tools), clauses=clauses)


def _sampling(usual: Sampling, asked: Sampling, number: int) -> Sampling:
    """The request's settings before the assistant's; the choices of one request get seeds of their own. No answer is longer than the assistant allows."""
    lengths = [most for most in (usual.max_tokens, asked.max_tokens) if most is not None]
    return Sampling(
        temperature=usual.temperature if asked.temperature is None else asked.temperature,
        top_p=usual.top_p if asked.top_p is None else asked.top_p,
        max_tokens=min(lengths) if lengths else None,
        stop=asked.stop or usual.stop,
        seed=None if asked.seed is None else asked.seed + number,
        extra={**usual.extra, **asked.extra},
    )


def _told(assistant: Assistant, trace: Trace) -> Answer:
    met = trace.status in (Status.VERIFIED, Status.CHECKED)
    if not met and assistant.unmet == "text":
        return Answer(text=assistant.unmet_text)
    return Answer() if trace.delivered is None else trace.candidate(trace.delivered).answer
