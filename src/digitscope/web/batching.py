"""Small requests that arrive together, run as one batch.

The first request runs at once. What comes while it runs waits for it and is then run together, so a lone request waits
for nothing.
"""

import asyncio
import time
from collections.abc import Callable

import numpy as np

from digitscope.arrays import Floats, Images
from digitscope.web.metrics import Metrics
from digitscope.web.problems import busy
from digitscope.web.timing import Timing
from digitscope.web.work import Work

Waiting = tuple[Images, asyncio.Future[tuple[Floats, float]]]

MOST = 512  # images in one batch: more gains nothing, and the others wait for it


class Batches:
    """One classifier's batches."""

    def __init__(self, work: Work, classify: Callable[[Images], Floats], metrics: Metrics) -> None:
        self.work, self.classify, self.metrics = work, classify, metrics
        self.waiting: list[Waiting] = []
        self.running = False

    async def run(self, images: Images, timing: Timing) -> Floats:
        """The classifier's output for these images, uint8 [N, 28, 28]; `timing` tells waiting from reading.

        Raises:
            Problem: 429 where too many wait already, 503 where it did not end in time.
        """
        if len(self.waiting) >= self.work.limit:
            raise busy(f"The service is busy. Expected at most {self.work.limit} requests at once.")
        asked = time.perf_counter()
        future: asyncio.Future[tuple[Floats, float]] = asyncio.get_running_loop().create_future()
        self.waiting.append((images, future))
        if not self.running:
            self.running = True
            self.task = asyncio.get_running_loop().create_task(self._drain())
        output, seconds = await future
        timing.add("reading", seconds)
        timing.add("queueing", time.perf_counter() - asked - seconds)
        return output

    async def _drain(self) -> None:
        """Batch after batch, until nobody waits."""
        try:
            while self.waiting:
                count = total = 0
                while count < len(self.waiting) and (not count or total + len(self.waiting[count][0]) <= MOST):
                    total += len(self.waiting[count][0])
                    count += 1
                batch, self.waiting = self.waiting[:count], self.waiting[count:]
                await self._run(batch)
        finally:
            self.running = False

    async def _run(self, batch: list[Waiting]) -> None:
        images = np.concatenate([images for images, _ in batch]) if len(batch) > 1 else batch[0][0]
        self.metrics.batch.observe(len(images))
        try:
            (output, seconds), _ = await self.work.run(lambda deadline: self._timed(images))
        except Exception as error:  # each of them gets it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        start = 0
        for own, future in batch:
            if not future.done():
                future.set_result((output[start : start + len(own)], seconds))
            start += len(own)

    def _timed(self, images: Images) -> tuple[Floats, float]:
        start = time.perf_counter()
        return self.classify(images), time.perf_counter() - start
