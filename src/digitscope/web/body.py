"""A request's body: received within its limits, and the image in it.

async with received(request, settings, buffered) as body:
    content = image_in(body, request.headers["content-type"])
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, parse_options_header
from starlette.requests import ClientDisconnect, Request

from digitscope.web.problems import Problem, busy
from digitscope.web.settings import Settings

FIELD = "file"  # of a form, that holds the image


class Buffered:
    """How many bytes of unfinished requests this process holds."""

    def __init__(self, limit: int) -> None:
        self.limit, self.held = limit, 0

    def add(self, size: int) -> None:
        """Count `size` bytes; Problem 429 where there is no room for them."""
        if self.held + size > self.limit:
            raise busy(f"The service holds too much at once. Expected at most {self.limit:,} bytes in all requests.")
        self.held += size


@asynccontextmanager
async def received(request: Request, settings: Settings, buffered: Buffered) -> AsyncIterator[bytes]:
    """The body, once all of it is there; while the block runs it counts as held.

    Raises:
        Problem: 413 where it is too large, 408 where it takes too long, 400 where it ends early or is empty, 429 where
            too much is held already.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > settings.max_bytes:
        raise _too_large(settings, int(stated))
    chunks, size = [], 0
    deadline = time.monotonic() + settings.upload_timeout
    stream = request.stream()
    try:
        while True:
            chunk = await asyncio.wait_for(anext(stream, None), max(0.0, deadline - time.monotonic()))
            if chunk is None:
                break
            if size + len(chunk) > settings.max_bytes:
                raise _too_large(settings, size + len(chunk))
            buffered.add(len(chunk))
            size += len(chunk)
            chunks.append(chunk)
        if not size:
            raise Problem(400, "empty-body", "The body is empty. Expected an image or JSON. Received: bytes=0")
        yield b"".join(chunks)
    except TimeoutError:
        raise Problem(
            408,
            "upload-too-slow",
            f"The body does not arrive. Expected all of it within {settings.upload_timeout:g} seconds. "
            f"Received: bytes={size}",
            {"Connection": "close"},
        ) from None
    except ClientDisconnect:
        raise Problem(400, "disconnected", f"The client left before the body's end. Received: bytes={size}") from None
    finally:
        buffered.held -= size


def image_in(body: bytes, content_type: str) -> bytes:
    """The image of a body: the file of a form, or else the whole of it; what that is, its first bytes tell.

    Raises:
        Problem: 422 where a form has no file.
    """
    is_form = content_type.partition(";")[0].strip().lower() == "multipart/form-data"
    return _file_of(body, content_type) if is_form else body


def _file_of(body: bytes, content_type: str) -> bytes:
    """The first file of a form; nothing of it is written to a disk."""
    files: list[File] = []
    try:
        if not parse_options_header(content_type)[1].get(b"boundary"):
            raise FormParserError("no boundary in its content type")
        parser = create_form_parser(
            {"Content-Type": content_type.encode()}, None, files.append, config={"MAX_MEMORY_FILE_SIZE": float("inf")}
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Problem(
            422, "unreadable-form", f"The form cannot be read: {error}. Expected multipart/form-data."
        ) from None
    chosen = next((file for file in files if file.field_name == FIELD.encode()), files[0] if files else None)
    if chosen is None:
        raise Problem(422, "no-file", f"The form holds no file. Expected one in the field {FIELD!r}. Received: files=0")
    chosen.file_object.seek(0)
    return chosen.file_object.read()


def _too_large(settings: Settings, size: int) -> Problem:
    return Problem(
        413,
        "body-too-large",
        f"The body is too large. Expected at most {settings.max_bytes:,} bytes. Received: bytes={size}",
        {"Connection": "close"},
    )
