"""Runs the page until it says that all is done, or Ctrl-C: `serve(path, port=0, started=print)`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digitscope.batch.output import held_file
from digitscope.review.app import Review, create_app
from digitscope.review.journal import beside
from digitscope.web import local


@dataclass(frozen=True)
class Counts:
    """How many questions are open, answered before, and how many answers are about other readings, and left out."""

    open: int
    answered: int
    left_out: int


def serve(path: Path, *, port: int, started: Callable[[str, Counts], None]) -> int:
    """Listen on this machine, and write the answers into the file at the end.

    Args:
        path: a table of forms, or a batch's output.
        port: to listen on; 0 takes a free one.
        started: given the address and the numbers of questions and answers, as soon as it listens.

    Returns:
        How many answers are in the file.

    Raises:
        DataError: the file is neither, or cannot be read.
        BatchError: somebody else goes through the same file.
        UsageError: the port cannot be listened on.
    """
    with held_file(beside(path)):
        review = Review(path)
        before = len(review.answers)
        counts = Counts(len(review.doubts) - before, before, len(review.journal.given) - before)
        try:
            local.serve(
                lambda stop: create_app(review, finished=stop), port=port,
                started=lambda address: started(address, counts),
            )  # fmt: skip
        finally:
            count = review.finish()
        return count
