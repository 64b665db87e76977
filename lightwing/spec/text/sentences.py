"""Sentences of a passage, with their offsets: quotes, brackets, abbreviations, numbers and web addresses do not end one."""

from __future__ import annotations

import re

__all__ = ["quoted", "sentences"]

_END = re.compile(r"[.!?]{1,20}|[。！？]{1,20}|[；](?=.)|\n")
_CLOSERS = "\"'”’」』）)]*_»"
_PAIRS = {"“": "”", "「": "」", "『": "』", "«": "»", "《": "》", "‘": "’"}
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|etc|vs|cf|approx|no|nr|mr|mrs|ms|dr|prof|st|inc|ltd|fig|vol|pp|ch|sec|min|max|ej|p\.?\s?ej|sr|sra|ud|uds|env|n°|art)|\b[A-Za-z]|(?:^|\s)\d{1,2})$",
    re.IGNORECASE,
)


def quoted(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """[start, end) of the quoted passages within [start, end), outermost ones, marks included. A quote that is never closed is none.

    >>> quoted('Say "yes. no" now', 0, 17)
    [(4, 13)]
    """
    found: list[tuple[int, int]] = []
    closers = {mark: text.rfind(mark, start, end) for mark in ("”", "」", "』", "»", "》", "’", '"')}
    i = start
    while i < end:
        c = text[i]
        closer = _PAIRS.get(c)
        if c == '"' and (i == start or not text[i - 1].isdigit()):
            closer = '"'
        if closer and closers[closer] > i:
            close = text.find(closer, i + 1, end)
            found.append((i, close + 1))
            i = close + 1
        else:
            i += 1
    return found


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """[start, end) of the sentences within [start, end); together they cover it.

    >>> text = 'Use e.g. v1.5 here. Say "Stop. Now." and go! Fin'
    >>> [text[a:b].strip() for a, b in sentences(text, 0, len(text))]
    ['Use e.g. v1.5 here.', 'Say "Stop. Now." and go!', 'Fin']
    """
    marks = quoted(text, start, end)
    pieces: list[tuple[int, int]] = []
    begin, q, depth_end = start, 0, _brackets(text, start, end)
    k = 0
    for match in _END.finditer(text, start, end):
        at, stop = match.span()
        if stop <= begin:
            continue
        mark = match[0]
        while q < len(marks) and marks[q][1] <= at:
            q += 1
        while k < len(depth_end) and depth_end[k][1] <= at:
            k += 1
        inside = q < len(marks) and marks[q][0] < at
        if mark == "\n":
            nxt = text[stop : stop + 1]
            if not inside and text[begin:at].rstrip()[-1:] not in "," and not nxt.islower():
                pieces.append((begin, stop))
                begin = stop
            continue
        if k < len(depth_end) and depth_end[k][0] < at:
            continue
        if inside:
            close = marks[q][1]
            if stop != close - 1 or not _starts_new(text, close, end):
                continue
            stop = close
            if text[stop : stop + 1] in ("。", "；"):
                stop += 1
        if mark[0] in "。！？；":
            while stop < end and text[stop] in _CLOSERS:
                stop += 1
            if stop < end and text[stop] in "。！？；" and not inside:
                stop += 1
        else:
            while stop < end and text[stop] in _CLOSERS:
                stop += 1
            if stop < end and not text[stop].isspace():
                continue
            if (
                mark == "."
                and not inside
                and _ABBREVIATION.search(text[max(begin, at - 12) : at])
                and not (_starts_new(text, stop, end) and text[max(begin, at - 3) : at].lower() in ("etc",))
            ):
                continue
            if not _starts_new(text, stop, end):
                continue
        pieces.append((begin, stop))
        begin = stop
    if begin < end:
        pieces.append((begin, end))
    return pieces


def _starts_new(text: str, at: int, end: int) -> bool:
    """Whether a sentence may begin at `at`: the end, or a space and anything but a small letter."""
    i = at
    while i < end and text[i] in " \t\u3000\u00a0":
        i += 1
    return i >= end or not text[i].islower()


def _brackets(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Round brackets of at most 300 characters, outermost ones."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for i in range(start, end):
        c = text[i]
        if c in "(（":
            opened.append(i)
        elif c in ")）" and opened:
            first = opened.pop()
            if not opened and i - first <= 300:
                found.append((first, i + 1))
    return found
