"""Surfaces that are no paper, as a camera sees them: cloth, wood, stone, brick, asphalt, tiles, plain noise.

image = texture(np.random.default_rng(0))      # uint8 [H, W]
"""

import cv2
import numpy as np

from digitscope.arrays import Floats, Image
from digitscope.synthesis.pages.paper import streaks

SIDES = (60, 700)  # pixels


def texture(rng: np.random.Generator) -> Image:
    """One of them, of any size."""
    h, w = (int(side) for side in np.exp(rng.uniform(np.log(SIDES[0]), np.log(SIDES[1]), 2)))
    kinds = (noise, noise, wood, cloth, asphalt, brick, leaves)
    field = kinds[rng.integers(len(kinds))]((h, w), rng)
    field = field / max(float(field.std()), 1e-6) * np.float32(rng.uniform(3, 30)) + np.float32(rng.uniform(60, 220))
    return np.clip(field, 0, 255).astype(np.uint8)


def noise(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Noise, coarse and fine, longer one way than the other."""
    layers = [streaks(shape, rng, finest=0.5, coarsest=20) for _ in range(int(rng.integers(1, 4)))]
    return np.sum([layer / max(float(layer.std()), 1e-6) * np.float32(rng.uniform(0.2, 1)) for layer in layers], axis=0)


def wood(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Grain along one side, bent around knots."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = cv2.resize(rng.normal(0, 1, (4, 4)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    rings = y / np.float32(rng.uniform(4, 25)) + bend * np.float32(rng.uniform(0.5, 6)) + x / np.float32(400)
    field = np.sin(rings) + np.float32(0.4) * streaks(shape, rng, finest=0.5, coarsest=12)
    return np.asarray(field if rng.random() < 0.5 else np.abs(field), np.float32)


def cloth(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """A weave, with folds."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    pitch, angle = np.float32(rng.uniform(1.5, 12)), np.float32(rng.uniform(0, np.pi))
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    folds = cv2.resize(rng.normal(0, 1.5, (5, 5)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.sin(along / pitch) * np.sin(across / pitch) + folds, np.float32)


def asphalt(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Stones of all sizes, and perhaps a crack."""
    field = rng.standard_normal(shape, np.float32)
    for sigma in (1, 2, 4):
        layer = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), sigma * rng.uniform(0.6, 1.5))
        field += np.sign(layer) * np.float32(rng.uniform(0, 1))
    if rng.random() < 0.5:
        _crack(field, rng)
    return cv2.GaussianBlur(field, (0, 0), rng.uniform(0.4, 1.5))


def _crack(field: Floats, rng: np.random.Generator) -> None:
    way = np.cumsum(rng.normal(0, 1, (60, 2)) + rng.normal(0, 0.6, 2), axis=0) * max(field.shape) / 60
    points = np.rint(way + rng.uniform(0, 1, 2) * field.shape[::-1]).astype(np.int32)
    cv2.polylines(field, [points.reshape(-1, 1, 2)], False, -5.0, int(rng.integers(1, 5)))


def brick(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Bricks, tiles or paving in their joints."""
    field = np.zeros(shape, np.float32)
    high, joint = float(rng.uniform(12, 80)), max(1, round(rng.uniform(1, 6)))
    wide, shifted = high * float(rng.uniform(1, 3)), rng.random() < 0.7
    for row, y in enumerate(np.arange(0, shape[0], high)):
        start = -wide / 2 if shifted and row % 2 else 0.0
        for x in np.arange(start, shape[1], wide):
            corner = (round(x) + joint, round(float(y)) + joint)
            cv2.rectangle(field, corner, (round(x + wide), round(float(y) + high)), float(rng.normal(2, 0.4)), -1)
    field += rng.standard_normal(shape, np.float32) * np.float32(rng.uniform(0.1, 0.6))
    return cv2.GaussianBlur(field, (0, 0), rng.uniform(0.5, 1.5))


def leaves(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Blots over blots: leaves, pebbles, a crowd from afar."""
    field = np.zeros(shape, np.float32)
    size = float(np.exp(rng.uniform(np.log(4), np.log(60))))
    for _ in range(min(400, round(3 * shape[0] * shape[1] / size**2))):
        middle = (int(rng.integers(shape[1])), int(rng.integers(shape[0])))
        axes = (max(1, round(size * rng.uniform(0.3, 1))), max(1, round(size * rng.uniform(0.2, 0.6))))
        cv2.ellipse(field, middle, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.normal()), -1)
    return cv2.GaussianBlur(field, (0, 0), rng.uniform(0.4, 1.5))
