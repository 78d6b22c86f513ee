"""Which pixels a unit can see: windows walked back, layer by layer, to the image.

Exact also at the edges and where pooling drops a row: the reference CNN, for one, never sees the last two rows and
columns of an image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from digitscope.models.file import Layer


@dataclass(frozen=True)
class Field:
    """A rectangle of pixels: rows top … bottom − 1, columns left … right − 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    def __str__(self) -> str:
        return f"rows {self.top}–{self.bottom - 1}, columns {self.left}–{self.right - 1}"


def origin(layer: Layer, given: tuple[int, ...], row: int, col: int) -> tuple[int, int]:
    """The input's row and column at which the window of unit (row, col) begins; negative inside the padding.

    Args:
        layer: a convolution or pooling layer.
        given: the shape of its input, (height, width, channels).
        row: the unit's row.
        col: the unit's column.
    """
    down, across = layer.strides or (1, 1)
    return row * down - _padding_before(layer, given[0], 0), col * across - _padding_before(layer, given[1], 1)


def window(layer: Layer) -> tuple[int, int]:
    """The height and width of what one unit of a convolution or pooling layer looks at."""
    return layer.kernel_size or layer.pool_size or (1, 1)


def _padding_before(layer: Layer, length: int, axis: int) -> int:
    """Rows (axis 0) or columns (axis 1) of padding before the input: "same" puts the odd one after it."""
    if layer.padding != "same":
        return 0
    size, stride = window(layer)[axis], (layer.strides or (1, 1))[axis]
    places = -(-length // stride)
    return max((places - 1) * stride + size - length, 0) // 2


def receptive_field(layers: Sequence[Layer], row: int, col: int) -> Field:
    """The pixels that can change unit (row, col) of the last of `layers`.

    Args:
        layers: the network's layers from the input, which has kind "Input", to the unit's own.
        row: the unit's row; of a layer without rows and columns, its index.
        col: the unit's column; 0 for a layer without rows and columns.
    """
    places = Field(row, col, row + 1, col + 1)
    for layer, before in zip(reversed(layers[1:]), reversed(layers[:-1]), strict=True):
        places = _seen(layer, before.shape, places)
    if len(layers[0].shape) == 1:  # 784 pixels in a row
        first, last = places.top, places.bottom - 1
        rows = first // 28, last // 28 + 1
        return Field(rows[0], first % 28, rows[1], last % 28 + 1) if first == last else Field(rows[0], 0, rows[1], 28)
    return places


def _seen(layer: Layer, given: tuple[int, ...], places: Field) -> Field:
    """What of its input, of shape `given`, the units `places` of `layer` look at."""
    if layer.kind == "Flatten" and len(given) == 3 and places.height == 1:
        position = places.top // given[2]
        return Field(position // given[1], position % given[1], position // given[1] + 1, position % given[1] + 1)
    if len(given) == 1:
        return Field(places.top, 0, places.bottom, 1) if layer.kind == "Flatten" else Field(0, 0, given[0], 1)
    if len(layer.shape) == 1:
        return Field(0, 0, given[0], given[1])
    height, width = window(layer)
    top, left = origin(layer, given, places.top, places.left)
    bottom, right = origin(layer, given, places.bottom - 1, places.right - 1)
    return Field(max(top, 0), max(left, 0), min(bottom + height, given[0]), min(right + width, given[1]))
