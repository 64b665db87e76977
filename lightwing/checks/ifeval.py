"""The profile `ifeval`: clauses read as the checkers of IFEval (Zhou et al. 2023) and M-IFEval (Dussolle et al. 2025) read them, faults included.

Each class keeps the arguments, reasons and fixes of its default twin and changes the definition alone. Nothing is decided on a prefix. `verdicts` gives
the strict and the loose verdict as those suites define them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lightwing.checks.base import ExactCheck
from lightwing.checks.choice import Choice, Responses
from lightwing.checks.count import Count
from lightwing.checks.formats import Format
from lightwing.checks.frame import Postscript, Title, Wrapped
from lightwing.checks.ifeval_counting import COUNTERS
from lightwing.checks.ifeval_language import detect
from lightwing.checks.ifeval_spanish import spanish_tokens
from lightwing.checks.language import Language, base_code, language_name
from lightwing.checks.marks import LetterCase, Punctuation
from lightwing.checks.position import EndsWith, FirstWord, RepeatRequest
from lightwing.checks.text import view
from lightwing.checks.words import Forbidden, Frequency, Keywords, Letter, quoted
from lightwing.core.case import Answer, Case
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, Verdict, fail, unknown
from lightwing.core.protocols import Check

__all__ = ["loose_variants", "verdicts"]


class Theirs(ExactCheck):
    """A check whose definition is one yes or no about the whole text: `holds`."""

    def holds(self, text: str) -> bool:
        raise NotImplementedError

    def failure(self, text: str) -> Outcome:
        raise NotImplementedError

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        if not complete:
            return unknown()
        return PASS if self.holds(text) else self.failure(text)


@dataclass(frozen=True, kw_only=True)
class TheirCount(Theirs, Count):
    """How many of a unit there are, counted as those checkers do."""

    name = "count"

    def number(self, text: str) -> int:
        counter = COUNTERS.get(self.of)
        return counter(text, self) if counter else Count.number(self, text)

    def holds(self, text: str) -> bool:
        n = self.number(text)
        low, high = self.bounds
        return low <= n and (high is None or n <= high) and n >= 0

    def failure(self, text: str) -> Outcome:
        if self.number(text) < 0:
            return fail("The answer has an empty paragraph between two dividers; fill it or take it out.")
        return Count.read_text(self, text, complete=True)


@dataclass(frozen=True, kw_only=True)
class TheirKeywords(Theirs, Keywords):
    """The words occur anywhere, inside other words too."""

    name = "keywords"

    def holds(self, text: str) -> bool:
        lower = view(text).lower
        found = (word.lower() in lower for word in self.words)
        return all(found) if self.mode == "all" else any(found)

    def failure(self, text: str) -> Outcome:
        missing = [word for word in self.words if word.lower() not in view(text).lower]
        return fail(
            f"The answer does not contain {quoted(missing)}; use {'it' if len(missing) == 1 else 'each of them'}."
        )


@dataclass(frozen=True, kw_only=True)
class TheirForbidden(Theirs, Forbidden):
    """None of the words occurs between two word boundaries."""

    name = "forbidden"

    def holds(self, text: str) -> bool:
        return not any(self._has(text, word) for word in self.words)

    def failure(self, text: str) -> Outcome:
        return Forbidden.read_text(self, text, complete=True)

    def _has(self, text: str, word: str) -> bool:
        if not word.isascii():
            return _bounded(word).search(text) is not None
        lower = view(text).lower
        return word.lower() in lower and _bounded(word).search(text) is not None

    def _found(self, text: str, word: str) -> list[Span]:
        return [Span(*match.span()) for match in _bounded(word).finditer(text)]


@lru_cache(maxsize=1024)
def _bounded(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class TheirFrequency(Theirs, Frequency):
    """How often the word occurs, inside other words too."""

    name = "frequency"

    def number(self, text: str) -> int:
        return view(text).lower.count(self.word.strip().lower())

    def inflected(self, text: str) -> int:
        return self.number(text)

    def holds(self, text: str) -> bool:
        low, high = self.bounds
        n = self.number(text)
        return low <= n and (high is None or n <= high)

    def failure(self, text: str) -> Outcome:
        return Frequency.read_text(self, text, complete=True)


@dataclass(frozen=True, kw_only=True)
class TheirLetter(Theirs, Letter):
    """How often a letter occurs. English: a sign that is no letter is replaced by a letter drawn at random; here by what most letters would give.
    Spanish ñ and ü: how many tokens have the letter."""

    name = "letter"

    def number(self, text: str) -> int:
        lower = view(text).lower
        letter = self.letter.lower()
        if self.setting.language == "es" and letter in "ñü":
            return sum(letter in token for token in spanish_tokens(lower))
        if self.setting.language == "ja":
            return text.count(self.letter) + text.count(chr(ord(self.letter[0]) + 96))
        if self.setting.language == "en" and not (letter.isascii() and letter.isalpha()):
            return sorted(lower.count(c) for c in "abcdefghijklmnopqrstuvwxyz")[13]
        return lower.count(letter)

    def holds(self, text: str) -> bool:
        low, high = self.bounds
        n = self.number(text)
        return low <= n and (high is None or n <= high)

    def failure(self, text: str) -> Outcome:
        return Letter.read_text(self, text, complete=True)


@dataclass(frozen=True, kw_only=True)
class TheirEndsWith(Theirs, EndsWith):
    """The answer ends with the text; white space and straight quotation marks around the answer aside (Spanish: full stops too)."""

    name = "ends_with"

    def holds(self, text: str) -> bool:
        strip = _STRIPPED.get(self.setting.language, '"')
        return text.strip().strip(strip).lower().endswith(self.text.strip().strip("」』").lower())

    def _does(self, text: str) -> bool:
        return self.holds(text)

    def failure(self, text: str) -> Outcome:
        return EndsWith.read_text(self, text, complete=True)


_STRIPPED: Mapping[str, str] = {"ja": "」』", "es": '".'}


@dataclass(frozen=True, kw_only=True)
class TheirRepeatRequest(Theirs, RepeatRequest):
    """The answer begins with the text, case aside."""

    name = "repeat_request"

    def holds(self, text: str) -> bool:
        wanted = self.text.strip().lower()
        return text.lstrip()[: len(wanted) + 64].lower().startswith(wanted)

    def failure(self, text: str) -> Outcome:
        return self._fail()


@dataclass(frozen=True, kw_only=True)
class TheirFirstWord(Theirs, FirstWord):
    """The first run without white space, up to one of . , ? ! ' " in it, is the word: a phrase never is. Spanish: the paragraph begins with the phrase."""

    name = "first_word"

    def holds(self, text: str) -> bool:
        if self.setting.language == "es":
            return text.strip().lstrip("'\"").lower().startswith(self.word.lower())
        run = (text.split(None, 1) or [""])[0].lstrip("'").lstrip('"')
        return _STOP.split(run, 1)[0].lower() == self.word.lower()

    def failure(self, text: str) -> Outcome:
        return self._fail()


_STOP = re.compile(r"[.,?!'\"]")


def _widest(line: str, left: str, right: str) -> str:
    """From the first opening mark of a line to its last closing one; empty where nothing is between."""
    begin, end = line.find(left), line.rfind(right)
    return line[begin : end + len(right)] if end > begin + len(left) else ""


@dataclass(frozen=True, kw_only=True)
class TheirTitle(Theirs, Title):
    """Something that is not blank stands in the marks on one line."""

    name = "title"

    def holds(self, text: str) -> bool:
        left, right = ("『", "』") if self.marks == "『』" else ("<<", ">>")
        if left not in text or right not in text:
            return False
        return any(
            _widest(line, left, right).strip(left[0] + right[0]).strip() for line in text.split("\n") if left in line
        )

    def failure(self, text: str) -> Outcome:
        return fail(f"The answer has no title in {self._shape()}; give it one.")


_POSTSCRIPTS: Mapping[str, re.Pattern[str]] = {
    "P.P.S": re.compile(r"p\.\s?p\.\s?s"),
    "P.S.": re.compile(r"p\.\s?s\."),
    "P.D.": re.compile(r"p\.\s?d\."),
}


@dataclass(frozen=True, kw_only=True)
class TheirPostscript(Theirs, Postscript):
    """The marker occurs, anywhere."""

    name = "postscript"

    def holds(self, text: str) -> bool:
        pattern = _POSTSCRIPTS.get(self.marker.strip())
        lower = view(text).lower
        return pattern.search(lower) is not None if pattern else self.marker.strip().lower() in lower

    def failure(self, text: str) -> Outcome:
        return fail(f'The answer has no postscript; end it with one that starts with "{self.marker}".')


@dataclass(frozen=True, kw_only=True)
class TheirWrapped(Theirs, Wrapped):
    """First and last character are the two marks, straight ones only (French: guillemets and apostrophes too)."""

    name = "wrapped"

    def holds(self, text: str) -> bool:
        bare = text.strip()
        if self.setting.language == "fr":
            return len(bare) > 1 and (bare[0], bare[-1]) in (('"', '"'), ("'", "'"), ("«", "»"))
        return len(bare) > 1 and bare.startswith(self.open) and bare.endswith(self.close)

    def failure(self, text: str) -> Outcome:
        return fail(f"The answer must stand as a whole between {self.open} and {self.close}.")


@dataclass(frozen=True, kw_only=True)
class TheirLetterCase(Theirs, LetterCase):
    """`str.islower` or `str.isupper` of the whole, and the text is in the language of the suite (where langdetect finds one)."""

    name = "letter_case"

    def holds(self, text: str) -> bool:
        if self.case not in ("lower", "upper"):
            return LetterCase.read_text(self, text, complete=True).ok
        if not (text.islower() if self.case == "lower" else text.isupper()):
            return False
        language = self.setting.language
        return detect(text.lower() if language == "es" else text) in (None, language)

    def failure(self, text: str) -> Outcome:
        outcome = LetterCase.read_text(self, text, complete=True)
        name = language_name(self.setting.language)
        return fail(f"The answer is not plainly {name}; write it in {name}.") if outcome.ok else outcome


_PAIRS: Mapping[str, re.Pattern[str]] = {"¿?": re.compile(r"¿[^?]*\?"), "¡!": re.compile(r"¡[^!]*!")}


@dataclass(frozen=True, kw_only=True)
class TheirPunctuation(Theirs, Punctuation):
    """Forbidden marks in ASCII only (Japanese: full-width only); `¿?` and `¡!` enclose something."""

    name = "punctuation"

    def _there(self, text: str) -> list[str]:
        shunned = self.forbid or ""
        if self.setting.language == "ja":
            shunned = shunned.translate({ord(","): "、", ord("."): "。"})
        return [c for c in shunned if c in text]

    def holds(self, text: str) -> bool:
        if self.forbid and self._there(text):
            return False
        marks = self.require or ""
        if marks in _PAIRS:
            return any(found.strip(marks).strip() for found in _PAIRS[marks].findall(text))
        return all(mark in text for mark in marks)

    def failure(self, text: str) -> Outcome:
        there = self._there(text)
        if there:
            return fail(f"The answer contains {' '.join(there)}; write it without.")
        return fail(f"The answer has nothing with the marks {self.require}; use them.")


@dataclass(frozen=True, kw_only=True)
class TheirLanguage(Theirs, Language):
    """The language that langdetect names first; a text in which it finds nothing counts as right."""

    name = "language"

    def holds(self, text: str) -> bool:
        found = detect(text)
        return found is None or found in self.codes or found in map(base_code, self.codes)

    def failure(self, text: str) -> Outcome:
        names = " or ".join(language_name(base_code(code)) for code in self.codes)
        return fail(f"The answer is in {language_name(detect(text) or '')}; write all of it in {names}.")


@dataclass(frozen=True, kw_only=True)
class TheirChoice(Theirs, Choice):
    """One of the options occurs, letter for letter."""

    name = "choice"

    def holds(self, text: str) -> bool:
        return any(option in text for option in self.options)

    def failure(self, text: str) -> Outcome:
        return fail(f"The answer is none of the options; answer with one of {quoted(self.options)}.")


@dataclass(frozen=True, kw_only=True)
class TheirResponses(Theirs, Responses):
    """Different parts between separators; a blank one is allowed first and last only."""

    name = "responses"

    def holds(self, text: str) -> bool:
        if self.separator not in text:
            return self.bounds[0] <= 1 and self.bounds[1] != 0
        parts = [part.strip() for part in text.split(self.separator)]
        if not all(parts[1:-1]):
            return False
        said = [part for part in parts if part]
        low, high = self.bounds
        return low <= len(said) and (high is None or len(said) <= high) and len(set(said)) == len(said)

    def failure(self, text: str) -> Outcome:
        return fail(
            f"The answer does not have the number of different responses asked for; separate them by {self.separator} with nothing empty between."
        )


_FENCES = ("```json", "```Json", "```JSON", "```")


@dataclass(frozen=True, kw_only=True)
class TheirFormat(Theirs, Format):
    """JSON: what Python's parser reads, after fences are taken off."""

    name = "format"

    def holds(self, text: str) -> bool:
        if self.kind != "json":
            return Format.read_text(self, text, complete=True).ok
        body = text.strip()
        for fence in _FENCES:
            body = body.removeprefix(fence)
        try:
            json.loads(body.removesuffix("```").strip())
        except (ValueError, RecursionError):
            return False
        return True

    def failure(self, text: str) -> Outcome:
        if self.kind != "json":
            return Format.read_text(self, text, complete=True)
        return fail("The answer is not valid JSON; write JSON and nothing else.")


_NO_CASE = Case(messages=())


def loose_variants(text: str) -> Iterator[str]:
    """The eight readings of the loose verdict after the first: without asterisks, without its first line, its last line or both, and each without asterisks."""
    first, last = text.find("\n"), text.rfind("\n")
    cuts = (
        text[first + 1 :].strip() if first >= 0 else "",
        text[:last].strip() if last >= 0 else "",
        text[first + 1 : last].strip() if first >= 0 else "",
    )
    starred = "*" in text
    if starred:
        yield text.replace("*", "")
    yield from cuts
    if starred:
        for each in cuts:
            yield each.replace("*", "")


def verdicts(checks: Sequence[Check], text: str) -> tuple[bool, bool]:
    """Strict and loose verdict of one typed id, whose clauses are `checks`; an empty answer fails."""
    if not text or text.isspace():
        return False, False
    if _all_pass(checks, text):
        return True, True
    return False, any(not each.isspace() and _all_pass(checks, each) for each in _worth_reading(checks, text) if each)


def _worth_reading(checks: Sequence[Check], text: str) -> Iterable[str]:
    """The loose variants that can pass where the text did not: the others need not be read."""
    leanings = [check.leaning if isinstance(check, ExactCheck) else None for check in checks]
    if None in leanings or len(set(leanings)) > 1:
        return loose_variants(text)
    if leanings[0] == "more":
        return (text.replace("*", ""),) if "*" in text else ()
    inner = text[text.find("\n") + 1 : max(text.rfind("\n"), 0)].strip()
    bare = inner.replace("*", "")
    if not bare or bare.isspace():
        return loose_variants(text)
    return (inner, bare) if len(bare) < len(inner) else (inner,)


def _all_pass(checks: Sequence[Check], text: str) -> bool:
    for check in checks:
        if isinstance(check, ExactCheck) and not check.reads_conversation:
            if not check.holds(text):
                return False
        elif check.read(_NO_CASE, Answer(text=text)).verdict is not Verdict.PASS:
            return False
    return True
