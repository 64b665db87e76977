"""Lists on lines of their own, behind the sentence that announces them: options to choose from, words to be used or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lightwing.core.clause import CheckCall, Span
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.reading import ExactReading

__all__ = ["read_lines"]

_BULLET = re.compile(r"^(?:[-*•·]|[0-9]{1,2}[.)])\s*")


def read_lines(text: str, frames: Sequence[Frame]) -> Iterator[ExactReading]:
    """Options and words told on the lines behind a sentence."""
    yield from _options(text, frames)
    yield from _slashed_options(text, frames)
    yield from _bulleted_words(text, frames)
    yield from _words(text, frames)


def _options(text: str, frames: Sequence[Frame]) -> Iterator[ExactReading]:
    """Options on the lines behind "one of the following phrases:"."""
    for index, frame in enumerate(frames):
        if (
            not frame.has("verb.choose")
            or not frame.terms[-1].norm.endswith((":", "："))
            or any(t.kind == "literal" for t in frame.terms)
        ):
            continue
        options: list[str] = []
        end = frame.end
        for following in frames[index + 1 :]:
            if "\n\n" in text[end : following.start].replace(" ", "") and options:
                break
            option = text[following.start : following.end].strip().lstrip("-*•").strip()
            options.append(option)
            end = following.end
        if 2 <= len(options) <= 12 and all(len(o) <= 80 for o in options):
            yield ExactReading(check=CheckCall(name="choice", args={"options": options}), span=Span(frame.start, end))
            return


def _slashed_options(text: str, frames: Sequence[Frame]) -> Iterator[ExactReading]:
    """ "Pick from: My answer is yes. / My answer is no.": whole sentences as options."""
    for frame in frames:
        colon = next((t for t in frame.terms if t.norm == ":"), None) if frame.has("verb.choose") else None
        if colon is None:
            continue
        line = text[colon.end :].split("\n", 1)[0]
        options = [o.strip() for o in line.split(" / ")]
        if len(options) > 1 and all(0 < len(o) <= 60 for o in options) and any("." in o for o in options[:-1]):
            yield ExactReading(
                check=CheckCall(name="choice", args={"options": options}),
                span=Span(frame.start, colon.end + len(line.rstrip())),
            )
            return


def _bulleted_words(text: str, frames: Sequence[Frame]) -> Iterator[ExactReading]:
    """ "次のキーワードを全部盛り込んで…" with the words on the lines behind, each after a bullet."""
    for index, frame in enumerate(frames):
        labels = [
            at
            for at in frame.find("label.words")
            if frame.has("word.below", "word.definite") and frame.governed_by(at, "include", "appear", "avoid")
        ]
        if frame.lexicon.spaces or not labels or any(t.kind == "literal" for t in frame.terms):
            continue
        words, end = [], frame.end
        for following in frames[index + 1 :]:
            line = text[following.start : following.end].strip()
            if line[:1] not in "・-*•" or len(line) > 20:
                break
            words.append(line.lstrip("・-*• "))
            end = following.end
        if len(words) > 1:
            name = "forbidden" if frame.negative[labels[0]] else "keywords"
            yield ExactReading(check=CheckCall(name=name, args={"words": words}), span=Span(frame.start, end))
            return


def _words(text: str, frames: Sequence[Frame]) -> Iterator[ExactReading]:
    """Words on the lines behind "use these words:" or "none of the following words:"."""
    for index, frame in enumerate(frames[:-1]):
        if (
            not frame.lexicon.spaces
            or frame.terms[-1].norm != ":"
            or not frame.has("label.words")
            or any(t.kind == "literal" for t in frame.terms)
        ):
            continue
        words: list[str] = []
        end = frame.end
        for following in frames[index + 1 :]:
            if "\n" not in text[end : following.start] or (
                "\n\n" in text[end : following.start].replace(" ", "") and words
            ):
                break
            words.append(_BULLET.sub("", text[following.start : following.end].strip()).strip(" \"'“”.,;"))
            end = following.end
        at = frame.find("label.words")[0]
        if words and all(0 < len(w) <= 40 and len(w.split()) <= 4 for w in words) and frame.governor[at] is not None:
            name = "forbidden" if frame.negative[at] else "keywords"
            yield ExactReading(check=CheckCall(name=name, args={"words": words}), span=Span(frame.start, end))
