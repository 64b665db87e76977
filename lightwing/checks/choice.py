"""One of several options, and several different responses: choice, responses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from lightwing.checks.base import BoundedCheck, ExactCheck, counted, within
from lightwing.checks.position import shortened
from lightwing.checks.text import bare_ends
from lightwing.checks.words import Word, neutral, occurrences, quoted, settled
from lightwing.checks.writing import sentence
from lightwing.core.clause import Span
from lightwing.core.outcome import PASS, Outcome, Verdict, fail, unknown

__all__ = ["Choice", "Responses"]


@lru_cache(maxsize=256)
def _longest_first(options: tuple[str, ...]) -> list[str]:
    return sorted(options, key=lambda option: (-len(option), option))


@lru_cache(maxsize=256)
def _folded(options: tuple[str, ...]) -> frozenset[str]:
    return frozenset(option.strip().casefold() for option in options)


@dataclass(frozen=True, kw_only=True)
class Choice(ExactCheck):
    """The answer is one of the options, and says none of the others."""

    options: Annotated[tuple[Word, ...], Meta(min_length=2)]
    match_case: bool = False

    def check_arguments(self) -> None:
        if any(not option.strip() for option in self.options):
            raise self.refuse("options", "words or phrases, not white space")
        if len({option.strip().casefold() for option in self.options}) < len(self.options):
            raise self.refuse("options", "different from each other")

    def _found(self, text: str) -> dict[str, list[Span]]:
        """Options that occur, those inside a longer option's place aside. One letter alone counts in its own case only."""
        taken: list[Span] = []
        found: dict[str, list[Span]] = {}
        for option in _longest_first(self.options):
            strict = self.match_case or len(option.strip()) == 1
            places = [
                span
                for span in occurrences(text, option, match_case=strict)
                if not any(span.start < other.end and other.start < span.end for other in taken)
            ]
            if places:
                found[option] = places
                taken.extend(places)
        return found

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        whole = bare_ends(text).casefold()
        if complete and any(whole == option.strip().casefold() for option in self.options):
            return PASS
        found = self._found(text if complete else settled(text))
        if not complete:
            clear = [
                o for o in found if not any(o != other and o.casefold() in other.casefold() for other in self.options)
            ]
            return self._contradiction(found) if len(clear) > 1 else unknown()
        if len(found) == 1:
            return PASS
        if found:
            return self._contradiction(found)
        return fail(f"The answer is none of the options; answer with one of {quoted(self.options)}.")

    def holds(self, text: str) -> bool:
        bare = bare_ends(text)
        # Folding case makes no text shorter: a longer one is none of the options.
        if len(bare) <= max(map(len, _folded(self.options))) and bare.casefold() in _folded(self.options):
            return True
        return len(self._found(text)) == 1

    def _contradiction(self, found: dict[str, list[Span]]) -> Outcome:
        spans = sorted(span for places in found.values() for span in places)
        return fail(
            f"The answer names {counted(len(found), 'option')}: {quoted(tuple(found))}; answer with one only.", *spans
        )

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for option in self.options:
            yield option
            yield f"**{option}**"

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield neutral(self.options)
        first, second = self.options[:2]
        if first.casefold() not in second.casefold() and second.casefold() not in first.casefold():
            yield f"{first}\n–\n{second}"


@dataclass(frozen=True, kw_only=True)
class Responses(BoundedCheck):
    """That many different responses, separated by the given string."""

    separator: Word = "******"

    def check_arguments(self) -> None:
        super().check_arguments()
        if not self.separator.strip():
            raise self.refuse("separator", "more than white space")

    def _parts(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(self.separator) if any(map(str.isalnum, part))]

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        low, high = self.bounds
        parts = self._parts(text if complete else text[: max(0, len(text) - len(self.separator))])
        name = f"response separated by {shortened(self.separator)}"
        outcome = within(
            len(parts), low, high, complete=complete, noun=name, plural=name.replace("response", "responses", 1)
        )
        if outcome.verdict is Verdict.FAIL:
            return outcome
        if not complete:
            return unknown()
        if len({part.casefold() for part in parts}) < len(parts):
            return fail("The answer gives the same response twice; make the responses differ.")
        return PASS

    def holds(self, text: str) -> bool:
        low, high = self.bounds
        parts = self._parts(text)
        if len(parts) < low or (high is not None and len(parts) > high):
            return False
        return len(parts) < 2 or len({part.casefold() for part in parts}) == len(parts)

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.good_numbers():
            yield self._written(rng, n)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for n in self.bad_numbers():
            yield self._written(rng, n)
        n = self.good_numbers()[-1]
        if n > 1:
            yield f"\n\n{self.separator}\n\n".join([sentence(rng, 4)] * n)

    def _written(self, rng: random.Random, n: int) -> str:
        return f"\n\n{self.separator}\n\n".join(f"{i + 1}: {sentence(rng, 5)}" for i in range(n)) or "…"
