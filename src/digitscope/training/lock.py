"""Keeps two trainings out of one folder: `with locked(folder): ...`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from digitscope.errors import MissingExtraError, RunError
from digitscope.files import held


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's folder, which need not exist yet. A process that ends, however it ends, lets go of it.

    Raises:
        RunError: another process holds it.
        MissingExtraError: the train extra is not installed.
    """
    try:
        import filelock  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Training networks", "train") from error
    folder.parent.mkdir(parents=True, exist_ok=True)

    def refusal() -> RunError:
        return RunError(
            f"Another process is training into this folder. Expected a folder of its own for each run: wait, or choose "
            f"another folder, name or seed. Received: folder={str(folder)!r}"
        )

    with held(folder.parent / f".{folder.name}.lock", refusal):  # beside it: a run's folder is replaced
        yield
