"""A trained reader's temperature and thresholds, from held-out cut-outs of made pages and from made pages as read.

    python benchmarks/calibrate.py runs/reader-0/model.onnx --handwriting FOLDER

The temperature minimises the log loss on cut-outs that are written with the last 5,000 training digits and by held-out
writers. The thresholds minimise the cost of what is then read on such pages, empty ones among them: an unread or
doubtful digit costs 1, a wrong one, or one where none is, 2.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import cv2
import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Doubles
from digitscope.mnist import load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.statistics import confidence_gap
from digitscope.synthesis.cutouts import SHARES, Cutouts, cutouts
from digitscope.synthesis.pools import Pool, make_pool
from digitscope.synthesis.scenes import make_photo
from digitscope.synthesis.trajectories import load_trajectories
from scoring import match

WRONG = 2.0  # the cost of a digit that is read wrong or where none is; an unread one costs 1
THRESHOLDS = np.round(np.arange(0.2, 0.96, 0.05), 2)


def cut(pool: Pool, number: int) -> Cutouts:
    cv2.setNumThreads(1)
    return cutouts(pool, np.random.default_rng([9, number]))


def read(pool: Pool, model: str, number: int) -> tuple[int, list[tuple[float, float, bool]]]:
    """A page's digits, and each glyph's rejection, confidence and whether it is right."""
    cv2.setNumThreads(1)
    page = make_photo(pool, np.random.default_rng([10, number]), shares=SHARES).page
    glyphs = Recognizer(model).read(page.image).pages[0].glyphs
    pairs = match([digit.box for digit in page.digits], [glyph.box for glyph in glyphs])
    truth = {glyph: page.digits[placed].value for placed, glyph in pairs.items()}
    return len(page.digits), [
        (float(glyph.probabilities[NOT_A_DIGIT]), glyph.confidence, truth.get(k) == glyph.value)
        for k, glyph in enumerate(glyphs)
        if glyph.probabilities is not None
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--handwriting", required=True)
    parser.add_argument("--pages", type=int, default=400)
    args = parser.parse_args()
    pens = load_trajectories(args.handwriting).choosing
    pool = make_pool(load_mnist().held_out, pens, seed=9, digits=4_000, nondigits=2_000)
    with ProcessPoolExecutor(2) as workers:
        parts = list(workers.map(partial(cut, pool), range(args.pages), chunksize=20))
        pages = list(workers.map(partial(read, pool, args.model), range(args.pages), chunksize=20))
    images, around, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    model = Recognizer(args.model).model
    logits = np.log(np.maximum(model.run(images, around), 1e-12)).astype(float) * model.temperature
    losses = {t: log_loss(logits / t, labels) for t in np.round(np.arange(0.6, 2.01, 0.05), 2)}
    best = min(losses, key=lambda t: losses[t])
    answers = softmax(logits / best)
    gap = confidence_gap(answers.max(axis=1), answers.argmax(axis=1) == labels)
    right = float(np.mean(logits.argmax(1) == labels))
    print(f"n={len(labels)} cut-outs ({int((labels < 10).sum())} digits), right {right:.4f}")
    print(f"log loss {losses[1.0]:.4f} at 1, {losses[best]:.4f} at {best:.2f}; calibration error {gap:.4f}")
    placed = sum(count for count, _ in pages)
    glyphs = np.array([glyph for _, page in pages for glyph in page])
    print(f"n={args.pages} pages, {placed} digits, {sum(not count for count, _ in pages)} pages without")
    print("rejection  confidence  right  wrong or extra  cost a digit")
    costs = {(r, c): cost(glyphs, placed, r, c) for r in THRESHOLDS for c in THRESHOLDS}
    for (rejection, confidence), (right, wrong, total) in sorted(costs.items(), key=lambda item: item[1][2])[:12]:
        print(f"{rejection:9.2f}  {confidence:10.2f}  {right:.4f}  {wrong:14.4f}  {total:.4f}")
    right, wrong, total = costs[0.5, 0.5]
    print(f"{0.5:9.2f}  {0.5:10.2f}  {right:.4f}  {wrong:14.4f}  {total:.4f}")


def cost(glyphs: Doubles, placed: int, rejection: float, confidence: float) -> tuple[float, float, float]:
    """The digits right, those wrong or where none is, and the cost, each for a placed digit."""
    read = (glyphs[:, 0] <= rejection) & (glyphs[:, 1] >= confidence)
    right, wrong = (read & (glyphs[:, 2] == 1)).sum() / placed, (read & (glyphs[:, 2] == 0)).sum() / placed
    return float(right), float(wrong), float(1 - right + WRONG * wrong)


def softmax(logits: Doubles) -> Doubles:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_loss(logits: Doubles, labels: np.ndarray) -> float:
    return float(-np.log(np.maximum(softmax(logits)[np.arange(len(labels)), labels], 1e-12)).mean())


if __name__ == "__main__":
    main()
