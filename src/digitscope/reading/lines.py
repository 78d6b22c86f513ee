"""Boxes → rows of text, in reading order."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHARED = 0.35  # of the smaller height: what two boxes of one row share at least
NEAR = 4.0  # heights: neighbours this near side by side tell the page's slope
STEEPEST = 0.45  # of what is still a row


def find_rows(boxes: Sequence[tuple[float, float, float, float]]) -> list[list[int]]:
    """Group boxes (left, top, right, bottom) into rows from top to bottom, each from left to right, by index."""
    if not len(boxes):
        return []
    sides = np.array(boxes, np.float64)
    x, y = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
    height = np.maximum(sides[:, 3] - sides[:, 1], 0.6 * (sides[:, 2] - sides[:, 0]))
    level = y - _slope(x, y, height) * x
    top, bottom = level - height / 2, level + height / 2
    rows: list[list[int]] = []
    for i in np.argsort(-height, kind="stable").tolist():  # the tall ones found rows, the small ones join them
        apart = np.abs(x - x[i]).tolist()
        shared = (np.minimum(bottom, bottom[i]) - np.maximum(top, top[i])) / np.minimum(height, height[i])
        sharing = shared.tolist()  # lists, as an item of an array takes ten times as long to get
        best, most = None, SHARED
        for row in rows:
            near = sorted(row, key=apart.__getitem__)[:3]
            mean = sum(sharing[k] for k in near) / len(near)
            if mean > most:
                best, most = row, mean
        if best is None:
            rows.append([i])
        else:
            best.append(i)
    rows.sort(key=lambda row: float(np.mean(level[row])))
    return [sorted(row, key=lambda k: float(x[k])) for row in rows]


def _slope(x: Floats, y: Floats, height: Floats) -> float:
    """How much rows sink for each pixel to the right: the median over neighbours side by side; 0 where few are."""
    slopes = []
    for i in range(len(x)):
        dx, dy = x - x[i], y - y[i]
        right = (dx > 0.3 * height[i]) & (dx < NEAR * height[i]) & (np.abs(dy) < STEEPEST * dx + 0.1 * height[i])
        beside = np.flatnonzero(right)
        if len(beside):
            nearest = beside[np.argmin(dx[beside] + 2 * np.abs(dy[beside]))]
            slopes.append(dy[nearest] / dx[nearest])
    return float(np.median(slopes)) if len(slopes) >= 2 else 0.0
