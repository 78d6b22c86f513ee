"""Recipes whose samples are made: pure functions of seed, epoch and step, and runs that go on after a kill."""

import dataclasses
import signal
import subprocess
import sys

import numpy as np
import pytest

from digitscope.errors import DataError, RunError, UsageError
from digitscope.mnist import MNIST, Split
from digitscope.synthesis import fonts
from digitscope.synthesis.nondigits import Shares
from digitscope.training import RECIPES, Run, backend, provenance, train
from digitscope.training.data import Found, Glyphs, Tiles
from digitscope.training.feed import Feed
from digitscope.training.scene_store import stored_scenes
from digitscope.training.sources import SOURCES

keras = backend.load()

DRAWN = Shares(printed=0)  # needs no fonts
TINY = {
    "reader": dataclasses.replace(
        RECIPES["reader"], data=Glyphs(by_pen=0, samples=64, pages=1, shares=DRAWN), epochs=3, batch_size=32
    ),
    "detector": dataclasses.replace(
        RECIPES["detector"], data=Tiles(by_pen=0, scenes=4, samples=16, digits=300, nondigits=20, shares=DRAWN),
        epochs=3, batch_size=8, average=0.9, start="detector",
    ),
    "decision": dataclasses.replace(
        RECIPES["decision"], data=Found(by_pen=0, pages=12, alone=4, digits=300, nondigits=20, shares=DRAWN),
        epochs=3, batch_size=8,
    ),
}  # fmt: skip
PROGRAM = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from test_made_samples import TINY, Few
from digitscope.mnist import load_mnist
from digitscope.training import train

def kill(step):
    if (step.epoch, step.step) == (1, 2):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    train(TINY[sys.argv[1]], seed=3, out=sys.argv[2], data=Few.of(load_mnist()), progress=kill)
"""


class Few(MNIST):
    """400 images that teach and 100 that are held out."""

    @classmethod
    def of(cls, mnist):
        train = mnist.train_images[:500], mnist.train_labels[:500]
        return cls(*train, mnist.test_images[:100], mnist.test_labels[:100], source="")

    @property
    def train_55000(self):
        return Split(self.train_images[:400], self.train_labels[:400])

    @property
    def held_out(self):
        return Split(self.train_images[400:], self.train_labels[400:])


@pytest.fixture(scope="module")
def few(mnist):
    return Few.of(mnist)


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.slow) for name in TINY])
def whole(request, few, tmp_path_factory):
    """The uninterrupted run, whose samples no other process made."""
    return train(TINY[request.param], seed=3, out=tmp_path_factory.mktemp("whole"), data=few, workers=0)


def state(run):
    model = keras.saving.load_model(run.folder / "model.keras")
    return [np.array(v.numpy()) for v in (*model.weights, *model.optimizer.variables)]


def test_a_killed_run_resumes_to_the_very_weights(whole, few, tmp_path):
    name = whole.recipe.name
    program = PROGRAM.format(folder=str(__file__).rpartition("/")[0])
    killed = subprocess.run([sys.executable, "-c", program, name, str(tmp_path)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    epochs = []
    resumed = train(
        whole.recipe, seed=3, out=tmp_path, data=few, resume=True, workers=2, progress=lambda p: epochs.append(p.epoch)
    )
    assert sorted(set(epochs)) == [1, 2], "no finished epoch is repeated"
    for mine, other in zip(state(resumed), state(whole), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert resumed.metrics == whole.metrics
    assert sorted(p.name for p in resumed.folder.iterdir()) == ["model.keras", "model.md", "model.onnx", "run.json"]


def test_its_record_says_what_it_learned_from_and_how_well_it_does_on_held_out_samples(whole):
    assert len(whole.history["held_out_loss"]) == 3
    assert whole.record["learned_from"]["judges"].keys() == {"mlp", "cnn"}
    metrics = {"reader": "held_out_made", "detector": "held_out_empty", "decision": "found_digits"}
    assert whole.metrics[metrics[whole.recipe.name]]["total"] > 0
    assert Run.load(whole.folder).recipe == whole.recipe
    if whole.recipe.start:
        ancestor, *_, first = whole.record["ancestors"]
        assert ancestor["weights_sha256"] == whole.record["learned_from"]["start"]
        assert [run["seed"] for run in whole.record["ancestors"]] == [96, 72, 71, 51, 13, None]
        assert first["recipe"]["epochs"] == 1


@pytest.mark.parametrize("name", TINY)
def test_batches_are_the_same_in_any_order_and_process(name, few, tmp_path):
    recipe = TINY[name]
    options = {"seed": 5, "batch_size": recipe.batch_size, "folder": tmp_path}

    def open_source():
        return SOURCES[recipe.data.source](recipe.data, few.train_55000, **options)

    source = open_source()
    last, first = source.batch(1, source.steps - 1), source.batch(1, 0)
    again = open_source()
    for ours, theirs in ((first, again.batch(1, 0)), (last, again.batch(1, source.steps - 1))):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
    assert (first[0] != source.batch(0, 0)[0]).any(), "each epoch has its own"


def test_processes_give_the_batches_in_order(tmp_path, few):
    from functools import partial

    opened = partial(SOURCES["mnist"], RECIPES["mlp"].data, few.train, seed=0, batch_size=30, folder=tmp_path)
    with Feed(opened, workers=2) as feed:
        made = list(feed.epoch(1))
    alone = list(Feed(opened, workers=0).epoch(1))
    assert len(made) == len(alone) == 17
    for ours, theirs in zip(made, alone, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_scenes_are_kept_and_only_those_that_are_missing_are_made_again(tmp_path, few, monkeypatch):
    monkeypatch.setattr("digitscope.training.scene_store.PART", 2)
    options = {"count": 4, "digits": 300, "by_pen": 0, "nondigits": 20, "shares": DRAWN, "seed": 1}
    first = [scene.strength.copy() for scene in stored_scenes(tmp_path, few.train, None, **options)]
    stamps = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    (tmp_path / "000002.npz").unlink()
    again = stored_scenes(tmp_path, few.train, None, **options)
    for ours, theirs in zip(first, again, strict=True):
        np.testing.assert_array_equal(ours, theirs.strength)
    kept = {path.name for path in tmp_path.iterdir() if path.stat().st_mtime_ns == stamps[path.name]}
    assert kept == {"made.json", "000000.npy", "000000.npz"}
    other = stored_scenes(tmp_path, few.train, None, **options | {"seed": 2})
    assert any(a.shape != b.strength.shape or (a != b.strength).any() for a, b in zip(first, other, strict=True))


def test_a_missing_font_is_an_error_before_anything_is_trained_or_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    kept = tmp_path / "runs" / "reader-0" / "run.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    with pytest.raises(DataError, match=r"apt-get install .*fonts-noto-core"):
        train("reader", out=tmp_path / "runs")
    assert kept.exists()


def test_a_model_file_to_go_on_from_must_be_of_the_recipes_kind():
    with pytest.raises(UsageError, match="Expected a classifier"):
        provenance.of(dataclasses.replace(RECIPES["mlp"], start="detector"))


def test_a_run_that_went_on_from_another_file_is_not_resumed(few, tmp_path):
    brief = dataclasses.replace(RECIPES["mlp"], epochs=1)
    first = train(brief, out=tmp_path, data=few)
    (tmp_path / "start.onnx").write_bytes(first.model.read_bytes())
    on = dataclasses.replace(brief, start=str(tmp_path / "start.onnx"), epochs=1)
    second = train(on, out=tmp_path / "on", data=few)
    assert second.history["loss"][0] < first.history["loss"][0]
    assert second.record["ancestors"][0]["recipe"] == brief.to_dict()
    (tmp_path / "start.onnx").write_bytes(second.model.read_bytes())
    with pytest.raises(RunError, match="learned_from="):
        train(on, out=tmp_path / "on", data=few, resume=True)
