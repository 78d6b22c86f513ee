import cv2
import numpy as np
import pytest

from digitscope.forms.registration import Scan, Target, register
from digitscope.synthesis.forms.blank import design

POINTS = np.array([(200.0, 300.0), (700.0, 320.0), (420.0, 900.0), (650.0, 1000.0)])


@pytest.fixture(scope="module")
def blank():
    return design(np.random.default_rng(3)).printed(150)


@pytest.fixture(scope="module")
def target(blank):
    return Target.of(blank)


def seen(blank, *corners):
    """The blank with its corners moved there, in a picture of 1500 × 1900 pixels, and the map to it."""
    h, w = blank.shape[:2]
    to_image = cv2.getPerspectiveTransform(np.float32([(0, 0), (w, 0), (w, h), (0, h)]), np.float32(corners))
    middle = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the middle of the first pixel
    image = cv2.warpPerspective(blank, np.linalg.inv(middle) @ to_image @ middle, (1500, 1900), borderValue=(90,) * 3)
    return image, to_image


@pytest.mark.parametrize(
    "corners",
    [
        [(100, 60), (1340, 60), (1340, 1814), (100, 1814)],
        [(180, 90), (1350, 200), (1290, 1780), (60, 1700)],
        [(1340, 1814), (100, 1814), (100, 60), (1340, 60)],  # upside down
    ],
)
def test_a_blank_is_found_to_a_part_of_a_pixel(blank, target, corners):
    image, to_image = seen(blank, *corners)
    found = register(target, Scan(image))
    true = cv2.perspectiveTransform(POINTS[None], to_image)[0]
    assert np.abs(found.on_scan(POINTS) - true).max() < 0.5


def test_an_aligned_scan_lies_on_its_blank(blank, target):
    image, _ = seen(blank, (180, 90), (1350, 200), (1290, 1780), (60, 1700))
    aligned = register(target, Scan(image)).aligned(image, 1.0)
    assert aligned.shape == blank.shape
    assert np.abs(cv2.blur(aligned, (5, 5)).astype(int) - cv2.blur(blank, (5, 5))).mean() < 2


def test_a_sheet_that_does_not_lie_flat_is_followed(blank, target):
    y, x = np.mgrid[: blank.shape[0], : blank.shape[1]].astype(np.float32)
    bent = 8 * np.sin(y / 500)
    image = cv2.remap(blank, x + bent, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    found = register(target, Scan(image)).on_scan(POINTS)
    assert np.abs(found[:, 0] + 8 * np.sin(found[:, 1] / 500) - POINTS[:, 0]).max() < 1
    assert np.abs(found[:, 1] - POINTS[:, 1]).max() < 1


@pytest.mark.parametrize("seed", [4, 5])
def test_another_form_is_none(target, seed):
    assert register(target, Scan(design(np.random.default_rng(seed)).printed(150))) is None


def test_the_mirror_image_and_white_paper_are_none(blank, target):
    assert register(target, Scan(np.ascontiguousarray(blank[:, ::-1]))) is None
    assert register(target, Scan(np.full((1000, 800), 255, np.uint8))) is None
