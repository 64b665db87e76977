"""Which statements of a document oblige the assistant, and how strongly. The rest is background.

A statement obliges when it commands ("Never …", "Answer …"), puts a duty on the assistant ("you must", "the agent will"), states how answers are to be
("Responses should …"), says what the assistant does ("You greet the user"), or stands as an item under a rule ("Constraints: - no spoilers"). What
stands in quotes, examples or code, what the user has to do, and what the world is like, do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lightwing.core.clause import Force, Span
from lightwing.spec.duties.cues import Cues
from lightwing.spec.duties.parts import part_of_item
from lightwing.spec.duties.reading import Reader, Subject
from lightwing.spec.text.structure import Statement

__all__ = ["Duty", "Reason", "obligations"]

Reason = Literal["command", "duty", "answer", "role", "item", "label", "rule", "rank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """That a statement obliges: how strongly, by what it was recognised, and where its main clause begins (after a leading condition).

    `denied`: it stands below "Never:" or "Off limits", which forbid what it says.
    """

    force: Force
    by: Reason
    start: int
    denied: bool = False


Context = Literal["rules", "forbids", "example", "background", "others", ""]
"""What a heading or an introduction says about what stands below it; "forbids": it must not be done ("Never:"), "others": it is addressed to somebody
else ("For members")."""


def obligations(
    text: str, statements: Sequence[Statement], cues: Cues, *, measures: Callable[[Statement], bool] | None = None
) -> dict[int, Duty]:
    """Index of each obliging statement -> its duty. `measures` tells whether a statement is nothing but a measure of answers ("English only.", "Dates as
    DD/MM/YYYY."), which obliges without a verb.

    >>> from lightwing.spec.duties.cues import cues
    >>> from lightwing.spec.text.structure import structure
    >>> text = 'The shop opened in 1990. Greet the user. Users must pay first. For example: "Never smile."'
    >>> found = obligations(text, structure(text), cues("en"))
    >>> [structure(text)[i].span.cut(text) for i in found]
    ['Greet the user.']
    """
    return _Pass(text, statements, cues, measures=measures).run()


class _Pass:
    """One pass over a document; remembers whom the last statement was about."""

    def __init__(
        self,
        text: str,
        statements: Sequence[Statement],
        cues: Cues,
        *,
        measures: Callable[[Statement], bool] | None = None,
    ) -> None:
        self.text, self.statements, self.cues = text, statements, cues
        self.measures = measures
        self.reader = Reader(text, cues, statements)
        self.contexts: dict[int, Context] = {}
        self.introduced = {s.lead for s in statements if s.lead is not None}
        self.found: dict[int, Duty] = {}
        self.bare: set[int] = set()
        """Statements that could be rules by their words but are none by themselves."""

    def run(self) -> dict[int, Duty]:
        quoted_until = -1
        for i, statement in enumerate(self.statements):
            context = self._context(statement)
            quoted_until = max(quoted_until, self._quote_end(i))
            if i <= quoted_until:
                self.contexts[i] = "example"
                continue
            if i and self.contexts[i - 1] == "example" and self._goes_on(i):
                context = "example"
            duty = self._read(i, context)
            if duty is not None and not (i in self.introduced and self._only_introduces(statement)):
                self.found[i] = replace(duty, denied=context == "forbids")
            self.contexts[i] = self._opens(i, duty, context)
        return self._with_siblings()

    def _with_siblings(self) -> dict[int, Duty]:
        """The duties, with the items of lists that hold duties for the greater part: what stands beside rules in one list is a rule."""
        lists: dict[tuple[int | None, int | None, int], list[int]] = {}
        for i, s in enumerate(self.statements):
            if s.item and s.first and s.kind == "sentence":
                lists.setdefault((s.lead, s.heading, s.item), []).append(i)
        for items in lists.values():
            bare = [i for i in items if i in self.bare]
            duties = sum(i in self.found for i in items)
            if bare and duties >= max(2, len(items) / 2):
                for i in bare:
                    self.found[i] = Duty(force="must", by="item", start=self.statements[i].body.start)
        return dict(sorted(self.found.items()))

    def _context(self, statement: Statement) -> Context:
        """What the leads and the heading above say about this statement."""
        if statement.lead is not None:
            return self.contexts[statement.lead]
        if statement.heading is not None:
            return self.contexts[statement.heading]
        return ""

    def _quote_end(self, i: int) -> int:
        """Index of the statement that closes a quote which statement `i` opens and leaves open; -1 where none does soon."""
        opening = _OPEN_QUOTE.match(self.text, self.statements[i].span.start, self.statements[i].span.end)
        if opening is None or self.statements[i].kind != "sentence":
            return -1
        close = {"“": "”", "「": "」"}.get(opening[1], '"')
        if close in self.text[opening.end() : self.statements[i].span.end]:
            return -1
        for k in range(i + 1, min(i + _QUOTE_REACH, len(self.statements))):
            words = self.statements[k].span.cut(self.text)
            if self.statements[k].kind == "heading" or words.startswith(("“", "「", '"')):
                return -1
            if words.rstrip(".。!！ ").endswith(close) and words.count(close) == 1:
                return k
        return -1

    def _goes_on(self, i: int) -> bool:
        """Whether a paragraph follows the statement before it without a blank line: it belongs to the same example."""
        before, now = self.statements[i - 1], self.statements[i]
        between = self.text[before.span.end : now.span.start]
        return now.kind == "sentence" and now.item <= before.item and not re.search(r"\n[ \t]*\n", between)

    def _opens(self, i: int, duty: Duty | None, context: Context) -> Context:
        """What statement `i` says about those that it introduces."""
        statement = self.statements[i]
        words = statement.span.cut(self.text)
        if statement.kind == "heading":
            return self._heading_context(words)
        if context == "example":
            return "example"
        tail = words[-80:]
        if statement.label and self.cues.match("example").fullmatch(statement.label):
            return "example"
        if words.rstrip("*_ ").endswith((":", "：")) and self.cues.match("example").search(tail):
            return "example"
        if duty is None and self._titles(i, words):
            return self._heading_context(words)
        if (
            words.rstrip("*_ ").endswith((":", "："))
            and self._forbids(words)
            and not self.cues.match("when").search(words)
        ):
            return "forbids"
        if context == "forbids" and statement.item:
            return context
        if context != "others" and (duty is not None or self.cues.match("introduces").search(words)):
            return "rules"
        if context == "rules" and statement.item:
            return "rules"
        return context if context in ("background", "others") else ""

    def _titles(self, i: int, words: str) -> bool:
        """Whether a statement is the title of the list below it: "Use Cases:", or a short line without a stop."""
        plain = words.rstrip("*_ ")
        if plain.endswith((":", "：")):
            return len(words) <= 50 and (self._is_title(words) or not self.cues.spaced or len(words.split()) <= 2)
        return (
            i in self.introduced
            and len(words) <= (40 if self.cues.spaced else 12)
            and plain[-1:] not in ".!?;,。！？；，、"
        )

    def _is_title(self, words: str) -> bool:
        """ "Use Cases:", "Target Audience:": a heading without marks."""
        parts = words.rstrip(":： *_").split()
        return (
            self.cues.spaced
            and words.rstrip("*_ ").endswith(":")
            and len(parts) <= 5
            and all(p[0].isupper() or p in ("and", "of", "the", "for", "&") for p in parts)
        )

    def _to_others(self, words: str) -> bool:
        """ "For members", "Reminder to customers": what follows is said to them."""
        plain = words.strip("#*_:： \t")
        if len(plain) > _ADDRESS_LIMIT:
            return False
        hit = self.cues.match("to_others").search(plain)
        if hit is None or (self.cues.spaced and hit.start()):
            return False
        return self.cues.match("others").search(plain) is not None or self.cues.match("user").search(plain) is not None

    def _forbids(self, words: str) -> bool:
        """ "Never:", "Off limits", "You must not:"; but not "Always and never"."""
        return self.cues.match("forbids").search(words) is not None and self.cues.match("demands").search(words) is None

    def _heading_context(self, words: str) -> Context:
        if self._to_others(words):
            return "others"
        if self.cues.match("example").search(words):
            return "example"
        if self._forbids(words):
            return "forbids"
        if self.cues.match("background_headings").search(words):
            return "background"
        if self.cues.match("rule_headings").search(words):
            return "rules"
        return ""

    def _only_introduces(self, statement: Statement) -> bool:
        """ "You must:" has no content of its own; its items have."""
        body = statement.body.cut(self.text).strip()
        return body.endswith((":", "：")) and len(body) <= (70 if self.cues.spaced else 30)

    def _read(self, i: int, context: Context) -> Duty | None:
        statement = self.statements[i]
        words = statement.body.cut(self.text)
        if statement.kind == "heading":
            return self._read_heading(statement, words)
        if statement.kind != "sentence" or context == "example":
            return None
        if not any(c.isalpha() for c in words):
            return None
        if context not in ("background", "forbids") and part_of_item(self.text, self.statements, i, self.cues):
            return Duty(force="must", by="item", start=statement.span.start)
        if self.reader.is_quote(statement.span):
            return None
        if self.reader.is_quote(statement.body):
            return self._says(statement)
        if self.cues.match("speakers").fullmatch(statement.label.strip("*_ ")):
            return None
        if words.rstrip("*_) ").endswith(("?", "？")) or _CODE.search(words) or self._is_title(words):
            return None
        if self.cues.match("example_start").match(statement.span.cut(self.text).lstrip("*_(（ ")):
            return None
        if not self.cues.words.verbs:
            return Duty(force="must", by="item", start=statement.body.start) if statement.item else None
        main = self.reader.read(statement.body)
        if main.subject is Subject.NOTHING and len(statement.label.split()) >= 3:
            main = self.reader.read(statement.span)
        subject, force = main.subject, main.force
        match subject:
            case Subject.RULE if context == "background":
                return None
            case Subject.RULE | Subject.COMMAND if context == "others" or self._to_others(statement.label):
                return None
            case Subject.COMMAND | Subject.ASSISTANT | Subject.ANSWER | Subject.ROLE | Subject.RULE:
                return Duty(force=force, by=_BY[subject], start=main.start)
            case Subject.USER:
                return None
            case Subject.IDENTITY | Subject.NOTHING:
                pass
        if (
            statement.label
            and self._obliging_label(statement.label)
            and subject is Subject.NOTHING
            and statement.body != statement.span
        ):
            return Duty(force="must", by="label", start=statement.body.start)
        if subject is Subject.NOTHING and context not in ("background", "others") and self.reader.ranks(statement.span):
            return Duty(force="must", by="rank", start=statement.body.start)
        if subject is Subject.NOTHING and not statement.item and self._bare_rule(statement, context, words):
            return Duty(force="must", by="item", start=statement.body.start)
        if subject is Subject.NOTHING and statement.item and statement.first and self._rule_like(words):
            if context in ("rules", "forbids") or self._ends_as_rule(words):
                return Duty(force="must", by="item", start=statement.body.start)
            if context not in ("background", "others") and i not in self.introduced:
                self.bare.add(i)
        open_to_rules = context not in ("background", "others") and i not in self.introduced
        if subject is Subject.NOTHING and open_to_rules and self.measures is not None and self.measures(statement):
            self.bare.discard(i)
            return Duty(force="must", by="item", start=statement.span.start)
        return None

    def _read_heading(self, statement: Statement, words: str) -> Duty | None:
        """A heading obliges only where it is a whole sentence with a strong word."""
        if len(words) < (25 if self.cues.spaced else 12) or not self.cues.words.verbs:
            return None
        main = self.reader.read(statement.body)
        subject, force = main.subject, main.force
        strong = self.cues.match("negative").search(words) or self.cues.match("must").search(words)
        return Duty(force=force, by=_BY[subject], start=main.start) if subject in _BY and strong else None

    def _bare_rule(self, statement: Statement, context: Context, words: str) -> bool:
        """A sentence below a rule heading that is a mere measure ("Two sentences at most."), or that ends as rules do; also one behind a condition."""
        conditional = self.cues.match("when").search(words) is not None and not self.cues.spaced
        ruled = context in ("rules", "forbids")
        if (ruled or (conditional and context == "")) and self._ends_as_rule(words):
            return True
        measured = self.cues.match("measurable").search(words) is not None and _MEASURE.search(words) is not None
        return ruled and measured and len(words.split()) <= 8 and self.cues.spaced

    def _ends_as_rule(self, words: str) -> bool:
        """Whether an item ends in a verb as rules do, in languages where the verb stands last."""
        tail = words.rstrip("。．.!！;； 」')）")
        table = self.cues.words
        return bool(table.rule_endings) and tail.endswith(table.rule_endings) and not tail.endswith(table.fact_endings)

    def _says(self, statement: Statement) -> Duty | None:
        """Where a label commands the quoted words after it: "Say only: …", "Your first message is: …", "If it rains, reply: …"."""
        label = statement.label
        lead = self.reader.read(Span(statement.span.start, statement.body.start))
        if lead.subject in _BY:
            return Duty(force=lead.force, by=_BY[lead.subject], start=lead.start)
        if _SAYS.match(label):
            return Duty(force="must", by="command", start=statement.span.start)
        for hit in self.cues.match("says").finditer(label):
            if hit.end() == len(label) and label[: hit.start()].rstrip().endswith((",", "，", "、")):
                return Duty(force="must", by="command", start=statement.span.start + hit.start())
        return None

    def _obliging_label(self, label: str) -> bool:
        return self.cues.match("labels").fullmatch(label.strip("*_ ")) is not None

    def _rule_like(self, words: str) -> bool:
        """An item that could be a rule: not a bare name, address or command of the user's."""
        return len(words) >= (12 if self.cues.spaced else 4) and not re.match(r"\s*(?:/\w|https?://|www\.|\[)", words)


_ADDRESS_LIMIT = 40
_MEASURE = re.compile(
    r"\b(?:at most|at least|no more than|maximum|minimum|max|min|or fewer|or less|only|exactly|au plus|au maximum|au moins|maximum|como máximo|como mínimo|máximo)\b",
    re.IGNORECASE,
)
_OPEN_QUOTE = re.compile(r'[*_]*(["“「])')
_QUOTE_REACH = 12
"""Statements within which a quote over several paragraphs must close."""
_CODE = re.compile(r"(?:^|\s)[\w.]+\.\w+\([^)]*\)?.*[;{]\s*$|=>|^\s*(?:const|let|var|import|def|return)\s\w+.*[;:=(]")
_SAYS = re.compile(
    r"(?:\w+ )?(?:say|reply|respond|answer|write|print|output|di|diga|responde|dis|dites|réponds|répondez)\b|(?:请|請|只|仅)?(?:说|回复|回答|输出)",
    re.IGNORECASE,
)
"""Labels that command the quoted words after them ("Say only: …"); "Standard reply: …" is a name for them."""

_BY: dict[Subject, Reason] = {
    Subject.COMMAND: "command",
    Subject.ASSISTANT: "duty",
    Subject.ANSWER: "answer",
    Subject.ROLE: "role",
    Subject.RULE: "rule",
}
