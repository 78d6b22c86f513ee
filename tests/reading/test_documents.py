"""Documents of several pages: read one after the other, none kept, drawn from the file again."""

import gc
import io
import math
import weakref

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage

import digitscope as ds
from digitscope.errors import ImageError, UsageError
from digitscope.reading.io import pdf
from digitscope.reading.result import Reading


@pytest.fixture(scope="module")
def reader():
    return ds.Recognizer()


@pytest.fixture(scope="module")
def scans(mnist, tmp_path_factory):
    """A TIFF of five pages, each with one digit of the last 5,000 training images; and what each page reads alone."""
    pages = []
    for image in mnist.held_out.images[:5]:
        large = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
        pages.append(PilImage.fromarray(255 - np.pad(large, 60)))
    path = tmp_path_factory.mktemp("documents") / "scans.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path, [ds.read(page).text for page in pages]


def test_pages_come_one_after_the_other_with_their_pixels_and_only_one_is_held(reader, scans):
    path, texts = scans
    pixels = []
    for number, page in enumerate(reader.pages(path)):
        assert page.text == texts[number] != ""
        assert page.image is not None
        assert "ink" in page.steps
        pixels.append(weakref.ref(page.image))
        del page
        gc.collect()
        assert sum(reference() is not None for reference in pixels) <= 1
    assert len(pixels) == 5


def test_a_documents_reading_keeps_no_pixels_and_parts_its_pages_by_form_feeds(reader, scans):
    path, texts = scans
    reading = reader.read(path)
    assert reading.text == "\f".join(texts)
    assert all(page.image is None and not page.steps for page in reading.pages)
    assert all(digit.glyph.shape == (28, 28) and digit.probabilities.shape == (11,) for digit in reading.digits)
    assert Reading.from_json(reading.to_json()) == reading


def test_a_document_is_drawn_from_its_file(reader, scans, tmp_path):
    path, _ = scans
    reading = reader.read(path)
    expected = [page.annotated() for page in reader.pages(path)]
    assert all(np.array_equal(reading.annotated(n), image) for n, image in enumerate(expected))
    assert [saved.name for saved in reading.save_annotated(tmp_path / "a.png")] == [
        "a.png",
        *(f"a-{n}.png" for n in range(2, 6)),
    ]
    assert reading._repr_png_().startswith(b"\x89PNG")


def test_what_cannot_be_opened_again_is_a_clear_error(reader, scans, tmp_path):
    content = scans[0].read_bytes()
    with pytest.raises(UsageError, match="from a document's bytes"):
        reader.read(content).annotated()
    assert reader.read(content)._repr_png_() is None
    path = tmp_path / "gone.tif"
    path.write_bytes(content)
    reading = reader.read(path)
    PilImage.new("L", (200, 200), 255).save(path)
    with pytest.raises(ImageError, match="has changed"):
        reading.annotated(3)
    path.unlink()
    with pytest.raises(ImageError, match="no such file"):
        reading.annotated()


def test_open_binary_files_are_read_and_text_files_are_refused(reader, scans):
    path, texts = scans
    with path.open("rb") as file:
        assert reader.read(file).text == "\f".join(texts)
    with pytest.raises(ImageError, match="mode 'rb'"):
        ds.read(io.StringIO("7"))
    with pytest.raises(ImageError, match="cannot be read"):
        ds.read(file)


def test_a_large_jpeg_is_drawn_where_its_digits_are(reader, mnist, tmp_path):
    large = cv2.resize(mnist.held_out.images[0], (560, 560), interpolation=cv2.INTER_CUBIC)
    page = np.full((3000, 4000), 255, np.uint8)
    page[1800:2360, 2600:3160] -= large
    path = tmp_path / "photo.jpg"
    PilImage.fromarray(page).save(path, quality=95)
    reading = reader.read(path)
    x, y, _, h = reading.digits[0].box
    assert reading.pages[0].image.shape[0] < 3000  # decoded smaller
    drawn = reading.annotated()
    assert drawn.shape == (3000, 4000, 3)
    side = drawn[y + h // 2, x - 4 : x + 5].astype(int)
    assert (np.ptp(side, axis=1) > 60).any()  # a coloured line


@pytest.mark.parametrize("size", [(612, 792), (14_400, 14_400), (14_400, 0.5), (500.3, 500.3), (3, 1e7)])
@pytest.mark.parametrize("most", [1, 1_000, 250_000, 12_000_000])
def test_a_pdfs_page_never_takes_more_pixels_than_allowed(size, most):
    scale = pdf.fitting(*size, most)
    width, height = (math.ceil(side * scale) for side in size)
    assert width * height <= most
    assert scale <= pdf.DPI / 72
    assert width * height > 0.9 * most or scale == pdf.DPI / 72 or min(width, height) < 20
