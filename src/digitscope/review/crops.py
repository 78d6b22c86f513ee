"""What stands on the paper where something is doubtful: `Papers().crop(doubt)` is a PNG.

However the paper lies on the scan, it is shown upright: the first corner of a polygon is the top left of what is
written in it.
"""

import functools
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Doubles, Image
from digitscope.batch.archives import members
from digitscope.batch.work import Item, item_bytes
from digitscope.errors import ImageError
from digitscope.reading import drawing
from digitscope.reading.io.images import MAX_BYTES, open_pages
from digitscope.reading.result import Point
from digitscope.review.doubts import Doubt

MARGIN = 0.5  # of the height of what is doubtful
ROW = 2.0  # of a digit's height to its left and right, to see it in its row
SMALL, LARGE = 120, 900  # pixels: a crop's height is enlarged to the one, its width reduced to the other
PAGES = 4  # that stay open
OUTLINE = (31, 95, 214)  # RGB


@dataclass(frozen=True)
class Paper:
    """A page of a file, and which content it had when it was read."""

    path: str
    member: str | None
    page: int
    sha256: str | None
    column: str | None = None


class Papers:
    """The pages that crops come from; the last few stay open."""

    def __init__(self) -> None:
        self.page = functools.lru_cache(PAGES)(opened)

    def crop(self, doubt: Doubt) -> bytes:
        """A PNG of what is doubtful, upright and outlined, with what is around it.

        Raises:
            ImageError: the paper is gone, has changed, or there is no place on it.
        """
        page = self.page(paper_of(doubt))
        shown = upright(page, doubt.polygon, across=ROW if doubt.one_digit else MARGIN, down=MARGIN)
        height, width = shown.pixels.shape[:2]
        scale = min(max(1.0, SMALL / height), LARGE / width)
        part = cv2.cvtColor(shown.pixels, cv2.COLOR_GRAY2RGB) if shown.pixels.ndim == 2 else shown.pixels
        resized = cv2.resize(
            part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        )
        cv2.polylines(resized, [np.rint(shown.corners * scale).astype(np.int32)], True, OUTLINE, 2, cv2.LINE_AA)
        return drawing.encoded(np.asarray(resized, np.uint8), ".png")


@dataclass(frozen=True, eq=False)
class Upright:
    """A part of a page, turned so that what is written in its box is upright.

    `pixels` is uint8 [H, W] or [H, W, 3]; `box` and `corners`, float64 [4, 2], are where the polygon lies on them.
    """

    pixels: Image
    box: BoxXYWH
    corners: Doubles


def upright(page: Image, polygon: Sequence[Point], *, across: float, down: float) -> Upright:
    """A polygon of a page with a margin, as far as the page goes.

    Args:
        page: uint8 [H, W] or [H, W, 3].
        polygon: the corners, in order, from the top left of what is written.
        across: the margin to the left and right, in heights of the polygon.
        down: the margin above and below.

    Raises:
        ImageError: the polygon has not four corners, or no area.
    """
    corners = np.array(polygon, np.float64)
    if corners.shape != (4, 2) or abs(cv2.contourArea(corners.astype(np.float32))) < 1:
        raise ImageError(f"This is no place on a page. Expected four corners. Received: polygon={polygon!r}")
    w, h = (max(1, round(float(np.linalg.norm(side)))) for side in (_side(corners, 0), _side(corners, 1)))
    box = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float64)
    to_box = np.asarray(np.linalg.lstsq(np.c_[corners, np.ones(4)], box, rcond=None)[0].T, np.float64)  # affine
    height, width = page.shape[:2]
    ends = (np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ to_box.T).round(6)
    left, top = np.maximum((-across * h, -down * h), np.floor(ends.min(axis=0))).astype(int).tolist()
    right, bottom = np.minimum((w + across * h, h + down * h), np.ceil(ends.max(axis=0))).astype(int).tolist()
    to_box[:, 2] -= left, top
    pixels = cv2.warpAffine(
        page, _of_middles(to_box), (max(1, right - left), max(1, bottom - top)), flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=_paper(page, corners),
    )  # fmt: skip
    return Upright(np.asarray(pixels, np.uint8), (-left, -top, w, h), np.c_[corners, np.ones(4)] @ to_box.T)


def _side(corners: Doubles, first: int) -> Doubles:
    """A side of a polygon, the mean of it and the one across from it."""
    return (corners[first + 1] - corners[first] + corners[first + 2] - corners[(first + 3) % 4]) / 2


def _of_middles(to_box: Doubles) -> Doubles:
    """The map for coordinates of pixels' middles, which OpenCV takes, instead of their sides."""
    return np.c_[to_box[:, :2], to_box @ (0.5, 0.5, 1) - 0.5]


def _paper(page: Image, corners: Doubles) -> Sequence[float]:
    """The grey or colour of the paper around some corners: what a crop has beyond the page."""
    left, top = np.maximum(corners.min(axis=0), 0).astype(int)
    right, bottom = corners.max(axis=0).astype(int) + 1
    near = page[top:bottom, left:right]
    return np.median(near, axis=(0, 1)).reshape(-1).tolist() if near.size else [255.0] * 3


def paper_of(doubt: Doubt) -> Paper:
    """The page that a doubt is about.

    Raises:
        ImageError: the file does not say.
    """
    if doubt.path is None or doubt.page is None or not doubt.polygon:
        raise ImageError(
            f"The file does not say where this is on the paper. Expected a path, a page and a polygon. "
            f"Received: path={doubt.path!r}, page={doubt.page!r}"
        )
    return Paper(doubt.path, doubt.member, doubt.page, doubt.sha256, doubt.column)


def opened(paper: Paper) -> Image:
    """The pixels of a page: uint8 [H, W], or [H, W, 3] in RGB."""
    found = file_content(paper)
    if paper.sha256 is not None and hashlib.sha256(found).hexdigest() != paper.sha256:
        raise ImageError(
            f"The file has changed since it was read. Expected the same content. Received: path={paper.path!r}"
        )
    page = next(itertools.islice(open_pages(found, max_pixels=MAX_BYTES), paper.page, None), None)
    if page is None:
        raise ImageError(f"There is no such page. Received: path={paper.path!r}, page={paper.page}")
    return page


def file_content(paper: Paper) -> bytes:
    """The bytes of a file, or of a member of an archive."""
    item = Item(paper.path)
    if paper.member is not None:
        inside = (one for one in members(paper.path, column=paper.column) if one.member == paper.member)
        item = next(inside, Item(paper.path, paper.member, ImageError(
            f"The archive has no such member. Received: path={paper.path!r}, member={paper.member!r}"
        )))  # fmt: skip
    return item_bytes(item.loaded())
