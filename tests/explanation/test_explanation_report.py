"""`explanation.html`: one page that is complete, and holds the trace's own numbers."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import digitscope as ds
from digitscope.explanation import captions
from digitscope.explanation.html import page_data, picture, render
from digitscope.explanation.receptive import origin, receptive_field

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Every element with its attributes, and whether all that was opened was closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.scripts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


@pytest.fixture(scope="module")
def explanation(model, seven):
    return ds.explain(seven, model.path)


def floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_the_page_is_complete_in_itself(explanation):
    page = Page(text := render(explanation))
    assert page.open == []
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "object", "base"}
        assert not str(attributes.get("src", "data:")).startswith(("http", "/")), attributes
        assert str(attributes.get("src", "data:")).startswith("data:")
        assert str(attributes.get("href", "#")).startswith("#")
    assert not re.search(r"https?://|@import|url\(", text)
    assert "default-src 'none'" in text


def test_every_layer_has_its_place_and_all_is_named_for_those_who_listen(explanation):
    page = Page(render(explanation))
    layers = [attributes for _, attributes in page.elements if "data-layer" in attributes]
    assert [int(a["data-layer"]) for a in layers] == list(range(len(explanation.trace.layers)))
    groups = [attributes for _, attributes in page.elements if attributes.get("class") == "maps"]
    assert len(groups) == len(layers)
    assert all(group["tabindex"] == "0" and group["aria-label"] for group in groups)
    for tag, attributes in page.elements:
        assert tag != "img" or attributes["alt"]
        assert tag != "canvas" or attributes.get("aria-label") or attributes.get("aria-hidden")


def test_the_pages_numbers_are_the_traces(explanation):
    page = Page(render(explanation))
    data = json.loads(page.scripts[0])
    assert data == json.loads(json.dumps(page_data(explanation)))
    for layer, traced in zip(data["layers"], explanation.trace.layers, strict=True):
        np.testing.assert_array_equal(floats(layer["output"]), traced.output.ravel())
        if traced.kernel is not None:
            np.testing.assert_array_equal(floats(layer["kernel"]), traced.kernel.ravel())
            np.testing.assert_array_equal(floats(layer["bias"]), traced.bias)
    np.testing.assert_array_equal(floats(data["erased"]), explanation.occlusion.margin_lost.ravel())


def test_rows_and_columns_give_each_units_window_and_field(explanation):
    records = explanation.trace.layers
    for number, values in enumerate(page_data(explanation)["layers"]):
        if len(values["shape"]) != 3:
            continue
        rows, cols = values["shape"][:2]
        for row, col in [(0, 0), (rows - 1, min(1, cols - 1)), (min(2, rows - 1), cols - 1)]:
            field = receptive_field(records[: number + 1], row, col)
            assert values["rows"][row] == (field.top, field.bottom)
            assert values["cols"][col] == (field.left, field.right)
            if "tops" in values:
                corner = origin(records[number], records[number - 1].shape, row, col)
                assert (values["tops"][row], values["lefts"][col]) == corner


def test_a_layer_with_a_wicked_name_stays_text(altered, seven):
    text = render(ds.explain(seven, altered("conv", name="</script><script>alert(1)</script>").path))
    assert "<script>alert" not in text
    assert len(Page(text).scripts) == 2


def test_a_file_without_layer_metadata_says_what_cannot_be_shown(bare, seven):
    text = render(ds.explain(seven, bare.path))
    assert "has no layer metadata" in text
    assert Page(text).open == []


def test_save_writes_the_page(small, seven, tmp_path):
    path = ds.explain(seven, small.path).save(tmp_path / "why.html")
    assert path.read_text().startswith("<!doctype html>")


def test_a_photo_is_scaled_down_and_a_glyph_is_exact(seven):
    import io

    import PIL.Image

    def opened(address):
        return PIL.Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))

    np.testing.assert_array_equal(np.asarray(opened(picture(seven))), seven)
    photo = opened(picture(np.zeros((1500, 3000, 3), np.uint8)))
    assert photo.size == (1000, 500)


def test_the_page_states_the_answer_and_has_a_bar_for_each_class(explanation):
    text = render(explanation)
    assert captions.verdict(explanation) in text
    shown = re.findall(r"<li[^>]*><b[^>]*>(\w+)</b>.*?<i>([\d.]+)", text)
    classes = len(explanation.trace.probabilities)
    assert [name for name, _ in shown] == [*map(str, range(10)), "none"][:classes]
    np.testing.assert_allclose([float(share) / 100 for _, share in shown], explanation.trace.probabilities, atol=5.1e-5)
