"""Games with words: acrostics, orders of alphabet and length, chains, repetition, alliteration, palindromes, vowels."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading
from lightwing.spec.grammar.terms import Term

__all__ = ["part_named", "read_games"]

_PARTS = {
    "unit.sentences": "sentences", "unit.lines": "lines", "unit.verses": "lines", "unit.paragraphs": "paragraphs", "unit.items": "items",
    "unit.bullets": "items", "unit.numbered_items": "items",
}  # fmt: skip


def part_named(frame: Frame, default: str) -> str:
    """Which parts of the answer a sentence speaks of."""
    return next((_PARTS[c] for t in frame.terms for c in sorted(t.concepts) if c in _PARTS), default)


def read_games(frame: Frame) -> Iterator[Reading]:
    """The games of one sentence."""
    yield from _spelled(frame)
    yield from _sorted(frame)
    yield from _runs(frame)
    yield from _vowels(frame)
    for at, term in enumerate(frame.terms):
        found = (
            None if frame.negative[at] and term.name("odd") not in ("no_repeat", "fresh_start") else _game(frame, at)
        )
        if found is not None:
            name, args = found
            yield reading(frame, name, args, at, at, scope="answer")
            return


def _game(frame: Frame, at: int) -> tuple[str, dict[str, object]] | None:
    match frame.terms[at].name("odd"):
        case "no_repeat":
            return "no_repeats", {"of": "words"}
        case "fresh_start":
            return "no_repeats", {"of": "first_words"}
        case "alphabet" if not frame.lexicon.spaces or frame.has("verb.start", "odd.initials", "word.each"):
            return "alphabet", {"of": part_named(frame, "sentences"), **_first_letter(frame, at)}
        case "chain" if not frame.lexicon.spaces or frame.has("verb.start", "verb.repeat", "verb.include"):
            return "chain", {"of": part_named(frame, "sentences")}
        case "longer" | "shorter" as order:
            direction = "increasing" if order == "longer" else "decreasing"
            return "length_order", {"of": _measured(frame), "order": direction}
        case "same_start":
            return "same_start", {"of": part_named(frame, "sentences")}
        case "same_end" if not frame.lexicon.verb_last:
            return "same_end", {"of": part_named(frame, "sentences")}
        case "bookends":
            return "bookends", {}
    return None


def _measured(frame: Frame) -> str:
    """What grows or shrinks: parts of the text, else its words where the sentence speaks of them alone."""
    return part_named(frame, "words" if frame.has("unit.words") else "sentences")


def _first_letter(frame: Frame, at: int) -> dict[str, object]:
    """The letter that the alphabet is begun with; in a script with capitals it stands as one, and not as the first word of the sentence."""
    for index, term in enumerate(frame.terms):
        inner = term.inner if term.kind == "literal" else frame.text[term.start : term.end]
        single = len(inner) == 1 and inner.isascii() and inner.isalpha()
        if not single or (not frame.lexicon.spaces and index < at):
            continue
        if term.kind == "literal" or not frame.lexicon.spaces or (index and inner.isupper() and inner != "I"):
            return {"start": inner.upper()}
    return {}


def _spelled(frame: Frame) -> Iterator[Reading]:
    """ "An acrostic of OCEAN", "whose lines spell "OCEAN" with their first letters"."""
    named = frame.find("odd.acrostic") or (frame.find("verb.spell") if frame.has("odd.initials") else [])
    if not named or frame.negative[named[0]]:
        return
    text = _spelled_text(frame, named[0])
    if text is not None:
        yield reading(
            frame, "acrostic", {"text": text, "of": part_named(frame, "lines")}, named[0], named[0], scope="answer"
        )


def _spelled_text(frame: Frame, at: int) -> str | None:
    literals = [t.inner.strip() for t in frame.terms if t.kind == "literal" and t.inner.strip()]
    if literals:
        return literals[-1]
    if not frame.lexicon.spaces:
        return None
    words = [(i, frame.text[t.start : t.end]) for i, t in enumerate(frame.terms) if t.kind in ("word", "lex")]
    capitals = [w for _, w in words if w.isupper() and w.isalpha() and len(w) > 2]
    if capitals:
        return capitals[-1]
    labelled = [
        w
        for i, w in words
        if i > at and frame.terms[i].kind == "word" and frame.terms[i - 1].has("label.word", "verb.spell")
    ]
    return labelled[0] if labelled else None


def _sorted(frame: Frame) -> Iterator[Reading]:
    for at in frame.find("odd.alphabetical", "odd.reverse"):
        if frame.negative[at]:
            continue
        of = (
            "lines"
            if frame.has("unit.lines")
            else "words"
            if frame.has("unit.words") and not frame.has("unit.items", "unit.bullets")
            else "items"
        )
        order = "reverse" if frame.terms[at].has("odd.reverse") else "alphabetical"
        yield reading(frame, "sorted", {"of": of, "order": order}, at, at, scope="answer")
        return


def _runs(frame: Frame) -> Iterator[Reading]:
    """Alliterations and palindromes, how many of them, and of how many words a run is."""
    for at, term in enumerate(frame.terms):
        if frame.topical[at]:
            continue
        near = [q for q in frame.quantities if q.last < at <= q.last + 3]
        if term.has("odd.palindrome"):
            asked = frame.governed_by(at, "include", "appear", "write") or any(
                t.has("word.with") for t in frame.terms[max(0, at - 4) : at]
            )
            if asked and not frame.negative[at]:
                yield reading(frame, "palindrome", near[-1].interval.args() if near else {"min": 1}, at, at)
                return
        elif term.has("odd.alliteration"):
            counted = any(b.unit == "words" and not b.quantity.weak for b in bound_quantities(frame))
            neighbours = frame.find("odd.unlike")
            counted = counted or any(q.last + 1 in neighbours and q.value > 1 and not q.weak for q in frame.quantities)
            if neighbours and not counted:
                yield reading(frame, "alliteration", {"max": 0}, at, at, scope="answer")
                return
            words = [
                b.quantity
                for b in bound_quantities(frame)
                if b.unit == "words" and not b.quantity.weak and b.quantity.value > 1
            ]
            words += [q for q in frame.quantities if q.last + 1 in neighbours and not q.weak and q.value > 1]
            runs = [q for q in frame.quantities if not q.weak and q not in words]
            if frame.negative[at] or not (near or words or frame.governed_by(at, "include", "appear")):
                continue
            interval = runs[0].interval.args() if runs else {"min": 1}
            run = {"run": words[0].value} if words else {}
            yield reading(frame, "alliteration", {**interval, **run}, at, at, scope="answer")
            return


def _letters_behind(frame: Frame, at: int) -> str:
    letters: list[str] = []
    for term in frame.terms[at + 1 : at + 10]:
        letter = _letter(frame, term)
        if letter is not None:
            letters.append(letter)
        elif not (term.has("word.and", "word.or", "word.filler") or term.norm in ",，、"):
            break
    return "".join(letters)


def _letter(frame: Frame, term: Term) -> str | None:
    raw = (term.inner if term.kind == "literal" else frame.text[term.start : term.end]).casefold()
    return raw if len(raw) == 1 and raw.isalpha() else None


def _vowels(frame: Frame) -> Iterator[Reading]:
    """ "The only vowels are a and e", "at most two different vowels"."""
    for at in frame.find("odd.vowels"):
        letters = _letters_behind(frame, at)
        if letters and frame.has("word.only"):
            yield reading(frame, "vowels", {"allowed": letters}, at, at)
            return
        near = [q for q in frame.quantities if q.last < at <= q.last + 3 and not q.weak and q.interval.max is not None]
        if near:
            yield reading(frame, "vowels", {"max": near[-1].interval.max}, near[-1].first, at)
            return
