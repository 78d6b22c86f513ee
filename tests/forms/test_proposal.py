import cv2
import numpy as np
import pytest

from digitscope.forms.proposal import preview, propose
from digitscope.synthesis.forms.blank import design


def page(*, boxes=(), lines=(), text=()):
    """A page of 800 × 1000 pixels with rules two pixels wide."""
    image = np.full((1000, 800), 255, np.uint8)
    for x, y, w, h in boxes:
        cv2.rectangle(image, (x, y), (x + w, y + h), 0, 2)
    for start, end in lines:
        cv2.line(image, start, end, 0, 2)
    for words, place in text:
        cv2.putText(image, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    return image


def near(box, wanted):
    return max(abs(a - b) for a, b in zip(box, wanted, strict=True)) <= 3


def test_boxes_side_by_side_are_one_number():
    fields = propose([page(boxes=[(100 + 40 * n, 200, 40, 44) for n in range(5)] + [(100, 400, 160, 50)])])
    assert [(field.name, len(field.cells)) for field in fields] == [("field1", 5), ("field2", 0)]
    assert near(fields[0].box, (100, 200, 200, 44))
    assert near(fields[1].box, (100, 400, 160, 50))


def test_boxes_with_gaps_are_one_number_too():
    (field,) = propose([page(boxes=[(100 + 52 * n, 200, 40, 44) for n in range(4)])])
    assert [near(cell, (100 + 52 * n, 200, 40, 44)) for n, cell in enumerate(field.cells)] == [True] * 4


def test_a_comb_is_a_number():
    ticks = [((100 + 40 * n, 228), (100 + 40 * n, 240)) for n in range(6)]
    (field,) = propose([page(lines=[((100, 240), (300, 240)), *ticks])])
    assert len(field.cells) == 5
    assert abs(field.box[0] - 100) <= 3
    assert abs(field.box[1] + field.box[3] - 240) <= 3
    assert 35 <= field.box[3] <= 60


def test_a_column_of_boxes_is_a_table():
    fields = propose([page(boxes=[(300, 200 + 50 * n, 110, 50) for n in range(4)])])
    assert [field.name for field in fields] == ["table1.1", "table1.2", "table1.3", "table1.4"]


def test_what_is_printed_in_and_plain_rules_and_the_pages_frame_are_no_fields():
    image = page(
        boxes=[(20, 20, 760, 960), (100, 200, 200, 50)],
        lines=[((100, 500), (700, 500))],
        text=[("points", (120, 235)), ("Written by", (100, 700))],
    )
    assert propose([image]) == ()


def test_pages_are_numbered_and_names_go_on():
    one = page(boxes=[(100, 200, 160, 50)])
    assert [(field.name, field.page) for field in propose([one, one])] == [("field1", 1), ("field2", 2)]


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_the_fields_of_a_made_form_are_found(seed):
    template = design(np.random.default_rng(seed)).template(150)
    found = [box for field in propose(template.pages) for box in field.cells or (field.box,)]
    made = [box for field in template.fields for box in field.cells or (field.box,)]
    assert len(found) == len(made)
    middles = np.array([(x + w / 2, y + h) for x, y, w, h in found])  # how high a comb's cells are nobody knows
    for x, y, w, h in made:
        assert np.abs(middles - (x + w / 2, y + h)).max(axis=1).min() <= 4


def test_a_preview_shows_the_boxes():
    image = page(boxes=[(100, 200, 160, 50)])
    shown = preview(image, propose([image]))
    assert shown.shape == (1000, 800, 3)
    assert (shown[203:247, 100] != 255).any()
