"""What is on the paper before anybody writes, as the camera sees it: rulings, cut borders, ink from behind."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats
from digitscope.synthesis.pages import paper, pens, strokes
from digitscope.synthesis.pages.layout import Layout
from digitscope.synthesis.pages.pens import Hand


def print_paper(
    kind: str,
    place: Layout,
    fields: Sequence[strokes.Field],
    to_image: npt.NDArray[np.float64],
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    hand: Hand,
    dotted: bool,
) -> Floats:
    """What was on the paper before, as the camera sees it: 0…1, float32 [H, W]."""
    printed = np.zeros(shape, np.float32)
    corners = np.array([[[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]]], float)
    seen = cv2.perspectiveTransform(corners, np.linalg.inv(to_image))[0]
    pad = 2 * hand.height
    around = (*(seen.min(0) - pad), *(seen.max(0) + pad))
    lines = paper.rulings(kind, place, hand.height, around, rng, dotted=dotted)
    if kind == "cell":
        frame_lines(printed, hand.height, rng)
    paper.print_lines(printed, lines, to_image)
    if rng.random() < {"ledger": 0.6, "cell": 0.4}.get(kind, 0.0):
        ghost(printed, fields, hand, rng)
    return printed


def frame_lines(printed: Floats, height: float, rng: np.random.Generator) -> None:
    """What is left of a form cell's border where it was cut out: parts of lines near the image's edges."""
    h, w = printed.shape
    for side in range(4):
        if rng.random() < 0.3:
            continue
        inset = rng.uniform(-0.02, 0.13) * height
        lean, strength = rng.normal(0, 0.015), rng.uniform(0.2, 0.9)
        start, end = np.sort(rng.uniform(-0.1, 1.1, 2)) if rng.random() < 0.4 else (-0.1, 1.1)
        length = w if side % 2 == 0 else h
        a, b = start * length, end * length
        depth = {0: inset, 1: w - inset, 2: h - inset, 3: inset}[side]
        p, q = (a, depth + lean * a), (b, depth + lean * b)
        if side % 2:
            p, q = p[::-1], q[::-1]
        paper.print_lines(printed, [paper.Line(p, q, rng.uniform(0.03, 0.09) * height, strength)], np.eye(3))


def ghost(printed: Floats, fields: Sequence[strokes.Field], hand: Hand, rng: np.random.Generator) -> None:
    """Ink that shines through from the other side: mirrored, pale and soft."""
    layer = np.zeros_like(printed)
    for _ in range(int(rng.integers(1, 6))):
        x, y = rng.uniform(0, printed.shape[1]), rng.uniform(0, printed.shape[0])
        field = fields[int(rng.integers(len(fields)))]
        scale = hand.height / (strokes.BOX * field.fine)
        mirrored = np.array([[-scale, 0, x], [0, scale, y], [0, 0, 1]])
        pens.draw(layer, field, max(pens.reach(field, hand), 0.8), mirrored)
    layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.05 * hand.height), np.float32)
    np.maximum(printed, layer * rng.uniform(0.06, 0.2), out=printed)
