"""Images per second: digitscope's networks against Keras, ONNX Runtime and another program, in one run.

    python benchmarks/throughput.py [--quick] [--other PYTHON] [--save]

Each way has a process of its own, which measures batches of 1, 64, 1,000 and 10,000 images and says its peak memory.
Ways are measured in turns, so that other load affects all alike. Then `classify` with `fast` from 1 to 1,000,000
images, and with one and two threads. PYTHON is the interpreter of an environment in which `digit-recognizer-py` is
installed; without it, that program is left out.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCHES = (1, 64, 1_000, 10_000)
GROWTH = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
KERAS_BATCHES = (256, 1_024)  # of keras.predict; the better one counts
OURS = ("mlp", "cnn", "fast")
WAYS = (*OURS, "onnxruntime cnn", "keras.predict cnn", "keras compiled cnn")
OTHER = "digit-recognizer-py"
OTHER_PROGRAM = """
import json, resource, sys, time
import numpy as np
import digit_recognizer
predict = getattr(digit_recognizer, "predict", None) or digit_recognizer.DigitRecognizer().predict
seconds, images = {}, np.random.default_rng(0).integers(0, 256, (64, 28, 28), np.uint8)
for n in (1, 64):
    predict(images[0])
    start = time.perf_counter()
    for image in images[:n]:
        predict(image)
    seconds[n] = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({"seconds": {n: [s] for n, s in seconds.items()}, "peak_mb": peak}))
"""


def answer(way: str) -> Callable[[Any], Any]:
    """The function that answers a batch of images, uint8 [N, 28, 28], in this way."""
    if way in OURS:
        from digitscope import Recognizer

        return Recognizer(way).classify
    if way == "onnxruntime cnn":
        from digitscope import models

        session = models.load("cnn").session
        return lambda images: session.run(None, {"images": images})
    from digitscope.training import backend

    backend.load()
    from digitscope.training.networks import build

    model = build("cnn")  # the weights make no difference
    if way == "keras compiled cnn":
        import tensorflow as tf

        call = tf.function(lambda x: model(x, training=False), jit_compile=False)
        return lambda images: call(_scaled(images)).numpy()

    def predict(images: Any) -> Any:
        return model.predict(_scaled(images), batch_size=int(os.environ.get("KERAS_BATCH", "256")), verbose=0)

    return predict


def _scaled(images: Any) -> Any:
    return (images / np.float32(255)).reshape(-1, 28, 28, 1)


def worker(way: str) -> None:
    """Measure one way: read "N ROUNDS" lines, answer each with seconds; an empty line ends it with the peak memory."""
    run = answer(way)
    images = np.random.default_rng(0).integers(0, 256, (max(BATCHES), 28, 28), np.uint8)
    run(images[:64])
    print("ready", flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        count, rounds = map(int, line.split())
        batch = images[:count] if count <= len(images) else np.resize(images, (count, 28, 28))
        run(batch)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            run(batch)
            times.append(time.perf_counter() - start)
        print(json.dumps(times), flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, flush=True)


class Way:
    """A process that measures one way when it is asked to."""

    def __init__(self, way: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self._line()

    def seconds(self, count: int, rounds: int) -> list[float]:
        """Seconds of each round."""
        self._say(f"{count} {rounds}")
        times: list[float] = json.loads(self._line())
        return times

    def end(self) -> float:
        """The peak memory in MB."""
        self._say("")
        peak = float(self._line())
        self.process.wait()
        return peak

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process ended: {self.process.args!r}")
        return line


def rates(times: dict[int, list[float]]) -> dict[str, Any]:
    """Images per second for each batch: median, lowest, highest, n."""
    found = {}
    for count, seconds in times.items():
        per_second = [count / s for s in seconds]
        found[f"{count:,}"] = {
            "median": round(statistics.median(per_second), 1),
            "min": round(min(per_second), 1),
            "max": round(max(per_second), 1),
            "n": len(per_second),
        }
    return found


def side_by_side(rounds: int) -> dict[str, Any]:
    """All ways, in turns."""
    ways = {way: Way(way) for way in WAYS if way != "keras.predict cnn"}
    ways |= {
        f"keras.predict cnn, batch {size}": Way("keras.predict cnn", KERAS_BATCH=str(size)) for size in KERAS_BATCHES
    }
    times: dict[str, dict[int, list[float]]] = {name: {count: [] for count in BATCHES} for name in ways}
    for _ in range(rounds):
        for count in BATCHES:
            for name, way in ways.items():
                times[name][count] += way.seconds(count, 20 if count == 1 else 1)
    return {name: {"per_second": rates(times[name]), "peak_mb": round(way.end())} for name, way in ways.items()}


def growth(counts: tuple[int, ...]) -> dict[str, Any]:
    """`classify` with `fast` on ever more images; each count in a process of its own, for its peak memory."""
    found = {}
    for count in counts:
        way = Way("fast")
        seconds = min(way.seconds(count, 3))
        found[f"{count:,}"] = {
            "seconds": round(seconds, 6),
            "per_second": round(count / seconds),
            "peak_mb": round(way.end()),
        }
    return found


def threads() -> dict[str, Any]:
    """`classify` with `fast` on one processor and on two."""
    found = {}
    free = sorted(os.sched_getaffinity(0))
    for count in (1, 2):
        if len(free) < count:
            continue
        os.sched_setaffinity(0, free[:count])
        way = Way("fast")
        seconds = way.seconds(10_000, 5)
        way.end()
        found[str(count)] = rates({10_000: seconds})["10,000"]
    os.sched_setaffinity(0, free)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker")
    parser.add_argument("--quick", action="store_true", help="three rounds, and up to 10,000 images")
    parser.add_argument("--other", help=f"the Python of an environment with {OTHER}")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    if args.worker:
        worker(args.worker)
        return
    import measured

    quiet = measured.quiet()
    figures: dict[str, Any] = {"ways": side_by_side(3 if args.quick else 10)}
    if args.other:
        done = subprocess.run([args.other, "-c", OTHER_PROGRAM], capture_output=True, text=True, check=True)
        other = json.loads(done.stdout)
        seconds = {int(count): times for count, times in other["seconds"].items()}
        figures["ways"][OTHER] = {"per_second": rates(seconds), "peak_mb": round(other["peak_mb"])}
    figures["growth"] = growth(GROWTH[:5] if args.quick else GROWTH)
    figures["threads"] = threads()
    ways = figures["ways"]
    largest = f"{max(BATCHES):,}"
    reference = max(rate["median"] for rate in ways["onnxruntime cnn"]["per_second"].values())
    predict = max(ways[name]["per_second"][largest]["median"] for name in ways if name.startswith("keras.predict"))
    fast = ways["fast"]["per_second"][largest]["median"]
    figures["fast_times_onnxruntime_cnn"] = round(fast / reference, 2)
    figures["fast_times_keras_predict"] = round(fast / predict, 2)
    figures["fast_one_image_share_of_cnn"] = round(
        ways["cnn"]["per_second"]["1"]["median"] / ways["fast"]["per_second"]["1"]["median"], 2
    )
    figures["quiet"] = quiet
    for name, way in ways.items():
        told = "  ".join(f"{count}: {rate['median']:,.0f}" for count, rate in way["per_second"].items())
        print(f"{name:32} {told}  peak {way['peak_mb']:,} MB")
    print(
        f"fast at {largest}: {figures['fast_times_onnxruntime_cnn']} × ONNX Runtime on the reference CNN at its best, "
    )
    print(f"{figures['fast_times_keras_predict']} × keras.predict; one image takes ", end="")
    print(f"{figures['fast_one_image_share_of_cnn']} of the reference CNN's time")
    print("growth", figures["growth"], "\nthreads", figures["threads"])
    if not quiet:
        print("Other work shared the machine: the figures say little.")
    if args.save:
        measured.save("throughput", figures, weights=OURS)


if __name__ == "__main__":
    main()
