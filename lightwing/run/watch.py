"""Some deliveries are read again: does the error model still say the truth of them? Where a drift watch says no, the level becomes stricter.

An answer that was accepted with P(wrong) = m is read again by the judges, what fails up to four times; then the decoder says its P(wrong) once more: x. As long as
things are as the error model has them, x is m on average, whatever the readings say and whenever they stop; where lapses or judges have become worse, it is more. The watch
(`lab.drift.Drift`, handed in) bets on that. Readings come after the decision and change nothing of it. What no reading shows, it cannot see: a judge that is blind now,
or that always says the same. Only labels show that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lightwing.core.case import Case, Cost
from lightwing.core.decision import Accept, Action, Reread, Target
from lightwing.core.outcome import Reading, Verdict
from lightwing.core.protocols import CompiledDecoder, DriftWatch, Reckoning
from lightwing.core.risk import Certificate
from lightwing.core.streams import python_random
from lightwing.core.trace import Trace

if TYPE_CHECKING:
    from lightwing.run.loop import _Run

__all__ = ["MOST_READINGS", "SHARE", "Again", "Guard", "Held", "LateReading", "read_again"]

SHARE = 0.2
"""Of what is delivered, so much is read again: about a fiftieth of the price. Which cases, their content says."""

MOST_READINGS = 4
"""A delivery is read again so often at most; once where nothing fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What deliveries are held to now."""

    target: Target
    compiled: CompiledDecoder
    certificate: Certificate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReading:
    """One reading of an answer that was accepted already."""

    action: Reread
    readings: Sequence[Reading]
    cost: Cost
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What was read again: P(wrong) `before` and `after`; None where no reading said anything."""

    readings: tuple[LateReading, ...]
    before: float
    after: float | None


class Guard:
    """Tells the watch of deliveries, and makes the level stricter where it warns. `told` hears of a warning in words; `warnings` counts them, `again` what was read again."""

    def __init__(self, held: Held, watch: DriftWatch | None, compiled: Callable[[Target], CompiledDecoder]) -> None:
        self.held, self.watch, self._first = held, watch, held
        self.told: Callable[[str], None] = lambda text: None
        self.warnings = self.again = 0
        self._compiled = compiled

    def chosen(self, case: Case) -> bool:
        """Whether a case's delivery is read again; the same in every run."""
        return python_random(0, "read again", case.id, case.strong_id).random() < SHARE

    def take(self, before: float, after: float) -> str:
        """One delivery that was read again. Gives a note where the watch warns now; the level is then stricter, and certified no more."""
        target = self.held.target
        if self.watch is None or target.threshold is None:
            return ""
        self.again += 1
        self.watch.take(after, expected=before)
        if not self.watch.warns:
            return ""
        seen, level = self.watch.seen, self.watch.stricter(target.threshold)
        lost = "" if self.held.certificate is None else ", and nothing is certified any more"
        stricter = replace(target, level=level)
        self.held = Held(target=stricter, compiled=self._compiled(stricter), certificate=None)
        self.warnings += 1
        self.watch.renew()
        note = (
            f"drift: {seen} deliveries were read again, and more of them are wrong than the error model says. Answers are now delivered where P(wrong) is at most "
            f"{level:.3g} (before: {target.threshold:.3g}){lost}. Calibrate and certify anew."
        )
        self.told(note)
        return note

    def recall(self, trace: Trace) -> None:
        """Takes in what an earlier run read again."""
        match trace.metadata.get("read_again"):
            case [int() | float() as before, int() | float() as after] if 0 <= before <= 1 and 0 <= after <= 1:
                self.take(float(before), float(after))

    def metadata(self, held: Held, again: Again | None) -> Mapping[str, Any]:
        """What a trace keeps of it."""
        read = {} if again is None or again.after is None else {"read_again": [again.before, again.after]}
        strict = {} if held is self._first else {"drift": {"level": held.target.threshold}}
        return {**read, **strict}


async def read_again(run: _Run, guard: Guard, action: Action) -> Again | None:
    """Reads an accepted answer again, if its case is one of those chosen, and tells the watch. None where that is not done: nothing is left for a judge to read,
    no judge could be asked, the budget is spent."""
    compiled, bound, session = run.held.compiled, run.runner.bound, run.session
    if guard.watch is None or not isinstance(action, Accept) or action.wrong is None or run.held.target.error is None:
        return None
    if not run.runner.judges or not isinstance(compiled, Reckoning) or not guard.chosen(session.case):
        return None
    answer = next(c.answer for c in session.candidates if c.id == action.candidate)
    by_code = bound.read(session.case, answer).outcomes
    clauses = tuple(c.id for c in bound.spec.judged if c.force != "may" and by_code[c.id].verdict is Verdict.UNKNOWN)
    tried, late = session.copy(), list[LateReading]()
    times = [r.judge for r in session.syndromes[action.candidate].readings]
    judges = sorted(range(len(run.runner.judges)), key=lambda j: times.count(run.runner.judges[j].name))
    while clauses and len(late) < MOST_READINGS and not run.ledger.left.empty:
        reread = Reread(candidate=action.candidate, clauses=clauses, judge=judges[len(late) % len(judges)])
        readings, cost, notes = await run.reading(reread)
        tried.take_readings(action.candidate, readings)
        late.append(
            LateReading(action=reread, readings=readings, cost=cost, notes=("read again after delivery", *notes))
        )
        clauses = tuple(r.clause for r in readings if r.outcome.verdict is Verdict.FAIL)
    if all(r.outcome.verdict is Verdict.UNKNOWN for each in late for r in each.readings):
        return Again(readings=tuple(late), before=action.wrong, after=None) if late else None
    after = min(1.0, max(0.0, compiled.wrong(run.evidence(tried), action.candidate)))
    note = guard.take(action.wrong, after)
    if note:
        late[-1] = replace(late[-1], notes=(*late[-1].notes, note))
    return Again(readings=tuple(late), before=action.wrong, after=after)
