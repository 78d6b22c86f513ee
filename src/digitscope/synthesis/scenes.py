"""Made pages as the detector sees them: a page's ink at some scale, and where its digits are.

A scene is a page composed of a pool, photographed, passed through an ink finder and brought to a scale at which its
digits are about as tall as the detector wants them, or deliberately not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats, Image
from digitscope.reading.ink import Ink, two_level_inks
from digitscope.reading.ink import find_ink as reading_ink
from digitscope.reading.pyramid import scaled
from digitscope.synthesis import photos, texts
from digitscope.synthesis.pages import MARKS, PAPERS, Page, compose
from digitscope.synthesis.pools import Pool
from digitscope.synthesis.remains import bare_parts
from digitscope.synthesis.textures import texture
from digitscope.synthesis.tiles import LEAST, MOST, Scene, bare_scene

FindInk = Callable[[Image], Ink]

# Of scenes: the rest hold digits, and perhaps other things between and beside them.
BARE = 0.12  # hold nothing;
TEXTURED = 0.3  # of these are no paper either
SIGNS = 0.17  # hold letters, words, drawings and stamps alone,
SIGN_LEAST, SIGN_MOST = 11, 120  # pixels of their height: from afar whole, from nearby in parts that look like digits
CLOSE = 0.12  # are one digit, or one thing that is none, filling its picture
CLOSE_SIGNS = 0.45  # of these are no digit
CLOSE_MARGINS = (-0.02, 0.15)  # of its height
SPARSE = 0.1  # are one to three things with a lot of paper around them
CLOSE_ALONE = 0.35  # of what is alone fills its picture
FEW = (0.5, 0.38, 0.12)  # of the rest are one, two and three things
FEW_DISTANCES = {"wide": 0.1, "normal": 0.2, "tight": 0.25, "touching": 0.3, "overlapping": 0.15}
CELLS = 0.25  # of the others are cells of forms; the rest are on one of these papers
DRAWN = {"plain": 0.2, "ruled": 0.2, "squared": 0.14, "form": 0.18, "ledger": 0.16, "canvas": 0.06, "board": 0.06}
BOXED = ("form", "squared")  # papers whose cells hold a digit each: no words there
JOINED = 0.15  # of scenes have strokes from digit to digit
TILT = 25.0  # degrees at most
CROPPED = 0.3  # of cells are cut through their first or last digit,
MOST_CUT = 0.35  # by up to so much of its height
COARSE = 0.12  # of pages are seen with digits 7 to 13 pixels tall,
COARSE_ALONE = 0.2  # and of things alone, as pictures of one digit often are;
ENLARGED_ALONE = 0.6  # of these are enlarged again
VISIBLE = 60  # of 255: the ink of a digit that counts
TWO_LEVELS = 0.15  # of scenes are seen by an ink finder that knows two levels of grey
TINY = 2.5  # pixels of the smallest digits: a page of digits seen from afar looks like one, and is none
LONGEST = 900  # pixels of a scene's longer side
# How often each thing becomes of a page with writing, and of a bare one.
WRITTEN_ODDS = {"table": 0.1, "shadow": 0.1, "crease": 0.07, "faint": 0.07, "negative": 0.1, "jpeg": 0.12}
BARE_ODDS = {"table": 0.4, "shadow": 0.35, "crease": 0.3, "faint": 0.1, "negative": 0.15, "jpeg": 0.35}


@dataclass(frozen=True, eq=False)
class Photo:
    """A made page as a camera gives it.

    `page` is what was composed, None where nothing is written; `image` shows it at `coarse` times its size. Its writing
    is `height` pixels tall on the page, and is to be seen `heights` tall where it is no digit.
    """

    image: Image
    page: Page | None = None
    height: float = 0.0
    coarse: float = 1.0
    heights: tuple[float, float] | None = None

    def boxes(self, scale: float = 1.0) -> Floats:
        """The digits' sides in pixels of `image` at this scale: left, top, right, bottom, float32 [N, 4]."""
        return _sides([digit.box for digit in self.page.digits] if self.page else [], self.coarse * scale)


def make_scene(pool: Pool, rng: np.random.Generator, *, find_ink: FindInk | None = None) -> Scene:
    """Photograph one page of the pool, find its ink as reading does or as told, and bring it to a scale."""
    find_ink = find_ink or (by_two_levels if rng.random() < TWO_LEVELS else reading_ink)
    photo = photograph(pool, rng)
    return seen(photo, rng, find_ink=find_ink) if photo.page else bare(photo, rng, find_ink=find_ink)


def photograph(pool: Pool, rng: np.random.Generator, *, alone: bool = False) -> Photo:
    """Compose one page of the pool, where told so with one to three things alone on it, and photograph it."""
    lot, heights = rng.random(), None
    if alone:
        page, height = close_up(pool, rng) if lot < CLOSE_ALONE else few(pool, rng)
    elif lot < BARE:
        sheet = texture(rng) if rng.random() < TEXTURED else _bare_paper(pool, rng)
        sheet = sheet if sheet.ndim == 3 else cv2.cvtColor(sheet, cv2.COLOR_GRAY2RGB)
        return Photo(_changed(sheet, np.zeros((0, 4)), rng, BARE_ODDS))
    elif lot < BARE + SIGNS:
        (page, height), heights = signs(pool, rng), (SIGN_LEAST, SIGN_MOST)
    elif lot < BARE + SIGNS + CLOSE:
        page, height = close_up(pool, rng)
    elif lot < BARE + SIGNS + CLOSE + SPARSE:
        page, height = few(pool, rng)
    else:
        page, height = written(pool, rng)
    page = _photographed(page, rng)
    odds, enlarged = (COARSE_ALONE, ENLARGED_ALONE) if alone else (COARSE, 0.0)
    image, coarse = _few_pixels(page.image, height, rng, odds=odds, enlarged=enlarged)
    return Photo(image, page, height, coarse, heights)


def by_two_levels(image: Image) -> Ink:
    """The ink by two levels of grey where there are such, otherwise as on any page."""
    return (two_level_inks(image) or [reading_ink(image)])[0]


def signs(pool: Pool, rng: np.random.Generator) -> tuple[Page, float]:
    """A page with no digit but letters, words, drawings and stamps, and its writing's height."""
    height = float(np.exp(rng.uniform(np.log(14), np.log(120))))
    paper = str(rng.choice(["plain", "ruled", "squared", "ledger", "board", "canvas", "cell"]))
    return _composed(
        pool, rng, text=texts.without_digits(rng, boxed=paper in BOXED), paper=paper, height=height
    ), height


def close_up(pool: Pool, rng: np.random.Generator) -> tuple[Page, float]:
    """One digit, or one thing that is none, that fills its picture, and its height."""
    height = float(np.exp(rng.uniform(np.log(24), np.log(160))))
    text = str(rng.choice(["?", "w"], p=[0.7, 0.3])) if rng.random() < CLOSE_SIGNS else str(rng.integers(10))
    page = _composed(pool, rng, text=text, paper=str(rng.choice(["plain", "ruled", "board", "cell"])), height=height)
    placed = [d.box for d in page.digits] + [m.box for m in page.marks]
    if not placed:
        return page, height
    x, y, w, h = placed[0]
    margins = rng.uniform(*CLOSE_MARGINS, 4) * max(h, 0.3 * w)
    sides = np.rint([x - margins[0], y - margins[1], x + w + margins[2], y + h + margins[3]]).astype(int).tolist()
    return cropped(page, *sides), height


def few(pool: Pool, rng: np.random.Generator) -> tuple[Page, float]:
    """One to three things with a lot of paper around them, side by side and often touching, and their height."""
    height = float(np.exp(rng.uniform(np.log(20), np.log(160))))
    count = int(rng.choice(3, p=FEW)) + 1
    signs = 0.4 if count == 1 else float(rng.choice([0.0, 0.5]))
    text = "".join("?" if rng.random() < signs else str(rng.integers(10)) for _ in range(count))
    distance = str(rng.choice(list(FEW_DISTANCES), p=list(FEW_DISTANCES.values())))
    size = tuple(int(height * side) for side in rng.uniform(1.5, 4, 2))
    paper = str(rng.choice(["plain", "ruled", "squared", "board", "canvas"]))
    return _composed(pool, rng, text=text, paper=paper, height=height, size=size, distance=distance), height


def written(pool: Pool, rng: np.random.Generator) -> tuple[Page, float]:
    """A page with digits, and perhaps with what is none between and beside them, and their height."""
    cell = rng.random() < CELLS
    height = float(rng.uniform(11, 28) if cell else np.exp(rng.uniform(np.log(12), np.log(90))))
    paper = "cell" if cell else str(rng.choice(list(DRAWN), p=list(DRAWN.values())))
    text = texts.with_digits(rng, boxed=paper in BOXED, rows=1 if cell else 4) if rng.random() < 0.7 else None
    marks = tuple(str(m) for m in rng.choice(MARKS, int(rng.integers(1, 4)))) if rng.random() < 0.12 else ()
    joined = float(rng.uniform(0.1, 0.8)) if rng.random() < JOINED else 0.0
    page = _composed(pool, rng, text=text, paper=paper, height=height, marks=() if cell else marks, joined=joined)
    if cell and page.digits and rng.random() < CROPPED:
        page = _cut_through(page, rng)
    return page, height


def _composed(pool: Pool, rng: np.random.Generator, **options: object) -> Page:
    return compose(pool.entries, pool.labels, rng, palette="broad", tilt=TILT, **options)  # type: ignore[arg-type]


def _cut_through(page: Page, rng: np.random.Generator) -> Page:
    """The page cut at its left or right through its outermost digit, as cells are that were cut out of a form."""
    h, w = page.image.shape[:2]
    if rng.random() < 0.3:
        outer = min(page.digits, key=lambda digit: digit.box[0]).box
        return cropped(page, round(outer[0] + rng.uniform(-0.1, MOST_CUT) * outer[3]), 0, w, h)
    outer = max(page.digits, key=lambda digit: digit.box[0] + digit.box[2]).box
    return cropped(page, 0, 0, round(outer[0] + outer[2] - rng.uniform(-0.1, MOST_CUT) * outer[3]), h)


def cropped(page: Page, left: int, top: int, right: int, bottom: int) -> Page:
    """The part of a page between these sides, with the digits that reach into it; the page itself where it is tiny."""
    left, top = max(0, left), max(0, top)
    right, bottom = min(page.image.shape[1], right), min(page.image.shape[0], bottom)
    if right - left < 8 or bottom - top < 8:
        return page
    kept = []
    for digit in page.digits:
        x, y, w, h = digit.box
        x0, y0, x1, y1 = max(x, left), max(y, top), min(x + w, right), min(y + h, bottom)
        if x1 > x0 and y1 > y0:
            polygon = tuple((px - left, py - top) for px, py in digit.polygon)
            box = (x0 - left, y0 - top, x1 - x0, y1 - y0)
            kept.append(replace(digit, box=box, polygon=polygon))  # type: ignore[arg-type]
    marks = []
    for mark in page.marks:
        x, y, w, h = mark.box
        if x + w > left and y + h > top and x < right and y < bottom:
            marks.append(replace(mark, box=(x - left, y - top, w, h)))
    image = np.ascontiguousarray(page.image[top:bottom, left:right])
    return replace(page, image=image, digits=tuple(kept), marks=tuple(marks))


def bare(photo: Photo, rng: np.random.Generator, *, find_ink: FindInk) -> Scene:
    """A sheet or a surface without writing, at any scale: rules, edges and grain look like digits at one or another."""
    ink = find_ink(photo.image)
    least, most = min(1.0, 24 / min(ink.strength.shape)), min(2.0, LONGEST / max(ink.strength.shape))
    strength = scaled(ink, float(np.exp(rng.uniform(np.log(least), np.log(max(least, most))))))
    return bare_scene(strength)


def _bare_paper(pool: Pool, rng: np.random.Generator) -> Image:
    """A part of a page that no digit reaches into."""
    while True:
        size = int(rng.integers(200, 700)), int(rng.integers(200, 700))
        paper = str(rng.choice(PAPERS))
        text, height = str(rng.integers(10)), float(rng.uniform(16, 60))
        page = _composed(pool, rng, text=text, paper=paper, height=height, size=size)
        if parts := bare_parts(page, rng):
            return max(parts, key=lambda part: part.size)


def _photographed(page: Page, rng: np.random.Generator) -> Page:
    boxes = _sides([d.box for d in page.digits] + [m.box for m in page.marks], 1.0).astype(np.float64)
    return replace(page, image=_changed(page.image, boxes, rng, WRITTEN_ODDS))


def _changed(image: Image, boxes: npt.NDArray[np.float64], rng: np.random.Generator, odds: dict[str, float]) -> Image:
    """What becomes of a picture, each by its odds."""
    happens = dict(zip(odds, rng.random(len(odds)) < list(odds.values()), strict=True))
    if happens["crease"]:
        image = photos.creased(image, rng)
    if happens["table"]:
        image = photos.on_a_table(image, boxes, rng)
    if happens["shadow"]:
        image = photos.shadowed(image, rng)
    if happens["faint"]:
        image = photos.faint(image, rng)
    if happens["negative"]:
        image = photos.negative(image)
    if happens["jpeg"]:
        image = photos.compressed(image, rng)
    return image


def seen(photo: Photo, rng: np.random.Generator, *, find_ink: FindInk) -> Scene:
    """The ink of a page with writing, at a scale at which its digits are as tall as they should be, or are not."""
    assert photo.page is not None
    page, ink = photo.page, find_ink(photo.image)
    wanted = rng.choice(3, p=[0.74, 0.12, 0.14])  # as it should be, too large, too small
    low, high = photo.heights or ((LEAST, MOST), (MOST, 5 * MOST), (TINY, LEAST))[wanted]
    tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    scale = min(tall / (photo.height * photo.coarse * ink.scale), 3.0)
    side = max(ink.strength.shape) * scale
    scale *= min(1.0, LONGEST / side)
    strength = scaled(ink, scale)
    boxes = photo.boxes(ink.scale * scale)
    factor = photo.coarse * ink.scale * scale
    others = _sides([mark.box for mark in page.marks], factor)
    corners = np.array([d.polygon for d in page.digits], np.float32).reshape(-1, 4, 2) * factor
    areas = np.array([cv2.contourArea(c) for c in corners], np.float32)
    drawn = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    tops = np.ptp(corners[:, :, 1], axis=1) if len(corners) else areas
    whole = (drawn > 0.7 * areas) & (boxes[:, 3] - boxes[:, 1] > 0.75 * tops) & visible(strength, boxes)
    return Scene(strength, boxes, np.array([d.value for d in page.digits], np.uint8), whole, others)


def _sides(boxes: Sequence[tuple[int, int, int, int]], factor: float) -> Floats:
    """x, y, width and height → left, top, right and bottom at another scale, float32 [N, 4]."""
    sides = np.array(boxes, np.float32).reshape(-1, 4) * np.float32(factor)
    sides[:, 2:] += sides[:, :2]
    return sides


def visible(strength: Image, boxes: Floats) -> npt.NDArray[np.bool_]:
    """Whether ink can be seen in each box, more than beside the ink on it: what is lost in a shadow is no digit."""
    seen = np.zeros(len(boxes), bool)
    for n, (left, top, right, bottom) in enumerate(np.rint(boxes).astype(int).clip(0)):
        part = strength[top : bottom + 1, left : right + 1]
        if part.size:
            low, high = np.percentile(part, (25, 92))
            seen[n] = high >= VISIBLE and (high > 1.6 * low or high > 200)
    return seen


def _few_pixels(
    image: Image, height: float, rng: np.random.Generator, *, odds: float, enlarged: float
) -> tuple[Image, float]:
    """The image, by `odds` as of a camera with few pixels, and by how much it is smaller then, if not `enlarged`."""
    if rng.random() >= odds:
        return image, 1.0
    coarse = min(1.0, float(rng.uniform(7, 13)) / height)
    small = np.asarray(cv2.resize(image, None, fx=coarse, fy=coarse, interpolation=cv2.INTER_AREA))
    if rng.random() >= enlarged:
        return small, coarse
    size = image.shape[1], image.shape[0]
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)), 1.0
