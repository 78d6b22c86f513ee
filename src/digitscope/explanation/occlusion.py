"""Which pixels the answer depends on, by trial: cover a patch, run the network again.

    occlude(reader.classify, image).margin_lost      # float32 [28, 28]
    flip(reader.classify, image)                     # the fewest patches that change the answer, or None

`classify` is any function from images, uint8 [N, 28, 28], to probabilities, float32 [N, 10].
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from digitscope.arrays import Floats, Image, Images

Classify = Callable[[Images], Floats]

PAPER, INK = 0, 255
PATCH_SIZE = 5  # pixels a side: a stroke of MNIST is 2–4 wide, so this cuts one without erasing two
FLIP_SIZE, FLIP_STRIDE = 4, 2  # pixels
FLIP_LIMIT = 12  # patches of 4 × 4: a quarter of the image


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What covering a patch around each pixel does to the answer.

    `probability` [28, 28] is the answer's probability with the patch centred on that pixel; `margin_lost` [28, 28] is
    the fall of its log-odds against the second best answer, in nats. Where the probability is so near 1 that it hardly
    changes, the margin still does.
    """

    answer: int
    fill: int
    size: int
    probability: Floats = field(repr=False)
    margin_lost: Floats = field(repr=False)


@dataclass(frozen=True)
class Patch:
    """A square of pixels set to one value: 0 erases, 255 inks."""

    row: int
    col: int
    size: int
    fill: int

    def on(self, image: Image) -> Image:
        """A copy of `image`, [28, 28], with this patch in it."""
        changed = image.copy()
        changed[self.row : self.row + self.size, self.col : self.col + self.size] = self.fill
        return changed


@dataclass(frozen=True, eq=False)
class Flip:
    """The patches that turn `before` into `after`, the next most probable answer, and the image with them in it."""

    before: int
    after: int
    patches: tuple[Patch, ...]
    image: Image = field(repr=False)
    probabilities: Floats = field(repr=False)


def occlude(classify: Classify, image: Image, *, fill: int = PAPER, size: int = PATCH_SIZE) -> Occlusion:
    """Slide a patch over the image, centred on each pixel in turn, and classify all that differ from it.

    Args:
        classify: images to probabilities.
        image: uint8 [28, 28].
        fill: what the patch is made of: 0 erases, 255 inks.
        size: the patch's side in pixels, odd.
    """
    reach = size // 2
    rows = np.arange(28)
    near = np.abs(rows[:, None] - rows) <= reach  # [centre, pixel], along one axis
    covered = near[:, None, :, None] & near[None, :, None, :]  # [centre row, centre column, row, column]
    images = np.where(covered, np.uint8(fill), image).reshape(784, 28, 28)
    changed = (images != image).any(axis=(1, 2))  # half of the places are bare paper: erasing them changes nothing
    probabilities = classify(np.concatenate([image[None], images[changed]]))
    answer = int(probabilities[0].argmax())
    margins = margin(probabilities, answer)
    probability, lost = np.full(784, probabilities[0, answer]), np.zeros(784, np.float32)
    probability[changed], lost[changed] = probabilities[1:, answer], margins[0] - margins[1:]
    return Occlusion(answer, fill, size, probability.reshape(28, 28), lost.reshape(28, 28))


def margin(probabilities: Floats, answer: int) -> Floats:
    """The log-odds, in nats, of `answer` against the strongest of all others: above 0 exactly where it wins."""
    logs = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    others = np.delete(logs, answer, axis=1)
    return logs[:, answer] - others.max(axis=1)


def flip(classify: Classify, image: Image) -> Flip | None:
    """Erase and ink patches, the best one at a time, until the second best digit wins; then drop those not needed.

    Each step tries every patch of both kinds that changes a pixel and keeps the one after which the rival stands best.

    Args:
        classify: images to probabilities.
        image: uint8 [28, 28].

    Returns:
        What flipped the answer, confirmed by classifying the changed image again; None if FLIP_LIMIT patches do not.
    """
    probabilities = classify(image[None])[0]
    rival, answer = (int(i) for i in np.argsort(probabilities, kind="stable")[-2:])
    starts = range(0, 28 - FLIP_SIZE + 1, FLIP_STRIDE)
    choices = [Patch(row, col, FLIP_SIZE, fill) for fill in (PAPER, INK) for row in starts for col in starts]
    chosen: list[Patch] = []
    while len(chosen) < FLIP_LIMIT:
        current = _with(image, chosen)
        options = [patch for patch in choices if (patch.on(current) != current).any()]
        margins = margin(classify(np.stack([patch.on(current) for patch in options])), rival)
        chosen.append(options[int(margins.argmax())])
        if margins.max() > 0:
            break
    chosen = _needed(classify, image, chosen, rival)
    changed = _with(image, chosen)
    confirmed = classify(changed[None])[0]
    if int(confirmed.argmax()) != rival:
        return None
    return Flip(answer, rival, tuple(chosen), changed, confirmed)


def _with(image: Image, patches: list[Patch]) -> Image:
    """`image` with all `patches` in it, the later over the earlier."""
    for patch in patches:
        image = patch.on(image)
    return image


def _needed(classify: Classify, image: Image, patches: list[Patch], rival: int) -> list[Patch]:
    """`patches` without those that the rival wins without."""
    while len(patches) > 1:
        fewer = [patches[:i] + patches[i + 1 :] for i in range(len(patches))]
        margins = margin(classify(np.stack([_with(image, some) for some in fewer])), rival)
        if margins.max() <= 0:
            break
        patches = fewer[int(margins.argmax())]
    return patches
