"""One training run, in run order: data, network, fit, checkpoint, figures, record.

    run = train("cnn", seed=0)          # runs/cnn-0/ holds model.keras, model.onnx, model.md, run.json
    run = train("cnn", seed=0, resume=True)     # after a kill: the very weights of the uninterrupted run

An epoch is a pure function of the weights, the optimizer's state, the seed and its own number; a checkpoint, written
whole after each, holds all of these. TensorFlow on CPU repeats itself to the bit without op determinism: measured on
the reference pair, in one process and across processes (LOG.md).
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats
from digitscope.errors import RunError, UsageError
from digitscope.files import write_whole
from digitscope.mnist import MNIST, load_mnist
from digitscope.reading.pool import cores
from digitscope.training import backend, checkpoint, environment, provenance
from digitscope.training.checkpoint import History, Identity
from digitscope.training.feed import Feed
from digitscope.training.folder import clear, prepare
from digitscope.training.lock import locked
from digitscope.training.recipes import Recipe, named
from digitscope.training.run import Run
from digitscope.training.samples import Batch, Source
from digitscope.training.sources import SOURCES

if TYPE_CHECKING:
    import keras


RESTORED = 640  # samples that batch normalisation is unfolded on


class Progress(NamedTuple):
    """How far a run is: told to `train`'s `progress` after each step."""

    name: str
    seed: int
    epoch: int  # from 0
    epochs: int
    step: int  # steps done in this epoch
    steps: int
    accuracy: float  # the epoch's running mean; nan for what has none
    held_out: bool
    loss: float = float("nan")


def train(
    recipe: str | Recipe,
    *,
    seed: int = 0,
    out: str | os.PathLike[str] = "runs",
    resume: bool = False,
    force: bool = False,
    held_out: bool = False,
    data: MNIST | None = None,
    progress: Callable[[Progress], None] | None = None,
    workers: int | None = None,
) -> Run:
    """Train one network and record the run in `out`/<name>-<seed>.

    Args:
        recipe: a recipe's name, or a recipe.
        seed: decides the first weights and each epoch's samples, 0 to 2³² − 1.
        out: the folder that holds the run's folder.
        resume: go on after the last finished epoch of this very run; one that is finished is loaded.
        force: replace the run that the folder holds.
        held_out: train on the first 55,000 images and measure on the last 5,000 after each epoch; the test images are
            not read. What learns from made samples never sees the last 5,000.
        data: MNIST, when it is loaded already.
        progress: called after each step.
        workers: processes that make samples, one for each core unless given; 0 makes them in this one. The samples
            are the same.

    Raises:
        UsageError: there is no such recipe, network, loss or seed, or the network does not fit the recipe.
        ModelFileError: the network holds a layer that the model file has no form for.
        DataError: what the samples are made of is missing: fonts, or a file.
        RunError: the run's folder cannot be written, another process is training into it, or it holds a run that is
            neither to be replaced nor the one to resume.
        MissingExtraError: the train extra is not installed.

    >>> train("cnn", seed=0).share("test")
    """
    recipe = named(recipe) if isinstance(recipe, str) else recipe
    if not 0 <= seed < 2**32:
        raise UsageError(f"The seed is out of range. Expected 0 to 4294967295. Received: seed={seed!r}")
    folder = Path(out) / f"{recipe.name}-{seed}"
    if recipe.start and folder.resolve() in (start := Path(recipe.start).resolve(), start.parent):
        raise UsageError(
            f"A run that goes on from another is a new one, in a folder of its own. Expected another name, seed or "
            f"folder. Received: start={recipe.start!r}, folder={str(folder)!r}"
        )
    learned_from, ancestors = provenance.of(recipe)
    identity = {"recipe": recipe.to_dict(), "seed": seed, "held_out": held_out, "learned_from": learned_from}
    if not resume:
        compiled(backend.load(), recipe, seed, steps=1)  # refuse what cannot be trained before a run is removed
    try:
        with locked(folder):
            if finished := prepare(folder, identity, resume=resume, force=force):
                return finished
            keras = backend.load()
            from digitscope.training import figures

            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # a folder that cannot be written fails now, not after an epoch
            mnist = data or load_mnist()
            aside = held_out or recipe.data.made  # the last 5,000 images teach nothing
            before = figures.before(recipe, mnist, held_out=held_out)
            open_source = partial(SOURCES[recipe.data.source], batch_size=recipe.batch_size)
            split = mnist.train_55000 if aside else mnist.train
            taught = partial(open_source, recipe.data, split, seed=seed, folder=folder / "samples" / "taught")
            if workers is None:
                workers = cores() if recipe.data.made and recipe.data.source != "own" else 0
            held: list[Batch] = []
            if aside and len(mnist.held_out.labels):
                apart = folder / "samples" / "held_out"
                held_out_source = partial(
                    open_source, recipe.data.fewer(), mnist.held_out, seed=seed + 2**32, folder=apart, held_out=True
                )
                with Feed(held_out_source, workers=workers) as feed:
                    held = list(feed.epoch(0))
            with Feed(taught, workers=workers) as feed:
                model = compiled(keras, recipe, seed, steps=feed.source.steps)
                kept = folder / "checkpoint.npz"
                history = checkpoint.restore(kept, model, identity) if resume else checkpoint.empty()
                if recipe.start and not history["loss"]:
                    _start(model, recipe, feed.source)
                if not resume:
                    feed.source.batch(0, 0)  # a run is replaced only once there is something to learn from
                    clear(folder)
                for epoch in range(len(history["loss"]), recipe.epochs):
                    _fit_epoch(model, recipe, feed, epoch, identity, history, progress)
                    if held:
                        _measure_held_out(model, held, history)
                    checkpoint.save(kept, model, identity, history)
            facts = {**identity, "ancestors": ancestors}
            return _finish(keras, folder, model, recipe, mnist, held, facts, history, before)
    except BrokenProcessPool as error:
        raise RunError(
            "A process that makes samples has ended. Expected enough memory and, in a script that trains, the line "
            f'`if __name__ == "__main__":`. Received: folder={str(folder)!r}'
        ) from error
    except OSError as error:
        raise RunError(
            f"The run's folder cannot be written: {error.strerror}. What was finished is kept. Expected room and "
            f"permission to write; then resume. Received: folder={str(folder)!r}"
        ) from error


def compiled(keras: Any, recipe: Recipe, seed: int, *, steps: int) -> "keras.Model":
    """The recipe's network with the seed's first weights, ready to fit with so many steps an epoch.

    Raises:
        UsageError: there is no such network or loss, or it does not fit the recipe.
        ModelFileError: the network holds a layer that the model file has no form for.
    """
    from digitscope.training import (
        export,
        losses,
        networks,
        schedules,
    )  # they import Keras, which must come quietly, through backend

    keras.backend.clear_session()  # the graphs of an earlier run in this process
    keras.utils.set_random_seed(seed)
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy({"float32": "float32", "bfloat16": "mixed_bfloat16"}[recipe.precision])
        model = networks.build(recipe.network)
        networks.check(model, kind=recipe.kind, classes=recipe.classes)
    finally:
        keras.config.set_dtype_policy(before)
    options: dict[str, Any] = {"learning_rate": schedules.schedule(recipe, steps=recipe.epochs * steps)}
    if recipe.weight_decay or recipe.optimizer == "adamw":  # which has one of its own unless told
        options["weight_decay"] = recipe.weight_decay
    if recipe.average:
        options |= {"use_ema": True, "ema_momentum": recipe.average}
    optimizer = keras.optimizers.get({"class_name": recipe.optimizer, "config": options})
    metrics = ["accuracy"] if recipe.kind == "classifier" else []
    model.compile(
        optimizer=optimizer, loss=losses.named(recipe.loss, smoothing=recipe.label_smoothing), metrics=metrics
    )
    export.Graph.of(model, kind=recipe.kind)  # what could not be exported in the end is refused now
    optimizer.build(model.trainable_variables)  # its state exists from now on, to be saved and restored
    return model


def _start(model: "keras.Model", recipe: Recipe, source: Source) -> None:
    """Give the network the weights of the run or model file that the recipe goes on from."""
    from digitscope import models
    from digitscope.training.restore import copy, restore

    path = models.locate(recipe.start)
    if models.is_run(recipe.start):
        copy(model, path.with_name("model.keras"))
        return
    steps = min(source.steps, -(-RESTORED // recipe.batch_size))
    samples = [source.batch(recipe.epochs, step)[0] for step in range(steps)]  # of an epoch that teaches nothing
    restore(model, path, network_input(np.concatenate(samples), model))


def _fit_epoch(
    model: "keras.Model",
    recipe: Recipe,
    feed: Feed,
    epoch: int,
    identity: Identity,
    history: History,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Fit one epoch and append it to `history`."""
    began = time.perf_counter()

    def tell(step: int, means: Mapping[str, float]) -> None:
        if progress is not None:
            seed, held_out, steps = identity["seed"], identity["held_out"], feed.source.steps
            accuracy = means.get("accuracy", np.nan)
            progress(Progress(recipe.name, seed, epoch, recipe.epochs, step, steps, accuracy, held_out, means["loss"]))

    for name, value in _means(model, model.train_on_batch, feed.epoch(epoch), tell).items():
        history.setdefault(name, []).append(value)
    history["seconds"].append(time.perf_counter() - began)


def _measure_held_out(model: "keras.Model", held: Sequence[Batch], history: History) -> None:
    """Append the loss, and what else is measured, on held-out samples to `history`."""
    with _averaged(model):
        for name, value in _means(model, model.test_on_batch, held).items():
            history.setdefault(f"held_out_{name}", []).append(value)


def _means(
    model: "keras.Model",
    run: Callable[..., Mapping[str, float]],
    batches: Iterable[Batch],
    tell: Callable[[int, Mapping[str, float]], None] = lambda step, means: None,
) -> dict[str, float]:
    """Run each batch, and return the mean of what is measured over all samples; `tell` hears it after each step."""
    means: dict[str, float] = {}
    seen = 0
    for step, (x, y) in enumerate(batches, 1):
        model.reset_metrics()
        logs = run(network_input(x, model), network_target(y, model), return_dict=True)
        seen += len(x)
        for name, value in logs.items():
            before = means.get(name, 0.0)
            means[name] = before + (float(value) - before) * len(x) / seen
        tell(step, means)
    return means


def network_input(x: npt.NDArray[Any], model: "keras.Model") -> Floats:
    """What the network takes: pixels / 255, float32, in its shape; floats as they are."""
    scaled = np.divide(x, 255, dtype=np.float32) if x.dtype == np.uint8 else x
    return scaled.reshape(-1, *model.input_shape[1:])


def network_target(y: npt.NDArray[Any], model: "keras.Model") -> Floats:
    """What the network should give: labels, uint8 [N], one-hot; all else as it is."""
    return np.eye(model.output_shape[-1], dtype=np.float32)[y] if y.ndim == 1 else y


@contextlib.contextmanager
def _averaged(model: "keras.Model") -> Iterator[None]:
    """The moving average of the weights in their place, where there is one."""
    own = model.get_weights()
    if model.optimizer.use_ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    yield
    if model.optimizer.use_ema:
        model.set_weights(own)


def _finish(
    keras: Any,
    folder: Path,
    model: "keras.Model",
    recipe: Recipe,
    mnist: MNIST,
    held: Sequence[Batch],
    identity: Identity,
    history: History,
    before: Mapping[str, Any],
) -> Run:
    """Measure the finished network and write the run's files; run.json comes last and says that all is there."""
    from digitscope.training import export, figures

    if model.optimizer.use_ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    graph = export.Graph.of(model, kind=recipe.kind)
    metrics = {**before, **figures.FIGURES[recipe.kind](graph, recipe, mnist, held, held_out=identity["held_out"])}
    if "accuracy" in history:
        metrics = {"train_running": {"value": history["accuracy"][-1]}, **metrics}
    record = {
        "name": recipe.name,
        **identity,
        "versions": environment.versions(),
        "backend": keras.backend.backend(),
        "machine": environment.machine(),
        "mnist": mnist.to_json()["files"],
        "history": history,
        "metrics": metrics,
    }
    write_whole(folder / "model.keras", _saved(model))
    export.write(graph, folder / "model.onnx", record)
    write_whole(folder / "run.json", (json.dumps(record, indent=1) + "\n").encode())
    (folder / "checkpoint.npz").unlink(missing_ok=True)
    shutil.rmtree(folder / "samples", ignore_errors=True)
    return Run.load(folder)


def _saved(model: "keras.Model") -> bytes:
    """The model in Keras's own form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
