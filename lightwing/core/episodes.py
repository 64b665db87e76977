"""Episodes: how a small model of our own is asked, and how what it writes is put together.

`train` writes these strings and `models` reads them, so they live here. A model that was trained on them thinks aloud in marks: first it repeats what is
wished, then before each sentence it writes how many are still to come, how many words there are so far where these are limited, and the words that the
sentence is to carry. The marks are its notes; `assembled` leaves them out and lays the parts out: a title on a line of its own, list items on theirs,
sentences behind one another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightwing.core.case import Case
from lightwing.core.forms import Named, parse_repair

__all__ = ["MARKS", "asked", "assembled", "mended", "read_asked", "request_of", "spaced", "without_marks"]

LONGEST_COUNT = 12
"""As many sentences a text may have: there is a mark for each number of those to come."""

LONGEST_BUDGET = 120
"""As many words a text may have: there is a mark for each number of those so far."""

_PLAIN = (
    "pad", "end", "ask", "write", "draft", "mend", "text", "rule", "read", "pass", "fail", "title", "line", "item", "close", "keep", "say", "lower", ":",
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
    return f"<|ask|>{spaced(without_marks(request))}<|draft|>{without_marks(draft)}<|mend|>{spaced(without_marks(told))}<|write|>"


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
    '<|text|>Hello.<|rule|>Use one word.<|read|>'
    """
    return f"<|text|>{without_marks(text)}<|rule|>{spaced(without_marks(rule))}<|read|>"


def spaced(text: str) -> str:
    """A request with its quoted words apart from their marks, so that a word is the same token here and in a text.

    >>> spaced('Use "lamp" (once).')
    'Use " lamp" ( once).'
    """
    return _OPENED.sub(" ", text)


_OPENED = re.compile(r"(?<=[\"“«‘'(*<\[])(?=\w)")
_PART = re.compile(r"<\|(title|line|item|close)\|>")


def assembled(written: str) -> str:
    """The text that a reader sees, from what the model wrote. Whatever that is, nothing is raised, and no mark is left in the text.

    >>> assembled("<|title|> The Lamp<|line|><|k2|> lamp<|:|> Mia had a lamp.<|line|><|k1|><|:|> It was old.<|end|>")
    '<<The Lamp>>\\nMia had a lamp. It was old.'
    """
    parts = _PART.split(written.partition("<|end|>")[0])
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
    return without_marks("\n".join(lines))
