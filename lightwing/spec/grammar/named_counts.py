"""What is asked of words that are named: to occur, to be left out, so many times."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import Bound, bound_quantities
from lightwing.spec.grammar.counts import letter_after
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import (
    Named,
    subject_words,
)
from lightwing.spec.grammar.quantities import Interval, with_comparator
from lightwing.spec.grammar.reading import Reading, only_asked, reading

__all__ = ["in_order", "kept_out", "occurrences", "placed_inside", "read_named"]


def _lone_letters(frame: Frame, at: int, named: Named) -> bool:
    """ "Use "k" at most twice", "not one "o"": a quoted letter that no label calls a word is meant as a letter."""
    single = all(len(w) == 1 and w.isalpha() for w in named.words)
    return (
        frame.lexicon.spaces
        and single
        and named.quoted
        and not any(t.names("label") for t in frame.terms[max(0, at - 2) : named.first + 1])
    )


def read_named(frame: Frame, at: int, named: Named, *, letter: bool) -> Iterator[Reading]:
    letter = letter or _lone_letters(frame, at, named)
    if not frame.lexicon.spaces and frame.governed_by(at, "choose") and _one_of_them(frame, named):
        yield reading(frame, "keywords", {"words": named.words, "mode": "any"}, at, named.last)
        return
    counted = (
        frame.lexicon.spaces and frame.governed_by(at, "repeat", "call") and occurrences(frame, at, named) is not None
    )
    if (
        frame.governed_by(at, "start", "end", "mark", "separate", "repeat", "call", "choose")
        and not letter
        and not frame.negative[at]
        and not counted
    ):
        return
    if frame.governed_by(at, "wrap") and frame.has("part.double_quotes", "part.double_angle", "part.corner_quotes"):
        return
    if frame.has("label.keys") and frame.has("format.json"):
        return
    often = frame.lexicon.spaces and occurrences(frame, at, named) is not None
    if (frame.topical[at] and not often and (not named.quoted or not frame.lexicon.spaces)) or only_asked(frame):
        return
    if frame.negative[at] and at and frame.terms[at - 1].has("word.after"):
        yield reading(frame, "ends_with", {"text": named.words[0]}, at, named.last, scope="answer")
        return
    if not frame.lexicon.spaces and (in_order(frame) or (frame.has("part.dates") and _dated(named))):
        return
    times = occurrences(frame, at, named)
    if letter and times is None:
        of_words = [b for b in bound_quantities(frame) if b.unit == "words" and letter_after(frame, b.unit_at) == at]
        times = of_words[0].interval if of_words else None
    barred = (
        kept_out(frame, at, named.last)
        or (at > 0 and frame.lexicon.spaces and frame.terms[at - 1].has("amount.none"))
        or _told_off(frame, at, named)
        or _none_holds(frame, at)
    )
    negative = barred or (frame.negative[at] and not _refused_without(frame, at, named.last))
    uncounted = times is None and not frame.lexicon.spaces and not frame.lexicon.verb_last
    ahead = count_before(frame, at) if letter or uncounted else None
    if ahead is not None and (letter or ahead.args() != {"min": 1}):
        times = times or ahead
    if not frame.lexicon.spaces:
        negative = negative or (at > 0 and frame.terms[at - 1].has("amount.none"))
    if letter and negative and times is None and not frame.lexicon.spaces and not any(w.isascii() for w in named.words):
        yield reading(frame, "forbidden", {"words": named.words}, at, named.last)
    elif letter:
        args = times.args() if times else {"max": 0} if negative else {"min": 1}
        for sign in named.words:
            yield reading(frame, "letter", {"letter": sign.lower(), **args}, at, named.last)
    elif times is not None and not (not frame.lexicon.spaces and times.args() == {"min": 1, "max": 1} and negative):
        for word in named.words:
            yield reading(frame, "frequency", {"word": word, **times.args()}, at, named.last)
    elif not negative and _alternatives(frame, named) and frame.governed_by(at, "include", "answer", "appear", "write"):
        answered = not frame.lexicon.spaces and frame.has("verb.answer")
        if frame.lexicon.spaces and frame.has("verb.choose") and frame.governed_by(at, "answer"):
            return
        if (
            answered
            or frame.has("word.only", "compare_before.exact", "word.else")
            or frame.governed_by(at, "answer", "write")
        ):
            yield reading(frame, "choice", {"options": named.words}, at, named.last, scope="answer")
        else:
            yield reading(frame, "keywords", {"words": named.words, "mode": "any"}, at, named.last)
    elif negative and not frame.lexicon.spaces and all(_is_mark(w) for w in named.words):
        yield reading(frame, "punctuation", {"forbid": "".join(named.words)}, at, named.last)
    elif negative or (frame.governed_by(at, "avoid") and not _refused_without(frame, at, named.last)):
        yield reading(frame, "forbidden", {"words": named.words}, at, named.last)
    elif (
        frame.governed_by(at, "include", "appear", "wrap", "avoid", "mention")
        or _announced(frame, at)
        or _accompanied(frame, at)
        or placed_inside(frame, named)
    ):
        yield reading(frame, "keywords", {"words": named.words}, at, named.last)


def _is_mark(word: str) -> bool:
    return len(word) == 1 and unicodedata.category(word)[0] == "P"


def count_before(frame: Frame, at: int) -> Interval | None:
    """ "至少二十个字母p", "少于六个“是”字": the count of a sign right before it."""
    for quantity in frame.quantities:
        gap = frame.between(quantity.last, at)
        if (
            0 < at - quantity.last <= 4
            and not quantity.weak
            and all(
                t.has("word.filler", "label.letter", "word.of", "unit.letters")
                or (frame.lexicon.spaces and t.kind in ("punct", "mark"))
                for t in gap
            )
        ):
            return quantity.interval
    return None


def _one_of_them(frame: Frame, named: Named) -> bool:
    """ "「甲」か「乙」のどちらかは入れて": a word to be used, not an answer to be chosen."""
    used = any(
        t.has("verb.include", "verb.appear") and not t.has("word.must") and t.norm not in ("し", "し て")
        for t in frame.terms[named.last + 1 :]
    )
    return used and len(named.words) > 1 and not frame.has("verb.answer", "word.only", "part.answer", "word.else")


_LATER = ("然后", "接着", "最后", "随后", "再", "其次", "次に", "その後", "続いて", "最後に", "それから")


def in_order(frame: Frame) -> list[int]:
    """ "先出现“甲”，然后出现“乙”": the literals of a sequence, in a language without spaces."""
    quoted = [i for i, t in enumerate(frame.terms) if t.kind == "literal"]
    if (
        frame.lexicon.spaces
        or len(quoted) < 2
        or not frame.has("verb.include", "verb.appear")
        or any(frame.negative[i] for i in quoted)
    ):
        return []
    before = frame.text[frame.start : frame.terms[quoted[0]].start]
    between = frame.text[frame.terms[quoted[0]].end : frame.end]
    first = any(w in before[-12:] for w in ("先", "首先", "まず", "最初に"))
    told = any(w in between for w in ("的顺序", "这个顺序", "的次序", "の順に", "の順で", "順番"))
    return (
        quoted
        if (first and any(w in between for w in _LATER) and not frame.has("verb.start", "verb.end"))
        or (told and frame.has("verb.appear"))
        else []
    )


def _dated(named: Named) -> bool:
    return all("YY" in word.upper() or "MM" in word.upper() for word in named.words)


def kept_out(frame: Frame, at: int, last: int) -> bool:
    """ "Keep the word "x" out of it", "leave "x" out": a verb whose particle stands behind its object."""
    behind = any(t.has("word.out") for t in frame.terms[last + 1 : last + 3])
    return behind and any(t.has("verb.be", "verb.include") for t in frame.terms[max(0, at - 3) : at])


def _told_off(frame: Frame, at: int, named: Named) -> bool:
    """ "Words you must not use: a, b": the list behind a colon stands under the negation of what announces it."""
    between = frame.terms[at + 1 : named.first] if named.first > at + 1 else []
    if not frame.lexicon.spaces or not any(t.norm in ":：" for t in between):
        return False
    return any(t.has("word.not", "verb.avoid") and not t.has("word.double_not") for t in between)


def _none_holds(frame: Frame, at: int) -> bool:
    """ "No word may contain the letter x", "not one paragraph uses "y"": what no part holds is left out."""
    if not frame.lexicon.spaces:
        return False
    for index in range(at - 1, max(-1, at - 8), -1):
        term = frame.terms[index]
        if term.kind == "punct" or (term.has("word.and", "word.but", "word.must") and index < at - 6):
            return False
        if term.has("amount.none") and any(t.names("unit") for t in frame.terms[index + 1 : index + 3]):
            return frame.governor[at] is None or frame.governed_by(at, "include")
    return False


def _refused_without(frame: Frame, at: int, last: int) -> bool:
    """ "An answer lacking the phrase "x" won't do", "incomplete if it lacks "x"": what must not be missing must be there."""
    before = any(
        t.has("word.refused") and frame.terms[i + 1].has("word.if", "verb.avoid", "word.with")
        for i, t in enumerate(frame.terms[:at])
    )
    return before or any(t.has("word.refused") for t in frame.terms[last + 1 : last + 8])


def placed_inside(frame: Frame, named: Named) -> bool:
    """ "With "nectar" in it", "work "forever young" into your toast", "I want "bark" in there": words that are to stand in the answer."""
    link = named.last + 1
    if not frame.lexicon.spaces or link >= len(frame.terms) or named.first == 0:
        return False
    asked = any(
        t.has("word.with", "word.must", "verb.include", "verb.write", "word.request")
        for t in frame.terms[: named.first]
    )
    if not asked or frame.topical[named.first] or frame.governed_by(named.first, "start", "end", "wrap", "call"):
        return False
    if frame.terms[link].has("word.inside"):
        return True
    behind = [t for t in frame.terms[link + 1 : link + 4] if not t.has("word.filler") or t.has("part.answer")]
    return frame.terms[link].has("word.via") and bool(behind) and behind[0].has("part.answer", "word.inside")


def _accompanied(frame: Frame, at: int) -> bool:
    """ "Write a story with the words "a" and "b"": what the text is to come with."""
    before = frame.terms[max(0, at - 2) : at]
    return any(t.has("word.with") and not t.has("verb.avoid") for t in before) and frame.governed_by(at, "write")


def _announced(frame: Frame, at: int) -> bool:
    """ "Keywords: a, b" on a line of its own."""
    if frame.lexicon.verb_last and frame.terms[at].has("label.words") and subject_words(frame, at) is not None:
        return True
    colon = any(t.norm in ":：" for t in frame.terms[at + 1 : at + (6 if frame.lexicon.spaces else 3)])
    if (
        colon
        and frame.lexicon.spaces
        and frame.terms[at].has("label.words", "label.phrases")
        and (at == 0 or frame.terms[at - 1].norm in "(,;-–—")
    ):
        return True
    return colon and frame.terms[at].has("label.words") and frame.governor[at] is None


def _loose(frame: Frame) -> list[Bound]:
    """In a language without spaces a number with a general counter only ("至少五个") counts what was quoted before."""
    if frame.lexicon.spaces:
        return []
    taken = {b.quantity.first for b in bound_quantities(frame)}
    taken |= {
        q.first
        for q in frame.quantities
        if any(t.names("label") for t in frame.terms[q.last + 1 : q.last + 4]) and q.bare
    }
    return [
        Bound(q, "times", q.last, q.interval, q.last)
        for q in frame.quantities
        if not q.weak
        and q.first not in taken
        and (
            frame.lexicon.verb_last
            or q.last + 1 >= len(frame.terms)
            or frame.terms[q.last + 1].norm in "，。、"
            or _bare_counter(frame, q.last + 1)
        )
    ]


def _of_usage(frame: Frame, at: int, named: Named) -> list[Bound]:
    """ "Limit your use of "x" to three", "the maximum number of times "x" may be used is 3": a number without a unit counts the uses spoken of."""
    if not frame.lexicon.spaces:
        return []
    near = frame.terms[max(0, at - 2) : at]
    usage = any(t.has("word.usage") and not t.has("unit.times") for t in near)
    counted = next(
        (
            i
            for i in range(at - 1, max(-1, at - 6), -1)
            if frame.terms[i].has("unit.times") and i and frame.terms[i - 1].has("word.number_of")
        ),
        None,
    )
    if not usage and counted is None:
        return []
    outer = frame.terms[counted - 2].name("compare_before") if counted is not None and counted > 1 else None
    taken = {b.quantity.first for b in bound_quantities(frame)}
    free = [
        with_comparator(q, outer, q.last) if outer and q.bare else q
        for q in frame.quantities
        if not q.weak and q.first not in taken and named.last < q.first <= named.last + 6
    ]
    return [Bound(q, "times", q.last, q.interval, q.last) for q in free]


def _bare_counter(frame: Frame, at: int) -> bool:
    """A counter with nothing behind it that it could count: "至少五个", not "三个成语"."""
    behind = frame.terms[at + 1] if at + 1 < len(frame.terms) else None
    return frame.terms[at].norm in ("个", "個", "处") and (
        behind is None or behind.kind != "cjk" or bool(behind.concepts)
    )


def _alternatives(frame: Frame, named: Named) -> bool:
    inside = frame.terms[named.first : named.last]
    verb = frame.governor[named.first]
    if verb is not None and frame.terms[verb].has("word.double_not"):
        return False
    return len(named.words) > 1 and any(t.has("word.or") and not t.has("word.and", "word.not") for t in inside)


def occurrences(frame: Frame, at: int, named: Named) -> Interval | None:
    """How often: the count of "times" nearest to the words, before or behind them in the same clause."""
    near: list[tuple[int, Interval]] = []
    for bound in [*bound_quantities(frame), *_loose(frame), *_of_usage(frame, at, named)]:
        if bound.unit != "times":
            continue
        first = bound.quantity.first
        distance = first - named.last if first > named.last else at - max(bound.last, bound.unit_at)
        crossing = (
            frame.terms[named.last + 1 : first]
            if first > named.last
            else frame.terms[max(bound.last, bound.unit_at) + 1 : at]
        )
        spaced = frame.lexicon.spaces
        if any(t.kind == "literal" or (spaced and t.names("label")) for t in crossing if not t.names("unit")):
            continue
        if not spaced and first < at:
            continue
        inverted = (
            spaced
            and not any(t.has("word.must") for t in frame.terms[:first])
            and not any(t.has("verb.include", "verb.write") for t in frame.terms[:at])
        )
        if first < at and any(t.has("word.and", "word.but") or (t.has("word.must") and not inverted) for t in crossing):
            continue
        if distance <= 14:
            near.append((distance, bound.interval))
    if not near:
        return None
    near.sort(key=lambda item: item[0])
    nearest = near[0][1]
    for _, other in near[1:]:
        if set(nearest.args()) | set(other.args()) == {"min", "max"} and len(nearest.args()) == len(other.args()) == 1:
            return Interval(**{**nearest.args(), **other.args()})
    return nearest
