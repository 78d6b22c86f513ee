"""The application: `create_app(Settings())` is what a server of ASGI runs."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from digitscope import __version__, models
from digitscope import explanation as explained
from digitscope.web import problems, schemas
from digitscope.web.envelope import Envelope
from digitscope.web.memory import give_back
from digitscope.web.metrics import Metrics
from digitscope.web.routes import classifying, documentation, explaining, facts, health, inference, networks, reading
from digitscope.web.service import Service
from digitscope.web.settings import Settings

ROOM = Path(__file__).parent
VIEWS = Path(str(explained.__file__)).parent / "views"  # what the explanation's page and this one draw alike
DESCRIPTION = """Reads handwritten digits. An error is an `application/problem+json` (RFC 9457), a limit included.
Nothing of an upload is kept or logged."""


class Modules(StaticFiles):
    """The page's files. Asked for anew each time, and sent only where they have changed."""

    def __init__(self, *directories: Path) -> None:
        super().__init__(directory=directories[0])
        self.all_directories = [path for path in directories if path.is_dir()]

    def file_response(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        """With a header that has the browser ask whether the file is still the same."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def create_app(settings: Settings | None = None) -> FastAPI:
    """The page and the service, with models loaded when it starts."""
    settings = settings or Settings()
    metrics = Metrics()

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = service = Service(settings, metrics)
        service.warm_up()
        giving_back = asyncio.create_task(give_back())
        yield
        giving_back.cancel()
        app.state.service = None
        service.close()

    app = FastAPI(
        title="digitscope",
        version=__version__,
        description=DESCRIPTION,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(Envelope, token=settings.token, metrics=metrics)
    for kind in problems.HANDLED:
        app.add_exception_handler(kind, problems.on_problem)
    for module in (reading, classifying, explaining, facts, inference, health, documentation, networks):
        app.include_router(module.router)
    app.mount("/swagger", Modules(ROOM / "swagger"))
    app.mount("/views", Modules(ROOM / "static" / "views", VIEWS))
    for folder in ("data", "examples"):
        app.mount(f"/{folder}", Modules(ROOM / "static" / folder))
    files = Modules(ROOM / "static")

    async def page(request: Request, name: str = "index.html") -> Response:
        return await files.get_response(name, request.scope)

    for path in ("/", "/{name}"):
        app.add_api_route(path, page, methods=["GET"], include_in_schema=False)
    documentation.complete(app, schemas.Problem)
    return app


def from_environment() -> FastAPI:
    """The application of a worker process, whose settings stand in the environment."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    settings = Settings.from_environment(os.environ)
    cv2.setNumThreads(settings.threads_each)  # for each job, since the jobs run beside each other
    models.set_threads(settings.threads_each)
    return create_app(settings)
