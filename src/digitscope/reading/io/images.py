"""Open an image, whatever it comes as, or say in one ImageError why not.

    for pixels in open_pages("receipt.pdf"):
        pixels.shape    # uint8 [H, W], or [H, W, 3] in RGB, turned as EXIF says

A source is a path, the bytes of a file, a binary file open for reading, a PIL image, an array, or a page opened before.
Of a PDF or TIFF file every page is opened, of any other file the first frame, and of a PIL image the current one.
Nothing is ever downloaded. A file's format is told from its content, not from its name.
"""

import contextlib
import io
import os
import re
import stat
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage
from PIL import UnidentifiedImageError

from digitscope.arrays import Image
from digitscope.errors import ImageError, ImageKindError, ImageTooLargeError
from digitscope.reading.io import conversion, pdf

MAX_PIXELS = 64_000_000
PILLOW_MAX_PIXELS = 178_956_970  # what Pillow refuses by itself; its limit is one for the whole process
MAX_BYTES = 1_000_000_000
REASON = 120  # characters of what a decoder says
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # the first five need no further plugins
KNOWN = "a JPEG, PNG, GIF, BMP, TIFF, WebP, PNM, HEIC, AVIF or PDF file"
ORIENTATION = 0x0112
LOCK = threading.Lock()  # while Pillow's limit is lifted
TURNS: dict[int, Callable[[Any], Any]] = {  # EXIF orientation → what brings the image upright
    2: lambda a: cv2.flip(a, 1),
    3: lambda a: cv2.rotate(a, cv2.ROTATE_180),
    4: lambda a: cv2.flip(a, 0),
    5: cv2.transpose,
    6: lambda a: cv2.rotate(a, cv2.ROTATE_90_CLOCKWISE),
    7: lambda a: cv2.flip(cv2.transpose(a), -1),
    8: lambda a: cv2.rotate(a, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


@dataclass(frozen=True)
class PageImage:
    """One page as it is displayed: `pixels` [H, W] or [H, W, 3], and its full (width, height)."""

    pixels: Image = field(repr=False, compare=False)
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """How many pixels of the page go to one of `pixels`."""
        return self.size[0] / int(self.pixels.shape[1])


Source = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | PilImage.Image | npt.NDArray[Any] | PageImage
)


def open_pages(source: Source, *, max_pixels: int = MAX_PIXELS) -> Iterator[Image]:
    """Open the pages of a source, one after the other: uint8 [H, W], or [H, W, 3] in RGB.

    Args:
        source: a path, a file's bytes, an open binary file, a PIL image, of which the current frame is read, or an
            array: [H, W], [H, W, 1], [H, W, 3] or [H, W, 4] of bool, 8 or 16 bits, or floats in 0…1 or 0…255. Whole
            numbers of which none is above 1 are a mask, as bool; floats may lie up to 0.1 outside 0…1.
        max_pixels: a page with more is refused before it is decoded; a PDF's page is rendered smaller.

    Raises:
        ImageError: the source cannot be read, is too large, or is of another kind.
    """
    return (page.pixels for page in open_reduced(source, max_pixels=max_pixels))


def open_reduced(
    source: Source, *, max_pixels: int = MAX_PIXELS, max_pages: int = pdf.MAX_PAGES, enough: int | None = None
) -> Iterator[PageImage]:
    """As `open_pages`, but a large JPEG may be decoded smaller, which takes less time and memory.

    A PDF or TIFF with more than `max_pages` is refused.

    A JPEG of at least four times `enough` pixels is decoded at a half, a quarter or an eighth of its width and
    height, and still has at least `enough` pixels.
    """
    if isinstance(source, PageImage):
        yield source
    elif isinstance(source, PilImage.Image):
        name = f"mode={source.mode!r}, size={source.size}"
        with decoding(name, max_pixels, "an image that Pillow can convert to RGB"):
            page = decode(source, name, max_pixels)
        yield page
    elif isinstance(source, np.ndarray):
        pixels = conversion.from_array(source, max_pixels)
        yield PageImage(pixels, pixels.shape[1::-1])
    elif isinstance(source, bytes | bytearray | memoryview):
        yield from open_file(io.BytesIO(source), f"{len(source)} bytes", max_pixels, enough, max_pages)
    elif isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        with regular_file(path) as file:
            yield from open_file(file, f"path={path!r}", max_pixels, enough, max_pages)
    elif hasattr(source, "read"):
        content = read_all(source)
        yield from open_file(io.BytesIO(content), f"{len(content)} bytes", max_pixels, enough, max_pages)
    else:
        raise ImageError(
            "This is no image. Expected a path, bytes, an open binary file, a PIL image or an array. "
            f"Received: type={type(source).__name__}"
        )


def read_all(file: IO[bytes]) -> bytes:
    """What is left to read of an open file, which may be a pipe; of one that is far too large, enough to refuse it."""
    received = f"Received: type={type(file).__name__}"
    try:
        content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"The file cannot be read: {reason(error)}. Expected an open file. {received}") from error
    if not isinstance(content, bytes):
        raise ImageError(f"The file is open as text. Expected mode 'rb'. {received}")
    return content


def name_of(source: Source) -> str | None:
    """The path of a source that is one, as text that can be printed."""
    return printable(os.fspath(source)) if isinstance(source, str | os.PathLike) else None


def printable(path: str) -> str:
    """The path with a replacement sign for each byte that is no text; JSON and terminals refuse those."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def regular_file(path: str | bytes) -> io.BufferedReader:
    """Open a file for reading; anything else that a path may lead to is refused, and none can block."""
    if not isinstance(path, str):
        raise ImageError(f"The path is of the wrong type. Expected str. Received: path={path!r}")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path):
        raise ImageError(f"Addresses are not opened. Expected the path of a file. Received: path={path!r}")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return Path(path).open("rb")
    except FileNotFoundError:
        raise ImageError(f"There is no such file. Expected the path of a file. Received: path={path!r}") from None
    except PermissionError:
        raise ImageError(f"The file may not be read. Expected permission to read. Received: path={path!r}") from None
    except (OSError, ValueError) as error:
        raise ImageError(
            f"The file cannot be opened: {reason(error)}. Expected the path of a file. Received: path={path!r}"
        ) from error
    kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
    raise ImageError(f"The path leads to {kind}. Expected the path of a file. Received: path={path!r}")


def open_file(
    file: IO[bytes], name: str, max_pixels: int, enough: int | None, max_pages: int = pdf.MAX_PAGES
) -> Iterator[PageImage]:
    """Know the file by its first bytes, and decode it: of a PDF or TIFF every page, of all else the first frame."""
    size = file.seek(0, io.SEEK_END)
    if not 0 < size <= MAX_BYTES:
        what, kind = ("too large", ImageTooLargeError) if size else ("empty", ImageError)
        raise kind(f"The file is {what}. Expected 1 to {MAX_BYTES:,} bytes of {KNOWN}. Received: {name}")
    file.seek(0)
    head = file.read(pdf.HEAD)
    file.seek(0)
    if pdf.is_pdf(head):
        for pixels in pdf.pdf_pages(file, name, max_pixels, max_pages):
            yield PageImage(pixels, pixels.shape[1::-1])
        return
    formats = phone_formats() if head[4:8] == b"ftyp" else FORMATS
    with decoding(name, max_pixels):
        image = PilImage.open(file, formats=formats)
        if image.format == "TIFF":
            check_page_count(file, name, max_pages)
    with image:
        for number in range(max_pages if image.format == "TIFF" else 1):
            with decoding(name, max_pixels):
                if number and not found(image, number):
                    return
                page = decode(image, name, max_pixels, enough)
            yield page


def check_page_count(file: IO[bytes], name: str, max_pages: int) -> None:
    """Refuse a TIFF with more pages than allowed. Pages beyond are not counted: a file may have millions."""
    try:
        more = found(PilImage.open(file, formats=("TIFF",)), max_pages)
    except ImageError:  # a time limit's
        raise
    except Exception:  # a damaged page is refused when it is decoded
        more = False
    if more:
        raise ImageTooLargeError(
            f"The TIFF has more than {max_pages} pages. Expected 1 to {max_pages}. Received: {name}"
        )


def found(image: PilImage.Image, number: int) -> bool:
    """Go to a page of a file, if it has that page."""
    try:
        image.seek(number)
    except EOFError:
        return False
    return True


@contextlib.contextmanager
def decoding(name: str, max_pixels: int, expected: str = KNOWN) -> Iterator[None]:
    """What Pillow raises as an ImageError: on hostile bytes, decoders raise almost anything."""
    try:
        with warnings.catch_warnings(), pillow_allowing(max_pixels):
            warnings.simplefilter("ignore")  # what a decoder has to say about a file is our error, or nothing
            yield
    except ImageError:  # ours, or a time limit's
        raise
    except UnidentifiedImageError:
        raise ImageKindError(f"The file is of no known kind. Expected {expected}. Received: {name}") from None
    except PilImage.DecompressionBombError as error:
        raise too_large(reason(error), max_pixels, name) from None
    except MemoryError:
        raise too_large("more pixels than the memory holds", max_pixels, name) from None
    except EOFError:
        raise ImageError(f"The image is cut off. Expected all of {expected}. Received: {name}") from None
    except Exception as error:
        raise ImageError(
            f"The image cannot be decoded: {reason(error)}. Expected {expected}. Received: {name}"
        ) from error


def phone_formats() -> tuple[str, ...]:
    """Load what opens HEIC, and AVIF where this Pillow has it."""
    import pillow_heif  # 50 ms, and few files need it

    PilImage.init()
    pillow_heif.register_heif_opener()
    return tuple(name for name in ("HEIF", "AVIF") if name in PilImage.OPEN)


@contextlib.contextmanager
def pillow_allowing(max_pixels: int) -> Iterator[None]:
    """Pillow's own limit of pixels lifted where ours is higher: ours is checked before anything is decoded."""
    if max_pixels <= PILLOW_MAX_PIXELS:
        yield
        return
    with LOCK:
        before = PilImage.MAX_IMAGE_PIXELS
        PilImage.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            PilImage.MAX_IMAGE_PIXELS = before


def decode(image: PilImage.Image, name: str, max_pixels: int, enough: int | None = None) -> PageImage:
    """The pixels of the frame on which the image stands."""
    width, height = image.size
    if not width or not height:
        raise ImageError(f"The image has no pixels. Expected at least one. Received: {name}")
    if width * height > max_pixels:
        raise too_large(f"{width}×{height} pixels", max_pixels, name)
    if enough is not None and image.format in ("JPEG", "MPO"):
        factor = int(min(8, max(1, np.sqrt(width * height / max(enough, 1)))))
        image.draft(image.mode, (-(-width // factor), -(-height // factor)))
    pixels = conversion.from_pil(image)
    if image.format == "TIFF":  # Pillow turns it upright as it decodes it, and removes the tag
        width, height = image.size
    turn = orientation(image)
    if turn in TURNS:
        pixels = np.asarray(TURNS[turn](pixels), np.uint8)
    return PageImage(np.ascontiguousarray(pixels), (height, width) if turn >= 5 else (width, height))


def orientation(image: PilImage.Image) -> int:
    """EXIF's orientation, 1…8; a damaged or missing tag means upright."""
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except Exception:  # EXIF is written by anything, and a photo with broken EXIF is still a photo
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def too_large(what: str, max_pixels: int, name: str) -> ImageTooLargeError:
    """The error for more pixels than allowed."""
    return ImageTooLargeError(
        f"The image is too large: {what}. Expected at most {max_pixels:,} pixels. Received: {name}"
    )


def reason(error: Exception) -> str:
    """What a decoder said, in one short line."""
    text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return text if len(text) <= REASON else text[:REASON].rsplit(" ", 1)[0].rstrip(",;:")[: REASON - 1] + "…"
