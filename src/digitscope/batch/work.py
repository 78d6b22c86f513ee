"""One image or document → its rows: `rows(options, reader, item)`. What the processes of a batch run; needs no pyarrow.

A row is a dict with the columns that `schema` describes, or of a batch by form those of `by_form.schema`.
"""

import contextlib
import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

from digitscope.batch import by_form
from digitscope.batch.places import opened
from digitscope.errors import ImageError
from digitscope.reading.io.images import MAX_BYTES, printable, reason
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Page

Row = dict[str, Any]

PATIENCE = 5.0  # seconds after the time limit at which a process ends that does not react
AGAIN = 0.2  # seconds until an interruption comes again, should a decoder have swallowed the first


@dataclass(frozen=True)
class Stretch:
    """Where in a file, an uncompressed tar, the bytes of a member are."""

    start: int
    size: int


@dataclass(frozen=True)
class Item:
    """One image or document to read.

    `content` is None for a file of its own; for a member of an archive its place, its bytes or what loads them; or the
    error that says why it cannot be read.
    """

    path: str
    member: str | None = None
    content: Stretch | bytes | ImageError | Callable[[], bytes] | None = field(default=None, repr=False)

    def loaded(self) -> "Item":
        """The item without a function in it, as another process can be given it."""
        if not callable(self.content):
            return self
        try:
            return replace(self, content=self.content())
        except ImageError as error:
            return replace(self, content=error)
        except Exception as error:  # on damaged archives, zipfile and pyarrow raise almost anything
            return replace(
                self,
                content=ImageError(
                    f"The member is damaged: {reason(error)}. Expected its bytes. "
                    f"Received: path={self.path!r}, member={self.member!r}"
                ),
            )


@dataclass(frozen=True)
class Options:
    """How images are read: `reading` is passed to `Recognizer.pages`; `timeout` is in seconds for one item.

    With the paths of `templates`, forms are read and not pages.
    """

    reading: dict[str, Any]
    timeout: float | None = None
    templates: tuple[str, ...] = ()


def rows(options: Options, reader: Recognizer, item: Item) -> list[Row]:
    """The rows of an item: one for each page or form, and one for the error that ended it."""
    found: list[Row] = []
    digest = None
    try:
        with limited(options.timeout, item):
            content = item_bytes(item)
            digest = hashlib.sha256(content).hexdigest()
            if options.templates:
                found += by_form.rows(options.templates, reader, _origin(item), content, options.reading)
            else:
                for number, page in enumerate(reader.pages(content, **options.reading)):
                    found.append(page_row(item, number, page, digest))
    except ImageError as error:
        found.append(failed(options, reader, item, str(error), page=len(found), digest=digest))
    except Exception as error:  # a fault of ours costs this image, not the million others
        message = f"Reading it failed: {type(error).__name__}: {reason(error)}. Expected rows. Received: {item!r}"
        found.append(failed(options, reader, item, message, page=len(found), digest=digest))
    return found


def failed(
    options: Options, reader: Recognizer, item: Item, error: str, *, page: int = 0, digest: str | None = None
) -> Row:
    """The row of what could not be read; `page` is the first one that is missing."""
    if options.templates:
        return by_form.error_row(options.templates, reader, _origin(item), error, digest)
    return error_row(item, error, page=page, digest=digest)


def _origin(item: Item) -> by_form.Origin:
    return by_form.Origin(item.path, item.member)


def page_row(item: Item, number: int, page: Page, digest: str) -> Row:
    """The row of a page."""
    sure = [digit.confidence for digit in page.glyphs if not digit.rejected]
    digits = [
        {
            "line": n,
            "value": digit.value,
            "confidence": digit.confidence,
            "status": digit.status,
            **dict(zip("xywh", digit.box, strict=True)),
            "polygon": [{"x": x, "y": y} for x, y in digit.polygon],
            "alternatives": [{"value": value, "p": p} for value, p in digit.alternatives],
        }
        for n, line in enumerate(page.lines)
        for digit in line.digits
    ]
    return _row(item, number) | {
        "text": page.text,
        "confidence": min(sure, default=None),
        "digits": digits,
        "width": page.size[0],
        "height": page.size[1],
        "rotation": page.rotation,
        "tilt": page.tilt,
        "elapsed_ms": page.elapsed_ms,
        "sha256": digest,
    }


def error_row(item: Item, error: str, *, page: int = 0, digest: str | None = None) -> Row:
    """The row of what could not be read; `page` is the first one that is missing."""
    return _row(item, page) | {"error": printable(error), "sha256": digest}


def _row(item: Item, page: int) -> Row:
    return {"path": printable(item.path), "member": item.member and printable(item.member), "page": page}


def item_bytes(item: Item) -> bytes:
    """The bytes of an item."""
    content = item.content
    if isinstance(content, ImageError):
        raise content
    if isinstance(content, bytes):
        return content
    start, size = (content.start, content.size) if isinstance(content, Stretch) else (0, MAX_BYTES + 1)
    with opened(item.path) as file:
        try:
            file.seek(start)
            found = file.read(size)
        except OSError as error:
            raise ImageError(
                f"The file cannot be read: {reason(error)}. Expected its bytes. Received: {item!r}"
            ) from error
    if isinstance(content, Stretch) and len(found) < size:
        raise ImageError(
            f"The archive is cut off. Expected {size:,} bytes of this member. Received: {len(found):,}, {item!r}"
        )
    return found


@contextlib.contextmanager
def limited(seconds: float | None, item: Item) -> Iterator[None]:
    """An ImageError once the block has taken so long; the end of this process when it does not even react to that."""
    if seconds is None:
        yield
        return
    message = f"Reading it takes too long. Expected at most {seconds:g} seconds. Received: {item!r}"

    def interrupt(signal: int, frame: FrameType | None) -> None:
        raise ImageError(message)

    last_resort = threading.Timer(seconds + PATIENCE, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
    alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if alarm:
        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        if alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        last_resort.cancel()
