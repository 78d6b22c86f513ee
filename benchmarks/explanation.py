"""The time an explanation takes: python benchmarks/explanation.py

For each shipped model, warm: the trace of one image with all its layers, the occlusion map, the flip; and the whole
process of `digitscope explain IMAGE`, cold. Writes benchmarks/results/explanation.json.
Goals: 5 ms, 60 ms, none, 0.8 s.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import PIL.Image

import digitscope as ds
from digitscope import models
from digitscope.explanation.explanation import Explainer
from digitscope.explanation.occlusion import flip, occlude
from measured import save

RUNS = {"trace": 200, "occlusion": 30, "flip": 10, "explain, cold": 10}


def seconds(action: Callable[[], object], runs: int) -> list[float]:
    """The durations of `runs` calls, after a warm-up call."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times[1:]


def main() -> None:
    image = ds.load_mnist().test_images[0]
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "seven.png"
        PIL.Image.fromarray(image).save(picture)
        for name in models.names():
            explainer = Explainer(name)
            classify = explainer.reader.classify
            command = [str(Path(sys.executable).parent / "digitscope"), "explain", str(picture), "--model", name]
            actions: dict[str, Callable[[], object]] = {
                "trace": partial(explainer.tracer.trace, image),
                "occlusion": partial(occlude, classify, image),
                "flip": partial(flip, classify, image),
                "explain, cold": partial(subprocess.run, command, check=True, capture_output=True),
            }
            for what, action in actions.items():
                times = [1000 * t for t in seconds(action, RUNS[what])]
                figure = {"median_ms": statistics.median(times), "min_ms": min(times), "max_ms": max(times)}
                figures[f"{name}: {what}"] = {**figure, "n": len(times)}
                print(
                    f"{name:10} {what:14} median {figure['median_ms']:8.2f} ms, "
                    f"{figure['min_ms']:.2f} to {figure['max_ms']:.2f}, n = {len(times)}"
                )
    save("explanation", figures, weights=models.names())


if __name__ == "__main__":
    main()
