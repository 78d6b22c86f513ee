"""Draw what was read onto the photo it was read from, boxes, digits, confidences, and save pictures."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np

from digitscope.arrays import Boxes, BoxXYWH, Doubles, Image, ltrb_from_xywh
from digitscope.errors import UsageError
from digitscope.files import write_whole
from digitscope.reading.suppression import intersections

Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {"accepted": (22, 138, 82), "doubtful": (196, 96, 0), "rejected": (128, 128, 136)}
DASH = 5  # line widths: the outline of a doubtful digit is dashed, so that no one needs to tell green from orange
MIN_WIDTH = 640  # pixels: a narrower photo is enlarged, up to 12 times, so that labels can be read,
MAX_LENGTH = 4096  # pixels: but not to more than this on its longer side
FONT = cv2.FONT_HERSHEY_SIMPLEX


class Glyph(Protocol):
    """What is drawn; `digitscope.reading.result.Digit` is one."""

    @property
    def value(self) -> int: ...
    @property
    def confidence(self) -> float: ...
    @property
    def box(self) -> BoxXYWH: ...
    @property
    def polygon(self) -> tuple[tuple[float, float], ...]: ...
    @property
    def status(self) -> Literal["accepted", "doubtful", "rejected"]: ...


def annotate(image: Image, glyphs: Sequence[Glyph], *, size: tuple[int, int]) -> Image:
    """A copy of the image, uint8 [H, W, 3], with every glyph outlined and all labelled that are not rejected.

    `size` is the page's width and height, of which boxes are in pixels: a large photo may have been opened smaller.
    """
    if image.shape[1::-1] != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    zoom = int(np.clip(min(MIN_WIDTH // image.shape[1], MAX_LENGTH // max(image.shape[:2])), 1, 12))
    canvas = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image.copy()
    if zoom > 1:
        canvas = cv2.resize(canvas, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    drawn = np.asarray(canvas, np.uint8)
    width = max(1, round(max(drawn.shape[:2]) / 700))
    for glyph in glyphs:
        outline(drawn, glyph, zoom, width)
    read = [glyph for glyph in glyphs if glyph.status != "rejected"]
    if read:
        typical = float(np.median([glyph.box[3] for glyph in read])) * zoom
        scale = float(np.clip(0.5 * typical / 30, 0.4, max(0.4, max(drawn.shape[:2]) / 700)))
        label(drawn, read, zoom, scale)
    return drawn


def outline(canvas: Image, glyph: Glyph, zoom: int, width: int) -> None:
    """The glyph's polygon: green where accepted, orange and dashed where doubtful, grey with a line where rejected."""
    points = np.array(glyph.polygon or corners(glyph.box)) * zoom
    colour = COLOURS[glyph.status]
    parts = dashes(points, DASH * width) if glyph.status == "doubtful" else [np.vstack([points, points[:1]])]
    lines = [np.rint(part * 16).astype(np.int32).reshape(-1, 1, 2) for part in parts]
    cv2.polylines(canvas, lines, False, colour, width, cv2.LINE_AA, 4)
    if glyph.status == "rejected":
        x, y, w, h = (value * zoom for value in glyph.box)
        cv2.line(canvas, (x, y), (x + w, y + h), colour, width, cv2.LINE_AA)


def dashes(corners: Doubles, length: float) -> list[Doubles]:
    """The sides of a polygon, [N, 2], as dashes [2, 2]: about as long as the gaps between them, and one at each end."""
    parts = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        pieces = 2 * max(1, round(float(np.hypot(*(end - start))) / (2 * length))) + 1
        stops = start + np.linspace(0, 1, pieces + 1)[:, None] * (end - start)
        parts += [stops[i : i + 2] for i in range(0, pieces, 2)]
    return parts


class Flag:
    """A glyph's label: the digit, ? after a doubtful one, and its confidence where that fits the box's width."""

    def __init__(self, glyph: Glyph, zoom: int, scale: float) -> None:
        self.scale, self.thickness = scale, max(1, round(1.8 * scale))
        self.text, self.percent = f"{glyph.value}{'?' if glyph.status == 'doubtful' else ''}", ""
        (self.text_width, height), _ = cv2.getTextSize(self.text, FONT, scale, self.thickness)
        self.pad = max(2, round(height / 4))
        self.width, self.height = self.text_width + 2 * self.pad, height + 2 * self.pad
        percent = f" {100 * glyph.confidence:.0f}%"
        (percent_width, _), _ = cv2.getTextSize(percent, FONT, 0.6 * scale, max(1, self.thickness // 2))
        if self.width + percent_width <= 1.15 * glyph.box[2] * zoom:
            self.percent = percent
            self.width += percent_width

    def write(self, canvas: Image, left: int, bottom: int) -> None:
        """Its text, onto its background."""
        start, white, thin = (left + self.pad, bottom - self.pad), (255, 255, 255), max(1, self.thickness // 2)
        cv2.putText(canvas, self.text, start, FONT, self.scale, white, self.thickness, cv2.LINE_AA)
        start = (start[0] + self.text_width, start[1])
        cv2.putText(canvas, self.percent, start, FONT, 0.6 * self.scale, white, thin, cv2.LINE_AA)


def label(canvas: Image, glyphs: Sequence[Glyph], zoom: int, scale: float) -> None:
    """A small flag at each box, all backgrounds before all texts."""
    flags = [Flag(glyph, zoom, scale) for glyph in glyphs]
    boxes_ltrb = ltrb_from_xywh(np.array([glyph.box for glyph in glyphs], np.float32) * zoom)
    placed = places(flags, boxes_ltrb, canvas.shape).astype(int).tolist()
    for glyph, (left, top, right, bottom) in zip(glyphs, placed, strict=True):
        cv2.rectangle(canvas, (left, top), (right, bottom), COLOURS[glyph.status], -1)
    for flag, (left, _, _, bottom) in zip(flags, placed, strict=True):
        flag.write(canvas, left, bottom)


def places(flags: Sequence[Flag], boxes_ltrb: Boxes, shape: tuple[int, ...]) -> Boxes:
    """Where flags go, [N, 4]: on top of their boxes [N, 4], unless that hides the text of an earlier one.

    Then a flag goes below its box, or a flag's height further away where it would cover much of another box there.
    """
    placed = np.zeros((len(flags), 4), np.float32)
    for k, (flag, (left, top, _, bottom)) in enumerate(zip(flags, boxes_ltrb, strict=True)):
        left = np.clip(left, 0, max(0, shape[1] - flag.width))
        above, below, last = top - 1 - flag.height, bottom, shape[0] - 1 - flag.height
        tops = [y for y in (above, below, above - flag.height, below + flag.height) if 0 <= y <= last] or [max(0, last)]
        free = np.array([[left, y, left + flag.width, y + flag.height] for y in tops], np.float32)
        texts = placed[:k] + np.array([flag.pad, 0, -flag.pad, 0], np.float32)
        hidden = [float(intersections(place, texts).sum()) for place in free]
        if hidden[0]:
            much = flag.width * flag.height / 4
            covered = [float(intersections(place, boxes_ltrb).sum()) // much for place in free]
            placed[k] = free[min(range(len(free)), key=lambda n: (hidden[n], covered[n]))]
        else:
            placed[k] = free[0]
    return placed


def corners(box: BoxXYWH) -> list[tuple[int, int]]:
    """The four corners of a box, clockwise."""
    x, y, w, h = box
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def page_path(path: str | os.PathLike[str], number: int) -> Path:
    """Where a document's page, counted from 0, is saved: out.png, out-2.png, out-3.png ..."""
    path = Path(path)
    return path if number == 0 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")


def save(image: Image, path: Path) -> Path:
    """Save a picture, whole or not at all, in the format of the name's ending; returns the path."""
    write_whole(path, encoded(image, path.suffix, path))
    return path


def encoded(image: Image, ending: str, path: Path | None = None) -> bytes:
    """A picture, uint8 [H, W] or [H, W, 3] in RGB, as a file's bytes in the format of a name's ending.

    Raises:
        UsageError: no image format has this ending, or the picture is too large for it.
    """
    received = f"Received: path='{path or ending}'"
    if not cv2.haveImageWriter(ending):
        raise UsageError(f"No image can be saved under this name. Expected an ending such as .png or .jpg. {received}")
    try:
        done, content = cv2.imencode(ending, image[..., ::-1] if image.ndim == 3 else image)
    except cv2.error:
        done = False
    if not done:
        raise UsageError(
            "The picture is too large for this format. Expected the ending of another, such as .png. "
            f"{received}, size={image.shape[1]}×{image.shape[0]}"
        )
    return content.tobytes()
