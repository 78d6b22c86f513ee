"""A service to ask: in the test's own process, or behind a real port."""

import asyncio
import io
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the extra `web` is not installed")

import uvicorn
from fastapi.testclient import TestClient

from digitscope.web.app import create_app
from digitscope.web.server import Announcing, bound
from digitscope.web.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def receipt() -> bytes:
    """A made page: 40312, 77 5, 1968."""
    return (EXAMPLES / "receipt.jpg").read_bytes()


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The service with its defaults."""
    with TestClient(create_app(Settings(threads=2)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def limited() -> Iterator[TestClient]:
    """A service with low limits, and a token."""
    settings = Settings(
        threads=1, token="secret", max_bytes=60_000, max_pixels=400_000, max_pages=2, max_images=3, upload_timeout=0.3
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = "Bearer secret"
        yield client


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Settings], str]]:
    """Starts a service behind a free port of this machine, and returns its address; all end with the tests."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(settings: Settings) -> str:
        listening = bound("127.0.0.1", 0)
        ready = threading.Event()
        server = Announcing(uvicorn.Config(create_app(settings), log_config=None, access_log=False), ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread))
        assert ready.wait(60)
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, _ in running:
        server.should_exit = True
    for _, thread in running:
        thread.join()


@pytest.fixture(scope="session")
def address(serve) -> str:
    """Where the service with its defaults listens."""
    return serve(Settings(threads=2, timeout=120))  # other work on the machine makes an answer late, not wrong


@pytest.fixture(scope="session")
def png() -> Callable[[np.ndarray], bytes]:
    """An image as the bytes of a PNG."""

    def encoded(pixels: np.ndarray) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()

    return encoded


@pytest.fixture(scope="session")
def run_apart() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine in a thread of its own: in this one, a browser's loop may run."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, coroutine).result()

    return run


@pytest.fixture(scope="session")
def assert_problem() -> Callable[..., dict]:
    """Asserts that an answer is this problem, as RFC 9457 has it, and returns it."""

    def checked(answer, status: int, kind: str) -> dict:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == f"urn:digitscope:problem:{kind}"
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["instance"].endswith(answer.headers["x-request-id"])
        return problem

    return checked
