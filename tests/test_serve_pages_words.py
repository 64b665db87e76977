"""Every text of the pages stands in the table of words, and nothing stands there that no page says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytest.importorskip("jinja2", reason="needs the extra serve")

import lightwing.serve.pages as package
from lightwing.serve.pages.words import CHINESE

_FOLDER = Path(package.__file__).parent
_COMPUTED = {
    *("verified", "checked", "not_met", "abstained"),
    *("pass", "fail", "skip", "unknown"),
    *("proposed", "fixed", "repaired", "recombined"),
    *("certified", "estimated"),
    *(f"basis: {b}" for b in ("labels", "exact", "planted", "assumed")),
    *(f"rate: {r}" for r in ("lapse", "false_pass", "blind", "false_fail")),
    *(f"unmet: {u}" for u in ("flag", "error", "text")),
    *("system", "user", "assistant", "tool", "optimistic"),
}
"""Words that templates say by a variable."""


def _said() -> set[str]:
    found = set(_COMPUTED)
    for page in (_FOLDER / "templates").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        found |= set(re.findall(r"\bt\('([^']+)'[,)]", text))
        for listed in re.findall(r"\{% for (?:h|at, name) in \[(.*?)\] %\}", text):
            found |= {word for word in re.findall(r"'([^']+)'", listed) if not word.startswith("/")}
    for module in _FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("t", "visit.t", "self.t"):
                first = node.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) else set()
    return found


def test_everything_can_be_said_in_chinese() -> None:
    assert sorted(_said() - set(CHINESE)) == []


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(set(CHINESE) - _said()) == []


def test_what_is_filled_in_is_the_same_in_both() -> None:
    for english, chinese in CHINESE.items():
        assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", chinese)), english
