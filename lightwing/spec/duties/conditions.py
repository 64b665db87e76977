"""When a clause holds: its trigger, its exceptions, and the state of the conversation that it speaks of.

A condition stays in the document's words. Where the words leave nothing to judgement (the user types a quoted phrase or a /command; a named tool is
called) code gets a pattern or the tool's name; all else is for a reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lightwing.core.clause import Span, State, Trigger
from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.sentences import quoted

__all__ = ["NONE", "TOOL_NAME", "Circumstances", "circumstances", "combined"]

TOOL_NAME = re.compile(r"`([A-Za-z_][\w.-]{1,60})(?:\(\))?`|\b([a-z]+(?:_[a-z0-9]+)+|[a-z]{2,}[A-Z][A-Za-z0-9]*)\b")
"""A tool's name as documents write it: in backticks, snake_case or camelCase."""

_COMMAND = re.compile(r"(?<![\w/.:])/[A-Za-z][\w-]{1,30}\b")
_SINGLE = re.compile(r"(?<!\w)['‘]([^'‘’\n]{2,120})['’](?!\w)")
_MORE = re.compile(
    r"\b(?:and|but|not|n't|without|unless|except|y|pero|no|et|mais|ne|sans)\b|不|没|未|且|ない", re.IGNORECASE
)
_END_ZH = re.compile(
    r"([^，,。；;：:、]{3,40}?)(?:的?时候|的?時候|之?时|之?時|的话|的話|之后|之後|以后|以後|后|後|的情况下?)[，,]"
)
_LEAST_ZH = 2
"""Signs that a condition has besides words for answering."""
_END_JA = re.compile(r"(?:場合|とき|時|際|たら|れば(?!なら|なり|いけ)|なら(?!な)|ときは)(?:に)?(?:は)?[、,]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """When a clause holds."""

    trigger: Trigger | None = None
    exceptions: tuple[Trigger, ...] = ()
    state: State = "every_turn"


NONE = Circumstances()


def circumstances(text: str, span: Span, cues: Cues, *, main: int | None = None) -> Circumstances:
    """The circumstances that a statement names; `main` is where its main clause begins, if that is known.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = 'If the user types "/help", show the menu unless it was shown before.'
    >>> found = circumstances(text, Span(0, len(text)), cues("en"), main=27)
    >>> found.trigger.when, found.trigger.pattern, found.exceptions[0].when
    ('the user types "/help"', '(?:^|[^0-9A-Za-z])/help(?:[^0-9A-Za-z]|$)', 'it was shown before')
    """
    main = span.start if main is None else main
    trigger, exceptions = _leading(text, span, cues, main)
    marks = quoted(text, span.start, span.end)
    at = _search(cues.match("unless"), text, max(main, span.start) if cues.spaced else span.start, span.end, marks)
    end = span.end
    if at is not None and not exceptions:
        words = _clean(text[at[1] : _clause_end(text, at[1], span.end)])
        if words:
            exceptions = (_condition(words, cues),)
            end = at[0]
    if trigger is None and cues.spaced:
        trigger = _trailing(text, max(main, span.start), end, cues, marks)
    state = _state(span.cut(text), cues)
    behind = max(main, span.start + 1) if cues.spaced else span.end
    if state in ("first_turn", "last_turn") and cues.match(state).search(text, span.start, behind):
        trigger = None
    return Circumstances(trigger=trigger, exceptions=exceptions, state=state)


def combined(outer: Circumstances, inner: Circumstances) -> Circumstances:
    """An item's circumstances within those of the statement that introduces it."""
    trigger = inner.trigger or outer.trigger
    if outer.trigger is not None and inner.trigger is not None:
        trigger = Trigger(when=f"{outer.trigger.when}; {inner.trigger.when}")
    state = inner.state if inner.state != "every_turn" else outer.state
    return Circumstances(trigger=trigger, exceptions=(*outer.exceptions, *inner.exceptions), state=state)


def _leading(text: str, span: Span, cues: Cues, main: int) -> tuple[Trigger | None, tuple[Trigger, ...]]:
    """A condition before the main clause."""
    if not cues.spaced:
        return _leading_unspaced(text, span, cues), ()
    if main <= span.start:
        return None, ()
    before = text[span.start : main]
    unless = cues.match("unless").search(before)
    if unless is not None and unless.start() <= 25 and (words := _clean(before[unless.end() :])):
        return None, (_condition(words, cues),)
    when = cues.match("when").search(before)
    if when is None or when.start() > 40:
        return None, ()
    words = _clean(before[when.end() :])
    return (_condition(words, cues), ()) if words else (None, ())


def _leading_unspaced(text: str, span: Span, cues: Cues) -> Trigger | None:
    words = span.cut(text)
    if cues.language == "ja":
        end = _END_JA.search(words[:120])
        return _condition(_clean(words[: end.start()]), cues) if end is not None and end.start() > 2 else None
    when = cues.match("when").search(words[:12])
    if when is None:
        return _ended_unspaced(words, cues)
    stop = re.search(r"[，,]", words)
    if stop is None or stop.start() <= when.end():
        return None
    inner = re.sub(r"(?:的)?(?:时候|時候|时|時|的话|的話|情况下)$", "", _clean(words[when.end() : stop.start()]))
    return _condition(inner, cues) if inner else None


def _ended_unspaced(words: str, cues: Cues) -> Trigger | None:
    """A condition that only its end tells: "查不到订单时，…", "全部结束后，…"; "回答时，…" is none, every answer meets it."""
    end = _END_ZH.match(words)
    if end is None or cues.match("first_turn").search(end[0]) or cues.match("every_turn").search(end[0]):
        return None
    inner = _clean(end[1])
    rest = cues.match("answer").sub("", cues.match("verbs").sub("", inner))
    return _condition(inner, cues) if sum(c.isalnum() for c in rest) >= _LEAST_ZH else None


def _trailing(text: str, start: int, end: int, cues: Cues, marks: list[tuple[int, int]]) -> Trigger | None:
    """ "… if the user asks": but not "ask if …", "explain when to …", nor "…, and if it rains, …", which is a condition of what follows alone."""
    at = start
    while (hit := _search(cues.match("trailing"), text, at, end, marks)) is not None:
        at = hit[1]
        before = text[max(start, hit[0] - 24) : hit[0]].rstrip()
        after = text[hit[1] : end].strip()
        asked = [m for m in cues.match("asks").finditer(before) if m.end() >= len(before) - 9]
        if (
            not before
            or asked
            or (
                after.startswith(("to ", "you can", "possible", "necessary", "needed", "appropriate", "applicable"))
                and len(after) < 24
            )
        ):
            continue
        stop = _clause_end(text, hit[1], end)
        if len(text[stop:end].split()) > 3:
            continue
        words = _clean(text[hit[1] : stop])
        if len(words.split()) >= 2:
            return _condition(words, cues)
    return None


def _search(
    pattern: re.Pattern[str], text: str, start: int, end: int, marks: list[tuple[int, int]]
) -> tuple[int, int] | None:
    """The first hit outside quotes."""
    for hit in pattern.finditer(text, start, end):
        if not any(a < hit.start() < b for a, b in marks):
            return hit.span()
    return None


def _clause_end(text: str, start: int, end: int) -> int:
    """The end of a condition: a comma, semicolon or dash outside quotes, or the statement's end."""
    marks = quoted(text, start, end)
    for hit in re.compile(r"[,;，；。.!?](?=\s|$)|\s[–—]\s|[，；。]|\)").finditer(text, start, end):
        if not any(a <= hit.start() < b for a, b in marks):
            return hit.start()
    return end


def _clean(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip(" ,，、:：;.。!！*_-–—(（")


def _condition(words: str, cues: Cues) -> Trigger:
    """A condition with what code needs to decide it, where the words leave no doubt."""
    says = cues.match("user_says").search(words)
    literals = [words[a + 1 : b - 1] for a, b in quoted(words, 0, len(words))]
    literals = literals or [m[1] for m in _SINGLE.finditer(words)] or [m[0] for m in _COMMAND.finditer(words)]
    literals = [m for m in literals if m.strip() and len(m) <= 120]
    outside = words
    for literal in literals:
        outside = outside.replace(literal, "")
    if says is not None and literals and not _MORE.search(outside):
        body = "|".join(re.escape(m.strip()).replace(r"\ ", " ").replace(r"\-", "-") for m in literals)
        body = body if len(literals) == 1 else f"(?:{body})"
        return Trigger(when=words, pattern=rf"(?:^|[^0-9A-Za-z]){body}(?:[^0-9A-Za-z]|$)")
    call = cues.match("call").search(words)
    tools = [m[1] or m[2] for m in TOOL_NAME.finditer(words)]
    if call is not None and len(tools) == 1 and not _MORE.search(words):
        return Trigger(when=words, tool=tools[0])
    return Trigger(when=words)


def _state(words: str, cues: Cues) -> State:
    for state in ("first_turn", "last_turn", "once"):
        hit = cues.match(state).search(words)
        if hit is None:
            continue
        if (
            state == "once"
            and hit[0].lower().endswith("once")
            and re.match(r"\s+[a-z]", words[hit.end() :], re.IGNORECASE)
            and not re.match(r"\s+(?:per|in|for|during)\b", words[hit.end() :])
        ):
            continue
        if state == "first_turn" and cues.match("every_turn").search(words):
            continue
        return state
    return "every_turn"
