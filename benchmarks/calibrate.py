"""The reader's temperature and threshold, from glyphs of the last 5,000 training images and from made non-digits.

    python benchmarks/calibrate.py runs/reader-0/model.onnx

The temperature minimises the log loss; the threshold rejects 0.5 % of the digits.
"""

import argparse

import cv2
import numpy as np

from digitscope.mnist import load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.augmentation import Augmentation, augment
from digitscope.synthesis.nondigits import nondigit
from digitscope.synthesis.remains import remains
from digitscope.training.data import Glyphs

REJECTED = 0.005


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--glyphs", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    held, rng, how = load_mnist().held_out, np.random.default_rng(args.seed), Augmentation()
    images, labels = np.zeros((args.glyphs, 28, 28), np.uint8), np.full(args.glyphs, 10)
    found = remains(held.images, held.labels, rng, pages=Glyphs.pages)
    for i in range(args.glyphs):
        if rng.random() < Glyphs.nondigits:
            images[i] = nondigit(held.images, found, rng, how=how)
        else:
            pick = int(rng.integers(len(held.labels)))
            labels[i] = held.labels[pick]
            images[i] = augment(held.images[pick], rng, how=how, label=int(labels[i]))
    reader = Recognizer(args.model)
    logits = np.log(np.maximum(reader.probabilities(images), 1e-12)) * reader.model.temperature
    losses = {t: loss(logits / t, labels) for t in np.arange(0.6, 2.01, 0.05)}
    best = min(losses, key=lambda t: losses[t])
    cooled = softmax(logits / best)
    own = softmax(np.log(np.maximum(reader.probabilities(held.images), 1e-12)) * reader.model.temperature / best)
    digits = labels < 10
    right = cooled[digits, :10].argmax(axis=1) == labels[digits]
    print(f"n={args.glyphs} glyphs ({int(digits.sum())} digits), and the {len(own)} images themselves")
    print(f"log loss {losses[min(losses, key=lambda t: abs(t - 1))]:.4f} at 1, {losses[best]:.4f} at {best:.2f}")
    print(
        f"augmented digits right {right.mean():.4f}; images right {(own[:, :10].argmax(1) == held.labels).mean():.4f}"
    )
    for threshold in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9):
        print(
            f"threshold {threshold:.1f}: rejected {np.mean(cooled[digits, 10] > threshold):.4f} of augmented digits, "
            f"{np.mean(own[:, 10] > threshold):.4f} of images, {np.mean(cooled[~digits, 10] > threshold):.4f} of others"
        )
    print(f"temperature={best:.2f} threshold={np.quantile(cooled[digits, 10], 1 - REJECTED):.3f}")


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(np.maximum(softmax(logits)[np.arange(len(labels)), labels], 1e-12)).mean())


if __name__ == "__main__":
    main()
