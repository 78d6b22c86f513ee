"""Scenes made once by all cores and kept on disk: `stored_scenes(folder, split, pens, count=16_000, ..., seed=0)`.

Scene n is decided by the digits, the pens, the seed and n. Pixels are mapped from the disk: all processes share them.
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
from digitscope.reading.pool import cores
from digitscope.synthesis.nondigits import Shares
from digitscope.synthesis.pools import Pool, make_pool
from digitscope.synthesis.scenes import make_scene
from digitscope.synthesis.tiles import Scene
from digitscope.synthesis.trajectories import Pens
from digitscope.training.feed import begin_worker

PART = 50  # scenes to a file


def stored_scenes(
    folder: Path,
    split: Split,
    pens: Pens | None,
    *,
    count: int,
    digits: int,
    by_pen: float,
    nondigits: int,
    shares: Shares,
    seed: int,
) -> list[Scene]:
    """The scenes, from `folder` as far as they are there and made now as far as they are not.

    `count` is that of the scenes; what else decides them is described at `pools.make_pool`.
    """
    digest = hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()
    of_pool = {"digits": digits, "by_pen": by_pen, "nondigits": nondigits, "seed": seed}
    decides = json.dumps(
        {
            "mnist": digest,
            "handwriting": pens and pens.checksums,
            "writers": pens and sorted(set(pens.digits.writers.tolist())),
            "count": count,
            "shares": asdict(shares),
            **of_pool,
        }
    )
    record = folder / "scenes.json"
    if not record.exists() or record.read_text() != decides:
        shutil.rmtree(folder, ignore_errors=True)
        write_whole(record, decides.encode())
    parts = [range(first, min(first + PART, count)) for first in range(0, count, PART)]
    missing = [part for part in parts if not _path(folder, part).with_suffix(".npz").exists()]
    if missing:
        pool = make_pool(split, pens, seed=seed, digits=digits, by_pen=by_pen, nondigits=nondigits, shares=shares)
        workers = min(len(missing), cores())
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (pool,)) as processes:
            for _ in processes.map(partial(_make, folder, seed), missing):
                pass
    return [scene for part in parts for scene in _load(folder, part)]


_pool: Pool | None = None


def _begin(pool: Pool) -> None:
    """Prepare a process that makes scenes."""
    global _pool
    begin_worker()
    _pool = pool


def _path(folder: Path, part: range) -> Path:
    return folder / f"{part.start:06}"


def _make(folder: Path, seed: int, part: range) -> None:
    """Write the scenes of these numbers: pixels one after the other in .npy, all else in .npz, which comes last."""
    assert _pool is not None
    made = [make_scene(_pool, np.random.default_rng([seed, 1, number])) for number in part]
    pixels = np.concatenate([scene.strength.ravel() for scene in made])
    write_whole(_path(folder, part).with_suffix(".npy"), partial(np.save, arr=pixels))
    content: dict[str, Any] = {
        "shapes": np.array([scene.strength.shape for scene in made]),
        "digits": np.array([len(scene.boxes) for scene in made]),
        "boxes": np.concatenate([scene.boxes for scene in made]),
        "values": np.concatenate([scene.values for scene in made]),
        "whole": np.concatenate([scene.whole for scene in made]),
        "marks": np.array([len(scene.others) for scene in made]),
        "others": np.concatenate([scene.others for scene in made]),
    }
    write_whole(_path(folder, part).with_suffix(".npz"), lambda file: np.savez(file, **content))


def _load(folder: Path, part: range) -> list[Scene]:
    pixels = np.load(_path(folder, part).with_suffix(".npy"), mmap_mode="r")
    with np.load(_path(folder, part).with_suffix(".npz")) as kept:
        shapes, digits = kept["shapes"], kept["digits"]
        boxes, values, whole = (np.split(kept[name], np.cumsum(digits)[:-1]) for name in ("boxes", "values", "whole"))
        others = np.split(kept["others"], np.cumsum(kept["marks"])[:-1])
    strengths = np.split(pixels, np.cumsum(shapes.prod(axis=1))[:-1])
    return [
        Scene(np.asarray(strength).reshape(shape), *rest)
        for strength, shape, *rest in zip(strengths, shapes, boxes, values, whole, others, strict=True)
    ]
