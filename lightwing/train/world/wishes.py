"""What may be wished of a text in the small world: each wish with its exact check, its words, and what it asks of the plan."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lightwing.core.clause import CheckCall
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
    """One wish: its kind, the words it is put in, what it is about (words, a number, a phrase; without quotes), and the check that decides it."""

    kind: str
    text: str
    about: str
    check: CheckCall


Phrasings = Mapping[str, Sequence[str]]
"""Ways to put a wish, by kind; `{x}` is its word, phrase or number."""

PHRASINGS: Phrasings = {
    "words": (
        "Use the words {x}.",
        "Include the words {x}.",
        "The text must contain the words {x}.",
        "Mention the words {x}.",
        "Make sure the words {x} appear.",
        "Work in the words {x}.",
        "Use these words: {x}.",
    ),
    "word": (
        "Use the word {x}.",
        "Include the word {x}.",
        "The text must contain the word {x}.",
        "Mention the word {x}.",
        "Make sure the word {x} appears.",
        "The word {x} must occur.",
    ),
    "first": (
        "Start with the word {x}.",
        "The first word must be {x}.",
        "Begin with the word {x}.",
        "Begin your text with the word {x}.",
        "Your answer must start with the word {x}.",
    ),
    "last": (
        "End with the word {x}.",
        "The last word must be {x}.",
        "Finish with the word {x}.",
        "Let the last word be {x}.",
        "Your answer must end with the word {x}.",
    ),
    "sentences": (
        "Write exactly {x} sentences.",
        "Use exactly {x} sentences.",
        "The text must have exactly {x} sentences.",
        "Keep it to exactly {x} sentences.",
        "It should consist of {x} sentences.",
        "Write {x} sentences.",
    ),
    "most": (
        "Use at most {x} words.",
        "Write no more than {x} words.",
        "Keep it under {y} words.",
        "The text must not exceed {x} words.",
        "Stay within {x} words.",
        "Use a maximum of {x} words.",
    ),
    "least": (
        "Use at least {x} words.",
        "Write no fewer than {x} words.",
        "The text must have at least {x} words.",
        "Write at least {x} words.",
        "Use a minimum of {x} words.",
    ),
    "lower": (
        "Use only lowercase letters.",
        "Write everything in lowercase.",
        "Use all lowercase letters.",
        "Do not use any capital letters.",
        "The whole text must be in lowercase.",
    ),
    "say": (
        "Include dialogue in double quotation marks.",
        "Let somebody speak, in double quotation marks.",
        "Use double quotation marks at least once.",
        "There must be direct speech in double quotation marks.",
    ),
    "silent": (
        "Do not use quotation marks.",
        "Use no double quotation marks.",
        "Write without quotation marks.",
        "There must be no quotation marks in the text.",
    ),
    "forbidden": (
        "Do not use the word {x}.",
        "Avoid the word {x}.",
        "Never use the word {x}.",
        "The word {x} must not appear.",
        "Leave out the word {x}.",
    ),
    "name": (
        "The name {x} must appear.",
        "Use the name {x}.",
        "Mention the name {x}.",
        "Include the name {x}.",
    ),
    "title": (
        "Add a title in double angle brackets, like <<title>>.",
        "Give it a title in double angle brackets, such as <<title>>.",
        "The text must have a title, wrapped in double angle brackets, i.e. <<title>>.",
        "Start with a title wrapped in double angle brackets, such as <<title>>.",
    ),
    "closing": (
        "End with the exact phrase {x}",
        "Finish with the exact phrase {x}",
        "The text must end with the phrase {x}",
        "Close with the exact words {x}",
    ),
    "bullets": (
        "Use exactly {x} bullet points.",
        "Write exactly {x} bullet points.",
        "Answer in exactly {x} bullet points.",
        "The text must have exactly {x} bullet points.",
        "Make it a list of exactly {x} bullet points.",
    ),
}
"""The phrasings that training requests use."""

HELD_PHRASINGS: Phrasings = {
    "words": ("The following words have to be in it: {x}.", "Do not forget to use the words {x}."),
    "word": ("Somewhere in the text there must be the word {x}.", "Do not forget to use the word {x}."),
    "first": ("Let the very first word be {x}.", "Open with the word {x}."),
    "last": ("The very last word has to be {x}.", "Close with the word {x}."),
    "sentences": ("The number of sentences must be exactly {x}.", "Make it {x} sentences long."),
    "most": ("Do not write more than {x} words.", "The limit is {x} words at most."),
    "least": ("It has to be {x} words or more.", "Do not write fewer than {x} words."),
    "lower": ("Small letters only, no capitals.", "Everything has to be lowercase."),
    "say": ("Put some dialogue between double quotation marks.", "Use double quotation marks for a line of speech."),
    "silent": ("Quotation marks are not allowed.", "Keep the text free of quotation marks."),
    "forbidden": ("You must not write the word {x}.", "Steer clear of the word {x}."),
    "name": ("Somewhere the name {x} has to occur.", "Do not forget the name {x}."),
    "title": (
        "Put a title in double angle brackets on top, for example <<title>>.",
        "It needs a title in double angle brackets, as in <<title>>.",
    ),
    "closing": ("Make the exact phrase {x} the ending", "The very end must be the phrase {x}"),
    "bullets": ("Give exactly {x} bullet points.", "There must be exactly {x} bullet points."),
}
"""Phrasings that no training request uses."""

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
        if "{y}" in text:
            text = text.replace("{y}", str(int(x) + 1))
        args = check.args
        about = " ".join(args["words"]) if "words" in args else str(args.get("max", args.get("min", x.strip('"'))))
        wishes.append(Wish(kind=kind, text=text, about=about, check=check))
    return plan, tuple(wishes)


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
