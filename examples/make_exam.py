"""Make the example form again, its blank and two filled copies: python examples/make_exam.py [FOLDER]

What is written on it are digits of MNIST's last 5,000 training images (CC BY-SA 3.0: LeCun, Cortes, Burges).
"""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np

from digitscope.arrays import Image
from digitscope.forms.field import Field
from digitscope.synthesis.forms import fill
from digitscope.synthesis.forms.blank import Sheet
from digitscope.synthesis.pages import pool

HERE = Path(__file__).resolve().parent / "exam"
BOX = (0, 0, 1, 1)
FILLED = (  # name, kind, seed, and what is written
    ("1.jpg", "scan", 3, {"student": "304176", "points": ("20", "17", "", "8", "12"), "sum": "57"}),
    ("2.jpg", "photo", 5, {"student": "281953", "points": ("9", "14", "20", "6", ""), "sum": "49"}),
)


def exam() -> Sheet:
    """A sheet with a student number in six boxes, points for five questions, and their sum."""
    sheet = Sheet("Examination", (20, 20, 24), 0.3)
    sheet.texts += [
        (20, 30, 8.0, "Examination"),
        (20, 38, 3.4, "Write each digit into a box of its own. Leave a question that you did not answer empty."),
        (20, 57, 4.0, "Student number"),
        (20, 80, 4.0, "Question"),
        (72, 80, 4.0, "Points"),
        (20, 149, 4.0, "Sum of all points"),
        (20, 280, 2.8, "Return this sheet with all others, also when it is empty. Page 1 of 1"),
    ]
    sheet.place((70, 50, 48, 10), 6, "boxes", Field("student", 1, BOX, digits=(6, 6)))
    questions = ("Adding", "Multiplying", "Fractions", "Triangles", "Proofs")
    for n, question in enumerate(questions):
        sheet.texts.append((20, 90.5 + 11 * n, 4.0, f"{n + 1}  {question}"))
        known = Field(f"points.{n + 1}", 1, BOX, digits=(1, 2), range=(0, 20), empty=True)
        sheet.place((70, 84 + 11 * n, 24, 11), 1, "frame", known)
    sheet.place((70, 142, 32, 11), 1, "frame", Field("sum", 1, BOX, digits=(1, 3), range=(0, 100)))
    return sheet


def save(image: Image, path: Path) -> None:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 70] if path.suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1], quality)


def main(folder: Path = HERE) -> None:
    sheet = exam()
    save(sheet.printed(150), folder / "blank.png")
    rows = []
    for name, kind, seed, written in FILLED:
        points = {f"points.{n}": text for n, text in enumerate(written["points"], 1)}
        values = {"student": str(written["student"]), **points, "sum": str(written["sum"])}
        made = fill(sheet, *pool("dev"), np.random.default_rng(seed), kind=kind, values=values)
        zoom = min(1.0, 1700 / max(made.image.shape))
        save(cv2.resize(made.image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), folder / "scans" / name)
        rows.append([name, *values.values()])
    with (folder / "written.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("scan", *values), *rows])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
