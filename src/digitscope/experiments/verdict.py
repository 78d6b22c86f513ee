"""Figures with intervals, and the verdict that follows from them: `Estimate`, `Check`, `conclude`.

A check is one statement of a prediction, a figure and the range it must lie in. It holds when the whole interval lies
inside the range, fails when it lies outside, and is open when it straddles a boundary.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

from scipy.stats import t as student

Verdict = Literal["holds", "fails", "open"]
Z = 1.959964  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval, which is −∞ to ∞ where nothing is known of it."""

    mean: float
    low: float = -math.inf
    high: float = math.inf

    @property
    def known(self) -> bool:
        """Whether there is an interval: not with a single seed."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __str__(self) -> str:
        return self._text("{:.4f}", 1)

    def in_points(self) -> str:
        """The figure as percentage points: ``+1.23 [+0.90, +1.56]``, or ``+1.23 (1 seed)``."""
        return self._text("{:+.2f}", 100)

    def in_percent(self) -> str:
        """The figure as a percentage: ``98.12 [97.90, 98.34]``, or ``98.12 (1 seed)``."""
        return self._text("{:.2f}", 100)

    def _text(self, form: str, unit: float) -> str:
        mean, low, high = (form.format(unit * value) for value in (self.mean, self.low, self.high))
        return f"{mean} [{low}, {high}]" if self.known else f"{mean} (1 seed)"


def over_seeds(values: Sequence[float], *, sampling_variance: float = 0.0) -> Estimate:
    """The mean over seeds with Student's t interval, to which the variance from sampling the test images is added.

    With a single seed, the variance between seeds is unknown, and so is the interval.
    """
    mean = fmean(values)
    if len(values) == 1:
        return Estimate(mean)
    between = float(student.ppf(0.975, len(values) - 1)) * stdev(values) / math.sqrt(len(values))
    half = math.hypot(between, Z * math.sqrt(sampling_variance))
    return Estimate(mean, mean - half, mean + half)


def accuracy(values: Sequence[float], *, n: int) -> Estimate:
    """The mean accuracy of one trial per seed, each on the same `n` test images."""
    return over_seeds(values, sampling_variance=_binomial(values, n))


def difference(first: Sequence[float], second: Sequence[float], *, n: int) -> Estimate:
    """`first` − `second`, two accuracies paired by seed, each on the same `n` test images."""
    return combination((1, first), (-1, second), n=n)


def combination(*terms: tuple[float, Sequence[float]], n: int) -> Estimate:
    """The sum of weight × accuracy over `terms`, paired by seed, each on the same `n` test images.

    The sampling variances are added as if each network had test images of its own. The networks share them, so the
    interval of a difference is conservative.
    """
    weights = [weight for weight, _ in terms]
    rows = zip(*(values for _, values in terms), strict=True)  # one row per seed
    sums = [sum(weight * value for weight, value in zip(weights, row, strict=True)) for row in rows]
    return over_seeds(sums, sampling_variance=sum(weight**2 * _binomial(values, n) for weight, values in terms))


def _binomial(values: Sequence[float], n: int) -> float:
    p = fmean(values)
    return p * (1 - p) / n


@dataclass(frozen=True)
class Check:
    """One statement of a prediction, its figure, and the range in which the statement is true."""

    says: str
    figure: Estimate
    above: float = -math.inf
    below: float = math.inf
    unit: Literal["points", "percent", ""] = "points"

    @property
    def outcome(self) -> Verdict:
        """Whether the interval lies inside the range, outside it, or across a boundary."""
        if self.above < self.figure.low and self.figure.high < self.below:
            return "holds"
        if self.figure.high <= self.above or self.figure.low >= self.below:
            return "fails"
        return "open"

    def figure_text(self) -> str:
        """The figure in its unit."""
        if self.unit == "points":
            return f"{self.figure.in_points()} points"
        return f"{self.figure.in_percent()} %" if self.unit == "percent" else str(self.figure)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "says": self.says,
            "figure": [self.figure.mean, *([self.figure.low, self.figure.high] if self.figure.known else [None, None])],
            "unit": self.unit,
            "above": None if math.isinf(self.above) else self.above,
            "below": None if math.isinf(self.below) else self.below,
            "outcome": self.outcome,
        }


def conclude(checks: Sequence[Check]) -> Verdict:
    """The claim fails if any check fails, holds if all hold, and is otherwise open."""
    outcomes = {check.outcome for check in checks}
    return "fails" if "fails" in outcomes else "open" if "open" in outcomes else "holds"
