"""What the routes share: loaded models, the threads that compute, limits and counters."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from digitscope import models
from digitscope.errors import ImageTooLargeError, unknown
from digitscope.explanation.explanation import Explainer
from digitscope.reading.io.images import PageImage, open_reduced
from digitscope.reading.io.pdf import is_pdf
from digitscope.reading.reader import PHOTO_PIXELS, Recognizer
from digitscope.reading.result import Page
from digitscope.web import pictures
from digitscope.web.batching import Batches
from digitscope.web.body import Buffered, received
from digitscope.web.drawing import Drawers
from digitscope.web.metrics import Metrics
from digitscope.web.problems import Problem
from digitscope.web.settings import Settings
from digitscope.web.timing import Timing
from digitscope.web.work import Work, check


class Service:
    """Everything loaded once, used by every request."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings, self.metrics = settings, metrics
        self.reader = Recognizer(settings.model)
        named = {name: Recognizer(name) for name in models.names()}
        self.classifiers = named | {self.reader.model.name: self.reader}
        self.explainers: dict[str, Explainer] = {}
        self.buffered = Buffered(settings.max_buffered)
        self.drawers = Drawers(settings)
        self.work = Work(threads=settings.pool, max_waiting=settings.max_waiting, timeout=settings.timeout)
        self.batches = {
            name: Batches(self.work, reader.probabilities, self.metrics) for name, reader in self.classifiers.items()
        }

    def warm_up(self) -> None:
        """Run everything once: the first run of a model takes longer."""
        for reader in self.classifiers.values():
            reader.probabilities(np.zeros((1, 28, 28), np.uint8))
        page = np.full((200, 200), 255, np.uint8)
        page[60:140, 95:105] = 0
        self.reader.read(page)

    def close(self) -> None:
        """Let what runs end, but for PDFs that are being drawn: those may take for ever."""
        self.drawers.close()
        self.work.close()

    def classifier(self, name: str | None) -> Recognizer:
        """The classifier of this name, or the one that reads pages; Problem 404 where there is none."""
        if name is None:
            return self.reader
        if name not in self.classifiers:
            raise Problem(404, "unknown-model", str(unknown("model", name[:80], list(self.classifiers))))
        return self.classifiers[name]

    def explainer(self, name: str | None) -> Explainer:
        """The same, opened for explaining."""
        reader = self.classifier(name)
        if reader.model.name not in self.explainers:
            self.explainers[reader.model.name] = Explainer(reader)
        return self.explainers[reader.model.name]

    def read(
        self,
        body: bytes,
        deadline: float,
        timing: Timing,
        options: Mapping[str, Any],
        *,
        with_pictures: bool,
    ) -> dict[str, Any]:
        """Read an image or document, looking at the time between its pages: the object of `digitscope read --json`.

        `options` are those of `Recognizer.pages`. With pictures, it has `pictures` too: see `digitscope.web.pictures`.
        """
        shown: list[dict[str, Any]] = []

        def pages() -> Iterator[Page]:
            opened = self.opened(body, deadline, enough=PHOTO_PIXELS if options.get("region") is None else None)
            for number in itertools.count():
                with timing("decoding"):
                    image = next(opened, None)
                if image is None:
                    return
                if number == self.settings.max_pages:
                    raise ImageTooLargeError(
                        f"The document has too many pages. Expected at most {number}. Received: more"
                    )
                check(deadline, self.settings.timeout)
                with timing("reading"):
                    (page,) = self.reader.pages(image, **options)
                if with_pictures:
                    with timing("encoding"):
                        shown.append(pictures.of_page(page))
                yield page.without_pixels()

        reading = self.reader.collect(pages(), body)
        value = replace(reading, elapsed_ms=round(1000 * timing.total, 3)).to_dict()
        return value | {"pictures": shown} if with_pictures else value

    def opened(self, body: bytes, deadline: float, *, enough: int | None) -> Iterator[PageImage]:
        """The pages of an image or document: see `open_reduced`; those of a PDF are drawn in another process."""
        if is_pdf(body):
            return self.drawers.pages(body, deadline)
        return open_reduced(body, max_pixels=self.settings.max_pixels, enough=enough)

    def received(self, request: Request) -> AbstractAsyncContextManager[bytes]:
        """The request's body: see `digitscope.web.body.received`."""
        return received(request, self.settings, self.buffered)

    def answer(
        self, body: bytes, timing: Timing, queued: float = 0.0, *, media_type: str = "application/json"
    ) -> Response:
        """An answer that says where its time went; `queued` seconds it waited for a thread."""
        timing.add("queueing", queued)  # nothing, where it was counted before
        for part, seconds in timing.parts.items():
            self.metrics.parts.labels(part).observe(seconds)
        return Response(body, media_type=media_type, headers={"Server-Timing": timing.header})


def service_of(request: Request) -> Service:
    """The application's service; Problem 503 until it is ready."""
    service: Service | None = getattr(request.app.state, "service", None)
    if service is None:
        raise Problem(503, "not-ready", "The service is starting. Expected it within seconds.", {"Retry-After": "1"})
    return service


def encoded(value: Any) -> bytes:
    """JSON as the command line prints it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
