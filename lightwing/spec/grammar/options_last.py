"""Options where the predicate comes last: "賛成か反対か、どちらか一方で答えて", without quotes, before the verb of answering."""

from __future__ import annotations

import re

from lightwing.spec.grammar.frames import Frame

__all__ = ["offered_before"]

_ANSWERED = re.compile(
    r"(?:だけ|のみ)?(?:の(?:一語|一言|一文字|一字|二択))?(?<!ん)で、?(?:お?答え|回答|返答|お?返事|返し|返信|判定|教え)"
)
_ONE_OF = re.compile(r"、?(?:の)?(?:どちら|いずれ|どれ|どっち)か(?:の)?(?:一方|一つ|ひとつ|1つ|一語|一文字)?$")
_BETWEEN = re.compile(r"か(?!ら)、?|または|もしくは|あるいは|[・/／、]")
_KNOWN = ("unit.", "language.", "format.", "style.", "script.", "case.")


def offered_before(frame: Frame) -> list[str]:
    """The options that an answer is to be one of, an empty list where nothing is offered."""
    told = _ANSWERED.search(frame.text, frame.start, frame.end)
    if told is None:
        return []
    before = frame.text[frame.start : told.start()]
    one_of = _ONE_OF.search(before)
    before = before[: one_of.start()] if one_of else before
    clause = re.split(r"[は。：:！？!?]" if one_of else r"[は、。：:！？!?]", before)[-1]
    words = [w.strip() for w in _BETWEEN.split(clause)]
    words = [w for w in words if w]
    either = "か" in clause or "または" in clause or one_of is not None
    begin = frame.start + frame.text[frame.start : told.start()].rfind(clause) if clause else frame.start
    inside = [t for t in frame.terms if begin <= t.start < begin + len(clause)]
    plain = not any(
        t.number is not None or t.kind == "literal" or any(c.startswith(_KNOWN) for c in t.concepts) for t in inside
    )
    fits = len(words) > 1 and all(len(w) <= 8 for w in words)
    return words if either and fits and plain else []
