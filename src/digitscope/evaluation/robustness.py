"""How well a model answers on corrupted images: `evaluate_corruptions("cnn")`."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from digitscope.arrays import Doubles
from digitscope.errors import unknown
from digitscope.evaluation.corruptions import FAMILIES, corrupt
from digitscope.mnist import MNIST, Split, load_mnist
from digitscope.reading.reader import Recognizer
from digitscope.statistics import Share, share

SPLITS = ("held-out", "test")
Z = 1.959964  # the 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Mean:
    """A mean accuracy over several families, with its 95 % interval.

    All families corrupt the same images, so an image is what varies: the interval is that of the mean, over images, of
    the share of families in which the image is read right.
    """

    value: float
    low: float
    high: float
    families: int

    @classmethod
    def of(cls, right: Doubles) -> "Mean":
        """The mean of `right`, [families, N], 1 where an image is read right."""
        shares = right.mean(axis=0)
        half = Z * float(shares.std(ddof=1)) / math.sqrt(len(shares)) if len(shares) > 1 else 1.0
        value = float(shares.mean())
        return cls(value, max(0.0, value - half), min(1.0, value + half), len(right))

    def __str__(self) -> str:
        return f"{self.value:.2%} [{self.low:.2%}, {self.high:.2%}]"


@dataclass(frozen=True)
class Robustness:
    """The accuracy on clean images, under each corruption, and its means over families."""

    model: str
    split: str
    clean: Share
    corrupted: dict[str, Share] = field(repr=False)  # by family
    mean: Mean  # over all families, the clean images left out
    related: Mean  # over the families that an augmentation is related to
    unseen: Mean  # over the families that nothing is trained on
    learned: bool  # whether the model, or one that it goes on from, learned from the clean images

    def __str__(self) -> str:
        return f"{self.model}: {self.mean} over {self.mean.families} corruptions, clean {self.clean}"

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "model": self.model,
            "split": self.split,
            "learned": self.learned,
            "clean": self.clean.to_dict(),
            "corrupted": {
                name: {"unseen": FAMILIES[name].unseen, **score.to_dict()} for name, score in self.corrupted.items()
            },
            **{name: vars(getattr(self, name)).copy() for name in ("mean", "related", "unseen")},
        }

    def to_json(self) -> str:
        """Everything as JSON."""
        return json.dumps(self.to_dict())


def evaluate_corruptions(
    model: str | os.PathLike[str], *, split: str = "held-out", data: MNIST | None = None, seed: int = 0
) -> Robustness:
    """Measure a model on images that are corrupted in 15 ways.

    Args:
        model: a shipped name, or the path of a model file.
        split: "held-out", the last 5,000 training images, for choosing; or "test", for a published figure.
        data: MNIST, if already loaded.
        seed: decides what happens to each image.

    Raises:
        UsageError: no shipped model, or no split, has that name.
        ModelFileError: the file is missing or is not a model.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    recognizer = Recognizer(model)
    data = data or load_mnist()
    images, labels = data.held_out if split == "held-out" else data.test
    corrupted = {name: Split(corrupt(images, name, seed=seed), labels) for name in FAMILIES}
    learned = split == "held-out" and learned_all(recognizer.model.metadata)
    return score(recognizer, Split(images, labels), corrupted, model=os.fspath(model), split=split, learned=learned)


def learned_all(facts: Mapping[str, Any]) -> bool:
    """Whether the network with this metadata, or one that it goes on from, learned from all training images."""
    return any(
        each["recipe"].get("data", {}).get("source") in ("mnist", "distorted") and not each.get("held_out")
        for each in (facts, *facts.get("ancestors", ()))
    )


def score(
    recognizer: Recognizer,
    clean: Split,
    corrupted: dict[str, Split],
    *,
    model: str,
    split: str,
    learned: bool = False,
) -> Robustness:
    """Measure a model on these images; each family must hold the same digits in the same order."""
    right = {name: recognizer.classify(images).argmax(axis=1) == labels for name, (images, labels) in corrupted.items()}
    accuracy = {name: share(int(answers.sum()), len(answers)) for name, answers in right.items()}
    clean_right = recognizer.classify(clean.images).argmax(axis=1) == clean.labels
    table = {name: np.asarray(answers, np.float64) for name, answers in right.items()}
    return Robustness(
        model=model,
        split=split,
        clean=share(int(clean_right.sum()), len(clean_right)),
        corrupted=accuracy,
        mean=Mean.of(np.stack(list(table.values()))),
        related=Mean.of(np.stack([row for name, row in table.items() if not FAMILIES[name].unseen])),
        unseen=Mean.of(np.stack([row for name, row in table.items() if FAMILIES[name].unseen])),
        learned=learned,
    )
