"""What Prometheus is told: how many requests, how long each part of the work takes. Right with several workers too."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # the folder where worker processes add up; set before this module is imported
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Metrics:
    """One application's counters."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "digitscope_requests", "Answered requests", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "digitscope_request_seconds",
            "From a request's first byte to its answer's last",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.parts = Histogram(
            "digitscope_part_seconds",
            "Parts of the work: queueing, decoding, reading, encoding",
            ["part"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.under_way = Gauge(
            "digitscope_requests_under_way",
            "Requests being received or answered",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.batch = Histogram(
            "digitscope_batch_images",
            "Images in one run of a classifier",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
            registry=self.registry,
        )

    def answer(self) -> bytes:
        """The text that Prometheus reads."""
        if SHARED not in os.environ:
            return generate_latest(self.registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        return generate_latest(every)
