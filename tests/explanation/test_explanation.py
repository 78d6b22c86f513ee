"""`ds.explain`: one object that holds it all."""

import functools
import io
import json
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import digitscope as ds
from digitscope.errors import DataError, ImageError
from digitscope.explanation import Explainer, Explanation, captions
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Reading

EXAMPLES = sorted(
    path for path in (Path(__file__).parents[2] / "examples").iterdir() if path.suffix in (".png", ".jpg")
)
RECEIPT = next(path for path in EXAMPLES if path.name == "receipt.jpg")


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
    assert value["schema"] == 2
    assert value["answer"] == explanation.answer
    for layer, traced in zip(value["layers"], explanation.trace.layers, strict=True):
        assert tuple(layer["shape"]) == traced.shape
        np.testing.assert_allclose(np.array(layer["output"]), traced.output, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(value["occlusion"]["margin_lost"], explanation.occlusion.margin_lost, rtol=1e-5)
    without = json.loads(explanation.to_json(outputs=False))
    assert all("output" not in layer for layer in without["layers"])


@pytest.mark.parametrize("name", ["mlp", "cnn", "reader"])  # ten outputs, of either kind of network, and eleven
def test_explain_states_what_read_states_for_every_digit_of_every_example(name, monkeypatch):
    explainer = Explainer(name)
    reader = explainer.reader
    monkeypatch.setattr(reader, "read", functools.cache(reader.read))  # each picture once
    monkeypatch.setattr(Reading, "annotated", lambda reading, page: reading.pages[page].image)
    monkeypatch.setattr(explainer.tracer, "trace", lambda image: None)  # the layers do not matter here
    for path in EXAMPLES:
        reading = reader.read(path)
        glyphs = [digit for page in reading.pages for line in page.lines for digit in line.digits]
        for number, digit in enumerate([glyph for glyph in glyphs if not glyph.rejected] or glyphs):
            explanation = explainer.explain(path, digit=number)
            stated = (explanation.answer, explanation.confidence, explanation.rejected)
            assert stated == (digit.value, digit.confidence, digit.rejected)
            assert f"confidence {digit.confidence:.2%}"[:-1] in captions.verdict(explanation)


def test_where_reading_adds_to_the_networks_answer_both_are_told(seven):
    page = ds.explain(RECEIPT, digit=5)
    assert not page.network_decides
    assert page.network.confidence == pytest.approx(float(page.trace.probabilities[page.network.value]))
    assert f"confidence {page.network.confidence:.2%}"[:-1] in captions.source_of_confidence(page)
    value = page.to_dict(outputs=False)
    assert (value["answer"], value["decided_by"]) == (page.answer, ["network", "detector"])
    assert value["confidence"] == pytest.approx(page.subject.digit.confidence, rel=1e-5)
    assert value["network"]["confidence"] == pytest.approx(page.network.confidence, rel=1e-5)
    alone = ds.explain(page.image)
    assert alone.network_decides
    assert captions.source_of_confidence(alone) == ""
    assert alone.confidence == pytest.approx(page.network.confidence)
    assert alone.to_dict(outputs=False)["decided_by"] == ["network"]


def test_a_reading_that_leaves_the_decision_to_the_network_says_nothing_more(seven):
    page = ds.explain(RECEIPT, digit=5)
    own = page.network
    digit = replace(
        page.subject.digit,
        value=own.value,
        confidence=round(own.confidence, 6),
        status="rejected" if own.rejected else "accepted",
    )
    decided = Explanation(replace(page.subject, digit=digit), *(getattr(page, f.name) for f in fields(page)[1:]))
    assert decided.network_decides
    assert captions.source_of_confidence(decided) == ""


def test_ten_classes_have_their_confidence_explained(noise):
    explanation = ds.explain(noise, "cnn")
    assert explanation.confidence == pytest.approx(explanation.trace.probabilities.max() ** 2)
    assert "1 − rejection" in captions.source_of_confidence(explanation)


def test_a_notebook_shows_the_answer(small, seven):
    explanation = ds.explain(seven, small.path)
    shown = explanation._repr_html_()
    assert captions.verdict(explanation) in shown
    assert shown.count("data:image/png") == 1
    assert repr(explanation).startswith(f"Explanation({explanation.answer}, ")


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
