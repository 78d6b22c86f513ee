"""An ablation of the reader's augmentation: short trainings, each without one part, and one with none.

    python benchmarks/augmentation.py --save       benchmarks/results/augmentation.json; an hour on two cores

Each variant is trained on glyphs of the first 55,000 training digits with the same seed and steps. It is tested on the
last 5,000 as they are, and on glyphs cut out of `dev` pages by reading: digits that nothing touches, and the others.
With fewer than some thousand steps, batch normalisation has not converged, and the figures are meaningless.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Image, Images, xywh_from_ltrb
from digitscope.mnist import Split, load_mnist
from digitscope.reading.cutout import cut_out
from digitscope.reading.detection import find_digits
from digitscope.reading.ink import find_ink
from digitscope.reading.normalization import normalize
from digitscope.synthesis.augmentation import Augmentation
from digitscope.synthesis.pages import make_page
from digitscope.training.data import Glyphs, glyphs
from digitscope.training.fit import compiled, network_input, network_target
from digitscope.training.recipes import RECIPES
from measured import save
from scoring import match

PARTS: dict[str, dict[str, float]] = {
    "bending": {"rotation": 0, "shear": 0, "aspect": 0, "elastic": 0},
    "pens": {"thinner": 0, "thicker": 0, "p_marker": 0},
    "continental strokes": {"p_continental": 0},
    "soil": {"p_line": 0, "p_neighbour": 0, "p_specks": 0, "p_gaps": 0},
    "photo": {"p_coarse": 0, "blur": 0, "noise": 0},
    "wrong cuts": {"p_crop": 0},
}
FULL = Augmentation()
VARIANTS = {
    "all": FULL,
    **{f"without {name}": replace(FULL, **off) for name, off in PARTS.items()},
    "none": replace(FULL, untouched=1.0, p_continental=0),
}
PAGES = range(30_000, 30_120)
BATCH = 64  # a quarter of the recipe's, for more steps in a short training


def cut_glyphs(seed: int) -> list[tuple[Image, int, bool]]:
    """Digits cut out of a `dev` page by reading: each glyph, its label, and whether nothing touches it."""
    cv2.setNumThreads(1)
    page = make_page("dev", seed)
    ink = find_ink(page.image)
    boxes = np.array([detection.box_ltrb for detection in find_digits(ink)], np.float32).reshape(-1, 4)
    cuts = [cut_out(ink, boxes, k) for k in range(len(boxes))]
    read = [tuple(round(v / ink.scale) for v in xywh_from_ltrb(np.array(cut.box_ltrb))) for cut in cuts]
    pairs = match([digit.box for digit in page.digits], read)
    return [(normalize(cuts[k].ink), page.digits[placed].value, cuts[k].share == 1) for placed, k in pairs.items()]


def epoch(task: tuple[Augmentation, int, int, int]) -> Split:
    how, seed, number, count = task
    train = load_mnist().train_55000
    choices = Glyphs(by_pen=0, samples=count, augmentation=how)
    source = glyphs(choices, train, seed=seed, batch_size=count, folder=Path())
    return Split(*source.batch(number, 0))


def learn(how: Augmentation, *, seed: int, epochs: int, count: int, workers: ProcessPoolExecutor) -> keras.Model:
    """The reader's network after a short training."""
    recipe = replace(RECIPES["reader"], epochs=epochs, batch_size=BATCH)
    model = compiled(keras, recipe, seed, steps=-(-count // BATCH))
    for made in workers.map(epoch, [(how, seed, n, count) for n in range(epochs)]):
        x, y = network_input(made.images, model), network_target(made.labels, model)
        model.fit(x, y, batch_size=recipe.batch_size, verbose=0)
    return model


def figures(model: keras.Model, held_out: Split, cut: list[tuple[Image, int, bool]]) -> dict[str, float]:
    """Proportions classified correctly and not rejected."""
    images, labels = np.stack([image for image, _, _ in cut]), np.array([value for _, value, _ in cut])
    alone = np.array([whole for _, _, whole in cut])

    def right(x: Images, y: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        probabilities = model.predict(network_input(x, model), batch_size=1000, verbose=0)
        return np.asarray((probabilities[:, :10].argmax(axis=1) == y) & (probabilities[:, 10] <= 0.5))

    cuts = right(images, labels)
    return {
        "mnist": round(float(right(held_out.images, held_out.labels).mean()), 4),
        "cut_out_alone": round(float(cuts[alone].mean()), 4),
        "cut_out_touched": round(float(cuts[~alone].mean()), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--glyphs", type=int, default=16_000, help="glyphs per epoch")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    measured: dict[str, dict[str, list[float]]] = {}
    with ProcessPoolExecutor(2) as workers:
        cut = [glyph for page in workers.map(cut_glyphs, PAGES) for glyph in page]
        alone = sum(whole for _, _, whole in cut)
        counts = {"mnist": 5000, "cut_out_alone": alone, "cut_out_touched": len(cut) - alone}
        for seed in range(options.seeds):
            for name, how in VARIANTS.items():
                model = learn(how, seed=seed, epochs=options.epochs, count=options.glyphs, workers=workers)
                found = figures(model, load_mnist().held_out, cut)
                print(f"seed {seed} {name:30} {found}", flush=True)
                for key, value in found.items():
                    measured.setdefault(name, {}).setdefault(key, []).append(value)
            if options.save:  # after each seed, so that an interruption loses at most one
                shown = {"epochs": options.epochs, "glyphs": options.glyphs, "n": counts, "variants": measured}
                save("augmentation", shown, weights=("detector",))


if __name__ == "__main__":
    main()
