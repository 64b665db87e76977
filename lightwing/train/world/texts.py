"""Texts of the small world: written to a plan, so that the wishes they fulfil are known before anything is checked."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from lightwing.train.world.frames import FRAMES, OPENINGS
from lightwing.train.world.words import (
    ADJECTIVES,
    ADVERBS_LAST,
    ANIMALS,
    FEELINGS,
    NAMES,
    OPENERS,
    PLACES,
    PRODUCT_NAMES,
    PRODUCTS,
    SYLLABLES,
    THINGS,
    TIMES,
    WEATHERS,
)

__all__ = ["Line", "Plan", "Text", "invented", "line", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence and the words that it was made to carry; `say` tells that it quotes somebody, `place` that its word is to be the text's first or last."""

    text: str
    carries: tuple[str, ...] = ()
    say: bool = False
    place: Literal["", "first", "last"] = ""

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in its parts; `str` is what a reader sees."""

    lines: tuple[Line, ...]
    title: str = ""
    closing: str = ""
    bullets: bool = False
    lower: bool = False

    def __str__(self) -> str:
        head = f"<<{self.title}>>\n" if self.title else ""
        if self.bullets:
            body = "\n".join(f"- {line.text}" for line in self.lines)
            body += f"\n{self.closing}" if self.closing else ""
        else:
            body = " ".join([*(line.text for line in self.lines), *([self.closing] if self.closing else [])])
        return (head + body).lower() if self.lower else head + body

    @property
    def words(self) -> int:
        return sum(line.words for line in self.lines) + len(self.title.split()) + len(self.closing.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a text is written to. `first` and `last` are words, `sentences` counts the lines, `most` and `least` the words."""

    genre: str
    name: str
    words: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    sentences: int = 0
    most: int = 0
    least: int = 0
    say: bool | None = None
    forbidden: tuple[str, ...] = ()
    title: str = ""
    closing: str = ""
    bullets: bool = False
    lower: bool = False
    topic: tuple[str, ...] = field(default=())


def invented(rng: random.Random) -> str:
    """A word that no language has, for a model that must copy what it never saw."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 2, 3))))


def _article(word: str) -> str:
    return ("an " if word[:1].lower() in "aeiou" else "a ") + word


_OPENERS = frozenset(word.lower() for word in OPENERS)
_POOLS = {
    "n": THINGS, "m": THINGS, "p": PLACES, "k": ANIMALS, "t": TIMES, "A": ADJECTIVES, "B": ADJECTIVES, "P": FEELINGS, "Q": FEELINGS, "L": WEATHERS, "M": WEATHERS,
}  # fmt: skip
_PLACE = re.compile(r"\{(\w+)\}")


def line(rng: random.Random, frame: str, plan: Plan, words: Sequence[str] = (), *, start: str = "") -> Line:
    """A frame filled in. What the plan forbids is not chosen; `words` go to w and v."""
    given = {"S": plan.name, "W": start, "w": words[0] if words else "", "v": words[1] if len(words) > 1 else ""}
    pools: dict[str, Sequence[str]] = dict(_POOLS)
    if plan.genre == "note":
        pools["n"] = pools["m"] = [*PRODUCTS, *THINGS[:40]]
    used: set[str] = set(plan.forbidden)
    topical = [w for w in plan.topic if w not in used]

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        bare = name.removeprefix("a_")
        if bare in given:
            word = given[bare]
        else:
            pool = pools[bare]
            near = [w for w in topical if w in pool and w not in used]
            word = rng.choice(near) if near and rng.random() < 0.8 else rng.choice(pool)
            while word in used:
                word = rng.choice(pool)
            used.add(word)
        return _article(word) if name != bare else word

    text = _PLACE.sub(fill, frame)
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
    quoted = text.startswith('"')
    at = 1 if quoted else 0
    text = text[:at] + text[at : at + 1].upper() + text[at + 1 :]
    carried = [*([start] if start else []), *words]
    return Line(text=text, carries=tuple(carried), say='"' in text, place="first" if start else "")


def write(rng: random.Random, plan: Plan) -> Text:
    """A text to the plan. Lengths are met as well as may be; the caller checks."""
    frames = FRAMES[plan.genre]
    lines: list[Line] = []
    waiting = list(plan.words)
    last, said = int(bool(plan.last)), int(bool(plan.say))
    room = (plan.sentences or 9) - last - said
    shown = plan.first if not plan.first or plan.lower else plan.first[0].upper() + plan.first[1:]
    if plan.first:
        own = [*frames["start"][-1:]] if plan.first.lower() not in _OPENERS else frames["start"][:-1]
        lines.append(line(rng, rng.choice(own), plan, start=shown))
    elif room > (len(waiting) + 1) // 2:
        lines.append(line(rng, rng.choice(OPENINGS[plan.genre]), plan))
    # What is wished comes first and in its order: where it stands is then no chance, and a small model can learn it.
    middle: list[Line] = []
    room -= len(lines)
    while waiting:
        pair = len(waiting) > 1 and len(waiting) > room
        taken = [waiting.pop(0) for _ in range(2 if pair else 1)]
        middle.append(line(rng, rng.choice(frames["words" if pair else "word"]), plan, taken))
        room -= 1
    if plan.say:
        middle.append(line(rng, rng.choice(frames["say"]), plan))
    end = []
    if plan.last:
        kind = "end_adverb" if plan.last.lower() in ADVERBS_LAST else "end"
        end.append(replace(line(rng, rng.choice(frames[kind]), plan, [plan.last]), place="last"))
    wanted = plan.sentences or _some_length(rng, plan, len(lines) + len(middle) + len(end))
    while len(lines) + len(middle) + len(end) < wanted:
        middle.append(_other(rng, plan, [*lines, *middle]))
    text = Text(
        lines=(*lines, *middle, *end), title=plan.title, closing=plan.closing, bullets=plan.bullets, lower=plan.lower
    )
    return _sized(rng, plan, text)


def _other(rng: random.Random, plan: Plan, lines: Sequence[Line]) -> Line:
    """A plain sentence that does not begin like one that is there."""
    begun = {tuple(part.text.split()[:3]) for part in lines}
    for _ in range(8):
        new = line(rng, rng.choice(FRAMES[plan.genre]["plain"]), plan)
        if tuple(new.text.split()[:3]) not in begun:
            break
    return new


def _some_length(rng: random.Random, plan: Plan, least: int) -> int:
    if plan.most:
        return max(least, min(plan.most // 8, rng.randint(2, 6)))
    if plan.least:
        return max(least, -(-plan.least // 6))
    return max(least, rng.randint(3, 6))


def _sized(rng: random.Random, plan: Plan, text: Text) -> Text:
    """Plain sentences exchanged, or left out and added where their number is free, until the length fits."""
    for _ in range(40):
        if plan.most and text.words > plan.most:
            short = True
        elif plan.least and text.words < plan.least:
            short = False
        else:
            break
        plain = [i for i, part in enumerate(text.lines) if not part.carries and not part.say and i]
        lines = list(text.lines)
        if not plan.sentences and short and plain:
            del lines[rng.choice(plain)]
        elif not plan.sentences and not short:
            lines.insert(len(lines) - bool(plan.last), _other(rng, plan, lines))
        elif plain:
            at = rng.choice(plain)
            new = _other(rng, plan, lines)
            if (new.words < lines[at].words) == short:
                lines[at] = new
        else:
            break
        text = replace(text, lines=tuple(lines))
    return text


def someone(rng: random.Random, genre: str) -> str:
    """Whom or what a text is about."""
    return rng.choice(PRODUCT_NAMES if genre == "note" else NAMES)
