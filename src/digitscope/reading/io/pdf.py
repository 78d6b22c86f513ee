"""PDF files, page by page."""

import math
import threading
from collections.abc import Iterator
from typing import IO

import numpy as np

from digitscope.arrays import Image
from digitscope.errors import ImageError, ImageTooLargeError

MAX_PAGES = 1000
DPI = 200  # a digit 5 mm tall has 40 pixels
MAX_PAGE_PIXELS = 12_000_000  # a page with more, for its paper is large, is rendered at a lower resolution
REOPENED_AFTER = 10  # pages: PDFium keeps what it has read of a file until it is closed (LOG: 300 pages)
HEAD = 1024  # bytes in which a PDF says that it is one
LOCK = threading.Lock()  # PDFium may be called by one thread at a time


def is_pdf(content: bytes) -> bool:
    """Whether a file that starts like this is a PDF."""
    return b"%PDF-" in content[:HEAD]


def pdf_pages(file: IO[bytes], name: str, max_pixels: int, max_pages: int = MAX_PAGES) -> Iterator[Image]:
    """Render each page at 200 dpi, when it is asked for: uint8 [H, W, 3].

    A page that would have more than `max_pixels`, or than 12 million, is not refused but rendered smaller. The file
    is read as pages need it, and stays open until the last.

    Raises:
        ImageError: the file is encrypted, damaged, or has no page or too many.
    """
    import pypdfium2  # 60 ms, and few files need it

    def opened() -> pypdfium2.PdfDocument:
        try:
            return pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            what = "is encrypted" if "password" in str(error).lower() else "is damaged"
            raise ImageError(
                f"The PDF {what}. Expected a whole PDF that opens without a password. Received: {name}"
            ) from error

    with LOCK:
        document = opened()
        count = len(document)
    try:
        if not 1 <= count <= max_pages:
            kind = ImageTooLargeError if count else ImageError
            raise kind(f"The PDF has {count} pages. Expected 1 to {max_pages}. Received: {name}")
        for number in range(count):
            with LOCK:
                if number and number % REOPENED_AFTER == 0:
                    document.close()
                    document = opened()
                try:
                    page = document[number]
                    width, height = page.get_size()
                    scale = fitting(width, height, min(MAX_PAGE_PIXELS, max_pixels))
                    bitmap = page.render(scale=scale, rev_byteorder=True)
                    image = np.array(bitmap.to_numpy()[..., :3])
                    bitmap.close()
                    page.close()
                except ImageError:  # a time limit's
                    raise
                except (pypdfium2.PdfiumError, ValueError, RuntimeError, MemoryError) as error:
                    raise ImageError(
                        f"Page {number + 1} of the PDF is damaged. Expected a page that can be drawn. Received: {name}"
                    ) from error
            yield image
    finally:
        with LOCK:
            document.close()


def fitting(width: float, height: float, most: float) -> float:
    """Pixels per point, at most 200 dpi, at which a page of this size in points takes at most `most` pixels."""
    scale: float = min(DPI / 72, (most / max(width * height, 1)) ** 0.5)
    while math.ceil(width * scale) * math.ceil(height * scale) > max(most, 1):
        scale *= 0.99
    return scale
