"""Episodes for training: requests answered, drafts mended, texts read. Every label is what the check library says of the text."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lightwing.checks import build
from lightwing.core.case import Answer, Case
from lightwing.core.episodes import LONGEST_BUDGET, LONGEST_COUNT, asked, mended, read_asked, reading_of
from lightwing.core.forms import Named
from lightwing.core.outcome import Outcome
from lightwing.train.world.frames import FRAMES, GENRES
from lightwing.train.world.phrasings import PHRASINGS, Phrasings
from lightwing.train.world.readings import notes
from lightwing.train.world.texts import Line, Plan, Text, invented, line, someone, write
from lightwing.train.world.wishes import Wish, kinds_for, some_wishes
from lightwing.train.world.words import ADJECTIVES, ANIMALS, NAMES, PLACES, PRODUCTS, THINGS

__all__ = ["Episode", "Request", "a_request", "broken", "copies", "episodes", "failing", "is_held", "outcome", "read_episode", "read_one", "request_of", "scaffold", "weigh_one"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request: its document (may be empty) and its prompt, the wishes in them, and the plan of a text that fulfils them."""

    document: str
    prompt: str
    wishes: tuple[Wish, ...]
    plan: Plan

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.document, self.prompt) if part)

    @property
    def case(self) -> Case:
        return Case.ask(self.prompt, system=self.document or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What a model is given, and what it should write."""

    kind: Literal["write", "mend", "read", "copy", "weigh"]
    asked: str
    answer: str


_ASKS = {
    "story": (
        "Write a short story about {k} and {n}.", "Tell a story about {k} with {n}.", "Write a story about {k} in {p}.", "Tell me a story about {n} and {k}.",
        "Please write a little story about {k}.", "I would like a story about {k} and {n}.",
    ),
    "note": (
        "Write a product note about {d}.", "Describe {d} for our shop.", "Write a short text that sells {d}.", "Write a note about {d} for {p}.",
        "Please write a product text about {d}.",
    ),
    "mail": (
        "Write a mail about {n}.", "Write a short mail to a friend about {k} and {n}.", "Write a mail from {p}.", "Please write a mail about {n} and {p}.",
        "Write to a friend about {k}.",
    ),
}  # fmt: skip
_HEADS = (
    "You write short texts.", "You are a writer of short texts.", "You write for children.", "You help people to write.", "Rules for every answer:",
    "# Writer", "Follow these rules.",
)  # fmt: skip


def _an(word: str) -> str:
    return ("an " if word[0] in "aeiou" else "a ") + word


def _ask(rng: random.Random, plan: Plan) -> str:
    k, n, p, d = plan.topic
    frame = rng.choice(_ASKS[plan.genre])
    return frame.format(k=_an(k), n=_an(n), p=f"the {p}", d=_an(d))


def request_of(rng: random.Random, kinds: Sequence[str], *, phrasings: Phrasings = PHRASINGS) -> Request:
    """A request with wishes of these kinds, which stand in a document, in the prompt, or in both, as chance has it."""
    genre = rng.choice(GENRES)
    topic = (rng.choice(ANIMALS), rng.choice(THINGS), rng.choice(PLACES), rng.choice(PRODUCTS))
    plan = Plan(genre=genre, name=someone(rng, genre), topic=topic)
    plan, wishes = some_wishes(rng, plan, kinds, phrasings)
    ask = _ask(rng, plan)
    form = rng.choice(("document", "prompt", "prompt", "both"))
    cut = {"document": len(wishes), "prompt": 0, "both": rng.randint(0, len(wishes))}[form]
    document = ""
    if form != "prompt":
        bullet = rng.choice(("- {}", "* {}", "{i}. {}"))
        rules = [bullet.replace("{i}", str(i)).replace("{}", w.text) for i, w in enumerate(wishes[:cut], 1)]
        document = "\n".join([rng.choice(_HEADS), *rules])
    own = [w.text for w in wishes[cut:]]
    prompt = " ".join([*own, ask] if rng.random() < 0.1 else [ask, *own])
    return Request(document=document, prompt=prompt, wishes=wishes, plan=plan)


def outcome(wish: Wish, request: Request, text: str) -> Outcome:
    """What the wish's check says of a text."""
    return build(wish.check).read(request.case, Answer(text=text))


def failing(request: Request, text: str) -> list[tuple[Wish, Outcome]]:
    """The wishes that a text does not fulfil."""
    read = [(wish, outcome(wish, request, text)) for wish in request.wishes]
    return [(wish, found) for wish, found in read if found.verdict != "pass"]


def is_held(request: Request) -> bool:
    """Whether a request is kept from training: one in sixteen, by a hash of its text."""
    return hashlib.sha256(request.text.encode()).digest()[0] % 16 == 0


def a_request(
    rng: random.Random, count: int, *, held: bool = False, unseen: bool = False, phrasings: Phrasings = PHRASINGS
) -> tuple[Request, Text]:
    """A request with that many wishes and a text that fulfils them all, as the checks see it.

    `held` gives one that no training ever has, `unseen` one with a pair of kinds that no training request has, `phrasings` other words for the wishes.
    """
    while True:
        request = request_of(rng, kinds_for(rng, count, unseen=unseen), phrasings=phrasings)
        if is_held(request) != held:
            continue
        for _ in range(6):
            text = write(rng, request.plan)
            if len(text.lines) <= LONGEST_COUNT and text.words < LONGEST_BUDGET and not failing(request, str(text)):
                return request, text


def scaffold(
    text: Text, request: Request, *, kept: frozenset[str] = frozenset(), failed: frozenset[str] = frozenset()
) -> str:
    """The text with the notes that the model is to write before and beside it.

    First what is wished, in the order of the request, and what the text is about; then line by line what is left and what the line is to carry. Lines
    of a draft that stay are in `kept`, the texts of wishes that it did not fulfil in `failed`.
    """
    plan = request.plan
    # A word that must not occur is not named: to have written it once makes a small model write it again. It is left out of what the text is about.
    told = (
        f"<|rule|> {w.kind}{'' if w.kind == 'forbidden' else w.about}{'<|fail|>' if w.text in failed else ''}"
        for w in request.wishes
    )
    about = "".join(f" {word}" for word in plan.topic if word not in plan.forbidden)
    parts = [*told, f"<|topic|>{about}"]
    if text.lower:
        parts.append("<|lower|>")
    if text.title:
        parts.append(f"<|title|> {text.title}")
    parts.append("<|text|>")
    written = len(text.title.split())
    left = len(text.lines)
    for part in text.lines:
        notes = f"<|{'item' if text.bullets else 'line'}|><|k{left}|>"
        if plan.most or plan.least:
            notes += "".join(f"<|b{min(n, LONGEST_BUDGET)}|>" for n in (written, written + part.words))
        if part.text in kept or (text.lower and part.text.lower() in kept):
            notes += "<|keep|>"
        else:
            notes += "<|say|>" if part.say else ""
            notes += f"<|{part.place}|>" if part.place else ""
            notes += "".join(f" {word}" for word in part.carries)
        said = part.text.lower() if text.lower and part.text not in kept and part.text.lower() in kept else part.text
        parts.append(f"{notes}<|:|> {said}")
        written += part.words
        left -= 1
    if text.closing:
        parts.append(f"<|close|> {text.closing}")
    return "".join(parts) + "<|end|>"


def _filler(rng: random.Random, plan: Plan) -> Line:
    return line(rng, rng.choice(FRAMES[plan.genre]["plain"]), plan)


def _swapped(rng: random.Random, text: Text, plan: Plan, at: int) -> Text:
    return replace(text, lines=(*text.lines[:at], _filler(rng, plan), *text.lines[at + 1 :]))


def broken(rng: random.Random, request: Request, text: Text, kind: str) -> Text:
    """The text with one wish of this kind broken, as near to it as can be."""
    plan, lines = request.plan, list(text.lines)
    loose = [i for i, part in enumerate(lines) if i and not part.carries and not part.say]
    if kind == "words":
        word = rng.choice(plan.words)
        carrying = [i for i, part in enumerate(lines) if word in part.carries]
        return _swapped(rng, text, plan, carrying[0]) if carrying else text
    if kind == "first":
        return _swapped(rng, text, plan, 0) if rng.random() < 0.6 else replace(text, lines=(_filler(rng, plan), *lines))
    if kind == "last":
        return _swapped(rng, text, plan, len(lines) - 1)
    if kind in ("sentences", "bullets"):
        if loose and rng.random() < 0.5:
            del lines[rng.choice(loose)]
        else:
            lines.insert(rng.randint(1, len(lines)), _filler(rng, plan))
        return replace(text, lines=tuple(lines))
    if kind == "most":
        while sum(part.words for part in lines) + 1 <= plan.most and len(lines) < LONGEST_COUNT:
            lines.insert(rng.randint(1, len(lines)), _filler(rng, plan))
        return replace(text, lines=tuple(lines))
    if kind == "least":
        for at in sorted(loose, reverse=True)[: rng.randint(1, 3)]:
            del lines[at]
        return replace(text, lines=tuple(lines))
    if kind == "lower":
        return replace(text, lower=False) if rng.random() < 0.5 else _one_capital(rng, text)
    if kind == "say":
        return replace(text, lines=tuple(_filler(rng, replace(plan, say=None)) if part.say else part for part in lines))
    if kind == "silent":
        frame = rng.choice(FRAMES[plan.genre]["say"])
        at = rng.choice(loose) if loose else len(lines) - 1
        return replace(text, lines=(*lines[:at], line(rng, frame, plan), *lines[at + 1 :]))
    if kind == "forbidden":
        frame = rng.choice(FRAMES[plan.genre]["word"])
        at = rng.choice(loose) if loose else len(lines) - 1
        return replace(text, lines=(*lines[:at], line(rng, frame, plan, plan.forbidden[:1]), *lines[at + 1 :]))
    if kind == "name":
        other = rng.choice([n for n in (*NAMES, invented(rng).title()) if n != plan.name])
        return replace(text, lines=tuple(replace(p, text=p.text.replace(plan.name, other)) for p in lines))
    if kind == "title":
        if rng.random() < 0.6 or text.bullets:
            return replace(text, title="")
        return replace(text, title="", lines=(replace(lines[0], text=f"<{text.title}> {lines[0].text}"), *lines[1:]))
    assert kind == "closing"
    return replace(text, closing=_other_closing(rng, text.closing, plan))


def _one_capital(rng: random.Random, text: Text) -> Text:
    """A text in small letters but for one word."""
    at = rng.randrange(len(text.lines))
    words = text.lines[at].text.lower().split(" ")
    chosen = rng.randrange(len(words))
    words[chosen] = words[chosen].title()
    lines = [replace(part, text=part.text.lower()) for part in text.lines]
    lines[at] = replace(lines[at], text=" ".join(words))
    return replace(text, lower=False, title=text.title.lower(), closing=text.closing.lower(), lines=tuple(lines))


def _other_closing(rng: random.Random, closing: str, plan: Plan) -> str:
    """None, another sentence, the right one before another, or the right one with a word exchanged."""
    chance = rng.random()
    other = _filler(rng, plan).text
    if chance < 0.4 or not closing:
        return "" if chance < 0.2 else other
    if chance < 0.55:
        return f"{closing} {other}"
    words = closing[:-1].split(" ")
    words[rng.randrange(len(words))] = rng.choice(THINGS)
    return " ".join(words) + closing[-1]


def _write(rng: random.Random) -> Episode:
    request, text = a_request(rng, _how_many(rng))
    return Episode(kind="write", asked=asked(request.case), answer=scaffold(text, request))


def _how_many(rng: random.Random) -> int:
    return rng.choice((1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5))


def _mend(rng: random.Random) -> Episode:
    while True:
        request, text = a_request(rng, _how_many(rng))
        draft = broken(rng, request, text, rng.choice(request.wishes).kind)
        if len(request.wishes) > 1 and rng.random() < 0.3:
            draft = broken(rng, request, draft, rng.choice(request.wishes).kind)
        failed = failing(request, str(draft))
        if not failed or draft.words >= LONGEST_BUDGET:
            continue
        named = [Named(rule=wish.text, reason=found.reason) for wish, found in failed]
        kept = frozenset(part.text.lower() if draft.lower and text.lower else part.text for part in draft.lines)
        return Episode(
            kind="mend",
            asked=mended(request.text, str(draft), named),
            answer=scaffold(text, request, kept=kept, failed=frozenset(wish.text for wish, _ in failed)),
        )


def read_one(rng: random.Random) -> Episode:
    """A text of the grammar read against one of its wishes, which it fulfils or not with the same chance."""
    wanted = rng.random() < 0.5
    while True:
        request, text = a_request(rng, rng.choice((1, 1, 2, 3)))
        wish = rng.choice(request.wishes)
        shown = str(text)
        if not wanted:
            if rng.random() < 0.85:
                shown = str(broken(rng, request, text, wish.kind))
            else:
                shown = str(a_request(rng, rng.choice((1, 2)))[1])
        if (outcome(wish, request, shown).verdict == "pass") == wanted:
            return read_episode(request, wish, shown)


def read_episode(request: Request, wish: Wish, shown: str) -> Episode:
    """A text read against one wish: what is looked for, what is found, and the verdict that the check gives."""
    verdict = "<|pass|>" if outcome(wish, request, shown).verdict == "pass" else "<|fail|>"
    return Episode(kind="read", asked=read_asked(shown, wish.text), answer=f"{notes(wish, shown)}{verdict}<|end|>")


def weigh_one(rng: random.Random) -> Episode:
    """The end of a reading alone: the last that was found, what it is held against, and only the verdict to be given. Short, so that there are many."""
    while True:
        episode = read_one(rng)
        reading = reading_of(episode.answer)
        head, mark, against = reading.notes.rpartition("<|rule|>")
        if not head:
            continue
        kind, found = _KIND.match(head), _LAST_FOUND.search(head)
        if kind is not None and found is not None:
            verdict = "<|pass|>" if reading.passed else "<|fail|>"
            return Episode(kind="weigh", asked=f"{kind[0]}{found[0]}{mark}{against}", answer=f"{verdict}<|end|>")


_KIND = re.compile(r"<\|rule\|> [a-z]+")
_LAST_FOUND = re.compile(r"(?:<\|(?:first|last|k\d+)\|>[^|]*|<\|b\d+\|>|<\|none\|>)$")


def episodes(seed: int, *, write: float = 0.46, mend: float = 0.24, read: float = 0.24) -> Iterator[Episode]:
    """Episodes without end: these shares of texts written, mended and read, the rest copied: a model that stops copying forgets how."""
    rng = random.Random(seed)
    copied = copies(seed)
    while True:
        chance = rng.random()
        if chance < write:
            yield _write(rng)
        elif chance < write + mend:
            yield _mend(rng)
        else:
            yield read_one(rng) if chance < write + mend + read else next(copied)


def copies(seed: int) -> Iterator[Episode]:
    """Episodes that ask for nothing but words given back, without end: what a model is warmed up with, for it must learn to copy before it can obey."""
    rng = random.Random(seed)
    pool = (*THINGS, *ANIMALS, *PLACES, *ADJECTIVES, *NAMES)
    while True:
        words = [invented(rng) if rng.random() < 0.3 else rng.choice(pool) for _ in range(rng.randint(4, 40))]
        said = " ".join(words)
        yield Episode(kind="copy", asked=f"<|ask|>{said}<|write|>", answer=f"<|line|> {said}<|end|>")
