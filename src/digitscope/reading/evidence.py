"""All that is known of each detection on a page, as a row of numbers from which one network decides what it is.

The detector saw it in its surroundings; the classifier saw it alone and, where it is connected with more ink, all that
is connected: the loop of an α is no zero. How large it is, what it is connected with, what stands beside it and what
else is on the page is the rest. The decision network learns what each of these says; nothing is weighted here.
"""

from collections.abc import Callable, Sequence

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Boxes, Doubles, Floats, Images, Indices, Mask
from digitscope.reading.cutout import Cutout, component_areas, grow
from digitscope.reading.detection import Detection
from digitscope.reading.ink import Ink
from digitscope.reading.normalization import normalize

LEAST = 1e-4  # of probability: keeps logarithms finite
ALONE = 0.98  # of its components: a detection that has so much of them is connected with nothing else
LONGEST = 8.0  # of a detection's longer side: what it is connected with is not classified if it is longer, as rules are
FARTHEST = 5.0  # heights: what is farther stands beside nothing
NEIGHBOURS = 2


def gather(
    detections: Sequence[Detection],
    cutouts: Sequence[Cutout],
    images: Images,
    ink: Ink,
    classify: Callable[[Images], Floats],
) -> Floats:
    """The evidence for each detection on a page: float32 [N, EVIDENCE], each number within about -4 to 5.

    Args:
        detections: what was found, N of them, at least one.
        cutouts: each cut out.
        images: each in MNIST's form, uint8 [N, 28, 28].
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    boxes = np.array([detection.box_ltrb for detection in detections], np.float32)
    detected = np.stack([detection.probabilities for detection in detections])
    shares = np.array([cutout.share for cutout in cutouts])
    components = _components_of(boxes, ink)
    connected = (shares < ALONE) & (components > 0) & ~_too_long(boxes, components, ink)
    asked, which = np.unique(components[connected], return_inverse=True)
    wholes = [_whole(ink, number) for number in asked.tolist()]
    answers = models.with_rejection(classify(np.concatenate([images, *wholes])))
    classified, of_whole = answers[: len(boxes)], answers[: len(boxes)].copy()
    of_whole[connected] = answers[len(boxes) :][which]
    rejections = np.stack([detected[:, NOT_A_DIGIT], classified[:, NOT_A_DIGIT]], axis=1)
    columns = [
        *(np.log(np.maximum(each, LEAST)) / 3 for each in (detected, classified, of_whole)),
        _shape(boxes, shares, components, ink),
        _page(boxes, rejections, ink),
        _beside(boxes, rejections),
    ]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _sides(boxes_ltrb: Boxes) -> tuple[Floats, Floats]:
    """Width and height, [N] each, at least a pixel."""
    width, height = np.maximum(boxes_ltrb[:, 2:] - boxes_ltrb[:, :2], 1).T
    return width, height


def _components_of(boxes_ltrb: Boxes, ink: Ink) -> Indices:
    """The connected component that most of the ink in each box belongs to, [N]; 0 where there is none."""
    height, width = ink.mask.shape
    return np.array([component_areas(ink.pieces, grow(box, 0, width, height)).argmax() for box in boxes_ltrb])


def _too_long(boxes_ltrb: Boxes, components: Indices, ink: Ink) -> Mask:
    sides = ink.pieces.stats[components, 2:4]
    return np.asarray(sides.max(axis=1) > LONGEST * np.maximum(*_sides(boxes_ltrb)))


def _whole(ink: Ink, component: int) -> Images:
    """A whole connected component in MNIST's form, uint8 [1, 28, 28]."""
    x, y, w, h, _ = ink.pieces.stats[component]
    part = (slice(y, y + h), slice(x, x + w))
    return normalize(np.where(ink.pieces.labels[part] == component, ink.strength[part], 0).astype(np.uint8))[None]


def _shape(boxes_ltrb: Boxes, shares: Doubles, components: Indices, ink: Ink) -> Doubles:
    """Height in pixels of the photo, slimness, how much of its components it has, how far these reach; whose: [N, 8].

    They reach so many heights beyond its box to the left, up, right and down, and are shared by so many detections.
    """
    width, height = _sides(boxes_ltrb)
    x, y, w, h, _ = ink.pieces.stats[components].T
    beyond = np.stack([boxes_ltrb[:, 0] - x, boxes_ltrb[:, 1] - y, x + w - boxes_ltrb[:, 2], y + h - boxes_ltrb[:, 3]])
    beyond = np.where(components == 0, 0, beyond)
    sharing = np.where(components == 0, 1, np.bincount(components)[components])
    return np.column_stack(
        [
            np.log(height / ink.scale) - 3,
            np.log(width / height),
            shares,
            np.log1p(np.clip(beyond / height, 0, 2 * LONGEST)).T,
            np.log(sharing),
        ]
    )


def _page(boxes_ltrb: Boxes, rejections: Floats, ink: Ink) -> Doubles:
    """How many there are, how little digits on the whole, how tall each is beside the rest, the pen: [N, 5]."""
    _, height = _sides(boxes_ltrb)
    usual = np.average(height, weights=np.maximum(1 - rejections[:, 0], LEAST))
    of_page = np.array([np.log(len(boxes_ltrb)) / 2, *rejections.mean(axis=0)])
    return np.column_stack(
        [np.tile(of_page, (len(height), 1)), np.log(height / usual), np.minimum(ink.pen / height, 1)]
    )


def _beside(boxes_ltrb: Boxes, rejections: Floats) -> Doubles:
    """The nearest others: how far across and down, in heights, how tall, and how little digits: [N, 5 · …]."""
    _, height = _sides(boxes_ltrb)
    values = np.tile([FARTHEST, 0.0, 0.0, 1.0, 1.0], (len(height), NEIGHBOURS, 1))
    centres = (boxes_ltrb[:, :2] + boxes_ltrb[:, 2:]) / 2
    offsets = np.abs(centres - centres[:, None]) / height[:, None, None]
    distances = offsets.max(axis=2)
    np.fill_diagonal(distances, np.inf)
    own = np.arange(len(height))
    for n, other in enumerate(np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS].T):
        near = distances[own, other] < FARTHEST
        found = np.column_stack([offsets[own, other], np.log(height[other] / height), rejections[other]])
        values[near, n] = found[near]
    return values.reshape(len(height), -1)
