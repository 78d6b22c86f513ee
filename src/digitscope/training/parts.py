"""What is made of pages, made once by all cores and kept on disk: `made_parts(folder, split, pens, ..., make=make)`.

Item n is decided by the digits, the pens, the seed and n.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from digitscope.files import write_whole
from digitscope.mnist import Split
from digitscope.reading.pool import cores
from digitscope.synthesis.nondigits import Shares
from digitscope.synthesis.pools import Pool, make_pool
from digitscope.synthesis.trajectories import Pens
from digitscope.training.feed import begin_worker

Make = Callable[[Pool, int, range, Path], None]


def made_parts(
    folder: Path,
    split: Split,
    pens: Pens | None,
    *,
    kinds: Mapping[str, int],
    size: int,
    digits: int,
    by_pen: float,
    nondigits: int,
    shares: Shares,
    seed: int,
    make: Make,
) -> list[Path]:
    """The .npz files of all parts, made now as far as they are not in `folder`.

    There are so many items of each of these `kinds`, one kind after the other, `size` to a part. `make`, which is given
    the pool, the seed, the part's numbers and its path, writes a part, its .npz last. All else decides the pool that
    pages are composed of: see `pools.make_pool`.
    """
    digest = hashlib.sha256(split.images.tobytes() + split.labels.tobytes()).hexdigest()
    of_pool = {"digits": digits, "by_pen": by_pen, "nondigits": nondigits, "seed": seed}
    decides = json.dumps(
        {
            "mnist": digest,
            "handwriting": pens and pens.checksums,
            "writers": pens and sorted(set(pens.digits.writers.tolist())),
            **kinds,
            "shares": asdict(shares),
            **of_pool,
        }
    )
    record = folder / "made.json"
    if not record.exists() or record.read_text() != decides:
        shutil.rmtree(folder, ignore_errors=True)
        write_whole(record, decides.encode())
    count = sum(kinds.values())
    parts = {folder / f"{first:06}.npz": range(first, min(first + size, count)) for first in range(0, count, size)}
    missing = {path: part for path, part in parts.items() if not path.exists()}
    if missing:
        pool = make_pool(split, pens, seed=seed, digits=digits, by_pen=by_pen, nondigits=nondigits, shares=shares)
        workers = min(len(missing), cores())
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (pool,)) as processes:
            for _ in processes.map(partial(_make, make, seed), missing.values(), missing):
                pass
    return list(parts)


_pool: Pool | None = None


def _begin(pool: Pool) -> None:
    """Prepare a process that makes parts."""
    global _pool
    begin_worker()
    _pool = pool


def _make(make: Make, seed: int, numbers: range, path: Path) -> None:
    assert _pool is not None
    make(_pool, seed, numbers, path)
