"""Patterns: RE2 expressions of the user's, citations, links. No pattern from outside meets a backtracking engine."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import re2  # type: ignore[import-untyped]
from msgspec import Meta

from lightwing.checks.base import ExactCheck, counted
from lightwing.checks.regex_samples import samples
from lightwing.checks.writing import filler_word, sentence
from lightwing.core.clause import Span
from lightwing.core.errors import BadArguments
from lightwing.core.outcome import PASS, Outcome, fail, unknown

__all__ = ["Citations", "LinkDomains", "PatternRefused", "Regex", "compile_re2", "re2_text", "refusal", "samples"]

PatternRefused: type[Exception] = re2.error
"""What RE2 raises for a pattern that it refuses."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    return options


@lru_cache(maxsize=256)
def compile_re2(pattern: str) -> Any:
    """The pattern under RE2: linear time, bounded memory. Raises PatternRefused for what RE2 refuses."""
    return re2.compile(pattern, _options())


def refusal(error: Exception) -> str:
    """Why RE2 refuses a pattern, in words: it gives its reasons as bytes."""
    reason = error.args[0] if error.args else error
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)


def re2_text(text: str) -> str:
    """The text with lone surrogates, which have no UTF-8, replaced one for one."""
    return _SURROGATES.sub("\ufffd", text)


@dataclass(frozen=True, kw_only=True)
class Regex(ExactCheck):
    """The RE2 pattern occurs (`contains`), matches the whole text, white space around aside (`whole`), or does not occur (`absent`)."""

    pattern: Annotated[str, Meta(min_length=1)]
    mode: Literal["contains", "whole", "absent"] = "contains"

    def check_arguments(self) -> None:
        try:
            compile_re2(self.pattern)
        except (PatternRefused, UnicodeEncodeError) as error:
            raise BadArguments(
                f"Argument 'pattern' of the check 'regex': RE2 refuses {self.pattern!r}: {refusal(error)}.",
                hint="RE2 has no look-around and no back references: see the syntax page of RE2.",
            ) from error

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        pattern = compile_re2(self.pattern)
        if self.mode == "whole":
            if not complete:
                return unknown()
            return (
                PASS
                if pattern.fullmatch(re2_text(text.strip()))
                else fail(f"The answer does not match the pattern {self.pattern} as a whole.")
            )
        found = pattern.search(re2_text(text)) if complete or not self._looks_ahead else None
        if self.mode == "contains":
            if found:
                return PASS
            return fail(f"The answer has nothing that matches the pattern {self.pattern}.") if complete else unknown()
        if found:
            start, end = found.span()
            shown = text[start : min(end, start + 60)]
            return fail(
                f"The answer has {shown!r}, which matches the forbidden pattern {self.pattern}; leave it out.",
                Span(start, end),
            )
        return PASS if complete else unknown()

    @property
    def _looks_ahead(self) -> bool:
        """Whether a match can depend on what follows it, so that a match in a prefix may vanish."""
        return any(sign in self.pattern for sign in ("$", r"\b", r"\B", r"\z"))

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield from self._unlike(rng) if self.mode == "absent" else samples(self.pattern, rng)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        yield from samples(self.pattern, rng) if self.mode == "absent" else self._unlike(rng)

    def _unlike(self, rng: random.Random) -> Iterator[str]:
        """Texts of which RE2 itself says that the pattern is not in them."""
        sampled = next(iter(samples(self.pattern, rng)), "")
        for text in (sampled[1:], sampled[:-1], sentence(rng, 6, self.setting.language), "\u2603", ""):
            if not compile_re2(self.pattern).search(text):
                yield text


_BRACKETED = re.compile(r"\[\^?\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}\](?!\()")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]{}\"'，。、；]+")
_PARENTHESIS = re.compile(r"[(（]([^()（）\n]{5,160})[)）]")
_YEAR = re.compile(r"(?:,|，|et al\.?|等|(?:&|and|und|et|y) [^\W\d_]{1,40})\s?(?:1[5-9]|20)\d\d[a-z]?(?!\d)")
_NARRATIVE = re.compile(
    r"(?<![\w'’-])[A-Z][\w'’-]{1,40}(?: et al\.?| (?:and|&|und|et|y) [A-Z][\w'’-]{1,40})? \((?:1[5-9]|20)\d\d[a-z]?\)"
)


def _author_year(text: str) -> list[Span]:
    """(Smith, 2020), (Smith & Li, 2020; Wu et al. 2021), Smith (2020); a date such as (May 5, 2020) is none."""
    found = [Span(*match.span()) for match in _NARRATIVE.finditer(text)]
    for match in _PARENTHESIS.finditer(text):
        year = _YEAR.search(match[1])
        before = match[1][: year.start()] if year else ""
        if any(c.isalpha() for c in before) and not any(c.isdigit() for c in before):
            found.append(Span(*match.span()))
    return found


def _citations(text: str, style: str) -> list[Span]:
    found: list[Span] = []
    if style in ("brackets", "any"):
        found += [Span(*match.span()) for match in _BRACKETED.finditer(text)]
    if style in ("author_year", "any"):
        found += _author_year(text)
    if style in ("url", "any"):
        found += [Span(*match.span()) for match in _ADDRESS.finditer(text)]
    return sorted(found)


_EXAMPLES = {"brackets": "[1]", "author_year": "(Smith, 2020)", "url": "https://example.org/a", "any": "[1]"}
_STYLE_NAMES = {
    "brackets": "in brackets, like [1]",
    "author_year": "like (Smith, 2020)",
    "url": "with a web address",
    "any": "like [1], (Smith, 2020) or a web address",
}


@dataclass(frozen=True, kw_only=True)
class Citations(ExactCheck):
    """How many citations the answer has (at least one unless told otherwise): numbers in brackets, author and year, web addresses."""

    style: Literal["brackets", "author_year", "url", "any"] = "any"
    min: Annotated[int, Meta(ge=0)] | None = None
    max: Annotated[int, Meta(ge=0)] | None = None

    def check_arguments(self) -> None:
        if self.max is not None and (self.min or 0) > self.max:
            raise self.refuse("min", f"at most 'max' ({self.max}); got {self.min}")

    @property
    def bounds(self) -> tuple[int, int | None]:
        """Inclusive bounds; without any, at least one."""
        low = self.min if self.min is not None else 1 if self.max is None else 0
        return low, self.max

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        low, high = self.bounds
        settled = text if complete else text[: max(text.rfind("\n"), text.rfind(" ")) + 1]
        found = _citations(settled, self.style)
        n = len(found)
        if high is not None and n > high:
            return fail(
                f"The answer has {counted(n, 'citation')}; write {f'at most {high}' if high else 'none'}.",
                *found[high:],
            )
        if not complete:
            return PASS if n >= low and high is None else unknown()
        if n < low:
            return fail(
                f"The answer has {counted(n, 'citation') if n else 'no citations'}; write at least {low}, {_STYLE_NAMES[self.style]}."
            )
        return PASS

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        low, high = self.bounds
        for n in dict.fromkeys((low, high if high is not None else low + 2)):
            yield self._written(rng, n)

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        low, high = self.bounds
        if low > 0:
            yield self._written(rng, low - 1)
        if high is not None:
            yield self._written(rng, high + 1)

    def _written(self, rng: random.Random, n: int) -> str:
        parts = [f"{filler_word(rng, self.setting.language)} {_EXAMPLES[self.style]}" for _ in range(min(n, 2000))]
        return " , ".join(parts) + " !" if parts else sentence(rng, 5, self.setting.language)


@dataclass(frozen=True, kw_only=True)
class LinkDomains(ExactCheck):
    """Every web address in the answer is on one of the `allowed` domains (their subdomains included), or on none of the `forbidden` ones."""

    allowed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def check_arguments(self) -> None:
        if bool(self.allowed) == bool(self.forbidden):
            raise self.refuse("allowed", "given, or 'forbidden', not both")
        for domain in (*self.allowed, *self.forbidden):
            if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", domain):
                raise self.refuse(
                    "allowed" if self.allowed else "forbidden", f"host names like example.org; got {domain!r}"
                )

    def read_text(self, text: str, *, complete: bool) -> Outcome:
        settled = text if complete else text[: max(text.rfind("\n"), text.rfind(" ")) + 1]
        for match in _ADDRESS.finditer(settled):
            host = _host(match[0])
            if self.allowed and not _within(host, self.allowed):
                return fail(
                    f"The answer links to {host or match[0]}; link to {' or '.join(self.allowed)} only.",
                    Span(*match.span()),
                )
            if self.forbidden and _within(host, self.forbidden):
                return fail(f"The answer links to {host}, which is forbidden; leave the link out.", Span(*match.span()))
        return PASS if complete else unknown()

    def good_texts(self, rng: random.Random) -> Iterator[str]:
        yield sentence(rng, 5, self.setting.language)
        for domain in self.allowed or ("unrelated.invalid",):
            yield f"{filler_word(rng, self.setting.language)}: https://{domain}/a and www.{domain}."

    def bad_texts(self, rng: random.Random) -> Iterator[str]:
        for domain in self.forbidden or (
            "unrelated.invalid",
            *(f"not-{domain}" for domain in self.allowed if f"not-{domain}" not in self.allowed),
        ):
            yield f"{filler_word(rng, self.setting.language)}: https://{domain}/a"


def _host(address: str) -> str:
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".,;:!?*_").removeprefix("www.").casefold()


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(
        host == domain.casefold().removeprefix("www.") or host.endswith("." + domain.casefold()) for domain in domains
    )
