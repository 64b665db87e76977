"""How an answer begins and ends: first and last words, closing phrases, postscripts, end punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from lightwing.spec.grammar.edges_last import edge_phrase, in_turn, one_of_several
from lightwing.spec.grammar.edges_said import plain_object, put_there, read_said_edges
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import named_at
from lightwing.spec.grammar.postscript import quoted_postscript, read_postscript
from lightwing.spec.grammar.reading import Reading, reading, scope_at
from lightwing.spec.grammar.terms import Term

__all__ = ["MARKS", "read_edges"]

_STOP = re.compile(r"(?<=[.!?])\s")

_WIDE = {
    "period": "。",
    "exclamation": "！",
    "question": "？",
    "semicolon": "；",
    "colon": "：",
    "comma": "，",
    "ellipsis": "……",
    "quotes": "”",
}
"""Signs as a script without spaces writes them."""

MARKS: Mapping[str, str] = {
    "comma": ",",
    "period": ".",
    "exclamation": "!",
    "question": "?",
    "semicolon": ";",
    "colon": ":",
    "dash": "—",
    "hyphen": "-",
    "parentheses": "()",
    "apostrophe": "'",
    "ellipsis": "…",
    "quotes": '"',
    "asterisk": "*",
    "brackets": "[]",
    "slash": "/",
    "dollar": "$",
    "ampersand": "&",
    "percent": "%",
    "enumeration": "、",
    "hash": "#",
    "at_sign": "@",
}
"""The sign that each concept of the lexicon's section ``punct`` stands for."""


def read_edges(frame: Frame) -> Iterator[Reading]:
    """Beginnings, ends and postscripts."""
    yield from read_postscript(frame)
    if not frame.has("part.postscript") and not quoted_postscript(frame):
        yield from _only_questions(frame)
        yield from _unified_end(frame)
        yield from read_said_edges(frame)
        yield from _ends(frame)
        yield from _starts(frame)


def _ends(frame: Frame) -> Iterator[Reading]:
    """ "End with …", "the very last sentence should be …", "each sentence must end with a period"."""
    for at in frame.find("verb.end", "part.ending", "part.last_word"):
        if _inside(frame, at):
            continue
        if frame.negative[at]:
            but = next((i for i in frame.find("word.but") if i > at), None)
            turned = None if but is None else _phrase(frame, but)
            if turned is not None:
                yield reading(frame, "ends_with", {"text": turned[0]}, at, turned[1], scope="answer")
                return
            continue
        if frame.topical[at] and not frame.terms[at].has("part.ending"):
            continue
        mark = _mark_near(frame, at)
        if mark is not None:
            marks, last = mark
            tail = (
                "answer"
                if frame.lexicon.verb_last and scope_at(frame, at, last).startswith("question")
                else "sentence:-1"
                if frame.terms[at].has("part.last_sentence")
                else "line:-1"
                if frame.terms[at].has("part.last_line")
                else None
            )
            yield reading(frame, "ending", {"marks": marks}, at, last, scope=tail)
            return
        placed = _mark_before(frame, at)
        if placed is not None:
            yield reading(frame, "ending", {"marks": [placed[0]]}, placed[1], at)
            return
        phrase = _phrase(frame, at)
        if (
            phrase is None
            and at
            and frame.terms[at].has("part.ending", "part.last_word")
            and not frame.lexicon.verb_last
            and (subject := _subject_literal(frame, at))
        ):
            phrase = subject, at, False
        if phrase is None:
            phrase = _bare_behind(frame, at) or (
                _word_after(frame, at) if frame.lexicon.spaces and frame.terms[at].has("verb.end") else None
            )
        if phrase is None or (frame.lexicon.verb_last and len(phrase[0]) <= 6 and _of_every_sentence(frame)):
            continue
        text, last, labelled_word = phrase
        scope = scope_at(frame, at, last)
        if scope.startswith(("line:-1", "sentence:-1")):
            scope = "answer"
        labelled_word = (labelled_word or frame.terms[at].has("part.last_word")) and not any(
            c in "。、，！？" for c in text
        )
        if frame.lexicon.verb_last and one_of_several(frame, last):
            return
        name, key = ("last_word", "word") if labelled_word and " " not in text else ("ends_with", "text")
        yield reading(frame, name, {key: text}, at, last, scope=scope)
        return


def _of_every_sentence(frame: Frame) -> bool:
    """Whether the end spoken of is that of every sentence, which `_unified_end` reads."""
    return frame.has("part.sentence_ends", "odd.same_end") or (
        frame.has("word.all", "word.each")
        and frame.has("unit.sentences", "part.ending")
        and not frame.has("unit.paragraphs")
    )


def _only_questions(frame: Frame) -> Iterator[Reading]:
    """ "A poem consisting only of questions": each of its sentences is one."""
    for at in frame.find("unit.questions") if not frame.lexicon.spaces and not frame.lexicon.verb_last else ():
        each = any(t.has("word.each", "word.all") for t in frame.terms[:at]) and frame.has("unit.sentences")
        being = any(t.has("verb.be", "word.must") for t in frame.terms[max(0, at - 4) : at])
        if each and being and not frame.negative[at] and not any(q.last < at <= q.last + 2 for q in frame.quantities):
            yield reading(frame, "ending", {"marks": ["？"]}, at, at, scope="each_sentence")
            return
    for at in frame.find("unit.questions") if frame.lexicon.spaces else ():
        near = frame.terms[max(0, at - 3) : at]
        if (
            any(t.has("word.only") for t in near)
            and not any(t.number is not None for t in near)
            and not frame.negative[at]
            and frame.governed_by(at, "include", "write", "answer")
        ):
            yield reading(frame, "ending", {"marks": ["?"]}, at, at, scope="each_sentence")
            return


def _inside(frame: Frame, at: int) -> bool:
    """ "在最后一句话里加入“再见”": the end is where something stands, not what it is."""
    if frame.lexicon.spaces or not frame.terms[at].has("part.ending", "part.beginning"):
        return False
    behind = frame.terms[at + 1 : at + 5]
    if not behind:
        return False
    placed = behind[0].norm in ("里", "中", "内", "里面", "当中") and any(
        t.has("verb.include", "verb.avoid", "verb.appear") for t in behind[1:]
    )
    if frame.lexicon.verb_last and frame.terms[at].name("unit") and behind[0].norm == "に":
        return frame.governed_by(at, "include", "avoid", "appear")
    part = bool(frame.terms[at].name("unit")) and (behind[0].has("word.of") or any(_holds(t) for t in behind[:2]))
    return placed or part


def _holds(term: Term) -> bool:
    return term.has("verb.include", "verb.avoid", "verb.appear") and not term.has("word.link", "verb.write", "verb.be")


def _unified_end(frame: Frame) -> Iterator[Reading]:
    """All sentences end alike: in です・ます, in である, or in one word."""
    if not frame.lexicon.verb_last:
        return
    ended = frame.find("odd.same_end", "part.sentence_ends") or (
        frame.find("part.ending", "verb.end")
        if frame.has("word.all", "word.each") and frame.has("unit.sentences", "part.ending")
        else []
    )
    for at, term in enumerate(frame.terms):
        if ended and term.kind == "literal" and 0 < len(term.inner) <= 6:
            style = (
                "polite"
                if term.inner.rstrip("。") in ("です", "ます")
                else "plain"
                if term.inner.rstrip("。") in ("だ", "である")
                else None
            )
            if style is not None:
                yield reading(frame, "sentence_style", {"style": style}, at, ended[0], scope="answer")
            elif any(c.isalnum() for c in term.inner) and not frame.negative[at]:
                scope = "each_" + _lines_or_sentences(frame).removesuffix("s")
                yield reading(frame, "ends_with", {"text": term.inner.strip()}, at, ended[0], scope=scope)
            return
    if frame.has("odd.same_end") and not any(t.names("style") for t in frame.terms):
        yield reading(
            frame,
            "same_end",
            {"of": _lines_or_sentences(frame)},
            frame.find("odd.same_end")[0],
            frame.find("odd.same_end")[0],
            scope="answer",
        )


def _lines_or_sentences(frame: Frame) -> str:
    return "lines" if frame.has("unit.lines", "unit.verses") else "sentences"


def _one_at_end(frame: Frame, at: int, index: int) -> bool:
    """ "Close with a question"."""
    before = frame.terms[index - 1]
    closes = frame.terms[at].has("verb.end") or (
        frame.terms[at].has("part.last_sentence", "part.last_line")
        and any(t.has("verb.be", "word.must") for t in frame.terms[at + 1 : index])
    )
    return closes and (before.has("amount.one") or before.number == 1)


def _mark_before(frame: Frame, at: int) -> tuple[str, int] | None:
    """ "Put a question mark at the end of every line"."""
    if not frame.lexicon.spaces or not frame.terms[at].has("part.ending") or not frame.has("word.each", "word.every"):
        return None
    for index in range(at - 1, max(-1, at - 4), -1):
        name = frame.terms[index].name("punct")
        if (
            name is not None
            and name in MARKS
            and index
            and frame.terms[index - 1].has("amount.one")
            and not frame.negative[index]
        ):
            return MARKS[name], index
    return None


def _mark_near(frame: Frame, at: int) -> tuple[list[str], int] | None:
    before = frame.lexicon.verb_last and not (
        frame.terms[at].has("part.ending") and not frame.terms[at].has("verb.end")
    )
    order = range(at - 1, max(-1, at - 8), -1) if before else range(at + 1, min(at + 8, len(frame.terms)))
    marks: list[str] = []
    last = at
    for index in order:
        term = frame.terms[index]
        name = (
            "question"
            if marks == []
            and term.has("unit.questions")
            and (not frame.lexicon.spaces or _one_at_end(frame, at, index))
            else term.name("punct")
        )
        if name is not None and name in MARKS and (name != "quotes" or frame.lexicon.spaces):
            marks.append(MARKS[name] if frame.lexicon.spaces else _WIDE.get(name, MARKS[name]))
            last = index
        elif term.kind == "literal" and len(term.inner) == 1 and not term.inner.isalnum():
            marks.append(term.inner)
            last = index
        elif (
            term.kind == "literal"
            or (term.name("unit") and marks)
            or (
                marks
                and not (
                    term.has("word.or", "word.and", "amount.one", "word.filler", "verb.be")
                    or term.norm in ",，、()（）"
                )
            )
        ):
            break
    if not marks and frame.terms[at].has("verb.end") and not frame.lexicon.spaces and not frame.lexicon.verb_last:
        for index in range(at - 1, max(-1, at - 4), -1):
            term = frame.terms[index]
            name = "question" if term.has("unit.questions") else term.name("punct")
            if name is not None and name in MARKS:
                return [_WIDE.get(name, MARKS[name])], at
            if not term.has("word.filler", "verb.be", "word.link"):
                break
    return (sorted(set(marks), key=marks.index), last) if marks else None


def _phrase(frame: Frame, at: int) -> tuple[str, int, bool] | None:
    """The literal a start or end verb takes; behind a colon or "the phrase", the bare rest of the sentence."""
    terms = frame.terms
    if frame.lexicon.verb_last:
        return edge_phrase(frame, at)
    if not frame.lexicon.spaces and (before := _literal_before(frame, at)) is not None:
        return before
    word = False
    for index in range(at + 1, min(at + 16, len(terms))):
        term = terms[index]
        word = word or term.has("label.word")
        if term.kind == "literal":
            matter = frame.lexicon.spaces and (
                (frame.topical[index] and not frame.topical[at] and not any(t.norm in ":," for t in terms[at:index]))
                or plain_object(frame, at, index)
            )
            return None if matter else (term.inner.strip(), index, word)
        if frame.lexicon.spaces and term.has("verb.include") and put_there(frame, at, index):
            continue
        if not frame.lexicon.spaces and term.has("verb.include", "verb.wrap", "verb.be", "verb.write"):
            continue
        if term.has("word.but") or (
            term.has("verb.include", "verb.avoid", "verb.start", "verb.end", "part.postscript", "verb.wrap")
            and term.norm != "saying"
            and not (frame.terms[at].has("part.beginning", "part.ending") and term.has("verb.write"))
        ):
            return None
        spoken = term.has("word.with") and frame.terms[at].has("verb.end") and len(terms) - index > 4
        if (term.has("label.phrase") or spoken or term.norm in ":：") and index + 1 < len(terms):
            following = terms[index + 1 :]
            if any(t.kind == "literal" for t in following[:6]) or (not frame.lexicon.spaces and term.norm not in ":："):
                continue
            if term.has("label.phrase") and following[0].norm in ":：":
                continue
            first = following[0]
            if frame.lexicon.spaces and term.norm in ":：" and not _announces(frame, at, index):
                continue
            if frame.lexicon.spaces and (
                first.number is not None or first.has("amount.one", "amount.none", "word.each")
            ):
                return None
            if (term.norm not in ":：" and not _capital(frame, first.start)) or not any(
                t.kind in ("word", "lex", "cjk") for t in following
            ):
                continue
            if not frame.lexicon.spaces and (
                index - at > (6 if any(t.has("label.phrase") for t in terms[at:index]) else 2)
                or not any(
                    t.has("label.phrase", "word.below", "word.link", "verb.be") for t in terms[max(0, at - 6) : index]
                )
            ):
                return None
            return _STOP.split(frame.text[first.start : frame.end].strip())[0], len(terms) - 1, False
    return None


def _announces(frame: Frame, at: int, colon: int) -> bool:
    """Whether what stands behind a colon is what the verb takes: "end with this sentence: …", not "in Korean from start to finish: …"."""
    return (
        any(
            t.has("word.with", "label.phrase", "label.word", "label.words", "word.below", "verb.be", "word.must")
            for t in frame.terms[at:colon]
        )
        or colon == at + 1
    )


def _subject_literal(frame: Frame, at: int) -> str | None:
    """The literal that is to be what a term names: ""Amen" must be the last word", "make "Once" the first word"."""
    for term in reversed(frame.terms[max(0, at - 7) : at]):
        if term.kind == "literal":
            return term.inner.strip()
        if not term.has(
            "word.must", "verb.be", "word.filler", "word.link", "verb.appear", "verb.write", "word.request"
        ):
            return None
    return None


def _further(frame: Frame, last: int) -> Iterator[int]:
    """Further literals of one verb, each with its own part: "start the first paragraph with "a" and the second with "b""."""
    for index in range(last + 1, len(frame.terms)):
        between = frame.terms[last + 1 : index]
        if (
            frame.terms[index].kind == "literal"
            and any(t.kind == "ordinal" or (t.name("unit") and after.number) for t, after in pairwise(between))
            and not any(t.has("verb.end", "verb.include") for t in between)
        ):
            yield index
            last = index


def _literal_before(frame: Frame, at: int) -> tuple[str, int, bool] | None:
    """The literal in front of the verb ("以“…”结尾"), if only labels and particles stand between."""
    for index in range(at - 1, max(-1, at - 9), -1):
        term = frame.terms[index]
        if term.kind == "literal":
            inner = frame.terms[index + 1 : at]
            named = inner + frame.terms[max(0, index - 1) : index]
            return term.inner.strip(), at, any(_names_word(frame, t) for t in named)
        placed = (
            term.kind in ("ordinal", "number")
            or term.name("unit")
            or term.has("word.each", "word.must", "part.beginning", "part.ending", "verb.wrap", "part.answer")
        )
        if not (placed or term.names("label") or term.has("word.filler", "word.of", "verb.be", "word.link")):
            return None
    return None


def _names_word(frame: Frame, term: Term) -> bool:
    """Whether a label says that a word is meant: "“首先”一词"; "“到此为止”四个字" are signs, which may be a whole phrase."""
    signs = not frame.lexicon.spaces and len(term.norm) > 2 and term.norm.endswith("字")
    return term.has("label.word") and not term.has("label.phrase") and not signs


def _capital(frame: Frame, at: int) -> bool:
    return frame.text[at].isalnum() and not frame.text[at].islower()


def _starts(frame: Frame) -> Iterator[Reading]:
    if frame.lexicon.verb_last and (turns := in_turn(frame)):
        yield from turns
        return
    for at in frame.find("verb.start", "part.beginning", "part.first_word"):
        if _inside(frame, at):
            continue
        if (
            frame.negative[at]
            or frame.topical[at]
            or frame.has("verb.mark")
            or (frame.has("unit.sections") and frame.has("word.each"))
        ):
            continue
        if any(t.kind == "star" or t.has("verb.highlight") for t in frame.terms) or frame.has("verb.repeat"):
            continue
        phrase = _phrase(frame, at)
        if (
            phrase is not None
            and frame.lexicon.spaces
            and frame.terms[phrase[1] - 1].has("word.example")
            and phrase[1] > at + 2
        ):
            continue
        listed = not frame.lexicon.spaces and frame.has(
            "unit.bullets", "unit.items", "unit.sections", "unit.numbered_items"
        )
        if phrase is not None and listed and not any(c.isalnum() for c in phrase[0]):
            continue
        if phrase is None and at and not frame.lexicon.verb_last:
            subject = next((i for i in range(at - 1, max(-1, at - 5), -1) if frame.terms[i].kind == "literal"), None)
            if subject is not None and any(t.names("label") for t in frame.terms[max(0, subject - 2) : subject]):
                phrase = frame.terms[subject].inner.strip(), at, True
            elif frame.terms[at].has("part.first_word", "part.beginning") and (named := _subject_literal(frame, at)):
                phrase = named, at, False
        if phrase is None:
            after = None if frame.lexicon.verb_last else _word_after(frame, at) or _bare_behind(frame, at)
            if after is None:
                continue
            phrase = after
        text, last, word = phrase
        if not text:
            continue
        word = word or frame.terms[at].has("part.first_word")
        scope = scope_at(frame, at, last)
        whole = not word and not (scope.startswith("paragraph:") and frame.lexicon.spaces)
        if (" " in text and scope == "answer") or (frame.lexicon.spaces and len(text) == 1 and text.isalpha()):
            whole = True
        if whole and not frame.lexicon.spaces and scope in ("sentence:1", "line:1", "first_line", "paragraph:1"):
            scope = "answer"  # what the first sentence begins with, the answer does
        if whole:
            yield reading(frame, "starts_with", {"text": text}, at, last, scope=scope)
        else:
            yield reading(frame, "first_word", {"word": text}, at, last, scope=scope)
        for more in _further(frame, last) if frame.lexicon.spaces and not whole else ():
            yield reading(frame, "first_word", {"word": frame.terms[more].inner.strip()}, more, more)
        return


def _bare_behind(frame: Frame, at: int) -> tuple[str, int, bool] | None:
    """ "The first word must be Yes", "paragraph 4 leads off with Finally": one word at the end of its clause."""
    if frame.lexicon.spaces and frame.terms[at].has("verb.start") and at + 1 < len(frame.terms):
        word, behind = frame.terms[at + 1], frame.terms[at + 2] if at + 2 < len(frame.terms) else None
        capital = frame.text[word.start].isupper() and word.kind in ("word", "lex")
        if capital and (behind is None or behind.norm in ".;!") and scope_at(frame, at, at + 1) != "answer":
            return frame.text[word.start : word.end], at + 1, True
    if not frame.lexicon.spaces or not frame.terms[at].has("part.first_word", "part.last_word"):
        return None
    for index in range(at + 1, min(at + 9, len(frame.terms) - 1)):
        if not frame.terms[index].has("verb.be"):
            continue
        word, after = frame.terms[index + 1], frame.terms[index + 2] if index + 2 < len(frame.terms) else None
        ends = after is None or after.norm in ".,;!:" or after.has("word.and", "word.but")
        return (frame.text[word.start : word.end], index + 1, True) if ends and word.kind in ("word", "lex") else None
    return None


def _word_after(frame: Frame, at: int) -> tuple[str, int, bool] | None:
    for index in range(at + 1, min(at + 10, len(frame.terms))):
        if frame.terms[index].has("word.of"):
            return None
        if frame.terms[index].has("label.word"):
            if index + 1 < len(frame.terms) and frame.terms[index + 1].has("word.of"):
                return None
            named = named_at(frame, index + 1, many=False)
            return None if named is None else (named.words[0], named.last, True)
        if frame.terms[index].has("verb.include", "verb.avoid"):
            return None
    return None
