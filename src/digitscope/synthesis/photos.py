"""What becomes of a page on its way into a photo: a table beside the sheet, shadows, creases, faint ink, hard JPEG.

Each takes uint8 [H, W, 3], and boxes that are to stay in view: float [N, 4], left, top, right, bottom.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image
from digitscope.synthesis.textures import texture

Boxes = npt.NDArray[np.float64]

FAINTEST, FAINT = 12.0, 60.0  # of 255: what ink differs from paper by where it is made faint
WORST, HARD = 8, 40  # JPEG's quality
SHADE = (0.25, 0.8)  # of the light is left in a shadow


def on_a_table(image: Image, boxes: Boxes, rng: np.random.Generator) -> Image:
    """The sheet ends at one side or two; beyond it is a table, lighter or darker, plain or of some texture."""
    image = image.copy()
    for _ in range(int(rng.integers(1, 3))):
        beyond = _side(image.shape[:2], boxes, rng)
        if not beyond.any():
            continue
        table = np.full(image.shape[:2], rng.uniform(10, 250), np.float32)
        if rng.random() < 0.5:
            surface = texture(rng)
            table = cv2.resize(surface, image.shape[1::-1]).astype(np.float32)
        if rng.random() < 0.5:  # the sheet throws a shadow
            reach = 0.03 * min(image.shape[:2])
            near = cv2.GaussianBlur((~beyond).astype(np.float32), (0, 0), max(1.0, reach))
            table *= 1 - np.float32(rng.uniform(0.2, 0.8)) * np.minimum(2 * near, 1)
        colours = np.clip(table[..., None] * rng.uniform(0.75, 1.1, 3), 0, 255).astype(np.uint8)
        image[beyond] = colours[beyond]
    return image


def _side(shape: tuple[int, int], boxes: Boxes, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """What lies beyond a straight line past all boxes, at any side, bool [H, W]."""
    angle = int(rng.integers(4)) * np.pi / 2 + rng.normal(0, 0.12)
    normal = np.array([np.cos(angle), np.sin(angle)])
    corners = np.concatenate([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [0, 3]], boxes[:, [2, 3]]])
    ends = np.array([[0, 0], [shape[1], 0], [0, shape[0]], [shape[1], shape[0]]]) @ normal
    middle = (ends.min() + ends.max()) / 2
    least = max((corners @ normal).max() + 0.02 * max(shape), middle) if len(corners) else middle
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.asarray(x * normal[0] + y * normal[1] > rng.uniform(least, max(least, ends.max())))


def shadowed(image: Image, rng: np.random.Generator) -> Image:
    """A shadow over a part of it, its edge hard or soft, straight or as of a hand."""
    h, w = image.shape[0], image.shape[1]
    if rng.random() < 0.5:
        inside = _side((h, w), np.zeros((0, 4)), rng).astype(np.float32)
    else:
        inside = np.zeros((h, w), np.float32)
        points = rng.uniform(-0.2, 1.2, (int(rng.integers(4, 9)), 2)) * [w, h]
        cv2.fillPoly(inside, [points.round().astype(np.int32)], 1.0)
    soft = rng.choice([0.0, 0.0, 0.004, 0.02, 0.08]) * min(h, w)
    if soft > 0.3:
        inside = cv2.GaussianBlur(inside, (0, 0), soft)
    return np.asarray(image * (1 - np.float32(1 - rng.uniform(*SHADE)) * inside)[..., None], np.uint8)


def creased(image: Image, rng: np.random.Generator) -> Image:
    """Creases of paper that was folded or crumpled: a light side, a dark side, a line between them."""
    light = np.zeros(image.shape[:2], np.float32)
    h, w = image.shape[0], image.shape[1]
    for _ in range(int(rng.integers(1, 6))):
        angle, strength = rng.uniform(0, np.pi), float(rng.uniform(5, 45) * rng.choice([-1, 1]))
        middle, along = rng.uniform(0, 1, 2) * [w, h], np.array([np.cos(angle), np.sin(angle)]) * max(h, w)
        bow = np.array([-along[1], along[0]]) * rng.normal(0, 0.05)
        points = np.rint(np.stack([middle - along, middle + bow, middle + along])).astype(np.int32)
        pen = max(1, round(rng.uniform(0.002, 0.02) * min(h, w)))
        cv2.polylines(light, [points.reshape(-1, 1, 2)], False, strength, pen, cv2.LINE_8)
    light = cv2.GaussianBlur(light, (0, 0), max(0.5, rng.uniform(0.001, 0.01) * min(h, w)))
    return np.clip(image + light[..., None], 0, 255).astype(np.uint8)


def faint(image: Image, rng: np.random.Generator) -> Image:
    """The same with so little contrast that it can just be seen."""
    gray = image.astype(np.float32)
    low, high = np.percentile(gray[::4, ::4], (0.5, 99.5))
    wanted = float(np.exp(rng.uniform(np.log(FAINTEST), np.log(FAINT))))
    factor = min(1.0, wanted / max(float(high - low), 1.0))
    level = float(rng.uniform(wanted, 255 - wanted))
    faded = (gray - np.median(gray)) * factor + level + rng.standard_normal(gray.shape[:2])[..., None] * 0.08 * wanted
    return np.clip(faded, 0, 255).astype(np.uint8)


def negative(image: Image) -> Image:
    """Light on dark."""
    return np.asarray(255 - image, np.uint8)


def compressed(image: Image, rng: np.random.Generator) -> Image:
    """As a JPEG of a low quality."""
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(WORST, HARD))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
