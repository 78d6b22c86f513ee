"""Geometry: sheared, shrunk, turned and moved digits."""

import cv2
import numpy as np

from digitscope.arrays import Doubles, Floats

SHEAR = 0.4  # pixels to the side for each pixel down
SCALE = 0.7  # of its size
ANGLE = 0.4  # radians
SHIFT = 3.0  # pixels, along each axis


def shear(image: Floats, rng: np.random.Generator) -> Floats:
    """Slanted, to the left or to the right."""
    return _mapped(image, np.array([[1, _sign(rng) * SHEAR], [0, 1]]))


def scale(image: Floats, rng: np.random.Generator) -> Floats:
    """Shrunk."""
    return _mapped(image, np.diag([SCALE, SCALE]))


def rotate(image: Floats, rng: np.random.Generator) -> Floats:
    """Turned, to the left or to the right."""
    angle = _sign(rng) * ANGLE
    return _mapped(image, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def translate(image: Floats, rng: np.random.Generator) -> Floats:
    """Moved along both axes."""
    return _mapped(image, np.eye(2), shift=SHIFT * np.array([_sign(rng), _sign(rng)]))


def _sign(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1


def _mapped(image: Floats, matrix: Doubles, shift: Doubles | None = None) -> Floats:
    """The image under x -> matrix · x, about its middle, then moved."""
    middle = np.full(2, 13.5)
    offset = middle - matrix @ middle + (0 if shift is None else shift)
    affine = np.column_stack([matrix, offset]).astype(np.float32)
    return np.asarray(cv2.warpAffine(image, affine, (28, 28), flags=cv2.INTER_LINEAR), np.float32)
