"""What every published figure is saved with: the machine, the date, the commit, the weights.

save("pages", figures, weights=("reader", "detector"))
"""

import datetime
import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnx
from onnx import numpy_helper

from digitscope import models

RESULTS = Path(__file__).resolve().parent / "results"
QUIET = 0.5  # processes beside this one that run or wait for a core, on average
READS_PAGES = ("reader", "detector", "decision")  # the shipped weights behind `digitscope.read`


def save(name: str, figures: dict[str, Any], *, weights: Iterable[str] = (), data: str = "") -> None:
    """Write benchmarks/results/NAME.json: `figures`, each with its n and spread, and how they were measured.

    `weights` names the shipped model files whose weights the figures depend on; the result records their checksums.
    `data` is the checksum of what users supply themselves, where they do.
    """
    RESULTS.mkdir(exist_ok=True)
    checksums = {model: checksum(models.WEIGHTS / f"{model}.onnx") for model in weights}
    depends = {"weights": checksums, "data": data}
    record = {**circumstances(), **{key: value for key, value in depends.items() if value}, "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


def quiet(seconds: float = 2.0) -> bool:
    """Whether the machine's cores are free now, but for this process: only then do times mean something.

    Looks at how many processes run or wait for a core, ten times a second; unlike the load average, it does not
    remember the last minutes.
    """
    running = []
    for _ in range(round(10 * seconds)):
        time.sleep(0.1)
        state = Path("/proc/stat").read_text() if Path("/proc/stat").exists() else "procs_running 1"
        running.append(int(state.partition("procs_running ")[2].split()[0]) - 1)
    return sum(running) / len(running) < QUIET


def checksum(path: Path) -> str:
    """SHA-256 over the initializers' names and values, in the order of their names: metadata does not change it."""
    digest = hashlib.sha256()
    for tensor in sorted(onnx.load(path).graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode())
        digest.update(numpy_helper.to_array(tensor).tobytes())
    return digest.hexdigest()


def circumstances() -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _output("git", "rev-parse", "--short", "HEAD") or "unknown",
        "machine": {
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
