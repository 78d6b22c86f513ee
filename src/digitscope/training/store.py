"""Samples' raw material made once by all cores and kept on disk: scenes for tiles, cut-outs for glyphs.

What has number n is decided by the digits, the pens, the seed and n. Arrays are mapped from the disk: all processes
share them.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digitscope import models
from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.synthesis.cutouts import Cutouts, cutouts
from digitscope.synthesis.nondigits import Shares
from digitscope.synthesis.pools import Pool, make_pool
from digitscope.synthesis.scenes import make_scene
from digitscope.synthesis.tiles import Scene
from digitscope.synthesis.trajectories import Pens
from digitscope.training import environment
from digitscope.training.feed import begin_worker

PART = 50  # scenes or pages to a file

Arrays = dict[str, npt.NDArray[Any]]
Make = Callable[[Pool, Sequence[np.random.Generator]], Arrays]


def stored_scenes(folder: Path, split: Split, pens: Pens | None, *, count: int, **pool: Any) -> list[Scene]:
    """So many scenes; `pool` are the arguments of `pools.make_pool`, the seed among them."""
    parts = _stored(folder, split, pens, make=_scenes, count=count, pool=pool)
    return [scene for arrays in parts for scene in _scenes_of(arrays)]


def stored_cutouts(folder: Path, split: Split, pens: Pens | None, *, pages: int, **pool: Any) -> list[Cutouts]:
    """The cut-outs of so many pages, a file's together; `pool` as for scenes."""
    detector = models.load("detector", kind="detector").checksum
    parts = _stored(folder, split, pens, make=_cutouts, count=pages, pool=pool, also={"detector": detector})
    return [Cutouts(**arrays) for arrays in parts]


def _stored(
    folder: Path,
    split: Split,
    pens: Pens | None,
    *,
    make: Make,
    count: int,
    pool: Mapping[str, Any],
    also: Mapping[str, str] | None = None,
) -> list[Arrays]:
    """The arrays of each part, from `folder` as far as they are there and made now as far as they are not."""
    digest = hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()
    decides = json.dumps(
        {
            "mnist": digest,
            "handwriting": pens and pens.checksums,
            "writers": pens and sorted(set(pens.digits.writers.tolist())),
            "count": count,
            **{name: asdict(value) if isinstance(value, Shares) else value for name, value in pool.items()},
            **(also or {}),
        }
    )
    record = folder / "made.json"
    if not record.exists() or record.read_text() != decides:
        shutil.rmtree(folder, ignore_errors=True)
        write_whole(record, decides.encode())
    parts = [range(first, min(first + PART, count)) for first in range(0, count, PART)]
    missing = [part for part in parts if not _path(folder, part).exists()]
    if missing:
        workers = min(len(missing), environment.cores())
        drawn_from = make_pool(split, pens, **pool)
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (drawn_from,)) as processes:
            for _ in processes.map(partial(_make, folder, pool["seed"], make), missing):
                pass
    return [_load(folder, part) for part in parts]


_pool: Pool | None = None


def _begin(pool: Pool) -> None:
    """Prepare a process that makes scenes or cut-outs."""
    global _pool
    begin_worker()
    _pool = pool


def _path(folder: Path, part: range) -> Path:
    """The file that is written last of a part's: its small arrays."""
    return folder / f"{part.start:06}.npz"


def _make(folder: Path, seed: int, make: Make, part: range) -> None:
    """Write the arrays of these numbers: each large one into a file that can be mapped, the rest into one at last."""
    assert _pool is not None
    arrays = make(_pool, [np.random.default_rng([seed, 1, number]) for number in part])
    path = _path(folder, part)
    for name in LARGE & arrays.keys():
        write_whole(path.with_suffix(f".{name}.npy"), partial(np.save, arr=arrays.pop(name)))
    small: dict[str, Any] = arrays
    write_whole(path, lambda file: np.savez(file, **small))


def _load(folder: Path, part: range) -> Arrays:
    path = _path(folder, part)
    mapped = {file.suffixes[-2][1:]: np.load(file, mmap_mode="r") for file in folder.glob(f"{path.stem}.*.npy")}
    with np.load(path) as small:
        return {**mapped, **small}


LARGE = {"pixels", "images", "surroundings"}


def _scenes(pool: Pool, rngs: Sequence[np.random.Generator]) -> Arrays:
    made = [make_scene(pool, rng) for rng in rngs]
    return {
        "pixels": np.concatenate([scene.strength.ravel() for scene in made]),
        "shapes": np.array([scene.strength.shape for scene in made]),
        "digits": np.array([len(scene.boxes) for scene in made]),
        "boxes": np.concatenate([scene.boxes for scene in made]),
        "values": np.concatenate([scene.values for scene in made]),
        "whole": np.concatenate([scene.whole for scene in made]),
        "marks": np.array([len(scene.others) for scene in made]),
        "others": np.concatenate([scene.others for scene in made]),
    }


def _scenes_of(kept: Arrays) -> list[Scene]:
    """The inverse of `_scenes`."""
    shapes = kept["shapes"]
    of_digits = np.cumsum(kept["digits"])[:-1]
    boxes, values, whole = (np.split(kept[name], of_digits) for name in ("boxes", "values", "whole"))
    others = np.split(kept["others"], np.cumsum(kept["marks"])[:-1])
    strengths = np.split(kept["pixels"], np.cumsum(shapes.prod(axis=1))[:-1])
    return [
        Scene(np.asarray(strength).reshape(shape), *rest)
        for strength, shape, *rest in zip(strengths, shapes, boxes, values, whole, others, strict=True)
    ]


def _cutouts(pool: Pool, rngs: Sequence[np.random.Generator]) -> Arrays:
    made = [cutouts(pool, rng) for rng in rngs]
    return {name: np.concatenate([getattr(each, name) for each in made]) for name in Cutouts._fields}
