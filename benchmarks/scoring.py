"""How a reading compares with the ground truth: matched digits, intervals, calibration, risk and coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from digitscope import statistics
from digitscope.arrays import BoxXYWH, Doubles
from digitscope.reading.result import Digit, Reading
from digitscope.synthesis.pages import Page

COVERAGES = (1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5)
IOU_THRESHOLD = 0.3  # from here on, a glyph and a placed digit match


@dataclass(frozen=True)
class Score:
    """One page's outcome. `answers` holds (confidence, right) for each digit that was read, doubtful ones too."""

    placed: int
    found: int  # matched by a glyph, accepted or rejected
    right: int  # matched, accepted and right
    doubtful: int  # matched, and doubtful
    rejected: int  # matched, and rejected
    extra: int  # read where there is no digit
    whole: bool  # the text is the page's, up to spaces
    answers: tuple[tuple[float, bool], ...]


def score(page: Page, reading: Reading) -> Score:
    """Compare a reading with the page's ground truth."""
    glyphs = [digit for part in reading.pages for line in part.lines for digit in line.digits]
    pairs = match([digit.box for digit in page.digits], [glyph.box for glyph in glyphs])
    truth = {glyph: page.digits[placed].value for placed, glyph in pairs.items()}
    answers = [(g.confidence, truth.get(i) == g.value) for i, g in enumerate(glyphs) if not g.rejected]
    matched: list[Digit] = [glyphs[i] for i in truth]
    return Score(
        placed=len(page.digits),
        found=len(pairs),
        right=sum(glyph.accepted and truth[i] == glyph.value for i, glyph in enumerate(glyphs) if i in truth),
        doubtful=sum(glyph.doubtful for glyph in matched),
        rejected=sum(glyph.rejected for glyph in matched),
        extra=sum(not g.rejected and i not in truth for i, g in enumerate(glyphs)),
        whole=reading.text.replace(" ", "") == page.text.replace(" ", ""),
        answers=tuple(answers),
    )


def answers(reading: Reading, truth: str) -> list[tuple[float, bool]]:
    """(confidence, right) for each digit that was read, doubtful ones too, in the order of the truth's digits.

    Those are right that an alignment of both texts has in common.
    """
    digits = [digit for page in reading.pages for digit in page.glyphs if not digit.rejected]
    aligned = SequenceMatcher(None, "".join(str(digit.value) for digit in digits), truth, autojunk=False)
    common = {block.a + k for block in aligned.get_matching_blocks() for k in range(block.size)}
    return [(digit.confidence, i in common) for i, digit in enumerate(digits)]


def match(placed: Sequence[BoxXYWH], read: Sequence[BoxXYWH]) -> dict[int, int]:
    """Match boxes greedily, highest IoU first: index in `placed` → index in `read`."""
    if not placed or not read:
        return {}
    overlap = iou(np.array(placed, float), np.array(read, float))
    pairs: dict[int, int] = {}
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        i, j = divmod(int(flat), len(read))
        if overlap[i, j] < IOU_THRESHOLD:
            break
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def iou(a: Doubles, b: Doubles) -> Doubles:
    """Intersection over union of all pairs of boxes, xywh: [N, 4], [M, 4] → [N, M]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    intersection = np.clip(high - low, 0, None).prod(-1)
    union = a[:, None, 2:].prod(-1) + b[None, :, 2:].prod(-1) - intersection
    return np.asarray(intersection / np.maximum(union, 1e-9))


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """The totals over all pages."""
    placed = sum(s.placed for s in scores)
    right = sum(s.right for s in scores)
    return {
        "pages": len(scores),
        "n": placed,
        "found": round(sum(s.found for s in scores) / max(placed, 1), 4),
        "right": round(right / max(placed, 1), 4),
        "interval": wilson(right, placed),
        "doubtful": round(sum(s.doubtful for s in scores) / max(placed, 1), 4),
        "rejected": round(sum(s.rejected for s in scores) / max(placed, 1), 4),
        "extra": round(sum(s.extra for s in scores) / max(placed, 1), 4),
        "whole_pages": round(sum(s.whole for s in scores) / max(len(scores), 1), 4),
    }


def wilson(right: int, n: int) -> list[float]:
    """The 95 % Wilson interval of `right` of `n`, rounded as the result files have it."""
    share = statistics.share(right, n)
    return [round(share.low, 4), round(share.high, 4)]


def calibration_error(answers: Sequence[tuple[float, bool]], bins: int = 15) -> float:
    """The calibration error of answers given as (confidence, right); 0 without any."""
    confidences, right = np.array([(c, r) for c, r in answers], float).reshape(-1, 2).T
    return statistics.confidence_gap(confidences, right, bins=bins) if answers else 0.0


def risk_coverage(answers: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """The error rate among the most confident answers, at several coverages."""
    if not answers:
        return {}
    ordered = [right for _, right in sorted(answers, key=lambda answer: -answer[0])]
    kept = {share: ordered[: max(1, round(share * len(ordered)))] for share in COVERAGES}
    return {f"{share:.2f}": round(1 - sum(part) / len(part), 5) for share, part in kept.items()}
