"""Letters of many scripts as fonts print them, and as fonts that imitate handwriting do.

The fonts are Debian's, declared with their checksums in fonts.json. Letters that share their form with a digit in
someone's hand (O, l, S, Z, q, b, З, Λ, ...) are left out. No font stands for handwriting in anything that is scored.
"""

import functools
import hashlib
import json
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from digitscope.arrays import Image
from digitscope.errors import DataError

SIDE = 56  # pixels a side of what is drawn
FONTS = Path("/usr/share/fonts")
LIST = Path(__file__).with_name("fonts.json")  # written by benchmarks/declare_fonts.py
BY_HAND = 0.4  # of the letters come from fonts that imitate handwriting
LIKE_DIGITS = set("OoQDIlijJ|ZzSsqgbGyYaB/\\!ΒΖΙΟΛοςισϚϛВЗзОобБЧчЬьЪъЛлІіЅѕ∧ƧƨƷʒȜȝƼƽƻƄƅȢȣ")  # in some hand


class Declared(NamedTuple):
    """A font file: the Debian package that it comes from, where it lies, and the letters taken of it."""

    package: str
    file: str
    sha256: str
    letters: str


def print_letter(rng: np.random.Generator) -> tuple[Image, str]:
    """A letter of some script in some font, uint8 [56, 56], ink bright; and its name, without accents."""
    fonts = declared()["by_hand" if rng.random() < BY_HAND else "printed"]
    for _ in range(50):
        chosen = fonts[rng.integers(len(fonts))]
        character = chosen.letters[rng.integers(len(chosen.letters))]
        canvas = Pillow.new("L", (SIDE, SIDE))
        font = _font(str(FONTS / chosen.file))
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
    raise DataError("No letter could be drawn in 50 tries. Expected one that fits its canvas.")


def declared() -> dict[str, tuple[Declared, ...]]:
    """The fonts of fonts.json, "printed" and "by_hand", all of them there and as declared.

    Raises:
        DataError: a font is missing, or another than the declared one; the message names the packages.
    """
    return _verified(FONTS)


@functools.cache
def _verified(folder: Path) -> dict[str, tuple[Declared, ...]]:
    listed = json.loads(LIST.read_text())
    fonts = {group: tuple(Declared(**values) for values in entries) for group, entries in listed.items()}
    wrong = {font.package: font.file for group in fonts.values() for font in group if not _is_there(folder, font)}
    if wrong:
        names = " ".join(wrong)
        raise DataError(
            f"Letters are drawn with fonts, and some are missing or others than the declared ones. Expected those of "
            f"Debian 12's packages {names} (apt-get install {names}), with the checksums in {LIST.name}. "
            f"Received: path={str(folder)!r}, file={next(iter(wrong.values()))!r}"
        )
    return fonts


def _is_there(folder: Path, font: Declared) -> bool:
    try:
        return hashlib.sha256((folder / font.file).read_bytes()).hexdigest() == font.sha256
    except OSError:
        return False


@functools.cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, 44)
