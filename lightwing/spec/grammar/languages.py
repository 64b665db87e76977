"""The language that an answer, or its title, is written in."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading, scope_at

__all__ = ["read_language"]


def read_language(frame: Frame) -> Iterator[Reading]:
    found: list[tuple[int, Reading]] = []
    for at, term in enumerate(frame.terms):
        codes = list(term.names("language"))
        only = frame.has("word.only", "word.all")
        last = at + 1 >= len(frame.terms) or frame.terms[at + 1].norm in ".!。！,;"
        if not codes or (frame.topical[at] and not only and not last):
            continue
        if (frame.negative[at] and not _all_but(frame, at)) or _of_each_word(frame, at):
            continue
        linked = _language_linked(frame, at)
        addressed = frame.has("word.must", "verb.answer", "verb.write", "verb.include", "part.answer", "verb.be")
        following = frame.after(at)
        spoken = not frame.lexicon.spaces and following is not None and following.has("verb.answer")
        if frame.has("verb.repeat") and not only and not spoken:
            continue
        if linked and (
            only
            or addressed
            or (frame.lexicon.spaces and scope_at(frame, at, at) != ANSWER)
            or frame.has("verb.translate", "part.language_noun")
        ):
            if _translation(frame, at) and not only:
                continue
            found.append((at, reading(frame, "language", {"codes": codes}, at, at, scope=_part_in(frame, at))))
    parts = [r for _, r in found if r.scope != ANSWER]
    if not frame.lexicon.spaces:
        yield from (r for _, r in found)
    elif parts:
        yield from parts
    elif found:
        yield max(found, key=lambda item: (_of_answer(frame, item[0]), -item[0]))[1]


def _of_each_word(frame: Frame, at: int) -> bool:
    """ "Capitalize the first letter of each word in English": which words are meant, and not what the answer is written in."""
    if at < 3 or not frame.lexicon.spaces or not frame.has("verb.capitalize", "case.title", "case.upper"):
        return False
    each, words, link = frame.terms[at - 3 : at]
    return each.has("word.each", "word.every") and words.has("unit.words") and link.has("word.via", "word.link")


def _all_but(frame: Frame, at: int) -> bool:
    """ "ドイツ語以外は使わない": no other language than this one."""
    after = frame.after(at)
    return frame.lexicon.verb_last and after is not None and after.has("word.else", "word.only")


def _part_in(frame: Frame, at: int) -> str | None:
    """The part that a language is asked for, where it is a title ("its title in Korean"), or none ("the rest in English")."""
    if not frame.lexicon.spaces:
        return None
    for term in reversed(frame.terms[max(0, at - 6) : at]):
        if term.has("word.else"):
            return ANSWER
        if term.has("part.title"):
            return "title"
        if not term.has("word.link", "word.must", "verb.be", "word.filler", "verb.write"):
            break
    return None


def _of_answer(frame: Frame, at: int) -> bool:
    """Whether the clause speaks of the answer, and not of the one who asks ("Although I write in English, your reply …")."""
    first = at
    while first > 0 and frame.terms[first - 1].norm not in ",;:":
        first -= 1
    return any(t.has("word.must", "part.answer", "verb.answer") for t in frame.terms[first:at])


def _language_linked(frame: Frame, at: int) -> bool:
    """ "in French", "only using the French language", "language of the answer: French"; not "a French teacher"."""
    after = frame.terms[at + 1] if at + 1 < len(frame.terms) else None
    if (
        after is not None
        and after.kind == "word"
        and not after.concepts
        and frame.lexicon.spaces
        and not (at and frame.terms[at - 1].has("word.only"))
    ):
        return False
    if frame.lexicon.verb_last and after is not None and _compound(frame, at):
        return False
    if after is not None and after.has("word.link", "word.only") and not frame.lexicon.spaces:
        return True
    if frame.lexicon.verb_last and after is not None and (after.norm.startswith("で ") or _written_in(frame, at)):
        return True
    if frame.has("part.language_noun"):
        return True
    if frame.lexicon.verb_last and at and frame.terms[at - 1].norm == "は":
        return True
    if not frame.lexicon.spaces:
        near = frame.terms[max(0, at - 5) : at]
        if any(t.has("word.definite") for t in near[-2:]) and not frame.has("word.only"):
            return False
        matter = after is not None and after.kind != "punct"
        if near and near[-1].has("verb.explain") and matter and not frame.has("word.only"):
            return False
        if any(t.names("case") for t in frame.terms) or frame.has("word.only", "word.all"):
            return True
        if (
            after is not None and (after.has("verb.write", "verb.answer", "part.answer") or after.names("case"))
        ) or any(t.names("case") for t in near[-1:]):
            return True
        if (
            not frame.lexicon.verb_last
            and any(t.has("verb.write", "verb.be", "verb.include") for t in near)
            and not frame.has("verb.translate")
        ):
            return True
    for index in range(at - 1, max(-1, at - 5), -1):
        term = frame.terms[index]
        if term.has("word.only", "verb.include") or term.has("word.via" if frame.lexicon.spaces else "word.link"):
            return True
        if not (
            term.has("word.filler", "word.all", "word.and", "word.or", "verb.write")
            or term.names("language")
            or term.norm in ",，、"
        ):
            break
    return after is not None and (
        after.has("word.only") or (frame.lexicon.spaces and at == 0 and after.has("word.all"))
    )


def _compound(frame: Frame, at: int) -> bool:
    """ "日本語教師", "英語圏": a language that begins a longer noun."""
    after = frame.terms[at + 1]
    return (
        after.kind == "cjk"
        and not after.concepts
        and after.start == frame.terms[at].end
        and not "\u3041" <= after.norm <= "\u309f"
    )


def _written_in(frame: Frame, at: int) -> bool:
    """ "英語の手紙を書いて": the text that is asked for, by its language."""
    behind = frame.terms[at + 1 : at + 4]
    return (
        len(behind) > 1
        and behind[0].has("word.of")
        and behind[1].has("part.answer", "unit.sentences", "unit.paragraphs")
        and not frame.topical[at]
        and (frame.governed_by(at, "write", "include", "answer") or (len(behind) > 2 and behind[2].has("word.link")))
    )


def _translation(frame: Frame, at: int) -> bool:
    """A language that is translated into: the task itself, and no demand on how the answer is written."""
    behind = frame.terms[at + 1 :]
    bare = frame.lexicon.spaces and frame.terms[0].has("verb.translate") and not frame.has("word.must", "part.answer")
    return bare or (frame.has("verb.translate") and any(t.has("word.and") for t in behind[:2]))
