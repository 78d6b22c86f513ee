"""Rules are taken out of made ink whose strokes are known: what is left is the strokes."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from digitscope.pages import make_page
from digitscope.read.page import find_ink
from digitscope.read.rules import remove_rules

Mask = npt.NDArray[np.uint8]


def strokes() -> Mask:
    """Three zeros and three slanted ones in a row, with a pen of five pixels."""
    mask = np.zeros((200, 500), np.uint8)
    for i in range(3):
        cv2.ellipse(mask, (80 + 140 * i, 100), (18, 28), 0, 0, 360, 1, 5)
        cv2.line(mask, (142 + 140 * i, 128), (158 + 140 * i, 72), 1, 5)
    return mask


def kept(strokes: Mask, bare: Mask) -> float:
    return float((strokes & bare).sum() / strokes.sum())


def left_of(lines: Mask, strokes: Mask, bare: Mask) -> float:
    """The share of the lines' ink that is still there, strokes' neighbourhood left out."""
    alone = lines & (1 - cv2.dilate(strokes, np.ones((9, 9), np.uint8)))
    return float((alone & bare).sum() / alone.sum())


@pytest.mark.parametrize("degrees", [-3, 0])
@pytest.mark.parametrize("thickness", [1, 3, 5])
def test_tilted_rules_go_and_the_strokes_across_them_stay(degrees: int, thickness: int) -> None:
    digits, lines = strokes(), np.zeros((200, 500), np.uint8)
    rise = np.tan(np.radians(degrees)) * 250
    for y in (40, 108, 170):
        cv2.line(lines, (0, round(y - rise)), (499, round(y + rise)), 1, thickness)
    bare = remove_rules(digits | lines, 5.0)
    assert left_of(lines, digits, bare) < 0.05
    assert kept(digits, bare) > 0.93


def test_boxes_of_a_form_go_with_their_sides() -> None:
    digits, lines = strokes(), np.zeros((200, 500), np.uint8)
    for x in range(45, 400, 70):
        cv2.rectangle(lines, (x, 55), (x + 70, 145), 1, 3)
    bare = remove_rules(digits | lines, 5.0)
    assert left_of(lines, digits, bare) < 0.05
    assert kept(digits, bare) > 0.93


def test_ink_without_rules_stays_as_it_is() -> None:
    digits = strokes()
    assert np.array_equal(remove_rules(digits, 5.0), digits)


@pytest.mark.parametrize("width", [3, 14])
def test_the_long_stroke_of_a_single_digit_is_no_rule(width: int) -> None:
    one = np.zeros((200, 180), np.uint8)
    cv2.polylines(one, [np.array([[50, 75], [100, 30], [101, 165]])], False, 1, width)
    assert np.array_equal(remove_rules(one, float(width)), one)


def test_a_blank_page_stays_blank() -> None:
    assert not remove_rules(np.zeros((50, 80), np.uint8), 3.0).any()


@pytest.mark.parametrize("seed", range(4))
def test_the_edge_of_a_shadow_does_not_turn_a_page_into_light_ink(seed: int) -> None:
    page = make_page("dev", seed, paper="plain", text="40312\n7758", degradations=("shadow",), distance="normal")
    mask = find_ink(page.image).mask
    assert mask.mean() < 0.25
