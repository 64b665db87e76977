"""Text into tokens: words, numbers, quoted literals of every style, marks. One linear pass; a quoted string is one token.

Scripts without spaces give one token per character, so that one lookup (longest match over tokens) serves every language.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = ["Token", "TokenKind", "fold", "kansuji", "tokenize"]

TokenKind = Literal["word", "cjk", "number", "ordinal", "literal", "angle", "bracket", "star", "mark", "punct", "break"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token. `norm` is what the lexicon is asked for; `inner` the text between quotes or brackets; `value` the number.

    `joined` is True where a hyphen ties the token to the next one ("30-line").
    """

    kind: TokenKind
    start: int
    end: int
    norm: str
    inner: str = ""
    value: int | None = None
    joined: bool = False


CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005"
KANSUJI = "〇零一二两兩三四五六七八九十百千万"
_LETTER = rf"[^\W\d_{CJK}\u2460-\u24ff]"
_ELISION = r"(?:[lLdDjJnNsScCmMtT]|[qQ]u|[jJ]usqu|[lL]orsqu)['’](?=[^\W\d_]{2}|\s|$)"

_PATTERN = re.compile(
    rf"""
    (?P<fence>```[\s\S]*?```)
  | (?P<break>[ \t\r\u3000]*\n\s*)
  | (?P<angle><<[^<>\n]{{0,300}}>>|《《[^》\n]{{0,300}}》》|＜＜[^＞\n]{{0,300}}＞＞)
  | (?P<bracket>\[[^\[\]\n]{{0,300}}\]|［[^］\n]{{0,300}}］)
  | (?P<literal>
        (?<![\w"]) \\?"(?!")(?:[^"\n]|\n(?!\s*\n)){{0,3000}}"
      | (?<=[{CJK}])"(?:[^"\n]|\n(?!\s*\n)){{0,3000}}"
      | [“”„](?:[^“”"\n]|\n(?!\s*\n)){{0,3000}}[”“"]
      | ‘(?:[^‘’\n]|(?<=\w)’(?=\w)){{0,400}}’(?!\w)
      | (?:(?<![\w'])|(?<=[{CJK}]))'(?=[^\s'])(?:[^'\n]|(?<=\w)'(?=[a-zà-ÿ])){{0,400}}'(?![a-z])
      | «[^«»]{{0,3000}}»
      | 「[^「」]{{0,3000}}」
      | 『[^『』]{{0,3000}}』
      | ｢[^｢｣]{{0,3000}}｣
      | 《[^《》\n]{{0,300}}》
      | 【[^【】\n]{{0,300}}】
      | 〈[^〈〉\n]{{0,300}}〉
      | ［[^［］\n]{{0,300}}］
      | `[^`\n]{{1,300}}`
    )
  | (?P<apart>(?<=[{CJK}、，：][ ])(?![和与或及跟的はをがでと]\s|[{KANSUJI}]+\s)[{CJK}]{{1,8}}(?=\s[{CJK}、。，]))
  | (?P<star>(?P<stars>\*\*?)(?=[^\s*])(?![,.;:)])[^*\n]{{0,200}}(?<!\s)(?P=stars)(?!\*))
  | (?P<mark>\*+|-{{3,}}|={{3,}}|\#{{1,6}}|~{{3,}}|_{{3,}}|[•●]|\|{{2,}}|\+{{3,}}|%{{3,}}|@{{3,}}|&{{3,}}|\^{{3,}}|/{{3,}}|:{{3,}}|§{{2,}}|<{{2}}|>{{2}})
  | (?P<ordinal>[0-9]{{1,4}}(?:st|nd|rd|th|er|re|ère|ème|eme|ère|ere|nde|e|º|ª|°|\.º|\.ª|\.er|\.a|\.o)(?![\w]))
  | (?P<number>[0-9０-９]+(?:[,，.][0-9]{{3}}(?![0-9]))*(?:\.[0-9]+)?(?![A-Za-z]))
  | (?P<acronym>(?:[A-Za-z]\.){{2,}}[A-Za-z]?(?![^\W{CJK}])\.?)
  | (?P<elision>{_ELISION})
  | (?P<word>[0-9]*{_LETTER}(?:{_LETTER}|[0-9]|['’](?={_LETTER}))*)
  | (?P<cjk>[{CJK}])
  | (?P<hyphen>(?<=\w)[-‐‑](?=\w))
  | (?P<punct>\S)
    """,
    re.VERBOSE,
)
_TIMES = re.compile(r"([0-9]{1,4})[xX]")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_BRACKETS = {"angle": 2, "bracket": 1}
_FOLDED = str.maketrans({"’": "'", "‘": "'", "＋": "+", "～": "〜", "、": "、"})


def fold(text: str) -> str:
    """Lower case, without accents, straight apostrophes: how words are looked up.

    >>> fold("Párrafos")
    'parrafos'
    """
    text = text.casefold().translate(_FOLDED)
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))


def kansuji(text: str) -> int | None:
    """Value of a Chinese or Japanese numeral, None where it is not one.

    >>> kansuji("三百二十"), kansuji("二〇"), kansuji("语")
    (320, 20, None)
    """
    digits = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5}
    digits |= {"六": 6, "七": 7, "八": 8, "九": 9}
    scales = {"十": 10, "百": 100, "千": 1000, "万": 10000}
    if not text or any(c not in digits and c not in scales for c in text):
        return None
    if not any(c in scales for c in text):
        return int("".join(str(digits[c]) for c in text[:9]))
    total = section = digit = 0
    for c in text:
        if c in digits:
            digit = digits[c]
        elif c == "万":
            total, section, digit = (total + section + digit or 1) * 10000, 0, 0
        else:
            section, digit = section + (digit or 1) * scales[c], 0
    return total + section + digit


def _number(text: str) -> int | None:
    plain = text.translate(_WIDE_DIGITS).replace(",", "").replace("，", "")
    whole, dot, part = plain.partition(".")
    if dot and len(part) == 3:  # 1.500 is a thousand and a half in Spanish and French print
        whole, part = whole + part, ""
    return None if part or len(whole) > 9 else int(whole)


def tokenize(text: str) -> list[Token]:
    """All tokens of `text` in order; white space between words is dropped, line breaks are tokens.

    >>> [t.norm for t in tokenize('Use the word "sun" 3 times.')]
    ['use', 'the', 'word', '"sun"', '3', 'times', '.']
    >>> [t.norm for t in tokenize('300字以内')]
    ['300', '字', '以', '内']
    """
    tokens: list[Token] = []
    for match in _PATTERN.finditer(text):
        start, end = match.span()
        name, raw = match.lastgroup, match.group()
        if match["stars"]:
            name = "star"
        match name:
            case "hyphen":
                last = tokens[-1] if tokens else None
                if last is None or last.end != start:
                    continue
                if last.kind == "number" and text[end : end + 1].isdigit():
                    tokens.append(Token(kind="punct", start=start, end=end, norm="-"))
                else:
                    tokens[-1] = Token(
                        kind=last.kind, start=last.start, end=last.end, norm=last.norm, value=last.value, joined=True
                    )
            case "word" if (times := _TIMES.fullmatch(raw)) is not None:
                split = start + len(times[1])
                tokens.append(Token(kind="number", start=start, end=split, norm=times[1], value=_number(times[1])))
                tokens.append(Token(kind="word", start=split, end=end, norm="x"))
            case "number":
                value = _number(raw)
                tokens.append(Token(kind="number", start=start, end=end, norm=raw, value=value))
            case "ordinal":
                value = int(re.match(r"[0-9]+", raw).group())  # type: ignore[union-attr]
                tokens.append(Token(kind="ordinal", start=start, end=end, norm=raw, value=value))
            case "literal":
                lead = 2 if raw.startswith("\\") else 1
                inner = raw[lead:-1].removesuffix("\\")
                tokens.append(Token(kind="literal", start=start, end=end, norm=raw, inner=inner))
            case "apart":
                tokens.append(Token(kind="literal", start=start, end=end, norm=raw, inner=raw))
            case "fence":
                tokens.append(Token(kind="literal", start=start, end=end, norm="```", inner=raw[3:-3]))
            case "angle" | "bracket":
                width = _BRACKETS[name]
                tokens.append(Token(kind=name, start=start, end=end, norm=raw, inner=raw[width:-width]))
            case "star":
                tokens.append(Token(kind="star", start=start, end=end, norm=raw, inner=raw.strip("*")))
            case "mark":
                tokens.append(Token(kind="mark", start=start, end=end, norm=raw))
            case "break":
                tokens.append(Token(kind="break", start=start, end=end, norm="\n" * min(2, raw.count("\n"))))
            case "cjk":
                tokens.append(Token(kind="cjk", start=start, end=end, norm=raw))
            case "punct":
                tokens.append(Token(kind="punct", start=start, end=end, norm=fold(raw)))
            case _:
                tokens.append(Token(kind="word", start=start, end=end, norm=fold(raw)))
    return tokens
