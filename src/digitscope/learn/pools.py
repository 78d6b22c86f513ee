"""What pages are written with: MNIST's digits, digits by pen, and all sorts of things that are none.

entries = make_pool(mnist.train_55000, pens.teaching, seed=0)
page = compose(entries.entries, entries.labels, seed=0, text="w 12,50")
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitscope.learn import doodles, numerals, prints
from digitscope.learn.augment import Augmentation, bend, continental
from digitscope.learn.nondigits import nondigit
from digitscope.learn.remains import remains
from digitscope.learn.trajectories import Pens
from digitscope.learn.writers import Writers
from digitscope.mnist import Split
from digitscope.pages.drawings import Entry
from digitscope.pages.record import NO_DIGIT, SIGN, WORD
from digitscope.read.normalize import normalize

Image = npt.NDArray[np.uint8]

DIGITS = 24_000  # MNIST's and those by pen together: a seed's scenes show 60,000
BY_PEN = 0.4  # of the digits
EUROPEAN = 0.65  # of MNIST's ones and sevens
BENT = 0.6  # of MNIST's digits are bent as well
OWN = 0.15  # of them give way to strokes of ours
GLYPHS = 2_500  # non-digits in MNIST's form
PAGES = 12  # that remains are found on
BY_PENS = {"letter": 4_500, "crossed_out": 500, "doodle": 500}  # other non-digits of about a digit's size
SIGNS = 600  # that stand between digits
WORDS = {  # things wider or taller than a digit
    "word": 1_600, "signature": 300, "crossed_out": 300, "doodle": 600, "print": 900, "stamp": 250, "pattern": 250,
}  # fmt: skip
WORD_SIZES = (0.4, 2.0)  # a capital's height in digit heights


@dataclass(frozen=True, eq=False)
class Pool:
    """Entries and what each is: 0 to 9, NO_DIGIT, SIGN or WORD, uint8 [N]."""

    entries: list[Entry]
    labels: Image


def make_pool(split: Split, pens: Pens | None, *, seed: int, digits: int = DIGITS, share: float = 1.0) -> Pool:
    """Digits of the split and of the pens, and `share` of the usual number of things that are none.

    Without pens, the digits are all MNIST's, and what is no digit is drawn without them.
    """
    rng = np.random.default_rng([seed, 0])
    by_pen = round(BY_PEN * digits) if pens else 0
    chosen = rng.permutation(len(split.labels))[: digits - by_pen]
    images, labels = varied(split.images[chosen], split.labels[chosen], rng), split.labels[chosen]
    entries: list[Entry] = list(images)
    values = labels.tolist()
    writers = Writers(pens) if pens else None
    if writers:
        for n in range(by_pen):
            entries.append(writers.digit(n % 10, rng))
            values.append(n % 10)
    found = remains(images, labels, rng, pages=PAGES) if share else []
    others = [nondigit(images, found, rng, how=Augmentation()) for _ in range(round(share * GLYPHS))]
    things: list[tuple[int, Entry]] = [(NO_DIGIT, other) for other in others]
    for label, kinds in ((NO_DIGIT, BY_PENS), (SIGN, {"sign": SIGNS}), (WORD, WORDS)):
        for kind, count in kinds.items():
            things += [
                (label, drawn) for _ in range(round(share * count)) if (drawn := _draw(kind, writers, rng)) is not None
            ]
    return Pool(entries + [thing for _, thing in things], np.array(values + [label for label, _ in things], np.uint8))


def varied(images: Image, labels: Image, rng: np.random.Generator) -> Image:
    """MNIST's digits, many of them bent, some written as outside America, some by strokes of our own."""
    images, how = images.copy(), Augmentation()
    for i, value in enumerate(labels.tolist()):
        lot = rng.random()
        if lot < OWN:
            images[i] = normalize(numerals.write(value, rng), stroke=0)
            continue
        image = images[i]
        drawn = continental(image, value, rng) if value in (1, 7) and rng.random() < EUROPEAN else image
        if lot < OWN + BENT:
            drawn = (bend(drawn, rng, how) * 255).astype(np.uint8)
        if drawn is not image:
            images[i] = normalize(drawn, stroke=0)
    return images


def _draw(kind: str, writers: Writers | None, rng: np.random.Generator) -> Entry | None:
    """One thing that is no digit; None where it takes a writer and there is none."""
    match kind:
        case "doodle":
            return doodles.draw(rng)
        case "print":
            return prints.word(rng)
        case "stamp":
            return prints.stamp(rng)
        case "pattern":
            return prints.pattern(rng)
    if writers is None:
        return None
    match kind:
        case "word":
            return writers.word(rng, size=float(np.exp(rng.uniform(*np.log(WORD_SIZES)))))
        case "signature":
            return writers.signature(rng)
        case "crossed_out":
            return writers.crossed_out(rng)
        case "sign":
            return writers.sign(rng)
        case _:
            return writers.letter(rng)
