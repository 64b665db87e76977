"""The units of `count`: how each is counted on a text, what is certain of it on a prefix, and texts that have exactly n of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lightwing.checks import counting_markup as markup
from lightwing.checks import counting_text as plain
from lightwing.checks.counting_asked import Asked
from lightwing.checks.text import is_unspaced

__all__ = ["UNITS", "Unit"]


Counter = Callable[[str, Asked], int]
Writer = Callable[[random.Random, int, Asked], "str | None"]


def _same(text: str) -> str:
    """For counts that no continuation brings down."""
    return text


def _whole_words(text: str) -> str:
    """Without the last run of characters that a continuation could still join to."""
    end = len(text)
    while end and not (text[end - 1].isspace() or is_unspaced(text[end - 1])):
        end -= 1
    return text[:end]


def _whole_lines(text: str) -> str:
    return text[: text.rfind("\n") + 1]


def _nothing(text: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit. `certain` cuts a prefix down to the part whose count stays; `loose` is how many of that part may still be lost."""

    one: str
    many: str
    counter: Counter
    writer: Writer
    certain: Callable[[str], str] = _same
    loose: int = 0
    takes_marker: bool = False

    def count(self, text: str, asked: Asked) -> int:
        return self.counter(text, asked)

    def at_least(self, prefix: str, asked: Asked) -> int:
        """A number that the count of every continuation reaches."""
        return max(0, self.counter(self.certain(prefix), asked) - self.loose)

    def noun(self, asked: Asked, n: int) -> str:
        """Its name, with the marker asked for."""
        name = self.one if n == 1 else self.many
        return f'{name} marked "{asked.marker}"' if asked.marker else name

    def write(self, rng: random.Random, n: int, asked: Asked) -> str | None:
        """A text with exactly n, or None where there is none."""
        return self.writer(rng, n, asked)


UNITS: Mapping[str, Unit] = {
    "words": Unit(one="word", many="words", counter=plain.words, writer=plain.write_words, certain=_whole_words),
    "unique_words": Unit(
        one="different word",
        many="different words",
        counter=plain.unique_words,
        writer=plain.write_unique_words,
        certain=_whole_words,
    ),
    "characters": Unit(one="character", many="characters", counter=plain.characters, writer=plain.write_characters),
    "letters": Unit(one="letter", many="letters", counter=plain.letters, writer=plain.write_letters),
    "sentences": Unit(
        one="sentence",
        many="sentences",
        counter=plain.sentences,
        writer=plain.write_sentences,
        certain=_whole_lines,
        loose=1,
    ),
    "paragraphs": Unit(
        one="paragraph",
        many="paragraphs",
        counter=plain.paragraphs,
        writer=plain.write_paragraphs,
        certain=_whole_lines,
        takes_marker=True,
    ),
    "lines": Unit(one="line", many="lines", counter=plain.lines, writer=plain.write_lines),
    "stanzas": Unit(one="stanza", many="stanzas", counter=plain.stanzas, writer=plain.write_stanzas),
    "verses": Unit(one="verse", many="verses", counter=plain.verses, writer=plain.write_lines, certain=_whole_lines),
    "questions": Unit(one="question", many="questions", counter=plain.questions, writer=plain.write_questions),
    "exclamations": Unit(
        one="exclamation", many="exclamations", counter=plain.exclamations, writer=plain.write_exclamations
    ),
    "numbers": Unit(
        one="number", many="numbers", counter=plain.numbers, writer=plain.write_numbers, certain=_whole_words
    ),
    "digits": Unit(one="digit", many="digits", counter=plain.digits, writer=plain.write_digits),
    "capital_words": Unit(
        one="word in capital letters",
        many="words in capital letters",
        counter=plain.capital_words,
        writer=plain.write_capital_words,
        certain=_whole_words,
    ),
    "accented_words": Unit(
        one="word with an accent",
        many="words with an accent",
        counter=plain.accented_words,
        writer=plain.write_accented_words,
        certain=_whole_words,
    ),
    "quotations": Unit(
        one="quotation", many="quotations", counter=plain.quotations, writer=plain.write_quotations, certain=_nothing
    ),
    "kanji": Unit(one="kanji", many="kanji", counter=plain.kanji, writer=plain.write_kanji),
    "syllables": Unit(
        one="syllable", many="syllables", counter=plain.syllables, writer=plain.write_syllables, certain=_whole_words
    ),
    "emojis": Unit(one="emoji", many="emojis", counter=plain.emojis, writer=plain.write_emojis, loose=1),
    "hashtags": Unit(
        one="hashtag", many="hashtags", counter=plain.hashtags, writer=plain.write_hashtags, certain=_whole_words
    ),
    "bullets": Unit(
        one="bullet",
        many="bullets",
        counter=markup.bullets,
        writer=markup.write_bullets,
        certain=_whole_lines,
        takes_marker=True,
    ),
    "numbered_items": Unit(
        one="numbered item",
        many="numbered items",
        counter=markup.numbered,
        writer=markup.write_numbered,
        certain=_whole_lines,
    ),
    "items": Unit(
        one="list item", many="list items", counter=markup.items, writer=markup.write_items, certain=_whole_lines
    ),
    "sections": Unit(
        one="section",
        many="sections",
        counter=markup.sections,
        writer=markup.write_sections,
        certain=_nothing,
        takes_marker=True,
    ),
    "headings": Unit(
        one="heading", many="headings", counter=markup.headings, writer=markup.write_headings, certain=_whole_lines
    ),
    "placeholders": Unit(
        one="[placeholder]",
        many="[placeholders]",
        counter=markup.placeholders,
        writer=markup.write_placeholders,
        loose=1,
    ),
    "highlights": Unit(
        one="*highlight*",
        many="*highlights*",
        counter=markup.highlights,
        writer=markup.write_highlights,
        certain=_whole_lines,
    ),
    "bold": Unit(
        one="bold passage", many="bold passages", counter=markup.bold, writer=markup.write_bold, certain=_whole_lines
    ),
    "italics": Unit(
        one="passage in italics",
        many="passages in italics",
        counter=markup.italics,
        writer=markup.write_italics,
        certain=_whole_lines,
    ),
    "links": Unit(one="link", many="links", counter=markup.links, writer=markup.write_links, certain=_whole_lines),
    "images": Unit(one="image", many="images", counter=markup.images, writer=markup.write_images, certain=_whole_lines),
    "code_blocks": Unit(
        one="code block",
        many="code blocks",
        counter=markup.code_blocks,
        writer=markup.write_code_blocks,
        certain=_whole_lines,
    ),
    "block_quotes": Unit(
        one="block quote",
        many="block quotes",
        counter=markup.block_quotes,
        writer=markup.write_block_quotes,
        certain=_whole_lines,
    ),
    "tables": Unit(
        one="table", many="tables", counter=markup.table_count, writer=markup.write_tables, certain=_whole_lines
    ),
    "table_rows": Unit(
        one="table row",
        many="table rows",
        counter=markup.table_rows,
        writer=markup.write_table_rows,
        certain=_whole_lines,
    ),
    "table_columns": Unit(
        one="table column",
        many="table columns",
        counter=markup.table_columns,
        writer=markup.write_table_columns,
        certain=_nothing,
    ),
}
