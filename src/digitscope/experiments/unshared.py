"""A convolution without weight sharing: `LocallyConnected2D` has a separate kernel at each position."""

import math
from typing import Any

import keras
from keras import ops


class LocallyConnected2D(keras.layers.Layer):  # type: ignore[misc]
    """Like ``Conv2D(filters, kernel_size, activation=activation)`` with a separate kernel and bias at each position.

    Args:
        filters: output channels.
        kernel_size: rows and columns of each patch; no padding, strides of 1.
        activation: a Keras activation, by name.

    Input [N, rows, columns, channels], output [N, rows − kernel_size + 1, columns − kernel_size + 1, filters].
    With equal kernels everywhere it equals Conv2D, which is tested.
    """

    def __init__(self, filters: int, kernel_size: int, *, activation: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple[int | None, int, int, int]) -> None:
        """Make the kernels, [rows, columns, patch, filters], initialised as in Conv2D (Glorot and Bengio 2010)."""
        _, rows, columns, channels = input_shape
        size = self.kernel_size
        self.places = (rows - size + 1, columns - size + 1)
        patch = size * size * channels
        limit = math.sqrt(6 / (patch + size * size * self.filters))
        self.kernel = self.add_weight(
            shape=(*self.places, patch, self.filters),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            name="kernel",
        )
        self.bias = self.add_weight(shape=(*self.places, self.filters), initializer="zeros", name="bias")

    def call(self, images: Any) -> Any:
        """Multiply each position's patch by that position's kernel, and add its bias."""
        rows, columns = self.places
        size = self.kernel_size
        moved = [images[:, i : i + rows, j : j + columns, :] for i in range(size) for j in range(size)]
        patches = ops.concatenate(moved, axis=-1)  # [N, rows, columns, size × size × channels]
        return self.activation(ops.einsum("nrcp,rcpf->nrcf", patches, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, int, int, int]) -> tuple[int | None, int, int, int]:
        """[N, rows − kernel_size + 1, columns − kernel_size + 1, filters]."""
        batch, rows, columns, _ = input_shape
        return batch, rows - self.kernel_size + 1, columns - self.kernel_size + 1, self.filters
