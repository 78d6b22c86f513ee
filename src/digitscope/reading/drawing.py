"""Draw what was read onto the photo it was read from, boxes, digits, confidences, and save pictures."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Image
from digitscope.errors import UsageError
from digitscope.files import write_whole

Colour = tuple[int, int, int]

ACCEPTED_COLOUR: Colour = (22, 138, 82)
DOUBTFUL_COLOUR: Colour = (214, 120, 10)
REJECTED_COLOUR: Colour = (128, 128, 136)
DOUBTFUL_CONFIDENCE = 0.9  # below it a digit is drawn in DOUBTFUL_COLOUR
MIN_WIDTH = 640  # pixels: a smaller photo is enlarged, up to 12 times, so that labels can be read
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
    def rejected(self) -> bool: ...


def annotate(image: Image, glyphs: Sequence[Glyph], *, size: tuple[int, int]) -> Image:
    """A copy of the image, uint8 [H, W, 3], with every glyph outlined and accepted ones labelled.

    `size` is the page's width and height, of which boxes are in pixels: a large photo may have been opened smaller.
    """
    if image.shape[1::-1] != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    zoom = int(np.clip(MIN_WIDTH // max(image.shape[1], 1), 1, 12))
    canvas = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image.copy()
    if zoom > 1:
        canvas = cv2.resize(canvas, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    drawn = np.asarray(canvas, np.uint8)
    width = max(1, round(max(drawn.shape[:2]) / 700))
    for glyph in glyphs:
        outline(drawn, glyph, zoom, width)
    accepted = [glyph for glyph in glyphs if not glyph.rejected]
    if accepted:
        typical = float(np.median([glyph.box[3] for glyph in accepted])) * zoom
        scale = float(np.clip(0.5 * typical / 30, 0.4, max(0.4, max(drawn.shape[:2]) / 700)))
        for glyph in accepted:
            label(drawn, glyph, zoom, scale)
    return drawn


def colour_of(glyph: Glyph) -> Colour:
    """Green for a confident digit, orange for a doubtful one, grey for what is rejected."""
    if glyph.rejected:
        return REJECTED_COLOUR
    return ACCEPTED_COLOUR if glyph.confidence >= DOUBTFUL_CONFIDENCE else DOUBTFUL_COLOUR


def outline(canvas: Image, glyph: Glyph, zoom: int, width: int) -> None:
    """The glyph's polygon; a cross through what was rejected."""
    points = np.rint(np.array(glyph.polygon or corners(glyph.box)) * zoom * 16).astype(np.int32)
    cv2.polylines(canvas, [points.reshape(-1, 1, 2)], True, colour_of(glyph), width, cv2.LINE_AA, 4)
    if glyph.rejected:
        x, y, w, h = (value * zoom for value in glyph.box)
        cv2.line(canvas, (x, y), (x + w, y + h), REJECTED_COLOUR, width, cv2.LINE_AA)


def label(canvas: Image, glyph: Glyph, zoom: int, scale: float) -> None:
    """A small flag on top of the box: the digit, and its confidence in percent where it fits."""
    x, y, w, h = (value * zoom for value in glyph.box)
    thickness = max(1, round(1.8 * scale))
    text, percent = str(glyph.value), f" {100 * glyph.confidence:.0f}%"
    (digit_width, height), _ = cv2.getTextSize(text, FONT, scale, thickness)
    (percent_width, _), _ = cv2.getTextSize(percent, FONT, 0.6 * scale, max(1, thickness // 2))
    pad = max(2, round(height / 4))
    full = digit_width + percent_width + 2 * pad <= 1.15 * w
    flag = digit_width + 2 * pad + (percent_width if full else 0)
    left = int(np.clip(x, 0, max(0, canvas.shape[1] - flag)))
    bottom = y - 1 if y >= height + 2 * pad + 1 else min(canvas.shape[0] - 1, y + h + height + 2 * pad)
    top = bottom - height - 2 * pad
    cv2.rectangle(canvas, (left, top), (left + flag, bottom), colour_of(glyph), -1)
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
        UsageError: no image format has this ending.
    """
    try:
        done, content = cv2.imencode(ending or ".", image[..., ::-1] if image.ndim == 3 else image)
    except cv2.error:
        done = False
    if not done:
        raise UsageError(
            "No image can be saved under this name. Expected an ending such as .png or .jpg. "
            f"Received: path='{path or ending}'"
        )
    return content.tobytes()
