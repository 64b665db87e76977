"""Words named where the predicate comes last: a list before its label, and quotations that only show a form or a sign."""

from __future__ import annotations

import re

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.named import Named

__all__ = ["bare_before", "list_sign", "shown_only"]

_JOINED = re.compile(
    r"([^\s、。「」はにを]{1,12}(?:[・／/][^\s、。「」はにを]{1,12})+)(?:という|の)(?:[0-9一二三四五六七八九十]+(?:つ|語|個|点)?の?)?$"
)


def bare_before(frame: Frame, at: int) -> Named | None:
    """ "温泉・紅葉・そばの三つの単語を": a list without quotes right before its label."""
    begin = max(0, frame.terms[at].start - 80)
    found = _JOINED.search(frame.text[max(begin, frame.start) : frame.terms[at].start])
    if found is None or frame.topical[at] or frame.governor[at] is None:
        return None
    return Named(re.split(r"[・／/]", found[1]), at, at, quoted=True)


def list_sign(frame: Frame, named: Named) -> bool:
    """ "「•」を行頭に使った箇条書き": the sign that items or sections begin with."""
    sign = all(len(w) == 1 and not w.isalnum() for w in named.words)
    return (
        sign and not frame.negative[named.first] and frame.has("unit.bullets", "unit.numbered_items", "unit.sections")
    )


def shown_only(frame: Frame, at: int, named: Named) -> bool:
    """Quoted words that show how something is written ("「三か月」のように"), or name a table's columns, and are none to be used."""
    after = frame.after(named.last)
    shown = (
        after is not None and after.has("word.example") and after.norm.replace(" ", "").startswith(("のよう", "みたい"))
    )
    return shown or (frame.has("unit.table_columns") and not any(t.names("label") for t in frame.terms[at:]))
