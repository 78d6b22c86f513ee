"""What a few digits of a new hand teach the CNN: python benchmarks/new_hand.py --handwriting FOLDER [--save]

For each writer who taught nothing and gave enough digits: `digitscope train cnn --from cnn --data ...` on 200 digits of
that hand, with MNIST mixed in; accuracy on the writer's other digits and on MNIST's test images, before and after.
"""

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digitscope import load_mnist
from digitscope.reading.normalization import normalize
from digitscope.reading.reader import Recognizer
from digitscope.statistics import share
from digitscope.synthesis.letters import draw
from digitscope.synthesis.trajectories import CHOOSING, Trajectories, load_trajectories
from digitscope.training import recipes, train
from digitscope.training.data import Own
from measured import save

TAUGHT = 200  # digits of the new hand
LEAST = 40  # more digits, to measure on


def hands(digits: Trajectories, most: int) -> dict[int, tuple[Any, Any]]:
    """Images uint8 [N, 28, 28] and labels uint8 [N] of each writer who taught nothing and gave enough."""
    found: dict[int, tuple[Any, Any]] = {}
    for writer in np.unique(digits.writers[digits.writers % CHOOSING == 0]):
        own = np.flatnonzero(digits.writers == writer)
        if len(own) >= TAUGHT + LEAST and len(found) < most:
            rng = np.random.default_rng([int(writer), 5])
            own = rng.permutation(own)
            images = [normalize(draw(digits.strokes(k), float(rng.uniform(0.06, 0.16)))) for k in own.tolist()]
            found[int(writer)] = np.stack(images), digits.labels[own].astype(np.uint8)
    return found


def kept_in(folder: Path, images: Any, labels: Any) -> str:
    """The images as PNGs in a folder for each digit."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{number}.png"), image)
    return str(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--handwriting", type=Path, default=os.environ.get("DIGITSCOPE_HANDWRITING"), required=False)
    parser.add_argument("--writers", type=int, default=8, help="at most so many")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    mnist = load_mnist()
    cnn, count = Recognizer("cnn"), len(mnist.test_labels)
    right = {"new hand before": 0, "new hand after": 0, "MNIST before": 0, "MNIST after": 0}
    asked = 0
    hand = hands(load_trajectories(args.handwriting).digits, args.writers)
    for writer, (images, labels) in hand.items():
        with tempfile.TemporaryDirectory() as folder:
            taught, other = Path(folder) / "taught", Path(folder) / "other"
            data = Own(
                kept_in(taught, images[:TAUGHT], labels[:TAUGHT]), kept_in(other, images[TAUGHT:], labels[TAUGHT:]), 1
            )
            recipe = replace(recipes.named("cnn"), name="hand", start="cnn", data=data)
            run = train(recipe, seed=writer, out=folder, data=mnist, workers=0)
            for when, reader in (("before", cnn), ("after", Recognizer(run.model))):
                answers = reader.classify(images[TAUGHT:]).argmax(axis=1)
                right[f"new hand {when}"] += int((answers == labels[TAUGHT:]).sum())
                answers = reader.classify(mnist.test_images).argmax(axis=1)
                right[f"MNIST {when}"] += int((answers == mnist.test_labels).sum())
        asked += len(labels) - TAUGHT
        print(writer, len(labels), json.dumps(right), flush=True)
    shares = {
        name: share(n, asked if name.startswith("new") else count * len(hand)).to_dict() for name, n in right.items()
    }
    print(json.dumps(shares, indent=1))
    if args.save:
        save("new_hand", {"writers": len(hand), "taught": TAUGHT, **shares}, weights=("cnn",))


if __name__ == "__main__":
    main()
