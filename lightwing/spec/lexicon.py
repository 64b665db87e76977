"""Lexicons: what the words of a language mean to the slot grammar. One TOML file per language, no code.

A lexicon maps phrases to concepts such as ``compare_before.min`` ("at least") or ``unit.words`` ("words"). Phrases may hold alternatives in
round brackets, ``no (more|greater) than``, an empty alternative for an optional part, ``word(|s)``, and a trailing ``*`` for any ending, ``inclu*``.
`docs/lexicons.md` tells how to add a language.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import msgspec

from lightwing.core.errors import ConfigError
from lightwing.spec.text.tokens import CJK, Token, tokenize

__all__ = [
    "CONCEPTS",
    "Lexicon",
    "Match",
    "expand",
    "languages",
    "lexicon",
    "open_sections",
    "parse_lexicon",
    "settings",
]


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_COMPARE = "min max over under exact about"
CONCEPTS: Mapping[str, frozenset[str]] = {
    "compare_before": _names(_COMPARE),
    "compare_after": _names(_COMPARE),
    "range": _names("open join and close"),
    "amount": _names("none some one"),
    "unit": _names(
        """
        words unique_words capital_words accented_words characters letters digits syllables kanji numbers
        sentences questions exclamations paragraphs lines stanzas verses quotations
        bullets numbered_items items
        sections headings heading_levels levels responses
        placeholders highlights bold italics spans emojis hashtags
        links images code_blocks block_quotes
        tables table_rows table_columns cells
        nesting attributes
        times
        """
    ),
    "verb": _names(
        """
        include appear avoid mention
        start end wrap separate
        repeat answer translate call choose explain
        highlight bold italicize capitalize mark number display
        write state be address spell
        limit
        """
    ),
    "word": _names(
        """
        not double_not refused retract correction instead rather else nothing
        and or but plain
        must may permit request truth
        each every all only any nth per serial onward another in_turn kin
        of link with than via around inside outside out filler
        above below after ordered definite relative
        them pronoun person asks name number_of
        topic matter example usage if during level deeper
        restrict_open restrict_close
        """
    ),
    "label": _names("word words letter phrase phrases keys"),
    "case": _names("lower upper title sentence"),
    "punct": _names(
        """
        any comma period colon semicolon question exclamation ellipsis enumeration
        dash hyphen apostrophe quotes parentheses brackets
        asterisk slash hash dollar ampersand percent at_sign
        """
    ),
    "part": _names(
        """
        answer request shown_format language_noun
        title postscript header citation column_list list markdown card code divider
        beginning ending nothing_before sentence_ends this_sentence sentence_above
        first_word last_word first_line last_line last_sentence blank blank_line
        double_quotes corner_quotes book_quotes double_angle square_brackets braces angle
        dates numbers decimals thousands metric imperial
        domain email phone web_address
        """
    ),
    "format": _names("json yaml xml csv html markdown table bullets numbered_list code plain_text latex"),
    "script": _names(
        """
        latin cyrillic hiragana katakana han hangul arabic devanagari
        traditional_han simplified_han
        digits kansuji word_numbers
        accents ascii furigana
        """
    ),
    "address": _names("informal formal"),
    "style": _names("nominal polite plain informal_negation"),
    "odd": _names(
        """
        palindrome alliteration acrostic alphabet alphabetical chain initials vowels
        no_repeat unique unlike same_start same_end fresh_start bookends
        longer shorter reverse
        """
    ),
}
"""Sections of a lexicon and the concepts each may define; ``language`` takes any two-letter code besides."""

_OPEN_SECTIONS = frozenset({"obligations", "conditions"})
_LIMIT = 4000
_ENDING = re.compile(r"\{([^{}]*)\}")
_RUN = re.compile(r"[^()|]+")
_SIGNS = re.compile(f"[{CJK}]+")
_WHOLE = re.compile(r"[^\x00-\x7f\u00c0-\u024f’]|[\"`\[<*]|(?:^|\s)'")


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: how many tokens it covers, its concepts, its number or ordinal if it is one."""

    length: int
    concepts: frozenset[str]
    number: int | None = None
    ordinal: int | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section [grammar] of a lexicon file: the language's code, where its predicate stands, whether it writes spaces, and its small words.

    `told_ends` is how sentences end that only tell (a wish, a feeling, the past); `statement_ends` how any plain statement ends.
    """

    language: str
    verb_last: bool = False
    spaces: bool = True
    simplified: bool = False
    abbreviations: frozenset[str] = frozenset()
    function_words: frozenset[str] = frozenset()
    told_ends: tuple[str, ...] = ()
    statement_ends: tuple[str, ...] = ()
    question_marks: str = ""
    exclamation_marks: str = ""
    quotation_marks: str = ""
    distinct: frozenset[str] = frozenset()
    clitics: tuple[str, ...] = ()


_Kind = TypeVar("_Kind")


_NONE: dict[str, Any] = {}
"""What a node without followers holds: most are ends of phrases, and there are a hundred thousand. Never written to."""


@dataclass(slots=True)
class _Node:
    exact: dict[str, _Node] = field(default_factory=lambda: _NONE)
    prefix: dict[str, _Node] = field(default_factory=lambda: _NONE)
    concepts: frozenset[str] = frozenset()
    number: int | None = None
    ordinal: int | None = None

    def follower(self, norm: str, *, stem: bool) -> _Node:
        """The node that this token, or one that begins so, leads to; made where there is none."""
        name = "prefix" if stem else "exact"
        if getattr(self, name) is _NONE:
            setattr(self, name, {})
        followers: dict[str, _Node] = getattr(self, name)
        if norm not in followers:
            followers[norm] = _Node()
        return followers[norm]

    @property
    def final(self) -> bool:
        return bool(self.concepts) or self.number is not None or self.ordinal is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One language's lexicon, ready for lookup. `verb_last` tells that a predicate follows its object; `spaces` that words are written apart, `simplified` that traditional
    Chinese signs are looked up in their simplified form."""

    language: str
    verb_last: bool
    spaces: bool
    simplified: bool
    abbreviations: frozenset[str]
    function_words: frozenset[str]
    told_ends: tuple[str, ...]
    statement_ends: tuple[str, ...]
    question_marks: str
    exclamation_marks: str
    quotation_marks: str
    distinct: frozenset[str]
    clitics: tuple[str, ...]
    _root: _Node
    _slips: Mapping[str, str]

    def match(self, tokens: Sequence[Token], at: int) -> Match | None:
        """The longest phrase that begins at token `at`, None where there is none."""
        node, best = self._root, None
        for index in range(at, len(tokens)):
            token = tokens[index]
            if token.kind == "break" and index == at:
                return None
            found = _step(node, token.norm) if token.kind != "break" else node
            if found is None:
                break
            node = found
            if node.final and token.kind != "break":
                best = Match(index - at + 1, node.concepts, node.number, node.ordinal)
        return best

    def with_clitics(self, word: str) -> Match | None:
        """The verb that a word is when the pronouns written onto its end are taken off ("devuélvelo", "preséntamelas")."""
        for clitic in self.clitics:
            node = self._root.exact.get(word.removesuffix(clitic)) if word.endswith(clitic) else None
            concepts = frozenset(c for c in node.concepts if c.startswith("verb.")) if node is not None else frozenset()
            if concepts:
                return Match(1, concepts)
        return None

    def misspelled(self, word: str) -> Match | None:
        """The unit that a word is a slip of ("bulets", "paragaphs"): an inner letter missing, doubled or swapped with its neighbour."""
        meant = self._slips.get(word)
        return None if meant is None else Match(1, self._root.exact[meant].concepts)


_CORE = frozenset(
    f"unit.{u}"
    for u in ("sentences", "paragraphs", "bullets", "characters", "headings", "placeholders", "hashtags", "sections")
)


def _slips_of(root: _Node) -> dict[str, str]:
    """Slips of the core units' names that are no words of the lexicon, each with the name that was meant."""
    slips: dict[str, str] = {}
    for word in [w for w, node in root.exact.items() if node.concepts & _CORE and len(w) > 5 and w.isascii()]:
        for at in range(1, len(word) - 1):
            missing, doubled = word[:at] + word[at + 1 :], word[: at + 1] + word[at:]
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            for slip in (missing, doubled, swapped):
                if slip not in root.exact:
                    slips.setdefault(slip, word)
    return slips


def _step(node: _Node, norm: str) -> _Node | None:
    found = node.exact.get(norm)
    if found is not None or not node.prefix:
        return found
    for length in range(len(norm), 2, -1):
        found = node.prefix.get(norm[:length])
        if found is not None:
            return found
    return None


def expand(phrase: str) -> list[str]:
    """All readings of a phrase with alternatives.

    >>> expand("no (more|greater) than")
    ['no more than', 'no greater than']
    >>> expand("word(|s)")
    ['word', 'words']
    """
    readings = _expand(phrase)
    if len(readings) > _LIMIT:
        raise ConfigError(f"The phrase {phrase!r} has {len(readings)} readings; at most {_LIMIT} are allowed.")
    return [" ".join(reading.split()) for reading in readings]


def _expand(phrase: str) -> list[str]:
    readings, at = _alternatives(phrase, 0)
    if at < len(phrase):
        raise ConfigError(f"The phrase {phrase!r} closes a bracket that it did not open.")
    return readings


def _alternatives(phrase: str, at: int) -> tuple[list[str], int]:
    """Readings from `at` up to the bracket that closes here or to the end, and where that is."""
    done: list[str] = []
    current = [""]
    while at < len(phrase) and phrase[at] != ")":
        if phrase[at] == "(":
            inner, at = _alternatives(phrase, at + 1)
            if at >= len(phrase):
                raise ConfigError(f"The phrase {phrase!r} opens a bracket that it does not close.")
            current = [head + tail for head in current for tail in inner]
        elif phrase[at] == "|":
            done, current = done + current, [""]
        else:
            run = _RUN.match(phrase, at)
            assert run is not None
            current = [head + run[0] for head in current]
            at = run.end() - 1
        at += 1
    return done + current, at


def _insert(root: _Node, phrase: str) -> list[_Node]:
    ends = []
    for reading in expand(phrase):
        node = root
        for norm, stem in _keys_of(reading):
            node = node.follower(norm, stem=stem)
        ends.append(node)
    return ends


def _keys_of(reading: str) -> Sequence[tuple[str, bool]]:
    """What a reading is filed under. Words apart give the same tokens alone as together, save within quotes, so each is cut once."""
    if _SIGNS.fullmatch(reading):
        return [(sign, False) for sign in reading]
    if _WHOLE.search(reading):
        return _token_keys(reading)
    return [key for word in reading.split() for key in _token_keys(word)]


@cache
def _token_keys(words: str) -> tuple[tuple[str, bool], ...]:
    """Each token's norm, and whether a star behind it stands for any ending."""
    tokens = tokenize(words)
    return tuple(
        (token.norm, after is not None and after.norm == "*" and after.start == token.end)
        for token, after in zip(tokens, [*tokens[1:], None], strict=True)
        if token.norm != "*"
    )


def parse_lexicon(text: str, *, where: str) -> Lexicon:
    """Read a lexicon from TOML, every section and concept checked; ConfigError names what is unknown and what was meant."""
    return _built(_toml(text, where), where)


def _built(data: Mapping[str, Any], where: str) -> Lexicon:
    grammar = _settings(data.get("grammar", {}), where)
    endings = _typed(data.get("endings", {}), dict[str, str], "endings", where)
    root = _Node()
    for section, entries in data.items():
        if section in ("grammar", "endings") or section in _OPEN_SECTIONS:
            continue
        if section in ("number", "ordinal"):
            for phrase, value in _typed(entries, dict[str, int], section, where).items():
                for node in _insert(root, _inflected(phrase, endings, where)):
                    setattr(node, section, value)
        else:
            for name, phrases in _typed(entries, dict[str, list[str]], section, where).items():
                _check(section, name, where)
                for phrase in phrases:
                    for node in _insert(root, _inflected(phrase, endings, where)):
                        node.concepts = _with(node.concepts, f"{section}.{name}")
    return Lexicon(
        language=grammar.language,
        verb_last=grammar.verb_last,
        spaces=grammar.spaces,
        simplified=grammar.simplified,
        abbreviations=grammar.abbreviations,
        function_words=grammar.function_words,
        told_ends=grammar.told_ends,
        statement_ends=grammar.statement_ends,
        question_marks=grammar.question_marks,
        exclamation_marks=grammar.exclamation_marks,
        quotation_marks=grammar.quotation_marks,
        distinct=grammar.distinct,
        clitics=tuple(sorted(grammar.clitics, key=len, reverse=True)),
        _root=root,
        _slips=_slips_of(root),
    )


@cache
def _with(concepts: frozenset[str], more: str) -> frozenset[str]:
    """The set with one concept more; equal sets are one object."""
    return frozenset({*concepts, more})


def _inflected(phrase: str, endings: Mapping[str, str], where: str) -> str:
    """A phrase with the endings that it names in braces, ``(使|言){u}``, written out; an ending may name others."""
    while (named := _ENDING.search(phrase)) is not None:
        if named[1] not in endings:
            raise ConfigError(
                f"The phrase {phrase!r} names an ending {named[1]!r} that [endings] has not.", where=where
            )
        phrase = f"{phrase[: named.start()]}({endings[named[1]]}){phrase[named.end() :]}"
        if len(phrase) > _LIMIT * 2:
            raise ConfigError(f"[endings] {named[1]!r} goes round in a circle.", where=where)
    return phrase


def _toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The lexicon is not valid TOML: {error}.", where=where) from error


def _settings(grammar: object, where: str) -> Settings:
    return _typed(grammar, Settings, "grammar", where)


def _typed(value: object, kind: type[_Kind], section: str, where: str) -> _Kind:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"The lexicon's section [{section}] is not as expected: {error}.", where=where) from error


def _check(section: str, name: str, where: str) -> None:
    if section == "language":
        if len(name) not in (2, 3):
            raise ConfigError(f"[language] has {name!r}; expected an ISO 639 code.", where=where)
        return
    if section == "letter":
        if len(name) != 1:
            raise ConfigError(f"[letter] has {name!r}; expected one letter, with the names that it has.", where=where)
        return
    known = CONCEPTS.get(section)
    if known is None:
        near = difflib.get_close_matches(
            section, [*CONCEPTS, "endings", "language", "letter", "number", "ordinal", "grammar"], n=1
        )
        hint = f"Did you mean [{near[0]}]?" if near else ""
        raise ConfigError(f"The lexicon has an unknown section [{section}].", where=where, hint=hint)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
        raise ConfigError(f"[{section}] has an unknown concept {name!r}.", where=where, hint=hint)


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that have a lexicon file."""
    folder = resources.files("lightwing.spec") / "lexicons"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def settings(language: str) -> Settings:
    """The section [grammar] of a language's file, read without its phrases.

    >>> settings("ja").verb_last
    True
    """
    return _settings(_file(language).get("grammar", {}), f"{language}.toml")


@cache
def open_sections(language: str) -> Mapping[str, Any]:
    """The sections that other parts of the compiler own, as the file has them, read without the phrases of the grammar."""
    return {name: value for name, value in _file(language).items() if name in _OPEN_SECTIONS}


@cache
def _file(language: str) -> dict[str, Any]:
    return _toml(_text(language), f"{language}.toml")


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language; ConfigError where there is none.

    >>> sorted(lexicon("en").match(tokenize("no fewer than three"), 0).concepts)
    ['compare_before.min']
    """
    return _built(_file(language), f"{language}.toml")


def _text(language: str) -> str:
    if language not in languages():
        raise ConfigError(
            f"There is no lexicon for the language {language!r}.", hint=f"There are: {', '.join(languages())}."
        )
    return (resources.files("lightwing.spec") / "lexicons" / f"{language}.toml").read_text(encoding="utf-8")
