"""A blank filled with known numbers, and a photo or scan of it.

Everything random comes from one generator in a fixed order, so a seed makes the same form again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import BoxXYWH, Doubles, Floats, Image, Images
from digitscope.forms.field import Field
from digitscope.forms.template import Template
from digitscope.synthesis.forms.blank import Sheet, design
from digitscope.synthesis.forms.hands import digits_of_one
from digitscope.synthesis.pages import camera, drawings, layout, paper, pens, pool
from digitscope.synthesis.pages.drawings import Entries
from digitscope.synthesis.textures import texture
from digitscope.synthesis.trajectories import Pens

DPI, FINE_DPI = 150, 220  # of the template's blank, and of the sheet that is written on
WRITTEN = (0.5, 0.78)  # of a cell's height: digits
FILLED, IN_CELL = 0.92, 1.05  # of a box's width at most, and of a cell's: a stroke or two touches a wall
LEFT_EMPTY = 0.2  # of the fields that may be
KINDS = ("scan", "photo")
LARGEST_TURN, LARGEST_CURL = 10.0, 2.0  # degrees; millimetres by which a sheet is bent
PENS = ("pencil", "ballpoint", "gel", "felt", "fountain")  # what forms are filled with


@dataclass(frozen=True, eq=False)
class FilledForm:
    """A made form.

    Attributes:
        template: with the blank, uint8 [1754, 1240, 3].
        image: uint8 [H, W, 3], what came out of the camera or scanner.
        values: of each field, "" where nothing is written.
        view: how the camera sees the sheet.
        kind: "scan" or "photo".
    """

    template: Template
    image: Image
    values: dict[str, str]
    view: "View"
    kind: str

    def to_image(self, points: Doubles) -> Doubles:
        """Points x, y on the blank, [N, 2] → the same on `image`."""
        return self.view.to_image(points)


@dataclass(frozen=True)
class View:
    """How the camera sees the sheet: a homography of points on the blank, which are bent by waves before."""

    homography: Doubles  # float64 [3, 3], blank -> image
    waves: Doubles  # [K, 5]: amplitudes x and y, wave vector x and y, phase

    def to_sheet(self, points: Doubles) -> Doubles:
        """Points on the image → points on the blank."""
        flat = cv2.perspectiveTransform(points[None], np.linalg.inv(self.homography))[0]
        return np.asarray(flat + self._bent(flat))

    def to_image(self, points: Doubles) -> Doubles:
        """Points on the blank → points on the image."""
        points = np.asarray(points, np.float64)
        flat = points
        for _ in range(8):  # the bend is small and smooth
            flat = points - self._bent(flat)
        return np.asarray(cv2.perspectiveTransform(flat[None], self.homography)[0])

    def _bent(self, points: Doubles) -> Doubles:
        angles = points @ self.waves[:, 2:4].T + self.waves[:, 4]
        return np.asarray(np.sin(angles) @ self.waves[:, :2])


def make_form(split: str, seed: int, *, kind: str | None = None, pens: Pens | None = None) -> FilledForm:
    """Form number `seed`, filled with digits of the split `dev` (MNIST's last 5,000) or `test` (its test digits).

    Args:
        split: as for `digitscope.synthesis.pages.make_page`.
        seed: decides all of it.
        kind: "scan", a flatbed's, or "photo", a phone's; by lot where it is None.
        pens: fill it with the digits of one of these writers, who never taught, in place of MNIST's.
    """
    rng = np.random.default_rng([2 + (split == "test"), seed])
    images, labels = pool(split) if pens is None else digits_of_one(pens, split, np.random.default_rng([4, seed]))
    return fill(design(rng), images, labels, rng, kind=kind, palette=split)


def fill(
    sheet: Sheet,
    images: Entries,
    labels: Images,
    rng: np.random.Generator,
    *,
    kind: str | None = None,
    palette: str = "dev",
    values: Mapping[str, str] | None = None,
) -> FilledForm:
    """Fill a form from a pool of digits, and photograph it; numbers that are not given are drawn by lot."""
    template = sheet.template(DPI)
    kind = kind or KINDS[int(rng.random() < 0.6)]
    known = {field.name: value_of(field, rng) for field in template.fields} | dict(values or {})
    choices = [pen for pen in pens.PENS[palette] if pen.name in PENS]
    hand = pens.take_hand(rng, choices[rng.integers(len(choices))], 40.0)
    print_ = sheet.printed(FINE_DPI)
    written = np.zeros(print_.shape[:2], np.float32)
    for field in template.fields:
        write(written, field, known[field.name], images, labels, hand, rng)
    return FilledForm(template, *_seen(print_, written, hand, kind, known, rng), kind)


def value_of(field: Field, rng: np.random.Generator) -> str:
    """A number that the field may hold."""
    if field.empty and rng.random() < LEFT_EMPTY:
        return ""
    if field.name == "date":
        return f"{rng.integers(1, 29):02d}{rng.integers(1, 13):02d}{rng.integers(2000, 2030)}"
    low, high = field.digits or (1, len(field.cells) or 4)
    while True:
        if field.range is None:
            text = "".join(map(str, rng.integers(0, 10, int(rng.integers(low, high + 1)))))
        else:
            text = str(rng.integers(field.range[0], field.range[1] + 1))
        if field.expectation.fits(text):
            return text


def write(
    written: Floats,
    field: Field,
    text: str,
    images: Entries,
    labels: Images,
    hand: pens.Hand,
    rng: np.random.Generator,
) -> None:
    """Write a number into its field, with a digit of the pool for each."""
    if not text:
        return
    zoom = FINE_DPI / DPI
    chosen = np.array([rng.choice(np.flatnonzero(labels == int(digit))) for digit in text])
    height = float(rng.uniform(*WRITTEN)) * field.box[3] * zoom
    height = min(height, 1.15 * field.cells[0][2] * zoom) if field.cells else height
    for _ in range(4):  # what is too wide for its box is written smaller
        hand = replace(hand, height=height)
        fields = drawings.fields(images, chosen, natural=hand.pen.natural, height=height)
        outlines = [layout.outline(one, hand, rng) for one in fields]
        places, taken = _places(field, outlines, height, zoom, rng)
        if taken <= 1:
            break
        height /= taken
    for glyph, (x, y) in zip(outlines, places, strict=True):
        spot = layout.spot(0, 0, glyph, (x, y), hand, rng)
        one = pens.pressed(glyph.field, rng, 0.12 * max(abs(hand.radius), 0.5))
        pens.draw(
            written,
            one,
            pens.reach(one, hand),
            spot.to_paper,
            opacity=hand.opacity * float(rng.uniform(0.9, 1.0)),
            softness=1.2,
            filled=hand.pen.natural or one.solid,
        )


def _places(
    field: Field, outlines: list[layout.Outline], height: float, zoom: float, rng: np.random.Generator
) -> tuple[list[tuple[float, float]], float]:
    """The digits' middles: each in its cell, from the left or to the right; or in a row in the box.

    Also how much of the room there is the widest digit takes, or the row.
    """

    def middle(box: BoxXYWH) -> tuple[float, float]:
        return (box[0] + box[2] / 2) * zoom, (box[1] + box[3] / 2) * zoom

    if field.cells:
        first = (len(field.cells) - len(outlines)) * int(rng.random() < 0.5)
        centres = [middle(field.cells[first + n]) for n in range(len(outlines))]
        return [
            (x - (one.left + one.right) / 2 * height + rng.normal(0, 0.05) * height, y + rng.normal(0, 0.05) * height)
            for one, (x, y) in zip(outlines, centres, strict=True)
        ], max(one.right - one.left for one in outlines) * height / (IN_CELL * field.cells[0][2] * zoom)
    xs, width = layout.write_row([outlines], "normal", rng)
    free = max(0.0, field.box[2] * zoom - width * height)
    start = field.box[0] * zoom + max(min(0.1 * height, free / 2), float(rng.uniform(0.1, 0.7)) * free)
    y = middle(field.box)[1] + float(rng.normal(0, 0.04)) * height
    return [(start + x * height, y) for x in xs[0]], width * height / (FILLED * field.box[2] * zoom)


def _seen(
    print_: Image, written: Floats, hand: pens.Hand, kind: str, values: dict[str, str], rng: np.random.Generator
) -> tuple[Image, dict[str, str], View]:
    """The sheet through a scanner or a camera: the image, the values, and the view."""
    ground = np.array([(255, 255, 255), (250, 248, 242), (240, 240, 236)][rng.integers(3)], np.float32)
    tone = 1 + paper.grain(written.shape, rng, strength=0.006, size=1.0)
    colour = np.array(hand.colour, np.float32) / 255
    grain = np.abs(paper.grain(written.shape, rng, strength=0.5 * hand.pen.grain, size=0.8))
    cover = (written * np.clip(1 - grain, 0.15, 1))[..., None]
    flat = ground * tone[..., None] * (print_ / np.float32(255)) * (1 - cover * (1 - colour))
    view, size = _scanned(rng) if kind == "scan" else _photographed(rng)
    ys, xs = np.arange(0, size[1] + 8, 8), np.arange(0, size[0] + 8, 8)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float64) + 0.5
    on_sheet = (view.to_sheet(grid) * (FINE_DPI / DPI) - 0.5).astype(np.float32).reshape(len(ys), len(xs), 2)
    step = np.array([[1 / 8, 0, 0], [0, 1 / 8, 0]], np.float32)
    maps = cv2.warpAffine(
        on_sheet, step, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    blur = 0.5 * FINE_DPI / DPI / max(_magnification(view), 0.3)
    flat = cv2.GaussianBlur(flat, (0, 0), max(0.3, 0.6 * blur))
    seen = cv2.remap(flat, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    high, wide = written.shape
    beyond = ((maps < 0) | (maps > (wide - 1, high - 1))).any(axis=2)
    seen[beyond] = 252.0
    degradations: tuple[str, ...] = ("noise", "jpeg")
    if kind == "photo":
        table = cv2.resize(texture(rng), size).astype(np.float32) * float(rng.uniform(0.3, 0.9))
        seen[beyond] = table[beyond][:, None] * rng.uniform(0.8, 1.0, 3)
        degradations = ("light", "blur", "noise", "jpeg", *(("shadow",) if rng.random() < 0.5 else ()))
        seen *= camera.light((size[1], size[0]), degradations, rng)[..., None]
    height = 30.0 * _magnification(view)
    channels = [np.ascontiguousarray(seen[..., c]) for c in range(3)]
    image = camera.expose(channels, degradations, rng, height=height, contrast=120.0)
    return np.ascontiguousarray(image), values, view


def _scanned(rng: np.random.Generator) -> tuple[View, tuple[int, int]]:
    """A flatbed or document feeder: 150 to 300 dpi, a little skew; now and then upside down or on its side."""
    zoom = float(rng.choice([150, 200, 300])) / DPI
    width, height = 210 / 25.4 * DPI, 297 / 25.4 * DPI
    angle = np.radians(rng.normal(0, 1.2) + float(rng.choice([0, 0, 0, 90, 180, 270])))
    return _framed(_turned(angle) * zoom, np.eye(3), (width, height), np.zeros((1, 5)), rng.uniform(-0.01, 0.02, 4))


def _photographed(rng: np.random.Generator) -> tuple[View, tuple[int, int]]:
    """A phone above the sheet: turned up to 10 degrees, in perspective, the sheet not quite flat."""
    zoom = float(rng.uniform(1.0, 1.7))
    width, height = 210 / 25.4 * DPI, 297 / 25.4 * DPI
    angle = np.radians(rng.uniform(-LARGEST_TURN, LARGEST_TURN) + float(rng.choice([0, 0, 0, 0, 90, 270])))
    lean = np.eye(3)
    lean[2, :2] = rng.uniform(-0.22, 0.22, 2) / height
    curl = float(rng.uniform(0, LARGEST_CURL)) / 25.4 * DPI
    direction = rng.normal(0, 0.3) + np.pi / 2 * int(rng.integers(2))
    wave = np.array([np.cos(direction), np.sin(direction)]) * rng.uniform(1.5, 4.0) / height
    across = np.array([-wave[1], wave[0]]) / np.linalg.norm(wave)
    first = [*(across * curl), *wave, float(rng.uniform(0, 6))]
    along = wave / np.linalg.norm(wave) * curl / 2
    second = [*along, *(2 * wave), float(rng.uniform(0, 6))]
    waves = np.array([first, second])
    return _framed(_turned(angle) * zoom, lean, (width, height), waves, rng.uniform(0.0, 0.08, 4))


def _turned(angle: float) -> Doubles:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _framed(
    turn: Doubles, lean: Doubles, sheet: tuple[float, float], waves: Doubles, margins: npt.NDArray[np.float64]
) -> tuple[View, tuple[int, int]]:
    """The view in which the sheet fits with these margins, parts of its size; and the image's width and height."""
    linear = np.eye(3)
    linear[:2, :2] = turn
    centre = np.array([[1, 0, -sheet[0] / 2], [0, 1, -sheet[1] / 2], [0, 0, 1]])
    view = linear @ lean @ centre
    corners = np.array([[[0, 0], [sheet[0], 0], list(sheet), [0, sheet[1]]]], np.float64)
    seen = cv2.perspectiveTransform(corners, view)[0]
    low, high = seen.min(axis=0), seen.max(axis=0)
    extent = high - low
    low, high = low - margins[:2] * extent, high + margins[2:] * extent
    shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
    size = np.ceil(high - low).astype(int)
    return View(shift @ view, waves), (int(size[0]), int(size[1]))


def _magnification(view: View) -> float:
    middle = np.array([[620.0, 877.0], [630.0, 877.0]])
    seen = view.to_image(middle)
    return float(np.linalg.norm(seen[1] - seen[0]) / 10)
