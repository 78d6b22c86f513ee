import cv2
import numpy as np
import pytest

from digitscope.reading.ink import LONGEST, find_ink, two_level_inks, working_scale


def cross(paper, ink, *, size=(400, 500), thickness=9):
    image = np.full((*size, 3), paper, np.uint8)
    cv2.line(image, (200, 120), (300, 260), ink, thickness, cv2.LINE_AA)
    cv2.line(image, (200, 260), (300, 120), ink, thickness, cv2.LINE_AA)
    return image


def overlap(mask, other):
    return np.count_nonzero(mask & other) / np.count_nonzero(mask | other)


TRUTH = (cross((0, 0, 0), (255, 255, 255))[:, :, 0] > 127).astype(np.uint8)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((0, 0, 0), (255, 255, 255)),
        ((240, 235, 220), (60, 60, 160)),
        ((180, 230, 40), (70, 60, 200)),  # a coloured pen on coloured paper
        ((200, 200, 200), (165, 165, 165)),  # faint pencil
        ((40, 60, 50), (190, 200, 190)),  # chalk
    ],
)
def test_ink_is_found_on_any_paper(paper, ink):
    assert overlap(find_ink(cross(paper, ink)).mask, TRUTH) > 0.75


def test_a_slow_change_of_light_leaves_no_ink():
    light = np.linspace(90, 250, 500)[None, :, None].repeat(400, axis=0).repeat(3, axis=2)
    shaded = (cross((255, 255, 255), (0, 0, 0)) / 255 * light).astype(np.uint8)
    assert overlap(find_ink(shaded).mask, TRUTH) > 0.75


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_paper_has_no_ink(level):
    assert not find_ink(np.full((300, 200, 3), level, np.uint8)).mask.any()


def test_the_grain_of_blank_paper_is_no_ink():
    grain = np.random.default_rng(0).normal(180, 4, (300, 400)).clip(0, 255).astype(np.uint8)
    assert find_ink(grain).mask.mean() < 0.001


def test_large_pages_shrink_and_small_images_grow():
    assert working_scale(3000, 4000) == LONGEST / 4000
    assert working_scale(34, 60) > 4
    assert working_scale(600, 800) == 1
    assert find_ink(np.full((3000, 4000), 255, np.uint8)).mask.shape == (1200, 1600)


def test_a_page_with_a_wide_pen_is_worked_on_at_half_the_size_and_one_with_a_thin_pen_whole():
    for width, factor in ((12, 2), (22, 4), (3, 1)):
        page = np.full((900, 1200), 230, np.uint8)
        cv2.line(page, (300, 200), (500, 700), 40, width)
        cv2.circle(page, (800, 450), 200, 40, width)
        ink = find_ink(page)
        assert ink.mask.shape == (900 // factor, 1200 // factor)
        assert ink.scale == 1 / factor
        assert abs(ink.pen * factor - width) < 2 * factor


def test_a_faint_thin_line_that_a_half_of_the_page_does_not_show_is_found():
    page = np.full((900, 1200), 230, np.uint8)
    cv2.line(page, (300, 200), (500, 700), 200, 1)
    assert find_ink(page).mask.sum() > 400


def ring(paper, ink):
    """A thick ring that touches all edges of its picture."""
    image = np.full((200, 160), paper, np.uint8)
    cv2.ellipse(image, (80, 100), (58, 78), 0, 0, 360, ink, 44, cv2.LINE_AA)
    return image


@pytest.mark.parametrize(("paper", "ink"), [(230, 40), (40, 230)])
def test_two_levels_need_no_paper_around_a_stroke(paper, ink):
    image = ring(paper, ink)
    truth = (np.abs(image.astype(int) - ink) < 95).astype(np.uint8)
    overlaps = [
        overlap(cv2.resize(found.mask, (160, 200), interpolation=cv2.INTER_AREA), truth)
        for found in two_level_inks(image)
    ]
    assert max(overlaps) > 0.9


def test_a_sheet_on_a_table_is_no_stroke():
    image = np.full((300, 400), 60, np.uint8)
    image[:, 150:] = 220
    assert two_level_inks(image) == []


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_paper_has_one_level(level):
    assert not any(ink.mask.any() for ink in two_level_inks(np.full((300, 200, 3), level, np.uint8)))


def lopsided():
    """Two strokes and a dot of dark ink: no way up looks like another."""
    image = cross((235, 230, 220), (40, 40, 60))
    cv2.circle(image, (120, 330), 9, (40, 40, 60), -1)
    return image


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_ink_is_what_is_found_on_the_turned_page(rotation):
    image = lopsided()
    turned, found = find_ink(image).turned(rotation), find_ink(np.rot90(image, -rotation // 90).copy())
    assert overlap(turned.mask, found.mask) > 0.99
    assert (turned.scale, turned.pen) == pytest.approx((found.scale, found.pen), rel=0.02)
    assert {name: step.shape for name, step in turned.steps.items()} == {
        name: step.shape for name, step in found.steps.items()
    }
    for number in range(1, len(turned.pieces.stats)):
        piece = (turned.pieces.labels == number).astype(np.uint8)
        assert turned.pieces.stats[number].tolist() == [*cv2.boundingRect(piece), np.count_nonzero(piece)]


def test_ink_found_in_two_ways_is_the_same_on_clean_paper_and_not_where_one_way_finds_less():
    page = np.full((900, 1200), 230, np.uint8)
    cv2.circle(page, (800, 450), 200, 40, 12)
    ink = find_ink(page)
    (levels,) = two_level_inks(page, scale=ink.scale)
    assert levels.scale == ink.scale
    assert levels.is_same_as(ink.mask)
    assert not levels.is_same_as(find_ink(cv2.line(page, (300, 200), (500, 700), 170, 12)).mask)
    assert not levels.is_same_as(two_level_inks(page)[0].mask)  # of another size
