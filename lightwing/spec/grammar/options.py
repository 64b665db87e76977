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
    if not choosing and frame.lexicon.spaces and (offered := _offered(frame)) is not None:
        yield reading(frame, "choice", {"options": list(offered.words)}, offered.first, offered.last, scope="answer")
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
            frame.terms[first].has("word.with", "word.only", "verb.choose", "compare_before.exact", "unit.words")
            or frame.terms[first].number == 1
            or (first > starts[0] and frame.terms[first].norm in ",:")
        ):
            first += 1
        listed = listed_at(frame, first) if first < len(frame.terms) else None
        ends = listed is not None and (
            listed.last + 1 >= len(frame.terms) or frame.terms[listed.last + 1].norm in ".!;:,"
        )
        if listed is not None and ends and listed.either and len(listed.words) > 1 and not frame.negative[first]:
            return listed
    return None


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
    return (term.kind == "word" and not term.concepts) or term.norm == "no"
