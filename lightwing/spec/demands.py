"""What the grammar reads in one statement of a document, and what of the statement it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from lightwing.core.clause import ANSWER, CheckCall, Span
from lightwing.spec.duties.conditions import NONE, Circumstances
from lightwing.spec.duties.cues import Cues
from lightwing.spec.duties.cues import cues as cues_of
from lightwing.spec.grammar import ExactReading, read_exact
from lightwing.spec.lexicon import languages, lexicon
from lightwing.spec.text.structure import Statement
from lightwing.spec.trust import bars_answers

__all__ = [
    "denied_readings",
    "forget_readings",
    "has_lexicon",
    "only_measures",
    "part_readings",
    "remainder",
    "said_again",
    "statement_readings",
]

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
_LISTS = {
    "numbered_items": re.compile(
        r"\bnumbered (?:list|steps|items)\b|\b(?:pasos numerados|lista numerada|numerad[oa]s)\b|\b(?:liste numérotée|étapes numérotées)\b|编号(?:列表|步骤)|有序列表|番号(?:付き|つき)",
        re.IGNORECASE,
    ),
    "bullets": re.compile(
        r"\b(?:bullet(?:s|ed list| points?| list)?|list with dashes)\b|\b(?:viñetas?|lista con guiones)\b|\b(?:puces?|liste à (?:puces|tirets))\b|无序列表|圆点|项目符号|箇条書き",
        re.IGNORECASE,
    ),
}
_DATE_WORDS = re.compile(
    r"\b(?:[DMYAJ]{1,4}|ISO|8601|formatted|formato?|format|written|dates?|fechas?)\b|写成|格式|形式|日期|日付|[年月日]",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"\b(?:highlight(?:ed|s)?|in bold|bold(?:ed|face)?|resalt\w+|destac\w+|(?:en )?negritas?|mett\w+ en (?:gras|évidence)|surlign\w+|(?:en )?gras)\b|加粗|粗体|粗體|高亮|太字",
    re.IGNORECASE,
)
_BLANK_LINES = re.compile(
    r"\b(?:(?:each |all )?(?:separated|divided|set apart) (?:from (?:each other|one another) )?(?:by|with) (?:an? |one )?(?:single )?(?:blank|empty) lines?"
    r"|with (?:an? |one )?(?:blank|empty) lines? between (?:them|each|paragraphs)|separad[oa]s (?:entre sí )?por (?:una )?líneas? (?:en blanco|vacías?)"
    r"|séparée?s (?:entre eux )?par (?:une |des )?lignes? (?:vides?|blanches?))\b|(?:段落?(?:之间|间)?)?(?:中间)?(?:用|以)?(?:一个)?空行(?:分隔|隔开|分开|隔開)|(?:段落の?間は)?空行で(?:区切|分け)[るりって]*",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?:(?:at least|at most|exactly|no (?:more|fewer|less) than|a (?:minimum|maximum) of|only|al menos|como (?:mínimo|máximo|mucho)|por lo menos|exactamente|no más de"
    r"|au (?:moins|plus|minimum|maximum)|exactement) )?(?:once|twice|thrice|\w+ (?:times|veces|vez|fois))(?: (?:or (?:more|fewer)|at (?:least|most)|como (?:mínimo|máximo)|au (?:moins|plus)))?\b"
    r"|(?:至少|最少|最多|不少于|不超过|恰好|正好|刚好)?(?:要)?(?:出现|提到|使用)?[\d一二两三四五六七八九十]+次(?:以上|以内)?|(?:少なくとも|最低|ちょうど)?[\d一二三四五六七八九十]+[回度](?:以上|以下|以内|まで)?",
    re.IGNORECASE,
)
_SAID_AGAIN: Mapping[str, re.Pattern[str]] = {
    "dates": _DATE_WORDS,
    "frequency": _TIMES,
    "count bold": _BOLD,
    "count highlights": _BOLD,
    "count paragraphs": _BLANK_LINES,
}
"""Words beside a reading that say the same once more: paragraphs *are* what blank lines separate."""
_MEASURE_LIMIT = 90
MEASURES = frozenset(
    {
        "words",
        "characters",
        "sentences",
        "paragraphs",
        "emojis",
        "hashtags",
        "exclamations",
        "questions",
        "bullets",
        "lines",
    }
)
"""Units of text that a document does not count for other reasons."""
_SURE = frozenset(
    {
        "language",
        "format",
        "dates",
        "numbers",
        "punctuation",
        "forbidden",
        "letter",
        "letter_case",
        "address",
        "sentence_style",
        "starts_with",
        "ends_with",
        "units",
    }
)
_DASHES = re.compile(r"\b(?:dashes|guiones|tirets)\b|短横线", re.IGNORECASE)


def statement_readings(text: str, statement: Statement, cues: Cues, language: str) -> list[ExactReading]:
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
    if not has_lexicon(language):
        return False
    return (
        not cues.words.measurable
        or _FIGURE.search(text, span.start, span.end) is not None
        or cues.match("measurable").search(text, span.start, span.end) is not None
    )


def only_measures(text: str, statement: Statement, cues: Cues, language: str) -> bool:
    """Whether a statement is nothing but a measure of answers: the grammar reads all of it, and what it reads is no matter of the world."""
    words = statement.span.cut(text)
    if len(words) > _MEASURE_LIMIT or words.rstrip("*_ ").endswith((":", "：")):
        return False
    readings = statement_readings(text, statement, cues, language)
    sure = bool(readings) and all(
        r.check.args.get("of") in MEASURES if r.check.name == "count" else r.check.name in _SURE for r in readings
    )
    spans = said_again(text, statement.span, readings)
    return sure and not remainder(text, statement.span, spans, cues, language, asked=True)


def said_again(text: str, span: Span, readings: Sequence[ExactReading]) -> list[Span]:
    """The spans of the readings of one statement, and the words beside them that say the same once more.

    >>> text = "Write 3 paragraphs, separated by a blank line."
    >>> count = ExactReading(check=CheckCall(name="count", args={"of": "paragraphs", "min": 3}), span=Span(6, 18))
    >>> [piece.cut(text) for piece in said_again(text, Span(0, len(text)), [count])]
    ['3 paragraphs', 'separated by a blank line']
    """
    told = {f"{r.check.name} {r.check.args['of']}" if r.check.name == "count" else r.check.name for r in readings}
    patterns = [pattern for name, pattern in _SAID_AGAIN.items() if name in told]
    again = [Span(*m.span()) for p in dict.fromkeys(patterns) for m in p.finditer(text, span.start, span.end)]
    return [*(r.span for r in readings), *again]


def part_readings(text: str, span: Span, cues: Cues, language: str) -> list[ExactReading]:
    """What is measured in one part of the answer: its lengths, its lists, its table."""
    words = span.cut(text)
    lead = len(words) - len(words.lstrip(" –—-:：,，*_"))
    at = span.start + lead
    found = [
        replace(r, span=Span(r.span.start + at, r.span.end + at))
        for r in _exact_of(text[at : span.end], language)
        if r.scope == ANSWER and r.check.name in ("count", "columns") and cues.match("negative").search(words) is None
    ]
    found += [r for r in _lists(text, Span(at, span.end), cues) if not any(_same_unit(r, f) for f in found)]
    return [replace(f, check=_at_least_one(f.check)) for f in found]


def _lists(text: str, span: Span, cues: Cues) -> list[ExactReading]:
    """ "A list with dashes", "in numbered steps": one entry at least."""
    found = []
    for unit, pattern in _LISTS.items():
        if hit := pattern.search(text, span.start, span.end):
            marker = {"marker": "-"} if unit == "bullets" and _DASHES.search(text, span.start, span.end) else {}
            args = {"of": unit, **marker, "min": 1}
            found.append(ExactReading(check=CheckCall(name="count", args=args), span=Span(*hit.span())))
    return found[:1]


def _same_unit(a: ExactReading, b: ExactReading) -> bool:
    return a.check.name == b.check.name and a.check.args.get("of") == b.check.args.get("of")


def _at_least_one(check: CheckCall) -> CheckCall:
    """A part that is a list of "eight at most" has one entry at least."""
    args = check.args
    listed = check.name == "count" and args.get("of") in _LISTS and args.get("max") and "min" not in args
    return CheckCall(name=check.name, args={**args, "min": 1}) if listed else check


def denied_readings(text: str, statement: Statement, cues: Cues, language: str) -> list[ExactReading]:
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
    words = " ".join(" ".join(outside).split())
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
def has_lexicon(language: str) -> bool:
    """Whether the language has a lexicon."""
    return language in languages()


@cache
def _thin(language: str) -> frozenset[str]:
    """Words that carry no demand of their own."""
    known = lexicon(language).function_words if has_lexicon(language) else frozenset()
    table = cues_of(language).words
    cue_words = {
        word
        for section in (table.possessive, table.answer, table.must, table.should, table.polite, table.assistant)
        for word in section
    }
    return frozenset(known) | frozenset(cue_words) | frozenset(table.thin)
