"""From statements to clauses in the making: the exact readings of each obligation, and what of it remains for a judge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lightwing.core.clause import ANSWER, CheckCall, Clause, Force, Span, Trigger
from lightwing.spec.demands import (
    denied_readings,
    forget_readings,
    has_lexicon,
    only_measures,
    part_readings,
    remainder,
    said_again,
    statement_readings,
)
from lightwing.spec.duties.conditions import NONE, Circumstances, circumstances, combined
from lightwing.spec.duties.cues import Cues
from lightwing.spec.duties.obligations import Duty, obligations
from lightwing.spec.duties.order import rankings
from lightwing.spec.duties.parts import Part, headings_told, named_columns, part_of_item, part_spoken_of
from lightwing.spec.duties.sayings import sayings
from lightwing.spec.grammar import ExactReading, read_prompt
from lightwing.spec.text.structure import Statement
from lightwing.spec.tools import before_what, conversation_checks, tool_checks
from lightwing.spec.trust import Place, agreed, holds_for_answers

__all__ = [
    "Draft",
    "document_drafts",
    "forget_readings",
    "prompt_drafts",
    "prompt_readings",
    "reading_drafts",
]

_TOOL_LABEL = re.compile(r"[*_]{0,2}`([A-Za-z_]\w{1,60})(?:\([^)`]{0,80}\))?`[*_]{0,2}\s*(?:[:：–—-]|$)")
_IN_BACKTICKS = re.compile(r"`([A-Za-z_]\w{1,60})(?:\(\))?`")
_BESIDE_TOOL = re.compile(
    r"`([A-Za-z_][\w-]{1,60})`\s+(?:tool|function|action)|(?:tool|function|action)\s+`([A-Za-z_][\w-]{1,60})`"
)
_TOOLS_TAGGED = re.compile(r"<(?:tools|functions)>([\w\s,;`]{3,600})</(?:tools|functions)>", re.IGNORECASE)
_INSTEAD_OF_HEADINGS = frozenset({"keywords", "choice", "heading", "title", "columns", "forbidden"})
"""What else the grammar may make of the names of headings."""
_FIRST = "response:1"
"""In a document a response is a turn of the conversation."""
_LEAD_LIMIT = 200
_PROMPT_LIMIT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A clause without its number, and the statements (indexes) that it was read from."""

    text: str
    span: Span
    statements: tuple[int, ...]
    check: CheckCall | None = None
    scope: str = ANSWER
    force: Force = "must"
    when: Circumstances = field(default=NONE)

    def clause(self, n: int) -> Clause:
        """The n-th clause of a spec."""
        return Clause(
            id=f"c{n}",
            text=self.text,
            span=self.span,
            check=self.check,
            scope=self.scope,
            force=self.force,
            trigger=self.when.trigger,
            exceptions=self.when.exceptions,
            state=self.when.state,
        )


def document_drafts(text: str, statements: Sequence[Statement], cues: Cues, language: str) -> list[Draft]:
    """The clauses of an instruction document. Permissions ("you may …") oblige to nothing and stay background; so does what is said about rules alone."""

    def measures(statement: Statement) -> bool:
        return only_measures(text, statement, cues, language)

    found = obligations(text, statements, cues, measures=measures)
    duties = {i: duty for i, duty in found.items() if duty.force != "may"}
    for ranking in rankings(text, statements, [i for i, duty in duties.items() if duty.by != "rank"], cues):
        if ranking.said_by not in (ranking.winner, *ranking.losers):
            duties.pop(ranking.said_by, None)
    tools = _tools_named(text, statements)
    parts = _parts_named(text, statements, list(duties), cues)
    known = [part for named in parts.values() for part in named]
    inherited: dict[int, Circumstances] = {}
    drafts: list[Draft] = []
    before = NONE
    for i, statement in enumerate(statements):
        duty = duties.get(i)
        outer = inherited.get(statement.lead, NONE) if statement.lead is not None else NONE
        if duty is None:
            if statement.kind == "sentence":
                main = _lead_main(text, statement)
                inherited[i] = combined(outer, circumstances(text, statement.span, cues, main=main)) if main else outer
            continue
        own = circumstances(text, statement.span, cues, main=duty.start)
        otherwise = cues.match("otherwise").match(text, statement.body.start, statement.span.end)
        if otherwise is not None and before.trigger is not None:
            own = replace(own, trigger=None, exceptions=(before.trigger, *own.exceptions))
        before = own
        inherited[i] = combined(outer, own)
        own_drafts = _of_duty(text, statements, i, duty, inherited[i], cues, language, tools)
        if known and not duty.denied:
            own_drafts = _in_parts(text, statements, i, own_drafts, parts.get(i, []), known, cues, language)
        drafts += own_drafts
    return drafts


def _parts_named(
    text: str, statements: Sequence[Statement], duties: Sequence[int], cues: Cues
) -> dict[int, list[Part]]:
    """The headings that answers must have, by the statement that names them. One item alone is no list of parts."""
    told = {i: headings_told(text, statements[i].span, cues) for i in duties}
    items = {i: part for i in duties if (part := part_of_item(text, statements, i, cues)) is not None}
    leads = Counter(statements[i].lead for i in items)
    told |= {i: [part] for i, part in items.items() if leads[statements[i].lead] > 1}
    return {i: parts for i, parts in told.items() if parts}


def _in_parts(
    text: str,
    statements: Sequence[Statement],
    i: int,
    drafts: list[Draft],
    named: Sequence[Part],
    known: Sequence[Part],
    cues: Cues,
    language: str,
) -> list[Draft]:
    """The clauses of a statement that names parts of the answer, or that speaks of one: its measures hold in that part."""
    statement = statements[i]
    of_item = part_of_item(text, statements, i, cues) if named else None
    spoken_of = of_item if named else part_spoken_of(text, statement.body, known, cues)
    rest = next((d for d in drafts if d.check is None), None)
    like = drafts[0] if drafts else None
    if like is None or (not named and spoken_of is None):
        return drafts
    if spoken_of is not None:
        start = of_item.span.end if of_item is not None else statement.body.start
        scope = f"section_named:{spoken_of.name}"
        inner = [
            replace(like, check=r.check, scope=scope, span=_within(r.span, statement.span))
            for r in part_readings(text, Span(start, statement.span.end), cues, language)
        ]
        drafts = [d for d in drafts if d.check is None] + inner
    else:
        drafts = [d for d in drafts if d.check is None or d.check.name not in _INSTEAD_OF_HEADINGS]
        drafts = [d for d in drafts if d.check is None or d.check.args.get("of") not in ("sections", "headings")]
    heads = [
        replace(like, check=part.check, scope=ANSWER, span=part.span if rest is not None else statement.span)
        for part in named
    ]
    return [*heads, *drafts]


def _lead_main(text: str, statement: Statement) -> int | None:
    """Where the condition of a mere introduction ends: "If the user is angry:" is all condition."""
    words = statement.span.cut(text)
    return statement.span.end if words.rstrip("*_ ").endswith((":", "：")) else None


def _of_duty(
    text: str,
    statements: Sequence[Statement],
    i: int,
    duty: Duty,
    when: Circumstances,
    cues: Cues,
    language: str,
    tools: Sequence[str],
) -> list[Draft]:
    statement = statements[i]
    words = _with_lead(text, statements, statement)
    base = Draft(text=words, span=statement.span, statements=(i,), force=duty.force, when=when)
    behind = statements[i + 1].span if i + 1 < len(statements) else None
    placed = _placed(text, statements, statement, when, cues)
    conditional = when.trigger is not None or when.state == "first_turn"
    spoken = (
        sayings(text, statement.span, cues, start=duty.start, following=behind, conditional=conditional)
        if placed
        else []
    )
    ruled = tool_checks(
        text, statement.span, cues, known=tools, subject=_tool_of_item(text, statements, i)
    ) + conversation_checks(text, statement.span, cues, once=when.state == "once")
    if ruled:
        base = replace(base, when=_ruled_when(text, statement, ruled, when, cues))
    main = Span(duty.start, statement.span.end)
    once = any(check.name == "say_once" for check in ruled)
    if once:
        spoken = []
    readings = (
        []
        if once
        else denied_readings(text, statement, cues, language)
        if duty.denied
        else _trusted(text, statements, statement, main, cues, language, conditional=when.trigger is not None)
    )
    if duty.denied:
        spoken = []
    elif columns := named_columns(text, main, cues):
        check = CheckCall(name="columns", args={"names": columns, "ordered": True})
        readings = [r for r in readings if r.check.name not in ("columns", "keywords", "choice")]
        due = (
            conditional
            or cues.match("every_turn").search(words)
            or cues.match("steps").search(_above(text, statements, statement))
        )
        readings += [ExactReading(check=check, span=statement.span)] if due else []
    edges = placed or _rules_edges(text, statements, statement, cues, language)
    readings = [r for r in readings if r.check.name not in ("starts_with", "ends_with") or edges or r.scope == _FIRST]
    if spoken:
        readings = [r for r in readings if r.check.name not in ("keywords", "repeat_request", "frequency")]
        spoken = spoken if not any(r.check.name in ("starts_with", "ends_with") for r in readings) else []
    drafts = [_exact(base, check) for check in (*spoken, *ruled)]
    spans = said_again(text, statement.span, readings)
    more = not (spoken or ruled) and (not readings or remainder(text, statement.span, spans, cues, language, when=when))
    drafts += [
        _exact(
            base,
            r.check,
            scope=r.scope,
            span=_within(r.span, statement.span) if more else statement.span,
            trigger=r.trigger,
        )
        for r in readings
    ]
    return [*drafts, base] if more else drafts


def _ruled_when(
    text: str, statement: Statement, ruled: Sequence[CheckCall], when: Circumstances, cues: Cues
) -> Circumstances:
    """The circumstances of a rule about tools; a call that comes before something else than the answer is due where that is done."""
    when = replace(when, state="every_turn")
    first = any(check.name == "tool_required" and check.args["before"] == "answer" for check in ruled)
    if not first or when.trigger is not None or when.exceptions:
        return when
    what = before_what(text, statement.span, cues)
    return replace(when, trigger=Trigger(when=what)) if what is not None else when


def _placed(text: str, statements: Sequence[Statement], statement: Statement, when: Circumstances, cues: Cues) -> bool:
    """Whether the document says when the fixed words are due: under a condition, once, in every answer, or where the answers' form is laid down. "Say X."
    alone is part of a story."""
    if when.trigger is not None or when.exceptions or when.state != "every_turn":
        return True
    if cues.match("every_turn").search(text, statement.span.start, statement.span.end) is not None:
        return True
    above = _above(text, statements, statement)
    return bool(statement.item and statement.ordinal is None and cues.match("answer").search(above))


def _rules_edges(text: str, statements: Sequence[Statement], statement: Statement, cues: Cues, language: str) -> bool:
    """Whether how answers begin and end is a rule here: an item of a list of rules, or a label's, or all that is said, and no step of a procedure."""
    above = _above(text, statements, statement)
    if cues.match("steps").search(above) is not None:
        return False
    return statement.item > 0 or bool(statement.label) or only_measures(text, statement, cues, language)


def _above(text: str, statements: Sequence[Statement], statement: Statement) -> str:
    """The label of a statement, and what introduces and heads it."""
    over = [statements[k].span.cut(text) for k in (statement.lead, statement.heading) if k is not None]
    return " / ".join([statement.label, *over])


def _trusted(
    text: str,
    statements: Sequence[Statement],
    statement: Statement,
    main: Span,
    cues: Cues,
    language: str,
    *,
    conditional: bool,
) -> list[ExactReading]:
    """The exact readings of a statement that hold for every answer, or for every one under its condition."""
    place = Place(
        above=_above(text, statements, statement),
        item=statement.item > 0,
        begins=statement.span.start,
        conditional=conditional,
        whole=only_measures(text, statement, cues, language),
    )
    readings = [
        r
        for r in statement_readings(text, statement, cues, language)
        if holds_for_answers(r, text, main, cues, place=place)
    ]
    return agreed(readings, statement.span.cut(text))


def _exact(
    base: Draft, check: CheckCall, *, scope: str = ANSWER, span: Span | None = None, trigger: str | None = None
) -> Draft:
    when = base.when
    if scope in (_FIRST, "each_response"):
        when = replace(when, state="first_turn", trigger=None) if scope == _FIRST else when
        scope = ANSWER
    if trigger is not None and when.trigger is None and not when.exceptions:
        when = Circumstances(trigger=Trigger(when=trigger), exceptions=when.exceptions, state=when.state)
    if check.args.get("if_any"):
        when = Circumstances(trigger=None, exceptions=when.exceptions, state=when.state)
    return Draft(
        text=base.text,
        span=span or base.span,
        statements=base.statements,
        check=check,
        scope=scope,
        force=base.force,
        when=when,
    )


def _within(span: Span, statement: Span) -> Span:
    """A reading's span, kept inside its statement."""
    return (
        Span(max(span.start, statement.start), min(span.end, statement.end))
        if span.start < statement.end
        else statement
    )


def _with_lead(text: str, statements: Sequence[Statement], statement: Statement) -> str:
    """An item's words after those that introduce it: "Never do this: shout"."""
    words = _flat(statement.span.cut(text))
    if statement.lead is None or not statement.item:
        return words
    lead = _flat(statements[statement.lead].span.cut(text)).strip("*_ ")
    return f"{lead} {words}" if lead.endswith((":", "：")) and len(lead) <= _LEAD_LIMIT else words


def _flat(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()


def _tool_of_item(text: str, statements: Sequence[Statement], i: int) -> str | None:
    """The tool that a list item opens with: "- `refund`: pays back. Call it once at most."; or the only one named before in the same block."""
    first = i
    while first > 0 and statements[first - 1].block == statements[i].block:
        first -= 1
    named = _TOOL_LABEL.match(text, statements[first].span.start, statements[first].span.end)
    if named is not None and statements[i].item:
        return named[1]
    before = {m[1] for m in _IN_BACKTICKS.finditer(text, statements[first].span.start, statements[i].span.start)}
    return before.pop() if len(before) == 1 else None


def _tools_named(text: str, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Names in backticks that stand beside the word tool, function or action, and names of tools listed between tags."""
    found: dict[str, None] = {}
    for statement in statements:
        for match in _BESIDE_TOOL.finditer(statement.span.cut(text)):
            found[match[1] or match[2]] = None
    for listed in _TOOLS_TAGGED.finditer(text):
        found.update(dict.fromkeys(re.findall(r"[A-Za-z_]\w{2,60}", listed[1])))
    return tuple(found)


def prompt_readings(text: str, language: str) -> list[ExactReading]:
    """The exact readings of a bare prompt; none where its language has no lexicon."""
    return read_prompt(text, language=language) if has_lexicon(language) else []


def prompt_drafts(text: str, statements: Sequence[Statement], cues: Cues, language: str) -> list[Draft]:
    """The clauses of a bare prompt: its exact demands, and the request itself for a judge."""
    readings = prompt_readings(text, language)
    homes = [_home(statements, r.span) for r in readings]
    whole = _read_wholly(text, statements, readings, homes, cues, language, asked=False)
    if len(whole) == len(statements):
        whole = _read_wholly(text, statements, readings, homes, cues, language, asked=True)
    exact = reading_drafts(text, statements, readings, cues)
    drafts = [
        replace(draft, span=statements[home].span) if home in whole and home is not None else draft
        for draft, home in zip(exact, homes, strict=True)
    ]
    return drafts + _request(text, statements, whole)


def reading_drafts(
    text: str, statements: Sequence[Statement], readings: Sequence[ExactReading], cues: Cues
) -> list[Draft]:
    """The clause of each exact reading of a bare prompt, with its own span."""
    drafts = []
    for reading in readings:
        home = _home(statements, reading.span)
        span = reading.span if home is None else statements[home].span
        own = NONE if home is None else circumstances(text, span, cues)
        when = Circumstances(exceptions=own.exceptions, state=own.state if own.state == "first_turn" else "every_turn")
        base = Draft(
            text=_flat(span.cut(text)), span=reading.span, statements=() if home is None else (home,), when=when
        )
        drafts.append(_exact(base, reading.check, scope=reading.scope, trigger=reading.trigger))
    return drafts


def _read_wholly(
    text: str,
    statements: Sequence[Statement],
    readings: Sequence[ExactReading],
    homes: Sequence[int | None],
    cues: Cues,
    language: str,
    *,
    asked: bool,
) -> set[int]:
    """The statements that their exact readings say all of. `asked`: as strictly as what a prompt asks for has to be looked for where no other statement tells it."""
    spans: dict[int, list[Span]] = {}
    for reading, home in zip(readings, homes, strict=True):
        if home is not None:
            spans.setdefault(home, []).append(reading.span)
    return {
        i for i, read in spans.items() if not remainder(text, statements[i].span, read, cues, language, asked=asked)
    }


def _request(text: str, statements: Sequence[Statement], whole: set[int]) -> list[Draft]:
    """What a prompt asks beside its exact demands: one judged clause over the statements that say more."""
    rest = [i for i in range(len(statements)) if i not in whole]
    rest = [i for i in rest if statements[i].kind != "heading"] or rest
    if not rest:
        return []
    words = _flat(" ".join(statements[i].span.cut(text) for i in rest))
    words = words if len(words) <= _PROMPT_LIMIT else f"{words[:_PROMPT_LIMIT]} […]"
    span = Span(statements[rest[0]].span.start, statements[rest[-1]].span.end)
    return [Draft(text=words, span=span, statements=tuple(rest))]


def _home(statements: Sequence[Statement], span: Span) -> int | None:
    """Index of the statement in which a span begins (the spans of statements are in order)."""
    low, high = 0, len(statements)
    while low < high:
        middle = (low + high) // 2
        if statements[middle].span.end <= span.start:
            low = middle + 1
        else:
            high = middle
    return low if low < len(statements) and statements[low].span.start < span.end else None
