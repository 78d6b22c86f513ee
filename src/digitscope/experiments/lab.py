"""Where the experiments train: one recipe for all networks; finished trials are kept and used again.

The recipe is the reference's optimiser and loss (rmsprop, cross-entropy, batches of 120) for a fixed number of steps,
the same for all networks in an experiment, whatever their size and their number of training images.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from digitscope.arrays import Floats, Images, Labels
from digitscope.experiments.variants import build
from digitscope.files import write_whole
from digitscope.mnist.dataset import MNIST, sample
from digitscope.training.fit import network_input

Measurement = dict[str, Any]

BATCH = 120  # the reference MLP's


@dataclass(frozen=True)
class Trial:
    """One network trained once: everything that decides its weights."""

    variant: str
    seed: int
    steps: int
    images: int
    width: int = 32
    dense: int = 64
    shuffled: bool = False

    @property
    def slug(self) -> str:
        """The trial's name on disk."""
        size = f"{self.variant}-{self.width}-{self.dense}"
        return f"{size}-{self.images}images-{self.steps}steps{'-shuffled' * self.shuffled}-seed{self.seed}"


@dataclass(frozen=True, eq=False)
class Lab:
    """Data, seeds and budget, and the folder that keeps finished trials.

    `fast` is the one dial: a fifth of the training and test images, and coarser grids.
    """

    mnist: MNIST
    folder: Path
    seeds: tuple[int, ...] = (0, 1, 2)
    fast: bool = False
    report: Callable[[str], None] = field(default=lambda text: None, repr=False)

    @property
    def steps(self) -> int:
        """Training steps of each network, in batches of 120: 1,000 are two epochs of MNIST."""
        return 200 if self.fast else 1000

    @property
    def images(self) -> int:
        """The number of training images, where an experiment does not vary it."""
        return 12_000 if self.fast else 60_000

    @property
    def test_images(self) -> int:
        """The number of test images."""
        return 2_000 if self.fast else 10_000

    @cached_property
    def test(self) -> tuple[Images, Labels]:
        """The test images; with `fast`, a fixed sample of them with equally many of each digit."""
        if not self.fast:
            return self.mnist.test_images, self.mnist.test_labels
        chosen = sample(self.mnist.test_labels, self.test_images, seed=0)
        return self.mnist.test_images[chosen], self.mnist.test_labels[chosen]

    def mlp(self, seed: int, **changes: Any) -> Trial:
        """The reference MLP under this lab's budget."""
        return self.trial("mlp", seed, **{"width": 512, "dense": 0} | changes)

    def cnn(self, seed: int, **changes: Any) -> Trial:
        """The reference CNN under this lab's budget."""
        return self.trial("cnn", seed, **changes)

    def trial(self, variant: str, seed: int, **changes: Any) -> Trial:
        """Any variant under this lab's budget."""
        return Trial(variant, seed, **{"steps": self.steps, "images": self.images} | changes)

    def measure(self, name: str, trial: Trial, measurement: Callable[[keras.Sequential], Measurement]) -> Measurement:
        """The result of `measurement` on the trained network; kept under `name` and read from there the next time."""
        path = self.folder / ("fast" if self.fast else "full") / name / f"{trial.slug}.json"
        if path.is_file():
            kept: Measurement = json.loads(path.read_text())
            return kept
        measured = measurement(self.trained(trial))
        write_whole(path, json.dumps(measured).encode())
        keras.utils.clear_session(free_memory=False)
        return measured

    def trained(self, trial: Trial) -> keras.Sequential:
        """The trial's network, trained now or loaded."""
        network = self.fresh(trial)
        path = self.folder / "weights" / f"{trial.slug}.npz"
        if path.is_file():
            with np.load(path) as kept:
                network.set_weights([kept[f"arr_{i}"] for i in range(len(kept.files))])
            return network
        self.report(f"training {trial.slug}")
        images, labels = self.training_set(trial)
        fit(network, images, labels, steps=trial.steps, seed=trial.seed)
        write_whole(path, lambda file: np.savez(file, *network.get_weights()))
        return network

    def fresh(self, trial: Trial) -> keras.Sequential:
        """The trial's network before training."""
        keras.utils.set_random_seed(trial.seed)
        return build(trial.variant, width=trial.width, dense=trial.dense)

    def training_set(self, trial: Trial) -> tuple[Images, Labels]:
        """The trial's images: a sample fixed by its seed, with equally many of each digit."""
        images, labels = self.mnist.train_images, self.mnist.train_labels
        if trial.images < len(images):
            chosen = sample(labels, trial.images, seed=trial.seed)
            images, labels = images[chosen], labels[chosen]
        return (shuffle_pixels(images) if trial.shuffled else images), labels


def fit(network: keras.Sequential, images: Images, labels: Labels, *, steps: int, seed: int) -> None:
    """Train `network` in place for `steps` batches, reshuffling the images each epoch."""
    network.compile("rmsprop", "sparse_categorical_crossentropy")
    network.fit(_Batches(network, images, labels, steps=steps, seed=seed), verbose=0)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """`steps` batches in an order fixed by `seed`, however few images there are."""

    def __init__(self, network: keras.Sequential, images: Images, labels: Labels, *, steps: int, seed: int) -> None:
        super().__init__()
        self.network, self.images, self.labels, self.steps = network, images, labels, steps
        rng = np.random.default_rng(seed)
        epochs = -(-steps * BATCH // len(images))
        self.order = np.concatenate([rng.permutation(len(images)) for _ in range(epochs)])

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[Floats, Labels]:
        chosen = self.order[step * BATCH : (step + 1) * BATCH]
        return network_input(self.images[chosen], self.network), self.labels[chosen]


def accuracy_of(network: keras.Sequential, images: Images, labels: Labels) -> float:
    """The accuracy of the network on `images`."""
    probabilities = network.predict(network_input(images, network), batch_size=500, verbose=0)
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def shuffle_pixels(images: Images) -> Images:
    """Apply one fixed permutation of the 784 pixels to every image: only the neighbourhoods are lost."""
    order = np.random.default_rng(784).permutation(784)
    return images.reshape(-1, 784)[:, order].reshape(-1, 28, 28)
