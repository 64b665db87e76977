"""Tokens into terms: what the lexicon says of them; and a text into sentences.

Nothing here knows a language: the lexicon says what its phrases mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lightwing.spec.lexicon import Lexicon, Match
from lightwing.spec.text.tokens import Token, kansuji

__all__ = ["Term", "sentences", "spoken_terms", "terms_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A phrase the lexicon knows, or a single token. `kind` is the token's kind, or "lex"."""

    kind: str
    start: int
    end: int
    norm: str
    concepts: frozenset[str] = frozenset()
    inner: str = ""
    number: int | None = None
    ordinal: int | None = None
    joined: bool = False

    def has(self, *concepts: str) -> bool:
        return not self.concepts.isdisjoint(concepts)

    def names(self, section: str) -> Sequence[str]:
        """Names that a section of the lexicon gives this term: ``unit`` of "words" is ("words",)."""
        return _named(self.concepts, section) if self.concepts else ()

    def name(self, section: str) -> str | None:
        names = self.names(section)
        return names[0] if names else None


@lru_cache(maxsize=16_384)
def _named(concepts: frozenset[str], section: str) -> tuple[str, ...]:
    prefix = section + "."
    return tuple(sorted(c[len(prefix) :] for c in concepts if c.startswith(prefix)))


def terms_of(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> list[Term]:
    """Longest-match lookup over the tokens of one sentence; numerals in Chinese characters become numbers."""
    return _composed(_looked_up(text, tokens, lexicon))


_NAMING = ("という", "って言葉", "二字", "两字", "三字", "四字", "一词", "这个词", "这一词", "字样")
"""Labels that name what stands right before them, quoted or not."""
_NAMES = frozenset({"word.filler", "word.of", "word.all"})


def _set_off(text: str, terms: list[Term]) -> list[Term]:
    """Foreign words beside a label ("单词 ship", "exercise、diet 这两个单词") are named as if they stood in quotes: in a script without spaces nothing else sets them off."""
    found: list[Term] = []
    at = 0
    while at < len(terms):
        run = at
        while run < len(terms) and terms[run].kind == "cjk" and not terms[run].concepts and run - at < 10:
            run += 1
        if (
            at < run < len(terms)
            and terms[run].norm.replace(" ", "").startswith(_NAMING)
            and terms[run].names("label")
            and terms[run].start == terms[run - 1].end
        ):
            inner = text[terms[at].start : terms[run - 1].end]
            found.append(Term(kind="literal", start=terms[at].start, end=terms[run - 1].end, norm=inner, inner=inner))
            at = run
            continue
        last = at
        while (
            _foreign(terms[last])
            and last + 1 < len(terms)
            and _foreign(terms[last + 1])
            and terms[last + 1].start - terms[last].end <= 1
        ):
            last += 1
        if not _foreign(terms[at]) or not (_label_before(terms, at) or _label_behind(terms, last)):
            found.append(terms[at])
            at += 1
            continue
        inner = text[terms[at].start : terms[last].end]
        found.append(Term(kind="literal", start=terms[at].start, end=terms[last].end, norm=inner, inner=inner))
        at = last + 1
    return found


def _foreign(term: Term) -> bool:
    return term.kind == "word" and not term.concepts and term.norm[:1].isalpha()


def _label_before(terms: Sequence[Term], at: int) -> bool:
    """A label right before, or before a list whose other members are foreign words or quoted."""
    for index in range(at - 1, max(-1, at - 9), -1):
        term = terms[index]
        if term.names("label") and not term.has("label.keys"):
            return True
        if not (
            _foreign(term)
            or term.kind == "literal"
            or term.norm in "、,，/:："
            or term.has("word.and", "word.or", "range.and")
        ):
            return False
    return False


def _label_behind(terms: Sequence[Term], last: int) -> bool:
    for index in range(last + 1, min(last + 9, len(terms))):
        term = terms[index]
        if term.names("label") and not term.has("label.keys"):
            return True
        listed = (
            _foreign(term)
            or term.kind in ("literal", "number")
            or term.norm in "、,，/"
            or term.has("word.and", "word.or", "range.and")
        )
        if not (listed or term.has(*_NAMES)):
            return False
    return False


def _composed(terms: list[Term]) -> list[Term]:
    """Number words that stand together are one number: "one hundred and fifty", "twenty-five"."""
    composed: list[Term] = []
    for term in terms:
        last = composed[-1] if composed else None
        spoken = term.kind == "number" and term.number and term.norm[:1].isalpha() and not term.concepts
        if spoken and last is not None and last.has("range.and") and len(composed) > 1:
            before = composed[-2]
            if _spoken(before) and _joins(before.number or 0, term.number or 0, conjoined=True):
                composed[-2:] = [_sum(before, term)]
                continue
        if (
            spoken
            and last is not None
            and _spoken(last)
            and _joins(last.number or 0, term.number or 0, conjoined=False)
        ):
            composed[-1] = _sum(last, term)
            continue
        composed.append(term)
    return composed


def _spoken(term: Term) -> bool:
    return term.kind == "number" and term.norm[:1].isalpha() and not term.concepts


def _joins(number: int, more: int, *, conjoined: bool) -> bool:
    if more in (100, 1000):
        return not conjoined and number < more
    if number >= 100 and number % 100 == 0:
        return more < 100
    return 20 <= number < 100 and number % 10 == 0 and more < 10


def _sum(first: Term, second: Term) -> Term:
    number, more = first.number or 0, second.number or 0
    total = number * more if more in (100, 1000) else number + more
    return replace(first, end=second.end, norm=f"{first.norm} {second.norm}", number=total, joined=second.joined)


def _looked_up(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> list[Term]:
    terms: list[Term] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        match = _before_comparator(tokens, at, lexicon.match(tokens, at), lexicon)
        if match is not None and match.length == 1 and text[token.start : token.end].casefold() in lexicon.distinct:
            match = None  # an accent makes another word of it: "sí" (yes) is not "si" (if)
        elif match is None and token.kind == "word":
            match = lexicon.with_clitics(token.norm)
        if match is None and token.kind == "word" and len(token.norm) > 5 and lexicon.spaces:
            match = lexicon.misspelled(token.norm)
        numeral = _numeral(tokens, at) if token.kind == "cjk" and not (match and match.length > 1) else None
        ordinal = _ordinal(tokens, at) if token.norm == "第" else None
        if ordinal is not None and (match is None or match.length <= ordinal[0]):
            length, value = ordinal
            last = tokens[at + length - 1]
            terms.append(Term(kind="ordinal", start=token.start, end=last.end, norm=f"第{value}", ordinal=value))
            at += length
            continue
        if numeral is not None:
            length, value = numeral
            last = tokens[at + length - 1]
            norm = "".join(t.norm for t in tokens[at : at + length])
            terms.extend(_number_terms(token.start, last.end, norm, value))
            at += length
        elif match is not None and _within_word(match, token, terms):
            terms.append(Term(kind=token.kind, start=token.start, end=token.end, norm=token.norm))
            at += 1
        elif match is not None:
            span = tokens[at : at + match.length]
            norm = " ".join(t.norm for t in span if t.kind != "break")
            kind = "number" if match.number is not None else "ordinal" if match.ordinal is not None else "lex"
            plain = match.concepts == {"word.plain"}
            terms.append(
                Term(
                    kind=token.kind if plain else kind,
                    start=token.start,
                    end=span[-1].end,
                    norm=norm,
                    concepts=frozenset() if plain else match.concepts,
                    number=match.number,
                    ordinal=match.ordinal,
                    joined=span[-1].joined,
                )
            )
            at += match.length
        else:
            number = token.value if token.kind == "number" else None
            position = token.value if token.kind == "ordinal" else None
            terms.append(
                Term(
                    kind=token.kind,
                    start=token.start,
                    end=token.end,
                    norm=token.norm,
                    inner=token.inner,
                    number=number,
                    ordinal=position,
                    joined=token.joined,
                )
            )
            at += 1
    return terms


def _within_word(match: Match, token: Token, terms: Sequence[Term]) -> bool:
    """A unit of one Chinese sign right behind an unknown one is the end of a longer word ("旅行" is no line), and so is katakana behind katakana ("キャッチコピー")."""
    if token.kind != "cjk" or not terms:
        return False
    before = terms[-1]
    unknown = before.kind == "cjk" and not before.concepts and before.end == token.start
    if unknown and "\u30a1" <= token.norm <= "\u30ff":
        return "\u30a1" <= before.norm[-1] <= "\u30ff"
    counted = match.length == 1 and any(c.startswith("unit.") for c in match.concepts)
    return unknown and counted and "\u4e00" <= before.norm[-1] <= "\u9fff"


def _distributed(terms: list[Term]) -> list[Term]:
    """ "2段落目" is the second paragraph; "1行につき", "段落ごとに", "一文は" speak of each: put as ordinal and as "each" before the unit."""
    found: list[Term] = []
    for index, term in enumerate(terms):
        unit = found[-1] if found and found[-1].names("unit") else None
        before = found[-2] if len(found) > 1 and found[-2].kind == "number" else None
        if unit is not None and before is not None and term.has("word.nth") and before.number:
            found[-2:] = [replace(unit, kind="ordinal", start=before.start, end=term.end, ordinal=before.number)]
            continue
        single = (
            before is not None
            and before.number == 1
            and (
                term.has("word.per")
                or (
                    (
                        term.norm in ("は", "が")
                        or (term.norm == "に" and index + 1 < len(terms) and terms[index + 1].number)
                    )
                    and unit is not None
                    and not unit.has("unit.paragraphs", "unit.bullets")
                )
            )
        )
        if unit is not None and (single or (before is None and term.has("word.per"))):
            begin = before if single and before is not None else unit
            each = Term(kind="lex", start=begin.start, end=begin.start, norm="", concepts=frozenset({"word.each"}))
            found[-2 if begin is before else -1 :] = [each, replace(unit, end=term.end)]
            continue
        if (
            unit is not None
            and before is not None
            and before.number == 1
            and term.number
            and unit.has("unit.lines", "unit.sentences")
        ):
            found[-2:] = [
                Term(kind="lex", start=before.start, end=before.start, norm="", concepts=frozenset({"word.each"})),
                unit,
            ]
        found.append(term)
    return found


def _before_comparator(tokens: Sequence[Token], at: int, match: Match | None, lexicon: Lexicon) -> Match | None:
    """ "And no more" behind a number is not to swallow the beginning of "no more than"."""
    if match is None or match.length < 2 or not any(c.startswith("compare_after") for c in match.concepts):
        return match
    for skip in range(1, match.length):
        later = lexicon.match(tokens, at + skip)
        if (
            later is not None
            and skip + later.length > match.length
            and any(c.startswith("compare_before") for c in later.concepts)
        ):
            return lexicon.match(tokens[: at + skip], at)
    return match


def _number_terms(start: int, end: int, norm: str, value: int) -> list[Term]:
    """One number, or for neighbouring digits ("两三") the range that they mean."""
    low, high = (kansuji(c) for c in norm) if len(norm) == 2 else (None, None)
    if low is None or high != low + 1 or high > 9:
        return [Term(kind="number", start=start, end=end, norm=norm, number=value)]
    join = frozenset({"range.join"})
    return [
        Term(kind="number", start=start, end=end, norm=norm[0], number=low),
        Term(kind="lex", start=start, end=end, norm="", concepts=join),
        Term(kind="number", start=start, end=end, norm=norm[1], number=high),
    ]


def _ordinal(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """ "第三", "第 3": the ordinal prefix of Chinese and Japanese with its number."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and after.kind == "number" and after.value is not None:
        return 2, after.value
    numeral = _numeral(tokens, at + 1)
    return None if numeral is None else (numeral[0] + 1, numeral[1])


def _numeral(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    text = ""
    for token in tokens[at : at + 12]:
        if token.kind != "cjk" or kansuji(text + token.norm) is None:
            break
        text += token.norm
    value = kansuji(text)
    return None if value is None else (len(text), value)


_CLOSERS = frozenset(".!?。！？；…")


_LONGEST = 300
"""Tokens of a sentence at most: a text without stops is cut, so that reading stays linear."""


def sentences(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[list[Token]]:
    """Cut tokens into sentences. A quotation is one token, so that the stops within it do not cut; a wrapped line goes on."""
    current: list[Token] = []
    for index, token in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.kind == "break":
            if current and not _wrapped(text, current, token, after):
                yield current
                current = []
            continue
        if len(current) >= _LONGEST:
            yield current
            current = []
        current.append(token)
        if token.norm == "." and not lexicon.spaces and _lettered(current):
            continue
        if (
            token.norm == "."
            and len(current) > 1
            and current[-2].end == token.start
            and f"{current[-2].norm}." in lexicon.abbreviations
            and current[-2].norm != "p.s"
            and after is not None
            and after.kind == "number"
        ):
            continue
        if _closes(text, token, after, lexicon):
            yield current
            current = []
    if current:
        yield current


def _lettered(current: Sequence[Token]) -> bool:
    """ "A. 東京 B. 大阪": a stop behind a lone letter or digit, in a script whose own stops are wide, ends no sentence."""
    return len(current) > 1 and len(current[-2].norm) == 1 and current[-2].norm.isascii() and len(current) > 2


def _closes(text: str, token: Token, after: Token | None, lexicon: Lexicon) -> bool:
    if after is None or after.kind == "break":
        return False
    if token.norm in _CLOSERS:
        if after.norm in "）)」』”】》":
            return False
        if token.norm in "。！？；":
            return True
        first = text[after.start]
        if first.islower() and text[token.start - 1 : token.start].isspace():  # "the sign ! must appear"
            return False
        return text[token.end : token.end + 1].isspace() and not (first.islower() and token.norm in ".…")
    spoken = token.kind == "literal" and token.inner[-1:] in tuple(".!?。！？") and len(token.inner) > 1
    return spoken and after.kind == "word" and text[after.start].isupper() and token.norm not in lexicon.abbreviations


def _wrapped(text: str, current: Sequence[Token], line_break: Token, after: Token | None) -> bool:
    """A single line break inside a sentence: the line neither ends nor does the next one begin anything."""
    if after is None or line_break.norm != "\n" or current[-1].norm in _CLOSERS or current[-1].norm in ":：,，":
        return False
    line = line_break.start - max(text.rfind("\n", 0, line_break.start), 0)
    return after.kind == "word" and text[after.start].islower() and current[-1].kind == "word" and line >= 40


def spoken_terms(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> list[Term]:
    """The terms of one sentence, foreign words set off, examples' negations aside."""
    terms = terms_of(text, tokens, lexicon)
    return _without_example_negation(_restricted(terms) if lexicon.spaces else _distributed(_set_off(text, terms)))


def _restricted(terms: list[Term]) -> list[Term]:
    """ "N'utilise que des minuscules", "no uses más que minúsculas": a negation that an exception takes back means "only"."""
    changed = list(terms)
    for at, term in enumerate(terms):
        if not term.has("word.restrict_open"):
            continue
        for index in range(at + 1, min(at + 9, len(terms))):
            other = terms[index]
            if other.has("word.restrict_close"):
                changed[at] = replace(term, concepts=term.concepts - {"word.not"})
                changed[index] = replace(other, concepts=frozenset({"word.only"}))
                break
            if other.has("word.not", "amount.none") or other.kind in ("punct", "literal"):
                break
    return changed


def _without_example_negation(terms: list[Term]) -> list[Term]:
    """An example in brackets ("(e.g. NEVER)") negates nothing."""
    inside = example = False
    plain: list[Term] = []
    for term in terms:
        inside = (inside or term.norm in "(（") and term.norm not in ")）"
        example = inside and (example or term.has("word.example"))
        plain.append(replace(term, concepts=frozenset()) if example and term.has("word.not") else term)
    return plain
