"""Each network as the literal list of its layers. Shapes stand beside the layer that makes them.

``build("cnn")`` gives a Keras model with the input it expects: pixels / 255, float32, [N, 784] for what begins
with a dense layer and [N, 28, 28, 1] for what begins with a convolution.
"""

from collections.abc import Callable

import keras
from keras.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, ReLU

from digitscope.errors import unknown


def mlp() -> list[keras.Layer]:
    """The reference MLP: 407,050 parameters."""
    return [
        keras.Input((784,)),
        Dense(512, activation="relu", name="dense1"),  # [N, 512]  784 × 512 + 512 = 401,920
        Dense(10, activation="softmax", name="dense2"),  # [N, 10]  512 × 10 + 10 = 5,130
    ]


def cnn() -> list[keras.Layer]:
    """The reference CNN: 93,322 parameters."""
    return [
        keras.Input((28, 28, 1)),
        Conv2D(32, 3, activation="relu", name="conv1"),  # [N, 26, 26, 32]  3 × 3 × 1 × 32 + 32 = 320
        MaxPooling2D(2, name="pool1"),  # [N, 13, 13, 32]
        Conv2D(64, 3, activation="relu", name="conv2"),  # [N, 11, 11, 64]  3 × 3 × 32 × 64 + 64 = 18,496
        MaxPooling2D(2, name="pool2"),  # [N, 5, 5, 64]
        Conv2D(64, 3, activation="relu", name="conv3"),  # [N, 3, 3, 64]  3 × 3 × 64 × 64 + 64 = 36,928
        Flatten(name="flatten"),  # [N, 576]
        Dense(64, activation="relu", name="dense1"),  # [N, 64]  576 × 64 + 64 = 36,928
        Dense(10, activation="softmax", name="dense2"),  # [N, 10]  64 × 10 + 10 = 650
    ]


def reader() -> list[keras.Layer]:
    """The reader of photos: 435,000 parameters once batch normalisation is folded, four reference CNNs of work."""
    return [
        keras.Input((28, 28, 1)),
        *convolution(32, "conv1", padding="valid"),  # [N, 26, 26, 32]
        *convolution(32, "conv2", strides=2),  # [N, 13, 13, 32]
        *convolution(64, "conv3"),  # [N, 13, 13, 64]
        *convolution(64, "conv4", strides=2),  # [N, 7, 7, 64]
        *convolution(128, "conv5"),  # [N, 7, 7, 128]
        *convolution(128, "conv6", strides=2),  # [N, 4, 4, 128]
        Flatten(name="flatten"),  # [N, 2048]
        Dropout(0.3),
        Dense(128, activation="relu", name="dense1"),  # [N, 128]
        Dropout(0.3),
        Dense(11, activation="softmax", name="dense2"),  # [N, 11]  the last is "not a digit"
    ]


def convolution(
    filters: int, name: str, *, size: int = 3, strides: int = 1, padding: str = "same"
) -> list[keras.Layer]:
    """A convolution, 3 × 3 unless told, normalised over the batch while it learns, then relu."""
    return [
        Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name),
        BatchNormalization(name=f"{name}_norm"),
        ReLU(name=f"{name}_relu"),
    ]


NETWORKS: dict[str, Callable[[], list[keras.Layer]]] = {"mlp": mlp, "cnn": cnn, "reader": reader}


def build(network: str) -> keras.Sequential:
    """The named network with fresh weights, drawn from Keras's global seed.

    Raises:
        UsageError: there is no such network.
    """
    if network not in NETWORKS:
        raise unknown("network", network, NETWORKS)
    return keras.Sequential(NETWORKS[network](), name=network)
