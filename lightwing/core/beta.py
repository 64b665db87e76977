"""The Beta law by table: its distribution, its quantiles, and its mean between two quantiles. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["beta_quantile", "beta_slices", "beta_table"]

Array = np.ndarray[Any, np.dtype[Any]]


def beta_quantile(u: Array, mean: float, concentration: float) -> Array:
    """The u-quantile of Beta(concentration·mean, concentration·(1-mean)), by interpolation in its distribution on 2,000 points."""
    if not 0 < mean < 1:
        return np.full(u.shape, mean)
    return np.interp(u, *beta_table(mean, concentration))


def beta_slices(edges: Array, mean: float, concentration: float) -> Array:
    """The mean of the law within each slice between these quantiles (rising from 0 to 1): slices weighted by their mass have the law's mean.

    >>> beta_slices(np.array([0, 0.5, 1]), 0.5, 2.0).round(3).tolist()  # uniform
    [0.25, 0.75]
    """
    if not 0 < mean < 1:
        return np.full(len(edges) - 1, mean)
    fine = (np.linspace(0, 1, 401)[:-1] + 1 / 802)[None, :]
    within = beta_quantile(edges[:-1, None] + fine * np.diff(edges)[:, None], mean, concentration).mean(1)
    # The table is off by a little: the slices are scaled so that the mean holds.
    return np.asarray(np.minimum(within * (mean / (within @ np.diff(edges))), 1.0))


def beta_table(mean: float, concentration: float, points: int = 2000) -> tuple[Array, Array]:
    """(distribution, x) of a Beta law. The x are dense at both ends, where the density may be without bound."""
    a, b = concentration * mean, concentration * (1 - mean)
    x = (1 - np.cos(np.linspace(0, np.pi, points + 1))) / 2
    x = x**2 / (x**2 + (1 - x) ** 2)
    middle = (x[1:] + x[:-1]) / 2
    # In the outermost cells the density is integrated by its leading term, elsewhere at the middle of each cell.
    mass = middle ** (a - 1) * (1 - middle) ** (b - 1) * np.diff(x)
    mass[0] = x[1] ** a / a
    mass[-1] = (1 - x[-2]) ** b / b
    distribution = np.concatenate([[0.0], np.cumsum(mass)])
    return distribution / distribution[-1], x
