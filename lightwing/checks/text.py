"""How an answer is cut into the units that a careful reader would count. One `TextView` per text, cached: every check of a spec reads the same cuts.

Definitions (the page docs/definitions.md gives them with examples):

- *word*: letters, marks and digits, with hyphens, apostrophes, dots and commas inside ("well-known", "don't", "3.14", "U.S."); a web address is one word;
  each Han character and each kana is one word. Markup (``**``, ``#``, list numbers, link targets, code fences) is no word.
- *sentence*: ends with . ! ? … or a CJK full stop, closing quotes and brackets included; not after an abbreviation, an initial or within a number.
  A heading, a list item and a line that ends a block is a sentence of its own if it has a word.
- *paragraph*: a block between blank lines that has a word and is not only a heading or a divider.
- *line*: a line that is not blank.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property, lru_cache

from lightwing.checks.sentences import split_sentences
from lightwing.core.clause import Span

__all__ = ["BEYOND", "HAN", "KANA", "TextView", "bare_ends", "blanked", "is_unspaced", "strip_span", "view"]

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"

_WORD = re.compile(
    rf"(?:https?://|www\.)[^\s<>()\[\]{HAN}{KANA}]+"  # a web address
    rf"|[{HAN}{KANA}]"
    r"|(?:[A-Za-z]\.){2,}[A-Za-z]?(?![\w])"  # U.S., a.m.
    rf"|[^\W_{HAN}{KANA}](?:[^\W{HAN}{KANA}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    rf"\u0980-\u0dff\u0e31\u0e34-\u0e4e\u200c\u200d]|[-‐‑'’ʼ＇.,·](?=[^\W_{HAN}{KANA}]))*"
)
_PLAIN_WORD = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]]+"
    r"|(?:[A-Za-z]\.){2,}[A-Za-z]?(?!\w)"
    r"|[^\W_]\w*(?:[-‐‑'’ʼ＇.,·](?=[^\W_])\w+)*"
)
"""The same for texts without a sign of `BEYOND`: no letter that counts alone and no mark that goes on a letter. Several times faster."""
BEYOND = re.compile("[^\x00-\u02ff\u2000-\u200b\u200e-\u2bff\U0001f000-\U0001faff]")
_NOT_WORDS = re.compile(
    r"(?m)^[ \t]*(?:>[ \t]*)*\d{1,3}[.)](?=\s|$)"  # number of a list item
    r"|^[ \t]*(?:```|~~~)[ \t]*[\w+-]*[ \t]*$"  # code fence with its language
    r"|(?<=\])\([^()\s]*\)?"  # target of a link
    r"|</?[A-Za-z][A-Za-z0-9]*/?>|<br\b"  # bare HTML tag
)
_UNSPACED = re.compile(f"[{HAN}{KANA}]")
_BLANK = re.compile(r"\n[ \t\r\u3000]*\n")
_HEADING = re.compile(r"(?m)^ {0,3}(#{1,6})[ \t]+(\S[^\n]*)")
_DIVIDER = re.compile(r"^[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:=[ \t]*){3,})$")
_BULLET = re.compile(r"(?m)^[ \t\u3000]*(?:>[ \t]*)?(?:([-*+])(?=[ \t])|([•◦▪‣●○■□◆◇・–—]))[ \t\u3000]*(?=\S)")
_NUMBERED = re.compile(
    r"(?m)^[ \t\u3000]*(?:>[ \t]*)?(?:\d{1,3}(?:[.)](?=[ \t])|[、．）])|[(（]\d{1,3}[)）]|[①-⑳])[ \t\u3000]*(?=\S)"
)
_PROSE = ("markdown", "md", "text", "txt", "plaintext")
_FENCE = re.compile(r"(?m)^[ \t]*(```+|~~~+)[^\n]*$")


def is_unspaced(c: str) -> bool:
    """Whether a character belongs to a script that counts it as a word of its own: Han or kana."""
    return c >= "\u3005" and _UNSPACED.match(c) is not None


def _heading_words(line: str) -> str:
    """A heading's text without closing signs."""
    bare = line.rstrip().rstrip("#")
    return bare.rstrip() or line.rstrip()


def strip_span(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    if start < end and not text[start].isspace() and not text[end - 1].isspace():
        return Span(start, end)
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = max(start, end - len(piece) + len(piece.rstrip()))
    return Span(start, end)


_OPENING = "*_#>~` \t\r\n\u3000\u200b\ufeff"
_CLOSING = "*_~` \t\r\n\u3000\u200b\ufeff#"


def bare_ends(text: str) -> str:
    """The text without white space and Markdown marks at its two ends.

    >>> bare_ends("**Dear Ann,** see you. ")
    'Dear Ann,** see you.'
    """
    return text.lstrip(_OPENING).rstrip(_CLOSING)


def blanked(text: str, spans: list[Span]) -> str:
    """The text with these spans blanked out, line breaks kept; of the same length."""
    if not spans:
        return text
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], re.sub(r"[^\n]", " ", span.cut(text))]
        at = span.end
    return "".join([*parts, text[at:]])


class TextView:
    """The cuts of one text; each is computed when first asked for. Spans are characters of the text.

    >>> view("Dr. Ann's well-known 3.5 km run. It was **fun**!").words
    ['Dr', "Ann's", 'well-known', '3.5', 'km', 'run', 'It', 'was', 'fun']
    >>> [s.cut("One. Two!") for s in view("One. Two!").sentences]
    ['One.', 'Two!']
    """

    __slots__ = ("__dict__", "text")

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> str:
        """The text with what is never a word (list numbers, fences, link targets, tags) blanked out; of the same length."""
        text = self.text
        if not (
            "](" in text
            or "<" in text
            or "```" in text
            or "~~~" in text
            or any(line.lstrip(" \t>")[:1].isdigit() for line in text.split("\n"))
        ):
            return text
        return _NOT_WORDS.sub(lambda match: " " * len(match[0]), text)

    @cached_property
    def word_spans(self) -> list[Span]:
        return [Span(*match.span()) for match in self._word_pattern.finditer(self.plain)]

    @property
    def _word_pattern(self) -> re.Pattern[str]:
        return _WORD if not self.text.isascii() and BEYOND.search(self.text) else _PLAIN_WORD

    @cached_property
    def words(self) -> list[str]:
        return self._word_pattern.findall(self.plain)

    @cached_property
    def lower(self) -> str:
        return self.text.lower()

    @cached_property
    def lines(self) -> list[Span]:
        """Lines that are not blank, without white space around."""
        spans, start = [], 0
        for line in self.text.split("\n"):
            span = strip_span(self.text, start, start + len(line))
            if span.start < span.end:
                spans.append(span)
            start += len(line) + 1
        return spans

    @cached_property
    def blocks(self) -> list[Span]:
        """What stands between blank lines."""
        spans, start = [], 0
        for match in _BLANK.finditer(self.text):
            if match.start() < start:
                continue
            spans.append(strip_span(self.text, start, match.start()))
            start = match.end()
        spans.append(strip_span(self.text, start, len(self.text)))
        return [span for span in spans if span.start < span.end]

    @cached_property
    def paragraphs(self) -> list[Span]:
        return [span for span in self.blocks if self._is_paragraph(span)]

    def _is_paragraph(self, span: Span) -> bool:
        block = span.cut(self.text)
        if not any(map(str.isalnum, block)):
            return False
        return "\n" in block or not block.startswith("#") or not _HEADING.fullmatch(block)

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences outside code."""
        return [Span(start, end) for start, end in split_sentences(blanked(self.text, self.code))]

    @cached_property
    def headings(self) -> list[tuple[Span, int, str]]:
        """Markdown headings outside code: span of the line, level, text."""
        found = [(Span(*m.span()), len(m[1]), _heading_words(m[2])) for m in _HEADING.finditer(self.text)]
        return [h for h in found if not self.in_code(h[0].start)]

    @cached_property
    def bullets(self) -> list[tuple[Span, str]]:
        """Bulleted items outside code: span from the mark to the end of its line, and the mark."""
        return [
            (Span(m.start(), self._line_end(m.end())), m[1] or m[2])
            for m in _BULLET.finditer(self.text)
            if not self._is_divider(m.start()) and not self.in_code(m.start())
        ]

    @cached_property
    def numbered(self) -> list[Span]:
        """Numbered items outside code."""
        return [
            Span(m.start(), self._line_end(m.end()))
            for m in _NUMBERED.finditer(self.text)
            if not self.in_code(m.start())
        ]

    @cached_property
    def items(self) -> list[Span]:
        """List items of either kind."""
        return sorted([span for span, _ in self.bullets] + self.numbered)

    @cached_property
    def code(self) -> list[Span]:
        """Fenced code, fences included; an open fence runs to the end. A fence that is said to hold Markdown or text holds no code."""
        spans: list[Span] = []
        opened: re.Match[str] | None = None
        prose = False
        for match in _FENCE.finditer(self.text):
            if opened is None:
                opened = match
                prose = match[0].strip("`~ \t").lower() in _PROSE
            elif match[1][0] == opened[1][0] and len(match[1]) >= len(opened[1]):
                if not prose:
                    spans.append(Span(opened.start(), match.end()))
                opened = None
        if opened is not None and not prose:
            spans.append(Span(opened.start(), len(self.text)))
        return spans

    def in_code(self, position: int) -> bool:
        at = bisect_right(self._code_starts, position) - 1
        return at >= 0 and position < self.code[at].end

    @cached_property
    def _code_starts(self) -> list[int]:
        return [span.start for span in self.code]

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def _is_divider(self, position: int) -> bool:
        start = self.text.rfind("\n", 0, position + 1) + 1
        return _DIVIDER.match(self.text[start : self._line_end(position)]) is not None


@lru_cache(maxsize=32)
def view(text: str) -> TextView:
    """The cached view of a text."""
    return TextView(text)
