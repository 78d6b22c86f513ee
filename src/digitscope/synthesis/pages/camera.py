"""What a camera does to paper: where it stands, the light it has, and how it blurs, grains and compresses."""

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Floats
from digitscope.synthesis.pages import paper

DEGRADATIONS = ("tilt", "perspective", "light", "shadow", "blur", "noise", "jpeg")
LARGEST_TILT = 15.0  # degrees


def stand(
    extent: tuple[float, float, float, float],
    margins: tuple[float, float, float, float],
    size: tuple[int, int] | None,
    degradations: tuple[str, ...],
    rng: np.random.Generator,
    *,
    tilt: float = LARGEST_TILT,
) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """Choose a view in which all of `extent` fits: the 3×3 map paper → image, and the image's [H, W].

    `margins` (left, top, right, bottom) go around what is written, in pixels of the image; `size` is the
    least (width, height), `tilt` the largest in degrees.
    """
    x0, y0, x1, y1 = extent
    centre = np.array([[1, 0, -(x0 + x1) / 2], [0, 1, -(y0 + y1) / 2], [0, 0, 1]])
    angle = np.deg2rad(rng.uniform(-tilt, tilt)) if "tilt" in degradations else 0.0
    turned = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    lean = np.eye(3)
    if "perspective" in degradations:
        lean[2, :2] = rng.uniform(-0.16, 0.16, 2) / max(x1 - x0, y1 - y0)
        lean[0, 1] = rng.uniform(-0.06, 0.06)
    view = lean @ turned @ centre
    corners = np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], float)
    seen = cv2.perspectiveTransform(corners, view)[0]
    low, high = seen.min(0) - margins[:2], seen.max(0) + margins[2:]
    wanted = np.maximum(np.ceil(high - low).astype(int), 8)
    frame = np.maximum(wanted, size) if size else wanted
    low = low - (frame - wanted) * rng.uniform(0.25, 0.75, 2)
    shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
    return shift @ view, (int(frame[1]), int(frame[0]))


def light(shape: tuple[int, int], degradations: tuple[str, ...], rng: np.random.Generator) -> Floats:
    """How much light falls on each pixel, 1 at most: float32 [H, W]."""
    scale = 8  # light is smooth: an eighth of the resolution is enough
    small = (max(2, -(-shape[0] // scale)), max(2, -(-shape[1] // scale)))
    y, x = np.mgrid[-1 : 1 : small[0] * 1j, -1 : 1 : small[1] * 1j].astype(np.float32)
    field = np.full(small, rng.uniform(0.78, 1.0), np.float32)
    if "light" in degradations:
        direction, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0.12, 0.42)
        field *= 1 - fall * (0.5 + 0.35 * (np.cos(direction) * x + np.sin(direction) * y))
        field *= 1 - rng.uniform(0, 0.25) * (x * x + y * y) / 2
    if "shadow" in degradations:
        field *= shadow(x, y, rng)
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def shadow(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """A soft-edged shadow, as of a head, a hand or a phone: 1 where there is none."""
    dark, soft = rng.uniform(0.3, 0.6), rng.uniform(0.03, 0.25)
    direction = rng.uniform(0, 2 * np.pi)
    along = np.cos(direction) * x + np.sin(direction) * y
    across = -np.sin(direction) * x + np.cos(direction) * y
    edge = rng.uniform(-0.5, 0.5) + rng.uniform(-0.3, 0.3) * across + 0.15 * np.sin(3 * across + rng.uniform(0, 6))
    inside = 1 / (1 + np.exp(np.clip(-(along - edge) / soft, -30, 30)))
    return np.asarray(1 - dark * inside, np.float32)


def expose(
    channels: list[Floats],
    degradations: tuple[str, ...],
    rng: np.random.Generator,
    *,
    height: float,
    contrast: float,
) -> npt.NDArray[np.uint8]:
    """Lens, sensor and file: three float32 [H, W] of 0…255 → uint8 [H, W, 3].

    `height` is a digit's, in pixels, and `contrast` its ink's against the paper: what the eye could no longer
    read is no fair question, so noise and compression stay in proportion.
    """
    if "blur" in degradations:
        channels = blurred(channels, rng.uniform(0.012, 0.045) * min(height, 120), rng)
    noise = np.zeros(channels[0].shape, np.float32)
    if "noise" in degradations:
        strength = min(rng.uniform(2, 11), 0.16 * contrast)
        size = float(rng.choice([0.0, 0.0, 0.6, 1.0]))
        noise = paper.grain(channels[0].shape[:2], rng, strength=strength, size=size)
    exposed = np.asarray(cv2.merge([cv2.add(c, noise, dtype=cv2.CV_8U) for c in channels]), np.uint8)
    if "jpeg" in degradations:
        quality = int(rng.integers(30 if height > 30 else 60, 90))
        _, coded = cv2.imencode(".jpg", exposed, [cv2.IMWRITE_JPEG_QUALITY, quality])
        exposed = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return exposed


def blurred(channels: list[Floats], sigma: float, rng: np.random.Generator) -> list[Floats]:
    """Out of focus, or moved by about as much."""
    sigma = max(sigma, 0.4)
    if rng.random() < 0.7:
        return [np.asarray(cv2.GaussianBlur(c, (0, 0), sigma), np.float32) for c in channels]
    length = max(3, round(3 * sigma))
    kernel = np.zeros((length, length), np.float32)
    angle, middle = rng.uniform(0, np.pi), (length - 1) / 2
    offset = middle * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(np.rint(middle + sign * offset).astype(int).tolist()) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    kernel /= kernel.sum()
    return [np.asarray(cv2.filter2D(c, -1, kernel), np.float32) for c in channels]
