"""Many files read by several processes, results in order: `for reading in read_many(paths): ...`

Each process has a Recognizer of its own that computes on one thread: small images keep all cores busy that way, where
the threads of one process wait for each other most of the time.
"""

import contextlib
import functools
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import cv2

from digitscope import models
from digitscope.errors import ImageError, UsageError
from digitscope.reading.io.images import Source
from digitscope.reading.reader import Recognizer
from digitscope.reading.result import Reading

AHEAD = 16  # items per process that are handed out, or read and waiting for one before them: bounds memory
TOGETHER = 0.02  # seconds of work that are handed out at once: small items cost more on their way than they take

Model = str | os.PathLike[str] | None
Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_many(
    sources: Iterable[Source], *, jobs: int | None = None, model: Model = None, **options: Any
) -> Generator[Reading | ImageError, None, None]:
    """Read many files: for each, in order, its reading, or the ImageError that says why there is none.

        for path, reading in zip(paths, ds.read_many(paths)):
            print(path, reading.text if isinstance(reading, ds.Reading) else reading)

    A file's reading holds no pixels: drawing it opens the file again. A script that calls this with several jobs
    needs the usual `if __name__ == "__main__":`, since each process imports it.

    Args:
        sources: paths, files' bytes or arrays, taken from the iterable as they are needed.
        jobs: how many processes; one per core by default. With 1, all is read in this process.
        model: a shipped model's name, or the path of a model file.
        options: those of `Recognizer.read`.

    Raises:
        UsageError: `jobs` is below 1, no shipped model has that name, or as for `Recognizer.read`.
        ModelFileError: the file breaks the model file's contract.
    """
    return process(
        Recognizer(model), functools.partial(_read, options), sources, jobs=cores() if jobs is None else jobs
    )


def process(
    reader: Recognizer,
    work: Callable[[Recognizer, Item], Result],
    items: Iterable[Item],
    *,
    jobs: int,
    isolated: bool = False,
    ahead: int = AHEAD,
) -> Generator[Result | ImageError, None, None]:
    """What `work(reader, item)` returns for each item, or its ImageError; in order, each as soon as it can be given.

    Work, items and results are pickled; each process loads the reader's model file. With one job, all is done in this
    process, unless it is to be isolated from what may kill it. `ahead` items per process are taken before the first
    result is given. Where an item's process dies, for want of memory say, the item is tried once more, alone; if that
    process dies too, its result is an ImageError, and new processes go on. When the iterator is closed, or this process
    interrupted or killed, all the others end at once.
    """
    if jobs < 1:
        raise UsageError(f"There must be a process that reads. Expected at least 1. Received: jobs={jobs!r}")
    if jobs == 1 and not isolated:
        return (_outcome(work, reader, item) for item in items)
    return _in_order(work, items, jobs, ahead, reader.model.path)


def _read(options: dict[str, Any], reader: Recognizer, source: Source) -> Reading:
    reading = reader.read(source, **options)
    return reading if reading.source is None else reading.without_pixels()


def _in_order(
    work: Callable[[Recognizer, Item], Result], items: Iterable[Item], jobs: int, ahead: int, model: Model
) -> Generator[Result | ImageError, None, None]:
    """Results by several processes. After one of them died, what was handed out is done alone, item by item."""
    rest, taken = iter(items), deque[Item]()
    while True:
        futures = deque[Future[tuple[list[Result | ImageError], float]]]()
        handed_out, together = 0, 1
        with contextlib.suppress(BrokenProcessPool), _processes(jobs, model) as submit:
            while True:
                taken.extend(itertools.islice(rest, ahead * jobs - len(taken)))
                last = len(taken) < ahead * jobs  # there are no more to take
                while handed_out < len(taken) and (last or not futures or len(taken) - handed_out >= together):
                    group = list(itertools.islice(taken, handed_out, handed_out + together))
                    futures.append(submit(work, group))
                    handed_out += len(group)
                if not taken:
                    return
                results, seconds = futures.popleft().result()
                together = max(1, min(ahead // 2, round(TOGETHER * len(results) / max(seconds, 1e-6))))
                for result in results:
                    taken.popleft()
                    handed_out -= 1
                    yield result
        yield from _alone(work, taken, model)


def _alone(
    work: Callable[[Recognizer, Item], Result], taken: deque[Item], model: Model
) -> Generator[Result | ImageError, None, None]:
    """Each item's result by one process, which another follows when it dies: then it is known by which item."""
    while taken:
        with contextlib.suppress(BrokenProcessPool), _processes(1, model) as submit:
            while taken:
                results: list[Result | ImageError] = submit(work, [taken[0]]).result()[0]
                taken.popleft()
                yield from results
            return
        yield ImageError(
            "The process that read it died twice, perhaps for want of memory. Expected an answer. "
            f"Received: {_named(taken.popleft())}"
        )


def _named(item: object) -> str:
    """An item by its path; of one without, as bytes and arrays are, only the type."""
    path = item if isinstance(item, str | os.PathLike) else getattr(item, "path", None)
    return f"type={type(item).__name__}" if path is None else f"path={os.fspath(path)!r}"


@contextlib.contextmanager
def _processes(jobs: int, model: Model) -> Iterator[Callable[..., Future[Any]]]:
    """`submit(work, items)` for so many processes; they end with the block: after their work, on an error at once."""
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that ONNX Runtime's threads hold
    lifeline, held = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(lifeline, model))

    def submit(
        work: Callable[[Recognizer, Item], Result], items: list[Item]
    ) -> Future[tuple[list[Result | ImageError], float]]:
        with _interrupts_held():  # a process may be started here
            return executor.submit(_in_process, work, items)

    try:
        yield submit
    except BaseException:  # also when the generator around this is closed
        held.close()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        held.close()
        lifeline.close()


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C comes after the block; to processes that start in it, never: this one ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_reader: Recognizer  # of a process of the pool


def _begin(lifeline: Connection, model: Model) -> None:
    """The start of each process: one thread for everything, a loaded reader, and a watch on the process above."""
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    cv2.setNumThreads(1)
    models.set_threads(1)
    _reader = Recognizer(model)


def _end_with(lifeline: Connection) -> None:
    """End this process when the other end is closed, which the system also does for a process that was killed."""
    with contextlib.suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)


def _in_process(
    work: Callable[[Recognizer, Item], Result], items: list[Item]
) -> tuple[list[Result | ImageError], float]:
    """Each item's result, and how many seconds they took."""
    start = time.perf_counter()
    return [_outcome(work, _reader, item) for item in items], time.perf_counter() - start


def _outcome(work: Callable[[Recognizer, Item], Result], reader: Recognizer, item: Item) -> Result | ImageError:
    try:
        return work(reader, item)
    except ImageError as error:
        return error
