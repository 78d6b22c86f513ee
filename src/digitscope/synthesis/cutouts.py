"""What reading cuts out of made pages, each with what it is: `cutouts(pool, rng)`.

A page is composed of a pool, photographed and read as far as reading goes before it asks the classifier. What is
proposed and lies on a digit is that digit; what lies beside it, on a part of it, or on several, is none.
"""

import functools
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT, Boxes, Floats, Image, Images, Labels
from digitscope.reading.cutout import cut_out
from digitscope.reading.detection import propose
from digitscope.reading.ink import Ink, find_inks
from digitscope.reading.normalization import normalize
from digitscope.reading.surroundings import surroundings
from digitscope.synthesis.pages import Page
from digitscope.synthesis.pools import Pool
from digitscope.synthesis.scenes import complete, make_photo, sides_of

# Of photographed pages, as in `scenes.SHARES`: a single digit shows less than a row, but is what people try first.
SHARES = {"bare": 0.12, "signs": 0.2, "close": 0.18, "lonely": 0.1}
ON_DIGIT, OFF_DIGIT = 0.6, 0.3  # IoU with a digit's box: of more, it is that digit, of less none, between not counted,
PART, PARTLY = 0.85, 0.5  # but for a box of which this share lies inside the digit's, with a lower IoU: a part is none
SLIMMEST = 0.35  # of its height: a box counts as no slimmer than this where overlap is measured
CUT = 0.55  # of a digit at the page's edge that is still read
TURNED = 0.04  # of pages lie on their side
MOST_DIGITS, MOST_OTHERS = 24, 12  # cut-outs of a page
ABOUT = 0.04  # of its height: how far the sides of a box around a digit are from its own
AS_WRITTEN = 0.85  # of pages that may be either way round; in the others, ink is paper and no digit is one
PEN, LIGHT, GRAIN, FOCUS = 0.15, 0.4, 0.3, 0.15  # of cut-outs have a pen, a light, a grain or a focus of their own


class Cutouts(NamedTuple):
    """`images` uint8 [N, 28, 28], `surroundings` uint8 [N, 56, 56], `labels` uint8 [N], 10 what is no digit."""

    images: Images
    surroundings: Images
    labels: Labels


def cutouts(pool: Pool, rng: np.random.Generator) -> Cutouts:
    """The cut-outs of one page; there may be none."""
    page = make_photo(pool, rng, shares=SHARES).page
    turned = rng.random() < TURNED
    if turned:
        page = turned_left(page)
    inks = list(find_inks(page.image))
    ink, as_written = (inks[0], True) if turned else _some_ink(inks, page, rng)
    boxes = np.concatenate([propose(ink).boxes_ltrb, _about(page, ink, rng)])
    labels = labelled(boxes, ink, page) if as_written else np.full(len(boxes), NOT_A_DIGIT)
    if turned:  # a page on its side is to be doubted; a zero is one there, too
        labels[labels > 0] = NOT_A_DIGIT
        labels[labels == 0] = -1
    digits = rng.permutation(np.flatnonzero((labels >= 0) & (labels < NOT_A_DIGIT)))[:MOST_DIGITS]
    others = rng.permutation(np.flatnonzero(labels == NOT_A_DIGIT))[:MOST_OTHERS]
    chosen = np.concatenate([digits, others])
    cuts = [cut_out(ink, boxes[k]) for k in chosen]
    images = np.array([normalize(cut.ink) for cut in cuts], np.uint8).reshape(-1, 28, 28)
    return Cutouts(images, surroundings(ink.picture, [cut.box_ltrb for cut in cuts]), labels[chosen].astype(np.uint8))


def turned_left(page: Page) -> Page:
    """The page turned by a quarter to the left."""
    width = page.image.shape[1]
    digits = []
    for digit in page.digits:
        x, y, w, h = digit.box
        a, b, c, d = ((py, width - px) for px, py in digit.polygon)
        digits.append(replace(digit, box=(y, width - x - w, h, w), polygon=(a, b, c, d)))
    image = np.ascontiguousarray(np.rot90(page.image))
    return replace(page, image=image, digits=tuple(digits), marks=())


def varied(image: Image, around: Image, label: int, rng: np.random.Generator) -> tuple[Image, Image, int]:
    """A cut-out seen a little differently: its ink wider or slimmer, the picture in another light, grain or focus."""
    image, around = np.asarray(image), np.asarray(around)
    if rng.random() < PEN:
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        changed = change(image, np.ones((1, 2) if rng.random() < 0.5 else (2, 1), np.uint8))
        image = np.asarray(changed, np.uint8) if changed.max() > 127 else image
    shift = rng.integers(-1, 2, 2).tolist()
    image = np.roll(image, shift, (0, 1))
    around = np.roll(around, rng.integers(-1, 2, 2).tolist(), (0, 1))
    if rng.random() < LIGHT:
        levels = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.5, 0.5))
        around = np.asarray(cv2.LUT(around, levels.round().astype(np.uint8)))
    if rng.random() < GRAIN:
        grain = rng.standard_normal(around.shape, np.float32) * np.float32(rng.uniform(2, 20))
        around = np.clip(around + grain, 0, 255).astype(np.uint8)
    if rng.random() < FOCUS:
        around = np.asarray(cv2.GaussianBlur(around, (0, 0), rng.uniform(0.3, 0.9)), np.uint8)
    return image, around, label


def _about(page: Page, ink: Ink, rng: np.random.Generator) -> Boxes:
    """A box about each digit, float32 [N, 4], found or not."""
    truth = sides_of([digit.box for digit in page.digits], ink.scale)
    return np.asarray(truth + rng.normal(0, ABOUT, truth.shape) * (truth[:, 3:] - truth[:, 1:2]), np.float32)


def alone(image: Image, rng: np.random.Generator) -> Image:
    """What is around a glyph with nothing around it: the glyph itself on paper, uint8 [56, 56]."""
    _, around, _ = varied(image, np.pad(image, 14), 0, rng)
    if rng.random() < PEN:
        around = np.asarray(cv2.erode(around, np.ones((2, 2), np.uint8)), np.uint8)
    grain = rng.standard_normal(around.shape, np.float32) * np.float32(rng.choice([0, 3, 12]))
    return np.clip(around * np.float32(rng.uniform(0.6, 1)) + grain + rng.uniform(0, 12), 1, 255).astype(np.uint8)


def labelled(boxes_ltrb: Boxes, ink: Ink, page: Page) -> npt.NDArray[np.int64]:
    """What is in each box [N, 4]: 0 to 9, NOT_A_DIGIT, or -1 where it counts neither way."""
    truth = sides_of([digit.box for digit in page.digits], ink.scale)
    corners = np.array([digit.polygon for digit in page.digits], np.float32).reshape(-1, 4, 2) * ink.scale
    values = np.where(complete(truth, corners, ink.strength, whole=CUT), [digit.value for digit in page.digits], -1)
    labels = np.full(len(boxes_ltrb), NOT_A_DIGIT)
    if not len(truth):
        return labels
    boxes, placed = _no_slimmer(boxes_ltrb), _no_slimmer(truth)
    shared, areas = _shared(boxes, placed), (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    overlaps = iou(boxes, placed)
    best, every = overlaps.argmax(axis=1), np.arange(len(boxes))
    most, inside = overlaps[every, best], shared[every, best] / np.maximum(areas, 1e-6)
    labels[(most > OFF_DIGIT) & ((inside < PART) | (most > PARTLY))] = -1
    labels[most > ON_DIGIT] = values[best[most > ON_DIGIT]]
    incomplete = (overlaps[:, values < 0] > 0.1).any(axis=1)
    labels[incomplete & (labels == NOT_A_DIGIT)] = -1
    return labels


def iou(boxes_ltrb: Boxes, others_ltrb: Boxes) -> Floats:
    """Intersection over union of boxes [N, 4] with others [M, 4]: [N, M]."""
    shared = _shared(boxes_ltrb, others_ltrb)
    areas, of_others = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes_ltrb, others_ltrb))
    return np.asarray(shared / np.maximum(areas[:, None] + of_others[None] - shared, 1e-6))


def _shared(boxes_ltrb: Boxes, others_ltrb: Boxes) -> Floats:
    """The areas that boxes [N, 4] share with others [M, 4]: [N, M]."""
    low = np.maximum(boxes_ltrb[:, None, :2], others_ltrb[None, :, :2])
    high = np.minimum(boxes_ltrb[:, None, 2:], others_ltrb[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2))


def _no_slimmer(boxes_ltrb: Boxes) -> Boxes:
    """Slim boxes widened around their middles, so that a one's overlap hangs on its height."""
    boxes = boxes_ltrb.copy()
    more = (SLIMMEST * (boxes[:, 3] - boxes[:, 1]) - (boxes[:, 2] - boxes[:, 0])).clip(0) / 2
    boxes[:, 0] -= more
    boxes[:, 2] += more
    return boxes


def _some_ink(inks: list[Ink], page: Page, rng: np.random.Generator) -> tuple[Ink, bool]:
    """One of the ways to see the page's ink, and whether ink and paper are the right way round in it."""
    if len(inks) == 1 or not page.digits:
        return inks[rng.integers(len(inks))], True
    lighter = max(inks, key=lambda ink: _likeness(ink, page)).lighter
    right = np.array([ink.lighter == lighter for ink in inks])
    wanted = right if right.all() or rng.random() < AS_WRITTEN else ~right
    pick = int(rng.choice(np.flatnonzero(wanted)))
    return inks[pick], bool(right[pick])


def _likeness(ink: Ink, page: Page) -> float:
    """The mean probability that the shipped reader gives the digits that are there."""
    cuts = [cut_out(ink, box) for box in sides_of([digit.box for digit in page.digits], ink.scale)]
    answers = _reader().run(np.stack([normalize(cut.ink) for cut in cuts]))
    return float(answers[np.arange(len(cuts)), [digit.value for digit in page.digits]].mean())


@functools.cache
def _reader() -> models.ModelFile:
    """One a process."""
    return models.load("reader")
