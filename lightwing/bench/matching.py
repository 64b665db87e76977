"""When two clauses are equal, for the benches that hold what was read against a gold.

The same check and the same arguments, words and phrases without regard to case, quotation marks and final stops, word lists as sets, bounds inclusive.
Marks that are barred, required or end something stand for their Chinese, Japanese and Arabic twins too, as the checks read them.
Bounds on one thing are joined first, on both sides, so that "5 to 10" equals "at least 5" and "at most 10". "If there is a table, at most three rows"
equals "at most three rows": without a table neither can fail. Of a choice only the kind is compared, for the recorded golds do not hold its options.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from lightwing.checks.marks import twins
from lightwing.core.clause import CheckCall

__all__ = ["Key", "atoms", "joined_clauses", "key_of"]

Key = tuple[str, str, str]
"""Check with its unit, other arguments, scope: what bounds are joined over."""

_BOUNDS = ("min", "max", "about")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def key_of(call: CheckCall, scope: str) -> Key:
    """The clause without its bounds."""
    return _normal(call, scope)[0]


def _text(value: object) -> str:
    return " ".join(str(value).casefold().split()).strip(" \"'“”‘’「」«».。,，")


def _mark(mark: str) -> str:
    """A mark as the first of its twins: what holds for one of them holds for all."""
    return twins(mark)[0] if len(mark) == 1 else mark


def _normal(call: CheckCall, scope: str) -> tuple[Key, dict[str, int]]:
    args = dict(call.args)
    bounds = {k: int(args.pop(k)) for k in _BOUNDS if args.get(k) is not None}
    if bounds.keys() == {"max"}:
        args.pop("if_any", None)
    if call.name == "choice":
        args = {}
    if call.name == "title" and args.get("marks") == "<<>>":
        args = {}
    plain: dict[str, Any] = {}
    for name, value in args.items():
        if isinstance(value, list | tuple):
            plain[name] = sorted({_text(v) if call.name != "ending" else _mark(str(v)) for v in value})
        elif name in ("word", "text", "marker") and any(c.isalnum() for c in str(value)):
            plain[name] = _text(value)
        elif name == "level":
            plain[name] = int(value)
        elif name == "letter":
            plain[name] = unicodedata.normalize("NFKC", str(value)).casefold()
        else:
            plain[name] = value
    unit = str(args.get("of") or args.get("kind") or "")
    key = f"{call.name} {unit}".strip()
    for word, place in (("first_", "1"), ("last_", "-1")):
        if scope.startswith(word):
            scope = f"{scope.removeprefix(word)}:{place}"
    return (key, json.dumps(plain, sort_keys=True, ensure_ascii=False), scope), bounds


def _split(clauses: Iterable[tuple[CheckCall, str]]) -> Iterator[tuple[CheckCall, str]]:
    """Equal demands in one form: a word that must occur at least once is a keyword; two forbidden marks are two demands; a Chinese sign is letter and word."""
    for call, scope in clauses:
        if call.name == "letter" and _IDEOGRAPH.fullmatch(str(call.args.get("letter"))):
            call = CheckCall(
                name="frequency",
                args={"word": call.args["letter"], **{k: v for k, v in call.args.items() if k in _BOUNDS}},
            )
        if call.name == "frequency" and call.args.get("min") == 1:
            yield CheckCall(name="keywords", args={"words": [call.args["word"]]}), scope
            if call.args.get("max") is not None:
                yield CheckCall(name="frequency", args={"word": call.args["word"], "max": call.args["max"]}), scope
        elif call.name == "punctuation":
            for mark in dict.fromkeys(map(_mark, call.args.get("forbid") or "")):
                yield CheckCall(name="punctuation", args={"forbid": mark}), scope
            if required := "".join(dict.fromkeys(map(_mark, call.args.get("require") or ""))):
                yield CheckCall(name="punctuation", args={"require": required}), scope
        else:
            yield call, scope


def joined_clauses(clauses: Iterable[tuple[CheckCall, str]]) -> dict[Key, dict[str, int]]:
    """The clauses as bounds by key: what two readings are compared by.

    >>> ten = {"of": "words", "min": 5}, {"of": "words", "max": 10}
    >>> list(joined_clauses((CheckCall(name="count", args=args), "answer") for args in ten).values())
    [{'min': 5, 'max': 10}]
    """
    joined: dict[Key, dict[str, int]] = {}
    clauses = _united(list(_split(clauses)))
    paragraphs = next((c.args["min"] for c, _ in clauses if _exact_paragraphs(c)), None)
    for call, scope in clauses:
        if scope in ("paragraph:-1", "last_paragraph") and paragraphs is not None:
            scope = f"paragraph:{paragraphs}"
        key, bounds = _normal(call, scope)
        before = joined.setdefault(key, {})
        for name, value in bounds.items():
            tighter = max if name == "min" else min
            before[name] = tighter(before[name], value) if name in before else value
    return joined


def atoms(calls: Iterable[tuple[CheckCall, str]]) -> dict[Key, dict[str, int]]:
    """Joined clauses with each word of a list by itself, so that one missed word spoils one demand only."""
    single: list[tuple[CheckCall, str]] = []
    for call, scope in calls:
        if call.name in ("keywords", "forbidden") and call.args.get("mode", "all") == "all":
            single.extend((CheckCall(name=f"{call.name} {w}", args={"words": [w]}), scope) for w in call.args["words"])
        else:
            single.append((call, scope))
    return joined_clauses(single)


def _united(clauses: list[tuple[CheckCall, str]]) -> list[tuple[CheckCall, str]]:
    """Lists of words of one kind and scope as one list: all of them are demanded, or all forbidden."""
    lists: dict[tuple[str, str], list[str]] = {}
    rest = []
    for call, scope in clauses:
        if call.name in ("keywords", "forbidden") and call.args.get("mode", "all") == "all":
            lists.setdefault((call.name, scope), []).extend(call.args["words"])
        else:
            rest.append((call, scope))
    return rest + [(CheckCall(name=name, args={"words": words}), scope) for (name, scope), words in lists.items()]


def _exact_paragraphs(call: CheckCall) -> bool:
    args = call.args
    return (
        call.name == "count"
        and args.get("of") == "paragraphs"
        and args.get("min") is not None
        and args.get("min") == args.get("max")
    )
