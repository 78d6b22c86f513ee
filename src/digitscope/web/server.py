"""Runs the application: `serve(Settings(), host="127.0.0.1", port=8000)`, until SIGTERM or Ctrl-C."""

import os
import socket
import tempfile
from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

from digitscope import models
from digitscope.errors import UsageError
from digitscope.web.app import from_environment
from digitscope.web.metrics import SHARED
from digitscope.web.settings import Settings

GRACE = 30  # seconds that requests under way have, once the service is to end


def serve(settings: Settings, *, host: str, port: int, started: Callable[[str], None]) -> None:
    """Listen and answer. `started` is given the address as soon as it is known.

    Raises:
        UsageError: the address cannot be listened on.
    """
    if settings.model is not None:
        models.load(settings.model)  # its error here, not in a worker
    listening = bound(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    os.environ |= settings.to_environment()
    config = uvicorn.Config(
        f"{from_environment.__module__}:{from_environment.__name__}",  # by name, for the worker processes
        factory=True,
        workers=settings.workers,
        access_log=False,  # it would name addresses; the application's own log does not
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        date_header=False,
        h11_max_incomplete_event_size=32_768,
        log_config=None,
    )
    if settings.workers == 1:
        Announcing(config, lambda: started(address)).run(sockets=[listening])
        return
    with tempfile.TemporaryDirectory(prefix="digitscope-metrics-") as folder:
        os.environ[SHARED] = folder
        started(address)
        Multiprocess(config, sockets=[listening]).run()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; UsageError where another program does, or where it may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        what = "another program listens there" if getattr(error, "errno", 0) == 98 else str(error)
        raise UsageError(
            f"The service cannot listen: {what}. Expected a free port at an address of this machine; --port 0 takes "
            f"any. Received: host={host!r}, port={port}"
        ) from error
    listening.set_inheritable(True)
    return listening


class Announcing(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own; a failure ends the process, and has been logged."""
        await super().startup(sockets)
        if self.started:
            self.ready()
