"""From statements to clauses in the making: the exact readings of each obligation, and what of it remains for a judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from lightwing.core.clause import ANSWER, CheckCall, Clause, Force, Span, Trigger
from lightwing.spec.duties.conditions import NONE, Circumstances, circumstances, combined
from lightwing.spec.duties.cues import Cues
from lightwing.spec.duties.cues import cues as cues_of
from lightwing.spec.duties.obligations import Duty, obligations
from lightwing.spec.duties.order import rankings
from lightwing.spec.duties.sayings import sayings
from lightwing.spec.grammar import ExactReading, read_exact, read_prompt
from lightwing.spec.lexicon import languages, lexicon
from lightwing.spec.text.structure import Statement
from lightwing.spec.tools import before_what, conversation_checks, tool_checks
from lightwing.spec.trust import Place, agreed, bars_answers, holds_for_answers

__all__ = ["Draft", "document_drafts", "forget_readings", "prompt_drafts"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PURPOSE = re.compile(
    r"\s*,?\s*(?:to|so that|in order to|because|so as to|for clarity|para|afin d|pour|porque|parce qu)\b", re.IGNORECASE
)
_EVEN_IF = re.compile(
    r",?\s*\b(?:even if|even when|no matter|regardless|même si|aunque)\b|，?(?:哪怕|即使|无论|不管|就算)", re.IGNORECASE
)
"""Before what demands nothing further: "… even if the user writes in French"."""
_EVEN_IF_TAIL = re.compile(
    r",?\s+(?:even (?:if|when|though|where)|no matter|regardless|whatever (?:language|the)|même (?:si|quand|lorsque)|peu importe|aunque|incluso (?:si|cuando)|"
    r"sea cual sea)\b[^,;.!?]*(?=[.!?]?\s*$)",
    re.IGNORECASE,
)
"""What is conceded at a statement's end ("…, even when addressed in English") demands nothing; what it names is not for the grammar."""
_FIGURE = re.compile(r"[\d\"“”„'‘’«»「『`]")
_FIRST_PERSON = re.compile(r"(?:I|Yo|Je)\s+(?=[a-zéêè])")
"""Subject of a duty in a document that speaks as the assistant; the grammar knows "I" as the author of a prompt."""
_TOOL_LABEL = re.compile(r"[*_]{0,2}`([A-Za-z_]\w{1,60})(?:\([^)`]{0,80}\))?`[*_]{0,2}\s*(?:[:：–—-]|$)")
_BESIDE_TOOL = re.compile(
    r"`([A-Za-z_][\w-]{1,60})`\s+(?:tool|function|action)|(?:tool|function|action)\s+`([A-Za-z_][\w-]{1,60})`"
)
_TOOLS_TAGGED = re.compile(r"<(?:tools|functions)>([\w\s,;`]{3,600})</(?:tools|functions)>", re.IGNORECASE)
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
    duties = {i: duty for i, duty in obligations(text, statements, cues).items() if duty.force != "may"}
    for ranking in rankings(text, statements, [i for i, duty in duties.items() if duty.by != "rank"], cues):
        if ranking.said_by not in (ranking.winner, *ranking.losers):
            duties.pop(ranking.said_by, None)
    tools = _tools_named(text, statements)
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
        drafts += _of_duty(text, statements, i, duty, inherited[i], cues, language, tools)
    return drafts


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
        else _denied(text, statement, cues, language)
        if duty.denied
        else _trusted(text, statements, statement, main, cues, language, conditional=when.trigger is not None)
    )
    if duty.denied:
        spoken = []
    edges = placed or _rules_edges(text, statements, statement, cues)
    readings = [r for r in readings if r.check.name not in ("starts_with", "ends_with") or edges or r.scope == _FIRST]
    if spoken:
        readings = [r for r in readings if r.check.name not in ("keywords", "repeat_request", "frequency")]
        spoken = spoken if not any(r.check.name in ("starts_with", "ends_with") for r in readings) else []
    drafts = [_exact(base, check) for check in (*spoken, *ruled)]
    spans = [r.span for r in readings]
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
    if statement.item and statement.ordinal is None and cues.match("answer").search(above):
        return True
    return False


def _rules_edges(text: str, statements: Sequence[Statement], statement: Statement, cues: Cues) -> bool:
    """Whether how answers begin and end is a rule here: an item of a list of rules, or a label's, and no step of a procedure."""
    above = _above(text, statements, statement)
    if cues.match("steps").search(above) is not None:
        return False
    return statement.item > 0 or bool(statement.label)


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
    )
    readings = [
        r for r in _readings(text, statement, cues, language) if holds_for_answers(r, text, main, cues, place=place)
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


def _readings(text: str, statement: Statement, cues: Cues, language: str) -> list[ExactReading]:
    """The exact readings of a statement that has a figure, a quote, or a word for something that code can measure; the grammar is not asked about others."""
    a, b = statement.span.start, statement.span.end
    if subject := _FIRST_PERSON.match(text, a, b):
        a = subject.end()
    if (tail := _EVEN_IF_TAIL.search(text, a, b)) is not None and tail.start() > a:
        b = tail.start()
    if not _measured(text, Span(a, b), cues, language):
        return []
    return [replace(r, span=Span(r.span.start + a, r.span.end + a)) for r in _exact_of(text[a:b], language)]


def _measured(text: str, span: Span, cues: Cues, language: str) -> bool:
    """Whether the grammar is worth asking."""
    if not _known(language):
        return False
    return (
        not cues.words.measurable
        or _FIGURE.search(text, span.start, span.end) is not None
        or cues.match("measurable").search(text, span.start, span.end) is not None
    )


def _denied(text: str, statement: Statement, cues: Cues, language: str) -> list[ExactReading]:
    """What an item below "Never:" forbids: it is read behind the language's words of denial, and only what comes out as a bar is kept."""
    if not _measured(text, statement.span, cues, language):
        return []
    words = statement.span.cut(text).rstrip(".;。； ")
    for denial in cues.words.denial:
        lead, _, tail = denial.partition("…")
        own = words[:-1] if tail and words.endswith("る") else words
        first = own[:1].lower() + own[1:] if cues.spaced else own
        at = statement.span.start - len(lead)
        bars = [
            replace(
                r, span=Span(max(r.span.start + at, statement.span.start), min(r.span.end + at, statement.span.end))
            )
            for r in _exact_of(f"{lead}{first}{tail}", language)
            if _bars(r.check) and bars_answers(r)
        ]
        if bars:
            return bars
    return []


def _bars(check: CheckCall) -> bool:
    """Whether a check forbids a thing wholly."""
    args = check.args
    if check.name == "count":
        return args.get("max") == 0
    return (
        check.name == "forbidden"
        or "forbid" in args
        or (check.name in ("letter", "frequency") and args.get("max") == 0)
    )


@lru_cache(maxsize=4096)
def _exact_of(words: str, language: str) -> tuple[ExactReading, ...]:
    """What the grammar reads in a statement. Documents repeat themselves (a rule under every heading), and so do specs compiled again."""
    return tuple(read_exact(words, language=language))


def forget_readings() -> None:
    """Empties the memory of statements read, so that a time measured is that of a first compile."""
    _exact_of.cache_clear()


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
    """The tool that a list item opens with: "- `refund`: pays back. Call it once at most." """
    first = i
    while first > 0 and statements[first - 1].block == statements[i].block:
        first -= 1
    named = _TOOL_LABEL.match(text, statements[first].span.start, statements[first].span.end)
    return named[1] if named is not None and statements[i].item else None


def _tools_named(text: str, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Names in backticks that stand beside the word tool, function or action, and names of tools listed between tags."""
    found: dict[str, None] = {}
    for statement in statements:
        words = statement.span.cut(text)
        for match in _BESIDE_TOOL.finditer(words):
            found[match[1] or match[2]] = None
        for listed in _TOOLS_TAGGED.finditer(words):
            found.update(dict.fromkeys(re.findall(r"[A-Za-z_]\w{2,60}", listed[1])))
    return tuple(found)


def remainder(
    text: str,
    span: Span,
    read: Sequence[Span],
    cues: Cues,
    language: str,
    *,
    when: Circumstances = NONE,
    asked: bool = False,
) -> bool:
    """Whether a statement says more than its exact readings: words of content outside their spans. Its condition and its purpose ("… to save time")
    are no further demands. A rule of a document may leave a stray word; of what is `asked` for, one word is the matter itself ("describe the Yangtze
    in 50 words"), only its verb alone is none ("use 50 words")."""
    outside, at = [], span.start
    for piece in sorted(read):
        outside.append(text[at : max(at, piece.start)])
        at = max(at, piece.end)
    rest = text[at : span.end]
    outside.append(rest if not read or _PURPOSE.match(rest) is None else "")
    words = _flat(" ".join(outside))
    even_if = _EVEN_IF.search(words)
    words = words[: even_if.start()] if even_if is not None else words
    for condition in (*([when.trigger] if when.trigger is not None else []), *when.exceptions):
        words = words.replace(condition.when, " ")
        words = cues.match("when").sub(" ", cues.match("unless").sub(" ", words))
    if not cues.spaced:
        for section in ("possessive", "answer", "must", "should", "polite", "negative", "assistant", "verbs", "thin"):
            words = cues.match(section).sub("", words)
        return sum(c.isalnum() for c in words) >= (1 if asked else 4)
    thin = _thin(language) | (frozenset(cues.words.verbs) if asked else frozenset())
    content = sum(word.lower() not in thin and not word.isdigit() for word in _WORD.findall(words))
    return content >= (1 if asked else 2)


@cache
def _known(language: str) -> bool:
    """Whether the language has a lexicon."""
    return language in languages()


@cache
def _thin(language: str) -> frozenset[str]:
    """Words that carry no demand of their own."""
    known = lexicon(language).function_words if _known(language) else frozenset()
    table = cues_of(language).words
    cue_words = {
        word
        for section in (table.possessive, table.answer, table.must, table.should, table.polite, table.assistant)
        for word in section
    }
    return frozenset(known) | frozenset(cue_words) | frozenset(table.thin)


def prompt_drafts(text: str, statements: Sequence[Statement], cues: Cues, language: str) -> list[Draft]:
    """The clauses of a bare prompt: its exact demands, and the request itself for a judge."""
    readings = read_prompt(text, language=language) if _known(language) else []
    homes = [_home(statements, r.span) for r in readings]
    whole = _read_wholly(text, statements, readings, homes, cues, language, asked=False)
    if len(whole) == len(statements):
        whole = _read_wholly(text, statements, readings, homes, cues, language, asked=True)
    drafts = []
    for reading, home in zip(readings, homes, strict=True):
        statement = statements[home] if home is not None else None
        span = statement.span if statement is not None else reading.span
        own = circumstances(text, span, cues) if statement is not None else NONE
        when = Circumstances(exceptions=own.exceptions, state=own.state if own.state == "first_turn" else "every_turn")
        base = Draft(
            text=_flat(span.cut(text)), span=reading.span, statements=(home,) if home is not None else (), when=when
        )
        drafts.append(
            _exact(
                base,
                reading.check,
                scope=reading.scope,
                span=span if home in whole else reading.span,
                trigger=reading.trigger,
            )
        )
    return drafts + _request(text, statements, whole)


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
