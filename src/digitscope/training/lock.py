"""Keeps two trainings out of one folder: `with locked(folder): ...`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from digitscope.errors import MissingExtraError, RunError


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's folder, which need not exist yet. A process that ends, however it ends, lets go of it.

    Raises:
        RunError: another process holds it.
        MissingExtraError: the train extra is not installed.
    """
    try:
        import filelock
    except ImportError as error:
        raise MissingExtraError("Training networks", "train") from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.parent / f".{folder.name}.lock", timeout=0)  # beside it: a run's folder is replaced
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RunError(
            f"Another process is training into this folder. Expected a folder of its own for each run: wait, or choose "
            f"another folder, name or seed. Received: folder={str(folder)!r}"
        ) from None
    try:
        yield
    finally:
        lock.release()
