"""Parts of an answer that can be taken from another answer: its title, and its sections, paragraphs or list items.

A clause that is read on a part (docs/clause-kinds.md, Scope) does not care where the part comes from. So where one answer has a bad second paragraph
and another a good one, an answer with both good is made without a call. Clauses that read the whole answer may turn out otherwise: the result is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lightwing.checks.scope import ScopedCheck
from lightwing.checks.segments import Scope, segments
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Span, Spec
from lightwing.core.decision import REST
from lightwing.core.outcome import Outcome, Verdict
from lightwing.core.protocols import Check

__all__ = ["Layout"]

_NUMBERED = ("section", "paragraph", "item", "bullet")
"""Kinds of which an answer has several in a row, the coarser first. A layout cuts by one of them: the one that most clauses speak of."""
_DECIDED = (Verdict.PASS, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Layout:
    """How answers to one spec fall into parts. `checks`: the clauses that are read part by part. Parts are called `paragraph:2`, `section:Summary`, `title`."""

    kind: str
    checks: Mapping[str, ScopedCheck]

    @classmethod
    def of(cls, spec: Spec, checks: Mapping[str, Check]) -> Layout | None:
        """The layout in which most exact clauses are read part by part; None where none is."""
        scoped = {c.id: check for c in spec.clauses if c.exact and isinstance(check := checks.get(c.id), ScopedCheck)}
        counts = {
            kind: sum(check.scope.kind == kind for check in scoped.values()) for kind in (*_NUMBERED, "section_named")
        }
        kind = max(counts, key=lambda name: counts[name])
        if not counts[kind]:
            kind = ""
        chosen = {id: check for id, check in scoped.items() if check.scope.kind in (kind, "title")}
        return cls(kind, chosen) if chosen else None

    def cut(self, text: str) -> dict[str, Span]:
        """The parts of a text, disjoint; one that would overlap an earlier one is left out."""
        found: dict[str, Span] = {}
        for name, span in self._named(text):
            if span.start < span.end and all(span.end <= s.start or s.end <= span.start for s in found.values()):
                found[name] = span
        return found

    def verdicts(self, case: Case, answer: Answer, outcomes: Mapping[str, Outcome]) -> dict[str, dict[str, Verdict]]:
        """By clause, what each part that it speaks of comes to. A clause that does not hold here, or asks for a part that is not there, has none."""
        parts = self.cut(answer.text)
        found: dict[str, dict[str, Verdict]] = {}
        for id, check in self.checks.items():
            if outcomes[id].verdict not in _DECIDED:
                continue
            spoken = [name for name in self._spoken(check.scope, parts) if name in parts]
            read = {
                name: check.check.read(case, replace(answer, text=parts[name].cut(answer.text))).verdict
                for name in spoken
            }
            if read and (Verdict.FAIL in read.values()) == (outcomes[id].verdict is Verdict.FAIL):
                found[id] = read
        return found

    def join(self, sources: Mapping[str, Answer]) -> Answer:
        """The answer of `sources[REST]` with the other named parts taken from theirs. Every source has the part that it is named for, and so has `REST`."""
        base = sources[REST]
        parts, text = self.cut(base.text), base.text
        for name in sorted(sources.keys() - {REST}, key=lambda name: parts[name].start, reverse=True):
            other = sources[name].text
            text = text[: parts[name].start] + self.cut(other)[name].cut(other) + text[parts[name].end :]
        return replace(base, text=text)

    def _named(self, text: str) -> Iterator[tuple[str, Span]]:
        some = next(iter(self.checks.values())).scope
        if any(check.scope.kind == "title" for check in self.checks.values()):
            yield from (("title", span) for span in segments(text, replace(some, kind="title"))[:1])
        if self.kind == "section_named":
            for name in sorted({check.scope.name for check in self.checks.values() if check.scope.kind == self.kind}):
                yield from (
                    (f"section:{name}", span) for span in segments(text, replace(some, kind=self.kind, name=name))[:1]
                )
        elif self.kind:
            for number, span in enumerate(segments(text, replace(some, kind=self.kind)), 1):
                yield f"{self.kind}:{number}", span

    def _spoken(self, scope: Scope, parts: Mapping[str, Span]) -> list[str]:
        """The parts that a scope looks at."""
        if scope.kind == "title":
            return ["title"]
        if scope.kind == "section_named":
            return [f"section:{scope.name}"]
        numbered = [name for name in parts if name != "title"]
        if scope.index is None:
            return numbered
        at = scope.index if scope.index > 0 else len(numbered) + 1 + scope.index
        return [f"{self.kind}:{at}"]
