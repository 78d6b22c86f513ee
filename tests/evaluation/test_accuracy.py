import json
import subprocess
import sys

import numpy as np
import pytest

from digitscope import models
from digitscope.errors import ModelFileError, UsageError
from digitscope.evaluation import evaluate
from digitscope.evaluation.accuracy import score
from digitscope.models.file import given_digit, rejection


def certain(answers, classes=10):
    return np.eye(classes, dtype=np.float32)[answers]


def test_precision_recall_and_f1_are_those_of_a_case_done_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 2], np.uint8)
    answers = np.array([0, 0, 1, 1, 0, 2])  # of three predicted as 0 two are 0; of three 0s two were found
    zero, one, two, three, *_ = score(certain(answers), labels, model="hand").digits
    assert (zero.precision.value, zero.recall.value, zero.f1) == (2 / 3, 2 / 3, pytest.approx(2 / 3))
    assert (one.precision.value, one.recall.value, one.f1) == (1 / 2, 1 / 2, 1 / 2)
    assert (two.f1, three.f1, three.recall.total) == (1.0, 0.0, 0)


def test_the_worst_mistakes_come_first_and_right_answers_not_at_all():
    probabilities = np.zeros((3, 10), np.float32)
    probabilities[0, [3, 5]] = 0.8, 0.2
    probabilities[1, [3, 5]] = 0.99, 0.01
    probabilities[2, [3, 5]] = 0.1, 0.9
    evaluation = score(probabilities, np.array([5, 5, 5], np.uint8), model="hand")
    assert [(m.index, m.label, m.answer) for m in evaluation.worst] == [(1, 5, 3), (0, 5, 3)]
    assert evaluation.confusion[5][3] == 2


def test_the_eleventh_class_takes_no_part_in_accuracy_but_rejects():
    probabilities = np.zeros((2, 11), np.float32)
    probabilities[0, [4, 10]] = 0.1, 0.9  # a 4, if it is a digit at all
    probabilities[1, [7, 10]] = 0.8, 0.2
    evaluation = score(probabilities, np.array([4, 7], np.uint8), model="hand", threshold=0.5)
    assert evaluation.accuracy.count == 2
    assert evaluation.false_rejections is not None
    assert evaluation.false_rejections.count == 1
    np.testing.assert_allclose(given_digit(probabilities).sum(axis=1), 1)
    np.testing.assert_allclose(rejection(probabilities), [0.9, 0.2])


@pytest.mark.parametrize("name", models.names())
def test_a_shipped_model_is_as_accurate_as_its_file_says(name, mnist):
    stated = models.load(name).metadata["metrics"]["test"]
    assert abs(evaluate(name, data=mnist).accuracy.count - stated["count"]) <= 1
    assert stated["total"] == 10_000


def test_an_evaluation_turns_into_json_and_names_itself(little):
    evaluation = evaluate("mlp", data=little)
    values = json.loads(evaluation.to_json())
    assert values["accuracy"]["total"] == 1000
    assert values["calibration_error"]["bins"] == 15
    assert str(evaluation).startswith("mlp: accuracy 9")


def test_evaluating_a_model_file_needs_no_extra():
    program = "import sys; from digitscope.evaluation import evaluate; evaluate('mlp'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"keras", "tensorflow", "scipy", "matplotlib"} & {name.partition(".")[0] for name in loaded}
    assert not {"digitscope.training", "digitscope.synthesis"} & loaded


def test_the_keras_file_and_the_model_file_of_a_run_are_equally_good(little, brief, tmp_path):
    from digitscope.training import train

    run = train(brief, out=tmp_path, data=little)
    ours, theirs = evaluate(run, data=little), evaluate(run.folder / "model.keras", data=little)
    assert ours.confusion == theirs.confusion
    assert ours.log_loss == pytest.approx(theirs.log_loss, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_keras_and_onnx_runtime_agree_on_all_test_images(name, mnist, tmp_path):
    import dataclasses

    import keras

    from digitscope.reading.reader import Recognizer
    from digitscope.training import RECIPES, train
    from digitscope.training.fit import network_input

    recipe = dataclasses.replace(RECIPES[name], epochs=1, batch_size=500)
    run = train(recipe, out=tmp_path, data=mnist)
    model = keras.saving.load_model(run.folder / "model.keras")
    theirs = model.predict(network_input(mnist.test_images, model), batch_size=500, verbose=0)
    ours = Recognizer(run.model).classify(mnist.test_images)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Expected one of: cnn"):
        evaluate("cnnn")
    with pytest.raises(ModelFileError, match="no such model file"):
        evaluate(tmp_path / "no.keras")
    (tmp_path / "bad.keras").write_bytes(b"not a zip")
    with pytest.raises(ModelFileError, match="Keras can load"):
        evaluate(tmp_path / "bad.keras")
