"""What of a model's reply the document bears out: quotations found, arguments held against its words, checks proved; the rest refused or judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import re2  # type: ignore[import-untyped]

from lightwing.checks.patterns import refusal
from lightwing.core.clause import CheckCall, Clause, Precedence, Span, Trigger
from lightwing.spec.assisted.form import WireCheck, WireClause, WireCondition, WireReply
from lightwing.spec.prove import prove
from lightwing.spec.text.quotes import Quotable
from lightwing.spec.text.sentences import quoted
from lightwing.spec.text.structure import Statement

__all__ = ["ModelClauses", "overlap", "shortened"]

_LITERAL = frozenset({"words", "word", "text", "texts", "options", "names", "keys", "tool", "tools", "before"})
"""Arguments that are words of the document, whatever the check."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A clause that stands, with the reply and the number in it that it came from."""

    reply: int
    number: int
    clause: Clause
    wire: WireClause


class ModelClauses:
    """The clauses of a document as replies come in. `notes` says what was refused."""

    def __init__(self, text: str, statements: Sequence[Statement], *, language: str) -> None:
        self.notes: list[str] = []
        self._text, self._language = text, language
        self._whole = Quotable.of(text)
        self._opaque = _opaque(text, statements)
        self._kept: list[_Kept] = []
        self._taken: set[tuple[Span, str]] = set()
        self._replies = 0

    def take(self, reply: WireReply, part: Span) -> None:
        """Keeps what the piece of the document at `part` bears out."""
        piece = Quotable.of(part.cut(self._text))
        self._replies += 1
        for number, wire in enumerate(reply.clauses, 1):
            span = self._place(wire, piece, part.start)
            if span is not None:
                clause = self._clause(wire, span)
                self._kept.append(_Kept(self._replies, number, clause, wire))

    def clauses(self) -> tuple[Clause, ...]:
        """What stands, in the order of the document; where two clauses share a place, the one with a check first."""
        kept = sorted(self._kept, key=lambda k: (k.clause.span or Span(0, 0), k.clause.check is None))
        ids = {(k.reply, k.number): f"c{n}" for n, k in enumerate(kept, 1)}
        return tuple(self._joined(k, ids) for k in kept)

    def _joined(self, kept: _Kept, ids: Mapping[tuple[int, int], str]) -> Clause:
        """The clause with its id and with its references to other clauses that stand."""
        own = ids[kept.reply, kept.number]

        def named(numbers: Iterable[int]) -> list[str]:
            found = [ids.get((kept.reply, n)) for n in numbers]
            return [id for id in dict.fromkeys(found) if id is not None and id != own]

        wire = kept.wire
        return replace(
            kept.clause,
            id=own,
            after=next(iter(named([] if wire.after is None else [wire.after])), None),
            precedence=(
                *(Precedence(other=id, wins=True) for id in named(wire.wins_over)),
                *(Precedence(other=id, wins=False) for id in named(wire.yields_to)),
            ),
        )

    def _place(self, wire: WireClause, piece: Quotable, offset: int) -> Span | None:
        """Where the clause stands: the first place of its quotation that no equal clause has taken. None, with a note, where there is none."""
        what = f"{wire.check.name} {sorted(wire.check.args.items())} {wire.scope}" if wire.check else ""
        refusal = "does not occur in the document"
        for found in piece.find(wire.quote):
            span = Span(found.start + offset, found.end + offset)
            if any(a.start <= span.start and span.end <= a.end for a in self._opaque):
                refusal = "stands in a quoted passage, an example or code"
            elif (span, what) in self._taken:
                refusal = "was given twice"
            else:
                self._taken.add((span, what))
                return span
        self.notes.append(f"Refused: {shortened(wire.quote)!r} {refusal}.")
        return None

    def _clause(self, wire: WireClause, span: Span) -> Clause:
        troubles: list[str] = []
        words = " ".join(span.cut(self._text).split())
        conditions = [self._condition(c, troubles) for c in (wire.trigger, *wire.exceptions) if c is not None]
        known = [c for c in conditions if c is not None]
        lost = len(known) < len(conditions)
        trigger = known.pop(0) if wire.trigger is not None and conditions[0] is not None else None
        check = None
        if wire.check is not None and not lost:
            check = self._check(wire.check, wire.scope, words, troubles)
        return Clause(
            id="",
            text=words,
            span=span,
            check=check,
            scope=wire.scope if check is not None else "answer",
            force=wire.force,
            trigger=trigger,
            exceptions=tuple(known),
            state=wire.state,
            note=" ".join(troubles),
        )

    def _condition(self, wire: WireCondition, troubles: list[str]) -> Trigger | None:
        """The condition as far as the document has its words; a pattern or tool that cannot decide it is dropped."""
        if next(self._whole.find(wire.when), None) is None:
            troubles.append(f"Judged: its condition {shortened(wire.when)!r} does not occur in the document.")
            return None
        pattern, tool = wire.pattern, wire.tool
        if pattern is not None and (trouble := _bad_pattern(pattern)):
            troubles.append(f"The condition's pattern was dropped: {trouble}.")
            pattern = None
        if tool is not None and not self._whole.mentions(tool):
            troubles.append(f"The condition's tool was dropped: the document does not mention {shortened(tool)!r}.")
            tool = None
        return Trigger(when=wire.when.strip(), pattern=pattern, tool=tool)

    def _check(self, wire: WireCheck, scope: str, words: str, troubles: list[str]) -> CheckCall | None:
        """The check, where it exists, takes these arguments, says what the document says and passes its proof."""
        call = CheckCall(name=wire.name, args=wire.args)
        trouble = self._invented(wire.args, words)
        if not trouble:
            trouble = prove(call, scope=scope, language=self._language).why
        if trouble:
            troubles.append(f"Judged: the model named the check {shortened(wire.name)!r}. {trouble}")
            return None
        return call

    def _invented(self, args: Mapping[str, Any], words: str) -> str:
        """What in the arguments the document does not say: words that occur nowhere in it, numbers other than the clause's own."""
        for name, value in args.items():
            for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
                given = isinstance(text, str) and (self._whole.mentions(text) or (name, text) == ("before", "answer"))
                if name in _LITERAL and isinstance(text, str) and not given:
                    return f"Its argument {name} has {shortened(text)!r}, which does not occur in the document."
        stated = {int(digits) for digits in _NUMBER.findall(words) if len(digits) < 10}
        for name, value in args.items():
            if isinstance(value, int) and value > 1 and stated and not stated & {value - 1, value, value + 1}:
                return f"Its argument {name} is {value}, a number that the clause does not state."
        return ""


def overlap(a: Span | None, b: Span | None) -> bool:
    """Whether two spans share a character."""
    return a is not None and b is not None and a.start < b.end and b.start < a.end


def shortened(text: str, most: int = 80) -> str:
    """A text on one line, cut for a message."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _bad_pattern(pattern: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        empty = re2.compile(pattern, options=options).search("")
    except re2.error as error:
        return f"RE2 refuses {shortened(pattern)!r} ({refusal(error)})"
    return f"{shortened(pattern)!r} holds for every message" if empty else ""


def _opaque(text: str, statements: Sequence[Statement]) -> list[Span]:
    """Passages in which nothing obliges: code, quoted passages, and quotations within sentences. A document that is nothing else is read all the same."""
    if all(s.kind in ("code", "quote", "table") for s in statements):
        return []
    spans = [s.span for s in statements if s.kind in ("code", "quote")]
    for s in statements:
        if s.kind in ("sentence", "heading"):
            spans += [
                Span(a, b) for a, b in quoted(text, s.span.start, s.span.end) if b - a < s.span.end - s.span.start
            ]
    return spans
