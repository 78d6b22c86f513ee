"""What is not a digit, made: letters of many scripts, pen strokes, parts of digits, pairs, lines, smudges.

Letters come from fonts (Debian: fonts-noto-core, fonts-dejavu-core); letters that share their form with a digit in
someone's hand (O, l, S, Z, q, b, ...) are left out. No font stands for handwriting in anything that is scored.
"""

import functools
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from digitscope.errors import DataError
from digitscope.modelfile import locate
from digitscope.read.normalize import normalize

Image = npt.NDArray[np.uint8]

SIDE = 56  # pixels a side of what is drawn here: twice MNIST's, for the pen's sake
FONTS = Path("/usr/share/fonts/truetype")
LIKE_DIGITS = set("OoQDIlijJ|ZzSsqgbGyYaB")  # read as a digit in some hand
BLOCKS = (  # ASCII, Latin, Greek and Cyrillic, Armenian, Hebrew, Arabic, scripts of India to Korea, Ethiopic, ...
    (0x21, 0x7F), (0xA1, 0x250), (0x370, 0x530), (0x530, 0x590), (0x5D0, 0x5EB), (0x620, 0x64B),
    (0x900, 0x1200), (0x1200, 0x1400), (0x1680, 0x1800), (0x2C00, 0x2E00), (0xA000, 0xA4D0),
    (0x10280, 0x10500), (0x10900, 0x10A60),
)  # fmt: skip
KINDS = {"letter": 0.36, "strokes": 0.2, "part": 0.16, "pair": 0.14, "lines": 0.08, "blot": 0.06}


def nondigit(digits: Image, rng: np.random.Generator) -> Image:
    """One thing that is not a digit, uint8 [56, 56], ink bright; parts and pairs are made of `digits` [N, 28, 28].

    What could be a digit all the same is never given, whatever drew it: a slender upright stroke, half an eight, a
    Cyrillic О.
    """
    while True:
        glyph = _draw(digits, rng)
        if not is_like_digit(glyph):
            return glyph


def is_like_digit(glyph: Image) -> bool:
    """Whether a drawing might pass for a digit: a slender stroke, or what both reference networks are sure of."""
    rows, columns = np.flatnonzero(glyph.any(axis=1)), np.flatnonzero(glyph.any(axis=0))
    if not len(rows) or (len(columns) < 0.42 * len(rows) and glyph[:, columns].mean() > 60):
        return True
    image = normalize(glyph)[None]
    first, second = (judge.run(None, {"images": image})[0][0] for judge in _judges())
    return bool(first.argmax() == second.argmax() and min(first.max(), second.max()) > 0.95)


@functools.cache
def _judges() -> tuple[ort.InferenceSession, ort.InferenceSession]:
    """The reference pair, a thread each: one image at a time has no use for more."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(locate("mlp"), options), ort.InferenceSession(locate("cnn"), options)


def _draw(digits: Image, rng: np.random.Generator) -> Image:
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    match kind:
        case "letter":
            return letter(rng)
        case "part":
            return _part(digits[rng.integers(len(digits))], rng)
        case "pair":
            return _pair(digits[rng.integers(len(digits))], digits[rng.integers(len(digits))], rng)
        case "strokes":
            return _strokes(rng)
        case "lines":
            return _lines(rng)
        case _:
            return _blot(rng)


def letter(rng: np.random.Generator) -> Image:
    """A letter of some script, in some font."""
    for _ in range(50):
        path, characters = _fonts()[rng.integers(len(_fonts()))]
        character = characters[rng.integers(len(characters))]
        canvas = Pillow.new("L", (SIDE, SIDE))
        font = _font(path)
        box = font.getbbox(character)
        size = max(box[2] - box[0], box[3] - box[1])
        if not 12 <= size <= SIDE * 1.6:
            continue
        big = Pillow.new("L", (SIDE * 2, SIDE * 2))
        ImageDraw.Draw(big).text((SIDE - (box[0] + box[2]) / 2, SIDE - (box[1] + box[3]) / 2), character, 255, font)
        extent = big.getbbox()
        if extent is None:
            continue
        glyph = big.crop(extent)
        glyph.thumbnail((40, 40))
        if max(glyph.size) < 40:
            glyph = glyph.resize(
                (max(1, glyph.width * 40 // max(glyph.size)), max(1, glyph.height * 40 // max(glyph.size)))
            )
        canvas.paste(glyph, ((SIDE - glyph.width) // 2, (SIDE - glyph.height) // 2))
        return np.asarray(canvas)
    raise DataError("No letter could be drawn with the fonts found. Expected fonts-noto-core.")


@functools.cache
def _fonts() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each usable font file with the letters it draws."""
    paths = sorted(p for p in FONTS.rglob("*.ttf") if "Regular" in p.name or p.parent.name == "dejavu")
    if not paths:
        raise DataError(
            "Training the reader draws letters, and no fonts were found. Expected Debian's fonts-noto-core "
            f"(apt-get install fonts-noto-core). Received: path={str(FONTS)!r}"
        )
    found = []
    for path in paths[:: max(1, len(paths) // 80)]:
        letters = _letters(path)
        if len(letters) >= 5:
            found.append((str(path), letters))
    return tuple(found)


def _letters(path: Path) -> tuple[str, ...]:
    """The letters, symbols and signs of a font that are neither digits nor like one, drawn by that font itself."""
    font = _font(str(path))
    try:
        missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    except OSError:
        return ()
    letters = []
    for start, stop in BLOCKS:
        step = 1 if stop - start < 400 else 5
        for code in range(start, stop, step):
            character = chr(code)
            category = unicodedata.category(character)
            base = unicodedata.normalize("NFD", character)[0]
            if category not in ("Lu", "Ll", "Lo", "Sm", "So", "Po") or base in LIKE_DIGITS or category == "Nd":
                continue
            mask = font.getmask(character)
            if mask.getbbox() and (mask.getbbox(), bytes(mask)) != missing:
                letters.append(character)
    return tuple(letters)


@functools.cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, 44)


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
