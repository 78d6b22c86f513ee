"""A page as it is looked at: a part of it, turned by quarters, straightened; and the way back to the page.

view = View.of(page, region=(100, 40, 300, 80)).turned(90)
view.pixels            # uint8, what is read
view.on_page(points)   # x, y on `pixels` -> x, y on the page as displayed
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Doubles, Image, PixelsLTRB
from digitscope.errors import ImageError, UsageError
from digitscope.reading.io.images import PageImage

ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, eq=False)
class View:
    """What is read of a page: `pixels`, uint8 [H, W] or [H, W, 3], and how they were turned, in degrees clockwise.

    `to_page` is float64 [2, 3]: the affine map from points of `pixels` to points of the page as displayed. A pixel's
    left and top sides, not its middle, have its coordinates.
    """

    pixels: Image
    to_page: Doubles
    rotation: int = 0  # 0, 90, 180 or 270
    tilt: float = 0.0  # what it was turned beyond that

    @classmethod
    def of(cls, page: PageImage, region: BoxXYWH | None = None) -> "View":
        """A page as displayed, or the part of it in a box of its pixels; what lies outside the page is left out.

        Raises:
            ImageError: no part of the region is on the page.
        """
        whole = cls(page.pixels, np.array([[page.scale, 0, 0], [0, page.size[1] / page.pixels.shape[0], 0]]))
        if region is None:
            return whole
        x, y, w, h = region
        if x >= page.size[0] or y >= page.size[1] or x + w <= 0 or y + h <= 0:
            raise ImageError(
                f"The region lies outside the page. Expected a part of its {page.size[0]}×{page.size[1]} pixels. "
                f"Received: region={region}"
            )
        left, top, right, bottom = max(0, x), max(0, y), min(x + w, page.size[0]), min(y + h, page.size[1])
        across, down = whole.to_page[0, 0], whole.to_page[1, 1]
        return whole.part((int(left / across), int(top / down), round(right / across), round(bottom / down)))

    def part(self, box_ltrb: PixelsLTRB) -> "View":
        """What lies in a box, or at least one pixel beside it."""
        height, width = self.pixels.shape[:2]
        left, top = min(max(0, box_ltrb[0]), width - 1), min(max(0, box_ltrb[1]), height - 1)
        right, bottom = max(left + 1, box_ltrb[2]), max(top + 1, box_ltrb[3])
        pixels = np.ascontiguousarray(self.pixels[top:bottom, left:right])
        return View(pixels, _after(self.to_page, [[1, 0, left], [0, 1, top]]), self.rotation, self.tilt)

    def turned(self, rotation: int) -> "View":
        """Turned clockwise by 0, 90, 180 or 270 degrees."""
        if not rotation:
            return self
        height, width = self.pixels.shape[:2]
        back = {
            90: [[0, 1, 0], [-1, 0, height]],
            180: [[-1, 0, width], [0, -1, height]],
            270: [[0, -1, width], [1, 0, 0]],
        }
        pixels = np.asarray(cv2.rotate(self.pixels, ROTATIONS[rotation]), np.uint8)
        return View(pixels, _after(self.to_page, back[rotation]), (self.rotation + rotation) % 360, self.tilt)

    def straightened(self, degrees: float) -> "View":
        """Turned clockwise by any angle; what comes in at the corners continues the page's edge."""
        height, width = self.pixels.shape[:2]
        cos, sin = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
        size = round(width * abs(cos) + height * abs(sin)), round(width * abs(sin) + height * abs(cos))
        turn = np.array([[cos, sin], [-sin, cos]])  # from the new picture back to this one
        back = np.column_stack([turn, [width / 2, height / 2] - turn @ [size[0] / 2, size[1] / 2]])
        middles = back.copy()
        middles[:, 2] += turn @ [0.5, 0.5] - 0.5  # OpenCV counts from the middle of the first pixel
        pixels = cv2.warpAffine(
            self.pixels, middles, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        return View(np.asarray(pixels, np.uint8), _after(self.to_page, back), self.rotation, self.tilt + degrees)

    def on_page(self, points: Doubles) -> Doubles:
        """Points x, y on `pixels`, float64 [N, 2] → the same on the page as displayed."""
        return np.asarray(points @ self.to_page[:, :2].T + self.to_page[:, 2])


def checked_region(region: object) -> BoxXYWH | None:
    """A region x, y, w, h given by a user, or None where there is none.

    Raises:
        UsageError: it is no four whole numbers, or not at least a pixel wide and high.
    """
    if region is None:
        return None
    sides = tuple(region) if isinstance(region, tuple | list | np.ndarray) else ()
    if len(sides) != 4 or not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in sides):
        raise UsageError(f"The region is no box. Expected four whole numbers x, y, w, h. Received: region={region!r}")
    x, y, w, h = (int(side) for side in sides)
    if w < 1 or h < 1:
        raise UsageError(f"The region is empty. Expected w and h of at least 1. Received: region={(x, y, w, h)}")
    return x, y, w, h


def _after(to_page: Doubles, back: Doubles | list[list[float]]) -> Doubles:
    """The map `back`, then the map `to_page`: float64 [2, 3]."""
    return np.asarray(to_page @ np.vstack([back, [0, 0, 1]]))
