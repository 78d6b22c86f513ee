"""The shipped classifiers on corrupted test images: python benchmarks/corruptions.py [--save]

Corrupts MNIST's test images in the 15 ways of `evaluation.corruptions`, once, and measures each model on them. With
--save it writes benchmarks/results/corruptions.json, and the means into the file that `digitscope models` shows.
"""

import json
import sys
from typing import Any

import measured
from digitscope import load_mnist, models
from digitscope.evaluation import robustness
from digitscope.evaluation.corruptions import FAMILIES, corrupt
from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.reading.reader import Recognizer


def main(arguments: list[str]) -> None:
    images, labels = load_mnist().test
    corrupted = {name: Split(corrupt(images, name), labels) for name in FAMILIES}
    figures: dict[str, Any] = {}
    for name in models.names():
        result = robustness.score(Recognizer(name), Split(images, labels), corrupted, model=name, split="test")
        figures[name] = result.to_dict()
        print(f"{result}; the related {result.related}, the unseen {result.unseen}", flush=True)
    if "--save" in arguments:
        measured.save("corruptions", figures, weights=models.names())
        means = {name: {"checksum": models.load(name).checksum, **figures[name]["mean"]} for name in figures}
        write_whole(models.CORRUPTED, (json.dumps(means, indent=1) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1:])
