"""Digits of one's own, and options that do not fit each other, on the command line."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from digitscope import training
from digitscope.cli import app, compare
from digitscope.errors import UsageError
from digitscope.evaluation import speed
from digitscope.models import WEIGHTS

runner = CliRunner()


@pytest.fixture
def own(mnist, tmp_path):
    """Two images of each digit, and one without ink."""
    chosen = [int(i) for digit in range(10) for i in np.flatnonzero(mnist.test_labels == digit)[:2]]
    images, labels = mnist.test_images[chosen], mnist.test_labels[chosen]
    np.savez(tmp_path / "own.npz", x=np.insert(images, 20, 0, axis=0), y=np.insert(labels, 20, 0))
    return str(tmp_path / "own.npz")


@pytest.mark.parametrize("verb", [["evaluate", "cnn"], ["compare", "cnn.onnx", "mlp.onnx", "--out", "OUT"]])
def test_what_cannot_be_read_is_told_and_in_the_json(verb, own, tmp_path):
    done = runner.invoke(app, [word.replace("OUT", str(tmp_path)) for word in verb] + ["--data", own, "--json"])
    assert json.loads(done.stdout)["skipped"] == [{"name": "image 20", "reason": "no ink was found"}]
    assert "20 digits" in done.stderr
    assert "skipped image 20: no ink was found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "cnn", "--split", "test"], "Expected --corruptions"),
        (["train", "cnn", "--validation", "0.2"], "Expected --data"),
        (["train", "cnn", "--name", ""], "name=''"),
        (["train", "cnn", "--name", "../elsewhere"], "name='../elsewhere'"),
        (["compare", "cnn.onnx", "mlp.onnx", "--held-out"], "--held-out belongs to"),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments, message):
    refused = runner.invoke(app, arguments).exception
    assert isinstance(refused, UsageError)
    assert message in str(refused)


def test_the_data_of_ones_own_can_be_set(own, monkeypatch):
    given = []
    monkeypatch.setattr(training, "train", lambda recipe, **_: given.append(recipe))
    runner.invoke(app, ["train", "cnn", "--from", "cnn", "--data", own, "--set", "data.least=50", "--set", "epochs=2"])
    (recipe,) = given
    assert (recipe.epochs, recipe.data.least, recipe.data.mnist, recipe.data.path) == (2, 50, 1, own)


def test_a_comparisons_names_are_as_short_as_tells_them_apart_and_whole(own, tmp_path):
    assert compare.shortest(["cnn.onnx", "/a/b/cnn.onnx", "/a/c/cnn.onnx", "runs/mine-0", "mlp"]) == {
        "cnn.onnx": "cnn.onnx",
        "/a/b/cnn.onnx": "b/cnn.onnx",
        "/a/c/cnn.onnx": "c/cnn.onnx",
        "runs/mine-0": "mine-0",
        "mlp": "mlp",
    }
    long = tmp_path / ("long" * 20)
    for name, shipped in (("first", "mlp"), ("second", "cnn")):
        (long / name).mkdir(parents=True)
        shutil.copy(WEIGHTS / f"{shipped}.onnx", long / name / "model.onnx")
    paths = [str(long / name / "model.onnx") for name in ("first", "second")]
    shown = runner.invoke(app, ["compare", *paths, "--data", own, "--out", str(tmp_path)], terminal_width=40).stdout
    assert shown.count("first/model.onnx") >= 2
    assert "long/first" not in shown


def test_the_measured_table_is_whole(monkeypatch):
    monkeypatch.setattr(speed, "measure_speed", lambda _: speed.Speed(1234.5, 12345.6))
    shown = runner.invoke(app, ["models", "--measure"]).stdout
    assert "12,346" in shown
    assert "…" not in shown
