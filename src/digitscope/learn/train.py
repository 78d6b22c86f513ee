"""One training run, in run order: data, network, fit, checkpoint, record.

    run = train("cnn", seed=0)          # runs/cnn-0/ holds model.keras, model.onnx, run.json
    run = train("cnn", seed=0, resume=True)     # after a kill: the very weights of the uninterrupted run

An epoch is a pure function of the weights, the optimizer's state, the seed and its own number; a checkpoint, written
whole after each, holds all of these. TensorFlow on CPU repeats itself to the bit without op determinism: measured on
the reference pair, in one process and across processes (LOG.md).
"""

import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from digitscope.errors import RunError, UsageError, unknown
from digitscope.files import write_whole
from digitscope.learn import backend, environment
from digitscope.learn.data import SOURCES
from digitscope.learn.recipes import Recipe, named
from digitscope.learn.run import Run
from digitscope.learn.statistics import share
from digitscope.learn.trajectories import Pens
from digitscope.mnist import MNIST, Split, load_mnist
from digitscope.modelfile import rejection

if TYPE_CHECKING:
    import keras

History = dict[str, list[float]]  # an entry an epoch
Identity = dict[str, Any]  # recipe, seed, held_out: what decides the weights

REJECTED = 0.005  # of the held-out digits, at the threshold that a held-out run proposes


class Progress(NamedTuple):
    """How far a run is: told to `train`'s `progress` after each step."""

    name: str
    seed: int
    epoch: int  # from 0
    epochs: int
    step: int  # steps done in this epoch
    steps: int
    accuracy: float  # the epoch's running mean
    held_out: bool


def train(
    recipe: str | Recipe,
    *,
    seed: int = 0,
    out: str | os.PathLike[str] = "runs",
    resume: bool = False,
    held_out: bool = False,
    data: MNIST | None = None,
    pens: Pens | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Train one network and record the run in `out`/<name>-<seed>.

    Args:
        recipe: a recipe's name, or a recipe.
        seed: decides the first weights and each epoch's order, 0 to 2³² − 1.
        out: the folder that holds the run's folder.
        resume: go on after the last finished epoch of this very run; one that is finished is loaded. Without it, what
            the folder holds is replaced.
        held_out: train on the first 55,000 images and measure on the last 5,000 after each epoch; the test images are
            not read.
        data: MNIST, when it is loaded already.
        pens: what `load_trajectories` gave, for recipes that learn from glyphs: a third of them are written by pen.
        progress: called after each step.

    Raises:
        UsageError: there is no such recipe, network, data source or seed.
        RunError: the run's folder cannot be written, or holds another run than the one to resume.
        MissingExtraError: the learn extra is not installed.

    >>> train("cnn", seed=0).evaluate().accuracy
    """
    recipe = named(recipe) if isinstance(recipe, str) else recipe
    if recipe.data not in SOURCES:
        raise unknown("data", recipe.data, SOURCES)
    if not 0 <= seed < 2**32:
        raise UsageError(f"The seed is out of range. Expected 0 to 4294967295. Received: seed={seed!r}")
    folder = Path(out) / f"{recipe.name}-{seed}"
    pens = pens if recipe.data == "glyphs" else None
    identity: Identity = {"recipe": recipe.to_dict(), "seed": seed, "held_out": held_out}
    if pens:
        identity["handwriting"] = pens.checksums
    if not resume:
        backend.load()  # a machine that cannot train says so before an earlier run is removed
    try:
        if finished := _prepare(folder, identity, resume=resume):
            return finished
        keras = backend.load()
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # what cannot be written is said now, not after the first epoch
        data = data or load_mnist()
        split = data.train_55000 if held_out else data.train
        model = compiled(keras, recipe, seed, images=len(split.labels))
        history = _restore(folder / "checkpoint.npz", model, identity)
        for epoch in range(len(history["accuracy"]), recipe.epochs):
            _fit_epoch(keras, model, recipe, split, epoch, identity, history, pens, progress)
            if held_out:
                _measure_held_out(model, data.held_out, recipe, history)
            _checkpoint(folder / "checkpoint.npz", model, identity, history)
        return _finish(keras, folder, model, recipe, data, history, identity)
    except OSError as error:
        raise RunError(
            f"The run's folder cannot be written: {error.strerror}. What was finished is kept; make room and "
            f"resume. Received: folder={str(folder)!r}"
        ) from error


def _prepare(folder: Path, identity: Identity, *, resume: bool) -> Run | None:
    """The folder cleared for this run, or the run itself when it is finished already."""
    for stray in folder.glob(".*.tmp"):  # what a kill during a write leaves behind
        stray.unlink(missing_ok=True)
    if resume and (folder / "run.json").exists():
        run = Run.load(folder)
        _check_identity(folder, run.record, identity)
        return run
    if not resume:
        for name in ("run.json", "model.onnx", "model.keras", "checkpoint.npz"):
            (folder / name).unlink(missing_ok=True)
    return None


def compiled(keras: Any, recipe: Recipe, seed: int, *, images: int) -> "keras.Sequential":
    """The recipe's network with the seed's first weights, ready to fit."""
    from digitscope.learn import networks  # imports Keras, which must come quietly, through backend

    keras.backend.clear_session()  # the graphs of an earlier run in this process
    keras.utils.set_random_seed(seed)
    model = networks.build(recipe.network)
    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        steps = recipe.epochs * -(-images // recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    optimizer = keras.optimizers.get({"class_name": recipe.optimizer, "config": {"learning_rate": rate}})
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    optimizer.build(model.trainable_variables)  # its state exists from now on, to be saved and restored
    return model


def _fit_epoch(
    keras: Any,
    model: "keras.Sequential",
    recipe: Recipe,
    split: Split,
    epoch: int,
    identity: Identity,
    history: History,
    pens: Pens | None,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Fit one epoch and append it to `history`."""
    start = time.perf_counter()
    seed = identity["seed"]

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        """Pixels become floats a batch at a time: as quick as whole arrays, in a third of the memory."""

        def __init__(self, split: Split) -> None:
            super().__init__()
            self.split = split

        def __len__(self) -> int:
            return -(-len(self.split.labels) // recipe.batch_size)

        def __getitem__(self, step: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
            part = slice(step * recipe.batch_size, (step + 1) * recipe.batch_size)
            images, labels = self.split
            return network_input(images[part], model), one_hot(labels[part], recipe.classes)

    batches = Batches(SOURCES[recipe.data](split, seed=seed, epoch=epoch, pens=pens))
    steps = len(batches)

    def tell(step: int, logs: Mapping[str, float] | None) -> None:
        if progress is not None:
            accuracy = float((logs or {}).get("accuracy", 0.0))
            progress(Progress(recipe.name, seed, epoch, recipe.epochs, step + 1, steps, accuracy, identity["held_out"]))

    callbacks = [keras.callbacks.LambdaCallback(on_train_batch_end=tell)]
    logs = model.fit(batches, shuffle=False, verbose=0, callbacks=callbacks).history
    del batches.split  # TensorFlow keeps every feed it has had, and this one would keep its epoch's images
    history["accuracy"].append(float(logs["accuracy"][0]))
    history["loss"].append(float(logs["loss"][0]))
    history["seconds"].append(time.perf_counter() - start)


def network_input(images: npt.NDArray[np.uint8], model: "keras.Sequential") -> npt.NDArray[np.float32]:
    """Pixels / 255 in the shape that the network takes: float32 [N, 784] or [N, 28, 28, 1]."""
    return np.divide(images, 255, dtype=np.float32).reshape(-1, *model.input_shape[1:])


def one_hot(labels: npt.NDArray[np.uint8], classes: int) -> npt.NDArray[np.float32]:
    """float32 [N, classes], 1 at each label."""
    return np.eye(classes, dtype=np.float32)[labels]


def _measure_held_out(model: "keras.Sequential", split: Split, recipe: Recipe, history: History) -> None:
    truth = one_hot(split.labels, recipe.classes)
    loss, accuracy = model.evaluate(network_input(split.images, model), truth, batch_size=500, verbose=0)
    history.setdefault("held_out_accuracy", []).append(float(accuracy))
    history.setdefault("held_out_loss", []).append(float(loss))


def _checkpoint(path: Path, model: "keras.Sequential", identity: Identity, history: History) -> None:
    """Write all that the next epoch depends on, whole or not at all."""
    arrays = {f"{i:03}": np.asarray(variable.numpy()) for i, variable in enumerate(_state(model))}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, record=np.array(json.dumps({**identity, "history": history})), **arrays)
    write_whole(path, content.getvalue())


def _restore(path: Path, model: "keras.Sequential", identity: Identity) -> History:
    """The state of the last finished epoch, put back into `model`; an empty history when there is none."""
    if not path.exists():
        return {"accuracy": [], "loss": [], "seconds": []}
    with np.load(path, allow_pickle=False) as saved:
        record = json.loads(str(saved["record"]))
        _check_identity(path.parent, record, identity)
        for i, variable in enumerate(_state(model)):
            variable.assign(saved[f"{i:03}"])
    return dict(record["history"])


def _state(model: "keras.Sequential") -> list[Any]:
    """Weights, the random states of dropout and the like, and the optimizer's own variables, step counter included."""
    return [*model.variables, *model.optimizer.variables]


def _check_identity(folder: Path, record: Mapping[str, Any], identity: Identity) -> None:
    theirs, ours = {**record, **record["recipe"]}, {**identity, **identity["recipe"]}
    names = [*identity["recipe"], "seed", "held_out", "handwriting"]
    differing = [
        f"{name}={ours.get(name)!r} (there: {theirs.get(name)!r})"
        for name in names
        if theirs.get(name) != ours.get(name)
    ]
    if differing:
        raise RunError(
            f"The folder holds another run than the one to resume. Expected the same recipe and seed; run "
            f"without resuming to replace it, or choose another folder. "
            f"Received: {', '.join(differing)}, folder={str(folder)!r}"
        )


def _finish(
    keras: Any,
    folder: Path,
    model: "keras.Sequential",
    recipe: Recipe,
    data: MNIST,
    history: History,
    identity: Identity,
) -> Run:
    """Measure the finished network and write the run's files; run.json comes last and says that all is there."""
    from digitscope.learn import export

    parts = {"train": data.train, "test": data.test}
    if identity["held_out"]:
        parts = {"train": data.train_55000, "held_out": data.held_out}
    graph = export.Graph.of(model)
    metrics: dict[str, Any] = {"train_running": {"value": history["accuracy"][-1]}}
    for part, (images, labels) in parts.items():
        probabilities = graph.probabilities(images)
        right = probabilities[:, :10].argmax(axis=1) == labels
        metrics[part] = share(right.sum(), len(right)).to_dict()
        if part == "held_out":
            metrics["threshold"] = {"value": float(np.quantile(rejection(probabilities), 1 - REJECTED))}
    record = {
        "name": recipe.name,
        **identity,
        "versions": environment.versions(),
        "backend": keras.backend.backend(),
        "machine": environment.machine(),
        "mnist": data.to_json()["files"],
        "history": history,
        "metrics": metrics,
    }
    write_whole(folder / "model.keras", _saved(model))
    graph.save(folder / "model.onnx", record)
    write_whole(folder / "run.json", (json.dumps(record, indent=1) + "\n").encode())
    (folder / "checkpoint.npz").unlink(missing_ok=True)
    return Run.load(folder)


def _saved(model: "keras.Sequential") -> bytes:
    """The model in Keras's own form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
