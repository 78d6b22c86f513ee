"""Several models, each against each."""

import json
import shutil

import pytest

from digitscope import models
from digitscope.errors import ModelFileError, UsageError
from digitscope.evaluation import compare_models
from digitscope.reading.labelled import Labelled
from digitscope.reading.reader import Recognizer
from digitscope.statistics import holm, mcnemar


@pytest.fixture
def files(tmp_path):
    """Three model files under names of their own."""
    for name in ("mlp", "cnn", "reader"):
        shutil.copy(models.WEIGHTS / f"{name}.onnx", tmp_path / f"{name}.onnx")
    return [str(tmp_path / f"{name}.onnx") for name in ("mlp", "cnn", "reader")]


def test_every_pair_is_tested_and_corrected(files, little, tmp_path):
    result = compare_models(files, out=tmp_path, data=little)
    right = [Recognizer(file).classify(little.test_images).argmax(axis=1) == little.test_labels for file in files]
    expected = [mcnemar(right[a], right[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert [pair.paired for pair in result.pairs] == expected
    assert [pair.p_holm for pair in result.pairs] == holm([paired.p for paired in expected])
    assert [each.accuracy.count for each in result.contenders] == [int(answers.sum()) for answers in right]
    assert result.pairs[0].paired.p < 0.05 < result.pairs[0].p_holm
    assert result.pairs[0].better is None, "what one test would call a difference, three tests do not"
    assert json.loads((tmp_path / "models.json").read_text()) == json.loads(result.to_json())


def test_own_digits_take_the_place_of_mnists(files, little, tmp_path):
    own = Labelled(little.test_images[:50], little.test_labels[:50], "mine")
    result = compare_models(files[:2], out=tmp_path, data=little, own=own)
    assert (result.source, result.contenders[0].accuracy.total) == ("mine", 50)


def test_recipes_are_trained_with_each_seed_and_paired_by_it(files, little, tmp_path):
    result = compare_models(["mlp", files[0], "fast"], epochs=1, seeds=2, out=tmp_path, data=little)
    assert [each.title for each in result.contenders] == [
        "mlp seed 0", files[0], "fast seed 0", "mlp seed 1", "fast seed 1"
    ]  # fmt: skip
    assert len(result.pairs) == 6
    assert all(not {"seed 0", "seed 1"} <= {pair.first[-6:], pair.second[-6:]} for pair in result.pairs)


@pytest.mark.parametrize("other", ["typo", "detector", "./none.py", "none/model.onnx"])
def test_every_name_is_checked_before_anything_is_trained(other, little, tmp_path):
    steps = []
    with pytest.raises((UsageError, ModelFileError)):
        compare_models(["mlp", other], epochs=1, out=tmp_path, data=little, progress=steps.append)
    assert steps == []


@pytest.mark.parametrize("given", [["mlp"], ["mlp", "mlp"]])
def test_fewer_than_two_models_are_no_comparison(given):
    with pytest.raises(UsageError, match="two different models"):
        compare_models(given)
