"""How an answer is written: case, language, script, punctuation, numerals, form of address."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar.bounds import bound_quantities, polar
from lightwing.spec.grammar.context import reported
from lightwing.spec.grammar.edges import MARKS
from lightwing.spec.grammar.emphasis import counts_capitals
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.quantities import Quantity
from lightwing.spec.grammar.reading import Reading, reading, scope_at
from lightwing.spec.grammar.scripts import none_of, read_script

__all__ = ["read_style"]

_ALL_FORMS = {"quotes": '"“”', "dash": "-–—"}
"""All the forms of a mark that is barred; who asks for no quotation marks bars the curved ones too."""


def _all_forms(frame: Frame, name: str) -> str:
    """Every form of a barred mark, those of the text's own language among them ("sans guillemets" bars « » as well)."""
    if not frame.lexicon.spaces:
        return MARKS[name]
    return _ALL_FORMS.get(name, MARKS[name]) + (frame.lexicon.quotation_marks if name == "quotes" else "")


_KANA_SIGNS = {"comma": "、", "period": "。"}
"""Signs that are counted one by one as Japanese writes them."""


def read_style(frame: Frame) -> Iterator[Reading]:
    """Case, language, script, punctuation, numerals, address and sentence style."""
    yield from _case(frame)
    yield from _language(frame)
    yield from _punctuation(frame)
    yield from read_script(frame)
    yield from _manner(frame)


def _each_word_capital(frame: Frame) -> int | None:
    """ "Each word … must be capitalised", "every word starts with a capital letter": where the word stands."""
    if not frame.has("verb.capitalize", "case.upper", "case.title"):
        return None
    for at in frame.find("unit.words"):
        if at and frame.terms[at - 1].has("word.each") and not frame.has("word.not"):
            letters = any(t.has("word.all") for t in frame.terms[at + 1 :])
            return None if letters and not frame.has("verb.capitalize", "verb.start") else at
    return None


def _case(frame: Frame) -> Iterator[Reading]:
    each = _each_word_capital(frame)
    if each is not None:
        yield reading(frame, "letter_case", {"case": "title"}, each, each)
        return
    if (capitalized := _capitalized(frame)) is not None:
        yield capitalized
        return
    for at, term in enumerate(frame.terms):
        case = term.name("case")
        if frame.lexicon.spaces and case is not None and reported(frame, at):
            continue
        if case is None or _aside(frame, at) or term.name("unit") or (frame.topical[at] and not _linked_in(frame, at)):
            continue
        if case in ("title", "sentence") and frame.negative[at]:
            continue
        counted = any(
            abs(at - q.first) <= 3
            and not q.weak
            and (frame.lexicon.spaces or not any(t.kind == "punct" for t in frame.between(q.first, at)))
            for q in frame.quantities
            if q.first < at
        )
        if frame.lexicon.spaces and frame.negative[at]:
            counted = any(q.last < at <= q.last + 2 and q.value > 1 for q in frame.quantities if not q.weak)
        if (
            counted
            or any(b.unit == "words" and counts_capitals(frame, b) for b in bound_quantities(frame))
            or _of_a_few_words(frame, at)
        ):
            continue
        if frame.negative[at] and case in ("lower", "upper"):
            if (
                frame.lexicon.spaces
                and not term.has("verb.capitalize")
                and not frame.governed_by(at, "include", "avoid", "appear", "write")
            ):
                continue
            case = {"lower": "upper", "upper": "lower"}[case]
        elif case in ("upper", "lower") and any(q.last == at - 1 and q.weak and q.value == 0 for q in frame.quantities):
            case = "lower" if case == "upper" else "upper"
        yield reading(frame, "letter_case", {"case": case}, at, at)
        return


def _capitalized(frame: Frame) -> Reading | None:
    """ "Capitalize every letter", "all letters have to be capitalized": upper case; "don't capitalize anything", "no letter may be capitalized": lower."""
    if not frame.lexicon.spaces or any(
        t.has("unit.words", "odd.initials") or t.ordinal is not None for t in frame.terms
    ):
        return None
    for at in frame.find("verb.capitalize"):
        if frame.terms[at].names("case") or frame.topical[at]:
            continue
        letters = [i for i in frame.find("unit.letters", "label.letter") if abs(i - at) <= 9]
        if not letters and not frame.has("part.title", "unit.headings", "unit.sentences", "label.word", "verb.start"):
            letters = [i for i in range(at) if frame.terms[i].norm == "everything"]
        none = any(q.weak and q.value == 0 and q.last < i <= q.last + 2 for i in letters for q in frame.quantities)
        every = any(
            t.has("word.each", "word.all", "word.every") for i in letters for t in frame.terms[max(0, i - 2) : i + 1]
        )
        behind = frame.terms[at + 1 : at + 3]
        anything = any(t.norm in ".!;" or t.has("word.all") for t in behind) or not behind
        if none or (frame.negative[at] and (letters or anything)):
            return reading(frame, "letter_case", {"case": "lower"}, at, at)
        if every and not frame.negative[at]:
            return reading(frame, "letter_case", {"case": "upper"}, at, at)
    return None


def _linked_in(frame: Frame, at: int) -> bool:
    return any(t.has("word.link", "word.all") for t in frame.terms[max(0, at - 2) : at])


def _of_a_few_words(frame: Frame, at: int) -> bool:
    """ "a few words in all capital letters": not the case of the answer."""
    return any(t.has("amount.some") for t in frame.terms[max(0, at - 3) : at])


def _language(frame: Frame) -> Iterator[Reading]:
    found: list[tuple[int, Reading]] = []
    for at, term in enumerate(frame.terms):
        codes = term.names("language")
        only = frame.has("word.only", "word.all")
        last = at + 1 >= len(frame.terms) or frame.terms[at + 1].norm in ".!。！,;"
        if not codes or (frame.topical[at] and not only and not last):
            continue
        if frame.negative[at] and not _all_but(frame, at):
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


_ENCLOSING = {
    "part.corner_quotes": "「」",
    "part.double_quotes": '"',
    "part.square_brackets": "[]",
    "part.book_quotes": "『』",
}


def _enclosing(frame: Frame) -> Iterator[Reading]:
    """ "かぎ括弧を使わずに": marks that enclose, barred by their name."""
    for at, term in enumerate(frame.terms) if frame.lexicon.verb_last else ():
        pair = next((marks for concept, marks in _ENCLOSING.items() if term.has(concept)), None)
        if pair is None or not frame.negative[at] or frame.topical[at] or term.names("punct"):
            continue
        if frame.governed_by(at, "avoid", "include", "appear"):
            marks = "『』" if term.has("part.corner_quotes") and term.norm.startswith("二 重") else pair
            yield reading(frame, "punctuation", {"forbid": marks}, at, at)


def _punctuation(frame: Frame) -> Iterator[Reading]:
    yield from _enclosing(frame)
    for at, term in enumerate(frame.terms):
        name = term.name("punct")
        if (
            name == "any"
            and sum(bool(t.names("punct")) for t in frame.terms) == 1
            and frame.negative[at]
            and not frame.lexicon.spaces
            and not frame.topical[at]
        ):
            pair = term.norm.replace(" ", "") == "句読点"
            yield reading(frame, "punctuation", {"forbid": ",." if pair else ",.、;:!?…"}, at, at)
            return
        if (
            frame.lexicon.spaces
            and _is_sign(frame, at)
            and (
                none_of(frame, at)
                or (frame.negative[at] and frame.governed_by(at, "include", "avoid", "appear", "write"))
            )
        ):
            yield reading(frame, "punctuation", {"forbid": term.inner.strip() or term.norm}, at, at)
            continue
        if (
            name == "any"
            and frame.lexicon.spaces
            and not frame.topical[at]
            and (none_of(frame, at) or (frame.negative[at] and frame.governor[at] is not None))
        ):
            yield reading(frame, "punctuation", {"forbid": ",.;:!?"}, at, at)
            return
        if name is None or name not in MARKS or frame.topical[at]:
            continue
        if (both := _opened_and_closed(frame, at)) is not None:
            yield reading(frame, "punctuation", {"require": both}, at, at)
            continue
        often = _times_behind(frame, at) if frame.lexicon.spaces else None
        if often is not None and (not frame.negative[at] or often.comparator == "over"):
            yield reading(frame, "letter", {"letter": MARKS[name], **polar(frame, often).args()}, at, often.last)
            continue
        none = (
            none_of(frame, at)
            or (frame.lexicon.spaces and _told_none(frame, at))
            or (frame.lexicon.spaces and _with_barred(frame, at))
        )
        if frame.governed_by(at, "end", "separate") and not none:
            continue
        counted = [b for b in frame.quantities if b.last < at <= b.last + 1 and not b.weak] or _counted_behind(
            frame, at
        )
        barred = frame.lexicon.spaces and frame.negative[at] and bool(counted) and counted[0].value == 1
        if (
            counted
            and not barred
            and name != "asterisk"
            and (frame.governed_by(at, "include", "appear", "wrap") or counted[0].first > at or _fragment(frame, at))
        ):
            bounds = (polar(frame, counted[0]) if frame.lexicon.spaces else counted[0].interval).args()
            sign = _KANA_SIGNS.get(name, MARKS[name]) if frame.lexicon.verb_last else MARKS[name]
            check, args = (
                ("punctuation", {"require": MARKS[name]})
                if bounds == {"min": 1}
                else ("letter", {"letter": sign, **bounds})
            )
            yield reading(frame, check, args, counted[0].first, at)
        elif none or (
            frame.negative[at]
            and (
                frame.governed_by(at, "include", "avoid", "appear", "write", "wrap")
                or (not frame.lexicon.spaces and frame.governor[at] is None)
            )
        ):
            yield reading(
                frame,
                "punctuation",
                {"forbid": _all_forms(frame, name)},
                at,
                at,
            )


def _opened_and_closed(frame: Frame, at: int) -> str | None:
    """ "Utiliza signos de exclamación (¡ y !)": the marks on both sides that a language writes, where they are asked for and not counted."""
    marks = {"question": frame.lexicon.question_marks, "exclamation": frame.lexicon.exclamation_marks}
    pair = marks.get(frame.terms[at].name("punct") or "")
    counted = any(not q.weak and abs(q.last - at) <= 6 for q in frame.quantities)
    asked = frame.governed_by(at, "include", "appear") and not frame.negative[at] and not counted
    return pair if pair and asked and not frame.has("verb.end") else None


def _told_none(frame: Frame, at: int) -> bool:
    """ "Commas: none", "not a comma in sight"."""
    behind = frame.terms[at + 1 : at + 3]
    if (
        behind
        and behind[0].has("word.out")
        and any(t.has("verb.be", "verb.include") for t in frame.terms[max(0, at - 3) : at])
    ):
        return True
    if len(behind) == 2 and behind[0].norm == ":" and (behind[1].has("amount.none") or behind[1].number == 0):
        return True
    return frame.negative[at] and frame.governor[at] is None and 0 < at <= 3 and frame.terms[at - 1].has("amount.one")


def _times_behind(frame: Frame, at: int) -> Quantity | None:
    """ "Use the exclamation mark at most once": how often a sign is to be used, told behind it."""
    for bound in bound_quantities(frame):
        gap = frame.terms[at + 1 : bound.quantity.first]
        near = bound.unit == "times" and bound.quantity.first > at and len(gap) <= 6
        if near and not any(t.norm in ",;" or t.names("punct") or t.kind == "literal" for t in gap):
            return bound.quantity
    return None


def _with_barred(frame: Frame, at: int) -> bool:
    """ "No quotation marks or parentheses": a mark that "or" joins to one that is barred."""
    if (
        at < 2
        or not (frame.terms[at - 1].has("word.or", "word.and") or frame.terms[at - 1].norm == ",")
        or frame.terms[at - 2].name("punct") is None
    ):
        return False
    return none_of(frame, at - 2) or _with_barred(frame, at - 2)


def _is_sign(frame: Frame, at: int) -> bool:
    """A punctuation mark in quotes (without ";"), or bare right behind its verb ("don't use !")."""
    term = frame.terms[at]
    inner = term.inner.strip()
    if term.kind == "literal":
        return len(inner) == 1 and unicodedata.category(inner)[0] == "P"
    bare = term.kind == "punct" and term.norm in "!?;:" and 0 < at < len(frame.terms) - 1
    return (
        bare and frame.terms[at - 1].has("verb.include", "verb.avoid", "word.or") and frame.text[term.start - 1] == " "
    )


def _counted_behind(frame: Frame, at: int) -> list[Quantity]:
    """ "感叹号（！）至少用五个": in a language without spaces the count of a mark stands behind it."""
    if frame.lexicon.spaces:
        return []
    for quantity in frame.quantities:
        gap = frame.terms[at + 1 : quantity.first]
        behind = frame.terms[quantity.last + 1] if quantity.last + 1 < len(frame.terms) else None
        alone = (
            behind is None
            or behind.kind == "punct"
            or behind.has("word.filler", "unit.times", "word.them", "verb.include")
        )
        near = (
            quantity.first > at
            and len(gap) <= 6
            and not any(
                t.norm in ",，、;；" or t.names("punct") or (t.name("unit") and not t.has("unit.times")) for t in gap
            )
        )
        if near and alone and not quantity.weak:
            return [quantity]
    return []


def _fragment(frame: Frame, at: int) -> bool:
    """ "At least three question marks.": a statement without a verb is a demand."""
    return frame.lexicon.spaces and frame.governor[at] is None and frame.terms[-1].norm != "?"


def _subject_matter(frame: Frame, at: int) -> bool:
    """ "Your opinion on the polite form": what the text is to be about, and no way to speak."""
    if not frame.lexicon.spaces:
        return False
    before = at - 1
    while before > 0 and frame.terms[before].has("word.filler"):
        before -= 1
    return frame.topical[at] or (before >= 0 and frame.terms[before].norm in ("sur", "sobre", "about", "on"))


def _aside(frame: Frame, at: int) -> bool:
    """Whether a term is the matter of a request, or put aside for another ("敬体ではなく常体で")."""
    return not frame.lexicon.spaces and (frame.topical[at] or (bool(frame.told) and frame.told[at]))


def _addressed(frame: Frame, at: int) -> bool:
    """Whether somebody is to be called by a pronoun in quotes ("用“您”称呼读者", "一律用“您”，不用“你”"); "用“你”字开头" names a word."""
    both = len({form for t in frame.terms for form in t.names("address")}) > 1
    return both or frame.has("verb.address", "word.all") or not frame.terms[at].norm.startswith(tuple("“「\"'『"))


def _manner(frame: Frame) -> Iterator[Reading]:
    for at, term in enumerate(frame.terms):
        form = term.name("address")
        meant = frame.lexicon.spaces or frame.lexicon.verb_last or _addressed(frame, at)
        if form is not None and meant and not _subject_matter(frame, at):
            if frame.negative[at]:
                form = {"informal": "formal", "formal": "informal"}[form]
            yield reading(frame, "address", {"form": form}, at, at)
            return
        style = term.name("style")
        if style is not None and not frame.negative[at] and not _aside(frame, at):
            yield reading(frame, "sentence_style", {"style": style}, at, at)
            return
