"""At least 2,000 damaged images: each ends in a Reading or in an ImageError, and nothing else."""

import functools
import io
import time

import cv2
import numpy as np
import pillow_heif
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

import digitscope as ds
from digitscope.errors import ImageError

MAX_PIXELS = 250_000


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@functools.cache  # no fixture: a failure would print all of these bytes
def originals():
    paper = np.full((30, 24, 3), (240, 230, 200), np.uint8)
    cv2.polylines(paper, [np.array([(6, 6), (17, 6), (10, 24)])], False, (20, 30, 90), 2)
    page = PilImage.fromarray(paper)
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
        saved(page, "PDF", creationDate=time.gmtime(0), modDate=time.gmtime(0)),  # the same bytes each time
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
def test_a_damaged_image_is_read_or_refused(which, other, changes):
    data = damaged(originals()[which], changes, originals()[other])
    refusal = None
    try:
        for page in ds.read(data, max_pixels=MAX_PIXELS).pages:
            assert 0 < page.size[0] * page.size[1] <= MAX_PIXELS
    except ImageError as error:
        refusal = str(error)
    assert refusal is None or ("Expected" in refusal and "Received: " in refusal)
