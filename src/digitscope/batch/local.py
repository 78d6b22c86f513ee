"""The local engine: as many processes as cores, each with a model of its own on one thread."""

import functools
from collections import deque
from collections.abc import Generator, Iterable, Iterator

from digitscope.batch.output import Place
from digitscope.batch.work import Item, Options, Row, failed, rows
from digitscope.errors import ImageError
from digitscope.reading.pool import AHEAD, process
from digitscope.reading.reader import Recognizer


def read(
    reader: Recognizer, options: Options, items: Iterable[tuple[Place, Item]], *, jobs: int, ahead: int = AHEAD
) -> Generator[tuple[Place, list[Row]], None, None]:
    """The rows of each item, in order. A process that dies costs the item that killed it twice, and no other."""
    waiting: deque[tuple[Place, Item]] = deque()

    def handed_out() -> Iterator[Item]:
        for place, item in items:
            waiting.append((place, item))
            yield item.loaded()

    for result in process(
        reader, functools.partial(rows, options), handed_out(), jobs=jobs, isolated=True, ahead=ahead
    ):
        place, item = waiting.popleft()
        yield place, [failed(options, reader, item, str(result))] if isinstance(result, ImageError) else result
