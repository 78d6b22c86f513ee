"""What stands on paper and is no digit: letters, scribbles, arrows, ticks, as fields for a pen to follow.

The letters are polylines of our own, written with a shaky hand. Letters that are digits to any eye
(O, l, I, S, Z, B, q, g, b, z, s, o) are left out.
"""

import numpy as np
import numpy.typing as npt

from digitscope.synthesis.pages import strokes

MARKS = ("letter", "scribble", "arrow", "tick", "underline", "smudge")

# Strokes parted by ';', points by ' ', in 0…1 from the top left.
LETTERS = {
    "A": "0,1 .45,0 .9,1;.18,.62 .75,.6",
    "C": ".85,.15 .5,0 .15,.2 .05,.6 .3,.95 .85,.9",
    "D": ".1,0 .1,1;.1,0 .6,.1 .85,.5 .6,.9 .1,1",
    "E": ".8,0 .1,0 .1,1 .8,1;.1,.5 .65,.5",
    "F": ".85,0 .1,0 .1,1;.1,.48 .65,.48",
    "H": ".1,0 .1,1;.8,0 .8,1;.1,.5 .8,.48",
    "J": ".3,0 .9,0;.6,0 .6,.75 .4,1 .1,.85",
    "K": ".1,0 .1,1;.8,0 .1,.55 .85,1",
    "L": ".15,0 .1,1 .8,1",
    "M": "0,1 .12,0 .45,.7 .8,0 .95,1",
    "N": ".05,1 .1,0 .8,1 .82,0",
    "P": ".15,1 .12,0 .6,.02 .8,.25 .6,.5 .14,.52",
    "R": ".12,1 .12,0 .6,.02 .75,.25 .5,.48 .12,.5 .85,1",
    "T": "0,.02 .95,0;.48,0 .48,1",
    "U": ".05,0 .08,.7 .4,1 .75,.8 .82,0",
    "V": "0,0 .42,1 .85,0",
    "W": "0,0 .22,1 .48,.3 .75,1 1,0",
    "X": ".05,0 .85,1;.85,0 .05,1",
    "Y": "0,0 .42,.5 .85,0;.42,.5 .4,1",
    "a": ".75,.45 .4,.35 .1,.6 .2,.95 .55,.95 .75,.6 .75,.4 .78,1",
    "d": ".7,.5 .35,.4 .1,.65 .25,.98 .6,.95 .72,.6 .75,0 .75,1",
    "e": ".1,.65 .75,.62 .65,.38 .35,.35 .1,.6 .25,.95 .75,.9",
    "h": ".1,0 .1,1 .15,.6 .45,.42 .7,.6 .72,1",
    "k": ".1,0 .1,1;.65,.4 .12,.7 .7,1",
    "m": ".02,1 .04,.4 .08,.6 .28,.4 .42,.6 .42,1 .46,.6 .68,.4 .85,.6 .88,1",
    "n": ".1,1 .1,.4 .15,.6 .45,.4 .7,.6 .72,1",
    "p": ".1,.35 .12,1.05 .12,.6 .4,.35 .72,.5 .6,.8 .14,.78",
    "r": ".1,.4 .12,1 .14,.65 .4,.4 .7,.45",
    "u": ".08,.4 .12,.85 .4,1 .68,.8 .72,.4 .76,1",
    "w": "0,.4 .2,1 .45,.5 .7,1 .95,.4",
    "x": ".05,.4 .75,1;.75,.4 .05,1",
    "y": ".05,.4 .4,.8;.78,.4 .3,1.1",
    "+": ".45,.2 .45,.85;.1,.52 .82,.52",
    "=": ".1,.38 .85,.38;.1,.66 .85,.66",
    "#": ".3,.05 .2,.95;.7,.05 .6,.95;.05,.35 .9,.35;.02,.65 .88,.65",
    "%": ".85,0 .1,1;.2,.05 .35,.2 .2,.35 .05,.2 .2,.05;.75,.65 .9,.8 .75,.95 .6,.8 .75,.65",
    "&": ".9,1 .2,.25 .4,0 .6,.2 .1,.7 .3,1 .85,.55",
    "?": ".1,.2 .4,0 .75,.2 .4,.5 .4,.7;.4,.93 .42,.98",
    "*": ".45,.1 .45,.9;.1,.3 .8,.7;.8,.3 .1,.7",
}
Path = npt.NDArray[np.float64]


def letter(rng: np.random.Generator, name: str | None = None) -> strokes.Field:
    """A letter or sign in a shaky hand; a random one without a name."""
    text = LETTERS[name or list(LETTERS)[rng.integers(len(LETTERS))]]
    paths = []
    for part in text.split(";"):
        points = np.array([[float(v) for v in point.split(",")] for point in part.split()])
        paths.append(smooth(points + rng.normal(0, 0.035, points.shape)))
    return strokes.along(paths)


def scribble(rng: np.random.Generator) -> strokes.Field:
    """A few turns of a pen that writes nothing."""
    return strokes.along([smooth(rng.uniform(0, 1, (int(rng.integers(7, 16)), 2)))])


def arrow(rng: np.random.Generator) -> strokes.Field:
    """An arrow in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    ahead = np.array([np.cos(angle), np.sin(angle)]) * 0.48
    aside = np.array([-ahead[1], ahead[0]]) * rng.uniform(0.4, 0.8)
    middle = np.full(2, 0.5)
    head = [middle + 0.4 * ahead + aside, middle + ahead, middle + 0.4 * ahead - aside]
    return strokes.along([smooth(np.array([middle - ahead, middle + ahead])), np.array(head)])


def tick(rng: np.random.Generator) -> strokes.Field:
    """A tick."""
    points = np.array([[0.05, 0.6], [0.3, 0.95], [0.95, 0.1]])
    return strokes.along([points + rng.normal(0, 0.05, points.shape)])


DRAWN = {"letter": letter, "scribble": scribble, "arrow": arrow, "tick": tick}


def smooth(points: Path, steps: int = 8) -> Path:
    """A Catmull–Rom curve through the points: [N, 2] → [(N - 1) * steps + 1, 2]."""
    before = np.vstack([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(before, before[1:], before[2:], before[3:], strict=False):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, points[-1:]])
