"""Made pages as the detector sees them: a page's ink at some scale, where its digits are, and what to say of each cell.

A scene is a page composed of the first 55,000 digits, passed through the same ink finder that reading uses and brought
to a scale at which its digits are about as tall as the detector wants them, or deliberately not. Tiles are cut out of
scenes anew in each epoch.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.mnist import Split
from digitscope.reading.detection import REACH_UNIT, STRIDE_X, STRIDE_Y
from digitscope.reading.ink import find_ink
from digitscope.reading.normalization import normalize
from digitscope.reading.pyramid import scaled
from digitscope.synthesis import numerals
from digitscope.synthesis.augmentation import Augmentation, bend, continental
from digitscope.synthesis.nondigits import SHARES, Shares, nondigit
from digitscope.synthesis.pages import MARKS, PAPERS, Page, compose
from digitscope.synthesis.pages.paper import streaks
from digitscope.synthesis.pages.record import NO_DIGIT
from digitscope.synthesis.remains import bare_parts, remains

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

HEIGHT, WIDTH = 64, 128  # pixels of a tile
LEAST, MOST = 13, 34  # pixels of the digits that are to be found
TOO_SMALL, TOO_LARGE = 9, 46  # what is beyond is none; what lies between counts neither way
VISIBLE = 0.6  # of a digit's box: what is cut more than this counts neither way
CORE = 0.17  # of a digit's box on either side of its middle: cells there are to say what it is
EUROPEAN = 0.65  # of the ones and sevens
BENT = 0.6  # of the digits are bent as well
OWN = 0.15  # of the digits are written with strokes of ours
JOINED = 0.15  # of scenes have strokes from digit to digit
CROPPED = 0.3  # of cells are cut through their first or last digit,
MOST_CUT = 0.35  # by up to so much of its height
CELLS = 0.3  # of scenes are cells of forms; the others are on one of these papers
DRAWN = {"plain": 0.16, "ruled": 0.22, "squared": 0.14, "form": 0.14, "ledger": 0.22, "canvas": 0.06, "board": 0.06}
NONDIGITS = 4_000
BARE = 0.1  # of scenes hold no digit;
TEXTURED = 0.2  # of these are no paper either
SIGNS = 0.14  # of scenes hold letters and signs alone,
SIGN_LEAST, SIGN_MOST = 11, 120  # pixels of their height: from afar whole, from nearby in parts that look like digits
PAGES = 12  # that remains are found on
UNTURNED = 0.3  # of tiles; the others are
TURN, SLANT, SIZE, ASPECT = 0.07, 0.12, 0.15, 0.1  # turned by up to so many radians, slanted and stretched
PEN, FOCUS, CURVE, GRAIN = 0.25, 0.2, 0.3, 0.2  # of tiles have a pen, a focus, an ink or a grain of their own
COARSE = 0.12  # of pages are seen with digits 7 to 13 pixels tall


@dataclass(frozen=True, eq=False)
class Scene:
    """A page's ink, uint8 [H, W], and its digits.

    `boxes` is float32 [N, 4]: left, top, right, bottom; `values` uint8 [N]; `whole` bool [N]: not cut by the page's
    edge.
    """

    strength: Image
    boxes: Floats
    values: Image
    whole: npt.NDArray[np.bool_]


def pool(split: Split, *, seed: int, nondigits: int = NONDIGITS, shares: Shares = SHARES) -> tuple[Image, Image]:
    """What pages are written with: the split's digits, many of them changed or our own, and non-digits, labelled 10."""
    rng, how = np.random.default_rng([seed, 0]), Augmentation()
    images, labels = split.images.copy(), split.labels.copy()
    for i, value in enumerate(labels.tolist()):
        lot = rng.random()
        if lot < OWN:
            images[i] = normalize(numerals.write(value, rng), stroke=0)
            continue
        image = images[i]
        drawn = continental(image, value, rng) if value in (1, 7) and rng.random() < EUROPEAN else image
        if lot < OWN + BENT:
            drawn = (bend(drawn, rng, how) * 255).astype(np.uint8)
        if drawn is not image:
            images[i] = normalize(drawn, stroke=0)
    found = remains(images, labels, rng, pages=PAGES) if nondigits else []
    others = (
        np.stack([nondigit(images, found, rng, how=how, shares=shares) for _ in range(nondigits)])
        if nondigits
        else images[:0]
    )
    return np.concatenate([images, others]), np.concatenate([labels, np.full(nondigits, NO_DIGIT, np.uint8)])


def make_scene(images: Image, labels: Image, rng: np.random.Generator) -> Scene:
    """Compose one page of the pool, find its ink, and bring it to a scale."""
    kind = rng.random()
    if kind < BARE:
        return bare_scene(images, labels, rng)
    if kind < BARE + SIGNS:
        page, height = signs(images, labels, rng)
        return _seen(page, height, rng, (SIGN_LEAST, SIGN_MOST))
    page, height = written(images, labels, rng)
    return _seen(page, height, rng)


def signs(images: Image, labels: Image, rng: np.random.Generator) -> tuple[Page, float]:
    """A page with letters and signs alone, and their height."""
    height = float(np.exp(rng.uniform(np.log(16), np.log(160))))
    return compose(images, labels, rng, text="?" * int(rng.integers(1, 4)), height=height), height


def written(images: Image, labels: Image, rng: np.random.Generator) -> tuple[Page, float]:
    """A page with digits, and perhaps with what is none between them, and their height."""
    cell = rng.random() < CELLS
    height = float(rng.uniform(11, 28) if cell else np.exp(rng.uniform(np.log(12), np.log(90))))
    text = _text(rng) if rng.random() < 0.4 else None
    marks = tuple(str(m) for m in rng.choice(MARKS, int(rng.integers(1, 4)))) if rng.random() < 0.2 else ()
    paper = "cell" if cell else str(rng.choice(list(DRAWN), p=list(DRAWN.values())))
    joined = float(rng.uniform(0.1, 0.8)) if rng.random() < JOINED else 0.0
    page = compose(
        images, labels, rng, text=text, paper=paper, height=height, marks=() if cell else marks, joined=joined
    )
    if cell and rng.random() < CROPPED:
        page = _cropped(page, rng)
    return page, height


def _cropped(page: Page, rng: np.random.Generator) -> Page:
    """The page cut at its left or right through its outermost digit, as cells are that were cut out of a form."""
    if not page.digits:
        return page
    if rng.random() < 0.3:
        outer = min(page.digits, key=lambda digit: digit.box[0]).box
        left, right = max(0, round(outer[0] + rng.uniform(-0.1, MOST_CUT) * outer[3])), page.image.shape[1]
    else:
        outer = max(page.digits, key=lambda digit: digit.box[0] + digit.box[2]).box
        left, right = 0, round(outer[0] + outer[2] - rng.uniform(-0.1, MOST_CUT) * outer[3])
    right = min(right, page.image.shape[1])
    if right - left < 8:
        return page
    kept = []
    for digit in page.digits:
        x, y, w, h = digit.box
        low, high = max(x, left), min(x + w, right)
        if high > low:
            polygon = tuple((px - left, py) for px, py in digit.polygon)
            kept.append(replace(digit, box=(low - left, y, high - low, h), polygon=polygon))  # type: ignore[arg-type]
    return replace(page, image=np.ascontiguousarray(page.image[:, left:right]), digits=tuple(kept))


def bare_scene(images: Image, labels: Image, rng: np.random.Generator) -> Scene:
    """A sheet without any digit, at any scale: rules, boxes and grain look like digits at one or another."""
    sheet = _textured(rng) if rng.random() < TEXTURED else _bare_paper(images, labels, rng)
    ink = find_ink(sheet)
    least, most = min(1.0, 24 / min(ink.strength.shape)), min(2.0, 900 / max(ink.strength.shape))
    strength = scaled(ink, float(np.exp(rng.uniform(np.log(least), np.log(max(least, most))))))
    return Scene(strength, np.zeros((0, 4), np.float32), np.zeros(0, np.uint8), np.zeros(0, bool))


def _bare_paper(images: Image, labels: Image, rng: np.random.Generator) -> Image:
    """A part of a page that no digit reaches into."""
    parts: list[Image] = []
    while not parts:
        size = int(rng.integers(200, 900)), int(rng.integers(200, 900))
        paper = str(rng.choice(PAPERS))
        text, height = str(rng.integers(10)), float(rng.uniform(16, 60))
        page = compose(images, labels, rng, text=text, paper=paper, height=height, size=size)
        parts = bare_parts(page, rng)
    return max(parts, key=lambda part: part.size)


def _textured(rng: np.random.Generator) -> Image:
    """Cloth, wood, stone, a wall, a scanner's streaks: noise, coarse and fine, longer one way than the other."""
    h, w = (int(side) for side in np.exp(rng.uniform(np.log(60), np.log(900), 2)))
    levels = np.full((h, w), rng.uniform(60, 240), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        noise = streaks((h, w), rng, finest=0.5, coarsest=20)
        levels += noise * np.float32(rng.uniform(2, 20) / max(float(noise.std()), 1e-6))
    return np.clip(levels, 0, 255).astype(np.uint8)


def _text(rng: np.random.Generator) -> str:
    """Something to write: amounts full of zeros, repeated digits, and what is none between digits."""
    rows = []
    odds = rng.choice([0.0, 0.15, 0.5, 1.0], p=[0.4, 0.3, 0.22, 0.08])  # of non-digits
    for _ in range(int(rng.integers(1, 5))):
        characters = [str(rng.integers(10)) for _ in range(int(rng.integers(1, 8)))]
        for i in range(1, len(characters)):
            if rng.random() < 0.25:
                characters[i] = "0" if rng.random() < 0.5 else characters[i - 1]
        rows.append("".join("?" if rng.random() < odds else c for c in characters))
    return "\n".join(rows)


def _seen(page: Page, height: float, rng: np.random.Generator, heights: tuple[float, float] | None = None) -> Scene:
    """The ink of a page whose digits are `height` tall, at a scale at which they have one of these `heights`."""
    image, coarse = photographed(page, height, rng)
    ink = find_ink(image)
    wanted = rng.choice(3, p=[0.8, 0.13, 0.07])  # as it should be, too large, too small
    low, high = heights or ((LEAST, MOST), (MOST, 5 * MOST), (6, LEAST))[wanted]
    tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    scale = min(tall / (height * coarse * ink.scale), 3.0)
    side = max(ink.strength.shape) * scale
    scale *= min(1.0, 900 / side)
    strength = scaled(ink, scale)
    factor = coarse * ink.scale * scale
    boxes = np.array([d.box for d in page.digits], np.float32).reshape(-1, 4) * factor
    boxes[:, 2:] += boxes[:, :2]
    corners = np.array([d.polygon for d in page.digits], np.float32).reshape(-1, 4, 2) * factor
    areas = np.array([cv2.contourArea(c) for c in corners], np.float32)
    drawn = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    tops = np.ptp(corners[:, :, 1], axis=1) if len(corners) else areas
    whole = (drawn > 0.7 * areas) & (boxes[:, 3] - boxes[:, 1] > 0.75 * tops)
    return Scene(strength, boxes, np.array([d.value for d in page.digits], np.uint8), whole)


def photographed(page: Page, height: float, rng: np.random.Generator) -> tuple[Image, float]:
    """The page's image, sometimes as of a camera with few pixels, and by how much it is smaller then."""
    if rng.random() >= COARSE:
        return page.image, 1.0
    coarse = min(1.0, float(rng.uniform(7, 13)) / height)
    return np.asarray(cv2.resize(page.image, None, fx=coarse, fy=coarse, interpolation=cv2.INTER_AREA)), coarse


def tile(scene: Scene, rng: np.random.Generator) -> tuple[Image, Floats]:
    """A tile uint8 [64, 128] of a scene, seen a little differently each time, and its target float32 [16, 64, 6].

    For each cell: the class (10 is none), the cell's weight, and how far the digit's box reaches to the left, up,
    right and down from the cell's middle, in units of 16 pixels.
    """
    h, w = scene.strength.shape
    box = scene.boxes[rng.integers(len(scene.boxes))] if len(scene.boxes) else np.zeros(4)
    about = len(scene.boxes) > 0 and rng.random() < 0.8
    left = _start(w, WIDTH, (box[0] + box[2]) / 2 if about else None, rng)
    top = _start(h, HEIGHT, (box[1] + box[3]) / 2 if about else None, rng)
    turn = _turn(rng)
    shift = np.array([WIDTH, HEIGHT]) / 2 - turn @ (np.array([left, top]) + np.array([WIDTH, HEIGHT]) / 2)
    image = cv2.warpAffine(scene.strength, np.column_stack([turn, shift]), (WIDTH, HEIGHT))
    half = (scene.boxes[:, 2:] - scene.boxes[:, :2]) / 2
    middles = (scene.boxes[:, :2] + half) @ turn.T + shift
    half = np.sqrt(half**2 @ turn.T**2)  # as an ellipse in the box has it
    boxes = np.concatenate([middles - half, middles + half], axis=1).astype(np.float32)
    return _inked(image, rng), target(boxes, scene.values, scene.whole)


def _start(size: int, tile: int, about: float | None, rng: np.random.Generator) -> int:
    """Where along one side of the scene the tile begins: the scene all inside, or the tile, around a digit's middle."""
    if size <= tile:
        return int(rng.integers(size - tile, 1))
    start = rng.uniform(0, size - tile) if about is None else about - tile * rng.uniform(0.1, 0.9)
    return int(np.clip(start, -8, size - tile + 8))


def _turn(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A small rotation, slant and stretch, [2, 2]; often none."""
    if rng.random() < UNTURNED:
        return np.eye(2)
    angle, slant = rng.uniform(-TURN, TURN), rng.uniform(-SLANT, SLANT)
    size, aspect = rng.uniform(-SIZE, SIZE), rng.uniform(-ASPECT, ASPECT)
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = np.diag(np.exp([size + aspect, size - aspect]))
    return np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, slant], [0, 1]]) @ stretch


def _inked(image: Image, rng: np.random.Generator) -> Image:
    """The tile with another pen, in another focus, in other ink: each sometimes."""
    if rng.random() < PEN:
        change = cv2.dilate if rng.random() < 0.7 else cv2.erode
        image = np.asarray(change(image, np.ones((1, 2) if rng.random() < 0.5 else (2, 1), np.uint8)), np.uint8)
    if rng.random() < FOCUS:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9)), np.uint8)
    if rng.random() < CURVE:
        levels = 255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.5, 0.5))
        image = np.asarray(cv2.LUT(image, levels.round().astype(np.uint8)))
    if rng.random() < GRAIN:
        grain = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 25))
        image = np.clip(image + grain * (image > 0), 0, 255).astype(np.uint8)
    return image


def target(boxes: Floats, values: Image, whole: npt.NDArray[np.bool_]) -> Floats:
    """What the detector is to say of a tile's cells, float32 [16, 64, 6], given the boxes in the tile's pixels."""
    said = np.zeros((HEIGHT // STRIDE_Y, WIDTH // STRIDE_X, 6), np.float32)
    said[..., 0], said[..., 1] = NO_DIGIT, 1.0
    cx = (np.arange(said.shape[1]) + 0.5) * STRIDE_X
    cy = (np.arange(said.shape[0]) + 0.5) * STRIDE_Y
    nearest = np.full(said.shape[:2], np.inf, np.float32)
    for (left, top, right, bottom), value, complete in zip(boxes, values, whole, strict=True):
        width, height = right - left, bottom - top
        seen = max(0.0, min(right, WIDTH) - max(left, 0)) * max(0.0, min(bottom, HEIGHT) - max(top, 0))
        if not seen or height > TOO_LARGE or height < TOO_SMALL:
            continue
        if not complete or not LEAST <= height <= MOST or seen < VISIBLE * width * height:
            said[..., 1] *= ~((cx > left) & (cx < right) & ((cy > top) & (cy < bottom))[:, None])
            continue
        across = np.abs(cx - (left + right) / 2) / max(1.5, CORE * width)
        down = np.abs(cy - (top + bottom) / 2) / max(2.2, CORE * height)
        far = np.maximum(down[:, None], across[None])
        core = (far <= 1) & (far < nearest)
        nearest[core] = far[core]
        said[core, 0], said[core, 1] = value, 1.0
        reach = np.broadcast_arrays(cx[None] - left, cy[:, None] - top, right - cx[None], bottom - cy[:, None])
        said[core, 2:] = np.stack(reach, axis=-1)[core] / REACH_UNIT
    return said
