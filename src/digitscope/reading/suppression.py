"""Many overlapping boxes → one for each digit: merging, and suppression of boxes within others and of specks.

A box's score is 1 − P(not a digit).
"""

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Boxes, Floats, Image, Mask

MERGE_IOU = 0.45  # boxes that overlap more are the same digit; not measured by itself
MERGE_DISTANCE = 0.35  # of the smaller box's sides: centres this close are one digit (LOG: merging by overlap alone)
MERGE_DISTANCE_SLIM = 0.12  # of the smaller height: the same, across, for slim digits
AVERAGED_SCORES = 0.95  # of the group's best score: lower ones are not averaged (LOG: was 0.8)
NESTED_AREA = 0.5  # of a box: inside a larger one from this share on (LOG: was three quarters)
NESTED_COUNT = 3  # confident boxes inside a larger one replace it: as many as this,
NESTED_SCORE_LOSS = 0.1  # if they score no less than this below it (LOG: pores of a pencil's stroke);
NESTED_INK = 0.8  # or two that cover this share of its ink (LOG: a page of small digits looks like one 8)
CONFIDENT = 0.5  # score from which a box counts as a digit rather than not
SPECK_PENS = 2.5  # pen widths: a digit less tall, and less than
SPECK_SHARE = 1 / 16  # of the tallest digit, is a speck (LOG: a speck of dust read as zero)


def merge(boxes_ltrb: Boxes, probabilities: Floats) -> tuple[Boxes, Floats]:
    """Merge boxes [N, 4] of the same digit, best score first; average each group's boxes and probabilities [N, 11].

    The best box takes all that overlap it by MERGE_IOU or have a centre close to its own; only those that score at
    least AVERAGED_SCORES of the best are averaged, weighted by score.
    """
    order = np.argsort(probabilities[:, NOT_A_DIGIT], kind="stable")
    boxes, probabilities = boxes_ltrb[order], probabilities[order]
    sizes = boxes[:, 2:] - boxes[:, :2]
    centres, areas = boxes[:, :2] + sizes / 2, sizes.prod(axis=1)
    rest = np.arange(len(boxes))
    merged = [(boxes[:0], probabilities[:0])]
    while len(rest):
        best = rest[0]
        shared = intersections(boxes[best], boxes[rest])
        near = np.minimum(sizes[rest], sizes[best]) * MERGE_DISTANCE
        near[:, 0] = np.maximum(near[:, 0], MERGE_DISTANCE_SLIM * np.minimum(sizes[rest, 1], sizes[best, 1]))
        close = (np.abs(centres[rest] - centres[best]) < near).all(axis=1)
        same = (shared > MERGE_IOU * (areas[rest] + areas[best] - shared)) | close
        same[0] = True  # itself, even where its box is empty
        group, rest = rest[same], rest[~same]
        scores = 1 - probabilities[group, NOT_A_DIGIT]
        weights = np.where(scores >= AVERAGED_SCORES * scores[0], scores, 0)
        weights = weights / weights.sum()
        merged.append(((weights @ boxes[group])[None], (weights @ probabilities[group])[None]))
    return np.concatenate([box for box, _ in merged]), np.concatenate([mean for _, mean in merged])


def without_nested(boxes_ltrb: Boxes, scores: Floats, mask: Image) -> Mask:
    """Which boxes [N, 4] to keep: of a box and those inside it, either it or they are digits.

    Those inside are, if they explain the ink: an 8's loops leave much of it out, a page's digits none. Many digits
    inside are right even where rules leave ink between them, if they are confident: the grain of a pencil's stroke
    also looks like many digits, but not confidently. `mask` [H, W] is above 0 where there is ink.
    """
    areas = (boxes_ltrb[:, 2:] - boxes_ltrb[:, :2]).prod(axis=1)
    kept = np.ones(len(boxes_ltrb), bool)
    for k in np.argsort(-areas):
        if not kept[k]:
            continue
        shared = intersections(boxes_ltrb[k], boxes_ltrb)
        inside = np.flatnonzero(kept & (shared > NESTED_AREA * areas) & (areas < areas[k]))
        if not len(inside):
            continue
        digits = inside[scores[inside] > CONFIDENT]
        replaced = len(digits) >= NESTED_COUNT and scores[digits].mean() > scores[k] - NESTED_SCORE_LOSS
        replaced = replaced or (len(digits) > 1 and covered_ink(boxes_ltrb[k], boxes_ltrb[digits], mask) > NESTED_INK)
        if replaced or scores[k] < scores[inside].max():
            kept[k] = False
        else:
            kept[inside] = False
    return kept


def without_specks(boxes_ltrb: Boxes, scores: Floats, pen: float) -> Mask:
    """Which boxes [N, 4] to keep: all that are not too small both for the pen and for the tallest digit."""
    heights = boxes_ltrb[:, 3] - boxes_ltrb[:, 1]
    tallest = float(heights[scores > CONFIDENT].max(initial=0))
    return np.asarray(heights >= min(SPECK_PENS * pen, SPECK_SHARE * tallest))


def covered_ink(box_ltrb: Floats, inside_ltrb: Boxes, mask: Image) -> float:
    """The share of a box's ink that lies in the boxes inside it."""
    x0, y0, x1, y1 = np.rint(box_ltrb).astype(int).clip(0)
    ink = mask[y0:y1, x0:x1].copy()
    total = max(1, int(np.count_nonzero(ink)))
    for left, top, right, bottom in (np.rint(inside_ltrb).astype(int) - [x0, y0, x0, y0]).clip(0):
        ink[top:bottom, left:right] = 0
    return 1 - int(np.count_nonzero(ink)) / total


def intersections(box_ltrb: Floats, boxes_ltrb: Boxes) -> Floats:
    """The areas that one box [4] shares with others [N, 4]: [N]."""
    low, high = np.maximum(box_ltrb[:2], boxes_ltrb[:, :2]), np.minimum(box_ltrb[2:], boxes_ltrb[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1))
