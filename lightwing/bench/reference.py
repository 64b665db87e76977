"""The reference for speed: the IFEval checkers of EleutherAI's lm_eval, where they are installed. They are read from their two files; the rest of lm_eval
(with its heavy packages) is not imported.

Install them beside Lightwing with ``pip install --no-deps lm_eval`` and ``pip install nltk langdetect immutabledict``. NLTK's Punkt data has to be downloaded
apart; where it is absent, the families that need it are left out and named.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from lightwing.bench.ifeval import family_of, language_of
from lightwing.core.errors import MissingExtra

__all__ = ["Reference", "installed"]

_PACKAGE = "lm_eval.tasks.ifeval"
_NEEDS = ("nltk", "langdetect", "immutabledict")
_NEED_PUNKT = ("length_constraints:number_sentences", "change_case:capital_word_frequency")


def installed() -> bool:
    """Whether the reference and what it needs are there to be timed."""
    return all(importlib.util.find_spec(name) is not None for name in ("lm_eval", *_NEEDS))


class Reference:
    """lm_eval's checkers by family. Raises MissingExtra where they or a package they need is not installed."""

    def __init__(self) -> None:
        registry = _load()
        self._classes: Mapping[str, Any] = registry.INSTRUCTION_DICT
        self._punkt = _has_punkt()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What does not run, and why."""
        here = () if self._punkt else tuple(f"{family} (NLTK's Punkt data is not installed)" for family in _NEED_PUNKT)
        return (*here, "ids of other languages than English (lm_eval's checkers are English)")

    def runs(self, id: str) -> bool:
        """Whether this id can be read by the reference."""
        family = family_of(id)
        return language_of(id) == "en" and family in self._classes and (self._punkt or family not in _NEED_PUNKT)

    def warm_up(self) -> None:
        """Loads langdetect's profiles, so that no family pays for it."""
        self.verdicts("language:response_language", {"language": "en"}, "This is a sentence.")

    def verdicts(self, id: str, kwargs: Mapping[str, Any], response: str) -> tuple[bool, bool]:
        """Strict and loose verdict, with the reference's own steps: a new checker for each, eight variants, the first that passes ends it."""
        given = {key: value for key, value in kwargs.items() if value}
        strict = self._built(id, given)
        if response.strip() and strict.check_following(response):
            return True, True
        loose = self._built(id, given)
        return False, any(each.strip() and loose.check_following(each) for each in _variants(response))

    def _built(self, id: str, kwargs: Mapping[str, Any]) -> Any:
        family = family_of(id)
        checker = self._classes[family](family)
        checker.build_description(**kwargs)
        return checker


def _variants(response: str) -> list[str]:
    lines = response.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return [response, response.replace("*", ""), *cut, *(each.replace("*", "") for each in cut)]


def _missing(package: str) -> MissingExtra:
    error = MissingExtra(package, extra="reference", need="The speed comparison")
    error.hint = "Install it with: pip install --no-deps lm_eval && pip install nltk langdetect immutabledict"
    return error


@cache
def _load() -> ModuleType:
    """The registry of checkers, loaded from its files under stand-ins for the packages above it."""
    found = importlib.util.find_spec("lm_eval")
    if found is None or not found.submodule_search_locations:
        raise _missing("lm_eval")
    for package in _NEEDS:
        if importlib.util.find_spec(package) is None:
            raise _missing(package)
    folder = Path(found.submodule_search_locations[0]) / "tasks" / "ifeval"
    for depth in range(1, 4):
        sys.modules.setdefault(".".join(_PACKAGE.split(".")[:depth]), ModuleType(".".join(_PACKAGE.split(".")[:depth])))
    # Only rank 0 downloads data at import; nothing is to be downloaded here.
    rank = os.environ.get("LOCAL_RANK")
    os.environ["LOCAL_RANK"] = "1"
    try:
        for name in ("instructions_util", "instructions", "instructions_registry"):
            module = _module(f"{_PACKAGE}.{name}", folder / f"{name}.py")
            setattr(sys.modules[_PACKAGE], name, module)
    finally:
        if rank is None:
            del os.environ["LOCAL_RANK"]
        else:
            os.environ["LOCAL_RANK"] = rank
    return module


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.exists():
        raise _missing(f"lm_eval (with {path.name})")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _has_punkt() -> bool:
    import nltk  # type: ignore[import-not-found]

    try:
        nltk.data.find("tokenizers/punkt_tab")
    except LookupError:
        return False
    return True
