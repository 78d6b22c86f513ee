"""What stands on the paper where something is doubtful: `Papers().crop(doubt)` is a PNG."""

import functools
import hashlib
import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Image
from digitscope.batch.archives import members
from digitscope.batch.work import Item, item_bytes
from digitscope.errors import ImageError
from digitscope.reading import drawing
from digitscope.reading.io.images import MAX_BYTES, open_pages
from digitscope.review.doubts import Doubt

MARGIN = 1.0  # of the height of what is doubtful, to see it in its row
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


class Papers:
    """The pages that crops come from; the last few stay open."""

    def __init__(self) -> None:
        self.page = functools.lru_cache(PAGES)(opened)

    def crop(self, doubt: Doubt) -> bytes:
        """A PNG of what is doubtful, outlined, with what is around it.

        Raises:
            ImageError: the paper is gone, has changed, or there is no place on it.
        """
        page = self.page(paper_of(doubt))
        x, y, w, h = around(doubt, MARGIN, page)
        part = page[y : y + h, x : x + w]
        part = cv2.cvtColor(part, cv2.COLOR_GRAY2RGB) if part.ndim == 2 else part.copy()
        scale = min(max(1.0, SMALL / h), LARGE / w)
        resized = cv2.resize(
            part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        )
        corners = np.rint((np.array(doubt.polygon) - (x, y)) * scale).astype(np.int32)
        cv2.polylines(resized, [corners], True, OUTLINE, 2, cv2.LINE_AA)
        return drawing.encoded(np.asarray(resized, np.uint8), ".png")


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
    return Paper(doubt.path, doubt.member, doubt.page, doubt.sha256)


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
        inside = (one for one in members(paper.path) if one.member == paper.member)
        item = next(inside, Item(paper.path, paper.member, ImageError(
            f"The archive has no such member. Received: path={paper.path!r}, member={paper.member!r}"
        )))  # fmt: skip
    return item_bytes(item.loaded())


def around(doubt: Doubt, margin: float, page: Image) -> BoxXYWH:
    """The box of what is doubtful with a margin, as far as the page goes."""
    points = np.array(doubt.polygon)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    by = margin * max(bottom - top, 8)
    height, width = page.shape[:2]
    x, y = (int(np.clip(value, 0, limit - 1)) for value, limit in ((left - 2 * by, width), (top - by / 2, height)))
    end_x, end_y = (
        int(np.clip(np.ceil(value), 1, limit)) for value, limit in ((right + 2 * by, width), (bottom + by / 2, height))
    )
    return x, y, max(1, end_x - x), max(1, end_y - y)
