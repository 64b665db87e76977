"""An error model as a page shows it: what the traces alone say of a spec, and what people's labels make of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from lightwing.core.clause import Spec

__all__ = ["Learned", "Relearn", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rate: before any label, and with all of them; each (mean, low, high) of a 95 % interval, with how many observations it rests on."""

    who: str
    clause: str
    rate: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    observed_before: int
    observed_after: int

    @property
    def moved(self) -> bool:
        """Whether the labels changed it by what a table shows."""
        return abs(self.before[0] - self.after[0]) >= 0.0005 or self.observed_before != self.observed_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The error model of one spec. `id` is that of the model with labels, `basis` what its judges' rates rest on. `rows` are of models (lapse) and judges."""

    id: str
    id_before: str
    basis: str
    traces: int
    texts: int
    labels: int
    rows: Sequence[Row]
    floors: Mapping[str, float]


Relearn = Callable[[Spec, str | None], Awaitable[Learned]]
"""Given a spec, and whose traces count (None: all). Raises LightwingError."""
