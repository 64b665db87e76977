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
    r"link|url|a direct link|number|hotline|phone|telephone|address|email|el|la|los|lo|un|una|este|esta|siempre|solo|sólo|únicamente|exactamente|también|siguiente|"
    r"frase|texto|mensaje|aviso|nota|línea|enlace|teléfono|número|correo|dirección|con|de|del|en|y|cliente|usuario|al|que|le|la phrase|suivante?|texte|message|"
    r"mention|avis|ligne|numéro|téléphone|lien|adresse|avec|par|à|au|du|toujours|uniquement|seulement|exactement|ceci|client|l'utilisateur)\b[\s:：,，*_]*)*$",
    re.IGNORECASE,
)
_JA_SAID = re.compile(r"と(?:だけ|のみ)?(?:言(?!わ)|答え|返|出力|表示|書|回答|伝え|送)")
_ONLY = re.compile(
    r"\b(?:only|nothing but|solely|únicamente|solo|sólo|solamente|nada más que|uniquement|seulement|rien que)\b|只|仅|僅|だけ|のみ",
    re.IGNORECASE,
)
"""What makes the words the whole answer."""
_OR = re.compile(r"\s*,?\s*(?:or|o|ou)\s+$|\s*(?:或者?|还是|か)\s*$", re.IGNORECASE)
_INSTEAD_OF = re.compile(
    r"\b(?:instead of|rather than|en lugar de|en vez de|au lieu de|plutôt que)\s*[\"“«'‘]|[\"”»'’]\s*(?:instead|rather)\b|[”」』]\s*(?:的?代わり|ではなく)|而不|改[说用称]",
    re.IGNORECASE,
)
"""One word that stands in for another is no answer."""
_ANSWER_QUOTE = re.compile(r"\banswer(?=\s?:?\s?[\"“'‘])", re.IGNORECASE)
_REACHED_AT = re.compile(r"\+?\d[\d ()./–-]{5,18}\d|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{2,20}){1,3}")
"""A telephone number or an e-mail address."""
_PATTERN_SIGN = re.compile(r"([\\.^$*+?()\[\]{}|])")
_OPEN_PLACE = re.compile(
    r"\[[^\]]{1,60}\]|\{[^}]{1,60}\}|<[^>]{1,40}>|\bxxx\b|\.\.\.|…|_{2,}|\bX\b|\$\{", re.IGNORECASE
)
_FEW = 4
"""Letters that may stand behind words that are the whole answer: "…这一句"."""
_COMMA = re.compile(r"[,;，；、]")
_SINGLE = re.compile(r"(?<![\w])['‘]([^'‘’\n]{4,300})['’](?![\w])")


def sayings(
    text: str,
    span: Span,
    cues: Cues,
    *,
    start: int | None = None,
    following: Span | None = None,
    conditional: bool = False,
) -> list[CheckCall]:
    """Checks for what the statement says is to be said word for word; a passage with places to be filled in, or one given as an example, is none.

    `start` is where the main clause begins, `following` the statement behind it: the words may stand there, as a quote of their own. Where the statement is
    `conditional`, one word may be all that is to be said, and a telephone number or an address is what is to be given.

    >>> from lightwing.spec.duties.cues import cues
    >>> text = 'Reply with "I cannot help with that."'
    >>> sayings(text, Span(0, len(text)), cues("en"))
    [CheckCall(name='keywords', args={'words': ['I cannot help with that.']})]
    """
    begin = span.start if start is None else start
    says = cues.match("says").search(text, begin, span.end) or (
        _ANSWER_QUOTE.search(text, begin, span.end) if cues.language == "en" else None
    )
    if says is None or cues.match("negative").search(text, _clause(text, begin, says.start()), says.end()):
        return []
    short = conditional and _INSTEAD_OF.search(text, span.start, span.end) is None
    if cues.language == "ja":
        marks = [(a, b) for a, b in quoted(text, begin, span.end) if _JA_SAID.match(text, b, span.end)][:1]
        says_end = marks[0][0] if marks else says.end()
        return _checks(text, span, cues, marks, says_end, short=short) or _reached(text, says.end(), span, cues, short)
    marks = [(a, b) for a, b in quoted(text, says.end(), span.end)] or [
        m.span() for m in _SINGLE.finditer(text, says.end(), span.end)
    ]
    if len(marks) > 1 and _OR.search(text, marks[0][1], marks[1][0]):
        return []
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
    only = _ONLY.search(text, max(begin, says.start() - 12), marks[0][0]) is not None if marks else False
    found = _checks(text, span, cues, marks, says.end(), short=short)
    if only and found and conditional and not _more_behind(text, marks[0][1], span):
        pattern = _PATTERN_SIGN.sub(r"\\\1", found[0].args["words"][0])
        return [CheckCall(name="regex", args={"pattern": pattern, "mode": "whole"})]
    return found or _reached(text, says.end(), span, cues, short)


def _more_behind(text: str, at: int, span: Span) -> bool:
    """Whether more than a few letters follow the words: "only “X” and the price" is no whole answer."""
    return sum(c.isalnum() for c in text[at : span.end]) > _FEW


def _reached(text: str, says_end: int, span: Span, cues: Cues, conditional: bool) -> list[CheckCall]:
    """The one telephone number or e-mail address that is to be given under a condition."""
    if not conditional or cues.match("loosely").search(text, says_end, span.end):
        return []
    found = list(dict.fromkeys(m[0] for m in _REACHED_AT.finditer(text, says_end, span.end)))
    return [CheckCall(name="keywords", args={"words": found})] if len(found) == 1 else []


def _clause(text: str, begin: int, at: int) -> int:
    """Where the clause begins in which `at` stands: behind the last comma."""
    return max([begin, *(m.end() for m in _COMMA.finditer(text, begin, at))])


def _checks(
    text: str, span: Span, cues: Cues, marks: list[tuple[int, int]], says_end: int, *, short: bool = False
) -> list[CheckCall]:
    """The check for the passages at `marks`, or for the one link there is."""
    words: list[str] = []
    for a, b in marks:
        if words:
            break
        lead = text[says_end:a]
        passage = text[a + 1 : b - 1].strip()
        long_enough = len(passage.split()) >= 2 if cues.spaced else len(passage) >= 4
        long_enough = long_enough or (short and len(passage) >= 2 and any(c.isalnum() for c in passage))
        apt = _LEAD.match(lead) is not None if cues.spaced else len(lead) <= 6 and cues.language != "ja"
        if not (apt or _JA_SAID.match(text, b, span.end)) or not long_enough or _OPEN_PLACE.search(passage):
            return []
        words.append(passage)
    if not words:
        links = list(dict.fromkeys(m[0] for m in _URL.finditer(text, says_end, span.end)))
        words = links if len(links) == 1 and not cues.match("loosely").search(text, says_end, span.end) else []
    return [CheckCall(name="keywords", args={"words": words})] if words else []
