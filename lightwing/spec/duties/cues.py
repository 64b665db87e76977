"""The words by which a document obliges, sets conditions and orders: sections of each language's lexicon file, compiled once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import msgspec

from lightwing.core.errors import ConfigError
from lightwing.spec.lexicon import languages, open_sections

__all__ = ["Conditions", "Cues", "Obligations", "cue_languages", "cues", "phrase_pattern"]


class Obligations(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The `[obligations]` section. `spaced` is false for languages that write no spaces between words."""

    spaced: bool = True
    assistant: tuple[str, ...] = ()
    possessive: tuple[str, ...] = ()
    first_person: tuple[str, ...] = ()
    pronouns: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    should: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    polite: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    obliging_identity: tuple[str, ...] = ()
    stative: tuple[str, ...] = ()
    rule_headings: tuple[str, ...] = ()
    background_headings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    example: tuple[str, ...] = ()
    example_start: tuple[str, ...] = ()
    introduces: tuple[str, ...] = ()
    adverbs: tuple[str, ...] = ()
    passive: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    nouns_too: tuple[str, ...] = ()
    not_verb_next: tuple[str, ...] = ()
    other_objects: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    loosely: tuple[str, ...] = ()
    thin: tuple[str, ...] = ()
    no_names: tuple[str, ...] = ()
    measurable: tuple[str, ...] = ()
    strong_starts: tuple[str, ...] = ()
    verb_owners: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    subject_starts: tuple[str, ...] = ()
    verb_endings: tuple[str, ...] = ()
    no_verb_endings: tuple[str, ...] = ()
    determiners: tuple[str, ...] = ()
    rule_endings: tuple[str, ...] = ()
    fact_endings: tuple[str, ...] = ()
    denies: tuple[str, ...] = ()
    denies_nothing: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    denial: tuple[str, ...] = ()
    to_others: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


class Conditions(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The `[conditions]` section."""

    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    user_says: tuple[str, ...] = ()
    first_turn: tuple[str, ...] = ()
    every_turn: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    last_turn: tuple[str, ...] = ()
    never_repeat_answer: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    yields: tuple[str, ...] = ()
    all_others: tuple[str, ...] = ()
    rule_words: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    tool_words: tuple[str, ...] = ()
    before_answer: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()


class _File(msgspec.Struct, kw_only=True, frozen=True):
    obligations: Obligations
    conditions: Conditions


def phrase_pattern(phrases: Iterable[str], *, spaced: bool) -> re.Pattern[str]:
    """One pattern for any of these literal phrases, longest first; whole words where the language has spaces. Without phrases it matches nothing."""
    words = sorted({p for p in phrases if p}, key=len, reverse=True)
    if not words:
        return re.compile(r"(?!)")
    body = "|".join(re.escape(word).replace("'", "['’]") for word in words)
    return re.compile(rf"(?<![\w'’])(?:{body})(?![\w])" if spaced else f"(?:{body})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cues:
    """One language's words, with the patterns made from them."""

    language: str
    words: Obligations
    conditions: Conditions

    def match(self, section: str) -> re.Pattern[str]:
        """The pattern of a section's phrases, made once per language and section."""
        return _pattern(self.language, section)

    @property
    def spaced(self) -> bool:
        return self.words.spaced


@cache
def _pattern(language: str, section: str) -> re.Pattern[str]:
    table = cues(language)
    source = table.words if hasattr(table.words, section) else table.conditions
    return phrase_pattern(getattr(source, section), spaced=table.words.spaced)


@cache
def cue_languages() -> tuple[str, ...]:
    """Languages whose lexicon has the sections `[obligations]` and `[conditions]`."""
    return tuple(code for code in languages() if set(open_sections(code)) >= _SECTIONS)


_SECTIONS = frozenset({"obligations", "conditions"})


@cache
def cues(language: str) -> Cues:
    """The table of a language; an empty one for a language that has none, so that only structure is read.

    Raises ConfigError where a section of the lexicon names something unknown.

    >>> cues("en").match("must").search("You must go.")[0]
    'must'
    """
    sections = open_sections(language) if language in languages() else {}
    if not set(sections) >= _SECTIONS:
        return Cues(language, Obligations(), Conditions())
    try:
        file = msgspec.convert({name: sections[name] for name in _SECTIONS}, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"The lexicon's cues are not as expected: {error}.", where=f"{language}.toml", hint="See docs/lexicons.md."
        ) from None
    return Cues(language, file.obligations, file.conditions)
