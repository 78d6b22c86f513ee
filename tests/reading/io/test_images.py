import io
import os
import struct
import zlib

import numpy as np
import pillow_heif
import pypdfium2
import pytest
from PIL import Image as PilImage
from PIL import ImageSequence

from digitscope.errors import ImageError, ImageTooLargeError
from digitscope.reading.io import images
from digitscope.reading.io.images import open_pages, open_reduced, reason


def photo(width=40, height=24):
    """A gradient with a dark corner: every turn and flip of it looks different."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([60 + 4 * x, 40 + 6 * y, 90 + x + y], 2).clip(0, 255).astype(np.uint8)
    image[: height // 3, : width // 4] = 10
    return image


def coded(image, format, **options):
    file = io.BytesIO()
    (image if isinstance(image, PilImage.Image) else PilImage.fromarray(image)).save(file, format, **options)
    return file.getvalue()


def document(format, **options):
    """Three pages, each of another grey."""
    first, *others = [PilImage.new("RGB", (72, 36), (value,) * 3) for value in (0, 100, 200)]
    return coded(first, format, save_all=True, append_images=others, **options)


def only(source, **options):
    pages = list(open_pages(source, **options))
    assert len(pages) == 1
    return pages[0]


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_files_come_back_bit_for_bit(format, tmp_path):
    path = tmp_path / "named-wrongly.jpg"
    path.write_bytes(coded(photo(), format))
    for source in (path, str(path), path.read_bytes(), bytearray(path.read_bytes())):
        assert np.array_equal(only(source), photo())


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_lossy_files_come_back_nearly(format):
    pixels = only(coded(photo(), format, quality=95)).astype(int)
    assert np.abs(pixels - photo()).mean() < 4


def test_grey_stays_grey():
    grey = photo()[..., 0]
    assert np.array_equal(only(coded(grey, "PNG")), grey)
    assert np.array_equal(only(coded(PilImage.fromarray(grey > 100), "PNG")), (grey > 100) * np.uint8(255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"quality": 100, "subsampling": 0}),
    ],
)
def test_exif_turning_is_what_a_viewer_shows(format, options, orientation):
    # Where the first row and the first column of the stored image go when displayed (EXIF 2.3, tag 0x0112).
    turned = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a.swapaxes(0, 1)[:, ::-1],
        7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
        8: lambda a: a.swapaxes(0, 1)[::-1],
    }[orientation](photo())
    exif = PilImage.Exif()
    exif[0x0112] = orientation
    page = next(open_reduced(coded(photo(), format, exif=exif, **options)))
    assert page.size == (turned.shape[1], turned.shape[0])
    assert page.pixels.shape == turned.shape
    assert np.abs(page.pixels.astype(int) - turned).mean() < (2 if format == "JPEG" else 0.01)


def test_heic_is_read():
    file = io.BytesIO()
    pillow_heif.from_pillow(PilImage.fromarray(photo(64, 64))).save(file, quality=95)
    assert np.abs(only(file.getvalue()).astype(int) - photo(64, 64)).mean() < 6


def test_a_transparent_drawing_lies_on_the_ground_that_shows_it():
    for ink, ground in ((20, 255), (240, 0)):
        drawing = np.zeros((20, 20, 4), np.uint8)
        drawing[5:15, 9:11] = (ink, ink, ink, 255)
        for mode in ("RGBA", "LA", "PA"):
            pixels = only(coded(PilImage.fromarray(drawing).convert(mode), "TIFF" if mode == "PA" else "PNG"))
            assert np.all(pixels[0, 0] == ground)
            assert np.abs(pixels[10, 10].astype(int) - ink).max() <= 2
        assert np.all(only(drawing)[0, 0] == ground)


def test_a_half_transparent_pixel_is_mixed_with_its_ground():
    drawing = np.zeros((10, 10, 4), np.uint8)
    drawing[4:6, 4:6] = (0, 0, 0, 128)
    assert only(drawing)[4, 4, 0] == pytest.approx(127, abs=1)


def test_a_fully_transparent_image_is_blank_and_a_useless_alpha_is_ignored():
    assert np.all(only(np.zeros((5, 5, 4), np.uint8)) == 255)
    opaque = np.dstack([photo(), np.full(photo().shape[:2], 255, np.uint8)])
    assert np.array_equal(only(coded(opaque, "PNG")), photo())


def test_a_palette_with_transparency_is_flattened():
    image = PilImage.new("P", (10, 10), 0)
    image.putpalette([255, 0, 255, 0, 0, 0] + [0] * 750)
    image.putpixel((5, 5), 1)
    pixels = only(coded(image, "PNG", transparency=0))
    assert np.all(pixels[0, 0] == 255)
    assert np.all(pixels[5, 5] == 0)


def test_cmyk_is_read_in_its_true_colours():
    white = PilImage.new("CMYK", (8, 8), (0, 0, 0, 0))
    white.putpixel((4, 4), (0, 0, 0, 255))
    pixels = only(coded(white, "TIFF"))
    assert np.all(pixels[0, 0] == 255)
    assert np.all(pixels[4, 4] == 0)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_sixteen_bits_are_scaled_by_the_bits_in_use(bits):
    ramp = np.linspace(0, 2**bits - 1, 256).astype(np.uint16).reshape(16, 16)
    expected = (ramp >> (bits - 8)).astype(np.uint8)
    assert np.array_equal(only(coded(ramp, "PNG")), expected)
    assert np.array_equal(only(ramp), expected)


def test_of_an_animation_the_first_frame_is_read():
    frames = [PilImage.new("L", (6, 6), value) for value in (10, 200)]
    for format in ("GIF", "WEBP", "PNG"):
        data = coded(frames[0], format, save_all=True, append_images=frames[1:], lossless=True)
        assert int(only(data).flat[0]) == pytest.approx(10, abs=1)


def test_each_page_of_a_tiff_and_of_a_pdf_is_read():
    tiff = list(open_pages(document("TIFF")))
    assert [int(page[5, 5, 0]) for page in tiff] == [0, 100, 200]
    pdf = list(open_pages(document("PDF", resolution=72)))
    assert [round(int(page[50, 50, 0]), -1) for page in pdf] == [0, 100, 200]
    assert pdf[0].shape == (100, 200, 3)  # an inch is 200 pixels


def test_of_a_pil_image_the_current_frame_is_read():
    frames = [PilImage.new("L", (6, 6), value) for value in (10, 100, 200)]
    for format in ("TIFF", "GIF"):
        image = PilImage.open(io.BytesIO(coded(frames[0], format, save_all=True, append_images=frames[1:])))
        for number, frame in enumerate(ImageSequence.Iterator(image)):
            assert int(only(frame).flat[0]) == (10, 100, 200)[number]
            assert image.tell() == number


@pytest.mark.parametrize("format", ["TIFF", "PDF"])
def test_a_document_with_too_many_pages_is_refused_before_the_first(format):
    data = document(format)
    assert len(list(open_reduced(data, max_pages=3))) == 3
    with pytest.raises(ImageTooLargeError, match=rf"The {format} has .* pages\. Expected 1 to 2\. Received: \d+ bytes"):
        next(open_reduced(data, max_pages=2))


def test_the_pages_of_a_tiff_before_a_damaged_one_are_read():
    data = document("TIFF")
    second = struct.unpack("<I", data[4:8])[0]  # the place of the first page's directory, which ends with the second's
    second += 2 + 12 * struct.unpack("<H", data[second : second + 2])[0]
    pages = open_pages(data[:second] + struct.pack("<I", len(data) + 9) + data[second + 4 :])
    assert next(pages).shape == (36, 72, 3)
    with pytest.raises(ImageError, match="Expected"):
        next(pages)


def test_a_pil_image_of_a_mode_that_is_not_read_is_no_damaged_file():
    with pytest.raises(ImageError, match=r"cannot be decoded: .*La.* Expected .* RGB\. Received: mode='La'"):
        only(PilImage.new("La", (5, 5)))


def test_a_large_jpeg_may_be_decoded_smaller_and_keeps_its_size():
    data = coded(np.zeros((800, 1200), np.uint8), "JPEG")
    page = next(open_reduced(data, enough=200_000))
    assert page.pixels.shape == (400, 600)
    assert page.size == (1200, 800)
    assert page.scale == 2
    assert next(open_reduced(data, enough=300_000)).pixels.shape == (800, 1200)


@pytest.mark.parametrize(
    "array",
    [
        photo()[..., 0] > 50,
        photo()[..., :1],
        photo() / 255,
        photo().astype(np.float64),
        photo().astype(np.float16),
        photo().astype(np.int64),
        photo().astype(">u2"),
        photo()[::-1, ::-2],
    ],
)
def test_arrays_of_every_sensible_kind_are_read(array):
    pixels = only(array)
    assert pixels.dtype == np.uint8
    assert pixels.shape[:2] == array.shape[:2]
    assert pixels.flags.c_contiguous
    scale = 255 if array.dtype == bool or array.max() <= 1 else 1
    assert np.abs(pixels.astype(float) - np.squeeze(array).astype(float) * scale).max() < 1


def test_floats_just_outside_0_to_1_are_meant_for_it():
    exact = photo() / 255
    for beyond in (1e-6, 0.05):
        stretched = (exact - exact.min()) * ((1 + 2 * beyond) / np.ptp(exact)) - beyond
        for dtype in (np.float32, np.float64):
            pixels = only(stretched.astype(dtype))
            assert np.array_equal(pixels, np.rint(stretched.astype(np.float32).clip(0, 1) * 255))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.uint16, np.int64, float])
def test_a_mask_of_any_type_is_black_and_white(dtype):
    mask = photo()[..., 0] > 100
    assert np.array_equal(only(mask.astype(dtype)), mask * np.uint8(255))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(784, np.uint8),
        np.zeros((5, 28, 28), np.uint8),
        np.zeros((3, 20, 20), np.uint8),
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.full((5, 5), np.nan),
        np.full((5, 5), np.inf),
        np.full((5, 5), -1),
        np.full((5, 5), -0.5),
        np.full((5, 5), 300.0),
        np.full((5, 5), 70_000),
        np.zeros((5, 5), complex),
        np.zeros((5, 5), object),
        np.full((5, 5), "a"),
        np.zeros((5, 5), "M8[s]"),
    ],
)
def test_an_array_that_is_no_image_is_refused_with_what_it_was(array):
    with pytest.raises(ImageError, match=r"Expected .* Received: dtype="):
        only(array)


@pytest.mark.parametrize("source", [None, 3, [1, 2], {"a": 1}, io.StringIO("x")])
def test_what_is_no_source_is_refused_with_its_type(source):
    with pytest.raises(ImageError, match="Received: type="):
        only(source)


def bomb():
    """A valid PNG header of 60,000 × 60,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


JPEG, PNG = coded(photo(400, 300), "JPEG"), coded(photo(400, 300), "PNG")
BAD = {
    "empty": b"",
    "text": b"these are not the pixels that you are looking for\n" * 40,
    "truncated JPEG": JPEG[: len(JPEG) // 2],
    "truncated PNG": PNG[: len(PNG) // 2],
    "truncated header": PNG[:20],
    "bomb": bomb(),
    "broken PDF": b"%PDF-1.7\n%%EOF",
    "broken HEIC": b"\0\0\0\x18ftypheic" + bytes(60),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_clear_error(name, tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(BAD[name])
    with pytest.raises(ImageError, match=r"Expected .* Received: path="):
        list(open_pages(path))
    with pytest.raises(ImageError, match=r"Expected .* Received: \d+ bytes"):
        list(open_pages(BAD[name]))


def test_an_encrypted_pdf_is_named_as_such():
    document = pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    file = io.BytesIO()
    document.save(file)
    # An encryption dictionary that no password opens: /V 1 with keys that fit nothing.
    encrypted = file.getvalue().replace(
        b"trailer\r\n<<",
        b"trailer\r\n<</Encrypt <</Filter/Standard/V 1/R 2/P -4/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")>>"
        b"/ID[(0123456789abcdef)(0123456789abcdef)]",
    )
    assert encrypted != file.getvalue()
    with pytest.raises(ImageError, match="is encrypted"):
        list(open_pages(encrypted))


def test_paths_that_lead_to_no_readable_file_are_told_apart(tmp_path):
    cases = {
        tmp_path / "missing.png": "no such file",
        tmp_path: "a folder",
        "https://example.org/seven.png": "Addresses are not opened",
        "nul\0byte.png": "cannot be opened",
        tmp_path / ("x" * 300): "cannot be opened",
        "/dev/null": "no regular file",
        b"": "empty",
    }
    os.mkfifo(tmp_path / "pipe")
    cases[tmp_path / "pipe"] = "no regular file"
    for source, message in cases.items():
        with pytest.raises(ImageError, match=message):
            only(source)


def test_a_file_without_permission_is_refused(tmp_path):
    path = tmp_path / "secret.png"
    path.write_bytes(PNG)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() != "root" or folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(0o755)
        if folder.name.startswith("pytest-of"):
            break
    root = os.geteuid() == 0
    if root:  # whom no permission stops
        os.seteuid(65534)
    try:
        with pytest.raises(ImageError, match="may not be read"):
            only(path)
    finally:
        if root:
            os.seteuid(0)


def test_max_pixels_holds_for_files_images_and_arrays():
    for source in (PNG, JPEG, PilImage.fromarray(photo(400, 300)), photo(400, 300)):
        assert only(source, max_pixels=400 * 300).shape == (300, 400, 3)
        with pytest.raises(ImageError, match="too large"):
            only(source, max_pixels=400 * 300 - 1)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_a_limit_above_pillows_own_holds_and_pillows_is_as_before(format, monkeypatch):
    monkeypatch.setattr(PilImage, "MAX_IMAGE_PIXELS", 50_000)
    monkeypatch.setattr(images, "PILLOW_MAX_PIXELS", 100_000)
    assert only(coded(photo(400, 300), format), max_pixels=120_000).shape == (300, 400, 3)
    assert PilImage.MAX_IMAGE_PIXELS == 50_000
    with pytest.raises(ImageError, match="too large"):
        only(coded(photo(400, 300), format), max_pixels=119_999)


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1)])
def test_the_thinnest_images_are_read(shape):
    assert only(coded(np.zeros(shape, np.uint8), "PNG")).shape == shape
    assert only(np.zeros(shape, np.uint8)).shape == shape


def test_damaged_exif_does_not_hide_the_photo():
    assert only(coded(photo(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40))).shape == photo().shape


def test_what_a_decoder_says_is_cut_at_a_word():
    assert reason(ValueError("no  room.")) == "no room"
    assert reason(ValueError()) == "ValueError"
    long = reason(ValueError("some words, " * 20))
    assert long == "some words, " * 9 + "some words…"
    assert reason(ValueError("x" * 200)) == "x" * 119 + "…"
