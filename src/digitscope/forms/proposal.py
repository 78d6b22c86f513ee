"""A blank → the fields it seems to have: boxes, rows of boxes, combs, and tables of them.

    fields = propose(blanks)          # uint8 [H, W] or [H, W, 3] each -> Field, Field, ...
    preview(blank, fields)            # the blank with them drawn on it

A box is white, rectangular, as large as a number, and has rules all around it; a comb is a rule with ticks at equal
distances. Boxes side by side, about as wide as high, are one number with a digit in each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitscope.arrays import BoxXYWH, Image, Mask
from digitscope.forms.field import Field
from digitscope.forms.print import darkness

PRINTED = 45  # of 255: darker is print
ACROSS, DOWN = 1 / 70, 1 / 140  # of the page's longer side: the shortest rules
NARROWEST, LOWEST, HIGHEST = 1 / 90, 1 / 90, 1 / 16  # of the longer side: boxes for numbers
WHITE = 0.01  # of a box's inside at most is printed
RECTANGULAR = 0.9  # of its rectangle that a box fills
SAME = 0.12  # of a size: boxes and distances that differ by less are alike
SQUARE = 1.5  # times as wide as high at most: a box for one digit
APART = 0.6  # of a box's width: boxes for digits of one number lie no farther apart
COLOUR = (0, 120, 60)


@dataclass(frozen=True)
class Place:
    """A field that was found: its box, and its cells where there are several."""

    box: BoxXYWH
    cells: tuple[BoxXYWH, ...] = ()


def propose(blanks: Sequence[Image]) -> tuple[Field, ...]:
    """The fields of a form's pages, named field1, field2, … from top to bottom; in a column, table1.1, table1.2, …"""
    fields: list[Field] = []
    tables = 0
    for page, blank in enumerate(blanks, 1):
        places = find_places(blank)
        columns = _columns(places)
        of_column = {
            place: (n, row) for n, column in enumerate(columns, tables + 1) for row, place in enumerate(column, 1)
        }
        tables += len(columns)
        single = sum(not field.name.startswith("table") for field in fields)
        for place in places:
            if place in of_column:
                name = "table{}.{}".format(*of_column[place])
            else:
                single += 1
                name = f"field{single}"
            fields.append(Field(name, page, place.box, place.cells))
    return tuple(fields)


def find_places(blank: Image) -> list[Place]:
    """Where numbers can be written on a page, from top to bottom and from left to right."""
    dark = (darkness(blank) > PRINTED).astype(np.uint8)
    longest = max(dark.shape)
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(3, round(longest * ACROSS))), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((max(3, round(longest * DOWN)), 1), np.uint8))
    rules = cv2.morphologyEx(across | down, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    boxes = _boxes(dark, rules, longest)
    places = _joined(boxes) + _combs(dark, rules, boxes, longest)
    height = float(np.median([place.box[3] for place in places])) if places else 1.0
    return sorted(places, key=lambda place: (round((place.box[1] + place.box[3] / 2) / (0.7 * height)), place.box[0]))


def _boxes(dark: Image, rules: Image, longest: int) -> list[BoxXYWH]:
    """White rectangles with rules around them, by the middle of the rules."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - rules, connectivity=4)
    thick = _thickness(rules)
    found = []
    for x, y, w, h, area in stats[1:count].tolist():
        touches = x == 0 or y == 0 or x + w == rules.shape[1] or y + h == rules.shape[0]
        sized = w >= NARROWEST * longest and LOWEST * longest <= h <= HIGHEST * longest
        if touches or not sized or area < RECTANGULAR * w * h:
            continue
        if dark[y + 2 : y + h - 2, x + 2 : x + w - 2].mean() <= WHITE:
            found.append((x - thick // 2, y - thick // 2, w + thick, h + thick))
    return found


def _thickness(rules: Image) -> int:
    """How thick rules are: twice the typical distance from their middle to their edge."""
    distance = cv2.distanceTransform(rules, cv2.DIST_L1, 3)
    return max(1, round(2 * float(np.median(distance[distance > 0])) - 1)) if rules.any() else 1


def _joined(boxes: Sequence[BoxXYWH]) -> list[Place]:
    """Boxes for one digit each, side by side, as one place; others as they are."""
    rows: list[list[BoxXYWH]] = []
    for box in sorted(boxes, key=lambda box: (box[0], box[1])):
        x, y, w, h = box
        for row in rows:
            last = row[-1]
            level = abs(last[1] - y) <= SAME * h and abs(last[3] - h) <= SAME * h
            alike = abs(last[2] - w) <= SAME * w + 2 and max(w, last[2]) <= SQUARE * h
            if level and alike and -SAME * w <= x - last[0] - last[2] <= APART * w:
                row.append(box)
                break
        else:
            rows.append([box])
    return [Place(_around(row), tuple(row) if len(row) > 1 else ()) for row in rows]


def _combs(dark: Image, rules: Image, boxes: Sequence[BoxXYWH], longest: int) -> list[Place]:
    """Rules with ticks at equal distances that stand on them, without a rule above."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rules, connectivity=8)
    found = []
    for number in range(1, count):
        x, y, w, h, _ = stats[number].tolist()
        if w < 2 * NARROWEST * longest or not DOWN / 2 * longest <= h <= HIGHEST * longest:
            continue
        if any(bx < x + w and x < bx + bw and by < y + h and y < by + bh for bx, by, bw, bh in boxes):
            continue
        own = labels[y : y + h, x : x + w] == number
        foot = own[-max(2, h // 4) :].any(axis=0).mean() > 0.95
        ticks = _runs(own[: max(1, h // 2)].mean(axis=0) > 0.6)
        steps = np.diff(ticks)
        if (
            not foot
            or len(ticks) < 3
            or ticks[0] > 0.1 * w
            or ticks[-1] < 0.9 * w
            or np.ptp(steps) > 2 * SAME * steps.mean()
        ):
            continue
        step = float(steps.mean())
        top = max(y + h - round(1.3 * step), 0)
        above = np.flatnonzero(dark[top:y, x : x + w].any(axis=1))  # other print ends the cells
        top = top + int(above[-1]) + 2 if len(above) else top
        edges = [x + round(tick) for tick in ticks]
        cells = tuple((left, top, right - left, y + h - top) for left, right in pairwise(edges))
        if y + h - top >= LOWEST * longest:
            found.append(Place(_around(cells), cells))
    return found


def _runs(flags: Mask) -> list[float]:
    """The middles of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(start + end - 1) / 2 for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _columns(places: Sequence[Place]) -> list[list[Place]]:
    """Places that stand one right below the other, as wide and as high: three or more."""
    columns: list[list[Place]] = []
    for place in sorted(places, key=lambda place: (place.box[0], place.box[1])):
        x, y, w, h = place.box
        for column in columns:
            cx, cy, cw, ch = column[-1].box
            alike = abs(cx - x) <= SAME * h and abs(cw - w) <= SAME * w and len(column[-1].cells) == len(place.cells)
            if alike and abs(ch - h) <= 3 * SAME * h and abs(cy + ch - y) <= SAME * h:
                column.append(place)
                break
        else:
            columns.append([place])
    return sorted(
        (column for column in columns if len(column) >= 3),
        key=lambda column: (column[0].box[1] // 20, column[0].box[0]),
    )


def _around(boxes: Sequence[BoxXYWH]) -> BoxXYWH:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def preview(blank: Image, fields: Sequence[Field]) -> Image:
    """The blank with each field's boxes and name drawn on it: uint8 [H, W, 3]."""
    canvas = np.asarray(cv2.cvtColor(blank, cv2.COLOR_GRAY2RGB) if blank.ndim == 2 else blank.copy(), np.uint8)
    size = max(canvas.shape[:2]) / 2600
    for field in fields:
        for x, y, w, h in field.cells or (field.box,):
            cv2.rectangle(canvas, (x, y), (x + w, y + h), COLOUR, max(1, round(2 * size)))
        place = (field.box[0] + 3, field.box[1] + max(12, round(26 * size)))
        cv2.putText(canvas, field.name, place, cv2.FONT_HERSHEY_SIMPLEX, max(0.4, 0.8 * size), COLOUR, 1, cv2.LINE_AA)
    return canvas
