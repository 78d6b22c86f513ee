"""The statistics of classification: intervals, a paired test, calibration. Plain functions over arrays."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats, Mask

Classes = npt.NDArray[np.integer]  # [N], labels or predictions

BINS = 15  # of the calibration error, with equally many predictions in each, so that none is empty


@dataclass(frozen=True)
class Share:
    """A proportion, `count` of `total`, with its 95 % Wilson interval."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.value:.2%} [{self.low:.2%}, {self.high:.2%}]"

    def to_dict(self) -> dict[str, float | int]:
        """The share and its interval, ready for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "count": self.count, "total": self.total}

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> "Share":
        """The inverse of `to_dict`."""
        return cls(int(values["count"]), int(values["total"]), values["low"], values["high"])


def share(count: int, total: int, *, confidence: float = 0.95) -> Share:
    """`count` of `total` with its Wilson score interval (Wilson 1927, without continuity correction).

    Of nothing, nothing is known: the interval of 0 of 0 is 0 to 1.
    """
    if not total:
        return Share(0, 0, 0.0, 1.0)
    z, p = NormalDist().inv_cdf(0.5 + confidence / 2), count / total
    centre = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return Share(int(count), int(total), max(0.0, float(centre - half)), min(1.0, float(centre + half)))


@dataclass(frozen=True)
class Paired:
    """Two models on the same images: how many only one of them gets right, and the exact McNemar test on those."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p: float

    def to_dict(self) -> dict[str, float | int]:
        """The four counts and p, ready for JSON."""
        return dict(vars(self))


def mcnemar(first: Mask, second: Mask) -> Paired:
    """The exact two-sided McNemar test on which images each model gets right.

    Under the null hypothesis each image that only one model gets right is a fair coin flip (McNemar 1947, exact form).
    """
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    discordant = only_first + only_second
    tail = sum(math.comb(discordant, k) for k in range(min(only_first, only_second) + 1)) / 2**discordant
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    return Paired(both, only_first, only_second, neither, min(1.0, 2 * tail))


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm 1979): below α, all of them hold together with an error of at most α.

    The smallest is multiplied by n, the next by n − 1, and so on; none may be smaller than one before it.
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    corrected, largest = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - rank) * values[i]))
        corrected[i] = largest
    return corrected


def confusion_matrix(labels: Classes, predicted: Classes, *, classes: int = 10) -> npt.NDArray[np.int64]:
    """Counts of each true class (row) predicted as each class (column): int64 [classes, classes]."""
    return np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes**2).reshape(classes, classes)


def log_loss(probabilities: Floats, labels: Classes) -> float:
    """The mean of −ln P(the true class); 0 is perfect. P is clipped at 1e-15, so that one image cannot make it ∞."""
    truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(truth, 1e-15)).mean())


def brier_score(probabilities: Floats, labels: Classes) -> float:
    """The mean squared distance of the probabilities from the one-hot truth, summed over classes: 0 to 2."""
    distance = probabilities.astype(np.float64)
    distance[np.arange(len(labels)), labels] -= 1
    return float((distance**2).sum(axis=1).mean())


def calibration_error(probabilities: Floats, labels: Classes, *, bins: int = BINS) -> float:
    """The expected calibration error of the most probable class, over `bins` of equal mass."""
    return confidence_gap(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, bins=bins)


def confidence_gap(confidence: npt.NDArray[np.floating], right: npt.NDArray[Any], *, bins: int = BINS) -> float:
    """The expected calibration error of answers, over `bins` of equal mass (Nguyen and O'Connor 2015).

    Predictions are sorted by confidence and split into bins of equal size; the error is the mean of
    |accuracy − confidence| over the bins, weighted by their size.
    """
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(right[part].mean() - confidence[part].mean(dtype=np.float64)) * len(part) for part in parts]
    return float(sum(gaps) / len(right))
