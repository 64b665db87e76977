"""Wordings that name words (asked for, forbidden, counted), edges and options, each with the clauses it holds; and look-alikes that hold none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from lightwing.spec.grammar import read_prompt

Gold = Sequence[tuple[str, Mapping[str, Any]]]

WORDINGS: Sequence[tuple[str, Gold]] = [
    ('My teacher hates the word "nice", so it mustn\'t show up.', [("forbidden", {"words": ["nice"]})]),
    ("I'm allergic to the word \"azure\", don't you dare use it.", [("forbidden", {"words": ["azure"]})]),
    ('Mention "leash". Do this at least five times.', [("frequency", {"word": "leash", "min": 5})]),
    ('How often should "bark" appear? Exactly twice.', [("frequency", {"word": "bark", "min": 2, "max": 2})]),
    (
        'Use the words "woof" and "meow". Each of them should appear at least twice.',
        [("frequency", {"word": "woof", "min": 2}), ("frequency", {"word": "meow", "min": 2})],
    ),
    ('Limit your use of the word "bark" to three.', [("frequency", {"word": "bark", "max": 3})]),
    ('The maximum number of times "leash" can be used is 3.', [("frequency", {"word": "leash", "max": 3})]),
    (
        '"Woof" should be in there three times and "meow" at least twice.',
        [("frequency", {"word": "Woof", "min": 3, "max": 3}), ("frequency", {"word": "meow", "min": 2})],
    ),
    ("Words you must not use: blue, wave", [("forbidden", {"words": ["blue", "wave"]})]),
    ('Your text is incomplete if it lacks the word "nectar".', [("keywords", {"words": ["nectar"]})]),
    ('Don\'t leave out the words "grip" or "sole".', [("keywords", {"words": ["grip", "sole"]})]),
    ("Make sure you work 'forever young' into it.", [("keywords", {"words": ["forever young"]})]),
    ("I need a leaflet about bees containing the word hive.", [("keywords", {"words": ["hive"]})]),
    ("No word may contain the letter x.", [("letter", {"letter": "x", "max": 0})]),
    ("The letters q and z are banned.", [("letter", {"letter": s, "max": 0}) for s in "qz"]),
    ("The character ! should appear at least three times.", [("letter", {"letter": "!", "min": 3})]),
    (
        "Words written entirely in capital letters should appear fewer than 4 times.",
        [("count", {"of": "capital_words", "max": 3})],
    ),
    ("Is a tomato a fruit? Yes or no only.", [("choice", {"options": ["Yes", "no"]})]),
    ("Classify the sentiment (positive/negative): it rained.", [("choice", {"options": ["positive", "negative"]})]),
    ("Which is bigger? Answer A for the sun or B for the moon.", [("choice", {"options": ["A", "B"]})]),
    ("The label has to be wet, dry or both.", [("choice", {"options": ["wet", "dry", "both"]})]),
    ("Write to Tom with both a P.S. and a P.P.S.", [("postscript", {"marker": m}) for m in ("P.S.", "P.P.S.")]),
    ("Not a word of English: Hindi only.", [("language", {"codes": ["hi"]})]),
    ('Nothing should come after the phrase "sleep tight".', [("ends_with", {"text": "sleep tight"})]),
    ('Your answer\'s first sentence must be "Sleep is gold."', [("starts_with", {"text": "Sleep is gold."})]),
    ('As a last line, put "Over and out".', [("ends_with", {"text": "Over and out"})]),
    ('Both start and end with "zzz".', [("starts_with", {"text": "zzz"}), ("ends_with", {"text": "zzz"})]),
    ("Don't use more than two dollar signs.", [("letter", {"letter": "$", "max": 2})]),
    ("An ad containing at least four $ signs.", [("letter", {"letter": "$", "min": 4})]),
]

NOTHING = [
    "Do you prefer tea or coffee? Explain.",
    'The word "bank" has two meanings. Explain both.',
    'She said "never" twice. Who is she?',
    'Find a synonym for "happy".',
    'Start a conversation about "Dune" with me.',
    'Open the file "data.csv" in Python.',
    'Finish the sentence "I wish I".',
    'How do I say "nuts" in Portuguese? I only speak a little.',
]


@pytest.mark.parametrize(("wording", "gold"), WORDINGS)
def test_a_wording_reads_as_its_clauses(wording: str, gold: Gold) -> None:
    read = [(r.check.name, dict(r.check.args)) for r in read_prompt(wording, language="en")]
    assert sorted(map(repr, read)) == sorted(repr((name, dict(args))) for name, args in gold)


@pytest.mark.parametrize("text", NOTHING)
def test_what_demands_nothing_reads_as_nothing(text: str) -> None:
    assert [r.check for r in read_prompt(text, language="en")] == []


def test_neighbouring_digits_of_chinese_are_read_beside_an_address() -> None:
    """ "两三句" holds a term without characters of its own."""
    checks = [r.check.name for r in read_prompt("用两三句话介绍西湖，用“您”。", language="zh")]
    assert "count" in checks
