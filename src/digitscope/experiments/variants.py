"""The networks compared by the experiments: both references at any size, and the CNN with one part changed."""

from collections.abc import Callable

import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from digitscope.errors import unknown
from digitscope.experiments.unshared import LocallyConnected2D

Layers = list[keras.Layer]


def mlp(width: int, dense: int) -> Layers:
    """The reference MLP has width 512: 407,050 parameters. It has no second hidden layer, so `dense` is not used."""
    return [Flatten(), Dense(width, activation="relu")]


def cnn(width: int, dense: int) -> Layers:
    """The reference CNN has width 32 and 64 dense units: 93,322 parameters."""
    return [
        Conv2D(width, 3, activation="relu"),  # [N, 26, 26, width]
        MaxPooling2D(2),  # [N, 13, 13, width]
        Conv2D(2 * width, 3, activation="relu"),  # [N, 11, 11, 2 width]
        MaxPooling2D(2),  # [N, 5, 5, 2 width]
        Conv2D(2 * width, 3, activation="relu"),  # [N, 3, 3, 2 width]
        Flatten(),
        Dense(dense, activation="relu"),
    ]


def no_pooling(width: int, dense: int) -> Layers:
    """No pooling, and nothing in its place: the feature maps stay large, and so does the dense layer."""
    return [
        Conv2D(width, 3, activation="relu"),  # [N, 26, 26, width]
        Conv2D(2 * width, 3, activation="relu"),  # [N, 24, 24, 2 width]
        Conv2D(2 * width, 3, activation="relu"),  # [N, 22, 22, 2 width]
        Flatten(),
        Dense(dense, activation="relu"),
    ]


def strides(width: int, dense: int) -> Layers:
    """Strides of two in place of pooling: the feature maps shrink as much, but no maximum is taken."""
    return [
        Conv2D(width, 3, strides=2, activation="relu"),  # [N, 13, 13, width]
        Conv2D(2 * width, 3, strides=2, activation="relu"),  # [N, 6, 6, 2 width]
        Conv2D(2 * width, 3, activation="relu"),  # [N, 4, 4, 2 width]
        Flatten(),
        Dense(dense, activation="relu"),
    ]


def one_by_one(width: int, dense: int) -> Layers:
    """Kernels that see one pixel and none of its neighbours."""
    return [
        Conv2D(width, 1, activation="relu"),  # [N, 28, 28, width]
        MaxPooling2D(2),  # [N, 14, 14, width]
        Conv2D(2 * width, 1, activation="relu"),
        MaxPooling2D(2),  # [N, 7, 7, 2 width]
        Conv2D(2 * width, 1, activation="relu"),
        Flatten(),
        Dense(dense, activation="relu"),
    ]


def unshared(width: int, dense: int) -> Layers:
    """The same patches, with a separate kernel at each position."""
    return [
        LocallyConnected2D(width, 3, activation="relu"),
        MaxPooling2D(2),
        LocallyConnected2D(2 * width, 3, activation="relu"),
        MaxPooling2D(2),
        LocallyConnected2D(2 * width, 3, activation="relu"),
        Flatten(),
        Dense(dense, activation="relu"),
    ]


def no_dense(width: int, dense: int) -> Layers:
    """From the last feature maps straight to the ten digits."""
    return cnn(width, dense)[:-1]


VARIANTS: dict[str, Callable[[int, int], Layers]] = {
    "mlp": mlp,
    "cnn": cnn,
    "no-pooling": no_pooling,
    "strides": strides,
    "1x1": one_by_one,
    "unshared": unshared,
    "no-dense": no_dense,
}


def build(variant: str, *, width: int, dense: int) -> keras.Sequential:
    """A network with new random weights from Keras's global seed; input [N, 28, 28, 1], pixels / 255.

    Raises:
        UsageError: there is no such variant.
    """
    if variant not in VARIANTS:
        raise unknown("variant", variant, VARIANTS)
    layers = VARIANTS[variant](width, dense)
    return keras.Sequential([keras.Input((28, 28, 1)), *layers, Dense(10, activation="softmax")])
