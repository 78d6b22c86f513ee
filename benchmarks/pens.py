"""Digits of writers who never taught anything, read on made paper; and their letters and words, left alone or not.

python benchmarks/pens.py --handwriting FOLDER
python benchmarks/pens.py --handwriting FOLDER --detector other.onnx
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from digitscope import models
from digitscope.arrays import NOT_A_DIGIT
from digitscope.reading import detection
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.pages import Page, compose
from digitscope.synthesis.pages.drawings import Drawing
from digitscope.synthesis.pages.record import WORD
from digitscope.synthesis.trajectories import load_trajectories
from digitscope.synthesis.writers import Writers
from scoring import score, summary

PAPERS = ("plain", "ruled", "squared", "form", "board", "canvas")
FREE = ("plain", "ruled", "board", "canvas")  # a word does not fit into a box


def page(drawings: list[Drawing], labels: list[int], text: str, seed: int, *, free: bool) -> Page:
    """A page with these drawings alone, one of the first six papers, digits 20 to 140 pixels tall."""
    rng = np.random.default_rng([77, seed])
    papers = FREE if free else PAPERS
    height = float(np.exp(rng.uniform(np.log(20), np.log(140))))
    paper = papers[seed % len(papers)]
    return compose(
        drawings, np.array(labels, np.uint8), rng, text=text, paper=paper, height=height, palette="broad",
        distance=("wide", "normal", "tight")[seed % 3],
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--handwriting", type=Path, default=os.environ.get("DIGITSCOPE_HANDWRITING"), required=False)
    parser.add_argument("--detector", type=Path, help="in place of the shipped one")
    parser.add_argument("--pages", type=int, default=300, help="of each kind")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.handwriting is None:
        parser.error("there are no pen trajectories. Expected --handwriting FOLDER or DIGITSCOPE_HANDWRITING")
    if args.detector:
        other = models.load(args.detector, kind="detector")
        setattr(detection, "_detector", lambda: other)  # noqa: B010
    writers, reader = Writers(load_trajectories(args.handwriting).choosing), Recognizer()
    figures: dict[str, Any] = {}
    for name, length in (("one digit", 1), ("five digits", 5)):  # different ones
        scores = []
        for seed in range(args.pages if length == 1 else args.pages // 3):
            rng = np.random.default_rng([78, seed])
            values = rng.choice(10, length, replace=False).tolist()
            drawings = [writers.digit(value, rng) for value in values]
            made = page(drawings, values, "".join(map(str, values)), seed, free=False)
            scores.append(score(made, reader.read(made.image)))
        figures[name] = summary(scores)
    for name, label in (("one letter", NOT_A_DIGIT), ("three letters", NOT_A_DIGIT), ("one word", WORD)):
        alone = []
        for seed in range(args.pages):
            rng = np.random.default_rng([79, label, seed])
            count = 3 if name == "three letters" else 1
            drawings = [writers.letter(rng) if label == NOT_A_DIGIT else writers.word(rng) for _ in range(count)]
            made = page(
                drawings, [label] * count, ("?" if label == NOT_A_DIGIT else "w") * count, seed, free=label == WORD
            )
            alone.append(not reader.read(made.image).text.strip())
        figures[name] = {"left_alone": round(float(np.mean(alone)), 4), "n": len(alone)}
    print(json.dumps(figures) if args.json else "\n".join(f"{name}: {row}" for name, row in figures.items()))


if __name__ == "__main__":
    main()
