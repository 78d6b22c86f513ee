"""Make the images of this folder again: python examples/make.py [FOLDER]

Composed pages hold digits of MNIST's last 5,000 training images (CC BY-SA 3.0: LeCun, Cortes, Burges) and are
under the same licence. The drawings are strokes of our own, written down below as points.
"""

import csv
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages import make_page
from digitscope.synthesis.pages.marks import smooth

HERE = Path(__file__).resolve().parent
PHONE = ("tilt", "perspective", "light", "blur", "noise")

PAGES: dict[str, tuple[int, dict[str, Any]]] = {
    "receipt.jpg": (
        4,
        {"text": "40312\n77 5\n1968", "paper": "plain", "height": 60, "distance": "normal", "degradations": PHONE},
    ),
    "ruled.jpg": (
        39,
        {"text": "3141592\n2718281", "paper": "ruled", "height": 48, "distance": "tight", "degradations": PHONE},
    ),
    "squared.jpg": (8, {"text": "602 214\n137", "paper": "squared", "height": 50, "degradations": ("light", "tilt")}),
    "form.jpg": (
        37,
        {"text": "20731\n1999", "paper": "form", "height": 44, "degradations": ("light", "tilt", "noise")},
    ),
    "ledger.jpg": (
        3,
        {
            "text": "1204 17\n88 950\n7316 4",
            "paper": "ledger",
            "height": 46,
            "distance": "tight",
            "degradations": PHONE,
        },
    ),
    "cell.png": (9, {"text": "452", "paper": "cell", "height": 18, "distance": "tight"}),
    "board.jpg": (6, {"text": "1729\n6174", "paper": "board", "height": 64, "distance": "normal"}),
    "touching.jpg": (15, {"text": "85207", "paper": "plain", "distance": "touching", "height": 56, "degradations": ()}),
}

# Strokes parted by ';', points by ' ', in 0…1 from the top left.
STROKES = {
    2: ".15,.25 .3,.05 .6,.05 .72,.28 .5,.6 .12,.95;.12,.95 .45,.92 .8,.95",
    3: ".18,.12 .45,.02 .7,.2 .42,.46;.42,.46 .75,.62 .62,.9 .35,.98 .12,.85",
    5: ".72,.05 .28,.06;.28,.06 .22,.45;.22,.45 .5,.38 .74,.6 .6,.92 .3,.98 .14,.86",
    7: ".12,.08 .45,.06 .78,.06;.78,.06 .5,.5 .36,.98",
    8: ".5,.48 .22,.26 .45,.03 .72,.22 .5,.48 .2,.75 .46,.98 .76,.75 .5,.48",
}
LETTERS = {"A": "0,1 .45,0 .9,1;.18,.62 .75,.6", "K": ".1,0 .1,1;.8,0 .1,.55 .85,1"}


def drawing(strokes: list[str], *, height: int, width: int, ink: int, paper: int) -> npt.NDArray[np.uint8]:
    """Draw the strokes side by side with a round pen `width` pixels wide."""
    image = np.full((height * 2, round(height * (len(strokes) + 0.8)), 3), paper, np.uint8)
    for n, text in enumerate(strokes):
        for part in text.split(";"):
            points = np.array([[float(v) for v in point.split(",")] for point in part.split()])
            path = (smooth(points) + np.array([n + 0.5, 0.5])) * height
            cv2.polylines(image, [np.rint(path * 16).astype(np.int32)], False, (ink,) * 3, width, cv2.LINE_AA, 4)
    return image


def drawings() -> dict[str, tuple[str, npt.NDArray[np.uint8]]]:
    """Each drawing's label and image; letters have no digits in them."""
    digits = {value: STROKES[value] for value in STROKES}
    return {
        "seven.png": ("7", drawing([digits[7]], height=140, width=12, ink=0, paper=255)),
        "thin-3.png": ("3", drawing([digits[3]], height=260, width=3, ink=90, paper=250)),
        "white-on-black.png": ("25", drawing([digits[2], digits[5]], height=90, width=9, ink=255, paper=0)),
        "marker.png": ("2738", drawing([digits[d] for d in (2, 7, 3, 8)], height=80, width=14, ink=30, paper=235)),
        "letters.png": ("", drawing(list(LETTERS.values()), height=100, width=8, ink=0, paper=255)),
    }


def main(folder: Path = HERE) -> None:
    rows = []
    for name, (seed, options) in PAGES.items():
        page = make_page("dev", seed, **options)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 80] if name.endswith(".jpg") else [cv2.IMWRITE_PNG_COMPRESSION, 9]
        cv2.imwrite(str(folder / name), page.image[..., ::-1], quality)
        kind = "single" if len(page.text) == 1 else "multi"
        rows.append((name, kind, page.text.replace("\n", "|"), "composed"))
    for name, (label, image) in drawings().items():
        cv2.imwrite(str(folder / name), image, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        rows.append((name, "ood" if not label else "single" if len(label) == 1 else "multi", label, "drawn"))
    with (folder / "index.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("path", "kind", "label", "source"), *rows])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
