"""Noise: what a sensor does in the dark, and what a bad line does."""

import numpy as np

from digitscope.arrays import Floats

PHOTONS = 3.0  # that full ink sends on average
FLIPPED = 0.17  # of all pixels become black or white


def shot(image: Floats, rng: np.random.Generator) -> Floats:
    """Poisson noise of few photons: paper stays black, ink varies."""
    return (rng.poisson(image * PHOTONS) / PHOTONS).astype(np.float32)


def impulse(image: Floats, rng: np.random.Generator) -> Floats:
    """Salt and pepper."""
    fate = rng.random(image.shape)
    return np.where(fate < FLIPPED / 2, 0, np.where(fate < FLIPPED, 1, image)).astype(np.float32)
