"""What every published figure is kept with: the machine, the date, the commit. `save("startup", figures)`."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def save(name: str, figures: dict[str, Any]) -> None:
    """Write benchmarks/results/NAME.json: `figures`, each with its n and spread, and what they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    record = {**circumstances(), "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


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
