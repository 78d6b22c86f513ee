"""Letters of many scripts as fonts print them, and as fonts that imitate handwriting do.

The fonts are Debian's. Letters that share their form with a digit in someone's hand (O, l, S, Z, q, b, З, Λ, ...) are
left out. No font stands for handwriting in anything that is scored.
"""

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from digitscope.errors import DataError

Image = npt.NDArray[np.uint8]

SIDE = 56  # pixels a side of what is drawn
FONTS = Path("/usr/share/fonts")
PRINTED = ("fonts-noto-core", "fonts-dejavu-core")
HANDS = {  # each package's folder
    "fonts-breip": "truetype/breip", "fonts-dancingscript": "opentype/dancingscript",
    "fonts-dkg-handwriting": "truetype/fifthhorseman", "fonts-femkeklaver": "truetype/femkeklaver",
    "fonts-gfs-gazis": "opentype/gazis", "fonts-gfs-olga": "opentype/olga", "fonts-gfs-porson": "opentype/porson",
    "fonts-gfs-solomos": "opentype/solomos", "fonts-klee": "truetype/klee", "fonts-kristi": "truetype/kristi",
    "fonts-rufscript": "truetype/rufscript", "fonts-sjfonts": "truetype/sjfonts",
}  # fmt: skip
BY_HAND = 0.4  # of the letters come from fonts that imitate handwriting
LIKE_DIGITS = set("OoQDIlijJ|ZzSsqgbGyYaB/\\!ΒΖΙΟΛοςισϚϛВЗзОобБЧчЬьЪъЛлІіЅѕ∧ƧƨƷʒȜȝƼƽƻƄƅȢȣ")  # in some hand
BLOCKS = (  # ASCII, Latin, Greek and Cyrillic, Armenian, Hebrew, Arabic, scripts of India to Korea, Ethiopic, ...
    (0x21, 0x7F), (0xA1, 0x250), (0x370, 0x400), (0x400, 0x530), (0x530, 0x590), (0x5D0, 0x5EB), (0x620, 0x64B),
    (0x900, 0x1200), (0x1200, 0x1400), (0x1680, 0x1800), (0x2C00, 0x2E00), (0xA000, 0xA4D0),
    (0x10280, 0x10500), (0x10900, 0x10A60),
)  # fmt: skip
ALPHABETS = (0x21, 0x7F), (0x391, 0x3CA)  # of which a font that imitates handwriting gives its letters


def print_letter(rng: np.random.Generator) -> tuple[Image, str]:
    """A letter of some script in some font, uint8 [56, 56], ink bright; and its name, without accents."""
    fonts = _by_hand() if rng.random() < BY_HAND else _printed()
    for _ in range(50):
        path, characters = fonts[rng.integers(len(fonts))]
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
        return np.asarray(canvas), unicodedata.normalize("NFD", character)[0]
    raise DataError(f"No letter could be drawn with the fonts found. Expected {', '.join(PRINTED)}.")


Fonts = tuple[tuple[str, tuple[str, ...]], ...]  # each font's path with the letters that it draws


@functools.cache
def _printed() -> Fonts:
    """Eighty of the fonts of PRINTED, over all their scripts."""
    paths = sorted([*(FONTS / "truetype/noto").glob("*-Regular.ttf"), *(FONTS / "truetype/dejavu").glob("*.ttf")])
    if not paths:
        raise _missing(PRINTED)
    return _with_letters(paths[:: max(1, len(paths) // 80)], BLOCKS)


@functools.cache
def _by_hand() -> Fonts:
    """The fonts of HANDS."""
    folders = {package: sorted((FONTS / folder).glob("*.[ot]tf")) for package, folder in HANDS.items()}
    if missing := [package for package, paths in folders.items() if not paths]:
        raise _missing(missing)
    return _with_letters([path for paths in folders.values() for path in paths], ALPHABETS)


def _missing(packages: Sequence[str]) -> DataError:
    names = " ".join(packages)
    return DataError(
        f"Training the reader draws letters, and fonts are missing. Expected Debian's {names} "
        f"(apt-get install {names}). Received: path={str(FONTS)!r}"
    )


def _with_letters(paths: Sequence[Path], blocks: Sequence[tuple[int, int]]) -> Fonts:
    """Those of the fonts that draw at least five letters, with these."""
    found = ((str(path), _letters(path, blocks)) for path in paths)
    return tuple((path, letters) for path, letters in found if len(letters) >= 5)


def _letters(path: Path, blocks: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The letters, symbols and signs of a font that are neither digits nor like one, drawn by that font itself."""
    font = _font(str(path))
    try:
        missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    except OSError:
        return ()
    letters = []
    for start, stop in blocks:
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
