"""Batches made ahead by processes, in order: `with Feed(open_source, workers=4) as feed: feed.epoch(0)`."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import cv2

from digitscope.processes import leave_ending_to_parent
from digitscope.training.samples import Batch, Source

AHEAD = 4  # batches a process that are under way


class Feed:
    """A source's batches; with `workers` 0, each is made when it is asked for.

    `open_source` is pickled and opens the source in each process, after it has done so here.
    """

    def __init__(self, open_source: Callable[[], Source], *, workers: int) -> None:
        self.source = open_source()
        self._ahead = AHEAD * workers
        self._pool = None
        if workers:  # spawned: a fork of a process in which TensorFlow has threads may hang
            self._pool = ProcessPoolExecutor(workers, get_context("spawn"), begin_worker, (open_source,))

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch."""
        steps = self.source.steps
        if self._pool is None:
            yield from (self.source.batch(epoch, step) for step in range(steps))
            return
        waiting: deque[Future[Batch]] = deque()
        for step in range(steps):
            waiting.append(self._pool.submit(_make, epoch, step))
            if len(waiting) > self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_source: Source | None = None


def begin_worker(open_source: Callable[[], Source] | None = None) -> None:
    """Prepare a process that makes samples: one thread, and an end when the process that started it ends."""
    global _source
    leave_ending_to_parent()
    cv2.setNumThreads(1)  # on images this small, OpenCV's threads cost more than they give
    _source = open_source() if open_source else None


def _make(epoch: int, step: int) -> Batch:
    assert _source is not None
    return _source.batch(epoch, step)
