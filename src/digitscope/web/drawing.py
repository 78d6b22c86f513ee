"""PDFs are drawn by processes of their own: a page that takes PDFium minutes can only be stopped with its process.

    for page in drawers.pages(body, deadline): ...

A process is started for the first PDF, one more while all are busy, and used again until it is late once.
"""

import contextlib
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection

from digitscope.errors import ImageError
from digitscope.processes import leave_ending_to_parent
from digitscope.reading.io.images import PageImage, open_reduced
from digitscope.web.problems import too_slow
from digitscope.web.settings import Settings


class Drawers:
    """Processes that draw, each started when it is needed and used again. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.idle: list[Drawer] = []
        self.all: set[Drawer] = set()

    def pages(self, body: bytes, deadline: float) -> Iterator[PageImage]:
        """A PDF's pages, each as soon as it is drawn.

        Raises:
            ImageError: as `open_reduced`; ImageTooLargeError also where it has too many pages.
            Problem: 503 where a page is not drawn by `deadline` (of `time.monotonic`).
        """
        drawer = self.idle.pop() if self.idle else self._started()
        ready = False
        try:
            drawer.ours.send((body, self.settings.max_pixels, self.settings.max_pages))
            while True:
                if not drawer.ours.poll(max(0.0, deadline - time.monotonic())):
                    raise too_slow(self.settings.timeout)
                page = drawer.ours.recv()
                if isinstance(page, PageImage):
                    yield page
                    continue
                ready = True
                if page is not None:
                    raise page
                return
        except (EOFError, OSError):
            raise ImageError("The PDF cannot be drawn: the process that drew it died. Expected another PDF.") from None
        finally:
            if ready:
                self.idle.append(drawer)
            else:
                self.all.discard(drawer)
                drawer.end()

    def _started(self) -> "Drawer":
        drawer = Drawer()
        self.all.add(drawer)
        return drawer

    def close(self) -> None:
        """End all of them, whatever they draw."""
        for drawer in list(self.all):
            drawer.end()


class Drawer:
    """One process that draws."""

    def __init__(self) -> None:
        context = get_context("spawn")  # a fork would copy locks that other threads hold
        self.ours, theirs = context.Pipe()
        self.process = context.Process(target=draw, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def end(self) -> None:
        """At once."""
        self.process.kill()
        self.process.join()
        self.ours.close()


def draw(connection: Connection) -> None:
    """What runs in the process: for each PDF its pages, then None, or the error."""
    leave_ending_to_parent()
    with contextlib.suppress(EOFError, OSError):  # the service closed it
        while True:
            body, max_pixels, max_pages = connection.recv()
            try:
                for page in open_reduced(body, max_pixels=max_pixels, max_pages=max_pages):
                    connection.send(page)
                connection.send(None)
            except ImageError as error:
                connection.send(error)
