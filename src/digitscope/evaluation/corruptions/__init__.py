"""MNIST's images, corrupted in 15 ways: `corrupt(images, "fog", seed=0)`.

The families are those of Mu and Gilmer, "MNIST-C: A Robustness Benchmark for Computer Vision"
(https://arxiv.org/abs/1906.02337, 2019), written anew from its description; severities are near to the published
images'. All parameters were fixed before any network was trained with these in mind.
"""

import numpy as np

from digitscope.arrays import Images
from digitscope.errors import unknown
from digitscope.evaluation.corruptions import blur, geometry, light, marks, noise
from digitscope.evaluation.corruptions.family import Family

__all__ = ["FAMILIES", "Family", "corrupt"]

FAMILIES = {  # each family's place decides its random numbers
    family.name: family
    for family in (
        Family("shot noise", noise.shot),
        Family("impulse noise", noise.impulse),
        Family("glass blur", blur.glass, unseen=True),
        Family("motion blur", blur.motion),
        Family("shear", geometry.shear),
        Family("scale", geometry.scale),
        Family("rotate", geometry.rotate),
        Family("brightness", light.brightness),
        Family("translate", geometry.translate),
        Family("stripe", marks.stripe),
        Family("fog", light.fog, unseen=True),
        Family("spatter", marks.spatter, unseen=True),
        Family("dotted line", marks.dotted_line),
        Family("zigzag", marks.zigzag, unseen=True),
        Family("canny edges", light.canny_edges, unseen=True),
    )
}


def corrupt(images: Images, name: str, *, seed: int = 0) -> Images:
    """Corrupt each image in the way of one family.

    Args:
        images: uint8 [N, 28, 28], ink bright.
        name: one of FAMILIES.
        seed: with the family and an image's index, decides what happens to it.

    Returns:
        uint8 [N, 28, 28].

    Raises:
        UsageError: there is no such family.
    """
    if name not in FAMILIES:
        raise unknown("corruption", name, FAMILIES)
    number = list(FAMILIES).index(name)
    corrupted = np.empty(images.shape, np.uint8)
    for i, image in enumerate(images):
        rng = np.random.default_rng([seed, number, i])
        result = FAMILIES[name].corrupt(image / np.float32(255), rng)
        corrupted[i] = np.rint(np.clip(result, 0, 1) * 255)
    return corrupted
