"""Between the trials: the kernel mean of Nadaraya (1964) and Watson (1964), m(x) = Σ K(x - xᵢ) yᵢ / Σ K(x - xᵢ).

It never leaves the range of what was measured, as a spline would, and says nothing where no trial is near.
"""

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEAST_WIDTH = 0.06
"""Of the kernel K, a Gaussian; in units of the whole range of a dimension."""
FAR = 2.5
"""Kernel widths from the nearest trial beyond which nothing is said."""


def kernel_width(trials: int, dimensions: int) -> float:
    """Scott's rule for points spread evenly over a unit cube, whose standard deviation is 0.29."""
    return max(LEAST_WIDTH, 0.29 * math.pow(trials, -1.0 / (dimensions + 4)))


def kernel_mean(points: Numbers, values: Numbers, asked: Numbers) -> Numbers:
    """The mean at every asked place, NaN where no trial is near.

    `points`: (trials, dimensions) in [0, 1]; `values`: (trials,); `asked`: (places, dimensions).
    """
    width = kernel_width(*points.shape)
    distances = -2.0 * asked @ points.T  # (places, trials): |a - p|² = |a|² + |p|² - 2 a·p
    distances += (asked**2).sum(axis=1)[:, None] + (points**2).sum(axis=1)[None, :]
    nearest = distances.min(axis=1)
    distances -= nearest[:, None]
    weights = np.exp(distances / (-2.0 * width**2), out=distances)
    mean: Numbers = (weights @ values) / weights.sum(axis=1)
    return np.where(nearest <= (FAR * width) ** 2, mean, np.nan)
