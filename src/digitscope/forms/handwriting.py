"""What is written on a form, without what is printed on it: the aligned scan less the blank.

    written = Handwriting.of(target, scan, found, fields)
    written.parts(fields)[0].ink          # uint8, ink bright: what belongs to a field, and nothing of its neighbours

Where print may be, ink counts that is darker than the print, and ink that goes on at both sides of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import BoxXYWH, Doubles, Image, Indices, Mask, PixelsLTRB
from digitscope.forms.field import Field
from digitscope.forms.registration import Registration, Scan, Target

CELL = 64  # pixels of a field's height as it is read
ENLARGED = 1.3  # at most so many pixels to one of the scan
LARGEST = 2600  # pixels of the longer side
OFF = 0.65 / 1754  # of the longer side: print may be so far from where the blank has it, 0.65 pixels at 150 dpi
PRINTED = 30  # of 255: darker is print
SMOOTHED = 1.3  # pixels: grain is evened out over about a stroke's width before ink is told from it
WEAK, STRONG = (7.0, 2.5), (14.0, 5.0)  # of 255 above the paper, or spreads of its grain: ink, and where some of it is
HALO, HALO_REACH = 0.22, 21  # of the ink within so many pixels: what is fainter is blur or JPEG's echo of it
PEN = 90  # the percentile of the ink in all fields that says how dark the form's pen is
FAINT, PALE = 0.25, 0.35  # of the pen: ink, and where some of it is; what is fainter is noise, or print left over
EDGE = 0.6  # of what is ink: print this dark, seen as blurred as it is, counts as print
DARKER = 1.8  # times the print: ink on it counts; thin rules may be printed darker here than there
BLURS = (0.0, 0.8, 1.2, 1.7, 2.3, 3.0, 4.0)  # pixels: how much more blurred than its blank a scan may be
SPECK = 0.0025  # of the field's squared height: smaller pieces are dirt
OWN, SHARED = 0.5, 0.15  # of a piece in a field's box: with more, it is the field's; its part in the box is


@dataclass(frozen=True, eq=False)
class Handwriting:
    """Ink on a form that is not printed: strength uint8 [H, W] as the blank lies, and its connected pieces."""

    strength: Image
    labels: npt.NDArray[np.int32]  # [H, W], 0 where there is none
    stats: npt.NDArray[np.int32]  # [N + 1, 5]: each piece's left, top, width, height and area
    scale: float  # pixels to one of the blank

    @classmethod
    def of(cls, target: Target, scan: Scan, found: Registration, fields: Sequence[Field]) -> "Handwriting":
        """The ink of a scan of a form with these fields."""
        scale = CELL / float(np.median([field.box[3] for field in fields]))
        scale = min(scale, ENLARGED * found.magnification(), LARGEST / max(found.size))
        seen = cv2.GaussianBlur(found.aligned(scan.dark, scale, paper=0), (0, 0), 0.7)
        size = seen.shape[1], seen.shape[0]
        shrinks = scale < 1
        blank = cv2.resize(target.dark, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        strength, inked, sure = without_print(np.asarray(seen, np.uint8), np.asarray(blank, np.uint8))
        smooth = np.asarray(cv2.GaussianBlur(strength, (0, 0), SMOOTHED), np.uint8)
        pen = _pen(smooth, sure, [_scaled(field.box, scale) for field in fields])
        inked, sure = inked & (smooth > FAINT * pen), sure & (smooth > PALE * pen)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
        kept = np.zeros(count, bool)
        kept[labels[sure]] = True
        kept[0] = False
        numbers = np.cumsum(kept, dtype=np.int32) * kept
        kept[0] = True
        return cls(strength, np.asarray(numbers[labels], np.int32), stats[kept], scale)

    def scaled(self, box: BoxXYWH) -> PixelsLTRB:
        """A box of the blank in these pixels, by its sides."""
        return _scaled(box, self.scale)

    def window(self, field: Field) -> PixelsLTRB:
        """The part of the page that the ink of a field may reach."""
        left, top, right, bottom = self.scaled(field.box)
        more = round(0.4 * min(bottom - top, CELL))
        height, width = self.strength.shape
        return max(0, left - more), max(0, top - more), min(width, right + more), min(height, bottom + more)

    def parts(self, fields: Sequence[Field]) -> list["Part"]:
        """What each field holds, in order.

        A piece of ink that is mostly in the box is the field's, also where it leaves the box. Of one that several
        fields share, as where a digit touches that of the row below, each has what lies in its box. One that lies
        beside the box and is nobody's is astray.
        """
        boxes = [self.scaled(field.box) for field in fields]
        inside = np.stack(
            [np.bincount(self.labels[y0:y1, x0:x1].ravel(), minlength=len(self.stats)) for x0, y0, x1, y1 in boxes]
        )
        inside[:, 0] = 0
        share = inside / np.maximum(self.stats[:, 4], 1)
        free = share.max(axis=0) < SHARED
        divided = (share >= SHARED).sum(axis=0) > 1
        return [
            self._part(field, box, own, part, free, divided)
            for field, box, own, part in zip(fields, boxes, inside, share, strict=True)
        ]

    def _part(
        self, field: Field, box: PixelsLTRB, inside: Indices, share: Doubles, free: Mask, divided: Mask
    ) -> "Part":
        window = left, top, right, bottom = self.window(field)
        labels = self.labels[top:bottom, left:right]
        x0, y0, x1, y1 = box
        speck = SPECK * (y1 - y0) ** 2
        own = (share >= OWN) & ~divided & (self.stats[:, 4] >= speck)
        shared = ~own & (share >= SHARED) & (inside >= 4 * speck)
        own[0] = shared[0] = False
        mask = own[labels]
        part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        mask[part] |= shared[labels[part]]
        spread = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        others = (labels > 0) & ~mask
        ink = np.where(spread & ~others, self.strength[top:bottom, left:right], 0)
        beside = free[labels] & (labels > 0)
        astray = int(np.count_nonzero(beside[y0 - top : y1 - top]))
        return Part(field, window, np.asarray(ink, np.uint8), np.asarray(mask), astray)


@dataclass(frozen=True, eq=False)
class Part:
    """What one field holds.

    Attributes:
        window: the part of the page that it may reach, in the handwriting's pixels.
        ink: uint8 [h, w], ink bright, in the window.
        mask: bool [h, w], where it is.
        astray: pixels of ink left and right of the box that are no field's.
    """

    field: Field
    window: PixelsLTRB
    ink: Image
    mask: Mask
    astray: int


def _scaled(box: BoxXYWH, scale: float) -> PixelsLTRB:
    x, y, w, h = box
    left, top, right, bottom = (round(side * scale) for side in (x, y, x + w, y + h))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _pen(smooth: Image, sure: Mask, boxes: Sequence[PixelsLTRB]) -> float:
    """How dark the pen is that the fields were filled with, 0 where they are empty."""
    inside = np.zeros(sure.shape, bool)
    for left, top, right, bottom in boxes:
        inside[top:bottom, left:right] = True
    ink = smooth[sure & inside]
    return float(np.percentile(ink, PEN)) if len(ink) else 0.0


def without_print(seen: Image, blank: Image) -> tuple[Image, Mask, Mask]:
    """What is written: its strength uint8 [H, W], where it is, and where it surely is, bool [H, W].

    Args:
        seen: the darkness of a scan, uint8 [H, W].
        blank: that of the blank, which lies over it within a pixel or two.
    """
    off = max(1, round(OFF * max(seen.shape)))
    level, spread = _paper(np.asarray(cv2.GaussianBlur(seen, (0, 0), SMOOTHED), np.uint8), blank)
    weak, strong = (level + max(least, times * spread) for least, times in (WEAK, STRONG))
    expected, blur = _as_seen(blank, np.asarray(cv2.subtract(seen, level), np.uint8))
    near = cv2.dilate(expected, np.ones((2 * off + 1,) * 2, np.uint8))
    printed = near > EDGE * (weak - level)
    explained = cv2.convertScaleAbs(near, alpha=DARKER, beta=level)
    darker = cv2.subtract(seen, explained)
    beside = np.where(printed | (seen < strong), 0, seen).astype(np.uint8)
    bridged = cv2.min(_bridged(np.asarray(beside), np.asarray(printed), 4 * off + 5 + round(4 * blur)), seen)
    found = cv2.max(bridged, darker)
    found[found < strong] = 0
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))  # a pen's stroke is no hairline
    strength = np.where(printed, found, seen).astype(np.uint8)
    smooth = cv2.GaussianBlur(strength, (0, 0), SMOOTHED)
    halo = HALO * cv2.dilate(smooth, np.ones((HALO_REACH,) * 2, np.uint8)).astype(np.float32)
    inked = np.where(printed, found > 0, smooth > np.maximum(weak, halo))
    return np.asarray(cv2.subtract(strength, level), np.uint8), np.asarray(inked), np.asarray(inked & (smooth > strong))


def _bridged(beside: Image, printed: Mask, reach: int) -> Image:
    """Ink beside rules carried on across them, uint8 [H, W]; print that is no rule is left as it is."""
    slope = np.eye(reach, dtype=np.uint8)
    kernels = (np.ones((reach, 1), np.uint8), np.ones((1, reach), np.uint8), slope, slope[::-1].copy())
    down, across, falling, rising = (cv2.morphologyEx(beside, cv2.MORPH_CLOSE, kernel) for kernel in kernels)
    slanted = cv2.max(falling, rising)
    rules = [
        cv2.morphologyEx(printed.astype(np.uint8), cv2.MORPH_OPEN, np.ones(side, np.uint8))
        for side in ((1, 3 * reach), (3 * reach, 1))
    ]
    level, upright = (rule > 0 for rule in rules)
    over = np.where(level, cv2.max(down, slanted), 0)
    return np.asarray(np.maximum(over, np.where(upright, cv2.max(across, slanted), 0)), np.uint8)


def _as_seen(blank: Image, seen: Image) -> tuple[Image, float]:
    """The blank's darkness, uint8 [H, W], as blurred and as dark as the scan has it; and the blur in pixels."""
    around = cv2.dilate((blank > PRINTED).astype(np.uint8), np.ones((9, 9), np.uint8))[::2, ::2] > 0
    there = seen[::2, ::2][around].astype(np.float32)
    best, least, width = blank, np.inf, 0.0
    for blur in BLURS:
        blurred = cv2.GaussianBlur(blank, (0, 0), blur) if blur else blank
        here = blurred[::2, ::2][around].astype(np.float32)
        gain = (
            float(np.median(there[here > 0.6 * here.max()]) / np.median(here[here > 0.6 * here.max()]))
            if len(here)
            else 1.0
        )
        off = float((np.minimum(np.abs(gain * here - there), 60) ** 2).mean()) if len(here) else 0.0
        if off < least:
            best, least, width = cv2.convertScaleAbs(blurred, alpha=min(max(gain, 0.2), 3.0)), off, blur
    return np.asarray(best, np.uint8), width


def _paper(smooth: Image, blank: Image) -> tuple[float, float]:
    """The darkness of the paper and the spread of its grain, of which the paler half is not ink."""
    paper = smooth[::3, ::3][blank[::3, ::3] < PRINTED / 3]
    if not len(paper):
        return 0.0, 0.0
    low, middle = np.percentile(paper, (16, 50))
    return float(middle), float(middle - low)
