"""The repair form: how a draft, and what failed in it, is put to a model.

The form is part of the system's contract with every model that learns to answer it, so it lives in one place, is versioned, and can be read back
(`parse_repair`), which scripted, simulated and trained models do. Text of the user or of a draft that imitates the form is harmless: only the last
message of a case is read, and the draft stands in a message of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.case import Case, Message

__all__ = ["Named", "PlantRequest", "RepairRequest", "parse_plant", "parse_repair", "plant_case", "repair_case"]

_HEAD = "Revise your draft. These rules are not met:"
_TAIL = "Change only what these rules need, keep everything else as it is, and reply with the corrected answer only."
_PLANT_HEAD = "Rewrite your draft so that it breaks this one rule, plainly enough for a careful reader to see:"
_PLANT_TAIL = "Keep to every other rule, change nothing else, and reply with the rewritten draft only."


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A failed clause as the model is told of it: the rule in the document's words, and what is wrong with the draft."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """What `parse_repair` reads back: the draft and what was named, and the case as it was before."""

    draft: str
    named: tuple[Named, ...]
    case: Case


def repair_case(case: Case, *, draft: str, named: Sequence[Named]) -> Case:
    """The case that asks for a repair: the conversation, the draft as the assistant's turn, then what failed and why.

    >>> asked = repair_case(Case.ask("Write a word."), draft="two words", named=[Named(rule="One word only.", reason="It has 2 words.")])
    >>> parse_repair(asked).named[0].reason
    'It has 2 words.'
    """
    lines = [f"{i}. {_one_line(n.rule)}\n   -> {_one_line(n.reason)}" for i, n in enumerate(named, 1)]
    request = "\n".join([_HEAD, *lines, _TAIL])
    return case.with_messages(Message(role="assistant", content=draft), Message(role="user", content=request))


def parse_repair(case: Case) -> RepairRequest | None:
    """The repair that the last two messages ask for, or None where they ask for something else."""
    if len(case.messages) < 3:
        return None
    draft, request = case.messages[-2:]
    if draft.role != "assistant" or request.role != "user":
        return None
    lines = request.content.split("\n")
    if len(lines) < 4 or lines[0] != _HEAD or lines[-1] != _TAIL or len(lines) % 2:
        return None
    named = []
    for rule, reason in zip(lines[1:-1:2], lines[2:-1:2], strict=True):
        numbered = re.fullmatch(r"\d+\. (.*)", rule)
        if numbered is None or not reason.startswith("   -> "):
            return None
        named.append(Named(rule=numbered.group(1), reason=reason.removeprefix("   -> ")))
    before = Case(messages=case.messages[:-2], tools=case.tools, id=case.id, target=case.target, metadata=case.metadata)
    return RepairRequest(draft=draft.content, named=tuple(named), case=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantRequest:
    """What `parse_plant` reads back: the draft, the rule to break in it, and the case as it was before."""

    draft: str
    rule: str
    case: Case


def plant_case(case: Case, *, draft: str, rule: str) -> Case:
    """The case that asks for a violation to be planted, by which a judge is measured.

    >>> asked = plant_case(Case.ask("Greet me."), draft="Good day.", rule="Be kind.")
    >>> parse_plant(asked).rule, parse_repair(asked)
    ('Be kind.', None)
    """
    request = "\n".join([_PLANT_HEAD, f"- {_one_line(rule)}", _PLANT_TAIL])
    return case.with_messages(Message(role="assistant", content=draft), Message(role="user", content=request))


def parse_plant(case: Case) -> PlantRequest | None:
    """The planting that the last two messages ask for, or None where they ask for something else."""
    if len(case.messages) < 3:
        return None
    draft, request = case.messages[-2:]
    lines = request.content.split("\n")
    if draft.role != "assistant" or request.role != "user" or len(lines) != 3:
        return None
    if lines[0] != _PLANT_HEAD or lines[2] != _PLANT_TAIL or not lines[1].startswith("- "):
        return None
    before = Case(messages=case.messages[:-2], tools=case.tools, id=case.id, target=case.target, metadata=case.metadata)
    return PlantRequest(draft=draft.content, rule=lines[1].removeprefix("- "), case=before)


def _one_line(text: str) -> str:
    return " ".join(text.split())
