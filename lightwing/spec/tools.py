"""Rules about tools that code can decide: the tools are named literally, and the rule leaves nothing to judgement."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.duties.conditions import TOOL_NAME
from lightwing.spec.duties.cues import Cues
from lightwing.spec.lexicon import languages, settings
from lightwing.spec.text.sentences import quoted

__all__ = ["before_what", "conversation_checks", "tool_checks"]

_AT_MOST = re.compile(
    r"\b(?:at most|no more than|not more than|up to|a maximum of|maximum of|only|just|como máximo|como mucho|no más de|au plus|au maximum|pas plus d[e'’]|une seule fois|una sola vez)\s*(\d+|once|twice|one|two|three|una|dos|une|deux)\b"
    r"|(?:最多|至多|不超过|不得超过|只能|仅能|仅|只)(?:能|可|可以)?(?:调用|使用|呼叫|執行|执行)?([\d一二两三])次|([\d一二三１２３])(?:回|度)(?:まで|だけ|のみ|しか)"
    r"|\b(une seule fois|una sola vez|una vez como máximo|une fois au plus|une fois au maximum)\b",
    re.IGNORECASE,
)
_NUMBERS = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "una": 1, "dos": 2, "une": 1, "deux": 2}
_NUMBERS |= {"一": 1, "二": 2, "两": 2, "三": 3, "１": 1, "２": 2, "３": 3}
_ONLY_WITH = re.compile(
    r"\b(?:without|until|unless|only (?:\w+ ){0,3}?(?:after|with|once|when|if)|sans|tant que|seulement après|qu'après|sin|hasta que|solo (?:\w+ )?(?:tras|con|si))\b"
    r"|未经|未經|没有|沒有|未得到|除非|才(?:能|可)|なしに|なしで|なく|まで|てから|た後",
    re.IGNORECASE,
)
"""What ties a call to the user's consent: "never without …", "only after …"."""
_REQUIRES = re.compile(
    r"\b(?:requires?|needs?|requieren?|necesitan?|exigen?t?|nécessiten?t?)\b|需要|须经|須經|必須|必要|が要る",
    re.IGNORECASE,
)
"""What ties a tool to the user's consent without a word for calling: "`refund` needs the customer's yes"."""
_YES = re.compile(r"[\"“「«']\s*(?:yes|sí|oui|是|好|はい)\s*[\"”」»']", re.IGNORECASE)
_FREE = re.compile(
    r"\s*(?:\(\))?`?\s*(?:tool|function|action|工具|函数)?\s*(?:$|[.,;:!。，；！、)]|(?:at all|ever|yourself|under any)\b)",
    re.IGNORECASE,
)
"""What may follow a tool that is barred wholly; "never call it for guests" bars it sometimes."""
_ONE_AT_A_TIME = re.compile(
    r"\b(?:only )?(?:make )?(?:one|a single) (?:tool|function) call at a time\b|\bone tool at a time\b|一次只(?:能)?调用一个工具",
    re.IGNORECASE,
)
_NEVER_BOTH = re.compile(
    r"\b(?:make|issue|send) a (?:tool|function) call,? (?:you |the agent )?(?:should|must|do|does|may|can)?\s*(?:not|never)\s+(?:also )?(?:respond|reply|answer|write)"
    r"|\b(?:either a (?:tool|function) call or (?:a )?(?:text|message|response|reply)|never both a tool call and)",
    re.IGNORECASE,
)
_ELIDED = re.compile(r"n['’](?=\w)", re.IGNORECASE)
_FIRST_THEN = re.compile(
    r"\bcall(?:s|ing)? .{1,60}? first\b|\bfirst call\b|\bcall .{1,60}?,? (?:and )?(?:only )?then (?:answer|reply|respond)"
    r"|\b(?:llam\w+|invoc\w+|consult\w+) primero\b|\bprimero (?:llam|invoc|consult)\w+|\bappel\w+ d[’']abord\b|\bd[’']abord appel\w+"
    r"|先.{0,12}?(?:调用|調用|查询|查詢).{0,40}?(?:再|然后|才能?)(?:回答|回复|回覆|答复|作答|回应)|(?:まず|先に).{0,40}?呼び出",
    re.IGNORECASE,
)
"""A call that comes first, before the answer."""
_BEFORE_WHAT = re.compile(
    r"\b(?:before|prior to|antes de|avant d[e'’]\s*)\s*(?P<behind>[^.,;:!?。]{3,120})|(?P<ahead>[^，,。；;]{1,40}?)(?:之前|以前|前(?=[，,必须先要调都应一务请需首]))"
    r"|(?P<ja>[^、。]{1,40}?(?:る|の)前)に",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:before|prior to|antes de|avant d[e'’])\s*", re.IGNORECASE)
_BEFORE_BEHIND = re.compile(r"之前|以前|前，|前,|(?:る|の)前に")
_CALLS = re.compile(
    r"\b(?:call|calling|calls|invoke|invoking|llama|llamar|invoca|appelle|appelez|through)\b|调用|調用|呼",
    re.IGNORECASE,
)
_PER_TURN = re.compile(
    r"\b(?:per|in (?:a|one|each|the same)|each|every) (?:turn|user message|message of the user)\b|每轮|每一轮|同一轮|同一回合|por turno|mismo turno|par tour|même tour|同じターン|一ターン",
    re.IGNORECASE,
)
_PER_ANSWER = re.compile(
    r"\b(?:per|in (?:a|an|one|each|the same)|each) (?:response|reply|answer|message)\b", re.IGNORECASE
)
_EVERY_MESSAGE = re.compile(
    r"\b(?:every|each) (?:user )?(?:message|turn|prompt|query|question)\b|每条消息|每次", re.IGNORECASE
)


def tool_checks(
    text: str, span: Span, cues: Cues, *, known: Sequence[str] = (), subject: str | None = None
) -> list[CheckCall]:
    """The exact tool rules of one statement. `known` are names that the document introduces as tools, `subject` is the tool that the statement's list
    item is about, for rules that call it "it" or do not name it.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = "Never call `send_mail` twice."
    >>> tool_checks(text, Span(0, len(text)), cues("en"))
    [CheckCall(name='tool_limit', args={'tool': 'send_mail', 'max': 1, 'per': 'conversation'})]
    """
    words = span.cut(text)
    if _ONE_AT_A_TIME.search(words):
        found = [CheckCall(name="tool_limit", args={"max": 1, "per": "answer"})]
        if _NEVER_BOTH.search(words):
            found.append(CheckCall(name="tool_or_text"))
        return found
    if _NEVER_BOTH.search(words):
        return [CheckCall(name="tool_or_text")]
    sure = cues.match("tool_words").search(words) is not None
    tools = [
        (m[1] or m[2], m.start())
        for m in TOOL_NAME.finditer(words)
        if sure or m[1] or (m[1] or m[2]) in known or _CALLS.search(words[max(0, m.start() - 14) : m.start()])
    ]
    call = _call_of(words, tools, cues)
    named = [name for name, at in tools if call is not None and (at > call.start() or _verb_last(cues))] or [
        n for n, _ in tools if n in known
    ]
    if not named and tools and cues.match("before_answer").search(words):
        named = [tools[0][0]]
    if not named and call is None:
        called = cues.match("call").search(words)
        written = [m[1] or m[2] for m in TOOL_NAME.finditer(words) if m[1] or m[2] in known]
        named = written if _REQUIRES.search(words) else written[:1] if called is not None else []
        limited = _AT_MOST.search(words) or cues.match("twice").search(words)
        if not named and not tools and subject is not None and (called is not None or limited):
            named, tools, call = [subject], [(subject, len(words))], called
    if not named or "." in named[0]:
        return []
    return _rule(words, named, tools, call, cues)


def _call_of(words: str, tools: Sequence[tuple[str, int]], cues: Cues) -> re.Match[str] | None:
    """The word for calling that has a tool for its object: before it, or behind it where the verb comes last."""
    for call in cues.match("call").finditer(words):
        for name, at in tools:
            gap = call.start() - at - len(name) if _verb_last(cues) else at - call.end()
            if 0 <= gap < (8 if _verb_last(cues) else 18):
                return call
    return None


def before_what(text: str, span: Span, cues: Cues) -> str | None:
    """What a tool is to be called before, where that is something else than answering: the rule holds where it is done.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = "Call `rates` before you name a price."
    >>> before_what(text, Span(0, len(text)), cues("en"))
    'you name a price'
    """
    words = span.cut(text)
    found = _BEFORE_WHAT.search(words)
    if found is None or cues.match("before_answer").search(words):
        return None
    what = (found["behind"] or found["ahead"] or found["ja"] or "").strip(" *_`")
    return what or None


def _rule(
    words: str, named: Sequence[str], tools: Sequence[tuple[str, int]], call: re.Match[str] | None, cues: Cues
) -> list[CheckCall]:
    """The rule on consent, and the one on how often or when; a tool that is barred wholly has no other."""
    limit = _limit(words, named[0], cues)
    if _consent(words, call, cues):
        return [CheckCall(name="tool_consent", args={"tools": list(dict.fromkeys(named))}), *limit]
    if limit:
        return limit
    tool = named[0]
    if _forbidden(words, tool, call, cues):
        return [CheckCall(name="tool_forbidden", args={"tool": tool})]
    if _barred_from(words, tool, cues) is not None:
        return []
    return _required(words, tool, tools, call, cues)


def _barred_from(words: str, tool: str, cues: Cues) -> int | None:
    """Where the words of denial end that a tool stands under; where the verb comes last, they stand behind it."""
    at = words.find(tool) if tool in words else len(words)
    negative = cues.match("negative").search(words) or _ELIDED.match(words)
    return negative.end() if negative is not None and (_verb_last(cues) or negative.start() < at) else None


def _verb_last(cues: Cues) -> bool:
    return cues.language in languages() and settings(cues.language).verb_last


def _forbidden(words: str, tool: str, call: re.Match[str] | None, cues: Cues) -> bool:
    """Whether a tool is barred wholly: "never call it for guests" bars it sometimes."""
    denied = _barred_from(words, tool, cues)
    if denied is None or call is None or _BEFORE_BEHIND.search(words):
        return False
    if _verb_last(cues):
        return not words[: words.find(tool)].strip(" `") and call.start() - words.find(tool) - len(tool) <= 3
    return call.start() - denied <= 2 and _FREE.match(words, words.find(tool) + len(tool)) is not None


def _consent(words: str, call: re.Match[str] | None, cues: Cues) -> bool:
    """Whether a call hangs on the user's consent."""
    agreed = cues.match("consent").search(words) is not None
    before = _BEFORE.search(words)
    if before is not None and call is not None and before.end() <= call.start() and agreed:
        return True
    if agreed and (_ONLY_WITH.search(words) or _BEFORE_BEHIND.search(words)):
        return True
    return (agreed or _YES.search(words) is not None) and _REQUIRES.search(words) is not None


def _limit(words: str, tool: str, cues: Cues) -> list[CheckCall]:
    """How often a tool may be called."""
    per = "turn" if _PER_TURN.search(words) else "answer" if _PER_ANSWER.search(words) else "conversation"
    if _barred_from(words, tool, cues) is not None and cues.match("twice").search(words):
        return [CheckCall(name="tool_limit", args={"tool": tool, "max": 1, "per": per})]
    if limit := _AT_MOST.search(words):
        count = (limit[1] or limit[2] or limit[3] or "one").lower()
        return [CheckCall(name="tool_limit", args={"tool": tool, "max": _NUMBERS.get(count) or int(count), "per": per})]
    return []


def _required(
    words: str, tool: str, tools: Sequence[tuple[str, int]], call: re.Match[str] | None, cues: Cues
) -> list[CheckCall]:
    """What a tool has to be called before: the answer, or another tool."""
    if cues.match("before_answer").search(words):
        anew = {"per": "turn"} if _EVERY_MESSAGE.search(words) else {}
        return [CheckCall(name="tool_required", args={"tool": tool, "before": "answer", **anew})]
    names = list(dict.fromkeys(name for name, _ in tools))
    before = _BEFORE.search(words)
    if len(names) == 2 and before is not None:
        (first, at), (second, other) = tools[0], next(t for t in tools if t[0] != tools[0][0])
        if at < before.start() < other:
            return [CheckCall(name="tool_required", args={"tool": first, "before": second})]
        if before.start() < at and cues.match("call").search(words, at, other):
            return [CheckCall(name="tool_required", args={"tool": second, "before": first})]
        return []
    if (
        len(names) == 2
        and (behind := _BEFORE_BEHIND.search(words)) is not None
        and tools[0][1] < behind.start() < tools[-1][1]
    ):
        return [CheckCall(name="tool_required", args={"tool": tools[-1][0], "before": tools[0][0]})]
    if len(names) != 1:
        return []
    if _FIRST_THEN.search(words) or (call is not None and _BEFORE_WHAT.search(words)):
        return [CheckCall(name="tool_required", args={"tool": tool, "before": "answer"})]
    return []


def conversation_checks(text: str, span: Span, cues: Cues, *, once: bool = False) -> list[CheckCall]:
    """Rules about the whole conversation: no earlier answer is given again; these words are said in one turn at most, where the
    statement says `once`.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = 'Mention "the winter offer" at most once.'
    >>> conversation_checks(text, Span(0, len(text)), cues("en"), once=True)
    [CheckCall(name='say_once', args={'text': 'the winter offer'})]
    """
    if cues.match("never_repeat_answer").search(text, span.start, span.end):
        return [CheckCall(name="no_repeat_answer")]
    marks = quoted(text, span.start, span.end)
    if once and len(marks) == 1:
        words = text[marks[0][0] + 1 : marks[0][1] - 1].strip()
        if len(words) >= 4 and not any(c in words for c in "[]{}<>"):
            return [CheckCall(name="say_once", args={"text": words})]
    return []
