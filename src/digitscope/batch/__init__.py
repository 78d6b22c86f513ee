"""Any number of images read into a Parquet data set, with flat memory and exact resumption.

`batch` runs it; listing finds the files, archives opens those that hold many images, work reads one, schema says what a
row is, output owns the folder, local reads with the cores of this machine, and cluster with Ray.

The names below are loaded when they are first used: processes that read images need no pyarrow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitscope.batch.batch import BatchProgress as BatchProgress
    from digitscope.batch.batch import Summary as Summary
    from digitscope.batch.batch import read_into as read_into

__all__ = ["BatchProgress", "Summary", "read_into"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'digitscope.batch' has no attribute {name!r}")
    return getattr(importlib.import_module("digitscope.batch.batch"), name)
