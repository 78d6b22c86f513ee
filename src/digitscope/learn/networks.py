"""Each network as the literal list of its layers. Shapes stand beside the layer that makes them.

``build("cnn")`` gives a Keras model with the input it expects: pixels / 255, float32, [N, 784] for what begins
with a dense layer and [N, 28, 28, 1] for what begins with a convolution.
"""

from collections.abc import Callable

import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

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


NETWORKS: dict[str, Callable[[], list[keras.Layer]]] = {"mlp": mlp, "cnn": cnn}


def build(network: str) -> keras.Sequential:
    """The named network with fresh weights, drawn from Keras's global seed.

    Raises:
        UsageError: there is no such network.
    """
    if network not in NETWORKS:
        raise unknown("network", network, NETWORKS)
    return keras.Sequential(NETWORKS[network](), name=network)
