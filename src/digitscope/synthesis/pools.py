"""What pages are written with: MNIST's digits, digits by pen, and all sorts of things that are none.

pool = make_pool(mnist.train_55000, pens.teaching, seed=0)
page = compose(pool.entries, pool.labels, seed=0, text="w 12,50")
"""

from dataclasses import dataclass

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Image
from digitscope.mnist import Split
from digitscope.reading.normalization import normalize
from digitscope.synthesis import doodles, numerals, prints
from digitscope.synthesis.augmentation import Augmentation, bend, continental
from digitscope.synthesis.nondigits import SHARES, Shares, nondigit
from digitscope.synthesis.pages.drawings import Drawing, Entry
from digitscope.synthesis.pages.record import SIGN, WORD
from digitscope.synthesis.remains import remains
from digitscope.synthesis.trajectories import Pens
from digitscope.synthesis.writers import Writers, inked

DIGITS = 24_000  # MNIST's and those by pen together: a seed's scenes show 60,000
BY_PEN = 0.4  # of the digits
EUROPEAN = 0.65  # of MNIST's ones and sevens
BENT = 0.6  # of MNIST's digits are bent as well
OWN = 0.15  # of them give way to strokes of ours
GLYPHS = 2_500  # non-digits in MNIST's form
PAGES = 12  # that remains are found on
BY_PENS = {"letter": 4_500, "crossed_out": 500, "doodle": 2_400}  # other non-digits of about a digit's size
SIGNS = 600  # that stand between digits
WORDS = {  # things wider or taller than a digit
    "word": 1_600, "signature": 300, "crossed_out": 300, "doodle": 900, "print": 1_300, "stamp": 250, "pattern": 250,
}  # fmt: skip
NONDIGITS = GLYPHS + sum(BY_PENS.values()) + SIGNS + sum(WORDS.values())  # in all: 15,400
PRINTED = ("print", "stamp")  # what takes fonts
WORD_SIZES = (0.4, 2.0)  # a capital's height in digit heights


@dataclass(frozen=True, eq=False)
class Pool:
    """Entries and what each is: 0 to 9, NOT_A_DIGIT, SIGN or WORD, uint8 [N]."""

    entries: list[Entry]
    labels: Image


def make_pool(
    split: Split,
    pens: Pens | None,
    *,
    seed: int,
    digits: int = DIGITS,
    by_pen: float = BY_PEN,
    nondigits: int = NONDIGITS,
    shares: Shares = SHARES,
) -> Pool:
    """Digits of the split and of the pens, and things that are no digit.

    Args:
        split: MNIST's digits.
        pens: those who write by pen. Without them the digits are all MNIST's, and what is none is drawn without them.
        seed: decides all of it.
        digits: those of MNIST, as far as the split has them, and those by pen together.
        by_pen: the share of the digits that is written by pen.
        nondigits: things that are none, about; one of each kind at least.
        shares: how many of the glyphs that are no digits are of each kind. Without printed ones nothing is printed, and
            no fonts are needed.
    """
    rng = np.random.default_rng([seed, 0])
    written = round(by_pen * digits) if pens else 0
    chosen = rng.permutation(len(split.labels))[: digits - written]
    images, labels = varied(split.images[chosen], split.labels[chosen], rng), split.labels[chosen]
    entries: list[Entry] = list(images)
    values = labels.tolist()
    writers = Writers(pens) if pens else None
    if writers:
        for n in range(written):
            entries.append(writers.digit(n % 10, rng))
            values.append(n % 10)
    of_digits = (images, labels) if len(labels) else (split.images, split.labels)  # parts, pairs and remains are
    found = remains(*of_digits, rng, pages=PAGES) if nondigits else []
    others = [
        nondigit(of_digits[0], found, rng, how=Augmentation(), shares=shares) for _ in range(_part(GLYPHS, nondigits))
    ]
    things: list[tuple[int, Entry]] = [(NOT_A_DIGIT, other) for other in others]
    for label, kinds in ((NOT_A_DIGIT, BY_PENS), (SIGN, {"sign": SIGNS}), (WORD, WORDS)):
        for kind, count in kinds.items():
            if kind in PRINTED and not shares.printed:
                continue
            drawings = (_draw(kind, writers, rng) for _ in range(_part(count, nondigits)))
            things += [(label, drawn) for drawn in drawings if drawn is not None]
    return Pool(entries + [thing for _, thing in things], np.array(values + [label for label, _ in things], np.uint8))


def _part(count: int, nondigits: int) -> int:
    """How many things of a kind there are among so many, where there are `count` among NONDIGITS."""
    return -(-count * nondigits // NONDIGITS)


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
        case "sign" if writers is None:
            return _plain_sign(rng)
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


def _plain_sign(rng: np.random.Generator) -> Drawing:
    """A point, a comma or a dash of nobody's hand."""
    x, y = rng.uniform(0.02, 0.3, 2)
    ways = ([[0, 0.92], [0.02, 0.94]], [[0.1, 0.85], [0.1 - x / 3, 0.9 + y]], [[0, 0.45 + x / 2], [0.2 + y, 0.45]])
    return inked((np.array(ways[rng.integers(3)], np.float32),), rng)
