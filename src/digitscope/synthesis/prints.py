"""Print beside handwriting: words and labels in many fonts, stamps, barcodes, patterns. Printed digits are left out.

label = word(np.random.default_rng(0))         # a Print
"""

import functools
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from digitscope.arrays import Image
from digitscope.synthesis import fonts
from digitscope.synthesis.pages.drawings import Print

SIZE = 40  # pixels of a font
WORDS = [
    "Total",
    "Name",
    "Date",
    "Datum",
    "Betrag",
    "Summe",
    "Amount",
    "Price",
    "Code",
    "Tel",
    "Fax",
    "Page",
    "Seite",
    "Room",
    "Serial",
    "Weight",
    "Signature",
    "Address",
    "Street",
    "City",
    "Konto",
    "Bank",
    "Order",
    "Invoice",
    "Rechnung",
    "Art",
    "Menge",
    "Qty",
    "Unit",
    "Kg",
    "EUR",
    "USD",
    "Account",
    "Number",
    "Ref",
    "Ticket",
    "Class",
    "Score",
    "Punkte",
    "Frage",
    "Answer",
    "Year",
    "Month",
    "Day",
    "Monat",
    "Tag",
    "Zeit",
    "Time",
    "From",
    "Until",
    "Meter",
    "Level",
    "Reading",
    "Value",
    "Nom",
    "Prénom",
    "Montant",
    "Fecha",
    "Importe",
    "Firma",
    "Unterschrift",
    "Kasse",
    "Steuer",
    "Tax",
    "Subtotal",
    "Change",
    "Cash",
    "Visit",
    "Thank",
    "You",
    "please",
    "fill",
    "in",
    "the",
    "boxes",
    "and",
    "sign",
    "below",
]
FOREIGN = 0.4  # of printed words are of some other script
TALLEST = 1.4  # digit heights; as small as
SMALLEST = 0.25


def word(rng: np.random.Generator) -> Print:
    """One to three printed words, regular or bold, small or large, capitals or not; often of another script."""
    text, font = _foreign(rng) if rng.random() < FOREIGN else _words(rng)
    return Print(_text(text, font), float(np.exp(rng.uniform(np.log(SMALLEST), np.log(TALLEST)))))


def _words(rng: np.random.Generator) -> tuple[str, ImageFont.FreeTypeFont]:
    """Words of WORDS, and a font for them."""
    found = _paths()
    text = " ".join(WORDS[i] for i in rng.integers(0, len(WORDS), int(rng.integers(1, 4))))
    text = text.upper() if rng.random() < 0.25 else text
    text += ":" if rng.random() < 0.3 else ""
    return text, _font(found[rng.integers(len(found))])


def _foreign(rng: np.random.Generator) -> tuple[str, ImageFont.FreeTypeFont]:
    """Letters of any script in a row, one to three times two to eight, and a font of that script."""
    found = [font for group in fonts.declared().values() for font in group]
    chosen = found[rng.integers(len(found))]
    lengths = rng.integers(2, 9, int(rng.integers(1, 4)))
    text = " ".join("".join(rng.choice(list(chosen.letters), length)) for length in lengths)
    return text, _font(str(fonts.FONTS / chosen.file))


def stamp(rng: np.random.Generator) -> Print:
    """Rings or a frame with letters within, somewhat turned, its ink uneven."""
    side = 160
    canvas = np.zeros((side, side), np.uint8)
    found = _paths()
    text = _text(WORDS[rng.integers(len(WORDS))].upper(), _font(found[rng.integers(len(found))]))
    width = int(rng.integers(80, 125))
    text = cv2.resize(text, (width, max(8, min(90, round(text.shape[0] * width / text.shape[1])))))
    top, left = (side - text.shape[0]) // 2, (side - width) // 2
    canvas[top : top + text.shape[0], left : left + width] = text
    pen = int(rng.integers(2, 7))
    if rng.random() < 0.6:
        for radius in (75, 62)[: int(rng.integers(1, 3))]:
            cv2.circle(canvas, (side // 2, side // 2), radius, 255, pen, cv2.LINE_AA)
    else:
        cv2.rectangle(canvas, (8, 30), (side - 8, side - 30), 255, pen)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.normal(0, 15)), 1.0)
    canvas = cv2.warpAffine(canvas, turn, (side, side))
    worn = cv2.resize(rng.random((12, 12), np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return Print(np.where(worn > rng.uniform(-0.2, 0.3), canvas, 0).astype(np.uint8), float(rng.uniform(1.0, 3.0)))


def pattern(rng: np.random.Generator) -> Print:
    """A barcode, a square code, dots, a checkerboard, a filled shape."""
    kind = int(rng.integers(5))
    if kind == 0:
        bars = (rng.random((1, int(rng.integers(20, 60)))) < 0.5).astype(np.uint8) * 255
        return Print(cv2.resize(bars, None, fx=3, fy=40, interpolation=cv2.INTER_NEAREST), float(rng.uniform(0.5, 1.5)))
    if kind == 1:
        cells = (rng.random((int(rng.integers(9, 25)),) * 2) < 0.5).astype(np.uint8) * 255
        return Print(cv2.resize(cells, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST), float(rng.uniform(0.6, 3)))
    canvas = np.zeros((96, int(rng.integers(96, 240))), np.uint8)
    if kind == 2:
        pitch, radius = int(rng.integers(12, 32)), int(rng.integers(2, 7))
        for y in range(pitch // 2, canvas.shape[0], pitch):
            for x in range(pitch // 2, canvas.shape[1], pitch):
                cv2.circle(canvas, (x, y), radius, 255, -1, cv2.LINE_AA)
    elif kind == 3:
        pitch = int(rng.integers(8, 30))
        y, x = np.mgrid[: canvas.shape[0], : canvas.shape[1]] // pitch
        canvas = ((x + y) % 2 * 255).astype(np.uint8)
    else:
        corners = rng.uniform(5, 91, (int(rng.integers(3, 8)), 2)) * [canvas.shape[1] / 96, 1]
        cv2.fillPoly(canvas, [cv2.convexHull(corners.round().astype(np.int32))], 255, cv2.LINE_AA)
    return Print(canvas, float(rng.uniform(0.5, 2.5)))


def _text(text: str, font: ImageFont.FreeTypeFont) -> Image:
    """The text, cut to its ink."""
    left, top, right, bottom = font.getbbox(text)
    canvas = Pillow.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, 255, font)
    return np.asarray(canvas, np.uint8)


def _paths() -> tuple[str, ...]:
    """The declared fonts of Latin letters, and those of them that imitate handwriting."""
    return _latin(fonts.FONTS)


@functools.cache
def _latin(folder: Path) -> tuple[str, ...]:
    return tuple(
        str(folder / font.file) for group in fonts.declared().values() for font in group if "A" in font.letters
    )


@functools.cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, SIZE)
