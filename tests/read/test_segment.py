import cv2
import numpy as np
import pytest

from digitscope.read.page import find_ink
from digitscope.read.segment import find_rows


def page_of(boxes, size=(500, 900)):
    """A white page with black rings, too slender to be cut, at the given places."""
    image = np.full(size, 255, np.uint8)
    for x, y, w, h in boxes:
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 0, 8, cv2.LINE_AA)
    return image


def rows_of(image):
    ink = find_ink(image)
    return find_rows(ink, ink.mask)[0]


def test_rows_come_from_top_to_bottom_and_atoms_from_left_to_right():
    boxes = [(60 + 90 * k, 60 + 140 * r, 40, 80) for r in range(3) for k in range(4 + r)]
    rows = rows_of(page_of(boxes))
    assert [len(row.atoms) for row in rows] == [4, 5, 6]
    for row in rows:
        assert [a.box[0] for a in row.atoms] == sorted(a.box[0] for a in row.atoms)


@pytest.mark.parametrize("slope", [-0.25, -0.1, 0.1, 0.25])
def test_tilted_rows_stay_rows(slope):
    boxes = [(60 + 80 * k, round(160 + 130 * r + slope * 80 * k), 40, 80) for r in range(2) for k in range(9)]
    rows = rows_of(page_of(boxes, size=(700, 900)))
    assert [len(row.atoms) for row in rows] == [9, 9]
    assert rows[0].slope == pytest.approx(slope, abs=0.04)


def test_specks_are_no_atoms():
    image = page_of([(100, 100, 44, 90), (200, 100, 44, 90)])
    cv2.circle(image, (400, 140), 3, 0, -1)
    assert sum(len(row.atoms) for row in rows_of(image)) == 2


def test_touching_rings_are_cut_and_the_cut_is_short():
    image = page_of([(100, 100, 60, 90), (152, 100, 60, 90)])
    (row,) = rows_of(image)
    cuts = [atom for atom in row.atoms if atom.cut > 0]
    assert cuts, "two rings that touch must not stay one atom"
    middle = min(cuts, key=lambda atom: abs(atom.box[0] - 156))
    assert abs(middle.box[0] - 156) < 12


def test_labels_tell_each_atoms_pixels():
    ink = find_ink(page_of([(100, 100, 60, 90), (152, 100, 60, 90), (400, 120, 60, 90)]))
    rows, labels = find_rows(ink, ink.mask)
    for atom in (a for row in rows for a in row.atoms):
        x, y, w, h = atom.box
        assert np.count_nonzero(labels == atom.label) == np.count_nonzero(labels[y : y + h, x : x + w] == atom.label)
        assert np.count_nonzero(labels == atom.label) == atom.area
