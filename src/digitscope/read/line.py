"""A row of ink → its digits, by the line network: for rows too small, too blurred or too dense for cuts along seams.

The network says for each second column of a strip, 32 pixels high with digits about 20 pixels tall, which digit's
middle lies there. A run of such columns is a digit; the least inked column between two runs parts them.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from digitscope.modelfile import WEIGHTS, rejection
from digitscope.read.lattice import Glyph
from digitscope.read.normalize import ink_box, normalize
from digitscope.read.page import Ink
from digitscope.read.segment import Row

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]

HEIGHT = 32
TALL = 20  # pixels of a digit in a strip
STRIDE = 2
NONE = 10
TRUST = 0.6  # in the line network's word; the rest in the classifier's, which sees the digit cut out
SMALL = 30  # pixels of the photo: lower digits are small
MARGIN = 0.0  # how much more the line network's reading must be believed
WIDEST = 4096  # pixels of a strip: 200 digits; what is longer is no row of handwriting


@dataclass(frozen=True, eq=False)
class Found:
    """A digit in a row: its left and right end and its middle in the page's pixels, and the network's word.

    `probabilities` is float32 [11]: each digit, and none, at the digit's middle.
    """

    left: float
    middle: float
    right: float
    probabilities: Floats


def strip_of(strength: Image, box: tuple[float, float, float, float], *, height: float, slope: float) -> Image:
    """The strip uint8 [32, W] of a row.

    Args:
        strength: the page's ink, uint8 [H, W].
        box: the row's x, y, w, h.
        height: its digits' height in pixels.
        slope: how much the row sinks for each pixel to the right.
    """
    x, y, w, h = box
    scale = TALL / height
    width = int(np.clip(round(w * scale), 8, WIDEST))
    if scale < 0.7:  # a strip is sampled from ink that is already coarse: nothing falls between two samples
        half = cv2.resize(strength, None, fx=1.4 * scale, fy=1.4 * scale, interpolation=cv2.INTER_AREA)
        strength, x, y, w, h = half, x * 1.4 * scale, y * 1.4 * scale, w * 1.4 * scale, h * 1.4 * scale
        scale = 1 / 1.4
    step = 1 / scale
    top = y + h / 2 - slope * w / 2 - step * HEIGHT / 2
    matrix = np.array([[step, 0, x + step / 2 - 0.5], [slope * step, step, top + step / 2 - 0.5]], np.float32)
    return cv2.warpAffine(strength, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def find_digits(strip: Image, *, left: float, height: float) -> list[Found]:
    """The digits in a strip that begins at `left` of the page, where its digits are `height` pixels tall."""
    columns = _session().run(None, {"strips": strip[None]})[0][0]  # [W / 2, 11]
    runs = _runs(columns)
    profile = strip.astype(np.float32).sum(axis=0)
    step = height / TALL
    middles = [STRIDE * (a + b) / 2 + 0.5 for a, b in runs]
    found = []
    for k, (a, b) in enumerate(runs):
        before = middles[k] - 0.75 * TALL if not k else _valley(profile, middles[k - 1], middles[k])
        after = middles[k] + 0.75 * TALL if k + 1 == len(runs) else _valley(profile, middles[k], middles[k + 1])
        before, after = max(before, middles[k] - 0.9 * TALL), min(after, middles[k] + 0.9 * TALL)
        best = columns[a:b][np.argsort(columns[a:b, NONE])[: max(1, (b - a + 1) // 2)]].mean(axis=0)
        found.append(Found(left + before * step, left + middles[k] * step, left + after * step, best))
    return found


def _runs(columns: Floats) -> list[tuple[int, int]]:
    """Runs of columns, first and one past the last, that are likelier some digit's middle than none's."""
    inked = columns[:, NONE] < 0.5
    best = np.where(inked, columns[:, :NONE].argmax(axis=1), NONE)
    edges = np.flatnonzero(np.diff(inked.astype(np.int8), prepend=0, append=0))
    runs: list[tuple[int, int]] = []
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        change = a
        for c in range(a + 1, b):
            # two digits side by side: each long enough, and sure
            if best[c] != best[c - 1] and c - change >= 2 and b - c >= 2 and best[c] == best[c + 1]:
                runs.append((change, c))
                change = c
        runs.append((change, b))
    return runs


def _valley(profile: Floats, first: float, second: float) -> float:
    """The least inked column between two middles."""
    a, b = round(first) + 1, round(second)
    return float(a + profile[a:b].argmin()) + 0.5 if b > a else (first + second) / 2


def read_row(row: Row, boxes: Sequence[Box], ink: Ink, mask: Image, classify: Callable[[Image], Floats]) -> list[Glyph]:
    """The row's glyphs as the line network finds them; what each is, it and the glyph's classifier decide together.

    `boxes` are the row's glyphs as they were found before: they tell where the row lies.
    """
    tall = [b for b in boxes if b[3] > 0.5 * row.height] or list(boxes)
    x, right = min(b[0] for b in boxes) - 0.5 * row.height, max(b[0] + b[2] for b in boxes) + 0.5 * row.height
    middle = (x + right) / 2
    level = float(np.median([b[1] + b[3] / 2 - row.slope * (b[0] + b[2] / 2 - middle) for b in tall]))
    box = (x, level - row.height / 2, right - x, row.height)
    strength = np.where(cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0, ink.strength, 0).astype(np.uint8)
    strip = strip_of(strength, box, height=row.height, slope=row.slope)
    digits = find_digits(strip, left=x, height=row.height)
    cuts = []
    for digit in digits:
        middle_y = level + row.slope * (digit.middle - middle)
        cuts.append(_cut_out(strength, digit, middle_y, row.height))
    if not cuts:
        return []
    images = np.stack([normalize(part) for _, part in cuts])
    seen = classify(images)
    refused = rejection(seen)
    glyphs = []
    for (where, _), image, digit, word, doubt in zip(cuts, images, digits, seen, refused, strict=True):
        both = digit.probabilities[:NONE] ** TRUST * np.maximum(word[:NONE], 1e-4) ** (1 - TRUST)
        none = float(digit.probabilities[NONE] ** TRUST * max(float(doubt), 1e-4) ** (1 - TRUST))
        probabilities = np.r_[both, none].astype(np.float32)
        probabilities /= probabilities.sum()
        glyphs.append(Glyph(where, image, probabilities, float(probabilities[NONE]), False))
    return glyphs


def is_hard(row: Row, ink: Ink) -> bool:
    """Whether a row asks for the line network: its digits touch, or are small in the photo."""
    return any(a.cut > 0 for a in row.atoms) or row.height / ink.scale < SMALL


def belief(glyphs: Sequence[Glyph]) -> float:
    """How much a row's reading is believed: the mean confidence of its glyphs, specks left out."""
    confidences = [g.confidence for g in glyphs if not g.speck]
    return float(np.mean(confidences)) if confidences else 0.0


def _cut_out(strength: Image, digit: Found, middle: float, height: float) -> tuple[Box, Image]:
    """The digit's box, and its ink between the cuts to its left and right."""
    top, bottom = max(0, round(middle - 0.8 * height)), min(strength.shape[0], round(middle + 0.8 * height))
    left, right = max(0, round(digit.left)), min(strength.shape[1], round(digit.right))
    part = strength[top : max(bottom, top + 1), left : max(right, left + 1)]
    inner = ink_box(part)
    if inner is None:
        return (left, top, max(1, right - left), max(1, bottom - top)), np.ascontiguousarray(part)
    x, y, w, h = inner
    return (left + x, top + y, w, h), np.ascontiguousarray(part[y : y + h, x : x + w])


@functools.cache
def _session() -> ort.InferenceSession:
    return ort.InferenceSession(WEIGHTS / "parts" / "line.onnx", providers=["CPUExecutionProvider"])
