"""What one model got on one case of a suite: a line of the journal that `lightwing eval` writes and the league reads."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One sample. `score` lies in 0..1, or is None where nothing could be scored (`error` says why); `repeat` counts answers of one model to one case.

    `path` is the class of the case from coarse to fine; empty where the suite names none. `cluster` groups cases that stand or fall together (one document,
    one conversation): intervals are clustered by it; empty means by case. `scores` holds what else was measured, by name. `task` is the strong id of all
    that can change the result: lines of equal task, case and repeat are one result.

    >>> Result(task="t", model="m", suite="s", case="1", score=1.0, path=("code", "sql")).path[0]
    'code'
    """

    task: str
    model: str
    suite: str
    case: str
    score: float | None
    path: tuple[str, ...] = ()
    cluster: str = ""
    repeat: int = 0
    status: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    calls: int = 0
    tokens: int = 0
    price: float | None = None
    seconds: float | None = None
    length: int | None = None
    error: str = ""

    def __post_init__(self) -> None:
        if self.score is not None and not 0 <= self.score <= 1:
            raise ValueError(f"a score lies in 0..1, got {self.score}")
        if self.repeat < 0:
            raise ValueError(f"a repeat is counted from 0, got {self.repeat}")
