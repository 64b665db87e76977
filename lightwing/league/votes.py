"""Pairwise votes: which of two models' answers was better, said by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lightwing.core.errors import TableError

__all__ = ["LEFT", "RIGHT", "TIE", "Votes"]

RIGHT, TIE, LEFT = -1, 0, 1
"""The outcome of one vote: which side was called better."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes:
    """One row per vote. `left` and `right` are positions in `models`, `outcome` is LEFT, TIE or RIGHT, all of shape (votes,).

    The left answer is the one that was shown first. Each vote counts `weight` times. `voter`, `prompt` and `kind` (the class of the request) are positions
    in `voters`, `prompts` and `kinds`; empty arrays where they are not known. `covariates` are differences left minus right (length, headings, ...) by
    name, shape (votes,).

    Raises TableError where the columns do not fit together.
    """

    models: tuple[str, ...]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    outcome: npt.NDArray[np.int8]
    weight: npt.NDArray[np.float64] | None = None
    voters: tuple[str, ...] = ()
    voter: npt.NDArray[np.int32] | None = None
    prompts: tuple[str, ...] = ()
    prompt: npt.NDArray[np.int32] | None = None
    kinds: tuple[str, ...] = ()
    kind: npt.NDArray[np.int32] | None = None
    covariates: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        columns: dict[str, npt.NDArray[Any] | None] = {
            "left": self.left,
            "right": self.right,
            "outcome": self.outcome,
            "weight": self.weight,
            "voter": self.voter,
            "prompt": self.prompt,
            "kind": self.kind,
            **self.covariates,
        }
        lengths = {name: len(column) for name, column in columns.items() if column is not None}
        if len(set(lengths.values())) > 1:
            raise TableError(f"The columns of the votes differ in length: {lengths}.", where=self.source)
        if len(self.left) and min(self.left.min(), self.right.min()) < 0:
            raise TableError("A vote names a model by a negative position.", where=self.source)
        if len(self.left) and max(self.left.max(), self.right.max()) >= len(self.models):
            raise TableError("A vote names a model that is not listed.", where=self.source)

    def __len__(self) -> int:
        return len(self.left)
