"""Rows of atoms → glyphs: of all ways to join neighbouring atoms, the one whose glyphs the network believes most.

Every run of neighbours that might be one digit is brought into MNIST's form and classified, all in one batch; then
dynamic programming finds the best way through each row (Casey and Lecolinet 1996 call it recognition-based
segmentation).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitscope import modelfile
from digitscope.read.normalize import normalize
from digitscope.read.page import Ink
from digitscope.read.segment import Atom, Labels, Row

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MOST_ATOMS = 5  # in one digit
WIDEST = 1.6  # a digit's width over its row's height
WIDEST_GAP = 0.22  # between the parts of one broken digit, over its row's height
REJECTED = np.log(0.10)  # what it costs to call a full-sized piece no digit rather than read it
CUT = 0.35  # what it costs to cut through ink, for each pen's width of it
EDGE = 0.04  # of the page: what ends this near to its edge may go on beyond it
SLENDER = 0.35  # of its height: what is no wider may be a line
TORN = 3.0  # what it costs to cut through ink beside a piece that is then refused
SMALL = 0.45  # of the row's height: what is smaller is rather a speck or a part than a digit
JOIN = 0.3  # what it costs to join two components into one digit


@dataclass(frozen=True, eq=False)
class Glyph:
    """One glyph as it was chosen: its box in working pixels, in MNIST's form, and the network's probabilities."""

    box: tuple[int, int, int, int]
    image: Image  # uint8 [28, 28]
    probabilities: Floats  # [10] or [11]
    rejection: float
    speck: bool  # too small beside its neighbours to be a digit

    @property
    def digits(self) -> npt.NDArray[np.float64]:
        """P(class | it is a digit), [10]."""
        digits = self.probabilities[:10].astype(np.float64)
        return digits / max(float(digits.sum()), 1e-12)

    @property
    def confidence(self) -> float:
        """(1 − rejection) · max P."""
        return (1 - self.rejection) * float(self.digits.max())


def read_rows(rows: Sequence[Row], labels: Labels, ink: Ink, classify: Callable[[Image], Floats]) -> list[list[Glyph]]:
    """The best glyphs of each row.

    Args:
        rows: atoms, left to right.
        labels: int32 [H, W], which pixels belong to which atom.
        ink: the page's ink.
        classify: uint8 [N, 28, 28] -> float32 [N, 10] or [N, 11].
    """
    runs = [[(i, j) for i in range(len(row.atoms)) for j in _ends(row, i)] for row in rows]
    boxes = [[_union(row.atoms[i : j + 1]) for i, j in these] for row, these in zip(rows, runs, strict=True)]
    images = [
        glyph_image(row.atoms[i : j + 1], box, labels, ink)
        for row, these, those in zip(rows, runs, boxes, strict=True)
        for (i, j), box in zip(these, those, strict=True)
    ]
    if not images:
        return []
    batch = np.stack(images)
    probabilities = classify(batch)
    rejections = modelfile.rejection(probabilities)
    found: list[list[Glyph]] = []
    at = 0
    for row, these, those in zip(rows, runs, boxes, strict=True):
        part = slice(at, at + len(these))
        chosen = _best(row, these, those, probabilities[part], rejections[part])
        found.append([
            Glyph(those[k], batch[at + k], probabilities[at + k], float(rejections[at + k]),
                  _size(those[k]) < SMALL * row.height)
            for k in chosen
        ])  # fmt: skip
        at += len(these)
    return found


def _ends(row: Row, first: int) -> list[int]:
    """The last atoms of the runs from `first` on that might be one digit."""
    ends = [first]
    atoms = row.atoms
    for last in range(first + 1, min(first + MOST_ATOMS, len(atoms))):
        _, _, w, h = _union(atoms[first : last + 1])
        before = _union(atoms[first:last])
        gap = atoms[last].box[0] - (before[0] + before[2])
        if w > WIDEST * max(row.height, h * 0.8) or gap > WIDEST_GAP * row.height:
            break
        ends.append(last)
    return ends


def _union(atoms: Sequence[Atom]) -> tuple[int, int, int, int]:
    x, y = min(a.box[0] for a in atoms), min(a.box[1] for a in atoms)
    right, bottom = max(a.box[0] + a.box[2] for a in atoms), max(a.box[1] + a.box[3] for a in atoms)
    return x, y, right - x, bottom - y


def _size(box: tuple[int, int, int, int]) -> float:
    return max(box[3], 0.7 * box[2])


def glyph_image(atoms: Sequence[Atom], box: tuple[int, int, int, int], labels: Labels, ink: Ink) -> Image:
    """The ink of `atoms` alone, in MNIST's form: uint8 [28, 28]."""
    x, y, w, h = box
    own = labels[y : y + h, x : x + w]
    chosen = np.isin(own, [a.label for a in atoms]) if len(atoms) > 1 else own == atoms[0].label
    return normalize(np.where(chosen, ink.strength[y : y + h, x : x + w], 0).astype(np.uint8))


def _best(
    row: Row,
    runs: Sequence[tuple[int, int]],
    boxes: Sequence[tuple[int, int, int, int]],
    probabilities: Floats,
    rejections: Floats,
) -> list[int]:
    """The indices of the runs on the best way from the row's first atom to its last."""
    n = len(row.atoms)
    best = np.full((n + 1, 2), -np.inf)  # by whether the glyph before is refused as no digit
    best[0, 0] = 0.0
    came: dict[tuple[int, int], tuple[int, int]] = {}  # (atom, refused) -> (run, whether the one before was refused)
    digit = probabilities[:, :10].max(axis=1)
    for k, (i, j) in enumerate(runs):  # runs come in the order of their first atom
        scores = _scores(row, i, j, boxes[k], float(digit[k]), float(rejections[k]))
        for refused, score in enumerate(scores):
            for before in (0, 1):
                # ink is only cut to part two digits
                torn = TORN if row.atoms[i].cut > 0 and (refused or before) else 0.0
                total = best[i, before] + score - torn
                if total > best[j + 1, refused]:
                    best[j + 1, refused] = total
                    came[j + 1, refused] = k, before
    chosen = []
    at, refused = n, int(best[n, 1] > best[n, 0])
    while at:
        k, refused = came[at, refused]
        chosen.append(k)
        at = runs[k][0]
    return chosen[::-1]


def _scores(
    row: Row, i: int, j: int, box: tuple[int, int, int, int], digit: float, rejection: float
) -> tuple[float, float]:
    """The log-belief in one run as a digit, and as none, weighted by its atoms so that all ways weigh the same."""
    atoms = row.atoms[i : j + 1]
    size = _size(box) / row.height
    read = np.log(max(digit, 1e-6)) + min(0.0, 6 * (size - SMALL))
    refused = np.log(max(rejection, 1e-6)) + REJECTED * min(1.0, size / 0.8) ** 2
    joined = sum(1 for a in atoms[1:] if a.cut == 0)
    costs = CUT * atoms[0].cut + JOIN * joined
    return float(len(atoms) * read - costs), float(len(atoms) * refused - costs)


def without_remains(row: Sequence[Glyph], rows: Sequence[Sequence[Glyph]], size: tuple[int, ...]) -> list[Glyph]:
    """`row` with what cannot be a digit beside its page's others marked as specks.

    That is what is much smaller than the page's glyphs are, and slender remains of a cell's border: along the page's
    edge and out of it, or much taller than the digits.

    Args:
        row: one of `rows`.
        rows: all of the page's glyphs.
        size: height and width of the page in working pixels.
    """
    others = sorted(g.box[3] for r in rows for g in r if not g.speck and g.rejection < 0.5)
    if len(others) < 2:
        return list(row)
    typical = others[len(others) // 2]
    return [replace(g, speck=g.speck or _is_remains(g.box, typical, size)) for g in row]


def _is_remains(box: tuple[int, int, int, int], typical: float, size: tuple[int, ...]) -> bool:
    x, y, w, h = box
    if _size(box) < SMALL * typical:
        return True
    height, width = size[:2]
    aside = min(x, width - (x + w)) < EDGE * width
    outward = min(y, height - (y + h)) < EDGE * height or h > 1.3 * typical
    return w < SLENDER * h and aside and outward
