import cv2
import numpy as np

from digitscope.forms.field import Field
from digitscope.forms.handwriting import Handwriting, without_print
from digitscope.forms.registration import Registration, Scan, Target


def ruled(*, shift=0):
    """Darkness of a box with rules three pixels wide."""
    dark = np.zeros((400, 600), np.uint8)
    cv2.rectangle(dark, (100 + shift, 100 + shift), (400 + shift, 200 + shift), 230, 3)
    return dark


def test_what_is_printed_is_gone_though_it_lies_a_pixel_off():
    for shift in (0, 1, -1):
        _, inked, _ = without_print(ruled(shift=shift), ruled())
        assert not inked.any()


def test_a_stroke_across_a_rule_stays_in_one_piece():
    seen = ruled()
    cv2.line(seen, (250, 150), (250, 250), 200, 5)
    strength, inked, _ = without_print(seen, ruled())
    count, _ = cv2.connectedComponents(inked.astype(np.uint8))
    assert count == 2  # the paper, and the stroke
    assert inked[155:245, 250].all()
    assert (strength[[120, 180, 220], 150] == 0).all()


def test_faint_print_in_colour_hides_no_pen():
    blank = (ruled() * 0.2).astype(np.uint8)
    seen = blank.copy()
    cv2.line(seen, (200, 200), (300, 200), 220, 3)  # along the rule
    _, inked, _ = without_print(seen, blank)
    assert inked[200, 205:295].all()


def test_a_field_has_its_own_ink_and_not_its_neighbours():
    size = (600, 400)
    page = np.full((400, 600), 255, np.uint8)
    cv2.rectangle(page, (100, 100), (200, 160), 0, 2)
    cv2.rectangle(page, (200, 100), (300, 160), 0, 2)
    scan = page.copy()
    cv2.line(scan, (140, 110), (140, 175), 40, 4)  # leaves the first box at its foot
    cv2.line(scan, (312, 115), (312, 150), 40, 4)  # beside the second
    fields = [Field("a", 1, (100, 100, 100, 60)), Field("b", 1, (200, 100, 100, 60))]
    flat = Registration(np.eye(3), size, np.zeros((21, 2)), np.zeros((0, 2)), np.zeros((0, 3)))
    written = Handwriting.of(Target.of(page), Scan(scan), flat, fields)

    first, second = written.parts(fields)

    scale = written.scale
    rows, columns = np.nonzero(first.mask)
    assert abs((rows.max() + first.window[1]) / scale - 176) < 4
    assert np.ptp(columns) / scale < 10
    assert (first.astray, second.mask.any()) == (0, False)
    assert second.astray > 50


def test_a_stroke_into_the_row_below_is_divided_between_both():
    page = np.full((400, 600), 255, np.uint8)
    for top in (100, 160):
        cv2.rectangle(page, (100, top), (200, top + 60), 0, 2)
    scan = page.copy()
    cv2.line(scan, (150, 110), (150, 190), 40, 4)  # half of it in each
    fields = [Field("a", 1, (100, 100, 100, 60)), Field("b", 1, (100, 160, 100, 60))]
    flat = Registration(np.eye(3), (600, 400), np.zeros((21, 2)), np.zeros((0, 2)), np.zeros((0, 3)))
    written = Handwriting.of(Target.of(page), Scan(scan), flat, fields)

    first, second = written.parts(fields)

    ends = [
        (np.flatnonzero(part.mask.any(axis=1))[[0, -1]] + part.window[1]) / written.scale for part in (first, second)
    ]
    assert np.abs(np.array(ends) - [[109, 160], [160, 191]]).max() < 4
