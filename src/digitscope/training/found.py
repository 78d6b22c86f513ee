"""What reading finds on made pages, and what it is: `found_on_pages(folder, split, pens, pages=6_000, ...)`.

Pages are read as any photo is, up to the evidence for each detection; the truth says which are digits.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Boxes, Floats, Image, Mask
from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.models import EVIDENCE
from digitscope.reading.detection import find_digits
from digitscope.reading.evidence import gather
from digitscope.reading.glyph import cut_glyphs
from digitscope.reading.ink import Ink, find_inks, two_level_inks
from digitscope.reading.reader import Recognizer
from digitscope.reading.suppression import intersections
from digitscope.synthesis.pools import Pool
from digitscope.synthesis.scenes import Photo, photograph, visible
from digitscope.synthesis.trajectories import Pens
from digitscope.training.parts import made_parts

PART = 25  # pages to a file
TWO_LEVELS = 0.2  # of pages are seen by two levels of grey where they have such
SAME, APART = 0.5, 0.25  # IoU with a digit from which a detection is that digit; below which it is none


def found_on_pages(
    folder: Path, split: Split, pens: Pens | None, *, pages: int, alone: int, **choices: Any
) -> tuple[Floats, Image]:
    """The evidence for what is surely a digit or surely none, float32 [N, EVIDENCE], and what it is, uint8 [N].

    There are `pages` of all kinds, and so many more with a few things `alone`. `choices` are those of `made_parts`:
    what the pool is made of, and the seed.
    """
    make = partial(find_on_pages, pages=pages)
    kinds = {"pages": pages, "alone": alone}
    parts = made_parts(folder, split, pens, kinds=kinds, size=PART, make=make, **choices)
    kept = [np.load(path) for path in parts]
    return np.concatenate([part["evidence"] for part in kept]), np.concatenate([part["values"] for part in kept])


def find_on_pages(pool: Pool, seed: int, numbers: range, path: Path, *, pages: int) -> None:
    """Write what is found on the pages of these numbers, from `pages` on those with a few things alone."""
    reader = Recognizer()
    evidence, values = [np.zeros((0, EVIDENCE), np.float32)], [np.zeros(0, np.uint8)]
    for number in numbers:
        rng = np.random.default_rng([seed, 3, number])
        photo = photograph(pool, rng, alone=number >= pages)
        inks = two_level_inks(photo.image) if rng.random() < TWO_LEVELS else []
        ink = (inks or find_inks(photo.image))[0]
        if not (detections := find_digits(ink)):
            continue
        boxes = np.array([detection.box_ltrb for detection in detections], np.float32)
        known, value = _values(boxes, photo, ink)
        evidence.append(gather(detections, *cut_glyphs(detections, ink), ink, reader.probabilities)[known])
        values.append(value[known])
    write_whole(path, lambda file: np.savez(file, evidence=np.concatenate(evidence), values=np.concatenate(values)))


def _values(boxes: Boxes, photo: Photo, ink: Ink) -> tuple[Mask, Image]:
    """Which detections are surely a digit or surely none, bool [N], and what they are, uint8 [N]."""
    known, values = np.ones(len(boxes), bool), np.full(len(boxes), NOT_A_DIGIT, np.uint8)
    if photo.page is None or not photo.page.digits:
        return known, values
    truth = photo.boxes(ink.scale)
    seen = visible(ink.strength, truth)
    shared = np.stack([intersections(box, truth) for box in boxes])
    areas, true_areas = (np.maximum((b[:, 2:] - b[:, :2]).prod(axis=1), 1) for b in (boxes, truth))
    overlap = shared / (areas[:, None] + true_areas - shared)
    nearest, most = overlap.argmax(axis=1), overlap.max(axis=1)
    digits = np.array([digit.value for digit in photo.page.digits], np.uint8)
    values[most >= SAME] = digits[nearest[most >= SAME]]
    known = (most < APART) | ((most >= SAME) & seen[nearest])
    return known, values
