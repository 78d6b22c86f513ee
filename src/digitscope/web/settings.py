"""What `digitscope serve` can be told: Settings(max_bytes=5_000_000)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from digitscope.errors import UsageError
from digitscope.reading.pool import cores

VARIABLE = "DIGITSCOPE_SERVE"  # carries the settings to the worker processes, as JSON


@dataclass(frozen=True)
class Settings:
    """One service. Each limit is answered with a problem, of the status in brackets."""

    model: str | None = None  # reads pages: a shipped name or a path; the default reader unless given
    token: str | None = None  # asked for by every request to /v1, /v2 and /metrics; none unless given
    max_bytes: int = 20_000_000  # of a request's body (413)
    max_buffered: int = 200_000_000  # bytes of all bodies that are being received (429)
    max_pixels: int = 24_000_000  # of an image or page (413)
    max_pages: int = 20  # of a document (413)
    max_images: int = 1_000  # in one request to classify or infer (413)
    max_waiting: int = 64  # requests that wait for a thread (429)
    threads: int = 0  # that compute, in each process; 0: one for each core, shared among the processes
    timeout: float = 20.0  # seconds from a request's last byte to its answer (503)
    upload_timeout: float = 20.0  # seconds that a body may take to arrive (408)
    workers: int = 1  # processes

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_buffered", "max_pixels", "max_pages", "max_images", "timeout", "upload_timeout"):
            if not getattr(self, name) > 0:
                raise UsageError(f"The limit must be above 0. Received: {name}={getattr(self, name)!r}")
        if self.token == "":
            raise UsageError("The token is empty. Expected at least one character, or none at all. Received: token=''")

    @property
    def pool(self) -> int:
        """Threads that compute in this process."""
        return self.threads or max(1, cores() // self.workers)

    @property
    def threads_each(self) -> int:
        """Threads that each of these computes on: more than one where there are fewer of them than cores."""
        return max(1, cores() // (self.pool * self.workers))

    def to_environment(self) -> dict[str, str]:
        """The variable that a worker process reads them from."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """The inverse of `to_environment`; the defaults where the variable is missing."""
        return cls(**json.loads(environment.get(VARIABLE, "{}")))
