"""The line network: a strip of ink → which digit's middle lies at each second column, or none.

    python -m digitscope.learn.lines --out line.onnx       # about 20 minutes on two cores

Fully convolutional: it learns from strips 96 pixels wide and reads any width. `read.line` uses it where digits touch
or are too small for cuts along seams.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt
import onnx
from keras.layers import BatchNormalization, Conv2D, Dropout, MaxPooling2D, ReLU
from onnx import TensorProto, helper

import digitscope
from digitscope.files import write_whole
from digitscope.learn import environment, export
from digitscope.learn.strips import HEIGHT, NONE, STRIDE, WIDTH, make_strip
from digitscope.mnist import Split, load_mnist

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

STRIPS = 100_000
EPOCHS = 3
BATCH = 64
RATE = 0.002


def network() -> keras.Sequential:
    """Strips / 255, float32 [N, 32, W, 1] -> logits [N, 1, W / 2, 11]: about 190,000 parameters."""
    return keras.Sequential(
        [
            keras.Input((HEIGHT, WIDTH, 1)),
            *_convolution(24, "conv1"),  # [N, 32, W, 24]
            MaxPooling2D(2, name="pool1"),  # [N, 16, W/2, 24]
            *_convolution(48, "conv2"),  # [N, 16, W/2, 48]
            MaxPooling2D((2, 1), name="pool2"),  # [N, 8, W/2, 48]
            *_convolution(64, "conv3"),
            *_convolution(64, "conv4"),  # [N, 8, W/2, 64]
            MaxPooling2D((2, 1), name="pool3"),  # [N, 4, W/2, 64]
            *_convolution(96, "conv5"),  # [N, 4, W/2, 96]
            *_convolution(128, "conv6", size=(4, 1), padding="valid"),  # [N, 1, W/2, 128]
            *_convolution(128, "conv7", size=(1, 5)),
            *_convolution(128, "conv8", size=(1, 5)),  # [N, 1, W/2, 128]
            Dropout(0.2),
            Conv2D(NONE + 1, 1, name="columns"),  # [N, 1, W/2, 11]
        ],
        name="line",
    )


def _convolution(filters: int, name: str, *, size: int | tuple[int, int] = 3, padding: str = "same") -> list[Any]:
    return [
        Conv2D(filters, size, padding=padding, use_bias=False, name=name),
        BatchNormalization(name=f"{name}_norm"),
        ReLU(name=f"{name}_relu"),
    ]


def strips(split: Split, count: int, *, seed: int) -> tuple[Image, Image]:
    """Made strips uint8 [N, 32, 96] and their columns uint8 [N, 1, 48]."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    images = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    columns = np.zeros((count, 1, WIDTH // STRIDE), np.uint8)
    for i in range(count):
        strip = make_strip(split.images, split.labels, rng)
        images[i], columns[i, 0] = strip.image, strip.columns
    return images, columns


def train_line(*, seed: int = 0, count: int = STRIPS, epochs: int = EPOCHS) -> tuple[keras.Sequential, dict[str, Any]]:
    """Train on strips of the first 55,000 images; measure on strips of the last 5,000."""
    data = load_mnist()
    images, columns = strips(data.train_55000, count, seed=seed + 1)
    held_images, held_columns = strips(data.held_out, 3_000, seed=seed + 9)
    keras.utils.set_random_seed(seed)
    model = network()
    steps = count // BATCH * epochs
    rate = keras.optimizers.schedules.CosineDecay(1e-4, steps, warmup_target=RATE, warmup_steps=steps // 12)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), loss)
    history = []
    for epoch in range(epochs):
        start = time.perf_counter()
        order = np.random.default_rng([seed, epoch]).permutation(count)

        class Batches(keras.utils.PyDataset):  # type: ignore[misc]
            def __len__(self) -> int:
                return count // BATCH

            def __getitem__(self, step: int, order: Any = order) -> tuple[Floats, Image]:
                part = order[step * BATCH : (step + 1) * BATCH]
                return np.divide(images[part, :, :, None], 255, dtype=np.float32), columns[part]

        logs = model.fit(Batches(), shuffle=False, verbose=0).history
        right = strips_right(model, held_images, held_columns)
        history.append({"loss": float(logs["loss"][0]), "held_out": right, "seconds": time.perf_counter() - start})
        print(json.dumps(history[-1]), flush=True)
    record = {"seed": seed, "strips": count, "epochs": epochs, "history": history, "versions": environment.versions()}
    return model, record


def strips_right(model: keras.Sequential, images: Image, columns: Image) -> float:
    """The share of strips whose every digit is read, in order and with none too many."""
    logits = model.predict(images[..., None] / np.float32(255), verbose=0, batch_size=128)[:, 0]
    read = [_runs(row.argmax(axis=1)) for row in logits]
    truth = [_runs(row[0]) for row in columns]
    return float(np.mean([a == b for a, b in zip(read, truth, strict=True)]))


def _runs(columns: npt.NDArray[Any]) -> list[int]:
    """The digits that stand in runs of equal columns."""
    starts = np.flatnonzero(np.diff(columns, prepend=NONE) != 0)
    return [int(columns[i]) for i in starts if columns[i] != NONE]


def to_onnx(model: keras.Sequential, record: dict[str, Any]) -> onnx.ModelProto:
    """`model` as ONNX: `strips` uint8 [N, 32, W] -> `columns` float32 [N, W / 2, 11], probabilities."""
    graph = export.layers_to_graph(model, "strips", [0, 1, HEIGHT, -1])
    graph.node("Squeeze", [graph.tensor, graph.constant("row", np.array([2], np.int64))], "by_class")  # [N, 11, W/2]
    graph.node("Transpose", ["by_class"], "logits", perm=[0, 2, 1])
    graph.node("Softmax", ["logits"], "columns", axis=-1)
    strips = helper.make_tensor_value_info("strips", TensorProto.UINT8, ["N", HEIGHT, "W"])
    columns = helper.make_tensor_value_info("columns", TensorProto.FLOAT, ["N", "W2", NONE + 1])
    made = export.to_model(graph, strips, columns)
    entry = made.metadata_props.add()
    entry.key, entry.value = "digitscope", json.dumps({"name": "line", "version": digitscope.__version__, **record})
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    trained, notes = train_line(seed=options.seed)
    write_whole(options.out, to_onnx(trained, notes).SerializeToString())
