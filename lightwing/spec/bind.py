"""Binding: a spec's clauses joined to the checks that read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import re2  # type: ignore[import-untyped]

from lightwing.checks import build
from lightwing.checks.base import Profile
from lightwing.checks.patterns import refusal
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Clause, Spec, Trigger
from lightwing.core.errors import BadArguments, SpecError
from lightwing.core.outcome import SKIP, Outcome, Syndrome, Verdict, unknown
from lightwing.core.protocols import Check, Fixable
from lightwing.spec.conflicts import clash
from lightwing.spec.parts import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BoundSpec", "bind"]

_UNREAD = unknown("Only a judge can read this clause.")


@dataclass(frozen=True, slots=True)
class BoundSpec:
    """A spec that can be read on answers. Make one with `bind`."""

    spec: Spec
    checks: Mapping[str, Check]
    patterns: Mapping[str, object]
    winners: Mapping[str, tuple[Clause, ...]]
    layout: Layout | None = None

    def read(self, case: Case, answer: Answer, *, complete: bool = True) -> Syndrome:
        """The outcomes of all clauses on one answer; judged ones are UNKNOWN.

        A clause whose trigger code can decide is SKIP where it does not hold. Under a condition that only a reader can decide, PASS stays PASS (the
        clause holds either way) and FAIL becomes UNKNOWN. A clause that contradicts one with precedence over it is SKIP while that one applies.
        """
        return Syndrome(outcomes={c.id: self._outcome(c, case, answer, complete) for c in self.spec.clauses})

    def fix(self, case: Case, answer: Answer, clauses: Iterable[str]) -> Answer | None:
        """The answer after the deterministic fixes of these clauses, or None where none of them has one that applies."""
        mended, wanted = answer, set(clauses)
        for clause in self.spec.clauses:
            check = self.checks.get(clause.id)
            if clause.id in wanted and clause.allow_fix and isinstance(check, Fixable):
                mended = check.fix(case, mended) or mended
        return None if mended is answer else mended

    def binding(self, syndrome: Syndrome) -> Syndrome:
        """The syndrome without permissions (clauses of force "may"), which cannot fail."""
        may = {c.id for c in self.spec.clauses if c.force == "may"}
        if not may:
            return syndrome
        return Syndrome(outcomes={id: o for id, o in syndrome.outcomes.items() if id not in may})

    def judged(self, ids: Sequence[str]) -> tuple[Clause, ...]:
        """The clauses of these ids, in the spec's order."""
        wanted = set(ids)
        return tuple(c for c in self.spec.clauses if c.id in wanted)

    def _outcome(self, clause: Clause, case: Case, answer: Answer, complete: bool) -> Outcome:
        applies, undecided = self._applies(clause, case, answer)
        if not applies:
            return SKIP
        for winner in self.winners.get(clause.id, ()):
            wins, maybe = self._applies(winner, case, answer)
            if wins and not maybe:
                return SKIP
            undecided = undecided or maybe
        check = self.checks.get(clause.id)
        if check is None:
            return _UNREAD
        if answer.tool_calls and not answer.text.strip() and not getattr(check, "reads_conversation", False):
            return SKIP  # a turn that only calls tools is no answer yet: there is no text to hold to a rule on texts
        outcome = check.read(case, answer, complete=complete)
        if outcome.verdict is not Verdict.FAIL:
            return outcome
        if clause.state == "once" and self._done_before(check, case):
            return SKIP
        if undecided:
            return Outcome(
                verdict=Verdict.UNKNOWN,
                reason=f"Not met; whether it applies ({undecided}) needs a judge. {outcome.reason}",
            )
        if clause.state == "last_turn":
            return Outcome(
                verdict=Verdict.UNKNOWN,
                reason=f"Not met; whether this is the last turn cannot be told. {outcome.reason}",
            )
        return outcome

    def _applies(self, clause: Clause, case: Case, answer: Answer) -> tuple[bool, str]:
        """Whether the clause may hold here, and the condition (in words) on which that hangs where no code can decide it."""
        turns = sum(1 for m in case.messages if m.role == "assistant" and m.content)
        if clause.state == "first_turn" and turns > 0:
            return False, ""
        undecided = ""
        for condition, wanted in ((clause.trigger, True), *((e, False) for e in clause.exceptions)):
            if condition is None:
                continue
            holds = self._holds(condition, case, answer)
            if holds is None:
                undecided = condition.when if wanted else f"unless {condition.when}"
            elif holds is not wanted:
                return False, ""
        return True, undecided

    def _holds(self, condition: Trigger, case: Case, answer: Answer) -> bool | None:
        if condition.pattern is not None:
            asked = next((m.content for m in reversed(case.messages) if m.role == "user"), "")
            return bool(self.patterns[condition.pattern].search(asked))  # type: ignore[attr-defined]
        if condition.tool is not None:
            called = [c.name for m in case.messages for c in m.tool_calls] + [c.name for c in answer.tool_calls]
            return condition.tool in called
        return None

    @staticmethod
    def _done_before(check: Check, case: Case) -> bool:
        return any(
            check.read(case, Answer(text=m.content)).verdict is Verdict.PASS
            for m in case.messages
            if m.role == "assistant" and m.content
        )


def bind(spec: Spec, *, profile: Profile = "default") -> BoundSpec:
    """Builds the check of every clause that has one.

    Raises UnknownCheck or BadArguments with the clause's id in `where`.
    """
    checks, patterns = {}, {}
    for clause in spec.clauses:
        where = f"clause {clause.id}"
        for condition in (clause.trigger, *clause.exceptions):
            if condition is not None and condition.pattern is not None:
                patterns[condition.pattern] = _pattern(condition.pattern, where=where)
        if clause.check is not None:
            try:
                checks[clause.id] = build(clause.check, scope=clause.scope, language=spec.language, profile=profile)
            except SpecError as error:
                raise type(error)(error.what, where=where, hint=error.hint) from error
    return BoundSpec(spec, checks, patterns, _winners(spec), Layout.of(spec, checks))


def _winners(spec: Spec) -> dict[str, tuple[Clause, ...]]:
    """For each clause the clauses that win over it and that no answer satisfies together with it."""
    by_id = {c.id: c for c in spec.clauses}
    found = {}
    for clause in spec.clauses:
        over = [by_id[p.other] for p in clause.precedence if not p.wins and p.other in by_id]
        if clashing := tuple(w for w in over if clash(clause, w) is not None):
            found[clause.id] = clashing
    return found


def _pattern(pattern: str, *, where: str) -> object:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadArguments(
            f"RE2 refuses the trigger's pattern {pattern!r}: {refusal(error)}.",
            where=where,
            hint="Write it in RE2 syntax, without look-around or back-references.",
        ) from error
