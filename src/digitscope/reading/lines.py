"""Boxes → rows of text, in reading order."""

from collections.abc import Sequence

import numpy as np

from digitscope.arrays import BoxLTRB, Doubles

MIN_OVERLAP = 0.35  # of the smaller height: boxes of one row overlap vertically by more; not measured
MAX_DISTANCE = 4.0  # heights: the page's slope is taken from neighbours no farther apart; not measured
MAX_SLOPE = 0.45  # the steepest row, as rise over run; not measured


def find_rows(boxes_ltrb: Sequence[BoxLTRB]) -> list[list[int]]:
    """Group boxes into rows from top to bottom, each from left to right, by index."""
    if not len(boxes_ltrb):
        return []
    sides = np.array(boxes_ltrb, np.float64)
    x, y = (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2
    height = np.maximum(sides[:, 3] - sides[:, 1], 0.6 * (sides[:, 2] - sides[:, 0]))
    level = y - _slope(x, y, height) * x
    top, bottom = level - height / 2, level + height / 2
    rows: list[list[int]] = []
    for i in np.argsort(-height, kind="stable").tolist():  # tall boxes start rows, small ones join them
        apart = np.abs(x - x[i]).tolist()
        shared = (np.minimum(bottom, bottom[i]) - np.maximum(top, top[i])) / np.minimum(height, height[i])
        sharing = shared.tolist()  # lists: indexing an array takes ten times as long
        best, most = None, MIN_OVERLAP
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


def _slope(x: Doubles, y: Doubles, height: Doubles) -> float:
    """How far rows descend per pixel to the right: the median over neighbours side by side, 0 with fewer than two."""
    slopes = []
    for i in range(len(x)):
        dx, dy = x - x[i], y - y[i]
        right = (
            (dx > 0.3 * height[i]) & (dx < MAX_DISTANCE * height[i]) & (np.abs(dy) < MAX_SLOPE * dx + 0.1 * height[i])
        )
        beside = np.flatnonzero(right)
        if len(beside):
            nearest = beside[np.argmin(dx[beside] + 2 * np.abs(dy[beside]))]
            slopes.append(dy[nearest] / dx[nearest])
    return float(np.median(slopes)) if len(slopes) >= 2 else 0.0
