"""What every bench gives: cells, goals, one JSON object, one table, one exit code."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from lightwing.core.statistics import wilson

__all__ = ["BenchResult", "Goal", "machine"]

Compares = Literal["value", "low", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One figure held against a goal. `compares` says which of value, low, high is held against it; None as a value is never met.

    >>> Goal.share("agreement", 999, 1000, ">=", 0.99).met
    True
    """

    name: str
    op: Literal[">=", "<="]
    goal: float
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    compares: Compares = "value"

    @classmethod
    def share(
        cls, name: str, hits: int, n: int, op: Literal[">=", "<="], goal: float, *, compares: Compares = "value"
    ) -> Goal:
        """A proportion with its 95 % Wilson interval."""
        low, high = wilson(hits, n)
        return cls(
            name=name, op=op, goal=goal, value=hits / n if n else None, low=low, high=high, n=n, compares=compares
        )

    @property
    def met(self) -> bool:
        held = {"value": self.value, "low": self.low, "high": self.high}[self.compares]
        if held is None or math.isnan(held):
            return False
        return held >= self.goal if self.op == ">=" else held <= self.goal

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "op": self.op,
            "goal": self.goal,
            "compares": self.compares,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """A bench's result. `cells` are rows of equal kind (each may have its own columns); `details` (differences one by one) are in the JSON alone."""

    bench: str
    command: str
    seconds: float
    cells: Sequence[Mapping[str, Any]]
    goals: Sequence[Goal] = ()
    seeds: Sequence[int] = ()
    notes: Sequence[str] = ()
    details: Sequence[str] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 when all goals are met, 1 when not."""
        return 0 if all(goal.met for goal in self.goals) else 1

    def to_json(self) -> dict[str, Any]:
        """The object of every bench: fixed keys, `notes` among them."""
        return {
            "bench": self.bench,
            "command": self.command,
            "version": _version(),
            "machine": machine(),
            "seconds": round(self.seconds, 3),
            "seeds": list(self.seeds),
            "cells": [dict(cell) for cell in self.cells],
            "goals": [goal.to_json() for goal in self.goals],
            "notes": list(self.notes),
            "details": list(self.details),
        }

    def json(self) -> str:
        return json.dumps(self.to_json(), ensure_ascii=False)

    def print(self, console: Console | None = None) -> None:
        """Tables of the cells (one per set of columns) and of the goals."""
        console = console or Console()
        groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for cell in self.cells:
            groups.setdefault(tuple(cell), []).append(cell)
        for columns, cells in groups.items():
            table = Table(title=self.bench)
            for column in columns:
                numbers = any(isinstance(cell[column], int | float) for cell in cells)
                table.add_column(column, justify="right" if numbers else "left")
            for cell in cells:
                table.add_row(*(_shown(cell[column]) for column in columns))
            console.print(table)
        if self.goals:
            table = Table(title="goals")
            for column in ("goal", "asked", "value", "95 % interval", "n", "met"):
                table.add_column(column)
            for goal in self.goals:
                interval = "" if goal.low is None or goal.high is None else f"{_shown(goal.low)} to {_shown(goal.high)}"
                table.add_row(
                    goal.name,
                    f"{goal.op} {_shown(goal.goal)}",
                    _shown(goal.value),
                    interval,
                    _shown(goal.n),
                    "yes" if goal.met else "NO",
                )
            console.print(table)
        for note in self.notes:
            console.print(note, markup=False, highlight=False)
        console.print(f"{self.seconds:.1f} s on {machine()}", markup=False, highlight=False)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:.0f}"
    return str(value)


def machine() -> str:
    """The machine in a few words: system, processor type, number of processors, Python."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


def _version() -> str:
    try:
        return version("lightwing")
    except PackageNotFoundError:
        return "unknown"
