"""Light: too much of it, fog, and only the edges left."""

import cv2
import numpy as np

from digitscope.arrays import Floats

LIFT = 0.5  # added to every pixel
FOG = 2.0  # how dense, where ink is 1
FOG_DECAY = 2.0  # how much less each finer octave weighs
OCTAVES = 5  # of 2, 4, 8, 16 and 32 patches across
CANNY_SIGMA = 1.0  # pixels
CANNY_LOW, CANNY_HIGH = 0.1, 0.2  # thresholds of the gradient, for ink of 1


def brightness(image: Floats, rng: np.random.Generator) -> Floats:
    """Paper becomes grey, ink stays white."""
    return image + np.float32(LIFT)


def fog(image: Floats, rng: np.random.Generator) -> Floats:
    """Clouds of all sizes in front of it."""
    cloud = np.zeros(image.shape, np.float32)
    for octave in range(1, OCTAVES + 1):
        patches = rng.random((2**octave + 1, 2**octave + 1)).astype(np.float32)
        whole = cv2.resize(patches, (32, 32), interpolation=cv2.INTER_LINEAR)
        cloud += whole[:28, :28] / np.float32(FOG_DECAY ** (octave - 1))
    cloud = (cloud - cloud.min()) / (cloud.max() - cloud.min())
    peak = image.max()
    return np.asarray((image + FOG * cloud) * peak / (peak + FOG), np.float32)


def canny_edges(image: Floats, rng: np.random.Generator) -> Floats:
    """Only the outline of each stroke, a pixel wide (Canny 1986)."""
    soft = cv2.GaussianBlur(image, (0, 0), CANNY_SIGMA)
    gray = np.rint(soft * 255).astype(np.uint8)
    reach = 4 * 255  # a Sobel filter answers a slope of 1 a pixel, as the thresholds count it, with 8
    edges = cv2.Canny(gray, CANNY_LOW * reach, CANNY_HIGH * reach, apertureSize=3, L2gradient=True)
    return (edges / 255).astype(np.float32)
