"""The overhead of `digitscope compare` over the plain Keras script for the same training: time and peak memory.

    python benchmarks/overhead.py [--epochs 5] [--rounds 1] [--save]

Both are whole processes, imports and data included, run in turns. `compare` also evaluates the trained networks on the
training images, writes model files and the report, and times one image; the script does not.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measured
from digitscope import load_mnist

REFERENCE = Path(__file__).parent / "reference.py"


def cost(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a process, which must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    data = str(load_mnist().source)
    epochs = str(options.epochs)
    rounds = []
    with tempfile.TemporaryDirectory() as out:
        program = "from digitscope.cli import main; main()"
        ours = [sys.executable, "-c", program, "compare", "--epochs", epochs, "--data", data, "--out", out]
        theirs = [sys.executable, str(REFERENCE), data, epochs]
        for _ in range(options.rounds):
            (reference, reference_mb), (compare, compare_mb) = cost(theirs), cost(ours)
            rounds.append((reference, compare, reference_mb, compare_mb))
            print(f"reference {reference:.1f} s, {reference_mb:,.0f} MB; ", end="")
            print(f"compare {compare:.1f} s, {compare_mb:,.0f} MB; ratio {compare / reference:.3f}", flush=True)
    ratios = [compare / reference for reference, compare, _, _ in rounds]
    print(f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}), n = {len(ratios)}")
    if options.save:
        names = ("reference_s", "compare_s", "reference_mb", "compare_mb")
        figures = {name: [values[i] for values in rounds] for i, name in enumerate(names)}
        summary = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
        measured.save("overhead", {**figures, "ratio": summary, "epochs": options.epochs, "n": len(rounds)})


if __name__ == "__main__":
    main()
