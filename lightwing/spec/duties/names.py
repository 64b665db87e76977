"""The names that a document gives to the assistant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lightwing.spec.duties.cues import Cues
from lightwing.spec.text.structure import Statement

__all__ = ["assistant_names"]

_NAME = re.compile(
    r"(?:\b(?:[Yy]ou are|[Yy]ou're|[Yy]our name is|[Aa]s|[Nn]amed|[Cc]alled|embodies|embody|[Rr]ole-?play|[Tt]he persona of)\s+(?:an?\s+|the\s+)?|^(?:The |This )?)['\"“‘*]{0,3}"
    r"(?P<name>[A-Z][\w.&+'’-]*(?:[ ](?:[A-Z0-9][\w.&+'’-]*|of|the|and|for))*(?<![ ])(?<!\.))['\"”’*]{0,3}(?=[\s,.;:(]|$)"
)


def assistant_names(text: str, statements: Sequence[Statement], cues: Cues) -> list[str]:
    """Names the document gives the assistant: after "You are", "As", "named", and the subject of its first sentence."""
    found: dict[str, None] = {}
    no_names = frozenset(cues.words.no_names)
    for n, statement in enumerate(statements[:40]):
        if statement.kind != "sentence":
            continue
        words = statement.body.cut(text)[:200]
        for match in _NAME.finditer(words):
            name = match["name"].strip("'’\"* ")
            if any(cues.match(section).fullmatch(name) for section in ("user", "answer", "role", "openers")):
                continue
            if (
                name.split()[0].lower() in no_names
                or len(name) < 3
                or (match.start() == 0 and not words.startswith(("You", "you", "As", "'", '"', "“")) and n > 3)
            ):
                continue
            if match.start("name") <= 6 and statement.item:
                continue
            if match.start("name") <= 6 and not re.match(
                r"['\"”’*]{0,3}\s+(?:is|will|should|must|can|offers|provides|[a-z]+s)\b", words[match.end("name") :]
            ):
                continue
            found[name] = found[f"the {name}"] = None
            head = name.split()[0]
            if len(head) > 3 and head[0].isupper() and head.lower() not in no_names:
                found[head] = None
    return list(found)[:12]
