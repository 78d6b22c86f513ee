"""A recipe and its network from a file of one's own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitscope import models
from digitscope.errors import ModelFileError, RunError, UsageError
from digitscope.training import Run, train
from digitscope.training.export import export
from digitscope.training.recipes import named

FILE = """
import keras
from keras.layers import Dense, Flatten

from digitscope.training import Recipe

recipe = Recipe(name="mine", network="mine", epochs=1, batch_size=60)


def layers():
    return [keras.Input((28, 28, 1)), Flatten(name="flatten"), Dense(10, activation="softmax", name="dense1")]
"""


EXAMPLE = Path(__file__).parents[2] / "examples" / "large_kernels.py"


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def test_it_is_trained_resumed_and_exported_like_any_other(mine, little, tmp_path):
    recipe = named(str(mine), ["batch_size=100"])
    run = train(recipe, out=tmp_path, data=little)
    assert (run.folder.name, run.recipe.batch_size) == ("mine-0", 100)
    assert train(recipe, out=tmp_path, data=little, resume=True) == run
    again = export(run.folder, out=tmp_path / "again.onnx")
    images = little.test_images[:10]
    np.testing.assert_array_equal(models.load(again).run(images), models.load(run.folder).run(images))
    assert Run.load(run.folder).record["learned_from"]["network"]


def test_a_file_that_was_changed_is_another_network(mine, little, tmp_path):
    train(str(mine), out=tmp_path, data=little)
    mine.write_text(FILE.replace("Flatten(name", "Flatten( name"))
    with pytest.raises(RunError, match="learned_from="):
        train(str(mine), out=tmp_path, data=little, resume=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("recipe = 1", "lacks layers"),
        ("layers = recipe = 1", "is no Recipe"),
        ("import nothing_of_that_name", "fails: ModuleNotFoundError"),
        ("def f(:", "fails: SyntaxError"),
        ("import sys; sys.exit(0)", "fails: SystemExit"),
        (FILE.replace("epochs=1", "data='mnist'"), r"Expected one of Mnist\(\), .*data='mnist'"),
        (FILE.replace("epochs=1", "kind='detector'"), "Expected kind='classifier'"),
        (FILE.replace('name="mine"', "name='../mine'"), r"name='\.\./mine'"),
        (FILE.replace('name="mine"', "name=''"), "name=''"),
    ],
)
def test_a_file_that_is_no_recipe_is_one_clear_error(text, message, tmp_path):
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(UsageError, match=message):
        named(str(tmp_path / "bad.py"))
    with pytest.raises(UsageError, match="no such recipe file"):
        named(str(tmp_path / "none.py"))


LAYERS = FILE[FILE.index("    return") :]


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("raise RuntimeError('boom')", UsageError, "layers fail: RuntimeError: boom"),
        ("raise SystemExit(0)", UsageError, "layers fail: SystemExit"),
        ("return None", UsageError, "gives no list.*Received: NoneType"),
        ("return [1]", UsageError, "layers fail"),
        ("return [Flatten(), Dense(10, activation='softmax')]", UsageError, "has no input"),
        ("return [keras.Input((32, 32, 1)), Flatten(), Dense(10, activation='softmax')]", UsageError, "32, 32, 1"),
        ("return [keras.Input((784,)), Dense(9, activation='softmax')]", UsageError, r"10 units.*output=\(9,\)"),
        ("return [keras.Input((784,)), Dense(10)]", UsageError, "activation='linear'"),
        ("return [keras.Input((784,)), Dense(10, activation='sigmoid')]", UsageError, "activation='sigmoid'"),
        ("return [keras.Input((784,)), Dense(4), keras.layers.LeakyReLU(), Dense(10, activation='softmax')]",
         ModelFileError, "no form for this layer"),
        ("return [keras.Input((784,)), Dense(4, activation='relu'), keras.layers.BatchNormalization(), "
         "Dense(10, activation='softmax')]", ModelFileError, "can only be folded"),
    ],
)  # fmt: skip
def test_a_network_that_cannot_be_is_refused_before_anything_is_trained_or_removed(
    body, error, message, mine, little, tmp_path
):
    run = train(str(mine), out=tmp_path, data=little)
    (tmp_path / "bad.py").write_text(FILE.replace(LAYERS, f"    {body}\n"))
    steps = []
    with pytest.raises(error, match=message):
        train(str(tmp_path / "bad.py"), out=tmp_path, data=little, force=True, progress=steps.append)
    assert steps == []
    assert Run.load(run.folder) == run


@pytest.mark.parametrize(
    "layers",
    [
        "keras.Input((28, 28)), Flatten(), Dense(10, activation='softmax')",
        "keras.Input((784,)), Dense(10), keras.layers.Softmax()",
        "keras.Input((784,)), Dense(10), keras.layers.Activation('softmax')",
    ],
)
def test_other_ways_to_begin_and_end_are_taken(layers, mine, little, tmp_path):
    mine.write_text(FILE.replace(LAYERS, f"    return [{layers}]\n"))
    assert train(str(mine), out=tmp_path, data=little).share("test").value > 0.4


def test_the_example_of_the_how_to_page_trains(little, tmp_path):
    run = train(named(str(EXAMPLE), ["epochs=1", "batch_size=100"]), out=tmp_path, data=little)
    assert run.share("test").total == 1000


@pytest.mark.slow
def test_the_command_line_takes_it_without_a_word_of_the_framework(mine, tmp_path):
    program = [sys.executable, "-c", "from digitscope.cli import main; main()", "train", str(mine), "--out", tmp_path]
    done = subprocess.run([*program, "--set", "batch_size=5000"], capture_output=True, text=True, check=True)
    assert "mine, seed 0: test accuracy" in done.stdout
    assert done.stderr.startswith("mine seed 0: epoch 1/1")
