"""`digitscope review FILE`: go through what is doubtful, in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from digitscope.cli import output


def review(
    file: Annotated[
        Path, typer.Argument(help="A table that `form read` wrote (.parquet or .json), or the folder of a batch.")
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the page; 0 takes a free one.")] = 0,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Open no page; save what was answered as glyphs that `train --data` takes."),
    ] = None,
) -> None:
    """Go through what is doubtful by keyboard, one reading after the other, on a page that only this machine can reach.

    Each answer is kept at once, in a journal beside the file; at the end, or on Ctrl-C, all of them are written into
    the file.
    """
    from digitscope.errors import MissingExtraError

    try:
        from digitscope.review import doubts, journal, server
        from digitscope.review import labels as labelling
    except ImportError as error:
        raise MissingExtraError("`digitscope review`", "forms") from error
    if labels is not None:
        kept = journal.Journal(journal.beside(file))
        found = doubts.found(file, kept.identities)
        answers = kept.answers(found)
        written, left_out = labelling.save(found, answers, labels)
        _say_left_out(len(kept.given) - len(answers), kept.path)
        output.stdout.print(f"{output.counted(written, 'labelled glyph')} in {labels}", markup=False)
        if left_out:
            output.stderr.print(
                f"{output.counted(left_out, 'answer')} gave none: other glyphs were found there.", markup=False
            )
        return

    def started(address: str, counts: server.Counts) -> None:
        output.stdout.print(address, markup=False)
        before = f" {counts.answered:,} answered before." if counts.answered else ""
        output.stderr.print(
            f"{counts.open:,} to go through.{before} End with Ctrl-C; what is answered is kept.", markup=False
        )
        _say_left_out(counts.left_out, journal.beside(file))

    count = server.serve(file, port=port, started=started)
    output.stdout.print(f"{output.counted(count, 'answer')} written into {file}", markup=False)


def _say_left_out(number: int, path: Path) -> None:
    """Say how many answers of a journal are about readings that are not in the file."""
    if number:
        output.stderr.print(
            f"{output.counted(number, 'answer')} in {path} left out: about other readings than the file has.",
            markup=False,
        )
