"""Many overlapping boxes → one for each digit, by how much they overlap.

A box's score is 1 − P(not a digit).
"""

import numpy as np

from digitscope.arrays import Boxes, Floats, Indices

MERGE_IOU = 0.5  # boxes that overlap more are the same place
AVERAGED_SCORES = 0.95  # of the group's best score: lower ones are not averaged (LOG: was 0.8)
SAME_IOU = 0.4  # of two answers whose boxes overlap more, or
SAME_SHARE = 0.5  # share so much of the smaller one, one is right


def merge(boxes_ltrb: Boxes, scores: Floats) -> tuple[Boxes, Floats]:
    """Merge boxes [N, 4] of one place, best score first: the mean of those that score about as much as the best."""
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes_ltrb[order], scores[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    rest = np.arange(len(boxes))
    merged, best_scores = [boxes[:0]], []
    while len(rest):
        best = rest[0]
        shared = intersections(boxes[best], boxes[rest])
        same = shared > MERGE_IOU * (areas[rest] + areas[best] - shared)
        same[0] = True  # itself, even where its box is empty
        group, rest = rest[same], rest[~same]
        weights = np.where(scores[group] >= AVERAGED_SCORES * scores[best], scores[group], 0)
        merged.append((weights / weights.sum() @ boxes[group])[None])
        best_scores.append(scores[best])
    return np.concatenate(merged).astype(np.float32), np.array(best_scores, np.float32)


def without_overlaps(boxes_ltrb: Boxes, scores: Floats) -> Indices:
    """Which boxes [N, 4] to keep, best score first: none that overlaps a better one."""
    order = np.argsort(-scores, kind="stable")
    boxes = boxes_ltrb[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    rest, kept = np.arange(len(boxes)), []
    while len(rest):
        best = rest[0]
        kept.append(best)
        shared = intersections(boxes[best], boxes[rest])
        smaller = np.minimum(areas[rest], areas[best])
        same = (shared > SAME_IOU * (areas[rest] + areas[best] - shared)) | (shared > SAME_SHARE * smaller)
        same[0] = True
        rest = rest[~same]
    return order[kept]


def intersections(box_ltrb: Floats, boxes_ltrb: Boxes) -> Floats:
    """The areas that one box [4] shares with others [N, 4]: [N]."""
    low, high = np.maximum(box_ltrb[:2], boxes_ltrb[:, :2]), np.minimum(box_ltrb[2:], boxes_ltrb[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1))
