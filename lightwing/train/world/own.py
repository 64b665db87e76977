"""Episodes from a model's own texts: what it gets wrong, said by the checks, and how it should have been."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lightwing.checks.sentences import split_sentences
from lightwing.checks.words import has
from lightwing.core.episodes import LONGEST_BUDGET, LONGEST_COUNT, asked, assembled, mended
from lightwing.core.forms import Named
from lightwing.core.outcome import Outcome
from lightwing.train.world.episodes import (
    Episode,
    Request,
    a_request,
    episodes,
    failing,
    outcome,
    read_episode,
    read_one,
    scaffold,
    weigh_one,
)
from lightwing.train.world.frames import VOCABULARY
from lightwing.train.world.texts import Line, Text, write
from lightwing.train.world.wishes import Wish

__all__ = ["Writer", "mended_text", "own_episodes"]

Writer = Callable[[Sequence[str]], Sequence[str]]
"""Continues each of these strings, marks and all: the model whose texts are learned from."""

_BATCH = 64
_TRIES = 16
_LONGEST_DRAFT = 900
"""Characters. A draft that ran away is not learned from."""


def own_episodes(
    seed: int, writer: Writer, *, own: float = 0.4, read: float = 0.15, weigh: float = 0.2
) -> Iterator[Episode]:
    """Episodes without end: these shares from what the writer wrote to training requests, of texts read, and of verdicts alone; the rest as `episodes` gives them.

    Where a text fails, its request is answered rightly, the text is mended (and the writer's own mending of it, if that fails too), and both are read;
    some of the texts that fail in nothing are read as well.
    """
    rng = random.Random(seed)
    usual = episodes(seed)
    waiting: list[Episode] = []
    while True:
        chance = rng.random()
        if chance < own:
            while not waiting:
                waiting = _from_own(rng, writer)
            yield waiting.pop()
        elif chance < own + read:
            yield read_one(rng)
        else:
            yield weigh_one(rng) if chance < own + read + weigh else next(usual)


def _from_own(rng: random.Random, writer: Writer) -> list[Episode]:
    requests = [a_request(rng, rng.choice((1, 2, 3, 3, 4, 4, 5, 5))) for _ in range(_BATCH)]
    drafts = [assembled(text) for text in writer([asked(request.case) for request, _ in requests])]
    made: list[Episode] = []
    again: list[tuple[Request, str]] = []
    for (request, text), draft in zip(requests, drafts, strict=True):
        failed = failing(request, draft)
        made += _reads(rng, request, draft)
        if not failed or len(draft) > _LONGEST_DRAFT:
            continue
        if rng.random() < 0.5:
            made.append(Episode(kind="write", asked=asked(request.case), answer=scaffold(text, request)))
        made += _mends(rng, request, draft, failed)
        again.append((request, mended(request.text, draft, _named(failed))))
    for (request, _), second in zip(again, writer([put for _, put in again]) if again else [], strict=True):
        draft = assembled(second)
        failed = failing(request, draft)
        if failed and len(draft) <= _LONGEST_DRAFT:
            made += [*_mends(rng, request, draft, failed), *_reads(rng, request, draft)]
    rng.shuffle(made)
    return made


def _named(failed: Sequence[tuple[Wish, Outcome]]) -> list[Named]:
    return [Named(rule=wish.text, reason=found.reason) for wish, found in failed]


def _reads(rng: random.Random, request: Request, draft: str) -> list[Episode]:
    """A reading of one wish that fails, if one does, and now and then of one that does not."""
    failed = [wish for wish in request.wishes if outcome(wish, request, draft).verdict != "pass"]
    met = [wish for wish in request.wishes if wish not in failed]
    chosen = [rng.choice(failed)] if failed else []
    if met and rng.random() < (0.5 if failed else 0.25):
        chosen.append(rng.choice(met))
    return [read_episode(request, wish, draft) for wish in chosen] if len(draft) <= _LONGEST_DRAFT else []


def _mends(rng: random.Random, request: Request, draft: str, failed: Sequence[tuple[Wish, Outcome]]) -> list[Episode]:
    found = mended_text(rng, request, draft)
    if found is None:
        return []
    text, kept = found
    answer = scaffold(text, request, kept=kept, failed=frozenset(wish.text for wish, _ in failed))
    return [Episode(kind="mend", asked=mended(request.text, draft, _named(failed)), answer=answer)]


def mended_text(rng: random.Random, request: Request, draft: str) -> tuple[Text, frozenset[str]] | None:
    """A text that fulfils the request and keeps of the draft what it can, with the sentences kept; None where none of some tries does."""
    said = _sentences(request, draft)
    best: tuple[Text, frozenset[str]] | None = None
    for i in range(_TRIES):
        text = write(rng, request.plan)
        text, kept = _taken_over(rng, request, text, said, share=1.0 if i < _TRIES // 2 else 0.6)
        fits = len(text.lines) <= LONGEST_COUNT and text.words < LONGEST_BUDGET
        if fits and (best is None or len(kept) > len(best[1])) and not failing(request, str(text)):
            best = text, kept
    return best


def _sentences(request: Request, draft: str) -> list[str]:
    """The whole sentences of a draft, in words of the small world, but for its title and the closing phrase asked for."""
    found: list[str] = []
    for line in draft.split("\n"):
        if not line.startswith("<<"):
            body = line.removeprefix("- ")
            found += [body[start:end].strip() for start, end in split_sentences(body)]
    closing = request.plan.closing.lower()
    known = VOCABULARY | {word.lower() for word in _WORD.findall(request.text)}
    return [
        s for s in found if s.lower() != closing and s[-1:] in '.?!"' and known.issuperset(_WORD.findall(s.lower()))
    ]


def _taken_over(
    rng: random.Random, request: Request, text: Text, said: Sequence[str], *, share: float
) -> tuple[Text, frozenset[str]]:
    """The text with each line exchanged for a sentence of the draft that does the same, in the draft's order as far as it goes, most of the time."""
    left = list(said)
    lines = list(text.lines)
    kept: set[str] = set()
    needed = [i for i, part in enumerate(lines) if part.carries or part.say]
    for i in [*needed, *(i for i in range(len(lines)) if i not in needed)]:
        ends = {"first": said[:1], "last": said[-1:]}.get(lines[i].place, said)
        fitting = next((s for s in left if s in ends and _does(request, lines[i], s)), None)
        if fitting is not None and rng.random() < share:
            left.remove(fitting)
            kept.add(fitting)
            lines[i] = replace(lines[i], text=fitting)
    return replace(text, lines=tuple(_in_order(lines, said))), frozenset(kept)


def _in_order(lines: list[Line], said: Sequence[str]) -> list[Line]:
    """The lines between the first and the last, those of the draft in its order."""
    fixed = [i for i, part in enumerate(lines) if part.place or part.text not in said]
    free = [i for i in range(len(lines)) if i not in fixed]
    for i, part in zip(free, sorted((lines[i] for i in free), key=lambda part: said.index(part.text)), strict=True):
        lines[i] = part
    return lines


_ENDING = re.compile(r"\W*$")
_WORD = re.compile(r"[^\W\d_]+")


def _does(request: Request, part: Line, sentence: str) -> bool:
    """Whether a sentence can stand for a line: it carries the same words at the same place, and none that may not occur."""
    plan = request.plan
    if any(has(sentence, word) for word in plan.forbidden) or (plan.say is False and '"' in sentence):
        return False
    if part.say != ('"' in sentence) and (part.say or plan.say):
        return False
    if not all(has(sentence, word) for word in part.carries):
        return False
    if part.place == "first":
        return sentence.lower().startswith(part.carries[0].lower() + " ")
    if part.place == "last":
        return _ENDING.sub("", sentence).lower().endswith(" " + part.carries[-1].lower())
    return bool(part.carries or part.say) or not any(has(sentence, word) for word in (*plan.words, plan.last) if word)
