"""Arrays and decoded images of any mode and depth → uint8, [H, W] or [H, W, 3]."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage

from digitscope.arrays import Image
from digitscope.errors import ImageError, ImageTooLargeError

STRIP = 1_500_000  # pixels turned into an array at a time: Pillow makes two more copies of what it is asked for
EXPECTED = "Expected [H, W], [H, W, 1], [H, W, 3] or [H, W, 4] of bool, 8 or 16 bits, or floats in 0…1 or 0…255"
OVERSHOOT = 0.1  # by so much, values meant for 0…1 may lie outside it: rounding and cubic resizing do that


def from_array(array: npt.NDArray[Any], max_pixels: int) -> Image:
    """A user's array as an image.

    Raises:
        ImageError: it has another shape or dtype, holds NaN, infinity, negative or too large values, or too
            many pixels.
    """
    received = f"Received: dtype={array.dtype}, shape={array.shape}"
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or array.size == 0:
        raise ImageError(f"The array has not the shape of an image. {EXPECTED}. {received}")
    if array.shape[0] * array.shape[1] > max_pixels:
        raise ImageTooLargeError(f"The image is too large. Expected at most {max_pixels:,} pixels. {received}")
    if array.dtype.kind not in "buif":
        raise ImageError(f"The array has not the dtype of an image. {EXPECTED}. {received}")
    image = eight_bits(array, received)
    return flattened(image) if image.ndim == 3 and image.shape[2] == 4 else np.ascontiguousarray(image)


def eight_bits(array: npt.NDArray[Any], received: str) -> Image:
    """Any number type → uint8, by the range that its values use: floats and whole numbers up to 1 become 0…255."""
    low, high = array.min(), array.max()
    if array.dtype.kind == "f" and low >= -OVERSHOOT and high <= 1 + OVERSHOOT:
        return np.asarray(np.rint(array.astype(np.float32).clip(0, 1) * 255), np.uint8)
    if array.dtype == bool or (low >= 0 and high <= 1):  # a mask
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return np.asarray(array)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"The array holds NaN or infinity. {EXPECTED}. {received}")
    if low < 0:
        raise ImageError(f"The array holds negative values. {EXPECTED}. {received}, least={low}")
    most = 255 if array.dtype.kind == "f" else 65535
    if high > most:
        raise ImageError(f"The array holds values above {most}. {EXPECTED}. {received}, largest={high}")
    if array.dtype.kind == "f":
        return np.asarray(np.rint(array.astype(np.float32)), np.uint8)
    if high <= 255:
        # 16 bits of which only 8 are used; a real 16-bit image without any value above is black either way.
        return array.astype(np.uint8)
    # Scanners put 10, 12 or 14 bits into 16: the highest bit in use decides.
    shift = int(high).bit_length() - 8
    return np.asarray(array.astype(np.uint16) >> shift, np.uint8)


def from_pil(image: PilImage.Image) -> Image:
    """A decoded image as an array: grey stays [H, W], everything else becomes RGB on an opaque ground."""
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
        low, high = float(values.min()), float(values.max())
        if low < 0 or high > 65535 or (image.mode == "F" and high > 255):  # no agreed range: take its own
            values = (values - low) * (255 / max(high - low, 1e-9))
            return np.rint(values).astype(np.uint8)
        dtype = np.float32 if image.mode == "F" else np.uint16
        return eight_bits(values.astype(dtype), f"mode={image.mode!r}")
    if image.mode in ("1", "L"):
        return in_strips(image, "L")
    if image.has_transparency_data:
        return flattened(in_strips(image, "RGBA"))
    return in_strips(image, "RGB")


def in_strips(image: PilImage.Image, mode: str) -> Image:
    """The image in this mode, converted a few rows at a time."""
    width, height = image.size
    out = np.empty((height, width) if mode == "L" else (height, width, len(mode)), np.uint8)
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        strip = image if rows >= height else image.crop((0, top, width, min(top + rows, height)))
        out[top : top + rows] = np.asarray(strip if strip.mode == mode else strip.convert(mode))
    return out


def flattened(image: Image) -> Image:
    """RGBA → RGB, on white; on black where what is drawn is bright, as chalk on a transparent ground is."""
    alpha = image[..., 3]
    if alpha.min() == 255:
        return np.ascontiguousarray(image[..., :3])
    weight = float(alpha.sum(dtype=np.float64))
    if weight == 0:
        return np.full((*image.shape[:2], 3), 255, np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_RGBA2GRAY)
    bright = cv2.multiply(grey, alpha, scale=1 / 255, dtype=cv2.CV_32F).sum(dtype=np.float64) * 255 / weight > 127
    share = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
    ink = cv2.multiply(np.ascontiguousarray(image[..., :3]), share, scale=1 / 255)
    return np.asarray(ink if bright else cv2.add(ink, cv2.bitwise_not(share)), np.uint8)
