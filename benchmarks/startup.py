"""How long `digitscope --help` and `import digitscope` take, each in a fresh process: python benchmarks/startup.py

Writes benchmarks/results/startup.json. Goals: 0.30 s and 0.35 s.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from measured import save

RUNS = 20
COMMANDS = {
    "digitscope --help": [str(Path(sys.executable).parent / "digitscope"), "--help"],
    "import digitscope": [sys.executable, "-c", "import digitscope"],
    "digitscope.load_mnist()": [sys.executable, "-c", "import digitscope; digitscope.load_mnist()"],
    "python -c pass": [sys.executable, "-c", "pass"],
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    figures = {}
    for name, command in COMMANDS.items():
        seconds(command)  # warms the file cache
        times = [seconds(command) for _ in range(RUNS)]
        figures[name] = {"median_s": statistics.median(times), "min_s": min(times), "max_s": max(times), "n": RUNS}
        print(f"{name:24} median {statistics.median(times):.3f} s, {min(times):.3f} to {max(times):.3f}, n = {RUNS}")
    save("startup", figures)


if __name__ == "__main__":
    main()
