"""Scenes on disk: `stored_scenes(folder, split, pens, count=16_000, ..., seed=0)`.

Pixels are mapped from the disk: all processes share them.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.synthesis.pools import Pool
from digitscope.synthesis.scenes import make_scene
from digitscope.synthesis.tiles import Scene
from digitscope.synthesis.trajectories import Pens
from digitscope.training.parts import made_parts

PART = 50  # scenes to a file


def stored_scenes(folder: Path, split: Split, pens: Pens | None, *, count: int, **choices: Any) -> list[Scene]:
    """So many scenes, from `folder` as far as they are there and made now as far as they are not.

    `choices` are those of `made_parts`: what the pool is made of, and the seed.
    """
    parts = made_parts(folder, split, pens, kinds={"scenes": count}, size=PART, make=make_scenes, **choices)
    return [scene for path in parts for scene in _load(path)]


def make_scenes(pool: Pool, seed: int, numbers: range, path: Path) -> None:
    """Write the scenes of these numbers: pixels one after the other in .npy, all else in .npz, which comes last."""
    made = [make_scene(pool, np.random.default_rng([seed, 1, number])) for number in numbers]
    pixels = np.concatenate([scene.strength.ravel() for scene in made])
    write_whole(path.with_suffix(".npy"), partial(np.save, arr=pixels))
    content: dict[str, Any] = {
        "shapes": np.array([scene.strength.shape for scene in made]),
        "digits": np.array([len(scene.boxes) for scene in made]),
        "boxes": np.concatenate([scene.boxes for scene in made]),
        "values": np.concatenate([scene.values for scene in made]),
        "whole": np.concatenate([scene.whole for scene in made]),
        "marks": np.array([len(scene.others) for scene in made]),
        "others": np.concatenate([scene.others for scene in made]),
    }
    write_whole(path, lambda file: np.savez(file, **content))


def _load(path: Path) -> list[Scene]:
    pixels = np.load(path.with_suffix(".npy"), mmap_mode="r")
    with np.load(path) as kept:
        shapes, digits = kept["shapes"], kept["digits"]
        boxes, values, whole = (np.split(kept[name], np.cumsum(digits)[:-1]) for name in ("boxes", "values", "whole"))
        others = np.split(kept["others"], np.cumsum(kept["marks"])[:-1])
    strengths = np.split(pixels, np.cumsum(shapes.prod(axis=1))[:-1])
    return [
        Scene(np.asarray(strength).reshape(shape), *rest)
        for strength, shape, *rest in zip(strengths, shapes, boxes, values, whole, others, strict=True)
    ]
