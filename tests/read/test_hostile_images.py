"""At least 2,000 damaged images: each ends in pages of pixels or in an ImageError, and nothing else."""

import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from digitscope.errors import ImageError
from digitscope.read.image import open_pages

MAX_PIXELS = 250_000


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def originals():
    y, x = np.mgrid[0:30, 0:40]
    page = PilImage.fromarray(np.stack([6 * x, 8 * y, 3 * (x + y)], 2).astype(np.uint8))
    grey = page.convert("L")
    heic = io.BytesIO()
    pillow_heif.from_pillow(page.resize((64, 64))).save(heic, quality=50)
    exif = PilImage.Exif()
    exif[0x0112] = 6
    return [
        saved(page, "JPEG", exif=exif),
        saved(page.convert("CMYK"), "JPEG"),
        saved(page, "PNG"),
        saved(page.quantize(8), "PNG", transparency=0),
        saved(PilImage.fromarray(np.asarray(grey).astype(np.uint16) * 257), "PNG"),
        saved(grey, "GIF", save_all=True, append_images=[grey.rotate(90)]),
        saved(page, "BMP"),
        saved(page, "PPM"),
        saved(page, "TIFF", save_all=True, append_images=[page]),
        saved(grey, "TIFF", compression="tiff_lzw"),
        saved(page, "WEBP"),
        saved(page, "PDF"),
        heic.getvalue(),
    ]


places = st.one_of(st.integers(0, 80), st.integers(0, 4000))
edits = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "cut", "remove", "insert", "splice"]),
        places,
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data, changes, other):
    data = bytearray(data)
    for kind, place, content in changes:
        at = place % (len(data) + 1)
        if kind == "overwrite":
            data[at : at + len(content)] = content
        elif kind == "cut":
            del data[at:]
        elif kind == "remove":
            del data[at : at + 7 * len(content)]
        elif kind == "insert":
            data[at:at] = content
        else:
            data[at:] = other[at:]
    return bytes(data)


@settings(max_examples=2000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 12), other=st.integers(0, 12), changes=edits)
def test_a_damaged_image_is_read_or_refused(originals, which, other, changes):
    data = damaged(originals[which], changes, originals[other])
    refusal = None
    try:
        for pixels in open_pages(data, max_pixels=MAX_PIXELS):
            assert pixels.dtype == np.uint8
            assert pixels.ndim in (2, 3)
            assert 0 < pixels.size <= 3 * MAX_PIXELS
    except ImageError as error:
        refusal = str(error)
    assert refusal is None or ("Expected" in refusal and "Received: " in refusal)
