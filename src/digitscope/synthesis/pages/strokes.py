"""Digits and other marks as distance fields, which a pen of any width then follows.

Following a field at a distance r gives a stroke of half-width r, at any size and without the steps of the 28-pixel
grid. MNIST's digits make fields of TILE pixels a side; drawings and prints make theirs as large as they need.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Distances = npt.NDArray[np.float32]

FINE = 3  # tile pixels to one MNIST pixel
BOX = 20  # MNIST pixels of the box that holds a digit
MARGIN = 3  # MNIST pixels around that box
TILE = (BOX + 2 * MARGIN) * FINE


@dataclass(frozen=True, eq=False)
class Field:
    """Distances to a stroke's middle, or to its outline.

    Attributes:
        distances: float32 [H, W], in pixels of the MNIST grid.
        fine: field pixels to one MNIST pixel.
        middle: x and y, in field pixels, of what comes to lie at a digit's middle.
        solid: distances are to an outline that no pen follows: print is as thick as it is.
    """

    distances: Distances
    fine: float = FINE
    middle: tuple[float, float] = (TILE / 2, TILE / 2)
    solid: bool = False


def thinning_table(*, second: bool) -> npt.NDArray[np.bool_]:
    """Which of the 256 neighbourhoods let a pixel go, in one of the two passes of Zhang and Suen (1984)."""
    table = np.zeros(256, bool)
    for code in range(256):
        p = [code >> bit & 1 for bit in range(8)]  # clockwise from north
        crossings = sum(not p[i] and bool(p[(i + 1) % 8]) for i in range(8))
        north, east, south, west = p[0], p[2], p[4], p[6]
        if second:
            open_side = not (north and east and west) and not (north and south and west)
        else:
            open_side = not (north and east and south) and not (east and south and west)
        table[code] = 2 <= sum(p) <= 6 and crossings == 1 and open_side
    return table


TABLES = tuple(thinning_table(second=second).astype(np.uint8) for second in (False, True))
NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thin(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The one-pixel skeleton of a 0/1 image."""
    ink = ink.copy()
    for _ in range(40):  # a stroke of 80 pixels; MNIST's widest is 20 here
        removed = 0
        for table in TABLES:
            code = cv2.filter2D(ink, cv2.CV_8U, NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            gone = np.asarray(cv2.LUT(code, table), np.uint8) & ink
            removed += cv2.countNonZero(gone)
            ink ^= gone
        if not removed:
            break
    return ink


def column_of_tiles(images: npt.NDArray[np.uint8]) -> Distances:
    """MNIST images, each cut to its ink and enlarged smoothly, one under the other: [N * TILE, TILE]."""
    column = np.zeros((len(images) * TILE, TILE), np.float32)
    for n, image in enumerate(images):
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        if not len(rows):
            continue
        cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:BOX, :BOX]
        top, left = (BOX + 2 * MARGIN - cut.shape[0]) // 2, (BOX + 2 * MARGIN - cut.shape[1]) // 2
        grid = np.zeros((BOX + 2 * MARGIN,) * 2, np.float32)
        grid[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
        column[n * TILE : (n + 1) * TILE] = cv2.resize(grid, (TILE, TILE), interpolation=cv2.INTER_CUBIC)
    return column


def distance_to(ink: npt.NDArray[np.uint8]) -> Distances:
    """The distance from each pixel to the nearest ink of a 0/1 image, in MNIST pixels."""
    distance = cv2.distanceTransform(1 - ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance / FINE, np.float32)


def centre_lines(images: npt.NDArray[np.uint8]) -> list[Field]:
    """[N, 28, 28] → N fields: the distance to the middle of each digit's stroke."""
    ink = (column_of_tiles(images) > 110).astype(np.uint8)
    distance = cv2.GaussianBlur(distance_to(thin(ink)), (0, 0), 1.2)
    # The blur lifts the bottom of the valley by about this much.
    return _tiles(np.maximum(distance - 0.25, 0))


def outlines(images: npt.NDArray[np.uint8]) -> list[Field]:
    """[N, 28, 28] → N fields: the distance to each digit's edge, negative inside its stroke."""
    ink = (cv2.GaussianBlur(column_of_tiles(images), (0, 0), 1.5) > 110).astype(np.uint8)
    distance = distance_to(ink) - distance_to(1 - ink)
    return _tiles(cv2.GaussianBlur(distance, (0, 0), 1.0))


def _tiles(column: Distances) -> list[Field]:
    return [Field(tile) for tile in np.asarray(column, np.float32).reshape(-1, TILE, TILE)]


def along(paths: list[npt.NDArray[np.float64]]) -> Field:
    """Polylines with coordinates in 0…1 of MNIST's 20-pixel box → their field of TILE × TILE pixels."""
    ink = np.zeros((TILE, TILE), np.uint8)
    for path in paths:
        points = np.rint((np.clip(path, -0.1, 1.1) * BOX + MARGIN) * FINE * 16).astype(np.int32)
        cv2.polylines(ink, [points.reshape(-1, 1, 2)], False, 1, 1, cv2.LINE_8, 4)
    distance = np.maximum(cv2.GaussianBlur(distance_to(ink), (0, 0), 1.2) - 0.25, 0)
    return Field(np.asarray(distance, np.float32))
