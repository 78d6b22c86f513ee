"""The training images most similar to the network: the closest in its last hidden layer.

    nearest(tracer, image, load_mnist())      # ten Neighbours, the closest first

The features of the 60,000 training images are kept in digitscope's cache, one file per model, named by the model
file's checksum: a few seconds the first time, a fraction of one after that.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from digitscope import mnist
from digitscope.arrays import Floats, Image
from digitscope.errors import DataError
from digitscope.explanation.trace import Tracer
from digitscope.files import write_whole


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A training image, its label, and how far it is: Euclidean, in units of the image's own feature vector."""

    index: int
    label: int
    distance: float
    image: Image = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict, without the picture."""
        return {"index": self.index, "label": self.label, "distance": self.distance}


def nearest(
    tracer: Tracer, image: Image, dataset: mnist.MNIST, *, count: int = 10, environment: Mapping[str, str] = os.environ
) -> tuple[Neighbour, ...]:
    """The `count` training images whose features are closest to the image's, the closest first.

    Args:
        tracer: the opened model file.
        image: uint8 [28, 28].
        dataset: MNIST.
        count: how many.
        environment: where XDG_CACHE_HOME may say where the cache is.

    Raises:
        ModelFileError: the model file has no layer metadata.
    """
    own = tracer.features(image[None])[0]
    known = features(tracer, dataset, environment)
    scale = float(np.linalg.norm(own)) or 1.0
    distances = np.linalg.norm(known - own, axis=1) / scale
    closest = np.argpartition(distances, count)[:count]
    closest = closest[np.argsort(distances[closest], kind="stable")]
    return tuple(
        Neighbour(int(i), int(dataset.train_labels[i]), float(distances[i]), dataset.train_images[i]) for i in closest
    )


def features(tracer: Tracer, dataset: mnist.MNIST, environment: Mapping[str, str]) -> Floats:
    """The last hidden layer's output for all training images, float32 [60000, units], from the cache if it is there.

    Kept in half precision: distances move by a thousandth, and the MLP's 512 units need 61 MB instead of 123.
    """
    checksum = hashlib.sha256(tracer.model.path.read_bytes()).hexdigest()
    path = mnist.cache_file(environment).parent / "features" / f"{checksum[:16]}-{tracer.feature_layer.name}.npy"
    count, units = len(dataset.train_images), int(np.prod(tracer.feature_layer.shape))
    try:
        kept = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or cut off: computed again
        kept = np.zeros((0, 0), np.float16)
    if kept.shape != (count, units):
        kept = tracer.features(dataset.train_images).astype(np.float16)
        try:
            write_whole(path, lambda file: np.save(file, kept, allow_pickle=False))
        except OSError as error:
            raise DataError(
                f"The cache of MNIST's features cannot be written: {error.strerror}. Make room, or set "
                f"XDG_CACHE_HOME to a folder that can be written. Received: path='{path}'"
            ) from error
    return kept.astype(np.float32)
