"""`explanation.terminal`: pictures, bars and sums as text."""

from pathlib import Path

import numpy as np
import pytest
from rich.style import Style

import digitscope as ds
from digitscope.errors import ImageError
from digitscope.explanation import captions, terminal
from digitscope.explanation.arithmetic import arithmetic

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def explanation(model, seven):
    return ds.explain(seven, model.path)


def test_the_overview_shows_the_image_as_half_blocks(explanation, seven):
    lines = terminal.overview(explanation, color=False).plain.split("\n")[:14]
    ink = seven > 64
    for number, line in enumerate(lines):
        for col, mark in enumerate(line[:28]):
            assert (mark in "▀█", mark in "▄█") == (ink[2 * number, col], ink[2 * number + 1, col])


def test_colours_are_the_values(explanation):
    text = terminal.overview(explanation, color=True)
    styles = [span.style for span in text.spans if isinstance(span.style, Style)]
    colours = {(style.color.triplet, style.bgcolor.triplet) for style in styles}
    assert ((24, 24, 24), (24, 24, 24)) in colours  # nothing
    assert any(upper == (255, 255, 255) for upper, _ in colours)  # the most


def test_bars_are_as_long_as_the_probabilities(explanation):
    text = terminal.overview(explanation, color=False).plain
    names = [*map(str, range(10)), "none"][: len(explanation.trace.probabilities)]
    for name, share in zip(names, explanation.trace.probabilities, strict=True):
        (line,) = [line for line in text.split("\n") if line.split()[:1] == [name] and line.endswith("%")]
        assert line.count("█") == int(round(float(share) * 240) // 8)
        assert line.endswith(f"{float(share):.2%}".replace("%", "\u00a0%"))


def test_the_overview_is_a_screenful_that_ends_with_the_answer(explanation):
    lines = terminal.overview(explanation, width=80, color=False).plain.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    (verdict,) = [number for number, line in enumerate(lines) if line.startswith(("It reads", "Not a digit"))]
    assert verdict >= len(lines) - 7
    assert f"{explanation.confidence:.2%}".rstrip("%") in lines[verdict]


@pytest.mark.parametrize("name", ["receipt.jpg", "ruled.jpg"])
@pytest.mark.parametrize("network", ["reader", "cnn"])
def test_a_digit_of_a_page_takes_no_more_than_a_screenful(name, network):
    explained = ds.explain(EXAMPLES / name, network)
    lines = terminal.overview(explained, width=80, color=False).plain.splitlines()
    assert len(lines) <= 40
    assert any("The network alone" in line for line in lines)


@pytest.mark.parametrize("network", ["reader", "cnn"])
def test_where_nothing_looks_like_a_digit_there_is_nothing_to_explain(network):
    with pytest.raises(ImageError, match="nothing in the picture that could be a digit"):
        ds.explain(EXAMPLES / "letters.png", network)


def test_every_layer_is_named_and_no_line_is_wider_than_the_terminal(explanation):
    text = terminal.layers(explanation, width=72, color=False).plain
    for layer in explanation.trace.layers[1:]:
        assert captions.title(layer) in text
    pictures = [line for line in text.split("\n") if set(line) & set("▀▄█")]
    assert max(map(len, pictures)) <= 72


def test_a_units_text_holds_its_sum(explanation):
    trace = explanation.trace
    for layer in trace.layers:
        place = {"row": min(1, layer.shape[0] - 1), "col": min(2, layer.shape[1] - 1)} if len(layer.shape) == 3 else {}
        unit = arithmetic(trace, layer.name, 0, **place)
        text = terminal.unit(unit).plain
        assert text.startswith(f"{layer.name}:0")
        assert f"{unit.traced:.6g}" in text
        assert str(unit.receptive_field) in text
        if hasattr(unit, "bias"):
            assert f"bias {unit.bias:+.6f}, sum {unit.preactivation:+.6f}" in text


def test_negative_values_are_orange():
    picture = terminal._pictures([np.array([[1.0, -1.0], [0.0, 0.0]])], color=True)
    assert [span.style.color.triplet for span in picture.spans] == [(255, 255, 255), (255, 140, 66)]


def test_without_layer_metadata_it_says_what_cannot_be_shown(bare, seven):
    assert "cannot be shown" in terminal.overview(ds.explain(seven, bare.path), color=False).plain
