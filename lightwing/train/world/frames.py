"""The sentences of the small world: frames with open places, by kind of text and by what a sentence is to carry.

Places: S the one it is about, w and v words that are asked for, W a word that is asked for at the start, n and m things, p a place, k an animal, t a time, A and B
adjectives for things, P and Q for those who live, L and M for places and times. `a_w` is the word with its article.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lightwing.train.world import words

__all__ = ["FRAMES", "GENRES", "OPENINGS", "VOCABULARY"]

GENRES = ("story", "note", "mail")
"""Short stories, product notes, mails."""

OPENINGS: Mapping[str, Sequence[str]] = {
    "story": (
        "{S} lived in {a_L} house near the {p}.",
        "{S} had {a_A} {n} and {a_B} {m}.",
        "There was {a_P} {k} in the {p}.",
        "One {t} {S} walked to the {p}.",
        "{S} was {P} and a little {Q}.",
        "{S} wanted to see the {p}.",
        "It was {a_L} {t} in the {p}.",
        "{S} woke up and looked for the {n}.",
        "Every {t} {S} went to the {p} with a {k}.",
    ),
    "note": (
        "{S} is {a_A} {n} for the {p}.",
        "Meet {S}, the {A} {n}.",
        "{S} is {A}, {B} and easy to carry.",
        "This is {S}, made for every {t}.",
        "We made {S} for people with {a_L} {p}.",
        "{S} makes your {t} {L} and {M}.",
        "A {A} {n} can change your {t}.",
        "{S} is new in our shop this {t}.",
    ),
    "mail": (
        "Dear {S}, I hope your {t} was {L}.",
        "Hello {S}, how is the {P} {k}?",
        "Dear {S}, I write from {a_L} {p}.",
        "Hi {S}, here is some news about the {n}.",
        "Dear {S}, it is {a_L} {t} here.",
        "Hello {S}, I am back from the {p}.",
        "Dear {S}, the {n} has come at last.",
        "Hi {S}, do you still have the {A} {n}?",
    ),
}

_STORY: Mapping[str, Sequence[str]] = {
    "plain": (
        "{S} walked to the {p}.",
        "The {k} was {P}.",
        "{S} sat down and looked at the {p}.",
        "It was {L} and {M} there.",
        "{S} took the {n} and ran.",
        "A {P} {k} came out of the {p}.",
        "{S} gave the {k} a {n}.",
        "The {p} was far away.",
        "{S} could not find the {n}.",
        "Then the {k} went to sleep.",
        "{S} felt {P} all {t}.",
        "The {k} carried the {n} to the {p}.",
        "Nobody knew where the {n} was.",
        "{S} opened the {A} {n} and looked inside.",
        "They walked slowly from the {p} to the {A} {m}.",
        "The {A} {n} lay behind the {m} near the {p}.",
        "{S} and the {k} looked for the {n} until the {t} was over.",
        "All was {L}.",
        "{S} laughed.",
        "The {n} was {A} and the {m} was {B}.",
        "{S} waited for the {k} at the {p}.",
        "The wind was {L} that {t}.",
        "{S} cleaned the {n} and put it on the {m}.",
        "It began to rain.",
        "The sun came out over the {p}.",
    ),
    "word": (
        "{S} found {a_w} near the {p}.",
        "The {w} was {A} and {B}.",
        "{S} wanted {a_w} more than anything.",
        "{S} put the {w} under the {n}.",
        "Nobody had seen such {a_A} {w} before.",
        "{S} asked the {k} about the {w}.",
        "There was {a_w} in the {A} {n}.",
        "{S} thought about the {w} all {t}.",
        "The {k} came with {a_w}.",
        "Behind the {p} lay {a_A} {w}.",
        "{S} liked the {w} very much.",
        "Without the {w} the {t} was {L}.",
        "{S} drew {a_w} on the {n}.",
        "They talked about the {w} and the {n}.",
    ),
    "words": (
        "{S} carried the {w} and the {v} to the {p}.",
        "The {w} was next to the {v}.",
        "{S} saw {a_w} and {a_v}.",
        "Between the {w} and the {v} sat a {k}.",
        "The {w} was {A}, but the {v} was {B}.",
        "{S} gave the {k} the {w} for the {v}.",
    ),
    "start": (
        "{W} {S} went to the {p}.",
        "{W} {S} found the {n}.",
        "{W} the {k} was {P}.",
        "{W} it was {L} in the {p}.",
        "{W} {S} had {a_A} {n}.",
        "{W} was the first word that {S} said.",
    ),
    "end": (
        "{S} smiled at the {w}.",
        "In the end {S} slept beside the {w}.",
        "{S} never forgot the {w}.",
        "At last they all saw the {w}.",
        "The {k} went away with the {w}.",
        "And so {S} kept the {w}.",
        "{S} was {P} and thanked the {w}.",
    ),
    "end_adverb": (
        "{S} walked away {w}.",
        "At last {S} was happy {w}.",
        "The {k} and {S} sang {w}.",
        "In the end they all slept {w}.",
        "{S} came back {w}.",
    ),
    "say": (
        '"Come with me," said {S}.',
        '"I like the {n}," said the {k}.',
        '"You are {P}," said {S}.',
        '"The {p} is {L}," said the {k}.',
        '"Give me the {n}," said {S} to the {k}.',
        '"We must go to the {p}," said {S}.',
    ),
}

_NOTE: Mapping[str, Sequence[str]] = {
    "plain": (
        "{S} is {A} and {B}.",
        "It fits in every {n}.",
        "You can use it in the {p}.",
        "It comes with {a_A} {n}.",
        "It stays {A} all {t}.",
        "Even a {k} can use it.",
        "Keep it near the {n}.",
        "It is made for the {p} and the {m}.",
        "It works in the {t} and in the {p}.",
        "You need no {n} and no {m}.",
        "It is {A}.",
        "We test each one in the {p}.",
        "Clean it with {a_B} {n} once a {t}.",
        "Put {S} on {a_A} {n} and enjoy your {t}.",
        "The colour is {A} like a {n}.",
        "Many people like it for the {p}.",
    ),
    "word": (
        "It comes with {a_w}.",
        "It works well with any {w}.",
        "{S} is as {A} as {a_w}.",
        "Keep the {w} near the {n}.",
        "The {w} is {A} and {B}.",
        "You will love the {w}.",
        "It is better than {a_A} {w}.",
        "Use it with the {w} in the {p}.",
        "No {w} is needed.",
    ),
    "words": (
        "It comes with {a_w} and {a_v}.",
        "Use it with the {w} or the {v}.",
        "The {w} is {A} and the {v} is {B}.",
        "{S} is like {a_w} with {a_v}.",
    ),
    "start": (
        "{W} {S} comes to your {p}.",
        "{W} you need {a_A} {n}.",
        "{W} {S} makes the {t} {L}.",
        "{W} it is {L} in the {p}.",
        "{W} is what people say about {S}.",
    ),
    "end": (
        "{S} is all you need for the {w}.",
        "It looks good beside the {w}.",
        "Try it with your {w}.",
        "You will forget the {w}.",
    ),
    "end_adverb": ("You will use it {w}.", "Order {S} {w}.", "You will buy it {w}.", "Enjoy it {w}."),
    "say": (
        '"It is {A}," says a {k} lover.',
        '"I use it every {t}," says a happy buyer.',
        '"My {n} is {A} now," says our cook.',
        '"{S} is {A}," says my neighbour.',
    ),
}

_MAIL: Mapping[str, Sequence[str]] = {
    "plain": (
        "Thank you for the {A} {n}.",
        "I will see you at the {p}.",
        "Please bring the {n}.",
        "The {k} is {P} now.",
        "We had {a_L} {t}.",
        "I am writing about the {n}.",
        "The {p} is {L} this {t}.",
        "Can we meet at the {p}?",
        "My {n} is {A}.",
        "I have put the {n} on the {m} in the {p}.",
        "We can walk to the {p} and feed the {k}.",
        "I will call you this {t}.",
        "All is {L} here.",
        "The {k} ate my {n}.",
        "Do not forget the {A} {n}.",
        "We sit near the {p} and talk about the {m}.",
    ),
    "word": (
        "Thank you for the {w}.",
        "Please bring {a_w}.",
        "I am writing about the {w}.",
        "I have found your {w} in the {p}.",
        "The {w} is {A} and {B}.",
        "Did you see the {w}?",
        "We need {a_w} for the {p}.",
        "My {k} likes the {w}.",
    ),
    "words": (
        "Please bring {a_w} and {a_v}.",
        "Thank you for the {w} and the {v}.",
        "I put the {w} next to the {v}.",
        "The {w} is {A}, but the {v} is {B}.",
    ),
    "start": (
        "{W} I went to the {p}, {S}.",
        "{W} I thought of you, {S}.",
        "{W} the {n} came, {S}.",
        "{W} is the word I like best, {S}.",
    ),
    "end": (
        "I will wait for you at the {w}.",
        "Please tell me more about the {w}.",
        "Say hello to the {w}.",
        "I will bring the {w}.",
    ),
    "end_adverb": ("I will see you {w}.", "Please write {w}.", "We will meet {w}.", "Come and see us {w}."),
    "say": (
        'My son says "good {t}" to you.',
        '"You are {P}," said the doctor to me.',
        '"Bring the {n}," said my sister.',
        'The {k} sign says "keep out" now.',
    ),
}

FRAMES: Mapping[str, Mapping[str, Sequence[str]]] = {"story": _STORY, "note": _NOTE, "mail": _MAIL}

_OPEN = re.compile(r"\{\w+\}")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCES = (
    *(s for by_kind in FRAMES.values() for ways in by_kind.values() for s in ways),
    *(s for ways in OPENINGS.values() for s in ways),
)

VOCABULARY = frozenset(
    word.lower()
    for text in (
        *(_OPEN.sub(" ", s) for s in _SENTENCES),
        "a an",
        *(" ".join(getattr(words, name)) for name in words.__all__ if name != "SYLLABLES"),
    )
    for word in _WORD.findall(text)
)
"""All words of the small world in small letters, but for those that are invented."""
