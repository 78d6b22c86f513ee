"""How a reading compares with the truth: matched digits, intervals, calibration, risk and coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope.reading.result import Digit, Reading
from digitscope.synthesis.pages import Page

Box = tuple[int, int, int, int]
COVERAGES = (1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5)
LEAST_OVERLAP = 0.3  # intersection over union from which a glyph and a placed digit are the same


@dataclass(frozen=True)
class Score:
    """One page's outcome. `answers` holds (confidence, right) of each digit that was read."""

    placed: int
    found: int  # matched by a glyph that was read or rejected
    right: int
    rejected: int  # matched, and rejected
    extra: int  # read where no digit is
    whole: bool  # the text is the page's, gaps aside
    answers: tuple[tuple[float, bool], ...]


def score(page: Page, reading: Reading) -> Score:
    """Hold a reading against the page's truth."""
    glyphs = [digit for part in reading.pages for line in part.lines for digit in line.digits]
    pairs = match([digit.box for digit in page.digits], [glyph.box for glyph in glyphs])
    truth = {glyph: page.digits[placed].value for placed, glyph in pairs.items()}
    answers = [(g.confidence, truth.get(i) == g.value) for i, g in enumerate(glyphs) if not g.rejected]
    matched: list[Digit] = [glyphs[i] for i in truth]
    return Score(
        placed=len(page.digits),
        found=len(pairs),
        right=sum(right for _, right in answers),
        rejected=sum(glyph.rejected for glyph in matched),
        extra=sum(not g.rejected and i not in truth for i, g in enumerate(glyphs)),
        whole=reading.text.replace(" ", "") == page.text.replace(" ", ""),
        answers=tuple(answers),
    )


def match(placed: Sequence[Box], read: Sequence[Box]) -> dict[int, int]:
    """Pair boxes that overlap, the best pairs first: index in `placed` → index in `read`."""
    if not placed or not read:
        return {}
    overlap = overlaps(np.array(placed, float), np.array(read, float))
    pairs: dict[int, int] = {}
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        i, j = divmod(int(flat), len(read))
        if overlap[i, j] < LEAST_OVERLAP:
            break
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def overlaps(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intersection over union of all pairs of boxes: [N, 4], [M, 4] → [N, M]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    every: npt.NDArray[np.float64] = a[:, None, 2:].prod(-1) + b[None, :, 2:].prod(-1) - shared
    return np.asarray(shared / np.maximum(every, 1e-9))


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """Add the pages up."""
    placed = sum(s.placed for s in scores)
    right = sum(s.right for s in scores)
    return {
        "pages": len(scores),
        "n": placed,
        "found": round(sum(s.found for s in scores) / max(placed, 1), 4),
        "right": round(right / max(placed, 1), 4),
        "interval": wilson(right, placed),
        "rejected": round(sum(s.rejected for s in scores) / max(placed, 1), 4),
        "extra": round(sum(s.extra for s in scores) / max(placed, 1), 4),
        "whole_pages": round(sum(s.whole for s in scores) / max(len(scores), 1), 4),
    }


def wilson(right: int, n: int, z: float = 1.96) -> list[float]:
    """The 95 % interval of a proportion (Wilson 1927)."""
    if n == 0:
        return [0.0, 1.0]
    p, centre = right / n, (right / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return [round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)]


def calibration_error(answers: Sequence[tuple[float, bool]], bins: int = 15) -> float:
    """The mean distance between confidence and accuracy over bins of equal mass."""
    if not answers:
        return 0.0
    ordered = np.array(sorted(answers, key=lambda answer: answer[0]), float)
    parts = [part for part in np.array_split(ordered, bins) if len(part)]
    return float(sum(len(p) * abs(p[:, 0].mean() - p[:, 1].mean()) for p in parts) / len(ordered))


def risk_coverage(answers: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """The error among the most confident part of the answers, for several parts."""
    if not answers:
        return {}
    ordered = [right for _, right in sorted(answers, key=lambda answer: -answer[0])]
    kept = {share: ordered[: max(1, round(share * len(ordered)))] for share in COVERAGES}
    return {f"{share:.2f}": round(1 - sum(part) / len(part), 5) for share, part in kept.items()}
