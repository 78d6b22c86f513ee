"""Each network as the literal list of its layers. Shapes stand beside the layer that makes them.

``build("cnn")`` gives a Keras model with the input it expects: pixels / 255, float32, [N, 784] for what begins
with a dense layer and [N, 28, 28, 1] for what begins with a convolution; the detector takes [N, 64, 128, 1].
A network that is no plain list returns the model that it makes of its lists.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import keras
from keras.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    MaxPooling2D,
    ReLU,
    UpSampling2D,
)

from digitscope.arrays import NOT_A_DIGIT
from digitscope.errors import UsageError, unknown
from digitscope.models import EVIDENCE
from digitscope.reading.detection import STRIDE_X, STRIDE_Y
from digitscope.synthesis.tiles import HEIGHT, WIDTH
from digitscope.training import modules

INPUTS = ((28, 28, 1), (28, 28), (784,))  # of a classifier
CELL = NOT_A_DIGIT + 1 + 4  # values of a cell: ten digits, none, and the distances to the box's four sides


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


def fast() -> list[keras.Layer]:
    """Most accuracy for the least time: 43,530 parameters once batch normalisation is folded."""
    return [
        keras.Input((28, 28, 1)),
        *convolution(32, "conv1", size=6, strides=3, padding="valid"),  # [N, 8, 8, 32]
        *convolution(48, "conv2", padding="valid"),  # [N, 6, 6, 48]
        *convolution(48, "conv3", padding="valid"),  # [N, 4, 4, 48]
        Flatten(name="flatten"),  # [N, 768]
        Dense(10, activation="softmax", name="dense1", dtype="float32"),  # [N, 10]
    ]


def tiny() -> list[keras.Layer]:
    """At most 4,000: it has 3,970 parameters once batch normalisation is folded.

    Each convolution but the first is one kernel per map, then a mixture of maps at each place, with no relu between.
    The last is one kernel per map, as large as the map: it weighs places where averaging would forget them.
    """
    return [
        keras.Input((28, 28, 1)),
        *convolution(10, "conv1", padding="valid"),  # [N, 26, 26, 10]  3 × 3 × 10 + 10 = 100
        MaxPooling2D(2, name="pool1"),  # [N, 13, 13, 10]
        *separable(16, "conv2"),  # [N, 13, 13, 16]  3 × 3 × 10 + 10 × 16 + 16 = 266
        *separable(20, "conv3"),  # [N, 13, 13, 20]  484
        *separable(21, "conv4", padding="valid"),  # [N, 11, 11, 21]  621
        MaxPooling2D(2, name="pool2"),  # [N, 5, 5, 21]
        *separable(25, "conv5"),  # [N, 5, 5, 25]  739
        *separable(25, "conv6"),  # [N, 5, 5, 25]  875
        DepthwiseConv2D(5, use_bias=False, name="places"),  # [N, 1, 1, 25]  625
        Flatten(name="flatten"),  # [N, 25]
        Dense(10, activation="softmax", name="dense1"),  # [N, 10]  260
    ]


def micro() -> list[keras.Layer]:
    """`tiny` with fewer and smaller layers, at most 570: it has 570 parameters once batch normalisation is folded."""
    return [
        keras.Input((28, 28, 1)),
        *convolution(5, "conv1", padding="valid"),  # [N, 26, 26, 5]  3 × 3 × 5 + 5 = 50
        MaxPooling2D(2, name="pool1"),  # [N, 13, 13, 5]
        *separable(7, "conv2"),  # [N, 13, 13, 7]  3 × 3 × 5 + 5 × 7 + 7 = 87
        *separable(8, "conv3", padding="valid"),  # [N, 11, 11, 8]  127
        MaxPooling2D(2, name="pool2"),  # [N, 5, 5, 8]
        *separable(8, "conv4", padding="valid"),  # [N, 3, 3, 8]  144
        DepthwiseConv2D(3, use_bias=False, name="places"),  # [N, 1, 1, 8]  72
        Flatten(name="flatten"),  # [N, 8]
        Dense(10, activation="softmax", name="dense1"),  # [N, 10]  90
    ]


def valid3() -> list[keras.Layer]:
    """Ten 3 × 3 convolutions without padding or pooling (An and others 2020): 1,123,130 parameters once folded."""
    return _valid(3, range(32, 192, 16))  # [N, 8, 8, 176] in the end


def valid5() -> list[keras.Layer]:
    """Five 5 × 5 convolutions without padding or pooling (An and others 2020)."""
    return _valid(5, range(32, 192, 32))  # [N, 8, 8, 160] in the end


def valid7() -> list[keras.Layer]:
    """Four 7 × 7 convolutions without padding or pooling (An and others 2020)."""
    return _valid(7, range(48, 240, 48))  # [N, 4, 4, 192] in the end


def _valid(size: int, filters: Iterable[int]) -> list[keras.Layer]:
    layers = [keras.Input((28, 28, 1))]
    for number, count in enumerate(filters, 1):
        layers += convolution(count, f"conv{number}", size=size, padding="valid")
    return [*layers, Flatten(name="flatten"), Dense(10, activation="softmax", name="dense1", dtype="float32")]


def strided() -> list[keras.Layer]:
    """Six convolutions, every second one by steps of two: 540,442 parameters once batch normalisation is folded."""
    return [
        keras.Input((28, 28, 1)),
        *convolution(48, "conv1", padding="valid"),  # [N, 26, 26, 48]
        *convolution(48, "conv2", strides=2),  # [N, 13, 13, 48]
        *convolution(96, "conv3"),  # [N, 13, 13, 96]
        *convolution(96, "conv4", strides=2),  # [N, 7, 7, 96]
        *convolution(160, "conv5"),  # [N, 7, 7, 160]
        *convolution(160, "conv6", strides=2),  # [N, 4, 4, 160]
        Flatten(name="flatten"),  # [N, 2560]
        Dropout(0.3),
        Dense(10, activation="softmax", name="dense1", dtype="float32"),  # [N, 10]
    ]


def reader() -> list[keras.Layer]:
    """The reader of photos: 550,123 parameters once batch normalisation is folded."""
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
        Dense(11, activation="softmax", name="dense2", dtype="float32"),  # [N, 11]  the last is "not a digit"
    ]


def detector() -> keras.Model:
    """The detector, fully convolutional: it learns from tiles and reads whole pages. 667,550 parameters once folded.

    Each refinement adds to the trunk's features what it makes of them; the head answers, at each place, for the two
    cells side by side in it.
    """
    pixels = keras.Input((HEIGHT, WIDTH, 1))
    features = _through(trunk(), pixels)
    for refinement in (context, detail, second_context):
        features = Add(name=f"after_{refinement.__name__}")([features, _through(refinement(), features)])
    return keras.Model(pixels, _through(head(), features), name="detector")


def trunk() -> list[keras.Layer]:
    """[N, H, W, 1] -> [N, H/4, W/4, 64]."""
    return [
        *convolution(16, "conv1", size=5, strides=2),  # [N, H/2, W/2, 16]
        *convolution(32, "conv2"),
        MaxPooling2D(2, name="pool1"),  # [N, H/4, W/4, 32]
        *convolution(64, "conv3"),
        *convolution(64, "conv4"),
    ]


def context() -> list[keras.Layer]:
    """What is around, at half the resolution: [N, H/4, W/4, 64] -> [N, H/4, W/4, 64]."""
    return [
        MaxPooling2D(2, name="pool2"),  # [N, H/8, W/8, 64]
        *convolution(96, "conv5"),
        *convolution(96, "conv6"),
        *convolution(96, "conv7"),
        *convolution(64, "conv8", size=1),
        UpSampling2D(2, name="up"),
    ]


def detail() -> list[keras.Layer]:
    """What strokes do here, once their surroundings are known: [N, H/4, W/4, 64] -> [N, H/4, W/4, 64]."""
    return [
        *convolution(64, "detail1"),
        *convolution(64, "detail2"),
        Conv2D(64, 1, kernel_initializer="zeros", name="detail3"),
    ]


def second_context() -> list[keras.Layer]:
    """What is around, looked at once more, wider: [N, H/4, W/4, 64] -> [N, H/4, W/4, 64]."""
    return [
        MaxPooling2D(2, name="pool3"),  # [N, H/8, W/8, 64]
        *convolution(128, "around1"),
        *convolution(128, "around2"),
        Conv2D(64, 1, kernel_initializer="zeros", name="around3"),
        UpSampling2D(2, name="up2"),
    ]


def head() -> list[keras.Layer]:
    """[N, H/4, W/4, 64] -> [N, H/4, W/4, 30]."""
    return [
        *convolution(96, "conv9"),
        *convolution(128, "conv10", size=1),
        Conv2D(STRIDE_Y // STRIDE_X * CELL, 1, name="cells", dtype="float32"),
    ]


def decision() -> list[keras.Layer]:
    """What a detection is, from all that is known of it: 10,667 parameters once batch normalisation is folded.

    The noise keeps it from fine differences between made pages that photos do not have.
    """
    return [
        keras.Input((EVIDENCE,)),
        GaussianNoise(0.3),
        *dense(96, "dense1"),  # [N, 96]  56 × 96 + 96 = 5,472
        Dropout(0.1),
        *dense(48, "dense2"),  # [N, 48]  4,656
        Dropout(0.1),
        Dense(11, activation="softmax", name="dense3"),  # [N, 11]  539
    ]


def convolution(
    filters: int, name: str, *, size: int = 3, strides: int = 1, padding: str = "same"
) -> list[keras.Layer]:
    """A convolution, 3 × 3 unless told, normalised over the batch while it learns, then relu."""
    return _normalized(Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name))


def separable(filters: int, name: str, *, padding: str = "same") -> list[keras.Layer]:
    """A convolution as one 3 × 3 kernel per map and a mixture of the maps, normalised while it learns, then relu."""
    each = DepthwiseConv2D(3, padding=padding, use_bias=False, name=f"{name}_each")
    return [each, *convolution(filters, name, size=1)]


def dense(units: int, name: str) -> list[keras.Layer]:
    """A dense layer, normalised over the batch while it learns, then relu."""
    return _normalized(Dense(units, use_bias=False, name=name))


def _normalized(layer: keras.Layer) -> list[keras.Layer]:
    """The layer, batch normalisation, relu."""
    return [layer, BatchNormalization(name=f"{layer.name}_norm"), ReLU(name=f"{layer.name}_relu")]


def _through(layers: list[keras.Layer], x: keras.KerasTensor) -> keras.KerasTensor:
    for layer in layers:
        x = layer(x)
    return x


NETWORKS: dict[str, Callable[[], list[keras.Layer] | keras.Model]] = {
    "mlp": mlp,
    "cnn": cnn,
    "fast": fast,
    "tiny": tiny,
    "micro": micro,
    "valid3": valid3,
    "valid5": valid5,
    "valid7": valid7,
    "strided": strided,
    "reader": reader,
    "detector": detector,
    "decision": decision,
}


def build(network: str) -> keras.Model:
    """The named network with fresh weights, drawn from Keras's global seed.

    Args:
        network: one of NETWORKS, or the path of a Python file whose function `layers` returns the list.

    Raises:
        UsageError: there is no such network, or the file has no such function, or one that does not give layers.
    """
    if network.endswith(".py"):
        return _own(network)
    if network not in NETWORKS:
        raise unknown("network", network, NETWORKS)
    made = NETWORKS[network]()
    return made if isinstance(made, keras.Model) else keras.Sequential(made, name=network)


def _own(path: str) -> keras.Model:
    """The network of a file of one's own."""
    layers = modules.load(path).layers
    try:
        made = layers()
        model = keras.Sequential(made, name=Path(path).stem) if isinstance(made, list | tuple) else made
    except (Exception, SystemExit) as error:  # whatever the file does
        raise UsageError(
            f"The file's layers fail: {type(error).__name__}: {error}. {modules.EXPECTED}. Received: network={path!r}"
        ) from error
    if not isinstance(model, keras.Model):
        raise UsageError(f"layers() gives no list. {modules.EXPECTED}. Received: {type(made).__name__}, path={path!r}")
    if not model.built:
        raise UsageError(
            f"The network has no input. Expected keras.Input((28, 28, 1)) as the first layer. Received: path={path!r}"
        )
    return model


def check(model: keras.Model, *, kind: str, classes: int) -> None:
    """Raise UsageError unless what the network takes and gives is what is taught and measured."""
    if kind == "classifier" and model.input_shape[1:] not in INPUTS:
        raise UsageError(
            f"The network's input does not fit. Expected one of {', '.join(map(str, INPUTS))}. "
            f"Received: input={model.input_shape[1:]}, network={model.name!r}"
        )
    if kind != "detector" and model.output_shape[1:] != (classes,):
        raise UsageError(
            f"The network's output does not fit. Expected {classes} units in the last layer, one for each class. "
            f"Received: output={model.output_shape[1:]}, network={model.name!r}"
        )
    last = model.layers[-1]
    activation = getattr(getattr(last, "activation", None), "__name__", None)
    if kind != "detector" and not isinstance(last, keras.layers.Softmax) and activation != "softmax":
        raise UsageError(
            "The network does not end in probabilities. Expected activation='softmax' in the last layer. "
            f"Received: layer={last.name!r}, activation={activation!r}"
        )
