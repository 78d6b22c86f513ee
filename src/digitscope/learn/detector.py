"""The detector: a page's ink → for each cell which digit's middle lies there, or none, and the digit's box.

    python -m digitscope.learn.detector --out detector.onnx       # an hour and a half on two cores
    python -m digitscope.learn.detector --out better.onnx --start detector.onnx --epochs 6 --seed 1     # goes on
    python -m digitscope.learn.detector --out mean.onnx --mean detector.onnx better.onnx

Fully convolutional: it learns from tiles of 64 × 128 pixels and reads whole pages. `read.detect` runs it at the scales
at which digits are 14 to 28 pixels tall.
"""

import argparse
import functools
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt
import onnx
from keras.layers import Conv2D, MaxPooling2D, UpSampling2D
from onnx import TensorProto, helper, numpy_helper

import digitscope
from digitscope.files import write_whole
from digitscope.learn import environment, export, pools
from digitscope.learn.networks import convolution
from digitscope.learn.pools import Pool
from digitscope.learn.scenes import make_scene
from digitscope.learn.tiles import HEIGHT, WIDTH, Scene, load_scenes, save_scenes, tile
from digitscope.learn.trajectories import load_trajectories
from digitscope.mnist import load_mnist
from digitscope.pages.record import NO_DIGIT
from digitscope.read.detect import STRIDE_X, STRIDE_Y

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SCENES = 16_000
TILES = 30_000  # an epoch
EPOCHS = 14
BATCH = 32
RESTORED = 640  # tiles that a restored detector is normalised on
RATE = 0.002
OUTPUTS = NO_DIGIT + 1 + 4  # of a cell: ten digits, none, and the box's reach in four directions
BARE_WEIGHT = 8  # a scene without digits is drawn as often as one with so many
POSITIVE = 3.0  # the weight of a cell in a digit's middle: they are few


def trunk() -> list[keras.Layer]:
    """Pixels / 255, float32 [N, H, W, 1] -> [N, H/4, W/4, 64]."""
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
    """[N, H/4, W/4, 64] -> [N, H/4, W/4, 30]: each place answers for the two cells side by side in it."""
    return [
        *convolution(96, "conv9"),
        *convolution(128, "conv10", size=1),
        Conv2D(STRIDE_Y // STRIDE_X * OUTPUTS, 1, dtype="float32", name="cells"),
    ]


class Detector:
    """The network in its parts: the trunk's features, to which each refinement adds what it sees in them; the head."""

    def __init__(self) -> None:
        self.trunk = keras.Sequential([keras.Input((HEIGHT, WIDTH, 1)), *trunk()], name="trunk")
        shape = self.trunk.output_shape[1:]
        self.refinements = [
            keras.Sequential([keras.Input(shape), *part()], name=part.__name__)
            for part in (context, detail, second_context)
        ]
        self.head = keras.Sequential([keras.Input(shape), *head()], name="head")
        pixels = keras.Input((HEIGHT, WIDTH, 1))
        features = self.trunk(pixels)
        for refinement in self.refinements:
            features = keras.layers.Add()([features, refinement(features)])
        cells = self.head(features)
        shaped = keras.layers.Reshape((HEIGHT // STRIDE_Y, WIDTH // STRIDE_X, OUTPUTS), dtype="float32")(cells)
        self.model = keras.Model(pixels, shaped, name="detector")


def restore(detector: Detector, path: Path, tiles: Floats) -> None:
    """Give a detector the weights of its model file, float32 [N, 64, 128, 1] `tiles` standing in for its training.

    Batch normalisation is folded in the file: it is unfolded such that on these tiles nothing changes. Refinements that
    a smaller detector's file lacks stay fresh, and add nothing yet.
    """
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}

    def give(part: keras.Sequential, x: Floats) -> Floats:
        name, bias = "", np.zeros(0, np.float32)
        for layer in part.layers:
            name = layer.name if isinstance(layer, Conv2D) else name
            if f"{name}/kernel" not in stored:
                pass
            elif isinstance(layer, Conv2D):
                kernel, bias = stored[f"{name}/kernel"].transpose(2, 3, 1, 0), stored[f"{name}/bias"]
                layer.set_weights([kernel, bias] if layer.use_bias else [kernel])
            elif isinstance(layer, keras.layers.BatchNormalization):
                mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
                layer.set_weights([np.sqrt(variance + layer.epsilon), bias + mean, mean, variance])
            x = keras.ops.convert_to_numpy(layer(x)).astype(np.float32)
        return x

    features = give(detector.trunk, tiles)
    for refinement in detector.refinements:
        features = features + give(refinement, features)
    give(detector.head, features)


def loss(truth: Any, said: Any) -> Any:
    """Cross-entropy of each cell's class, and where a digit is, how far its box's sides are from what is said."""
    ops = keras.ops
    value, weight, reach = ops.cast(truth[..., 0], "int32"), truth[..., 1], truth[..., 2:]
    digit = ops.cast(value != NO_DIGIT, "float32")
    surprise = ops.sparse_categorical_crossentropy(value, said[..., : NO_DIGIT + 1], from_logits=True)
    off = ops.mean(ops.minimum(ops.abs(said[..., NO_DIGIT + 1 :] - reach), 2.0), axis=-1)
    return ops.mean(weight * (surprise * (1 + (POSITIVE - 1) * digit) + 3 * digit * off)) * 50


def make_scenes(count: int, *, seed: int, handwriting: Path | None, held_out: bool = False) -> list[Scene]:
    """`count` scenes of the first 55,000 digits and of the writers who teach, or of the others, on all cores.

    `handwriting` is the folder of pen trajectories; without one, no scene is written by pen.
    """
    _pool(seed, handwriting, held_out)  # where workers are forked, they have it from here
    parts = np.array_split(np.arange(count), max(1, count // 250))
    with ProcessPoolExecutor(2) as workers:
        made = workers.map(_some_scenes, [(seed, part, handwriting, held_out) for part in parts])
        return [scene for some in made for scene in some]


def _some_scenes(task: tuple[int, npt.NDArray[np.int64], Path | None, bool]) -> list[Scene]:
    seed, numbers, handwriting, held_out = task
    cv2.setNumThreads(1)
    pool = _pool(seed, handwriting, held_out)
    return [make_scene(pool, np.random.default_rng([seed, 1, int(n)])) for n in numbers]


@functools.cache
def _pool(seed: int, handwriting: Path | None, held_out: bool) -> Pool:
    """What scenes are written with, made once a process."""
    data, pens = load_mnist(), load_trajectories(handwriting) if handwriting else None
    if held_out:
        return pools.make_pool(data.held_out, pens and pens.choosing, seed=seed)
    return pools.make_pool(data.train_55000, pens and pens.teaching, seed=seed)


def train_detector(
    made: Sequence[Scene],
    *,
    seed: int = 0,
    tiles: int = TILES,
    epochs: int = EPOCHS,
    rate: float = RATE,
    start: Path | None = None,
    checkpoint: Path | None = None,
) -> tuple[Detector, list[dict[str, float]]]:
    """Train on tiles of these scenes, cut anew in each epoch, from nothing or from the model file `start`."""
    keras.utils.set_random_seed(seed)
    detector = Detector()
    steps = tiles // BATCH * epochs
    schedule = keras.optimizers.schedules.CosineDecay(1e-4, steps, warmup_target=rate, warmup_steps=steps // 15)
    detector.model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.01), loss)
    areas = np.array([(len(s.boxes) or BARE_WEIGHT) ** 0.7 for s in made])

    def batch(epoch: int, step: int) -> tuple[Floats, Floats]:
        rng = np.random.default_rng([seed, 2, epoch, step])
        cut = [tile(made[i], rng) for i in rng.choice(len(made), BATCH, p=areas / areas.sum())]
        images = np.stack([image for image, _ in cut])[..., None]
        return np.divide(images, 255, dtype=np.float32), np.stack([said for _, said in cut])

    if start is not None:
        restore(detector, start, np.concatenate([batch(epochs, step)[0] for step in range(RESTORED // BATCH)]))
    history = []
    for epoch in range(epochs):
        began = time.perf_counter()

        class Batches(keras.utils.PyDataset):  # type: ignore[misc]
            def __len__(self) -> int:
                return tiles // BATCH

            def __getitem__(self, step: int, epoch: int = epoch) -> tuple[Floats, Floats]:
                return batch(epoch, step)

        logs = detector.model.fit(Batches(workers=1), shuffle=False, verbose=0).history
        history.append({"loss": float(logs["loss"][0]), "seconds": time.perf_counter() - began})
        print(json.dumps(history[-1]), flush=True)
        if checkpoint is not None:
            write_whole(checkpoint, to_onnx(detector, {"history": history}).SerializeToString())
    return detector, history


def to_onnx(detector: Detector, record: dict[str, Any]) -> onnx.ModelProto:
    """The detector as ONNX: `ink` uint8 [N, H, W] -> `classes` float32 [N, H/4, W/2, 11], `reach` [N, H/4, W/2, 4].

    H and W are multiples of 8.
    """
    graph = export.begin("ink")
    graph.node("Unsqueeze", ["scaled", graph.constant("channel", np.array([1], np.int64))], "input")
    features = export.extend(graph, detector.trunk).tensor
    for refinement in detector.refinements:
        more = export.extend(graph, refinement).tensor
        features = graph.node("Add", [features, more], f"after_{refinement.name}")
    export.extend(graph, detector.head)
    graph.node("Transpose", [graph.tensor], "channels_last", perm=[0, 2, 3, 1])
    shape = graph.constant("cell_shape", np.array([0, 0, -1, OUTPUTS], np.int64))
    graph.node("Reshape", ["channels_last", shape], "by_cell")
    graph.nodes.append(
        helper.make_node(
            "Split",
            ["by_cell", graph.constant("parts", np.array([NO_DIGIT + 1, 4], np.int64))],
            ["logits", "reach"],
            axis=-1,
        )
    )
    graph.node("Softmax", ["logits"], "classes", axis=-1)
    ink = helper.make_tensor_value_info("ink", TensorProto.UINT8, ["N", "H", "W"])
    classes = helper.make_tensor_value_info("classes", TensorProto.FLOAT, ["N", "H4", "W2", NO_DIGIT + 1])
    reach = helper.make_tensor_value_info("reach", TensorProto.FLOAT, ["N", "H4", "W2", 4])
    made = export.to_model(graph, [ink], [classes, reach])
    return _noted(made, record)


def mean(paths: Sequence[Path]) -> onnx.ModelProto:
    """The detector with the mean of the weights of several, each trained on from the one before or from the same."""
    models = [onnx.load(path) for path in paths]
    for tensors in zip(*(model.graph.initializer for model in models), strict=True):
        arrays = [numpy_helper.to_array(tensor) for tensor in tensors]
        if arrays[0].dtype == np.float32:
            tensors[0].CopyFrom(
                numpy_helper.from_array(np.asarray(np.mean(arrays, axis=0), np.float32), tensors[0].name)
            )
    return _noted(models[0], {"mean_of": [record_of(model) for model in models]})


def _noted(model: onnx.ModelProto, record: dict[str, Any]) -> onnx.ModelProto:
    """The model with this record of how it was trained, in place of any other."""
    note = json.dumps({"name": "detector", "version": digitscope.__version__, **record})
    helper.set_model_props(model, {"digitscope": note})
    return model


def record_of(model: onnx.ModelProto) -> Any:
    """How a detector was trained."""
    return json.loads(next(entry.value for entry in model.metadata_props if entry.key == "digitscope"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--start", type=Path, help="go on from this model file")
    parser.add_argument("--mean", type=Path, nargs="+", help="only write the mean of these model files")
    parser.add_argument(
        "--handwriting", type=Path, default=os.environ.get("DIGITSCOPE_HANDWRITING"),
        help="folder of pen trajectories; see digitscope.learn.trajectories for where they are published",
    )  # fmt: skip
    parser.add_argument("--made", type=Path, help="take the scenes from this file; where there is none, write it")
    parser.add_argument("--bfloat16", action="store_true", help="twice as fast on processors with AVX-512 BF16")
    options = parser.parse_args()
    if options.mean:
        write_whole(options.out, mean(options.mean).SerializeToString())
        parser.exit()
    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    if options.made and options.made.exists():
        made = load_scenes(options.made)
    else:
        made = make_scenes(options.scenes, seed=options.seed, handwriting=options.handwriting)
        if options.made:
            save_scenes(options.made, made)
    trained, notes = train_detector(
        made, seed=options.seed, epochs=options.epochs, rate=options.rate,
        start=options.start, checkpoint=options.out,
    )  # fmt: skip
    record: dict[str, Any] = {
        "seed": options.seed,
        "scenes": len(made),
        "handwriting": load_trajectories(options.handwriting).checksums if options.handwriting else None,
        "tiles": TILES,
        "epochs": options.epochs,
        "precision": keras.mixed_precision.dtype_policy().name,
        "history": notes,
    }
    if options.start is not None:
        record["after"] = record_of(onnx.load(options.start))
    onnx_model = to_onnx(trained, {**record, "versions": environment.versions()})
    write_whole(options.out, onnx_model.SerializeToString())
