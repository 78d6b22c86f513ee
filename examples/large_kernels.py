"""A recipe of one's own: digitscope train ./large_kernels.py"""

import keras
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from digitscope.training import Recipe

recipe = Recipe(name="large-kernels", network="large-kernels", epochs=3, optimizer="adam")


def layers():
    return [
        keras.Input((28, 28, 1)),  # pixels / 255
        Conv2D(16, 5, activation="relu", name="conv1"),
        MaxPooling2D(2, name="pool1"),
        Flatten(name="flatten"),
        Dense(10, activation="softmax", name="dense1"),
    ]
