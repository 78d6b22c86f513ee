"""What reading cuts out of made pages: glyphs as the reader meets them, soiled by rules, neighbours and wrong boxes.

The detector finds the digits of pages made for training, and each is cut out just as `read` does it. What it finds
where no digit is, is no digit.
"""

from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.learn import scenes
from digitscope.mnist import Split
from digitscope.pages.compose import NO_DIGIT
from digitscope.read.detect import find_digits
from digitscope.read.glyph import cut_out
from digitscope.read.normalize import normalize
from digitscope.read.page import find_ink

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIGNS = 0.15  # of the pages hold letters and signs alone
DIGIT, ASIDE = 0.5, 0.15  # intersection over union with a digit from which a box means it, and up to which none
SHAKE = 0.06  # of a digit's height: the spread of the sides of boxes that the detector did not find
AT_ONCE = 200  # pages that a process makes


class _Task(NamedTuple):
    split: Split
    seed: int
    pages: range


def cuts(split: Split, *, seed: int, pages: int) -> Split:
    """Glyphs cut out of `pages` made pages, on all cores: uint8 [N, 28, 28] in MNIST's form, with label 10 for none."""
    images, labels = scenes.pool(split, seed=seed)
    written_with = Split(images, labels)
    tasks = [_Task(written_with, seed, range(k, min(k + AT_ONCE, pages))) for k in range(0, pages, AT_ONCE)]
    with ProcessPoolExecutor(2) as workers:
        parts = list(workers.map(_cuts_of, tasks))
    return Split(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))


def _cuts_of(task: _Task) -> Split:
    cv2.setNumThreads(1)
    images, labels = [np.zeros((0, 28, 28), np.uint8)], [np.zeros(0, np.uint8)]
    for number in task.pages:
        some = cuts_of_page(*task.split, np.random.default_rng([task.seed, 3, number]))
        images.append(some.images)
        labels.append(some.labels)
    return Split(np.concatenate(images), np.concatenate(labels))


def cuts_of_page(images: Image, labels: Image, rng: np.random.Generator) -> Split:
    """Compose one page of the pool, find its digits, and cut them out."""
    make = scenes.signs if rng.random() < SIGNS else scenes.written
    page, height = make(images, labels, rng)
    image, coarse = scenes.photographed(page, height, rng)
    ink = find_ink(image)
    placed = np.array([digit.box for digit in page.digits], np.float32).reshape(-1, 4) * (coarse * ink.scale)
    placed[:, 2:] += placed[:, :2]
    values = np.array([digit.value for digit in page.digits], np.uint8)
    boxes = np.array([digit.box for digit in find_digits(ink)], np.float32).reshape(-1, 4)
    overlap = overlaps(boxes, placed)
    missed = np.flatnonzero(overlap.max(axis=0, initial=0) < DIGIT)
    shaken = placed[missed] + rng.normal(0, SHAKE, (len(missed), 4)) * (placed[missed, 3:] - placed[missed, 1:2])
    boxes, overlap = np.concatenate([boxes, shaken]), np.concatenate([overlap, np.eye(len(placed))[missed]])
    best = overlap.max(axis=1, initial=0)
    meant = np.append(values, NO_DIGIT)[np.where(best >= DIGIT, overlap.argmax(axis=1) if len(placed) else 0, -1)]
    clear = np.flatnonzero((best >= DIGIT) | (best <= ASIDE))
    glyphs = [normalize(cut_out(ink, boxes.astype(np.float32), int(k)).ink) for k in clear]
    return Split(np.array(glyphs, np.uint8).reshape(-1, 28, 28), meant[clear].astype(np.uint8))


def overlaps(first: Floats, second: Floats) -> Floats:
    """Intersection over union of all pairs of boxes (left, top, right, bottom): [N, 4], [M, 4] -> [N, M]."""
    low, high = np.maximum(first[:, None, :2], second[:, :2]), np.minimum(first[:, None, 2:], second[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-9), np.float32)
