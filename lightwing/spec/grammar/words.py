"""Words asked for, forbidden or counted: keywords, forbidden words, frequency of a word or a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities, clause_edge
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import (
    Named,
    hashtags_at,
    literal_words,
    literals_at,
    mentioned,
    named_at,
    subject_words,
    written_out,
)
from lightwing.spec.grammar.named_counts import count_before, in_order, occurrences, placed_inside, read_named
from lightwing.spec.grammar.named_last import bare_before, list_sign, shown_only
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term
from lightwing.spec.grammar.unquoted import members
from lightwing.spec.text.tokens import tokenize

__all__ = ["PLURAL_LETTER", "named_words", "own_letter", "postscript_like", "read_words"]

_LISTED = re.compile(r"[、，,；;]|和|与|及")


_CAPITALS = frozenset("BCDEFGHJKLMNOPQRSTUVWXYZ")
"""Letters that are no words of their own."""
_INTRODUCING = frozenset(
    [
        "label.word",
        "label.words",
        "label.letter",
        "label.phrase",
        "label.phrases",
        "unit.letters",
        "unit.hashtags",
        "word.example",
        "verb.include",
        "verb.avoid",
        "verb.mention",
        "verb.write",
        "verb.wrap",
    ]
)
"""What a term means behind which words may be named, in a language with spaces; quotes name themselves."""
PLURAL_LETTER = re.compile(r"[a-z]'s")
"""A letter in the plural: "ten z's"."""


def read_words(frame: Frame) -> Iterator[Reading]:
    """Keywords, forbidden words, frequencies of words and letters."""
    if ordered := in_order(frame):
        texts = [frame.terms[i].inner.strip() for i in ordered]
        yield reading(frame, "in_order", {"texts": texts}, ordered[0], ordered[-1])
    if frame.lexicon.spaces:
        yield from _plural_letters(frame)
    for at, named, letter in _named_in(frame):
        yield from read_named(frame, at, named, letter=letter)


def named_words(frame: Frame) -> list[tuple[Named, bool]]:
    """The words that a sentence names, in order, each with whether they are single letters."""
    return [(named, letter) for _, named, letter in _named_in(frame)]


def _named_in(frame: Frame) -> list[tuple[int, Named, bool]]:
    if "named" not in frame.memo:
        frame.memo["named"] = _all_named(frame)
    known: list[tuple[int, Named, bool]] = frame.memo["named"]
    return known


def _all_named(frame: Frame) -> list[tuple[int, Named, bool]]:
    named: list[tuple[int, Named, bool]] = []
    taken: set[int] = set()
    for at, term in enumerate(frame.terms):
        if frame.lexicon.spaces and term.kind != "literal" and term.concepts.isdisjoint(_INTRODUCING):
            continue
        found = _labelled(frame, at) if at not in taken else None
        if found is not None:
            taken.update(range(at, found[0].last + 1))
            named.append((at, *found))
    return named


def _labelled(frame: Frame, at: int) -> tuple[Named, bool] | None:
    """Words introduced at term `at`: by a label ("the word …") or directly by a verb ("mention …", quotes needed)."""
    term = frame.terms[at]
    if term.kind == "literal" and not frame.lexicon.spaces:
        return _set_before(frame, at)
    following = frame.terms[at + 1] if at + 1 < len(frame.terms) else None
    if not frame.lexicon.spaces and not term.has("label.letter"):
        return _announced_list(frame, at)
    if following is None or (following.has("word.of") and term.has("word.name")):
        return None
    if following.has("word.of") and at and frame.terms[at - 1].has("amount.one", "amount.none"):
        return None  # "not a word of English"
    if term.joined and following.start == term.end + 1 and frame.lexicon.spaces:
        return None
    if term.has("label.letter"):
        if frame.lexicon.spaces and at and frame.terms[at - 1].has("word.each", "word.every"):
            return None
        named = named_at(frame, at + 1, many=False)
        if (
            named is None
            and frame.lexicon.spaces
            and following.kind == "lex"
            and following.end - following.start == 1
            and not _small_word(frame, at + 1)
        ):
            return Named([frame.text[following.start : following.end]], at + 1, at + 1, quoted=True), True
        spelled = frame.lexicon.spaces or (
            named is not None and (named.quoted or frame.terms[named.first].kind == "word")
        )
        if named is not None and spelled and all(len(w) == 1 for w in named.words):
            return named, True
        if following.norm in "#!$%&@" or following.kind == "mark":
            return Named([following.norm[:1]], at + 1, at + 1, quoted=True), True
        sign = frame.terms[at - 1] if at and frame.lexicon.spaces else None
        if sign is not None and sign.kind in ("punct", "mark") and sign.norm in "#!$%&@*+=?~^_":
            return Named([sign.norm], at - 1, at, quoted=True), True
        return None
    if term.has("unit.letters") and (several := _lone_letters(frame, at + 1)) is not None:
        return several, True
    if any(name != "keys" for name in term.names("label")):
        if (
            at > 1
            and frame.terms[at - 1].has("word.filler")
            and frame.terms[at - 2].has("word.link")
            and term.has("label.phrase")
        ):
            return None
        if term.has("unit.words") and any(
            q.last < at <= q.last + 3 and not q.weak and not q.bare for q in frame.quantities
        ):
            return None
        named = named_at(frame, at + 1, many=term.has("label.words", "label.phrases"))
        if named is None or not named.quoted:
            announced = _listed_behind(frame, at) if term.has("label.words", "label.phrases") else None
            named = announced or written_out(frame, at) or named
        if named is None:
            return None
        phrase = term.has("label.phrase", "label.phrases") and not term.has("label.words")
        if not named.quoted and (phrase or _plain_label(frame, at, named)):
            return None
        return named, False
    if term.has("word.example") and following.kind == "literal" and frame.lexicon.spaces:
        barred = frame.negative[at] and frame.governed_by(at, "include", "avoid", "appear", "write")
        named = literals_at(frame, at + 1) if barred else None
        return None if named is None else (named, False)
    if frame.lexicon.spaces and _counted_letter(frame, at):
        return Named([term.inner.strip()], at, at, quoted=True), True
    if (
        term.kind == "literal"
        and at
        and frame.terms[at - 1].has("amount.none")
        and any(c.isalnum() for c in term.inner)
    ):
        return Named(literal_words(frame, at), at, at, quoted=True), False
    if term.kind == "literal" and postscript_like(frame, at):
        return None
    if term.kind == "literal" and (at or frame.lexicon.spaces):
        named = literals_at(frame, at)
        if named is not None and (_counted_alone(frame, at) or placed_inside(frame, named)):
            return named, frame.lexicon.spaces and all(len(w) == 1 and w.isalpha() for w in named.words)
    if frame.lexicon.spaces and (named := mentioned(frame, at)) is not None:
        return named, False
    direct = term.has("verb.include", "verb.avoid") or (term.has("verb.write", "verb.wrap") and frame.negative[at])
    direct = direct or (term.has("verb.write") and any(t.has("word.or") for t in frame.terms[at:]))
    if (
        (direct or term.has("unit.hashtags"))
        and frame.lexicon.spaces
        and (tags := hashtags_at(frame, at + 1)) is not None
    ):
        return tags, False
    if direct and not frame.lexicon.verb_last:
        nearby = _behind_times(frame, at) + 1
        while nearby < len(frame.terms) and (
            frame.terms[nearby].has("word.filler", "word.not", "word.or", "word.of", "verb.include")
            or frame.terms[nearby].norm in (":", "either")
        ):
            nearby += 1
        if (
            nearby < len(frame.terms)
            and frame.terms[nearby].kind == "literal"
            and any(c.isalnum() for c in frame.terms[nearby].inner)
        ):
            named = named_at(frame, nearby, many=True)
            return None if named is None else (named, False)
    return None


def _behind_times(frame: Frame, at: int) -> int:
    """ "Mention at least once "a" and "b"": the last term of a count of times right behind a verb, else the verb."""
    spaced = bound_quantities(frame) if frame.lexicon.spaces else []
    return next((max(b.last, b.unit_at) for b in spaced if b.unit == "times" and b.quantity.first == at + 1), at)


def _counted_letter(frame: Frame, at: int) -> bool:
    """ "More than ten "f"": a letter in quotes with its number right before it."""
    sign = frame.terms[at].inner.strip() if frame.terms[at].kind == "literal" else ""
    return len(sign) == 1 and sign.isalpha() and any(q.last == at - 1 and not q.weak for q in frame.quantities)


def _lone_letters(frame: Frame, first: int) -> Named | None:
    """ "The letters q and z": single letters in a list behind their label."""
    letters: list[str] = []
    last = index = first
    while index < len(frame.terms):
        term = frame.terms[index]
        sign = term.inner.strip() if term.kind == "literal" else frame.text[term.start : term.end]
        if len(sign) == 1 and sign.isalpha():
            letters.append(sign)
            last = index
        elif not letters or not (term.norm == "," or term.has("word.and", "word.or")):
            break
        index += 1
    return Named(letters, first, last, quoted=True) if len(letters) > 1 else None


def _plural_letters(frame: Frame) -> Iterator[Reading]:
    """ "No fewer than ten z's": a letter in the plural, counted."""
    for quantity in frame.quantities:
        at = quantity.last + 1
        at += at < len(frame.terms) and frame.terms[at].has("label.letter")
        if not quantity.weak and at < len(frame.terms) and PLURAL_LETTER.fullmatch(frame.terms[at].norm):
            yield reading(
                frame, "letter", {"letter": frame.terms[at].norm[0], **quantity.interval.args()}, quantity.first, at
            )
        capital = at < len(frame.terms) and frame.text[frame.terms[at].start : frame.terms[at].end] in _CAPITALS
        if quantity.weak and quantity.interval.max == 0 and capital and clause_edge(frame, at + 1):
            yield reading(
                frame, "letter", {"letter": frame.terms[at].norm, "max": 0}, quantity.first, at, scope="answer"
            )
    yield from _own_letters(frame)
    yield from _letter_names(frame)


def _letter_names(frame: Frame) -> Iterator[Reading]:
    """ "Pas de cédille", "la eñe, dos veces": a letter called by the name that it has."""
    before = {q.last + 1: q.interval for q in frame.quantities if not q.weak}
    for at, term in enumerate(frame.terms):
        letter = term.name("letter")
        if letter is None or frame.topical[at]:
            continue
        often = occurrences(frame, at, Named([letter], at, at, quoted=True)) or before.get(at)
        barred = frame.negative[at] or any(q.weak and q.value == 0 and q.last == at - 1 for q in frame.quantities)
        if often is not None:
            yield reading(frame, "letter", {"letter": letter, **often.args()}, at, at)
        elif barred:
            yield reading(frame, "letter", {"letter": letter, "max": 0}, at, at)
        elif frame.governed_by(at, "include", "appear"):
            yield reading(frame, "letter", {"letter": letter, "min": 1}, at, at)


def own_letter(frame: Frame, term: Term) -> bool:
    """Whether a term is a lone letter beyond ASCII ("ç", "œ") that is no word of its language."""
    written = frame.text[term.start : term.end]
    return (
        frame.lexicon.spaces and len(written) == 1 and not written.isascii() and written.isalpha() and not term.concepts
    )


def _own_letters(frame: Frame) -> Iterator[Reading]:
    """ "At least three ç", "without œ": a letter that is no word names itself."""
    counts = {q.last + 1: q.interval.args() for q in frame.quantities if not q.weak}
    for at, term in enumerate(frame.terms):
        written = frame.text[term.start : term.end]
        if not own_letter(frame, term) or (at and frame.terms[at - 1].has("label.letter")):
            continue
        args = {"max": 0} if frame.negative[at] else counts.get(at)
        if args is not None:
            yield reading(frame, "letter", {"letter": written.casefold(), **args}, at, at)


def _announced_list(frame: Frame, at: int) -> tuple[Named, bool] | None:
    """ "Keywords: a, b" in a language without spaces, the list with or without quotes, at the end of the statement."""
    if frame.lexicon.verb_last and frame.terms[at].names("label") and (bare := bare_before(frame, at)) is not None:
        return bare, False
    if not frame.terms[at].has("label.words"):
        return None
    if frame.lexicon.verb_last and (named := subject_words(frame, at)) is not None:
        return named, False
    bracket = next((i for i in range(at + 1, min(at + 4, len(frame.terms))) if frame.terms[i].kind == "bracket"), None)
    named = (
        literals_at(frame, bracket)
        if bracket is not None and len(literal_words(frame, bracket)) > 1
        else _listed_behind(frame, at)
    )
    return None if named is None else (named, False)


_EXAMPLES = re.compile(
    r"を?(?:使った|用いた|使う|含む|使用した)(?:例文|慣用句|ことわざ|四字熟語|用例|熟語|言い回し|表現)"
)
"""What is asked for are examples of a word's use."""

_PARTICLES = (
    "word.filler", "word.of", "word.must", "word.all", "word.not", "word.and", "word.link", "verb.be", "part.answer", "unit.times", "word.only",
    "word.number_of", "amount.none", "amount.one", "word.each", "compare_after.min", "compare_after.max", "compare_after.under", "unit.characters",
    "verb.include", "verb.appear", "verb.avoid", "word.else", "word.definite", "verb.write", "part.ending", "word.above", "part.beginning",
)  # fmt: skip


def _set_before(frame: Frame, at: int) -> tuple[Named, bool] | None:
    """A quoted word in a language without spaces: its label and, in some, its verb stand behind it."""
    named = literals_at(frame, at)
    verb = frame.governor[at]
    if named is None or any(len(w) > 40 for w in named.words) or postscript_like(frame, at):
        return None
    behind = frame.terms[named.last + 1 : named.last + 9]
    if any(t.has("unit.headings") for t in behind[:5]) and not any(
        t.has("verb.include", "verb.avoid", "verb.appear") for t in behind[:3]
    ):
        return None
    if frame.lexicon.verb_last and (shown_only(frame, at, named) or list_sign(frame, named)):
        return None
    if frame.lexicon.verb_last and _EXAMPLES.search(frame.text, frame.terms[named.last].end, frame.end):
        return None
    labels = [t for t in behind[:3] if t.names("label") and not t.has("label.keys")]
    if _mere_object(frame, at) and (
        not labels
        or (_matter_of(frame, at) and not any(t.has("verb.include", "verb.appear", "verb.avoid") for t in behind))
    ):
        return None
    if _at_edge(frame, at) or (
        frame.has("word.in_turn") and frame.has("verb.start", "part.beginning", "part.first_word")
    ):
        return None
    letter = all(len(w) == 1 for w in named.words) and (bool(labels) or occurrences(frame, at, named) is not None)
    if (
        frame.lexicon.verb_last
        and not any(t.has("label.letter") for t in labels)
        and any(w.isalpha() and not w.isascii() for w in named.words)
        and not (letter and all("\u3041" <= w <= "\u30ff" for w in named.words))
    ):
        letter = False
    if not frame.lexicon.verb_last and all("\u4e00" <= w <= "\u9fff" for w in named.words):
        letter = False
    if any(t.has("verb.start", "verb.end", "part.first_word", "verb.repeat", "verb.choose") for t in behind[:4]):
        return None
    if verb is not None and verb > named.last:
        unknown = sum(
            not (
                t.has(*_PARTICLES)
                or t.number is not None
                or t.names("label")
                or t.names("compare_before")
                or t.norm in "，、,（）()"
            )
            for t in frame.between(named.last, verb)
        )
        if unknown > (2 if labels else 1):
            return None
    elif (
        verb is None
        and occurrences(frame, at, named) is None
        and (frame.lexicon.verb_last or count_before(frame, at) is None)
    ):
        return None
    elif verb is not None:
        unknown = sum(t.kind in ("cjk", "word") and not t.concepts for t in frame.between(verb, at))
        if unknown > (2 if not labels else 6):
            return None
    return named, letter


def _matter_of(frame: Frame, at: int) -> bool:
    """ "给“…”这句话写读后感", "以“…”为话题": in Chinese what a preposition brings is what the text is about."""
    before = frame.terms[at - 1] if at else None
    return (
        not frame.lexicon.verb_last
        and before is not None
        and before.norm in ("就", "对", "给", "以", "针 对", "关 于", "围 绕")
    )


def _mere_object(frame: Frame, at: int) -> bool:
    """A quotation that is the matter of the request (a book's title, a text to be changed), not a word asked for."""
    term = frame.terms[at]
    before = frame.terms[at - 1] if at else None
    marked = before is not None and (
        before.norm in ("把", "将", "就", "对", "给", "为", "以") or before.has("word.topic", "verb.translate")
    )
    single = len(term.inner.strip()) == 1
    return (
        term.norm[0] in "《〈【［["
        or marked
        or not (single or any(c.isalnum() for c in term.inner))
        or "，" in term.inner
    )


def _at_edge(frame: Frame, at: int) -> bool:
    """Whether the clause speaks of the beginning or the end ("at the end add …")."""
    for index in range(at - 1, max(-1, at - 8), -1):
        term = frame.terms[index]
        if term.norm in ",，、;；。" or term.kind == "literal":
            return False
        if term.has("part.first_word", "part.last_word") or (
            term.name("unit") and term.ordinal is not None and frame.terms[index + 1].norm in ("は", "が")
        ):
            return True
        if term.has("verb.end", "part.ending", "part.beginning", "verb.start") and not term.name("unit"):
            return not any(
                (t.norm in "里中に" and t.kind == "cjk") or t.norm in ("里", "中") for t in frame.terms[index + 1 : at]
            )
    return False


def postscript_like(frame: Frame, at: int) -> bool:
    tokens = tokenize(frame.terms[at].inner.strip())
    match = frame.lexicon.match(tokens, 0) if tokens else None
    spoken = bool(tokens) and tokens[0].norm.startswith(("p.s", "p.p.s", "ps"))
    return spoken or (match is not None and "part.postscript" in match.concepts)


def _listed_behind(frame: Frame, at: int) -> Named | None:
    """ "The following terms should all be present: "a", "b"": the list stands behind the colon that ends the statement."""
    for index in range(at + 1, len(frame.terms) - 1):
        if frame.lexicon.spaces and frame.terms[index].kind == "literal":
            return None
        if frame.terms[index].norm in ":：" and frame.terms[index + 1].kind == "literal":
            return None if _counted_part(frame, at) else literals_at(frame, index + 1)
        if frame.terms[index].norm in ":：" and not frame.lexicon.spaces:
            behind = frame.text[frame.terms[index].end : frame.end].strip("。.！ ")
            listed = (members(behind) if not frame.lexicon.verb_last else []) or _LISTED.split(behind)
            if all(0 < len(w.strip()) <= 12 for w in listed):
                return Named([w.strip() for w in listed], index + 1, len(frame.terms) - 1, quoted=False)
    return None


def _small_word(frame: Frame, at: int) -> bool:
    """ "Une lettre à ma tante", "27 letras y …": a word of one letter behind a label, which names no letter."""
    preposition = frame.terms[at].has("word.link") and not frame.text[frame.terms[at].start].isascii()
    return preposition or (frame.terms[at - 1].norm.endswith("s") and frame.terms[at].has("word.and", "word.or"))


def _counted_part(frame: Frame, at: int) -> bool:
    """ "In two sentences: "…"": a label that is a unit here, and counted."""
    return frame.terms[at].has("unit.sentences") and any(
        q.last < at <= q.last + 3 and not q.weak for q in frame.quantities
    )


def _counted_alone(frame: Frame, at: int) -> bool:
    """A quoted word with its own count ("calm" at least twice), or as the subject of a passive ("x" must not appear)."""
    if not any(c.isalnum() for c in frame.terms[at].inner) or len(frame.terms[at].inner) > 60:
        return False
    verb = frame.governor[at]
    if _counted_before(frame, at):
        return True
    if frame.governed_by(at, "appear") and verb is not None and verb > at:
        return all(
            t.kind in ("literal", "number")
            or t.names("label")
            or t.names("compare_before")
            or t.has(
                "word.must",
                "word.may",
                "word.not",
                "word.and",
                "word.or",
                "verb.be",
                "word.filler",
                "word.all",
                "word.only",
                "unit.times",
                "word.link",
                "part.answer",
                "word.of",
            )
            or t.norm in ",，、"
            for t in frame.between(at, verb)
        )
    counted = any(at < q.first <= at + 2 and not q.weak for q in frame.quantities)
    alone = (
        frame.lexicon.spaces
        and frame.governor[at] is None
        and (at == 0 or frame.terms[at - 1].norm in ",;:" or frame.terms[at - 1].has("word.and"))
    )
    return counted and (alone or frame.governed_by(at, "include", "appear")) and frame.has("unit.times")


def _counted_before(frame: Frame, at: int) -> bool:
    """ "At most two uses of "x"": the count of occurrences right before the word."""
    gap = at - 1
    while gap > 0 and frame.terms[gap].has("word.of", "word.filler") and not frame.terms[gap].has("unit.times"):
        gap -= 1
    return frame.lexicon.spaces and any(
        b.unit == "times" and b.unit_at == gap and b.quantity.first <= gap for b in bound_quantities(frame)
    )


def _plain_label(frame: Frame, at: int, named: Named) -> bool:
    """A label that is only a noun: "300 words about …", "words in capitals", "each word"."""
    term, following = frame.terms[at], frame.terms[named.first]
    if all(w.isdigit() for w in named.words) or (
        term.has("unit.words") and any(q.first - 1 <= named.first <= q.last for q in frame.quantities if not q.weak)
    ):
        return True
    if term.has("unit.words") and any(q.last < at <= q.last + 3 and not q.weak for q in frame.quantities):
        return True
    before = frame.terms[at - 1] if at else None
    counted = at > 1 and before is not None and before.has("word.of") and frame.terms[at - 2].has("unit.times")
    if (
        before is not None
        and not counted
        and before.has("word.each", "word.of", "word.number_of", "amount.none", "verb.capitalize")
        and not before.has("word.usage")
    ):
        return True
    if term.has("unit.words") and term.has("label.words") and frame.negative[at] and following.has("word.link"):
        return True
    if following.has("verb.start", "verb.end"):
        return True
    return following.has(
        "verb.appear", "verb.be", "verb.include", "word.number_of", "compare_before.min"
    ) and not _is_plural(frame, at)


def _is_plural(frame: Frame, at: int) -> bool:
    return frame.terms[at].has("label.words")
