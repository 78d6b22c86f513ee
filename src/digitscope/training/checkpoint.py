"""A run between two epochs: all that the next epoch depends on, in one file that is written whole."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitscope.errors import RunError
from digitscope.files import write_whole
from digitscope.training.recipes import Recipe

if TYPE_CHECKING:
    import keras

History = dict[str, list[float]]  # one entry per epoch
Identity = dict[str, Any]  # recipe, seed, held_out, learned_from: what decides the weights


def save(path: Path, model: "keras.Model", identity: Identity, history: History) -> None:
    """Write all that the next epoch depends on, whole or not at all."""
    arrays = {f"{i:03}": np.asarray(variable.numpy()) for i, variable in enumerate(_state(model))}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, record=np.array(json.dumps({**identity, "history": history})), **arrays)
    write_whole(path, content.getvalue())


def empty() -> History:
    """The history of no epochs."""
    return {"loss": [], "seconds": []}


def restore(path: Path, model: "keras.Model", identity: Identity) -> History:
    """The state of the last finished epoch, put back into `model`; an empty history when there is none.

    Raises:
        RunError: the checkpoint is damaged, or another run's.
    """
    if not path.exists():
        return empty()
    state = _state(model)
    try:
        with np.load(path, allow_pickle=False) as saved:
            record = json.loads(str(saved["record"]))
            check_identity(path.parent, record, identity)
            values = [saved[f"{i:03}"] for i in range(len(state))]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"The checkpoint is damaged ({error}), and the run cannot go on from it. Train it again from the start by "
            f"force. Received: path={str(path)!r}"
        ) from error
    for variable, value in zip(state, values, strict=True):
        variable.assign(value)
    return dict(record["history"])


def _state(model: "keras.Model") -> list[Any]:
    """Weights, the random states of dropout and the like, and the optimizer's own variables, step counter included."""
    return [*model.variables, *model.optimizer.variables]


def check_identity(folder: Path, record: Mapping[str, Any], identity: Identity) -> None:
    """Raise RunError where the run in `folder` was decided by something else than this one."""
    recipe = Recipe.from_dict(record["recipe"]).to_dict()  # with today's fields
    theirs, ours = {**record, **recipe}, {**identity, **identity["recipe"]}
    names = [*identity["recipe"], "seed", "held_out", "learned_from"]
    differing = [
        f"{name}={ours[name]!r} (there: {theirs.get(name)!r})" for name in names if theirs.get(name) != ours[name]
    ]
    if differing:
        raise RunError(
            f"The folder holds another run than the one to resume. Expected the same recipe and seed; run "
            f"without resuming to replace it, or choose another folder. "
            f"Received: {', '.join(differing)}, folder={str(folder)!r}"
        )
