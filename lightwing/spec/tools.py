"""Rules about tools that code can decide: the tools are named literally, and the rule leaves nothing to judgement."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.duties.conditions import TOOL_NAME
from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.sentences import quoted

__all__ = ["conversation_checks", "tool_checks"]

_AT_MOST = re.compile(
    r"\b(?:at most|no more than|not more than|up to|a maximum of|maximum of|only|just|como máximo|au plus|au maximum|une seule fois|una sola vez)\s+(\d+|once|twice|one|two|three|una|dos|une|deux)\b"
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
_BEFORE = re.compile(r"\b(?:before|prior to|antes de|avant d[e'’])\s", re.IGNORECASE)
_BEFORE_BEHIND = re.compile(r"之前|以前|前，|前,|(?:る|の)前に")
_CALLS = re.compile(
    r"\b(?:call|calling|calls|invoke|invoking|llama|llamar|invoca|appelle|appelez|through)\b|调用|調用|呼",
    re.IGNORECASE,
)
_PER_TURN = re.compile(
    r"\b(?:per|in (?:a|one|each|the same)|each|every) (?:turn|user message|message of the user)\b|每轮|por turno|par tour",
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
        if sure or m[1] or _CALLS.search(words[max(0, m.start() - 14) : m.start()])
    ]
    call = next((c for c in cues.match("call").finditer(words) if any(0 <= at - c.end() < 18 for _, at in tools)), None)
    named = [name for name, at in tools if call is not None and at > call.start()] or [
        n for n, _ in tools if n in known
    ]
    if not named and tools and cues.match("before_answer").search(words):
        named = [tools[0][0]]
    if not named and call is None:
        called = cues.match("call").search(words)
        named = [m[1] for m in TOOL_NAME.finditer(words) if m[1]][:1] if called is not None else []
        if not named and not tools and subject is not None and (called is not None or _AT_MOST.search(words)):
            named, tools, call = [subject], [(subject, len(words))], called
    if not named or "." in named[0]:
        return []
    return _rule(words, named, tools, call, cues)


def _rule(
    words: str, named: Sequence[str], tools: Sequence[tuple[str, int]], call: re.Match[str] | None, cues: Cues
) -> list[CheckCall]:
    tool = named[0]
    per = "turn" if _PER_TURN.search(words) else "answer" if _PER_ANSWER.search(words) else "conversation"
    before = _BEFORE.search(words)
    if before is not None and call is not None and before.end() <= call.start() and cues.match("consent").search(words):
        return [CheckCall(name="tool_consent", args={"tools": list(dict.fromkeys(named))})]
    if _ONLY_WITH.search(words) and cues.match("consent").search(words):
        return [CheckCall(name="tool_consent", args={"tools": list(dict.fromkeys(named))})]
    if _BEFORE_BEHIND.search(words) and cues.match("consent").search(words):
        return [CheckCall(name="tool_consent", args={"tools": list(dict.fromkeys(named))})]
    negative = cues.match("negative").search(words)
    if negative is not None and negative.start() < words.find(tool):
        if cues.match("twice").search(words):
            return [CheckCall(name="tool_limit", args={"tool": tool, "max": 1, "per": per})]
        behind = words.find(tool) + len(tool)
        forbids = call is not None and call.start() - negative.end() <= 2 and _FREE.match(words, behind) is not None
        return [CheckCall(name="tool_forbidden", args={"tool": tool})] if forbids else []
    if limit := _AT_MOST.search(words):
        count = (limit[1] or limit[2] or limit[3] or "one").lower()
        return [CheckCall(name="tool_limit", args={"tool": tool, "max": _NUMBERS.get(count) or int(count), "per": per})]
    if cues.match("before_answer").search(words):
        anew = {"per": "turn"} if _EVERY_MESSAGE.search(words) else {}
        return [CheckCall(name="tool_required", args={"tool": tool, "before": "answer", **anew})]
    if before is not None and len(tools) == 2 and tools[0][1] < before.start() < tools[1][1]:
        return [CheckCall(name="tool_required", args={"tool": tools[0][0], "before": tools[1][0]})]
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
