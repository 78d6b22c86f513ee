"""`digitscope explain`, as a real process."""

import json
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 13:16] = 255  # a 1
    path = tmp_path_factory.mktemp("pictures") / "one.png"
    PIL.Image.fromarray(image).save(path)
    return path


def digitscope(*arguments, **options):
    command = [sys.executable, "-c", "from digitscope.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=600, **options)


def test_a_screenful_with_the_answer_at_the_end_and_the_page(picture, tmp_path):
    run = digitscope("explain", picture, "--model", "cnn", "--html", tmp_path / "why.html", text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(run.stdout.splitlines()) <= 40
    assert "It reads 1, confidence" in "\n".join(run.stdout.splitlines()[-8:])
    assert "█" in run.stdout
    assert (tmp_path / "why.html").read_text().startswith("<!doctype html>")


def test_layers_shows_every_layer_and_then_the_answer(picture):
    run = digitscope("explain", picture, "--model", "cnn", "--layers", text=True)
    for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "dense1", "dense2"):
        assert f"\n{name}  " in f"\n{run.stdout}"
    assert "It reads 1, confidence" in "\n".join(run.stdout.splitlines()[-8:])


def test_json_is_one_object(picture):
    run = digitscope("explain", picture, "--model", "cnn", "--unit", "pool1:3:4:5", "--json", text=True)
    value = json.loads(run.stdout)
    assert value["model"]["name"] == "cnn"
    assert value["units"][0]["unit"] == [3, 4, 5]
    assert value["units"][0]["traced"] == pytest.approx(value["layers"][2]["output"][4][5][3], rel=1e-5)


def test_units_are_shown_as_sums(picture):
    run = digitscope("explain", picture, "--model", "cnn", "--unit", "conv1:0:3:4", "--unit", "dense2:1", text=True)
    assert "conv1:0:3:4 = " in run.stdout
    assert "all products" in run.stdout
    assert "softmax" in run.stdout


def test_standard_input_is_a_picture_too(picture):
    run = digitscope("explain", "-", "--model", "mlp", "--json", input=picture.read_bytes())
    assert json.loads(run.stdout)["path"] is None


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ("conv9:0:0:0", ["Unknown layer", "conv1 (26, 26, 32)", "dense2 (10,)"]),
        ("conv1:32:0:0", ["no such unit", "channel 0…31", "(26, 26, 32)"]),
        ("conv1:5", ["no such unit", "(26, 26, 32)"]),
        ("conv1:a:0:0", ["LAYER:CHANNEL:ROW:COL"]),
        ("conv1", ["LAYER:CHANNEL:ROW:COL"]),
    ],
)
def test_a_unit_that_is_not_there_is_wrong_usage(picture, unit, says):
    run = digitscope("explain", picture, "--model", "cnn", "--unit", unit, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    for words in says:
        assert words in run.stderr


def test_a_missing_picture_is_one_clear_line(tmp_path):
    run = digitscope("explain", tmp_path / "nowhere.png", "--model", "cnn", text=True)
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert "Traceback" not in run.stderr
