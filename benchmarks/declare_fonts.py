"""Which fonts letters are drawn with, and which letters of each: writes src/digitscope/synthesis/fonts.json.

    python benchmarks/declare_fonts.py       half a minute

It needs Debian 12's fonts-noto-core, fonts-dejavu-core and fonts-dejavu-extra, and the packages of HANDS.

Networks that learned from the fonts declared before were taught by other letters than those that learn after.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import ImageFont

from digitscope.synthesis.fonts import FONTS, LIKE_DIGITS, LIST

DEJAVU_CORE = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
)
HANDS = {  # each package's folder
    "fonts-breip": "truetype/breip", "fonts-dancingscript": "opentype/dancingscript",
    "fonts-dkg-handwriting": "truetype/fifthhorseman", "fonts-femkeklaver": "truetype/femkeklaver",
    "fonts-gfs-gazis": "opentype/gazis", "fonts-gfs-olga": "opentype/olga", "fonts-gfs-porson": "opentype/porson",
    "fonts-gfs-solomos": "opentype/solomos", "fonts-klee": "truetype/klee", "fonts-kristi": "truetype/kristi",
    "fonts-rufscript": "truetype/rufscript", "fonts-sjfonts": "truetype/sjfonts",
}  # fmt: skip
BLOCKS = (  # ASCII, Latin, Greek and Cyrillic, Armenian, Hebrew, Arabic, scripts of India to Korea, Ethiopic, ...
    (0x21, 0x7F), (0xA1, 0x250), (0x370, 0x400), (0x400, 0x530), (0x530, 0x590), (0x5D0, 0x5EB), (0x620, 0x64B),
    (0x900, 0x1200), (0x1200, 0x1400), (0x1680, 0x1800), (0x2C00, 0x2E00), (0xA000, 0xA4D0),
    (0x10280, 0x10500), (0x10900, 0x10A60),
)  # fmt: skip
ALPHABETS = (0x21, 0x7F), (0x391, 0x3CA)  # of which a font that imitates handwriting gives its letters
MANY = 80  # printed fonts at most, over all scripts
FEWEST = 5  # letters that a font must draw


def main() -> None:
    noto, dejavu = sorted(FONTS.glob("truetype/noto/*-Regular.ttf")), sorted(FONTS.glob("truetype/dejavu/*.ttf"))
    printed = sorted([*noto, *dejavu])
    by_hand = [path for folder in HANDS.values() for path in sorted((FONTS / folder).glob("*.[ot]tf"))]
    listed = {
        "printed": entries(printed[:: max(1, len(printed) // MANY)], BLOCKS),
        "by_hand": entries(by_hand, ALPHABETS),
    }
    groups = (f'"{name}": [\n' + ",\n".join(json.dumps(e, ensure_ascii=False) for e in found) + "\n]"
              for name, found in listed.items())  # fmt: skip
    LIST.write_text("{\n" + ",\n".join(groups) + "\n}\n")


def entries(paths: Sequence[Path], blocks: Sequence[tuple[int, int]]) -> list[dict[str, str]]:
    found = []
    for path in paths:
        drawn = letters(path, blocks)
        if len(drawn) >= FEWEST:
            checksum = hashlib.sha256(path.read_bytes()).hexdigest()
            file = str(path.relative_to(FONTS))
            found.append({"package": package(path), "file": file, "sha256": checksum, "letters": drawn})
    return found


def package(path: Path) -> str:
    folder = str(path.parent.relative_to(FONTS))
    if folder == "truetype/noto":
        return "fonts-noto-core"
    if folder == "truetype/dejavu":
        return "fonts-dejavu-core" if path.stem in DEJAVU_CORE else "fonts-dejavu-extra"
    return next(name for name, of in HANDS.items() if of == folder)


def letters(path: Path, blocks: Sequence[tuple[int, int]]) -> str:
    """The letters, symbols and signs of a font that are neither digits nor like one, drawn by that font itself."""
    font = ImageFont.truetype(str(path), 44)
    try:
        missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    except OSError:
        return ""
    found = []
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
                found.append(character)
    return "".join(found)


if __name__ == "__main__":
    main()
