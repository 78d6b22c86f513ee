"""The threads that compute: so many run at once, so many wait, and who comes beyond that is refused.

    value, queued = await work.run(lambda: reader.read(body), deadline)

The event loop only receives and answers. A job that nobody waits for any more is not begun. One that would wait half of
its time, going by what the last ones took, is refused: better to try again later than to wait in vain.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from digitscope.web.problems import busy, too_slow

T = TypeVar("T")

RECENT = 0.1  # the weight of the last job in the mean of what jobs take


class Work:
    """A bounded pool of threads."""

    def __init__(self, *, threads: int, max_waiting: int, timeout: float) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="digitscope")
        self.limit, self.timeout = threads + max_waiting, timeout
        self.threads = threads
        self.under_way = 0  # jobs that run or wait
        self.seconds = 0.0  # that a job took of late

    async def run(self, job: Callable[[float], T]) -> tuple[T, float]:
        """What `job` returns, and how many seconds it waited for its thread.

        `job` is given the time (of `time.monotonic`) by which it should end; one that takes several steps looks at it.

        Raises:
            Problem: 429 where too many wait already, 503 where it did not end in time.
        """
        if self.under_way >= self.limit:
            raise busy(f"The service is busy. Expected at most {self.limit} requests at once.", seconds=self.wait)
        if self.wait > self.timeout / 2:
            raise busy(
                f"The service is busy. Expected to begin within {self.timeout / 2:g} seconds. "
                f"Received: requests before this one={self.under_way}",
                seconds=self.wait,
            )
        asked = time.monotonic()
        deadline = asked + self.timeout

        def begun() -> tuple[T, float]:
            queued = time.monotonic() - asked
            if queued > self.timeout:
                raise too_slow(self.timeout)
            start = time.monotonic()
            try:
                return job(deadline), queued
            finally:
                self.seconds += RECENT * (time.monotonic() - start - self.seconds)

        self.under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self.pool, begun)
        future.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self.timeout)
        except TimeoutError:
            raise too_slow(self.timeout) from None

    @property
    def wait(self) -> float:
        """Seconds until a job that comes now begins, if those before it take what the last ones took."""
        return max(0, self.under_way + 1 - self.threads) / self.threads * self.seconds

    def _done(self, future: "asyncio.Future[Any]") -> None:
        self.under_way -= 1
        if not future.cancelled():
            future.exception()  # seen, also where nobody waits any more

    def close(self) -> None:
        """Let what runs end; what waits is dropped."""
        self.pool.shutdown(wait=True, cancel_futures=True)


def check(deadline: float, timeout: float) -> None:
    """Between two steps of a job: stop it where its time is over."""
    if time.monotonic() > deadline:
        raise too_slow(timeout)
