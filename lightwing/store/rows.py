"""What the store gives back beside traces: rows of lists, counts by clause, model and day, labels; and what it is asked for by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from lightwing.core.case import Cost
from lightwing.core.outcome import Status

__all__ = ["date_of", "day_of", "ClauseCount", "DayCount", "Filter", "Label", "ModelDay", "Page", "Stage", "TraceRow"]

_EPOCH = date(1970, 1, 1)
_LAST_DAY = (date.max - _EPOCH).days

Stage = Literal["first", "delivered"]
"""Which candidate an outcome is of: the first one of the case, or the one that was delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which traces are meant; None leaves a thing open.

    `spec`, `task`, `case` and `owner` are compared whole (`owner` "" is what no key owns); `model` is one that wrote a candidate; started at or after `since`
    and before `until` (seconds since the epoch); `labelled`: whether somebody labelled it; `failed`: whether it ended in an error. `assistant` (by its own name) and
    `text` (anywhere in the trace, as it stands) are looked for in the stored traces themselves: the more of them do not match, the longer that takes.
    """

    spec: str | None = None
    status: Status | None = None
    task: str | None = None
    case: str | None = None
    model: str | None = None
    owner: str | None = None
    since: float | None = None
    until: float | None = None
    labelled: bool | None = None
    failed: bool | None = None
    assistant: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One trace in a list, read without its body. `number` counts up in the order of adding; `time` is when it started (seconds since the epoch); `models` wrote
    its candidates; `calls` and `tokens` are those of models and judges together; `price` and `wrong` (P(wrong)) are None where unknown; `labels` counts what
    people said of it, history left out."""

    number: int
    id: str
    time: float
    spec: str
    task: str
    case: str
    status: Status
    decoder: str
    models: tuple[str, ...]
    calls: int
    judge_calls: int
    tokens: int
    seconds: float
    price: float | None
    wrong: float | None
    owner: str
    error: str
    redacted: bool
    labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows, newest first, and where the next page begins: hand `next` to `rows(before=…)`; None on the last page."""

    rows: tuple[TraceRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCount:
    """How often one clause of a spec was read which way on the candidates of one model that were first, or were delivered; on one UTC day, or on all (`day`
    None)."""

    day: date | None
    spec: str
    model: str
    clause: str
    stage: Stage
    passed: int
    failed: int
    skipped: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDay:
    """What the candidates of one model cost on one UTC day, in how many traces."""

    day: date
    model: str
    traces: int
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """One UTC day: traces by status, and what models and judges cost together."""

    day: date
    traces: int
    verified: int
    checked: int
    not_met: int
    abstained: int
    errors: int
    calls: int
    judge_calls: int
    tokens: int
    seconds: float
    price: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said of one clause on one candidate of a trace. `met` None takes back what was said before. `at` is seconds since the epoch."""

    trace: str
    candidate: str
    clause: str
    met: bool | None
    who: str
    at: float


def day_of(started: float) -> int:
    """The UTC day of a time, counted from 1970-01-01; what no calendar holds counts to its first or last day. Never falls where the time rises.

    >>> day_of(86_400.0), day_of(-1.0), day_of(float("inf")), day_of(float("nan"))
    (1, 0, 2932896, 0)
    """
    if math.isnan(started) or started <= 0:
        return 0
    return _LAST_DAY if math.isinf(started) else min(int(started // 86_400), _LAST_DAY)


def date_of(day: int) -> date:
    """The date of such a day.

    >>> date_of(20_000).isoformat()
    '2024-10-04'
    """
    return _EPOCH + timedelta(days=day)
