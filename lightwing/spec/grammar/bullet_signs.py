"""The sign that bullets are written with, where a sentence shows or names it."""

from __future__ import annotations

from lightwing.spec.grammar.frames import Frame

__all__ = ["bullet_sign"]

_SIGNS = ("*", "-", "•", "+", "●", "・", "–", "—", "→", "✓")
"""Signs that bullets are written with."""
_NAMED = {"punct.asterisk": "*", "punct.hyphen": "-", "punct.dash": "-"}
"""Signs by their names; the dash of a list is the short one."""


def bullet_sign(frame: Frame, unit_at: int) -> dict[str, str]:
    """The sign that bullets are to have, where the sentence shows or names it ("用“-”开头", "bullets (*)", "each with a dash")."""
    if frame.lexicon.spaces:
        return _sign_beside(frame, unit_at)
    for at, term in enumerate(frame.terms):
        sign = (
            term.inner.strip() if term.kind == "literal" else term.norm if term.kind in ("mark", "punct") and at else ""
        )
        if sign in _SIGNS[:6]:
            return {"marker": sign}
        if term.has("punct.asterisk") and frame.has("verb.mark", "verb.start", "part.beginning"):
            return {"marker": "*"}
    return {}


def _sign_beside(frame: Frame, unit_at: int) -> dict[str, str]:
    """A sign in quotes, in brackets or behind a preposition, near the bullets; one that only an example shows is not asked for."""
    if frame.has("word.example"):
        return {}
    for at in range(unit_at + 1, min(unit_at + 14, len(frame.terms))):
        term, before = frame.terms[at], frame.terms[at - 1]
        shown = term.inner.strip() if term.kind == "literal" else term.norm
        set_off = (
            term.kind == "literal"
            or before.norm == "("
            or before.has("word.link", "word.with", "word.via", "verb.start", "verb.mark")
        )
        named = before.has(*_NAMED, "unit.bullets", "label.letter")
        if shown in _SIGNS and (set_off or named):
            return {"marker": shown}
        sign = next((s for concept, s in _NAMED.items() if term.has(concept)), None)
        if (
            sign is not None
            and not frame.negative[at]
            and (
                before.has("word.link", "word.with", "verb.start", "verb.mark")
                or any(t.has("verb.mark", "verb.start") for t in frame.terms[unit_at + 1 : at])
            )
            and not (
                at + 1 < len(frame.terms) and (frame.terms[at + 1].norm == "(" or frame.terms[at + 1].kind == "literal")
            )
        ):
            return {"marker": sign}
    return {}
