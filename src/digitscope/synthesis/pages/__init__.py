r"""Made pages: digits at known places on made paper, with a seed. They are the oracle that reading is scored on.

    page = make_page("dev", 7, paper="ruled", degradations=("tilt", "shadow"))
    page.image      # uint8 [H, W, 3]
    page.text       # "40312\n77"
    page.digits     # (PlacedDigit(value=4, box=(31, 20, 18, 27), …), …)

The `dev` pages hold the last 5,000 training digits of MNIST and serve all development; the `test` pages hold
its test digits on other papers with other pens, and are read once for a published table.
MNIST is CC BY-SA 3.0 (LeCun, Cortes, Burges), and so are images made from it.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from digitscope.errors import unknown
from digitscope.mnist import load_mnist
from digitscope.synthesis.pages.camera import DEGRADATIONS
from digitscope.synthesis.pages.composition import compose
from digitscope.synthesis.pages.layout import DISTANCES
from digitscope.synthesis.pages.marks import MARKS
from digitscope.synthesis.pages.paper import PAPERS
from digitscope.synthesis.pages.record import Page, PlacedDigit, PlacedMark

__all__ = [
    "DEGRADATIONS",
    "DISTANCES",
    "MARKS",
    "PAPERS",
    "Page",
    "PlacedDigit",
    "PlacedMark",
    "compose",
    "make_page",
]

SPLITS = ("dev", "test")


def make_page(
    split: str,
    seed: int,
    *,
    text: str | None = None,
    paper: str | None = None,
    distance: str | None = None,
    degradations: tuple[str, ...] | None = None,
    marks: tuple[str, ...] = (),
    height: float | None = None,
    size: tuple[int, int] | None = None,
) -> Page:
    """Make page number `seed` of the split `dev` or `test`; the rest is as in `compose`.

    >>> make_page("dev", 7, paper="form", text="40312").text
    '40312'
    """
    images, labels = pool(split)
    page = compose(
        images,
        labels,
        np.random.default_rng([SPLITS.index(split), seed]),
        text=text,
        paper=paper,
        distance=distance,
        degradations=degradations,
        marks=marks,
        height=height,
        size=size,
        palette=split,
    )
    return replace(page, seed=seed)


@cache
def pool(split: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The digits of a split, images and labels."""
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    mnist = load_mnist()
    if split == "dev":
        return mnist.train_images[-5000:], mnist.train_labels[-5000:]
    return mnist.test_images, mnist.test_labels
