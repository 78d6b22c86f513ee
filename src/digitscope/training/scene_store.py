"""Scenes made once by all cores and kept on disk: `stored_scenes(folder, split, count=16_000, ..., seed=0)`.

Scene n is decided by the digits, the seed and n. Pixels are mapped from the disk, so that all processes share them.
"""

import hashlib
import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.synthesis.nondigits import Shares
from digitscope.synthesis.scenes import Scene, make_scene, pool
from digitscope.training import environment
from digitscope.training.feed import begin_worker

PART = 50  # scenes to a file


def stored_scenes(folder: Path, split: Split, *, count: int, nondigits: int, shares: Shares, seed: int) -> list[Scene]:
    """The scenes, from `folder` as far as they are there and made now as far as they are not."""
    digest = hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()
    decides = json.dumps(
        {"digits": digest, "count": count, "nondigits": nondigits, "shares": asdict(shares), "seed": seed}
    )
    record = folder / "scenes.json"
    if not record.exists() or record.read_text() != decides:
        shutil.rmtree(folder, ignore_errors=True)
        write_whole(record, decides.encode())
    parts = [range(first, min(first + PART, count)) for first in range(0, count, PART)]
    missing = [part for part in parts if not _path(folder, part).with_suffix(".npz").exists()]
    if missing:
        written_with = folder / "pool.npz"
        if not written_with.exists():
            images, labels = pool(split, seed=seed, nondigits=nondigits, shares=shares)
            write_whole(written_with, partial(np.savez, images=images, labels=labels))
        workers = min(len(missing), environment.cores())
        with ProcessPoolExecutor(workers, get_context("spawn"), begin_worker) as processes:
            for _ in processes.map(partial(_make, folder, seed), missing):
                pass
    return [scene for part in parts for scene in _load(folder, part)]


def _path(folder: Path, part: range) -> Path:
    return folder / f"{part.start:06}"


def _make(folder: Path, seed: int, part: range) -> None:
    """Write the scenes of these numbers: pixels one after the other in .npy, all else in .npz, which comes last."""
    with np.load(folder / "pool.npz") as kept:
        images, labels = kept["images"], kept["labels"]
    made = [make_scene(images, labels, np.random.default_rng([seed, 1, number])) for number in part]
    pixels = np.concatenate([scene.strength.ravel() for scene in made])
    write_whole(_path(folder, part).with_suffix(".npy"), partial(np.save, arr=pixels))
    content: dict[str, Any] = {
        "shapes": np.array([scene.strength.shape for scene in made]),
        "digits": np.array([len(scene.boxes) for scene in made]),
        "boxes": np.concatenate([scene.boxes for scene in made]),
        "values": np.concatenate([scene.values for scene in made]),
        "whole": np.concatenate([scene.whole for scene in made]),
    }
    write_whole(_path(folder, part).with_suffix(".npz"), lambda file: np.savez(file, **content))


def _load(folder: Path, part: range) -> list[Scene]:
    pixels = np.load(_path(folder, part).with_suffix(".npy"), mmap_mode="r")
    with np.load(_path(folder, part).with_suffix(".npz")) as kept:
        shapes, digits = kept["shapes"], kept["digits"]
        boxes, values, whole = (np.split(kept[name], np.cumsum(digits)[:-1]) for name in ("boxes", "values", "whole"))
    strengths = np.split(pixels, np.cumsum(shapes.prod(axis=1))[:-1])
    return [
        Scene(np.asarray(strength).reshape(shape), *rest)
        for strength, shape, *rest in zip(strengths, shapes, boxes, values, whole, strict=True)
    ]
