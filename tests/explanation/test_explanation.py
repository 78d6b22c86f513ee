"""`ds.explain`: one object that holds it all."""

import io
import json
from dataclasses import FrozenInstanceError

import numpy as np
import PIL.Image
import pytest

import digitscope as ds
from digitscope.errors import DataError, ImageError
from digitscope.explanation import Explainer
from digitscope.reading.reader import Recognizer


@pytest.fixture(scope="module")
def picture(seven, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "seven.png"
    PIL.Image.fromarray(seven).save(path)
    return path


def test_an_array_a_path_bytes_and_a_pil_image_are_explained_alike(small, seven, picture):
    for image in (seven, picture, str(picture), picture.read_bytes(), PIL.Image.open(picture)):
        explanation = ds.explain(image, small.path)
        np.testing.assert_array_equal(explanation.image, seven)
        np.testing.assert_array_equal(explanation.steps[-1].image, seven)


def test_what_it_says_is_what_the_recognizer_says(model, seven):
    reader = Recognizer(model.path)
    explanation = Explainer(reader).explain(seven)
    np.testing.assert_array_equal(explanation.probabilities, reader.classify(seven[None])[0])
    assert explanation.answer == explanation.probabilities.argmax()
    assert explanation.rejection == reader.rejection(seven[None])[0]
    assert explanation.rejected == (explanation.rejection > model.threshold)
    assert explanation.confidence == pytest.approx((1 - explanation.rejection) * explanation.probabilities.max())
    assert explanation.occlusion.answer == explanation.answer
    assert explanation.flip is None or explanation.flip.before == explanation.answer
    assert explanation.arithmetic(model.layers[-1].name, 3).traced == explanation.trace.probabilities[3]


def test_an_explanation_is_frozen_and_works_things_out_once(small, seven):
    explanation = ds.explain(seven, small.path)
    assert explanation.occlusion is explanation.occlusion
    with pytest.raises(FrozenInstanceError):
        explanation.rejection = 0


def test_json_holds_every_layers_output(small, seven):
    explanation = ds.explain(seven, small.path)
    value = json.loads(explanation.to_json())
    assert value["schema"] == 1
    assert value["answer"] == explanation.answer
    for layer, traced in zip(value["layers"], explanation.trace.layers, strict=True):
        assert tuple(layer["shape"]) == traced.shape
        np.testing.assert_allclose(np.array(layer["output"]), traced.output, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(value["occlusion"]["margin_lost"], explanation.occlusion.margin_lost, rtol=1e-5)
    without = json.loads(explanation.to_json(outputs=False))
    assert all("output" not in layer for layer in without["layers"])


def test_without_layer_metadata_the_answer_and_what_it_hangs_on_remain(bare, seven):
    explanation = ds.explain(seven, bare.path)
    assert explanation.trace.layers == ()
    assert explanation.occlusion.margin_lost.shape == (28, 28)
    assert json.loads(explanation.to_json())["layers"] == []


def test_without_mnist_neighbours_say_so(small, seven, tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "KERAS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("DIGITSCOPE_DATA", raising=False)
    with pytest.raises(DataError, match="digitscope data fetch"):
        ds.explain(seven, small.path).neighbours  # noqa: B018


@pytest.mark.parametrize("image", [b"", b"no picture", "nowhere.png"])
def test_what_is_no_picture_is_refused(small, image):
    with pytest.raises(ImageError):
        ds.explain(image, small.path)


def test_bytes_of_a_picture_need_no_file(small, seven):
    file = io.BytesIO()
    PIL.Image.fromarray(seven).save(file, "PNG")
    assert ds.explain(file.getvalue(), small.path).subject.source is None
