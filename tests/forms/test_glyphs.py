"""Glyphs of fields: one for each cell that holds ink."""

import numpy as np
import pytest

from digitscope.forms.field import Field
from digitscope.forms.glyphs import FieldGlyph, _by_cell, find_glyphs
from digitscope.forms.handwriting import Part
from digitscope.reading.reader import Recognizer

SIDE = 64


@pytest.fixture(scope="module")
def reader():
    return Recognizer()


def part(images, *, free=False):
    """A field of as many cells of 64 pixels as there are images, [28, 28] each; None leaves a cell empty."""
    ink = np.zeros((SIDE + 20, SIDE * len(images) + 20), np.uint8)
    for number, image in enumerate(images):
        if image is not None:
            x = 10 + SIDE * number + 4
            ink[14:70, x : x + 56] = np.kron(image, np.ones((2, 2), np.uint8))
    cells = () if free else tuple((SIDE * n, 0, SIDE, SIDE) for n in range(len(images)))
    field = Field("number", 1, (0, 0, SIDE * len(images), SIDE), cells)
    return Part(field, (-10, -10, SIDE * len(images) + 10, SIDE + 10), ink, ink > 60, 0)


def test_each_cell_with_ink_has_a_glyph_which_is_read(mnist, reader):
    images, labels = mnist.held_out.images, mnist.held_out.labels
    chosen = [0, 1, 2, 3]
    made = part([images[0], images[1], None, *images[2:4]])
    glyphs = find_glyphs([made], reader, 1.0)["number"]
    assert [int(glyph.probabilities[:10].argmax()) for glyph in glyphs] == labels[chosen].tolist()
    assert [int(glyph.middle + made.window[0]) // SIDE for glyph in glyphs] == [0, 1, 3, 4]


def test_a_cell_in_which_no_digit_was_found_is_read_as_a_whole(mnist, reader):
    made = part([mnist.held_out.images[0], None, mnist.held_out.images[3]])
    glyphs = _by_cell(made, [], reader, 1.0)
    assert [int(glyph.probabilities[:10].argmax()) for glyph in glyphs] == mnist.held_out.labels[[0, 3]].tolist()
    left, top, right, bottom = glyphs[1].box_ltrb
    assert made.mask[top:bottom, left:right].sum() == made.mask[:, 10 + 2 * SIDE :].sum()


def test_of_several_glyphs_in_a_cell_the_one_with_most_ink_counts(mnist, reader):
    probabilities = np.full(11, 1 / 11, np.float32)
    corner, whole = FieldGlyph((16, 16, 20, 20), probabilities), FieldGlyph((14, 14, 70, 70), probabilities)
    two = part([mnist.held_out.images[0], None])
    assert _by_cell(two, [corner, whole], reader, 1.0) == [whole]
    free = part([mnist.held_out.images[0]], free=True)
    assert _by_cell(free, [corner, whole], reader, 1.0) == [corner, whole]


def test_a_glyph_more_likely_none_than_a_digit_is_rejected():
    likely = np.array([0.3, *[0.0] * 9, 0.7], np.float32)
    assert FieldGlyph((0, 0, 9, 9), likely).rejected
    assert not FieldGlyph((0, 0, 9, 9), likely[[10, *range(1, 10), 0]]).rejected
