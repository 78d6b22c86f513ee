"""The overhead of `Recognizer.classify` over bare ONNX Runtime, the best chunk size, and a comparison with Keras.

    python benchmarks/classify.py [--save]

Figures that are compared are measured in turns, so that other load on the machine affects both alike.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import measured
from digitscope import load_mnist
from digitscope.models import CHUNK
from digitscope.reading.reader import Recognizer
from digitscope.training import backend

SINGLES = 3000  # calls with one image, per method
ROUNDS = 15  # over all 10,000 test images, per method
CHUNKS = (16, 32, 64, 128, 256, 512, 1024, 10_000)
BATCHES = (32, 256, 1024)  # of keras.predict


def one_image(recognizer: Recognizer, image: np.ndarray[Any, Any]) -> dict[str, float]:
    """Microseconds for one image: classify, and session.run on the same file."""
    session = recognizer.model.session
    ways: dict[str, Callable[[], Any]] = {
        "session_run_us": lambda: session.run(None, {"images": image}),
        "classify_us": lambda: recognizer.classify(image),
    }
    times = timed(ways, SINGLES)
    bare, ours = (statistics.median(times[name]) * 1e6 for name in ways)
    return {"session_run_us": bare, "classify_us": ours, "allowed_us": 1.15 * bare + 5, "n": SINGLES}


def many_images(recognizer: Recognizer, images: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Images per second: session.run by chunk size, classify, keras.predict by batch size."""
    backend.load()
    from digitscope.training.networks import build

    session, model = recognizer.model.session, build("cnn")  # the weights do not affect its speed
    pixels = (images / np.float32(255)).reshape(-1, 28, 28, 1)

    def chunked(size: int) -> Callable[[], Any]:
        return lambda: [session.run(None, {"images": images[i : i + size]}) for i in range(0, len(images), size)]

    ways: dict[str, Callable[[], Any]] = {f"chunk {size}": chunked(size) for size in CHUNKS}
    ways["classify"] = lambda: recognizer.classify(images)
    for size in BATCHES:
        ways[f"keras {size}"] = lambda size=size: model.predict(pixels, batch_size=size, verbose=0)  # type: ignore[misc]
    rates = {name: [len(images) / t for t in times] for name, times in timed(ways, ROUNDS).items()}
    figures = {name: {"median": statistics.median(r), "min": min(r), "max": max(r)} for name, r in rates.items()}
    best = max(figures[f"keras {size}"]["median"] for size in BATCHES)
    return {"per_second": figures, "times_keras_best": figures["classify"]["median"] / best, "n": ROUNDS}


def timed(ways: dict[str, Callable[[], Any]], n: int) -> dict[str, list[float]]:
    """Seconds for `n` calls of each method, in turns, after a warm-up call."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(n + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:
                times[name].append(time.perf_counter() - start)
    return times


def main(arguments: list[str]) -> None:
    images = load_mnist().test_images
    recognizer = Recognizer("cnn")
    single = one_image(recognizer, images[:1])
    many = many_images(recognizer, images)
    print(f"one image: session.run {single['session_run_us']:.1f} µs, classify {single['classify_us']:.1f} µs ", end="")
    print(f"(allowed {single['allowed_us']:.1f}), n = {SINGLES}")
    for name, rate in many["per_second"].items():
        print(f"{name:>12} {rate['median']:9,.0f} images/s  ({rate['min']:,.0f} to {rate['max']:,.0f}, n = {ROUNDS})")
    print(f"classify (chunks of {CHUNK}) is {many['times_keras_best']:.2f} × keras.predict at its best batch size")
    if "--save" in arguments:
        measured.save("classify", {"one_image": single, "many_images": many, "chunk": CHUNK}, weights=("cnn",))


if __name__ == "__main__":
    main(sys.argv[1:])
