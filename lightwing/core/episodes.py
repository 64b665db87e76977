"""Episodes: how a small model of our own is asked, and how what it writes is put together.

`train` writes these strings and `models` reads them, so they live here. A model that was trained on them thinks aloud in marks. Writing, it first repeats
what is wished and what the text will be about, then before each sentence it writes how many are still to come, how many words there are before and will
be after it where these are limited, and the words that the sentence is to carry. The marks are its notes; `assembled` leaves them out and lays the parts
out: a title on a line of its own, list items on theirs, sentences behind one another, all in small letters where its notes say so before the first part.
Reading, it writes what it looks for and what it found before its verdict; `reading_of` takes the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.case import Case
from lightwing.core.forms import Named, parse_repair

__all__ = [
    "MARKS", "ReadingWritten", "asked", "assembled", "mended", "read_asked", "reading_of", "request_of", "shown", "spaced", "without_marks",
]  # fmt: skip

LONGEST_COUNT = 12
"""As many sentences a text may have: there is a mark for each number of those to come."""

LONGEST_BUDGET = 120
"""As many words a text may have: there is a mark for each number of those so far."""

_PLAIN = (
    "pad", "end", "ask", "write", "draft", "mend", "text", "rule", "read", "pass", "fail", "title", "line", "item", "close", "keep", "say", "lower", ":",
    "first", "last", "topic", "none",
)  # fmt: skip
MARKS: tuple[str, ...] = (
    *(f"<|{name}|>" for name in _PLAIN),
    *(f"<|k{n}|>" for n in range(LONGEST_COUNT + 1)),
    *(f"<|b{n}|>" for n in range(LONGEST_BUDGET + 1)),
)
"""The marks of the form, each one token."""

_MARK = re.compile(r"<\|[^|]{0,20}\|>")


def without_marks(text: str) -> str:
    """Text of others, in which nothing looks like a mark.

    >>> without_marks("a <|end|> b")
    'a < |end| > b'
    """
    return _MARK.sub(lambda m: "< |" + m[0][2:-2] + "| >", text)


def asked(case: Case) -> str:
    """What a model of ours is given to continue: the document and the last request, or a draft to be mended.

    >>> asked(Case.ask("Write two words.", system="Be brief."))
    '<|ask|>Be brief.\\nWrite two words.<|write|>'
    """
    repair = parse_repair(case)
    if repair is not None:
        return mended(request_of(repair.case), repair.draft, repair.named)
    return f"<|ask|>{spaced(request_of(case))}<|write|>"


def mended(request: str, draft: str, named: Sequence[Named]) -> str:
    """What it is given for a repair: the request, the draft, and what failed in it. `asked` makes the same of a repair's case."""
    told = "\n".join(f"{n.rule} -> {n.reason}" for n in named)
    return (
        f"<|ask|>{spaced(without_marks(request))}<|draft|>{shown(draft)}<|mend|>{spaced(without_marks(told))}<|write|>"
    )


def request_of(case: Case) -> str:
    """The document (the system messages) and the last request of the user, without marks; of a repair those of the case before it.

    >>> request_of(Case.ask("Write.", system="Be brief."))
    'Be brief.\\nWrite.'
    """
    repair = parse_repair(case)
    if repair is not None:
        return request_of(repair.case)
    system = "\n".join(m.content.strip() for m in case.messages if m.role == "system")
    last = next((m.content.strip() for m in reversed(case.messages) if m.role == "user"), "")
    return without_marks("\n".join(part for part in (system, last) if part))


def read_asked(text: str, rule: str) -> str:
    """What a model of ours is given to tell whether a text keeps to a rule.

    >>> read_asked("Hello.", "Use one word.")
    '<|text|> Hello.<|rule|>Use one word.<|read|>'
    """
    return f"<|text|>{shown(text)}<|rule|>{spaced(without_marks(rule))}<|read|>"


def shown(text: str) -> str:
    """A text to be read or mended, without marks, each of its lines after a space: a word is the same token wherever it stands.

    >>> shown("<<A>>\\nB c.")
    ' << A>>\\n B c.'
    """
    return " " + without_marks(text).replace("\n", "\n ").replace("<<", "<< ")


def spaced(text: str) -> str:
    """A request with its quoted words apart from their marks, so that a word is the same token here and in a text.

    >>> spaced('Use "lamp" (once).')
    'Use " lamp" ( once).'
    """
    return _OPENED.sub(" ", text)


_OPENED = re.compile(r"(?<=[\"“«‘'(*<\[])(?=\w)")
_VERDICT = re.compile(r"<\|(pass|fail)\|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWritten:
    """What a model wrote when it read: its notes, and whether it passes the text (None: it gave no verdict)."""

    notes: str
    passed: bool | None

    @property
    def told(self) -> str:
        """The notes as a reader may see them: numbers for marks, `-` for nothing found."""
        named = _NUMBER.sub(r" \1 ", self.notes.replace("<|none|>", " - "))
        return without_marks(" ".join(_MARK.sub(" ", named).split()))


def reading_of(written: str) -> ReadingWritten:
    """Takes a reading apart. Whatever was written, nothing is raised.

    >>> reading_of("<|rule|> sentences<|k2|><|k1|> Mia ran.<|k2|> All was quiet.<|pass|><|end|>")
    ReadingWritten(notes='<|rule|> sentences<|k2|><|k1|> Mia ran.<|k2|> All was quiet.', passed=True)
    """
    found = _VERDICT.search(written)
    if found is None:
        return ReadingWritten(notes=written.partition("<|end|>")[0], passed=None)
    return ReadingWritten(notes=written[: found.start()], passed=found[1] == "pass")


_NUMBER = re.compile(r"<\|[kb](\d+)\|>")
_PART = re.compile(r"<\|(title|line|item|close)\|>")


def assembled(written: str) -> str:
    """The text that a reader sees, from what the model wrote. Whatever that is, nothing is raised, and no mark is left in the text.

    >>> assembled("<|title|> The Lamp<|line|><|k2|> lamp<|:|> Mia had a lamp.<|line|><|k1|><|:|> It was old.<|end|>")
    '<<The Lamp>>\\nMia had a lamp. It was old.'
    """
    parts = _PART.split(written.partition("<|end|>")[0])
    small = "<|lower|>" in parts[0]
    lines: list[str] = []
    open_line = False
    for kind, content in zip(parts[1::2], parts[2::2], strict=True):
        _, _, said = content.rpartition("<|:|>")
        text = _MARK.sub("", said).strip()
        if not text:
            continue
        if kind == "title":
            lines.append(f"<<{text}>>")
        elif kind == "item":
            lines.append(f"- {text}")
        elif open_line:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
        open_line = kind in ("line", "close")
    text = without_marks("\n".join(lines))
    return text.lower() if small else text
