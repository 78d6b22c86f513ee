"""Draw what was read onto the photo it was read from, boxes, digits, confidences, and save pictures."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Doubles, Image
from digitscope.errors import UsageError
from digitscope.files import write_whole

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
        for glyph in sorted(read, key=lambda glyph: glyph.status):  # where flags overlap, doubtful ones are on top
            label(drawn, glyph, zoom, scale)
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


def label(canvas: Image, glyph: Glyph, zoom: int, scale: float) -> None:
    """A small flag on top of the box: the digit, ? after a doubtful one, and its confidence where it fits."""
    x, y, w, h = (value * zoom for value in glyph.box)
    thickness = max(1, round(1.8 * scale))
    text, percent = f"{glyph.value}{'?' if glyph.status == 'doubtful' else ''}", f" {100 * glyph.confidence:.0f}%"
    (digit_width, height), _ = cv2.getTextSize(text, FONT, scale, thickness)
    (percent_width, _), _ = cv2.getTextSize(percent, FONT, 0.6 * scale, max(1, thickness // 2))
    pad = max(2, round(height / 4))
    full = digit_width + percent_width + 2 * pad <= 1.15 * w
    flag = digit_width + 2 * pad + (percent_width if full else 0)
    left = int(np.clip(x, 0, max(0, canvas.shape[1] - flag)))
    bottom = y - 1 if y >= height + 2 * pad + 1 else min(canvas.shape[0] - 1, y + h + height + 2 * pad)
    top = bottom - height - 2 * pad
    cv2.rectangle(canvas, (left, top), (left + flag, bottom), COLOURS[glyph.status], -1)
    white = (255, 255, 255)
    cv2.putText(canvas, text, (left + pad, bottom - pad), FONT, scale, white, thickness, cv2.LINE_AA)
    if full:
        start = (left + pad + digit_width, bottom - pad)
        cv2.putText(canvas, percent, start, FONT, 0.6 * scale, white, max(1, thickness // 2), cv2.LINE_AA)


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
