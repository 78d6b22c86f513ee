"""The page on which a template's fields are moved, named and limited: `create_app(TemplateFile(path))`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from digitscope.editor.entries import Entry, TemplateFile
from digitscope.errors import UsageError
from digitscope.reading import drawing
from digitscope.reading.expectation import CHECKS
from digitscope.web import local

PAGE = Path(__file__).parent / "page"


class Given(BaseModel):
    """An entry of the template as the page has it."""

    keys: dict[str, Any]
    origin: int | None = None


class Fields(BaseModel):
    """All entries, and the digest of the file that they were made from."""

    digest: str
    entries: list[Given]


def create_app(file: TemplateFile) -> FastAPI:
    """The page and what it asks for."""
    app = local.local_app("digitscope form edit", PAGE)

    @functools.cache
    def png(number: int) -> bytes:
        return drawing.encoded(file.template.pages[number], ".png")

    def state() -> JSONResponse:
        pages = [{"width": page.shape[1], "height": page.shape[0]} for page in file.template.pages]
        return JSONResponse(
            {
                "file": str(file.path), "digest": file.digest, "entries": file.entries, "pages": pages,
                "fields": len(file.template.fields), "checks": list(CHECKS),
            }
        )  # fmt: skip

    @app.get("/template")
    def template() -> JSONResponse:
        file.reload()
        return state()

    @app.put("/template")
    def save(fields: Fields) -> JSONResponse:
        file.save([Entry(given.keys, given.origin) for given in fields.entries], fields.digest)
        return state()

    @app.get("/pages/{number}.png")
    def page(number: int) -> Response:
        if not 1 <= number <= len(file.template.pages):
            raise UsageError(f"There is no such page. Expected 1 to {len(file.template.pages)}. Received: {number}")
        return Response(png(number - 1), media_type="image/png", headers={"cache-control": "no-cache"})

    return app


def serve(path: Path, *, port: int, started: Callable[[str], None]) -> None:
    """Show the page until Ctrl-C.

    Args:
        path: a template.
        port: to listen on; 0 takes a free one.
        started: given the address, as soon as it listens.

    Raises:
        TemplateError: the template cannot be used.
        UsageError: the port cannot be listened on.
    """
    file = TemplateFile(path)
    local.serve(lambda stop: create_app(file), port=port, started=started)
