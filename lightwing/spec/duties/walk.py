"""Small steps through a statement, by a language's table of cues; and what a main clause can be."""

from __future__ import annotations

import re
from enum import Enum

from lightwing.core.clause import Span
from lightwing.spec.duties.cues import Cues

__all__ = ["Subject", "Walker"]


class Subject(Enum):
    """What the main clause is: a command to the assistant, a duty of the assistant, of its answers or role, a rule about something else, a duty of the user,
    who the assistant is, or none of these."""

    COMMAND = "command"
    ASSISTANT = "assistant"
    ANSWER = "answer"
    ROLE = "role"
    RULE = "rule"
    USER = "user"
    IDENTITY = "identity"
    NOTHING = "nothing"


_SKIP = re.compile(r"(?:</?[A-Za-z][\w ]{0,20}>|[\s*_>#\"'“”‘’`(\[–—\-•:,.…])+")


_SHOUTED = re.compile(r"[\s*_>#(]*[A-ZÁÉÍÓÚÀÈÇ][A-ZÁÉÍÓÚÀÈÇ' -]{2,40}!{0,3}[ ]?[:：]")
"""A prefix in capitals: "MOST IMPORTANT!:"."""


class Walker:
    """A text, a language's cues, and the phrases that mean the assistant in this document."""

    def __init__(self, text: str, cues: Cues, assistant: re.Pattern[str]) -> None:
        self.text, self.cues, self.assistant = text, cues, assistant
        self.not_next = frozenset(cues.words.not_verb_next)

    def skip(self, at: int, end: int) -> int:
        """Past marks, and past words such as "please", "then" and "finally"."""
        if hit := _SHOUTED.match(self.text, at, end):
            at = hit.end()
        while at < end:
            if hit := _SKIP.match(self.text, at, end):
                at = hit.end()
            elif (stop := self.end("polite", at, end)) is not None and stop < end:
                at = stop
            else:
                break
        return at

    def ranks(self, span: Span) -> bool:
        """Whether a statement says which of two things comes first: "Accuracy overrides brevity"."""
        return any(self.cues.match(s).search(self.text, span.start, span.end) for s in ("priority", "yields"))

    def skip_space(self, at: int, end: int) -> int:
        while at < end and self.text[at] in " \t\n":
            at += 1
        return at

    def adverbs(self, at: int, end: int) -> int:
        at = self.skip_space(at, end)
        while (stop := self.end("adverbs", at, end)) is not None:
            at = self.skip_space(stop, end)
        return at

    def at(self, section: str, at: int, end: int) -> int | None:
        """`at` where one of the section's phrases begins there."""
        return at if self.cues.match(section).match(self.text, at, end) else None

    def end(self, section: str, at: int, end: int) -> int | None:
        hit = self.cues.match(section).match(self.text, at, end)
        return hit.end() if hit else None
