"""English wordings of parts, their markers and what is taken back, each with the clauses it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from lightwing.core.clause import ANSWER
from lightwing.spec.grammar import read_prompt

Gold = tuple[str, Mapping[str, Any], str]


def count(of: str, low: int | None = None, high: int | None = None, scope: str = ANSWER, **more: Any) -> Gold:
    bounds = {name: value for name, value in (("min", low), ("max", high), *more.items()) if value is not None}
    return "count", {"of": of, **bounds}, scope


def sections(marker: str, low: int, high: int | None = None) -> Gold:
    return count("sections", low, high, marker=marker)


WORDINGS: Sequence[tuple[str, Sequence[Gold]]] = [
    # Markers of sections: a series shown, a variable, a word with its number, parts by the name of their marker
    ('I want two acts, marked "Act 1:" and "Act 2:".', [sections("Act", 2, 2)]),
    ('Make a 7-day meal plan; each day is introduced by "Day N".', [sections("Day", 7, 7)]),
    ("Each of the 3 sections must begin with SECTION X.", [sections("SECTION", 3, 3)]),
    ("Write the itinerary as Day 1 to Day 5.", [sections("Day", 5)]),
    (
        'Break the tutorial up into lessons, at least 4 of them, each preceded by "Lesson" and the lesson\'s number.',
        [sections("Lesson", 4)],
    ),
    ('Four sections please. Start each with "Level" and a number.', [sections("Level", 4, 4)]),
    ('Give each of the five sections the label "Question" plus its number.', [sections("Question", 5, 5)]),
    ('Use "Verse" as the section marker and give me at least 3 sections.', [sections("Verse", 3)]),
    ("Every section starts with ###, and there are four sections.", [sections("###", 4, 4)]),
    ("I finished part 1 of the course. What comes in part 2?", []),
    ("What happens in Act 3 of Hamlet?", []),
    # What is taken back
    ("Make it 100 words - actually, 180.", [count("words", about=180)]),
    ("I said 100 words but make it 180.", [count("words", about=180)]),
    ("Keep it to 200 words, er, 250.", [count("words", None, 250)]),
    ("Give me 5 bullets (scratch that, 6).", [count("bullets", 6, 6)]),
    ("Instead of 100 words, write 150.", [count("words", about=150)]),
    ("Use 5, not 4, bullets.", [count("bullets", 5, 5)]),
    # Each of them, none of them, cells and questions one by one
    (
        "Write four paragraphs, with each of them at least 50 words long.",
        [count("paragraphs", 4, 4), count("words", 50, None, "each_paragraph")],
    ),
    (
        "Two paragraphs, three sentences apiece.",
        [count("paragraphs", 2, 2), count("sentences", 3, 3, "each_paragraph")],
    ),
    ("Don't let any sentence go beyond 20 words.", [count("words", None, 20, "each_sentence")]),
    ("No table cell should contain more than 6 words.", [count("words", None, 6, "cell")]),
    ("No need for more than 40 words.", [count("words", None, 40)]),
    # Emphasis: how words are set off, described or shown
    ("Put two important words between asterisks.", [count("highlights", 2, 2)]),
    ("Make three of the words bold.", [count("bold", 3, 3)]),
    ("Every bullet must contain a word in bold.", [count("bold", 1, None, "each_bullet")]),
    ("I'd like up to three **bold** words in the ad.", [count("bold", None, 3)]),
    ("Do not use bold or italic text.", [count("bold", None, 0), count("italics", None, 0)]),
    ("A star shone on three towns.", []),
    ("How do I make two words bold in Word?", []),
    # Placeholders by their brackets and by what they are for
    ("Put every variable part in square brackets, 3 or more of those.", [count("placeholders", 3)]),
    ("leave at least 4 gaps like [gap] for the names", [count("placeholders", 4)]),
    ("Write a letter with [address], [date] and [name] as placeholders.", [count("placeholders", 3)]),
    ("The form has five blanks. What should I write?", []),
    # Lists whose number counts what they are made of
    ("Give me 4 tips. Use bullets.", [count("bullets", 4, 4)]),
    ("A numbered list from 1 to 5 please.", [count("numbered_items", 5, 5)]),
    ("I have two dogs and need tips on feeding them. Bullets please.", []),
    ("Respond with raw JSON, no backticks.", [("format", {"kind": "json", "fence": False}, ANSWER)]),
    # What parts end in, titles told apart from their marks, signs by name
    (
        "No bullet may end with a full stop.",
        [("regex", {"pattern": r"\.\s*$", "mode": "absent"}, "each_bullet")],
    ),
    ("Every heading should be a question.", [("ending", {"marks": ["?"]}, "each_heading")]),
    ("How do headings end in APA style?", []),
    ("Give it a title. Put it in double angle brackets.", [("title", {}, ANSWER)]),
    ("Do not use the dollar sign more than 2 times.", [("letter", {"letter": "$", "max": 2}, ANSWER)]),
    ("Use ## for headings.", [("heading_level", {"allowed": [2]}, ANSWER)]),
    # What is said of each question or name holds where the table puts it; the whole and its rows are counted once
    (
        "Write 20 questions in a table. Each question must end with a question mark, and the entire questionnaire must have at least 20 sentences.",
        [
            count("questions", 20, 20),
            ("format", {"kind": "table"}, ANSWER),
            ("ending", {"marks": ["?"]}, "each_row"),
            count("sentences", 20),
        ],
    ),
    (
        "Write 20 questions in a table with 3 columns. Each question must end with a question mark.",
        [
            count("questions", 20, 20),
            ("format", {"kind": "table"}, ANSWER),
            count("table_columns", 3, 3),
            ("ending", {"marks": ["?"]}, "each_row"),
        ],
    ),
    (
        "Use a table with 8 rows. Include a level 2 heading. Each name must be at most 3 words long.",
        [
            count("tables", 1),
            count("table_rows", 8, 8),
            count("headings", 1, level=2),
            count("words", None, 3, "each_row"),
        ],
    ),
    ("A table with no more than three rows should be included.", [count("tables", 1), count("table_rows", None, 3)]),
    (
        "Use a table with exactly two columns: Component and Minimum Requirement.",
        [
            count("tables", 1),
            count("table_columns", 2, 2),
            ("columns", {"names": ["Component", "Minimum Requirement"]}, ANSWER),
        ],
    ),
    ("Include headings for each standard using heading level 2.", [count("headings", 1, level=2)]),
    (
        "Use exactly three heading levels: H1, H2, and H3.",
        [("depth", {"of": "headings", "min": 3, "max": 3}, ANSWER), ("heading_level", {"allowed": [1, 2, 3]}, ANSWER)],
    ),
    (
        "Organize it with heading levels. Use at least two levels: one for points.",
        [("depth", {"of": "headings", "min": 2}, ANSWER)],
    ),
    ("The answer is to have each word in French capitalized.", [("letter_case", {"case": "title"}, ANSWER)]),
]


@pytest.mark.parametrize(("wording", "gold"), WORDINGS)
def test_a_wording_reads_as_its_clauses(wording: str, gold: Sequence[Gold]) -> None:
    read = [(r.check.name, dict(sorted(r.check.args.items())), r.scope) for r in read_prompt(wording, language="en")]
    wanted = [(name, dict(sorted(args.items())), scope) for name, args, scope in gold]
    assert sorted(map(repr, read)) == sorted(map(repr, wanted))
