"""One case under way: what has been tried, what was read, and the evidence made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lightwing.core.case import Answer, Candidate, Case, OriginKind
from lightwing.core.decision import Budget, CandidateEvidence, Evidence, Rung
from lightwing.core.outcome import Outcome, Reading, Status, Syndrome, Verdict, unknown
from lightwing.core.trace import Event
from lightwing.spec.bind import BoundSpec

__all__ = ["Session"]


@dataclass(slots=True)
class Session:
    """Mutable, private to one case; everything it hands out is frozen."""

    case: Case
    bound: BoundSpec
    fixes: bool
    candidates: list[Candidate] = field(default_factory=list)
    syndromes: dict[str, Syndrome] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    dead: dict[int, str] = field(default_factory=dict)
    _evidence: list[CandidateEvidence] = field(default_factory=list)
    _mended: dict[str, Answer] = field(default_factory=dict)
    _repaired: list[tuple[str, tuple[str, ...], int]] = field(default_factory=list)

    def add(
        self, candidate: Candidate, *, how: OriginKind, rung: int, parent: str | None = None, named: Sequence[str] = ()
    ) -> str:
        """Takes a candidate in, reads it, works out what its fixes would do; gives its id."""
        id = f"a{len(self.candidates) + 1}"
        candidate = replace(candidate, id=id, origin=replace(candidate.origin, how=how, rung=rung, parent=parent))
        answer = candidate.answer
        syndrome = self.bound.read(self.case, answer)
        complete = (
            answer.finish in ("stop", "tool_calls")
            and bool(answer.text.strip() or answer.tool_calls)
            and answer.broken_call is None
        )
        twin = next((c.id for c in self.candidates if _same(c.answer, answer)), None)
        fixable, fixed = self._after_fixes(id, answer, syndrome)
        layout = self.bound.layout
        self.candidates.append(candidate)
        self.syndromes[id] = syndrome
        self._evidence.append(
            CandidateEvidence(
                id=id,
                how=how,
                parent=parent,
                rung=rung,
                model=candidate.origin.model,
                cost=candidate.cost,
                outcomes=_verdicts(syndrome),
                segments=layout.verdicts(self.case, answer, syndrome.outcomes) if layout and complete else {},
                fixable=fixable,
                fixed=fixed,
                same_as=twin,
                complete=complete,
            )
        )
        if how == "repaired" and parent is not None:
            self._repaired.append((parent, tuple(named), rung))
        return id

    def mended(self, id: str) -> Answer | None:
        """The answer that this candidate's fixes lead to; None where there is none."""
        return self._mended.get(id)

    def recombined(self, segments: Mapping[str, str]) -> Answer:
        """The answer made of these segments of these candidates."""
        answers = {c.id: c.answer for c in self.candidates}
        assert self.bound.layout is not None, "the evidence showed segments"
        return self.bound.layout.join({name: answers[id] for name, id in segments.items()})

    def take_readings(self, id: str, readings: Sequence[Reading]) -> None:
        """Adds a judge's readings: the latest that says something counts.

        What code decides alone is not the judge's. Where code finds a clause not met and only its condition is open, the judge decides the condition, not the check: its PASS leaves the clause UNKNOWN.
        """
        syndrome = self.syndromes[id]
        outcomes = dict(syndrome.outcomes)
        for reading in readings:
            if reading.clause not in outcomes or reading.outcome.verdict is Verdict.UNKNOWN:
                continue
            if reading.outcome.verdict is Verdict.PASS and reading.clause in self.bound.checks:
                continue
            if self.bound.spec.clause(reading.clause).exact:
                continue
            outcomes[reading.clause] = reading.outcome
        read = Syndrome(outcomes=outcomes, readings=(*syndrome.readings, *_numbered(syndrome, readings)))
        self.syndromes[id] = read
        at = next(i for i, c in enumerate(self._evidence) if c.id == id)
        self._evidence[at] = replace(self._evidence[at], outcomes=_verdicts(read), readings=read.readings)

    def copy(self) -> Session:
        """One to try readings on: what it takes in does not change this one."""
        return replace(self, syndromes=dict(self.syndromes), _evidence=list(self._evidence))

    def note_readings(self, id: str, readings: Sequence[Reading]) -> None:
        """Keeps readings that came after the decision: no outcome is changed by them."""
        syndrome = self.syndromes[id]
        self.syndromes[id] = replace(syndrome, readings=(*syndrome.readings, *_numbered(syndrome, readings)))

    def outweigh(self, id: str) -> None:
        """The decoder takes this answer as met although a reading says that a judged clause is not: another reading weighed more.

        Such a clause is met where some reading says so; where none does, or code finds it broken and only its condition is open, it stays unread.
        """
        syndrome = self.syndromes[id]
        outcomes = dict(syndrome.outcomes)
        for clause in self.bound.binding(syndrome).failed:
            if self.bound.spec.clause(clause).exact:
                continue
            readings = [r.outcome.verdict for r in syndrome.readings if r.clause == clause]
            passes = readings.count(Verdict.PASS)
            said = f"{passes} of {len(readings)} readings say that it is met; weighed by what the judges are worth, it is taken as met."
            met = passes > 0 and clause not in self.bound.checks
            outcomes[clause] = Outcome(verdict=Verdict.PASS, reason=said) if met else unknown(said)
        self.syndromes[id] = replace(syndrome, outcomes=outcomes)

    def evidence(self, *, rungs: tuple[Rung, ...], judges: tuple[str, ...], left: Budget) -> Evidence:
        return Evidence(
            candidates=tuple(self._evidence),
            repaired=tuple(self._repaired),
            rungs=rungs,
            judges=judges,
            left=left,
            dead_rungs=tuple(sorted(self.dead)),
        )

    def record(self, event: Event) -> None:
        self.events.append(event)

    def status(self, delivered: str | None, *, accepted: bool) -> Status:
        """The status of DESIGN: an accepted answer is verified when nothing is unknown; one given back is not met when something failed.

        A decoder cannot accept what is known to be wrong: then the answer counts as given back."""
        if delivered is None:
            return Status.ABSTAINED
        syndrome = self.bound.binding(self.syndromes[delivered])
        complete = next(e.complete for e in self._evidence if e.id == delivered)
        undecided = any(self.bound.spec.clause(id).exact for id in syndrome.unknown)
        if accepted and complete and not syndrome.failed and not undecided:
            return Status.VERIFIED if syndrome.met else Status.CHECKED
        return Status.NOT_MET if syndrome.failed or not complete else Status.ABSTAINED

    def _after_fixes(self, id: str, answer: Answer, syndrome: Syndrome) -> tuple[tuple[str, ...], dict[str, Verdict]]:
        failed = self.bound.binding(syndrome).failed
        if not self.fixes or not failed:
            return (), {}
        mended = self.bound.fix(self.case, answer, failed)
        if mended is None or _same(mended, answer):
            return (), {}
        after: dict[str, Outcome] = dict(self.bound.read(self.case, mended).outcomes)
        self._mended[id] = mended
        fixable = tuple(c for c in failed if after[c].ok)
        return (fixable, {c: o.verdict for c, o in after.items()}) if fixable else ((), {})


def _numbered(syndrome: Syndrome, readings: Sequence[Reading]) -> list[Reading]:
    """The readings, each with how often its judge has read its clause before."""
    return [
        replace(r, repeat=sum(1 for old in syndrome.readings if (old.clause, old.judge) == (r.clause, r.judge)))
        for r in readings
    ]


def _verdicts(syndrome: Syndrome) -> dict[str, Verdict]:
    return {clause: outcome.verdict for clause, outcome in syndrome.outcomes.items()}


def _same(one: Answer, other: Answer) -> bool:
    return one.text == other.text and [(c.name, c.arguments) for c in one.tool_calls] == [
        (c.name, c.arguments) for c in other.tool_calls
    ]
