"""The browser brings a drawing into MNIST's form as the package does."""

import base64

import cv2
import numpy as np
import pytest

from digitscope.explanation.bundle import VIEWS, bundle
from digitscope.reading.normalization import normalize
from digitscope.web.playground import STATIC

SIDE = 280
DRAWINGS = 120
ENTRY = 'import { normalize, shrunk } from "./views/normalize.js";\nObject.assign(globalThis, { normalize, shrunk });\n'


def drawings():
    """Strokes of every width and size, in any place; some faint, some filled, one of a single pixel, one empty."""
    random = np.random.default_rng(0)
    for number in range(DRAWINGS):
        image = np.zeros((SIDE, SIDE), np.uint8)
        size = random.integers(8, 130)
        middle = random.integers(size, SIDE - size, 2)
        for _ in range(random.integers(1, 4)):
            points = middle + random.integers(-size, size, (random.integers(2, 6), 2))
            cv2.polylines(image, [points.astype(np.int32)], False, 255, int(random.integers(2, 50)), cv2.LINE_AA)
        yield (image * random.uniform(0.6, 1)).astype(np.uint8) if number % 5 == 0 else image
    dot = np.zeros((SIDE, SIDE), np.uint8)
    yield dot
    dot = dot.copy()
    dot[100, 120] = 255
    yield dot


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("entry")
    (folder / "entry.js").write_text(ENTRY)
    page = browser.new_page()
    page.add_script_tag(content=bundle("entry.js", {"": [folder], "views": [STATIC / "views", VIEWS]}))
    yield page
    page.close()


def in_browser(page, function, image):
    made = page.evaluate(
        f"([width, height, text]) => Array.from({function}({{ width, height, pixels: "
        "Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) }))",
        [image.shape[1], image.shape[0], base64.b64encode(image.tobytes()).decode()],
    )
    return np.array(made).reshape(28, 28)


def difference(page, image):
    """The largest difference in grey levels between the browser's and the package's."""
    return np.abs(in_browser(page, "normalize", image) - normalize(image).astype(int)).max()


def test_drawings_come_out_as_the_packages_own(page):
    """OpenCV scales in single precision: a level or two, which seldom tips the decision to thin a stroke."""
    differences = [difference(page, image) for image in drawings()]
    assert np.mean(np.array(differences) <= 2) >= 0.98


def test_mnist_enlarged_comes_out_as_the_packages_own(page, mnist):
    for image in mnist.test_images[:40]:
        large = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        assert difference(page, large) <= 2


def test_scaled_down_is_the_mean_of_each_ten_by_ten_pixels(page):
    image = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), np.uint8)
    means = image.reshape(28, 10, 28, 10).mean(axis=(1, 3))
    assert np.abs(in_browser(page, "shrunk", image) - means).max() <= 0.5 + 1e-9
