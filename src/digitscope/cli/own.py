"""Digits of one's own on the command line: what was found in a place, and what was skipped, is told on stderr."""

from pathlib import Path
from typing import TYPE_CHECKING

from digitscope.cli import output

if TYPE_CHECKING:
    from digitscope.reading.labelled import Labelled


def tell(place: Path, labelled: "Labelled") -> None:
    """How many there are of each digit, and each file that could not be read with the reason."""
    told = ", ".join(f"{digit}: {count}" for digit, count in enumerate(labelled.counts))
    output.stderr.print(f"{place}: {len(labelled.labels):,} digits ({told})", markup=False)
    for file, why in labelled.skipped:
        output.stderr.print(f"  skipped {file}: {why}", markup=False)


def load(place: Path) -> "Labelled":
    """The labelled digits at a place, told of."""
    from digitscope.reading.labelled import load_labelled

    labelled = load_labelled(place)
    tell(place, labelled)
    return labelled
