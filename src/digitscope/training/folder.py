"""A run's folder before it trains: `prepare(folder, identity, resume=False, force=False)`, then `clear(folder)`."""

import shutil
from pathlib import Path

from digitscope.errors import RunError
from digitscope.training import checkpoint
from digitscope.training.checkpoint import Identity
from digitscope.training.run import Run


def prepare(folder: Path, identity: Identity, *, resume: bool, force: bool) -> Run | None:
    """Make the folder ready for this run, or load the run itself when it is finished already.

    A run that is to be replaced stays until `clear` removes it.

    Raises:
        RunError: the folder holds a run that is neither to be replaced nor the one to resume.
    """
    held = next((name for name in ("run.json", "checkpoint.npz") if (folder / name).exists()), None)
    if held and not resume and not force:
        raise RunError(
            f"The folder holds {'a finished run' if held == 'run.json' else 'a run that was interrupted'}. "
            "Expected resume to go on with it, force to replace it, or another folder, name or seed. "
            f"Received: folder={str(folder)!r}"
        )
    for stray in folder.glob("**/.*.tmp"):  # what a kill during a write leaves behind
        stray.unlink(missing_ok=True)
    if resume and (folder / "run.json").exists():
        run = Run.load(folder)
        checkpoint.check_identity(folder, run.record, identity)
        return run
    if not resume:
        shutil.rmtree(folder / "samples", ignore_errors=True)
    return None


def clear(folder: Path) -> None:
    """Remove the run that the folder holds, if any."""
    for name in ("run.json", "model.onnx", "model.md", "model.keras", "checkpoint.npz"):
        (folder / name).unlink(missing_ok=True)
