"""How much of a document became clauses, of which kind, and that nothing was dropped in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lightwing.core.clause import Span, Spec

__all__ = ["Coverage", "coverage"]

_NUMBERING = re.compile(r"(?:[^\W\d_]{2,8}\.?\s?){1,2}\d{1,3}\W*")
_WORD = re.compile(r"(?:(?![①-⓿㈠-㉃])[^\W\d_]){2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Counts of a compiled document. `conditional` are judged clauses that have a check under a condition only a reader can decide.

    `lost` are words of the document that stand neither in a clause nor in a background passage.
    """

    exact: int
    conditional: int
    judged: int
    background: int
    lost: tuple[Span, ...] = ()

    def __str__(self) -> str:
        conditional = (
            f" ({self.conditional} of them with a check under a condition for a reader)" if self.conditional else ""
        )
        lost = f"; {len(self.lost)} words unaccounted for" if self.lost else ""
        return f"{self.exact} exact, {self.judged} judged{conditional}, {self.background} background{lost}"


def coverage(spec: Spec, text: str) -> Coverage:
    """The coverage of a spec over the document that it was compiled from.

    >>> from lightwing.spec.compiler import compile_document
    >>> text = "Our shop is old. Answer in at most 50 words. Be kind to beginners."
    >>> print(coverage(compile_document(text, kind="document"), text))
    1 exact, 1 judged, 1 background
    """
    spans = sorted([c.span for c in spec.clauses if c.span is not None] + list(spec.background))
    lost, at, end = [], 0, 0
    for word in _WORD.finditer(text):
        while at < len(spans) and spans[at].start <= word.start():
            end = max(end, spans[at].end)
            at += 1
        following = spans[at].start if at < len(spans) else len(text)
        if word.start() >= end and not _NUMBERING.fullmatch(text, word.start(), following):
            lost.append(Span(*word.span()))
    return Coverage(
        exact=len(spec.exact),
        conditional=sum(c.check is not None for c in spec.judged),
        judged=len(spec.judged),
        background=len(spec.background),
        lost=tuple(lost),
    )
