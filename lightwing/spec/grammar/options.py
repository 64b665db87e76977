"""An answer chosen from options: offered in quotes, behind a label, on lines or in a plain list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.lists import Listed, behind_colon, listed_at
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

_NUMBERED = re.compile(r"(?<!\w)(?:[1-9]|[A-Fa-f])[).]\s+")


def read_choice(frame: Frame) -> Iterator[Reading]:
    choosing = frame.find("verb.choose")
    if not choosing and frame.has("word.only", "word.else", "compare_before.exact"):
        choosing = [i for i in frame.find("verb.answer") if not frame.negative[i]]
    options = [i for i, t in enumerate(frame.terms) if t.kind == "literal"]
    if frame.lexicon.spaces:
        offered = (
            (_offered(frame) if not choosing else None) or _answered_by(frame) or _in_brackets(frame) or _alone(frame)
        )
        if offered is not None:
            yield reading(
                frame, "choice", {"options": list(offered.words)}, offered.first, offered.last, scope="answer"
            )
            return
        if (keyed := _keyed(frame)) is not None:
            yield keyed
            return
    if not choosing or frame.negative[choosing[0]]:
        return
    at = choosing[0]
    if at and frame.terms[at - 1].has("compare_before.min", "compare_before.over"):
        return
    if (
        at
        and frame.terms[at - 1].has("verb.include")
        and not frame.terms[at - 1].has("verb.answer")
        and frame.terms[at].norm == "either"
    ):
        return
    if frame.lexicon.spaces:
        numbered = [m.strip(" ,;.(") for m in _NUMBERED.split(frame.text[frame.terms[at].end : frame.end])[1:]]
        if len(numbered) > 1 and all(0 < len(w) <= 40 for w in numbered):
            yield reading(frame, "choice", {"options": numbered}, at, len(frame.terms) - 1, scope="answer")
            return
        listed = next(
            (
                found
                for i in choosing
                if frame.terms[i].norm.endswith(":")
                and i + 1 < len(frame.terms)
                and (found := listed_at(frame, i + 1, most=5)) is not None
                and len(found.words) > 1
            ),
            None,
        )
        if listed is None:
            listed = next(
                (
                    found
                    for i in reversed(choosing)
                    if (found := behind_colon(frame, i, within=4)) is not None and len(found.words) > 1
                ),
                None,
            )
        if listed is None:
            listed = next(
                (
                    found
                    for i in choosing
                    if (found := listed_at(frame, i + 1)) is not None
                    and len(found.words) > 1
                    and (
                        found.either
                        or frame.terms[i + 1].norm in "({"
                        or frame.terms[i].norm.endswith(" are")
                        or (len(found.words) > 2 and found.last + 2 >= len(frame.terms))
                    )
                ),
                None,
            )
        if listed is not None and any(c.isalnum() for w in listed.words for c in w):
            yield reading(frame, "choice", {"options": list(listed.words)}, at, listed.last, scope="answer")
            return
    after = [i for i in options if i > at] if frame.lexicon.spaces else _in_a_row(frame, options)
    words = [frame.terms[i].inner.strip() for i in after]
    bracket = next((i for i, t in enumerate(frame.terms) if t.kind == "bracket" and "," in t.inner), None)
    if len(words) < 2 and bracket is not None:
        words, after = [w.strip(" '\"") for w in frame.terms[bracket].inner.split(",")], [bracket]
    if len(words) >= 2 and any(c.isalnum() for w in words for c in w):
        yield reading(frame, "choice", {"options": words}, at, after[-1], scope="answer")
        return
    yield from _plain_choice(frame, at)


def _in_a_row(frame: Frame, options: list[int]) -> list[int]:
    """Quotations that stand beside each other; in Chinese others of the sentence have another purpose ("回答“甲”，结束语是“乙”")."""
    if frame.lexicon.verb_last:
        return options
    rows: list[list[int]] = []
    for at in options:
        gap = frame.terms[rows[-1][-1] + 1 : at] if rows else []
        tied = rows and all(
            t.has("word.or", "word.and", "word.filler", "verb.choose", "verb.be", "word.must", "verb.answer")
            or t.norm in "、，,/；;和"
            for t in gap
        )
        if tied and not any(t.has("verb.end", "verb.start") for t in gap):
            rows[-1].append(at)
        else:
            rows.append([at])
    return max(rows, key=len, default=[])


def _offered(frame: Frame) -> Listed | None:
    """ "Answer yes or no.", "your answer may only be A, B, C or D": all that the answer is to be, up to the end of the sentence."""
    starts = [i + 1 for i in frame.find("verb.answer") if not frame.negative[i]]
    if frame.has("part.answer"):
        starts += [
            i + 1
            for i in frame.find("verb.be")
            if any(t.has("word.must", "word.only") for t in frame.terms[max(0, i - 2) : i])
        ]
    for first in starts:
        while first < len(frame.terms) and (
            frame.terms[first].has(
                "word.with", "word.only", "verb.choose", "compare_before.exact", "unit.words", "word.must", "verb.be"
            )
            or frame.terms[first].number == 1
            or (first > starts[0] and frame.terms[first].norm in ",:")
        ):
            first += 1
        listed = listed_at(frame, first) if first < len(frame.terms) else None
        ends = listed is not None and _ends_at(frame, listed.last + 1)
        if listed is not None and ends and listed.either and len(listed.words) > 1 and not frame.negative[first]:
            return listed
    return None


def _ends_at(frame: Frame, at: int) -> bool:
    while at < len(frame.terms) and frame.terms[at].has("word.and"):
        at += 1
    return at >= len(frame.terms) or frame.terms[at].norm in ".!?;:,-–—(" or frame.terms[at].has("word.else")


def _answered_by(frame: Frame) -> Listed | None:
    """ "You may answer "wet" or "dry"", "the label has to be wet, dry or both", "limit your answer to yes or no": alternatives right behind what takes them."""
    for at in frame.find("verb.answer", "verb.choose"):
        first = at + 1
        while first < len(frame.terms) and frame.terms[first].has(
            "word.must",
            "verb.be",
            "word.with",
            "word.only",
            "verb.choose",
            "word.may",
            "compare_before.exact",
            "verb.call",
        ):
            first += 1
        bound = first > at + 1 or frame.terms[at].has("verb.answer") or not frame.terms[at].norm.isalpha()
        listed = listed_at(frame, first) if bound and first < len(frame.terms) else None
        if (
            listed is not None
            and listed.either
            and len(listed.words) > 1
            and not frame.negative[at]
            and not any(
                t.names("unit") or t.names("label") or t.has("verb.include")
                for t in frame.terms[listed.first : listed.last + 1]
            )
            and _ends_at(frame, listed.last + 1)
        ):
            return listed
    return None


def _in_brackets(frame: Frame) -> Listed | None:
    """ "Classify the sentiment (positive/negative/neutral)": alternatives in brackets behind what is to be decided."""
    if not frame.has("verb.choose", "verb.answer"):
        return None
    for at, term in enumerate(frame.terms[:-1]):
        if term.norm == "(" and any(t.has("verb.choose", "verb.answer") for t in frame.terms[:at]):
            listed = listed_at(frame, at + 1, most=3)
            closed = listed is not None and any(t.norm == ")" for t in frame.terms[listed.last : listed.last + 2])
            if listed is not None and closed and listed.either and len(listed.words) > 1 and not frame.negative[at]:
                return listed
    return None


def _alone(frame: Frame) -> Listed | None:
    """ "Yes or no only.", "True or false?": a sentence that is nothing but its alternatives."""
    first = 0
    while first < len(frame.terms) and frame.terms[first].has(
        "word.only", "word.must", "verb.choose", "compare_before.exact"
    ):
        first += 1
    listed = listed_at(frame, first) if first < len(frame.terms) else None
    if listed is None or not listed.either or len(listed.words) < 2:
        return None
    rest = frame.terms[listed.last + 1 :]
    if any(t.kind != "punct" and not t.has("word.only", "word.else", "word.must") for t in rest):
        return None
    truth = all(
        t.has("word.truth")
        for t in frame.terms[listed.first : listed.last + 1]
        if t.kind != "punct" and not t.has("word.or")
    )
    asked = frame.terms[-1].norm in "?？"
    told = first > 0 or any(t.has("word.only", "word.else", "word.must") for t in rest)
    return listed if truth or (told and not asked) else None


def _keyed(frame: Frame) -> Reading | None:
    """ "Answer A for the sun or B for the moon", "reply 1 if it is true, 0 if not": signs that stand for answers."""
    starts = [i for i in frame.find("verb.answer", "verb.choose", "verb.write") if not frame.negative[i]]
    if not starts or frame.terms[-1].norm in "?？":
        return None
    keys: list[str] = []
    last = starts[0]
    for at in range(starts[0] + 1, len(frame.terms) - 1):
        term, after = frame.terms[at], frame.terms[at + 1]
        sign = term.inner.strip() if term.kind == "literal" else frame.text[term.start : term.end]
        if (
            ((after.has("word.if", "word.link") and not after.has("word.via")) or after.norm == "=")
            and (
                (len(sign) == 1 and (sign.isupper() or sign.isdigit())) or (term.kind == "literal" and len(sign) <= 20)
            )
            and (
                at == starts[0] + 1
                or frame.terms[at - 1].norm == ","
                or frame.terms[at - 1].has("word.and", "word.or", "word.with", "verb.answer")
            )
        ):
            keys.append(sign)
            last = at
    if len(keys) < 2 or len(set(keys)) != len(keys):
        return None
    return reading(frame, "choice", {"options": keys}, starts[0], last, scope="answer")


def _plain_choice(frame: Frame, at: int) -> Iterator[Reading]:
    """ "Answer yes or no", "one of: low, medium, high": options without quotes, single words in a list that ends with "or"."""
    terms = frame.terms
    for index in range(at + 1, len(terms) - 1):
        if not terms[index].has("word.or") or terms[index].has("word.and"):
            continue
        options = [index + 1]
        back = index - 1
        while back > at - 1 and (_plain(terms[back]) or terms[back].norm in ",，、"):
            if _plain(terms[back]):
                options.insert(0, back)
            if back > 0 and _plain(terms[back]) and terms[back - 1].norm not in ",，、":
                break
            back -= 1
        if any(t.names("label") for t in terms[at : options[0]] if not t.has("unit.words")):
            return
        if len(options) >= 2 and _plain(terms[index + 1]):
            words = [frame.text[terms[i].start : terms[i].end] for i in options]
            yield reading(frame, "choice", {"options": words}, at, index + 1, scope="answer")
        return


def _plain(term: Term) -> bool:
    return (term.kind == "word" and not term.concepts) or term.has("word.truth")
