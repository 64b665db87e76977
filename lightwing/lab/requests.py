"""Requests to calibrate on, where nobody gave any: written by the model for the document, a few neutral ones beside them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lightwing.core.case import Case, Cost, Sampling
from lightwing.core.clause import Spec
from lightwing.core.protocols import Model
from lightwing.lab.journal import Journal

__all__ = ["requests_of"]

_ASKED = (
    "Below is the instruction document of an assistant. Write {n} requests that its users would send, each of one or two sentences, as different from each other as "
    "the document allows, in the document's language. One request on a line, nothing else.\n\n{document}"
)
_NEUTRAL = (
    "Who are you, and what can you do for me?",
    "I have a question, but I am not sure how to put it. How should I begin?",
    "Give me one piece of advice that I am likely to need.",
    "Explain to me how this works, as you would to a friend.",
    "Sum up what I should know before I start.",
)
_WANTED = 40
_MARK = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•])\s*")


async def requests_of(spec: Spec, model: Model, journal: Journal) -> tuple[list[Case], str]:
    """Cases, and a sentence that says where they come from. They are kept in the journal, so that a resumed calibration has the same ones."""
    kept = next((r for r in journal.records if r.get("asked_for") == "requests"), None)
    if kept is None:
        document = spec.instruction or "\n".join(c.text for c in spec.clauses)
        made = await model.generate(
            Case.ask(_ASKED.format(n=_WANTED, document=document)), n=1, sampling=Sampling(max_tokens=4000)
        )
        lines = [_MARK.sub("", line).strip() for line in made[0].answer.text.splitlines()]
        written = list(dict.fromkeys(line for line in lines if 8 <= len(line) <= 500))[:_WANTED]
        cost: dict[str, Any] = msgspec.to_builtins(made[0].cost if made else Cost())
        kept = {"asked_for": "requests", "requests": written, "asked": model.name, "cost": cost}
        journal.add(kept)
    texts = [*kept["requests"], *_NEUTRAL]
    cases = [Case.ask(text, id=f"request-{n}") for n, text in enumerate(texts, 1)]
    return (
        cases,
        f"{len(kept['requests'])} requests were written by {kept['asked']}, {len(_NEUTRAL)} are neutral: rates hold for requests like these. Give your own with --cases.",
    )
