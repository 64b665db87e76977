"""Clauses asked for seldom: dates, measures, decimals, what every part ends in, addresses of the web, private details."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lightwing.spec.grammar.bounds import bound_quantities
from lightwing.spec.grammar.frames import Frame
from lightwing.spec.grammar.games import part_named
from lightwing.spec.grammar.reading import Reading, reading

__all__ = ["read_rare"]

_DATE = re.compile(
    r"(?<![A-Za-z])(?:[YMDAJ]{1,4}|yyyy|mm|dd|aaaa|jj)(?:[-/.年月][ ]?(?:[YMDAJ]{1,4}|yyyy|mm|dd|aaaa|jj)){1,2}日?(?![A-Za-z])"
)
_LETTERS = str.maketrans({"A": "Y", "J": "D"})
_DOMAIN = re.compile(r"(?<![A-Za-z0-9_@.-])(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,12}(?![a-zA-Z0-9-])")
_PRIVATE = ("email", "phone", "web_address", "card")


def read_rare(frame: Frame) -> Iterator[Reading]:
    """All readings of the seldom kinds in one sentence."""
    yield from _dates(frame)
    yield from _numerals(frame)
    yield from _measures(frame)
    yield from _emoji_ending(frame)
    yield from _domains(frame)
    yield from _private(frame)
    yield from _citations(frame)
    yield from _code_language(frame)


def _dates(frame: Frame) -> Iterator[Reading]:
    if not frame.has("part.dates") or frame.has("word.if"):
        return
    shown = _DATE.search(frame.text, frame.start, frame.end)
    if shown is not None and not frame.negative[frame.find("part.dates")[0]]:
        pattern = shown[0].upper().translate(_LETTERS).replace(" ", "")
        yield reading(
            frame,
            "dates",
            {"format": pattern},
            frame.find("part.dates")[0],
            frame.find("part.dates")[0],
            scope="answer",
        )


def _numerals(frame: Frame) -> Iterator[Reading]:
    for at in frame.find("part.decimals"):
        near = [q for q in frame.quantities if at - 3 <= q.last < at and not q.weak]
        if near:
            yield reading(frame, "numbers", {"decimals": near[-1].value}, near[-1].first, at)
            return
    for at in frame.find("part.thousands"):
        if not frame.negative[at]:
            yield reading(frame, "numbers", {"style": "thousands"}, at, at)
            return
    for at in frame.find("script.digits"):
        if frame.terms[at].has("part.numbers"):
            continue
        named = frame.has("part.numbers") or any(t.has("word.all", "word.only") for t in frame.terms[:at])
        if (
            named
            and not frame.negative[at]
            and frame.governor[at] is not None
            and not any(q.last < at <= q.last + 2 for q in frame.quantities)
        ):
            yield reading(frame, "numbers", {"style": "digits"}, at, at)
            return


def _measures(frame: Frame) -> Iterator[Reading]:
    for system in ("metric", "imperial"):
        for at in frame.find(f"part.{system}"):
            if not frame.negative[at]:
                yield reading(frame, "units", {"system": system}, at, at, scope="answer")
                return


_LAST = {"part.last_line": ("lines", "line:-1"), "part.last_sentence": ("sentences", "sentence:-1")}
"""The last part of an answer, and the scope that it is."""


def _emoji_ending(frame: Frame) -> Iterator[Reading]:
    """ "End every line with an emoji"."""
    for at in frame.find("unit.emojis"):
        ends = frame.governed_by(at, "end") or frame.has("verb.end", "part.ending")
        counted = any(
            b.unit == "emojis" and not b.quantity.weak and b.quantity.value != 1 for b in bound_quantities(frame)
        )
        if (
            ends
            and frame.has("word.each", "word.all")
            and not frame.negative[at]
            and not counted
            and part_named(frame, "")
        ):
            yield reading(frame, "emoji_ending", {"of": part_named(frame, "sentences")}, at, at, scope="answer")
            return
        last = next((p for p in _LAST if frame.has(p)), None)
        apart = any(t.has("verb.end", "part.ending") and not t.has(*_LAST) for t in frame.terms)
        if ends and last is not None and apart and not frame.negative[at] and not counted:
            of, scope = _LAST[last]
            yield reading(frame, "emoji_ending", {"of": of}, at, at, scope=scope)
            return


def _domains(frame: Frame) -> Iterator[Reading]:
    if not frame.has("unit.links", "part.domain", "part.web_address"):
        return
    hosts = [m[0] for m in _DOMAIN.finditer(frame.text, frame.start, frame.end)]
    links = frame.find("unit.links", "part.domain", "part.web_address")
    if not hosts:
        return
    if any(frame.negative[i] for i in links) and not frame.has("word.only"):
        yield reading(frame, "link_domains", {"forbidden": hosts}, links[0], links[0], scope="answer")
    elif frame.has("word.only", "word.all", "word.else"):
        yield reading(frame, "link_domains", {"allowed": hosts}, links[0], links[0], scope="answer")


def _citations(frame: Frame) -> Iterator[Reading]:
    """ "Numbered citations like [1], at least two"."""
    for at in frame.find("part.citation"):
        if frame.negative[at] or frame.topical[at]:
            continue
        shown = any(t.kind == "bracket" and t.inner.strip().isdigit() for t in frame.terms)
        style = "brackets" if shown else "url" if frame.has("part.web_address", "unit.links") else None
        if style is not None:
            strong = [q for q in frame.quantities if not q.weak]
            yield reading(
                frame,
                "citations",
                {"style": style, **(strong[0].interval.args() if strong else {})},
                at,
                at,
                scope="answer",
            )
            return


_CODE = frozenset(
    [
        "python",
        "javascript",
        "typescript",
        "java",
        "html",
        "css",
        "sql",
        "bash",
        "shell",
        "sh",
        "rust",
        "go",
        "c",
        "cpp",
        "ruby",
        "php",
        "kotlin",
        "swift",
        "r",
        "json",
        "yaml",
        "xml",
    ]
)


def _code_language(frame: Frame) -> Iterator[Reading]:
    """ "代码块请标注为javascript": the tag of a code block."""
    for at in frame.find("unit.code_blocks"):
        tags = [t.norm for t in frame.terms[at + 1 :] if t.norm in _CODE]
        if tags and not frame.lexicon.spaces and frame.has("verb.mark") and not frame.negative[at]:
            yield reading(frame, "code_language", {"languages": tags}, at, at, scope="answer")
            return


def _private(frame: Frame) -> Iterator[Reading]:
    found = [(at, name) for name in _PRIVATE for at in frame.find(f"part.{name}") if frame.negative[at]]
    kinds = ["url" if name == "web_address" else name for _, name in found]
    if found:
        yield reading(frame, "private_details", {"forbid": kinds}, found[0][0], found[0][0], scope="answer")
