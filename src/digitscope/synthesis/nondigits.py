"""What is not a digit, made: letters of many scripts, strokes, parts of digits, pairs, lines, smudges, grain, remains.

What might be a digit all the same is left out. Two networks judge that, but not of a letter or a shape that is none by
its name: they take many an α for a 0, a β for an 8, a heart for a 0, and those are just what has to be learned.
"""

import functools
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import cv2
import numpy as np
import onnxruntime as ort

from digitscope.arrays import Image
from digitscope.models.file import locate
from digitscope.reading.normalization import normalize
from digitscope.synthesis import doodles, fonts, letters
from digitscope.synthesis.augmentation import Augmentation, augment
from digitscope.synthesis.pages.paper import streaks
from digitscope.synthesis.writers import Writers

SIDE = 56  # pixels a side of what is drawn here: twice MNIST's, for the pen's sake
LETTER = "letter"  # the name of a writer's letter: those that are like digits are left out before
SHAPE = "shape"  # and that of a heart, a hexagon, a house
NEVER_DIGITS = {LETTER, SHAPE} | set("AEFHKMNPRWXdkmnpvwxΓΔΘΞΠΣΦΨΩαβγεζηθκλμνξπρφχψω")  # in anyone's hand
PENNED = {"letter": 0.62, "crossed out": 0.14, "word": 0.06, "doodle": 0.06, SHAPE: 0.12}  # of what writers draw
PEN = (0.03, 0.2)  # the stroke's width, of the longer side of what writers draw
FINE_PEN = (0.03, 0.1)  # of a shape's: a wider one fills its corners


@dataclass(frozen=True)
class Shares:
    """How much of what is no digit is of each kind; the shares are divided by their sum."""

    printed: float = 0.22
    written: float = 0.3
    strokes: float = 0.14
    part: float = 0.12
    pair: float = 0.08
    lines: float = 0.05
    blot: float = 0.03
    grain: float = 0.02
    remains: float = 0.04


SHARES = Shares()


def nondigit(
    digits: Image,
    found: Sequence[Image],
    rng: np.random.Generator,
    *,
    how: Augmentation,
    shares: Shares = SHARES,
    writers: Writers | None = None,
) -> Image:
    """One thing that is not a digit as reading might meet it: uint8 [28, 28] in MNIST's form.

    Args:
        digits: uint8 [N, 28, 28]; parts and pairs are made of them.
        found: what `remains.remains` gave.
        rng: draws one.
        how: what paper, pens and cameras do to it; it may lose there what made it no digit, and is then left out.
        shares: how often each kind is drawn without writers.
        writers: draw it with their pens.
    """
    while True:
        drawn, name = _draw(digits, found, rng, shares) if writers is None else _by_pen(writers, rng)
        if is_slender(drawn) or (name not in NEVER_DIGITS and is_like_digit(drawn)):
            continue
        glyph = augment(drawn, rng, how=how)
        if name in NEVER_DIGITS or not is_like_digit(glyph):
            return glyph


def is_slender(glyph: Image) -> bool:
    """Whether a drawing is an upright stroke, which might be a one; also one without ink."""
    rows, columns = np.flatnonzero(glyph.any(axis=1)), np.flatnonzero(glyph.any(axis=0))
    return bool(not len(rows) or (len(columns) < 0.5 * len(rows) and glyph[:, columns].mean() > 60))


def is_like_digit(glyph: Image) -> bool:
    """Whether both reference networks are sure that a drawing is the same digit."""
    image = normalize(glyph)[None]
    first, second = (judge.run(None, {"images": image})[0][0] for judge in _judges())
    return bool(first.argmax() == second.argmax() and min(first.max(), second.max()) > 0.95)


@functools.cache
def _judges() -> tuple[ort.InferenceSession, ort.InferenceSession]:
    """The reference pair, a thread each: one image at a time has no use for more."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(locate("mlp"), options), ort.InferenceSession(locate("cnn"), options)


def _draw(digits: Image, found: Sequence[Image], rng: np.random.Generator, shares: Shares) -> tuple[Image, str]:
    """Anything that is meant as no digit, and its name where it is a letter."""
    odds = np.array(astuple(shares))
    match rng.choice([field.name for field in fields(shares)], p=odds / odds.sum()):
        case "printed":
            return fonts.print_letter(rng)
        case "written":
            return letters.write(rng)
        case "part":
            return _part(digits[rng.integers(len(digits))], rng), ""
        case "pair":
            return _pair(digits[rng.integers(len(digits))], digits[rng.integers(len(digits))], rng), ""
        case "strokes":
            return _strokes(rng), ""
        case "lines":
            return _lines(rng), ""
        case "grain":
            return _grain(rng), ""
        case "remains" if found:
            return found[int(rng.integers(len(found)))], ""
        case _:
            return _blot(rng), ""


def _by_pen(writers: Writers, rng: np.random.Generator) -> tuple[Image, str]:
    """A letter or a shape, which is no digit by its name; a word, or what was crossed out; a doodle."""
    kind = str(rng.choice(list(PENNED), p=list(PENNED.values())))
    if kind == SHAPE:
        return letters.draw(doodles.draw(rng, doodles.SHAPES).paths, rng.uniform(*FINE_PEN)), SHAPE
    drawing = {
        LETTER: writers.letter, "crossed out": writers.crossed_out, "word": writers.word, "doodle": doodles.draw,
    }[kind](rng)  # fmt: skip
    return letters.draw(drawing.paths, rng.uniform(*PEN)), kind if kind == LETTER else ""


def _part(digit: Image, rng: np.random.Generator) -> Image:
    """A third to two thirds of a digit, cut at any side: what a wrong cut leaves."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    glyph = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    keep = rng.uniform(0.3, 0.62)
    h, w = glyph.shape
    match int(rng.integers(4)):
        case 0:
            glyph = glyph[:, : max(3, round(w * keep))]
        case 1:
            glyph = glyph[:, w - max(3, round(w * keep)) :]
        case 2:
            glyph = glyph[: max(3, round(h * keep))]
        case _:
            glyph = glyph[h - max(3, round(h * keep)) :]
    return _framed(glyph)


def _pair(first: Image, second: Image, rng: np.random.Generator) -> Image:
    """Two digits, or a digit and a good part of the next, side by side in one box."""
    a, b = (g[:, np.flatnonzero(g.any(axis=0))[0] : np.flatnonzero(g.any(axis=0))[-1] + 1] for g in (first, second))
    if rng.random() < 0.4:
        part = max(4, round(b.shape[1] * rng.uniform(0.45, 0.8)))
        b = b[:, :part]
        if rng.random() < 0.5:
            a, b = b[:, ::-1][:, ::-1], a
    gap = int(rng.integers(-4, 4))
    wide = np.zeros((28, a.shape[1] + b.shape[1] + max(gap, 0) + 8), np.uint8)
    wide[:, : a.shape[1]] = a
    left = max(1, a.shape[1] + gap)
    wide[:, left : left + b.shape[1]] = np.maximum(
        wide[:, left : left + b.shape[1]], np.roll(b, int(rng.integers(-2, 3)), axis=0)
    )
    rows, columns = np.flatnonzero(wide.any(axis=1)), np.flatnonzero(wide.any(axis=0))
    return _framed(wide[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _framed(glyph: Image) -> Image:
    """`glyph` enlarged to 40 pixels in the middle of the canvas."""
    h, w = glyph.shape
    scale = 40 / max(h, w)
    glyph = cv2.resize(glyph, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=cv2.INTER_CUBIC)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    h, w = glyph.shape
    canvas[(SIDE - h) // 2 : (SIDE - h) // 2 + h, (SIDE - w) // 2 : (SIDE - w) // 2 + w] = glyph
    return canvas


def _strokes(rng: np.random.Generator) -> Image:
    """Two to six pen strokes: an unknown letter, a sign or a scribble."""
    canvas = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    thickness = int(rng.integers(5, 13))
    for _ in range(int(rng.integers(2, 7))):
        control = rng.uniform(18, SIDE * 2 - 18, (int(rng.integers(2, 5)), 2))
        t = np.linspace(0, 1, 24)[:, None]
        points = control
        curve = np.zeros((24, 2))
        n = len(points) - 1
        for k, point in enumerate(points):  # a Bézier curve by Bernstein polynomials
            binomial = float(np.prod([(n - j) / (j + 1) for j in range(k)])) if k else 1.0
            curve += binomial * t**k * (1 - t) ** (n - k) * point
        cv2.polylines(canvas, [curve.round().astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    return cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _lines(rng: np.random.Generator) -> Image:
    """Rests of forms: corners, crosses, parallel lines, ticks, dashes."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    thickness = int(rng.integers(1, 6))
    middle = rng.integers(14, SIDE - 14, 2)
    kind = int(rng.integers(5))
    long = rng.integers(14, 24, 4)
    x, y = int(middle[0]), int(middle[1])
    if kind == 0:  # a dash
        cv2.line(canvas, (x - int(long[0]), y), (x + int(long[1]), y + int(rng.integers(-3, 4))), 255, thickness)
    elif kind == 1:  # a corner
        cv2.line(canvas, (x, y), (x + int(rng.choice([-1, 1]) * long[0]), y), 255, thickness)
        cv2.line(canvas, (x, y), (x, y + int(rng.choice([-1, 1]) * long[1])), 255, thickness)
    elif kind == 2:  # a cross
        cv2.line(canvas, (x - int(long[0]), y), (x + int(long[1]), y), 255, thickness)
        cv2.line(canvas, (x, y - int(long[2])), (x, y + int(long[3])), 255, thickness)
    elif kind == 3:  # parallel lines
        gap = int(rng.integers(thickness + 4, 18))
        for shift in (0, gap):
            cv2.line(canvas, (x - int(long[0]), y + shift - 8), (x + int(long[1]), y + shift - 8), 255, thickness)
    else:  # a box
        cv2.rectangle(
            canvas, (x - int(long[0]), y - int(long[1])), (x + int(long[2]), y + int(long[3])), 255, thickness
        )
    return canvas if rng.random() < 0.7 else np.ascontiguousarray(canvas.T)


def _blot(rng: np.random.Generator) -> Image:
    """Smudges, filled spots and grain."""
    texture = cv2.resize(
        rng.random((int(rng.integers(3, 12)),) * 2, np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
    )
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    radius = np.hypot(x / rng.uniform(6, 20), y / rng.uniform(6, 20))
    return ((texture > rng.uniform(0.3, 0.6)) & (radius < 1)).astype(np.uint8) * 255


def _grain(rng: np.random.Generator) -> Image:
    """A paper's grain or a scanner's streaks, stretched to full ink as reading does it where nothing else is."""
    noise = streaks((SIDE, SIDE), rng, finest=0.7, coarsest=7)
    low, high = np.percentile(noise, (rng.uniform(30, 70), 97))
    h, w = rng.integers(20, SIDE, 2)
    return _framed(np.clip((noise[:h, :w] - low) / (high - low) * 255, 0, 255).astype(np.uint8))
