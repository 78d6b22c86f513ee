"""Draw what was read onto the photo it was read from: boxes, digits, confidences."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

SURE: Colour = (22, 138, 82)
UNSURE: Colour = (214, 120, 10)  # confidence below 0.9
REJECTED: Colour = (128, 128, 136)
LEAST_WIDTH = 640  # a smaller photo is enlarged, up to 12 times, so that labels can be read
FONT = cv2.FONT_HERSHEY_SIMPLEX


class Glyph(Protocol):
    """What is drawn; `digitscope.reading.result.Digit` is one."""

    @property
    def value(self) -> int: ...
    @property
    def confidence(self) -> float: ...
    @property
    def box(self) -> tuple[int, int, int, int]: ...
    @property
    def polygon(self) -> tuple[tuple[float, float], ...]: ...
    @property
    def rejected(self) -> bool: ...


def annotate(image: Image, glyphs: Sequence[Glyph]) -> Image:
    """A copy of the image, uint8 [H, W, 3], with every glyph outlined and accepted ones labelled."""
    zoom = int(np.clip(LEAST_WIDTH // max(image.shape[1], 1), 1, 12))
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
    """Green where it is sure, orange where it is not, grey where it is no digit."""
    if glyph.rejected:
        return REJECTED
    return SURE if glyph.confidence >= 0.9 else UNSURE


def outline(canvas: Image, glyph: Glyph, zoom: int, width: int) -> None:
    """The glyph's polygon; a cross through what was rejected."""
    points = np.rint(np.array(glyph.polygon or corners(glyph.box)) * zoom * 16).astype(np.int32)
    cv2.polylines(canvas, [points.reshape(-1, 1, 2)], True, colour_of(glyph), width, cv2.LINE_AA, 4)
    if glyph.rejected:
        x, y, w, h = (value * zoom for value in glyph.box)
        cv2.line(canvas, (x, y), (x + w, y + h), REJECTED, width, cv2.LINE_AA)


def label(canvas: Image, glyph: Glyph, zoom: int, scale: float) -> None:
    """A small flag on top of the box: the digit, and its confidence in per cent where there is room."""
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


def corners(box: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """The four corners of a box, clockwise."""
    x, y, w, h = box
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
