"""What a run learns from beside MNIST, by checksum, and the line of model files that it goes on from."""

import hashlib
from pathlib import Path
from typing import Any

from digitscope import models
from digitscope.errors import DataError
from digitscope.synthesis import fonts
from digitscope.synthesis.trajectories import load_trajectories
from digitscope.training.data import Found, Made, Own, opened
from digitscope.training.recipes import Recipe

DESCENT = ("name", "kind", "recipe", "seed", "held_out", "versions", "learned_from", "weights_sha256")


def of(recipe: Recipe) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """`learned_from`, which decides the weights with recipe and seed; and the ancestors, the nearest first.

    Raises:
        DataError: fonts or pen trajectories are missing or damaged, or fonts are others than those declared.
        ModelFileError: the model file to go on from cannot be loaded.
    """
    learned_from: dict[str, Any] = {}
    ancestors: list[dict[str, Any]] = []
    if isinstance(recipe.data, Made) and recipe.data.nondigits:
        learned_from["judges"] = {name: models.load(name).checksum for name in ("mlp", "cnn")}
        if recipe.data.shares.printed:
            fonts.declared()  # a font that is missing is an error now
            learned_from["fonts"] = _checksum(fonts.LIST)
    if isinstance(recipe.data, Made) and recipe.data.by_pen:
        learned_from["handwriting"] = load_trajectories(recipe.data.handwriting).checksums
    if isinstance(recipe.data, Found):
        learned_from["networks"] = {name: models.load(name, kind=None).checksum for name in ("reader", "detector")}
    if isinstance(recipe.data, Own):
        taught, validation = recipe.data.splits()
        learned_from["own"] = {"images": len(taught.labels), "validation": len(validation.labels)}
        learned_from["own"] |= {"sha256": opened(recipe.data.path).checksum}
    if recipe.network.endswith(".py"):
        learned_from["network"] = _checksum(Path(recipe.network))
    if recipe.start:
        start = models.load(recipe.start, kind=recipe.kind)
        learned_from["start"] = start.checksum
        own = {key: start.metadata[key] for key in DESCENT if key in start.metadata}
        ancestors = [own, *start.metadata.get("ancestors", [])]
    return learned_from, ancestors


def _checksum(path: Path) -> str:
    """SHA-256 of a file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}. Received: path={str(path)!r}") from error
