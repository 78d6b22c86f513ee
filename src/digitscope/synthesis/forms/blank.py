"""Blank forms, printed at any resolution: headings, small print, rows of cells, boxes and tables of them.

sheet = design(np.random.default_rng(7))
sheet.printed(150)       # uint8 [1754, 1240, 3], what a template's blank is
sheet.template(150)      # with the fields' boxes in pixels of that
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from digitscope.arrays import BoxXYWH, Image
from digitscope.forms.field import Field
from digitscope.forms.template import Template

Millimetres = tuple[float, float, float, float]  # x, y, width, height

WIDTH, HEIGHT = 210.0, 297.0  # millimetres
INCH = 25.4
MASTER = 450  # dots per inch at which it is drawn: rules are some dots wide, and letters stand where they belong
PRINTS = ((20, 20, 24), (60, 60, 66), (40, 60, 130), (200, 110, 60), (120, 120, 126))
NOWHERE = (0, 0, 1, 1)  # until a field is placed
STYLES = ("boxes", "comb", "frame")  # cells with walls all around; ticks on a baseline; one box without walls
TITLES = ("Examination", "Meter readings", "Delivery note", "Survey of households", "Laboratory sheet", "Stock count")
SMALL_PRINT = (
    "write each number clearly one digit to a box do not fold this sheet keep within the lines use a dark pen "
    "corrections must be signed name of the person in charge room date total sum points questions answered copies "
    "returned office use only page number of sheets see reverse side for instructions before you begin"
)


@dataclass
class Sheet:
    """What is printed, in millimetres, and the fields."""

    title: str
    colour: tuple[int, int, int]
    rule: float  # the width of rules, millimetres
    texts: list[tuple[float, float, float, str]] = field(default_factory=list)  # x, y, size, text
    lines: list[tuple[float, float, float, float]] = field(default_factory=list)  # x0, y0, x1, y1
    places: list[tuple[Millimetres, int, Field]] = field(default_factory=list)  # box, cells, its field

    def printed(self, dpi: float) -> Image:
        """The blank at so many dots per inch, all of one master: uint8 [H, W, 3]."""
        zoom = MASTER / INCH
        image = PilImage.new("RGB", (round(WIDTH * zoom), round(HEIGHT * zoom)), "white")
        draw = ImageDraw.Draw(image)
        for x, y, size, text in self.texts:
            font = ImageFont.load_default(size=size * zoom)
            draw.text((x * zoom, y * zoom), text, fill=self.colour, font=font, anchor="ls")
        for x0, y0, x1, y1 in self.lines:
            half = self.rule / 2
            sides = np.rint(np.array([x0 - half, y0 - half, x1 + half, y1 + half]) * zoom).astype(int)
            draw.rectangle([*sides[:2].tolist(), *(sides[2:] - 1).tolist()], fill=self.colour)
        pixels = round(WIDTH * dpi / INCH), round(HEIGHT * dpi / INCH)
        return np.asarray(cv2.resize(np.asarray(image), pixels, interpolation=cv2.INTER_AREA), np.uint8)

    def template(self, dpi: float) -> Template:
        """The template of the blank that `printed` gives."""
        fields = []
        for box, count, known in self.places:
            cells = tuple(_pixels(cell, dpi) for cell in cells_of(box, count)) if count > 1 else ()
            fields.append(
                Field(known.name, 1, _pixels(box, dpi), cells, known.digits, known.pattern, known.range, known.check,
                      known.empty)
            )  # fmt: skip
        return Template(self.title, (self.printed(dpi),), tuple(fields))

    def place(self, box: Millimetres, count: int, style: str, known: Field) -> None:
        """A field, with its cells or its box."""
        x, y, w, h = box
        self.places.append((box, count, known))
        self.lines.append((x, y + h, x + w, y + h))
        walls = [x, x + w] if style == "frame" else [cell[0] for cell in cells_of(box, count)] + [x + w]
        top = y + 0.7 * h if style == "comb" else y
        self.lines += [(wall, top, wall, y + h) for wall in walls]
        if style != "comb":
            self.lines.append((x, y, x + w, y))


def cells_of(box: Millimetres, count: int) -> list[Millimetres]:
    """So many cells of equal width."""
    x, y, w, h = box
    return [(x + w * n / count, y, w / count, h) for n in range(count)]


def design(rng: np.random.Generator) -> Sheet:
    """A form by lot: a heading with numbers, a table, and some single numbers below."""
    sheet = Sheet(
        title=TITLES[rng.integers(len(TITLES))],
        colour=PRINTS[rng.integers(len(PRINTS))],
        rule=float(rng.uniform(0.15, 0.5)),
    )
    left, y = float(rng.uniform(14, 24)), float(rng.uniform(18, 30))
    sheet.texts.append((left, y, float(rng.uniform(6, 9)), f"{sheet.title} {rng.integers(100, 999)}"))
    y += 4
    for _ in range(int(rng.integers(1, 4))):
        y += 4.5
        sheet.texts.append((left, y, 3.0, sentence(rng, 12)))
    cell = float(rng.uniform(6.0, 8.5)), float(rng.uniform(7.5, 10))
    y += 10
    for label, count, known in headings(rng):
        style = STYLES[rng.integers(2)]
        sheet.texts.append((left, y + 0.7 * cell[1], 3.6, label))
        sheet.place((left + 48, y, cell[0] * count, cell[1]), count, style, known)
        y += cell[1] + float(rng.uniform(3, 6))
    y = table(sheet, rng, left, y + 6)
    singles = (
        ("Sum of all points", Field("sum", 1, NOWHERE, digits=(1, 3))),
        ("Number on the device", Field("device", 1, NOWHERE, digits=(3, 6), empty=True)),
    )
    for label, known in singles:
        sheet.texts.append((left, y + 7, 3.6, label))
        sheet.place((left + 60, y, float(rng.uniform(32, 45)), 10.0), 1, "frame", known)
        y += 14
    sheet.texts.append((left, HEIGHT - 12, 2.6, sentence(rng, 16)))
    return sheet


def headings(rng: np.random.Generator) -> list[tuple[str, int, Field]]:
    """Some of the numbers that head a form, with labels and counts of cells."""
    known = [
        ("Student number", 6, Field("student", 1, NOWHERE, digits=(6, 6))),
        ("Day, month, year", 8, Field("date", 1, NOWHERE, pattern=r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])20\d\d")),
        ("Customer number", 8, Field("customer", 1, NOWHERE, digits=(8, 8), check="luhn")),
        ("Postcode", 5, Field("postcode", 1, NOWHERE, digits=(5, 5))),
        ("Meter reading", 7, Field("reading", 1, NOWHERE, digits=(5, 7))),
        ("Copies", 3, Field("copies", 1, NOWHERE, range=(1, 250))),
    ]
    chosen = np.sort(rng.permutation(len(known))[: int(rng.integers(3, 6))])
    return [known[k] for k in chosen.tolist()]


def table(sheet: Sheet, rng: np.random.Generator, left: float, y: float) -> float:
    """A table of points, one or two columns of numbers; returns where it ends."""
    rows, columns = int(rng.integers(5, 10)), int(rng.integers(1, 3))
    height, count = float(rng.uniform(7.5, 9.5)), int(rng.integers(1, 3))
    width, start = float(rng.uniform(17, 22)), left + 40
    for c in range(columns):
        sheet.texts.append((start + c * width + 2, y - 1.5, 3.2, ("points", "bonus")[c]))
    for r in range(rows):
        sheet.texts.append((left, y + (r + 0.65) * height, 3.4, f"{sentence(rng, 2)} {r + 1}"))
        for c in range(columns):
            name, limit = (f"points.{r + 1}", (0, 20)) if c == 0 else (f"bonus.{r + 1}", None)
            known = Field(name, 1, NOWHERE, digits=(1, 2), range=limit, empty=True)
            style = "boxes" if count > 1 else "frame"
            sheet.place((start + c * width, y + r * height, width, height), count, style, known)
    return y + rows * height + 8


def sentence(rng: np.random.Generator, count: int) -> str:
    """Some words of small print."""
    words = SMALL_PRINT.split()
    return " ".join(words[k] for k in rng.integers(0, len(words), count)).capitalize()


def _pixels(box: Millimetres, dpi: float) -> BoxXYWH:
    zoom = dpi / INCH
    left, top, right, bottom = (round(side * zoom) for side in (box[0], box[1], box[0] + box[2], box[1] + box[3]))
    return left, top, right - left, bottom - top
