"""Ink → rows of atoms: the smallest pieces that no digit shares with another, left to right.

A component of ink is an atom; where it is wide enough to hold several digits, seams of little ink cut it into more.
Which neighbouring atoms make up a digit together is decided in `lattice`, by what the network says of each choice.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.read.page import Ink

Mask = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

MOST_COMPONENTS = 3000  # a page with more pieces of ink is noise, and its largest pieces are looked at
SMALLEST = 0.22  # of the page's typical glyph height: smaller pieces are specks
CUT_FROM = 0.7  # a component's width over the row's height, from which on it may hold two digits
CUT_HEIGHT = 48  # pixels: seams are found on components of this height
CUT_MOST = 2.6  # pens: a seam that crosses more ink than this cuts no touching digits


@dataclass(frozen=True, eq=False)
class Atom:
    """A piece of ink: its label in the page's label image, its box x, y, w, h, and the ink of the cut to its left.

    `cut` counts in pens how much ink had to be cut to part it from the atom before it; 0 between components.
    """

    label: int
    box: tuple[int, int, int, int]
    area: int
    cut: float = 0.0


@dataclass(frozen=True, eq=False)
class Row:
    """A row of atoms from left to right, the typical height of its glyphs in working pixels, and its slope."""

    atoms: tuple[Atom, ...]
    height: float
    slope: float = 0.0


def find_rows(ink: Ink, mask: Mask) -> tuple[list[Row], Labels]:
    """Rows of atoms from top to bottom, and the label image int32 [H, W] that tells their pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    atoms = _components(stats, ink)
    if not atoms:
        return [], labels
    typical = typical_height(atoms)
    atoms = [a for a in atoms if max(a.box[2], a.box[3]) >= SMALLEST * typical]
    rows = []
    slope = _slope([a for a in atoms if a.box[3] > 0.5 * typical], typical)
    for members in _rows(atoms, slope):
        height = typical_height(members)
        cut: list[Atom] = []
        for atom in sorted(members, key=lambda a: a.box[0] + a.box[2] / 2):
            pieces, count = _cut(atom, labels, ink, height, count)
            cut += pieces
        rows.append(Row(tuple(cut), height, slope))
    return rows, labels


def _components(stats: Labels, ink: Ink) -> list[Atom]:
    """Components that are no specks; of very many, the largest."""
    least = max(6.0, (0.8 * ink.pen) ** 2)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_COMPONENTS] + 1
    return [
        Atom(int(i), tuple(int(v) for v in stats[i, :4]), int(stats[i, cv2.CC_STAT_AREA]))  # type: ignore[arg-type]
        for i in order
        if stats[i, cv2.CC_STAT_AREA] >= least and max(stats[i, 2:4]) >= 8
    ]


def typical_height(atoms: list[Atom]) -> float:
    """The height of glyphs: the median over atoms, each weighted by its height, so that specks hardly count."""
    heights = np.sort(np.array([max(a.box[3], 0.6 * a.box[2]) for a in atoms], np.float64))
    weights = np.cumsum(heights**1.5)
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def _rows(atoms: list[Atom], slope: float) -> list[list[Atom]]:
    """Group atoms into rows of text, top to bottom, along the page's slope."""
    middle = {a.label: a.box[1] + a.box[3] / 2 - slope * (a.box[0] + a.box[2] / 2) for a in atoms}
    rows: list[list[Atom]] = []
    for atom in sorted(atoms, key=lambda a: -a.box[3]):  # the tall ones found rows, the small ones join them
        best, overlap = None, 0.3
        for row in rows:
            near = sorted(row, key=lambda a: abs(a.box[0] - atom.box[0]))[:3]
            shares = [_shared(middle[atom.label], atom.box[3], middle[a.label], a.box[3]) for a in near]
            share = sum(shares) / len(shares)
            if share > overlap:
                best, overlap = row, share
        if best is None:
            rows.append([atom])
        else:
            best.append(atom)
    return sorted(rows, key=lambda row: float(np.mean([middle[a.label] for a in row])))


def _shared(y1: float, h1: float, y2: float, h2: float) -> float:
    """How much of the smaller of two heights the other shares."""
    return (min(y1 + h1 / 2, y2 + h2 / 2) - max(y1 - h1 / 2, y2 - h2 / 2)) / min(h1, h2)


def _slope(atoms: list[Atom], typical: float) -> float:
    """The slope of the rows: the median over neighbours side by side, and 0 where there are few."""
    if len(atoms) < 3:
        return 0.0
    boxes = np.array([a.box for a in atoms], np.float64)
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    slopes = []
    for i in range(len(x)):
        dx, dy = x - x[i], y - y[i]
        right = np.flatnonzero((dx > 0.3 * typical) & (dx < 4 * typical) & (np.abs(dy) < 0.45 * dx + 0.1 * typical))
        if len(right):
            nearest = right[np.argmin(dx[right] + 2 * np.abs(dy[right]))]
            slopes.append(dy[nearest] / dx[nearest])
    return float(np.median(slopes)) if len(slopes) >= 2 else 0.0


def _cut(atom: Atom, labels: Labels, ink: Ink, height: float, count: int) -> tuple[list[Atom], int]:
    """Cut a wide component along seams of little ink; its pieces get labels from `count` on."""
    x, y, w, h = atom.box
    if w < CUT_FROM * min(height, h * 1.3) or h < 0.4 * height or w < 10:
        return [atom], count
    own = labels[y : y + h, x : x + w] == atom.label
    strength = np.where(own, ink.strength[y : y + h, x : x + w], 0)
    scale = min(1.0, CUT_HEIGHT / h)
    size = max(4, round(w * scale)), max(4, round(h * scale))
    small = cv2.resize(strength, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    seams, costs = _seams(small, max(1.0, ink.pen * scale))
    if not len(seams):
        return [atom], count
    # each pixel's piece is the number of seams to its left
    piece = np.zeros((h, w), np.int32)
    rows = np.minimum((np.arange(h) * scale).astype(int), size[1] - 1)
    for seam in seams:
        piece += np.arange(w)[None, :] >= ((seam[rows] + 0.5) / scale)[:, None]
    atoms: list[Atom] = []
    for k in range(len(seams) + 1):
        pixels = own & (piece == k)
        area = int(np.count_nonzero(pixels))
        if area < max(4.0, 0.3 * ink.pen**2):
            continue
        columns, lines = np.flatnonzero(pixels.any(axis=0)), np.flatnonzero(pixels.any(axis=1))
        box = (x + int(columns[0]), y + int(lines[0]), int(np.ptp(columns)) + 1, int(np.ptp(lines)) + 1)
        labels[y : y + h, x : x + w][pixels] = count
        atoms.append(Atom(count, box, area, cut=float(costs[k - 1]) if k and atoms else 0.0))
        count += 1
    return atoms, count


def _seams(ink: Floats, pen: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Paths from top to bottom that cross little ink: their column in each row [S, h], and the pens of ink crossed."""
    h, w = ink.shape
    down, up = _costs(ink), _costs(ink[::-1])[::-1]
    middle = h // 2
    through = down[middle] + up[middle] - ink[middle]
    least = max(2, round(0.10 * h))
    columns = [
        c
        for c in range(least, w - least)
        if through[c] <= CUT_MOST * pen and through[c] <= through[max(0, c - 2) : c + 3].min()
    ]
    chosen: list[int] = []
    for c in sorted(columns, key=lambda c: through[c]):
        if all(abs(c - other) >= least for other in chosen) and len(chosen) < 4 * max(1, w // h) + 3:
            chosen.append(c)
    seams = np.zeros((len(chosen), h))
    for k, c in enumerate(sorted(chosen)):
        seams[k, middle:] = _descend(up, c, middle, 1)
        seams[k, : middle + 1] = _descend(down, c, middle, -1)
        if k:
            seams[k] = np.maximum(seams[k], seams[k - 1])
    return seams, np.array([through[c] / pen for c in sorted(chosen)])


SLANT = 0.12  # what a seam pays, in pixels of ink, for each pixel that it moves aside


def _costs(ink: Floats) -> Floats:
    """The least ink on a path from the top edge to each pixel, moving aside by at most a pixel a row."""
    cost = ink.copy()
    for row in range(1, len(cost)):
        above = cost[row - 1]
        aside = np.minimum(np.r_[np.inf, above[:-1]], np.r_[above[1:], np.inf]) + SLANT
        cost[row] += np.minimum(above, aside).astype(np.float32)
    return cost


def _descend(cost: Floats, column: int, row: int, step: int) -> list[int]:
    """Follow the least cost from (row, column) to the edge; the columns in the order of rows."""
    path = [column]
    while 0 <= row + step < len(cost):
        row += step
        options = [c for c in (column - 1, column, column + 1) if 0 <= c < cost.shape[1]]
        column = min(options, key=lambda c: (cost[row, c] + (SLANT if c != path[-1] else 0), abs(c - path[-1])))
        path.append(column)
    return path if step > 0 else path[::-1]
