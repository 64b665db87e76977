"""Fixed words that a document tells the assistant to say: quoted passages after "say", links to include."""

from __future__ import annotations

import re

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.sentences import quoted

__all__ = ["sayings"]

_URL = re.compile(r"https?://[^\s<>\"'“”)\]，。`]+[^\s<>\"'“”)\].,;:!?，。`]")
_LEAD = re.compile(
    r"[\s:：,，*_(]*(?:(?:with|the|an?|this|these|following|exact|exactly|only|just|simply|always|response|reply|answer|message|text|phrase|sentence|words?|line|"
    r"statement|to|them|him|her|users?|by|saying|note|disclaimer|it|back|also|and|first|greeting|in|at|end|start|of|your|each|every|conversation|messages?|is|be|"
    r"link|url|a direct link|el|la|los|siguiente|frase|texto|mensaje|con|usuario|al|que|le|la phrase|suivante?|texte|avec|par|à|l'utilisateur)\b[\s:：,，*_]*)*$",
    re.IGNORECASE,
)
_JA_SAID = re.compile(r"と(?:だけ|のみ)?(?:言(?!わ)|答え|返|出力|表示|書|回答|伝え|送)")
_OPEN_PLACE = re.compile(
    r"\[[^\]]{1,60}\]|\{[^}]{1,60}\}|<[^>]{1,40}>|\bxxx\b|\.\.\.|…|_{2,}|\bX\b|\$\{", re.IGNORECASE
)
_SINGLE = re.compile(r"(?<![\w])['‘]([^'‘’\n]{4,300})['’](?![\w])")


def sayings(
    text: str, span: Span, cues: Cues, *, start: int | None = None, following: Span | None = None
) -> list[CheckCall]:
    """Checks for what the statement says is to be said word for word; a passage with places to be filled in, or one given as an example, is none.

    `start` is where the main clause begins, `following` the statement behind it: the words may stand there, as a quote of their own.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = 'Reply with "I cannot help with that."'
    >>> sayings(text, Span(0, len(text)), cues("en"))
    [CheckCall(name='keywords', args={'words': ['I cannot help with that.']})]
    """
    begin = span.start if start is None else start
    says = cues.match("says").search(text, begin, span.end)
    if says is None or cues.match("negative").search(text, begin, says.end()):
        return []
    if cues.language == "ja":
        marks = [(a, b) for a, b in quoted(text, begin, span.end) if _JA_SAID.match(text, b, span.end)][:1]
        says_end = marks[0][0] if marks else says.end()
        return _checks(text, span, cues, marks, says_end)
    marks = [(a, b) for a, b in quoted(text, says.end(), span.end)] or [
        m.span() for m in _SINGLE.finditer(text, says.end(), span.end)
    ]
    if (
        not marks
        and following is not None
        and (cues.spaced or span.end - says.end() <= 6)
        and _LEAD.match(text[says.end() : span.end])
    ):
        quote = quoted(text, following.start, following.end)
        opened = not quote and text[following.start] in '"“「'
        whole = quote == [(following.start, following.end)]
        marks = [(following.start, following.end + opened)] if whole or opened else []
        return _checks(text, following, cues, marks, following.start)
    return _checks(text, span, cues, marks, says.end())


def _checks(text: str, span: Span, cues: Cues, marks: list[tuple[int, int]], says_end: int) -> list[CheckCall]:
    """The check for the passages at `marks`, or for the one link there is."""
    words: list[str] = []
    for a, b in marks:
        if words:
            break
        lead = text[says_end:a]
        passage = text[a + 1 : b - 1].strip()
        long_enough = len(passage.split()) >= 2 if cues.spaced else len(passage) >= 4
        apt = _LEAD.match(lead) is not None if cues.spaced else len(lead) <= 6 and cues.language != "ja"
        if not (apt or _JA_SAID.match(text, b, span.end)) or not long_enough or _OPEN_PLACE.search(passage):
            return []
        words.append(passage)
    if not words:
        links = list(dict.fromkeys(m[0] for m in _URL.finditer(text, says_end, span.end)))
        words = links if len(links) == 1 and not cues.match("loosely").search(text, says_end, span.end) else []
    return [CheckCall(name="keywords", args={"words": words})] if words else []
