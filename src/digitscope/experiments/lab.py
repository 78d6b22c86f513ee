"""Where the experiments train: one recipe for all networks, and finished runs kept, so that a second call goes on.

The recipe is the reference's optimiser and loss (rmsprop, cross-entropy, batches of 120) for a number of steps
that is the same for all networks in an experiment, whatever their size and however few images they have.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from digitscope.experiments.variants import build
from digitscope.files import write_whole
from digitscope.mnist.dataset import MNIST, sample

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Measurement = dict[str, Any]

BATCH = 120  # the reference MLP's


@dataclass(frozen=True)
class Run:
    """One training: everything its weights depend on."""

    variant: str
    seed: int
    steps: int
    images: int
    width: int = 32
    dense: int = 64
    shuffled: bool = False

    @property
    def slug(self) -> str:
        """The run's name on disk."""
        size = f"{self.variant}-{self.width}-{self.dense}"
        return f"{size}-{self.images}images-{self.steps}steps{'-shuffled' * self.shuffled}-seed{self.seed}"


@dataclass(frozen=True, eq=False)
class Lab:
    """Data, seeds and budget, and the folder that keeps what is finished.

    `fast` is the one dial: a fifth of the training and of the test images and coarser grids.
    """

    mnist: MNIST
    folder: Path
    seeds: tuple[int, ...] = (0, 1, 2)
    fast: bool = False
    report: Callable[[str], None] = field(default=lambda text: None, repr=False)

    @property
    def steps(self) -> int:
        """Batches of 120 that each network is trained with: 1,000 are two passes over MNIST."""
        return 200 if self.fast else 1000

    @property
    def images(self) -> int:
        """Training images, where an experiment does not vary them."""
        return 12_000 if self.fast else 60_000

    @property
    def test_images(self) -> int:
        """Test images that each network is measured on."""
        return 2_000 if self.fast else 10_000

    @cached_property
    def test(self) -> tuple[Images, Labels]:
        """The test images, or for `fast` a fixed sample of them, equally many of each digit."""
        if not self.fast:
            return self.mnist.test_images, self.mnist.test_labels
        chosen = sample(self.mnist.test_labels, self.test_images, seed=0)
        return self.mnist.test_images[chosen], self.mnist.test_labels[chosen]

    def mlp(self, seed: int, **changes: Any) -> Run:
        """The reference MLP under this lab's budget."""
        return self.run("mlp", seed, **{"width": 512, "dense": 0} | changes)

    def cnn(self, seed: int, **changes: Any) -> Run:
        """The reference CNN under this lab's budget."""
        return self.run("cnn", seed, **changes)

    def run(self, variant: str, seed: int, **changes: Any) -> Run:
        """Any variant under this lab's budget."""
        return Run(variant, seed, **{"steps": self.steps, "images": self.images} | changes)

    def measure(self, name: str, run: Run, measurement: Callable[[keras.Sequential], Measurement]) -> Measurement:
        """What `measurement` says about the trained `run`; kept under `name`, and read from there the next time."""
        path = self.folder / ("fast" if self.fast else "full") / name / f"{run.slug}.json"
        if path.is_file():
            kept: Measurement = json.loads(path.read_text())
            return kept
        measured = measurement(self.trained(run))
        write_whole(path, json.dumps(measured).encode())
        keras.utils.clear_session(free_memory=False)
        return measured

    def trained(self, run: Run) -> keras.Sequential:
        """The network of `run`, trained now or before."""
        network = self.fresh(run)
        path = self.folder / "weights" / f"{run.slug}.npz"
        if path.is_file():
            with np.load(path) as kept:
                network.set_weights([kept[f"arr_{i}"] for i in range(len(kept.files))])
            return network
        self.report(f"training {run.slug}")
        images, labels = self.training_set(run)
        fit(network, images, labels, steps=run.steps, seed=run.seed)
        write_whole(path, lambda file: np.savez(file, *network.get_weights()))
        return network

    def fresh(self, run: Run) -> keras.Sequential:
        """The network of `run` before any training."""
        keras.utils.set_random_seed(run.seed)
        return build(run.variant, width=run.width, dense=run.dense)

    def training_set(self, run: Run) -> tuple[Images, Labels]:
        """The run's images: the first `images` of a shuffle that its seed fixes, equally many of each digit."""
        images, labels = self.mnist.train_images, self.mnist.train_labels
        if run.images < len(images):
            chosen = sample(labels, run.images, seed=run.seed)
            images, labels = images[chosen], labels[chosen]
        return (shuffle_pixels(images) if run.shuffled else images), labels


def fit(network: keras.Sequential, images: Images, labels: Labels, *, steps: int, seed: int) -> None:
    """Train `network` in place for `steps` batches, passing over the images in a fresh order each time."""
    network.compile("rmsprop", "sparse_categorical_crossentropy")
    network.fit(_Batches(images, labels, steps=steps, seed=seed), verbose=0)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """`steps` batches in an order that `seed` fixes, however few images there are."""

    def __init__(self, images: Images, labels: Labels, *, steps: int, seed: int) -> None:
        super().__init__()
        self.images, self.labels, self.steps = images, labels, steps
        rng = np.random.default_rng(seed)
        passes = -(-steps * BATCH // len(images))
        self.order = np.concatenate([rng.permutation(len(images)) for _ in range(passes)])

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[npt.NDArray[np.float32], Labels]:
        chosen = self.order[step * BATCH : (step + 1) * BATCH]
        return scaled(self.images[chosen]), self.labels[chosen]


def scaled(images: Images) -> npt.NDArray[np.float32]:
    """uint8 [N, 28, 28] → float32 [N, 28, 28, 1] in 0…1."""
    return images[..., np.newaxis].astype(np.float32) / np.float32(255)


def accuracy_of(network: keras.Sequential, images: Images, labels: Labels) -> float:
    """The share of `images` that the network names rightly."""
    probabilities = network.predict(scaled(images), batch_size=500, verbose=0)
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def shuffle_pixels(images: Images) -> Images:
    """The same fixed permutation of the 784 pixels in each image: nothing is lost but who is whose neighbour."""
    order = np.random.default_rng(784).permutation(784)
    return images.reshape(-1, 784)[:, order].reshape(-1, 28, 28)
