"""Clauses and specs: an instruction document, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lightwing.core.ids import strong_id

__all__ = [
    "SCHEMA",
    "ANSWER",
    "CheckCall",
    "Clause",
    "Conflict",
    "DocumentRef",
    "Precedence",
    "Span",
    "Spec",
    "Trigger",
]

SCHEMA = 1
"""Version of the spec file's schema. A file of a newer schema is refused, an older one is read."""

ANSWER = "answer"
"""The scope that means: read the whole answer."""

Force = Literal["must", "should", "may"]
State = Literal["every_turn", "first_turn", "once", "last_turn"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters [start, end) of the document, counted in Unicode code points."""

    start: int
    end: int

    def cut(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """When a clause holds. `when` is the condition in the document's words.

    `pattern` (RE2, read on the user's last message) or `tool` (that tool was called in the conversation) let code decide it, else a judge must.
    """

    when: str
    pattern: str | None = None
    tool: str | None = None

    @property
    def decidable(self) -> bool:
        """True where code can tell whether the condition holds."""
        return self.pattern is not None or self.tool is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCall:
    """A check by name with its arguments, as `docs/clause-kinds.md` lists them."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """This clause yields to, or wins over, the clause `other`."""

    other: str
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One obligation. `check` is None for a judged clause: no code can decide it.

    `scope` is a word of `docs/clause-kinds.md` ("answer", "each_paragraph", "paragraph:2" …). `trigger` None means always. `exceptions` are conditions
    under which it does not hold. `after` names the clause that must be done before (order of steps). `allow_fix=False` forbids a deterministic fix.
    """

    id: str
    text: str
    span: Span | None = None
    check: CheckCall | None = None
    scope: str = ANSWER
    force: Force = "must"
    trigger: Trigger | None = None
    exceptions: tuple[Trigger, ...] = ()
    precedence: tuple[Precedence, ...] = ()
    after: str | None = None
    state: State = "every_turn"
    weight: float = 1.0
    allow_fix: bool = True
    note: str = ""

    @property
    def exact(self) -> bool:
        """True where code decides the clause wholly: it has a check, and code can tell whether its trigger and its exceptions hold.

        A clause with a check under a condition that only a reader can decide is judged, but its check still helps: PASS is PASS either way.
        """
        conditions = self.exceptions if self.trigger is None else (self.trigger, *self.exceptions)
        return self.check is not None and all(c.decidable for c in conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Clauses that no answer can satisfy together, and why."""

    clauses: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRef:
    """Which document a spec was compiled from."""

    name: str
    sha256: str
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A compiled instruction document. `background` are the spans that oblige to nothing; `compiler` says which front end made it, `notes` what it
    wants a person to know (clauses it refused, and why)."""

    clauses: tuple[Clause, ...]
    language: str = "en"
    document: DocumentRef | None = None
    instruction: str = ""
    background: tuple[Span, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    compiler: str = "offline"
    notes: tuple[str, ...] = ()
    schema: int = SCHEMA
    _id: str = field(default="", init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Strong id of what the spec demands and of what a model is told; not of spans, notes or background."""
        if not self._id:
            object.__setattr__(self, "_id", self._reckoned())
        return self._id

    def _reckoned(self) -> str:
        return strong_id(
            {
                "schema": self.schema,
                "language": self.language,
                "instruction": self.instruction,
                "clauses": [
                    {
                        "id": c.id,
                        "text": c.text,
                        "check": None if c.check is None else [c.check.name, dict(c.check.args)],
                        "scope": c.scope,
                        "force": c.force,
                        "trigger": None if c.trigger is None else [c.trigger.when, c.trigger.pattern, c.trigger.tool],
                        "exceptions": [[t.when, t.pattern, t.tool] for t in c.exceptions],
                        "precedence": [[p.other, p.wins] for p in c.precedence],
                        "after": c.after,
                        "state": c.state,
                        "weight": c.weight,
                        "allow_fix": c.allow_fix,
                    }
                    for c in self.clauses
                ],
            }
        )

    @property
    def exact(self) -> tuple[Clause, ...]:
        return tuple(c for c in self.clauses if c.exact)

    @property
    def judged(self) -> tuple[Clause, ...]:
        return tuple(c for c in self.clauses if not c.exact)

    def clause(self, id: str) -> Clause:
        """The clause of this id; KeyError if there is none."""
        for clause in self.clauses:
            if clause.id == id:
                return clause
        raise KeyError(id)
