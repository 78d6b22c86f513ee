"""PDF files, page by page."""

import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from digitscope.errors import ImageError

Image = npt.NDArray[np.uint8]

MAX_PAGES = 1000
DPI = 200  # a 5 mm digit is 40 pixels tall
ENOUGH = 12_000_000  # pixels of a page, however large its paper
LOCK = threading.Lock()  # PDFium may be called by one thread at a time


def pdf_pages(content: bytes, name: str, max_pixels: int) -> Iterator[Image]:
    """Render each page at 200 dpi: uint8 [H, W, 3].

    Raises:
        ImageError: the file is encrypted, damaged, or has no page or too many.
    """
    import pypdfium2  # 60 ms, and few files need it

    with LOCK:
        try:
            document = pypdfium2.PdfDocument(content)
            count = len(document)
        except pypdfium2.PdfiumError as error:
            what = "is encrypted" if "password" in str(error).lower() else "is damaged"
            raise ImageError(
                f"The PDF {what}. Expected a whole PDF that opens without a password. Received: {name}"
            ) from error
    try:
        if not 1 <= count <= MAX_PAGES:
            raise ImageError(f"The PDF has {count} pages. Expected 1 to {MAX_PAGES}. Received: {name}")
        for number in range(count):
            with LOCK:
                try:
                    page = document[number]
                    width, height = page.get_size()
                    scale = min(DPI / 72, (min(ENOUGH, max_pixels) / max(width * height, 1)) ** 0.5)
                    bitmap = page.render(scale=scale, rev_byteorder=True)
                    image = np.array(bitmap.to_numpy()[..., :3])
                    bitmap.close()
                    page.close()
                except (pypdfium2.PdfiumError, ValueError, RuntimeError, MemoryError) as error:
                    raise ImageError(
                        f"Page {number + 1} of the PDF is damaged. Expected a page that can be drawn. Received: {name}"
                    ) from error
            yield image
    finally:
        with LOCK:
            document.close()
