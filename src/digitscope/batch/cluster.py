"""The Ray engine: the same rows by Ray Data, on this machine or a cluster.

Each actor holds a model in a process of its own, so that an image that kills it costs that image. Actors open files
themselves: paths must lead to the same files on every node, as those of object stores and shared folders do.
"""

import contextlib
import itertools
import logging
import pickle
import socket
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from digitscope.batch import local
from digitscope.batch.archives import members
from digitscope.batch.output import Place
from digitscope.batch.work import Item, Options, Row
from digitscope.errors import BatchError, ImageError, MissingExtraError
from digitscope.reading.pool import Model
from digitscope.reading.reader import Recognizer

UNIT = 32  # items that an actor is given at once
WAVE = 100_000  # items that Ray Data is given at once: bounds memory, and costs a start of the actors each time
TASKS = 2_000  # of a wave at most
ANSWERED = 5.0  # seconds in which a cluster's address must answer

Found = tuple[Place, Item]


def read(
    model: Model,
    options: Options,
    items: Iterable[Found],
    *,
    jobs: int | None,
    address: str | None = None,
    column: str | None = None,
) -> Generator[tuple[Place, list[Row]], None, None]:
    """The rows of each item, in order.

    Args:
        model: as for `Recognizer`; a path must lead to the file on every node.
        options: how images are read.
        items: what is read; a member of an archive is opened again by the actor that reads it.
        jobs: how many actors; one for each of the cluster's cores by default.
        address: a cluster that runs, as `ray.init` takes it; by default one on this machine, for as long as it takes.
        column: the column of images in Parquet files.

    Raises:
        MissingExtraError: Ray is not installed.
        BatchError: there is no such cluster.
    """
    ray = _ray()
    with _connected(ray, address, jobs):
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        actors = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
        rest = iter(items)
        while wave := [pickle.dumps(unit) for unit in _units(itertools.islice(rest, WAVE))]:
            read_by_actors = ray.data.from_items(
                [{"unit": unit} for unit in wave], override_num_blocks=min(len(wave), TASKS)
            ).map_batches(
                Actor,
                batch_size=1,
                num_cpus=1,
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(actors, len(wave))),
                fn_constructor_args=(model, options, column),
            )
            for row in read_by_actors.iter_rows():
                yield from pickle.loads(row["rows"])


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError("The Ray engine", "ray") from error
    return ray


@contextlib.contextmanager
def _connected(ray: Any, address: str | None, jobs: int | None) -> Iterator[None]:
    """A cluster for the block: one that runs, or one on this machine that ends with the block."""
    if ray.is_initialized():
        yield
        return
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        _answers(address)
        if address is None:
            ray.init(num_cpus=jobs, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        raise BatchError(
            f"There is no Ray cluster to be reached: {str(error).splitlines()[0].rstrip('.')}. "
            f"Expected one that runs, as HOST:PORT or auto. Received: ray_address={address!r}"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _answers(address: str | None) -> None:
    """An OSError where nobody listens at HOST:PORT: Ray itself asks for minutes."""
    given = address or ""
    place = urlsplit(given if "//" in given else f"//{given}")
    if place.hostname and place.port:
        socket.create_connection((place.hostname, place.port), timeout=ANSWERED).close()


def _units(items: Iterable[Found]) -> Iterator[list[Found]]:
    """So many items at a time, without what cannot be sent: an actor opens the archive itself."""
    rest = iter(items)
    while unit := list(itertools.islice(rest, UNIT)):
        yield [(place, replace(item, content=None) if _in_memory(item) else item) for place, item in unit]


def _in_memory(item: Item) -> bool:
    return item.member is not None and (callable(item.content) or isinstance(item.content, bytes))


class Actor:
    """Reads units of items, one after the other, in a process that lives as long as the actor."""

    def __init__(self, model: Model, options: Options, column: str | None) -> None:
        self.column = column
        self.ahead = deque[Found]()
        self.results = local.read(Recognizer(model), options, self._given(), jobs=1, ahead=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """For each pickled unit its items' places and rows, pickled too."""
        return {
            "rows": np.array([pickle.dumps(list(self._read(pickle.loads(unit)))) for unit in batch["unit"]], object)
        }

    def _read(self, unit: list[Found]) -> Iterator[tuple[Place, list[Row]]]:
        for found in self._opened(unit):
            self.ahead.append(found)
            yield next(self.results)

    def _given(self) -> Iterator[Found]:
        while True:
            yield self.ahead.popleft()

    def _opened(self, unit: list[Found]) -> Iterator[Found]:
        """The items with their archives' members in their places."""
        for path, group in itertools.groupby(unit, lambda found: found[1].path):
            archive = None
            for place, item in group:
                if item.member is None or item.content is not None:
                    yield place, item
                    continue
                if archive is None:
                    archive = enumerate(members(path, column=self.column))
                found = next((one for number, one in archive if number == place.member), None)
                yield place, found or replace(item, content=_changed(item))


def _changed(item: Item) -> ImageError:
    return ImageError(f"The archive has changed while it was read. Expected all its members. Received: {item!r}")
