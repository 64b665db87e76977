"""What a term stands for by its neighbours: "the second (one)", "each", "none", "no sentence longer than …"; and clauses that only report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lightwing.spec.grammar.corrections import mended
from lightwing.spec.grammar.frames import Frame, framed
from lightwing.spec.grammar.terms import Term, spoken_terms
from lightwing.spec.grammar.unquoted import set_off_edges, set_off_lists
from lightwing.spec.lexicon import Lexicon
from lightwing.spec.text.tokens import Token, tokenize

__all__ = ["asks_about", "frames_of", "reported"]

PARTS = (
    "unit.paragraphs", "unit.sentences", "unit.lines", "unit.verses", "unit.bullets", "unit.numbered_items", "unit.items", "unit.sections",
    "unit.headings", "unit.stanzas", "unit.table_rows", "unit.responses", "unit.cells",
)  # fmt: skip
"""Units of an answer that have parts of their own: what "each" and "the second" may stand for."""

_PART_NAMES = frozenset(part.removeprefix("unit.") for part in PARTS)
_FAR = ("compare_before.over", "compare_before.under")


def frames_of(text: str, sentences: Iterable[Sequence[Token]], lexicon: Lexicon) -> list[Frame]:
    """The frames of a text's sentences, what stands for something named elsewhere resolved."""
    spoken = [
        _nouns(terms, lexicon)
        for sentence in sentences
        for terms in _cut_at_correction(_spoken(text, _unopened(sentence), lexicon), lexicon)
    ]
    if lexicon.spaces:
        spoken = mended([_with_blanks(terms, lexicon) for terms in spoken])
    frames = [framed(text, _each_denied(terms), lexicon) for terms in spoken]
    if lexicon.spaces:
        _with_antecedents(frames)
    elif lexicon.verb_last:
        _each_of_them(frames)
    for frame in frames:
        frame.settle()
    return frames


def _unopened(sentence: Sequence[Token]) -> Sequence[Token]:
    """A sentence without the inverted marks that open it: a question begins with its first word ("¿Cuántas …?")."""
    first = 0
    while first + 1 < len(sentence) and sentence[first].norm in "¿¡":
        first += 1
    return sentence[first:]


def _spoken(text: str, sentence: Sequence[Token], lexicon: Lexicon) -> list[Term]:
    terms = spoken_terms(text, sentence, lexicon)
    return terms if lexicon.spaces or lexicon.verb_last else set_off_edges(text, set_off_lists(text, terms))


def _cut_at_correction(terms: list[Term], lexicon: Lexicon) -> list[list[Term]]:
    """ "200字——不对，100字以内": where a sentence takes itself back a new one begins."""
    if lexicon.spaces:
        return [terms]
    pieces: list[list[Term]] = [[]]
    for at, term in enumerate(terms):
        if at and term.has("word.correction") and not terms[at - 1].norm.isalnum() and pieces[-1]:
            pieces.append([])
        pieces[-1].append(term)
    return pieces


def _with_blanks(terms: list[Term], lexicon: Lexicon) -> list[Term]:
    """ "Five blanks in square brackets", "gaps like [gap]", "[placeholders]": what is to be filled in is a placeholder where the sentence shows or names its brackets."""
    named = [replace(t, concepts=frozenset({"unit.placeholders"})) if _calls_itself(t, lexicon) else t for t in terms]
    shown = any(
        (t.kind == "bracket" and t.inner.strip() and not t.inner.strip().isdigit()) or t.has("part.square_brackets")
        for t in named
    )
    if not shown or any(t.has("unit.placeholders") for t in named):
        return named
    return [replace(t, concepts=t.concepts | {"unit.placeholders"}) if t.has("part.blank") else t for t in named]


def _calls_itself(term: Term, lexicon: Lexicon) -> bool:
    """ "[placeholders]"."""
    match = lexicon.match(tokenize(term.inner), 0) if term.kind == "bracket" and term.inner.strip() else None
    return match is not None and "unit.placeholders" in match.concepts


_DETERMINERS = (
    "word.filler",
    "word.all",
    "word.each",
    "word.every",
    "word.definite",
    "amount.one",
    "case.upper",
    "case.lower",
)


def _nouns(terms: list[Term], lexicon: Lexicon) -> list[Term]:
    """ "Your entire answer", "the end": what may be a verb is none behind a determiner, where the lexicon knows it as a part as well."""
    if not lexicon.spaces:
        return terms
    changed = list(terms)
    for at, term in enumerate(terms[1:], start=1):
        if term.has("unit.bold", "unit.italics") and not terms[at - 1].has("word.must", "word.not", "word.and"):
            manner = frozenset(c for c in term.concepts if not c.startswith("verb."))
            changed[at] = replace(term, concepts=manner) if terms[at - 1].norm not in ",;:-" else term
        if (
            term.has("part.answer")
            and terms[at - 1].has(*_DETERMINERS)
            and not terms[at - 1].has("verb.include", "word.must")
        ):
            changed[at] = replace(term, concepts=frozenset(c for c in term.concepts if not c.startswith("verb.")))
    return changed


def _each_denied(terms: list[Term]) -> list[Term]:
    """ "No sentence longer than 12 words" denies each sentence more than 12 words: where a bound on another unit follows, "no" is "each … not"."""
    changed = list(terms)
    for at, term in enumerate(terms):
        if at + 1 >= len(terms) or not (term.has("amount.none") or _any_denied(terms, at)):
            continue
        if terms[at + 1].has("word.not", "word.must", "word.them", "verb.include") and _bound_behind(terms, at):
            changed[at] = replace(term, kind="lex", number=None, concepts=frozenset({"word.each", "word.not"}))
            continue
        unit = next((i for i in (at + 1, at + 2) if i < len(terms) and terms[i].has(*PARTS, *_HELD)), None)
        if unit is not None and (_bound_behind(terms, unit) or _ends_behind(terms, unit)):
            denied = {"word.each", "word.not"} if term.has("amount.none") else {"word.each"}
            changed[at] = replace(term, kind="lex", number=None, concepts=frozenset(denied))
    return changed


_HELD = ("unit.words", "unit.cells", "unit.questions")
"""Units besides the parts of an answer that may be bounded one by one."""


def _any_denied(terms: Sequence[Term], at: int) -> bool:
    """ "Don't let any sentence go beyond …": "any" under a negation."""
    return terms[at].has("word.any") and any(t.has("word.not", "verb.avoid") for t in terms[max(0, at - 4) : at])


def _ends_behind(terms: Sequence[Term], unit: int) -> bool:
    """ "No bullet ends with a period", "no heading may be closed by a colon": how each is not to end or begin."""
    for term in terms[unit + 1 : unit + 4]:
        if term.has("verb.end", "verb.start"):
            return True
        if not (term.has("word.must", "verb.be", "word.link") or term.kind == "word"):
            return False
    return False


def _bound_behind(terms: Sequence[Term], unit: int) -> bool:
    """Whether "more than n" or "longer than n" comes behind, with no other clause between."""
    for index in range(unit + 1, min(unit + 9, len(terms) - 1)):
        if terms[index].has(*_FAR):
            return any(t.number is not None for t in terms[index + 1 : index + 3])
        if terms[index].norm in ".;:" or terms[index].has("word.and", "word.but") or terms[index].name("unit"):
            return False
    return False


def _with_antecedents(frames: Sequence[Frame]) -> None:
    """Give "the second", "each" and "none" without a noun the unit that they stand for: the last one named, or the one named next."""
    for number, frame in enumerate(frames):
        for at, term in enumerate(frame.terms):
            if number and term.has("unit.levels") and frames[number - 1].has("unit.heading_levels"):
                frame.terms[at] = replace(term, concepts=term.concepts | {"unit.heading_levels"})
                continue
            if not (_elliptic_ordinal(frame, at) or _elliptic_each(frame, at)):
                continue
            unit = _antecedent(frames, number, at)
            if unit is not None:
                frame.terms[at] = replace(term, concepts=term.concepts | {unit})


def _each_of_them(frames: Sequence[Frame]) -> None:
    """ "見出しは三つ、どれも10文字以内": "each" without a noun stands for the parts that were counted last."""
    for number, frame in enumerate(frames):
        for at, term in enumerate(frame.terms):
            if not term.has("word.each") or not any(0 < q.first - at <= 4 for q in frame.quantities if not q.weak):
                continue
            if any(t.name("unit") in _PART_NAMES for t in frame.terms[at : at + 3]):
                continue
            earlier = [t for f in frames[max(0, number - 2) : number] for t in f.terms] + frame.terms[:at]
            unit = next((c for t in reversed(earlier) for c in PARTS if t.has(c)), None)
            if unit is not None:
                frame.terms[at] = replace(term, concepts=term.concepts | {unit})


def _elliptic_ordinal(frame: Frame, at: int) -> bool:
    term = frame.terms[at]
    if term.kind != "ordinal" or at == 0 or not frame.terms[at - 1].has("word.filler", "word.of", "word.and"):
        return False
    if at + 1 >= len(frame.terms):
        return True
    after = frame.terms[at + 1]
    if after.has("word.of"):
        behind = [t for t in frame.terms[at + 2 : at + 4] if not t.has("word.filler")]
        return bool(behind) and behind[0].number is not None
    if after.has("word.link") and at + 2 < len(frame.terms):
        named = frame.terms[at + 2]
        if named.names("language") or named.kind == "literal":
            return True
    one = after.kind == "number" and after.number == 1 and after.norm.isalpha()
    return (
        one
        or after.has("word.must", "word.with", "word.not")
        or after.norm in ".,;:()（）"
        or any(c.startswith("verb.") for c in after.concepts)
    )


def _elliptic_each(frame: Frame, at: int) -> bool:
    term = frame.terms[at]
    if not term.has("word.each") or term.names("unit"):
        return False
    if at + 1 >= len(frame.terms):
        return True
    after = frame.terms[at + 1]
    if after.has("word.filler") and at + 2 < len(frame.terms) and frame.terms[at + 2].has("verb.end", "verb.start"):
        return True
    if (
        after.has("word.of")
        and at + 2 < len(frame.terms)
        and (frame.terms[at + 2].kind == "number" or frame.terms[at + 2].name("compare_before"))
    ):
        return True
    if after.has("word.of", "word.name") or after.name("unit"):
        return False
    if after.has("word.them"):
        return True
    number = after.number is not None and after.kind == "number"
    compared = bool(after.names("compare_before"))
    return (
        number
        or compared
        or after.has("word.must", "word.with", "word.not", "range.open")
        or after.norm in ".,;:()"
        or any(c.startswith("verb.") for c in after.concepts)
    )


def _pronoun(term: Term) -> bool:
    """ "Each one"."""
    return term.kind == "number" and term.number == 1 and term.norm.isalpha()


def _antecedent(frames: Sequence[Frame], number: int, at: int) -> str | None:
    terms = frames[number].terms
    following = terms[at + 1 : at + 5] if at + 1 < len(terms) and terms[at + 1].has("word.of") else []
    behind = at + 1 + int(at + 1 < len(terms) and (_pronoun(terms[at + 1]) or terms[at + 1].has("word.them")))
    closing = behind >= len(terms) or terms[behind].norm in ".,;:)!" or terms[behind].has("word.and")
    tied = max(0, at - int(at > 1 and terms[at - 1].has("word.link")))
    counted = at and terms[at].has("word.each") and closing and terms[tied - 1].has(*PARTS)
    nearest = [*following, *reversed(terms[: tied - 1 if counted else at])]
    for earlier in reversed(frames[max(0, number - 3) : number]):
        nearest.extend(reversed(earlier.terms))
    nearest.extend(terms[at + 1 :])
    if number + 1 < len(frames):
        nearest.extend(frames[number + 1].terms)
    return next((c for t in nearest for c in PARTS if t.has(c)), None)


def reported(frame: Frame, at: int) -> bool:
    """Whether a term stands in a clause that tells of somebody ("I counted 640 words in my story", "my son must hand in 300 words"), not in a demand."""
    if frame.terms[0].has("word.kin") and frame.lexicon.spaces:
        return not any(t.norm in ",;:" for t in frame.terms[: at + 1])
    if not frame.terms[0].has("word.person"):
        return False
    for term in frame.terms[: at + 1]:
        if term.has("word.must", "word.but") or term.norm in ",;:" or "\n" in term.norm:
            return False
    return True


def asks_about(frame: Frame, at: int, *, manners: bool = True) -> bool:
    """Whether a term is what a question is about ("Which film ends with …?"), and no manner of its answer ("What is rain, in two lines?")."""
    if frame.terms[-1].norm not in ("?", "？") or not frame.terms[0].has("word.asks", "word.may"):
        return False
    if frame.has("word.must"):
        return False
    before = frame.terms[at - 1] if at else None
    manner = (
        manners
        and before is not None
        and (before.has("word.link", "word.with", "verb.include") or before.norm in ",-–—(")
    )
    return not manner
