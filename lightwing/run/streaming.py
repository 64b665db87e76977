"""An answer that is shown while it is written: not corrected, but stopped as soon as it breaks a rule that no continuation can mend."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from lightwing.core.case import Answer, Case, Delta, Sampling
from lightwing.core.decision import Abstain, Accept, Resample
from lightwing.core.errors import ModelError, ModelTimeout
from lightwing.core.trace import Trace
from lightwing.run.asking import Reply, Written, failed, opening
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
        written, readable, own = Written(), _Shown(runner, case), run.sampling_of_call()
        try:
            async with contextlib.aclosing(model.stream(asked, n=1, sampling=own)) as deltas:  # type: ignore[type-var]
                while not written.ended:
                    async with asyncio.timeout(run.ledger.left.seconds):  # never over a yield: it would end who reads
                        delta = await anext(deltas, None)
                    if delta is None:
                        break
                    written.take(delta)
                    why = ended()
                    if why or readable.doomed(written):
                        written.finish = "cut"
                        break
                    if readable.sure > shown:
                        yield Delta(text=written.text[shown : readable.sure])
                        shown = readable.sure
            reply = Reply(candidates=(written.candidate(model, asked, own),))
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
class _Shown:
    """How much of an answer under way may be shown: all that was read, and in which nothing must fail."""

    runner: Runner
    case: Case
    sure: int = 0
    _look_at: float = _LOOK

    def doomed(self, written: Written) -> bool:
        """Whether a rule is broken that no continuation can mend. Fixes do not count: what was shown cannot be changed."""
        if not written.ended and len(written.text) < self._look_at:
            return False
        bound = self.runner.bound
        if bound.binding(bound.read(self.case, Answer(text=written.text), complete=False)).failed:
            return True
        self.sure, self._look_at = len(written.text), len(written.text) * _GROWTH
        return False
