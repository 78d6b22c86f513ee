"""Small requests that arrive together, run as one batch.

The first request runs at once. What comes while it runs waits for it and is then run together, so a lone request waits
for nothing.
"""

import asyncio
from collections.abc import Callable

import numpy as np

from digitscope.arrays import Floats, Images
from digitscope.web.metrics import Metrics
from digitscope.web.problems import busy
from digitscope.web.work import Work

MOST = 512  # images in one batch: more gains nothing, and the others wait for it


class Batches:
    """One classifier's batches."""

    def __init__(self, work: Work, classify: Callable[[Images], Floats], metrics: Metrics) -> None:
        self.work, self.classify, self.metrics = work, classify, metrics
        self.waiting: list[tuple[Images, asyncio.Future[Floats]]] = []
        self.running = False

    async def run(self, images: Images) -> Floats:
        """The classifier's output for these images, uint8 [N, 28, 28].

        Raises:
            Problem: 429 where too many wait already, 503 where it did not end in time.
        """
        if len(self.waiting) >= self.work.limit:
            raise busy(f"The service is busy. Expected at most {self.work.limit} requests at once.")
        future: asyncio.Future[Floats] = asyncio.get_running_loop().create_future()
        self.waiting.append((images, future))
        if not self.running:
            self.running = True
            self.task = asyncio.get_running_loop().create_task(self._drain())
        return await future

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

    async def _run(self, batch: "list[tuple[Images, asyncio.Future[Floats]]]") -> None:
        images = np.concatenate([images for images, _ in batch]) if len(batch) > 1 else batch[0][0]
        self.metrics.batch.observe(len(images))
        try:
            output, _ = await self.work.run(lambda deadline: self.classify(images))
        except Exception as error:  # each of them gets it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        start = 0
        for own, future in batch:
            if not future.done():
                future.set_result(output[start : start + len(own)])
            start += len(own)
