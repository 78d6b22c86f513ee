"""What a result was made with: `machine()` and `versions()`, ready for JSON."""

import importlib.metadata
import platform
from pathlib import Path

import digitscope
from digitscope.reading.pool import cores

PACKAGES = ("numpy", "keras", "tensorflow", "tensorflow-cpu", "torch", "jax", "onnx", "onnxruntime")


def machine() -> dict[str, str | int]:
    """The processor, how many of its cores this process may use, and the system."""
    return {"processor": _processor(), "cores": cores(), "system": f"{platform.system()} {platform.machine()}"}


def versions() -> dict[str, str]:
    """The version of Python, of digitscope and of each package that a result may hang on and that is installed."""
    found = {"python": platform.python_version(), "digitscope": digitscope.__version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
