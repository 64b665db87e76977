"""Writing systems: which an answer is written in alone, which it has none of, and how it writes its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import Reading, reading

__all__ = ["none_of", "read_script"]

_OTHER_HAN = {"traditional_han": "simplified_han", "simplified_han": "traditional_han"}


def _scripts_at(frame: Frame, at: int) -> tuple[list[str], int]:
    """Scripts that are named together ("ひらがなとカタカナだけで"), and the index of the last."""
    names, last = [str(frame.terms[at].name("script"))], at
    while last + 2 < len(frame.terms) and (
        frame.terms[last + 1].has("word.and") or frame.terms[last + 1].norm in "・、"
    ):
        more = frame.terms[last + 2].name("script")
        if more is None:
            break
        names.append(more)
        last += 2
    return names, last


def _wholly(frame: Frame, last: int) -> bool:
    """ "ひらがなのみ", "すべてカタカナで": that nothing else is written, told right beside the script."""
    after = frame.after(last)
    if after is not None and after.has("word.only", "word.else", "compare_after.exact"):
        return True
    written = after is not None and after.norm.split()[0] in ("で", "に", "表")
    return written and any(t.has("word.all") for t in frame.terms[max(0, last - 5) : last + 4])


def _script_last(frame: Frame, at: int, name: str) -> Reading | None:
    """A writing system barred or asked for alone, where the predicate comes last."""
    if name in _OTHER_HAN and not frame.negative[at]:
        return reading(frame, "script", {"forbid": [_OTHER_HAN[name]]}, at, at)
    if at >= 2 and frame.terms[at - 2].name("script") and _scripts_at(frame, at - 2)[1] >= at:
        return None
    names, last = _scripts_at(frame, at)
    if _wholly(frame, last) and not (frame.negative[at] and frame.terms[last + 1].norm == "だけ"):
        return reading(frame, "script", {"only": names}, at, last)
    return reading(frame, "script", {"forbid": names}, at, last) if frame.negative[at] or none_of(frame, at) else None


def read_script(frame: Frame) -> Iterator[Reading]:
    for at, term in enumerate(frame.terms):
        name = term.name("script")
        if name is None or frame.topical[at]:
            continue
        match name:
            case "kansuji":
                yield reading(frame, "numbers", {"style": "kansuji"}, at, at)
            case "word_numbers":
                yield reading(frame, "numbers", {"style": "words"}, at, at)
            case "furigana":
                if not frame.negative[at]:
                    yield reading(frame, "furigana", {}, at, at)
            case "digits" if (frame.negative[at] or none_of(frame, at)) and not frame.has("script.kansuji"):
                yield reading(frame, "numbers", {"style": "words"}, at, at)
            case "digits":
                continue
            case _ if frame.lexicon.verb_last:
                if (found := _script_last(frame, at, name)) is not None and not frame.has("script.furigana"):
                    yield found
            case _ if frame.negative[at] or none_of(frame, at):
                yield reading(frame, "script", {"forbid": [name]}, at, at)
            case _ if frame.has("word.only", "word.all") and not frame.has("script.furigana"):
                yield reading(frame, "script", {"only": [name]}, at, at)


def none_of(frame: Frame, at: int) -> bool:
    return any(q.last < at <= q.last + 2 and q.weak and q.interval.max == 0 for q in frame.quantities)
