"""What a later clause says of words that were named before: "… the word "x". It must come up twice", "…, so leave it out", "Exactly twice."."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.context import asks_about, reported
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import Named, literals_at
from lightwing.spec.grammar.named_counts import kept_out
from lightwing.spec.grammar.quantities import Interval
from lightwing.spec.grammar.reading import ExactReading, trigger_of
from lightwing.spec.grammar.words import named_words

__all__ = ["with_pronouns"]

_HOLDERS = ("keywords", "forbidden", "frequency")


def with_pronouns(frames: Sequence[Frame], found: list[ExactReading]) -> list[ExactReading]:
    """The readings, and those that a pronoun or a bare count gives of words named earlier in the sentence or in the one before."""
    for number, frame in enumerate(frames):
        if not frame.lexicon.spaces or reported(frame, len(frame.terms)):
            continue
        named = [n for n, letter in named_words(frame) if not letter]
        if not named and (alone := literals_at(frame, 0)) is not None:
            named = [alone]  # ""Patience" - use that word …"
        if not named:
            continue
        latest = named[-1]
        said = _said(frame, latest, latest.last + 1)
        if said is None and number + 1 < len(frames):
            following = frames[number + 1]
            said = _counted_alone(following, latest) or (
                None if any(t.kind == "literal" for t in following.terms) else _said(following, latest, 0)
            )
        if said is not None:
            found = [*(r for r in found if not _replaced(r, latest.words)), *said]
    return found


def _replaced(item: ExactReading, words: Sequence[str]) -> bool:
    """Whether a reading of the same words gives way to what is said of them later."""
    if item.check.name not in _HOLDERS:
        return False
    own = [str(item.check.args["word"])] if item.check.name == "frequency" else list(item.check.args["words"])
    return sorted(own) == sorted(words) or (item.check.name == "frequency" and own[0] in words)


def _said(frame: Frame, named: Named, first: int) -> list[ExactReading] | None:
    """What the first pronoun behind a term is the subject or the object of; None where it is neither."""
    for at in range(first, len(frame.terms)):
        term = frame.terms[at]
        if term.kind == "literal" or (term.names("label") and not _that_word(frame, at)):
            return None
        if not term.has("word.pronoun") or (first == 0 and (reported(frame, at) or asks_about(frame, at))):
            continue
        times = _times_behind(frame, at)
        if not (_subject(frame, at) or _object(frame, at) or times is not None):
            continue
        if times is not None:
            return [_item(frame, at, "frequency", {"word": w, **times.args()}) for w in named.words]
        negative = frame.negative[at] or kept_out(frame, at, at)
        if not negative and first:
            return None
        return [_item(frame, at, "forbidden" if negative else "keywords", {"words": list(named.words)})]
    return None


def _that_word(frame: Frame, at: int) -> bool:
    """ "That word", "these terms": a label that points back."""
    after = frame.after(at)
    return at > 0 and frame.terms[at - 1].has("word.pronoun") and (after is None or after.kind != "literal")


def _item(frame: Frame, at: int, name: str, args: dict[str, object]) -> ExactReading:
    span = Span(frame.terms[at].start, frame.end)
    return ExactReading(check=CheckCall(name=name, args=args), span=span, trigger=trigger_of(frame))


def _subject(frame: Frame, at: int) -> bool:
    """ "It must not appear", "both of them are banned"."""
    for term in frame.terms[at + 1 : at + 6]:
        if term.has("verb.appear"):
            return True
        if not (
            term.has("word.must", "word.not", "verb.be", "word.filler", "word.only", "word.pronoun", "word.all")
            or (term.kind == "word" and not term.concepts)
        ):
            return False
    return False


def _object(frame: Frame, at: int) -> bool:
    """ "Avoid it", "don't you dare use them", "leave it out"."""
    before = frame.terms[at - 1] if at else None
    return before is not None and (
        (before.has("verb.include", "verb.avoid", "verb.mention") and not before.has("verb.state"))
        or (before.has("verb.include", "verb.be") and kept_out(frame, at, at))
    )


def _times_behind(frame: Frame, at: int) -> Interval | None:
    """ "Say it at least twice", "it should appear three times": the count of occurrences in the pronoun's own clause."""
    for bound in bound_quantities(frame):
        if bound.unit != "times" or bound.quantity.first <= at:
            continue
        between = frame.terms[at + 1 : bound.quantity.first]
        plain = len(between) <= 6 and all(
            t.has("word.must", "verb.appear", "verb.be", "word.filler", "word.pronoun", "word.link", "part.answer")
            for t in between
        )
        return bound.interval if plain else None
    return None


def _counted_alone(frame: Frame, named: Named) -> list[ExactReading] | None:
    """ "Exactly twice.": a sentence that is nothing but a count of occurrences."""
    bounds = [b for b in bound_quantities(frame) if b.unit == "times"]
    if len(bounds) != 1:
        return None
    inside = set(range(bounds[0].quantity.first, max(bounds[0].last, bounds[0].unit_at) + 1))
    rest = [t for i, t in enumerate(frame.terms) if i not in inside]
    if any(t.kind != "punct" and not t.has("word.must", "word.filler", "word.and", "word.but") for t in rest):
        return None
    return list(_each(frame, named, bounds[0].interval))


def _each(frame: Frame, named: Named, times: Interval) -> Iterator[ExactReading]:
    for word in named.words:
        yield _item(frame, 0, "frequency", {"word": word, **times.args()})
