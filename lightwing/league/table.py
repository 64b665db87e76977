"""A table of scores: models by classes, the thing that rankings are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lightwing.core.errors import TableError

__all__ = ["Floats", "ScoreTable"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """Scores of `models` (rows) in the finest `classes` that were published (columns). Higher is better: a reader turns other scales round.

    `scores` has shape (models, classes); NaN where a cell is missing. `sizes`, shape (classes,), are the numbers of samples behind a column, or None where
    they are not known: then a mean over classes that were merged is not determined, and whoever merges says what it assumed. `errors` are standard errors
    of the cells, same shape as `scores`, or None. `parents` names, for each column, the class it is a sub-class of; None for a flat table.

    Raises TableError where the shapes do not fit, a name stands twice, or a size is not positive.

    >>> table = ScoreTable(models=("a", "b"), classes=("code", "chat"), scores=np.array([[0.9, 0.4], [0.7, 0.6]]))
    >>> table.known.all(), table.sizes is None
    (np.True_, True)
    """

    models: tuple[str, ...]
    classes: tuple[str, ...]
    scores: Floats
    sizes: Floats | None = None
    errors: Floats | None = None
    parents: tuple[str, ...] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.models), len(self.classes))
        if not all(shape):
            raise TableError("A table needs at least one model and one class.", where=self.source)
        for what, names in (("model", self.models), ("class", self.classes)):
            if len(set(names)) < len(names):
                twice = next(n for i, n in enumerate(names) if n in names[:i])
                raise TableError(
                    f"The {what} {twice!r} stands twice.", where=self.source, hint="Give each its own name."
                )
        for name, array, wanted in (
            ("scores", self.scores, shape),
            ("errors", self.errors, shape),
            ("sizes", self.sizes, shape[1:]),
        ):
            if array is not None and array.shape != wanted:
                raise TableError(
                    f"The {name} have the shape {array.shape}, expected {wanted}.", where=self.source, hint=""
                )
        if self.parents is not None and len(self.parents) != shape[1]:
            raise TableError(f"{len(self.parents)} parents for {shape[1]} classes.", where=self.source)
        if self.sizes is not None and not (np.isfinite(self.sizes) & (self.sizes > 0)).all():
            raise TableError("The sizes of classes must be positive numbers.", where=self.source)
        if np.isinf(self.scores).any():
            raise TableError("A score is infinite.", where=self.source)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which cells hold a score; shape (models, classes)."""
        return ~np.isnan(self.scores)
