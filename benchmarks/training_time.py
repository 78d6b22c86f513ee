"""How long training `fast` takes beside the plain Keras script's CNN: python benchmarks/training_time.py [--save]

Both are whole processes, run in turns: import, data, compilation, training, and the test images. `digitscope train`
also writes its checkpoints, the model file and its card. Goal: at most a fifth of the script's time.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measured
from digitscope import load_mnist
from digitscope.training import Run
from overhead import REFERENCE


def timed(*command: str) -> tuple[list[str], float]:
    """The lines that a process prints, and how many seconds all of it took."""
    start = time.perf_counter()
    lines = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return [line for line in lines.splitlines() if line.strip()], time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    quiet = measured.quiet()
    data = str(load_mnist().source)
    seconds: dict[str, list[float]] = {"reference": [], args.recipe: []}
    accuracy: dict[str, list[float]] = {"reference": [], args.recipe: []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.rounds):
            lines, took = timed(sys.executable, str(REFERENCE), data, "5", "cnn")
            seconds["reference"].append(took)
            accuracy["reference"].append(json.loads(lines[0])["test"])
            train = ("train", args.recipe, "--seed", str(seed), "--out", folder)
            _, took = timed(sys.executable, "-m", "digitscope", *train)
            seconds[args.recipe].append(took)
            accuracy[args.recipe].append(Run.load(Path(folder) / f"{args.recipe}-{seed}").share("test").value)
            print({name: round(times[-1], 1) for name, times in seconds.items()}, flush=True)
    ratio = statistics.median(seconds["reference"]) / statistics.median(seconds[args.recipe])
    figures: dict[str, Any] = {"seconds": seconds, "test": accuracy, "ratio": ratio, "quiet": quiet}
    print(f"{args.recipe} takes 1/{ratio:.1f} of the reference script's time; test {accuracy}")
    if not quiet:
        print("Other work shared the machine: the seconds say little.")
    if args.save:
        measured.save("training_time", figures)


if __name__ == "__main__":
    main()
