"""What a page is to be, before anything is drawn: paper, pen, text, which digits, and where.

Everything is drawn by lot from the generator that composes the page, in a fixed order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitscope.arrays import NOT_A_DIGIT, Images
from digitscope.errors import UsageError
from digitscope.synthesis.pages import camera, layout, paper, pens, strokes
from digitscope.synthesis.pages.layout import DISTANCES, Layout, Rows
from digitscope.synthesis.pages.pens import Hand
from digitscope.synthesis.pages.record import SIGN, WORD

CHARACTERS = {**{str(value): value for value in range(10)}, "?": NOT_A_DIGIT, ",": SIGN, "w": WORD}


@dataclass(frozen=True)
class Plan:
    """What has been chosen for a page before anything is drawn."""

    kind: str
    palette: str
    distance: str
    degradations: tuple[str, ...]
    hand: Hand
    dark: bool  # light ink on dark ground


def choose(
    rng: np.random.Generator,
    kind: str | None,
    distance: str | None,
    degradations: tuple[str, ...] | None,
    height: float | None,
    palette: str,
) -> Plan:
    """Draw by lot what was not asked for."""
    kind = kind or str(rng.choice(paper.PAPERS, p=[0.08, 0.24, 0.15, 0.12, 0.13, 0.1, 0.06, 0.12]))
    distance = distance or str(rng.choice(list(DISTANCES), p=[0.2, 0.4, 0.2, 0.14, 0.06]))
    if kind == "cell":
        height = height or float(rng.uniform(12, 26))
    height = height or float(np.exp(rng.uniform(np.log(18), np.log(130))))
    if degradations is None:
        odds = {"canvas": 0.0, "cell": 0.3}.get(kind, 0.45)
        possible = camera.DEGRADATIONS if kind != "cell" else ("light", "noise", "jpeg")
        degradations = tuple(name for name in possible if rng.random() < odds)
        degradations += ("blur",) if kind == "cell" else ()
    dark = kind == "board" or (kind == "canvas" and bool(rng.random() < 0.25))
    choices = pens.PENS[palette]
    pen = pens.CHALK if kind == "board" else choices[rng.integers(len(choices))]
    hand = pens.take_hand(rng, pen, height, scrawl=1.5 if kind == "cell" else 1.0)
    if kind == "canvas":  # a drawing program's ink covers fully
        hand = replace(hand, opacity=1.0, colour=(255, 255, 255) if dark else hand.colour)
    if kind == "cell":  # how faint it is, the colour says alone
        hand = replace(hand, opacity=1.0)
    return Plan(kind, palette, distance, degradations, hand, dark)


def compose_text(plan: Plan, rng: np.random.Generator) -> str:
    """Something to write: a number in a cell, columns in a ledger, some rows elsewhere."""

    def number(digits: int) -> str:
        return "".join(map(str, rng.integers(0, 10, digits)))

    if plan.kind == "cell":
        return number(int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.1, 0.25, 0.25, 0.2, 0.12, 0.08])))
    if plan.kind == "ledger":
        columns = int(rng.integers(1, 4))
        return "\n".join(
            " ".join(number(int(rng.integers(1, 6))) for _ in range(columns)) for _ in range(rng.integers(2, 7))
        )
    large = plan.hand.height > 70
    if plan.kind in ("canvas", "plain") and rng.random() < 0.3:
        return number(1)
    rows = int(rng.integers(1, 3 if large else 6))
    longest = 5 if large else 9
    lines = []
    for _ in range(rows):
        groups = 1 if rng.random() < 0.7 else 2
        lines.append(" ".join(number(int(rng.integers(1, longest // groups + 1))) for _ in range(groups)))
    return "\n".join(lines)


def pick(text: str, labels: Images, rng: np.random.Generator) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Choose a digit of the pool for each character; rows hold groups of indices into what was chosen."""
    if not set(text) <= {*CHARACTERS, " ", "\n"} or not text.strip():
        raise UsageError(
            f'The text cannot be written. Expected digits, "?", ",", "w", spaces and newlines. Received: text={text!r}'
        )
    members = {character: np.flatnonzero(labels == CHARACTERS[character]) for character in set(text) & {*CHARACTERS}}
    pool: list[int] = []
    rows: Rows = []
    for row in text.split("\n"):
        groups = []
        for group in row.split():
            start = len(pool)
            for character in group:
                of_value = members[character]
                if not len(of_value):
                    raise UsageError(
                        f"The pool has no such digit. Expected one of each in the text. Received: {character!r}"
                    )
                pool.append(int(of_value[rng.integers(len(of_value))]))
            groups.append(list(range(start, len(pool))))
        if groups:
            rows.append(groups)
    return rows, np.array(pool)


def text_of(rows: Rows, values: Images) -> str:
    """The digits as they are written: a line a row, groups parted by a space."""
    groups = (["".join(str(values[i]) for i in group if values[i] < NOT_A_DIGIT) for group in row] for row in rows)
    lines = (" ".join(group for group in row if group) for row in groups)
    return "\n".join(line for line in lines if line)


def lay_out(plan: Plan, rows: Rows, fields: Sequence[strokes.Field], rng: np.random.Generator) -> Layout:
    """The layout that goes with the paper."""
    if plan.kind == "form":
        cell = (rng.uniform(1.15, 1.7), rng.uniform(1.35, 1.9))
        return layout.boxed(rows, fields, plan.hand, rng, cell=cell)
    if plan.kind == "squared" and rng.random() < 0.5:
        side = rng.uniform(1.15, 1.6)
        return layout.boxed(rows, fields, plan.hand, rng, cell=(side, side))
    columns = plan.kind == "ledger"
    return layout.free(rows, fields, plan.hand, rng, distance=plan.distance, columns=columns)


def margins(plan: Plan, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Free paper around the writing, in pixels of the image."""
    low, high = {"cell": (-0.05, 0.8), "canvas": (0.2, 2.0)}.get(plan.kind, (0.4, 2.5))
    left, top, right, bottom = rng.uniform(low, high, 4) * plan.hand.height
    return float(left), float(top), float(right), float(bottom)


def least_size(plan: Plan, rng: np.random.Generator) -> tuple[int, int] | None:
    """A cell has the form's size, however little is written in it."""
    if plan.kind != "cell":
        return None
    return int(rng.uniform(2.2, 3.6) * plan.hand.height), int(rng.uniform(1.3, 1.9) * plan.hand.height)
