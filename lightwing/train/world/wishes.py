"""What may be wished of a text in the small world: each wish with its exact check, its words, and what it asks of the plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lightwing.core.clause import CheckCall
from lightwing.train.world.phrasings import HELD_PHRASINGS, PHRASINGS, Phrasings
from lightwing.train.world.texts import Plan, invented, someone
from lightwing.train.world.words import ADJECTIVES, ADVERBS_LAST, ANIMALS, NAMES, OPENERS, PLACES, THINGS, TIMES

__all__ = [
    "HELD_PAIRS",
    "HELD_PHRASINGS",
    "KINDS_OF_WISH",
    "PHRASINGS",
    "Phrasings",
    "Wish",
    "kinds_for",
    "some_wishes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One wish: its kind, the words it is put in, what it is about (words or a phrase, without quotes and after a space, or the mark of a number), and the check that decides it."""

    kind: str
    text: str
    about: str
    check: CheckCall


KINDS_OF_WISH = (
    "words", "first", "last", "sentences", "most", "least", "lower", "say", "silent", "forbidden", "name", "title", "closing", "bullets",
)  # fmt: skip

_CLASHES = (
    {"last", "closing"}, {"bullets", "sentences"}, {"bullets", "last"}, {"title", "first"}, {"say", "silent"}, {"most", "least"}, {"bullets", "closing"},
    {"bullets", "first"}, {"lower", "closing"}, {"bullets", "say"},
)  # fmt: skip
HELD_PAIRS = (
    {"first", "lower"}, {"title", "bullets"}, {"words", "last"}, {"name", "closing"}, {"forbidden", "sentences"}, {"say", "most"},
)  # fmt: skip
"""Kinds that never stand together in a training request: what a model has not seen combined."""

_NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_CLOSINGS = (
    "And that was all.", "Sleep well, little {k}.", "Good night, {A} {k}.", "The {p} is waiting.", "That is the end.", "See you at the {p}.",
    "All is well that ends well.", "Ask for the {n} today.", "Stay {A} and {B}.", "With love from the {p}.", "Keep the {n} {A}.", "Nobody knows why.",
    "Come and see the {n}.", "More about the {k} soon.", "So it goes in the {p}.", "Best wishes, {N}.", "Made with {A} {t}s.", "Long live the {k}!",
)  # fmt: skip


def _thing(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return invented(rng)
    return rng.choice(rng.choice((THINGS, THINGS, THINGS, ANIMALS, PLACES)))


def _closing(rng: random.Random) -> str:
    frame = rng.choice(_CLOSINGS)
    for mark, pool in (
        ("k", ANIMALS),
        ("A", ADJECTIVES),
        ("B", ADJECTIVES),
        ("p", PLACES),
        ("n", THINGS),
        ("t", TIMES),
        ("N", NAMES),
    ):
        frame = frame.replace("{" + mark + "}", invented(rng) if rng.random() < 0.15 else rng.choice(pool))
    return frame


def _number(rng: random.Random, n: int) -> str:
    return _NUMBER_WORDS[n] if n <= 10 and rng.random() < 0.3 else str(n)


def _listed(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return ", ".join(quoted[:-1]) + f" and {quoted[-1]}"


def _title(rng: random.Random, plan: Plan) -> str:
    about = rng.choice([*plan.topic, rng.choice(THINGS)])
    return rng.choice(
        (
            f"The {rng.choice(ADJECTIVES).title()} {about.title()}",
            f"{plan.name} and the {about.title()}",
            f"A {about.title()} in the {rng.choice(PLACES).title()}",
            f"The {about.title()}",
        )
    )


def some_wishes(
    rng: random.Random, plan: Plan, kinds: Sequence[str], phrasings: Phrasings = PHRASINGS
) -> tuple[Plan, tuple[Wish, ...]]:
    """Wishes of these kinds in chance words and numbers, and the plan that fulfils them."""
    wishes = []
    for kind in kinds:
        plan, spoken, x, check = _MAKERS[kind](rng, plan, kinds)
        text = rng.choice(phrasings[spoken]).replace("{x}", x)
        if kind in ("most", "least"):
            text = text.replace("{y}", str(int(x) + 1)).replace("{z}", str(int(x) - 1))
        wishes.append(Wish(kind=kind, text=text, about=_about(kind, x, check), check=check))
    return plan, tuple(wishes)


def _about(kind: str, x: str, check: CheckCall) -> str:
    """What a model repeats of a wish: its words or its phrase, or the mark of its number."""
    if "words" in check.args:
        return " " + " ".join(check.args["words"])
    if kind in ("most", "least"):
        return f"<|b{x}|>"
    if kind in ("sentences", "bullets"):
        return f"<|k{check.args['max']}|>"
    return " " + x.strip('"') if x else ""


def kinds_for(rng: random.Random, count: int, *, unseen: bool = False) -> tuple[str, ...]:
    """That many kinds that go together: as training has them, or, with `unseen`, with a pair that it never has."""
    while True:
        chosen = tuple(rng.sample(KINDS_OF_WISH, count))
        if any(clash <= set(chosen) for clash in _CLASHES):
            continue
        if any(pair <= set(chosen) for pair in HELD_PAIRS) == unseen:
            return chosen


_Made = tuple[Plan, str, str, CheckCall]


def _words(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    count = rng.choice((1, 2, 2, 3))
    chosen: list[str] = []
    while len(chosen) < count:
        word = _thing(rng)
        if word not in chosen and word not in plan.forbidden and word != plan.last:
            chosen.append(word)
    x = f'"{chosen[0]}"' if count == 1 else _listed(chosen)
    check = CheckCall(name="keywords", args={"words": chosen})
    return replace(plan, words=tuple(chosen)), "word" if count == 1 else "words", x, check


def _first(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    word = rng.choice(OPENERS) if rng.random() < 0.7 else _thing(rng).title()
    return replace(plan, first=word), "first", f'"{word}"', CheckCall(name="first_word", args={"word": word})


def _last(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    word = rng.choice(ADVERBS_LAST) if rng.random() < 0.4 else _thing(rng)
    while word in plan.forbidden:
        word = _thing(rng)
    return replace(plan, last=word), "last", f'"{word}"', CheckCall(name="last_word", args={"word": word})


def _sentences(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    n = rng.randint(2, 8)
    if plan.most:
        n = max(2, min(n, plan.most // 8))
    if plan.least:
        n = max(n, -(-plan.least // 9))
    own = n - 1 if "closing" in kinds else n
    check = CheckCall(name="count", args={"of": "sentences", "min": n, "max": n})
    return replace(plan, sentences=max(1, own)), "sentences", _number(rng, n), check


def _most(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    n = rng.randint(max(15, 8 * plan.sentences), max(60, 9 * plan.sentences))
    return replace(plan, most=n), "most", str(n), CheckCall(name="count", args={"of": "words", "max": n})


def _least(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    n = rng.randint(15, 6 * plan.sentences if plan.sentences > 3 else 18 if plan.sentences else 60)
    return replace(plan, least=n), "least", str(n), CheckCall(name="count", args={"of": "words", "min": n})


def _lower(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    return replace(plan, lower=True), "lower", "", CheckCall(name="letter_case", args={"case": "lower"})


def _say(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    return replace(plan, say=True), "say", "", CheckCall(name="punctuation", args={"require": '"'})


def _silent(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    return replace(plan, say=False), "silent", "", CheckCall(name="punctuation", args={"forbid": '"'})


def _forbidden(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    pool = [
        *plan.topic,
        *plan.topic,
        rng.choice(THINGS),
        rng.choice(ANIMALS),
        rng.choice(PLACES),
        rng.choice(ADJECTIVES),
    ]
    taken = {*plan.words, plan.last, plan.first.lower()}
    word = next((w for w in rng.sample(pool, len(pool)) if w not in taken), "zebra")
    return (
        replace(plan, forbidden=(word,)), "forbidden", f'"{word}"', CheckCall(name="forbidden", args={"words": [word]})
    )  # fmt: skip


def _name(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    name = invented(rng).title() if rng.random() < 0.25 else someone(rng, plan.genre)
    return replace(plan, name=name), "name", name, CheckCall(name="keywords", args={"words": [name]})


def _titled(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    title = _title(rng, plan)
    while any(w in title.lower() for w in plan.forbidden):
        title = _title(rng, plan)
    return replace(plan, title=title), "title", "", CheckCall(name="title", args={})


def _closed(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    phrase = _closing(rng)
    while any(w in phrase.lower() for w in plan.forbidden):
        phrase = _closing(rng)
    return replace(plan, closing=phrase), "closing", f'"{phrase}"', CheckCall(name="ends_with", args={"text": phrase})


def _bulleted(rng: random.Random, plan: Plan, kinds: Sequence[str]) -> _Made:
    n = rng.randint(2, 6)
    check = CheckCall(name="count", args={"of": "bullets", "min": n, "max": n})
    return replace(plan, bullets=True, sentences=n), "bullets", _number(rng, n), check


_MAKERS: Mapping[str, Callable[[random.Random, Plan, Sequence[str]], _Made]] = {
    "words": _words, "first": _first, "last": _last, "sentences": _sentences, "most": _most, "least": _least, "lower": _lower, "say": _say,
    "silent": _silent, "forbidden": _forbidden, "name": _name, "title": _titled, "closing": _closed, "bullets": _bulleted,
}  # fmt: skip
