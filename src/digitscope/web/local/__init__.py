"""A page for whoever sits at this machine, as `review` and `form edit` have one.

app = local_app("digitscope review", folder)      # folder/index.html is the page
serve(lambda stop: app, port=0, started=print)    # until Ctrl-C, or until `stop` is called
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitscope import explanation as explained
from digitscope.errors import DigitscopeError
from digitscope.web import problems
from digitscope.web.envelope import HEADERS
from digitscope.web.server import Announcing, bound

HOST = "127.0.0.1"
NAMES = [HOST, "localhost"]
VIEWS = Path(str(explained.__file__)).parent / "views"


def local_app(title: str, page: Path) -> FastAPI:
    """An application that answers with the files of the folder `page`, and takes requests from its own page alone."""
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=NAMES)  # against DNS rebinding
    app.add_middleware(_OwnPage)
    app.add_exception_handler(DigitscopeError, _problem)

    @app.get("/")
    def index() -> FileResponse:
        return FileResponse(page / "index.html")

    app.mount("/views", StaticFiles(directory=VIEWS))
    app.mount("/local", StaticFiles(directory=Path(__file__).parent / "static"))
    app.mount("/page", StaticFiles(directory=page))
    return app


def serve(build: Callable[[Callable[[], None]], FastAPI], *, port: int, started: Callable[[str], None]) -> None:
    """Listen on this machine until Ctrl-C.

    Args:
        build: makes the application of a function that ends the service.
        port: to listen on; 0 takes a free one.
        started: given the address, as soon as it listens.

    Raises:
        UsageError: the port cannot be listened on.
    """
    listening = bound(HOST, port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"

    def stop() -> None:
        server.should_exit = True

    config = uvicorn.Config(build(stop), access_log=False, log_level="warning", log_config=None)
    server = Announcing(config, lambda: started(address))
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after an orderly end
        server.run(sockets=[listening])


class _OwnPage:
    """ASGI middleware: security headers, and 403 for what a page of another site sends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for key, value in HEADERS.items():
                    own.setdefault(key, value)
            await send(message)

        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                refusal = JSONResponse({"detail": "Only the page itself may send this."}, 403)
                await refusal(scope, receive, sending)
                return
        await self.app(scope, receive, sending)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, DigitscopeError)
    return JSONResponse({"detail": str(error)}, problems.of_error(error).status, media_type=problems.MEDIA_TYPE)
