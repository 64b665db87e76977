"""An answer that is shown while it is written: not corrected, but stopped as soon as it breaks a rule that no continuation can mend."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Sampling, ToolCall
from lightwing.core.decision import Abstain, Accept, Resample
from lightwing.core.errors import ModelError, ModelTimeout
from lightwing.core.trace import Trace
from lightwing.run.asking import Reply, estimated, failed, joined, opening
from lightwing.run.loop import Runner, too_dear

__all__ = ["stream"]

_LOOK = 48
_GROWTH = 1.08
"""The text is read after 48 characters and each time it has grown by 8 %, so that all readings together cost as much as about 13 of the whole text."""


async def stream(
    runner: Runner, case: Case, *, sampling: Sampling | None = None, ended: Callable[[], str] = lambda: ""
) -> AsyncIterator[Delta | Trace]:
    """The first rung's answer in pieces, then its trace.

    A piece is given only after all text up to its end was read: nothing is shown that had to fail when it was written. What only shows at the end (too few
    words, a missing ending) cannot be taken back: the trace says `not_met` then. A stream that is stopped ends with a Delta that finishes with "cut".
    """
    run = runner.begun(case, sampling)
    started, model, shown = runner.now(), runner.models[0], 0
    asked = opening(case, runner.bound.spec.instruction)
    reply, why = Reply(), ""
    if run.affordable(asked, model) == 0:
        reply = too_dear(model)
    else:
        writing = _Writing(runner, case)
        own = run.sampling_of_call()
        try:
            async with asyncio.timeout(run.ledger.left.seconds):
                async with contextlib.aclosing(model.stream(asked, n=1, sampling=own)) as deltas:  # type: ignore[type-var]
                    async for delta in deltas:
                        writing.take(delta)
                        why = ended()
                        if why or writing.doomed():
                            writing.finish = "cut"
                            break
                        if writing.sure > shown:
                            yield Delta(text=writing.text[shown : writing.sure])
                            shown = writing.sure
            cost = writing.cost or estimated(model, asked, writing.text)
            candidate = Candidate(answer=writing.answer, origin=Origin(model=model.name, seed=own.seed), cost=cost)
            reply = Reply(candidates=(candidate,))
        except TimeoutError:
            reply = failed(ModelTimeout("The time budget of the case ran out during a call.", where=model.name))
        except ModelError as error:
            reply = failed(error)
    run.take(Resample(rung=0, cut=True), reply, rung=0)
    if not reply.candidates:
        yield runner.ended(run, Abstain(best=None, reason="No model answered."), started)
        return
    id, answer = run.session.candidates[-1].id, reply.candidates[0].answer
    syndrome = runner.bound.binding(run.session.syndromes[id])
    if answer.finish == "cut":
        yield Delta(finish="cut")
    elif shown < len(answer.text):
        yield Delta(text=answer.text[shown:])
    broken = "; ".join(f"{c}: {syndrome.outcomes[c].reason}" for c in syndrome.failed)
    met = answer.finish != "cut" and not syndrome.failed
    stopped = f"Stopped: {why or broken}" if answer.finish == "cut" else broken
    yield runner.ended(run, Accept(candidate=id) if met else Abstain(best=id, reason=stopped), started)


@dataclass(slots=True)
class _Writing:
    """An answer under way. `sure`: so many characters have been read and nothing in them must fail."""

    runner: Runner
    case: Case
    text: str = ""
    finish: str = "stop"
    cost: Cost | None = None
    sure: int = 0
    _calls: dict[str, ToolCall] = field(default_factory=dict)
    _look_at: float = _LOOK
    _ended: bool = False

    def take(self, delta: Delta) -> None:
        self.text += delta.text
        if delta.tool_call is not None:
            known = self._calls.get(delta.tool_call.id)
            self._calls[delta.tool_call.id] = delta.tool_call if known is None else joined(known, delta.tool_call)
        self.finish, self.cost = delta.finish or self.finish, delta.cost or self.cost
        self._ended = delta.finish is not None

    def doomed(self) -> bool:
        """Whether a rule is broken that no continuation can mend. Fixes do not count: what was shown cannot be changed."""
        if not self._ended and len(self.text) < self._look_at:
            return False
        bound = self.runner.bound
        if bound.binding(bound.read(self.case, self.answer, complete=False)).failed:
            return True
        self.sure, self._look_at = len(self.text), len(self.text) * _GROWTH
        return False

    @property
    def answer(self) -> Answer:
        return Answer(text=self.text, tool_calls=tuple(self._calls.values()), finish=self.finish)  # type: ignore[arg-type]
