"""What is learned from readings and from a model's own faults: every note true, every answer right."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import islice

import pytest

from lightwing.core.episodes import assembled, reading_of
from lightwing.train.world.episodes import (
    a_request,
    broken,
    episodes,
    failing,
    outcome,
    read_episode,
    scaffold,
    weigh_one,
)
from lightwing.train.world.own import mended_text, own_episodes
from lightwing.train.world.readings import notes
from lightwing.train.world.wishes import KINDS_OF_WISH, Wish


def follows(wish: Wish, text: str) -> bool:
    """The verdict that the notes alone lead to."""
    found = notes(wish, text)
    counts = [int(n) for n in re.findall(r"<\|[kb](\d+)\|>", found)]
    match wish.kind:
        case "words" | "name":
            return "<|none|>" not in found
        case "forbidden" | "lower" | "silent":
            return "<|none|>" in found
        case "say":
            return "<|none|>" not in found
        case "first" | "last" | "closing":
            told, about = found.split(f"<|{'first' if wish.kind == 'first' else 'last'}|>")[1].split("<|rule|>")
            words = [part.strip(' .,!?"').lower() for part in (told, about)]
            return words[0].split()[-1:] == words[1:] if wish.kind == "last" else words[0] == words[1]
        case "title":
            return found.split("<|title|>")[1].startswith(" <<")
        case "most":
            return counts[-2] <= counts[-1]
        case "least":
            return counts[-2] >= counts[-1]
        case _:
            return len(counts) > 1 and counts[-2] == counts[-1]


@pytest.mark.parametrize("kind", KINDS_OF_WISH)
def test_notes_lead_to_the_verdict_of_the_check(kind: str) -> None:
    rng = random.Random(9)
    seen = 0
    while seen < 40:
        request, text = a_request(rng, rng.randint(1, 3))
        wish = next((w for w in request.wishes if w.kind == kind), None)
        if wish is None:
            continue
        seen += 1
        shown = str(text if seen % 2 else broken(rng, request, text, kind))
        right = outcome(wish, request, shown).ok
        assert follows(wish, shown) == right, (wish.text, shown)
        assert reading_of(read_episode(request, wish, shown).answer).passed == right


def test_a_mended_text_fulfils_its_request_and_keeps_most_of_the_draft() -> None:
    rng = random.Random(2)
    kept = sentences = missed = 0
    for i in range(120):
        request, text = a_request(rng, 1 + i % 5)
        draft = broken(rng, request, text, rng.choice(request.wishes).kind)
        if not failing(request, str(draft)):
            continue
        found = mended_text(rng, request, str(draft))
        if found is None:
            missed += 1
            continue
        assert not failing(request, str(found[0]))
        assert assembled(scaffold(found[0], request, kept=found[1])) == str(found[0])
        assert all(sentence in str(draft) for sentence in found[1])
        kept, sentences = kept + len(found[1]), sentences + len(draft.lines)
    assert kept / sentences > 0.7
    assert missed < 6


def test_episodes_of_a_writer_that_says_one_thing_are_right_all_the_same() -> None:
    asked: list[str] = []

    def writer(put: Sequence[str]) -> list[str]:
        asked.extend(put)
        return ["<|text|><|line|><|k1|><|:|> Mia had a lamp.<|end|>"] * len(put)

    only = {"own": 1.0, "read": 0.0, "weigh": 0.0}
    made = list(islice(own_episodes(3, writer, **only), 200))
    assert {episode.kind for episode in made} == {"write", "mend", "read"}
    assert any("<|draft|>" in text for text in asked), "what was mended and still fails is mended again"
    for episode in made:
        if episode.kind == "read":
            assert "<|text|> Mia had a lamp.<|rule|>" in episode.asked
        else:
            assert assembled(episode.answer)
    assert made == list(islice(own_episodes(3, writer, **only), 200))
    usual = list(islice(own_episodes(3, writer, own=0.0, read=0.0, weigh=0.0), 20))
    assert usual == list(islice(episodes(3), 20))
    assert {e.kind for e in islice(own_episodes(3, writer, own=0.0, read=0.0, weigh=1.0), 20)} == {"weigh"}


def test_a_verdict_alone_is_the_one_that_its_numbers_or_words_give() -> None:
    rng = random.Random(6)
    kinds = set()
    for _ in range(300):
        episode = weigh_one(rng)
        kind = episode.asked.split()[1].partition("<")[0]
        kinds.add(kind)
        passed = reading_of(episode.answer).passed
        counts = [int(n) for n in re.findall(r"<\|[kb](\d+)\|>", episode.asked)]
        if kind in ("sentences", "bullets") and len(counts) == 2:
            assert passed == (counts[0] == counts[1])
        elif kind in ("most", "least"):
            assert passed == (counts[0] <= counts[1] if kind == "most" else counts[0] >= counts[1])
    assert kinds == {"first", "last", "closing", "sentences", "bullets", "most", "least"}
