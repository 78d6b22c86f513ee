"""Real training, on a few hundred images, and real processes that are killed while they train."""

import dataclasses
import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from digitscope import models
from digitscope.errors import DataError, ModelFileError, RunError, UsageError
from digitscope.mnist import MNIST
from digitscope.training import RECIPES, Run, backend, fit, train
from digitscope.training.data import Mnist
from digitscope.training.samples import Source
from digitscope.training.sources import SOURCES

keras = backend.load()

# Trains as the fixture `whole` does, and does ACTION at the moment that the test names.
PROGRAM = """
import dataclasses, os, signal, sys
from pathlib import Path
from digitscope.training import RECIPES, train
from digitscope.mnist import MNIST, load_mnist

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

m = load_mnist()
little = MNIST(m.train_images[:600], m.train_labels[:600], m.test_images[:1000], m.test_labels[:1000], source=m.source)
brief = dataclasses.replace(RECIPES["mlp"], epochs=3, batch_size=60)
progress = None
{action}
train(brief, seed=3, out=sys.argv[1], data=little, progress=progress)
"""
MOMENTS = {
    # in the middle of the second epoch
    "epoch": "progress = lambda p: kill() if (p.epoch, p.step) == (1, 5) else None",
    # the second checkpoint is written to its temporary file, but has not taken the first one's place
    "checkpoint": """
calls = []
real = os.replace
os.replace = lambda source, target: kill() if len(calls) == 1 else calls.append(real(source, target))
""",
    # the last of the run's files is about to be put into place
    "record": """
real = os.replace
os.replace = lambda source, target: kill() if Path(target).name == "run.json" else real(source, target)
""",
}


@pytest.fixture(scope="module")
def whole(little, brief, tmp_path_factory):
    """The uninterrupted run."""
    return train(brief, seed=3, out=tmp_path_factory.mktemp("whole"), data=little)


def state(run):
    """The weights and the optimizer's state."""
    model = keras.saving.load_model(run.folder / "model.keras")
    return [np.array(v.numpy()) for v in (*model.weights, *model.optimizer.variables)]


def assert_same(ours, theirs):
    for mine, other in zip(state(ours), state(theirs), strict=True):
        np.testing.assert_array_equal(mine, other)
    mine, other = ({k: v for k, v in run.history.items() if k != "seconds"} for run in (ours, theirs))
    assert mine == other


def test_a_few_hundred_images_teach_it_but_not_with_shuffled_labels(little, brief, tmp_path):
    recipe = dataclasses.replace(brief, epochs=8)
    learned = train(recipe, out=tmp_path, data=little)
    labels = np.random.default_rng(0).permutation(little.train_labels)
    mixed_up = MNIST(little.train_images, labels, little.test_images, little.test_labels, source="")
    nonsense = train(recipe, out=tmp_path / "nonsense", data=mixed_up)
    assert learned.share("test").value > 0.82
    assert nonsense.share("test").value < 0.25


def test_a_runs_folder_holds_the_model_the_model_file_and_the_record(whole):
    assert sorted(p.name for p in whole.folder.iterdir()) == ["model.keras", "model.md", "model.onnx", "run.json"]
    record = json.loads((whole.folder / "run.json").read_text())
    assert {"recipe", "seed", "versions", "backend", "machine", "history", "metrics", "mnist"} <= record.keys()
    assert len(record["history"]["accuracy"]) == 3
    assert models.load(whole.model).metadata["metrics"] == record["metrics"]


def test_a_run_is_loaded_as_it_was_recorded(whole):
    assert Run.load(whole.folder) == whole
    assert "mlp, seed 3: test accuracy" in str(whole)
    assert json.loads(whole.to_json())["seed"] == 3


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(whole, little, brief, tmp_path):
    assert_same(train(brief, seed=3, out=tmp_path, data=little), whole)
    other = train(brief, seed=4, out=tmp_path, data=little)
    assert any((a != b).any() for a, b in zip(state(other), state(whole), strict=True))


@pytest.mark.parametrize(
    "moment", ["checkpoint", *(pytest.param(m, marks=pytest.mark.slow) for m in MOMENTS if m != "checkpoint")]
)
def test_a_killed_run_resumes_to_the_very_weights(moment, whole, little, brief, tmp_path):
    program = PROGRAM.format(action=MOMENTS[moment])
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not (tmp_path / "mlp-3" / "run.json").exists()
    epochs = []
    resumed = train(
        brief, seed=3, out=tmp_path, data=little, resume=True, progress=lambda step: epochs.append(step.epoch)
    )
    finished = {"epoch": 1, "checkpoint": 1, "record": 3}[moment]
    assert sorted(set(epochs)) == list(range(finished, 3)), "no finished epoch is repeated"
    assert_same(resumed, whole)
    assert sorted(p.name for p in resumed.folder.iterdir()) == ["model.keras", "model.md", "model.onnx", "run.json"]


def test_dropout_and_a_schedule_resume_to_the_very_weights_too(little, tmp_path, monkeypatch):
    from digitscope.training import networks

    monkeypatch.setitem(
        networks.NETWORKS,
        "dropping",
        lambda: [
            keras.Input((784,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ],
    )
    recipe = dataclasses.replace(
        RECIPES["mlp"], network="dropping", optimizer="adam", schedule="cosine", epochs=3, batch_size=60
    )

    def stop(step):
        if (step.epoch, step.step) == (2, 4):
            raise KeyboardInterrupt

    whole = train(recipe, out=tmp_path / "whole", data=little)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, out=tmp_path, data=little, progress=stop)
    assert_same(train(recipe, out=tmp_path, data=little, resume=True), whole)


def test_a_finished_run_is_not_trained_again(whole, little, brief):
    stamp = (whole.folder / "model.keras").stat().st_mtime_ns
    assert train(brief, seed=3, out=whole.folder.parent, data=little, resume=True) == whole
    assert (whole.folder / "model.keras").stat().st_mtime_ns == stamp


@pytest.mark.parametrize("state", ["finished", "interrupted"])
def test_a_folder_that_holds_a_run_is_refused_unless_forced(state, whole, little, brief, tmp_path):
    import shutil

    shutil.copytree(whole.folder, tmp_path / "mlp-3")
    if state == "interrupted":
        (tmp_path / "mlp-3" / "run.json").rename(tmp_path / "mlp-3" / "checkpoint.npz")
    before = (tmp_path / "mlp-3" / "model.keras").stat().st_mtime_ns
    with pytest.raises(RunError, match=f"holds a.* {state}.*force to replace it|holds a {state} run"):
        train(brief, seed=3, out=tmp_path, data=little)
    assert (tmp_path / "mlp-3" / "model.keras").stat().st_mtime_ns == before
    assert_same(train(brief, seed=3, out=tmp_path, data=little, force=True), whole)


@pytest.mark.parametrize("fault", ["no MNIST", "no samples"])
def test_a_run_is_only_replaced_once_training_can_begin(fault, whole, little, brief, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise DataError(fault)

    shutil.copytree(whole.folder, tmp_path / "mlp-3")
    monkeypatch.setattr(fit, "load_mnist", fail)
    monkeypatch.setitem(SOURCES, "mnist", lambda *_, **__: Source(10, fail))
    with pytest.raises(DataError, match=fault):
        train(brief, seed=3, out=tmp_path, data=None if fault == "no MNIST" else little, force=True)
    assert Run.load(tmp_path / "mlp-3").record == whole.record
    assert (tmp_path / "mlp-3" / "model.keras").read_bytes() == (whole.folder / "model.keras").read_bytes()


def test_two_trainings_into_one_folder_are_kept_apart(whole, little, brief, tmp_path):
    holding = "from digitscope.training.lock import locked; from pathlib import Path; import sys\n"
    holding += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    program = [sys.executable, "-c", holding, str(tmp_path / "mlp-3")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(RunError, match="Another process is training into this folder"):
            train(brief, seed=3, out=tmp_path, data=little)
        other.kill()  # it lets go, however it ends
    assert_same(train(brief, seed=3, out=tmp_path, data=little), whole)


def test_a_finished_run_is_gone_on_from_to_the_bit(whole, little, brief, tmp_path):
    on = dataclasses.replace(brief, name="mlp-on", start=str(whole.folder), epochs=1)
    model = fit.compiled(keras, on, 0, steps=10)
    fit._start(model, on, SOURCES["mnist"](Mnist(), little.train, seed=0, batch_size=60, folder=tmp_path))
    theirs = keras.saving.load_model(whole.folder / "model.keras").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), theirs, strict=True))
    run = train(on, seed=3, out=tmp_path, data=little)
    ancestor = models.load(run.folder).metadata["ancestors"][0]
    assert (ancestor["name"], ancestor["seed"], ancestor["weights_sha256"]) == (
        "mlp", 3, models.load(whole.folder).checksum,
    )  # fmt: skip
    assert run.history["loss"][0] < whole.history["loss"][-1]


@pytest.mark.parametrize(("content", "message"), [(None, "is missing"), (b"damaged", "is damaged")])
def test_a_run_without_its_keras_model_is_not_gone_on_from(content, message, whole, little, brief, tmp_path):
    folder = shutil.copytree(whole.folder, tmp_path / "start")
    (folder / "model.keras").unlink() if content is None else (folder / "model.keras").write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        train(dataclasses.replace(brief, start=str(folder)), out=tmp_path, data=little)


def test_a_damaged_checkpoint_says_how_to_begin_again(little, brief, tmp_path):
    (tmp_path / "mlp-0").mkdir()
    (tmp_path / "mlp-0" / "checkpoint.npz").write_bytes(b"PK damaged")
    with pytest.raises(RunError, match="from the start by force"):
        train(brief, out=tmp_path, data=little, resume=True)


def test_a_run_cannot_replace_the_one_it_goes_on_from(whole, little, brief):
    on = dataclasses.replace(brief, start=str(whole.folder))
    with pytest.raises(UsageError, match="a folder of its own"):
        train(on, seed=3, out=whole.folder.parent, data=little, force=True)


def test_another_recipe_is_not_resumed(whole, little, brief):
    changed = dataclasses.replace(brief, learning_rate=0.01)
    with pytest.raises(RunError, match=r"learning_rate=0.01 \(there: 0.001\)"):
        train(changed, seed=3, out=whole.folder.parent, data=little, resume=True)


def test_each_epoch_has_its_own_order_and_every_image_once(little, tmp_path):
    source = SOURCES["mnist"](Mnist(), little.train, seed=0, batch_size=64, folder=tmp_path)
    assert source.steps == 10
    first, again, second = ([source.batch(epoch, step) for step in range(10)] for epoch in (0, 0, 1))
    for ours, theirs in zip(first, again, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
    assert any((ours[1] != theirs[1]).any() for ours, theirs in zip(first, second, strict=True))
    flat = {image.tobytes() for images, _ in second for image in images}
    assert flat == {image.tobytes() for image in little.train_images}


def test_a_held_out_run_measures_the_last_5000_and_never_reads_the_test_images(mnist, tmp_path):
    recipe = dataclasses.replace(RECIPES["mlp"], epochs=1, batch_size=5000)
    without_test = dataclasses.replace(mnist, test_images=mnist.test_images[:0], test_labels=mnist.test_labels[:0])
    run = train(recipe, out=tmp_path, data=without_test, held_out=True)
    assert (run.metrics["train"]["total"], run.metrics["held_out"]["total"]) == (55_000, 5000)
    assert run.history["held_out_accuracy"] == [pytest.approx(run.metrics["held_out"]["value"], abs=2e-4)]
    assert "test" not in run.metrics


def test_a_full_disk_is_one_clear_error_and_leaves_no_half_file(little, brief, tmp_path, disk_with_room_for):
    with disk_with_room_for(100_000), pytest.raises(RunError, match="cannot be written"):
        train(brief, out=tmp_path, data=little)
    assert list((tmp_path / "mlp-0").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(little, brief, tmp_path, as_an_ordinary_user):
    tmp_path.chmod(0o555)
    with as_an_ordinary_user(), pytest.raises(RunError, match="cannot be written"):
        train(brief, out=tmp_path, data=little)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(UsageError, match=f"seed={seed}"):
        train("mlp", seed=seed)


def test_an_unfinished_run_cannot_be_loaded(tmp_path):
    with pytest.raises(RunError, match="No finished run is here"):
        Run.load(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RunError, match="cannot be read"):
        Run.load(tmp_path)
